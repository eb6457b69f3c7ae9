//! Joins the proto files of one ref: names across files, extensions, what is declared twice, and the structure of types.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{
    Access, Detail, Element, Field, Label, LinkInput, Linked, Method, Problem, Schema, Surface,
    SurfaceKind, TypeKind,
};

use super::lower::packable;
use super::scope::Names;
use super::shape::Shapes;

/// Returns the schemas of all files with their names resolved, and the accesses to them.
///
/// Where a full name is declared twice, the first file by path counts, vendored copies last; where the declarations differ, this
/// is a problem at the other one.
pub(super) fn link(readings: &[LinkInput<'_>]) -> Linked {
    let mut ordered: Vec<&LinkInput<'_>> = readings.iter().collect();
    ordered.sort_by_key(|input| (is_vendored(input.path), input.path.clone()));
    let mut joined = Joined::default();
    for input in ordered {
        for schema in input
            .reading
            .schemas
            .iter()
            .filter(|s| is_wire(s.surface.kind))
        {
            joined.add(schema);
        }
    }
    joined.extend();
    joined.resolve();
    joined.mark_required();
    joined.shape();
    Linked {
        schemas: joined.schemas.into_values().collect(),
        accesses: accesses(readings),
        problems: joined.problems.into_values().collect(),
        ..Linked::default()
    }
}

fn is_wire(kind: SurfaceKind) -> bool {
    matches!(
        kind,
        SurfaceKind::Message | SurfaceKind::Enum | SurfaceKind::Rpc
    )
}

/// Copies of other people's files, and inputs of tests.
fn is_vendored(path: &str) -> bool {
    let folders = [
        "vendor",
        "third_party",
        "third-party",
        "thirdparty",
        "external",
        "node_modules",
        "testdata",
    ];
    path.split('/').any(|part| folders.contains(&part))
}

fn accesses(readings: &[LinkInput<'_>]) -> Vec<Access> {
    let all = readings.iter().flat_map(|input| &input.reading.accesses);
    let mut accesses: Vec<Access> = all.filter(|a| is_wire(a.surface.kind)).cloned().collect();
    accesses.sort_by(|a, b| {
        (&a.place, &a.surface, &a.element).cmp(&(&b.place, &b.surface, &b.element))
    });
    accesses
}

#[derive(Default)]
struct Joined {
    schemas: BTreeMap<Surface, Schema>,
    extensions: Vec<Schema>,
    /// What is declared twice and differently: one problem for each pair of files.
    problems: BTreeMap<(Arc<str>, Arc<str>), Problem>,
}

impl Joined {
    fn add(&mut self, schema: &Schema) {
        if !schema.elements.is_empty() && schema.elements.iter().all(is_extension) {
            self.extensions.push(schema.clone());
            return;
        }
        let Some(first) = self.schemas.get(&schema.surface) else {
            self.schemas.insert(schema.surface.clone(), schema.clone());
            return;
        };
        if alike(first, schema) {
            return;
        }
        let pair = (first.place.path.clone(), schema.place.path.clone());
        let what = format!(
            "{} is declared in {} too, and differently; that file counts",
            schema.surface, first.place.path
        );
        let problem = Problem {
            place: schema.place.clone(),
            what,
            identifiers: vec![schema.surface.name.clone()],
        };
        self.problems.entry(pair).or_insert(problem);
    }

    /// Puts extension fields into the messages that they extend; those of a message that no file declares stay by themselves.
    fn extend(&mut self) {
        let mut names: BTreeMap<Surface, BTreeSet<String>> = BTreeMap::new();
        for extension in std::mem::take(&mut self.extensions) {
            let seen = names.entry(extension.surface.clone()).or_default();
            let schema = self
                .schemas
                .entry(extension.surface.clone())
                .or_insert_with(|| Schema {
                    elements: Vec::new(),
                    ..extension.clone()
                });
            for element in extension.elements {
                if seen.insert(element.name.clone()) {
                    schema.elements.push(element);
                }
            }
        }
    }

    fn resolve(&mut self) {
        let mut names = Names::default();
        for (surface, schema) in &self.schemas {
            match surface.kind {
                SurfaceKind::Message => names.declare(&surface.name, TypeKind::Message),
                SurfaceKind::Enum => {
                    let closed = is_closed(schema);
                    names.declare(&surface.name, TypeKind::Enum { closed });
                }
                _ => {}
            }
        }
        for (surface, schema) in &mut self.schemas {
            for element in &mut schema.elements {
                match &mut element.detail {
                    Detail::Field(field) => {
                        let outer = || element.name.rsplit_once('.').map_or("", |(outer, _)| outer);
                        let scope = if field.wire.extension {
                            outer()
                        } else {
                            &surface.name
                        };
                        resolve_field(field, scope, &names);
                    }
                    Detail::Method(method) => resolve_method(method, &surface.name, &names),
                    _ => {}
                }
            }
        }
    }

    fn mark_required(&mut self) {
        let mut required: BTreeMap<Surface, BTreeSet<String>> = BTreeMap::new();
        for (surface, schema) in &self.schemas {
            for element in &schema.elements {
                if let Detail::Field(field) = &element.detail
                    && field.label == Label::Required
                    && matches!(field.wire.kind, TypeKind::Enum { .. })
                {
                    let of = Surface::new(SurfaceKind::Enum, field.type_name.clone());
                    let name = format!("{}.{}", surface.name, element.name);
                    required.entry(of).or_default().insert(name);
                }
            }
        }
        for (of, fields) in required {
            let Some(schema) = self.schemas.get_mut(&of) else {
                continue;
            };
            let mut facts = None;
            for element in &mut schema.elements {
                if let Detail::Value { wire, .. } = &mut element.detail {
                    let facts = facts.get_or_insert_with(|| {
                        let mut facts = (*wire.of).clone();
                        facts.required_by = fields.iter().cloned().collect();
                        Arc::new(facts)
                    });
                    wire.of = facts.clone();
                }
            }
        }
    }

    fn shape(&mut self) {
        let shapes = Shapes::of(&self.schemas);
        for schema in self.schemas.values_mut() {
            for element in &mut schema.elements {
                match &mut element.detail {
                    Detail::Field(field) => field.wire.shape = shapes.get(value_type(field)),
                    Detail::Method(method) => {
                        method.wire.shapes =
                            [shapes.get(&method.request), shapes.get(&method.response)];
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Returns the type of a field; for a map, the type of its values.
pub(super) fn value_type(field: &Field) -> &str {
    map_types(&field.type_name).map_or(&field.type_name, |(_, value)| value)
}

/// Returns the types of keys and values of `map<K, V>`.
pub(super) fn map_types(type_name: &str) -> Option<(&str, &str)> {
    type_name
        .strip_prefix("map<")?
        .strip_suffix('>')?
        .split_once(", ")
}

fn is_extension(element: &Element) -> bool {
    matches!(&element.detail, Detail::Field(field) if field.wire.extension)
}

fn is_closed(schema: &Schema) -> bool {
    schema
        .elements
        .iter()
        .any(|e| matches!(&e.detail, Detail::Value { wire, .. } if wire.of.closed))
}

fn resolve_field(field: &mut Field, scope: &str, names: &Names) {
    let Some(spelled) = &field.wire.spelled else {
        return;
    };
    let Some((full, kind)) = names.find(spelled, scope) else {
        return;
    };
    field.type_name = match map_types(&field.type_name) {
        Some((key, _)) => format!("map<{key}, {full}>"),
        None => full,
    };
    field.wire.kind = kind;
    field.wire.spelled = None;
    field.wire.packed &= packable(&field.type_name, kind);
    if field.label == Label::Implicit && kind == TypeKind::Message {
        field.label = Label::Optional;
    }
}

fn resolve_method(method: &mut Method, scope: &str, names: &Names) {
    let [request, response] = &mut method.wire.spelled;
    for (spelled, full) in [
        (request, &mut method.request),
        (response, &mut method.response),
    ] {
        if let Some((found, _)) = spelled.as_deref().and_then(|s| names.find(s, scope)) {
            *full = found;
            *spelled = None;
        }
    }
}

/// Returns whether two declarations of one name say the same to the wire.
fn alike(a: &Schema, b: &Schema) -> bool {
    let alike = |(a, b): (&Element, &Element)| {
        a.name == b.name
            && match (&a.detail, &b.detail) {
                (Detail::Field(a), Detail::Field(b)) => {
                    (a.number, &a.type_name, a.label, &a.oneof)
                        == (b.number, &b.type_name, b.label, &b.oneof)
                }
                (Detail::Value { number: a, .. }, Detail::Value { number: b, .. }) => a == b,
                (Detail::Method(a), Detail::Method(b)) => {
                    (
                        &a.request,
                        &a.response,
                        a.client_streaming,
                        a.server_streaming,
                    ) == (
                        &b.request,
                        &b.response,
                        b.client_streaming,
                        b.server_streaming,
                    )
                }
                (a, b) => a == b,
            }
    };
    a.elements.len() == b.elements.len() && a.elements.iter().zip(&b.elements).all(alike)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::cases::reading::{dump, read};
    use super::*;
    use coexist_model::Reading;

    fn check(files: &[(&str, &str)], expect: Expect) {
        let readings: Vec<(Arc<str>, Reading)> = files
            .iter()
            .map(|(path, text)| ((*path).into(), read(path, text)))
            .collect();
        let inputs: Vec<LinkInput<'_>> = readings
            .iter()
            .map(|(path, reading)| LinkInput { path, reading })
            .collect();
        let linked = link(&inputs);
        expect.assert_eq(&dump(&Reading {
            schemas: linked.schemas,
            problems: linked.problems,
            ..Reading::default()
        }));
    }

    #[test]
    fn names_are_found_in_other_files_by_scope() {
        check(
            &[
                (
                    "a.proto",
                    "syntax = \"proto3\"; package shop.v1; message A { B b = 1; common.Money m = 2; common.Kind k = 3;
                     map<string, B> by = 4; repeated common.Kind ks = 5; repeated B bs = 6; Gone g = 7; }
                     service S { rpc Do(B) returns (common.Money); }",
                ),
                ("b.proto", "syntax = \"proto3\"; package shop.v1; message B {}"),
                (
                    "c.proto",
                    "syntax = \"proto3\"; package shop.common; message Money {} enum Kind { X = 0; }",
                ),
                ("d.proto", "syntax = \"proto3\"; package common; message Money {}"),
            ],
            expect![[r#"
                message common.Money
                message shop.common.Money
                message shop.v1.A
                  1 optional shop.v1.B (message) b
                  2 optional shop.common.Money (message) m
                  3 implicit shop.common.Kind (open enum) k
                  4 map map<string, shop.v1.B> (message) by
                  5 packed shop.common.Kind (open enum) ks
                  6 repeated shop.v1.B (message) bs
                  7 implicit shop.v1.Gone (unresolved) g
                message shop.v1.B
                enum shop.common.Kind
                  X = 0
                rpc shop.v1.S
                  Do(shop.v1.B) returns (shop.common.Money)
            "#]],
        );
    }

    #[test]
    fn a_vendored_copy_yields_and_a_different_one_is_said() {
        check(
            &[
                (
                    "a/vendor/x.proto",
                    "syntax = \"proto3\"; message X { int32 a = 1; }",
                ),
                (
                    "b/x.proto",
                    "syntax = \"proto3\"; message X { int64 a = 1; }",
                ),
                (
                    "c/x.proto",
                    "syntax = \"proto3\"; /* same */ message X { int64 a = 1; }",
                ),
            ],
            expect![[r#"
                message X
                  1 implicit int64 a
                1:20 X is declared in b/x.proto too, and differently; that file counts [X]
            "#]],
        );
    }

    #[test]
    fn an_extension_is_a_field_of_what_it_extends() {
        check(
            &[
                (
                    "a.proto",
                    "package a; message M { optional int32 x = 1; extensions 100 to 200; }",
                ),
                (
                    "b.proto",
                    "package b; extend a.M { optional a.M more = 100; } extend gone.N { optional int32 y = 1; }",
                ),
            ],
            expect![[r#"
                message a.M
                  1 optional int32 x
                  100 optional a.M (message) b.more json [b.more]
                message gone.N
                  1 optional int32 b.y json [b.y]
            "#]],
        );
    }
}
