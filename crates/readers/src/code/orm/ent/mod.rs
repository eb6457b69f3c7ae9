//! ent: a schema in Go, and the calls on the client that is generated of it.
//!
//! A query names every field of its schema, and so does what an update of one row gives back:
//! <https://entgo.io/docs/schema-fields>, <https://entgo.io/docs/crud>. An insert names what was set and the defaults, which ent
//! itself fills; a field that is neither optional nor set it refuses before the database does, so what an insert can name is what
//! the schema declares.

mod schemas;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::protobuf::generated::Tongue;

/// The name of the tool in declarations.
pub const TOOL: &str = "ent";

/// Adds what a file declares and uses through ent.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Go {
        return;
    }
    let declared = schemas::schemas(context);
    let names = super::names_of(TOOL, &declared, hints);
    reading.models.extend(declared);
    if !names.is_empty() {
        uses::read(context, &names, reading);
    }
}
