#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "message-not-traceable",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let design = scene.design();
    if scene.sends().next().is_none() {
        return Vec::new();
    }
    let (span, fields) = match &design.envelope {
        Some(envelope) if envelope.fields.iter().any(|f| f.is_gap()) => return Vec::new(),
        Some(envelope) => (envelope.span, envelope.fields.as_slice()),
        None => (design.name.span, &[][..]),
    };
    let mut needed = vec!["correlation_id".to_owned(), "causation_id".to_owned()];
    let inboxes = design
        .services
        .iter()
        .flat_map(|s| &s.stores)
        .filter_map(|s| s.inbox.as_ref());
    needed.extend(
        inboxes
            .filter_map(|i| i.by.as_ref())
            .map(|by| by.text.clone()),
    );
    let mut missing: Vec<String> = needed
        .into_iter()
        .filter(|n| !fields.iter().any(|f| f == n))
        .collect();
    missing.sort();
    missing.dedup();
    if missing.is_empty() {
        return Vec::new();
    }
    vec![
        scene
            .fail(&RULE, span, "not in every message")
            .title(format!("messages carry no {}", missing.join(" and no ")))
            .why("a stuck order is found by the messages that belong to it, a copy by its id, and a repair is explained by what caused it")
            .steps([format!("add {} to the `envelope`", missing.join(", "))]),
    ]
}
