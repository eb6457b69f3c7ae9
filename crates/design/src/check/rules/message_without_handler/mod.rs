#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::scene::{Scene, is_answer};
use crate::check::{Group, Rule};
use crate::language::{Repair, Verb};

/// The rule.
pub static RULE: Rule = Rule {
    id: "message-without-handler",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let handled = &scene.scope.messages().handled;
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    let asked = scene
        .sends()
        .filter(|s| s.verb != Verb::Emit && !is_answer(s.done.handler, s.verb))
        .map(|s| (s.message, s.done.at));
    let repairs = scene
        .design()
        .reconciliations
        .iter()
        .filter_map(|r| match &r.repair {
            Some(Repair::Message(message)) => Some((message, r.name.text.as_str())),
            _ => None,
        });
    for (message, by) in asked.chain(repairs) {
        let name = message.text.as_str();
        if message.is_gap() || handled.contains(name) || !told.insert(name) {
            continue;
        }
        findings.push(
            scene
                .fail(&RULE, message.span, "handled by nobody")
                .title(format!("{by} sends {name}, and nobody handles it"))
                .why("what it asks for is never done, and a workflow that waits for the answer stands still")
                .steps([format!("write `on {name} at SERVICE {{ … }}`, or do not send it")]),
        );
    }
    findings
}
