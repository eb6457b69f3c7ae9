//! Differences between two states of a relational store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{
    Action, Aspect, Column, Constraint, Delta, Detail, Effect, Element, MadeBy, Operation, Place,
    Schema, Side, Surface, SurfaceKind,
};

use super::Pending;
use super::history::Unseen;

/// Returns the differences that the pending migrations of one store make.
pub(super) fn deltas(set: &Arc<str>, pending: &Pending) -> Vec<Delta> {
    if pending.steps() == 0 {
        return Vec::new();
    }
    let lineage = Lineage::of(pending);
    let operations = Operations::of(pending);
    let (before, after) = (&pending.before().schemas, &pending.after().schemas);
    let mut context = Context {
        set,
        pending,
        lineage: &lineage,
        operations: &operations,
        deltas: Vec::new(),
    };
    let mut met: BTreeSet<&Surface> = BTreeSet::new();
    for (surface, old) in before {
        let renamed = lineage
            .now(surface)
            .filter(|to| after.contains_key(to) && !before.contains_key(to));
        if let Some(new) = after.get(surface) {
            met.insert(surface);
            context.pair(old, new);
        } else if let Some(new) = renamed.and_then(|to| after.get(&to)) {
            met.insert(&new.surface);
            context.renamed(old, new);
            context.pair(old, new);
        } else {
            context.surface(Action::Removed, surface, &old.place);
        }
    }
    for (surface, new) in after {
        if met.contains(surface) {
            continue;
        }
        if pending.unseen().contains_key(surface) {
            // It stood there, and is built anew: how it differs from what nobody has seen cannot be told.
            continue;
        }
        if context.is_created(surface) {
            context.surface(Action::Added, surface, &new.place);
        } else {
            // The history did not show it before, but it was there: this change alters it.
            context.pair(&context.stood(new), new);
        }
    }
    for (surface, unseen) in pending.unseen() {
        if !after.contains_key(surface) {
            context.unseen(surface, unseen);
        }
    }
    context.deltas
}

/// How names moved through the pending operations.
struct Lineage {
    /// From each surface at base to its name now, where that is another.
    surfaces: BTreeMap<Surface, Surface>,
    /// From each column at base to its name now, where that is another; by the table's name at base.
    columns: BTreeMap<(Surface, String), String>,
    /// Every name that a surface of base has had on the way.
    names: BTreeMap<Surface, BTreeSet<String>>,
}

impl Lineage {
    fn of(pending: &Pending) -> Self {
        let mut lineage = Self {
            surfaces: BTreeMap::new(),
            columns: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for (_, operation) in pending.operations() {
            lineage.follow(operation, pending);
        }
        lineage
    }

    fn follow(&mut self, operation: &Operation, pending: &Pending) {
        let origin = self.origin(&operation.surface, pending);
        match &operation.effect {
            Effect::RenameTable { to } | Effect::RenameType { to } => {
                if let Some(origin) = origin {
                    let names = self.names.entry(origin.clone()).or_default();
                    names.insert(to.clone());
                    self.surfaces
                        .insert(origin, Surface::new(operation.surface.kind, to.clone()));
                }
            }
            Effect::RenameColumn { column, to } | Effect::RenameEnumValue { value: column, to } => {
                if let Some(origin) = origin {
                    let first = self.first_name(&origin, column);
                    self.columns.insert((origin, first), to.clone());
                }
            }
            _ => {}
        }
    }

    /// Returns the surface of base that has this name now.
    fn origin(&self, now: &Surface, pending: &Pending) -> Option<Surface> {
        let moved = self
            .surfaces
            .iter()
            .find(|(_, to)| *to == now)
            .map(|(from, _)| from.clone());
        moved.or_else(|| {
            let stayed =
                pending.before().schemas.contains_key(now) && !self.surfaces.contains_key(now);
            stayed.then(|| now.clone())
        })
    }

    fn first_name(&self, origin: &Surface, column: &str) -> String {
        let moved = self
            .columns
            .iter()
            .find(|((s, _), to)| s == origin && *to == column);
        moved.map_or_else(|| column.to_owned(), |((_, from), _)| from.clone())
    }

    fn now(&self, surface: &Surface) -> Option<Surface> {
        self.surfaces.get(surface).cloned()
    }

    fn column(&self, surface: &Surface, column: &str) -> Option<&String> {
        self.columns.get(&(surface.clone(), column.to_owned()))
    }

    /// Returns a surface of base under each name that it has had.
    fn names(&self, surface: &Surface) -> impl Iterator<Item = Surface> {
        let others = self.names.get(surface).into_iter().flatten();
        let others = others.filter(|name| **name != surface.name);
        let others = others.map(|name| Surface::new(surface.kind, name.clone()));
        std::iter::once(surface.clone()).chain(others)
    }
}

/// The pending operations by the surface that they name.
struct Operations<'a> {
    /// Each with the step that applies it, in order.
    by_surface: BTreeMap<&'a Surface, Vec<(usize, &'a Operation)>>,
    /// What is renamed, by its new name.
    renamed: BTreeSet<&'a str>,
}

impl<'a> Operations<'a> {
    fn of(pending: &'a Pending) -> Self {
        let mut operations = Self {
            by_surface: BTreeMap::new(),
            renamed: BTreeSet::new(),
        };
        for (step, operation) in pending.operations() {
            if let Effect::RenameTable { to } | Effect::RenameType { to } = &operation.effect {
                operations.renamed.insert(to);
            }
            let named = operations.by_surface.entry(&operation.surface);
            named.or_default().push((step, operation));
        }
        operations
    }

    fn on(&self, surface: &Surface) -> &[(usize, &'a Operation)] {
        self.by_surface
            .get(surface)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

struct Context<'a> {
    set: &'a Arc<str>,
    pending: &'a Pending,
    lineage: &'a Lineage,
    operations: &'a Operations<'a>,
    deltas: Vec<Delta>,
}

impl Context<'_> {
    /// Returns the last pending operation on the surface that fits, with the step that applies it.
    fn operation(
        &self,
        surface: &Surface,
        fits: impl Fn(&Effect) -> bool,
    ) -> Option<(usize, Place)> {
        let names = self.lineage.names(surface);
        let last = names.filter_map(|name| {
            let named = self.operations.on(&name);
            named.iter().rev().find(|(_, o)| fits(&o.effect))
        });
        last.max_by_key(|(step, o)| (*step, &o.place))
            .map(|(step, o)| (*step, o.place.clone()))
    }

    /// Returns the operation that built the enum anew, under another name perhaps, where a value went that way.
    fn rebuilt(&self, value: &Element, new: &Schema) -> Option<(usize, Place)> {
        let built = |o: &Operation| {
            matches!(value.detail, Detail::Value { .. })
                && matches!(o.effect, Effect::CreateEnum { .. })
                && o.place == new.place
        };
        self.pending
            .operations()
            .find(|(_, o)| built(o))
            .map(|(step, o)| (step, o.place.clone()))
    }

    /// Returns whether the pending migrations bring the surface into being, under this name or another.
    fn is_created(&self, surface: &Surface) -> bool {
        let creates = |e: &Effect| {
            matches!(
                e,
                Effect::CreateTable { .. }
                    | Effect::CreateEnum { .. }
                    | Effect::CreateView { .. }
                    | Effect::CreateRoutine { .. }
            )
        };
        let named = self.operations.on(surface);
        named.iter().any(|(_, o)| creates(&o.effect))
            || self.operations.renamed.contains(surface.name.as_str())
    }

    /// Returns what stood in a surface whose earlier form the history does not show: all that no pending operation adds.
    fn stood(&self, new: &Schema) -> Schema {
        let stood = |e: &&Element| {
            self.operation(&new.surface, |effect| adds(effect, &e.name))
                .is_none()
        };
        Schema {
            elements: new.elements.iter().filter(stood).cloned().collect(),
            ..new.clone()
        }
    }

    fn delta(&self, surface: &Surface, cause: Option<(usize, Place)>, fallback: &Place) -> Delta {
        let cause = cause.or_else(|| self.operation(surface, |_| true));
        let (pending, place) = cause.unwrap_or_else(|| (0, fallback.clone()));
        Delta {
            surface: surface.clone(),
            head_surface: surface.clone(),
            element: None,
            aspect: Aspect::Existence,
            action: Action::Changed,
            old: None,
            new: None,
            place,
            side: Side::Head,
            made_by: Some(MadeBy {
                set: self.set.clone(),
                pending,
            }),
        }
    }

    fn surface(&mut self, action: Action, surface: &Surface, place: &Place) {
        let cause = self.operation(surface, |e| match action {
            Action::Removed => {
                matches!(
                    e,
                    Effect::DropTable
                        | Effect::DropType
                        | Effect::DropView
                        | Effect::DropRoutine { .. }
                )
            }
            _ => matches!(
                e,
                Effect::CreateTable { .. }
                    | Effect::CreateEnum { .. }
                    | Effect::CreateView { .. }
                    | Effect::CreateRoutine { .. }
            ),
        });
        let delta = self.delta(surface, cause, place);
        self.deltas.push(Delta { action, ..delta });
    }

    /// Adds that a surface goes whose form the history does not show.
    fn unseen(&mut self, surface: &Surface, unseen: &Unseen) {
        let cause = Some((unseen.step, unseen.place.clone()));
        let delta = self.delta(surface, cause, &unseen.place);
        self.deltas.push(match &unseen.to {
            Some(to) => Delta {
                head_surface: to.clone(),
                aspect: Aspect::Identity,
                ..delta
            },
            None => Delta {
                action: Action::Removed,
                ..delta
            },
        });
    }

    fn renamed(&mut self, old: &Schema, new: &Schema) {
        let cause = self.operation(&old.surface, |e| {
            matches!(e, Effect::RenameTable { .. } | Effect::RenameType { .. })
        });
        let delta = self.delta(&old.surface, cause, &new.place);
        self.deltas.push(Delta {
            head_surface: new.surface.clone(),
            aspect: Aspect::Identity,
            ..delta
        });
    }

    /// Returns what an element was renamed to: a name that was free, or that its bearer has left too.
    fn renamed_to<'s>(
        &self,
        old: &Schema,
        new: &'s Schema,
        element: &Element,
    ) -> Option<&'s Element> {
        let to = self.lineage.column(&old.surface, &element.name)?;
        let is_free =
            || old.element(to).is_none() || self.lineage.column(&old.surface, to).is_some();
        (*to != element.name && is_free())
            .then(|| new.element(to))
            .flatten()
    }

    fn pair(&mut self, old: &Schema, new: &Schema) {
        let mut met: Vec<&Element> = Vec::new();
        for element in &old.elements {
            let renamed = self.renamed_to(old, new, element);
            // Where names move on (`a` becomes `b` and `b` becomes `c`), what has the old name now is another column.
            let namesake = |e: &&Element| {
                e.name == element.name && e.is_same_sort(element) && renamed.is_none()
            };
            if let Some(now) = new.elements.iter().find(namesake) {
                met.push(now);
                self.changed(old, new, element, now);
            } else if let Some(now) = renamed {
                met.push(now);
                let cause = self.operation(&old.surface, |e| renames(e, &now.name));
                self.push(
                    old,
                    new,
                    (Some(element), Some(now)),
                    Aspect::Identity,
                    Action::Changed,
                    cause,
                );
                self.changed(old, new, element, now);
            } else if !same_demand_stands(element, new) {
                let cause = self
                    .operation(&old.surface, |e| removes(e, &element.name))
                    .or_else(|| self.rebuilt(element, new));
                self.push(
                    old,
                    new,
                    (Some(element), None),
                    Aspect::Existence,
                    Action::Removed,
                    cause,
                );
            }
        }
        for element in &new.elements {
            let is_met = met.iter().any(|e| std::ptr::eq(*e, element));
            if !is_met && !same_demand_stands(element, old) {
                // Where a column comes and becomes required in two statements, the second one is what old inserts feel.
                let required = |e: &Effect| matches!(e, Effect::SetRequired { column, required: true } if *column == element.name);
                let cause = self
                    .operation(&old.surface, required)
                    .or_else(|| self.operation(&old.surface, |e| adds(e, &element.name)));
                self.push(
                    old,
                    new,
                    (None, Some(element)),
                    Aspect::Existence,
                    Action::Added,
                    cause,
                );
            }
        }
    }

    fn changed(&mut self, old: &Schema, new: &Schema, from: &Element, to: &Element) {
        match (&from.detail, &to.detail) {
            (Detail::Column(a), Detail::Column(b)) => self.column(old, new, (from, a), (to, b)),
            (Detail::Constraint(a), Detail::Constraint(b)) if demand(a) != demand(b) => {
                let cause =
                    self.operation(&old.surface, |e| adds(e, &to.name) || removes(e, &to.name));
                self.push(
                    old,
                    new,
                    (Some(from), Some(to)),
                    Aspect::Constraint,
                    Action::Changed,
                    cause,
                );
            }
            _ => {}
        }
    }

    fn column(
        &mut self,
        old: &Schema,
        new: &Schema,
        (from, a): (&Element, &Column),
        (to, b): (&Element, &Column),
    ) {
        let pair = (Some(from), Some(to));
        let remade = |e: &Effect| adds(e, &to.name) || renames(e, &to.name);
        let retyped = self.operation(
            &old.surface,
            |e| matches!(e, Effect::SetType { column, .. } if *column == to.name),
        );
        // A type that is not known may be any: where a statement gives the column another one, it differs.
        let known = !a.type_name.is_empty() && !b.type_name.is_empty();
        if a.type_name != b.type_name && (known || retyped.is_some()) && !self.follows(a, b) {
            let cause = retyped.or_else(|| self.operation(&old.surface, remade));
            self.push(old, new, pair, Aspect::Type, Action::Changed, cause);
        }
        if a.nullable != b.nullable {
            let action = if b.nullable {
                Action::Widened
            } else {
                Action::Narrowed
            };
            let cause = self
                .operation(
                    &old.surface,
                    |e| matches!(e, Effect::SetRequired { column, .. } if *column == to.name),
                )
                .or_else(|| self.operation(&old.surface, remade));
            self.push(old, new, pair, Aspect::Presence, action, cause);
        }
        if a.default != b.default || a.generated != b.generated {
            let action = match (
                a.default.is_some() || a.generated,
                b.default.is_some() || b.generated,
            ) {
                (false, true) => Action::Added,
                (true, false) => Action::Removed,
                _ => Action::Changed,
            };
            let cause = self
                .operation(
                    &old.surface,
                    |e| matches!(e, Effect::SetDefault { column, .. } if *column == to.name),
                )
                .or_else(|| self.operation(&old.surface, remade));
            self.push(old, new, pair, Aspect::Default, action, cause);
        }
    }

    /// Returns whether the column's type only follows a renamed type.
    fn follows(&self, old: &Column, new: &Column) -> bool {
        let old = Surface::new(SurfaceKind::Type, old.type_name.clone());
        self.lineage
            .now(&old)
            .is_some_and(|now| now.name == new.type_name)
    }

    fn push(
        &mut self,
        old_schema: &Schema,
        new_schema: &Schema,
        (old, new): (Option<&Element>, Option<&Element>),
        aspect: Aspect,
        action: Action,
        cause: Option<(usize, Place)>,
    ) {
        // No migration that runs makes this difference, nor is the table made anew: one that base already has was rewritten, and a store
        // that ran it stays as it is.
        let rewritten = !self.pending.edits.is_empty()
            && old_schema.place.path == new_schema.place.path
            && self.operation(&old_schema.surface, |_| true).is_none();
        if rewritten && cause.is_none() {
            return;
        }
        let fallback = new.map_or(&new_schema.place, |e| &e.place);
        let delta = self.delta(&old_schema.surface, cause, fallback);
        let aspect = match old.or(new).map(|e| &e.detail) {
            Some(Detail::Constraint(_)) if aspect == Aspect::Existence => Aspect::Constraint,
            Some(Detail::Value { .. }) if aspect == Aspect::Existence => Aspect::Values,
            _ => aspect,
        };
        self.deltas.push(Delta {
            head_surface: new_schema.surface.clone(),
            element: old.or(new).map(|e| e.name.clone()),
            aspect,
            action,
            old: old.cloned(),
            new: new.cloned(),
            ..delta
        });
    }
}

/// What a constraint demands of new rows, whatever its name and whether old rows were checked.
fn demand(constraint: &Constraint) -> Constraint {
    Constraint {
        validated: true,
        ..constraint.clone()
    }
}

/// Returns whether the schema holds a constraint with the same demand under another name.
fn same_demand_stands(element: &Element, schema: &Schema) -> bool {
    let Detail::Constraint(wanted) = &element.detail else {
        return false;
    };
    schema
        .constraints()
        .any(|(_, c)| demand(c) == demand(wanted))
}

fn renames(effect: &Effect, to_name: &str) -> bool {
    matches!(effect, Effect::RenameColumn { to, .. } | Effect::RenameEnumValue { to, .. } | Effect::RenameConstraint { to, .. }
        if to == to_name)
}

fn removes(effect: &Effect, name: &str) -> bool {
    match effect {
        Effect::DropColumn { column } => column == name,
        Effect::DropConstraint { name: dropped } => dropped == name,
        Effect::RenameColumn { column, .. } | Effect::RenameEnumValue { value: column, .. } => {
            column == name
        }
        Effect::CreateEnum { values } => !values.iter().any(|v| v == name),
        Effect::DropTable => true,
        _ => false,
    }
}

fn adds(effect: &Effect, name: &str) -> bool {
    match effect {
        Effect::AddColumn(e) | Effect::AddConstraint(e) => e.name == name,
        Effect::AddEnumValue { value } => value == name,
        Effect::CreateEnum { values } => values.iter().any(|v| v == name),
        Effect::CreateTable { elements } => elements.iter().any(|e| e.name == name),
        _ => renames(effect, name),
    }
}
