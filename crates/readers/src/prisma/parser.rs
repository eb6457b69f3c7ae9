//! The blocks of a Prisma schema, line by line. What a line does not say in the grammar is a problem, and the next line goes on.

use std::ops::Range;

use super::lexer::{Kind, Token, tokens};

/// A block: `model User { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// `model`, `view`, `enum`, `type`, `datasource`, `generator`.
    pub(super) keyword: String,
    pub(super) name: String,
    /// Where keyword and name stand.
    pub(super) span: Range<usize>,
    pub(super) lines: Vec<Line>,
    /// `@@map("users")`, ….
    pub(super) attributes: Vec<Attribute>,
}

/// A line of a block: a field, an enum value, a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) span: Range<usize>,
    pub(super) rest: Rest,
}

/// What stands after the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rest {
    /// `String? @unique`; an enum value has no type.
    Field {
        field_type: Option<FieldType>,
        attributes: Vec<Attribute>,
    },
    /// `= "postgresql"`: the first text or name.
    Setting(String),
}

/// The type of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldType {
    pub(super) name: String,
    pub(super) list: bool,
    pub(super) optional: bool,
}

/// `@name(arguments)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    /// With its dots: `db.VarChar`.
    pub(super) name: String,
    /// The tokens between the parentheses.
    pub(super) arguments: Vec<Kind>,
}

/// A part that is not of the grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) span: Range<usize>,
    pub(super) what: &'static str,
}

/// Returns the blocks, and what could not be read.
pub(super) fn parse(text: &str) -> (Vec<Block>, Vec<Fault>) {
    let tokens = tokens(text);
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        faults: Vec::new(),
    };
    let mut blocks = Vec::new();
    while parser.at < tokens.len() {
        if parser.eat_newline() {
            continue;
        }
        match parser.block() {
            Some(block) => blocks.push(block),
            None => parser.skip_line("no block of a Prisma schema"),
        }
    }
    (blocks, parser.faults)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    faults: Vec<Fault>,
}

impl Parser<'_> {
    fn kind(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|t| &t.kind)
    }

    fn span_from(&self, start: usize) -> Range<usize> {
        let from = self.tokens.get(start).map_or(0, |t| t.span.start);
        let to = self
            .tokens
            .get(self.at.saturating_sub(1))
            .map_or(from, |t| t.span.end);
        from..to.max(from)
    }

    fn eat_newline(&mut self) -> bool {
        let newline = self.kind() == Some(&Kind::Newline);
        self.at += usize::from(newline);
        newline
    }

    fn eat(&mut self, sign: char) -> bool {
        let found = self.kind() == Some(&Kind::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> Option<String> {
        let Some(Kind::Word(word)) = self.kind() else {
            return None;
        };
        let word = word.clone();
        self.at += 1;
        Some(word)
    }

    fn skip_line(&mut self, what: &'static str) {
        let start = self.at;
        while self.at < self.tokens.len() && self.kind() != Some(&Kind::Newline) {
            // The end of a block is not part of a broken line in it.
            if self.kind() == Some(&Kind::Sign('}')) && self.at > start {
                break;
            }
            self.at += 1;
        }
        let span = self.span_from(start);
        self.faults.push(Fault { span, what });
    }

    fn block(&mut self) -> Option<Block> {
        let start = self.at;
        let (keyword, name) = (self.word()?, self.word());
        let Some(name) = name else {
            self.at = start;
            return None;
        };
        let span = self.span_from(start);
        while self.eat_newline() {}
        if !self.eat('{') {
            self.at = start;
            return None;
        }
        let mut block = Block {
            keyword,
            name,
            span: span.clone(),
            lines: Vec::new(),
            attributes: Vec::new(),
        };
        loop {
            if self.eat_newline() {
                continue;
            }
            if self.eat('}') {
                return Some(block);
            }
            if self.starts_block() {
                break;
            }
            self.line(&mut block);
        }
        self.faults.push(Fault {
            span,
            what: "the block is not closed",
        });
        Some(block)
    }

    /// Returns whether the text is at its end, or a line begins another block: the brace of this one is missing.
    fn starts_block(&self) -> bool {
        let Some(kind) = self.kind() else { return true };
        let is_word =
            |at: usize| matches!(self.tokens.get(at).map(|t| &t.kind), Some(Kind::Word(_)));
        let opens = self.tokens.get(self.at + 2).map(|t| &t.kind) == Some(&Kind::Sign('{'));
        matches!(kind, Kind::Word(_)) && is_word(self.at + 1) && opens
    }

    fn line(&mut self, block: &mut Block) {
        let start = self.at;
        if self.kind() == Some(&Kind::At(true)) {
            self.at += 1;
            match self.attribute() {
                Some(attribute) if self.ends_line() => block.attributes.push(attribute),
                _ => self.broken(start),
            }
            return;
        }
        let Some(name) = self.word() else {
            return self.broken(start);
        };
        let rest = if self.eat('=') {
            self.setting()
        } else {
            self.field()
        };
        match rest {
            Some(rest) if self.ends_line() => {
                let span = self.span_from(start);
                block.lines.push(Line { name, span, rest });
            }
            _ => self.broken(start),
        }
    }

    fn broken(&mut self, start: usize) {
        self.at = start;
        self.skip_line("the line is not understood");
    }

    fn ends_line(&self) -> bool {
        matches!(self.kind(), None | Some(Kind::Newline | Kind::Sign('}')))
    }

    fn setting(&mut self) -> Option<Rest> {
        let start = self.at;
        let mut value = None;
        while !self.ends_line() {
            if let (None, Some(Kind::Word(text) | Kind::Text(text))) = (&value, self.kind()) {
                value = Some(text.clone());
            }
            self.at += 1;
        }
        // A list may be empty.
        let is_empty = value.is_none() && self.at > start;
        value
            .or_else(|| is_empty.then(String::new))
            .map(Rest::Setting)
    }

    fn field(&mut self) -> Option<Rest> {
        let field_type = match self.word() {
            Some(name) => {
                if self.kind() == Some(&Kind::Sign('(')) {
                    self.arguments()?;
                }
                let list = self.eat('[') && self.eat(']');
                Some(FieldType {
                    name,
                    list,
                    optional: self.eat('?'),
                })
            }
            None => None,
        };
        let mut attributes = Vec::new();
        while self.kind() == Some(&Kind::At(false)) {
            self.at += 1;
            attributes.push(self.attribute()?);
        }
        Some(Rest::Field {
            field_type,
            attributes,
        })
    }

    fn attribute(&mut self) -> Option<Attribute> {
        let mut name = self.word()?;
        while self.eat('.') {
            name = format!("{name}.{}", self.word()?);
        }
        let arguments = if self.kind() == Some(&Kind::Sign('(')) {
            self.arguments()?
        } else {
            Vec::new()
        };
        Some(Attribute { name, arguments })
    }

    /// Takes the tokens up to the parenthesis that closes the one here.
    fn arguments(&mut self) -> Option<Vec<Kind>> {
        let (mut depth, mut arguments) = (0usize, Vec::new());
        while let Some(kind) = self.kind().cloned() {
            self.at += 1;
            match kind {
                Kind::Sign('(') => depth += 1,
                Kind::Sign(')') => depth -= 1,
                Kind::Sign('{' | '}') => return None,
                _ => {}
            }
            if depth == 0 {
                return Some(arguments);
            }
            if !(depth == 1 && kind == Kind::Sign('(')) {
                arguments.push(kind);
            }
        }
        None
    }
}

impl Block {
    /// Returns the first text among the arguments of a block attribute.
    pub(super) fn text_of(&self, attribute: &str) -> Option<&str> {
        text_of(&self.attributes, attribute)
    }

    pub(super) fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|a| a.name == attribute)
    }
}

/// Returns the first text among the arguments of an attribute.
pub(super) fn text_of<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    let attribute = attributes.iter().find(|a| a.name == name)?;
    attribute.arguments.iter().find_map(|k| match k {
        Kind::Text(text) => Some(text.as_str()),
        _ => None,
    })
}
