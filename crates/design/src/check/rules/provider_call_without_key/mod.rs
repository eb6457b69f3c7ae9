#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "provider-call-without-key",
    group: Group::Providers,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for (done, call, operation) in scene.effectful_calls() {
        if operation.key.is_some() || call.key.is_some() || operation.noop_if.is_some() {
            continue;
        }
        let name = format!("{}.{}", call.callee.owner, operation.name);
        findings.push(
            scene
                .fail(&RULE, done.step.span, "done once for each call")
                .title(format!("{} calls {name} without an idempotency key", done.at))
                .why("the call is made again after a crash, a lost answer or a redelivery, and the provider takes it for a new one")
                .beside(operation.name.span, "declared here")
                .steps([format!("add `key ARGUMENT keep 24h` to `op {}`: the same for every attempt of one step", operation.name), "where the provider takes no key, ask it before: `lookup`, then call".to_owned()]),
        );
    }
    findings
}
