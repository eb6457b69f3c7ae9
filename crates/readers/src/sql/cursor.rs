//! Walks over the tokens of a statement.

use std::ops::Range;

use coexist_model::Dialect;

use super::lex::{Kind, Token};

/// A place in the tokens of a statement or of a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    pub(super) dialect: Dialect,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token], dialect: Dialect) -> Self {
        Self {
            text,
            tokens,
            at: 0,
            dialect,
        }
    }

    pub(super) fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn token(&self) -> Option<Token> {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, by: usize) -> Option<Token> {
        self.tokens.get(self.at + by).copied()
    }

    pub(super) fn text_of(&self, token: Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    /// Returns the unquoted word `by` tokens ahead; empty where there is none.
    pub(super) fn word(&self, by: usize) -> &'a str {
        match self.ahead(by) {
            Some(token) if token.kind == Kind::Word => self.text_of(token),
            _ => "",
        }
    }

    /// Returns whether the word `by` tokens ahead is one of these.
    pub(super) fn is_any(&self, by: usize, words: &[&str]) -> bool {
        let word = self.word(by);
        !word.is_empty() && words.iter().any(|w| w.eq_ignore_ascii_case(word))
    }

    /// Returns whether these words, separated by spaces, come next.
    pub(super) fn is(&self, words: &str) -> bool {
        let mut words = words.split(' ').enumerate();
        words.all(|(by, word)| self.word(by).eq_ignore_ascii_case(word))
    }

    /// Goes past these words if they come next.
    pub(super) fn eat(&mut self, words: &str) -> bool {
        let found = self.is(words);
        if found {
            self.at += words.split(' ').count();
        }
        found
    }

    /// Goes past the word that comes next if it is one of these.
    pub(super) fn eat_any(&mut self, words: &[&str]) -> bool {
        let found = self.is_any(0, words);
        if found {
            self.at += 1;
        }
        found
    }

    pub(super) fn is_mark(&self, mark: u8) -> bool {
        self.token().is_some_and(|t| t.kind == Kind::Mark(mark))
    }

    pub(super) fn eat_mark(&mut self, mark: u8) -> bool {
        let found = self.is_mark(mark);
        if found {
            self.at += 1;
        }
        found
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.token()
            .is_some_and(|t| t.kind == Kind::Operator && self.text_of(t) == sign)
    }

    pub(super) fn eat_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.at += 1;
        }
        found
    }

    /// Goes past so many tokens, to the end at most.
    pub(super) fn advance(&mut self, by: usize) {
        self.at = (self.at + by).min(self.tokens.len());
    }

    /// Goes past one token, and past everything in it if it opens a bracket.
    pub(super) fn skip(&mut self) {
        let mut depth = 0usize;
        while let Some(token) = self.token() {
            match token.kind {
                Kind::Mark(b'(' | b'[') => depth += 1,
                Kind::Mark(b')' | b']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
    }

    /// Returns what stands in the bracket that opens here, and goes past it.
    pub(super) fn group(&mut self) -> Option<Self> {
        if !self.is_mark(b'(') {
            return None;
        }
        let start = self.at + 1;
        self.skip();
        let closed = self.at > start && self.tokens[self.at - 1].kind == Kind::Mark(b')');
        let end = if closed { self.at - 1 } else { self.at };
        Some(self.part(start..end.max(start)))
    }

    /// Returns what comes before the first of these words outside brackets, and goes to it; all that is left, if none comes.
    pub(super) fn until(&mut self, words: &[&str]) -> Self {
        let start = self.at;
        while !self.done() && !self.is_any(0, words) {
            self.skip();
        }
        self.part(start..self.at)
    }

    /// Returns the part of these tokens, as far as there are so many.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let end = range.end.min(self.tokens.len());
        let range = range.start.min(end)..end;
        Self {
            tokens: &self.tokens[range],
            at: 0,
            ..*self
        }
    }

    /// Returns what is left.
    pub(super) fn rest(&self) -> Self {
        self.part(self.at.min(self.tokens.len())..self.tokens.len())
    }

    /// Returns what is left, cut at the commas outside brackets.
    pub(super) fn commas(&self) -> Vec<Self> {
        let mut ahead = *self;
        let mut parts = Vec::new();
        let mut start = ahead.at;
        while !ahead.done() {
            if ahead.is_mark(b',') {
                parts.push(self.part(start..ahead.at));
                start = ahead.at + 1;
            }
            ahead.skip();
        }
        if start < self.tokens.len() {
            parts.push(self.part(start..self.tokens.len()));
        }
        parts
    }

    /// Returns the bytes of all its tokens.
    pub(super) fn span(&self) -> Range<usize> {
        match (self.tokens.first(), self.tokens.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }

    /// Returns the text of all its tokens, with one space where there was white space or a comment.
    pub(super) fn source(&self) -> String {
        let mut source = String::new();
        let mut end = None;
        for &token in self.tokens {
            if end.is_some_and(|end| end < token.start) {
                source.push(' ');
            }
            source.push_str(self.text_of(token));
            end = Some(token.end);
        }
        source
    }

    /// Returns whether a name comes next.
    pub(super) fn at_name(&self) -> bool {
        self.token()
            .is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Quoted | Kind::Hole))
    }

    /// Returns the unqualified name that comes next, normalised, and goes past it.
    pub(super) fn ident(&mut self) -> Option<String> {
        let token = self.token()?;
        let mut name = match token.kind {
            Kind::Word => self.text_of(token).to_lowercase(),
            Kind::Quoted => unquoted(self.text_of(token)),
            // A template's hole, alone or glued to a word: `{{ prefix }}users`.
            Kind::Hole => self.text_of(token).to_owned(),
            Kind::Text if self.dialect != Dialect::Postgres => unquoted(self.text_of(token)),
            _ => return None,
        };
        self.at += 1;
        let mut end = token.end;
        while let Some(next) = self.token() {
            let hole = token.kind == Kind::Hole || next.kind == Kind::Hole;
            if next.start != end || !hole || !matches!(next.kind, Kind::Hole | Kind::Word) {
                break;
            }
            name.push_str(self.text_of(next));
            end = next.end;
            self.at += 1;
        }
        if self.dialect == Dialect::Postgres {
            cut_name(&mut name);
        }
        Some(name)
    }

    /// Returns the qualified name that comes next, without the schema that goes without saying, and goes past it.
    pub(super) fn name(&mut self) -> Option<String> {
        let mut parts = vec![self.ident()?];
        while self.is_mark(b'.') {
            self.at += 1;
            match self.ident() {
                Some(part) => parts.push(part),
                None => break,
            }
        }
        let implied = |part: &str| {
            matches!(part, "public" | "dbo" | "main" | "")
                || part.contains(['{', '$', '%', ':', '@'])
        };
        while parts.len() > 1 && implied(&parts[0]) {
            parts.remove(0);
        }
        Some(parts.join("."))
    }

    /// Returns the names in a bracket, where each item is a name alone.
    pub(super) fn name_list(&mut self) -> Vec<String> {
        let Some(group) = self.group() else {
            return Vec::new();
        };
        let items = group.commas().into_iter();
        items.filter_map(|mut item| item.ident()).collect()
    }

    /// Returns the value of the text literal that comes next, and goes past it.
    pub(super) fn literal(&mut self) -> Option<String> {
        let token = self.token()?;
        let value = literal_of(self.text_of(token), token.kind, self.dialect)?;
        self.at += 1;
        Some(value)
    }
}

/// PostgreSQL cuts a name after 63 bytes: <https://www.postgresql.org/docs/17/limits.html>.
fn cut_name(name: &mut String) {
    let mut end = name.len().min(63);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
}

/// Returns the value of a literal: of a text without its quotes, of a number as it stands.
pub(super) fn literal_of(text: &str, kind: Kind, dialect: Dialect) -> Option<String> {
    match kind {
        Kind::Text => Some(unquoted(text.trim_start_matches(['e', 'E']))),
        Kind::Quoted if dialect == Dialect::MySql && text.starts_with('"') => Some(unquoted(text)),
        Kind::Number => Some(text.to_owned()),
        Kind::Dollar => {
            let tag = text[1..].find('$')? + 2;
            text.get(tag..text.len().checked_sub(tag)?)
                .map(str::to_owned)
        }
        _ => None,
    }
}

/// Returns what stands between quotes, with doubled quotes made one.
pub(super) fn unquoted(text: &str) -> String {
    let Some(quote) = text.chars().next() else {
        return String::new();
    };
    let close = if quote == '[' { ']' } else { quote };
    let inner = &text[quote.len_utf8()..];
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    let doubled: String = [close, close].iter().collect();
    inner.replace(&doubled, &close.to_string())
}
