//! Which services own a path, and in which package it lies.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use coexist_engine::Case;
use coexist_model::Service;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::source::Source;

/// Returns the paths of the stores and of the code that uses them.
pub(crate) fn paths_that_meet(case: &Case) -> BTreeSet<String> {
    let facts = [&case.base, &case.head].into_iter().chain(&case.deployed);
    let paths = facts.flat_map(|f| {
        let accesses = f.linked.accesses.iter();
        let accesses = accesses.flat_map(|a| [Some(&a.place), a.via.as_ref()]);
        let accesses = accesses.flatten().map(|place| place.path.to_string());
        accesses.chain(f.linked.stores.iter().map(|s| s.set.to_string()))
    });
    paths.collect()
}

/// Returns the services of each path.
pub(crate) fn owners(
    paths: &BTreeSet<String>,
    services: &[Service],
) -> BTreeMap<String, Vec<String>> {
    let owner = Ownership::new(services);
    let owned = paths.iter().map(|p| (p.clone(), owner.of(p)));
    owned.collect()
}

/// What stands in the folder of a package, by the tools that build it.
const MANIFESTS: &[&str] = &[
    "Cargo.toml",
    "go.mod",
    "package.json",
    "pyproject.toml",
    "setup.py",
    "Gemfile",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
];

/// Returns the folder of the innermost package around each path; a path in none is left out.
pub(crate) fn packages(
    paths: &BTreeSet<String>,
    sources: &[&dyn Source],
) -> BTreeMap<String, String> {
    let all = sources.iter().flat_map(|s| s.paths());
    let folders: BTreeSet<&str> = all
        .map(|path| path.rsplit_once('/').unwrap_or(("", path)))
        .filter(|(_, file)| MANIFESTS.contains(file))
        .map(|(folder, _)| folder)
        .collect();
    let around = |path: &str| {
        let mut above = std::iter::successors(Some(path), |at| parent(at));
        above.find(|f| folders.contains(f)).map(str::to_owned)
    };
    let found = paths.iter().filter_map(|p| Some((p.clone(), around(p)?)));
    found.collect()
}

/// Returns the folder that a path lies in; the root lies in none.
fn parent(path: &str) -> Option<&str> {
    (!path.is_empty()).then(|| path.rsplit_once('/').map_or("", |(folder, _)| folder))
}

/// The services with their globs compiled.
pub struct Ownership {
    names: Vec<String>,
    /// How much shows that each service is deployed.
    evidence: Vec<usize>,
    globs: GlobSet,
    /// The service of each glob, and how many folders the glob names.
    owner: Vec<(usize, usize)>,
}

impl Ownership {
    /// Compiles the globs of the services. One that is no glob matches nothing: the configuration has refused it before.
    pub fn new(services: &[Service]) -> Self {
        let mut builder = GlobSetBuilder::new();
        let mut owner = Vec::new();
        for (index, service) in services.iter().enumerate() {
            for path in &service.paths {
                if let Ok(glob) = GlobBuilder::new(path).literal_separator(true).build() {
                    builder.add(glob);
                    owner.push((index, path.matches('/').count()));
                }
            }
        }
        let globs = builder.build().unwrap_or_else(|_| GlobSet::empty());
        Self {
            names: services.iter().map(|s| s.name.clone()).collect(),
            evidence: services.iter().map(|s| s.evidence.len()).collect(),
            globs,
            owner,
        }
    }

    /// Returns the names of the services that own the path: the one whose glob names the most folders first, then the one of which most
    /// shows that it is deployed (a program for people links shared packages too), then in the order of the services. What stands in a service's own folder is first of all its own.
    pub fn of(&self, path: &str) -> Vec<String> {
        let mut depths: BTreeMap<usize, usize> = BTreeMap::new();
        for glob in self.globs.matches(path) {
            let (index, depth) = self.owner[glob];
            let deepest = depths.entry(index).or_default();
            *deepest = depth.max(*deepest);
        }
        let mut owners: Vec<(usize, usize)> = depths.into_iter().collect();
        owners
            .sort_by_key(|&(index, depth)| (Reverse(depth), Reverse(self.evidence[index]), index));
        owners
            .into_iter()
            .map(|(index, _)| self.names[index].clone())
            .collect()
    }
}
