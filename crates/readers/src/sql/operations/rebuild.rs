//! SQLite's way to alter a table: create a new one, copy, drop the old one, rename.
//!
//! <https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes>. All four together are one
//! alteration. Where the old form stands in the same file, they become the differences; elsewhere they stay as they are, and the
//! replay of the history makes the same of them.

use std::collections::BTreeSet;

use coexist_model::{
    Column, Constraint, Detail, Effect, Element, Operation, Place, Rows, Surface, SurfaceKind,
};

/// Returns the operations with each rebuild of a table whose old form is known made into its differences.
pub(super) fn as_alterations(mut operations: Vec<Operation>) -> Vec<Operation> {
    let renames = |o: &&Operation| matches!(o.effect, Effect::RenameTable { .. });
    let renamed: BTreeSet<String> = operations
        .iter()
        .filter(renames)
        .map(|o| o.surface.name.clone())
        .collect();
    let mut from = 0;
    while let Some(rebuild) = Rebuild::find(&operations, from, &renamed) {
        let old = form(&operations[..rebuild.first()], &rebuild.table);
        match old {
            Some(old) => {
                from = rebuild.first();
                operations = rebuild.replace(operations, &old);
            }
            None => from = rebuild.create + 1,
        }
    }
    operations
}

/// Where the four steps stand.
struct Rebuild {
    /// The table's name before and after.
    table: String,
    /// The name that the old or the new table has meanwhile.
    passing: String,
    create: usize,
    drop: usize,
    rename: usize,
}

impl Rebuild {
    /// Finds the next rebuild whose new table is created at `from` or later.
    fn find(operations: &[Operation], from: usize, renamed: &BTreeSet<String>) -> Option<Self> {
        (from..operations.len()).find_map(|create| {
            let operation = &operations[create];
            let creates = matches!(operation.effect, Effect::CreateTable { .. });
            if !creates || !renamed.contains(&operation.surface.name) {
                return None;
            }
            let found = Self::new_first(operations, create);
            let found = found.or_else(|| Self::old_first(operations, create));
            found.filter(|f| f.is_whole(operations))
        })
    }

    /// Returns whether all steps go one way, and the rows are copied before the old table goes.
    fn is_whole(&self, operations: &[Operation]) -> bool {
        let new = &operations[self.create];
        let one_way = |at: usize| operations[at].direction == new.direction;
        let copies = |o: &Operation| {
            o.surface == new.surface
                && matches!(
                    o.effect,
                    Effect::Backfill {
                        rows: Rows::Inserted,
                        ..
                    }
                )
        };
        self.create < self.drop
            && one_way(self.drop)
            && one_way(self.rename)
            && operations[self.create..self.drop].iter().any(copies)
    }

    /// Create `new`, copy, drop `t`, rename `new` to `t`.
    fn new_first(operations: &[Operation], create: usize) -> Option<Self> {
        let passing = &operations[create].surface.name;
        let after = operations.iter().enumerate().skip(create + 1);
        let (rename, table) = after.clone().find_map(|(at, o)| match &o.effect {
            Effect::RenameTable { to } if o.surface.name == *passing => Some((at, to.clone())),
            _ => None,
        })?;
        let (drop, _) = after
            .take(rename - create)
            .find(|(_, o)| drops(o, &table))?;
        let passing = passing.clone();
        Some(Self {
            table,
            passing,
            create,
            drop,
            rename,
        })
    }

    /// Rename `t` to `old`, create `t`, copy, drop `old`.
    fn old_first(operations: &[Operation], create: usize) -> Option<Self> {
        let table = &operations[create].surface.name;
        let before = operations[..create].iter().enumerate().rev();
        let (rename, passing) = before.clone().find_map(|(at, o)| match &o.effect {
            Effect::RenameTable { to } if o.surface.name == *table => Some((at, to.clone())),
            _ => None,
        })?;
        let mut after = operations.iter().enumerate().skip(create + 1);
        let (drop, _) = after.find(|(_, o)| drops(o, &passing))?;
        let table = table.clone();
        Some(Self {
            table,
            passing,
            create,
            drop,
            rename,
        })
    }

    fn first(&self) -> usize {
        self.create.min(self.rename)
    }

    fn replace(&self, operations: Vec<Operation>, old: &[Element]) -> Vec<Operation> {
        let last = self.drop.max(self.rename);
        let steps = [self.create, self.drop, self.rename];
        let names = [&self.table, &self.passing];
        let mut kept = Vec::with_capacity(operations.len());
        let mut differences = Vec::new();
        for (at, mut operation) in operations.into_iter().enumerate() {
            let inside = at >= self.first() && at <= last;
            let own = inside && names.contains(&&operation.surface.name);
            if at == self.create {
                differences = self.differences(old, &operation);
            }
            let copies = matches!(
                operation.effect,
                Effect::Backfill {
                    rows: Rows::Inserted,
                    ..
                }
            );
            if !(steps.contains(&at) || own && copies) {
                if own && operation.surface.kind == SurfaceKind::Table {
                    operation.surface = Surface::table(self.table.as_str());
                }
                kept.push(operation);
            }
            if at == last {
                kept.append(&mut differences);
            }
        }
        kept
    }

    fn differences(&self, old: &[Element], create: &Operation) -> Vec<Operation> {
        let Effect::CreateTable { elements: new } = &create.effect else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut add = |effect: Effect, place: &Place| {
            found.push(Operation {
                surface: Surface::table(self.table.as_str()),
                effect,
                place: place.clone(),
                ..create.clone()
            });
        };
        for element in old.iter().filter(|e| !holds(new, e)) {
            let name = element.name.clone();
            let effect = match element.detail {
                Detail::Column(_) => Effect::DropColumn { column: name },
                _ => Effect::DropConstraint { name },
            };
            add(effect, &create.place);
        }
        for element in new {
            let before = old.iter().find(|e| e.name == element.name);
            match (&element.detail, before.map(|e| &e.detail)) {
                (Detail::Column(now), Some(Detail::Column(then))) => {
                    for effect in changes(&element.name, then, now) {
                        add(effect, &element.place);
                    }
                }
                (Detail::Column(_), _) => add(Effect::AddColumn(element.clone()), &element.place),
                _ if holds(old, element) => {}
                _ => add(Effect::AddConstraint(element.clone()), &element.place),
            }
        }
        found
    }
}

fn drops(operation: &Operation, table: &str) -> bool {
    operation.surface.name == table && matches!(operation.effect, Effect::DropTable)
}

/// Returns whether the elements hold a column of that name, or a constraint with that demand.
fn holds(elements: &[Element], wanted: &Element) -> bool {
    elements.iter().any(|e| match (&e.detail, &wanted.detail) {
        (Detail::Column(_), Detail::Column(_)) => e.name == wanted.name,
        (Detail::Constraint(a), Detail::Constraint(b)) => demand(a) == demand(b),
        _ => false,
    })
}

fn demand(constraint: &Constraint) -> Constraint {
    Constraint {
        validated: true,
        ..constraint.clone()
    }
}

fn changes(name: &str, then: &Column, now: &Column) -> Vec<Effect> {
    let column = name.to_owned();
    let mut effects = Vec::new();
    if then.type_name != now.type_name {
        let type_name = now.type_name.clone();
        effects.push(Effect::SetType {
            column: column.clone(),
            type_name,
            was: None,
        });
    }
    if then.nullable != now.nullable {
        let required = !now.nullable;
        effects.push(Effect::SetRequired {
            column: column.clone(),
            required,
        });
    }
    if then.default != now.default {
        let default = now.default.clone();
        effects.push(Effect::SetDefault { column, default });
    }
    effects
}

/// Returns the form that a table has after these operations; None where they do not create it.
fn form(operations: &[Operation], table: &str) -> Option<Vec<Element>> {
    let mut form: Option<Vec<Element>> = None;
    for operation in operations.iter().filter(|o| o.surface.name == table) {
        match &operation.effect {
            Effect::CreateTable { elements } => form = Some(elements.clone()),
            Effect::DropTable | Effect::RenameTable { .. } => form = None,
            effect => {
                if let Some(elements) = &mut form {
                    apply(elements, effect);
                }
            }
        }
    }
    form.filter(|f| !f.is_empty())
}

fn apply(elements: &mut Vec<Element>, effect: &Effect) {
    match effect {
        Effect::AddColumn(element) | Effect::AddConstraint(element) => {
            elements.push(element.clone());
        }
        Effect::DropColumn { column: name } | Effect::DropConstraint { name } => {
            elements.retain(|e| e.name != *name);
        }
        Effect::RenameColumn { column, to } => {
            for element in elements.iter_mut().filter(|e| e.name == *column) {
                element.name.clone_from(to);
            }
        }
        _ => {}
    }
}
