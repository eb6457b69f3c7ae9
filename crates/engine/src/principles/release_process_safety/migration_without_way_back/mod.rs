#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{
    Detail, Effect, Finding, Form, Migration, Operation, Principle, Rows, Side, Store, Surface,
    SurfaceKind,
};

use crate::Pending;
use crate::principles::{Draft, Rule, Scene, fits};

/// The rule.
pub static RULE: Rule = Rule {
    id: "migration-without-way-back",
    principle: Principle::ReleaseProcessSafety,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let form = scene
        .forms
        .iter()
        .find(|f| f.kinds().contains(&SurfaceKind::Table));
    form.into_iter()
        .flat_map(|form| {
            let all = scene.comparison.pending.values();
            all.flat_map(move |pending| one_way(pending, *form))
        })
        .collect()
}

fn one_way(pending: &Pending, form: &dyn Form) -> Vec<Finding> {
    let history = &pending.before().migrations;
    let with_way_back = history.iter().filter(|m| !m.one_way).count();
    // Where most migrations have no way back, that is the house's decision, and not this change's.
    if with_way_back * 2 <= history.len() {
        return Vec::new();
    }
    let mut brought = Brought::default();
    let mut found = Vec::new();
    for migration in &pending.migrations {
        let mut destroys = None;
        for operation in migration.up() {
            if destroys.is_none()
                && brought.destroys(operation, pending, form)
                && !is_rebuilt(operation, migration, pending)
            {
                destroys = Some(operation);
            }
            brought.note(operation);
        }
        let destroys = destroys.filter(|_| migration.one_way);
        found.extend(destroys.map(|o| finding(migration, o, history.len(), with_way_back)));
    }
    found
}

fn finding(migration: &Migration, destroys: &Operation, all: usize, with: usize) -> Finding {
    Draft::at(
        &RULE,
        Side::Head,
        &destroys.place,
        "data that is there now is lost here",
    )
    .about(&destroys.surface, None)
    .title(format!(
        "the migration {} destroys data of {} and has no way back",
        migration.key.name, destroys.surface
    ))
    .note(format!(
        "earlier migrations in {} that have one: {with} of {all}",
        migration.key.set
    ))
    .safe_steps([
        "write the way back: what the form was, and where the data can be restored from".to_owned(),
        format!(
            "where there is none, say why at the statement: -- coexist: ignore[{}] reason: …",
            RULE.id
        ),
    ])
    .warn()
}

/// What the migrations of this change have brought so far: to take it away again loses nothing that base holds.
#[derive(Default)]
struct Brought {
    tables: BTreeSet<Surface>,
    columns: BTreeSet<(Surface, String)>,
}

impl Brought {
    fn note(&mut self, operation: &Operation) {
        match &operation.effect {
            Effect::CreateTable { .. } => drop(self.tables.insert(operation.surface.clone())),
            Effect::AddColumn(column) => {
                let column = (operation.surface.clone(), column.name.clone());
                self.columns.insert(column);
            }
            // What was brought under one name is looked for under the other.
            Effect::RenameTable { to } if self.tables.contains(&operation.surface) => {
                let renamed = Surface::new(operation.surface.kind, to.clone());
                self.tables.insert(renamed);
            }
            Effect::RenameColumn { column, to } if self.has(&operation.surface, column) => {
                self.columns.insert((operation.surface.clone(), to.clone()));
            }
            _ => {}
        }
    }

    fn has(&self, table: &Surface, column: &str) -> bool {
        self.tables.contains(table) || self.columns.contains(&(table.clone(), column.to_owned()))
    }

    /// Returns whether the operation destroys data that base holds. To rename, to widen, to add or to fill what was empty destroys
    /// nothing.
    fn destroys(&self, operation: &Operation, pending: &Pending, form: &dyn Form) -> bool {
        let table = &operation.surface;
        match &operation.effect {
            Effect::DropTable => {
                let may_be_there = pending.before().schemas.contains_key(table)
                    || pending.before().gaps.headless
                    || !operation.conditional;
                !self.tables.contains(table) && may_be_there
            }
            Effect::DropColumn { column } => !self.has(table, column),
            Effect::SetType {
                column, type_name, ..
            } => !self.has(table, column) && !holds_all(pending, form, table, column, type_name),
            Effect::Backfill { rows, columns, .. } => match rows {
                Rows::Inserted | Rows::Filled => false,
                Rows::Deleted => !self.tables.contains(table),
                Rows::Updated | Rows::Derived => {
                    let new =
                        !columns.is_empty() && columns.iter().all(|column| self.has(table, column));
                    !self.tables.contains(table) && !new
                }
            },
            _ => false,
        }
    }
}

/// Returns whether what is dropped comes back with its rows: they were copied into a table that takes over the name, and every
/// column is there again.
fn is_rebuilt(dropped: &Operation, migration: &Migration, pending: &Pending) -> bool {
    let table = &dropped.surface;
    let heirs = migration
        .up()
        .filter(|o| matches!(&o.effect, Effect::RenameTable { to } if *to == table.name));
    let filled = |heir: &Operation| {
        migration.up().any(|o| {
            let inserts =
                matches!(&o.effect, Effect::Backfill { rows, .. } if *rows == Rows::Inserted);
            inserts && o.surface == heir.surface
        })
    };
    let columns = |store: &Store| -> Option<BTreeSet<String>> {
        let schema = store.schemas.get(table)?;
        Some(
            schema
                .columns()
                .map(|(column, _)| column.name.clone())
                .collect(),
        )
    };
    let kept = match (columns(pending.before()), columns(pending.after())) {
        (Some(before), Some(after)) => before.is_subset(&after),
        _ => false,
    };
    matches!(dropped.effect, Effect::DropTable) && kept && heirs.into_iter().any(filled)
}

/// Returns whether the new type of a column holds every value of the type that it has at base.
fn holds_all(
    pending: &Pending,
    form: &dyn Form,
    table: &Surface,
    column: &str,
    type_name: &str,
) -> bool {
    let schema = pending.before().schemas.get(table);
    let Some(old) = schema.and_then(|s| s.element(column)) else {
        return false;
    };
    let mut new = old.clone();
    if let Detail::Column(definition) = &mut new.detail {
        type_name.clone_into(&mut definition.type_name);
    }
    fits(form, old, &new)
}
