//! Which store the code of an access reaches.
//!
//! One repository can hold several stores with tables of the same name: one of each service, one of a client and one of its server,
//! and one schema kept for several databases. An access is judged against a store only if it can reach it. What tells, in this
//! order: the services, the package that both belong to, the dialect that its file speaks. Where nothing tells between two stores,
//! it is not sure that the access reaches the one.

use std::sync::Arc;

use coexist_model::{Access, Store, Surface, SurfaceKind};

use crate::{Case, Facts};

/// Whether an access reaches a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It does, or there is no other store that it could mean.
    Sure,
    /// It does, or it reaches another store that has such a table: the set of the other.
    Perhaps(Arc<str>),
    /// It reaches another one.
    No,
}

/// Returns whether the access reaches the store, of which `known_as` holds all names.
pub(crate) fn reach(
    case: &Case,
    facts: &Facts,
    access: &Access,
    store: &Store,
    known_as: &[&str],
) -> Reach {
    let set = &*store.set;
    let code = &*access.place.path;
    if !share_service(case, set, code) {
        return Reach::No;
    }
    let mut rivals: Vec<&Store> = facts
        .linked
        .stores
        .iter()
        .filter(|s| !known_as.contains(&&*s.set) && has(s, &access.surface))
        .filter(|s| share_service(case, &s.set, code))
        .collect();
    let package = |path: &str| case.packages.get(path);
    let own = |s: &Store| package(code).is_some() && package(&s.set) == package(code);
    let speaks = facts
        .linked
        .speaks
        .get(&access.place.path)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let understood =
        |s: &Store| speaks.is_empty() || !s.dialect_told || speaks.contains(&s.dialect);
    let evidence: [&dyn Fn(&Store) -> bool; 2] = [&own, &understood];
    for speaks_for in evidence {
        if speaks_for(store) || rivals.iter().any(|r| speaks_for(r)) {
            if !speaks_for(store) {
                return Reach::No;
            }
            rivals.retain(|r| speaks_for(r));
        }
    }
    // One schema, kept for several databases: the same code reaches each of them.
    match rivals.iter().find(|r| !is_variant(r, store)) {
        Some(rival) => Reach::Perhaps(rival.set.clone()),
        None => Reach::Sure,
    }
}

/// Returns whether a service of the one is a service of the other; where either has none, nobody can tell.
fn share_service(case: &Case, store: &str, code: &str) -> bool {
    let (Some(store), Some(code)) = (case.owners.get(store), case.owners.get(code)) else {
        return true;
    };
    store.is_empty() || code.is_empty() || store.iter().any(|s| code.contains(s))
}

fn has(store: &Store, surface: &Surface) -> bool {
    let kinds: &[SurfaceKind] = match surface.kind {
        SurfaceKind::Table | SurfaceKind::View => &[SurfaceKind::Table, SurfaceKind::View],
        _ => std::slice::from_ref(&surface.kind),
    };
    kinds.iter().any(|kind| {
        store
            .schemas
            .contains_key(&Surface::new(*kind, surface.name.clone()))
    })
}

/// Returns whether two stores are one schema in two dialects: their paths differ in one folder only (`migrations/mysql`,
/// `migrations/sqlite`), and most tables are in both.
fn is_variant(a: &Store, b: &Store) -> bool {
    let (x, y): (Vec<&str>, Vec<&str>) = (a.set.split('/').collect(), b.set.split('/').collect());
    let apart = x.iter().zip(&y).filter(|(x, y)| x != y).count();
    let common = a.schemas.keys().filter(|s| b.schemas.contains_key(*s));
    let most = a.schemas.len().max(b.schemas.len());
    let told = a.dialect_told && b.dialect_told && a.dialect != b.dialect;
    told && x.len() == y.len() && apart == 1 && common.count() * 2 >= most
}
