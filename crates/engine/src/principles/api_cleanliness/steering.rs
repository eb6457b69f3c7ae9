//! Elements of requests that may steer what an operation does. Whether one does, the code that serves the operation tells.

use std::collections::BTreeMap;

use coexist_model::{
    Access, Action, Confidence, Delta, Detail, Element, Field, Method, Mode, Schema, Surface,
    SurfaceKind, TypeKind,
};

use crate::{Comparison, Facts};

/// An element that this change adds to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steering {
    /// The message that is the request.
    pub request: Surface,
    /// The field, or the `oneof`.
    pub element: String,
    /// The service and the method whose request it is, at head.
    pub operation: (Surface, Element),
    /// What it is.
    pub kind: SteeringKind,
    /// The line that adds it.
    pub added: Element,
}

/// What may steer an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SteeringKind {
    /// A boolean that an existing operation gets.
    Boolean,
    /// A field or `oneof` of a new operation that says which of several operations is meant.
    Selector,
}

/// Names of a field or `oneof` that says which of several operations is meant, by their last word.
const SELECTORS: &[&str] = &["action", "operation", "op", "command", "cmd", "verb"];

/// Returns the elements of requests that this change adds and that may steer what the operation does.
pub fn steering(comparison: &Comparison, head: &Facts) -> Vec<Steering> {
    let requests = requests(head);
    let deltas = comparison
        .deltas
        .iter()
        .filter(|d| d.action == Action::Added);
    let found = deltas.flat_map(|delta| match delta.surface.kind {
        SurfaceKind::Message => switches(comparison, &requests, delta),
        SurfaceKind::Rpc => selectors(head, delta),
        _ => Vec::new(),
    });
    found.collect()
}

/// Returns where a file of head goes one way or another by the element, the surest place first.
pub(super) fn decision<'a>(head: &'a Facts, steering: &'a Steering) -> Option<&'a Access> {
    let decides = head.accesses(&steering.request).filter(|a| {
        a.mode == Mode::Decides
            && a.element.as_deref() == Some(steering.element.as_str())
            && a.confidence > Confidence::Low
    });
    decides.max_by(|a, b| (a.confidence, &b.place).cmp(&(b.confidence, &a.place)))
}

/// The methods of head by the name of their request.
type Requests<'a> = BTreeMap<&'a str, Vec<(&'a Schema, &'a Element)>>;

fn requests(head: &Facts) -> Requests<'_> {
    let mut requests = Requests::new();
    let services = head.linked.schemas.iter();
    for service in services.filter(|s| s.surface.kind == SurfaceKind::Rpc) {
        for (element, method) in methods(service) {
            let known = requests.entry(&method.request).or_default();
            known.push((service, element));
        }
    }
    requests
}

fn methods(service: &Schema) -> impl Iterator<Item = (&Element, &Method)> {
    service.elements.iter().filter_map(|e| match &e.detail {
        Detail::Method(method) => Some((e, method)),
        _ => None,
    })
}

/// A boolean that is added to the request of an operation which was there before.
fn switches(comparison: &Comparison, requests: &Requests<'_>, delta: &Delta) -> Vec<Steering> {
    let Some(added) = delta.new.as_ref().filter(|e| is_boolean(e)) else {
        return Vec::new();
    };
    let operations = requests.get(delta.head_surface.name.as_str());
    let is_new = |surface: &Surface, method: &Element| {
        comparison.deltas.iter().any(|d| {
            d.action == Action::Added
                && d.head_surface == *surface
                && d.element.as_ref().is_none_or(|e| *e == method.name)
        })
    };
    let old = operations
        .into_iter()
        .flatten()
        .find(|(service, method)| !is_new(&service.surface, method));
    let steering = old.map(|(service, method)| Steering {
        request: delta.head_surface.clone(),
        element: added.name.clone(),
        operation: (service.surface.clone(), (*method).clone()),
        kind: SteeringKind::Boolean,
        added: added.clone(),
    });
    steering.into_iter().collect()
}

fn is_boolean(element: &Element) -> bool {
    matches!(&element.detail, Detail::Field(f) if f.type_name == "bool" && f.wire.kind == TypeKind::Scalar)
}

/// The elements of a new operation's request that say which of several operations is meant.
fn selectors(head: &Facts, delta: &Delta) -> Vec<Steering> {
    let Some(operation) = &delta.new else {
        return Vec::new();
    };
    let Detail::Method(method) = &operation.detail else {
        return Vec::new();
    };
    // A stream carries different messages in turn: one operation has to name them apart.
    if method.client_streaming {
        return Vec::new();
    }
    let request = Surface::new(SurfaceKind::Message, method.request.clone());
    let Some(schema) = head.schema(&request) else {
        return Vec::new();
    };
    let found = selecting(schema).into_iter().map(|element| Steering {
        request: request.clone(),
        element,
        operation: (delta.head_surface.clone(), operation.clone()),
        kind: SteeringKind::Selector,
        added: operation.clone(),
    });
    found.collect()
}

fn selecting(request: &Schema) -> Vec<String> {
    let fields = || {
        request.elements.iter().filter_map(|e| match &e.detail {
            Detail::Field(field) => Some((e, field)),
            _ => None,
        })
    };
    let is_closed_set =
        |f: &Field| f.type_name == "string" || matches!(f.wire.kind, TypeKind::Enum { .. });
    let mut found: Vec<String> = fields()
        .filter(|(e, f)| f.oneof.is_none() && is_closed_set(f) && is_selector(&e.name))
        .map(|(e, _)| e.name.clone())
        .collect();
    let mut commands: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, field) in fields().filter(|(_, f)| f.wire.kind == TypeKind::Message) {
        if let Some(oneof) = field.oneof.as_deref().filter(|o| is_selector(o)) {
            *commands.entry(oneof).or_default() += 1;
        }
    }
    let several = commands.into_iter().filter(|(_, count)| *count > 1);
    found.extend(several.map(|(oneof, _)| oneof.to_owned()));
    found
}

fn is_selector(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or(name);
    SELECTORS.contains(&last)
}
