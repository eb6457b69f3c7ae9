//! Code that uses a store through a tool: each one has a file.
//!
//! A tool that declares its tables in code gives [`coexist_model::ModelDeclaration`]s, and its uses are accesses to surfaces of
//! kind [`coexist_model::SurfaceKind::Model`]; linking turns them into accesses to columns.

pub(crate) mod active_record;
pub(super) mod builders;
mod classes;
pub(super) mod diesel;
pub(super) mod django;
pub(super) mod drizzle;
pub(super) mod prisma;
pub(super) mod sequelize;
pub(super) mod sqlalchemy;
pub(super) mod typeorm;

use std::collections::BTreeSet;

use coexist_model::{Hints, ModelDeclaration, SurfaceKind};

/// Returns the names of the models that a file declares and of those that it is asked for.
fn names_of(declared: &[ModelDeclaration], hints: &Hints) -> BTreeSet<String> {
    let wanted = hints.wanted.iter().map(|w| &w.surface);
    let asked = wanted.filter(|s| s.kind == SurfaceKind::Model);
    let asked = asked.map(|s| s.name.clone());
    declared
        .iter()
        .map(|m| m.name.clone())
        .chain(asked)
        .collect()
}
