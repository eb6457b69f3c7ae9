//! What happens when two versions of a deployment file meet.

use coexist_model::{
    Access, Element, Encoding, Form, LinkInput, Linked, Lookup, Meeting, Migration, Store, Surface,
    SurfaceKind,
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

    fn link(&self, _readings: &[LinkInput<'_>]) -> Linked {
        Linked::default()
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
