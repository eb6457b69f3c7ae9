#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::order::is_effect;
use crate::check::scene::{Done, Scene};
use crate::check::{Group, Rule};
use crate::language::{Assignment, StepKind};

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
    for certain in [true, false] {
        for done in scene
            .done
            .iter()
            .filter(|d| is_effect(scene, d) && is_harmed(scene, d) == certain)
        {
            let Some(lease) = done
                .lease
                .and_then(|name| scene.scope.lease(done.at, &name.text))
            else {
                continue;
            };
            if lease.fencing_token || !told.insert(lease.span) {
                continue;
            }
            let draft = match certain {
                true => scene.fail(&RULE, lease.span, "ends while its holder sleeps"),
                false => scene.warn(&RULE, lease.span, "ends while its holder sleeps"),
            };
            findings.push(
                draft
                    .title(format!("{} acts under the lease {}, which has no fencing token", done.at, lease.name))
                    .why("a holder that pauses for longer than its lease (a collection, a slow disk) wakes up and acts while the next holder does")
                    .beside(done.step.span, "done here")
                    .steps(["add `fencing-token`: a number that grows with each holder, and a store that refuses a smaller one"]),
            );
        }
    }
    findings
}

/// Whether two holders at once surely do harm: they count twice without looking at a state, or call without a key.
fn is_harmed(scene: &Scene<'_>, done: &Done<'_>) -> bool {
    match &done.step.kind {
        StepKind::Assign { operator, .. } => {
            *operator != Assignment::Set && done.looked_at().is_empty()
        }
        StepKind::Call(call) => {
            let operation = scene
                .scope
                .operation(&call.callee.owner.text, &call.callee.operation.text);
            call.key.is_none() && operation.is_some_and(|o| o.key.is_none() && o.noop_if.is_none())
        }
        _ => false,
    }
}
