//! Which services own a path.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use coexist_model::Service;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The services with their globs compiled.
pub struct Ownership {
    names: Vec<String>,
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
            globs,
            owner,
        }
    }

    /// Returns the names of the services that own the path: the one whose glob names the most folders first, then in the order of
    /// the services. What stands in a service's own folder is first of all its own.
    pub fn of(&self, path: &str) -> Vec<String> {
        let mut depths: BTreeMap<usize, usize> = BTreeMap::new();
        for glob in self.globs.matches(path) {
            let (index, depth) = self.owner[glob];
            let deepest = depths.entry(index).or_default();
            *deepest = depth.max(*deepest);
        }
        let mut owners: Vec<(usize, usize)> = depths.into_iter().collect();
        owners.sort_by_key(|&(index, depth)| (Reverse(depth), index));
        owners
            .into_iter()
            .map(|(index, _)| self.names[index].clone())
            .collect()
    }
}
