//! What happens when two versions of a protobuf schema meet.

use coexist_model::{
    Access, Element, Encoding, Form, LinkInput, Linked, Lookup, Meeting, Migration, Store, Surface,
    SurfaceKind,
};

use super::generated::Tongue;

/// What happens when two versions of a protobuf schema meet.
pub struct Wire;

impl Form for Wire {
    fn name(&self) -> &'static str {
        "protobuf"
    }

    fn kinds(&self) -> &'static [SurfaceKind] {
        &[SurfaceKind::Message, SurfaceKind::Enum, SurfaceKind::Rpc]
    }

    fn link(&self, readings: &[LinkInput<'_>]) -> Linked {
        super::link::link(readings)
    }

    fn apply(&self, store: &Store, _migration: &Migration) -> Store {
        store.clone()
    }

    fn spellings(&self, surface: &Surface, element: Option<&str>) -> Vec<String> {
        super::spellings::spellings(surface, element)
    }

    fn spellings_in(&self, ending: &str, surface: &Surface, element: Option<&str>) -> Vec<String> {
        match Tongue::of(ending) {
            Some(tongue) => super::spellings::spellings_in(tongue, surface, element),
            None => super::spellings::spellings(surface, element),
        }
    }

    fn share_spellings(&self, ending: &str, other: &str) -> bool {
        Tongue::of(ending) == Tongue::of(other)
    }

    fn meet(&self, access: &Access, schemas: &dyn Lookup) -> Meeting {
        super::methods::meet(access, schemas)
    }

    fn carry(&self, written: Option<&Element>, read: Option<&Element>, how: Encoding) -> Meeting {
        super::carry::carry(written, read, how)
    }
}
