//! Programs that somebody starts by hand: a script beside the code runs in no deploy, unless something here starts it.

use std::collections::BTreeSet;
use std::sync::Arc;

use coexist_engine::PathKind;
use coexist_model::{Access, Confidence, Reading, SurfaceKind};
use coexist_readers::deploy::tree::Node;
use coexist_readers::deploy::yaml;

use crate::read::Readings;
use crate::skip::kind;
use crate::source::{Source, Text};
use crate::spoken::is_code;

/// Programs that are looked into for one change.
const PROGRAMS: usize = 50;
/// Scripts of a manifest that run without being asked for by name: <https://docs.npmjs.com/cli/v11/using-npm/scripts>.
const STARTED: &[&str] = &[
    "start", "serve", "build", "install", "prepare", "pre", "post",
];

/// Doubts the accesses of scripts that give nothing to other code and that nothing starts.
pub(crate) fn doubt_by_hand(readings: &mut Readings, source: &dyn Source) {
    let uses_a_store = |reading: &Reading| reading.accesses.iter().any(meets_a_store);
    let paths: Vec<Arc<str>> = readings
        .iter()
        .filter(|(path, reading)| is_script(path) && uses_a_store(reading))
        .map(|(path, _)| path.clone())
        .collect();
    // A file without this word, in whatever form, gives nothing to others.
    let lone = |text: &Text| matches!(text, Text::Text(text) if !text.contains("export"));
    let texts = source.texts(&paths).into_iter();
    let by_hand: BTreeSet<Arc<str>> = texts
        .filter(|(_, text)| lone(text))
        .take(PROGRAMS)
        .map(|(path, _)| path)
        .filter(|path| !is_started(path, source))
        .collect();
    readings.change(&by_hand, |reading| {
        for access in reading.accesses.iter_mut().filter(|a| meets_a_store(a)) {
            access.confidence = access.confidence.min(Confidence::Medium);
        }
    });
}

fn meets_a_store(access: &Access) -> bool {
    let kinds = [SurfaceKind::Table, SurfaceKind::View, SurfaceKind::Model];
    kinds.contains(&access.surface.kind)
}

fn is_script(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    ["ts", "mts", "cts", "js", "mjs", "cjs"].contains(&ending) && kind(path) == PathKind::Product
}

/// Returns whether other code, a deployment or a manifest names the program as something that runs.
fn is_started(path: &str, source: &dyn Source) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let elsewhere = |p: &str| p != path && !is_manifest(p) && runs(p);
    let named = |words: &[String]| !source.containing(words, &elsewhere).is_empty();
    if named(&[stem.to_owned()]) {
        return true;
    }
    let manifests = source.containing(&[stem.to_owned()], &is_manifest);
    let mut scripts: Vec<String> = Vec::new();
    for text in source.texts(&manifests).into_values() {
        let Text::Text(text) = text else { return true };
        let Some(manifest) = yaml::read(&text).documents.into_iter().next() else {
            return true;
        };
        match scripts_that_name(&manifest, stem) {
            Some(names) => scripts.extend(names),
            None => return true,
        }
    }
    let unasked = |name: &String| STARTED.iter().any(|s| name.starts_with(s));
    scripts.iter().any(unasked) || (!scripts.is_empty() && named(&scripts))
}

/// Returns the scripts of a manifest that name the program; None where something else in it does.
fn scripts_that_name(manifest: &Node, stem: &str) -> Option<Vec<String>> {
    let names = |node: &Node| node.text().is_some_and(|text| text.contains(stem));
    let entry = ["main", "module", "exports", "bin"];
    if entry.iter().any(|key| manifest.get(key).is_some_and(names)) {
        return None;
    }
    let scripts = manifest.get("scripts")?.entries().into_iter();
    let found = scripts.filter(|(_, _, node)| names(node));
    Some(found.map(|(name, _, _)| name.to_owned()).collect())
}

fn is_manifest(path: &str) -> bool {
    path.rsplit('/').next() == Some("package.json")
}

/// Returns whether what a file names may run because of it: code, and what deploys it.
fn runs(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let told = ["yaml", "yml", "toml", "sh", "tf", "json"];
    let ending = file.rsplit('.').next().unwrap_or_default();
    kind(path) == PathKind::Product
        && (is_code(path)
            || told.contains(&ending)
            || file.contains("Dockerfile")
            || matches!(file, "Procfile" | "Makefile"))
}
