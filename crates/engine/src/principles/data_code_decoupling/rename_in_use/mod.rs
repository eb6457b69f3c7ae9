#![doc = include_str!("page.md")]

use coexist_model::{Aspect, Finding, Principle};

use crate::principles::{Rule, Scene, Words, called, called_at_head, contract, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "rename-in-use",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let renamed = scene
        .old_code_breaks()
        .filter(|b| b.delta.made_by.is_some() && b.delta.aspect == Aspect::Identity);
    renamed
        .filter_map(|b| {
            let (old, version) = (called(b.delta), b.version);
            let new = called_at_head(b.delta);
            let words = Words {
                title: format!("{old} is renamed to {new} while {version} still uses the old name"),
                label: "renamed here",
                asks: format!("Does {version} still send statements that name {old}?"),
                safe_steps: contract(b),
            };
            from_break(&RULE, b, words)
        })
        .collect()
}
