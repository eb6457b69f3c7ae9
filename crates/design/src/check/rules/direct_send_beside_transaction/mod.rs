#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::scene::{Scene, has_outbox, is_answer};
use crate::check::ways::{Taken, ways};
use crate::check::{Group, Rule};
use crate::language::{Handler, StepKind};

/// The rule.
pub static RULE: Rule = Rule {
    id: "direct-send-beside-transaction",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    let mut told = BTreeSet::new();
    for workflow in &scene.design().workflows {
        for handler in &workflow.handlers {
            for way in ways(workflow, &handler.steps) {
                findings.extend(
                    dual_write(scene, handler, &way)
                        .filter(|f| told.insert((f.place.line, f.place.column))),
                );
            }
        }
    }
    findings
}

/// Returns the first direct send of a way that also commits a change.
fn dual_write(scene: &Scene<'_>, handler: &Handler, way: &[Taken<'_>]) -> Option<DesignFinding> {
    let writes = |t: &&Taken<'_>| {
        matches!(
            t.step.kind,
            StepKind::Assign { .. } | StepKind::Upsert { .. }
        )
    };
    let committed = way.iter().find(writes)?;
    let outbox = scene
        .scope
        .service(&handler.at.text)
        .is_some_and(has_outbox);
    let direct = way.iter().find(|t| {
        let sends = match &t.step.kind {
            // The answer to the caller is no message: it says what was committed, and is asked for again where it is lost.
            StepKind::Send { verb, .. } => !is_answer(Some(handler), *verb),
            StepKind::Undo { .. } => true,
            _ => false,
        };
        sends && (t.transaction.is_none() || !outbox)
    })?;
    let message = match &direct.step.kind {
        StepKind::Send { messages, .. } => messages.first()?,
        StepKind::Undo { by, .. } => by,
        _ => return None,
    };
    let (title, step) = match direct.transaction {
        Some(_) => (
            format!(
                "{} sends {message} in a transaction, and has no outbox that could commit it",
                handler.at
            ),
            "add `outbox relay polling` (or `cdc`) to the store".to_owned(),
        ),
        None => (
            format!(
                "{} sends {message} beside the transaction that changes its data",
                handler.at
            ),
            format!(
                "put `send {message}` into the `tx`: the outbox commits both, and a relay publishes"
            ),
        ),
    };
    let draft = scene
        .fail(&RULE, direct.step.span, "sent directly")
        .title(title)
        .why("two systems are written, and a crash between them leaves one written and the other not: the message is lost, or speaks of a change that never was; a retry around both only does it twice")
        .beside(committed.step.span, "committed here");
    Some(draft.steps([step]))
}
