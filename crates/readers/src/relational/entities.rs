//! The entities of EF Core: the parts that files declare of them, put together.
//!
//! A class has properties, a context calls its rows by a name, and mappings say what differs from the conventions. Which convention names
//! the columns (`CreatedAt` or `created_at`) is told by the store of the same ref: what it has under neither name is not mapped.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Detail, Element, LinkInput, ModelDeclaration, Schema, Store, Surface, SurfaceKind,
};

use super::stores::has_column;
use crate::code::orm::ef_core::{MAPPING, SET, TOOL};

/// How many classes above each other are followed.
const DEEPEST: usize = 20;
/// The column that tells of which class a row is, where several share a table; in lowercase.
const DISCRIMINATOR: &str = "discriminator";

/// Puts one declaration in the place of the parts of each entity, for each name by which code calls it.
pub(super) fn settle(models: &mut Vec<ModelDeclaration>, stores: &[Store]) {
    let is_part = |m: &ModelDeclaration| matches!(m.tool, TOOL | SET | MAPPING);
    if !models.iter().any(is_part) {
        return;
    }
    let (parts, rest): (Vec<_>, Vec<_>) = std::mem::take(models).into_iter().partition(is_part);
    *models = rest;
    let mut settled = Parts::of(&parts, stores).entities();
    settled.retain(|m| m.tool == TOOL);
    models.append(&mut settled);
}

/// Returns the entities that the readings of one ref declare, as the stores of that ref tell their columns.
pub fn entities(readings: &[LinkInput<'_>], stores: &[Store]) -> Vec<ModelDeclaration> {
    let models = readings.iter().flat_map(|r| &r.reading.models);
    let mut models: Vec<ModelDeclaration> = models.cloned().collect();
    settle(&mut models, stores);
    models.retain(|m| m.tool == TOOL);
    models
}

/// Returns whether a declaration may be one of this table, as far as one part tells: by the name in other letters, with or without
/// schema and underscores.
pub fn may_be_of(model: &ModelDeclaration, table: &Surface) -> bool {
    matches!(model.tool, SET | MAPPING | TOOL)
        && !model.table.name.is_empty()
        && loose(&model.table.name) == loose(&table.name)
}

fn loose(name: &str) -> String {
    let bare = name.rsplit('.').next().unwrap_or(name);
    bare.replace('_', "").to_lowercase()
}

struct Parts<'a> {
    classes: BTreeMap<&'a str, Vec<&'a ModelDeclaration>>,
    sets: Vec<&'a ModelDeclaration>,
    mappings: BTreeMap<&'a str, Vec<&'a ModelDeclaration>>,
    stores: &'a [Store],
}

impl<'a> Parts<'a> {
    fn of(parts: &'a [ModelDeclaration], stores: &'a [Store]) -> Self {
        let mut found = Self {
            classes: BTreeMap::new(),
            sets: Vec::new(),
            mappings: BTreeMap::new(),
            stores,
        };
        for part in parts {
            match part.tool {
                SET => found.sets.push(part),
                MAPPING => found.mappings.entry(&part.name).or_default().push(part),
                _ => found.classes.entry(&part.name).or_default().push(part),
            }
        }
        found
    }

    fn entities(&self) -> Vec<ModelDeclaration> {
        let of_sets = self.sets.iter().flat_map(|set| &set.bases);
        let mut names: BTreeSet<&str> = of_sets.map(String::as_str).collect();
        names.extend(self.mappings.keys());
        let tables = self.classes.values().flatten();
        let with_table = tables.filter(|c| !c.table.name.is_empty());
        names.extend(with_table.map(|c| c.name.as_str()));
        names
            .into_iter()
            .flat_map(|name| self.entity(name))
            .collect()
    }

    /// Returns the entity of that name, and once more for each set of it: what code calls the rows.
    fn entity(&self, name: &str) -> Vec<ModelDeclaration> {
        let mappings = self
            .mappings
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let sets: Vec<&ModelDeclaration> = self
            .sets
            .iter()
            .copied()
            .filter(|set| set.bases.iter().any(|b| b == name))
            .collect();
        let classes = self
            .classes
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mapped = mappings.iter().filter(|m| !m.table.name.is_empty());
        let said = classes.iter().filter(|c| !c.table.name.is_empty());
        let tables: Vec<&str> = mapped
            .chain(said)
            .chain(&sets)
            .map(|m| m.table.name.as_str())
            .chain([name])
            .collect();
        let schema = tables.iter().find_map(|table| self.schema(table));
        let Some(class) = self.class(classes, schema) else {
            return Vec::new();
        };
        let table = match schema {
            Some(schema) => schema.surface.clone(),
            None => Surface::table(tables[0]),
        };
        let whole = Entity {
            parts: self,
            mappings,
            schema,
        }
        .whole(class, table);
        let by_sets = sets.iter().map(|set| ModelDeclaration {
            name: set.name.clone(),
            ..whole.clone()
        });
        let others = by_sets.filter(|m| m.name != whole.name).collect::<Vec<_>>();
        std::iter::once(whole).chain(others).collect()
    }

    /// Returns the table of that name in a store: as it is, else in other letters.
    fn schema(&self, table: &str) -> Option<&'a Schema> {
        let tables = || {
            let all = self.stores.iter().flat_map(|s| s.schemas.values());
            all.filter(|s| matches!(s.surface.kind, SurfaceKind::Table | SurfaceKind::View))
        };
        let exact = tables().find(|s| s.surface.name == table);
        exact.or_else(|| tables().find(|s| loose(&s.surface.name) == loose(table)))
    }

    /// Returns the class that is the entity: where several have the name, the one with most columns of the table.
    fn class(
        &self,
        classes: &[&'a ModelDeclaration],
        schema: Option<&Schema>,
    ) -> Option<&'a ModelDeclaration> {
        let fits = |class: &ModelDeclaration| {
            let stored = |(_, name): &&(String, String)| {
                schema.is_some_and(|s| column_of(s, name).is_some())
            };
            class.aliases.iter().filter(stored).count()
        };
        let mut best: Option<(&ModelDeclaration, usize)> = None;
        for class in classes {
            let here = fits(class);
            if best.is_none_or(|(_, there)| here > there) {
                best = Some((class, here));
            }
        }
        best.map(|(class, _)| class)
    }
}

/// Returns the column that the store has for a name by convention: as it is, in other letters, or as snake case.
fn column_of<'s>(schema: &'s Schema, name: &str) -> Option<&'s str> {
    let names = || schema.columns().map(|(e, _)| e.name.as_str());
    let exact = names().find(|n| *n == name);
    exact.or_else(|| {
        let wanted = name.replace('_', "").to_lowercase();
        names().find(|n| n.replace('_', "").to_lowercase() == wanted)
    })
}

struct Entity<'p, 'a> {
    parts: &'p Parts<'a>,
    mappings: &'p [&'a ModelDeclaration],
    schema: Option<&'a Schema>,
}

impl<'a> Entity<'_, 'a> {
    fn whole(&self, class: &'a ModelDeclaration, table: Surface) -> ModelDeclaration {
        let mut whole = ModelDeclaration {
            table,
            columns: Vec::new(),
            aliases: Vec::new(),
            deferred: Vec::new(),
            bases: Vec::new(),
            ..class.clone()
        };
        let (classes, unread) = self.with_bases(class);
        for part in &classes {
            self.add(part, &mut whole);
        }
        for mapping in self.mappings {
            for shadow in &mapping.columns {
                self.column(&shadow.name, shadow, true, &mut whole);
            }
        }
        let relations: Vec<&str> = classes
            .iter()
            .flat_map(|part| {
                part.aliases
                    .iter()
                    .filter(|(_, c)| part.deferred.contains(c))
            })
            .map(|(property, _)| property.as_str())
            .filter(|property| !self.ignores(property))
            .collect();
        whole.filled = self.filled(&whole, &relations, unread);
        // An insert names every column, and says NULL where a property that may hold it was given nothing; one with a default of the store
        // is left out: <https://learn.microsoft.com/ef/core/modeling/generated-properties#default-values>.
        let has_default = |c: &Element| {
            let stored = self.schema.and_then(|s| s.column(&c.name));
            stored.is_some_and(|c| c.default.is_some() || c.generated)
        };
        let accepts =
            |c: &&Element| matches!(&c.detail, Detail::Column(d) if d.nullable) && !has_default(c);
        let unset = whole.columns.iter().filter(accepts);
        whole.unset = unset.map(|c| c.name.clone()).collect();
        whole
    }

    /// Returns a class and those above it, and whether one of them was not read.
    fn with_bases(&self, class: &'a ModelDeclaration) -> (Vec<&'a ModelDeclaration>, bool) {
        let (mut found, mut unread) = (vec![class], false);
        let mut seen = BTreeSet::from([class.name.as_str()]);
        let mut open: Vec<&str> = class.bases.iter().map(String::as_str).collect();
        for _ in 0..DEEPEST {
            let mut above = Vec::new();
            for name in std::mem::take(&mut open) {
                if !seen.insert(name) {
                    continue;
                }
                let classes = self.parts.classes.get(name).map(Vec::as_slice);
                match self.parts.class(classes.unwrap_or_default(), self.schema) {
                    Some(base) => {
                        found.push(base);
                        above.extend(base.bases.iter().map(String::as_str));
                    }
                    None => unread = true,
                }
            }
            open = above;
        }
        // A class in several files.
        let same = self.parts.classes.get(class.name.as_str());
        let others = same.into_iter().flatten().filter(|c| {
            let folder = |m: &ModelDeclaration| {
                let path = m.place.path.to_string();
                path.rsplit_once('/').map(|(f, _)| f.to_owned())
            };
            c.place != class.place
                && c.place.quote.contains("partial ")
                && class.place.quote.contains("partial ")
                && folder(c) == folder(class)
        });
        found.extend(others);
        (found, unread)
    }

    fn ignores(&self, property: &str) -> bool {
        let mut said = self.mappings.iter().flat_map(|m| &m.deferred);
        said.any(|d| d == property)
    }

    fn add(&self, part: &ModelDeclaration, whole: &mut ModelDeclaration) {
        for (property, name) in &part.aliases {
            let Some(element) = part.columns.iter().find(|c| c.name == *name) else {
                continue;
            };
            let spelled = property != name;
            self.column(property, element, spelled, whole);
        }
    }

    /// Adds the column of a property, unless it is ignored or stored in none.
    fn column(
        &self,
        property: &str,
        element: &Element,
        spelled: bool,
        whole: &mut ModelDeclaration,
    ) {
        if self.ignores(property) || whole.aliases.iter().any(|(p, _)| p == property) {
            return;
        }
        let mapped = self
            .mappings
            .iter()
            .flat_map(|m| &m.aliases)
            .find(|(p, _)| p == property)
            .map(|(_, column)| column.clone());
        let name = mapped.unwrap_or_else(|| element.name.clone());
        let stored = match self.schema {
            Some(schema) => column_of(schema, &name).map(str::to_owned),
            // Without a store the convention is taken for what it mostly is.
            None => (spelled || self.schema.is_none()).then_some(name),
        };
        let Some(name) = stored else { return };
        whole.aliases.push((property.to_owned(), name.clone()));
        if !whole.columns.iter().any(|c| c.name == name) {
            whole.columns.push(Element {
                name,
                ..element.clone()
            });
        }
    }

    /// Returns the columns of the table that an insert fills although no property is one of them: the keys of relations, the parts of owned
    /// types, the name of the class, and whatever a base declares that was not read.
    fn filled(&self, whole: &ModelDeclaration, relations: &[&str], unread: bool) -> Vec<String> {
        let Some(schema) = self.schema else {
            return Vec::new();
        };
        let undeclared = schema
            .columns()
            .filter(|(e, _)| matches!(e.detail, Detail::Column(_)) && !has_element(whole, &e.name));
        let fills = |name: &str| {
            let (whole, joined) = (name.to_lowercase(), name.replace('_', "").to_lowercase());
            let of_relation = |r: &&str| {
                let r = r.to_lowercase();
                joined == format!("{r}id") || whole.starts_with(&format!("{r}_"))
            };
            unread || joined == DISCRIMINATOR || relations.iter().any(of_relation)
        };
        undeclared
            .map(|(e, _)| e.name.clone())
            .filter(|name| fills(name) && has_column(schema, name))
            .collect()
    }
}

fn has_element(model: &ModelDeclaration, name: &str) -> bool {
    model.columns.iter().any(|c| c.name == name)
}
