#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{
    Action, Aspect, Client, Delta, Detail, Finding, Principle, Side, Surface, SurfaceKind,
};

use crate::principles::{Draft, Rule, Scene, called};

/// The rule.
pub static RULE: Rule = Rule {
    id: "removed-under-client",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let clients = &scene.case.clients;
    if clients.is_empty() {
        return Vec::new();
    }
    let mut told: BTreeSet<&Surface> = BTreeSet::new();
    let mut removed: Vec<&Delta> = scene
        .deltas()
        .filter(|d| takes_away(d) && !is_seen(scene, d))
        .collect();
    removed.sort_by_key(|d| &d.place);
    // What a message loses at once is one question.
    removed.retain(|d| told.insert(&d.surface) || d.surface.kind == SurfaceKind::Rpc);
    removed.into_iter().map(|d| finding(d, clients)).collect()
}

/// Returns whether a method, a service or a field goes.
fn takes_away(delta: &Delta) -> bool {
    let removed = (delta.aspect, delta.action) == (Aspect::Existence, Action::Removed);
    let called = delta.surface.kind == SurfaceKind::Rpc;
    let field = matches!(
        delta.old.as_ref().map(|e| &e.detail),
        Some(Detail::Field(_))
    );
    removed && (called || field)
}

/// Returns whether code that runs is seen to break already: that says more than a client which may exist.
fn is_seen(scene: &Scene<'_>, delta: &Delta) -> bool {
    let mut breaks = scene.breaks.iter();
    breaks.any(|b| std::ptr::eq(b.delta, delta) && b.side != Side::Head && b.is_certain())
}

fn finding(delta: &Delta, clients: &[Client]) -> Finding {
    let object = called(delta);
    let named: Vec<String> = clients.iter().map(shown).collect();
    let named = named.join(", ");
    Draft::of(&RULE, delta, "removed here")
        .title(format!(
            "{object} is removed, and {named} cannot be upgraded together with the server"
        ))
        .safe_steps([
            format!("keep {object}, marked as deprecated, until no supported client uses it"),
            "raise the oldest version that is supported".to_owned(),
            format!("then remove {object}"),
        ])
        .ask(
            format!("Does a version of {named} that is still in use need {object}?"),
            "the line of the client at that version that uses it, or of a report that shows no more use",
        )
}

/// Returns a client with its supported versions: `ios (v4.1.0, v4.2.0)`.
fn shown(client: &Client) -> String {
    if client.supported.is_empty() {
        return client.name.clone();
    }
    format!("{} ({})", client.name, client.supported.join(", "))
}
