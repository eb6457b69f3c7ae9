//! What every analysis of one file shares.

use std::ops::Range;

use coexist_model::{Access, Confidence, File, Manner, Mode, Surface, Why};

use super::gates::Gates;
use super::imports::Import;
use super::strings::StringsOf;
use super::syntax::{Id, Syntax};
use super::trials::Trials;

/// One file, parsed.
pub(super) struct Context<'s, 'a> {
    pub(super) file: &'s File,
    pub(super) syntax: &'s Syntax<'a>,
    pub(super) strings: &'s StringsOf<'s, 'a>,
    pub(super) imports: &'s [Import],
    /// Whether the whole file is a test, a fixture, an example or a migration.
    pub(super) trial: bool,
    /// The tests in it.
    pub(super) trials: Trials,
}

/// A use, before it has a place and a gate.
pub(super) struct Use {
    pub(super) surface: Surface,
    pub(super) element: Option<String>,
    pub(super) mode: Mode,
    pub(super) manner: Manner,
    pub(super) confidence: Confidence,
    pub(super) why: Why,
}

impl Context<'_, '_> {
    /// Returns the name that something has where it is imported from: `import { User as Account }` calls `User` `Account`.
    pub(super) fn original<'n>(&'n self, name: &'n str) -> &'n str {
        let names = self.imports.iter().flat_map(|i| &i.names);
        let found = names.into_iter().find(|(_, here)| here == name);
        found.map_or(name, |(there, _)| there)
    }

    /// Returns the access that a node makes, standing at the node.
    pub(super) fn access(&self, id: Id, found: Use) -> Access {
        self.access_at(id, self.syntax.range(id), found)
    }

    /// Returns the access that a node makes, standing at a range of the file.
    pub(super) fn access_at(&self, id: Id, range: Range<usize>, found: Use) -> Access {
        let trial = self.trial || self.trials.hold(id);
        let gates = Gates {
            syntax: self.syntax,
            strings: self.strings,
            file: self.file,
        };
        // What an ORM names implicitly, no flag of the caller keeps back; the use as such it does.
        Access {
            surface: found.surface,
            element: found.element,
            mode: found.mode,
            manner: found.manner,
            confidence: if trial {
                Confidence::Low
            } else {
                found.confidence
            },
            why: found.why,
            gate: gates.of(id),
            conditions: gates.conditions(id),
            place: self.file.place(range),
            within: None,
            copes: None,
            via: None,
        }
    }
}
