//! When two names are the same, and which surface a name means in a store.

use std::collections::BTreeMap;

use coexist_model::{Column, Dialect, Element, Lookup, Schema, Store, Surface, SurfaceKind};

/// Returns whether two names of columns, constraints or tables are the same. MySQL and SQLite ignore the case of columns; of
/// tables MySQL does not on every system, but nobody tells two tables apart by it.
pub(super) fn same(a: &str, b: &str, dialect: Dialect) -> bool {
    a == b || (dialect != Dialect::Postgres && a.eq_ignore_ascii_case(b))
}

/// Returns the column of that name.
pub(super) fn column<'a>(
    schema: &'a Schema,
    name: &str,
    dialect: Dialect,
) -> Option<(&'a Element, &'a Column)> {
    schema.columns().find(|(e, _)| same(&e.name, name, dialect))
}

/// Returns the table or view of that name.
pub(super) fn relation<'a>(schemas: &'a dyn Lookup, name: &str) -> Option<&'a Schema> {
    let of = |kind| schemas.schema(&Surface::new(kind, name));
    of(SurfaceKind::Table).or_else(|| of(SurfaceKind::View))
}

/// Returns the surface by the name and kind that the store has for it; as it is, where the store has none.
pub(super) fn in_store(store: &Store, surface: &Surface) -> Surface {
    if store.schemas.contains_key(surface) {
        return surface.clone();
    }
    let kinds: &[SurfaceKind] = match surface.kind {
        // `ALTER TABLE` and `DROP TABLE` of MySQL and PostgreSQL's `ALTER TABLE … RENAME` also take views.
        SurfaceKind::Table => &[SurfaceKind::Table, SurfaceKind::View],
        _ => std::slice::from_ref(&surface.kind),
    };
    let exact = kinds.iter().map(|k| Surface::new(*k, surface.name.clone()));
    if let Some(found) = exact.into_iter().find(|s| store.schemas.contains_key(s)) {
        return found;
    }
    if store.dialect == Dialect::Postgres {
        return surface.clone();
    }
    let alike =
        |s: &&Surface| kinds.contains(&s.kind) && same(&s.name, &surface.name, store.dialect);
    let found = store.schemas.keys().find(alike);
    found.unwrap_or(surface).clone()
}

/// The names of the tables and views of all stores, for code that writes them in other ways: with or without their schema, in
/// other letters.
#[derive(Debug, Default)]
pub(super) struct Directory {
    exact: BTreeMap<String, String>,
    /// By the name without schema, lowercase: the name, or None where several have it.
    loose: BTreeMap<String, Option<String>>,
}

impl Directory {
    pub(super) fn of<'a>(stores: impl IntoIterator<Item = &'a Store>) -> Self {
        let mut directory = Self::default();
        for surface in stores.into_iter().flat_map(|s| s.schemas.keys()) {
            if !matches!(surface.kind, SurfaceKind::Table | SurfaceKind::View) {
                continue;
            }
            let name = &surface.name;
            directory.exact.insert(name.clone(), name.clone());
            let entry = directory
                .loose
                .entry(bare(name))
                .or_insert_with(|| Some(name.clone()));
            if entry.as_ref() != Some(name) {
                *entry = None;
            }
        }
        directory
    }

    /// Returns the surface by the name that a store has for it; as it is, where none or several could be meant.
    pub(super) fn resolved(&self, surface: &Surface) -> Surface {
        let relation = matches!(surface.kind, SurfaceKind::Table | SurfaceKind::View);
        if !relation || self.exact.contains_key(&surface.name) || is_system(&surface.name) {
            return surface.clone();
        }
        match self.loose.get(&bare(&surface.name)) {
            Some(Some(name)) => Surface::new(surface.kind, name.clone()),
            _ => surface.clone(),
        }
    }
}

fn bare(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_lowercase()
}

/// Returns whether the database itself brings the table.
pub(super) fn is_system(name: &str) -> bool {
    let schemas = [
        "information_schema.",
        "pg_catalog.",
        "mysql.",
        "sys.",
        "performance_schema.",
        "pragma_",
    ];
    name.starts_with("pg_")
        || name.starts_with("sqlite_")
        || name == "dual"
        || schemas.iter().any(|s| name.starts_with(s))
}

/// Returns the text with a name replaced wherever it stands as a word of its own outside of quotes.
pub(super) fn with_word_replaced(text: &str, from: &str, to: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut out, mut word, mut in_text) =
        (String::with_capacity(text.len()), String::new(), false);
    for c in text.chars().chain(std::iter::once('\0')) {
        if is_word(c) && !in_text {
            word.push(c);
            continue;
        }
        out.push_str(if word == from { to } else { &word });
        word.clear();
        in_text ^= c == '\'';
        if c != '\0' {
            out.push(c);
        }
    }
    out
}
