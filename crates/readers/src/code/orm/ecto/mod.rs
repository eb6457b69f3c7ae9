//! Ecto: schemas, and the queries made of them.
//!
//! A query names every field of its schema unless `select` narrows it. An insert names the fields that were given a value, which are not
//! known here: that it names no column which the schema does not declare is all that is sure.
//! <https://hexdocs.pm/ecto/Ecto.Schema.html>, <https://hexdocs.pm/ecto/Ecto.Query.html>.

mod schemas;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::protobuf::generated::Tongue;

/// The name of the tool in declarations.
pub const TOOL: &str = "ecto";

/// Adds what a file declares and uses through Ecto.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Elixir {
        return;
    }
    let declared = schemas::schemas(context);
    let names = super::names_of(TOOL, &declared, hints);
    reading.models.extend(declared);
    if !names.is_empty() {
        uses::read(context, &names, reading);
    }
}
