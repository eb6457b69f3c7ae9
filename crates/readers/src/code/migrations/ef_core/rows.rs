//! Rows that a migration seeds or changes: `InsertData("Plans", new[] { "Id", "Name" }, new object[] { 1, "free" })`.
//!
//! <https://learn.microsoft.com/ef/core/managing-schemas/migrations/operations>.

use coexist_model::{Effect, Rows};

use crate::code::csharp::{Sent, text};
use crate::code::migrations::script::Script;
use crate::code::syntax::Id;

use super::steps::listed;

/// Returns the texts in a list, or that of one expression; None where one of them cannot be told.
pub(super) fn texts(script: &Script<'_, '_, '_>, id: Id) -> Option<Vec<String>> {
    let each = listed(script, id).into_iter();
    each.map(|item| text(script.context, item)).collect()
}

/// Rows are added.
pub(super) fn insert(script: &mut Script<'_, '_, '_>, sent: &Sent<'_>, table: &str) -> Option<()> {
    let columns = named(sent, 1, "column")?;
    let values = named(sent, 2, "value");
    changed(script, sent, table, Rows::Inserted, columns, values)
}

/// Rows get other values.
pub(super) fn update(script: &mut Script<'_, '_, '_>, sent: &Sent<'_>, table: &str) -> Option<()> {
    let columns = named(sent, 3, "column")?;
    let values = named(sent, 4, "value");
    changed(script, sent, table, Rows::Updated, columns, values)
}

/// Rows go.
pub(super) fn delete(script: &mut Script<'_, '_, '_>, sent: &Sent<'_>, table: &str) -> Option<()> {
    let effect = Effect::Backfill {
        rows: Rows::Deleted,
        columns: Vec::new(),
        values: Vec::new(),
    };
    script.on_table(sent.id, table, effect);
    Some(())
}

/// Returns an argument whose name may be in the plural.
fn named(sent: &Sent<'_>, place: usize, name: &str) -> Option<Id> {
    sent.named(&format!("{name}s"))
        .or_else(|| sent.at(place, name))
}

fn changed(
    script: &mut Script<'_, '_, '_>,
    sent: &Sent<'_>,
    table: &str,
    rows: Rows,
    columns: Id,
    values: Option<Id>,
) -> Option<()> {
    let columns = texts(script, columns)?;
    let given = values.map(|v| listed(script, v)).unwrap_or_default();
    let literals = |row: &[Id]| -> Vec<(String, String)> {
        let pairs = columns.iter().zip(row);
        pairs
            .filter_map(|(column, &value)| Some((column.clone(), text(script.context, value)?)))
            .collect()
    };
    // A list of lists is several rows.
    let is_list = |&id: &Id| script.context.syntax.kind(id) == "initializer_expression";
    let values = match given.iter().any(is_list) {
        true => {
            let each = given.iter().map(|&row| listed(script, row));
            each.flat_map(|row| literals(&row)).collect()
        }
        false => literals(&given),
    };
    let effect = Effect::Backfill {
        rows,
        columns,
        values,
    };
    script.on_table(sent.id, table, effect);
    Some(())
}
