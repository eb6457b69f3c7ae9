#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "signal-missing",
    group: Group::Signals,
    page: include_str!("page.md"),
    check,
};

/// What there is to watch, the names that a signal for it has, and what stands still unseen without one.
const WATCHED: &[(&str, &[&str], &str)] = &[
    (
        "outbox",
        &["outbox-age", "outbox-lag"],
        "a relay that stopped is seen by its oldest row only",
    ),
    (
        "inbox",
        &["duplicates", "duplicate-rate"],
        "many copies mean a consumer that fails behind its effect, or a relay that runs twice",
    ),
    (
        "workflow",
        &["saga-age", "workflow-age"],
        "a workflow that stands still makes no error",
    ),
    (
        "dead-letter queue",
        &["dead-letters", "dead-letter-age"],
        "a dead letter is somebody's order",
    ),
    (
        "reconciliation",
        &["divergence", "reconciliation"],
        "a reconciliation that stopped, or that always finds something, is not seen otherwise",
    ),
];

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let design = scene.design();
    let stores = || design.services.iter().flat_map(|s| &s.stores);
    let first = |kind: &str| match kind {
        "outbox" => stores().find_map(|s| s.outbox.as_ref()).map(|o| o.span),
        "inbox" => stores().find_map(|s| s.inbox.as_ref()).map(|i| i.span),
        "workflow" => design
            .workflows
            .iter()
            .find(|w| w.coordinator.is_some())
            .map(|w| w.name.span),
        "dead-letter queue" => design
            .channels
            .iter()
            .filter_map(|c| c.dead_letter.as_ref())
            .find(|d| d.queue.is_some())
            .map(|d| d.span),
        _ => design.reconciliations.first().map(|r| r.name.span),
    };
    let mut findings = Vec::new();
    for (kind, names, why) in WATCHED {
        let watched = design
            .signals
            .iter()
            .any(|s| s.name.is_gap() || names.contains(&s.name.text.as_str()));
        let Some(span) = first(kind).filter(|_| !watched) else {
            continue;
        };
        // The alerts on a reconciliation follow from how often it runs, without thresholds of its own.
        let draft = match *kind {
            "reconciliation" => scene.warn(&RULE, span, "watched by nothing"),
            _ => scene.fail(&RULE, span, "watched by nothing"),
        };
        let draft = draft.title(format!(
            "the design has a{} {kind}, and no signal watches it",
            if "aeiou".contains(&kind[..1]) {
                "n"
            } else {
                ""
            }
        ));
        findings.push(
            draft
                .why(*why)
                .steps([format!("add `signal {} warn … page …`", names[0])]),
        );
    }
    findings
}
