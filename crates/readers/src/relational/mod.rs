//! What happens when code meets a relational store.

use coexist_model::{
    Access, Element, Encoding, Form, LinkInput, Linked, Lookup, Meeting, Migration, Store, Surface,
    SurfaceKind,
};

/// What happens when code meets a relational store.
pub struct Relational;

impl Form for Relational {
    fn name(&self) -> &'static str {
        "relational"
    }

    fn kinds(&self) -> &'static [SurfaceKind] {
        &[
            SurfaceKind::Table,
            SurfaceKind::View,
            SurfaceKind::Type,
            SurfaceKind::Routine,
            SurfaceKind::Model,
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
