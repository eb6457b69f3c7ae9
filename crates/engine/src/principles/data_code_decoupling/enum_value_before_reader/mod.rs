#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Detail, Finding, Principle};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "enum-value-before-reader",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let added = scene.old_code_breaks().filter(|b| {
        b.delta.made_by.is_some()
            && b.delta.action == Action::Added
            && b.delta.aspect == Aspect::Values
            && matches!(
                b.delta.new.as_ref().map(|e| &e.detail),
                Some(Detail::Value { .. })
            )
    });
    added
        .filter_map(|b| {
            let (value, version) = (called(b.delta), b.version);
            let words = Words {
                title: format!("{value} is written by this change, and {version} rejects it when it reads it"),
                label: "the value comes here",
                asks: format!("What does {version} do when it reads {value}?"),
                safe_steps: vec![
                    format!("release 1: every reader accepts {value}; the value may be added to the type"),
                    "wait until no node runs an older version and none will be rolled back to".to_owned(),
                    format!("release 2: writers start to write {value}"),
                ],
            };
            from_break(&RULE, b, words)
        })
        .collect()
}
