//! The surfaces that files declare, as what is wanted of the code that uses them.

use std::collections::BTreeSet;
use std::sync::Arc;

use coexist_model::{Reading, Surface, SurfaceKind, Wanted};

use crate::read::Once;
use crate::source::Source;

/// Endings of files that only declare: wire formats and models.
const DECLARATIONS: [&str; 2] = [".proto", ".prisma"];

/// Returns what the declarations of a tree declare.
pub(crate) fn of_tree(source: &dyn Source) -> Vec<Wanted> {
    let declares = |path: &&Arc<str>| DECLARATIONS.iter().any(|ending| path.ends_with(ending));
    let paths: Vec<Arc<str>> = source.paths().iter().filter(declares).cloned().collect();
    let readings = Once::default().read(source, &paths);
    let wanted: BTreeSet<Wanted> = readings.iter().flat_map(|(_, r)| declared(r)).collect();
    wanted.into_iter().collect()
}

/// Returns what a file declares that code can use: messages, enums and services with all their elements, and models.
pub fn declared(reading: &Reading) -> Vec<Wanted> {
    let wires = reading.schemas.iter().filter(|s| {
        let kinds = [SurfaceKind::Rpc, SurfaceKind::Message, SurfaceKind::Enum];
        kinds.contains(&s.surface.kind)
    });
    let wires = wires.map(|s| Wanted {
        go_package: None,
        values: Vec::new(),
        answers: Vec::new(),
        surface: s.surface.clone(),
        elements: s.elements.iter().map(|e| e.name.clone()).collect(),
        declared_in: Some(s.place.path.clone()),
        tool: None,
    });
    let models = reading.models.iter().map(|m| Wanted {
        go_package: None,
        values: Vec::new(),
        answers: Vec::new(),
        surface: Surface::new(SurfaceKind::Model, m.name.clone()),
        elements: Vec::new(),
        declared_in: Some(m.place.path.clone()),
        tool: Some(m.tool),
    });
    wires.chain(models).collect()
}
