//! What the rules share that hold a change against the designs of the repository.

use coexist_model::{Access, Confidence, Mode, SurfaceKind};

/// Returns whether an access changes rows of a table, and does so for sure enough to be spoken of.
pub(super) fn is_write(access: &Access) -> bool {
    let off = access.gate.as_ref().is_some_and(|g| g.off_by_default);
    access.surface.kind == SurfaceKind::Table
        && access.confidence > Confidence::Low
        && !off
        && matches!(
            access.mode,
            Mode::Writes { .. } | Mode::Inserts { .. } | Mode::Deletes
        )
}

/// How the name of a table in code is that of a table in a design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Same {
    /// The one is the plural of the other.
    Plural,
    /// It is the same name.
    Named,
}

/// Returns how a table of code has the name of a table of a design; None where it has not. Schemas and separators do not count.
pub(super) fn same_table(code: &str, design: &str) -> Option<Same> {
    let (code, design) = (folded(code), folded(design));
    let singular = |name: &str| name.strip_suffix('s').unwrap_or(name).to_owned();
    if code == design {
        Some(Same::Named)
    } else {
        (singular(&code) == singular(&design)).then_some(Same::Plural)
    }
}

/// Returns the last part of a name without case and separators.
pub(super) fn folded(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let letters = last.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}
