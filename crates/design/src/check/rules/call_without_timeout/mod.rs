#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "call-without-timeout",
    group: Group::Providers,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    let mut told = BTreeSet::new();
    for (done, call, operation) in scene.effectful_calls() {
        if operation.timeout.is_some() || call.timeout.is_some() || !told.insert(operation.span) {
            continue;
        }
        findings.push(
            scene
                .warn(&RULE, operation.name.span, "how long?")
                .title(format!("nothing says how long {} waits for {}.{}", done.at, call.callee.owner, operation.name))
                .why("a provider that does not answer holds every thread that waits for it, and then the service is down too")
                .beside(done.step.span, "called here")
                .steps(["add `timeout 5s` to the operation"]),
        );
    }
    findings
}
