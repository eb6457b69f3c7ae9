//! The models of one app as its migrations make them, and what each migration does to the store because of that.
//!
//! This is what Django's own `ProjectState` and schema editor do (`django/db/migrations/operations`, `django/db/backends/base/schema.py`),
//! with one difference: a table or column whose model the history does not show gets the name that Django derives, and what was
//! there before stays open. A default of Python fills the rows that exist and leaves none in the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{
    Detail, Direction, Effect, FieldKind, ModelChange, ModelField, ModelForm, ModelMigration,
    ModelStep, Operation, Place, Surface, SurfaceKind,
};

use super::tables::{self, Act};

/// The models of one app.
#[derive(Debug, Clone, Default)]
pub(crate) struct Models {
    /// The app's label, which the names of its tables begin with.
    pub(super) app: String,
    /// Whether one file is looked at without its history: then what it does not show is taken for what the names say.
    alone: bool,
    /// By their names in lowercase.
    forms: BTreeMap<String, ModelForm>,
    /// What the models lost and the store may still have, by model and field.
    lost: BTreeMap<(String, String), ModelField>,
    /// Models that are gone and whose table may still be there.
    gone: BTreeMap<String, ModelForm>,
}

/// What a migration does to the store.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Both ways.
    pub(crate) operations: Vec<Operation>,
    /// Whether it has no way back.
    pub(crate) one_way: bool,
}

/// What was done so far.
#[derive(Default)]
struct Log {
    up: Vec<Operation>,
    /// The way back of each step.
    down: Vec<Vec<Operation>>,
    one_way: bool,
}

/// Returns what a migration does as far as it tells itself.
pub(crate) fn alone(migration: &ModelMigration, app: &str) -> Done {
    let mut models = Models {
        app: app.to_owned(),
        alone: true,
        ..Models::default()
    };
    models.migrate(migration)
}

/// Returns the label of the app whose migrations these are: the folder's name, unless their dependencies on each other say otherwise.
pub(crate) fn label(folder: &str, names: &BTreeSet<&str>, all: &[&ModelMigration]) -> String {
    let by_folder = super::app_of(folder);
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for (app, name) in all.iter().flat_map(|m| &m.dependencies) {
        if names.contains(name.as_str()) {
            *votes.entry(app).or_default() += 1;
        }
    }
    let best = votes
        .iter()
        .max_by_key(|(app, count)| (**count, *app == &by_folder));
    best.map_or(by_folder, |(app, _)| app).to_owned()
}

/// Returns whether the history holds what a squash stands for: then it is not applied.
pub(crate) fn is_replaced(migration: &ModelMigration, names: &BTreeSet<&str>) -> bool {
    let replaced: &[Arc<str>] = &migration.replaces;
    replaced.iter().any(|name| names.contains(&**name))
}

impl Models {
    /// Returns the app before its first migration.
    pub(crate) fn of(app: String) -> Self {
        Self {
            app,
            ..Self::default()
        }
    }

    /// Brings the models to where one more migration leaves them, and returns what it does to the store.
    pub(crate) fn migrate(&mut self, migration: &ModelMigration) -> Done {
        let mut log = Log::default();
        for step in &migration.steps {
            self.step(step, &mut log);
        }
        let mut operations = log.up;
        if !log.one_way {
            operations.extend(log.down.into_iter().rev().flatten());
        }
        Done {
            operations,
            one_way: log.one_way,
        }
    }

    fn step(&mut self, step: &ModelStep, log: &mut Log) {
        let (up, down) = match &step.change {
            ModelChange::Direct { up, down } => {
                let located = |all: &Vec<Operation>| all.iter().map(|o| self.located(o)).collect();
                log.up.extend::<Vec<Operation>>(located(up));
                match down {
                    Some(down) => log.down.push(located(down)),
                    None => log.one_way = true,
                }
                return;
            }
            ModelChange::Apart { store, models } => {
                let mut aside = self.clone();
                for step in store {
                    aside.step(step, log);
                }
                for step in models {
                    self.step(step, &mut Log::default());
                }
                return;
            }
            change => self.change(change, &step.place),
        };
        let operation = |(table, effect): Act, direction| Operation {
            surface: Surface::table(table),
            locking: crate::sql::operations::locks_only(&effect),
            effect,
            direction,
            conditional: false,
            place: step.place.clone(),
        };
        let up = up.into_iter().map(|act| operation(act, Direction::Up));
        log.up.extend(up);
        let down = down.into_iter().map(|act| operation(act, Direction::Down));
        log.down.push(down.collect());
    }

    /// Makes a change, and returns what it does to tables and what takes that back.
    fn change(&mut self, change: &ModelChange, place: &Place) -> (Vec<Act>, Vec<Act>) {
        match change {
            ModelChange::Create(form) => {
                self.forms.insert(form.name.to_lowercase(), form.clone());
                (tables::create(self, form, place), tables::drop(self, form))
            }
            ModelChange::Delete { model } => {
                let key = model.to_lowercase();
                let form = self.forms.get(&key).or_else(|| self.gone.get(&key));
                let form = form.cloned().unwrap_or_else(|| self.guessed(model));
                let acts = (
                    tables::drop(self, &form),
                    tables::create(self, &form, place),
                );
                self.forms.remove(&key);
                self.gone.insert(key, form);
                acts
            }
            ModelChange::Rename { model, to } => self.rename(model, to),
            ModelChange::SetTable { model, table } => {
                let old = self.form(model);
                let new = ModelForm {
                    table: table.clone(),
                    ..old.clone()
                };
                self.forms.insert(model.to_lowercase(), new.clone());
                both(|back| match back {
                    false => tables::renamed(self, &old, &new),
                    true => tables::renamed(self, &new, &old),
                })
            }
            ModelChange::AddField { model, field } => {
                let mut form = self.form(model);
                form.fields.retain(|f| f.name != field.name);
                form.fields.push(field.clone());
                self.forms.insert(model.to_lowercase(), form.clone());
                (
                    tables::add_field(self, &form, field, place),
                    tables::drop_field(self, &form, field),
                )
            }
            ModelChange::RemoveField { model, field } => self.remove_field(model, field, place),
            ModelChange::AlterField { model, field } => self.alter_field(model, field, place),
            ModelChange::RenameField { model, field, to } => self.rename_field(model, field, to),
            ModelChange::SetDefault {
                model,
                field,
                default,
            } => {
                let form = self.form(model);
                let column = tables::column_of(&form, field);
                let old = find(&form, field).and_then(|f| f.definition.default.clone());
                let set = |default: &Option<String>| {
                    let effect = Effect::SetDefault {
                        column: column.clone(),
                        default: default.clone(),
                    };
                    vec![(tables::table(self, &form), effect)]
                };
                (set(default), set(&old))
            }
            ModelChange::AddConstraint { model, constraint } => {
                let mut form = self.form(model);
                let table = tables::table(self, &form);
                let element = tables::with_columns(&form, constraint);
                form.constraints.push(constraint.clone());
                let stored = form.stored;
                self.forms.insert(model.to_lowercase(), form);
                let name = constraint.name.clone();
                either(
                    stored,
                    vec![(table.clone(), Effect::AddConstraint(element))],
                    vec![(table, Effect::DropConstraint { name })],
                )
            }
            ModelChange::RemoveConstraint { model, name } => {
                let mut form = self.form(model);
                let table = tables::table(self, &form);
                let known = form.constraints.iter().position(|c| c.name == *name);
                let old = known.map(|at| form.constraints.remove(at));
                let old = old.map(|c| tables::with_columns(&form, &c));
                let stored = form.stored;
                self.forms.insert(model.to_lowercase(), form);
                either(
                    stored,
                    vec![(table.clone(), Effect::DropConstraint { name: name.clone() })],
                    vec![(table, old.map_or(Effect::Nothing, Effect::AddConstraint))],
                )
            }
            ModelChange::RenameConstraint { model, name, to } => {
                let mut form = self.form(model);
                if let Some(known) = form.constraints.iter_mut().find(|c| c.name == *name) {
                    known.name.clone_from(to);
                }
                let table = tables::table(self, &form);
                self.forms.insert(model.to_lowercase(), form);
                let renamed = |name: &String, to: &String| {
                    let effect = Effect::RenameConstraint {
                        name: name.clone(),
                        to: to.clone(),
                    };
                    vec![(table.clone(), effect)]
                };
                (renamed(name, to), renamed(to, name))
            }
            ModelChange::ValidateConstraint { model, name } => {
                let table = tables::table(self, &self.form(model));
                let name = name.clone();
                (
                    vec![(table, Effect::ValidateConstraint { name })],
                    Vec::new(),
                )
            }
            ModelChange::SetTogether { model, sets } => {
                let old = self.form(model);
                let new = ModelForm {
                    together: sets.clone(),
                    ..old.clone()
                };
                self.forms.insert(model.to_lowercase(), new.clone());
                both(|back| match back {
                    false => tables::together(self, &old, &new, place),
                    true => tables::together(self, &new, &old, place),
                })
            }
            ModelChange::Direct { .. } | ModelChange::Apart { .. } => (Vec::new(), Vec::new()),
        }
    }

    fn rename(&mut self, model: &str, to: &str) -> (Vec<Act>, Vec<Act>) {
        let old = self.form(model);
        let new = ModelForm {
            name: to.to_owned(),
            ..old.clone()
        };
        self.forms.remove(&model.to_lowercase());
        self.forms.insert(to.to_lowercase(), new.clone());
        let (app, model) = (self.app.clone(), model.to_lowercase());
        for form in self.forms.values_mut() {
            for field in &mut form.fields {
                if let FieldKind::Reference { to: target, .. }
                | FieldKind::Many { to: target, .. } = &mut field.kind
                {
                    let named = target.to_lowercase();
                    if named == model || named == format!("{}.{model}", app.to_lowercase()) {
                        *target = format!("{app}.{to}");
                    }
                }
            }
        }
        both(|back| match back {
            false => tables::renamed(self, &old, &new),
            true => tables::renamed(self, &new, &old),
        })
    }

    fn remove_field(&mut self, model: &str, field: &str, place: &Place) -> (Vec<Act>, Vec<Act>) {
        let mut form = self.form(model);
        let key = (model.to_lowercase(), field.to_owned());
        let found = find(&form, field).or_else(|| self.lost.get(&key)).cloned();
        let Some(found) = found else {
            return self.unknown_field(&form, field);
        };
        let acts = (
            tables::drop_field(self, &form, &found),
            tables::add_field(self, &form, &found, place),
        );
        form.fields.retain(|f| f.name != field);
        self.forms.insert(model.to_lowercase(), form);
        self.lost.insert(key, found);
        acts
    }

    fn alter_field(
        &mut self,
        model: &str,
        field: &ModelField,
        place: &Place,
    ) -> (Vec<Act>, Vec<Act>) {
        let mut form = self.form(model);
        let Some(at) = form.fields.iter().position(|f| f.name == field.name) else {
            form.fields.push(field.clone());
            self.forms.insert(model.to_lowercase(), form.clone());
            let table = tables::table(self, &form);
            let column = field.column_name().unwrap_or_default();
            let open = open("what the field was before is not known", &[&table, &column]);
            return (vec![(table, open)], Vec::new());
        };
        let old = std::mem::replace(&mut form.fields[at], field.clone());
        self.forms.insert(model.to_lowercase(), form.clone());
        both(|back| match back {
            false => tables::altered(self, &form, &old, field, place),
            true => tables::altered(self, &form, field, &old, place),
        })
    }

    fn rename_field(&mut self, model: &str, field: &str, to: &str) -> (Vec<Act>, Vec<Act>) {
        let old = self.form(model);
        let mut new = old.clone();
        let Some(known) = new.fields.iter_mut().find(|f| f.name == field) else {
            let table = tables::table(self, &old);
            if !self.alone {
                return (self.unknown_field(&old, field).0, Vec::new());
            }
            let renamed = |column: &str, to: &str| {
                let effect = Effect::RenameColumn {
                    column: column.to_owned(),
                    to: to.to_owned(),
                };
                vec![(table.clone(), effect)]
            };
            return (renamed(field, to), renamed(to, field));
        };
        to.clone_into(&mut known.name);
        let rename = |name: &mut String| {
            if name == field {
                to.clone_into(name);
            }
        };
        new.together.iter_mut().flatten().for_each(rename);
        for constraint in &mut new.constraints {
            if let Detail::Constraint(detail) = &mut constraint.detail {
                detail.columns.iter_mut().for_each(rename);
            }
        }
        self.forms.insert(model.to_lowercase(), new.clone());
        both(|back| match back {
            false => tables::renamed_fields(self, &old, &new),
            true => tables::renamed_fields(self, &new, &old),
        })
    }

    /// What happens to a field that no migration declared: alone, what the names say.
    fn unknown_field(&self, form: &ModelForm, field: &str) -> (Vec<Act>, Vec<Act>) {
        let table = tables::table(self, form);
        let effect = if self.alone {
            Effect::DropColumn {
                column: field.to_owned(),
            }
        } else {
            let reference = format!("{field}_id");
            open(
                "no migration before declares the field",
                &[&table, field, &reference],
            )
        };
        (vec![(table, effect)], Vec::new())
    }

    /// Returns a model as it is; one that no migration shows has the names that Django derives.
    fn form(&self, model: &str) -> ModelForm {
        let known = self.forms.get(&model.to_lowercase());
        known.cloned().unwrap_or_else(|| self.guessed(model))
    }

    fn guessed(&self, model: &str) -> ModelForm {
        ModelForm {
            name: model.to_owned(),
            table: None,
            stored: true,
            fields: Vec::new(),
            constraints: Vec::new(),
            together: Vec::new(),
        }
    }

    /// Returns the model that a field names: `app.Model`, `Model`, `self`.
    pub(super) fn target(&self, from: &ModelForm, to: &str) -> Option<&ModelForm> {
        if to == "self" || to.is_empty() {
            return self
                .forms
                .get(&from.name.to_lowercase())
                .filter(|_| to == "self");
        }
        let (app, name) = to.split_once('.').unwrap_or((&self.app, to));
        app.eq_ignore_ascii_case(&self.app)
            .then(|| self.forms.get(&name.to_lowercase()))
            .flatten()
    }

    /// Returns an operation of code or SQL by the names of the store.
    fn located(&self, operation: &Operation) -> Operation {
        let mut operation = operation.clone();
        if let Effect::Opaque { identifiers, .. } = &mut operation.effect {
            // Code that names a model may mean its table.
            let named = |f: &&ModelForm| identifiers.contains(&f.name.to_lowercase());
            let tables: Vec<String> = self
                .forms
                .values()
                .filter(named)
                .map(|f| tables::table(self, f))
                .collect();
            identifiers.extend(tables);
            identifiers.sort();
            identifiers.dedup();
        }
        if operation.surface.kind != SurfaceKind::Model {
            return operation;
        }
        let name = operation.surface.name.clone();
        let (app, model) = name.split_once('.').unwrap_or((&self.app, &name));
        let ours = app.eq_ignore_ascii_case(&self.app);
        let form = ours.then(|| self.form(model));
        let table = match &form {
            Some(form) => tables::table(self, form),
            None => tables::derived(app, model),
        };
        if let (Effect::Backfill { columns, .. }, Some(form)) = (&mut operation.effect, &form) {
            for column in columns {
                *column = tables::column_of(form, column);
            }
        }
        operation.surface = Surface::table(table);
        operation
    }
}

pub(super) fn find<'a>(form: &'a ModelForm, field: &str) -> Option<&'a ModelField> {
    form.fields.iter().find(|f| f.name == field)
}

/// What speaks of these names and cannot be told.
fn open(reason: &str, names: &[&str]) -> Effect {
    let mut identifiers: Vec<String> = names.iter().map(|&n| n.to_owned()).collect();
    identifiers.sort();
    Effect::Opaque {
        reason: reason.to_owned(),
        identifiers,
    }
}

fn both(way: impl Fn(bool) -> Vec<Act>) -> (Vec<Act>, Vec<Act>) {
    (way(false), way(true))
}

fn either(stored: bool, up: Vec<Act>, down: Vec<Act>) -> (Vec<Act>, Vec<Act>) {
    match stored {
        true => (up, down),
        false => (Vec::new(), Vec::new()),
    }
}
