//! What happens when two versions of a deployment file meet.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Access, Element, Encoding, Form, LinkInput, Linked, Lookup, Meeting, Migration, Schema, Store,
    Surface, SurfaceKind,
};

/// What happens when two versions of a deployment file meet.
pub struct Deployment;

impl Form for Deployment {
    fn name(&self) -> &'static str {
        "deployment"
    }

    fn kinds(&self) -> &'static [SurfaceKind] {
        &[
            SurfaceKind::Workload,
            SurfaceKind::Alert,
            SurfaceKind::Pipeline,
        ]
    }

    /// Joins the schemas of all files. An alert that stands in several files, as in a mixin and in what was compiled from it, is
    /// one alert. What stands in a test, an example or vendored code is left out. A workload that several files declare is one per file: an overlay is compared with itself alone.
    fn link(&self, readings: &[LinkInput<'_>]) -> Linked {
        let all = readings.iter().flat_map(|r| &r.reading.schemas);
        let ours: Vec<&Schema> = all
            .filter(|s| self.kinds().contains(&s.surface.kind) && !super::is_sample(&s.place.path))
            .collect();
        let mut files: BTreeMap<&Surface, BTreeSet<&str>> = BTreeMap::new();
        for schema in &ours {
            files
                .entry(&schema.surface)
                .or_default()
                .insert(&schema.place.path);
        }
        let mut joined: BTreeMap<Surface, Schema> = BTreeMap::new();
        for schema in ours {
            let mut schema_of_file = schema.clone();
            let shared = files.get(&schema.surface).is_some_and(|f| f.len() > 1);
            if shared && schema.surface.kind != SurfaceKind::Alert {
                schema_of_file.surface.name =
                    format!("{} ({})", schema.surface.name, schema.place.path);
            }
            // Twice in one file, as in two branches of a template: the first one counts.
            joined
                .entry(schema_of_file.surface.clone())
                .or_insert(schema_of_file);
        }
        Linked {
            schemas: joined.into_values().collect(),
            ..Linked::default()
        }
    }

    fn apply(&self, store: &Store, _migration: &Migration) -> Store {
        store.clone()
    }

    fn spellings(&self, _surface: &Surface, _element: Option<&str>) -> Vec<String> {
        Vec::new()
    }

    fn meet(&self, _access: &Access, _schemas: &dyn Lookup) -> Meeting {
        Meeting::ok()
    }

    fn carry(
        &self,
        _written: Option<&Element>,
        _read: Option<&Element>,
        _how: Encoding,
    ) -> Meeting {
        Meeting::ok()
    }
}
