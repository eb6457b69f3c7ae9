#![doc = include_str!("page.md")]

use coexist_model::{Delta, Detail, Element, Finding, Principle, SurfaceKind};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "all-regions-at-once",
    principle: Principle::ReleaseProcessSafety,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let regions = scene.deltas().filter(|d| {
        d.surface.kind == SurfaceKind::Pipeline && d.element.as_deref() == Some("regions")
    });
    regions.filter_map(finding).collect()
}

fn finding(delta: &Delta) -> Option<Finding> {
    let now = delta.new.as_ref().filter(|e| value(e) == "parallel")?;
    let draft = Draft::of(&RULE, delta, "all regions at once")
        .title(format!(
            "{} deploys to all regions at the same time ({})",
            delta.surface,
            value(now)
        ))
        .safe_steps(["deploy to one region, watch it, and only then to the others".to_owned()]);
    Some(draft.ask(
        "Does something else hold the other regions back until the first is healthy?",
        "the line of the step that does",
    ))
}

fn value(element: &Element) -> &str {
    match &element.detail {
        Detail::Setting { value } => value,
        _ => "",
    }
}
