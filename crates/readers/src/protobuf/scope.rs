//! Which declaration a type name means.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::TypeKind;

/// Declared messages and enums by full name.
#[derive(Debug, Default)]
pub(super) struct Names {
    kinds: BTreeMap<String, TypeKind>,
    /// The last part of each name: most lookups that fail end here.
    simple: BTreeSet<String>,
}

/// The scalar types.
const SCALARS: [&str; 15] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32",
    "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes",
];

/// Returns whether this is the name of a scalar type.
pub(super) fn is_scalar(name: &str) -> bool {
    SCALARS.contains(&name)
}

impl Names {
    pub(super) fn declare(&mut self, name: &str, kind: TypeKind) {
        self.kinds.entry(name.to_owned()).or_insert(kind);
        self.simple.insert(last_part(name).to_owned());
    }

    /// Returns the full name and the kind that a type name stands for in a scope (a package or message), from the innermost
    /// scope outwards: <https://protobuf.dev/programming-guides/proto3/#name-resolution>.
    pub(super) fn find(&self, spelled: &str, scope: &str) -> Option<(String, TypeKind)> {
        if let Some(absolute) = spelled.strip_prefix('.') {
            return self
                .kinds
                .get(absolute)
                .map(|kind| (absolute.to_owned(), *kind));
        }
        if !self.simple.contains(last_part(spelled)) {
            return well_known(spelled);
        }
        let mut scope = scope;
        loop {
            let full = join(scope, spelled);
            if let Some(kind) = self.kinds.get(&full) {
                return Some((full, *kind));
            }
            if scope.is_empty() {
                return well_known(spelled);
            }
            scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
    }
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The types that come with every compiler, so that no repository needs to hold their declarations.
fn well_known(full: &str) -> Option<(String, TypeKind)> {
    let kind = match full.strip_prefix("google.protobuf.")? {
        "NullValue" => TypeKind::Enum { closed: false },
        "Any" | "BoolValue" | "BytesValue" | "DoubleValue" | "Duration" | "Empty" | "FieldMask"
        | "FloatValue" | "Int32Value" | "Int64Value" | "ListValue" | "StringValue" | "Struct"
        | "Timestamp" | "UInt32Value" | "UInt64Value" | "Value" => TypeKind::Message,
        _ => return None,
    };
    Some((full.to_owned(), kind))
}

/// Returns the full name that is most likely meant by a name whose declaration is in no file at hand: a simple name is looked
/// for in the package, since a package is often cut into files; a dotted one is taken as it stands.
pub(super) fn guess(spelled: &str, package: &str) -> String {
    match spelled.strip_prefix('.') {
        Some(absolute) => absolute.into(),
        None if spelled.contains('.') => spelled.into(),
        None => join(package, spelled),
    }
}

/// Returns the name inside the scope.
pub(super) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.into()
    } else {
        format!("{scope}.{name}")
    }
}
