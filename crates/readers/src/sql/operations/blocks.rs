//! `DO` blocks: the statements inside them count, and may be passed by.

use std::ops::Range;

use super::{DEEPEST, DEEPEST_BLOCK, Lowering};
use crate::sql::cursor::{Cursor, literal_of};
use crate::sql::lex::{Kind, Token};
use crate::sql::splitter::{Statement, split};

impl Lowering<'_> {
    pub(super) fn block(&mut self, cursor: &mut Cursor<'_>) {
        let whole = *cursor;
        let body = whole
            .tokens
            .iter()
            .find(|t| matches!(t.kind, Kind::Dollar | Kind::Text));
        let Some(&body) = body else {
            return self.opaque(&whole, "statement not understood");
        };
        if self.blocks >= DEEPEST_BLOCK {
            return self.opaque(&whole, "nested too deep to be read");
        }
        let before = self.lowered.operations.len();
        self.inside(|low| low.body(body));
        if self.lowered.operations.len() == before {
            self.nothing(&whole, false);
        }
    }

    /// Runs with everything marked as conditional.
    fn inside(&mut self, read: impl FnOnce(&mut Self)) {
        let conditional = std::mem::replace(&mut self.conditional, true);
        self.blocks += 1;
        read(self);
        self.blocks -= 1;
        self.conditional = conditional;
    }

    fn body(&mut self, body: Token) {
        let text = &self.text[body.start..body.end];
        match inner(text, body) {
            Some(range) => self.part(range),
            None => {
                let unescaped = literal_of(text, body.kind, self.dialect);
                self.inner_text(&unescaped.unwrap_or_default(), body.start..body.end);
            }
        }
    }

    /// Reads statements that stand in the text of another, at that place.
    pub(super) fn inner_text(&mut self, text: &str, span: Range<usize>) {
        if self.blocks >= DEEPEST_BLOCK {
            return;
        }
        let place = self.place(span);
        let mut inner = Lowering {
            places: &|_| place.clone(),
            text,
            dialect: self.dialect,
            direction: self.direction,
            conditional: self.conditional,
            blocks: self.blocks + 1,
            names: std::mem::take(&mut self.names),
            temporary: std::mem::take(&mut self.temporary),
            kinds: std::mem::take(&mut self.kinds),
            lowered: std::mem::take(&mut self.lowered),
        };
        inner.part(0..text.len());
        self.names = inner.names;
        self.temporary = inner.temporary;
        self.kinds = inner.kinds;
        self.lowered = inner.lowered;
    }

    fn part(&mut self, range: Range<usize>) {
        let text = self.text;
        let cut = split(text, range, self.dialect);
        // Between `DECLARE` and `BEGIN` stand declarations.
        let mut declares = false;
        for statement in &cut.statements {
            let cursor = Cursor::new(text, &statement.tokens, self.dialect);
            declares = (declares || cursor.is("DECLARE")) && !holds_begin(cursor);
            if declares {
                continue;
            }
            let bare = without_control(text, statement, self.dialect);
            if let Some(bare) = bare {
                self.inner_statement(&bare);
            }
        }
    }

    fn inner_statement(&mut self, statement: &Statement) {
        let cursor = Cursor::new(self.text, &statement.tokens, self.dialect);
        if statement.depth > DEEPEST {
            return self.opaque(&cursor, "nested too deep to be read");
        }
        if cursor.is("EXECUTE") {
            return self.execute(cursor);
        }
        let quiet = [
            "RAISE", "RETURN", "NULL", "PERFORM", "ASSERT", "OPEN", "EXIT", "CONTINUE", "GET",
            "SELECT", "DECLARE", "END", "CASE",
        ];
        if cursor.is_any(0, &quiet) || assigns(&cursor) {
            return;
        }
        self.statement(statement);
    }

    /// `EXECUTE 'text'` does what the text says; anything else is made at run time.
    fn execute(&mut self, mut cursor: Cursor<'_>) {
        let whole = cursor;
        cursor.eat("EXECUTE");
        let text = cursor.token();
        let Some(token) = text.filter(|t| matches!(t.kind, Kind::Text | Kind::Dollar)) else {
            return self.opaque(&whole, "a statement is made at run time");
        };
        cursor.advance(1);
        if !cursor.done() && !cursor.is_any(0, &["USING", "INTO"]) {
            return self.opaque(&whole, "a statement is made at run time");
        }
        if self.blocks >= DEEPEST_BLOCK {
            return self.opaque(&whole, "nested too deep to be read");
        }
        self.inside(|low| low.body(token));
    }
}

fn holds_begin(mut cursor: Cursor<'_>) -> bool {
    cursor.until(&["BEGIN"]);
    !cursor.done()
}

/// Returns the bytes between the quotes, where they need no unescaping.
fn inner(text: &str, token: Token) -> Option<Range<usize>> {
    let quote = match token.kind {
        Kind::Dollar => text[1..].find('$')? + 2,
        _ if text.starts_with('\'') => 1,
        _ => return None,
    };
    if text.len() < 2 * quote {
        return None;
    }
    let inner = &text[quote..text.len() - quote];
    if token.kind == Kind::Text && inner.contains(['\'', '\\']) {
        return None;
    }
    Some(token.start + quote..token.end - quote)
}

/// `x := 1`, `x = 1`, `NEW.x := 1`.
fn assigns(cursor: &Cursor<'_>) -> bool {
    let mut ahead = *cursor;
    ahead.name().is_some() && (ahead.is_sign(":=") || ahead.is_sign("="))
}

/// Returns a statement of a block without the control words before it; None where nothing is left of it.
fn without_control(
    text: &str,
    statement: &Statement,
    dialect: coexist_model::Dialect,
) -> Option<Statement> {
    let mut cursor = Cursor::new(text, &statement.tokens, dialect);
    loop {
        let start = cursor.at;
        if cursor.is("DECLARE") {
            // The first declaration is glued to the word, and the block may start in a later statement.
            cursor.until(&["BEGIN"]);
        } else if cursor.eat_any(&["BEGIN", "ELSE", "LOOP"]) {
        } else if cursor.is_any(0, &["IF", "ELSIF", "ELSEIF", "WHEN"])
            || cursor.is("EXCEPTION WHEN")
        {
            past(&mut cursor, "THEN");
        } else if cursor.is_any(0, &["FOR", "FOREACH", "WHILE"]) {
            past(&mut cursor, "LOOP");
        } else if cursor.is("END") {
            cursor.at = cursor.tokens.len();
        } else if cursor.is_sign("<") {
            // A label: <<name>>.
            cursor.advance(5);
        }
        if cursor.at == start || cursor.done() {
            break;
        }
    }
    let left = cursor.rest();
    if left.done() {
        return None;
    }
    Some(Statement {
        span: left.span(),
        tokens: left.tokens.to_vec(),
        ..statement.clone()
    })
}

/// Goes past the word, outside brackets and `CASE`.
fn past(cursor: &mut Cursor<'_>, word: &str) {
    let mut cases = 0usize;
    while !cursor.done() {
        if cursor.is("CASE") {
            cases += 1;
        } else if cursor.is("END") {
            cases = cases.saturating_sub(1);
        } else if cases == 0 && cursor.eat(word) {
            return;
        }
        cursor.skip();
    }
}
