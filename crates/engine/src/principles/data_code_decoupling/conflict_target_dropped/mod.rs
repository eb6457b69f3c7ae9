#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, ConstraintKind, Detail, Element, Finding, Mode, Principle};

use crate::principles::{Rule, Scene, Words, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "conflict-target-dropped",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let dropped = scene.old_code_breaks().filter(|b| {
        b.delta.aspect == Aspect::Constraint
            && b.delta.action != Action::Added
            && b.delta.old.as_ref().is_some_and(is_conflict_target)
            && b.hits.iter().any(|h| names_target(&h.access.mode))
    });
    dropped
        .filter_map(|b| {
            let (table, version) = (&b.delta.surface, b.version);
            let name = b.delta.element.as_deref().unwrap_or("a constraint");
            let words = Words {
                title: format!(
                    "{name} of {table} goes while {version} still names its columns in ON CONFLICT"
                ),
                label: "dropped here",
                asks: format!("Does {version} still rely on {name} of {table}?"),
                safe_steps: vec![
                    format!(
                        "release 1: the code no longer names the columns of {name} in ON CONFLICT"
                    ),
                    "wait until no node runs an older version and none will be rolled back to"
                        .to_owned(),
                    format!("release 2: drop {name}"),
                ],
            };
            from_break(&RULE, b, words)
        })
        .collect()
}

/// Returns whether an access names the columns of a constraint in `ON CONFLICT`.
fn names_target(mode: &Mode) -> bool {
    matches!(
        mode,
        Mode::Inserts {
            conflict: Some(_),
            ..
        }
    )
}

/// Returns whether `ON CONFLICT` may name the columns of a constraint:
/// <https://www.postgresql.org/docs/17/sql-insert.html#SQL-ON-CONFLICT>.
fn is_conflict_target(element: &Element) -> bool {
    use ConstraintKind::{Exclusion, PrimaryKey, Unique};
    matches!(&element.detail, Detail::Constraint(c) if matches!(c.kind, PrimaryKey | Unique | Exclusion))
}
