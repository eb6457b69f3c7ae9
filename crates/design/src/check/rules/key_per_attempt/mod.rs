#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::Key;

/// The rule.
pub static RULE: Rule = Rule {
    id: "key-per-attempt",
    group: Group::Providers,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for (done, call, operation) in scene.effectful_calls() {
        let key = call.key.as_ref().or(operation.key.as_ref());
        let Some(Key::PerAttempt(span)) = key else {
            continue;
        };
        findings.push(
            scene
                .fail(&RULE, *span, "new for each attempt")
                .title(format!("{} calls {}.{} with a new key for each attempt", done.at, call.callee.owner, operation.name))
                .why("the provider knows a repeated call by its key: with a new one each time, every attempt is a new payment")
                .beside(done.step.span, "called here")
                .steps(["make the key of what the call is for: the order and the step", "store it before the first attempt, if it has to be random"]),
        );
    }
    findings
}
