//! The walk through a way of a migration: its calls, one by one, with what the variables in it stand for.

use coexist_model::{Dialect, Effect};

use crate::code::php::{Chain, Closure, Scope, Sent, Value, entries, method, parameters};
use crate::code::syntax::Id;

use super::super::script::Script;
use super::{blueprint, database, rows};

/// How deep bodies are entered.
const DEEPEST: usize = 40;
/// How many rounds of a loop over a list are read.
const MOST_ROUNDS: usize = 200;
/// How many statements are read in all, loops and helpers counted each time.
const MOST_STATEMENTS: usize = 5_000;

/// Calls on `Schema` that change nothing.
const HARMLESS: &[&str] = &[
    "hasTable",
    "hasColumn",
    "hasColumns",
    "hasIndex",
    "hasView",
    "getTables",
    "getViews",
    "getTypes",
    "getColumns",
    "getIndexes",
    "getForeignKeys",
    "getColumnListing",
    "getColumnType",
    "getTableListing",
    "getConnection",
    "getAllTables",
    "enableForeignKeyConstraints",
    "disableForeignKeyConstraints",
    "defaultStringLength",
    "defaultTimePrecision",
    "defaultMorphKeyType",
    "morphUsingUuids",
    "morphUsingUlids",
    "setConnection",
    "blueprintResolver",
    "registerEnumMapping",
    "createDatabase",
    "ensureVectorExtensionExists",
    "ensureExtensionExists",
];

/// Calls that run the SQL they are given.
const RUN_SQL: &[&str] = &[
    "statement",
    "unprepared",
    "update",
    "delete",
    "insert",
    "affectingStatement",
    "exec",
    "executeStatement",
];

pub(super) struct Walk<'w, 'c, 's, 'a> {
    pub(super) script: &'w mut Script<'c, 's, 'a>,
    pub(super) scope: Scope<'c, 's, 'a>,
    /// The class of the migration.
    class: Id,
    /// The operation that creates the table which is being described; None: it exists.
    pub(super) created: Option<usize>,
    conditional: bool,
    depth: usize,
    /// How many statements may yet be read.
    left: usize,
    /// The helpers that are being read.
    helpers: Vec<Id>,
}

impl<'w, 'c, 's, 'a> Walk<'w, 'c, 's, 'a> {
    pub(super) fn new(script: &'w mut Script<'c, 's, 'a>, class: Id) -> Self {
        let context = script.context;
        // It may say itself that it does not run.
        let conditional = method(context.syntax, class, "shouldRun").is_some();
        Self {
            script,
            scope: Scope::new(context),
            class,
            created: None,
            conditional,
            depth: 0,
            left: MOST_STATEMENTS,
            helpers: Vec::new(),
        }
    }

    /// Reads a way of the migration.
    pub(super) fn way(&mut self, body: Id) {
        self.script.branch(self.conditional);
        self.block(body);
    }

    /// Reads the statements of a block. What stands behind a `return` in a branch happens only sometimes.
    fn block(&mut self, block: Id) {
        let s = self.scope.context.syntax;
        if self.depth >= DEEPEST {
            return self
                .script
                .opaque(block, "this is nested too deep to be read");
        }
        self.depth += 1;
        let before = self.conditional;
        if matches!(s.kind(block), "compound_statement" | "colon_block") {
            let statements: Vec<Id> = s.named(block).collect();
            for statement in statements {
                self.statement(statement);
                let leaves = s.kind(statement) == "if_statement" && self.may_leave(statement);
                self.branch(self.conditional || leaves);
            }
        } else {
            self.statement(block);
        }
        self.branch(before);
        self.depth -= 1;
    }

    fn branch(&mut self, conditional: bool) {
        self.conditional = conditional;
        self.script.branch(conditional);
    }

    /// Returns whether a branch ends the way. One that does so for another database does not count.
    fn may_leave(&self, branch: Id) -> bool {
        let s = self.scope.context.syntax;
        let leaves = s.below(branch).any(|n| s.kind(n) == "return_statement");
        let elsewhere = s
            .child(branch, "condition")
            .and_then(|c| self.asks_for(c))
            .is_some_and(|asked| !self.is_meant(&asked));
        leaves && !elsewhere
    }

    fn statement(&mut self, id: Id) {
        let s = self.scope.context.syntax;
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        self.left = left;
        if left == 0 {
            return self.script.opaque(id, "this does too much to be read");
        }
        match s.kind(id) {
            "if_statement" => self.branches(id),
            "foreach_statement" => self.rounds(id),
            "try_statement" => {
                let fails = s.below(id).any(|n| s.kind(n) == "throw_expression");
                let before = self.conditional;
                self.branch(before || !fails);
                for part in s.named(id).collect::<Vec<_>>() {
                    match s.kind(part) {
                        "catch_clause" => {
                            self.branch(true);
                            s.child(part, "body")
                                .into_iter()
                                .for_each(|b| self.block(b));
                        }
                        "finally_clause" => {
                            self.branch(before);
                            s.child(part, "body")
                                .into_iter()
                                .for_each(|b| self.block(b));
                        }
                        _ => self.block(part),
                    }
                }
                self.branch(before);
            }
            "while_statement" | "do_statement" | "for_statement" | "switch_statement" => {
                let before = self.conditional;
                self.branch(true);
                self.parts(id);
                self.branch(before);
            }
            "match_expression" => self.arms(id),
            "compound_statement" | "colon_block" => self.block(id),
            "class_declaration" | "function_definition" | "comment" => {}
            _ => self.expression(id),
        }
    }

    /// Reads the arms of a `match`; those for another database are left out.
    fn arms(&mut self, id: Id) {
        let s = self.scope.context.syntax;
        let before = self.conditional;
        let arms = s.child(id, "body").map(|b| s.named(b).collect::<Vec<_>>());
        for arm in arms.unwrap_or_default() {
            let asked = s.child(arm, "conditional_expressions");
            let asked = asked.and_then(|c| self.asks_for(c));
            let Some(done) = s.child(arm, "return_expression") else {
                continue;
            };
            match asked {
                Some(asked) if !self.is_meant(&asked) => {}
                Some(asked) => {
                    self.branch(before || !asked.contains(&self.script.dialect));
                    self.expression(done);
                }
                None => {
                    self.branch(true);
                    self.expression(done);
                }
            }
            self.branch(before);
        }
    }

    fn branches(&mut self, id: Id) {
        let s = self.scope.context.syntax;
        let before = self.conditional;
        for part in s.named(id).collect::<Vec<_>>() {
            match (s.kind(part), s.role(part)) {
                (_, Some("condition")) => self.expression(part),
                ("else_clause" | "else_if_clause", _) => {
                    if s.kind(part) == "else_clause" {
                        self.branch(before || !self.is_for_another(id));
                        s.child(part, "body")
                            .into_iter()
                            .for_each(|b| self.block(b));
                    } else {
                        self.branches(part);
                    }
                }
                _ => self.branch_body(id, part, before),
            }
            self.branch(before);
        }
    }

    /// Reads what a branch runs, in the dialect that its condition asks for.
    fn branch_body(&mut self, branch: Id, body: Id, before: bool) {
        let s = self.scope.context.syntax;
        let asked = s.child(branch, "condition").and_then(|c| self.asks_for(c));
        let Some(asked) = asked else {
            self.branch(true);
            return self.block(body);
        };
        if !self.is_meant(&asked) {
            return;
        }
        let dialect = self.script.dialect;
        let assumed = asked.contains(&dialect);
        self.script.dialect = if assumed { dialect } else { asked[0] };
        self.branch(before || !assumed);
        self.block(body);
        self.script.dialect = dialect;
    }

    /// Returns whether what a branch runs is meant for another database only.
    fn is_for_another(&self, branch: Id) -> bool {
        let s = self.scope.context.syntax;
        let asked = s.child(branch, "condition").and_then(|c| self.asks_for(c));
        asked.is_some_and(|asked| !self.is_meant(&asked))
    }

    /// Returns whether a database is the one that is told, or may be where none is. SQLite is what tests use.
    fn is_meant(&self, asked: &[Dialect]) -> bool {
        match self.script.told {
            Some(told) => asked.contains(&told),
            None => asked.iter().any(|&d| d != Dialect::Sqlite),
        }
    }

    /// Returns the databases that a condition asks for: `DB::getDriverName() === 'pgsql'`. What it rules out, it does not ask for.
    fn asks_for(&self, condition: Id) -> Option<Vec<Dialect>> {
        let s = self.scope.context.syntax;
        let within = || std::iter::once(condition).chain(s.below(condition));
        let texts = within().filter(|&n| s.is_string(n));
        let named: Vec<Dialect> = texts
            .filter_map(|n| database(&self.scope.word(n)?))
            .collect();
        let ruled_out = within().any(|n| {
            s.child(n, "operator")
                .is_some_and(|o| matches!(s.text(o), "!=" | "!==" | "!"))
        });
        match (named.is_empty(), ruled_out) {
            (true, _) => None,
            (false, false) => Some(named),
            (false, true) => {
                let all = [Dialect::MySql, Dialect::Postgres, Dialect::Sqlite];
                Some(all.into_iter().filter(|d| !named.contains(d)).collect())
            }
        }
    }

    /// Reads a loop: round by round over a list that stands there, else once, with rows where it goes over rows.
    fn rounds(&mut self, id: Id) {
        let s = self.scope.context.syntax;
        let parts: Vec<Id> = s.named(id).filter(|&p| s.role(p) != Some("body")).collect();
        let (Some(&list), Some(&taken), Some(body)) =
            (parts.first(), parts.get(1), s.child(id, "body"))
        else {
            return;
        };
        let names: Vec<&'a str> = match s.kind(taken) {
            "pair" => s.named(taken).map(|n| s.text(n)).collect(),
            _ => vec![s.text(taken)],
        };
        let list = s.bare(list);
        if let Some(rounds) = self.listed(list, names.len()) {
            for values in rounds {
                self.bound(&names, values, |walk| walk.block(body));
            }
            return;
        }
        self.expression(list);
        let rows = rows::table(self, list).map(Value::Rows);
        let mut values = vec![None; names.len()];
        values[names.len() - 1] = rows;
        self.bound(&names, values, |walk| walk.block(body));
    }

    /// Returns what the variables of a loop stand for in each round, where all of it stands there.
    fn listed(&self, list: Id, names: usize) -> Option<Vec<Vec<Option<Value>>>> {
        let s = self.scope.context.syntax;
        let list = self.scope.resolved(list);
        (s.kind(list) == "array_creation_expression").then_some(())?;
        let entries = entries(s, list);
        let value = |(key, value): (Option<Id>, Id)| {
            let value = self.scope.evaluated(value);
            match names {
                1 => vec![value],
                _ => vec![key.and_then(|k| self.scope.evaluated(k)), value],
            }
        };
        (entries.len() <= MOST_ROUNDS).then(|| entries.into_iter().map(value).collect())
    }

    /// Does something while variables stand for these values.
    fn bound(
        &mut self,
        names: &[&'a str],
        values: Vec<Option<Value>>,
        act: impl FnOnce(&mut Self),
    ) {
        let named = names.iter().zip(values);
        let before: Vec<_> = named
            .map(|(name, value)| (*name, self.scope.bind(name, value)))
            .collect();
        act(self);
        for (name, value) in before.into_iter().rev() {
            self.scope.bind(name, value);
        }
    }

    /// Reads a closure whose parameters stand for these values.
    pub(super) fn closure(&mut self, closure: &Closure<'a>, values: Vec<Option<Value>>) {
        self.bound(&closure.parameters, values, |walk| walk.block(closure.body));
    }

    /// Reads the calls in an expression or statement.
    fn expression(&mut self, id: Id) {
        let s = self.scope.context.syntax;
        match s.kind(id) {
            "assignment_expression" => self.assignment(id),
            "match_expression" => self.arms(id),
            "anonymous_function" | "arrow_function" => {
                if let Some(closure) = Closure::of(s, id) {
                    self.closure(&closure, Vec::new());
                }
            }
            _ if Sent::of(s, id).is_some() => self.call(id),
            _ => self.parts(id),
        }
    }

    fn parts(&mut self, id: Id) {
        let s = self.scope.context.syntax;
        if self.depth >= DEEPEST {
            return;
        }
        self.depth += 1;
        for part in s.named(id).collect::<Vec<_>>() {
            self.statement(part);
        }
        self.depth -= 1;
    }

    fn assignment(&mut self, id: Id) {
        let s = self.scope.context.syntax;
        let (Some(left), Some(right)) = (s.child(id, "left"), s.child(id, "right")) else {
            return;
        };
        let right = s.bare(right);
        self.expression(right);
        if s.kind(left) == "variable_name" {
            let rows = rows::table(self, right).map(Value::Rows);
            let value = rows.or_else(|| self.scope.evaluated(right));
            self.scope.bind(s.text(left), value);
        } else {
            rows::assigned(self, left);
        }
    }

    fn call(&mut self, id: Id) {
        let s = self.scope.context.syntax;
        let Some(chain) = Chain::of(s, id) else {
            return;
        };
        if let Some(Value::Table(table)) = self.scope.value(chain.root).cloned() {
            return blueprint::read(self, &table, &chain);
        }
        if self.on_schema(&chain) || self.on_connection(&chain) || rows::read(self, &chain) {
            return;
        }
        if self.collected(&chain) {
            return;
        }
        let first = &chain.calls[0];
        let own = match first.receiver {
            Some(receiver) => matches!(s.text(receiver), "$this" | "self" | "static"),
            None => false,
        };
        let helper = own.then(|| method(s, self.class, first.name)).flatten();
        if let Some(helper) = helper {
            return self.helper(first, helper);
        }
        if self.hands_on(&chain) {
            return self
                .script
                .opaque(id, "what this function does stands elsewhere");
        }
        // What a method of the class's base answers is only asked for.
        let told = s
            .parent(id)
            .is_some_and(|up| s.kind(up) == "expression_statement");
        if own && told {
            return self
                .script
                .opaque(id, "what this function does stands elsewhere");
        }
        if rows::starts(self, &chain) {
            return self.script.opaque(id, "what it starts stands elsewhere");
        }
        for call in &chain.calls {
            for argument in call.arguments().collect::<Vec<_>>() {
                self.expression(argument);
            }
        }
        if Sent::of(s, chain.root).is_none() {
            self.parts(chain.root);
        }
    }

    /// Reads `collect(['a', 'b'])->each(function ($name) { … })`; returns whether it is one.
    fn collected(&mut self, chain: &Chain<'a>) -> bool {
        let (Some(first), Some(each)) = (chain.calls.first(), chain.calls.get(1)) else {
            return false;
        };
        let list = first.placed.first().filter(|_| first.name == "collect");
        let closure = each.placed.first().and_then(|&c| self.scope.closure(c));
        let (Some(&list), Some(closure), "each" | "map") = (list, closure, each.name) else {
            return false;
        };
        // The key comes second.
        let rounds = self.listed(list, 2);
        for mut values in rounds.clone().unwrap_or_default() {
            values.reverse();
            self.closure(&closure, values);
        }
        rounds.is_some()
    }

    /// Returns whether a call is given the description of a table.
    fn hands_on(&self, chain: &Chain<'a>) -> bool {
        let mut given = chain.calls.iter().flat_map(Sent::arguments);
        given.any(|g| matches!(self.scope.value(g), Some(Value::Table(_))))
    }

    /// Reads a method of the migration where it is called, its parameters standing for the arguments.
    fn helper(&mut self, sent: &Sent<'a>, helper: Id) {
        let s = self.scope.context.syntax;
        let names = parameters(s, helper);
        let values = names.iter().enumerate().map(|(at, name)| {
            let given = sent.at(at, name.trim_start_matches('$'));
            given.and_then(|g| self.scope.evaluated(g))
        });
        let values: Vec<_> = values.collect();
        if self.helpers.contains(&helper) {
            return self.script.opaque(sent.id, "this function calls itself");
        }
        self.helpers.push(helper);
        let before = self.conditional;
        if let Some(body) = s.child(helper, "body") {
            self.bound(&names, values, |walk| walk.block(body));
        }
        self.branch(before);
        self.helpers.pop();
    }

    /// Reads a call on `Schema`; returns whether it is one.
    fn on_schema(&mut self, chain: &Chain<'a>) -> bool {
        let s = self.scope.context.syntax;
        let root = s.last_name(chain.root).trim_start_matches('$');
        let named = matches!(
            self.scope.context.original(root),
            "Schema" | "schema" | "builder"
        );
        // `$this->schema->create(…)`, `DB::connection()->getSchemaBuilder()->table(…)`.
        let at = match named {
            true => 0,
            false => {
                let mut calls = chain.calls.iter();
                match calls.position(|c| matches!(c.name, "getSchemaBuilder" | "schema")) {
                    Some(at) => at + 1,
                    None => return false,
                }
            }
        };
        let mut calls = chain.calls[at..].iter();
        let Some(sent) = calls.find(|c| !matches!(c.name, "connection" | "setConnection")) else {
            return true;
        };
        if !HARMLESS.contains(&sent.name) && self.schema(sent).is_none() {
            let reason = format!("this use of {} is not understood", sent.name);
            self.script.opaque(sent.id, &reason);
        }
        true
    }

    fn schema(&mut self, sent: &Sent<'a>) -> Option<()> {
        let id = sent.id;
        let table = sent.at(0, "table").and_then(|t| self.scope.word(t));
        match sent.name {
            "create" => {
                let table = table?;
                let effect = Effect::CreateTable {
                    elements: Vec::new(),
                };
                let created = self.script.len();
                self.script.on_table(id, &table, effect);
                let closure = self.scope.closure(sent.at(1, "callback")?)?;
                blueprint::describe(self, &table, Some(created), &closure);
            }
            "table" => {
                let closure = self.scope.closure(sent.at(1, "callback")?)?;
                blueprint::describe(self, &table?, None, &closure);
            }
            "whenTableHasColumn"
            | "whenTableDoesntHaveColumn"
            | "whenTableHasIndex"
            | "whenTableDoesntHaveIndex" => {
                let closure = self.scope.closure(*sent.placed.last()?)?;
                let before = self.conditional;
                self.branch(true);
                blueprint::describe(self, &table?, None, &closure);
                self.branch(before);
            }
            "drop" | "dropIfExists" => {
                self.script.on_table(id, &table?, Effect::DropTable);
                self.script.conditionally(sent.name == "dropIfExists");
            }
            "rename" => {
                let from = sent.at(0, "from").and_then(|t| self.scope.word(t))?;
                let to = self.scope.word(sent.at(1, "to")?)?;
                self.script.on_table(id, &from, Effect::RenameTable { to });
            }
            "dropColumns" => {
                let table = table?;
                for column in self.scope.words(sent.at(1, "columns")?)? {
                    self.script
                        .on_table(id, &table, Effect::DropColumn { column });
                }
            }
            "withoutForeignKeyConstraints" => {
                let closure = self.scope.closure(*sent.placed.first()?)?;
                self.closure(&closure, Vec::new());
            }
            _ => return None,
        }
        Some(())
    }

    /// Reads a call that runs SQL on a connection; returns whether it is one.
    fn on_connection(&mut self, chain: &Chain<'a>) -> bool {
        let s = self.scope.context.syntax;
        let root = self
            .scope
            .context
            .original(s.last_name(chain.root).trim_start_matches('$'));
        let connected = chain
            .calls
            .iter()
            .any(|c| matches!(c.name, "connection" | "getConnection" | "getPdo"));
        let on_db = matches!(root, "DB" | "db" | "connection" | "conn" | "pdo");
        if !on_db && !connected {
            return false;
        }
        let Some(last) = chain.calls.last() else {
            return false;
        };
        // `DB::table('users')->update(…)` changes rows.
        if chain
            .calls
            .iter()
            .any(|c| matches!(c.name, "table" | "query"))
        {
            return false;
        }
        match last.name {
            name if RUN_SQL.contains(&name) => match last.placed.first() {
                Some(&sql) => self.sql(last.id, sql),
                None => self
                    .script
                    .opaque(last.id, "the SQL that it runs is not known"),
            },
            "transaction" => {
                let closure = last.placed.first().and_then(|&f| self.scope.closure(f));
                match closure {
                    Some(closure) => self.closure(&closure, Vec::new()),
                    None => self
                        .script
                        .opaque(last.id, "what this function does stands elsewhere"),
                }
            }
            _ => {}
        }
        true
    }

    /// Adds the SQL that an argument is.
    fn sql(&mut self, id: Id, sql: Id) {
        let s = self.scope.context.syntax;
        let raw = Sent::of(s, sql).filter(|c| c.name == "raw");
        let sql = raw.and_then(|c| c.placed.first().copied()).unwrap_or(sql);
        let literal = self.scope.context.strings.literal(sql);
        match (literal, self.scope.word(sql)) {
            (Some(literal), _) if !literal.dynamic => self.script.sql_text(sql, &literal),
            (_, Some(text)) => {
                let place = self.script.place(sql);
                self.script.sql_at(&text, &|_| place.clone());
            }
            (Some(literal), None) => self.script.sql_text(sql, &literal),
            (None, None) => self
                .script
                .opaque(id, "the SQL that it runs is made elsewhere"),
        }
    }
}
