//! Knex: `exports.up = (knex) => knex.schema.alterTable("users", (table) => { … })`.
//!
//! The builder: <https://knexjs.org/guide/schema-builder.html>. A column may be NULL unless it says `notNullable()`. `alter()`
//! makes the column what its chain says, with default and NULL unless told otherwise.

use std::collections::BTreeMap;

use coexist_model::{ConstraintKind, Dialect, Effect, MigrationPart, Rows};

use crate::code::context::Context;
use crate::code::javascript::columns::Described;
use crate::code::javascript::steps::Step;
use crate::code::javascript::values::{Object, Scope};
use crate::code::javascript::{Program, TONGUES};
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

use super::Tool;
use super::by_name;
use super::javascript::{both_ways, partial};
use super::script::{Script, constraint};

pub(super) const TOOL: Tool = Tool {
    name: "knex",
    tongues: TONGUES,
    part,
    lower,
};

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let program = Program::new(context);
    let up = program.way("up")?;
    let handles = program.handles(up);
    let named = handles.contains(&"knex") || program.first_type(up).contains("Knex");
    let s = context.syntax;
    // `db.schema.createTable("users", (table) => …)`: the table is described by a function.
    let builds = || {
        s.below(up).filter_map(|id| s.call(id)).any(|call| {
            let given = s.arguments(call);
            let described = given
                .get(1)
                .is_some_and(|&g| s.profile.functions.contains(&s.kind(g)));
            let on_schema = s.receiver(call).is_some_and(|r| s.last_name(r) == "schema");
            on_schema
                && described
                && handles.contains(
                    &program
                        .root(call.callee)
                        .first()
                        .copied()
                        .unwrap_or_default(),
                )
        })
    };
    (named || forced || builds()).then(|| by_name(context, TOOL.name))
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let program = Program::new(script.context);
    both_ways(script, &program, |script, steps| {
        let mut reader = Reader {
            program: &program,
            tables: BTreeMap::new(),
        };
        for step in steps {
            script.branch(step.conditional);
            reader.read(script, step);
        }
    });
}

/// The table that the parameter of a function stands for.
#[derive(Debug, Clone)]
struct Building {
    table: String,
    /// The operation that creates it; None: it exists.
    created: Option<usize>,
}

struct Reader<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    /// The tables that are being described, by the function that does.
    tables: BTreeMap<Id, Building>,
}

/// Calls on `schema` that change nothing.
const HARMLESS: &[&str] = &[
    "hasTable",
    "hasColumn",
    "withSchema",
    "createSchema",
    "createSchemaIfNotExists",
    "createExtension",
    "createExtensionIfNotExists",
    "queryContext",
    "toString",
    "toSQL",
    "then",
    "catch",
    "finally",
    "debug",
    "timeout",
    "transacting",
];

impl<'a> Reader<'_, '_, '_, 'a> {
    fn read(&mut self, script: &mut Script<'_, '_, '_>, step: &Step<'a>) {
        let s = self.program.context.syntax;
        let callee = s.bare(step.call.callee);
        let Some(receiver) = s.receiver(step.call) else {
            if self.is_handle(step, callee) {
                self.query(script, step);
            } else if self.hands_on(step) {
                script.opaque(step.id, "what this function does stands elsewhere");
            }
            return;
        };
        let receiver = s.bare(receiver);
        if let Some(building) = self.building(receiver) {
            return self.column_or_more(script, step, &building);
        }
        if step.name == "raw" && self.stands_alone(step) && self.is_on_handle(step) {
            return self.raw(script, step);
        }
        if self.is_schema(step, receiver) {
            if self.on_schema(script, step).is_none() {
                let reason = format!("this use of {} is not understood", step.name);
                script.opaque(step.id, &reason);
            }
            return;
        }
        let on_handle = s.is_name(receiver) && self.is_handle(step, receiver);
        match step.name {
            "insert" | "table" | "from" | "into" if on_handle => self.query(script, step),
            "batchInsert" if on_handle => self.rows(script, step, Rows::Inserted, None),
            "transaction" | "raw" | "ref" | "destroy" | "select" | "with" => {}
            _ if !on_handle && self.hands_on(step) => {
                script.opaque(step.id, "what this function does stands elsewhere");
            }
            _ => {}
        }
    }

    /// Returns whether `raw` is a statement of its own, and no part of another one.
    fn stands_alone(&self, step: &Step<'a>) -> bool {
        let s = self.program.context.syntax;
        for up in s.ancestors(step.id) {
            let kind = s.kind(up);
            if s.profile.functions.contains(&kind) || kind.ends_with("statement") {
                return true;
            }
            // An argument of another call belongs to that, unless it is a list of promises.
            let collects = |c: crate::code::view::Call| {
                matches!(
                    s.called(c),
                    "all" | "allSettled" | "push" | "then" | "resolve"
                )
            };
            if matches!(kind, "arguments") {
                let call = s.parent(up).and_then(|c| s.call(c));
                return call.is_some_and(collects);
            }
            if kind == "pair" {
                return false;
            }
        }
        true
    }

    /// `knex`, `trx`, or what the function is given.
    fn is_handle(&self, step: &Step<'a>, id: Id) -> bool {
        let s = self.program.context.syntax;
        let id = self.program.resolve(id, &step.scope);
        if !s.is_name(id) {
            return false;
        }
        let name = s.text(id);
        matches!(name, "knex" | "trx") || self.is_parameter(id, name)
    }

    /// Returns whether a name is the first parameter of a way, or of the function of a transaction.
    fn is_parameter(&self, id: Id, name: &str) -> bool {
        let s = self.program.context.syntax;
        let functions = s
            .ancestors(id)
            .filter(|&up| s.profile.functions.contains(&s.kind(up)));
        for function in functions {
            if !self.program.handles(function).contains(&name) {
                continue;
            }
            let way = ["up", "down"]
                .iter()
                .any(|w| self.program.way(w) == Some(function));
            let given_to = s
                .parent(function)
                .and_then(|list| s.parent(list))
                .and_then(|c| s.call(c));
            return way || given_to.is_some_and(|c| s.called(c) == "transaction");
        }
        false
    }

    fn hands_on(&self, step: &Step<'a>) -> bool {
        let s = self.program.context.syntax;
        let given = s.arguments(step.call);
        given
            .into_iter()
            .any(|g| s.is_name(g) && self.is_handle(step, g))
    }

    /// Returns whether the chain of a call begins with the store.
    fn is_on_handle(&self, step: &Step<'a>) -> bool {
        let s = self.program.context.syntax;
        let Some(mut at) = s.receiver(step.call) else {
            return false;
        };
        loop {
            at = s.bare(at);
            if s.is_name(at) {
                return self.is_handle(step, at);
            }
            let next = s.call(at).map(|c| c.callee);
            match next.or_else(|| s.member(at).map(|(object, _)| object)) {
                Some(next) => at = next,
                None => return false,
            }
        }
    }

    /// Returns whether a call is one on `schema`, perhaps behind others.
    fn is_schema(&self, step: &Step<'a>, receiver: Id) -> bool {
        let s = self.program.context.syntax;
        let mut at = receiver;
        loop {
            at = s.bare(at);
            if let Some(call) = s.call(at) {
                // What comes behind `then` is no builder any more.
                if matches!(s.called(call), "then" | "catch" | "finally") {
                    return false;
                }
                at = call.callee;
                continue;
            }
            let Some((object, name)) = s.member(at) else {
                let resolved = self.program.resolve(at, &step.scope);
                return resolved != at && self.is_schema(step, resolved);
            };
            let object = s.bare(object);
            if s.text(name) == "schema" {
                return s.is_name(object) && self.is_handle(step, object)
                    || s.call(object).is_some();
            }
            at = object;
        }
    }

    /// Returns the table that a name stands for in the function that describes it.
    fn building(&self, receiver: Id) -> Option<Building> {
        let s = self.program.context.syntax;
        let name = s.is_name(receiver).then(|| s.text(receiver))?;
        let functions = s
            .ancestors(receiver)
            .filter(|up| self.tables.contains_key(up));
        let mut own = functions.filter(|&f| self.program.handles(f).contains(&name));
        own.next().and_then(|f| self.tables.get(&f).cloned())
    }

    /// Reads a call on the schema; None where it is not understood.
    fn on_schema(&mut self, script: &mut Script<'_, '_, '_>, step: &Step<'a>) -> Option<()> {
        let id = step.id;
        if HARMLESS.contains(&step.name) {
            return Some(());
        }
        if step.name == "raw" {
            self.raw(script, step);
            return Some(());
        }
        let table = self.table(step, 0);
        match step.name {
            "createTable" | "createTableIfNotExists" => {
                let table = table?;
                let created = Some(script.len());
                let effect = Effect::CreateTable {
                    elements: Vec::new(),
                };
                script.on_table(id, &table, effect);
                script.conditionally(step.name != "createTable");
                self.describes(step, Building { table, created })?;
            }
            "alterTable" | "table" => {
                let building = Building {
                    table: table?,
                    created: None,
                };
                self.describes(step, building)?;
            }
            "dropTable" | "dropTableIfExists" => {
                script.on_table(id, &table?, Effect::DropTable);
                script.conditionally(step.name == "dropTableIfExists");
            }
            "renameTable" => {
                let (table, to) = (table?, self.table(step, 1)?);
                script.on_table(id, &table, Effect::RenameTable { to });
            }
            "dropView" | "dropViewIfExists" | "dropMaterializedView" => {
                let view = coexist_model::Surface::new(coexist_model::SurfaceKind::View, table?);
                script.emit(id, view, Effect::DropView);
                script.conditionally(step.name != "dropView");
            }
            "refreshMaterializedView" => {}
            _ => return None,
        }
        Some(())
    }

    /// Notes which table the function describes that a call is given.
    fn describes(&mut self, step: &Step<'a>, building: Building) -> Option<()> {
        let s = self.program.context.syntax;
        let given = s.arguments(step.call);
        let last = self.program.resolve(*given.last()?, &step.scope);
        let function = s.profile.functions.contains(&s.kind(last));
        self.tables.insert(last, building);
        function.then_some(())
    }

    /// Returns the table that an argument names, in the schema that the chain says.
    fn table(&self, step: &Step<'a>, at: usize) -> Option<String> {
        let s = self.program.context.syntax;
        let table = self
            .program
            .text(*s.arguments(step.call).get(at)?, &step.scope)?;
        let mut receiver = s.receiver(step.call);
        while let Some(call) = receiver.and_then(|r| s.call(s.bare(r))) {
            if s.called(call) == "withSchema" {
                let schema = self
                    .program
                    .text(*s.arguments(call).first()?, &step.scope)?;
                return Some(if schema == "public" {
                    table
                } else {
                    format!("{schema}.{table}")
                });
            }
            receiver = s.receiver(call);
        }
        Some(table)
    }

    /// `raw("ALTER TABLE …")`; `?` and `??` stand for what a list gives.
    fn raw(&self, script: &mut Script<'_, '_, '_>, step: &Step<'a>) {
        let s = self.program.context.syntax;
        let Some(&sql) = s.arguments(step.call).first() else {
            return;
        };
        match self.program.literal(sql, &step.scope) {
            Some(literal) if literal.text.contains("??") => {
                script.opaque(step.id, "the names in this SQL are put in by Knex");
            }
            Some(literal) => script.sql_text(sql, &literal),
            None => script.opaque(step.id, "the SQL that it runs is made elsewhere"),
        }
    }

    /// `knex("users").where(…).update({ … })`, `knex.insert(rows).into("users")`.
    fn query(&self, script: &mut Script<'_, '_, '_>, step: &Step<'a>) {
        let s = self.program.context.syntax;
        let chain = self.program.chained(step.id);
        let own = (step.name, step.id);
        let all = || std::iter::once(own).chain(chain.iter().copied());
        let named = match step.name {
            "insert" => all().find(|(name, _)| *name == "into").map(|(_, id)| id),
            _ => Some(step.id),
        };
        let table = named.and_then(|id| self.program.arguments(id).first().copied());
        let table = table.and_then(|t| self.program.text(t, &step.scope));
        for (name, id) in all() {
            let rows = match name {
                "insert" => Rows::Inserted,
                "update" | "increment" | "decrement" => Rows::Updated,
                "del" | "delete" | "truncate" => Rows::Deleted,
                _ => continue,
            };
            let Some(table) = table.as_deref() else {
                return script.opaque(step.id, "the table that it changes cannot be told");
            };
            // `{ users: "u" }`, and `users as u`.
            let table = table.split_whitespace().next().unwrap_or(table);
            let given = s.call(id).map(|c| s.arguments(c)).unwrap_or_default();
            let filled = rows == Rows::Updated && self.fills(&chain, given.first().copied(), step);
            let rows = if filled { Rows::Filled } else { rows };
            let effect = self.values(rows, given.first().copied(), step);
            script.on_table(id, table, effect);
            return;
        }
    }

    /// Returns whether the one column that is written is NULL where it is written.
    fn fills(&self, chain: &[(&str, Id)], given: Option<Id>, step: &Step<'a>) -> bool {
        let values = given.and_then(|g| self.program.object(g, &step.scope));
        let Some(values) = values.filter(|v| v.entries.len() == 1 && !v.open) else {
            return false;
        };
        let column = &values.entries[0].0;
        chain.iter().any(|(name, id)| {
            let first = self.program.arguments(*id).first().copied();
            *name == "whereNull"
                && first
                    .and_then(|f| self.program.text(f, &step.scope))
                    .as_ref()
                    == Some(column)
        })
    }

    fn values(&self, rows: Rows, given: Option<Id>, step: &Step<'a>) -> Effect {
        let scope = &step.scope;
        let object = given.and_then(|g| {
            let column = self.program.text(g, scope).map(|column| Object {
                entries: vec![(column, g)],
                open: false,
            });
            self.program.object(g, scope).or(column)
        });
        self.program
            .backfill(rows, &object.unwrap_or_default(), scope)
    }

    fn rows(
        &self,
        script: &mut Script<'_, '_, '_>,
        step: &Step<'a>,
        rows: Rows,
        given: Option<Id>,
    ) {
        match self.table(step, 0) {
            Some(table) => script.on_table(step.id, &table, self.values(rows, given, step)),
            None => script.opaque(step.id, "the table that it changes cannot be told"),
        }
    }

    /// Reads a call on the table that a function describes.
    fn column_or_more(&self, script: &mut Script<'_, '_, '_>, step: &Step<'a>, on: &Building) {
        let table = Table {
            program: self.program,
            step,
            on,
        };
        if table.read(script).is_none() {
            let reason = format!("this use of {} is not understood", step.name);
            script.opaque(step.id, &reason);
        }
    }
}

/// One call on a table that is created or altered.
struct Table<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    step: &'p Step<'a>,
    on: &'p Building,
}

impl<'a> Table<'_, '_, '_, 'a> {
    fn given(&self) -> Vec<Id> {
        self.program.arguments(self.step.id)
    }

    fn scope(&self) -> &Scope<'a> {
        &self.step.scope
    }

    fn text(&self, at: usize) -> Option<String> {
        self.program.text(*self.given().get(at)?, self.scope())
    }

    fn texts(&self, at: usize) -> Option<Vec<String>> {
        self.program.texts(*self.given().get(at)?, self.scope())
    }

    fn add(&self, script: &mut Script<'_, '_, '_>, elements: Vec<coexist_model::Element>) {
        match self.on.created {
            Some(operation) => script.add_to_created(operation, elements),
            None => script.add_column(self.step.id, &self.on.table, elements),
        }
    }

    /// Reads the call; None where it is not understood.
    fn read(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let (id, table) = (self.step.id, self.on.table.as_str());
        let drop = |script: &mut Script<'_, '_, '_>, column: String| {
            script.on_table(id, table, Effect::DropColumn { column });
        };
        match self.step.name {
            "dropColumn" | "dropColumns" => {
                let given = self.given();
                let columns: Option<Vec<Vec<String>>> = given
                    .iter()
                    .map(|&g| self.program.texts(g, self.scope()))
                    .collect();
                for column in columns?.into_iter().flatten() {
                    drop(script, column);
                }
            }
            "dropTimestamps" => {
                for column in self.timestamps() {
                    drop(script, column.to_owned());
                }
            }
            "renameColumn" => {
                let (column, to) = (self.text(0)?, self.text(1)?);
                script.on_table(id, table, Effect::RenameColumn { column, to });
            }
            "setNullable" | "dropNullable" => {
                let column = self.text(0)?;
                let required = self.step.name == "dropNullable";
                script.on_table(id, table, Effect::SetRequired { column, required });
            }
            "index" | "unique" | "primary" => return self.index(script),
            "foreign" => return self.foreign(script),
            "check" => self.constraint(
                script,
                self.text(2),
                ConstraintKind::Check {
                    expression: self.text(0).unwrap_or_default(),
                },
                Vec::new(),
            ),
            "dropIndex" | "dropUnique" | "dropForeign" | "dropPrimary" | "dropChecks" => {
                return self.drop_constraint(script);
            }
            "timestamps" => return self.add_timestamps(script),
            "comment" | "engine" | "charset" | "collate" | "inherits" | "queryContext" => {}
            _ => return self.column(script),
        }
        Some(())
    }

    /// Returns the columns of `timestamps(useTimestamps, defaultToNow, useCamelCase)`.
    fn timestamps(&self) -> [&'static str; 2] {
        let given = self.given();
        let by_object = given
            .first()
            .and_then(|&g| self.program.object(g, self.scope()));
        let camel = match by_object {
            Some(options) => self.program.is_set(&options, "useCamelCase", self.scope()),
            None => {
                let at = if self.step.name == "dropTimestamps" {
                    0
                } else {
                    2
                };
                given
                    .get(at)
                    .and_then(|&g| self.program.flag(g, self.scope()))
                    == Some(true)
            }
        };
        if camel {
            ["createdAt", "updatedAt"]
        } else {
            ["created_at", "updated_at"]
        }
    }

    fn add_timestamps(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let given = self.given();
        let object = given
            .first()
            .and_then(|&g| self.program.object(g, self.scope()));
        let now = match object {
            Some(options) => self.program.is_set(&options, "defaultToNow", self.scope()),
            None => {
                given
                    .get(1)
                    .and_then(|&g| self.program.flag(g, self.scope()))
                    == Some(true)
            }
        };
        for name in self.timestamps() {
            let described = Described {
                type_name: type_of(timestamp(script.dialect), script.dialect),
                required: now,
                default: now.then(|| "CURRENT_TIMESTAMP".to_owned()),
                ..Described::default()
            };
            let elements = described.elements(script, self.step.id, &self.on.table, name);
            self.add(script, elements);
        }
        Some(())
    }

    fn constraint(
        &self,
        script: &mut Script<'_, '_, '_>,
        name: Option<String>,
        kind: ConstraintKind,
        columns: Vec<String>,
    ) {
        let element = constraint(script, self.step.id, &self.on.table, name, kind, columns);
        self.add(script, vec![element]);
    }

    fn index(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let columns = self.texts(0);
        let options = self
            .given()
            .get(1)
            .and_then(|&o| self.program.object(o, self.scope()));
        let given = match &options {
            Some(options) => options
                .get("indexName")
                .and_then(|n| self.program.text(n, self.scope())),
            None => self.text(1),
        };
        let (kind, suffix) = match self.step.name {
            "unique" => (ConstraintKind::Unique, "unique"),
            "primary" => (ConstraintKind::PrimaryKey, "pkey"),
            _ => (ConstraintKind::Index, "index"),
        };
        let some = columns.is_none() || options.is_some_and(|o| o.get("predicate").is_some());
        let columns = columns.unwrap_or_default();
        let name = given.unwrap_or_else(|| match kind {
            ConstraintKind::PrimaryKey => format!("{}_pkey", bare(&self.on.table)),
            _ => made_name(&self.on.table, &columns, suffix),
        });
        let element = constraint(
            script,
            self.step.id,
            &self.on.table,
            Some(name),
            kind,
            columns,
        );
        self.add(script, vec![partial(element, some)]);
        Some(())
    }

    /// `foreign("team_id").references("teams.id")`, `.references("id").inTable("teams")`.
    fn foreign(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let columns = self.texts(0)?;
        let chain = self.program.chained(self.step.id);
        let table = self.target(&chain)?;
        let name = self.text(1).or_else(|| {
            let named = chain.iter().find(|(name, _)| *name == "withKeyName")?;
            self.program
                .text(*self.program.arguments(named.1).first()?, self.scope())
        });
        let name = name.or_else(|| Some(made_name(&self.on.table, &columns, "foreign")));
        self.constraint(script, name, ConstraintKind::ForeignKey { table }, columns);
        Some(())
    }

    fn target(&self, chain: &[(&str, Id)]) -> Option<String> {
        let argument = |wanted: &str| {
            let (_, id) = chain.iter().find(|(name, _)| *name == wanted)?;
            self.program
                .text(*self.program.arguments(*id).first()?, self.scope())
        };
        argument("inTable").or_else(|| {
            let references = argument("references")?;
            references
                .rsplit_once('.')
                .map(|(table, _)| table.to_owned())
        })
    }

    fn drop_constraint(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let suffix = match self.step.name {
            "dropIndex" => "index",
            "dropUnique" => "unique",
            "dropForeign" => "foreign",
            _ => "",
        };
        let (columns, named) = match self.step.name {
            "dropPrimary" => (None, self.text(0)),
            "dropChecks" => (None, Some(self.text(0)?)),
            _ => (self.texts(0), self.text(1)),
        };
        let name = named.or_else(|| match self.step.name {
            "dropPrimary" => Some(format!("{}_pkey", bare(&self.on.table))),
            _ => Some(made_name(&self.on.table, &columns?, suffix)),
        })?;
        script.on_table(
            self.step.id,
            &self.on.table,
            Effect::DropConstraint { name },
        );
        Some(())
    }

    /// `string("name", 50).notNullable().defaultTo("x")`.
    fn column(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let (id, table) = (self.step.id, self.on.table.as_str());
        let kind = self.type_name(script.dialect)?;
        let counted = matches!(self.step.name, "increments" | "bigIncrements");
        let name = match self.text(0) {
            Some(name) => name,
            None if counted && self.given().is_empty() => "id".to_owned(),
            None => return None,
        };
        let chain = self.program.chained(id);
        let called = |wanted: &[&str]| chain.iter().find(|(name, _)| wanted.contains(name));
        let first = |id: Id| self.program.arguments(id).first().copied();
        let default = called(&["defaultTo", "default"]).and_then(|(_, id)| first(*id));
        let described = Described {
            type_name: kind,
            required: called(&["notNullable", "notNull"]).is_some(),
            default: default.and_then(|d| self.program.default_value(d, self.scope())),
            generated: counted,
            primary: called(&["primary"]).is_some() || counted && !self.keeps_key_off(),
            unique: called(&["unique"]).is_some(),
            references: self.target(&chain),
        };
        if called(&["alter"]).is_some() {
            self.alter(script, &name, described);
            return Some(());
        }
        let indexed = called(&["index"]).is_some();
        let unique = described.unique;
        let described = Described {
            unique: false,
            ..described
        };
        let mut elements = described.elements(script, id, table, &name);
        for (wanted, kind, suffix) in [
            (unique, ConstraintKind::Unique, "unique"),
            (indexed, ConstraintKind::Index, "index"),
        ] {
            if wanted {
                let columns = vec![name.clone()];
                let name = made_name(table, &columns, suffix);
                elements.push(constraint(script, id, table, Some(name), kind, columns));
            }
        }
        self.add(script, elements);
        Some(())
    }

    /// `increments("id", { primaryKey: false })`.
    fn keeps_key_off(&self) -> bool {
        let options = self
            .given()
            .get(1)
            .and_then(|&o| self.program.object(o, self.scope()));
        let value = options.and_then(|o| o.get("primaryKey"));
        value.and_then(|v| self.program.flag(v, self.scope())) == Some(false)
    }

    /// What `alter()` is not told it takes away: <https://knexjs.org/guide/schema-builder.html#alter>.
    fn alter(&self, script: &mut Script<'_, '_, '_>, column: &str, described: Described) {
        let (id, table) = (self.step.id, self.on.table.as_str());
        let chain = self.program.chained(id);
        let options = chain.iter().find(|(name, _)| *name == "alter");
        let options = options.and_then(|(_, id)| self.program.arguments(*id).first().copied());
        let options = options
            .and_then(|o| self.program.object(o, self.scope()))
            .unwrap_or_default();
        let kept = |name: &str| {
            let value = options
                .get(name)
                .and_then(|v| self.program.flag(v, self.scope()));
            value == Some(false)
        };
        let name = || column.to_owned();
        if !kept("alterType") && !described.type_name.is_empty() {
            let type_name = described.type_name;
            script.on_table(
                id,
                table,
                Effect::SetType {
                    column: name(),
                    type_name,
                    was: None,
                },
            );
        }
        if !kept("alterNullable") {
            let required = described.required;
            script.on_table(
                id,
                table,
                Effect::SetDefault {
                    column: name(),
                    default: described.default,
                },
            );
            script.on_table(
                id,
                table,
                Effect::SetRequired {
                    column: name(),
                    required,
                },
            );
        }
    }

    /// Returns the type that the store gets; None where the call makes no column.
    fn type_name(&self, dialect: Dialect) -> Option<String> {
        let s = self.program.context.syntax;
        let given = self.given();
        let number = |at: usize| {
            let id = given
                .get(at)
                .map(|&g| self.program.resolve(g, self.scope()))?;
            (s.kind(id) == "number").then(|| s.text(id))
        };
        let postgres = dialect == Dialect::Postgres;
        let spelled = match self.step.name {
            "increments" | "integer" | "int" => "integer".to_owned(),
            "bigIncrements" | "bigInteger" | "bigint" => "bigint".to_owned(),
            "tinyint" if !postgres => "tinyint".to_owned(),
            "tinyint" | "smallint" => "smallint".to_owned(),
            "mediumint" => "integer".to_owned(),
            "string" | "varchar" => format!("varchar({})", number(1).unwrap_or("255")),
            "text" => match self.text(1).filter(|_| dialect == Dialect::MySql) {
                Some(size) => size,
                None => "text".to_owned(),
            },
            "float" => "real".to_owned(),
            "double" => "double precision".to_owned(),
            "decimal" | "numeric" => {
                let (precision, scale) = (number(1).unwrap_or("8"), number(2).unwrap_or("2"));
                format!("numeric({precision},{scale})")
            }
            "boolean" | "bool" => "boolean".to_owned(),
            "date" => "date".to_owned(),
            "datetime" | "dateTime" | "timestamp" | "timestamptz" => self.timestamp(dialect),
            "time" => "time".to_owned(),
            "binary" if postgres => "bytea".to_owned(),
            "binary" => "blob".to_owned(),
            "json" => "json".to_owned(),
            "jsonb" if dialect == Dialect::MySql => "json".to_owned(),
            "jsonb" => "jsonb".to_owned(),
            "uuid" if postgres => "uuid".to_owned(),
            "uuid" => "char(36)".to_owned(),
            // An enum is a text with a CHECK in PostgreSQL, unless it is told to be a type.
            "enu" | "enum" if postgres => {
                return Some(self.native_enum().unwrap_or_else(|| "text".to_owned()));
            }
            "enu" | "enum" => String::new(),
            "geometry" | "geography" | "point" => self.step.name.to_owned(),
            "specificType" => self.text(1)?,
            _ => return None,
        };
        Some(type_of(&spelled, dialect))
    }

    fn native_enum(&self) -> Option<String> {
        let options = self.program.object(*self.given().get(2)?, self.scope())?;
        self.program
            .is_set(&options, "useNative", self.scope())
            .then_some(())?;
        self.program.text(options.get("enumName")?, self.scope())
    }

    /// With a time zone in PostgreSQL unless `useTz` is false.
    fn timestamp(&self, dialect: Dialect) -> String {
        let second = self.given().get(1).copied();
        let options = second.and_then(|o| self.program.object(o, self.scope()));
        let without = match options {
            Some(options) => {
                options
                    .get("useTz")
                    .and_then(|v| self.program.flag(v, self.scope()))
                    == Some(false)
            }
            None => second.and_then(|v| self.program.flag(v, self.scope())) == Some(true),
        };
        if without {
            "timestamp".to_owned()
        } else {
            timestamp(dialect).to_owned()
        }
    }
}

fn timestamp(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "timestamp with time zone",
        Dialect::MySql => "timestamp",
        Dialect::Sqlite => "datetime",
    }
}

fn bare(table: &str) -> &str {
    table.rsplit('.').next().unwrap_or(table)
}

/// Returns the name that Knex gives to an index or constraint without one: `users_email_unique`.
fn made_name(table: &str, columns: &[String], suffix: &str) -> String {
    format!("{}_{}_{suffix}", bare(table), columns.join("_")).to_lowercase()
}
