#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "outbox-without-relay",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        for outbox in service.stores.iter().filter_map(|s| s.outbox.as_ref()) {
            if outbox.relay.is_some() || gap_inside(scene, outbox.span) {
                continue;
            }
            findings.push(
                scene
                    .fail(&RULE, outbox.span, "published by nothing")
                    .title(format!("the outbox of {} has no relay", service.name))
                    .why("its messages are committed and stay where they are: every workflow that waits for one stands still")
                    .steps(["add `relay polling`, or `relay cdc` where the database's log is read", "watch the age of its oldest row: `signal outbox-age warn 1m page 5m`"]),
            );
        }
    }
    findings
}

fn gap_inside(scene: &Scene<'_>, span: Span) -> bool {
    scene
        .design()
        .gaps
        .iter()
        .any(|g| span.start <= g.start && g.end <= span.end)
}
