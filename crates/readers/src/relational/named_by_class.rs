//! Mapped classes of SQLAlchemy whose table is named by a function of their base: `__tablename__` as a `declared_attr`.
//!
//! The function is not evaluated. Where the store has a table by one of the usual names, with the columns of the class, that is it.
//! <https://docs.sqlalchemy.org/en/20/orm/declarative_mixins.html#augmenting-the-base>

use coexist_model::{ModelDeclaration, Store, Surface};

use super::names::relation;
use super::stores::has_column;
use crate::code::orm::sqlalchemy::{TOOL, snake};

/// Gives a class without a table the one that is named after it.
pub(super) fn settle(model: &mut ModelDeclaration, stores: &[Store]) {
    let is_named = !model.table.name.is_empty() || model.bases.is_empty();
    if model.tool != TOOL || is_named || model.columns.is_empty() {
        return;
    }
    let fits = |name: &String| {
        let mut tables = stores.iter().filter_map(|s| relation(s, name));
        tables.any(|t| {
            let there = model.columns.iter().filter(|c| has_column(t, &c.name));
            // A column that has just come may have no migration yet.
            there.count() * 2 > model.columns.len()
        })
    };
    if let Some(name) = names(&model.name).into_iter().find(fits) {
        model.table = Surface::table(name);
    }
}

/// Returns whether a table may be that of a class which names none.
pub fn may_be_named(model: &ModelDeclaration, table: &Surface) -> bool {
    model.tool == TOOL && model.table.name.is_empty() && names(&model.name).contains(&table.name)
}

fn names(class: &str) -> [String; 4] {
    let (snake, lower) = (snake(class), class.to_lowercase());
    let plurals = (format!("{snake}s"), format!("{lower}s"));
    [snake, lower, plurals.0, plurals.1]
}
