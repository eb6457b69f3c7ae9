//! Whether a repository shows that a release reaches a few nodes first.

use coexist_model::{Detail, Place, Schema, SurfaceKind};

/// What shows a staged rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedRollout {
    /// What shows it, as half a sentence: "deployment/api is updated node by node, watched by a readiness probe".
    pub because: String,
    /// Where.
    pub place: Place,
}

/// Returns what shows that a release goes to a few nodes, is watched, and only then goes everywhere; None where nothing does. The
/// strongest evidence comes first: canary steps, then an approval or regions in order, then a rolling update that is watched.
pub fn staged_rollout(schemas: &[Schema]) -> Option<StagedRollout> {
    let kinds: [fn(&Schema) -> Option<StagedRollout>; 3] = [canary, gate, watched_update];
    kinds
        .iter()
        .find_map(|shows| schemas.iter().find_map(shows))
}

fn canary(schema: &Schema) -> Option<StagedRollout> {
    let step = schema
        .elements
        .iter()
        .find(|e| matches!(sort(&e.name), "canary-step" | "canary"))?;
    Some(shown(
        format!("{} goes to a few nodes first", schema.surface),
        &step.place,
    ))
}

fn gate(schema: &Schema) -> Option<StagedRollout> {
    if schema.surface.kind != SurfaceKind::Pipeline {
        return None;
    }
    let gate = schema.elements.iter().find(|e| {
        sort(&e.name) == "approval"
            || (e.name == "regions" && value(schema, "regions") == Some("sequential"))
    })?;
    Some(shown(
        format!("{} goes on step by step", schema.surface),
        &gate.place,
    ))
}

fn watched_update(schema: &Schema) -> Option<StagedRollout> {
    if schema.surface.kind != SurfaceKind::Workload {
        return None;
    }
    let watched = schema
        .elements
        .iter()
        .find(|e| matches!(sort(&e.name), "readiness-probe" | "health-check"))?;
    let name = &schema.surface.name;
    // Compose without an update order is no rolling update; a Deployment without a strategy is one.
    let rolling = if name.starts_with("compose/") {
        schema
            .elements
            .iter()
            .any(|e| e.name.starts_with("update-"))
    } else {
        !matches!(value(schema, "strategy"), Some("Recreate" | "OnDelete"))
            && !name.starts_with("job/")
            && !name.starts_with("cronjob/")
    };
    rolling.then(|| {
        shown(
            format!(
                "{name} is updated node by node, watched by a {}",
                sort(&watched.name).replace('-', " ")
            ),
            &watched.place,
        )
    })
}

fn shown(because: String, place: &Place) -> StagedRollout {
    StagedRollout {
        because,
        place: place.clone(),
    }
}

fn sort(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

fn value<'a>(schema: &'a Schema, name: &str) -> Option<&'a str> {
    match &schema.element(name)?.detail {
        Detail::Setting { value } => Some(value),
        _ => None,
    }
}
