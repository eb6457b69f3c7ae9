#![doc = include_str!("page.md")]

use coexist_model::{Effect, Finding, Operation, Principle, Side, SurfaceKind};

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
    let operations = scene
        .comparison
        .pending
        .values()
        .flat_map(|p| p.operations().map(move |(_, o)| (p, o)));
    operations
        .filter_map(|(pending, operation)| finding(pending, operation))
        .collect()
}

fn finding(pending: &Pending, operation: &Operation) -> Option<Finding> {
    let Effect::Opaque {
        reason,
        identifiers,
    } = &operation.effect
    else {
        return None;
    };
    // What speaks only of objects that are new in this change has no old reader to break.
    let known = |name: &&String| {
        pending.before().schemas.keys().any(|s| {
            // The identifiers are in lowercase, whatever the store spells.
            s.name.eq_ignore_ascii_case(name)
                && matches!(s.kind, SurfaceKind::Table | SurfaceKind::View)
        })
    };
    let table = identifiers.iter().find(known)?;
    let draft = Draft::at(&RULE, Side::Head, &operation.place, "not understood")
        .about(&coexist_model::Surface::table(table.clone()), None)
        .title(format!(
            "a statement that names {table} is not understood: {reason}"
        ))
        .safe_steps([
            "read the statement by hand against the code that runs".to_owned(),
            "where another form says the same, write that one".to_owned(),
        ]);
    Some(draft.ask(
        format!("Can code that runs now still use {table} after this statement?"),
        format!("the line of the code that uses {table}, or the manual of the statement"),
    ))
}
