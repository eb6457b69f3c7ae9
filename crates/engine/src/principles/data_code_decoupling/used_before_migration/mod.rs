#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Delta, Finding, Outcome, Principle};

use crate::principles::{Rule, Scene, Words, from_break};
use crate::rollout::Break;

/// The rule.
pub static RULE: Rule = Rule {
    id: "used-before-migration",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let stores = scene
        .new_code_breaks()
        .filter(|b| b.delta.made_by.is_some() && needs_it(b) && !fails_anyway(scene, b));
    stores
        .filter_map(|b| {
            let (object, version) = (called_at_head(b.delta), b.version);
            let because = &scene.case.fleet.order.because;
            let words = Words {
                title: if b.against_assumption {
                    format!("{object} is added and used in one change; that is safe only if the migration runs first")
                } else {
                    format!("{version} uses {object}, which the store does not have yet")
                },
                label: "added here",
                asks: format!("Do migrations run, and finish, before the first node with new code starts? ({because})"),
                safe_steps: vec![
                    format!("release 1: the migration that adds {object}, alone"),
                    "wait until it has run everywhere".to_owned(),
                    format!("release 2: the code that uses {object}"),
                ],
            };
            from_break(&RULE, b, words)
        })
        .collect()
}

/// Returns whether old code fails for certain beside the same change: no order of migration and code is safe then, and to ask for it
/// says nothing more.
fn fails_anyway(scene: &Scene<'_>, broken: &Break<'_>) -> bool {
    let same = |b: &Break<'_>| std::ptr::eq(b.delta, broken.delta);
    broken.against_assumption
        && broken.delta.action == Action::Changed
        && scene.old_code_breaks().any(|b| same(b) && b.is_certain())
}

/// Returns the name that head gives to what a delta brings.
fn called_at_head(delta: &Delta) -> String {
    match &delta.new {
        Some(element) => format!("{}.{}", delta.head_surface, element.name),
        None => delta.head_surface.to_string(),
    }
}

/// Returns whether the new code cannot do without the delta: it brings something, and without it the statement is refused.
fn needs_it(broken: &Break<'_>) -> bool {
    let brings = match broken.delta.action {
        Action::Added => broken.delta.aspect != Aspect::Default,
        Action::Widened => true,
        Action::Changed => matches!(broken.delta.aspect, Aspect::Identity | Aspect::Type),
        Action::Removed | Action::Narrowed => false,
    };
    brings && broken.hits[0].meeting.outcome == Outcome::Refused
}
