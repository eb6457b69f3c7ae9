//! Differences between deployment files: workloads, pipelines, alerts.

use std::collections::BTreeMap;

use coexist_model::{
    Action, Aspect, Delta, Detail, Element, Place, Schema, Side, Surface, SurfaceKind,
};

/// Returns the differences between the deployment schemas of two refs.
pub(super) fn deltas(base: &[Schema], head: &[Schema]) -> Vec<Delta> {
    let (old, new) = (by_surface(base), by_surface(head));
    let mut deltas = Vec::new();
    for (surface, schema) in &old {
        match new.get(surface) {
            Some(now) => deltas.extend(elements(schema, now)),
            None => deltas.push(whole(surface, Action::Removed, &schema.place, Side::Base)),
        }
    }
    for (surface, schema) in &new {
        if !old.contains_key(surface) {
            deltas.push(whole(surface, Action::Added, &schema.place, Side::Head));
        }
    }
    deltas
}

fn by_surface(schemas: &[Schema]) -> BTreeMap<&Surface, &Schema> {
    let deployed = [
        SurfaceKind::Workload,
        SurfaceKind::Alert,
        SurfaceKind::Pipeline,
    ];
    schemas
        .iter()
        .rev()
        .filter(|s| deployed.contains(&s.surface.kind))
        .map(|s| (&s.surface, s))
        .collect()
}

fn whole(surface: &Surface, action: Action, place: &Place, side: Side) -> Delta {
    Delta {
        surface: surface.clone(),
        head_surface: surface.clone(),
        element: None,
        aspect: Aspect::Existence,
        action,
        old: None,
        new: None,
        place: place.clone(),
        side,
        made_by: None,
    }
}

fn elements(old: &Schema, new: &Schema) -> Vec<Delta> {
    let mut deltas = Vec::new();
    for element in &old.elements {
        match new.element(&element.name) {
            None => deltas.push(setting(old, Some(element), None)),
            Some(now) if value(now) != value(element) => {
                deltas.push(setting(old, Some(element), Some(now)));
            }
            Some(_) => {}
        }
    }
    for element in &new.elements {
        if old.element(&element.name).is_none() {
            deltas.push(setting(new, None, Some(element)));
        }
    }
    deltas
}

fn value(element: &Element) -> &str {
    match &element.detail {
        Detail::Setting { value } => value,
        _ => "",
    }
}

fn setting(schema: &Schema, old: Option<&Element>, new: Option<&Element>) -> Delta {
    let (aspect, action, side) = match (old, new) {
        (Some(_), None) => (Aspect::Existence, Action::Removed, Side::Base),
        (None, _) => (Aspect::Existence, Action::Added, Side::Head),
        (Some(_), Some(_)) => (Aspect::Values, Action::Changed, Side::Head),
    };
    let shown = new.or(old);
    let place = shown.map_or(&schema.place, |e| &e.place);
    Delta {
        element: shown.map(|e| e.name.clone()),
        aspect,
        old: old.cloned(),
        new: new.cloned(),
        ..whole(&schema.surface, action, place, side)
    }
}
