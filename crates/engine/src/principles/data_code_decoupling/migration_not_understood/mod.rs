#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{Effect, Finding, Operation, Principle, Side, Store, Surface, SurfaceKind};

use crate::Pending;
use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "migration-not-understood",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    scene
        .comparison
        .pending
        .values()
        .flat_map(findings)
        .collect()
}

fn findings(pending: &Pending) -> Vec<Finding> {
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let operations = pending.operations().map(|(_, operation)| operation);
    let found = operations.filter_map(|operation| {
        finding(pending, operation).or_else(|| {
            // Of a file whose statements name nothing that is known, there is one thing to ask.
            let is_first =
                speaks_of_nothing_known(pending, operation) && asked.insert(&operation.place.path);
            is_first.then(|| of_nothing_known(operation))?
        })
    });
    found.collect()
}

fn is_relation(surface: &Surface) -> bool {
    matches!(surface.kind, SurfaceKind::Table | SurfaceKind::View)
}

/// Returns whether a store has a table or view of that name. The identifiers are in lowercase, whatever the store spells.
fn has(store: &Store, name: &str) -> bool {
    let mut surfaces = store.schemas.keys().filter(|s| is_relation(s));
    surfaces.any(|s| s.name.eq_ignore_ascii_case(name))
}

/// Returns whether an operation is not understood and names no table: neither one that base has nor one that this change brings, of
/// which nobody makes use yet.
fn speaks_of_nothing_known(pending: &Pending, operation: &Operation) -> bool {
    let Effect::Opaque { identifiers, .. } = &operation.effect else {
        return false;
    };
    let brings = |name: &String| {
        let mut all = pending.operations().map(|(_, o)| o);
        all.any(|o| {
            let creates = matches!(
                o.effect,
                Effect::CreateTable { .. } | Effect::CreateView { .. }
            );
            creates && o.surface.name.eq_ignore_ascii_case(name)
        })
    };
    let known = |name: &String| has(pending.before(), name) || has(pending.after(), name);
    !identifiers.iter().any(|name| known(name) || brings(name))
}

fn of_nothing_known(operation: &Operation) -> Option<Finding> {
    let Effect::Opaque { reason, .. } = &operation.effect else {
        return None;
    };
    let draft = Draft::at(&RULE, Side::Head, &operation.place, "not understood")
        .title(format!(
            "a statement of a new migration is not understood: {reason}"
        ))
        .safe_steps(SAFE_STEPS.map(str::to_owned));
    Some(draft.ask(
        "Does this statement take away or alter anything that code which runs now uses?".to_owned(),
        "the lines that it runs, or the manual of the statement".to_owned(),
    ))
}

const SAFE_STEPS: [&str; 2] = [
    "read the statement by hand against the code that runs",
    "where another form says the same, write that one",
];

fn finding(pending: &Pending, operation: &Operation) -> Option<Finding> {
    let Effect::Opaque {
        reason,
        identifiers,
    } = &operation.effect
    else {
        return None;
    };
    // What speaks only of objects that are new in this change has no old reader to break.
    let table = identifiers
        .iter()
        .find(|name| has(pending.before(), name))?;
    let draft = Draft::at(&RULE, Side::Head, &operation.place, "not understood")
        .about(&Surface::table(table.clone()), None)
        .title(format!(
            "a statement that names {table} is not understood: {reason}"
        ))
        .safe_steps(SAFE_STEPS.map(str::to_owned));
    Some(draft.ask(
        format!("Can code that runs now still use {table} after this statement?"),
        format!("the line of the code that uses {table}, or the manual of the statement"),
    ))
}
