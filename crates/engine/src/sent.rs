//! Which messages and enums travel between processes: what the requests and responses of RPCs hold.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Detail, Schema, SurfaceKind};

use crate::Facts;

/// Returns the full names of the messages and enums that the RPCs of this ref carry, however deep inside of their requests and
/// responses; None where it declares no RPC, so that what it does with its messages cannot be told.
pub(crate) fn sent(facts: &Facts) -> Option<BTreeSet<&str>> {
    let schemas = &facts.linked.schemas;
    let of_kind = |kind: SurfaceKind| schemas.iter().filter(move |s| s.surface.kind == kind);
    let messages: BTreeMap<&str, &Schema> = of_kind(SurfaceKind::Message)
        .map(|s| (s.surface.name.as_str(), s))
        .collect();
    let methods = of_kind(SurfaceKind::Rpc).flat_map(|s| &s.elements);
    let mut open: Vec<&str> = methods
        .filter_map(|e| match &e.detail {
            Detail::Method(method) => Some([method.request.as_str(), method.response.as_str()]),
            _ => None,
        })
        .flatten()
        .collect();
    if open.is_empty() {
        return None;
    }
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            let elements = messages.get(name).into_iter().flat_map(|s| &s.elements);
            open.extend(elements.filter_map(|e| match &e.detail {
                Detail::Field(field) => Some(value_type(&field.type_name)),
                _ => None,
            }));
        }
    }
    Some(found)
}

/// Returns the type itself, or that of the values of a map.
fn value_type(type_name: &str) -> &str {
    let map = type_name.strip_prefix("map<");
    let inside = map.and_then(|m| m.strip_suffix('>')?.split_once(','));
    inside.map_or(type_name, |(_, value)| value.trim())
}
