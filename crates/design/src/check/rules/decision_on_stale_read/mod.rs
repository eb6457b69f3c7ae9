#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::order::is_effect;
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
    let mut findings = old_answers(scene);
    findings.extend(tables_of_others(scene));
    findings
}

/// Decisions by what another service says of its data: it was asked before the transaction, and may have changed since.
fn tables_of_others(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    let mut told = BTreeSet::new();
    let decided = |step: &StepKind| matches!(step, StepKind::Send { .. } | StepKind::Compensate);
    let acts = scene
        .done
        .iter()
        .filter(|done| is_effect(scene, done) || decided(&done.step.kind));
    for done in acts {
        for path in done.looked_at() {
            let Some((located, field)) = scene.scope.field(Some(done.at), path) else {
                continue;
            };
            let owner = &located.service.name;
            if *owner == *done.at || !told.insert(path.span()) {
                continue;
            }
            let name = format!("{}.{}", path.table, path.field);
            findings.push(
                scene
                    .warn(&RULE, path.span(), "read at another service")
                    .title(format!("{} decides by {name} of {owner}, which may change meanwhile", done.at))
                    .why("the answer is older than the transaction that it decides: what it rules out may have happened when the change is committed")
                    .beside(field.name.span, "the field")
                    .beside(done.step.span, "what is decided")
                    .steps([format!("let {owner} decide, in its own transaction, and send what was decided"), "or keep a reservation at the owner for as long as the decision takes".to_owned()]),
            );
        }
    }
    findings
}

fn old_answers(scene: &Scene<'_>) -> Vec<DesignFinding> {
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
