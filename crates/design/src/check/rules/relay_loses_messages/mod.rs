#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "relay-loses-messages",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        for outbox in service.stores.iter().filter_map(|s| s.outbox.as_ref()) {
            if let Some(span) = outbox.marks_first {
                let draft = scene.fail(&RULE, span, "marked, then published");
                let draft = draft.title(format!(
                    "the relay of {} marks a message before it publishes it",
                    service.name
                ));
                let draft = draft.why("a crash between the two leaves a message that is marked and was never published");
                findings.push(draft.steps(["publish, then mark: `publishes-first`; a crash then publishes twice, which an inbox takes"]));
            }
            if let Some(span) = outbox.by_last_id {
                let draft = scene.fail(&RULE, span, "ids commit out of order");
                let draft = draft.title(format!(
                    "the relay of {} passes over rows that commit late",
                    service.name
                ));
                let draft = draft.why("ids are given out when a row is inserted, and transactions commit in any order: a row with a smaller id that commits later is never read");
                findings.push(draft.steps([
                    "read the rows that are not marked as published, and mark them",
                    "or read the database's log: `relay cdc`",
                ]));
            }
        }
    }
    findings
}
