//! What the changed code no longer names: an insert, or a model through which others insert, that leaves out a column which base's
//! named. A required one is missed with no migration in sight.

use std::collections::BTreeSet;

use coexist_engine::{Case, Facts};
use coexist_model::{
    Access, Element, LinkInput, Mode, ModelDeclaration, Reading, Surface, SurfaceKind, Wanted,
};
use coexist_readers::code::EF_CORE;
use coexist_readers::relational;

use crate::read::Readings;

/// Returns the tables of which an insert of the changed code may name fewer columns than base's: code that stops naming a
/// required column needs no migration.
pub(crate) fn inserted_tables(base: &Readings, head: &Readings) -> Vec<String> {
    let tables = head.iter().flat_map(|(path, reading)| {
        let before = base.of(path).flat_map(inserts).collect::<Vec<_>>();
        let now = inserts(reading);
        now.filter(|insert| before.iter().any(|b| may_stop_naming(b, insert)))
            .map(|insert| insert.surface.name.to_lowercase())
            .collect::<Vec<_>>()
    });
    let shrunk = shrunk_models(base, head).map(|m| m.table.name.to_lowercase());
    let shrunk = shrunk.filter(|name| !name.is_empty());
    let tables: BTreeSet<String> = tables.chain(shrunk).collect();
    tables.into_iter().collect()
}

/// Returns the models that stop declaring a column: what an insert through them names is told by the model.
pub(crate) fn shrunk_models<'r>(
    base: &'r Readings,
    head: &'r Readings,
) -> impl Iterator<Item = &'r ModelDeclaration> {
    head.iter().flat_map(|(path, reading)| {
        let before: Vec<_> = base.of(path).flat_map(|r| &r.models).collect();
        reading.models.iter().filter(move |now| {
            let declares = |c: &Element| now.columns.iter().any(|n| n.name == c.name);
            let mut same = before.iter().filter(|b| b.table == now.table);
            let ignores = |c: &String| now.deferred.contains(c);
            same.any(|b| {
                !b.columns.iter().all(declares)
                    || now.deferred.len() > b.deferred.len() && b.deferred.iter().all(ignores)
            })
        })
    })
}

/// Returns the classes of EF Core that may be entities and lose a property. Which table that is, other files say.
pub(crate) fn shrunk_classes(base: &Readings, head: &Readings) -> BTreeSet<String> {
    let classes = head.iter().flat_map(|(path, reading)| {
        let before: Vec<_> = base.of(path).flat_map(|r| &r.models).collect();
        let own = reading.models.iter().filter(|m| m.tool == EF_CORE);
        let shrunk = own.filter(move |now| {
            let declares = |c: &Element| now.columns.iter().any(|n| n.name == c.name);
            let mut same = before.iter().filter(|b| b.name == now.name);
            same.any(|b| !b.columns.iter().all(declares))
        });
        shrunk.map(|m| m.name.clone())
    });
    classes.collect()
}

/// Returns the entities that a ref declares: of a class alone nothing tells its table.
fn entities(readings: &Readings, facts: &Facts) -> Vec<ModelDeclaration> {
    let inputs: Vec<LinkInput<'_>> = readings
        .iter()
        .map(|(path, reading)| LinkInput { path, reading })
        .collect();
    relational::entities(&inputs, &facts.linked.stores)
}

/// Returns the tables of which a changed model of head ignores, or no longer declares, a required column that base's did not: what
/// inserts through it has to be found, though nothing else differs.
pub(crate) fn newly_left_out(base: &Readings, head: &Readings, case: &Case) -> Vec<Wanted> {
    let required = |table: &Surface, column: &str| {
        let mut schemas = case
            .head
            .linked
            .stores
            .iter()
            .filter_map(|s| s.schemas.get(table));
        let column = schemas.find_map(|s| s.column(column));
        column.is_some_and(|c| !c.nullable && c.default.is_none() && !c.generated)
    };
    let entities_before = entities(base, &case.base);
    let entities_now = entities(head, &case.head);
    let of_entities = entities_now.iter().map(|m| (m, BTreeSet::new()));
    let models = head.iter().flat_map(|(path, r)| {
        let before = base.of(path).flat_map(|r| &r.models);
        let before: BTreeSet<(&str, &str)> = before
            .flat_map(|m| m.deferred.iter().map(|c| (m.name.as_str(), c.as_str())))
            .collect();
        r.models.iter().map(move |m| (m, before.clone()))
    });
    let declared: BTreeSet<(&Surface, &str)> = base
        .iter()
        .flat_map(|(_, r)| &r.models)
        .chain(&entities_before)
        .flat_map(|m| m.columns.iter().map(|c| (&m.table, c.name.as_str())))
        .collect();
    let wanted = models.chain(of_entities).filter_map(|(model, before)| {
        let new = |c: &&String| !before.contains(&(model.name.as_str(), c.as_str()));
        let ignored = model.deferred.iter().filter(new).map(String::as_str);
        let undeclared = declared
            .iter()
            .filter(|(table, c)| {
                **table == model.table && !model.columns.iter().any(|now| now.name == **c)
            })
            .map(|(_, c)| *c);
        let elements: Vec<String> = ignored
            .chain(undeclared)
            .filter(|c| required(&model.table, c))
            .map(str::to_owned)
            .collect();
        (!elements.is_empty()).then(|| Wanted {
            surface: model.table.clone(),
            elements,
            declared_in: None,
            tool: None,
            go_package: None,
            values: Vec::new(),
            answers: Vec::new(),
        })
    });
    wanted.collect()
}

fn inserts(reading: &Reading) -> impl Iterator<Item = &Access> {
    let all = reading.accesses.iter();
    all.filter(|a| matches!(a.mode, Mode::Inserts { .. }))
}

/// Returns whether an insert may leave out a column of its table that another one of the same file named. What an insert through
/// a model names is told by the model.
fn may_stop_naming(before: &Access, now: &Access) -> bool {
    let bare = |a: &Access| {
        let name = a.surface.name.rsplit('.').next().unwrap_or_default();
        name.to_lowercase()
    };
    let columns = |a: &Access| match &a.mode {
        Mode::Inserts { columns, .. } => columns.clone(),
        _ => None,
    };
    let fewer = || match (columns(before), columns(now)) {
        (Some(before), Some(now)) => before.iter().any(|c| !now.contains(c)),
        _ => false,
    };
    bare(before) == bare(now) && (now.surface.kind == SurfaceKind::Model || fewer())
}
