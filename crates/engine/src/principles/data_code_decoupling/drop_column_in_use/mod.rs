#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Detail, Finding, Principle};

use crate::principles::{Rule, Scene, Words, called, contract, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "drop-column-in-use",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let dropped = scene.old_code_breaks().filter(|b| {
        (b.delta.aspect, b.delta.action) == (Aspect::Existence, Action::Removed)
            && matches!(
                b.delta.old.as_ref().map(|e| &e.detail),
                Some(Detail::Column(_))
            )
    });
    dropped
        .filter_map(|b| {
            let (column, version) = (called(b.delta), b.version);
            let words = Words {
                title: format!("{column} is dropped while {version} still uses it"),
                label: "dropped here",
                asks: format!("Does {version} still name {column} in a statement that it sends?"),
                safe_steps: contract(b),
            };
            from_break(&RULE, b, words)
        })
        .collect()
}
