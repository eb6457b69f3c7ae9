//! The way out of a change of a store: one place for all rules, since one defect may break two principles and has one way out.

use coexist_model::{Aspect, Delta, Detail, Side, SurfaceKind};

use super::called;
use crate::rollout::Break;

/// The wait between two releases of which the second one needs the first to be everywhere.
pub(crate) const WAIT: &str =
    "wait until no node runs an older version and none will be rolled back to";

/// Returns the safe sequence for what goes, or gives way to another form, while running code still uses it.
pub(crate) fn contract(broken: &Break<'_>) -> Vec<String> {
    let delta = broken.delta;
    // Base no longer uses it, so what is missing is only that base is everywhere.
    if broken.side == Side::Deployed {
        return vec![
            format!(
                "release what base holds, and wait until {} no longer runs and will not be rolled back to",
                broken.version
            ),
            format!("then release this change, in which {} goes", called(delta)),
        ];
    }
    contract_of(delta)
}

/// Returns the safe sequence for a delta, whoever still uses what goes.
pub(crate) fn contract_of(delta: &Delta) -> Vec<String> {
    match delta.aspect {
        Aspect::Identity => renamed(delta),
        Aspect::Type => retyped(delta),
        _ => removed(delta),
    }
}

fn removed(delta: &Delta) -> Vec<String> {
    let object = called(delta);
    match delta.old.as_ref().map(|e| &e.detail) {
        Some(Detail::Column(column)) if !column.nullable && column.default.is_none() => releases([
            Step::Release(format!(
                "{object} accepts NULL, or gets a database default, so that inserts may leave it out"
            )),
            Step::Release(format!("the code stops naming {object}, in its models too")),
            Step::Wait,
            Step::Release(format!("drop {object}")),
        ]),
        // How it is defined is not known.
        Some(Detail::Column(column)) if column.type_name.is_empty() => releases([
            Step::Release(format!(
                "if {object} is NOT NULL without a default, let it accept NULL, so that inserts may leave it out"
            )),
            Step::Release(format!("the code stops naming {object}, in its models too")),
            Step::Wait,
            Step::Release(format!("drop {object}")),
        ]),
        Some(Detail::Column(_)) => releases([
            Step::Release(format!("the code stops naming {object}, in its models too")),
            Step::Wait,
            Step::Release(format!("drop {object}")),
        ]),
        Some(Detail::Value { .. }) => releases([
            Step::Release(format!(
                "the code stops writing {object} and comparing with it"
            )),
            Step::Wait,
            Step::Release(format!(
                "rewrite the rows that hold {object}, then remove it from the type"
            )),
        ]),
        _ => releases([
            Step::Release(format!("the code stops using {object}")),
            Step::Wait,
            Step::Release(format!("drop {object}")),
        ]),
    }
}

fn renamed(delta: &Delta) -> Vec<String> {
    let old = called(delta);
    let new = called_at_head(delta);
    match (delta.old.as_ref().map(|e| &e.detail), delta.surface.kind) {
        (Some(Detail::Value { .. }), _) => releases([
            Step::Release(format!("add the value {new} to the type, beside {old}")),
            Step::Release(format!("all code accepts both {old} and {new}")),
            Step::Wait,
            Step::Release(format!("the code writes {new} only")),
            Step::Wait,
            Step::Release(format!(
                "rewrite the rows that hold {old}; the code stops accepting it"
            )),
        ]),
        (Some(Detail::Constraint(_)), _) => releases([
            Step::Release(format!(
                "the code names the columns instead of the constraint {old}"
            )),
            Step::Wait,
            Step::Release(format!("rename {old} to {new}")),
        ]),
        (Some(_), _) => releases([
            Step::Release(format!(
                "add {new} beside {old}; a trigger keeps both equal, and fills {new} in the rows that exist"
            )),
            Step::Release(format!("the code names {new} only, in its models too")),
            Step::Wait,
            Step::Release(format!("drop {old} and the trigger")),
        ]),
        (None, SurfaceKind::Type) => releases([
            Step::Release(format!(
                "the code stops naming the type {old}, in casts too"
            )),
            Step::Wait,
            Step::Release(format!("rename {old} to {new}")),
        ]),
        (None, SurfaceKind::View) => releases([
            Step::Release(format!("create the view {new} beside {old}")),
            Step::Release(format!("the code names {new} only")),
            Step::Wait,
            Step::Release(format!("drop {old}")),
        ]),
        (None, _) => releases([
            Step::Release(format!(
                "rename {old} to {new}, and in the same migration create a view {old} over it that accepts writes"
            )),
            Step::Release(format!("the code names {new} only")),
            Step::Wait,
            Step::Release(format!("drop the view {old}")),
        ]),
    }
}

fn retyped(delta: &Delta) -> Vec<String> {
    let object = called(delta);
    let to = match delta.new.as_ref().map(|e| &e.detail) {
        Some(Detail::Column(column)) => column.type_name.as_str(),
        _ => "the new type",
    };
    releases([
        Step::Release(format!(
            "add a second column of type {to}; a trigger keeps it equal to {object}, and fills it in the rows that exist"
        )),
        Step::Release("the code names the second column only, in its models too".to_owned()),
        Step::Wait,
        Step::Release(format!("drop {object} and the trigger")),
    ])
}

enum Step {
    Release(String),
    Wait,
}

/// Returns the steps with the releases numbered.
fn releases<const N: usize>(steps: [Step; N]) -> Vec<String> {
    let mut number = 0;
    let text = |step| match step {
        Step::Wait => WAIT.to_owned(),
        Step::Release(what) => {
            number += 1;
            format!("release {number}: {what}")
        }
    };
    steps.into_iter().map(text).collect()
}

/// Returns the name that what a delta is about has at head: `users.full_name`, or `accounts`.
pub(crate) fn called_at_head(delta: &Delta) -> String {
    match (&delta.new, &delta.element) {
        (Some(new), _) => format!("{}.{}", delta.head_surface, new.name),
        (None, Some(element)) => format!("{}.{element}", delta.head_surface),
        (None, None) => delta.head_surface.to_string(),
    }
}
