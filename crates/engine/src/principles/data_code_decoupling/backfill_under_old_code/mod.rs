#![doc = include_str!("page.md")]

use coexist_model::{Access, Confidence, Effect, Finding, Mode, Operation, Principle, Rows, Side};

use crate::Pending;
use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "backfill-under-old-code",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let operations = scene
        .comparison
        .pending
        .values()
        .flat_map(|p| p.operations().map(move |(_, o)| (p, o)));
    operations
        .filter_map(|(pending, operation)| backfill(scene, pending, operation))
        .collect()
}

fn backfill(scene: &Scene<'_>, pending: &Pending, operation: &Operation) -> Option<Finding> {
    let Effect::Backfill { rows, columns, .. } = &operation.effect else {
        return None;
    };
    let before = pending.before().schemas.get(&operation.surface)?;
    let decides = |a: &&Access| a.surface == operation.surface && a.confidence == Confidence::High;
    let base = &scene.case.base.linked.accesses;
    let (column, reader) = match rows {
        // Rows that base's code cannot know hold nothing for it to miss.
        Rows::Inserted => return None,
        Rows::Deleted => (None, base.iter().find(|a| decides(a) && is_read(a))?),
        Rows::Updated | Rows::Derived | Rows::Filled => {
            // A column that is filled for the first time in this change means nothing to base's code yet.
            let known = columns.iter().filter(|c| before.column(c).is_some());
            let read = |c: &String| {
                base.iter()
                    .find(|a| decides(a) && is_condition(a) && a.element.as_ref() == Some(c))
            };
            // Whoever reads the column at all takes the new form of its values for the old one.
            let reads = |c: &String| {
                let derived = *rows == Rows::Derived;
                let reads = |a: &&Access| {
                    a.surface == operation.surface
                        && a.confidence > Confidence::Low
                        && is_read(a)
                        && a.element.as_ref() == Some(c)
                };
                base.iter().find(|a| derived && reads(a))
            };
            known
                .filter_map(|c| Some((Some(c.as_str()), read(c).or_else(|| reads(c))?)))
                .next()?
        }
    };
    let version = scene.version(Side::Base);
    let name = column.map_or_else(
        || operation.surface.to_string(),
        |c| format!("{}.{c}", operation.surface),
    );
    let draft = Draft::at(&RULE, Side::Head, &operation.place, "rewritten here")
        .about(&operation.surface, column)
        .title(format!(
            "rows of {name} are rewritten while {version} {} them",
            match rows {
                Rows::Derived => "reads",
                _ => "decides by",
            }
        ))
        .access(Side::Base, reader)
        .safe_steps([
            format!("release 1: the code behaves well with old and new values of {name}"),
            "wait until no node runs an older version".to_owned(),
            format!("release 2: rewrite {name}"),
        ]);
    Some(draft.ask(
        format!("What does {version} do with the rewritten values of {name}?"),
        "the line that decides by the value, and the value that the backfill writes",
    ))
}

fn is_read(access: &Access) -> bool {
    matches!(access.mode, Mode::Reads | Mode::ReadsPresent)
}

/// Returns whether the column stands in text of the code's own, where a decision can rest on it; an implicit list decides nothing.
fn is_condition(access: &Access) -> bool {
    is_read(access) && access.manner == coexist_model::Manner::Explicit
}
