//! SQLAlchemy and SQLModel: mapped classes, tables, and the statements made from them.
//!
//! `select(User)` and `session.query(User)` name every mapped column, and an insert names every column that has no server default:
//! what the code leaves out is written as NULL or as the default of the class.
//! <https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html>

mod models;
pub(in crate::code) mod types;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::code::orm::python::Classes;
use crate::protobuf::generated::Tongue;

pub(crate) use models::snake;

/// The name of the tool.
pub(crate) const TOOL: &str = "sqlalchemy";

/// Adds what a file declares and uses through SQLAlchemy. Uses are looked for where a model is declared or asked for.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Python {
        return;
    }
    let dialect = hints.dialect.unwrap_or_default();
    reading.models.extend(models::models(context, dialect));
    let mapped = reading.models.iter().filter(|m| m.tool == TOOL);
    let classes = Classes::of(TOOL, mapped, hints);
    if !classes.is_empty() {
        uses::read(context, &classes, reading);
    }
}
