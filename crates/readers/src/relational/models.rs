//! The model declarations of one ref, each with what it has from its bases.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{LinkInput, ModelDeclaration, Schema, Store};

use super::entities;
use super::jpa;
use super::named_by_class;
use super::names::relation;
use super::reflected;
use super::stores::has_column;
use crate::code::orm::ecto::TOOL as ECTO;
use crate::code::orm::gorm::TOOL as GORM;

/// How many bases above each other are followed.
const DEEPEST: usize = 20;

/// The model declarations by the name that code calls them.
pub(super) struct Models {
    by_name: BTreeMap<String, Vec<ModelDeclaration>>,
}

impl Models {
    pub(super) fn of(readings: &[LinkInput<'_>], stores: &[Store]) -> Self {
        let models = readings.iter().flat_map(|r| &r.reading.models);
        let mut models: Vec<ModelDeclaration> = models.cloned().collect();
        reflected::settle(&mut models, stores);
        entities::settle(&mut models, stores);
        let declared: Vec<&ModelDeclaration> = models.iter().collect();
        let mut classes: BTreeMap<&str, Vec<&ModelDeclaration>> = BTreeMap::new();
        for model in &declared {
            classes.entry(&model.name).or_default().push(model);
        }
        let mut by_name: BTreeMap<String, Vec<ModelDeclaration>> = BTreeMap::new();
        for model in &declared {
            let (mut whole, unread) = if model.bases.is_empty() {
                ((*model).clone(), false)
            } else {
                with_bases(model, &classes, stores)
            };
            if jpa::is_of_jpa(&whole) {
                jpa::settle(&mut whole, model, stores);
            }
            named_by_class::settle(&mut whole, stores);
            if unread {
                fill_from_store(&mut whole, stores);
            }
            if whole.tool == GORM {
                settle_doubtful(&mut whole, stores);
            }
            if whole.tool == ECTO {
                reflected::define(&mut whole, stores);
            }
            if reflected::is_reflected(&whole) {
                reflected::reflect(&mut whole, stores);
            }
            // A mixin is no table, whoever mentions it.
            if !whole.table.name.is_empty() {
                by_name.entry(called(&model.name)).or_default().push(whole);
            }
        }
        Self { by_name }
    }

    /// Returns the declarations that code at this path means by the name: those whose path has most folders in common with it.
    pub(super) fn called(&self, name: &str, path: &str) -> Vec<&ModelDeclaration> {
        let all = self
            .by_name
            .get(&called(name))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let near = all
            .iter()
            .map(|m| common_folders(&m.place.path, path))
            .max();
        let near = |m: &&ModelDeclaration| Some(common_folders(&m.place.path, path)) == near;
        all.iter().filter(near).collect()
    }
}

/// Adds to what an insert fills the columns of its own ref's store that are not declared: a base that stands elsewhere, in a library,
/// declares them.
fn fill_from_store(model: &mut ModelDeclaration, stores: &[Store]) {
    let schema = stores.iter().find_map(|s| s.schemas.get(&model.table));
    let columns = schema.into_iter().flat_map(Schema::columns);
    let demanded = columns.filter(|(_, c)| !c.nullable && !c.generated && c.default.is_none());
    let declared = |name: &String| model.columns.iter().any(|c| c.name == *name);
    let names: Vec<String> = demanded
        .map(|(e, _)| e.name.clone())
        .filter(|name| !declared(name))
        .collect();
    model.filled.extend(names);
}

/// Keeps those of the fields that may be relations of which the table has a column: GORM stores them there.
fn settle_doubtful(model: &mut ModelDeclaration, stores: &[Store]) {
    let doubtful = std::mem::take(&mut model.deferred);
    let mut schemas = stores.iter().filter_map(|s| relation(s, &model.table.name));
    let schema = schemas.next();
    let stored = |name: &String| schema.is_some_and(|s| has_column(s, name));
    model
        .columns
        .retain(|c| !doubtful.contains(&c.name) || stored(&c.name));
    let is_relation = |name: &String| doubtful.contains(name) && !stored(name);
    model.filled.retain(|name| !is_relation(name));
    model.unset.retain(|name| !is_relation(name));
}

/// Returns the declaration with the columns of its bases, and with their table where it has none of its own; and whether a base
/// was not read. A base with a table of its own keeps its columns there.
fn with_bases(
    model: &ModelDeclaration,
    classes: &BTreeMap<&str, Vec<&ModelDeclaration>>,
    stores: &[Store],
) -> (ModelDeclaration, bool) {
    let mut whole = model.clone();
    let mut unread = false;
    let mut seen: BTreeSet<&str> = BTreeSet::from([model.name.as_str()]);
    let mut open: Vec<&str> = model.bases.iter().map(String::as_str).collect();
    for _ in 0..DEEPEST {
        let mut above = Vec::new();
        for name in std::mem::take(&mut open) {
            if !seen.insert(name) {
                continue;
            }
            let Some(base) = nearest(classes.get(name), &model.place.path) else {
                unread = true;
                continue;
            };
            // Go embeds what has a table of its own too.
            let abstract_base = base.table.name.is_empty() || model.tool == GORM;
            let shared = whole.table.name.is_empty() || jpa::shares_a_table(&whole, base, stores);
            if shared && !base.table.name.is_empty() {
                whole.table = base.table.clone();
            }
            if abstract_base || whole.table == base.table {
                inherit(&mut whole, base);
            }
            above.extend(base.bases.iter().map(String::as_str));
        }
        open = above;
    }
    (whole, unread)
}

fn nearest<'a>(
    classes: Option<&Vec<&'a ModelDeclaration>>,
    path: &str,
) -> Option<&'a ModelDeclaration> {
    classes?
        .iter()
        .copied()
        .max_by_key(|m| common_folders(&m.place.path, path))
}

fn inherit(model: &mut ModelDeclaration, base: &ModelDeclaration) {
    let known: BTreeSet<String> = model.columns.iter().map(|c| c.name.clone()).collect();
    let new = |name: &String| !known.contains(name);
    model
        .columns
        .extend(base.columns.iter().filter(|c| new(&c.name)).cloned());
    model
        .deferred
        .extend(base.deferred.iter().filter(|c| new(c)).cloned());
    model
        .filled
        .extend(base.filled.iter().filter(|c| new(c)).cloned());
    model
        .unset
        .extend(base.unset.iter().filter(|c| new(c)).cloned());
    model
        .aliases
        .extend(base.aliases.iter().filter(|(_, c)| new(c)).cloned());
}

/// Clients call the model `User` by `user` too.
fn called(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_lowercase().collect::<String>());
    first.unwrap_or_default() + letters.as_str()
}

fn common_folders(a: &str, b: &str) -> usize {
    a.split('/')
        .zip(b.split('/'))
        .take_while(|(a, b)| a == b)
        .count()
}
