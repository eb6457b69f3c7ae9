//! The uses of tables and columns in a query.
//!
//! No schema is known here. A column whose table is named, or that stands in a scope with one table, is certain
//! ([`Confidence::High`]). An unqualified column in a scope of several tables is one use per table, all at the same bytes and
//! [`Confidence::Medium`]: linking keeps those whose table has the column ([`crate::relational`]).

mod literals;
mod outputs;
mod placeholders;
mod scope;
mod walk;

use std::ops::Range;

use coexist_model::{Confidence, Dialect, Manner, Mode, Surface, Why};
use sqlparser::ast::Statement;
use sqlparser::parser::Parser;

use placeholders::{Filling, filled, scan};

/// One use of a surface in a SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The table (or view: only a schema tells), or the type.
    pub(crate) surface: Surface,
    /// The column or enum value; None: the surface as such.
    pub(crate) element: Option<String>,
    /// What is done with it.
    pub(crate) mode: Mode,
    /// Whether the text names the element itself.
    pub(crate) manner: Manner,
    /// How sure it is.
    pub(crate) confidence: Confidence,
    /// What the confidence rests on.
    pub(crate) why: Why,
    /// The bytes of the text that name it.
    pub(crate) span: Range<usize>,
    /// What the statement gives of it, where it is a column of its result and nothing else.
    pub(crate) output: Option<Output>,
    /// The columns that are written from outside, each with the bytes of the placeholder that stands for the value.
    pub(crate) bound: Vec<(String, Range<usize>)>,
}

/// A column of the result of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    /// Its name there.
    pub(crate) name: String,
    /// Its place there, from 0; None where it cannot be told: `*` stands before it.
    pub(crate) place: Option<usize>,
}

/// Why a text has no uses to show: it is too long, too deep, or no dialect takes it.
pub(crate) type Unread = String;

/// A text longer than this is not a query that somebody wrote.
const LONGEST: usize = 512 * 1024;
/// The parser has its own limit of 50 for what it calls recursively; this one spares it the attempt.
const DEEPEST: usize = 200;
/// A chain of operators becomes a tree as deep as it is long.
const LONGEST_CHAIN: usize = 600;

/// Returns the uses in a text of one or more statements; what does not parse has none.
pub(crate) fn accesses_in(sql: &str, dialect: Dialect) -> Vec<Found> {
    read_accesses(sql, dialect).0
}

/// Returns the uses, and why some statement has none.
pub(crate) fn read_accesses(sql: &str, dialect: Dialect) -> (Vec<Found>, Option<Unread>) {
    if sql.len() > LONGEST {
        return (
            Vec::new(),
            Some("the text is too long for a query".to_owned()),
        );
    }
    let whole = scan(sql, dialect);
    let (mut found, mut unread) = (Vec::new(), None);
    for range in &whole.statements {
        match statement_accesses(&sql[range.clone()], dialect) {
            Ok(uses) => found.extend(uses.into_iter().map(|f| {
                Found {
                    span: shifted(&f.span, range.start),
                    bound: f
                        .bound
                        .into_iter()
                        .map(|(column, span)| (column, shifted(&span, range.start)))
                        .collect(),
                    ..f
                }
            })),
            Err(why) => unread = unread.or(Some(why)),
        }
    }
    (found, unread)
}

fn shifted(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// Returns the uses in one statement. What the dialect does not take is tried in one other.
fn statement_accesses(sql: &str, dialect: Dialect) -> Result<Vec<Found>, Unread> {
    let mut unread = String::new();
    for dialect in [dialect, other_dialect(sql, dialect)] {
        let scan = scan(sql, dialect);
        if scan.depth > DEEPEST || scan.chain > LONGEST_CHAIN {
            return Err("the statement is nested too deeply".to_owned());
        }
        let fillings = [Filling::Value, Filling::Name, Filling::Nothing];
        let tries = if scan.holes.is_empty() {
            1
        } else {
            fillings.len()
        };
        for filling in &fillings[..tries] {
            let text = filled(sql, &scan, *filling, dialect);
            match parse(&text, dialect) {
                Ok(statements) => return Ok(walk::uses(&text, &statements, dialect)),
                Err(why) if unread.is_empty() => unread = why,
                Err(_) => {}
            }
        }
    }
    Err(unread)
}

fn other_dialect(sql: &str, dialect: Dialect) -> Dialect {
    match dialect {
        Dialect::Postgres if sql.contains('`') => Dialect::MySql,
        Dialect::Postgres => Dialect::Sqlite,
        Dialect::MySql | Dialect::Sqlite => Dialect::Postgres,
    }
}

fn parse(sql: &str, dialect: Dialect) -> Result<Vec<Statement>, Unread> {
    use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
    let parsed = match dialect {
        Dialect::Postgres => Parser::parse_sql(&PostgreSqlDialect {}, sql),
        Dialect::MySql => Parser::parse_sql(&MySqlDialect {}, sql),
        Dialect::Sqlite => Parser::parse_sql(&SQLiteDialect {}, sql),
    };
    parsed.map_err(|e| e.to_string())
}

/// Returns whether a text is worth parsing as a query: its first word begins a statement, the word that such a statement needs
/// follows, and the two are written alike, as in SQL and unlike in a sentence ("Select a date from …").
pub(crate) fn looks_like_sql(text: &str) -> bool {
    let text = without_comments(text);
    let first: String = text
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .take(10)
        .collect();
    let needed: &[&str] = match first.to_ascii_lowercase().as_str() {
        "select" => &["from"],
        "insert" | "replace" => &["into"],
        "update" => &["set"],
        "delete" => &["from"],
        "merge" => &["using", "into"],
        "with" => &["select", "insert", "update", "delete"],
        "truncate" => &["table"],
        _ => return false,
    };
    let capitalised = |w: &str| {
        w.starts_with(|c: char| c.is_ascii_uppercase())
            && w[1..].bytes().any(|b| b.is_ascii_lowercase())
    };
    let style = capitalised(&first);
    let words = || text[first.len()..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let has =
        |wanted: &&str| words().any(|w| w.eq_ignore_ascii_case(wanted) && capitalised(w) == style);
    text.len() <= LONGEST
        && text[first.len()..].starts_with(|c: char| !is_name_part(c))
        && needed.iter().any(has)
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':')
}

fn without_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        let rest = if text.starts_with("--") {
            text.find('\n').map(|end| &text[end..])
        } else if text.starts_with("/*") {
            text.find("*/").map(|end| &text[end + 2..])
        } else {
            return text;
        };
        text = rest.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests;
