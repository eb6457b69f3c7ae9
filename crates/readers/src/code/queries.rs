//! SQL in string literals.

use std::collections::BTreeSet;

use coexist_model::{Access, Confidence, Dialect, Hints, Problem};

use crate::sql::accesses::{looks_like_sql, read_accesses};

use super::context::{Context, Use};
use super::strings::Literal;
use super::syntax::Id;
use super::trials::is_trial;

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

/// Returns the uses of tables in the strings of a file.
pub(super) fn queries(context: &Context<'_, '_>, hints: &Hints) -> (Vec<Access>, Vec<Problem>) {
    let dialect = hints.dialect.unwrap_or_else(|| dialect_of(context));
    let (mut accesses, mut problems) = (Vec::new(), Vec::new());
    for (id, literal) in context.strings.all() {
        if !looks_like_sql(&literal.text) {
            continue;
        }
        let spoken = is_spoken(context, id);
        let (found, unread) = read_accesses(&literal.text, dialect);
        for found in found {
            // What a placeholder names is not known.
            if literal.has_hole(&found.span) {
                continue;
            }
            let range = literal.source(found.span);
            let found = Use {
                surface: found.surface,
                element: found.element,
                mode: found.mode,
                manner: found.manner,
                confidence: if spoken {
                    Confidence::Low
                } else {
                    found.confidence
                },
                why: found.why,
            };
            accesses.push(context.access_at(id, range, found));
        }
        let counts = !spoken && !context.trial && !is_trial(context.syntax, id);
        if let Some(why) = unread.filter(|_| counts) {
            problems.push(problem(context, id, &literal, &why));
        }
    }
    (accesses, problems)
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

/// Returns the dialect that the drivers tell which a file imports.
fn dialect_of(context: &Context<'_, '_>) -> Dialect {
    let has = |words: &[&str]| {
        let paths = context.imports.iter().map(|i| i.path.to_lowercase());
        paths
            .into_iter()
            .any(|p| words.iter().any(|w| p.contains(w)))
    };
    if has(&["pgx", "postgres", "psycopg", "asyncpg", "lib/pq"]) {
        Dialect::Postgres
    } else if has(&["mysql", "mariadb"]) {
        Dialect::MySql
    } else if has(&["sqlite"]) {
        Dialect::Sqlite
    } else {
        Dialect::default()
    }
}
