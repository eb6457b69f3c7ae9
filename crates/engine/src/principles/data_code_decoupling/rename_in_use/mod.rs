#![doc = include_str!("page.md")]

use coexist_model::{Aspect, Finding, Principle};

use crate::principles::{Rule, Scene, Words, called, from_break};

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
            let new = b.delta.new.as_ref().map_or_else(|| b.delta.head_surface.name.clone(), |e| e.name.clone());
            let words = Words {
                title: format!("{old} is renamed to {new} while {version} still uses the old name"),
                label: "renamed here",
                asks: format!("Does {version} still send statements that name {old}?"),
                safe_steps: vec![
                    format!("release 1: add {new} beside {old} and keep both filled (trigger, view or double write)"),
                    format!("release 2: the code uses {new} only"),
                    "wait until no node runs an older version and none will be rolled back to".to_owned(),
                    format!("release 3: drop {old}"),
                ],
            };
            from_break(&RULE, b, words)
        })
        .collect()
}
