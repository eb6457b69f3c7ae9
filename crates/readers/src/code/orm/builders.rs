//! Query builders that name their table in a text: Knex, `knex("users").select("name").where("email", x)`, and Kysely,
//! `db.selectFrom("users").select(["name"])`.
//!
//! <https://knexjs.org/guide/query-builder.html>, <https://kysely-org.github.io/kysely-apidoc/>. The builders know no columns: what a
//! query names stands in it. A chain without `select` reads all columns of Knex, into objects that take what comes.

use coexist_model::{Confidence, Manner, Mode, Reading, Surface, Why};

use crate::code::context::Context;
use crate::code::context::Use;
use crate::code::javascript::values::Scope;
use crate::code::javascript::{Program, TONGUES};
use crate::code::syntax::Id;

/// Calls that name columns to be read, in each of their arguments.
const READS: &[&str] = &[
    "select",
    "distinct",
    "distinctOn",
    "groupBy",
    "pluck",
    "first",
    "returning",
    "columns",
    "column",
    "orderBy",
    "count",
    "countDistinct",
    "max",
    "min",
    "sum",
    "avg",
];
/// Calls that name a column first, or in the keys of an object.
const FILTERS: &[&str] = &[
    "where",
    "andWhere",
    "orWhere",
    "whereNot",
    "whereIn",
    "whereNotIn",
    "whereNull",
    "whereNotNull",
    "whereBetween",
    "orWhereNull",
    "orWhereNotNull",
    "orWhereIn",
    "whereRef",
    "having",
];

/// Adds the queries that are built in a file.
pub(in crate::code) fn read(context: &Context<'_, '_>, reading: &mut Reading) {
    if !TONGUES.contains(&context.syntax.profile.tongue) {
        return;
    }
    let program = Program::new(context);
    let s = context.syntax;
    let by_knex = context
        .imports
        .iter()
        .any(|i| i.path.to_lowercase().contains("knex"));
    for id in s.all() {
        let Some(call) = s.call(id).filter(|_| s.kind(id) == "call_expression") else {
            continue;
        };
        let scope = Scope::new();
        let first = s.arguments(call).first().copied();
        let Some(table) = first.and_then(|f| program.text(f, &scope)) else {
            continue;
        };
        let name = s.called(call);
        let begins = match s.receiver(call) {
            Some(_)
                if matches!(
                    name,
                    "selectFrom" | "updateTable" | "insertInto" | "deleteFrom"
                ) =>
            {
                true
            }
            _ => name == "knex" || by_knex && matches!(name, "trx" | "db" | "database" | "tx"),
        };
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ' ' | '-');
        if begins && !table.is_empty() && table.chars().all(is_name) {
            let chain = Chain {
                program: &program,
                scope,
                table: table
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                alias: table
                    .split_whitespace()
                    .last()
                    .unwrap_or_default()
                    .to_owned(),
                links: program.chained(id),
            };
            chain.read(id, name, reading);
        }
    }
}

struct Chain<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    scope: Scope<'a>,
    table: String,
    /// The name that stands for the table in the query.
    alias: String,
    links: Vec<(&'a str, Id)>,
}

impl Chain<'_, '_, '_, '_> {
    fn read(&self, id: Id, begin: &str, reading: &mut Reading) {
        let joined = self
            .links
            .iter()
            .any(|(name, _)| name.to_lowercase().contains("join"));
        if begin == "deleteFrom" {
            self.add(id, None, Mode::Deletes, reading);
        }
        for &(name, call) in &self.links {
            let given = self.program.arguments(call);
            match name {
                _ if READS.contains(&name) => {
                    let texts = given
                        .iter()
                        .filter_map(|&g| self.program.texts(g, &self.scope));
                    for column in texts.flatten() {
                        self.column(call, &column, Mode::Reads, joined, reading);
                    }
                }
                _ if FILTERS.contains(&name) => {
                    for column in self.filtered(given.first().copied()) {
                        self.column(call, &column, Mode::Reads, joined, reading);
                    }
                }
                "update" | "set" => self.written(given.first().copied(), call, reading),
                "insert" | "values" => self.inserted(given.first().copied(), call, reading),
                "del" | "delete" => self.add(call, None, Mode::Deletes, reading),
                _ => {}
            }
        }
    }

    fn filtered(&self, first: Option<Id>) -> Vec<String> {
        let Some(first) = first else {
            return Vec::new();
        };
        match self.program.object(first, &self.scope) {
            Some(object) => object.entries.into_iter().map(|(name, _)| name).collect(),
            None => self.program.text(first, &self.scope).into_iter().collect(),
        }
    }

    /// Adds the use of a column, as it is spelled: `email`, `users.email`, `email as mail`.
    fn column(&self, id: Id, spelled: &str, mode: Mode, joined: bool, reading: &mut Reading) {
        let name = spelled.split_whitespace().next().unwrap_or_default();
        let (table, column) = match name.rsplit_once('.') {
            Some((table, column)) => (Some(table), column),
            None => (None, name),
        };
        // An unqualified column of a join may be of either side.
        let own = table.map_or(!joined, |t| t == self.table || t == self.alias);
        let is_name = !column.is_empty() && column.chars().all(|c| c.is_alphanumeric() || c == '_');
        if own && is_name {
            self.add(id, Some(column.to_owned()), mode, reading);
        }
    }

    fn written(&self, given: Option<Id>, call: Id, reading: &mut Reading) {
        let object = given.and_then(|g| self.program.object(g, &self.scope));
        for (name, value) in object.unwrap_or_default().entries {
            let values = self.program.text(value, &self.scope).into_iter().collect();
            self.add(call, Some(name), Mode::Writes { values }, reading);
        }
    }

    fn inserted(&self, given: Option<Id>, call: Id, reading: &mut Reading) {
        let row = given.map(|g| match self.program.items(g, &self.scope).as_deref() {
            Some([one]) => *one,
            _ => g,
        });
        let Some(object) = row
            .and_then(|r| self.program.object(r, &self.scope))
            .filter(|o| !o.open)
        else {
            return;
        };
        let mode = Mode::Inserts {
            columns: Some(
                object
                    .entries
                    .iter()
                    .map(|(name, _)| name.clone())
                    .collect(),
            ),
            positions: None,
            values: Vec::new(),
            conflict: None,
        };
        self.add(call, None, mode, reading);
    }

    fn add(&self, id: Id, element: Option<String>, mode: Mode, reading: &mut Reading) {
        let found = Use {
            surface: Surface::table(&self.table),
            element,
            mode,
            manner: Manner::Explicit,
            confidence: Confidence::High,
            why: Why::ResolvedCall,
        };
        let s = self.program.context.syntax;
        let mut range = s.range(id);
        let callee = s.call(id).and_then(|c| s.member(s.bare(c.callee)));
        range.start = callee.map_or(range.start, |(_, name)| s.range(name).start);
        reading
            .accesses
            .push(self.program.context.access_at(id, range, found));
    }
}
