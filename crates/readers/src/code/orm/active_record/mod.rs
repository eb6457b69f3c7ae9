//! Active Record: classes of Rails that stand for tables, and the queries made from them.
//!
//! A class declares no columns: the process reads those of its table when it starts, and leaves out what the class ignores
//! (`ignored_columns`). Which they are is known when the store is linked: see `relational/reflected.rs`.
//! <https://api.rubyonrails.org/classes/ActiveRecord/ModelSchema/ClassMethods.html>

mod associations;
mod models;
mod uses;

use std::collections::BTreeSet;

use coexist_model::{Hints, Reading, SurfaceKind};

use crate::code::context::Context;
use crate::protobuf::generated::Tongue;

pub(super) use uses::is_set_in_the_making;

/// The name of the tool in declarations.
pub const TOOL: &str = "active-record";

/// Adds what a file declares and uses through Active Record. Uses are looked for where a class is declared or asked for.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Ruby {
        return;
    }
    reading.models.extend(models::models(context));
    reading.associations = associations::declared(context);
    let declared = reading.models.iter().map(|m| m.name.clone());
    let ours = hints
        .wanted
        .iter()
        .filter(|w| w.surface.kind == SurfaceKind::Model && w.tool.is_none_or(|tool| tool == TOOL));
    let names: BTreeSet<String> = declared
        .chain(ours.map(|w| w.surface.name.clone()))
        .collect();
    if names.is_empty() {
        return;
    }
    let elements = hints.wanted.iter().flat_map(|w| &w.elements);
    let columns: BTreeSet<&str> = elements.map(String::as_str).collect();
    uses::read(context, &names, &columns, reading);
}
