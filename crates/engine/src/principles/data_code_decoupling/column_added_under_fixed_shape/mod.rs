#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Detail, Finding, Principle};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "column-added-under-fixed-shape",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let added = scene.old_code_breaks().filter(|b| {
        (b.delta.aspect, b.delta.action) == (Aspect::Existence, Action::Added)
            && matches!(b.delta.new.as_ref().map(|e| &e.detail), Some(Detail::Column(c)) if c.nullable || c.default.is_some())
    });
    added
        .filter_map(|b| {
            let (column, version) = (called(b.delta), b.version);
            let words = Words {
                title: format!("{column} is added while {version} counts on the number of columns"),
                label: "added here",
                asks: format!(
                    "Does {version} fail when {} has one more column?",
                    b.delta.surface
                ),
                safe_steps: vec![
                    format!(
                        "release 1: the code names the columns of {} that it uses",
                        b.delta.surface
                    ),
                    "wait until no node runs an older version and none will be rolled back to"
                        .to_owned(),
                    format!("release 2: add {column}"),
                ],
            };
            from_break(&RULE, b, words)
        })
        .collect()
}
