//! TypeORM: entities, and the queries made through their repositories.
//!
//! A query names every column of its entity but those with `select: false`, unless it says `select`; an insert names every column:
//! <https://typeorm.io/docs/entity/entities/>, <https://typeorm.io/docs/working-with-entity-manager/find-options/>.

mod entities;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::code::javascript::{Program, TONGUES};

/// Adds what a file declares and uses through TypeORM.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if !TONGUES.contains(&context.syntax.profile.tongue) {
        return;
    }
    let program = Program::new(context);
    let declared = entities::entities(&program, hints.dialect.unwrap_or_default());
    let names = super::names_of("typeorm", &declared, hints);
    reading.models.extend(declared);
    if !names.is_empty() {
        uses::read(&program, &names, reading);
    }
}
