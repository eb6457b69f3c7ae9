//! What happens when code meets a relational store: PostgreSQL, MySQL and MariaDB, SQLite.

mod assembled;
mod associations;
mod changelogs;
mod entities;
mod jpa;
mod meet;
mod models;
mod named_by_class;
mod names;
mod reflected;
mod replay;
mod spellings;
mod stores;
mod types;
mod uses;
mod words;

pub use entities::{entities, may_be_of};
pub use jpa::may_declare;
pub use named_by_class::may_be_named;
pub use spellings::csharp_classes;
pub use stores::is_dump_beside;

use std::collections::BTreeMap;
use std::sync::Arc;

use coexist_model::{
    Access, Dialect, Direction, Element, Encoding, Form, LinkInput, Linked, Lookup, Meeting,
    Migration, Store, Surface, SurfaceKind,
};

/// What happens when code meets a relational store.
pub struct Relational;

impl Form for Relational {
    fn name(&self) -> &'static str {
        "relational"
    }

    fn kinds(&self) -> &'static [SurfaceKind] {
        &[
            SurfaceKind::Table,
            SurfaceKind::View,
            SurfaceKind::Type,
            SurfaceKind::Routine,
            SurfaceKind::Model,
        ]
    }

    fn link(&self, readings: &[LinkInput<'_>]) -> Linked {
        let stores = stores::stores(readings);
        let accesses = uses::uses(readings, &stores);
        let migrators = readings.iter().flat_map(|r| r.reading.migrators.clone());
        Linked {
            stores,
            accesses,
            speaks: spoken(readings),
            migrators: migrators.collect(),
            ..Linked::default()
        }
    }

    fn apply(&self, store: &Store, migration: &Migration) -> Store {
        let mut store = store.clone();
        self.advance(&mut store, migration);
        store
    }

    fn advance(&self, store: &mut Store, migration: &Migration) {
        for operation in migration
            .operations
            .iter()
            .filter(|o| o.direction == Direction::Up)
        {
            replay::step(store, operation);
        }
        store.migrations.push(migration.clone());
    }

    fn spellings(&self, surface: &Surface, element: Option<&str>) -> Vec<String> {
        spellings::spellings(surface, element)
    }

    fn spellings_in(&self, ending: &str, surface: &Surface, element: Option<&str>) -> Vec<String> {
        match Naming::of(ending) {
            Naming::Python => spellings::in_python(surface, element),
            Naming::Ruby => spellings::in_ruby(surface, element),
            Naming::CSharp => spellings::in_csharp(surface, element),
            Naming::Elixir => spellings::in_elixir(surface, element),
            Naming::Jvm => spellings::in_jvm(surface, element),
            Naming::AsInTheStore => spellings::spellings(surface, element),
        }
    }

    fn share_spellings(&self, ending: &str, other: &str) -> bool {
        Naming::of(ending) == Naming::of(other)
    }

    fn meet(&self, access: &Access, schemas: &dyn Lookup) -> Meeting {
        meet::meet(access, schemas)
    }

    fn carry(&self, written: Option<&Element>, read: Option<&Element>, how: Encoding) -> Meeting {
        match how {
            Encoding::Written(Dialect::Sqlite)
            | Encoding::Declared(Dialect::Sqlite)
            | Encoding::Rows(Dialect::Sqlite) => types::carry_by_affinity(written, read),
            Encoding::Declared(_) => types::carry_declared(written, read),
            Encoding::Rows(_) => types::carry_row(written, read),
            Encoding::Written(_) | Encoding::Binary | Encoding::Json => types::carry(written, read),
        }
    }
}

/// How the models of a language come by the names of their tables.
#[derive(PartialEq, Eq)]
enum Naming {
    /// By an application and a class.
    Python,
    /// By the plural of a class.
    Ruby,
    /// As in the store, and a class by its own name in its own case.
    CSharp,
    /// As in the store, and a schema by the end of its module's name.
    Elixir,
    /// The name stands there, or its class does in its own case.
    Jvm,
    /// The name stands there.
    AsInTheStore,
}

impl Naming {
    /// Returns that of files with this ending.
    fn of(ending: &str) -> Self {
        match ending {
            "py" | "pyi" => Self::Python,
            "rb" | "rake" => Self::Ruby,
            "cs" => Self::CSharp,
            "ex" | "exs" => Self::Elixir,
            "java" | "kt" | "kts" => Self::Jvm,
            _ => Self::AsInTheStore,
        }
    }
}

/// Returns the dialects that files of code can be meant for, of those that tell.
fn spoken(readings: &[LinkInput<'_>]) -> BTreeMap<Arc<str>, Vec<Dialect>> {
    readings
        .iter()
        .filter(|r| !r.reading.speaks.is_empty())
        .map(|r| (r.path.clone(), r.reading.speaks.clone()))
        .collect()
}

#[cfg(test)]
mod tests;
