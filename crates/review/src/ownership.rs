//! Which services own a path.

use coexist_model::Service;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The services with their globs compiled.
pub struct Ownership {
    names: Vec<String>,
    globs: GlobSet,
    /// The service of each glob.
    owner: Vec<usize>,
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
                    owner.push(index);
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

    /// Returns the names of the services that own the path, in the order of the services.
    pub fn of(&self, path: &str) -> Vec<String> {
        let mut owners: Vec<usize> = self
            .globs
            .matches(path)
            .into_iter()
            .map(|glob| self.owner[glob])
            .collect();
        owners.sort_unstable();
        owners.dedup();
        owners
            .into_iter()
            .map(|index| self.names[index].clone())
            .collect()
    }
}
