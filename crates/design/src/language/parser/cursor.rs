//! A place in a statement, and the small things that are read there.

use crate::language::lexer::{Kind, Token};
use crate::language::node::{Block, Node, Part};
use crate::language::span::GAP;
use crate::language::{Keep, Millis, Name, Problem, Span, Spanned, Times};

use super::values;

/// What every reading of a statement writes down beside its result.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) problems: Vec<Problem>,
    pub(super) gaps: Vec<Span>,
}

/// Problems that are told; after so many the first ones are the cause of the others.
const TOLD: usize = 100;

impl Notes {
    /// Returns whether no more problems are told.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= TOLD
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        if !self.is_full() {
            self.problems.push(problem);
        }
    }
}

/// The parts of a statement that are not read yet.
pub(super) struct Cursor<'a, 'n> {
    parts: &'n [Part<'a>],
    at: usize,
    pub(super) span: Span,
    pub(super) notes: &'n mut Notes,
    /// Whether a problem of this statement was told: what follows is not complained about again.
    failed: bool,
    /// Parts of conditions that may still be read.
    left: usize,
}

/// Parts of the conditions in one statement.
pub(super) const PARTS: usize = 1_000;

impl<'a, 'n> Cursor<'a, 'n> {
    pub(super) fn new(node: &'n Node<'a>, notes: &'n mut Notes) -> Self {
        Self {
            parts: &node.parts,
            at: 0,
            span: node.span(),
            notes,
            failed: false,
            left: PARTS,
        }
    }

    pub(super) fn peek(&self) -> Option<Token<'a>> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<Token<'a>> {
        match self.parts.get(self.at + ahead) {
            Some(Part::Token(token)) => Some(*token),
            _ => None,
        }
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Returns where the next part stands, or the end of the last one.
    pub(super) fn here(&self) -> Span {
        match self.parts.get(self.at) {
            Some(part) => match part {
                Part::Token(token) => token.span,
                Part::Block(block) => block.open,
            },
            None => Span::new(self.span.end, self.span.end),
        }
    }

    /// Returns the span of what was read so far.
    pub(super) fn read(&self) -> Span {
        let before = self.parts[..self.at].last().map(Part::span);
        Span::new(self.span.start, before.map_or(self.span.start, |s| s.end))
    }

    /// Returns whether a problem of this statement was told.
    pub(super) fn failed(&self) -> bool {
        self.failed
    }

    /// Counts a part of a condition; returns false where there were too many.
    pub(super) fn spend(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.parts.len()
    }

    /// Tells what is wrong, once per statement.
    pub(super) fn fail(
        &mut self,
        span: Span,
        what: impl Into<String>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) {
        if !self.failed {
            self.failed = true;
            self.notes.problem(Problem::new(span, what, why, help));
        }
    }

    /// Tells that something else was expected at this place.
    pub(super) fn expected(&mut self, what: &str, help: &str) {
        if self.failed || self.notes.is_full() {
            self.failed = true;
            return;
        }
        let found = match self.parts.get(self.at) {
            Some(Part::Token(token)) => format!("here stands `{}`", token.text),
            Some(Part::Block(_)) => "here a block begins".to_owned(),
            None => "the statement ends here".to_owned(),
        };
        self.fail(
            self.here(),
            format!("{what} is expected, and {found}"),
            "a statement that is not understood would never be checked",
            help,
        );
    }

    /// Takes the word if it is the next one.
    pub(super) fn take_word(&mut self, word: &str) -> Option<Span> {
        let token = self.peek().filter(|t| t.is_word(word))?;
        self.at += 1;
        Some(token.span)
    }

    pub(super) fn take_mark(&mut self, mark: &str) -> bool {
        let there = self.peek().is_some_and(|t| t.is_mark(mark));
        self.at += usize::from(there);
        there
    }

    pub(super) fn expect_mark(&mut self, mark: &str, help: &str) {
        if !self.take_mark(mark) {
            self.expected(&format!("`{mark}`"), help);
        }
    }

    pub(super) fn expect_word(&mut self, word: &str, help: &str) {
        if self.take_word(word).is_none() {
            self.expected(&format!("`{word}`"), help);
        }
    }

    /// Notes a `TODO` and steps over it.
    fn take_gap(&mut self) -> Option<Span> {
        let gap = self.peek().filter(|t| match t.kind {
            Kind::Word => t.text == GAP,
            Kind::Text => t.text.trim_matches('"').starts_with(GAP),
            _ => false,
        })?;
        self.at += 1;
        self.notes.gaps.push(gap.span);
        Some(gap.span)
    }

    /// Returns the name, text, path or number at this place, whatever it is.
    pub(super) fn name_if(&mut self) -> Option<Name> {
        if let Some(span) = self.take_gap() {
            return Some(Name {
                text: GAP.to_owned(),
                span,
            });
        }
        let token = self.peek().filter(|t| t.kind != Kind::Mark)?;
        self.at += 1;
        Some(Name {
            text: token.meaning(),
            span: token.span,
        })
    }

    /// Returns the name at this place.
    pub(super) fn name(&mut self, what: &str, help: &str) -> Option<Name> {
        let name = self.name_if();
        if name.is_none() {
            self.expected(what, help);
        }
        name
    }

    /// Returns the word at this place, which is no text, path or number.
    pub(super) fn word(&mut self, what: &str, help: &str) -> Option<Name> {
        match self.peek() {
            Some(token) if token.kind == Kind::Word => self.name_if(),
            _ => {
                self.expected(what, help);
                None
            }
        }
    }

    /// Returns the text in quotes at this place, if one is there.
    pub(super) fn text_if(&mut self) -> Option<Name> {
        match self.peek() {
            Some(t) if t.kind == Kind::Text || t.text == GAP => self.name_if(),
            _ => None,
        }
    }

    /// Returns a text in quotes.
    pub(super) fn text(&mut self, what: &str) -> Option<Name> {
        let text = self.text_if();
        if text.is_none() {
            self.expected(what, "put it in double quotes: \"…\"");
        }
        text
    }

    /// Returns a path, an address or a text; parts of a file name that stand side by side are one: `README.md`.
    pub(super) fn path(&mut self, what: &str) -> Option<Name> {
        let mut path = self.name(what, "name a file or an address")?;
        while self
            .peek()
            .is_some_and(|t| t.is_mark(".") && t.span.start == path.span.end)
        {
            let Some(ending) = self.peek_at(1) else { break };
            self.at += 2;
            path.text.push('.');
            path.text.push_str(ending.text);
            path.span = path.span.to(ending.span);
        }
        Some(path)
    }

    /// Returns one name or more, separated by commas.
    pub(super) fn names(&mut self, what: &str, help: &str) -> Vec<Name> {
        let mut names = Vec::new();
        loop {
            names.extend(self.name(what, help));
            if !self.take_mark(",") {
                return names;
            }
        }
    }

    /// Returns a number without unit.
    pub(super) fn number(&mut self, what: &str) -> Option<Spanned<u64>> {
        let help = "write a whole number, such as 2";
        self.measured(what, help, values::number)
    }

    /// Returns a length of time.
    pub(super) fn time(&mut self, what: &str) -> Option<Spanned<Millis>> {
        let help = "write a length of time, such as 300ms, 30s, 15m, 24h or 7d";
        self.measured(what, help, values::time)
    }

    /// Returns a length of time or `forever`.
    pub(super) fn keep(&mut self, what: &str) -> Option<Spanned<Keep>> {
        let help = "write a length of time, such as 24h or 30d, or forever";
        self.measured(what, help, |text| match text {
            "forever" => Some(Keep::Forever),
            text => values::time(text).map(Keep::For),
        })
    }

    /// Returns how often: `4`, `4x` or `forever`.
    pub(super) fn times(&mut self, what: &str) -> Option<Spanned<Times>> {
        self.measured(
            what,
            "write how often, such as 4 or 8x, or forever",
            values::times,
        )
    }

    /// Returns what a token says, or a problem where it says no such thing.
    pub(super) fn measured<T>(
        &mut self,
        what: &str,
        help: &str,
        meaning: impl Fn(&str) -> Option<T>,
    ) -> Option<Spanned<T>> {
        if self.take_gap().is_some() {
            return None;
        }
        let read = self.peek().and_then(|t| Some((meaning(t.text)?, t.span)));
        match read {
            Some((value, span)) => {
                self.at += 1;
                Some(Spanned { value, span })
            }
            None => {
                self.expected(what, help);
                None
            }
        }
    }

    /// Returns the version at this place, `v1`, if there is one.
    pub(super) fn version_if(&mut self) -> Option<Spanned<u64>> {
        let token = self.peek().filter(|t| t.kind == Kind::Word)?;
        let value = token.text.strip_prefix('v')?.parse().ok()?;
        self.at += 1;
        Some(Spanned {
            value,
            span: token.span,
        })
    }

    /// Returns the block at this place, if there is one.
    pub(super) fn block_if(&mut self) -> Option<&'n Block<'a>> {
        match self.parts.get(self.at) {
            Some(Part::Block(block)) => {
                self.at += 1;
                Some(block)
            }
            _ => None,
        }
    }

    /// Returns the block at this place.
    pub(super) fn block(&mut self, help: &str) -> Option<&'n Block<'a>> {
        let block = self.block_if();
        if block.is_none() {
            self.expected("a block `{ … }`", help);
        }
        block
    }

    /// Tells what is left over at the end of the statement.
    pub(super) fn finish(mut self, help: &str) {
        if !self.is_done() {
            self.expected("the end of the statement", help);
        }
    }
}
