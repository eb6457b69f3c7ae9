//! The statements of one way, in the order in which they run.

use std::collections::BTreeMap;

use coexist_model::{Dialect, Direction, Effect, Surface};

use crate::code::context::Context;
use crate::code::elixir::{Module, Sent, pipe, read_attribute, statements, word, words};
use crate::code::migrations::script::Script;
use crate::code::syntax::Id;

use super::steps;

/// How far calls are followed from one function of the module into another.
const DEEPEST: usize = 6;
/// How many statements are read, however functions call each other and lists are walked.
const MOST_STATEMENTS: usize = 5_000;

/// What one statement does, and what takes it back where it is turned round.
pub(super) struct Act {
    id: Id,
    conditional: bool,
    pub(super) up: Vec<Deed>,
    pub(super) down: Vec<Deed>,
}

/// One thing that is done.
pub(super) enum Deed {
    Effect(Surface, Box<Effect>),
    /// SQL that stands in an expression.
    Sql(Id),
    NotUnderstood(String),
}

impl Deed {
    /// Something is done to a table.
    pub(super) fn on(table: &str, effect: Effect) -> Self {
        Self::Effect(Surface::table(table), Box::new(effect))
    }
}

impl Act {
    /// Adds what is done to what the migration does.
    pub(super) fn run(&self, script: &mut Script<'_, '_, '_>, deeds: &[Deed]) {
        script.branch(self.conditional);
        for deed in deeds {
            match deed {
                Deed::Effect(surface, effect) => {
                    script.emit(self.id, surface.clone(), Effect::clone(effect));
                }
                Deed::Sql(sql) => script.sql(*sql),
                Deed::NotUnderstood(reason) => script.opaque(self.id, reason),
            }
        }
        script.branch(false);
    }
}

/// What a name stands for.
#[derive(Debug, Clone)]
enum Value {
    Word(String),
    Words(Vec<String>),
}

/// The statements of one way as they are read.
pub(super) struct Walk<'m, 's, 'a> {
    pub(super) context: &'m Context<'s, 'a>,
    module: &'m Module<'a>,
    direction: Direction,
    pub(super) acts: Vec<Act>,
    bound: BTreeMap<String, Value>,
    conditional: bool,
    depth: usize,
    left: usize,
}

impl<'m, 's, 'a> Walk<'m, 's, 'a> {
    pub(super) fn new(
        context: &'m Context<'s, 'a>,
        module: &'m Module<'a>,
        direction: Direction,
    ) -> Self {
        Self {
            context,
            module,
            direction,
            acts: Vec::new(),
            bound: BTreeMap::new(),
            conditional: false,
            depth: 0,
            left: MOST_STATEMENTS,
        }
    }

    /// Ecto's repositories of PostgreSQL are the rule.
    pub(super) fn dialect(&self) -> Dialect {
        Dialect::default()
    }

    /// Returns the word that an expression is, with names and attributes of the module followed.
    pub(super) fn word(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        if let Some(name) = read_attribute(s, id) {
            return word(self.context, self.module.attribute(s, name)?);
        }
        match self.bound.get(s.text(id)) {
            Some(Value::Word(found)) if s.kind(id) == "identifier" => Some(found.clone()),
            _ => word(self.context, id),
        }
    }

    /// Returns the words in a list.
    pub(super) fn words(&self, id: Id) -> Option<Vec<String>> {
        let s = self.context.syntax;
        if let Some(name) = read_attribute(s, id) {
            return words(self.context, self.module.attribute(s, name)?);
        }
        match self.bound.get(s.text(id)) {
            Some(Value::Words(found)) if s.kind(id) == "identifier" => return Some(found.clone()),
            _ => {}
        }
        match s.kind(id) {
            "list" => s.named(id).map(|item| self.word(item)).collect(),
            _ => words(self.context, id),
        }
    }

    /// Notes what a statement does.
    pub(super) fn act(&mut self, id: Id, up: Vec<Deed>, down: Vec<Deed>) {
        self.acts.push(Act {
            id,
            conditional: self.conditional,
            up,
            down,
        });
    }

    /// Notes what a statement does only where something is there, or is not.
    pub(super) fn act_if(&mut self, id: Id, up: Vec<Deed>, down: Vec<Deed>, perhaps: bool) {
        let before = self.conditional;
        self.conditional |= perhaps;
        self.act(id, up, down);
        self.conditional = before;
    }

    pub(super) fn not_understood(&mut self, id: Id, reason: &str) {
        self.act(id, vec![Deed::NotUnderstood(reason.to_owned())], Vec::new());
    }

    /// Reads the statements of a block.
    pub(super) fn block(&mut self, block: Id) {
        for statement in statements(self.context.syntax, block) {
            self.statement(statement);
        }
    }

    fn statement(&mut self, id: Id) {
        let s = self.context.syntax;
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        self.left = left;
        match s.kind(id) {
            "call" => {}
            "binary_operator" => return self.operator(id),
            // A function in the argument of a call: `Enum.each(list, fn x -> … end)`.
            "anonymous_function" | "stab_clause" | "body" | "arguments" | "do_block"
            | "else_block" | "tuple" | "list" | "keywords" | "pair" | "block" => {
                for inner in s.named(id) {
                    self.statement(inner);
                }
                return;
            }
            _ => return,
        }
        let Some(sent) = Sent::of(s, id) else {
            return;
        };
        match (sent.receiver, sent.name) {
            (None, "if" | "unless") => self.decision(&sent),
            (None, "case" | "cond" | "with" | "try" | "receive") => {
                let before = std::mem::replace(&mut self.conditional, sent.name != "try");
                if let Some(block) = sent.block {
                    self.inside(block);
                }
                self.conditional = before;
            }
            (None, "for") => self.comprehension(&sent),
            _ if steps::read(self, &sent) => {}
            (None, name) => {
                let defined = self.module.functions(s, name);
                let depth = self.depth;
                if defined.is_empty() || depth >= DEEPEST {
                    return self.not_understood(id, "what this function does stands elsewhere");
                }
                self.depth += 1;
                for (parameters, body) in defined {
                    let before = self.bound.clone();
                    for (&parameter, &given) in parameters.iter().zip(&sent.placed) {
                        self.bind(parameter, given);
                    }
                    self.block(body);
                    self.bound = before;
                }
                self.depth = depth;
            }
            (Some(_), _) => self.not_understood(id, "what this function does stands elsewhere"),
        }
    }

    /// Reads whatever stands in a node.
    pub(super) fn inside(&mut self, id: Id) {
        let s = self.context.syntax;
        for inner in s.named(id) {
            self.statement(inner);
        }
    }

    fn operator(&mut self, id: Id) {
        let s = self.context.syntax;
        let operator = s.child(id, "operator").map_or("", |o| s.text(o));
        let sides = (s.child(id, "left"), s.child(id, "right"));
        match (operator, sides) {
            ("=", (Some(left), Some(right))) => {
                self.bind(left, right);
                self.statement(right);
            }
            ("|>", _) => {
                let parts = pipe(s, id);
                if !steps::read_pipe(self, id, &parts) {
                    for part in parts {
                        self.statement(part);
                    }
                }
            }
            (_, (Some(left), Some(right))) => {
                self.statement(left);
                self.statement(right);
            }
            _ => {}
        }
    }

    fn bind(&mut self, name: Id, value: Id) {
        let s = self.context.syntax;
        if s.kind(name) != "identifier" {
            return;
        }
        let value = match (self.word(value), self.words(value)) {
            (Some(found), _) => Some(Value::Word(found)),
            (None, Some(found)) => Some(Value::Words(found)),
            (None, None) => None,
        };
        match value {
            Some(value) => self.bound.insert(s.text(name).to_owned(), value),
            None => self.bound.remove(s.text(name)),
        };
    }

    /// `if direction() == :up do … else … end`; any other condition may hold or not.
    fn decision(&mut self, sent: &Sent<'a>) {
        let s = self.context.syntax;
        let asked = sent.placed.first().map_or("", |&c| s.text(c));
        let asked: String = asked.split_whitespace().collect();
        let goes = match asked.as_str() {
            "direction()==:up" => Some(self.direction == Direction::Up),
            "direction()==:down" => Some(self.direction == Direction::Down),
            _ => None,
        };
        let goes = goes.map(|goes| goes == (sent.name == "if"));
        let otherwise = sent
            .block
            .and_then(|b| s.child_of(b, "else_block"))
            .or_else(|| sent.option("else"));
        let before = self.conditional;
        self.conditional |= goes.is_none();
        if let Some(then) = sent.block.filter(|_| goes != Some(false)) {
            self.block(then);
        }
        if let Some(otherwise) = otherwise.filter(|_| goes != Some(true)) {
            self.block(otherwise);
        }
        self.conditional = before;
    }

    /// `for table <- [:users, :teams] do … end`.
    fn comprehension(&mut self, sent: &Sent<'a>) {
        let s = self.context.syntax;
        let Some(block) = sent.block else { return };
        let generator = sent.placed.first().and_then(|&g| {
            let is_generator = s.child(g, "operator").is_some_and(|o| s.text(o) == "<-");
            is_generator
                .then(|| Some((s.child(g, "left")?, s.child(g, "right")?)))
                .flatten()
        });
        let listed = generator.and_then(|(name, list)| Some((s.text(name), self.words(list)?)));
        let Some((name, all)) = listed else {
            return self.block(block);
        };
        let before = self.bound.clone();
        for one in all {
            self.bound.insert(name.to_owned(), Value::Word(one));
            self.block(block);
        }
        self.bound = before;
    }
}
