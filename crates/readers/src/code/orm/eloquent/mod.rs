//! Eloquent and the query builder of Laravel: classes that stand for tables, and the queries made from them or from `DB::table`.
//!
//! A class declares no columns. A query asks for `*` into objects that take what comes, and an insert names what was given a value: so
//! what is used is what code names, as `where('name', …)`, `create(['name' => …])` or `$user->name`. See `relational/reflected.rs`.
//! <https://laravel.com/docs/eloquent>

mod models;
mod subjects;
mod uses;

use std::collections::BTreeSet;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::protobuf::generated::Tongue;

/// The name of the tool in declarations.
pub(crate) const TOOL: &str = "eloquent";

/// Adds what a file declares and uses.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Php {
        return;
    }
    reading.models.extend(models::models(context));
    let names = super::names_of(TOOL, &reading.models, hints);
    let elements = hints.wanted.iter().flat_map(|w| &w.elements);
    let columns: BTreeSet<&str> = elements.map(String::as_str).collect();
    models::mentions(context, &mut reading.accesses, &names);
    let places = subjects::places(hints);
    uses::read(context, &names, &places, &columns, reading);
}
