//! What each statement does, in the words of the model.
//!
//! The grammar of `CREATE`, `ALTER` and `DROP` stands here over our own tokens, not in a parser of whole statements: one clause
//! that is not known must not cost the other clauses of its statement, and each action and column has its own place. Queries,
//! whose grammar is deep, go to sqlparser.

mod alter;
mod blocks;
mod columns;
mod names;
mod objects;
mod rebuild;
mod routines;
mod rows;
mod tables;
mod types;
mod views;

pub(crate) use names::{Names, Sort};
pub(crate) use types::type_of;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use coexist_model::{
    ConstraintKind, Detail, Dialect, Direction, Effect, File, Operation, Place, Problem, Surface,
    SurfaceKind,
};

use super::cursor::Cursor;
use super::lex::{Kind, Token};
use super::splitter::{Split, Statement, split};

/// Brackets and `CASE` nested deeper than this are not read.
pub(super) const DEEPEST: usize = 150;
/// Operators chained longer than this do not go to a parser that makes a tree of them.
pub(super) const LONGEST_CHAIN: usize = 400;
/// Blocks within blocks that are entered.
const DEEPEST_BLOCK: usize = 8;
/// Names that an opaque operation keeps.
const MOST_IDENTIFIERS: usize = 200;

/// What a text of SQL does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Lowered {
    /// The operations, in order.
    pub(crate) operations: Vec<Operation>,
    /// What was not understood.
    pub(crate) problems: Vec<Problem>,
}

/// Returns what a file of SQL does. Statements without a marker of their own go `direction`.
pub(crate) fn operations(file: &File, dialect: Dialect, direction: Direction) -> Lowered {
    embedded(&file.text, dialect, direction, &|span| file.place(span))
}

/// Returns what a text of SQL does that stands in another file; `place` tells where a range of the text stands there.
pub(crate) fn embedded(
    text: &str,
    dialect: Dialect,
    direction: Direction,
    place: &dyn Fn(Range<usize>) -> Place,
) -> Lowered {
    let split = split(text, 0..text.len(), dialect);
    let mut lowering = Lowering {
        places: place,
        text,
        dialect,
        direction,
        conditional: false,
        blocks: 0,
        names: names::Names::default(),
        temporary: BTreeSet::new(),
        kinds: BTreeMap::new(),
        lowered: Lowered::default(),
    };
    lowering.all(&split, direction);
    let mut lowered = lowering.lowered;
    lowered.operations = rebuild::as_alterations(lowered.operations);
    lowered.problems.sort();
    lowered.problems.dedup();
    lowered
}

/// Turns statements into operations.
struct Lowering<'a> {
    /// Where a range of the text stands.
    places: &'a dyn Fn(Range<usize>) -> Place,
    text: &'a str,
    dialect: Dialect,
    direction: Direction,
    /// Whether the statements stand in a block that may pass them by.
    conditional: bool,
    /// How deep in blocks.
    blocks: usize,
    names: names::Names,
    /// Temporary tables: no other session meets them.
    temporary: BTreeSet<String>,
    /// What kind of thing a name of this file is, where it is no table.
    kinds: BTreeMap<String, SurfaceKind>,
    lowered: Lowered,
}

impl Lowering<'_> {
    fn all(&mut self, split: &Split, direction: Direction) {
        for (range, what) in &split.problems {
            self.problem(range.clone(), what);
        }
        for statement in &split.statements {
            self.direction = statement.direction.unwrap_or(direction);
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        let text = self.text;
        let mut cursor = Cursor::new(text, &statement.tokens, self.dialect);
        if statement.depth > DEEPEST {
            self.opaque(&cursor, "nested too deep to be read");
            return;
        }
        self.dispatch(&mut cursor, statement);
    }

    fn dispatch(&mut self, cursor: &mut Cursor<'_>, statement: &Statement) {
        match cursor.word(0).to_ascii_uppercase().as_str() {
            "CREATE" => self.create(cursor, statement),
            "ALTER" => self.alter(cursor),
            "DROP" => self.drop(cursor),
            "RENAME" => self.rename_tables(cursor),
            "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE" | "WITH" | "COPY"
            | "LOAD" | "SELECT" | "VALUES" | "TABLE" => self.rows(cursor),
            "GRANT" | "REVOKE" => self.grant(cursor),
            "DO" => self.block(cursor),
            "REINDEX" | "CLUSTER" | "VACUUM" | "OPTIMIZE" | "LOCK" | "REFRESH" | "REPAIR" => {
                self.locks(cursor);
            }
            "PREPARE" | "EXECUTE" | "CALL" => self.dynamic(cursor),
            "DECLARE" | "IF" | "WHILE" | "FOR" | "LOOP" => {
                self.opaque(cursor, "control flow outside a block");
            }
            word if QUIET.contains(&word) => self.nothing(cursor, false),
            _ if cursor.is_mark(b'(') => self.rows(cursor),
            _ => self.opaque(cursor, "statement not understood"),
        }
    }

    fn locks(&mut self, cursor: &Cursor<'_>) {
        self.nothing(cursor, true);
    }

    /// A prepared statement of MySQL and a called procedure do what cannot be read here.
    fn dynamic(&mut self, cursor: &Cursor<'_>) {
        let mut ahead = *cursor;
        if ahead.eat("PREPARE") {
            ahead.ident();
            if ahead.eat("FROM") {
                if let Some(text) = ahead.literal() {
                    return self.inner_text(&text, cursor.span());
                }
                return self.opaque(cursor, "a statement is made at run time");
            }
            return self.nothing(cursor, false);
        }
        if ahead.eat("CALL") {
            return self.opaque(cursor, "what a procedure does is not followed");
        }
        self.nothing(cursor, false);
    }

    /// Returns the place of these bytes.
    fn place(&self, span: Range<usize>) -> Place {
        (self.places)(span)
    }

    fn problem(&mut self, span: Range<usize>, what: &str) {
        let text = self.text.get(span.clone()).unwrap_or_default();
        let mut lexer = super::lex::Lexer::new(text, 0, text.len(), self.dialect);
        let tokens: Vec<Token> = std::iter::from_fn(|| lexer.token())
            .take(10_000)
            .filter(|t| t.kind != Kind::Comment)
            .collect();
        let identifiers = identifiers(&Cursor::new(text, &tokens, self.dialect));
        let problem = Problem {
            place: self.place(span),
            what: what.to_owned(),
            identifiers,
        };
        self.lowered.problems.push(problem);
    }

    fn emit(&mut self, surface: Surface, effect: Effect, span: Range<usize>, conditional: bool) {
        let operation = Operation {
            surface,
            effect,
            direction: self.direction,
            conditional: conditional || self.conditional,
            locking: false,
            place: self.place(span),
        };
        self.lowered.operations.push(operation);
    }

    /// Adds an operation on a table, unless the table is temporary.
    fn on_table(&mut self, table: &str, effect: Effect, span: Range<usize>, conditional: bool) {
        if self.temporary.contains(table) {
            self.emit(Surface::table(table), Effect::Nothing, span, conditional);
            return;
        }
        let locking = locks_only(&effect);
        self.emit(Surface::table(table), effect, span, conditional);
        if let Some(last) = self.lowered.operations.last_mut() {
            last.locking = locking;
        }
    }

    /// Adds an operation that running code does not notice.
    fn nothing(&mut self, cursor: &Cursor<'_>, locking: bool) {
        self.nothing_on("", cursor, locking);
    }

    fn nothing_on(&mut self, table: &str, cursor: &Cursor<'_>, locking: bool) {
        let span = cursor.part(0..cursor.tokens.len()).span();
        self.emit(Surface::table(table), Effect::Nothing, span, false);
        if let Some(last) = self.lowered.operations.last_mut() {
            last.locking = locking;
        }
    }

    /// Adds an operation that is not understood, and says so.
    fn opaque(&mut self, cursor: &Cursor<'_>, reason: &str) {
        self.opaque_on(None, cursor, reason);
    }

    fn opaque_on(&mut self, table: Option<&str>, cursor: &Cursor<'_>, reason: &str) {
        let whole = cursor.part(0..cursor.tokens.len());
        let mut identifiers = identifiers(&whole);
        if let Some(table) = table.filter(|t| !identifiers.iter().any(|i| i == t)) {
            identifiers.push(table.to_owned());
            identifiers.sort();
        }
        let guess = table.map_or_else(|| table_like(&whole), str::to_owned);
        let problem = Problem {
            place: self.place(whole.span()),
            what: reason.to_owned(),
            identifiers: identifiers.clone(),
        };
        self.lowered.problems.push(problem);
        let effect = Effect::Opaque {
            reason: reason.to_owned(),
            identifiers,
        };
        self.emit(Surface::table(guess), effect, whole.span(), false);
    }
}

/// Returns whether what it does takes a lock and changes nothing else that running code could notice.
pub(crate) fn locks_only(effect: &Effect) -> bool {
    match effect {
        Effect::AddConstraint(element) => matches!(
            &element.detail,
            Detail::Constraint(c) if c.kind == ConstraintKind::Index
        ),
        Effect::ValidateConstraint { .. } => true,
        _ => false,
    }
}

/// First words of statements that running code does not notice.
const QUIET: &[&str] = &[
    "SET",
    "RESET",
    "SHOW",
    "BEGIN",
    "START",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ABORT",
    "SAVEPOINT",
    "RELEASE",
    "UNLOCK",
    "ANALYZE",
    "ANALYSE",
    "PRAGMA",
    "USE",
    "EXPLAIN",
    "DESCRIBE",
    "DESC",
    "NOTIFY",
    "LISTEN",
    "UNLISTEN",
    "DISCARD",
    "CHECKPOINT",
    "ATTACH",
    "DETACH",
    "FLUSH",
    "DEALLOCATE",
    "COMMENT",
    "SECURITY",
    "CHECK",
    "CHECKSUM",
    "PRINT",
    "GO",
    "FETCH",
    "CLOSE",
    "MOVE",
];

/// Words that are part of the grammar of statements, and so no names worth keeping.
const GRAMMAR: &[&str] = &[
    "add",
    "all",
    "alter",
    "and",
    "as",
    "begin",
    "by",
    "cascade",
    "check",
    "column",
    "concurrently",
    "constraint",
    "create",
    "default",
    "delete",
    "do",
    "drop",
    "else",
    "end",
    "exists",
    "for",
    "foreign",
    "from",
    "if",
    "in",
    "index",
    "insert",
    "into",
    "is",
    "key",
    "not",
    "null",
    "of",
    "on",
    "only",
    "or",
    "order",
    "primary",
    "references",
    "rename",
    "replace",
    "select",
    "set",
    "table",
    "then",
    "to",
    "type",
    "unique",
    "update",
    "using",
    "values",
    "view",
    "when",
    "where",
    "with",
];

/// Returns the names in a statement, normalised, sorted, each once.
pub(super) fn identifiers(cursor: &Cursor<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for &token in cursor.tokens {
        let text = cursor.text_of(token);
        let name = match token.kind {
            Kind::Word => text.to_lowercase(),
            Kind::Quoted => super::cursor::unquoted(text),
            _ => continue,
        };
        if !GRAMMAR.contains(&name.as_str()) && found.len() < MOST_IDENTIFIERS {
            found.insert(name);
        }
    }
    found.into_iter().collect()
}

/// Returns the first name that stands where a table does; empty where there is none.
fn table_like(cursor: &Cursor<'_>) -> String {
    let mut ahead = *cursor;
    while !ahead.done() {
        if ahead.eat_any(&[
            "TABLE", "FROM", "INTO", "UPDATE", "JOIN", "ON", "TYPE", "VIEW",
        ]) {
            let _ = ahead.eat("IF EXISTS") || ahead.eat("IF NOT EXISTS");
            let _ = ahead.eat("ONLY");
            let hole = ahead.token().is_some_and(|t| t.kind == Kind::Hole);
            if let Some(name) = ahead.name().filter(|_| !hole) {
                return name;
            }
        } else {
            ahead.advance(1);
        }
    }
    String::new()
}

#[cfg(test)]
mod tests;
