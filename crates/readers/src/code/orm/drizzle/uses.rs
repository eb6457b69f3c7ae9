//! The queries made from tables: `db.select().from(users).where(eq(users.email, x))`.

use std::collections::BTreeSet;

use coexist_model::{Access, Confidence, Mode, Reading};

use crate::code::javascript::Program;
use crate::code::javascript::values::Scope;
use crate::code::orm::classes::{original, use_of};
use crate::code::syntax::Id;
use crate::code::view::Call;

/// Adds the uses of these tables. A name means a table where it is imported or declared as one.
pub(super) fn read(
    program: &Program<'_, '_, '_>,
    names: &BTreeSet<String>,
    here: &BTreeSet<String>,
    reading: &mut Reading,
) {
    let imports = program.context.imports;
    let imported = imports.iter().flat_map(|i| &i.names);
    let imported = imported.filter(|(there, _)| names.contains(there));
    let tables = imported
        .map(|(_, name)| name.clone())
        .chain(here.iter().cloned())
        .collect();
    let spaces = imports.iter().filter_map(|i| i.alias.clone());
    let reader = Uses {
        program,
        names,
        tables,
        spaces: spaces.collect(),
        scope: Scope::new(),
    };
    let s = program.context.syntax;
    for id in s.all() {
        if let Some(call) = s.call(id) {
            reader.call(id, call, &mut reading.accesses);
        } else if let Some((object, name)) = s.member(id) {
            reader.column(id, object, s.text(name), &mut reading.accesses);
        }
    }
}

struct Uses<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    names: &'p BTreeSet<String>,
    /// The names here that stand for tables.
    tables: BTreeSet<String>,
    /// The names here that stand for modules.
    spaces: BTreeSet<String>,
    scope: Scope<'a>,
}

impl<'a> Uses<'_, '_, '_, 'a> {
    /// Returns the table that `users` or `schema.users` is.
    fn table(&self, id: Id) -> Option<&'a str> {
        let s = self.program.context.syntax;
        let path = s.path(s.bare(id))?;
        match path.as_slice() {
            [name] => self.tables.contains(*name).then_some(*name),
            [space, name] => {
                (self.spaces.contains(*space) && self.names.contains(*name)).then_some(*name)
            }
            _ => None,
        }
    }

    fn add(
        &self,
        id: Id,
        table: &str,
        element: Option<&str>,
        mode: Mode,
        confidence: Confidence,
        accesses: &mut Vec<Access>,
    ) {
        let context = self.program.context;
        let model = original(context, table);
        accesses.push(use_of(context, id, model, element, mode, confidence));
    }

    /// `users.email`.
    fn column(&self, id: Id, object: Id, name: &str, accesses: &mut Vec<Access>) {
        let s = self.program.context.syntax;
        let known = matches!(name, "$inferSelect" | "$inferInsert" | "_" | "$type");
        // A table has no methods: what is called is a class of another tool.
        let called = s
            .parent(id)
            .and_then(|up| s.call(up))
            .is_some_and(|c| c.callee == id);
        if called {
            return;
        }
        if let Some(table) = self.table(object).filter(|_| !known) {
            self.add(
                id,
                table,
                Some(name),
                Mode::Reads,
                Confidence::High,
                accesses,
            );
        }
    }

    fn call(&self, id: Id, call: Call, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.program.context.syntax;
        let receiver = s.receiver(call)?;
        let given = s.arguments(call);
        let table = given.first().and_then(|&g| self.table(g));
        match s.called(call) {
            "from" | "leftJoin" | "innerJoin" | "rightJoin" | "fullJoin" => {
                let table = table?;
                match self.selection(receiver) {
                    Selection::All => {
                        self.add(id, table, None, Mode::Queries, Confidence::High, accesses);
                    }
                    Selection::Some(whole) => {
                        // `select({ user: users })` names all of it.
                        if whole.contains(&table) {
                            self.add(id, table, None, Mode::Queries, Confidence::High, accesses);
                        }
                    }
                    Selection::Unknown => {
                        self.add(id, table, None, Mode::Queries, Confidence::Medium, accesses);
                    }
                }
            }
            "insert" => self.inserted(id, table?, accesses),
            "update" => {
                let table = table?;
                self.returned(id, table, accesses);
                let set = self
                    .behind(id, "set")
                    .and_then(|call| self.program.arguments(call).first().copied());
                let set = set.and_then(|o| self.program.object(o, &self.scope));
                for (name, value) in set.unwrap_or_default().entries {
                    let values = self.program.text(value, &self.scope).into_iter().collect();
                    self.add(
                        value,
                        table,
                        Some(&name),
                        Mode::Writes { values },
                        Confidence::High,
                        accesses,
                    );
                }
            }
            "delete" => {
                let table = table?;
                self.add(id, table, None, Mode::Deletes, Confidence::High, accesses);
                self.returned(id, table, accesses);
            }
            "findMany" | "findFirst" => self.found(id, receiver, &given, accesses)?,
            _ => {}
        }
        Some(())
    }

    fn behind(&self, id: Id, name: &str) -> Option<Id> {
        let chain = self.program.chained(id);
        chain
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, call)| *call)
    }

    /// `.returning()` hands all columns back.
    fn returned(&self, id: Id, table: &str, accesses: &mut Vec<Access>) {
        if let Some(call) = self.behind(id, "returning")
            && self.program.arguments(call).is_empty()
        {
            self.add(call, table, None, Mode::Queries, Confidence::High, accesses);
        }
    }

    fn inserted(&self, id: Id, table: &str, accesses: &mut Vec<Access>) {
        let s = self.program.context.syntax;
        self.returned(id, table, accesses);
        let target = self
            .behind(id, "onConflictDoUpdate")
            .or_else(|| self.behind(id, "onConflictDoNothing"));
        let target = target.and_then(|call| self.program.arguments(call).first().copied());
        let target = target.and_then(|o| self.program.object(o, &self.scope)?.get("target"));
        let conflict = target.map(|target| {
            let each = self
                .program
                .items(target, &self.scope)
                .unwrap_or_else(|| vec![target]);
            each.into_iter()
                .map(|t| s.last_name(t).to_owned())
                .collect()
        });
        let row = self
            .behind(id, "values")
            .and_then(|call| self.program.arguments(call).first().copied());
        let row = row
            .and_then(|r| self.program.object(r, &self.scope))
            .unwrap_or_default();
        let literals = row.entries.iter();
        let literals = literals.filter_map(|(name, value)| {
            Some((name.clone(), self.program.text(*value, &self.scope)?))
        });
        let mode = Mode::Inserts {
            // It names every column that is declared, whatever it is given.
            columns: None,
            positions: None,
            values: literals.collect(),
            conflict,
        };
        self.add(id, table, None, mode, Confidence::High, accesses);
    }

    /// Returns what the `select` of a chain selects.
    fn selection(&self, receiver: Id) -> Selection<'a> {
        let s = self.program.context.syntax;
        let mut at = s.bare(receiver);
        while let Some(call) = s.call(at) {
            if matches!(s.called(call), "select" | "selectDistinct") {
                return match s.arguments(call).first() {
                    None => Selection::All,
                    Some(&fields) => match self.program.object(fields, &self.scope) {
                        Some(object) if !object.open => {
                            let whole = object.entries.iter().filter_map(|(_, v)| self.table(*v));
                            Selection::Some(whole.collect())
                        }
                        _ => Selection::Unknown,
                    },
                };
            }
            match s.receiver(call) {
                Some(next) => at = s.bare(next),
                None => break,
            }
        }
        Selection::Unknown
    }

    /// `db.query.users.findMany({ columns: { id: true } })`.
    fn found(&self, id: Id, receiver: Id, given: &[Id], accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.program.context.syntax;
        let path = s.path(s.bare(receiver))?;
        let (name, before) = path.split_last()?;
        if before.last() != Some(&"query") || !self.names.contains(*name) {
            return None;
        }
        let options = given
            .first()
            .and_then(|&g| self.program.object(g, &self.scope));
        let open = options.as_ref().is_some_and(|o| o.open);
        let columns = options.and_then(|o| o.get("columns"));
        let listed = columns.and_then(|c| self.program.object(c, &self.scope));
        match listed {
            Some(listed) => {
                let is = |v: Id, flag: bool| self.program.flag(v, &self.scope) == Some(flag);
                let chosen: Vec<_> = listed
                    .entries
                    .iter()
                    .filter(|(_, v)| is(*v, true))
                    .collect();
                if chosen.is_empty() {
                    // Some are left out: the rest is named.
                    self.add(id, name, None, Mode::Queries, Confidence::Medium, accesses);
                }
                for (column, value) in chosen {
                    self.add(
                        *value,
                        name,
                        Some(column),
                        Mode::Reads,
                        Confidence::High,
                        accesses,
                    );
                }
            }
            None => {
                let sure = columns.is_none() && !open;
                let confidence = if sure {
                    Confidence::High
                } else {
                    Confidence::Medium
                };
                self.add(id, name, None, Mode::Queries, confidence, accesses);
            }
        }
        Some(())
    }
}

/// What a query hands back.
enum Selection<'a> {
    /// Every column.
    All,
    /// Columns that it names, and these tables as a whole.
    Some(Vec<&'a str>),
    /// What cannot be told.
    Unknown,
}
