#![doc = include_str!("page.md")]

use coexist_model::{Effect, Finding, Migration, Operation, Principle, Side};

use crate::Pending;
use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "migration-without-way-back",
    principle: Principle::ReleaseProcessSafety,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    scene
        .comparison
        .pending
        .values()
        .flat_map(one_way)
        .collect()
}

fn one_way(pending: &Pending) -> Vec<Finding> {
    let history = &pending.before().migrations;
    let with_way_back = history.iter().filter(|m| !m.one_way).count();
    // Where most migrations have no way back, that is the house's decision, and not this change's.
    if with_way_back * 2 <= history.len() {
        return Vec::new();
    }
    let added = pending.migrations.iter().filter(|m| m.one_way);
    added
        .filter_map(|m| finding(m, history.len(), with_way_back))
        .collect()
}

fn finding(migration: &Migration, all: usize, with: usize) -> Option<Finding> {
    let destructive = migration.up().find(|o| takes_away(o))?;
    let draft = Draft::at(
        &RULE,
        Side::Head,
        &destructive.place,
        "no way back from here",
    )
    .about(&destructive.surface, None)
    .title(format!(
        "the migration {} takes something away and has no way back",
        migration.key.name
    ))
    .note(format!(
        "{with} of {all} earlier migrations of {} have one",
        migration.key.set
    ))
    .safe_steps(["write the way back, or say in it why there is none".to_owned()]);
    Some(draft.warn())
}

/// Returns whether the operation removes or rewrites what was there.
fn takes_away(operation: &Operation) -> bool {
    matches!(
        operation.effect,
        Effect::DropTable
            | Effect::DropColumn { .. }
            | Effect::RenameTable { .. }
            | Effect::RenameColumn { .. }
            | Effect::SetType { .. }
            | Effect::Backfill { .. }
    )
}
