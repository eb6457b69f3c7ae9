//! Code that nothing else names: a package of Go that nothing imports, a model of Rails or Python that stands alone. What it does
//! happens, if at all, for somebody outside of this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_engine::{Comparison, Facts, PathKind};
use coexist_model::{Access, Action, Aspect, Confidence, Delta, File, Mode, Surface, SurfaceKind};
use coexist_readers::code::{named_to_run, uses_name};

use crate::skip::kind;
use crate::source::{Source, Text};

/// Packages and classes that are looked for in one change: each costs a search of the tree.
const SEARCHES: usize = 4;
/// Files that are looked into for a name: what more of them hold is used.
const FILES: usize = 40;
/// Names that are looked for in one search of the tree.
const NAMES: usize = 24;

/// Doubts what code does that nothing else names.
pub(crate) fn doubt_unnamed(facts: &mut Facts, source: &dyn Source, comparison: &Comparison) {
    doubt_packages(facts, source, comparison);
    doubt_models(facts, source, comparison);
    doubt_classes(facts, source, comparison);
}

/// Doubts what models, serializers and forms of Python do that no other code names, where nothing else does it.
fn doubt_classes(facts: &mut Facts, source: &dyn Source, comparison: &Comparison) {
    let changed: BTreeSet<&Surface> = comparison.deltas.iter().map(|d| &d.surface).collect();
    let is_sure = |a: &Access| a.confidence == Confidence::High && changed.contains(&a.surface);
    let mut lines: BTreeMap<Arc<str>, BTreeSet<u32>> = BTreeMap::new();
    for access in facts.linked.accesses.iter().filter(|a| is_sure(a)) {
        if access.place.path.ends_with(".py") {
            let of_file = lines.entry(access.place.path.clone()).or_default();
            of_file.insert(access.place.line);
        }
    }
    if lines.len() > FILES {
        return;
    }
    let paths: Vec<Arc<str>> = lines.keys().cloned().collect();
    let inside: BTreeMap<Arc<str>, BTreeMap<u32, Vec<String>>> = files(source, &paths)
        .map(|file| (file.path.clone(), named_to_run(&file, &lines[&file.path])))
        .collect();
    let names = |a: &Access| inside.get(&a.place.path)?.get(&a.place.line);
    // What other code does as well happens in any case.
    let deed = |a: &Access| (a.surface.clone(), matches!(a.mode, Mode::Inserts { .. }));
    let accesses = facts.linked.accesses.iter().filter(|a| is_sure(a));
    let elsewhere: BTreeSet<(Surface, bool)> = accesses
        .clone()
        .filter(|a| names(a).is_none())
        .map(deed)
        .collect();
    let alone = accesses.filter(|a| !elsewhere.contains(&deed(a)));
    let asked: BTreeSet<&String> = alone.filter_map(names).flatten().collect();
    if asked.is_empty() || asked.len() > NAMES {
        return;
    }
    let migrations = facts.linked.stores.iter().flat_map(|s| &s.migrations);
    let migrations: BTreeSet<&str> = migrations.map(|m| m.path.as_ref()).collect();
    let runs = |path: &str| {
        path.ends_with(".py") && kind(path) == PathKind::Product && !migrations.contains(path)
    };
    let words: Vec<String> = asked.into_iter().cloned().collect();
    let found: Vec<File> = files(source, &source.containing(&words, &runs)).collect();
    let is_used = |name: &String| {
        let holding: Vec<&File> = found.iter().filter(|f| f.text.contains(name)).collect();
        holding.len() > FILES || holding.into_iter().any(|file| uses_name(file, name))
    };
    let unused: BTreeSet<String> = words.into_iter().filter(|name| !is_used(name)).collect();
    let doubted: Vec<bool> = facts
        .linked
        .accesses
        .iter()
        .map(|a| is_sure(a) && names(a).is_some_and(|all| all.iter().any(|n| unused.contains(n))))
        .collect();
    for (access, doubted) in facts.linked.accesses.iter_mut().zip(doubted) {
        if doubted {
            access.confidence = Confidence::Medium;
        }
    }
}

/// Returns the files at these paths that can be read.
fn files(source: &dyn Source, paths: &[Arc<str>]) -> impl Iterator<Item = File> {
    let texts = source.texts(paths).into_iter();
    texts.filter_map(|(path, text)| match text {
        Text::Text(text) => Some(File::new(&path, &text)),
        Text::Skipped(_) => None,
    })
}

/// Doubts what the file of a model does with a table that goes, where no other code that runs names the class or an association to
/// it. A file of Rails has the name of its class: <https://guides.rubyonrails.org/autoloading_and_reloading_constants.html>.
fn doubt_models(facts: &mut Facts, source: &dyn Source, comparison: &Comparison) {
    let goes = |a: &Access| {
        let removed = |d: &&Delta| d.aspect == Aspect::Existence && d.action == Action::Removed;
        let mut gone = comparison.deltas.iter().filter(removed);
        gone.any(|d| d.surface == a.surface && d.element.is_none())
    };
    let own = |a: &Access| a.place.path.contains("app/models/") && a.place.path.ends_with(".rb");
    let used = facts.linked.accesses.iter();
    let files: BTreeSet<Arc<str>> = used
        .filter(|a| own(a) && a.confidence == Confidence::High && goes(a))
        .map(|a| a.place.path.clone())
        .collect();
    if files.len() > SEARCHES {
        return;
    }
    let alone: BTreeSet<Arc<str>> = files
        .into_iter()
        .filter(|file| !is_named(file, source))
        .collect();
    for access in &mut facts.linked.accesses {
        if alone.contains(&access.place.path) {
            access.confidence = access.confidence.min(Confidence::Medium);
        }
    }
}

/// Returns whether code elsewhere holds the name of the class, or that of an association to it.
fn is_named(file: &str, source: &dyn Source) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let name = name.trim_end_matches(".rb");
    let class: String = name.split('_').map(capitalized).collect();
    let elsewhere = |p: &str| {
        let is_code = [".rb", ".erb", ".rake", ".haml", ".slim", ".jbuilder"]
            .iter()
            .any(|e| p.ends_with(e));
        let is_store = p.starts_with("db/") || p.contains("/db/");
        p != file && is_code && !is_store && kind(p) == PathKind::Product
    };
    !source
        .containing(&[class, name.to_owned()], &elsewhere)
        .is_empty()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Doubts the calls that stand in a package which is no program and which no code that runs imports. Another repository may import it.
fn doubt_packages(facts: &mut Facts, source: &dyn Source, comparison: &Comparison) {
    let is_changed = |a: &Access| comparison.deltas.iter().any(|d| d.surface == a.surface);
    let calls = |a: &Access| {
        a.mode == Mode::Calls
            && a.surface.kind == SurfaceKind::Rpc
            && a.confidence == Confidence::High
            && a.place.path.ends_with(".go")
    };
    let used = facts.linked.accesses.iter();
    let used = used.filter(|a| calls(a) && is_changed(a));
    let mut packages: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for access in used {
        let folder = folder(&access.place.path).to_owned();
        packages
            .entry(folder)
            .or_insert_with(|| access.place.path.clone());
    }
    if packages.len() > SEARCHES {
        return;
    }
    let alone: BTreeSet<String> = packages
        .into_iter()
        .filter(|(folder, file)| !is_imported(folder, file, source))
        .map(|(folder, _)| folder)
        .collect();
    for access in &mut facts.linked.accesses {
        if calls(access) && alone.contains(folder(&access.place.path)) {
            access.confidence = Confidence::Medium;
        }
    }
}

/// Returns whether the package in a folder is a program, or may be imported by one: some file elsewhere holds the end of its path in
/// quotes.
fn is_imported(folder: &str, file: &Arc<str>, source: &dyn Source) -> bool {
    let text = source.texts(std::slice::from_ref(file)).remove(file);
    let Some(Text::Text(text)) = text else {
        return true;
    };
    let is_program = text.lines().any(|line| line.trim() == "package main");
    let mut parts = folder.rsplit('/');
    let (Some(last), Some(before)) = (parts.next(), parts.next()) else {
        return true;
    };
    let elsewhere = |p: &str| {
        p.ends_with(".go")
            && !p.ends_with("_test.go")
            && self::folder(p) != folder
            && matches!(kind(p), PathKind::Product)
    };
    is_program
        || !source
            .containing(&[format!("{before}/{last}\"")], &elsewhere)
            .is_empty()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
