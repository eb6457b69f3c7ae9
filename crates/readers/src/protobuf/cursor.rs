//! A place in the tokens of a file, and the small steps over them that every part of the grammar needs.

use super::ast::{Fault, HTTP, Setting, Span};
use super::lexer::{Kind, Lexed, Token, comment_text, int_value, string_text};

/// Braces that may stand in each other. Real files have five; a hostile one has ten thousand.
pub(super) const DEPTH_LIMIT: usize = 200;

/// Bytes of a name. A hostile file repeats a name of a megabyte in every field.
pub(super) const NAME_LIMIT: usize = 1000;

/// Parts of a dotted name.
const PART_LIMIT: usize = 50;

/// Statements of one file that are read. The largest files that people write have ten thousand.
pub(super) const STATEMENT_LIMIT: usize = 100_000;

/// Faults of one file that are kept.
pub(super) const FAULT_LIMIT: usize = 200;

/// What a step gives, or why it could not be made.
pub(super) type Step<T> = Result<T, Fault>;

/// A place in the tokens of a file.
pub(super) struct Cursor<'a> {
    text: &'a str,
    lexed: &'a Lexed,
    at: usize,
    /// How many bodies are open.
    pub(super) depth: usize,
    /// How many statements were read.
    statements: usize,
    /// What was not understood so far.
    pub(super) faults: Vec<Fault>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, lexed: &'a Lexed) -> Self {
        let faults = lexed.problems.iter().map(|(span, what)| Fault {
            span: span.clone(),
            what: (*what).into(),
            identifiers: Vec::new(),
        });
        Self {
            text,
            lexed,
            at: 0,
            depth: 0,
            statements: 0,
            faults: faults.collect(),
        }
    }

    pub(super) fn peek(&self) -> Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Token {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.lexed
            .tokens
            .get(self.at + ahead)
            .copied()
            .unwrap_or(Token {
                kind: Kind::End,
                start: end,
                end,
            })
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.lexed.tokens.len()
    }

    /// Returns the text of the token that is so many ahead.
    pub(super) fn word(&self, ahead: usize) -> &'a str {
        &self.text[self.peek_at(ahead).range()]
    }

    pub(super) fn is(&self, symbol: u8) -> bool {
        self.peek().kind == Kind::Symbol(symbol)
    }

    pub(super) fn is_ahead(&self, ahead: usize, kind: Kind) -> bool {
        self.peek_at(ahead).kind == kind
    }

    pub(super) fn eat(&mut self, symbol: u8) -> bool {
        let is = self.is(symbol);
        self.at += usize::from(is);
        is
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let is = self.peek().kind == Kind::Ident && self.word(0) == word;
        self.at += usize::from(is);
        is
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn expect(&mut self, symbol: u8) -> Step<()> {
        if self.eat(symbol) {
            Ok(())
        } else {
            Err(self.expected(&format!("\"{}\"", char::from(symbol))))
        }
    }

    /// Returns the fault that something else was expected here.
    pub(super) fn expected(&self, what: &str) -> Fault {
        let token = self.peek();
        let found = match token.kind {
            Kind::End => "the end of the file".into(),
            _ => format!("\"{}\"", self.word(0).chars().take(40).collect::<String>()),
        };
        Fault {
            span: token.range(),
            what: format!("expected {what}, found {found}"),
            identifiers: Vec::new(),
        }
    }

    pub(super) fn ident(&mut self, what: &str) -> Step<&'a str> {
        if self.peek().kind != Kind::Ident {
            return Err(self.expected(what));
        }
        let word = self.word(0);
        self.short(word)?;
        self.at += 1;
        Ok(word)
    }

    /// Reads `[.]a.b.C`; a leading dot is kept.
    pub(super) fn type_name(&mut self) -> Step<String> {
        let mut name = String::new();
        if self.eat(b'.') {
            name.push('.');
        }
        name += self.ident("a type")?;
        while self.is(b'.') && self.is_ahead(1, Kind::Ident) {
            self.at += 1;
            name.push('.');
            name += self.word(0);
            self.short(&name)?;
            self.at += 1;
        }
        Ok(name)
    }

    fn short(&self, name: &str) -> Step<()> {
        if name.len() <= NAME_LIMIT && name.matches('.').count() < PART_LIMIT {
            return Ok(());
        }
        let mut fault = self.expected("");
        fault.what = format!("a name of more than {NAME_LIMIT} bytes or {PART_LIMIT} parts");
        Err(fault)
    }

    pub(super) fn int(&mut self) -> Step<i64> {
        let negative = self.eat(b'-');
        if self.peek().kind != Kind::Int {
            return Err(self.expected("a number"));
        }
        let Some(value) = int_value(self.word(0)) else {
            return Err(self.expected("a number of at most 64 bits"));
        };
        self.at += 1;
        Ok(if negative { -value } else { value })
    }

    /// Reads adjacent string literals as one text.
    pub(super) fn string(&mut self) -> Step<String> {
        if self.peek().kind != Kind::Text {
            return Err(self.expected("a string"));
        }
        let mut text = String::new();
        while self.peek().kind == Kind::Text {
            text += &string_text(self.word(0));
            self.at += 1;
        }
        Ok(text)
    }

    /// Ends a statement. Where only the `;` is missing, what stands before it still counts.
    pub(super) fn semicolon(&mut self) -> Step<()> {
        if self.eat(b';') {
            return Ok(());
        }
        let fault = self.expected("\";\"");
        let gap = &self.text[self.end_of_last()..fault.span.start];
        if !self.is(b'}') && !gap.contains('\n') {
            return Err(fault);
        }
        self.fault(fault);
        Ok(())
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        match self.faults.len() {
            0..FAULT_LIMIT => self.faults.push(fault),
            FAULT_LIMIT => self.faults.push(Fault {
                what: format!("more than {FAULT_LIMIT} faults: the rest is not listed"),
                ..fault
            }),
            _ => {}
        }
    }

    /// Marks the place where a statement begins.
    pub(super) fn mark(&self) -> usize {
        self.at
    }

    /// Counts a statement; after too many, reports it and goes to the end of the file.
    pub(super) fn count_statement(&mut self) {
        self.statements += 1;
        if self.statements == STATEMENT_LIMIT {
            let mut fault = self.expected("");
            fault.what = format!("more than {STATEMENT_LIMIT} statements: the rest is not read");
            self.faults.push(fault);
            self.at = self.lexed.tokens.len();
        }
    }

    /// Returns whether the rest of the file was given up.
    pub(super) fn gave_up(&self) -> bool {
        self.statements >= STATEMENT_LIMIT
    }

    /// Returns the text from a mark to what was read last.
    pub(super) fn span_from(&self, mark: usize) -> Span {
        let start = self
            .lexed
            .tokens
            .get(mark)
            .map_or(self.text.len(), |t| t.start as usize);
        start..self.end_of_last().max(start)
    }

    fn end_of_last(&self) -> usize {
        let last = self.at.min(self.lexed.tokens.len()).checked_sub(1);
        last.map_or(0, |at| self.lexed.tokens[at].end as usize)
    }

    /// Reports a statement that was not understood, with the identifiers in it, and goes on behind it.
    pub(super) fn recover(&mut self, mark: usize, mut fault: Fault) {
        while !self.at_end() && !self.is(b'}') {
            if self.eat(b';') {
                break;
            }
            if self.is(b'{') {
                self.skip_block();
                if !self.is(b';') && !self.is(b']') && !self.is(b',') && !self.is(b')') {
                    break;
                }
            } else {
                self.at += 1;
            }
        }
        if self.at == mark {
            self.at += 1;
        }
        let skipped = self.lexed.tokens.get(mark..self.at).unwrap_or_default();
        let mut identifiers: Vec<String> = skipped
            .iter()
            .filter(|t| t.kind == Kind::Ident)
            .filter(|t| t.range().len() <= NAME_LIMIT)
            .take(1000)
            .map(|t| self.text[t.range()].to_owned())
            .collect();
        identifiers.sort();
        identifiers.dedup();
        fault.identifiers = identifiers;
        self.fault(fault);
    }

    /// Goes behind the bracket that closes the one here.
    pub(super) fn skip_block(&mut self) {
        let mut open = 0usize;
        while !self.at_end() {
            match self.peek().kind {
                Kind::Symbol(b'{' | b'[' | b'(') => open += 1,
                Kind::Symbol(b'}' | b']' | b')') => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }

    /// Reads `name = value` of an option; gives one setting for each key in `{…}` of `features` and of `(google.api.http)`.
    pub(super) fn setting(&mut self, into: &mut Vec<Setting>) -> Step<()> {
        let mut name = String::new();
        loop {
            if self.eat(b'(') {
                name += &format!("({})", self.type_name()?.trim_start_matches('.'));
                self.expect(b')')?;
            } else {
                name += self.ident("an option")?;
            }
            if !self.eat(b'.') {
                break;
            }
            name.push('.');
        }
        self.expect(b'=')?;
        if self.is(b'{') {
            let mark = self.at;
            self.skip_block();
            if matches!(name.as_str(), "features" | HTTP) {
                self.keys(&name, mark, into);
            }
            return Ok(());
        }
        let value = self.value()?;
        into.push(Setting { name, value });
        Ok(())
    }

    fn value(&mut self) -> Step<String> {
        if self.peek().kind == Kind::Text {
            return self.string();
        }
        let sign = if self.eat(b'-') { "-" } else { "" };
        if self.peek().kind == Kind::Ident {
            return Ok(format!("{sign}{}", self.type_name()?));
        }
        if !matches!(self.peek().kind, Kind::Int | Kind::Float) {
            return Err(self.expected("a value"));
        }
        let value = format!("{sign}{}", self.word(0));
        self.at += 1;
        Ok(value)
    }

    /// Reads `{ field_presence: IMPLICIT enum_type: CLOSED }`, which was skipped as a block.
    fn keys(&self, name: &str, mark: usize, into: &mut Vec<Setting>) {
        let words: Vec<&str> = self.lexed.tokens[mark..self.at]
            .iter()
            .map(|t| &self.text[t.range()])
            .collect();
        for triple in words.windows(3).filter(|t| t[1] == ":") {
            into.push(Setting {
                name: format!("{name}.{}", triple[0]),
                value: triple[2].trim_matches(['"', '\'']).into(),
            });
        }
    }

    /// Reads `[a = b, c = d]`, if it is there.
    pub(super) fn bracketed(&mut self) -> Step<Vec<Setting>> {
        let mut options = Vec::new();
        if self.eat(b'[') && !self.eat(b']') {
            loop {
                self.setting(&mut options)?;
                if self.eat(b']') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        Ok(options)
    }

    /// Returns the comment that stands before the statement that began at the mark, and the one on the line where it ended.
    pub(super) fn doc(&self, mark: usize) -> String {
        let comments = &self.lexed.comments;
        let span = self.span_from(mark);
        let before = mark
            .checked_sub(1)
            .map_or(0, |at| self.lexed.tokens[at].end as usize);
        let from = comments.partition_point(|c| c.start < before);
        let to = comments.partition_point(|c| c.start < span.start);
        let mut kept: Vec<String> = Vec::new();
        let mut next = span.start;
        for comment in comments.get(from..to).unwrap_or_default().iter().rev() {
            let gap = &self.text[comment.end..next];
            let trailing = mark > 0 && !self.text[before..comment.start].contains('\n');
            if gap.matches('\n').count() > 1 || trailing {
                break;
            }
            kept.push(comment_text(&self.text[comment.clone()]));
            next = comment.start;
        }
        kept.reverse();
        let after = comments.partition_point(|c| c.start < span.end);
        // Between the statement and the next token there is nothing but blanks and comments.
        if let Some(comment) = comments.get(after)
            && comment.start < self.peek().start as usize
            && !self.text[span.end..comment.start].contains('\n')
        {
            kept.push(comment_text(&self.text[comment.clone()]));
        }
        kept.retain(|k| !k.is_empty());
        kept.join(" ")
    }
}
