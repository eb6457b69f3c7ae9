//! When migrations run, by what the files of head say.

use std::collections::BTreeSet;
use std::sync::Arc;

use coexist_model::{KnownOrder, Order, OrderEvidence, Reading};
use coexist_readers::code::{MIGRATING_CALLS, may_migrate, startup};
use coexist_readers::deploy::{
    MIGRATING_WORDS, SPRING_BOOT, SPRING_MIGRATORS, followed, is_jvm_build, is_spring_setting,
    may_hold_script, may_tell_order, spring,
};

use crate::read::{Once, Readings};
use crate::source::{Source, Text};

/// How many files of each kind are read to learn when migrations run.
const ORDER_LIMIT: usize = 400;

/// Returns the files that say how a tree is deployed.
pub(crate) fn manifests(source: &dyn Source) -> BTreeSet<Arc<str>> {
    let paths = source.paths().iter().filter(|p| may_tell_order(p));
    paths.take(ORDER_LIMIT).cloned().collect()
}

/// Reads the scripts that the commands of a deploy may call, if they may migrate.
pub(crate) fn read_scripts(source: &dyn Source, readings: &mut Readings) {
    let words: Vec<String> = MIGRATING_WORDS.iter().map(|w| (*w).to_owned()).collect();
    let paths = source.containing(&words, &|p| may_hold_script(p));
    let paths = paths.into_iter().take(ORDER_LIMIT).collect();
    readings.read_more(&mut Once::default(), source, paths);
}

/// Returns what the code says that migrates by itself as it starts.
pub(crate) fn started(source: &dyn Source) -> Vec<OrderEvidence> {
    let words: Vec<String> = MIGRATING_CALLS.iter().map(|w| (*w).to_owned()).collect();
    let mut paths = source.containing(&words, &|p| may_migrate(p));
    paths.truncate(ORDER_LIMIT);
    let texts = source.texts(&paths);
    let files = texts.iter().filter_map(|(path, text)| match text {
        Text::Text(text) => Some(coexist_model::File::new(path, text)),
        Text::Skipped(_) => None,
    });
    let mut started: Vec<OrderEvidence> = files.flat_map(|file| startup(&file)).collect();
    started.extend(spring_boot(source));
    started
}

/// Returns what the programs of Spring Boot migrate as they start.
fn spring_boot(source: &dyn Source) -> Vec<OrderEvidence> {
    let holding = |words: &[&str], claims: &(dyn Fn(&str) -> bool + Sync)| {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        let mut paths = source.containing(&words, claims);
        paths.truncate(ORDER_LIMIT);
        paths
    };
    let files = |paths: &[Arc<str>]| -> Vec<coexist_model::File> {
        let texts = source.texts(paths).into_iter();
        let texts = texts.filter_map(|(path, text)| match text {
            Text::Text(text) => Some(coexist_model::File::new(&path, &text)),
            Text::Skipped(_) => None,
        });
        texts.collect()
    };
    let builds = holding(SPRING_MIGRATORS, &is_jvm_build);
    let of_jvm =
        |path: &str| (path.ends_with(".java") || path.ends_with(".kt")) && may_migrate(path);
    if builds.is_empty() || holding(&[SPRING_BOOT], &of_jvm).is_empty() {
        return Vec::new();
    }
    let settings = source.paths().iter().filter(|p| is_spring_setting(p));
    let settings: Vec<Arc<str>> = settings.take(ORDER_LIMIT).cloned().collect();
    spring(&files(&builds), &files(&settings))
}

/// Returns when the migrations of a tree run, all of them.
pub(crate) fn of(source: &dyn Source) -> KnownOrder {
    let mut readings = Readings::default();
    readings.read_more(&mut Once::default(), source, manifests(source));
    read_scripts(source, &mut readings);
    known(source, &readings, &started(source), &BTreeSet::new())
}

/// Returns the order that all evidence agrees on. What speaks of other migrations than these does not count.
pub(crate) fn known(
    source: &dyn Source,
    readings: &Readings,
    started: &[OrderEvidence],
    sets: &BTreeSet<Arc<str>>,
) -> KnownOrder {
    let all: Vec<&Reading> = readings.iter().map(|(_, reading)| reading).collect();
    let followed = followed(&all);
    let tools: BTreeSet<&str> = all
        .iter()
        .filter_map(|r| r.migration.as_ref())
        .map(|m| m.tool)
        .collect();
    // What one tool does says nothing of the migrations of another.
    let is_theirs = |e: &OrderEvidence| e.tool.is_none_or(|one| tools.iter().all(|t| *t == one));
    let said: Vec<&KnownOrder> = all
        .iter()
        .flat_map(|r| &r.orders)
        .chain(&followed)
        .chain(started)
        .filter(|e| speaks_of(e, sets) && is_theirs(e) && holds(e, source))
        .map(|e| &e.order)
        .collect();
    let Some(first) = said.first() else {
        return assumed("nothing here says when migrations run", None);
    };
    if said.iter().all(|o| o.order == first.order) {
        return (*first).clone();
    }
    assumed(
        "the files of this repository say different things about when migrations run",
        Some(first),
    )
}

/// Returns whether the tree has what a piece of evidence needs.
fn holds(evidence: &OrderEvidence, source: &dyn Source) -> bool {
    let is_there = |end: &String| source.paths().iter().any(|p| p.ends_with(end.as_str()));
    evidence.needs.as_ref().is_none_or(is_there)
}

fn assumed(because: &str, shown: Option<&KnownOrder>) -> KnownOrder {
    KnownOrder {
        order: Order::Before,
        proven: false,
        because: because.to_owned(),
        place: shown.and_then(|o| o.place.clone()),
    }
}

/// Returns whether a piece of evidence is about one of these folders of migrations. It names its own from a folder above it.
fn speaks_of(evidence: &OrderEvidence, sets: &BTreeSet<Arc<str>>) -> bool {
    let (Some(scope), Some(place)) = (&evidence.scope, &evidence.order.place) else {
        return true;
    };
    let scope = scope.trim_start_matches("./").trim_end_matches('/');
    let named = |set: &Arc<str>| {
        let above = match set.strip_suffix(scope) {
            Some("") => "",
            Some(above) if above.ends_with('/') => above,
            _ => return false,
        };
        place.path.starts_with(above)
    };
    sets.is_empty() || scope.starts_with("..") || sets.iter().any(named)
}
