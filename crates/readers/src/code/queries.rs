//! SQL in string literals.

use std::collections::BTreeSet;
use std::ops::Range;

use coexist_model::{Confidence, Dialect, Fit, Hints, Manner, Mode, Problem, Reading};

use crate::protobuf::generated::Tongue;
use crate::sql::accesses::{looks_like_sql, read_accesses};
use crate::sql::dialect_of_path;

use super::context::{Context, Use};
use super::golang;
use super::golang::scans::Scans;
use super::orm::jpa::is_jpql;
use super::rust::rows::{Rows, Taken, types};
use super::strings::Literal;
use super::syntax::Id;

/// Calls whose text people read: it may look like SQL and never reaches a store. Lowercase.
const SPOKEN: &[&str] = &[
    "print",
    "println",
    "printf",
    "eprintln",
    "eprint",
    "log",
    "debug",
    "debugf",
    "info",
    "infof",
    "warn",
    "warnf",
    "warning",
    "warningf",
    "error",
    "errorf",
    "fatal",
    "fatalf",
    "trace",
    "panic",
    "raise",
    "fail",
    "describe",
    "it",
    "test",
    "expect",
    "assert",
    "help",
    "bail",
    "anyhow",
    "fprintf",
    "fprintln",
    "exception",
    "puts",
    "unreachable",
    "todo",
    "context",
    "with_context",
    "add_argument",
    "textf",
    "msg",
    "msgf",
];

/// Adds the uses of tables in the strings of a file, and the dialects that its statements can be meant for.
pub(super) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    let dialect = hints.dialect.unwrap_or_else(|| dialect_of(context));
    let mut marks = Marks::default();
    let mut scans = None;
    let mut rows = None;
    for (id, literal) in context.strings.all() {
        if !looks_like_sql(&literal.text) || is_jpql(context, id) {
            continue;
        }
        marks.add(&literal.text);
        let spoken = is_spoken(context, id);
        let joins_outside = joins_outside(&literal.text);
        let (found, unread) = read_accesses(&literal.text, dialect);
        for found in found {
            // What a placeholder names is not known.
            if literal.has_hole(&found.span) {
                continue;
            }
            let taken = match &found.output {
                Some(output) => rows
                    .get_or_insert_with(|| Rows::of(context))
                    .as_ref()
                    .map_or(Taken::Unclear, |rows| {
                        rows.taken(id, &output.name, joins_outside)
                    }),
                None => Taken::Unclear,
            };
            let scanned = found.output.as_ref().is_some_and(|output| {
                let scans = scans.get_or_insert_with(|| Scans::of(context)).as_ref();
                !joins_outside && scans.is_some_and(|scans| scans.is_present(id, output))
            });
            let taken = if scanned { Taken::Present } else { taken };
            for (column, placeholder) in &found.bound {
                let Some(number) = numbered(&literal.text, placeholder) else {
                    continue;
                };
                let rows = rows.get_or_insert_with(|| Rows::of(context)).as_ref();
                let scans = scans.get_or_insert_with(|| Scans::of(context)).as_ref();
                let value = rows
                    .and_then(|rows| rows.optional(id, number))
                    .or_else(|| scans?.optional(id, number));
                let Some(value) = value else { continue };
                let optional = Use {
                    surface: found.surface.clone(),
                    element: Some(column.clone()),
                    mode: Mode::WritesOptional,
                    manner: found.manner,
                    confidence: found.confidence,
                    why: found.why,
                };
                reading.accesses.push(context.access(value, optional));
            }
            let range = literal.source(found.span);
            let fit = match &found.mode {
                Mode::ReadsAll { .. } => scans
                    .get_or_insert_with(|| Scans::of(context))
                    .as_ref()
                    .map_or(Fit::Unclear, |scans| scans.fit(id)),
                _ => Fit::Unclear,
            };
            let (mode, confidence) = match fit {
                Fit::Unclear if taken != Taken::Unclear => (Mode::ReadsPresent, found.confidence),
                Fit::Unclear => (found.mode, found.confidence),
                _ => (Mode::ReadsAll { columns: None, fit }, Confidence::High),
            };
            let found = Use {
                surface: found.surface,
                element: found.element,
                mode,
                manner: match taken {
                    Taken::AsStored => Manner::Implicit,
                    _ => found.manner,
                },
                confidence: if spoken { Confidence::Low } else { confidence },
                why: found.why,
            };
            reading.accesses.push(context.access_at(id, range, found));
        }
        let counts = !spoken && !context.trial && !context.trials.hold(id);
        if let Some(why) = unread.filter(|_| counts) {
            reading.problems.push(problem(context, id, &literal, &why));
        }
    }
    types(context, reading);
    reading.speaks = dialects(context, &marks);
    reading.constants = golang::assembled::constants(context);
    reading.assembled = golang::assembled::assembled(context, dialect);
}

/// Returns which of the values of a statement a placeholder stands for, from 0: `$2` is the second one, and `?` the next one.
fn numbered(sql: &str, placeholder: &Range<usize>) -> Option<usize> {
    let text = sql.get(placeholder.clone())?.trim();
    match text.strip_prefix('$') {
        Some(number) => number.parse::<usize>().ok()?.checked_sub(1),
        None if text == "?" => Some(sql.get(..placeholder.start)?.matches('?').count()),
        None => None,
    }
}

/// Returns whether a statement may give NULL for a column that has none: it joins what need not be there.
fn joins_outside(sql: &str) -> bool {
    let mut words = sql.split(|c: char| !c.is_ascii_alphabetic());
    words.any(|w| {
        ["left", "right", "full"]
            .iter()
            .any(|o| w.eq_ignore_ascii_case(o))
    })
}

fn problem(context: &Context<'_, '_>, id: Id, literal: &Literal, why: &str) -> Problem {
    Problem {
        place: context.file.place(context.syntax.range(id)),
        what: format!("a query in this string was not understood: {why}"),
        identifiers: words(&literal.text),
    }
}

/// Returns the names in a text, lowercase, sorted, each once.
pub(super) fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let names =
        words.filter(|w| (2..=64).contains(&w.len()) && w.contains(|c: char| c.is_alphabetic()));
    let mut found = BTreeSet::new();
    for name in names {
        found.insert(name.to_lowercase());
        if found.len() >= MOST_WORDS {
            break;
        }
    }
    found.into_iter().collect()
}

/// Names that one problem keeps.
const MOST_WORDS: usize = 2000;

/// Returns whether the string is an argument of a call whose text people read.
fn is_spoken(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    for up in s.ancestors(id).take(6) {
        if s.profile.throws.contains(&s.kind(up)) {
            return true;
        }
        if let Some(call) = s.call(up) {
            let called = s.called(call).trim_end_matches('!').to_lowercase();
            return SPOKEN.contains(&called.as_str())
                || called.ends_with("error")
                || called.ends_with("exception");
        }
    }
    false
}

/// Returns the dialect to read a file's statements in.
fn dialect_of(context: &Context<'_, '_>) -> Dialect {
    driven(context).first().copied().unwrap_or_default()
}

/// Returns the dialects that the statements of a file can be meant for, where it tells; empty: any. Its path tells, then the
/// drivers that it imports, then its placeholders.
fn dialects(context: &Context<'_, '_>, marks: &Marks) -> Vec<Dialect> {
    if let Some(dialect) = dialect_of_path(&context.file.path) {
        return vec![dialect];
    }
    let driven = driven(context);
    if driven.is_empty() {
        marks.dialects(context.syntax.profile.tongue)
    } else {
        driven
    }
}

/// Returns the dialects whose drivers a file imports.
fn driven(context: &Context<'_, '_>) -> Vec<Dialect> {
    let names = context
        .imports
        .iter()
        .flat_map(|i| i.names.iter().map(|(name, _)| name).chain([&i.path]));
    let names: Vec<String> = names.map(|n| n.to_lowercase()).collect();
    let has = |words: &[&str]| names.iter().any(|n| words.iter().any(|w| n.contains(w)));
    let drivers: [(Dialect, &[&str]); 3] = [
        (
            Dialect::Postgres,
            &[
                "pgx", "postgres", "psycopg", "asyncpg", "lib/pq", "pgpool", "pgconn",
            ],
        ),
        (Dialect::MySql, &["mysql", "mariadb"]),
        (Dialect::Sqlite, &["sqlite"]),
    ];
    let found = drivers.into_iter().filter(|(_, words)| has(words));
    found.map(|(dialect, _)| dialect).collect()
}

/// The placeholders that the statements of a file have.
#[derive(Default)]
struct Marks {
    dollars: bool,
    questions: bool,
}

impl Marks {
    fn add(&mut self, sql: &str) {
        let questions = ["= ?", "=?", "(?", ", ?"];
        self.dollars |= sql.contains("$1");
        self.questions |= questions.iter().any(|q| sql.contains(q));
    }

    /// MySQL has no `$1`, and no driver of Rust turns `?` into what PostgreSQL takes; drivers of other languages do.
    fn dialects(&self, tongue: Tongue) -> Vec<Dialect> {
        if self.dollars {
            vec![Dialect::Postgres, Dialect::Sqlite]
        } else if self.questions && tongue == Tongue::Rust {
            vec![Dialect::MySql, Dialect::Sqlite]
        } else {
            Vec::new()
        }
    }
}
