#![doc = include_str!("page.md")]

use coexist_model::{Action, Delta, Detail, Finding, Principle, Schema, SurfaceKind};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "alert-removed",
    principle: Principle::ReleaseProcessSafety,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let removed = scene.deltas().filter(|d| {
        d.surface.kind == SurfaceKind::Alert && d.element.is_none() && d.action == Action::Removed
    });
    removed
        .filter(|d| replacement(scene, d).is_none())
        .filter_map(|d| finding(scene, d))
        .collect()
}

fn finding(scene: &Scene<'_>, delta: &Delta) -> Option<Finding> {
    let file_stays = scene.case.changed.iter().find(|c| {
        c.path == *delta.place.path || c.old_path.as_deref() == Some(&*delta.place.path)
    })?;
    let draft = Draft::of(&RULE, delta, "removed")
        .title(format!("the alert {} is removed", delta.surface))
        .safe_steps([
            "keep the alert, or replace it in the same change by one that sees the same failure"
                .to_owned(),
        ]);
    Some(if file_stays.at_head {
        draft.fail_because("an alert is removed without a replacement: what it watched can now fail unseen during a rollout")
    } else {
        draft.ask(
            format!("Is what {} watched still in production?", delta.surface),
            "the line of another rule that watches it, or the change that retired it",
        )
    })
}

/// Returns an alert that this change adds and that watches the same expression or bears nearly the same name.
fn replacement<'a>(scene: &'a Scene<'_>, delta: &Delta) -> Option<&'a Schema> {
    let base = scene.case.base.schema(&delta.surface)?;
    let added = scene.case.head.linked.schemas.iter().filter(|s| {
        s.surface.kind == SurfaceKind::Alert && scene.case.base.schema(&s.surface).is_none()
    });
    let alike = |s: &&Schema| {
        let same_expression = expression(s).is_some_and(|e| Some(e) == expression(base));
        same_expression
            || s.surface.name.contains(&delta.surface.name)
            || delta.surface.name.contains(&s.surface.name)
    };
    added.into_iter().find(alike)
}

fn expression(schema: &Schema) -> Option<&str> {
    match &schema.element("expr")?.detail {
        Detail::Setting { value } => Some(value),
        _ => None,
    }
}
