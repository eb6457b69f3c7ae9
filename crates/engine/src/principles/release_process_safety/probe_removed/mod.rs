#![doc = include_str!("page.md")]

use coexist_model::{Action, Delta, Finding, Principle, Side, SurfaceKind};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "probe-removed",
    principle: Principle::ReleaseProcessSafety,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let removed = scene
        .deltas()
        .filter(|d| d.surface.kind == SurfaceKind::Workload && d.action == Action::Removed);
    removed.filter_map(|d| finding(scene, d)).collect()
}

fn finding(scene: &Scene<'_>, delta: &Delta) -> Option<Finding> {
    let (probe, container) = delta.element.as_deref()?.split_once('/')?;
    if !matches!(
        probe,
        "readiness-probe" | "liveness-probe" | "startup-probe"
    ) {
        return None;
    }
    let head = scene.case.head.schema(&delta.head_surface)?;
    let base = scene.case.base.schema(&delta.surface)?;
    // The container went, or was renamed with its probes: nothing is taken away from what is left.
    let still_there = head.elements.iter().any(|e| {
        e.name.ends_with(&format!("/{container}")) || e.name.contains(&format!("/{container}/"))
    });
    let ready = |s: &coexist_model::Schema| {
        s.elements
            .iter()
            .filter(|e| e.name.starts_with("readiness-probe/"))
            .count()
    };
    if !still_there || (probe == "readiness-probe" && ready(head) >= ready(base)) {
        return None;
    }
    let draft = Draft::of(&RULE, delta, "removed")
        .title(format!("the {} of {} ({container}) is removed", probe.replace('-', " "), delta.surface))
        .related(Side::Head, &head.place, "runs without it")
        .safe_steps([
            "keep the probe, or replace it in the same change by one that also tells a healthy node from a broken one".to_owned(),
        ]);
    Some(if probe == "readiness-probe" {
        draft.fail_because("a readiness probe is removed without a replacement: a rolling update no longer waits for a healthy node")
    } else {
        draft.ask(
            "What ends a node of this workload that hangs?",
            "the line that restarts or replaces it",
        )
    })
}
