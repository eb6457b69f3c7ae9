#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{StepKind, Trigger};

/// The rule.
pub static RULE: Rule = Rule {
    id: "call-where-nobody-waits",
    group: Group::Contracts,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for done in &scene.done {
        let StepKind::Call(call) = &done.step.kind else {
            continue;
        };
        let waits = done
            .handler
            .is_none_or(|h| matches!(h.trigger, Trigger::Start(_)));
        let owner = call.callee.owner.text.as_str();
        if waits || scene.scope.service(owner).is_none() {
            continue;
        }
        findings.push(
            scene
                .warn(&RULE, done.step.span, "waits here")
                .title(format!("{} calls {owner} and waits, while nobody waits for {}", done.at, done.at))
                .why(format!("a message is handled here; when {owner} is down the message is handled again and again, and {} is down with it", done.at))
                .steps([format!("send {owner} a message, and go on when its reply comes")]),
        );
    }
    findings
}
