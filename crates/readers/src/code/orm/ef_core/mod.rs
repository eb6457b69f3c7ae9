//! EF Core: entities, the contexts that map them, and the queries made through these.
//!
//! <https://learn.microsoft.com/ef/core/modeling/>. Nothing in a class says that it is an entity: a context does, by `DbSet<User> Users` or in
//! `OnModelCreating`, or a configuration of its own (`IEntityTypeConfiguration<User>`). So one file gives parts, and linking joins them:
//! the properties of a class ([`TOOL`]), a name by which a context calls its rows ([`SET`]), and what a mapping says of it
//! ([`MAPPING`]). The snapshot that the tool writes beside its migrations is a mapping too.
//!
//! A query names every mapped column unless `Select` narrows it; an insert names every one that the database does not fill.

mod classes;
mod mappings;
mod sets;
pub(in crate::code) mod types;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::protobuf::generated::Tongue;

/// The tool, as declarations and reports name it.
pub const TOOL: &str = "ef-core";
/// A part of a declaration: the name by which a context calls the rows of an entity.
pub const SET: &str = "ef-core-set";
/// A part of a declaration: what a mapping says of an entity.
pub const MAPPING: &str = "ef-core-mapping";

/// Adds what a file declares and uses through EF Core.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::CSharp {
        return;
    }
    let mut declared = classes::entities(context);
    let sets = sets::sets(context);
    declared.extend(mappings::mappings(context));
    let mut names = super::names_of(SET, &sets, hints);
    names.extend(super::names_of(MAPPING, &[], hints));
    names.extend(super::names_of(TOOL, &[], hints));
    declared.extend(sets);
    reading.models.extend(declared);
    uses::read(context, &names, reading);
}
