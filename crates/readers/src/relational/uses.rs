//! From readings to uses: what a query through a model names, and which table an unqualified column belongs to.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Access, Confidence, Detail, Element, Fit, LinkInput, Lookup, Manner, Mode, ModelDeclaration,
    Other, Place, Schema, Store, Surface, SurfaceKind, Why,
};

use super::assembled::Constants;
use super::associations::Associations;
use super::jpa;
use super::models::Models;
use super::names::{Directory, relation};
use super::reflected::{self, is_reflected};
use super::stores::has_column;
use crate::code::orm::django::TOOL as DJANGO;
use crate::code::orm::ecto::TOOL as ECTO;
use crate::code::orm::ef_core::TOOL as EF_CORE;
use crate::code::orm::sqlalchemy::TOOL as SQLALCHEMY;

/// Returns the uses of tables, views and types of one ref, sorted by place.
pub(super) fn uses(readings: &[LinkInput<'_>], stores: &[Store]) -> Vec<Access> {
    let directory = Directory::of(stores);
    let models = Models::of(readings, stores);
    let mut plain: Vec<Access> = Vec::new();
    let mut used: BTreeMap<(&Place, &str), (&ModelDeclaration, &Access)> = BTreeMap::new();
    let mut inserted_into: BTreeSet<(&Place, &str)> = BTreeSet::new();
    let mut written: BTreeMap<(&Place, &str), (&ModelDeclaration, &Access)> = BTreeMap::new();
    let mut reflecting = Reflecting::default();
    let mut saved: Vec<(&ModelDeclaration, &Access)> = Vec::new();
    let sets: BTreeSet<&str> = readings
        .iter()
        .flat_map(|r| &r.reading.sets)
        .map(String::as_str)
        .collect();
    let constants = Constants::of(readings);
    for input in readings {
        let assembled = input.reading.assembled.iter();
        plain.extend(assembled.flat_map(|a| constants.uses(input.path, a)));
    }
    let associations = Associations::of(readings);
    let all = readings.iter().flat_map(|r| &r.reading.accesses);
    let (followed, mut uses): (Vec<&Access>, Vec<&Access>) =
        all.partition(|a| a.surface.kind == SurfaceKind::Model && a.surface.name.contains('#'));
    let followed: Vec<Access> = followed
        .into_iter()
        .filter_map(|a| associations.resolved(a))
        .collect();
    uses.extend(&followed);
    // What makes a row hands that row back, and meets no other.
    let makes = |a: &&&Access| matches!(a.mode, Mode::Inserts { .. });
    let makers: BTreeSet<&Place> = uses.iter().filter(makes).map(|a| &a.place).collect();
    let is_better = |a: &Access, b: &Access| {
        let meets_rows = |a: &Access| !makers.contains(&a.place);
        (rank(a).0, meets_rows(a), rank(a)) > (rank(b).0, meets_rows(b), rank(b))
    };
    for access in uses {
        match access.surface.kind {
            SurfaceKind::Table | SurfaceKind::View | SurfaceKind::Type => {
                plain.push(access.clone());
            }
            SurfaceKind::Model => {
                for model in models.called(&access.surface.name, &access.place.path) {
                    if is_reflected(model) {
                        plain.extend(reflected::explicit(model, access));
                        plain.extend(reflected::with_nulls(model, access, &sets));
                        reflecting.see(model, access);
                        continue;
                    }
                    match &access.mode {
                        Mode::Inserts { .. } if jpa::is_of_jpa(model) => {
                            saved.push((model, access));
                        }
                        _ => {
                            let all = with_nulls(model, access, &sets);
                            plain.extend(all.iter().filter_map(|a| through_model(model, a)));
                        }
                    }
                    if model.tool == ECTO {
                        plain.extend(reflected::demanded(model, access));
                    }
                    let seen = access.confidence > Confidence::Low;
                    if seen && matches!(access.mode, Mode::Inserts { .. }) {
                        inserted_into.insert((&model.place, model.name.as_str()));
                    }
                    if matches!(access.mode, Mode::Inserts { .. } | Mode::Writes { .. }) {
                        let best = written
                            .entry((&model.place, &model.name))
                            .or_insert((model, access));
                        if is_better(access, best.1) {
                            *best = (model, access);
                        }
                    }
                    // Only a query that narrows nothing names what it does not say.
                    if access.mode != Mode::Queries {
                        continue;
                    }
                    let best = used
                        .entry((&model.place, &model.name))
                        .or_insert((model, access));
                    if is_better(access, best.1) {
                        *best = (model, access);
                    }
                }
            }
            _ => {}
        }
    }
    let schemas = readings
        .iter()
        .flat_map(|r| &r.reading.schemas)
        .filter(|s| s.surface.kind == SurfaceKind::Type);
    let types: BTreeMap<&str, &Schema> = schemas.map(|s| (s.surface.name.as_str(), s)).collect();
    for (key, (model, query)) in &used {
        if !inserted_into.contains(key) {
            plain.extend(somewhere_inserted(model, query, &sets));
        }
        let meets_rows = !makers.contains(&query.place);
        let columns = model.columns.iter().filter(|_| meets_rows);
        plain.extend(columns.filter_map(|c| decides(&types, model, c, query)));
        let named = model
            .columns
            .iter()
            .filter(|c| !model.deferred.contains(&c.name));
        plain.extend(named.map(|c| {
            let mode = match meets_rows && refuses_null(model, c, stores) {
                true => Mode::ReadsPresent,
                false => Mode::Reads,
            };
            Access {
                mode,
                ..declared(model, &c.name, &c.place, query)
            }
        }));
    }
    for (model, write) in written.values() {
        let named = |c| names_type(&types, model, c, write);
        plain.extend(model.columns.iter().filter_map(named));
    }
    plain.extend(reflecting.named());
    for (model, insert) in jpa::inserts(saved) {
        // What may be nothing but a change of rows that are there, is no insert of new ones.
        let all = match insert.confidence {
            Confidence::High => with_nulls(model, &insert, &sets),
            _ => vec![Cow::Borrowed(&insert)],
        };
        plain.extend(all.iter().filter_map(|a| through_model(model, a)));
    }
    for access in &mut plain {
        access.surface = directory.resolved(&access.surface);
    }
    let plain = plain.into_iter().flat_map(|a| fitted(a, stores)).collect();
    let mut uses = decided(plain, stores);
    uses.sort_by(|a, b| {
        (&a.place, &a.surface, &a.element, &a.via).cmp(&(&b.place, &b.surface, &b.element, &b.via))
    });
    uses.dedup();
    uses
}

/// The models whose columns are those of the store, with the best query and the best insert of each.
#[derive(Default)]
struct Reflecting<'a> {
    queries: BTreeMap<(&'a Place, &'a str), (&'a ModelDeclaration, &'a Access)>,
    inserts: BTreeMap<(&'a Place, &'a str), (&'a ModelDeclaration, &'a Access)>,
}

impl<'a> Reflecting<'a> {
    fn see(&mut self, model: &'a ModelDeclaration, access: &'a Access) {
        let key = (&model.place, model.name.as_str());
        let seen = match &access.mode {
            Mode::Queries => &mut self.queries,
            Mode::Inserts { conflict: None, .. } => &mut self.inserts,
            _ => return,
        };
        let best = seen.entry(key).or_insert((model, access));
        if rank(access) > rank(best.1) {
            *best = (model, access);
        }
    }

    /// Returns what all of them name without saying so.
    fn named(&self) -> Vec<Access> {
        let queried = self.queries.values();
        let queried = queried.flat_map(|(model, query)| reflected::queried(model, query));
        let inserted = self.inserts.values();
        let inserted = inserted.filter_map(|(model, insert)| reflected::inserted(model, insert));
        queried.chain(inserted).collect()
    }
}

/// The query that shows best that a model is used: the surest one, rather outside of tests, the first of them.
fn rank(access: &Access) -> (Confidence, bool, std::cmp::Reverse<&Place>) {
    let path = access.place.path.to_lowercase();
    (
        access.confidence,
        !path.contains("test") && !path.contains("spec"),
        std::cmp::Reverse(&access.place),
    )
}

/// Returns whether a query through a model fails on a row that has NULL in a column: its class has no room for one.
///
/// <https://www.prisma.io/docs/orm/reference/error-reference#p2032>; Hibernate: "Null value was assigned to a property of primitive
/// type", EF Core: "Data is Null. This method or property cannot be called on Null values". What a query of diesel loads, the struct of
/// its rows says.
fn refuses_null(model: &ModelDeclaration, column: &Element, stores: &[Store]) -> bool {
    let may_be_null = |e: &Element| !matches!(&e.detail, Detail::Column(c) if !c.nullable);
    if may_be_null(column) {
        return false;
    }
    match model.tool {
        "prisma" => true,
        // A `string` without a question mark is one that may be null, unless the file tells the two apart.
        EF_CORE => match stored_type(model, column, stores) {
            Some(type_name) if is_text(type_name) => model
                .columns
                .iter()
                .any(|c| may_be_null(c) && stored_type(model, c, stores).is_some_and(is_text)),
            Some(type_name) => is_of_values(type_name),
            None => false,
        },
        _ => jpa::is_of_jpa(model),
    }
}

/// Returns the type that the store has for a declared column.
fn stored_type<'s>(
    model: &ModelDeclaration,
    column: &Element,
    stores: &'s [Store],
) -> Option<&'s str> {
    let mut schemas = stores.iter().filter_map(|s| relation(s, &model.table.name));
    let stored = schemas.find_map(|s| s.column(&column.name))?;
    Some(stored.type_name.as_str())
}

fn is_text(type_name: &str) -> bool {
    ["text", "varchar", "nvarchar", "char"]
        .iter()
        .any(|word| type_name.starts_with(word))
}

/// Returns whether a column holds what is a value type in .NET, which has no null but with a question mark.
fn is_of_values(type_name: &str) -> bool {
    const VALUES: &[&str] = &[
        "bigint",
        "bit",
        "boolean",
        "date",
        "decimal",
        "double",
        "float",
        "int",
        "interval",
        "money",
        "numeric",
        "real",
        "smallint",
        "time",
        "tinyint",
        "uniqueidentifier",
        "uuid",
    ];
    VALUES.iter().any(|word| type_name.starts_with(word)) && !type_name.ends_with(']')
}

/// A tool that names declared columns names this one in every query through the model.
fn declared(model: &ModelDeclaration, column: &str, place: &Place, query: &Access) -> Access {
    Access {
        surface: model.table.clone(),
        element: Some(column.to_owned()),
        mode: Mode::Reads,
        manner: Manner::Implicit,
        confidence: query.confidence,
        why: Why::Declared,
        // A gate never covers what is named implicitly: another query may stand outside of it.
        gate: None,
        place: place.clone(),
        conditions: Vec::new(),
        within: None,
        copes: None,
        via: Some(query.place.clone()),
    }
}

/// Returns what a use of a model does with its table: the same, by the names of the store.
fn through_model(model: &ModelDeclaration, access: &Access) -> Option<Access> {
    let stored = |code: &String| {
        let alias = model.aliases.iter().find(|(name, _)| name == code);
        alias.map_or_else(|| code.clone(), |(_, column)| column.clone())
    };
    let all = || {
        // A virtual field of Ecto is stored nowhere.
        let is_virtual = |c: &Element| {
            model.tool == ECTO && !model.aliases.iter().any(|(_, name)| *name == c.name)
        };
        let written = model
            .columns
            .iter()
            .filter(|c| !is_left_to_the_store(model, c) && !is_virtual(c));
        let declared = written.map(|c| &c.name);
        let names: BTreeSet<&String> = declared.clone().collect();
        let filled = model.filled.iter().filter(|f| !names.contains(f));
        declared.chain(filled).cloned().collect::<Vec<_>>()
    };
    // A property may be a relation, which linking knows by its having no column.
    let is_relation = |element: &String| {
        model.tool == EF_CORE && !model.aliases.iter().any(|(name, _)| name == element)
    };
    if access.element.as_ref().is_some_and(is_relation) {
        return None;
    }
    let mode = match &access.mode {
        Mode::Queries => return None,
        Mode::Inserts {
            columns,
            positions,
            values,
            conflict,
        } => Mode::Inserts {
            columns: Some(
                columns
                    .as_ref()
                    .map_or_else(all, |named| inserted(model, named, &stored)),
            ),
            positions: *positions,
            values: values.iter().map(|(c, v)| (stored(c), v.clone())).collect(),
            conflict: conflict.as_ref().map(|c| c.iter().map(stored).collect()),
        },
        Mode::ReadsAll { fit, .. } => Mode::ReadsAll {
            columns: Some(all()),
            fit: *fit,
        },
        other => other.clone(),
    };
    // What such an insert names, the declaration says.
    let whole = matches!(access.mode, Mode::Inserts { columns: None, .. });
    Some(Access {
        surface: model.table.clone(),
        element: access.element.as_ref().map(stored),
        mode,
        via: whole.then(|| model.place.clone()),
        ..access.clone()
    })
}

/// Returns whether inserts leave a declared column out, for the store to fill: `insertable = false` of JPA.
fn is_left_to_the_store(model: &ModelDeclaration, column: &Element) -> bool {
    let generated = matches!(&column.detail, Detail::Column(c) if c.generated);
    generated && jpa::is_of_jpa(model)
}

/// Returns the access, an insert of an object with the NULLs that the tool sends where the code gives no value. What the code sets on
/// some object, or gives in a way that does not tell, may have a value: that is another insert, less sure.
fn with_nulls<'a>(
    model: &ModelDeclaration,
    access: &'a Access,
    sets: &BTreeSet<&str>,
) -> Vec<Cow<'a, Access>> {
    let Mode::Inserts {
        columns, values, ..
    } = &access.mode
    else {
        return vec![Cow::Borrowed(access)];
    };
    if access.why == Why::ParsedSql {
        return vec![Cow::Borrowed(access)];
    }
    let coded = |column: &str| coded(model, column);
    let known = columns.as_ref().filter(|named| {
        let is_column = |n: &&String| model.columns.iter().any(|c| coded(&c.name) == **n);
        named.iter().all(|n| is_column(&n))
    });
    let named = columns
        .iter()
        .flatten()
        .chain(values.iter().map(|(c, _)| c));
    let named: BTreeSet<&String> = named.collect();
    let unset = model.unset.iter().map(|column| (coded(column), column));
    let unset = unset.filter(|(name, column)| !named.contains(name) && !named.contains(column));
    let (perhaps, surely): (Vec<_>, Vec<_>) =
        unset.partition(|(name, _)| known.is_none() || sets.contains(name.as_str()));
    let sent = |unset: Vec<(String, &String)>, confidence| {
        let mut sent = access.clone();
        if let Mode::Inserts { values, .. } = &mut sent.mode {
            values.extend(unset.into_iter().map(|(name, _)| (name, "NULL".to_owned())));
        }
        sent.confidence = sent.confidence.min(confidence);
        Cow::Owned(sent)
    };
    let mut inserts = vec![sent(surely, Confidence::High)];
    if !perhaps.is_empty() {
        inserts.push(sent(perhaps, Confidence::Medium));
    }
    inserts
}

/// Returns the name that code has for a column.
pub(super) fn coded(model: &ModelDeclaration, column: &str) -> String {
    let alias = model.aliases.iter().find(|(_, stored)| stored == column);
    alias.map_or_else(|| column.to_owned(), |(name, _)| name.clone())
}

/// Returns the insert that must stand somewhere, since rows are queried: by a class that is found as it runs, or out of sight here.
/// What no code here sets is NULL in it, and Django and SQLAlchemy name what their class declares and nothing else.
fn somewhere_inserted(
    model: &ModelDeclaration,
    query: &Access,
    sets: &BTreeSet<&str>,
) -> Option<Access> {
    let any = Access {
        mode: Mode::Inserts {
            columns: None,
            positions: None,
            values: Vec::new(),
            conflict: None,
        },
        element: None,
        manner: Manner::Implicit,
        confidence: Confidence::Medium.min(query.confidence),
        gate: None,
        place: model.place.clone(),
        ..query.clone()
    };
    let set = |column: &&String| {
        let name = coded(model, column);
        sets.contains(name.as_str()) || sets.contains(format!("{}.{name}", model.name).as_str())
    };
    let names_all = matches!(model.tool, DJANGO | SQLALCHEMY);
    if !names_all && model.unset.iter().all(|column| set(&column)) {
        return None;
    }
    let unset: Vec<String> = model.unset.iter().filter(|c| !set(c)).cloned().collect();
    let mut insert = through_model(model, &any)?;
    insert.via = Some(query.place.clone());
    if let Mode::Inserts { values, .. } = &mut insert.mode {
        values.extend(unset.into_iter().map(|column| (column, "NULL".to_owned())));
    }
    Some(insert)
}

/// Returns the columns that an insert through a model names: those in its text and those that the tool fills. A name that is no
/// column is a relation, which gives columns that the text does not name: then any may be there.
fn inserted(
    model: &ModelDeclaration,
    named: &[String],
    stored: &dyn Fn(&String) -> String,
) -> Vec<String> {
    let declared = |name: &String| model.columns.iter().any(|c| c.name == *name);
    let columns: Vec<String> = named.iter().map(stored).collect();
    if !columns.iter().all(declared) {
        return model.columns.iter().map(|c| c.name.clone()).collect();
    }
    let filled = model
        .filled
        .iter()
        .filter(|f| !columns.contains(f))
        .cloned();
    columns.iter().cloned().chain(filled).collect()
}

/// Returns the decision that Prisma's client makes on every value of an enum that it reads: it throws on one that its schema does not
/// have. <https://www.prisma.io/docs/orm/reference/error-reference#p2023>
fn decides(
    types: &BTreeMap<&str, &Schema>,
    model: &ModelDeclaration,
    column: &Element,
    query: &Access,
) -> Option<Access> {
    let Detail::Column(definition) = &column.detail else {
        return None;
    };
    let values = types
        .get(definition.type_name.as_str())
        .filter(|_| model.tool == "prisma")?;
    Some(Access {
        surface: values.surface.clone(),
        element: None,
        mode: Mode::Matches {
            known: values.elements.iter().map(|e| e.name.clone()).collect(),
            other: Other::Rejects,
        },
        ..declared(model, &column.name, &values.place, query)
    })
}

/// Returns the use of an enum by name that Prisma makes wherever it writes a column of it: `CAST($1::text AS "public"."Role")`.
fn names_type(
    types: &BTreeMap<&str, &Schema>,
    model: &ModelDeclaration,
    column: &Element,
    write: &Access,
) -> Option<Access> {
    let Detail::Column(definition) = &column.detail else {
        return None;
    };
    let values = types
        .get(definition.type_name.as_str())
        .filter(|_| model.tool == "prisma")?;
    Some(Access {
        surface: values.surface.clone(),
        element: None,
        ..declared(model, &column.name, &column.place, write)
    })
}

/// Returns what `SELECT *` reads where its rows have to fit something: code fits the store of its own version.
fn fitted(access: Access, stores: &[Store]) -> Vec<Access> {
    let Mode::ReadsAll { columns: None, fit } = access.mode else {
        return vec![access];
    };
    let mut known = stores.iter().filter_map(|s| {
        let schema = relation(s, &access.surface.name)?;
        (!s.is_open(&schema.surface, None)).then_some(schema)
    });
    let Some(schema) = known.next().filter(|_| fit != Fit::Unclear) else {
        return vec![access];
    };
    let names = schema.columns().map(|(e, _)| e.name.clone());
    match fit {
        Fit::Expanded => names
            .map(|name| Access {
                element: Some(name),
                mode: Mode::Reads,
                why: Why::Declared,
                ..access.clone()
            })
            .collect(),
        _ => vec![Access {
            mode: Mode::ReadsAll {
                columns: Some(names.collect()),
                fit,
            },
            ..access
        }],
    }
}

/// Decides which table an unqualified column of a join belongs to: uses of one name at one place, each of another table, none of
/// them certain. Those stay whose table has the column, or may have it; a lone one is certain if all others surely have not.
fn decided(uses: Vec<Access>, stores: &[Store]) -> Vec<Access> {
    let key = |a: &Access| (a.place.clone(), a.element.clone());
    let unsure = |a: &Access| {
        a.why == Why::ParsedSql
            && a.confidence == Confidence::Medium
            && a.element.is_some()
            && a.surface.kind != SurfaceKind::Type
    };
    let mut groups: BTreeMap<(Place, Option<String>), BTreeSet<Surface>> = BTreeMap::new();
    for access in uses.iter().filter(|a| unsure(a)) {
        groups
            .entry(key(access))
            .or_default()
            .insert(access.surface.clone());
    }
    let mut out = Vec::with_capacity(uses.len());
    for mut access in uses {
        if let (true, Some(column)) = (unsure(&access), &access.element) {
            let rivals = groups.get(&key(&access)).cloned().unwrap_or_default();
            let alone = |r: &Surface| *r == access.surface || has(stores, r, column) == Has::No;
            match has(stores, &access.surface, column) {
                Has::No => continue,
                Has::Yes if rivals.len() > 1 && rivals.iter().all(alone) => {
                    access.confidence = Confidence::High;
                }
                _ => {}
            }
        }
        out.push(access);
    }
    out
}

#[derive(PartialEq, Eq)]
enum Has {
    Yes,
    No,
    Maybe,
}

/// Returns whether a table of that name has the column, in any store.
fn has(stores: &[Store], surface: &Surface, column: &str) -> Has {
    let mut found = Has::Maybe;
    for store in stores {
        let Some(schema) = relation(store, &surface.name) else {
            continue;
        };
        if has_column(schema, column) {
            return Has::Yes;
        }
        if !store.is_open(&schema.surface, Some(column)) {
            found = Has::No;
        }
    }
    found
}
