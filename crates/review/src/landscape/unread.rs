//! Variables that a deployment sets and nobody reads.
//!
//! A service that was copied from another keeps its variables. Where both ends of what would be an edge are built here, and the name of
//! the variable stands nowhere but in deployment files and documentation, nothing uses the address.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{Landscape, Mention, Process, Written};
use coexist_readers::network::is_compose;

use super::deployment::is_dockerfile;
use super::{base, folded, is_aside, read_files};
use crate::source::Source;

/// Files of one folder that are searched.
const LIMIT: usize = 500;
/// Files in which a name was found that are read.
const FILES: usize = 3_000;
/// Variables that are doubted.
const DOUBTS: usize = 300;

/// Takes out the variables that nothing reads.
pub(super) fn forget(tree: &dyn Source, found: &mut Landscape) {
    let mut asked = doubtful(tree, found);
    let read = read_anywhere(tree, &asked, found);
    asked.retain(|(_, variable)| !read.contains(variable));
    let unread: BTreeSet<(String, String)> = not_read_at_home(tree, asked, found);
    let is_unread = |m: &Mention| {
        let variable = m.variable.clone().unwrap_or_default();
        m.written == Written::Deployment && unread.contains(&(m.by.clone(), variable))
    };
    let (taken, kept) = std::mem::take(&mut found.mentions)
        .into_iter()
        .partition(is_unread);
    found.mentions = kept;
    found.unread = taken;
}

/// Returns the variables that are set to the name of something built here, and whose names code spells out: the process, the name.
fn doubtful(tree: &dyn Source, found: &Landscape) -> BTreeSet<(String, String)> {
    let built: Vec<&Process> = found
        .processes
        .iter()
        .filter(|p| !p.folders.is_empty())
        .collect();
    let spelled: BTreeSet<&str> = built
        .iter()
        .filter(|p| p.folders.iter().all(|f| spells_out(tree, f)))
        .map(|p| p.name.as_str())
        .collect();
    let of_deployment = found
        .mentions
        .iter()
        .filter(|m| m.written == Written::Deployment && spelled.contains(m.by.as_str()));
    let named = |m: &&Mention| {
        let mut others = built.iter().filter(|p| p.name != m.by);
        others.any(|p| m.value.contains(&p.name))
    };
    let pairs = of_deployment.filter(named);
    pairs
        .filter_map(|m| Some((m.by.clone(), m.variable.clone()?)))
        .take(DOUBTS)
        .collect()
}

/// Returns the paths in a folder.
fn inside<'a>(tree: &'a dyn Source, folder: &'a str) -> impl Iterator<Item = &'a Arc<str>> {
    let is_in = move |path: &str| {
        let rest = path.strip_prefix(folder);
        folder.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
    };
    tree.paths().iter().filter(move |p| is_in(p))
}

/// Returns whether the code of a folder spells out the names of its variables. Frameworks of the JVM and of .NET make them of other names.
fn spells_out(tree: &dyn Source, folder: &str) -> bool {
    let made = |path: &str| {
        let ending = path.rsplit('.').next();
        ending.is_some_and(|e| {
            matches!(
                e,
                "java" | "kt" | "scala" | "groovy" | "clj" | "jar" | "cs" | "fs" | "vb"
            )
        })
    };
    let code = |path: &str| coexist_model::Reader::claims(&coexist_readers::code::Code, path, "");
    !inside(tree, folder).any(|p| made(p)) && inside(tree, folder).any(|p| code(p))
}

/// Returns whether a file is one that sets variables, or speaks of them.
fn only_sets(path: &str) -> bool {
    let name = base(path);
    let lower = name.to_ascii_lowercase();
    is_compose(path)
        || is_dockerfile(path)
        || lower.starts_with(".env")
        || [".env", ".md", ".yaml", ".yml", ".rst", ".txt", ".lock"]
            .iter()
            .any(|e| lower.ends_with(e))
}

/// Returns the variables whose names stand in a file that does more than set them: a library of the repository may read them, and the
/// command of an image may.
fn read_anywhere(
    tree: &dyn Source,
    asked: &BTreeSet<(String, String)>,
    found: &mut Landscape,
) -> BTreeSet<String> {
    let names: BTreeSet<&String> = asked.iter().map(|(_, variable)| variable).collect();
    if names.is_empty() {
        return BTreeSet::new();
    }
    let words: Vec<String> = names.iter().map(|n| (*n).clone()).collect();
    let reads = |path: &str| (is_dockerfile(path) || !only_sets(path)) && !is_aside(path);
    let mut paths = tree.containing(&words, &reads);
    paths.truncate(FILES);
    let before = found.problems.len();
    let files = read_files(tree, &paths, found);
    found.problems.truncate(before);
    let mut read = BTreeSet::new();
    for file in files.values() {
        for name in &names {
            let used = match is_dockerfile(&file.path) {
                true => {
                    file.text.contains(&format!("${name}"))
                        || file.text.contains(&format!("${{{name}"))
                }
                false => file.text.contains(name.as_str()),
            };
            if used {
                read.insert((*name).clone());
            }
        }
    }
    read
}

/// Returns those that do not stand in the folder of their process, in any spelling, files of settings included:
/// `application_endpoint`, `${APPLICATION_ENDPOINT}`.
fn not_read_at_home(
    tree: &dyn Source,
    asked: BTreeSet<(String, String)>,
    found: &mut Landscape,
) -> BTreeSet<(String, String)> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let processes: BTreeSet<&String> = asked.iter().map(|(by, _)| by).collect();
    for by in processes {
        let folders = found.processes.iter().filter(|p| p.name == *by);
        let folders: Vec<String> = folders.flat_map(|p| p.folders.clone()).collect();
        let told = |p: &&Arc<str>| {
            let lower = p.to_ascii_lowercase();
            !(is_compose(p)
                || is_dockerfile(p)
                || lower.ends_with(".md")
                || base(p).starts_with(".env"))
        };
        let paths: Vec<Arc<str>> = folders
            .iter()
            .flat_map(|folder| inside(tree, folder).filter(told).take(LIMIT))
            .cloned()
            .collect();
        let before = found.problems.len();
        let files = read_files(tree, &paths, found);
        found.problems.truncate(before);
        let folded = files.values().map(|file| folded(&file.text));
        texts.insert(by.clone(), folded.collect());
    }
    let is_read = |(by, variable): &(String, String)| {
        let wanted = folded(variable);
        texts
            .get(by)
            .is_some_and(|all| all.iter().any(|text| text.contains(&wanted)))
    };
    asked.into_iter().filter(|pair| !is_read(pair)).collect()
}
