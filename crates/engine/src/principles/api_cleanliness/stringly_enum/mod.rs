#![doc = include_str!("page.md")]

use coexist_model::{Action, Delta, Detail, Finding, Principle, SurfaceKind};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "stringly-enum",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let fields = scene
        .deltas()
        .filter(|d| d.surface.kind == SurfaceKind::Message && d.action == Action::Added);
    fields.filter_map(finding).collect()
}

fn finding(delta: &Delta) -> Option<Finding> {
    let field = delta.new.as_ref()?;
    let Detail::Field(definition) = &field.detail else {
        return None;
    };
    let last = field.name.rsplit('_').next().unwrap_or(&field.name);
    if definition.type_name != "string"
        || !matches!(last, "status" | "state" | "mode" | "severity" | "priority")
    {
        return None;
    }
    let draft = Draft::of(&RULE, delta, "a closed set as text")
        .title(format!(
            "{}.{} is a string, but its name speaks of a closed set of values",
            delta.surface, field.name
        ))
        .safe_steps([
            "declare an enum with an UNSPECIFIED value of zero, and use it as the type".to_owned(),
        ]);
    Some(draft.ask(
        "Which values can it have?",
        "the line that lists or checks them",
    ))
}
