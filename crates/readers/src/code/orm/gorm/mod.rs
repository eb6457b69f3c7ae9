//! GORM: structs that stand for tables, and the chains of calls on a `*gorm.DB`.
//!
//! What it names without being told: an insert and `Save` every field of the struct, a query `*`, whose rows leave a field at zero
//! where a column is gone, unless a join or `QueryFields` has it list the fields; `Updates` with a struct those that are not zero; a
//! struct with `gorm.DeletedAt` that column in every query: <https://gorm.io/docs/create.html>, <https://gorm.io/docs/update.html>,
//! <https://gorm.io/docs/advanced_query.html#Smart-Select-Fields>, <https://gorm.io/docs/delete.html#Soft-Delete>.

mod models;
mod naming;
mod objects;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::protobuf::generated::Tongue;

/// The name of the tool in declarations.
pub const TOOL: &str = "gorm";

/// Adds what a file declares and uses through GORM.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Go {
        return;
    }
    let declared = models::models(context, hints.dialect.unwrap_or_default());
    let names = super::names_of(TOOL, &declared, hints);
    reading.models.extend(declared);
    if !names.is_empty() {
        uses::read(context, &names, hints.dialect.unwrap_or_default(), reading);
    }
}
