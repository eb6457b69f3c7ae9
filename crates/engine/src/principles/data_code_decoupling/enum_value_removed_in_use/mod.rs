#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Detail, Finding, Principle};

use crate::principles::{Rule, Scene, Words, called, contract, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "enum-value-removed-in-use",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let removed = scene.old_code_breaks().filter(|b| {
        b.delta.made_by.is_some()
            && b.delta.action != Action::Added
            && b.delta.aspect == Aspect::Values
            && matches!(
                b.delta.old.as_ref().map(|e| &e.detail),
                Some(Detail::Value { .. })
            )
    });
    removed
        .filter_map(|b| {
            let (value, version) = (called(b.delta), b.version);
            let words = Words {
                title: format!("{value} is removed while {version} still writes it"),
                label: "the value goes here",
                asks: format!("Does {version} still write {value} or compare with it?"),
                safe_steps: contract(b),
            };
            from_break(&RULE, b, words)
        })
        .collect()
}
