//! The walk through the body of a migration: its commands, one by one, with what the names in it stand for.

use coexist_model::Dialect;

use crate::code::context::Context;
use crate::code::ruby::{Block, Scope, Sent, Value, constant, statements};
use crate::code::syntax::Id;

use super::acts::{Act, Acts, Command, What};
use super::{commands, method, rows};

/// Which ways of a migration a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ways {
    /// `change`: both, the way back being derived.
    Both,
    /// `up`, `down` and their like: one.
    Forward,
    /// A dump of the whole form.
    Dump,
}

/// How deep bodies are entered.
const DEEPEST: usize = 40;
/// How many rounds of a loop over a list are read.
const MOST_ROUNDS: usize = 200;
/// How many statements are read in all, loops and helpers counted each time. A dump has one for each column.
const MOST_STATEMENTS: usize = 50_000;

/// Calls whose block runs as if it stood there. What `safety_assured` promises is read, not believed.
const TRANSPARENT: &[&str] = &[
    "safety_assured",
    "transaction",
    "say_with_time",
    "suppress_messages",
    "with_lock_retries",
    "with_retries",
    "disable_statement_timeout",
    "disable_ddl_transaction",
    "without_lock_timeout",
    "without_statement_timeout",
    "outside_transaction",
    "measure",
    "tap",
    "then",
    "silence",
    "uncached",
    "unprepared_statement",
    "with_connection",
    "lease_connection",
];

/// Calls that change nothing in the store.
const SILENT: &[&str] = &[
    "say",
    "puts",
    "p",
    "print",
    "warn",
    "raise",
    "sleep",
    "require",
    "require_relative",
    "announce",
    "lambda",
    "proc",
    "loop",
    "format",
    "include",
    "extend",
    "quote",
    "quote_table_name",
    "quote_column_name",
    "select_all",
    "select_value",
    "select_values",
    "select_rows",
    "select_one",
    "connection",
    "ensure_backfill_finished",
    "reset_column_information",
    "clear_cache!",
    "flush",
];

/// Calls that run the SQL they are given.
const RUN_SQL: &[&str] = &[
    "execute",
    "exec_query",
    "exec_update",
    "exec_delete",
    "exec_insert",
    "update",
    "delete",
    "insert",
    "query",
];

pub(super) struct Walk<'c, 's, 'a> {
    pub(super) scope: Scope<'c, 's, 'a>,
    pub(super) dialect: Dialect,
    /// The migration's class.
    class: Id,
    /// The version of Active Record that it was written for.
    pub(super) release: f64,
    ways: Ways,
    pub(super) acts: Acts,
    /// The names that stand for both directions in `reversible do |dir|`.
    directions: Vec<&'a str>,
    conditional: bool,
    depth: usize,
    /// How many statements may yet be read.
    left: usize,
}

impl<'c, 's, 'a> Walk<'c, 's, 'a> {
    pub(super) fn new(
        context: &'c Context<'s, 'a>,
        dialect: Dialect,
        class: Id,
        release: f64,
        ways: Ways,
    ) -> Self {
        Self {
            scope: Scope::of(context),
            dialect,
            class,
            release,
            ways,
            acts: Acts::default(),
            directions: Vec::new(),
            conditional: false,
            depth: 0,
            left: MOST_STATEMENTS,
        }
    }

    pub(super) fn context(&self) -> &'c Context<'s, 'a> {
        self.scope.context
    }

    /// Returns whether a dump is read, which describes and does not do.
    pub(super) fn is_dump(&self) -> bool {
        self.ways == Ways::Dump
    }

    /// Reads the statements of a body. What stands behind a `return if …` happens only sometimes.
    pub(super) fn body(&mut self, body: Id) {
        if self.depth >= DEEPEST {
            return self.note(body, What::Opaque("this is nested too deep to be read"));
        }
        self.depth += 1;
        let s = self.context().syntax;
        let before = self.conditional;
        for statement in statements(s, body) {
            self.statement(statement);
            let modifier = matches!(s.kind(statement), "if_modifier" | "unless_modifier");
            let leaves = s
                .child(statement, "body")
                .is_some_and(|b| s.kind(b) == "return");
            self.conditional |= modifier && leaves;
        }
        self.conditional = before;
        self.depth -= 1;
    }

    fn statement(&mut self, id: Id) {
        let s = self.context().syntax;
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        self.left = left;
        if left == 0 {
            return self.note(id, What::Opaque("this does too much to be read"));
        }
        match s.kind(id) {
            "call" | "identifier" => self.call(id),
            "assignment" => self.assignment(id),
            "if" | "unless" | "elsif" | "if_modifier" | "unless_modifier" | "conditional"
            | "case" | "when" | "while" | "until" | "while_modifier" | "until_modifier"
            | "rescue" | "rescue_modifier" => self.branch(id),
            "class" | "module" | "method" | "singleton_method" | "comment" | "return"
            | "heredoc_body" => {}
            "begin" | "then" | "else" | "ensure" | "parenthesized_statements" | "do" => {
                self.body(id);
            }
            _ => self.parts(id),
        }
    }

    /// Reads what a branch runs; its condition changes nothing.
    fn branch(&mut self, id: Id) {
        let s = self.context().syntax;
        let before = std::mem::replace(&mut self.conditional, true);
        let parts: Vec<Id> = s.named(id).collect();
        for part in parts {
            let asks = matches!(
                s.role(part),
                Some("condition" | "value" | "pattern" | "exceptions" | "variable")
            );
            if !asks && self.depth < DEEPEST {
                self.depth += 1;
                match s.kind(part) {
                    "then" | "else" | "do" => self.body(part),
                    _ => self.statement(part),
                }
                self.depth -= 1;
            }
        }
        self.conditional = before;
    }

    /// Reads the calls in an expression.
    fn parts(&mut self, id: Id) {
        let s = self.context().syntax;
        if self.depth >= DEEPEST {
            return;
        }
        self.depth += 1;
        let parts: Vec<Id> = s.named(id).collect();
        for part in parts {
            match s.kind(part) {
                "call" => self.call(part),
                // A name alone is a value here.
                "identifier" => {}
                _ => self.parts(part),
            }
        }
        self.depth -= 1;
    }

    fn assignment(&mut self, id: Id) {
        let s = self.context().syntax;
        let (Some(left), Some(right)) = (s.child(id, "left"), s.child(id, "right")) else {
            return;
        };
        if s.kind(right) == "call" {
            self.call(right);
        }
        if !s.is_name(left) {
            return;
        }
        let name = s.text(left);
        match rows::table(self, right) {
            Some(table) => {
                self.scope.bind(name, Some(Value::Rows(table)));
            }
            None => self.scope.assign(name, right),
        }
    }

    fn call(&mut self, id: Id) {
        let s = self.context().syntax;
        let Some(sent) = Sent::of(s, id) else { return };
        if self.is_direction(&sent) {
            return self.direction(&sent);
        }
        if self.is_own(&sent) {
            return self.own(&sent);
        }
        if TRANSPARENT.contains(&sent.name) && sent.block.is_some() {
            return self.block(sent.block.as_ref(), &[]);
        }
        if self.rounds(&sent) || rows::read(self, &sent) {
            return;
        }
        // A call on something else: what it is made of may do something.
        if let Some(receiver) = sent.receiver.filter(|&r| s.kind(r) == "call") {
            self.call(receiver);
        }
        for &argument in &sent.placed {
            self.parts(argument);
        }
        self.block(sent.block.as_ref(), &[]);
    }

    /// Returns whether a call goes to the migration itself or to its connection.
    fn is_own(&self, sent: &Sent<'a>) -> bool {
        let s = self.context().syntax;
        sent.receiver.is_none_or(|receiver| {
            let name = s.last_name(receiver);
            let is_connection =
                matches!(
                    name,
                    "connection" | "conn" | "lease_connection" | "@connection"
                ) || matches!(s.text(receiver), "self" | "@connection" | "conn" | "schema");
            is_connection && sent.name != "connection"
        })
    }

    fn own(&mut self, sent: &Sent<'a>) {
        if sent.receiver.is_none()
            && let Some(method) = method(self.context(), self.class, sent.name)
        {
            return self.helper(sent, method);
        }
        match sent.name {
            "reversible" => self.reversible(sent),
            "up_only" => self.up_only(sent),
            "revert" => self.revert(sent),
            name if RUN_SQL.contains(&name) => self.sql(sent),
            name if TRANSPARENT.contains(&name) && sent.block.is_some() => {
                self.block(sent.block.as_ref(), &[]);
            }
            name if SILENT.contains(&name) || name.ends_with('?') => {
                self.block(sent.block.as_ref(), &[]);
            }
            // A name alone is a variable, or says how the migration is run.
            _ if self.context().syntax.kind(sent.id) == "identifier" => {}
            name if name.ends_with("_transaction!") => {}
            name => match commands::read(self, sent) {
                Some(command) => self.push(sent.id, command),
                None => self.note(sent.id, What::Unknown(name.to_owned())),
            },
        }
    }

    /// Reads a method of the migration where it is called, its parameters standing for the arguments.
    fn helper(&mut self, sent: &Sent<'a>, method: Id) {
        let s = self.context().syntax;
        let parameters = s.child(method, "parameters");
        let parameters: Vec<Id> = parameters.map(|p| s.named(p).collect()).unwrap_or_default();
        let mut bound = Vec::new();
        for (at, &parameter) in parameters.iter().enumerate() {
            let name = s
                .child(parameter, "name")
                .map_or(s.text(parameter), |n| s.text(n));
            let given = sent
                .placed
                .get(at)
                .copied()
                .or_else(|| sent.options.get(name));
            let given = given.or_else(|| s.child(parameter, "value"));
            bound.push((name, given.and_then(|g| self.evaluated(g))));
        }
        if let Some(body) = s.child(method, "body") {
            self.bound(bound, |walk| walk.body(body));
        }
    }

    fn evaluated(&self, id: Id) -> Option<Value> {
        let word = self.scope.word(id).map(Value::Word);
        word.or_else(|| self.scope.words(id).map(Value::Words))
    }

    /// Does something while names stand for these values.
    fn bound(&mut self, names: Vec<(&'a str, Option<Value>)>, act: impl FnOnce(&mut Self)) {
        let names: Vec<_> = names
            .into_iter()
            .map(|(name, value)| (name, self.scope.bind(name, value)))
            .collect();
        act(self);
        for (name, before) in names.into_iter().rev() {
            self.scope.bind(name, before);
        }
    }

    /// Reads a block whose parameters stand for these values.
    pub(super) fn block(&mut self, block: Option<&Block<'a>>, values: &[Value]) {
        let Some((block, body)) = block.and_then(|b| Some((b, b.body?))) else {
            return;
        };
        let names = block.parameters.iter().enumerate();
        let names = names.map(|(at, &name)| (name, values.get(at).cloned()));
        self.bound(names.collect(), |walk| walk.body(body));
    }

    /// Reads a loop over a list that stands there, round by round; returns whether it is one.
    fn rounds(&mut self, sent: &Sent<'a>) -> bool {
        let s = self.context().syntax;
        let (Some(list), "each" | "map" | "each_with_index" | "flat_map" | "each_pair") =
            (sent.receiver, sent.name)
        else {
            return false;
        };
        let rounds: Option<Vec<Vec<Value>>> = match s.kind(list) {
            "array" => s
                .named(list)
                .map(|item| match s.kind(item) {
                    "array" => s.named(item).map(|i| self.evaluated(i)).collect(),
                    _ => Some(vec![self.evaluated(item)?]),
                })
                .collect(),
            "hash" => s
                .named(list)
                .map(|pair| {
                    let key = self.evaluated(s.child(pair, "key")?)?;
                    Some(vec![key, self.evaluated(s.child(pair, "value")?)?])
                })
                .collect(),
            _ => self.scope.words(list).map(|words| {
                let values = words.into_iter().map(Value::Word);
                values.map(|v| vec![v]).collect()
            }),
        };
        let Some(rounds) = rounds.filter(|r| r.len() <= MOST_ROUNDS) else {
            return false;
        };
        for values in &rounds {
            self.block(sent.block.as_ref(), values);
        }
        true
    }

    /// `reversible do |dir| dir.up { … }; dir.down { … } end`.
    fn reversible(&mut self, sent: &Sent<'a>) {
        let Some(block) = &sent.block else { return };
        let before = self.directions.len();
        self.directions.extend(block.parameters.first().copied());
        self.block(Some(block), &[]);
        self.directions.truncate(before);
    }

    fn is_direction(&self, sent: &Sent<'a>) -> bool {
        let s = self.context().syntax;
        let on = sent.receiver.map_or("", |r| s.text(r));
        self.directions.contains(&on) && matches!(sent.name, "up" | "down")
    }

    fn direction(&mut self, sent: &Sent<'a>) {
        let gathered = self.apart(Ways::Forward, |walk| walk.block(sent.block.as_ref(), &[]));
        match sent.name {
            "up" => self.acts.forward.extend(gathered.forward),
            _ => self.acts.back.push(gathered.forward),
        }
    }

    fn up_only(&mut self, sent: &Sent<'a>) {
        let gathered = self.apart(Ways::Forward, |walk| walk.block(sent.block.as_ref(), &[]));
        self.acts.forward.extend(gathered.forward);
    }

    /// `revert do … end` does what undoes its block.
    fn revert(&mut self, sent: &Sent<'a>) {
        if sent.block.is_none() {
            return self.note(
                sent.id,
                What::Opaque("it reverts a migration that stands elsewhere"),
            );
        }
        let gathered = self.apart(Ways::Both, |walk| walk.block(sent.block.as_ref(), &[]));
        if gathered.irreversible {
            return self.note(sent.id, What::Opaque("it reverts what has no way back"));
        }
        self.acts
            .forward
            .extend(gathered.back.into_iter().rev().flatten());
        self.acts.back.push(gathered.forward);
    }

    /// Returns what something does, apart from the rest.
    fn apart(&mut self, ways: Ways, act: impl FnOnce(&mut Self)) -> Acts {
        let outer = std::mem::take(&mut self.acts);
        let before = std::mem::replace(&mut self.ways, ways);
        act(self);
        self.ways = before;
        std::mem::replace(&mut self.acts, outer)
    }

    fn sql(&mut self, sent: &Sent<'a>) {
        let Some(&sql) = sent.placed.first() else {
            return self.note(sent.id, What::Unknown(sent.name.to_owned()));
        };
        self.acts.irreversible |= self.ways == Ways::Both;
        self.note(sent.id, What::Sql(sql));
    }

    /// Adds a command.
    pub(super) fn push(&mut self, id: Id, command: Command) {
        let conditional = self.conditional;
        let acts = |steps: Vec<super::acts::Step>| -> Vec<Act> {
            let act = |step| Act {
                id,
                what: What::Step(Box::new(step)),
                conditional,
            };
            steps.into_iter().map(act).collect()
        };
        self.acts.forward.extend(acts(command.forward));
        if self.ways == Ways::Both {
            match command.back {
                Some(back) => self.acts.back.push(acts(back)),
                None => self.acts.irreversible = true,
            }
        }
    }

    /// Adds something that happens on the way forward.
    pub(super) fn note(&mut self, id: Id, what: What) {
        let conditional = self.conditional;
        self.acts.forward.push(Act {
            id,
            what,
            conditional,
        });
    }

    /// Returns the table of a class that code in the migration names: its own where the file declares it.
    pub(super) fn table_of(&self, class: &str) -> String {
        let s = self.context().syntax;
        let bare = class.rsplit("::").next().unwrap_or(class);
        let declared = s.all().find(|&id| {
            let name = (s.kind(id) == "class")
                .then(|| s.child(id, "name"))
                .flatten();
            name.and_then(|n| constant(s, n))
                .is_some_and(|n| n.rsplit("::").next() == Some(bare))
        });
        let named = declared.and_then(|class| {
            let body = s.child(class, "body")?;
            let assigned = s.named(body).filter(|&c| s.kind(c) == "assignment");
            let mut names = assigned.filter(|&a| {
                s.child(a, "left")
                    .is_some_and(|l| matches!(s.text(l), "self.table_name"))
            });
            self.scope.word(s.child(names.next()?, "right")?)
        });
        named.unwrap_or_else(|| crate::code::inflections::table_of(class))
    }
}
