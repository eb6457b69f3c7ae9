//! From models to tables, as Django's schema editor derives them: `django/db/backends/base/schema.py`.

use coexist_model::{
    Column, Constraint, ConstraintKind, Detail, Effect, Element, FieldKind, ModelField, ModelForm,
    Place,
};

use super::state::{Models, find};

/// What is done to a table.
pub(super) type Act = (String, Effect);

/// Returns the name that Django derives for the table of a model.
pub(super) fn derived(app: &str, model: &str) -> String {
    format!("{app}_{}", model.to_lowercase())
}

/// Returns the name of a model's table.
pub(super) fn table(models: &Models, form: &ModelForm) -> String {
    let own = form.table.clone();
    // `"schema"."table"`, which some write to name a schema.
    let own = own.map(|t| t.replace("\".\"", ".").replace('"', ""));
    own.unwrap_or_else(|| derived(&models.app, &form.name))
}

/// Returns the column of a field; of one that is not known, its name.
pub(super) fn column_of(form: &ModelForm, field: &str) -> String {
    let known = find(form, field).and_then(ModelField::column_name);
    known.unwrap_or_else(|| field.to_owned())
}

/// Returns the table of pairs that a field makes; None where it makes none.
fn pairs_table(models: &Models, form: &ModelForm, field: &ModelField) -> Option<String> {
    match &field.kind {
        FieldKind::Many {
            through: false,
            table: own,
            ..
        } => Some(
            own.clone()
                .unwrap_or_else(|| format!("{}_{}", table(models, form), field.name)),
        ),
        _ => None,
    }
}

/// Returns the columns of a table of pairs: of the model, and of the other one.
fn pairs_columns(form: &ModelForm, field: &ModelField) -> [String; 2] {
    let FieldKind::Many { to, .. } = &field.kind else {
        return [String::new(), String::new()];
    };
    let from = form.name.to_lowercase();
    let to = to.rsplit('.').next().unwrap_or_default().to_lowercase();
    if to == "self" || to == from {
        return [format!("from_{from}_id"), format!("to_{from}_id")];
    }
    [format!("{from}_id"), format!("{to}_id")]
}

/// Makes the tables of a model.
pub(super) fn create(models: &Models, form: &ModelForm, place: &Place) -> Vec<Act> {
    if !form.stored {
        return Vec::new();
    }
    let mut elements: Vec<Element> = form
        .fields
        .iter()
        .flat_map(|field| elements(models, form, field, &field.place))
        .collect();
    elements.extend(
        form.together
            .iter()
            .map(|set| unique(models, form, set, place)),
    );
    elements.extend(form.constraints.iter().map(|c| with_columns(form, c)));
    let mut acts = vec![(table(models, form), Effect::CreateTable { elements })];
    let pairs = form.fields.iter();
    acts.extend(pairs.filter_map(|f| create_pairs(models, form, f, place)));
    acts
}

/// Drops the tables of a model.
pub(super) fn drop(models: &Models, form: &ModelForm) -> Vec<Act> {
    if !form.stored {
        return Vec::new();
    }
    let pairs = form
        .fields
        .iter()
        .filter_map(|f| pairs_table(models, form, f));
    pairs
        .chain([table(models, form)])
        .map(|t| (t, Effect::DropTable))
        .collect()
}

fn create_pairs(
    models: &Models,
    form: &ModelForm,
    field: &ModelField,
    place: &Place,
) -> Option<Act> {
    let name = pairs_table(models, form, field)?;
    let FieldKind::Many { to, .. } = &field.kind else {
        return None;
    };
    let columns = pairs_columns(form, field);
    let id = Column {
        type_name: String::new(),
        nullable: false,
        default: None,
        generated: true,
    };
    let reference = Column {
        generated: false,
        ..id.clone()
    };
    let column = |name: &str, column: Column| Element {
        name: name.to_owned(),
        detail: Detail::Column(column),
        place: place.clone(),
    };
    let mut elements = vec![
        column("id", id),
        column(&columns[0], reference.clone()),
        column(&columns[1], reference),
    ];
    let points = [table(models, form), target_table(models, form, to)];
    for (column, to) in columns.iter().zip(points) {
        elements.push(foreign_key(&name, column, to, place));
    }
    elements.push(constraint(
        format!("{name}_{}_{}_uniq", columns[0], columns[1]),
        ConstraintKind::Unique,
        columns.to_vec(),
        place,
    ));
    Some((name, Effect::CreateTable { elements }))
}

/// Returns the table of the model that a field points to.
fn target_table(models: &Models, form: &ModelForm, to: &str) -> String {
    if let Some(target) = models.target(form, to) {
        return table(models, target);
    }
    let (app, name) = to.split_once('.').unwrap_or((&models.app, to));
    derived(app, name)
}

/// Returns the column of a field, with what the field demands of it.
fn elements(models: &Models, form: &ModelForm, field: &ModelField, place: &Place) -> Vec<Element> {
    let Some(name) = field.column_name() else {
        return Vec::new();
    };
    let mut elements = vec![Element {
        name: name.clone(),
        detail: Detail::Column(definition(models, form, field)),
        place: place.clone(),
    }];
    elements.extend(demands(models, form, field, place));
    elements
}

/// Returns the constraints that a field makes on its column.
fn demands(models: &Models, form: &ModelForm, field: &ModelField, place: &Place) -> Vec<Element> {
    let Some(column) = field.column_name() else {
        return Vec::new();
    };
    let own = table(models, form);
    let mut found = Vec::new();
    if field.primary {
        let (name, kind) = (format!("{own}_pkey"), ConstraintKind::PrimaryKey);
        found.push(constraint(name, kind, vec![column.clone()], place));
    }
    if field.unique {
        let name = format!("{own}_{column}_key");
        found.push(constraint(
            name,
            ConstraintKind::Unique,
            vec![column.clone()],
            place,
        ));
    }
    if let FieldKind::Reference { to, enforced: true } = &field.kind {
        let to = target_table(models, form, to);
        found.push(foreign_key(&own, &column, to, place));
    }
    found
}

/// Returns the definition of a column; one that points to a model has the type of its key.
fn definition(models: &Models, form: &ModelForm, field: &ModelField) -> Column {
    let mut definition = field.definition.clone();
    if let (FieldKind::Reference { to, .. }, "") = (&field.kind, definition.type_name.as_str()) {
        let target = models.target(form, to);
        let key = target.and_then(|t| t.fields.iter().find(|f| f.primary));
        if let Some(key) = key.filter(|k| k.name != field.name) {
            definition.type_name.clone_from(&key.definition.type_name);
        }
    }
    definition
}

fn foreign_key(own: &str, column: &str, table: String, place: &Place) -> Element {
    let name = format!("{own}_{column}_fk");
    let kind = ConstraintKind::ForeignKey { table };
    constraint(name, kind, vec![column.to_owned()], place)
}

fn unique(models: &Models, form: &ModelForm, set: &[String], place: &Place) -> Element {
    let columns: Vec<String> = set.iter().map(|f| column_of(form, f)).collect();
    let name = format!("{}_{}_uniq", table(models, form), columns.join("_"));
    constraint(name, ConstraintKind::Unique, columns, place)
}

fn constraint(name: String, kind: ConstraintKind, columns: Vec<String>, place: &Place) -> Element {
    Element {
        name,
        detail: Detail::Constraint(Constraint {
            kind,
            columns,
            partial: false,
            validated: true,
            predicate: None,
        }),
        place: place.clone(),
    }
}

/// Returns a constraint of a model by the columns of its table.
pub(super) fn with_columns(form: &ModelForm, element: &Element) -> Element {
    let mut element = element.clone();
    if let Detail::Constraint(detail) = &mut element.detail {
        for column in &mut detail.columns {
            *column = column_of(form, column);
        }
    }
    element
}

/// Adds a field.
pub(super) fn add_field(
    models: &Models,
    form: &ModelForm,
    field: &ModelField,
    place: &Place,
) -> Vec<Act> {
    if !form.stored {
        return Vec::new();
    }
    if let Some(pairs) = create_pairs(models, form, field, place) {
        return vec![pairs];
    }
    let own = table(models, form);
    let added = elements(models, form, field, place).into_iter();
    let added = added.map(|element| match element.detail {
        Detail::Column(_) => Effect::AddColumn(element),
        _ => Effect::AddConstraint(element),
    });
    added.map(|effect| (own.clone(), effect)).collect()
}

/// Drops a field.
pub(super) fn drop_field(models: &Models, form: &ModelForm, field: &ModelField) -> Vec<Act> {
    if !form.stored {
        return Vec::new();
    }
    if let Some(pairs) = pairs_table(models, form, field) {
        return vec![(pairs, Effect::DropTable)];
    }
    let column = field.column_name();
    let drop = column.map(|column| (table(models, form), Effect::DropColumn { column }));
    drop.into_iter().collect()
}

/// Turns one declaration of a field into another.
pub(super) fn altered(
    models: &Models,
    form: &ModelForm,
    old: &ModelField,
    new: &ModelField,
    place: &Place,
) -> Vec<Act> {
    if !form.stored {
        return Vec::new();
    }
    let (Some(column), Some(to)) = (old.column_name(), new.column_name()) else {
        return altered_pairs(models, form, old, new, place);
    };
    let mut effects = Vec::new();
    if column != to {
        effects.push(Effect::RenameColumn {
            column,
            to: to.clone(),
        });
    }
    let (before, after) = (definition(models, form, old), definition(models, form, new));
    let both_known = !before.type_name.is_empty() && !after.type_name.is_empty();
    if before.type_name != after.type_name && both_known {
        effects.push(Effect::SetType {
            column: to.clone(),
            type_name: after.type_name,
            was: None,
        });
    }
    if before.nullable != after.nullable {
        effects.push(Effect::SetRequired {
            column: to.clone(),
            required: !after.nullable,
        });
    }
    if before.default != after.default {
        effects.push(Effect::SetDefault {
            column: to,
            default: after.default,
        });
    }
    let (had, has) = (
        demands(models, form, old, place),
        demands(models, form, new, place),
    );
    let same = |a: &Element, b: &Element| match (&a.detail, &b.detail) {
        (Detail::Constraint(a), Detail::Constraint(b)) => a.kind == b.kind,
        _ => false,
    };
    let lost = had.iter().filter(|a| !has.iter().any(|b| same(a, b)));
    effects.extend(lost.map(|c| Effect::DropConstraint {
        name: c.name.clone(),
    }));
    let won = has.iter().filter(|a| !had.iter().any(|b| same(a, b)));
    effects.extend(won.map(|c| Effect::AddConstraint(c.clone())));
    if effects.is_empty() {
        // What only Django looks at: choices, a help text, a default of Python.
        effects.push(Effect::Nothing);
    }
    let own = table(models, form);
    effects.into_iter().map(|e| (own.clone(), e)).collect()
}

/// A table of pairs can get another name, and its second column another target.
fn altered_pairs(
    models: &Models,
    form: &ModelForm,
    old: &ModelField,
    new: &ModelField,
    place: &Place,
) -> Vec<Act> {
    match (
        pairs_table(models, form, old),
        pairs_table(models, form, new),
    ) {
        (Some(from), Some(to)) if from != to => vec![(from, Effect::RenameTable { to })],
        (Some(_), Some(_)) | (None, None) => vec![(table(models, form), Effect::Nothing)],
        _ => {
            let mut acts = drop_field(models, form, old);
            acts.extend(add_field(models, form, new, place));
            acts
        }
    }
}

/// Renames the tables of a model from what one form says to what another says, and the columns that carry its name.
pub(super) fn renamed(models: &Models, old: &ModelForm, new: &ModelForm) -> Vec<Act> {
    if !old.stored {
        return Vec::new();
    }
    let mut acts = Vec::new();
    let mut rename = |from: String, to: String| {
        if from != to {
            acts.push((from, Effect::RenameTable { to }));
        }
    };
    rename(table(models, old), table(models, new));
    for field in &old.fields {
        let tables = (
            pairs_table(models, old, field),
            pairs_table(models, new, field),
        );
        if let (Some(from), Some(to)) = tables {
            rename(from, to);
        }
    }
    for field in &old.fields {
        let Some(pairs) = pairs_table(models, new, field) else {
            continue;
        };
        let columns = pairs_columns(old, field).into_iter();
        for (column, to) in columns.zip(pairs_columns(new, field)) {
            if column != to {
                acts.push((pairs.clone(), Effect::RenameColumn { column, to }));
            }
        }
    }
    acts
}

/// Renames the columns and tables of pairs whose fields have another name.
pub(super) fn renamed_fields(models: &Models, old: &ModelForm, new: &ModelForm) -> Vec<Act> {
    if !old.stored {
        return Vec::new();
    }
    let mut acts = Vec::new();
    for (was, is) in old.fields.iter().zip(&new.fields) {
        match (was.column_name(), is.column_name()) {
            (Some(column), Some(to)) if column != to => {
                acts.push((table(models, new), Effect::RenameColumn { column, to }));
            }
            _ => {}
        }
        let tables = (pairs_table(models, old, was), pairs_table(models, new, is));
        if let (Some(from), Some(to)) = tables
            && from != to
        {
            acts.push((from, Effect::RenameTable { to }));
        }
    }
    acts
}

/// Makes those sets of fields unique that only the new form has, and no longer those that only the old one has.
pub(super) fn together(
    models: &Models,
    old: &ModelForm,
    new: &ModelForm,
    place: &Place,
) -> Vec<Act> {
    if !old.stored {
        return Vec::new();
    }
    let own = table(models, new);
    let gone = old.together.iter().filter(|s| !new.together.contains(s));
    let gone = gone.map(|set| Effect::DropConstraint {
        name: unique(models, old, set, place).name,
    });
    let came = new.together.iter().filter(|s| !old.together.contains(s));
    let came = came.map(|set| Effect::AddConstraint(unique(models, new, set, place)));
    gone.chain(came).map(|e| (own.clone(), e)).collect()
}
