//! SQL files: migrations, schema dumps and queries.

pub(crate) mod accesses;
mod breaks;
mod comments;
pub(crate) mod conditions;
mod cursor;
mod layout;
mod lex;
mod named;
pub(crate) mod operations;
pub(crate) mod splitter;

pub use breaks::{breaks, kind};
pub(crate) use comments::comments;
pub use layout::{Layout, layout};
pub(crate) use layout::{by_path as dialect_of_path, dialect as dialect_of};
pub use named::{NamedQuery, named_queries};

use crate::liquibase::is_formatted;
use coexist_model::{
    Access, Confidence, Dialect, Direction, Effect, File, Fit, Hints, Mode, Operation, Place,
    Reader, Reading,
};

/// SQL files: migrations, schema dumps and queries.
pub struct Sql;

impl Reader for Sql {
    fn name(&self) -> &'static str {
        "sql"
    }

    /// Formatted SQL of Liquibase has a reader of its own.
    fn claims(&self, path: &str, head: &str) -> bool {
        if is_formatted(head) {
            return false;
        }
        let dot = path.rfind('.').map_or("", |at| &path[at + 1..]);
        ["sql", "psql", "ddl", "pgsql"]
            .iter()
            .any(|e| dot.eq_ignore_ascii_case(e))
    }

    fn read(&self, file: &File, hints: &Hints) -> Reading {
        let dialect = hints
            .dialect
            .or_else(|| forced_dialect(hints))
            .or_else(|| layout::dialect(&file.path, &file.text));
        let known = dialect;
        let dialect = dialect.unwrap_or_default();
        let layout = layout(&file.path, head_of(&file.text));
        let direction = layout.as_ref().and_then(|l| l.direction);
        let lowered = operations::operations(file, dialect, direction.unwrap_or(Direction::Up));
        // What a migration or a seed reads and writes, it does once; what a query file says, the running code sends.
        let accesses = if layout.is_none() && !layout::is_data(&file.path) {
            uses(file, dialect)
        } else {
            Vec::new()
        };
        Reading {
            dialect: known,
            migration: layout.map(|l| l.part),
            operations: lowered.operations,
            problems: lowered.problems,
            accesses,
            ..Reading::default()
        }
    }

    fn stands(&self, said: &Reading, hints: &Hints) -> bool {
        hints.forced.is_none() && hints.dialect == said.dialect
    }
}

/// Returns what the statements of a query file use.
fn uses(file: &File, dialect: Dialect) -> Vec<Access> {
    let surest = match layout::is_script(&file.path) {
        true => Confidence::Low,
        false => Confidence::High,
    };
    let mut found = Vec::new();
    // sqlc writes out every `*` as it makes code of the queries.
    let by_sqlc = !named_queries(&file.text).is_empty();
    for statement in splitter::statements(&file.text, dialect) {
        let start = statement.span.start;
        for one in accesses::accesses_in(&file.text[statement.span], dialect) {
            let (mode, confidence) = match one.mode {
                Mode::ReadsAll { columns, .. } if by_sqlc => {
                    let fit = Fit::Expanded;
                    (Mode::ReadsAll { columns, fit }, Confidence::High)
                }
                mode => (mode, one.confidence),
            };
            found.push(Access {
                surface: one.surface,
                element: one.element,
                mode,
                manner: one.manner,
                confidence: confidence.min(surest),
                why: one.why,
                gate: None,
                place: file.place(start + one.span.start..start + one.span.end),
                conditions: Vec::new(),
                within: None,
                copes: None,
                via: None,
            });
        }
    }
    found
}

/// Returns the statements that alter or drop what is there before a file runs, where the file is of no known layout and so no migration
/// that is replayed.
pub fn strays(file: &File) -> Vec<Place> {
    let is_sql = Sql.claims(&file.path, "");
    if !is_sql || layout(&file.path, head_of(&file.text)).is_some() || layout::is_aside(&file.path)
    {
        return Vec::new();
    }
    let dialect = layout::dialect(&file.path, &file.text).unwrap_or_default();
    let operations = operations::operations(file, dialect, Direction::Up).operations;
    let sides = breaks(&operations);
    let alters = |operation: &Operation| {
        !matches!(
            operation.effect,
            Effect::Backfill { .. } | Effect::Opaque { .. }
        )
    };
    let found = operations.iter().zip(sides);
    found
        .filter(|(operation, sides)| !sides.is_empty() && alters(operation))
        .map(|(operation, _)| operation.place.clone())
        .collect()
}

/// `--as sql:mysql`.
fn forced_dialect(hints: &Hints) -> Option<Dialect> {
    let (_, dialect) = hints.forced.as_deref()?.split_once(':')?;
    let all = [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite];
    all.into_iter().find(|d| d.word() == dialect)
}

/// Returns the first kilobytes of a text.
fn head_of(text: &str) -> &str {
    let mut end = text.len().min(16 * 1024);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
