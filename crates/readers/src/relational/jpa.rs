//! What the classes of JPA leave to settings and to other files, settled by what the store has.
//!
//! The naming strategy stands in a file of settings: `userId` is `user_id` or `userid`. Whether an entity shares the table of the one that
//! it extends, the root of the hierarchy says. What an embedded value calls its columns, its owner may say otherwise.

use std::collections::BTreeSet;

use coexist_model::{Access, Confidence, ModelDeclaration, Schema, Store, Surface, Why};

use super::stores::has_column;
use crate::code::{JPA, JPA_REPOSITORIES};

/// Returns whether JPA declares the model.
pub(super) fn is_of_jpa(model: &ModelDeclaration) -> bool {
    matches!(model.tool, JPA | JPA_REPOSITORIES)
}

/// Returns whether a declaration may be that of a table, whatever strategy makes its name.
pub fn may_declare(model: &ModelDeclaration, table: &Surface) -> bool {
    let bare = |s: &Surface| squeezed(s.name.rsplit('.').next().unwrap_or(&s.name));
    let same = || !model.table.name.is_empty() && bare(&model.table) == bare(table);
    model.table == *table || is_of_jpa(model) && same()
}

/// Returns whether an entity has no table of its own but that of the entity which it extends.
pub(super) fn shares_a_table(
    model: &ModelDeclaration,
    base: &ModelDeclaration,
    stores: &[Store],
) -> bool {
    is_of_jpa(model)
        && !base.table.name.is_empty()
        && table(&model.table.name, stores).is_none()
        && table(&base.table.name, stores).is_some()
}

/// Gives table and columns the names that the store has for them, and takes away what is inherited and not there.
pub(super) fn settle(whole: &mut ModelDeclaration, own: &ModelDeclaration, stores: &[Store]) {
    let Some((store, schema)) = table(&whole.table.name, stores) else {
        return;
    };
    whole.table = schema.surface.clone();
    let declares = |name: &str| own.columns.iter().any(|c| c.name == name);
    let open = store.gaps.open.contains(&(schema.surface.clone(), None));
    let repository = own.tool == JPA_REPOSITORIES;
    let mut renamed: Vec<(String, String)> = Vec::new();
    whole.columns.retain_mut(|column| {
        if has_column(schema, &column.name) {
            return true;
        }
        if let Some(name) = alike(schema, &column.name) {
            renamed.push((std::mem::replace(&mut column.name, name.clone()), name));
            return true;
        }
        // An embedded value may be called otherwise here.
        open || repository || declares(&column.name)
    });
    for (from, to) in renamed {
        let aliases = whole.aliases.iter_mut().map(|(_, column)| column);
        let all = aliases.chain(&mut whole.filled).chain(&mut whole.unset);
        for column in all.filter(|column| **column == from) {
            column.clone_from(&to);
        }
    }
    let declared: BTreeSet<&String> = whole.columns.iter().map(|c| &c.name).collect();
    whole.filled.retain(|name| declared.contains(name));
    whole.unset.retain(|name| declared.contains(name));
}

/// Returns the inserts among what saves objects of entities and what makes some. To save one that was read is an update; where an
/// object is made somewhere, and one is saved somewhere, rows come into being. That a repository is declared says so only where no call on it
/// does.
pub(super) fn inserts<'a>(
    all: Vec<(&'a ModelDeclaration, &Access)>,
) -> Vec<(&'a ModelDeclaration, Access)> {
    let makes = |a: &Access| a.why == Why::TypedAttribute;
    let made = all
        .iter()
        .filter(|(_, a)| makes(a) && a.confidence > Confidence::Low);
    let made: BTreeSet<&Surface> = made.map(|(model, _)| &model.table).collect();
    let saved: Vec<_> = all.iter().filter(|(_, a)| !makes(a)).collect();
    let by_declaration =
        |(model, access): &(&ModelDeclaration, &Access)| access.place == model.place;
    let called = saved.iter().filter(|s| !by_declaration(s));
    let called: BTreeSet<&Surface> = called.map(|(model, _)| &model.table).collect();
    let sure = |(model, access): &(&'a ModelDeclaration, &Access)| {
        let tells = !by_declaration(&(*model, *access)) || !called.contains(&model.table);
        let mut access = (*access).clone();
        if access.confidence == Confidence::Medium && made.contains(&model.table) && tells {
            access.confidence = Confidence::High;
        }
        (*model, access)
    };
    saved.into_iter().map(sure).collect()
}

/// Returns the table of that name, whatever strategy made it.
fn table<'s>(name: &str, stores: &'s [Store]) -> Option<(&'s Store, &'s Schema)> {
    let all = || {
        stores
            .iter()
            .flat_map(|s| s.schemas.values().map(move |t| (s, t)))
    };
    let bare = |n: &str| squeezed(n.rsplit('.').next().unwrap_or(n));
    let exact = all()
        .find(|(_, t)| t.surface.name.eq_ignore_ascii_case(name) && t.columns().next().is_some());
    exact.or_else(|| {
        let wanted = bare(name);
        let mut found =
            all().filter(|(_, t)| bare(&t.surface.name) == wanted && t.columns().next().is_some());
        let first = found.next()?;
        found.next().is_none().then_some(first)
    })
}

/// Returns the one column that the name may be under another strategy.
fn alike(schema: &Schema, name: &str) -> Option<String> {
    let wanted = squeezed(name);
    let mut found = schema
        .columns()
        .filter(|(e, _)| squeezed(&e.name) == wanted);
    let first = found.next()?.0.name.clone();
    found.next().is_none().then_some(first)
}

fn squeezed(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '_')
        .flat_map(char::to_lowercase)
        .collect()
}
