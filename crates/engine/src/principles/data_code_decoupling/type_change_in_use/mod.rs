#![doc = include_str!("page.md")]

use coexist_model::{Aspect, Detail, Element, Finding, Principle};

use crate::principles::{Rule, Scene, WAIT, Words, called, contract, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "type-change-in-use",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let retyped = scene
        .old_code_breaks()
        .filter(|b| b.delta.made_by.is_some() && b.delta.aspect == Aspect::Type);
    retyped
        .filter_map(|b| {
            let (column, version) = (called(b.delta), b.version);
            let (from, to) = (type_of(b.delta.old.as_ref()), type_of(b.delta.new.as_ref()));
            let words = Words {
                title: match is_told(b.delta.old.as_ref()) {
                    true => format!(
                        "{column} turns from {from} into {to} while {version} still uses it as {from}"
                    ),
                    false => format!(
                        "{column} turns into {to}, and {version} uses it as the type that it had before"
                    ),
                },
                label: "the type changes here",
                asks: format!(
                    "Does {version} read and write {column} so that both {from} and {to} work?"
                ),
                safe_steps: if scene.widens(b.delta) {
                    vec![
                        format!("release 1: the code takes every value of {to} from {column}"),
                        WAIT.to_owned(),
                        format!(
                            "release 2: widen {column} to {to}; from then on it may be written"
                        ),
                    ]
                } else {
                    contract(b)
                },
            };
            from_break(&RULE, b, words)
        })
        .collect()
}

/// Returns whether the type of a column is known.
fn is_told(element: Option<&Element>) -> bool {
    matches!(element.map(|e| &e.detail), Some(Detail::Column(c)) if !c.type_name.is_empty())
}

fn type_of(element: Option<&Element>) -> String {
    match element.map(|e| &e.detail) {
        Some(Detail::Column(column)) if !column.type_name.is_empty() => column.type_name.clone(),
        _ => "another type".to_owned(),
    }
}
