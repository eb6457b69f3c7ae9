//! What a tree shows of what runs, and of who speaks with whom.
//!
//! Deployment files say what runs ([`deployment`]); which folder holds what a process runs follows from what it is built from, or
//! from its name ([`folders`]). Code, settings and proxies of a folder then tell the addresses that its process uses ([`uses`]).
//! Everything is bounded, and nothing outside the tree is read.

mod deployment;
mod disk;
mod folders;
mod unread;
mod uses;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use coexist_model::{File, Landscape, Written};
use coexist_readers::network::Variables;

pub(crate) use folders::built_folders;

use crate::error::Error;
use crate::source::{Source, Text};

/// Returns what the files of a directory show: those of its repository where it is the top of one, else those on disk.
///
/// # Errors
/// What keeps the directory from being read.
pub fn landscape_of(directory: &Path) -> Result<Landscape, Error> {
    match crate::run::with_tree(directory, &mut |tree| landscape(tree)) {
        Ok(Some(landscape)) => Ok(landscape),
        Ok(None) | Err(Error::NotARepository { .. } | Error::NoGit { .. }) => {
            Ok(landscape(&disk::Folder::walk(directory)?))
        }
        Err(why) => Err(why),
    }
}

/// Returns what a tree shows.
pub fn landscape(tree: &dyn Source) -> Landscape {
    let mut found = Landscape::default();
    deployment::read(tree, &mut found);
    let owners = folders::find(tree, &mut found);
    uses::read(tree, &owners, &mut found);
    forget_what_is_set_elsewhere(&mut found);
    unread::forget(tree, &mut found);
    found
}

/// Takes out what code and settings fall back to where the deployment sets the same variable.
fn forget_what_is_set_elsewhere(found: &mut Landscape) {
    let set: BTreeSet<(String, String)> = found
        .mentions
        .iter()
        .filter(|m| m.written == Written::Deployment)
        .filter_map(|m| Some((m.by.clone(), folded(m.variable.as_deref()?))))
        .collect();
    found.mentions.retain(|mention| {
        let variable = mention.variable.as_deref().map(folded);
        mention.written == Written::Deployment
            || !variable.is_some_and(|name| set.contains(&(mention.by.clone(), name)))
    });
}

/// Returns a name without case and separators: `spring.datasource.url` is set by `SPRING_DATASOURCE_URL`.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Returns the variables that a process has, by what its deployment and its image set.
fn variables_of(found: &Landscape, process: &str) -> Variables {
    let own = found.mentions.iter().filter(|m| m.by == process);
    let mut variables = Variables::new();
    for written in [Written::Image, Written::Deployment] {
        for mention in own.clone().filter(|m| m.written == written) {
            if let Some(name) = &mention.variable {
                variables.insert(name.clone(), mention.value.clone());
            }
        }
    }
    variables
}

/// Returns the files of those paths that are text; the others are problems.
fn read_files(
    tree: &dyn Source,
    paths: &[Arc<str>],
    found: &mut Landscape,
) -> BTreeMap<Arc<str>, File> {
    let mut files = BTreeMap::new();
    for (path, text) in tree.texts(paths) {
        match text {
            Text::Text(text) => {
                files.insert(path.clone(), File::new(&path, &text));
            }
            Text::Skipped(why) => found.problems.push((path.to_string(), why)),
        }
    }
    files
}

/// Returns the last part of a path.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns the folder of a path; empty for the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Returns whether what a path declares is only for tests, or is foreign.
pub(crate) fn is_aside(path: &str) -> bool {
    let foreign = |part: &str| {
        matches!(
            part,
            "testdata"
                | "__tests__"
                | "fixtures"
                | "vendor"
                | "node_modules"
                | "third_party"
                | ".git"
                | ".github"
        )
    };
    let for_tests = |part: &str| {
        let mut words = part.split(['.', '-', '_']);
        words.any(|w| matches!(w, "test" | "tests" | "e2e" | "ci"))
    };
    path.split('/').any(|part| foreign(part) || for_tests(part))
}
