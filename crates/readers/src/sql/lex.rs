//! The tokens of SQL, with their bytes.
//!
//! Lexing is total: every text has tokens, and what is open at the end goes to the end.

use coexist_model::Dialect;

/// One token. Its text is `&text[token.start..token.end]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its first byte.
    pub(crate) start: usize,
    /// The byte after its last.
    pub(crate) end: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or an unquoted name.
    Word,
    /// A quoted name; in MySQL `"…"` is one too, though it stands for text where a value is due.
    Quoted,
    /// A text literal with its quotes and its `E`.
    Text,
    /// A dollar-quoted text with its tags.
    Dollar,
    /// A number.
    Number,
    /// A bracket, comma, semicolon or dot.
    Mark(u8),
    /// Any other sign, one token for each sign but for `::` and `:=`.
    Operator,
    /// A placeholder of a driver or template: `$1`, `:name`, `${x}`, `{{ x }}`, `%s`, `@x`.
    Hole,
    /// A comment. Statements do not keep it.
    Comment,
}

/// Cuts a text into tokens, from a byte on.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    bytes: &'a [u8],
    pub(super) at: usize,
    dialect: Dialect,
    /// The byte at which a quote or comment opened that never closes.
    pub(super) open: Option<usize>,
}

impl<'a> Lexer<'a> {
    /// Returns the lexer of the text up to `end`, standing at `at`.
    pub(super) fn new(text: &'a str, at: usize, end: usize, dialect: Dialect) -> Self {
        Self {
            text,
            bytes: &text.as_bytes()[..end],
            at,
            dialect,
            open: None,
        }
    }

    /// Returns the byte after the last one that is read.
    pub(super) fn end(&self) -> usize {
        self.bytes.len()
    }

    /// Goes past white space.
    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek(0) {
            if byte.is_ascii_whitespace() || byte == 0 {
                self.at += 1;
            } else if self.next_is("\u{a0}") || self.next_is("\u{feff}") {
                self.at += if byte == 0xc2 { 2 } else { 3 };
            } else {
                break;
            }
        }
    }

    /// Goes past the end of the line, and returns where its text ended.
    pub(super) fn skip_line(&mut self) -> usize {
        let end = self.line_end();
        self.at = (end + 1).min(self.bytes.len());
        end
    }

    /// Returns whether the text goes on with these characters.
    pub(super) fn next_is(&self, wanted: &str) -> bool {
        self.bytes[self.at..].starts_with(wanted.as_bytes())
    }

    /// Returns the next token, or None at the end.
    pub(super) fn token(&mut self) -> Option<Token> {
        self.skip_space();
        let start = self.at;
        let byte = self.peek(0)?;
        let kind = match byte {
            b'-' if self.next_is("--") => self.line_comment(),
            b'#' if self.dialect == Dialect::MySql => self.line_comment(),
            b'/' if self.next_is("/*") => self.block_comment(),
            b'\'' => self.quoted(b'\'', self.dialect == Dialect::MySql, Kind::Text),
            b'e' | b'E' if self.peek(1) == Some(b'\'') && self.dialect == Dialect::Postgres => {
                self.at += 1;
                self.quoted(b'\'', true, Kind::Text)
            }
            b'"' => self.quoted(b'"', self.dialect == Dialect::MySql, Kind::Quoted),
            b'`' if self.dialect != Dialect::Postgres => self.quoted(b'`', false, Kind::Quoted),
            b'[' if self.dialect == Dialect::Sqlite => self.bracketed(),
            b'$' => self.dollar(),
            b':' => self.colon(),
            b'@' => self.sigil(),
            b'%' => self.percent(),
            b'{' => self.braces(1),
            b'(' | b')' | b'[' | b']' | b',' | b';' | b'.' => self.sign(1, Kind::Mark(byte)),
            b'0'..=b'9' => self.number(),
            _ if is_word(byte) => self.word(),
            _ => self.sign(1, Kind::Operator),
        };
        let end = self.at;
        Some(Token { kind, start, end })
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn line_end(&self) -> usize {
        let rest = &self.bytes[self.at..];
        self.at + rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())
    }

    /// Returns the rest of the line, at most that many bytes: to look for the end of a long one at each token would take for ever.
    fn line_within(&self, limit: usize) -> &[u8] {
        let rest = &self.bytes[self.at..self.bytes.len().min(self.at + limit)];
        let end = rest.iter().position(|&b| b == b'\n');
        &rest[..end.unwrap_or(rest.len())]
    }

    fn sign(&mut self, length: usize, kind: Kind) -> Kind {
        self.at += length;
        kind
    }

    fn line_comment(&mut self) -> Kind {
        self.at = self.line_end();
        Kind::Comment
    }

    fn block_comment(&mut self) -> Kind {
        let start = self.at;
        let mut depth = 0usize;
        loop {
            if self.next_is("/*") && (depth == 0 || self.dialect == Dialect::Postgres) {
                depth += 1;
                self.at += 2;
            } else if self.next_is("*/") {
                depth -= 1;
                self.at += 2;
            } else if self.at < self.bytes.len() {
                self.at += 1;
            } else {
                self.open = Some(start);
                return Kind::Comment;
            }
            if depth == 0 {
                return Kind::Comment;
            }
        }
    }

    /// A doubled quote stands for itself; a backslash escapes only where the dialect says so.
    fn quoted(&mut self, quote: u8, backslash: bool, kind: Kind) -> Kind {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            let doubled = byte == quote && self.peek(1) == Some(quote);
            let pair = doubled || (byte == b'\\' && backslash && self.at + 1 < self.bytes.len());
            self.at += if pair { 2 } else { 1 };
            if byte == quote && !doubled {
                return kind;
            }
        }
        self.open = Some(start);
        kind
    }

    /// SQLite takes `[name]` for a quoted name.
    fn bracketed(&mut self) -> Kind {
        let rest = &self.bytes[self.at + 1..];
        let end = rest
            .iter()
            .take(200)
            .position(|b| matches!(b, b']' | b'\n'));
        match end {
            Some(length) if rest[length] == b']' => self.sign(length + 2, Kind::Quoted),
            _ => self.sign(1, Kind::Mark(b'[')),
        }
    }

    fn dollar(&mut self) -> Kind {
        if self.peek(1) == Some(b'{') {
            return self.braces(2);
        }
        let mut tag = self.at + 1;
        while self.bytes.get(tag).copied().is_some_and(is_word) {
            tag += 1;
        }
        // A tag cannot start with a digit: `$1$` is a parameter.
        let numbered = self.peek(1).is_some_and(|b| b.is_ascii_digit());
        // Other dialects have no dollar quotes, but files of unknown dialect have `$$`.
        let known = self.dialect == Dialect::Postgres || tag == self.at + 1;
        if self.bytes.get(tag) == Some(&b'$') && !numbered && known {
            let mark = &self.text[self.at..=tag];
            match self.text[tag + 1..self.bytes.len()].find(mark) {
                Some(length) => {
                    self.at = tag + 1 + length + mark.len();
                    return Kind::Dollar;
                }
                None if self.dialect == Dialect::Postgres => {
                    self.open = Some(self.at);
                    self.at = self.bytes.len();
                    return Kind::Dollar;
                }
                None => return self.sign(1, Kind::Operator),
            }
        }
        self.at = tag;
        Kind::Hole
    }

    fn colon(&mut self) -> Kind {
        match self.peek(1) {
            Some(b':' | b'=') => self.sign(2, Kind::Operator),
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.named_hole(1),
            // psql: :'name' and :"name".
            _ => self.sign(1, Kind::Operator),
        }
    }

    fn sigil(&mut self) -> Kind {
        let signs = if self.peek(1) == Some(b'@') { 2 } else { 1 };
        match self.peek(signs) {
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.named_hole(signs),
            _ => self.sign(1, Kind::Operator),
        }
    }

    fn named_hole(&mut self, sigil: usize) -> Kind {
        self.at += sigil;
        self.word();
        Kind::Hole
    }

    fn percent(&mut self) -> Kind {
        let single = self.peek(1) == Some(b's') && !self.peek(2).is_some_and(is_word);
        if single {
            return self.sign(2, Kind::Hole);
        }
        let rest = self.line_within(80);
        match rest.iter().position(|&b| b == b')') {
            Some(close) if rest.starts_with(b"%(") && rest.get(close + 1) == Some(&b's') => {
                self.sign(close + 2, Kind::Hole)
            }
            _ => self.sign(1, Kind::Operator),
        }
    }

    /// A template's braces, `opening` bytes in: up to the brace that closes them, on one line.
    fn braces(&mut self, opening: usize) -> Kind {
        let line = self.line_within(400);
        let mut depth = 0usize;
        for (ahead, &byte) in line.iter().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && ahead >= opening {
                return self.sign(ahead + 1, Kind::Hole);
            }
        }
        self.sign(1, Kind::Operator)
    }

    fn number(&mut self) -> Kind {
        while self
            .peek(0)
            .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
        {
            self.at += 1;
        }
        Kind::Number
    }

    fn word(&mut self) -> Kind {
        while self.peek(0).is_some_and(is_word) && !self.next_is("\u{a0}") {
            self.at += 1;
        }
        Kind::Word
    }
}

/// Returns whether a byte can stand in an unquoted name. Every byte of a character beyond ASCII can.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, dialect: Dialect, expected: Expect) {
        let mut lexer = Lexer::new(text, 0, text.len(), dialect);
        let mut shown = Vec::new();
        while let Some(token) = lexer.token() {
            shown.push(text[token.start..token.end].to_owned());
        }
        if lexer.open.is_some() {
            shown.push("(open)".to_owned());
        }
        expected.assert_eq(&shown.join(" | "));
    }

    #[test]
    fn a_backslash_escapes_only_where_the_dialect_says_so() {
        check(r"'a\' b", Dialect::Postgres, expect![[r"'a\' | b"]]);
        check(r"E'a\' b'", Dialect::Postgres, expect![[r"E'a\' b'"]]);
        check(r"'a\' b'", Dialect::MySql, expect![[r"'a\' b'"]]);
        check(r"'a\' b", Dialect::Sqlite, expect![[r"'a\' | b"]]);
    }

    #[test]
    fn comments_nest_in_postgres_alone() {
        check(
            "/* /* a */ b */ c",
            Dialect::Postgres,
            expect!["/* /* a */ b */ | c"],
        );
        check("/* /* a */ b", Dialect::MySql, expect!["/* /* a */ | b"]);
        check("a # b", Dialect::MySql, expect!["a | # b"]);
    }

    #[test]
    fn dollar_quotes_hold_their_own_tags() {
        check(
            "$a$ $b$ ; $a$ x",
            Dialect::Postgres,
            expect!["$a$ $b$ ; $a$ | x"],
        );
        check("$1$2", Dialect::Postgres, expect!["$1 | $2"]);
    }

    #[test]
    fn placeholders_and_casts_are_told_apart() {
        check(
            "${s}.t {{ x }} :id a::text %s %(a)s @v a % s",
            Dialect::Postgres,
            expect!["${s} | . | t | {{ x }} | :id | a | :: | text | %s | %(a)s | @v | a | % | s"],
        );
    }

    #[test]
    fn what_never_closes_goes_to_the_end() {
        check("a 'b", Dialect::Postgres, expect!["a | 'b | (open)"]);
        check("a $$ b", Dialect::Postgres, expect!["a | $$ b | (open)"]);
        check("a /* b", Dialect::Postgres, expect!["a | /* b | (open)"]);
        check(
            "`é\u{a0}`é\u{a0}{$ \\",
            Dialect::MySql,
            expect!["`é\u{a0}` | é | { | $ | \\"],
        );
    }
}
