//! Queries that a tool has turned into functions and that nobody calls: what no code sends does not meet the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_engine::{Facts, PathKind};
use coexist_model::{Confidence, File, SurfaceKind};
use coexist_readers::code::{Signature, called, declared};
use coexist_readers::sql::{NamedQuery, named_queries};

use crate::skip::{generated_mark, kind};
use crate::source::{Source, Text};
use crate::spoken::is_code;

/// Files that are read for the calls of one change.
const FILES: usize = 500;

/// Doubts the accesses of named queries whose function was generated at that ref and is called by no code that runs.
pub(crate) fn doubt_uncalled(facts: &mut Facts, source: &dyn Source) {
    let named = named(facts, source);
    let names: BTreeSet<String> = named.values().flatten().map(|q| q.name.clone()).collect();
    if names.is_empty() {
        return;
    }
    let uncalled = uncalled(&names, source);
    for access in &mut facts.linked.accesses {
        let queries = named.get(&access.place.path).map(Vec::as_slice);
        let own = queries.unwrap_or_default();
        let query = own.iter().rfind(|q| q.line <= access.place.line);
        if query.is_some_and(|q| uncalled.contains(&q.name)) {
            access.confidence = Confidence::Low;
        }
    }
}

/// Returns the named queries of the files that the accesses stand in.
fn named(facts: &Facts, source: &dyn Source) -> BTreeMap<Arc<str>, Vec<NamedQuery>> {
    let used = facts.linked.accesses.iter();
    let used: BTreeSet<Arc<str>> = used
        .filter(|a| matches!(a.surface.kind, SurfaceKind::Table | SurfaceKind::View))
        .map(|a| a.place.path.clone())
        .collect();
    if used.is_empty() {
        return BTreeMap::new();
    }
    let paths = source.containing(&["-- name: ".to_owned()], &|p| used.contains(p));
    let texts = source.texts(&paths).into_iter();
    texts
        .filter_map(|(path, text)| match text {
            Text::Text(text) => Some((path, named_queries(&text))),
            Text::Skipped(_) => None,
        })
        .collect()
}

/// Returns those of the names whose generated function no code that runs calls with as many arguments. A name that nothing was
/// generated for is read by a tool that is not known.
fn uncalled(names: &BTreeSet<String>, source: &dyn Source) -> BTreeSet<String> {
    let words: Vec<String> = names.iter().cloned().collect();
    let product = |p: &str| is_code(p) && kind(p) == PathKind::Product;
    let paths = source.containing(&words, &product);
    if paths.len() > FILES {
        return BTreeSet::new();
    }
    let (mut made, mut calls): (BTreeSet<Signature>, BTreeSet<Signature>) = Default::default();
    for (path, text) in source.texts(&paths) {
        let Text::Text(text) = text else {
            return BTreeSet::new();
        };
        let file = File::new(&path, &text);
        if generated_mark(&text).is_some() {
            if !named_queries(&text).is_empty() {
                made.extend(declared(&file, names));
            }
            continue;
        }
        match called(&file, names) {
            Some(found) => calls.extend(found),
            None => return BTreeSet::new(),
        }
    }
    let called: BTreeSet<&String> = made.intersection(&calls).map(|(name, _)| name).collect();
    let made = made.iter().map(|(name, _)| name);
    made.filter(|name| !called.contains(name))
        .cloned()
        .collect()
}
