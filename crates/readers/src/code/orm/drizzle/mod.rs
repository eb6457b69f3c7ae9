//! Drizzle: tables declared in code, and the queries made from them.
//!
//! `db.select().from(users)`, `db.query.users.findMany()` and `.returning()` name every declared column, and an insert names them all,
//! with `default` for what it is not given: <https://orm.drizzle.team/docs/select>, <https://orm.drizzle.team/docs/insert>.

mod tables;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::code::javascript::{Program, TONGUES};

/// Adds what a file declares and uses through Drizzle.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if !TONGUES.contains(&context.syntax.profile.tongue) {
        return;
    }
    let program = Program::new(context);
    let declared = tables::tables(&program, hints.dialect.unwrap_or_default());
    let names = super::names_of("drizzle", &declared, hints);
    let here = declared.iter().map(|m| m.name.clone()).collect();
    reading.models.extend(declared);
    if !names.is_empty() {
        uses::read(&program, &names, &here, reading);
    }
}
