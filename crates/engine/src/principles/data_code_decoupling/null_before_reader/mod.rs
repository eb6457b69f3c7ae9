#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Finding, Mode, Principle};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "null-before-reader",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let widened = scene.old_code_breaks().filter(|b| {
        (b.delta.aspect, b.delta.action) == (Aspect::Presence, Action::Widened)
            && b.delta.made_by.is_some()
            && b.hits[0].access.mode == Mode::ReadsPresent
    });
    widened
        .filter_map(|b| {
            let (column, version) = (called(b.delta), b.version);
            let words = Words {
                title: format!(
                    "{column} may be NULL from here on, and {version} fails on a row where it is"
                ),
                label: "NULL may come here",
                asks: format!("Does this change write a row with NULL in {column}?"),
                safe_steps: vec![
                    format!("release 1: every reader takes NULL in {column}; the column may lose NOT NULL"),
                    "wait until no node runs an older version and none will be rolled back to"
                        .to_owned(),
                    format!("release 2: writers start to leave {column} empty"),
                ],
            };
            from_break(&RULE, b, words)
        })
        .collect()
}
