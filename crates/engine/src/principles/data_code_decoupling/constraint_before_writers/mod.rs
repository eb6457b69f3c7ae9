#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, ConstraintKind, Delta, Detail, Element, Finding, Principle};

use crate::principles::{Rule, Scene, Words, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "constraint-before-writers",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let added = scene.old_code_breaks().filter(|b| {
        let is_new = b.delta.action == Action::Added
            || b.delta.old.as_ref().is_some_and(demands_another)
            || covers_other_rows(b.delta);
        b.delta.aspect == Aspect::Constraint
            && is_new
            && matches!(
                b.delta.new.as_ref().map(|e| &e.detail),
                Some(Detail::Constraint(_))
            )
    });
    added
        .filter_map(|b| {
            let (table, version) = (&b.delta.surface, b.version);
            let name = b.delta.element.as_deref().unwrap_or("a constraint");
            let words = Words {
                title: format!("{table} gets {name}, which rows written by {version} may violate"),
                label: "demanded from here on",
                asks: format!("Can {version} write a row to {table} that violates {name}?"),
                safe_steps: vec![
                    format!("release 1: the code writes only rows that satisfy {name}"),
                    "wait until no node runs an older version and none will be rolled back to"
                        .to_owned(),
                    format!("release 2: mend the rows that violate it and add {name}"),
                ],
            };
            from_break(&RULE, b, words)
        })
        .collect()
}

/// Returns whether a unique index covers other rows than the one of its name did.
fn covers_other_rows(delta: &Delta) -> bool {
    let unique = |element: Option<&Element>| match element.map(|e| &e.detail) {
        Some(Detail::Constraint(c)) if c.kind == ConstraintKind::Unique => {
            Some((c.partial, c.predicate.clone()))
        }
        _ => None,
    };
    match (unique(delta.old.as_ref()), unique(delta.new.as_ref())) {
        (Some(old), Some(new)) => old != new,
        _ => false,
    }
}

/// Returns whether an element is an index that lets rows repeat it, a foreign key or a check: one of the same name that demands
/// something else is a new demand.
fn demands_another(element: &Element) -> bool {
    use ConstraintKind::{Check, ForeignKey, Index};
    matches!(&element.detail, Detail::Constraint(c) if matches!(c.kind, Check { .. } | ForeignKey { .. } | Index))
}
