#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Detail, Finding, Principle, Side};

use crate::principles::{Rule, Scene, Words, called, contract, from_break};
use crate::rollout::Break;

/// The rule.
pub static RULE: Rule = Rule {
    id: "contract-with-last-reader",
    principle: Principle::OneVersionStep,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let contracts = scene
        .old_code_breaks()
        .filter(|b| b.side == Side::Base && b.delta.made_by.is_some() && is_contract(b));
    let found = contracts.filter_map(|b| {
        let (object, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!(
                "{object} goes in the very next release after {version}, which still uses it"
            ),
            label: "the contract step",
            asks: format!(
                "Has a version that no longer uses {object} been in production before this change?"
            ),
            safe_steps: contract(b),
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}

/// Returns whether something goes, and nothing takes its place in the same change.
fn is_contract(broken: &Break<'_>) -> bool {
    let delta = broken.delta;
    let index = matches!(
        delta.old.as_ref().map(|e| &e.detail),
        Some(Detail::Constraint(_))
    );
    delta.action == Action::Removed
        && matches!(delta.aspect, Aspect::Existence | Aspect::Values)
        && !index
}
