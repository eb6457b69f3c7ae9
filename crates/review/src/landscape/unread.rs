//! Variables that a deployment sets and nobody reads.
//!
//! A service that was copied from another keeps its variables. Where both ends of what would be an edge are built here, and the name of
//! the variable stands nowhere but in deployment files and documentation, nothing uses the address.

use std::collections::BTreeSet;
use std::sync::Arc;

use coexist_model::{Landscape, Mention, Process, Written};
use coexist_readers::network::is_compose;

use super::deployment::is_dockerfile;
use super::{base, folded, is_aside, read_files};
use crate::source::Source;

/// Files of one folder that are searched.
const LIMIT: usize = 500;

/// Takes out the variables that nothing reads.
pub(super) fn forget(tree: &dyn Source, found: &mut Landscape) {
    let asked = doubtful(tree, found);
    let unread: BTreeSet<(String, String)> = asked
        .into_iter()
        .filter(|(by, variable)| !is_read(tree, by, variable, found))
        .collect();
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

fn is_read(tree: &dyn Source, by: &str, variable: &str, found: &mut Landscape) -> bool {
    // Anywhere, as it is spelled: a library of the repository may read it.
    let anywhere = tree.containing(&[variable.to_owned()], &|p| !only_sets(p) && !is_aside(p));
    let used = [format!("${variable}"), format!("${{{variable}")];
    let by_image = tree.containing(&used, &|p| is_dockerfile(p) && !is_aside(p));
    if !anywhere.is_empty() || !by_image.is_empty() {
        return true;
    }
    // In its own folder, in any spelling, files of settings included: `application_endpoint`, `${APPLICATION_ENDPOINT}`.
    let folders = found.processes.iter().filter(|p| p.name == by);
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
    let wanted = folded(variable);
    files
        .values()
        .any(|file| folded(&file.text).contains(&wanted))
}
