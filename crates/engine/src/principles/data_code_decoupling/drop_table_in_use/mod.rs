#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Finding, Principle};

use crate::principles::{Rule, Scene, Words, called, contract, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "drop-table-in-use",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let dropped = scene.old_code_breaks().filter(|b| {
        b.delta.made_by.is_some()
            && b.delta.element.is_none()
            && (b.delta.aspect, b.delta.action) == (Aspect::Existence, Action::Removed)
    });
    dropped
        .filter_map(|b| {
            let (table, version) = (called(b.delta), b.version);
            let words = Words {
                title: format!("{table} is dropped while {version} still uses it"),
                label: "dropped here",
                asks: format!("Does {version} still send statements that name {table}?"),
                safe_steps: contract(b),
            };
            from_break(&RULE, b, words)
        })
        .collect()
}
