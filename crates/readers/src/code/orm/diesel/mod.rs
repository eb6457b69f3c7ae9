//! diesel: `table!` declarations, and the queries and structs that use them.
//!
//! A query that starts at `users::table` and is not narrowed by `.select(…)` names every column of its `table!`; so does
//! `RETURNING` where an insert or update hands rows back: <https://docs.diesel.rs/main/diesel/macro.table.html>.

mod structs;
mod table;
mod uses;

use std::collections::BTreeSet;

use coexist_model::Reading;

use crate::code::context::Context;
use crate::protobuf::generated::Tongue;

/// Adds what a file declares and uses through diesel.
pub(in crate::code) fn read(context: &Context<'_, '_>, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Rust {
        return;
    }
    table::read(context, reading);
    structs::read(context, reading);
    let own: BTreeSet<String> = reading.models.iter().map(|m| m.name.clone()).collect();
    uses::read(context, &own, reading);
}
