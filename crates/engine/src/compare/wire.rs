//! Differences between two states of wire schemas: messages, enums, RPC services.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Action, Aspect, Delta, Detail, Element, Field, Label, Method, Place, Schema, Side, Surface,
    SurfaceKind,
};

/// Returns the differences between the wire schemas of two refs.
pub(super) fn deltas(base: &[Schema], head: &[Schema]) -> Vec<Delta> {
    let (old, new) = (by_surface(base), by_surface(head));
    let moved = moved(&old, &new);
    let mut deltas = Vec::new();
    let mut met: BTreeSet<&Surface> = BTreeSet::new();
    for (surface, schema) in &old {
        let now = new
            .get(surface)
            .or_else(|| moved.get(surface).and_then(|to| new.get(to)));
        match now {
            Some(now) => {
                met.insert(&now.surface);
                if now.surface != schema.surface {
                    deltas.push(whole(
                        schema,
                        now,
                        Aspect::Identity,
                        Action::Changed,
                        &now.place,
                        Side::Head,
                    ));
                }
                deltas.extend(pair(schema, now));
            }
            None => deltas.push(whole(
                schema,
                schema,
                Aspect::Existence,
                Action::Removed,
                &schema.place,
                Side::Base,
            )),
        }
    }
    for (surface, schema) in &new {
        if !met.contains(surface) {
            deltas.push(whole(
                schema,
                schema,
                Aspect::Existence,
                Action::Added,
                &schema.place,
                Side::Head,
            ));
            deltas.extend(spoken(schema).map(|e| {
                element(
                    schema,
                    schema,
                    None,
                    Some(e),
                    Aspect::Existence,
                    Action::Added,
                )
            }));
        }
    }
    deltas
}

fn by_surface(schemas: &[Schema]) -> BTreeMap<&Surface, &Schema> {
    let wire = [SurfaceKind::Message, SurfaceKind::Enum, SurfaceKind::Rpc];
    schemas
        .iter()
        .rev()
        .filter(|s| wire.contains(&s.surface.kind))
        .map(|s| (&s.surface, s))
        .collect()
}

/// Pairs what left a package with what appeared in another one under the same simple name and with the same elements; only where
/// there is one candidate on each side.
fn moved<'a>(
    old: &BTreeMap<&'a Surface, &'a Schema>,
    new: &BTreeMap<&'a Surface, &'a Schema>,
) -> BTreeMap<&'a Surface, &'a Surface> {
    let gone: Vec<_> = old.iter().filter(|(s, _)| !new.contains_key(*s)).collect();
    let come: Vec<_> = new.iter().filter(|(s, _)| !old.contains_key(*s)).collect();
    let mut pairs = BTreeMap::new();
    for (surface, schema) in &gone {
        let alike = |other: &Schema| {
            other.surface.kind == surface.kind
                && simple(&other.surface.name) == simple(&surface.name)
                && names(other) == names(schema)
        };
        let candidates: Vec<_> = come.iter().filter(|(_, s)| alike(s)).collect();
        let rivals = gone.iter().filter(|(_, s)| alike(s)).count();
        if let ([(to, _)], 1) = (candidates.as_slice(), rivals) {
            pairs.insert(**surface, **to);
        }
    }
    pairs
}

fn simple(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn names(schema: &Schema) -> BTreeSet<&str> {
    schema.elements.iter().map(|e| e.name.as_str()).collect()
}

fn whole(
    old: &Schema,
    new: &Schema,
    aspect: Aspect,
    action: Action,
    place: &Place,
    side: Side,
) -> Delta {
    Delta {
        surface: old.surface.clone(),
        head_surface: new.surface.clone(),
        element: None,
        aspect,
        action,
        old: None,
        new: None,
        place: place.clone(),
        side,
        made_by: None,
    }
}

fn pair(old: &Schema, new: &Schema) -> Vec<Delta> {
    let gone: Vec<&Element> = spoken(old)
        .filter(|e| counterpart(e, new).is_none())
        .collect();
    let mut come: Vec<&Element> = spoken(new)
        .filter(|e| counterpart(e, old).is_none())
        .collect();
    let mut deltas = Vec::new();
    for from in spoken(old) {
        if let Some(to) = counterpart(from, new) {
            deltas.extend(changed(old, new, from, to));
        }
    }
    for from in gone {
        // An enum value of the same number under another name is the same bytes.
        match come
            .iter()
            .position(|to| number(from).is_some() && number(from) == number(to))
        {
            Some(at) => deltas.extend(changed(old, new, from, come.remove(at))),
            None => deltas.push(element(
                old,
                new,
                Some(from),
                None,
                Aspect::Existence,
                Action::Removed,
            )),
        }
    }
    let added = come
        .into_iter()
        .map(|to| element(old, new, None, Some(to), Aspect::Existence, Action::Added));
    deltas.extend(added);
    deltas
}

fn counterpart<'a>(element: &Element, schema: &'a Schema) -> Option<&'a Element> {
    spoken(schema).find(|e| e.identity() == element.identity())
}

fn number(element: &Element) -> Option<i64> {
    match element.detail {
        Detail::Value { number, .. } => number,
        _ => None,
    }
}

/// Returns the elements that bytes can hold: a reservation is a promise about what will not come.
fn spoken(schema: &Schema) -> impl Iterator<Item = &Element> {
    schema
        .elements
        .iter()
        .filter(|e| !matches!(e.detail, Detail::Reserved(_)))
}

fn element(
    old: &Schema,
    new: &Schema,
    from: Option<&Element>,
    to: Option<&Element>,
    aspect: Aspect,
    action: Action,
) -> Delta {
    let shown = from.or(to);
    let place = to.or(from).map_or(&new.place, |e| &e.place);
    let side = if to.is_some() { Side::Head } else { Side::Base };
    Delta {
        element: shown.map(|e| e.name.clone()),
        old: from.cloned(),
        new: to.cloned(),
        ..whole(old, new, aspect, action, place, side)
    }
}

fn changed(old: &Schema, new: &Schema, from: &Element, to: &Element) -> Vec<Delta> {
    let mut found: Vec<(Aspect, Action)> = Vec::new();
    match (&from.detail, &to.detail) {
        (Detail::Field(a), Detail::Field(b)) => found.extend(fields(a, b)),
        (Detail::Value { number: a, .. }, Detail::Value { number: b, .. }) if a != b => {
            found.push((Aspect::Identity, Action::Changed));
        }
        (Detail::Method(a), Detail::Method(b)) => found.extend(methods(a, b, old, new)),
        _ => {}
    }
    if from.name != to.name {
        found.push((Aspect::Identity, Action::Changed));
    }
    found
        .into_iter()
        .map(|(aspect, action)| element(old, new, Some(from), Some(to), aspect, action))
        .collect()
}

fn fields(a: &Field, b: &Field) -> Vec<(Aspect, Action)> {
    let mut found = Vec::new();
    if a.type_name != b.type_name && simple(&a.type_name) != simple(&b.type_name) {
        found.push((Aspect::Type, Action::Changed));
    }
    if a.label != b.label {
        let many = |l: Label| matches!(l, Label::Repeated | Label::Map);
        found.push(match (a.label, b.label) {
            (Label::Required, other) if !many(other) => (Aspect::Presence, Action::Widened),
            (other, Label::Required) if !many(other) => (Aspect::Presence, Action::Narrowed),
            (x, y) if many(x) || many(y) => (Aspect::Type, Action::Changed),
            _ => (Aspect::Presence, Action::Changed),
        });
    }
    if a.oneof != b.oneof {
        found.push((Aspect::Constraint, Action::Changed));
    }
    if a.default != b.default {
        found.push((Aspect::Default, Action::Changed));
    }
    if a.json_name != b.json_name {
        found.push((Aspect::Identity, Action::Changed));
    }
    found.dedup();
    found
}

fn methods(a: &Method, b: &Method, old: &Schema, new: &Schema) -> Vec<(Aspect, Action)> {
    // A method whose messages moved to another package together with it still carries the same bytes.
    let same = |x: &str, y: &str| x == y || (old.surface != new.surface && simple(x) == simple(y));
    let types = !same(&a.request, &b.request) || !same(&a.response, &b.response);
    let streams =
        (a.client_streaming, a.server_streaming) != (b.client_streaming, b.server_streaming);
    if types || streams {
        vec![(Aspect::Type, Action::Changed)]
    } else {
        Vec::new()
    }
}
