//! A scan of SQL text that knows its tokens: finds statements and their nesting, and makes placeholders parseable.
//!
//! Drivers and templates put things into a statement that no SQL grammar has: `%s`, `%(name)s`, `:name`, `@p`, `{}`, `${x}`.
//! Each is replaced by something of the same length that the parser takes, so every byte offset stays true.

use std::ops::Range;

use coexist_model::Dialect;

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Scan {
    /// The placeholders, in order.
    pub(super) holes: Vec<Range<usize>>,
    /// The statements, without their semicolons.
    pub(super) statements: Vec<Range<usize>>,
    /// The deepest nesting of parentheses and brackets.
    pub(super) depth: usize,
    /// The longest chain of operators at all open levels together: a parser makes a tree that deep of it.
    pub(super) chain: usize,
}

/// What a placeholder becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filling {
    /// A value: `$1`, or `$0` for what a template puts in. After `FROM`, `JOIN`, `INTO`, `UPDATE` and `TABLE` a name of underscores.
    Value,
    /// A name of underscores.
    Name,
    /// White space.
    Nothing,
}

/// Returns the text with its placeholders replaced; it has the same length.
pub(super) fn filled(sql: &str, scan: &Scan, filling: Filling, dialect: Dialect) -> String {
    // In MySQL and SQLite `$` begins a name.
    let mark = if dialect == Dialect::Postgres {
        b'$'
    } else {
        b'?'
    };
    let mut bytes = sql.as_bytes().to_vec();
    for hole in &scan.holes {
        let as_name = filling == Filling::Name
            || (filling == Filling::Value && stands_for_a_table(sql, hole));
        let (first, rest) = match filling {
            Filling::Nothing => (b' ', b' '),
            _ if as_name => (b'_', b'_'),
            _ => (mark, b' '),
        };
        // What a template puts in can be any number of values.
        let template = sql[hole.clone()].ends_with('}');
        let number = if template { b'0' } else { b'1' };
        let digit = !as_name && filling == Filling::Value && hole.len() > 1;
        for (at, byte) in bytes[hole.clone()].iter_mut().enumerate() {
            *byte = match at {
                0 => first,
                1 if digit => number,
                _ => rest,
            };
        }
    }
    // Only whole characters were replaced, by ASCII.
    String::from_utf8(bytes).unwrap_or_default()
}

fn stands_for_a_table(sql: &str, hole: &Range<usize>) -> bool {
    let before = sql[..hole.start].trim_end();
    let word = before
        .rsplit(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    let table = ["from", "join", "into", "update", "table"];
    // A hole glued to a name is a part of it: `orders_{}`.
    before.len() == hole.start && before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        || table.iter().any(|t| word.eq_ignore_ascii_case(t))
}

/// Scans the text once.
pub(super) fn scan(sql: &str, dialect: Dialect) -> Scan {
    let mut scanner = Scanner {
        text: sql,
        bytes: sql.as_bytes(),
        dialect,
        at: 0,
        start: 0,
        levels: vec![0],
        links: 0,
        before: Before::Operator,
        scan: Scan::default(),
    };
    while scanner.at < scanner.bytes.len() {
        scanner.token();
    }
    scanner.end_statement(sql.len());
    scanner.scan
}

/// What the last token was: whether a `?` after it is an operator of JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Operand,
    Operator,
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    dialect: Dialect,
    at: usize,
    start: usize,
    /// The operators met at each open level since the last comma there.
    levels: Vec<usize>,
    /// The sum of these.
    links: usize,
    before: Before,
    scan: Scan,
}

impl Scanner<'_> {
    fn token(&mut self) {
        let byte = self.bytes[self.at];
        match byte {
            b'\'' => self.quoted(b'\'', self.backslashes()),
            b'"' => self.quoted(b'"', self.dialect == Dialect::MySql),
            b'`' => self.quoted(b'`', false),
            b'-' if self.next_is(b"--") => self.line_comment(),
            b'#' if self.dialect == Dialect::MySql && self.peek(1) != Some(b'{') => {
                self.line_comment();
            }
            b'/' if self.next_is(b"/*") => self.block_comment(),
            b'$' => self.dollar(),
            b'?' => self.question(),
            b':' => self.colon(),
            b'@' => self.at_sign(),
            b'%' => self.percent(),
            b'{' => self.braces(self.at, self.at + 1),
            b'#' if self.peek(1) == Some(b'{') => self.braces(self.at, self.at + 2),
            b'(' | b'[' => self.open(),
            b')' | b']' => self.close(),
            b',' => self.comma(),
            b';' => self.semicolon(),
            b if b.is_ascii_whitespace() => self.at += 1,
            b if is_word(b) => self.word(),
            _ => self.operator(1),
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn next_is(&self, wanted: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(wanted)
    }

    /// Backslashes escape in MySQL, and in PostgreSQL's `E'…'`.
    fn backslashes(&self) -> bool {
        let escaped = self.at > 0
            && matches!(self.bytes[self.at - 1], b'e' | b'E')
            && (self.at == 1 || !is_word(self.bytes[self.at - 2]));
        self.dialect == Dialect::MySql || escaped
    }

    fn quoted(&mut self, quote: u8, backslashes: bool) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            let doubled = byte == quote && self.peek(1) == Some(quote);
            let escape = byte == b'\\' && backslashes;
            self.at += if doubled || escape { 2 } else { 1 };
            if byte == quote && !doubled {
                break;
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.before = Before::Operand;
    }

    fn line_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
    }

    fn block_comment(&mut self) {
        let mut depth = 0usize;
        while self.at < self.bytes.len() {
            if self.next_is(b"/*") {
                depth += 1;
                self.at += 2;
            } else if self.next_is(b"*/") {
                depth -= 1;
                self.at += 2;
            } else {
                self.at += 1;
            }
            // Only PostgreSQL nests comments.
            if depth == 0
                || (self.dialect != Dialect::Postgres && self.bytes[..self.at].ends_with(b"*/"))
            {
                break;
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    fn dollar(&mut self) {
        if self.peek(1) == Some(b'{') {
            return self.braces(self.at, self.at + 2);
        }
        let tag = self.word_end(self.at + 1);
        if self.bytes.get(tag) == Some(&b'$') && self.dialect != Dialect::MySql {
            let mark = &self.text[self.at..=tag];
            let body = tag + 1;
            if let Some(end) = self.text[body..].find(mark) {
                self.at = body + end + mark.len();
                self.before = Before::Operand;
                return;
            }
        }
        self.hole(self.at..tag);
    }

    /// `?` is a placeholder where a value is due, else PostgreSQL's "has the key": `data ? 'k'`, `data ?| …`.
    fn question(&mut self) {
        if self.before == Before::Operand && self.dialect == Dialect::Postgres {
            return self.operator(1);
        }
        let digits = self.bytes[self.at + 1..]
            .iter()
            .take_while(|b| b.is_ascii_digit());
        let end = self.at + 1 + digits.count();
        self.hole(self.at..end);
    }

    fn colon(&mut self) {
        let next = self.peek(1);
        let named = next.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        match next {
            Some(b':') => self.operator(2),
            Some(b'=') => self.operator(2),
            _ if named && self.before == Before::Operator => {
                let end = self.word_end(self.at + 1);
                self.hole(self.at..end);
            }
            _ => self.operator(1),
        }
    }

    fn at_sign(&mut self) {
        let named = self
            .peek(1)
            .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        if named && self.before == Before::Operator {
            let end = self.word_end(self.at + 1);
            return self.hole(self.at..end);
        }
        self.operator(1);
    }

    /// `%s`, `%d`, `%v`, `%(name)s`; a remainder has a value before it.
    fn percent(&mut self) {
        let verb = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphabetic());
        if self.peek(1) == Some(b'(') {
            let rest = &self.text[self.at + 2..];
            // No name is longer: to look for a bracket at the far end of the text each time would take for ever.
            let close = rest.bytes().take(80).position(|b| b == b')');
            let name = close.filter(|&end| is_name(&rest[..end]));
            let end = name.map(|end| self.at + 2 + end + 1);
            if let Some(end) = end.filter(|&end| verb(self.bytes.get(end).copied())) {
                return self.hole(self.at..end + 1);
            }
        }
        let single = verb(self.peek(1)) && !self.peek(2).is_some_and(is_word);
        let glued = self.at > 0 && is_word(self.bytes[self.at - 1]);
        if single && (self.before == Before::Operator || glued || self.peek(1) == Some(b's')) {
            return self.hole(self.at..self.at + 2);
        }
        if self.peek(1) == Some(b'%') {
            return self.operator(2);
        }
        self.operator(1);
    }

    /// `{}`, `{name}`, `${…}`, `#{…}`: up to the brace that closes it, on one line.
    fn braces(&mut self, start: usize, body: usize) {
        let mut depth = 1usize;
        for (ahead, &byte) in self.bytes[body.min(self.bytes.len())..]
            .iter()
            .take(400)
            .enumerate()
        {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b'\n' => break,
                _ => {}
            }
            if depth == 0 {
                return self.hole(start..body + ahead + 1);
            }
        }
        self.operator(1);
    }

    fn hole(&mut self, range: Range<usize>) {
        self.at = range.end;
        self.scan.holes.push(range);
        self.before = Before::Operand;
    }

    fn open(&mut self) {
        // A subscript, or the arguments of a call.
        self.link();
        self.levels.push(0);
        self.scan.depth = self.scan.depth.max(self.levels.len() - 1);
        self.at += 1;
        self.before = Before::Operator;
    }

    fn close(&mut self) {
        if self.levels.len() > 1 {
            self.links -= self.levels.pop().unwrap_or_default();
        }
        self.at += 1;
        self.before = Before::Operand;
    }

    fn comma(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.links -= std::mem::take(level);
        }
        self.at += 1;
        self.before = Before::Operator;
    }

    fn semicolon(&mut self) {
        self.end_statement(self.at);
        self.at += 1;
        self.start = self.at;
        self.levels = vec![0];
        self.links = 0;
        self.before = Before::Operator;
    }

    fn end_statement(&mut self, end: usize) {
        let end = end.min(self.bytes.len());
        if self.start < end && !self.text[self.start..end].trim().is_empty() {
            self.scan.statements.push(self.start..end);
        }
    }

    fn operator(&mut self, length: usize) {
        self.at += length;
        self.before = Before::Operator;
        self.link();
    }

    fn link(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            *level += 1;
            self.links += 1;
        }
        self.scan.chain = self.scan.chain.max(self.links);
    }

    fn word(&mut self) {
        let end = self.word_end(self.at);
        let word = &self.text[self.at..end];
        let is = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(word));
        if is(LINKS) {
            self.link();
        }
        self.before = if is(KEYWORDS) {
            Before::Operator
        } else {
            Before::Operand
        };
        self.at = end;
    }

    fn word_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|b| is_word(**b)).count()
    }
}

/// Words that join what stands before them to what follows, as an operator does.
const LINKS: &[&str] = &[
    "and",
    "or",
    "not",
    "union",
    "except",
    "intersect",
    "case",
    "when",
    "is",
    "join",
    "in",
    "like",
    "ilike",
    "rlike",
    "regexp",
    "similar",
    "between",
    "collate",
    "at",
    "notnull",
    "isnull",
    "overlaps",
    "over",
    "within",
    "filter",
    "div",
    "mod",
    "xor",
    "binary",
    "prior",
    "any",
    "all",
    "some",
    "explain",
    "member",
    "glob",
    "match",
];

/// Words after which a value is due.
const KEYWORDS: &[&str] = &[
    "and",
    "any",
    "as",
    "between",
    "by",
    "case",
    "distinct",
    "else",
    "from",
    "having",
    "ilike",
    "in",
    "insert",
    "into",
    "is",
    "join",
    "like",
    "limit",
    "not",
    "offset",
    "on",
    "or",
    "returning",
    "select",
    "set",
    "table",
    "then",
    "update",
    "values",
    "when",
    "where",
    "with",
    "all",
    "interval",
    "only",
    "some",
    "using",
];

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() < 100 && text.bytes().all(|b| is_word(b) || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(sql: &str, dialect: Dialect, expected: Expect) {
        let scan = scan(sql, dialect);
        let filled = filled(sql, &scan, Filling::Value, dialect);
        assert_eq!(filled.len(), sql.len());
        expected.assert_eq(&filled);
    }

    #[test]
    fn placeholders_of_every_driver_become_values_of_the_same_length() {
        check(
            "SELECT a FROM t WHERE b = ? AND c = :name AND d = @p1 AND e = %s AND f = %(x)s AND g = $2 AND h = {} AND i = ${y.z}",
            Dialect::Postgres,
            expect![
                "SELECT a FROM t WHERE b = $ AND c = $1    AND d = $1  AND e = $1 AND f = $1    AND g = $1 AND h = $0 AND i = $0    "
            ],
        );
    }

    #[test]
    fn what_only_looks_like_a_placeholder_stays() {
        check(
            "SELECT a::text, data ? 'k', b % 2, xs[1:2], '%s :x {}', $q$ ? $q$ -- ?\n, m @> n /* ? */ FROM t",
            Dialect::Postgres,
            expect![
                "SELECT a::text, data ? 'k', b % 2, xs[1:2], '%s :x {}', $q$ ? $q$ -- ?\n, m @> n /* ? */ FROM t"
            ],
        );
    }

    #[test]
    fn a_placeholder_where_a_table_is_due_becomes_a_name() {
        check(
            "SELECT 1 FROM %s JOIN orders_{} o",
            Dialect::MySql,
            expect!["SELECT 1 FROM __ JOIN orders___ o"],
        );
    }

    #[test]
    fn quotes_end_where_the_dialect_ends_them() {
        let holes = |sql, dialect| scan(sql, dialect).holes.len();
        assert_eq!(holes(r"SELECT 'it''s ?', ?", Dialect::Postgres), 1);
        assert_eq!(holes(r"SELECT 'it\' ?', ?", Dialect::MySql), 1);
        assert_eq!(holes(r"SELECT E'\' ?', ?", Dialect::Postgres), 1);
        assert_eq!(holes(r"SELECT '\', ?", Dialect::Postgres), 1);
        assert_eq!(holes("SELECT '', ?", Dialect::Postgres), 1);
        assert_eq!(holes("SELECT '''', ?", Dialect::Postgres), 1);
    }

    #[test]
    fn statements_depth_and_chains_are_measured() {
        let found = scan(
            "SELECT ((1)); ; DELETE FROM t WHERE a = ';'",
            Dialect::Postgres,
        );
        assert_eq!(found.statements.len(), 2);
        assert_eq!(found.depth, 2);
        let chain = scan(
            &format!("SELECT 1{}", " + (1)".repeat(5000)),
            Dialect::Postgres,
        );
        assert_eq!(chain.chain, 10_000);
        let rows = scan(
            &format!("INSERT INTO t VALUES (-1){}", ", (-1)".repeat(5000)),
            Dialect::Postgres,
        );
        assert!(rows.chain < 5);
    }

    #[test]
    fn open_ends_of_every_sort_stop_at_the_end() {
        for text in [
            "'", "\"", "`", "/*", "$x$", "${", "%(", "%", ":", "@", "?", "#{", "E'\\", "'\\", "{",
            "$", "é", "%(é)s",
        ] {
            for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
                let scan = scan(text, dialect);
                for filling in [Filling::Value, Filling::Name, Filling::Nothing] {
                    assert_eq!(filled(text, &scan, filling, dialect).len(), text.len());
                }
            }
        }
    }
}
