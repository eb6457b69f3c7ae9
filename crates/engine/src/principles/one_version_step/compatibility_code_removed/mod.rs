#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{Access, Confidence, Effect, Finding, Mode, Principle, Side, Surface};

use crate::Facts;
use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "compatibility-code-removed",
    principle: Principle::OneVersionStep,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let base = scene.case.base.linked.accesses.iter();
    let found = base.filter(|a| is_sure(a)).filter_map(|access| {
        let path = edited(scene, &access.place.path)?;
        match &access.mode {
            Mode::FallsBack { from } => fallback_removed(scene, access, path, from),
            Mode::Reads | Mode::ReadsPresent => old_form_not_written(scene, access, path),
            _ => None,
        }
    });
    found
        .filter(|f| told.insert((f.surface.clone(), f.element.clone())))
        .collect()
}

/// Base reads an old form where the new one is empty, and head reads the new one alone.
fn fallback_removed(
    scene: &Scene<'_>,
    fallback: &Access,
    path: &str,
    from: &str,
) -> Option<Finding> {
    let (head, old) = (&scene.case.head, fallback.element.as_deref()?);
    let table = &fallback.surface;
    if is_read(head, path, table, old) || is_gone(scene, table, old) || is_filled(head, table, from)
    {
        return None;
    }
    let reads = reads(head, path, table, from).next()?;
    let draft = Draft::at(&RULE, Side::Head, &reads.place, "reads the new form alone")
        .about(table, Some(old))
        .title(format!(
            "{table}.{old} is no longer read where {table}.{from} is empty, and nothing here shows that no such row is left"
        ))
        .access(Side::Base, fallback)
        .safe_steps([
            format!("fill {table}.{from} in every row that has only {old}"),
            format!("wait until no version runs that writes {old} alone"),
            format!("then read {from} alone"),
        ]);
    Some(draft.ask(
        format!("Does every row of {table} have a value in {from}, and does every version that runs write it?"),
        format!("the migration that fills {from}, or the constraint that demands it"),
    ))
}

/// Base reads the old form of what it writes in both forms; head reads the new form and stops writing the old one.
fn old_form_not_written(scene: &Scene<'_>, read: &Access, path: &str) -> Option<Finding> {
    let (base, head) = (&scene.case.base, &scene.case.head);
    let (table, old) = (&read.surface, read.element.as_deref()?);
    if is_read(head, path, table, old) || is_gone(scene, table, old) {
        return None;
    }
    let mut writes_old = base.accesses(table).filter(|a| is_sure(a) && names(a, old));
    let both = writes_old.find_map(|write| {
        let written_in = edited(scene, &write.place.path)?;
        let new = columns(write).find(|new| {
            *new != old
                && reads(head, path, table, new).next().is_some()
                && !is_read(base, path, table, new)
        })?;
        Some((write, new, written_in))
    });
    let (write, new, written_in) = both?;
    let mut writes = head.accesses(table).filter(|a| columns(a).next().is_some());
    if writes.any(|a| names(a, old)) {
        return None;
    }
    let mut writes = head.accesses(table);
    let now = writes.find(|a| is_sure(a) && &*a.place.path == written_in && names(a, new))?;
    let version = scene.version(Side::Base);
    let draft = Draft::at(&RULE, Side::Head, &now.place, "writes the new form alone")
        .about(table, Some(old))
        .title(format!(
            "{table}.{old} is no longer written beside {table}.{new}, and {version}, which still runs, reads it"
        ))
        .access(Side::Base, read)
        .access(Side::Base, write)
        .safe_steps([
            format!("release 1: the code reads {new} and goes on writing both"),
            format!("wait until no node runs {version} and none will be rolled back to it"),
            format!("release 2: the code stops writing {old}"),
        ]);
    Some(draft.ask(
        format!("What does {version} do with a row of {table} in which {old} was not written?"),
        format!(
            "the line near {}:{} that shows it",
            read.place.path, read.place.line
        ),
    ))
}

fn is_sure(access: &Access) -> bool {
    access.confidence == Confidence::High && access.gate.is_none()
}

/// Returns the path at head of a file that the change edits.
fn edited<'a>(scene: &'a Scene<'_>, path: &str) -> Option<&'a str> {
    let mut changed = scene.case.changed.iter();
    let file = changed.find(|c| c.old_path.as_deref().unwrap_or(&c.path) == path)?;
    (file.at_base && file.at_head).then_some(file.path.as_str())
}

/// Returns the sure reads of a column in a file.
fn reads<'a>(
    facts: &'a Facts,
    path: &'a str,
    table: &'a Surface,
    column: &'a str,
) -> impl Iterator<Item = &'a Access> {
    let in_file = facts.accesses_in(path).iter();
    in_file.filter(move |a| {
        matches!(a.mode, Mode::Reads | Mode::ReadsPresent)
            && a.element.as_deref() == Some(column)
            && a.surface == *table
            && is_sure(a)
    })
}

/// Returns whether a file may read a column, sure or not.
fn is_read(facts: &Facts, path: &str, table: &Surface, column: &str) -> bool {
    let all = facts.accesses_in(path).iter();
    let mut in_file = all.filter(|a| a.surface == *table);
    in_file.any(|a| match &a.mode {
        Mode::Reads | Mode::ReadsPresent | Mode::FallsBack { .. } => {
            a.element.as_deref() == Some(column)
        }
        Mode::ReadsAll { columns, .. } => columns
            .as_ref()
            .is_none_or(|c| c.iter().any(|c| c == column)),
        _ => false,
    })
}

/// Returns whether the change takes the column away: that is a finding of its own.
fn is_gone(scene: &Scene<'_>, table: &Surface, column: &str) -> bool {
    scene
        .deltas()
        .any(|d| d.surface == *table && d.element.as_deref().is_none_or(|e| e == column))
}

/// Returns whether the store demands the column, or a migration filled it.
fn is_filled(facts: &Facts, table: &Surface, column: &str) -> bool {
    facts.linked.stores.iter().any(|store| {
        let demanded = store.schemas.get(table).and_then(|s| s.column(column));
        let mut operations = store.migrations.iter().flat_map(|m| m.up());
        demanded.is_some_and(|c| !c.nullable)
            || operations.any(|o| {
                o.surface == *table
                    && matches!(&o.effect, Effect::Backfill { columns, .. } if columns.iter().any(|c| c == column))
            })
    })
}

/// Returns the columns that an access writes.
fn columns(access: &Access) -> impl Iterator<Item = &str> {
    let written: Vec<&str> = match &access.mode {
        Mode::Inserts {
            columns: Some(columns),
            ..
        } => columns.iter().map(String::as_str).collect(),
        Mode::Writes { .. } => access.element.as_deref().into_iter().collect(),
        _ => Vec::new(),
    };
    written.into_iter()
}

fn names(access: &Access, column: &str) -> bool {
    match &access.mode {
        Mode::Inserts {
            columns: Some(columns),
            ..
        } => columns.iter().any(|c| c == column),
        Mode::Writes { .. } => access.element.as_deref() == Some(column),
        _ => false,
    }
}
