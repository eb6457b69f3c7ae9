#![doc = include_str!("page.md")]

use coexist_model::{Action, Delta, Finding, Principle, Side, SurfaceKind};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "guarantee-removed",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let fields = scene
        .deltas()
        .filter(|d| d.surface.kind == SurfaceKind::Message && d.action == Action::Removed);
    fields.filter_map(|d| finding(scene, d)).collect()
}

fn finding(scene: &Scene<'_>, delta: &Delta) -> Option<Finding> {
    let name = delta.element.as_deref()?;
    let key = matches!(
        name,
        "idempotency_key" | "idempotencyKey" | "idempotency_token"
    );
    let head = scene
        .case
        .head
        .schema(&delta.head_surface)
        .filter(|_| key)?;
    let draft = Draft::of(&RULE, delta, "removed")
        .title(format!(
            "{} no longer takes an idempotency key",
            delta.surface
        ))
        .related(Side::Head, &head.place, "goes on without it")
        .safe_steps([
            "keep the key: a client that retries has no other way to avoid doing things twice"
                .to_owned(),
        ]);
    Some(
        draft.fail_because(
            "a stated guarantee is removed: a retried request may now take effect twice",
        ),
    )
}
