#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::order::is_effect;
use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "lease-without-fencing",
    group: Group::Workflows,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    let mut told = BTreeSet::new();
    for done in scene.done.iter().filter(|d| is_effect(scene, d)) {
        let Some(lease) = done
            .lease
            .and_then(|name| scene.scope.lease(done.at, &name.text))
        else {
            continue;
        };
        if lease.fencing_token || !told.insert(lease.span) {
            continue;
        }
        findings.push(
            scene
                .fail(&RULE, lease.span, "ends while its holder sleeps")
                .title(format!("{} writes under the lease {}, which has no fencing token", done.at, lease.name))
                .why("a holder that pauses for longer than its lease (a collection, a slow disk) wakes up and writes while the next holder does")
                .beside(done.step.span, "written here")
                .steps(["add `fencing-token`: a number that grows with each holder, and a store that refuses a smaller one"]),
        );
    }
    findings
}
