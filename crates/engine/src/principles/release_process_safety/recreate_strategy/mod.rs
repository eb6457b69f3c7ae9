#![doc = include_str!("page.md")]

use coexist_model::{Delta, Detail, Element, Finding, Principle, Schema, Side, SurfaceKind};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "recreate-strategy",
    principle: Principle::ReleaseProcessSafety,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    scene
        .deltas()
        .filter(|d| d.surface.kind == SurfaceKind::Workload)
        .filter_map(|d| finding(scene, d))
        .collect()
}

fn finding(scene: &Scene<'_>, delta: &Delta) -> Option<Finding> {
    let stops_all = match delta.element.as_deref() {
        Some("strategy") => |v: &str| v == "Recreate",
        Some("max-unavailable") => |v: &str| v == "100%",
        _ => return None,
    };
    let now = delta.new.as_ref().filter(|e| stops_all(value(e)))?;
    // A workload that is new has no nodes which could be stopped all at once.
    let base = scene.case.base.schema(&delta.surface)?;
    let head = scene.case.head.schema(&delta.head_surface)?;
    let was = delta.old.as_ref().map_or("a rolling update", value);
    let draft = Draft::of(&RULE, delta, "all nodes stop at once from here on")
        .title(format!(
            "{} is now replaced all at once ({}), where it was {was}",
            delta.surface,
            value(now)
        ))
        .related(
            Side::Base,
            delta.old.as_ref().map_or(&base.place, |e| &e.place),
            "rolled out before",
        )
        .safe_steps([
            "keep the rolling update".to_owned(),
            "make old and new code able to run side by side, in releases of their own".to_owned(),
        ]);
    Some(match replicas(head).or_else(|| replicas(base)) {
        Some(n) if n > 1 => draft.fail_because(format!(
            "rolling update to {} with {n} replicas: no node is left to serve, to compare with, or to roll back to",
            value(now)
        )),
        Some(_) => return None,
        None => draft.ask(
            format!("Does {} run with more than one replica?", delta.surface),
            "the line that sets its replicas or its autoscaler",
        ),
    })
}

fn value(element: &Element) -> &str {
    match &element.detail {
        Detail::Setting { value } => value,
        _ => "",
    }
}

fn replicas(schema: &Schema) -> Option<u32> {
    schema
        .element("replicas")
        .and_then(|e| value(e).parse().ok())
}
