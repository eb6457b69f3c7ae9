//! The structure of messages and enums as digests, to tell a copy under another name from another type.

use std::collections::BTreeMap;
use std::sync::Arc;

use coexist_model::{Detail, Element, Field, Label, Schema, Shape, Surface, SurfaceKind, TypeKind};

use super::link::{map_types, value_type};

/// Levels of nested messages that a digest looks into. Types may hold themselves, so there must be an end.
const LEVELS: usize = 3;

/// The structure of every type of a ref, by full name.
pub(super) struct Shapes {
    by_name: BTreeMap<String, Shape>,
}

/// A digest for binary and one for JSON.
type Digests = [u64; 2];

impl Shapes {
    pub(super) fn of(schemas: &BTreeMap<Surface, Schema>) -> Self {
        let types: Vec<(&str, &Schema)> = schemas
            .iter()
            .filter(|(s, _)| matches!(s.kind, SurfaceKind::Message | SurfaceKind::Enum))
            .map(|(s, schema)| (s.name.as_str(), schema))
            .collect();
        let mut level: BTreeMap<&str, Digests> = BTreeMap::new();
        for _ in 1..LEVELS {
            let next = types
                .iter()
                .map(|(name, schema)| (*name, whole(schema, &level)))
                .collect();
            level = next;
        }
        let by_name = types
            .iter()
            .map(|(name, schema)| ((*name).to_owned(), shape(schema, &level)))
            .collect();
        Self { by_name }
    }

    pub(super) fn get(&self, name: &str) -> Option<Shape> {
        self.by_name.get(name).cloned()
    }
}

fn whole(schema: &Schema, level: &BTreeMap<&str, Digests>) -> Digests {
    let shape = shape(schema, level);
    let mut digests = [Digest::default(), Digest::default()];
    for (number, digest) in &*shape.binary {
        digests[0].add(&number.to_le_bytes());
        digests[0].add(&digest.to_le_bytes());
    }
    for (name, digest) in &*shape.json {
        digests[1].add(name.as_bytes());
        digests[1].add(&digest.to_le_bytes());
    }
    digests.map(|d| d.0)
}

fn shape(schema: &Schema, level: &BTreeMap<&str, Digests>) -> Shape {
    let (mut binary, mut json) = (BTreeMap::new(), BTreeMap::new());
    for element in &schema.elements {
        if let Some((number, name, digests)) = part(element, level) {
            binary.insert(number, digests[0]);
            json.insert(name.to_owned(), digests[1]);
        }
    }
    Shape {
        binary: Arc::new(binary),
        json: Arc::new(json),
    }
}

fn part<'a>(
    element: &'a Element,
    level: &BTreeMap<&str, Digests>,
) -> Option<(i64, &'a str, Digests)> {
    match &element.detail {
        Detail::Field(field) => Some((field.number, &field.json_name, field_digests(field, level))),
        Detail::Value { number, .. } => {
            let number = (*number)?;
            Some((
                number,
                &element.name,
                [digest(&[element.name.as_bytes()]); 2],
            ))
        }
        _ => None,
    }
}

fn field_digests(field: &Field, level: &BTreeMap<&str, Digests>) -> Digests {
    let label: &[u8] = match field.label {
        Label::Implicit | Label::Optional => b"one",
        Label::Required => b"required",
        Label::Repeated => b"many",
        Label::Map => b"map",
    };
    let group: &[u8] = if field.wire.kind == TypeKind::Group {
        b"group"
    } else {
        b""
    };
    let key = map_types(&field.type_name).map_or("", |(key, _)| key);
    let name = value_type(field);
    let named = |which: usize| match level.get(name) {
        Some(digests) => digests[which],
        // A type of which nothing is known, or not yet; a scalar is its name.
        None if matches!(field.wire.kind, TypeKind::Scalar | TypeKind::Unresolved) => {
            digest(&[name.as_bytes()])
        }
        None => 0,
    };
    [0, 1].map(|which| digest(&[label, group, key.as_bytes(), &named(which).to_le_bytes()]))
}

fn digest(parts: &[&[u8]]) -> u64 {
    let mut digest = Digest::default();
    for part in parts {
        digest.add(part);
    }
    digest.0
}

/// FNV-1a with 64 bits: small, and the same on every machine. <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv-17>
struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
