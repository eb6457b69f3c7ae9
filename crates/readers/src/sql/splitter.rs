//! Cuts a SQL file into statements.
//!
//! A file of SQL is more than SQL: tools put markers into comments, clients have commands of their own, and bodies of routines
//! hold semicolons that end nothing. What each client does with them is in its manual:
//! <https://www.postgresql.org/docs/17/app-psql.html#APP-PSQL-META-COMMANDS>,
//! <https://dev.mysql.com/doc/refman/8.4/en/stored-programs-defining.html>.

use std::ops::Range;

use coexist_model::{Dialect, Direction};

use super::lex::{Kind, Lexer, Token};

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its bytes, without leading comments and without its delimiter.
    pub(crate) span: Range<usize>,
    /// Its tokens, without comments.
    pub(crate) tokens: Vec<Token>,
    /// The way that a marker before it named.
    pub(crate) direction: Option<Direction>,
    /// The deepest nesting of brackets and `CASE` in it.
    pub(crate) depth: usize,
    /// The longest chain of operators in it: a parser makes a tree that deep of it.
    pub(crate) chain: usize,
}

/// A file cut into statements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Split {
    /// The statements, in order.
    pub(super) statements: Vec<Statement>,
    /// What the client of the file would do and this reader does not, with its bytes.
    pub(super) problems: Vec<(Range<usize>, &'static str)>,
}

/// Returns the statements of a text.
pub(crate) fn statements(text: &str, dialect: Dialect) -> Vec<Statement> {
    split(text, 0..text.len(), dialect).statements
}

/// Cuts a part of a text.
pub(super) fn split(text: &str, range: Range<usize>, dialect: Dialect) -> Split {
    let mut splitter = Splitter {
        lexer: Lexer::new(text, range.start, range.end, dialect),
        dialect,
        delimiter: ";".to_owned(),
        direction: None,
        whole: false,
        current: Draft::default(),
        split: Split::default(),
    };
    while splitter.step() {}
    splitter.finish();
    if let Some(at) = splitter.lexer.open {
        splitter
            .split
            .problems
            .push((at..at + 1, "a quote or comment is never closed"));
    }
    splitter.split
}

struct Splitter<'a> {
    lexer: Lexer<'a>,
    dialect: Dialect,
    delimiter: String,
    direction: Option<Direction>,
    /// Whether a tool's marker holds the body of a routine together until its counterpart.
    whole: bool,
    current: Draft,
    split: Split,
}

/// The statement that is being read.
#[derive(Default)]
struct Draft {
    tokens: Vec<Token>,
    /// The operators met at each open bracket since its last comma; `base` is outside all brackets.
    levels: Vec<usize>,
    base: usize,
    /// The sum of these: they make one tree.
    open_links: usize,
    depth: usize,
    chain: usize,
    /// Whether it is of a kind that has a body of statements.
    routine: bool,
    /// The `BEGIN` and `CASE` that are open in the body.
    blocks: usize,
    cases: usize,
}

impl Splitter<'_> {
    /// Reads one token or line. Returns false at the end.
    fn step(&mut self) -> bool {
        self.lexer.skip_space();
        if self.delimiter != ";" && self.lexer.next_is(&self.delimiter) {
            self.finish();
            self.lexer.at += self.delimiter.len();
            return true;
        }
        if self.lexer.next_is("\\") && self.dialect == Dialect::Postgres {
            self.client_command();
            return true;
        }
        let Some(token) = self.lexer.token() else {
            return false;
        };
        match token.kind {
            Kind::Comment => self.comment(token),
            Kind::Mark(b';') if self.ends_here() => {
                self.finish();
            }
            Kind::Word if self.current.tokens.is_empty() && self.is(token, "DELIMITER") => {
                self.new_delimiter();
            }
            _ => self.push(token),
        }
        true
    }

    fn text(&self, token: Token) -> &str {
        &self.lexer.text[token.start..token.end]
    }

    fn is(&self, token: Token, word: &str) -> bool {
        token.kind == Kind::Word && self.text(token).eq_ignore_ascii_case(word)
    }

    fn ends_here(&self) -> bool {
        let held = self.whole && self.current.routine && self.dialect != Dialect::Postgres;
        self.delimiter == ";" && !held && self.current.blocks == 0
    }

    fn new_delimiter(&mut self) {
        let from = self.lexer.at;
        let end = self.lexer.skip_line();
        let word = self.lexer.text[from..end].trim();
        if !word.is_empty() && word.len() <= 16 {
            self.delimiter = word.to_owned();
        }
    }

    /// A backslash command of psql ends the statement before it and goes to the end of its line.
    fn client_command(&mut self) {
        let at = self.lexer.at;
        self.finish();
        let end = self.lexer.skip_line();
        let line = &self.lexer.text[at..end];
        let word = line.split_whitespace().next().unwrap_or_default();
        let what = match word {
            r"\i" | r"\ir" | r"\include" | r"\include_relative" => {
                "an included file is not followed"
            }
            r"\gexec" => "statements that a query makes are not known",
            _ => return,
        };
        self.split.problems.push((at..end, what));
    }

    fn comment(&mut self, token: Token) {
        let text = self.text(token);
        let Some(mark) = marker(text) else { return };
        match mark {
            Marker::Way(direction) => {
                self.whole = false;
                self.finish();
                self.direction = Some(direction);
            }
            Marker::Hold => {
                self.finish();
                self.whole = true;
            }
            Marker::Release => {
                self.whole = false;
                self.finish();
            }
            Marker::Cut => self.finish(),
        }
    }

    fn push(&mut self, token: Token) {
        match token.kind {
            Kind::Word => self.word(token),
            Kind::Mark(b'(' | b'[') => self.current.open(),
            Kind::Mark(b')' | b']') => self.current.close(),
            Kind::Mark(b',') => self.current.comma(),
            Kind::Operator => self.current.link(),
            _ => {}
        }
        self.current.tokens.push(token);
    }

    fn word(&mut self, token: Token) {
        let text = &self.lexer.text[token.start..token.end];
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if self.starts_routine(token) {
            self.current.routine = true;
        }
        let links = ["AND", "OR", "NOT", "UNION", "EXCEPT", "INTERSECT", "JOIN"];
        if links.iter().any(|l| is(l)) {
            self.current.link();
        }
        let last = self.current.tokens.last();
        let ended = last.is_some_and(|&t| self.is(t, "END"));
        if is("CASE") && !ended {
            self.current.case(1);
        } else if is("BEGIN") && self.current.routine {
            self.current.blocks += 1;
        } else if is("END") {
            self.end_of_block();
        }
    }

    /// Returns whether the word makes a statement one that may have a body of statements.
    fn starts_routine(&self, token: Token) -> bool {
        let tokens = &self.current.tokens;
        let kinds = ["TRIGGER", "FUNCTION", "PROCEDURE", "EVENT"];
        if tokens.len() > 12 || !kinds.iter().any(|k| self.is(token, k)) {
            return false;
        }
        let others = [
            "TABLE", "INDEX", "VIEW", "TYPE", "POLICY", "SEQUENCE", "SCHEMA", "USER",
        ];
        let other = tokens.iter().any(|&t| others.iter().any(|o| self.is(t, o)));
        tokens.first().is_some_and(|&t| self.is(t, "CREATE")) && !other
    }

    /// `END IF`, `END LOOP` and their like close what is not counted here.
    fn end_of_block(&mut self) {
        let mut ahead = self.lexer.clone();
        let next = ahead.token();
        let uncounted = ["IF", "LOOP", "WHILE", "REPEAT", "FOR"];
        if next.is_some_and(|t| uncounted.iter().any(|w| self.is(t, w))) {
            return;
        }
        if self.current.cases > 0 {
            self.current.cases -= 1;
        } else {
            self.current.blocks = self.current.blocks.saturating_sub(1);
        }
    }

    fn finish(&mut self) {
        let mut draft = std::mem::take(&mut self.current);
        while draft
            .tokens
            .last()
            .is_some_and(|t| t.kind == Kind::Mark(b';'))
        {
            draft.tokens.pop();
        }
        let (Some(first), Some(last)) = (draft.tokens.first(), draft.tokens.last()) else {
            return;
        };
        let span = first.start..last.end;
        let copies = self.copies_data(&draft.tokens);
        self.split.statements.push(Statement {
            span,
            tokens: draft.tokens,
            direction: self.direction,
            depth: draft.depth,
            chain: draft.chain,
        });
        if copies && self.dialect == Dialect::Postgres {
            self.skip_data();
        }
    }

    fn copies_data(&self, tokens: &[Token]) -> bool {
        self.is(tokens[0], "COPY")
            && tokens
                .windows(2)
                .any(|w| self.is(w[0], "FROM") && self.is(w[1], "STDIN"))
    }

    /// The rows of `COPY … FROM stdin` go to a line that is `\.`.
    fn skip_data(&mut self) {
        self.lexer.skip_line();
        while self.lexer.at < self.lexer.end() {
            let from = self.lexer.at;
            let end = self.lexer.skip_line();
            if self.lexer.text[from..end].trim_end() == r"\." {
                break;
            }
        }
    }
}

impl Draft {
    fn open(&mut self) {
        self.levels.push(0);
        self.deepest();
    }

    fn close(&mut self) {
        let closed = self.levels.pop().unwrap_or_default();
        self.open_links -= closed;
    }

    fn case(&mut self, by: usize) {
        self.cases += by;
        self.deepest();
    }

    fn deepest(&mut self) {
        self.depth = self.depth.max(self.levels.len() + self.cases);
    }

    fn level(&mut self) -> &mut usize {
        self.levels.last_mut().unwrap_or(&mut self.base)
    }

    fn comma(&mut self) {
        let links = std::mem::take(self.level());
        self.open_links -= links;
    }

    fn link(&mut self) {
        *self.level() += 1;
        self.open_links += 1;
        self.chain = self.chain.max(self.open_links);
    }
}

/// What a tool's comment asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// What follows goes that way.
    Way(Direction),
    /// What follows is one statement.
    Hold,
    /// The one statement ends.
    Release,
    /// A statement ends.
    Cut,
}

/// Returns what a comment asks for, if it is a tool's marker.
///
/// goose, dbmate, sql-migrate, node-pg-migrate, rambler, tern and Drizzle have markers.
pub(super) fn marker(comment: &str) -> Option<Marker> {
    let body = comment.strip_prefix("--")?;
    if body.trim() == "> statement-breakpoint" {
        return Some(Marker::Cut);
    }
    // tern: https://github.com/jackc/tern#migrations
    if comment.starts_with("---- create above / drop below ----") {
        return Some(Marker::Way(Direction::Down));
    }
    let line = body.trim().to_ascii_lowercase();
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let second = words.next().unwrap_or_default();
    match (first, second) {
        ("+goose" | "+migrate" | "rambler", "up") => Some(Marker::Way(Direction::Up)),
        ("+goose" | "+migrate" | "rambler", "down") => Some(Marker::Way(Direction::Down)),
        ("+goose" | "+migrate", "statementbegin") => Some(Marker::Hold),
        ("+goose" | "+migrate", "statementend") => Some(Marker::Release),
        ("migrate:up", _) => Some(Marker::Way(Direction::Up)),
        ("migrate:down", _) => Some(Marker::Way(Direction::Down)),
        ("up", "migration") => Some(Marker::Way(Direction::Up)),
        ("down", "migration") => Some(Marker::Way(Direction::Down)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
