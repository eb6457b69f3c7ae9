#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{Contract, Trigger};

/// The rule.
pub static RULE: Rule = Rule {
    id: "contract-nobody-uses",
    group: Group::Contracts,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    let sent: BTreeSet<(&str, &str)> = scene
        .sends()
        .map(|s| (s.done.at, s.message.text.as_str()))
        .collect();
    let handled: BTreeSet<(&str, &str)> = scene
        .design()
        .workflows
        .iter()
        .flat_map(|w| &w.handlers)
        .filter_map(|h| match &h.trigger {
            Trigger::Messages(messages) => Some(
                messages
                    .iter()
                    .map(|m| (h.at.text.as_str(), m.text.as_str())),
            ),
            _ => None,
        })
        .flatten()
        .collect();
    for service in &scene.design().services {
        let unused = |contracts: &'_ [Contract], used: &BTreeSet<(&str, &str)>, does: &str| {
            let unused = contracts.iter().filter(|c| {
                !c.message.is_gap()
                    && !used.contains(&(service.name.text.as_str(), c.message.text.as_str()))
            });
            unused
                .map(|c| {
                    let draft = scene.warn(&RULE, c.message.span, "unused");
                    let draft = draft.title(format!("{} declares {}, and no handler of it {does} it", service.name, c.message));
                    let draft = draft.why("a contract that nothing uses is a promise to keep for nobody, or a step that was forgotten");
                    draft.steps(["take it out, or write the handler that was meant"])
                })
                .collect::<Vec<_>>()
        };
        findings.extend(unused(&service.publishes, &sent, "sends"));
        findings.extend(unused(&service.accepts, &handled, "handles"));
    }
    findings
}
