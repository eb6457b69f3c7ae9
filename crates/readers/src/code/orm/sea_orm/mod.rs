//! SeaORM: entities that are modules, and what is done through them: `did::Entity::find()`, `did::ActiveModel { … }`.
//!
//! A query names every column of its entity unless it says `select_only`, and an insert or update of an active model names those that are
//! set, and reads every column back: <https://www.sea-ql.org/SeaORM/docs/basic-crud/select/>, <https://www.sea-ql.org/SeaORM/docs/basic-crud/insert/>,
//! <https://www.sea-ql.org/SeaORM/docs/advanced-query/custom-select/>. All entities are called `Entity`: a model goes by the name of its module.

mod entities;
mod scope;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::protobuf::generated::Tongue;

/// The name of the tool in declarations.
const TOOL: &str = "sea-orm";

/// Adds what a file declares and uses through SeaORM.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Rust {
        return;
    }
    let declared = entities::entities(context, hints.dialect.unwrap_or_default());
    let names = super::names_of(TOOL, &declared, hints);
    reading.models.extend(declared);
    if !names.is_empty() {
        uses::read(context, &names, reading);
    }
}
