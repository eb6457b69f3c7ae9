//! What routines give to rows that are inserted: a trigger that fills a column does the work of a default.
//!
//! PostgreSQL keeps the body in a function, which the trigger names; MySQL writes it into the trigger:
//! <https://www.postgresql.org/docs/17/plpgsql-trigger.html>, <https://dev.mysql.com/doc/refman/8.4/en/create-trigger.html>.

use coexist_model::{Dialect, Filling, Surface, Trigger};

use crate::sql::cursor::{Cursor, literal_of};
use crate::sql::lex::{Kind, Lexer, Token};

/// Words before the target of an assignment that is written with `=`; after others it is a comparison.
const BEGINNINGS: &[&str] = &["begin", "then", "else", "loop", "set", "do"];

/// Returns what a routine gives to new rows. The cursor stands behind its name; `table` is that of a trigger.
pub(super) fn filling(cursor: &Cursor<'_>, table: Option<&Surface>) -> Filling {
    let mut columns = assigned(cursor);
    for &token in &cursor.tokens[cursor.at.min(cursor.tokens.len())..] {
        if matches!(token.kind, Kind::Text | Kind::Dollar) {
            columns.extend(in_body(cursor, token));
        }
    }
    columns.sort();
    columns.dedup();
    Filling {
        columns,
        trigger: table.and_then(|table| trigger(cursor, table)),
    }
}

/// `BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()`.
fn trigger(cursor: &Cursor<'_>, table: &Surface) -> Option<Trigger> {
    let mut rest = cursor.rest();
    if !rest.eat("BEFORE") {
        return None;
    }
    let events = rest.until(&["ON"]);
    let inserts = (0..events.tokens.len()).any(|at| events.is_any(at, &["INSERT"]));
    rest.until(&["EXECUTE"]);
    let runs = rest.eat("EXECUTE") && rest.eat_any(&["FUNCTION", "PROCEDURE"]);
    let function = if runs { rest.name() } else { None };
    inserts.then(|| Trigger {
        table: table.clone(),
        function,
    })
}

fn in_body(cursor: &Cursor<'_>, token: Token) -> Vec<String> {
    let dialect: Dialect = cursor.dialect;
    let body = literal_of(cursor.text_of(token), token.kind, dialect).unwrap_or_default();
    let mut lexer = Lexer::new(&body, 0, body.len(), dialect);
    let tokens: Vec<Token> = std::iter::from_fn(|| lexer.token())
        .filter(|t| t.kind != Kind::Comment)
        .collect();
    assigned(&Cursor::new(&body, &tokens, dialect))
}

/// Returns the columns of the new row that are assigned: `NEW.a := 1`, `NEW.a = 1`, `SELECT 1 INTO NEW.a`.
fn assigned(cursor: &Cursor<'_>) -> Vec<String> {
    let rest = cursor.rest();
    let mut found = Vec::new();
    for at in 0..rest.tokens.len() {
        if !rest.is_any(at, &["NEW"]) {
            continue;
        }
        let mut target = rest.part(at + 1..rest.tokens.len());
        if !target.eat_mark(b'.') {
            continue;
        }
        let Some(column) = target.ident() else {
            continue;
        };
        let before = at.checked_sub(1).and_then(|at| rest.ahead(at));
        let begins = before.is_none_or(|token| match token.kind {
            Kind::Mark(mark) => matches!(mark, b';' | b','),
            _ => BEGINNINGS.contains(&rest.text_of(token).to_lowercase().as_str()),
        });
        let into = before.is_some_and(|token| rest.text_of(token).eq_ignore_ascii_case("into"));
        if into || target.is_sign(":=") || (begins && target.is_sign("=")) {
            found.push(column);
        }
    }
    found
}
