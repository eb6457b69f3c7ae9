//! SQLAlchemy and SQLModel: mapped classes, tables, and the statements made from them.
//!
//! `select(User)` and `session.query(User)` name every mapped column, and an insert names every column that has no server default:
//! what the code leaves out is written as NULL or as the default of the class.
//! <https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html>

mod models;
pub(in crate::code) mod types;
mod uses;

use std::collections::BTreeSet;

use coexist_model::{Hints, Reading, SurfaceKind};

use crate::code::context::Context;
use crate::protobuf::generated::Tongue;

/// Adds what a file declares and uses through SQLAlchemy. Uses are looked for where a model is declared or asked for.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Python {
        return;
    }
    let dialect = hints.dialect.unwrap_or_default();
    reading.models.extend(models::models(context, dialect));
    let mapped = reading.models.iter().filter(|m| m.tool == "sqlalchemy");
    let declared = mapped.map(|m| m.name.clone());
    let wanted = hints.wanted.iter();
    let asked = wanted
        .filter(|w| w.tool.is_none_or(|tool| tool == "sqlalchemy"))
        .map(|w| &w.surface)
        .filter(|s| s.kind == SurfaceKind::Model);
    let names: BTreeSet<String> = declared.chain(asked.map(|s| s.name.clone())).collect();
    if !names.is_empty() {
        uses::read(context, &names, reading);
    }
}
