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
pub(crate) mod eloquent;
pub(crate) mod ent;
pub(crate) mod gorm;
pub(super) mod prisma;
pub(super) mod sequelize;
pub(super) mod sqlalchemy;
pub(super) mod typeorm;

use std::collections::BTreeSet;

use coexist_model::{Hints, ModelDeclaration, SurfaceKind, Wanted};

use super::context::Context;

/// Returns the names of the models of a tool that a file declares and of those that it is asked for.
fn names_of(tool: &str, declared: &[ModelDeclaration], hints: &Hints) -> BTreeSet<String> {
    let ours = |s: &&Wanted| s.surface.kind == SurfaceKind::Model && s.tool == Some(tool);
    let asked = hints.wanted.iter().filter(ours);
    let asked = asked.map(|w| w.surface.name.clone());
    declared
        .iter()
        .map(|m| m.name.clone())
        .chain(asked)
        .collect()
}

/// Returns the attributes that a file sets on objects, by assignment or by `setattr` with a name.
fn attributes_set(context: &Context<'_, '_>) -> BTreeSet<String> {
    let s = context.syntax;
    let assigned = |id| {
        let (_, name) = s.member(id).filter(|_| s.is_assigned(id))?;
        Some(s.text(name).to_owned())
    };
    let named = |id| {
        let call = s.call(id).filter(|&c| s.called(c) == "setattr")?;
        let name = s.arguments(call).into_iter().nth(1)?;
        context.strings.plain(name)
    };
    s.all()
        .filter_map(|id| assigned(id).or_else(|| named(id)))
        .collect()
}
