#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{Action, Delta, Detail, Element, Finding, Principle, Side, SurfaceKind};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "json-in-string",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let payloads = new_payloads(scene);
    let fields = scene.deltas().filter(|d| {
        d.surface.kind == SurfaceKind::Message && d.action == Action::Added && d.element.is_some()
    });
    fields
        .filter_map(|d| finding(scene, d, &payloads))
        .collect()
}

fn finding(scene: &Scene<'_>, delta: &Delta, payloads: &BTreeSet<String>) -> Option<Finding> {
    let field = delta.new.as_ref().filter(|e| holds_json(e))?;
    let name = format!("{}.{}", delta.surface, field.name);
    let draft = Draft::of(&RULE, delta, "structure in a string")
        .title(format!("{name} passes JSON in a string instead of typed fields"))
        .safe_steps([
            format!("declare a message for what {} holds, and use it as the type of the field", field.name),
            "where the structure belongs to someone else, pass it as bytes with a named format and version".to_owned(),
        ]);
    let method = scene
        .deltas()
        .find(|d| is_new_method(d) && uses(d, &delta.surface.name));
    Some(if payloads.contains(&delta.surface.name) {
        let draft = method.into_iter().fold(draft, |draft, m| {
            draft.related(Side::Head, &m.place, "carries it")
        });
        draft.fail_because("a new operation whose payload is JSON in a string")
    } else {
        draft.ask(
            format!("Does {name} hold a structure of this system's own?"),
            "the line that builds or parses the text",
        )
    })
}

/// Returns whether a text field says in its own name that it holds JSON.
fn holds_json(element: &Element) -> bool {
    let Detail::Field(field) = &element.detail else {
        return false;
    };
    let text = matches!(field.type_name.as_str(), "string" | "bytes");
    text && element
        .name
        .to_lowercase()
        .split('_')
        .any(|word| word == "json")
}

fn is_new_method(delta: &Delta) -> bool {
    delta.surface.kind == SurfaceKind::Rpc
        && delta.action == Action::Added
        && delta.element.is_some()
}

fn uses(delta: &Delta, message: &str) -> bool {
    matches!(delta.new.as_ref().map(|e| &e.detail), Some(Detail::Method(m)) if m.request == message || m.response == message)
}

/// Returns the messages that are request or response of a method which this change adds.
fn new_payloads(scene: &Scene<'_>) -> BTreeSet<String> {
    let methods =
        scene
            .deltas()
            .filter(|d| is_new_method(d))
            .filter_map(|d| match &d.new.as_ref()?.detail {
                Detail::Method(method) => Some([method.request.clone(), method.response.clone()]),
                _ => None,
            });
    methods.flatten().collect()
}
