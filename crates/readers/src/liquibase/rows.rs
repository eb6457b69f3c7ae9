//! Changes of rows.

use coexist_model::{Effect, Rows};

use super::changesets::Changesets;
use super::columns::folded;
use super::tree::Item;

/// Values of a column, by their kinds.
const VALUES: &[&str] = &[
    "value",
    "valueNumeric",
    "valueBoolean",
    "valueDate",
    "valueComputed",
    "valueSequenceNext",
    "valueClobFile",
    "valueBlobFile",
];

/// Returns what `insert`, `update`, `delete` and `loadData` do.
pub(super) fn changed(all: &Changesets<'_>, item: &Item, table: &str) -> Effect {
    let columns: Vec<(&Item, String)> = item
        .all("column")
        .filter_map(|c| Some((c, folded(&all.filled(c.get("name")?)?))))
        .collect();
    let condition = item.get("where").unwrap_or_default().to_lowercase();
    let names: Vec<String> = columns.iter().map(|(_, name)| name.clone()).collect();
    let rows = match item.name.as_str() {
        "delete" => Rows::Deleted,
        "update" if fills(&names, &condition, table) => Rows::Filled,
        "update" => Rows::Updated,
        _ => Rows::Inserted,
    };
    let texts = columns
        .iter()
        .filter_map(|(c, name)| Some((name.clone(), c.get("value")?.to_owned())));
    let loads = item.name.starts_with("load");
    Effect::Backfill {
        rows,
        values: if loads { Vec::new() } else { texts.collect() },
        columns: names,
    }
}

/// Returns whether an update only writes where there is nothing yet: `name IS NULL`.
fn fills(columns: &[String], condition: &str, table: &str) -> bool {
    let words: Vec<&str> = condition.split_whitespace().collect();
    let ([column], [name, "is", "null"]) = (columns, words.as_slice()) else {
        return false;
    };
    let name = folded(name);
    let bare = name.strip_prefix(table).and_then(|n| n.strip_prefix('.'));
    bare.unwrap_or(&name) == column
}

/// Returns what a column that comes with a value does to the rows that are there.
pub(super) fn filled(column: &Item, columns: Vec<String>) -> Option<Effect> {
    let given = VALUES.iter().any(|v| column.get(v).is_some());
    given.then(|| Effect::Backfill {
        rows: Rows::Filled,
        columns,
        values: Vec::new(),
    })
}

/// Returns what `defaultNullValue` does.
pub(super) fn given(column: &str) -> Effect {
    Effect::Backfill {
        rows: Rows::Filled,
        columns: vec![column.to_owned()],
        values: Vec::new(),
    }
}
