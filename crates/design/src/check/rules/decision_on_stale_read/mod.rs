#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::StepKind;

/// The rule.
pub static RULE: Rule = Rule {
    id: "decision-on-stale-read",
    group: Group::Consistency,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for done in &scene.done {
        let StepKind::Call(call) = &done.step.kind else {
            continue;
        };
        let owner = call.callee.owner.text.as_str();
        let asked = call
            .unknown
            .as_ref()
            .and_then(|name| scene.scope.operation(owner, &name.text));
        let own = scene.scope.operation(owner, &call.callee.operation.text);
        let lagging = call
            .lagging
            .or_else(|| own.and_then(|o| o.lagging))
            .or_else(|| asked.and_then(|o| o.lagging));
        let Some(lagging) = lagging else {
            continue;
        };
        findings.push(
            scene
                .warn(&RULE, done.step.span, "decided by this answer")
                .title(format!("{} decides by an answer of {owner} that may be old", done.at))
                .why("what was just done is not in the answer yet: it is done again, or taken for failed")
                .beside(lagging, "lags behind")
                .steps(["ask where the write went: the primary, or the operation's own result", "or decide again when the next message comes, and never take `none` for a no"]),
        );
    }
    findings
}
