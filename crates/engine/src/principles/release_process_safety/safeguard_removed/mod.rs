#![doc = include_str!("page.md")]

use coexist_model::{Action, Delta, Finding, Principle, Side, SurfaceKind};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "safeguard-removed",
    principle: Principle::ReleaseProcessSafety,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let kinds = [SurfaceKind::Workload, SurfaceKind::Pipeline];
    let removed = scene
        .deltas()
        .filter(|d| kinds.contains(&d.surface.kind) && d.action == Action::Removed);
    removed.filter_map(|d| finding(scene, d)).collect()
}

fn finding(scene: &Scene<'_>, delta: &Delta) -> Option<Finding> {
    let element = delta.element.as_deref()?;
    let sort = element.split('/').next().unwrap_or(element);
    let safeguard = match sort {
        "canary" | "canary-step" => "canary step",
        "analysis" => "analysis step",
        "approval" => "approval",
        "rollback" => "rollback step",
        "health-check" => "health check",
        _ => return None,
    };
    let head = scene.case.head.schema(&delta.head_surface)?;
    let base = scene.case.base.schema(&delta.surface)?;
    let count = |s: &coexist_model::Schema| {
        s.elements
            .iter()
            .filter(|e| e.name.split('/').next() == Some(sort))
            .count()
    };
    if count(head) >= count(base) {
        return None;
    }
    let draft = Draft::of(&RULE, delta, "removed")
        .title(format!("a {safeguard} of {} is removed", delta.surface))
        .related(Side::Head, &head.place, "goes on without it")
        .safe_steps([format!("keep the {safeguard}, or replace it in the same change by one that stops a bad release as early")]);
    // The last canary step, analysis, approval or rollback is on the closed list; one of several, or a health check, is not.
    Some(if count(head) == 0 && sort != "health-check" {
        draft.fail_because(format!(
            "the last {safeguard} is removed without a replacement"
        ))
    } else {
        draft.ask(
            "What else stops a bad release before it is everywhere?",
            "the line of the step that does",
        )
    })
}
