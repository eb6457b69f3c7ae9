//! What migrations do in the words of models, for tools that derive tables from classes.
//!
//! `AddField("post", "author", ForeignKey(…))` does not say which table and which column it means: that depends on what the
//! migrations before it made of the models. The reader keeps the steps as they are written, and linking turns them into
//! [`crate::Operation`]s, migration by migration.

use std::sync::Arc;

use crate::{Column, Element, Operation, Place};

/// One migration in the words of models.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelMigration {
    /// The migrations that it names as before it: pairs of app and name.
    pub dependencies: Vec<(String, String)>,
    /// The migrations that it stands for, by name, where it is a squash of them.
    pub replaces: Vec<Arc<str>>,
    /// What it does, in order.
    pub steps: Vec<ModelStep>,
}

/// One step of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStep {
    /// What it does.
    pub change: ModelChange,
    /// Where it stands.
    pub place: Place,
}

/// What a step does. Models are named as the step names them, in any case of letters; columns by the names of their fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChange {
    /// A model comes, with its table.
    Create(ModelForm),
    /// A model goes, with its table.
    Delete {
        /// The model.
        model: String,
    },
    /// A model changes its name, and its table with it unless that has a name of its own.
    Rename {
        /// The model.
        model: String,
        /// The new name.
        to: String,
    },
    /// The table of a model gets a name of its own, or the derived one.
    SetTable {
        /// The model.
        model: String,
        /// The name; None: the derived one.
        table: Option<String>,
    },
    /// A field comes.
    AddField {
        /// The model.
        model: String,
        /// The field.
        field: ModelField,
    },
    /// A field goes.
    RemoveField {
        /// The model.
        model: String,
        /// The field's name.
        field: String,
    },
    /// A field is declared otherwise from here on.
    AlterField {
        /// The model.
        model: String,
        /// The field as it is from here on.
        field: ModelField,
    },
    /// A field changes its name.
    RenameField {
        /// The model.
        model: String,
        /// The old name.
        field: String,
        /// The new name.
        to: String,
    },
    /// A column gets a database default that its field does not declare.
    SetDefault {
        /// The model.
        model: String,
        /// The field's name.
        field: String,
        /// The default, as SQL.
        default: Option<String>,
    },
    /// A constraint or index comes.
    AddConstraint {
        /// The model.
        model: String,
        /// The constraint; its columns are names of fields.
        constraint: Element,
    },
    /// A constraint or index goes.
    RemoveConstraint {
        /// The model.
        model: String,
        /// Its name.
        name: String,
    },
    /// A constraint or index changes its name.
    RenameConstraint {
        /// The model.
        model: String,
        /// The old name.
        name: String,
        /// The new name.
        to: String,
    },
    /// Rows that exist are checked too.
    ValidateConstraint {
        /// The model.
        model: String,
        /// The constraint's name.
        name: String,
    },
    /// These sets of fields are unique together, and no others.
    SetTogether {
        /// The model.
        model: String,
        /// The sets.
        sets: Vec<Vec<String>>,
    },
    /// What speaks of the store itself: SQL, or code. A surface of kind [`crate::SurfaceKind::Model`] is a model, `app.Model`.
    Direct {
        /// The way forward.
        up: Vec<Operation>,
        /// The way back; None: there is none.
        down: Option<Vec<Operation>>,
    },
    /// The store and the models change apart from each other.
    Apart {
        /// What is done to the store alone.
        store: Vec<ModelStep>,
        /// What is done to the models alone.
        models: Vec<ModelStep>,
    },
}

/// A model as a migration describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelForm {
    /// Its name.
    pub name: String,
    /// The name of its table; None: the derived one.
    pub table: Option<String>,
    /// Whether migrations make a table for it: no proxy, and not managed elsewhere.
    pub stored: bool,
    /// Its fields.
    pub fields: Vec<ModelField>,
    /// Its constraints and indexes; their columns are names of fields.
    pub constraints: Vec<Element>,
    /// The sets of fields that are unique together.
    pub together: Vec<Vec<String>>,
}

/// A field of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelField {
    /// Its name.
    pub name: String,
    /// The name of its column; None: the derived one.
    pub column: Option<String>,
    /// What it stands for.
    pub kind: FieldKind,
    /// Its column. Of a reference the type may be open: it is that of what it points to.
    pub definition: Column,
    /// Whether it is the primary key.
    pub primary: bool,
    /// Whether its values are unique.
    pub unique: bool,
    /// Where it is declared.
    pub place: Place,
}

/// What a field stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// A column.
    Plain,
    /// A column with the key of another model.
    Reference {
        /// The model, `app.Model`; `self` for the same one. Empty where it cannot be told.
        to: String,
        /// Whether the database holds it to that.
        enforced: bool,
    },
    /// A table of pairs.
    Many {
        /// The model, as above.
        to: String,
        /// Whether a model of its own holds the pairs.
        through: bool,
        /// The name of the table; None: the derived one.
        table: Option<String>,
    },
    /// Nothing in the table of the model.
    Nothing,
}

impl ModelField {
    /// Returns the name of its column; None where it has none.
    pub fn column_name(&self) -> Option<String> {
        let derived = match self.kind {
            FieldKind::Plain => self.name.clone(),
            FieldKind::Reference { .. } => format!("{}_id", self.name),
            FieldKind::Many { .. } | FieldKind::Nothing => return None,
        };
        Some(self.column.clone().unwrap_or(derived))
    }
}
