//! Names to what declares them.
//!
//! [`Scope`] answers where a name leads, for the rules and the proofs too. [`resolve`] asks it about every name of a design: one that
//! leads nowhere is a [`Problem`] that names the nearest known one, and a design with a problem is invalid.

mod conditions;
mod counted;
mod declarations;
mod routes;
mod scope;
mod steps;

pub use counted::Counted;
pub(crate) use counted::counts;
pub(crate) use scope::each_step;
pub use scope::{ENDLESS, Located, Messages, Scope};

use std::collections::BTreeSet;

use coexist_model::nearest;

use super::{Design, Name, Problem, Span};

/// Returns every name that leads nowhere, and everything that stands where it has no meaning, by place.
pub fn resolve(design: &Design) -> Vec<Problem> {
    let scope = Scope::new(design);
    let mut check = Check {
        scope: &scope,
        problems: Vec::new(),
    };
    check.declarations();
    for workflow in &design.workflows {
        check.workflow(workflow);
    }
    let mut problems = check.problems;
    problems.sort_by_key(|p| p.span);
    problems
}

/// A walk over a design that asks about each name.
struct Check<'a> {
    scope: &'a Scope<'a>,
    problems: Vec<Problem>,
}

/// Problems that are told.
const TOLD: usize = 100;

/// Why a name that leads nowhere is an error.
const UNKNOWN: &str = "what a name that leads nowhere stands for would never be checked";

impl Check<'_> {
    fn problem(
        &mut self,
        span: Span,
        what: impl Into<String>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.problems.len() < TOLD {
            self.problems.push(Problem::new(span, what, why, help));
        }
    }

    /// Tells that no `kind` has that name, unless it is known or a gap.
    fn known<'n>(
        &mut self,
        name: &Name,
        kind: &str,
        mut known: impl Iterator<Item = &'n str> + Clone,
    ) {
        if !name.is_gap() && !known.clone().any(|k| name == k) {
            let known: Vec<&str> = known.by_ref().collect();
            self.unknown(name, kind, &known);
        }
    }

    /// Tells that no `kind` of the whole design has that name, unless it is known or a gap.
    fn among(&mut self, name: &Name, kind: &str, known: &BTreeSet<&str>) {
        if !name.is_gap() && !known.contains(name.text.as_str()) {
            let known: Vec<&str> = known.iter().copied().collect();
            self.unknown(name, kind, &known);
        }
    }

    /// Tells that no `kind` has that name, and which one was probably meant.
    fn unknown(&mut self, name: &Name, kind: &str, known: &[&str]) {
        // Looking for the nearest name costs; after so many problems nobody reads the next one.
        if self.problems.len() >= TOLD {
            return;
        }
        let mut known = known.to_vec();
        known.sort_unstable();
        known.dedup();
        let help = match (nearest(&name.text, &known), known.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, []) => format!("declare the {kind}; there is none yet"),
            (None, known) => {
                let shown = known
                    .iter()
                    .take(12)
                    .copied()
                    .collect::<Vec<_>>()
                    .join(", ");
                let more = if known.len() > 12 { ", …" } else { "" };
                format!("declare the {kind}, or use one that is there: {shown}{more}")
            }
        };
        self.problem(name.span, format!("`{name}` is no {kind}"), UNKNOWN, help);
    }
}

#[cfg(test)]
mod tests;
