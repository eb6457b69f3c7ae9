//! Sequelize: models, and the queries made through them.
//!
//! Every query names all attributes of its model unless `attributes` says which:
//! <https://sequelize.org/docs/v6/core-concepts/model-querying-basics/>. An insert names what it is given, what has a default in the
//! model, and the timestamps.

mod models;
pub(in crate::code) mod types;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::code::javascript::{Program, TONGUES};

/// Adds what a file declares and uses through Sequelize.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if !TONGUES.contains(&context.syntax.profile.tongue) {
        return;
    }
    let program = Program::new(context);
    let dialect = hints.dialect.unwrap_or_default();
    let declared = models::models(&program, dialect);
    let names = super::names_of("sequelize", &declared, hints);
    reading.models.extend(declared);
    if !names.is_empty() {
        uses::read(&program, &names, reading);
    }
}
