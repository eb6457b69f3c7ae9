//! The calls on `op`, and on the `batch_op` of a batch.

use std::collections::BTreeMap;

use coexist_model::{Constraint, ConstraintKind, Detail, Effect, Element, Rows};

use crate::code::arguments::{Arguments, text, texts};
use crate::code::migrations::script::{Script, require_keys};
use crate::code::orm::sqlalchemy::types::{default, name_of, type_name};
use crate::code::syntax::Id;

use super::columns;
use super::guards::{Guard, guard};

/// Reads the body of `upgrade` or `downgrade`.
pub(super) fn read(script: &mut Script<'_, '_, '_>, body: Id) {
    let s = script.context.syntax;
    let batches = batches(script, body);
    for id in s.below(body) {
        let Some(call) = s.call(id) else { continue };
        let Some(receiver) = s.receiver(call) else {
            continue;
        };
        let batch = match s.text(receiver) {
            "op" => None,
            other => match batches.get(other) {
                Some(table) => Some(table),
                None => continue,
            },
        };
        let guard = guard(script, body, id);
        if guard != Guard::Elsewhere {
            script.branch(guard == Guard::Sometimes);
            step(script, id, s.called(call), batch);
        }
    }
    script.branch(false);
}

/// Returns the tables of the batches, by the names that stand for them: `with op.batch_alter_table("users") as batch_op:`.
fn batches<'a>(script: &Script<'_, '_, 'a>, body: Id) -> BTreeMap<&'a str, String> {
    let s = script.context.syntax;
    let bound = s.below(body).filter_map(|id| {
        let name = s.kind(id) == "as_pattern_target";
        let pattern = s.parent(id).filter(|_| name)?;
        let call = s.named(pattern).next()?;
        let found = s
            .call(call)
            .filter(|&c| s.called(c) == "batch_alter_table")?;
        let table = qualified(&Arguments::of(script.context, found))?;
        Some((s.text(id), table))
    });
    bound.collect()
}

/// Returns the table that a call names first, with its schema.
fn qualified(arguments: &Arguments<'_, '_, '_>) -> Option<String> {
    arguments
        .text(0, "table_name")
        .map(|table| in_schema(arguments, table))
}

fn in_schema(arguments: &Arguments<'_, '_, '_>, name: String) -> String {
    let schema = arguments
        .named("schema")
        .and_then(|id| arguments.literal(id))
        .filter(|schema| schema != "public");
    match schema {
        Some(schema) => format!("{schema}.{name}"),
        None => name,
    }
}

/// Reads one call; in a batch the table is not among its arguments.
fn step(script: &mut Script<'_, '_, '_>, id: Id, name: &str, batch: Option<&String>) {
    let Some(arguments) = script.arguments(id) else {
        return;
    };
    let step = Step {
        id,
        first: usize::from(batch.is_none()),
        batch: batch.cloned(),
        arguments,
    };
    let understood = match name {
        "add_column" => step.add_column(script),
        "drop_column" => step.drop_column(script),
        "alter_column" => step.alter_column(script),
        "create_table" => step.create_table(script),
        "drop_table" => step.drop_table(script),
        "rename_table" => step.rename_table(script),
        "create_index" => step.create_index(script),
        "drop_index" => step.drop_index(script),
        "create_unique_constraint" => step.constraint(script, ConstraintKind::Unique),
        "create_primary_key" => step.constraint(script, ConstraintKind::PrimaryKey),
        "create_exclude_constraint" => step.constraint(script, ConstraintKind::Exclusion),
        "create_check_constraint" => step.check(script),
        "create_foreign_key" => step.foreign_key(script),
        "drop_constraint" => step.drop_constraint(script),
        "execute" => step.execute(script),
        "bulk_insert" => step.bulk_insert(script),
        "create_table_comment"
        | "drop_table_comment"
        | "get_bind"
        | "get_context"
        | "f"
        | "batch_alter_table" => Some(()),
        _ => None,
    };
    if understood.is_none() {
        script.opaque(id, &format!("this use of {name} is not understood"));
    }
}

/// One call on `op`.
struct Step<'c, 's, 'a> {
    id: Id,
    /// How many arguments stand before those that a batch takes as well: the table.
    first: usize,
    /// The table of the batch around it.
    batch: Option<String>,
    arguments: Arguments<'c, 's, 'a>,
}

/// What a call does was understood, or was not.
type Understood = Option<()>;

impl Step<'_, '_, '_> {
    fn table(&self) -> Option<String> {
        match &self.batch {
            Some(table) => Some(table.clone()),
            None => qualified(&self.arguments),
        }
    }

    /// Returns the table of a call whose first argument is the name of what it makes.
    fn table_behind(&self, name: &str) -> Option<String> {
        match &self.batch {
            Some(table) => Some(table.clone()),
            None => {
                let table = self.arguments.text(1, name)?;
                Some(in_schema(&self.arguments, table))
            }
        }
    }

    fn add_column(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let table = self.table()?;
        let column = self.arguments.at(self.first, "column")?;
        let elements = columns::column(script, &table, column)?;
        script.add_column(self.id, &table, elements);
        script.conditionally(self.arguments.flag("if_not_exists") == Some(true));
        Some(())
    }

    fn drop_column(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let table = self.table()?;
        let column = self.arguments.text(self.first, "column_name")?;
        script.on_table(self.id, &table, Effect::DropColumn { column });
        script.conditionally(self.arguments.flag("if_exists") == Some(true));
        Some(())
    }

    fn alter_column(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let table = self.table()?;
        let column = self.arguments.text(self.first, "column_name")?;
        let before = script.len();
        if let Some(id) = self.arguments.named("type_") {
            let type_name = type_name(script.context, script.dialect, id);
            let column = column.clone();
            script.on_table(self.id, &table, Effect::SetType { column, type_name });
        }
        if let Some(default) = self.arguments.named("server_default") {
            let default = self::default(script.context, default);
            let column = column.clone();
            script.on_table(self.id, &table, Effect::SetDefault { column, default });
        }
        if let Some(nullable) = self.arguments.named("nullable") {
            let required = match script.context.syntax.text(nullable) {
                "False" => true,
                "True" => false,
                _ => return None,
            };
            let column = column.clone();
            script.on_table(self.id, &table, Effect::SetRequired { column, required });
        }
        if let Some(to) = self.arguments.named("new_column_name") {
            let to = text(script.context, to)?;
            script.on_table(self.id, &table, Effect::RenameColumn { column, to });
        }
        if script.len() == before {
            // A comment, or what exists said once more.
            script.on_table(self.id, &table, Effect::Nothing);
        }
        Some(())
    }

    fn create_table(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let table = qualified(&self.arguments)?;
        let mut elements = Vec::new();
        for &argument in self.arguments.placed.iter().skip(1) {
            if let Some(found) = columns::column(script, &table, argument) {
                elements.extend(found);
            } else if let Some(found) = columns::table_constraint(script, &table, argument) {
                elements.push(found);
            } else {
                return None;
            }
        }
        require_keys(&mut elements);
        script.on_table(self.id, &table, Effect::CreateTable { elements });
        script.conditionally(self.arguments.flag("if_not_exists") == Some(true));
        Some(())
    }

    fn drop_table(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let table = qualified(&self.arguments)?;
        script.on_table(self.id, &table, Effect::DropTable);
        script.conditionally(self.arguments.flag("if_exists") == Some(true));
        Some(())
    }

    fn rename_table(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let table = self.arguments.text(0, "old_table_name")?;
        let table = in_schema(&self.arguments, table);
        let to = self.arguments.text(1, "new_table_name")?;
        let to = in_schema(&self.arguments, to);
        script.on_table(self.id, &table, Effect::RenameTable { to });
        Some(())
    }

    fn create_index(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let table = self.table_behind("table_name")?;
        let listed = self.arguments.at(1 + self.first, "columns")?;
        let columns = texts(script.context, listed);
        let partial = columns.is_none()
            || ["postgresql_where", "sqlite_where"]
                .iter()
                .any(|w| self.arguments.named(w).is_some());
        let unique = self.arguments.flag("unique") == Some(true);
        let kind = if unique {
            ConstraintKind::Unique
        } else {
            ConstraintKind::Index
        };
        let name = self
            .arguments
            .at(0, "index_name")
            .and_then(|n| name_of(script.context, n));
        let mut element = columns::constraint(
            script,
            self.id,
            &table,
            name,
            kind,
            columns.unwrap_or_default(),
        );
        if let Detail::Constraint(constraint) = &mut element.detail {
            constraint.partial = partial;
        }
        script.on_table(self.id, &table, Effect::AddConstraint(element));
        script.conditionally(self.arguments.flag("if_not_exists") == Some(true));
        Some(())
    }

    fn drop_index(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let name = name_of(script.context, self.arguments.at(0, "index_name")?)?;
        // PostgreSQL finds an index without its table.
        let table = self.table_behind("table_name").unwrap_or_default();
        script.on_table(self.id, &table, Effect::DropConstraint { name });
        script.conditionally(self.arguments.flag("if_exists") == Some(true));
        Some(())
    }

    fn constraint(&self, script: &mut Script<'_, '_, '_>, kind: ConstraintKind) -> Understood {
        let table = self.table_behind("table_name")?;
        let columns = match &kind {
            ConstraintKind::Exclusion => Vec::new(),
            _ => texts(
                script.context,
                self.arguments.at(1 + self.first, "columns")?,
            )?,
        };
        let name = self
            .arguments
            .at(0, "constraint_name")
            .and_then(|n| name_of(script.context, n));
        let element = columns::constraint(script, self.id, &table, name, kind, columns);
        script.on_table(self.id, &table, Effect::AddConstraint(element));
        Some(())
    }

    fn check(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let table = self.table_behind("table_name")?;
        let expression = self
            .arguments
            .text(1 + self.first, "condition")
            .unwrap_or_default();
        let name = self
            .arguments
            .at(0, "constraint_name")
            .and_then(|n| name_of(script.context, n));
        let kind = ConstraintKind::Check { expression };
        let element = columns::constraint(script, self.id, &table, name, kind, Vec::new());
        script.on_table(
            self.id,
            &table,
            Effect::AddConstraint(self.validated(element)),
        );
        Some(())
    }

    fn foreign_key(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let table = self.table_behind("source_table")?;
        let target = self.arguments.text(1 + self.first, "referent_table")?;
        let local = self.arguments.at(2 + self.first, "local_cols")?;
        let columns = texts(script.context, local)?;
        let name = self
            .arguments
            .at(0, "constraint_name")
            .and_then(|n| name_of(script.context, n));
        let kind = ConstraintKind::ForeignKey { table: target };
        let element = columns::constraint(script, self.id, &table, name, kind, columns);
        script.on_table(
            self.id,
            &table,
            Effect::AddConstraint(self.validated(element)),
        );
        Some(())
    }

    /// `postgresql_not_valid=True` leaves the rows that exist unchecked.
    fn validated(&self, element: Element) -> Element {
        let unchecked = self.arguments.flag("postgresql_not_valid") == Some(true);
        match element.detail {
            Detail::Constraint(constraint) => Element {
                detail: Detail::Constraint(Constraint {
                    validated: !unchecked,
                    ..constraint
                }),
                ..element
            },
            _ => element,
        }
    }

    fn drop_constraint(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let name = name_of(script.context, self.arguments.at(0, "constraint_name")?)?;
        let table = self.table_behind("table_name")?;
        script.on_table(self.id, &table, Effect::DropConstraint { name });
        script.conditionally(self.arguments.flag("if_exists") == Some(true));
        Some(())
    }

    /// `op.execute("…")` and `op.execute(sa.text("…"))`.
    fn execute(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let s = script.context.syntax;
        let given = self.arguments.at(0, "sqltext")?;
        let sql = match s.call(given).filter(|&c| s.called(c) == "text") {
            Some(call) => *s.arguments(call).first()?,
            None => given,
        };
        script.context.strings.literal(sql)?;
        script.sql(sql);
        Some(())
    }

    /// Seeds rows into a table that a call or a variable describes.
    fn bulk_insert(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let s = script.context.syntax;
        let table = self.arguments.at(0, "table")?;
        let called = s.call(table)?;
        let name = Arguments::of(script.context, called).text(0, "name")?;
        let effect = Effect::Backfill {
            rows: Rows::Inserted,
            columns: Vec::new(),
            values: Vec::new(),
        };
        script.on_table(self.id, &name, effect);
        Some(())
    }
}
