//! Code that uses a store through a tool: each one has a file.
//!
//! A tool that declares its tables in code gives [`coexist_model::ModelDeclaration`]s, and its uses are accesses to surfaces of
//! kind [`coexist_model::SurfaceKind::Model`]; linking turns them into accesses to columns.

pub(crate) mod active_record;
pub(super) mod builders;
mod classes;
pub(super) mod diesel;
pub(crate) mod django;
pub(super) mod drizzle;
pub(crate) mod ecto;
pub(crate) mod ef_core;
pub(crate) mod eloquent;
pub(crate) mod ent;
pub(crate) mod gorm;
pub(super) mod jooq;
pub(crate) mod jpa;
pub(super) mod prisma;
mod python;
pub(super) mod sea_orm;
pub(super) mod sequelize;
pub(crate) mod sqlalchemy;
pub(super) mod typeorm;

use std::collections::BTreeSet;

use coexist_model::{Hints, ModelDeclaration, SurfaceKind, Wanted};

use crate::protobuf::generated::Tongue;

use super::context::Context;
use super::syntax::Id;

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

/// Returns the attributes that a file of Python, Ruby, Go, Java or Kotlin sets on objects, by assignment or by a call with a name (`setattr`,
/// `SetColumn` in a hook of GORM), whether it names their class or not; and those that an object of Go is made with, by its type. What a
/// test sets, no running code does.
pub(super) fn attributes_set(context: &Context<'_, '_>) -> BTreeSet<String> {
    let s = context.syntax;
    if context.trial {
        return BTreeSet::new();
    }
    let (setter, at) = match s.profile.tongue {
        Tongue::Python | Tongue::Ruby => ("setattr", 1),
        Tongue::Go => ("SetColumn", 0),
        Tongue::Java | Tongue::Kotlin => return jpa::properties_set(context),
        _ => return BTreeSet::new(),
    };
    let assigned = |id| {
        let (_, name) = s.member(id).filter(|_| s.is_assigned(id))?;
        if s.profile.tongue == Tongue::Ruby && active_record::is_set_in_the_making(s, id) {
            return None;
        }
        Some(s.text(name).to_owned())
    };
    let named = |id| {
        let call = s.call(id).filter(|&c| s.called(c) == setter)?;
        let name = s.arguments(call).into_iter().nth(at)?;
        context.strings.plain(name)
    };
    let mut all: BTreeSet<String> = s
        .all()
        .filter_map(|id| assigned(id).or_else(|| named(id)))
        .collect();
    if s.profile.tongue == Tongue::Go {
        all.extend(super::golang::structs::fields_made_with(context));
    }
    all
}

/// Returns whether the function around a node sets attributes by names that it does not say: `setattr(account, key, value)`.
fn sets_any(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    let within = s.function(id).map_or_else(|| s.all(), |f| s.below(f));
    within
        .into_iter()
        .filter_map(|n| s.call(n))
        .filter(|&c| s.called(c) == "setattr")
        .any(|c| {
            let name = s.arguments(c).into_iter().nth(1);
            name.is_none_or(|n| context.strings.plain(n).is_none())
        })
}
