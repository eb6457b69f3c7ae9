//! Classes that declare no columns: the process reads those of the table when it starts, and names them from then on.
//!
//! Active Record asks for `*`, or for each column by its name where some are ignored, and an insert names every column that is not
//! ignored (`partial_inserts` is off since 7.0; before, those that were given a value):
//! <https://guides.rubyonrails.org/configuring.html#config-active-record-partial-inserts>.
//!
//! Eloquent asks for `*` into objects that take what comes, and an insert names what was given a value and nothing else:
//! <https://laravel.com/docs/eloquent#inserts>. Which values those are, hooks and observers of the class decide too: that each column
//! is given one that the store of its own version demands, is all that is sure.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Access, Confidence, Detail, Element, Manner, Mode, ModelDeclaration, Place, Store, Why,
};

use super::names::relation;
use super::uses::coded;
use crate::code::orm::active_record::TOOL as ACTIVE_RECORD;
use crate::code::orm::eloquent::TOOL as ELOQUENT;

/// Returns whether the columns of a model are those that the store has.
pub(super) fn is_reflected(model: &ModelDeclaration) -> bool {
    matches!(model.tool, ACTIVE_RECORD | ELOQUENT)
}

/// Gives a model the columns of its table, as far as a store knows it. What the class ignores is left out.
pub(super) fn reflect(model: &mut ModelDeclaration, stores: &[Store]) {
    model.columns.clear();
    let mut known = stores.iter().filter_map(|s| relation(s, &model.table.name));
    let Some(schema) = known.next() else { return };
    let columns = schema
        .columns()
        .filter(|(e, _)| !model.deferred.contains(&e.name));
    model.columns = columns.map(|(e, _)| e.clone()).collect();
}

/// Keeps one declaration of each class that was declared with several tables: the last whose table is there, else the first.
pub(super) fn settle(models: &mut Vec<ModelDeclaration>, stores: &[Store]) {
    let exists = |table: &str| stores.iter().any(|s| relation(s, table).is_some());
    let mut chosen: BTreeMap<(Place, String), String> = BTreeMap::new();
    for model in models.iter().filter(|m| is_reflected(m)) {
        let key = (model.place.clone(), model.name.clone());
        let first = !chosen.contains_key(&key);
        if first || exists(&model.table.name) {
            chosen.insert(key, model.table.name.clone());
        }
    }
    models.retain(|model| {
        let table = chosen.get(&(model.place.clone(), model.name.clone()));
        !is_reflected(model) || table == Some(&model.table.name)
    });
}

/// Returns what a use does besides the columns that it names without saying so: a value given to a new row is written.
pub(super) fn explicit(model: &ModelDeclaration, access: &Access) -> Vec<Access> {
    let stored = |code: &String| {
        let alias = model.aliases.iter().find(|(name, _)| name == code);
        alias.map_or_else(|| code.clone(), |(_, column)| column.clone())
    };
    let on_table = |element: Option<String>, mode: Mode| Access {
        surface: model.table.clone(),
        element,
        mode,
        ..access.clone()
    };
    let open = model.tool == ELOQUENT;
    match &access.mode {
        Mode::Inserts { columns, .. } if open && !model.columns.is_empty() => {
            let mut rows = vec![unnamed(model, access)];
            rows.extend(
                columns
                    .iter()
                    .map(|named| given(model, named, &stored, access)),
            );
            rows.extend(written(access, &stored, &on_table));
            rows
        }
        // Whatever it asks for, the table is there.
        Mode::Queries => vec![on_table(None, Mode::Reads)],
        Mode::Inserts { .. } => written(access, &stored, &on_table),
        other => {
            let element = access.element.as_ref().map(stored);
            // There is no attribute of an ignored column: what is called so is a method of the class.
            let is_method = access.why == Why::TypedAttribute
                && element.as_ref().is_some_and(|e| model.deferred.contains(e));
            match is_method {
                true => Vec::new(),
                false => vec![on_table(element, other.clone())],
            }
        }
    }
}

/// Returns the writes of the columns that an insert gives values to.
fn written(
    insert: &Access,
    stored: &dyn Fn(&String) -> String,
    on_table: &dyn Fn(Option<String>, Mode) -> Access,
) -> Vec<Access> {
    let Mode::Inserts {
        columns: Some(columns),
        values,
        ..
    } = &insert.mode
    else {
        return Vec::new();
    };
    let write = |column: &String| {
        let given = values.iter().filter(|(c, _)| c == column);
        let values = given.map(|(_, v)| v.clone()).collect();
        on_table(Some(stored(column)), Mode::Writes { values })
    };
    columns.iter().map(write).collect()
}

/// Columns that Active Record fills itself.
const RECORDED: &[&str] = &[
    "created_at",
    "updated_at",
    "created_on",
    "updated_on",
    "type",
];

/// Returns an insert of a record as it is sent where its code gives no value to a column: with the NULL that the record had from the
/// start. A hook or a macro of a gem may give one all the same, so it is never sure.
pub(super) fn with_nulls(
    model: &ModelDeclaration,
    insert: &Access,
    sets: &BTreeSet<&str>,
) -> Option<Access> {
    let Mode::Inserts {
        columns: Some(given),
        conflict: None,
        ..
    } = &insert.mode
    else {
        return None;
    };
    // An object that is given fills its key, and its type where that is told by it.
    let is_given = |column: &str| {
        let name = coded(model, column);
        let of = name
            .strip_suffix("_id")
            .or_else(|| name.strip_suffix("_type"));
        let mut given = given.iter().map(String::as_str);
        given.any(|g| g == column || g == name || Some(g) == of)
            || sets.contains(name.as_str())
            || model.filled.iter().any(|f| *f == name || f == column)
            || RECORDED.contains(&column)
    };
    let unset = model.columns.iter().filter(|e| match &e.detail {
        Detail::Column(c) => {
            c.nullable && c.default.is_none() && !c.generated && !is_given(&e.name)
        }
        _ => false,
    });
    let nulls: Vec<(String, String)> = unset.map(|e| (e.name.clone(), "NULL".to_owned())).collect();
    let is_record = model.tool == ACTIVE_RECORD && !nulls.is_empty();
    let whole = inserted(model, insert).filter(|_| is_record)?;
    let Mode::Inserts { columns, .. } = whole.mode else {
        return None;
    };
    Some(Access {
        surface: model.table.clone(),
        mode: Mode::Inserts {
            columns,
            positions: None,
            values: nulls,
            conflict: None,
        },
        manner: Manner::Reflected,
        confidence: insert.confidence.min(Confidence::Medium),
        ..insert.clone()
    })
}

/// Returns an insert that may give a value to any column which the store of its own version has.
fn unnamed(model: &ModelDeclaration, insert: &Access) -> Access {
    Access {
        surface: model.table.clone(),
        mode: row(model.columns.iter().map(|e| e.name.clone()).collect(), None),
        manner: Manner::Perhaps,
        ..insert.clone()
    }
}

/// Gives the columns that a model declares their definitions in the store.
pub(super) fn define(model: &mut ModelDeclaration, stores: &[Store]) {
    let mut known = stores.iter().filter_map(|s| relation(s, &model.table.name));
    let Some(schema) = known.next() else { return };
    for column in &mut model.columns {
        if let Some(definition) = schema.column(&column.name) {
            column.detail = Detail::Column(definition.clone());
        }
    }
}

/// Returns an insert of the columns that the store of its own version demands, by a model that names what it was given a value for.
pub(super) fn demanded(model: &ModelDeclaration, insert: &Access) -> Option<Access> {
    let is_insert = matches!(insert.mode, Mode::Inserts { .. });
    is_insert.then(|| given(model, &model.filled, &String::clone, insert))
}

/// Returns an insert of the columns in its text and of those that the store of its own version demands. A hook of the class may
/// give others.
fn given(
    model: &ModelDeclaration,
    named: &[String],
    stored: &dyn Fn(&String) -> String,
    insert: &Access,
) -> Access {
    let columns = model.columns.iter().filter(|e| {
        let demanded = match &e.detail {
            Detail::Column(c) => !c.nullable && !c.generated && c.default.is_none(),
            _ => false,
        };
        demanded || named.iter().any(|n| stored(n) == e.name)
    });
    let target = match &insert.mode {
        Mode::Inserts { conflict, .. } => conflict.clone(),
        _ => None,
    };
    Access {
        surface: model.table.clone(),
        mode: row(columns.map(|e| e.name.clone()).collect(), target),
        confidence: insert.confidence.min(Confidence::Medium),
        ..insert.clone()
    }
}

fn row(columns: Vec<String>, conflict: Option<Vec<String>>) -> Mode {
    Mode::Inserts {
        columns: Some(columns),
        positions: None,
        values: Vec::new(),
        conflict,
    }
}

/// Returns what a query names: every column where some are ignored, else `*`, whose rows lack what is gone.
pub(super) fn queried(model: &ModelDeclaration, query: &Access) -> Vec<Access> {
    if model.tool == ELOQUENT {
        return Vec::new();
    }
    let confidence = match model.deferred.is_empty() {
        true => query.confidence.min(Confidence::Medium),
        false => query.confidence,
    };
    let why = match model.deferred.is_empty() {
        true => Why::Shape,
        false => Why::Declared,
    };
    let reads = |column: &Element| Access {
        element: Some(column.name.clone()),
        mode: Mode::Reads,
        confidence,
        why,
        ..named(model, query)
    };
    model.columns.iter().map(reads).collect()
}

/// Returns what an insert names: every column that the database does not fill.
pub(super) fn inserted(model: &ModelDeclaration, insert: &Access) -> Option<Access> {
    let columns = model.columns.iter().filter(|e| match &e.detail {
        Detail::Column(column) => !column.generated,
        _ => false,
    });
    let columns: Vec<String> = columns.map(|e| e.name.clone()).collect();
    (model.tool == ACTIVE_RECORD && !columns.is_empty()).then(|| Access {
        mode: Mode::Inserts {
            columns: Some(columns),
            positions: None,
            values: Vec::new(),
            conflict: None,
        },
        ..named(model, insert)
    })
}

fn named(model: &ModelDeclaration, used: &Access) -> Access {
    Access {
        surface: model.table.clone(),
        element: None,
        mode: Mode::Reads,
        manner: Manner::Reflected,
        confidence: used.confidence,
        why: Why::Declared,
        // A gate never covers what is named implicitly: another use may stand outside of it.
        gate: None,
        place: model.place.clone(),
        conditions: Vec::new(),
        within: None,
        copes: None,
        via: Some(used.place.clone()),
    }
}
