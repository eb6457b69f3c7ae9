#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Detail, Finding, Principle};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "required-before-writers",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let required = scene.old_code_breaks().filter(|b| match (b.delta.aspect, b.delta.action) {
        (Aspect::Presence, Action::Narrowed) | (Aspect::Default, _) => b.delta.made_by.is_some(),
        (Aspect::Existence, Action::Added) => {
            matches!(b.delta.new.as_ref().map(|e| &e.detail), Some(Detail::Column(c)) if !c.nullable && c.default.is_none())
        }
        _ => false,
    });
    required
        .filter_map(|b| {
            let (column, version) = (called(b.delta), b.version);
            let words = Words {
                title: format!(
                    "{column} must have a value, and {version} inserts rows without one"
                ),
                label: "required from here on",
                asks: format!("Does {version} always give {column} a value when it inserts a row?"),
                safe_steps: vec![
                    format!("release 1: {column} accepts NULL or has a database default"),
                    format!("release 2: the code writes {column} in every insert"),
                    "wait until no node runs an older version and none will be rolled back to"
                        .to_owned(),
                    format!("release 3: fill the rows that lack it and set {column} NOT NULL"),
                ],
            };
            from_break(&RULE, b, words)
        })
        .collect()
}
