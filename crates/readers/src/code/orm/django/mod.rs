//! Django: models and querysets.
//!
//! A query through a model names every concrete field unless `values`, `only` or `defer` narrow it; an insert names every one that
//! the database does not fill itself, and `save()` of a row that exists writes them all.
//! <https://docs.djangoproject.com/en/5.2/topics/db/models/>, <https://docs.djangoproject.com/en/5.2/ref/models/querysets/>.

pub(in crate::code) mod chains;
pub(in crate::code) mod fields;
mod models;
mod uses;
mod views;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::code::orm::python::Classes;
use crate::protobuf::generated::Tongue;

/// The name of the tool.
pub(crate) const TOOL: &str = "django";

/// Adds what a file declares and uses through Django. Uses are looked for where a model is declared or asked for.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if context.syntax.profile.tongue != Tongue::Python {
        return;
    }
    let mut declared = models::models(context, hints.dialect.unwrap_or_default());
    // A class with columns of another tool is no model of Django.
    declared.retain(|d| !reading.models.iter().any(|m| m.name == d.name));
    let classes = Classes::of(TOOL, declared.iter(), hints);
    reading.models.extend(declared);
    if !classes.is_empty() {
        uses::read(context, &classes, reading);
    }
}
