//! Which folder holds what a process runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::Landscape;
use coexist_readers::network::image;

use super::deployment::{is_dockerfile, of_image};
use super::{base, is_aside, parent, read_files};
use crate::source::Source;

/// The one process of each folder.
#[derive(Debug, Default)]
pub(super) struct Owners {
    by_folder: BTreeMap<String, Option<String>>,
}

impl Owners {
    /// Returns the process in whose own folder a path is: not the one that all of the repository is built into.
    pub(super) fn in_own_folder(&self, path: &str) -> Option<&str> {
        let whole = self.by_folder.get("").and_then(Option::as_deref);
        self.of(path).filter(|owner| Some(*owner) != whole)
    }

    /// Returns the process in whose folder a path is: that of the deepest folder, unless several share it.
    pub(super) fn of(&self, path: &str) -> Option<&str> {
        let mut dir = parent(path);
        loop {
            if let Some(owner) = self.by_folder.get(dir) {
                return owner.as_deref();
            }
            if dir.is_empty() {
                return None;
            }
            dir = parent(dir);
        }
    }
}

/// Files by which a folder is known to hold something that is built.
const MANIFESTS: &[&str] = &[
    "Dockerfile",
    "Containerfile",
    "package.json",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "requirements.txt",
    "pyproject.toml",
    "Pipfile",
    "Cargo.toml",
    "composer.json",
    "Gemfile",
    "mix.exs",
];

/// Finds the folders of those processes that do not say what they are built from, and returns who owns which.
pub(super) fn find(tree: &dyn Source, found: &mut Landscape) -> Owners {
    share(found);
    let built = built_folders(tree);
    let mut dockerfiles: Vec<(String, Arc<str>)> = Vec::new();
    for process in &mut found.processes {
        if !process.folders.is_empty() {
            continue;
        }
        let images = process.images.iter().map(|i| base(i));
        let names: BTreeSet<&str> = images.chain([process.name.as_str()]).collect();
        let named: BTreeSet<&String> = names
            .iter()
            .filter_map(|n| built.get(*n))
            .flatten()
            .collect();
        if let [one] = Vec::from_iter(named).as_slice() {
            process.folders.insert((*one).clone());
            let dockerfile = match one.is_empty() {
                true => "Dockerfile".to_owned(),
                false => format!("{one}/Dockerfile"),
            };
            dockerfiles.push((process.name.clone(), Arc::from(dockerfile)));
        }
    }
    let paths: Vec<Arc<str>> = dockerfiles.iter().map(|(_, path)| path.clone()).collect();
    let files = read_files(tree, &paths, found);
    for (process, path) in &dockerfiles {
        if let Some(image) = files.get(path).map(image) {
            found.mentions.extend(of_image(process, &image));
            let known = found.processes.iter_mut().find(|p| p.name == *process);
            known
                .into_iter()
                .for_each(|p| p.made_from.extend(image.from.clone()));
        }
    }
    let mut owners = Owners::default();
    for process in &found.processes {
        for folder in &process.folders {
            let owner = owners.by_folder.entry(folder.clone());
            owner
                .and_modify(|o| *o = None)
                .or_insert_with(|| Some(process.name.clone()));
        }
    }
    owners
}

/// Gives a process that runs the image of another one, which is built here, the folders of that one: they are roles of one program.
fn share(found: &mut Landscape) {
    let built: Vec<_> = found
        .processes
        .iter()
        .filter(|p| p.built)
        .cloned()
        .collect();
    for process in found.processes.iter_mut().filter(|p| !p.built) {
        let same = built
            .iter()
            .filter(|b| !b.images.is_disjoint(&process.images));
        for other in same {
            process.folders.extend(other.folders.iter().cloned());
            process.built = true;
        }
    }
}

/// Returns the folders in which something is built, by their own name.
pub(crate) fn built_folders(tree: &dyn Source) -> BTreeMap<String, BTreeSet<String>> {
    let mut built: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in tree.paths().iter().filter(|p| !is_aside(p)) {
        let project = path.ends_with(".csproj") || path.ends_with(".fsproj");
        if (MANIFESTS.contains(&base(path)) || project || is_dockerfile(path)) && path.contains('/')
        {
            let folder = parent(path);
            built
                .entry(base(folder).to_owned())
                .or_default()
                .insert(folder.to_owned());
        }
    }
    built
}
