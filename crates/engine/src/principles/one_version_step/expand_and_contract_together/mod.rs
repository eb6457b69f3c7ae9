#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Finding, Principle, Side};

use crate::principles::{Rule, Scene, Words, called, contract, from_break};
use crate::rollout::Break;

/// The rule.
pub static RULE: Rule = Rule {
    id: "expand-and-contract-together",
    principle: Principle::OneVersionStep,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let both = scene
        .old_code_breaks()
        .filter(|b| b.side == Side::Base && b.delta.made_by.is_some() && is_both(b))
        // A wider type takes nothing away.
        .filter(|b| !scene.widens(b.delta));
    let found = both.filter_map(|b| {
        let (object, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!("the new form of {object} comes and the old one goes in one release, while {version} still uses the old one"),
            label: "expand and contract at once",
            asks: format!("Is there a release in which {object} has both forms?"),
            safe_steps: contract(b),
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}

/// Returns whether one form takes the place of another: a rename, or another type under the same name.
fn is_both(broken: &Break<'_>) -> bool {
    let delta = broken.delta;
    matches!(delta.aspect, Aspect::Identity | Aspect::Type) && delta.action == Action::Changed
}
