//! Statements that change rows.

use std::ops::Range;

use coexist_model::{Effect, Rows, Surface};

use super::Lowering;
use crate::sql::cursor::{Cursor, literal_of};
use crate::sql::lex::Kind;

/// Places of one statement at which a change of rows is looked for.
const MOST_CHANGES: usize = 2000;

/// A change of rows that a statement makes.
struct Touched {
    table: String,
    rows: Rows,
    columns: Vec<String>,
    values: Vec<(String, String)>,
    /// The columns whose new values are made of their old ones.
    derived: Vec<String>,
}

impl Lowering<'_> {
    /// Lowers a statement that may change rows, wherever in it the change stands: `WITH moved AS (DELETE …) INSERT …`.
    pub(super) fn rows(&mut self, cursor: &mut Cursor<'_>) {
        let whole = *cursor;
        if self.new_table_of_query(&whole) {
            return;
        }
        let mut touched = truncated(cursor);
        let mut ahead = *cursor;
        let mut previous = "";
        let mut attempts = 0usize;
        while !ahead.done() {
            let word = ahead.word(0);
            let start = attempts < MOST_CHANGES && (ahead.at == 0 || matches!(previous, "(" | ")"));
            attempts += usize::from(start);
            if let Some(found) = start.then(|| self.touched(&mut ahead)).flatten() {
                touched.push(found);
                previous = "";
                continue;
            }
            previous = ahead.token().map(|t| ahead.text_of(t)).unwrap_or_default();
            ahead.advance(1);
            // `MERGE INTO t … WHEN MATCHED THEN UPDATE SET` is read as a whole by `touched`.
            if word.eq_ignore_ascii_case("then") {
                previous = "";
            }
        }
        if touched.is_empty() {
            let known = cursor.is_any(0, &["SELECT", "WITH", "VALUES", "TABLE", "COPY"])
                || cursor.is_mark(b'(');
            if known {
                return self.nothing(&whole, false);
            }
            return self.opaque(&whole, "statement not understood");
        }
        for found in touched {
            self.backfill(found, whole.span());
        }
    }

    fn backfill(&mut self, found: Touched, span: Range<usize>) {
        let surface = self.relation(found.table);
        let effect = Effect::Backfill {
            rows: found.rows,
            columns: found.columns,
            values: found.values,
        };
        let effect = match self.temporary.contains(&surface.name) {
            true => Effect::Nothing,
            false => effect,
        };
        self.emit(surface, effect, span, false);
    }

    /// PostgreSQL: `SELECT … INTO t FROM …` creates a table.
    fn new_table_of_query(&mut self, cursor: &Cursor<'_>) -> bool {
        let mut ahead = *cursor;
        if !ahead.eat("SELECT") || self.blocks > 0 {
            return false;
        }
        ahead.until(&["INTO", "FROM"]);
        if !ahead.eat("INTO") {
            return false;
        }
        let temporary = ahead.eat_any(&["TEMP", "TEMPORARY"]);
        let _ = ahead.eat("UNLOGGED");
        let _ = ahead.eat("TABLE");
        let hole = ahead.token().is_some_and(|t| t.kind == Kind::Hole);
        let Some(table) = ahead.name().filter(|_| !hole) else {
            return false;
        };
        if temporary {
            self.temporary.insert(table);
            self.nothing(cursor, false);
            return true;
        }
        self.problem(
            cursor.span(),
            &format!("the columns of {table} cannot be told"),
        );
        let elements = Vec::new();
        self.emit(
            Surface::table(table),
            Effect::CreateTable { elements },
            cursor.span(),
            false,
        );
        true
    }

    fn touched(&self, cursor: &mut Cursor<'_>) -> Option<Touched> {
        let at = cursor.at;
        let found = if cursor.eat_any(&["INSERT", "REPLACE"]) {
            insert(cursor)
        } else if cursor.eat("UPDATE") {
            update(cursor)
        } else if cursor.eat("DELETE") {
            delete(cursor)
        } else if cursor.eat("MERGE") {
            merge(cursor)
        } else if cursor.eat("COPY") {
            copy(cursor)
        } else if cursor.eat("LOAD") {
            load(cursor)
        } else {
            None
        };
        if found.is_none() {
            cursor.at = at;
        }
        found
    }
}

/// `TRUNCATE a, b`.
fn truncated(cursor: &Cursor<'_>) -> Vec<Touched> {
    let mut ahead = *cursor;
    if !ahead.eat("TRUNCATE") {
        return Vec::new();
    }
    ahead.eat("TABLE");
    let named = |item: Cursor<'_>| {
        let mut item = item.rest();
        item.eat("ONLY");
        Some(of(item.name()?, Rows::Deleted))
    };
    ahead.commas().into_iter().filter_map(named).collect()
}

fn of(table: String, rows: Rows) -> Touched {
    Touched {
        table,
        rows,
        columns: Vec::new(),
        values: Vec::new(),
        derived: Vec::new(),
    }
}

fn insert(cursor: &mut Cursor<'_>) -> Option<Touched> {
    while cursor.eat_any(&["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE"]) {}
    // SQLite: INSERT OR REPLACE.
    if cursor.eat("OR") {
        cursor.advance(1);
    }
    cursor.eat("INTO");
    let mut found = of(cursor.name()?, Rows::Inserted);
    if cursor.eat("AS") {
        cursor.ident();
    }
    if cursor.is_mark(b'(') && !cursor.is_any(1, &["SELECT", "WITH", "VALUES"]) {
        found.columns = cursor.name_list();
    }
    if cursor.eat("OVERRIDING") {
        cursor.advance(2);
    }
    if cursor.eat("SET") {
        assignments(cursor, &mut found);
    } else if cursor.eat_any(&["VALUES", "VALUE"]) {
        while let Some(row) = cursor.group() {
            literals(&found.columns, &row, &mut found.values);
            if !cursor.eat_mark(b',') {
                break;
            }
        }
    } else if cursor.is("SELECT") {
        let mut ahead = cursor.rest();
        ahead.at = 1;
        let shown = ahead.until(&["FROM"]);
        literals(&found.columns, &shown, &mut found.values);
    }
    Some(found)
}

/// Pairs the columns with the literals of a row.
fn literals(columns: &[String], row: &Cursor<'_>, values: &mut Vec<(String, String)>) {
    if values.len() >= 10_000 {
        return;
    }
    for (column, value) in columns.iter().zip(row.commas()) {
        values.extend(literal(&value).map(|v| (column.clone(), v)));
    }
}

/// Returns the text of an expression that is one literal, perhaps with a cast.
fn literal(value: &Cursor<'_>) -> Option<String> {
    let token = value.token()?;
    let mut rest = value.rest();
    rest.at = 1;
    let cast = rest.done() || rest.is_sign("::") || rest.is("AS");
    let text = value.text_of(token);
    if cast && rest.done() && text.eq_ignore_ascii_case("null") {
        return Some("NULL".to_owned());
    }
    literal_of(text, token.kind, value.dialect).filter(|_| cast)
}

fn update(cursor: &mut Cursor<'_>) -> Option<Touched> {
    while cursor.eat_any(&["LOW_PRIORITY", "IGNORE", "ONLY"]) {}
    if cursor.eat("OR") {
        cursor.advance(1);
    }
    let mut ahead = *cursor;
    let tables = ahead.until(&["SET"]);
    if !ahead.eat("SET") {
        return None;
    }
    let aliases = aliases(&tables);
    let (_, first) = aliases.first()?.clone();
    let mut found = of(first, Rows::Updated);
    let qualifier = assignments(&mut ahead, &mut found);
    // MySQL: UPDATE a JOIN b … SET b.x = 1.
    let named = aliases.into_iter().find(|(alias, _)| *alias == qualifier);
    if let Some((_, table)) = named {
        found.table = table;
    }
    match found.columns.as_slice() {
        [column] if only_where_null(&ahead, column) => found.rows = Rows::Filled,
        columns => {
            let asks = |column: &String| mentions(&behind_where(&ahead), column, &found.table);
            let derives = |column: &&String| found.derived.contains(column) && !asks(column);
            if columns.iter().any(|c| derives(&c)) {
                found.rows = Rows::Derived;
            }
        }
    }
    *cursor = ahead;
    Some(found)
}

/// Returns what stands behind `WHERE`.
fn behind_where<'a>(clauses: &Cursor<'a>) -> Cursor<'a> {
    let mut ahead = clauses.rest();
    ahead.until(&["WHERE"]);
    ahead.rest()
}

/// Functions that bring a value into a form of the same meaning, or that keep it where there is one.
const TIDIES: &[&str] = &[
    "btrim", "coalesce", "ifnull", "lower", "ltrim", "nullif", "rtrim", "trim", "upper",
];

/// Returns whether an expression makes something else of what a column holds.
fn derives(value: &Cursor<'_>, column: &str, table: &str) -> bool {
    let first = value.word(0);
    let mut rest = value.rest();
    rest.at = 1;
    let tidies = TIDIES.iter().any(|t| first.eq_ignore_ascii_case(t)) && rest.is_mark(b'(');
    !tidies && value.tokens.len() > 1 && mentions(value, column, table)
}

/// Returns whether an expression names a column of a table: bare, or behind the name of the table.
fn mentions(expression: &Cursor<'_>, column: &str, table: &str) -> bool {
    let words: Vec<&str> = expression
        .tokens
        .iter()
        .map(|&token| expression.text_of(token))
        .collect();
    let named = |word: &str, name: &str| word.trim_matches(['"', '`']).eq_ignore_ascii_case(name);
    let table = table.rsplit('.').next().unwrap_or(table);
    words.iter().enumerate().any(|(at, word)| {
        let qualified = at > 0 && words[at - 1] == ".";
        let by_table = at > 1 && named(words[at - 2], table);
        named(word, column) && (!qualified || by_table)
    })
}

/// Returns whether the clauses behind `SET` limit an update to rows in which the column is NULL, whatever they demand besides.
fn only_where_null(clauses: &Cursor<'_>, column: &str) -> bool {
    let mut ahead = clauses.rest();
    ahead.until(&["WHERE"]);
    if !ahead.eat("WHERE") {
        return false;
    }
    let mut limited = false;
    loop {
        let mut condition = ahead.until(&["AND", "OR", "RETURNING", "ORDER", "LIMIT"]);
        let name = condition.name();
        let named = name.is_some_and(|n| n.rsplit('.').next() == Some(column));
        limited |= named && condition.eat("IS NULL") && condition.done();
        if !ahead.eat("AND") {
            return limited && !ahead.is("OR");
        }
    }
}

/// Returns the tables before `SET`, each with the name by which the statement calls it.
fn aliases(tables: &Cursor<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut cursor = *tables;
    while !cursor.done() {
        let Some(table) = cursor.name() else { break };
        cursor.eat_sign("*");
        cursor.eat("AS");
        let joins = [
            "JOIN",
            "INNER",
            "LEFT",
            "RIGHT",
            "CROSS",
            "ON",
            "USING",
            "NATURAL",
            "STRAIGHT_JOIN",
        ];
        let alias = match cursor.at_name() && !cursor.is_any(0, &joins) {
            true => cursor.ident(),
            false => None,
        };
        found.push((alias.unwrap_or_else(|| table.clone()), table));
        while !cursor.done() && !cursor.is_mark(b',') && !cursor.is("JOIN") {
            cursor.skip();
        }
        cursor.advance(1);
    }
    found
}

/// Reads `a = 1, (b, c) = …` up to the next clause. Returns the qualifier of the first column.
fn assignments(cursor: &mut Cursor<'_>, found: &mut Touched) -> String {
    let mut qualifier = String::new();
    loop {
        if cursor.is_mark(b'(') {
            found.columns.extend(cursor.name_list());
            cursor.eat_sign("=");
            cursor.eat("ROW");
        } else {
            let Some(name) = cursor.name() else { break };
            let (before, column) = name.rsplit_once('.').unwrap_or(("", &name));
            if found.columns.is_empty() {
                before.clone_into(&mut qualifier);
            }
            // An element of an array or a field of a composite.
            while cursor.is_mark(b'[') {
                cursor.skip();
            }
            if !cursor.eat_sign("=") && !cursor.eat_sign(":=") {
                break;
            }
            let start = cursor.at;
            let column = column.to_owned();
            let mut ahead = *cursor;
            value_end(&mut ahead);
            let value = ahead.part(start..ahead.at);
            if derives(&value, &column, &found.table) {
                found.derived.push(column.clone());
            }
            found
                .values
                .extend(literal(&value).map(|v| (column.clone(), v)));
            if !found.columns.contains(&column) {
                found.columns.push(column);
            }
        }
        value_end(cursor);
        if !cursor.eat_mark(b',') {
            break;
        }
    }
    qualifier
}

/// Goes to the comma or clause that ends a value.
fn value_end(cursor: &mut Cursor<'_>) {
    let mut cases = 0usize;
    while !cursor.done() {
        let clause = ["FROM", "WHERE", "RETURNING", "ORDER", "LIMIT", "WHEN", "ON"];
        if cursor.is("CASE") {
            cases += 1;
        } else if cursor.is("END") {
            cases = cases.saturating_sub(1);
        }
        let mark = cursor.is_mark(b',') || cursor.is_mark(b')');
        if cases == 0 && (mark || cursor.is_any(0, &clause) && !after_distinct(cursor)) {
            break;
        }
        cursor.skip();
    }
}

fn after_distinct(cursor: &Cursor<'_>) -> bool {
    let before = cursor
        .at
        .checked_sub(1)
        .map(|at| cursor.text_of(cursor.tokens[at]));
    before.is_some_and(|b| b.eq_ignore_ascii_case("distinct"))
}

fn delete(cursor: &mut Cursor<'_>) -> Option<Touched> {
    while cursor.eat_any(&["LOW_PRIORITY", "QUICK", "IGNORE"]) {}
    // MySQL: DELETE a FROM a JOIN b.
    let multi = if cursor.is("FROM") {
        None
    } else {
        cursor.name()
    };
    if let Some(alias) = multi {
        if cursor.is_mark(b'.') {
            cursor.advance(1);
        }
        while !cursor.done() && !cursor.eat("FROM") {
            cursor.skip();
        }
        let known = aliases(&cursor.rest());
        let table = known.into_iter().find(|(a, _)| *a == alias);
        return Some(of(table.map_or(alias, |(_, t)| t), Rows::Deleted));
    }
    cursor.eat("FROM");
    cursor.eat("ONLY");
    Some(of(cursor.name()?, Rows::Deleted))
}

/// The columns of all its branches together; a branch that only inserts makes it an insertion.
fn merge(cursor: &mut Cursor<'_>) -> Option<Touched> {
    cursor.eat("INTO");
    cursor.eat("ONLY");
    let mut found = of(cursor.name()?, Rows::Inserted);
    while !cursor.done() {
        if cursor.eat("THEN UPDATE SET") {
            found.rows = Rows::Updated;
            assignments(cursor, &mut found);
        } else if cursor.eat("THEN DELETE") {
            found.rows = Rows::Deleted;
        } else if cursor.eat("THEN INSERT") {
            for column in cursor.name_list() {
                if !found.columns.contains(&column) {
                    found.columns.push(column);
                }
            }
        } else {
            cursor.skip();
        }
    }
    Some(found)
}

fn copy(cursor: &mut Cursor<'_>) -> Option<Touched> {
    let mut found = of(cursor.name()?, Rows::Inserted);
    found.columns = cursor.name_list();
    cursor.is("FROM").then_some(found)
}

fn load(cursor: &mut Cursor<'_>) -> Option<Touched> {
    cursor.until(&["INTO"]);
    if !cursor.eat("INTO TABLE") {
        return None;
    }
    Some(of(cursor.name()?, Rows::Inserted))
}
