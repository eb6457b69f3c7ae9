//! Classes that declare no columns: the process reads those of the table when it starts, and names them from then on.
//!
//! Active Record asks for `*`, or for each column by its name where some are ignored, and an insert names every column that is not
//! ignored (`partial_inserts` is off since 7.0; before, those that were given a value):
//! <https://guides.rubyonrails.org/configuring.html#config-active-record-partial-inserts>.

use std::collections::BTreeMap;

use coexist_model::{
    Access, Confidence, Detail, Element, Manner, Mode, ModelDeclaration, Place, Store, Why,
};

use super::names::relation;
use crate::code::orm::active_record::TOOL;

/// Returns whether the columns of a model are those that the store has.
pub(super) fn is_reflected(model: &ModelDeclaration) -> bool {
    model.tool == TOOL
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
    match &access.mode {
        // Whatever it asks for, the table is there.
        Mode::Queries => vec![on_table(None, Mode::Reads)],
        Mode::Inserts {
            columns: Some(columns),
            values,
            ..
        } => columns
            .iter()
            .map(|column| {
                let given = values.iter().filter(|(c, _)| c == column);
                let values = given.map(|(_, v)| v.clone()).collect();
                on_table(Some(stored(column)), Mode::Writes { values })
            })
            .collect(),
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

/// Returns what a query names: every column where some are ignored, else `*`, whose rows lack what is gone.
pub(super) fn queried(model: &ModelDeclaration, query: &Access) -> Vec<Access> {
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
    (!columns.is_empty()).then(|| Access {
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
