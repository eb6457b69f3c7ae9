#![doc = include_str!("page.md")]

use std::collections::BTreeMap;

use coexist_model::{
    Access, Action, Confidence, Delta, Finding, Migration, Operation, Outcome, Principle, Side,
    SurfaceKind,
};

use crate::principles::{Draft, Rule, Scene, called};
use crate::reach::{Reach, reach};
use crate::{Edit, Pending, Rewrite};

/// The rule.
pub static RULE: Rule = Rule {
    id: "migration-history-rewritten",
    principle: Principle::OneVersionStep,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    scene
        .comparison
        .pending
        .values()
        .flat_map(|p| rewritten(scene, p))
        .collect()
}

fn rewritten(scene: &Scene<'_>, pending: &Pending) -> Vec<Finding> {
    let is = |rewrite: Rewrite| pending.edits.iter().any(move |e| e.rewrite == rewrite);
    // A squash that stands beside what it replaces does nothing until that is gone.
    let idle = |e: &Edit| e.rewrite == Rewrite::Edited && e.migration.up().next().is_none();
    let replaced =
        !pending.migrations.is_empty() || is(Rewrite::Renumbered) || pending.edits.iter().any(idle);
    // Active Record runs what it has not run, and begins a new store from the dump: an old migration may go without a successor.
    let dumped =
        pending.edits.iter().all(|e| e.migration.tool == "rails") && is_dumped(scene, pending);
    let anew = made_anew(scene, pending);
    let as_before = anew.is_none() && same_forms(pending);
    let squashed = is(Rewrite::Deleted) && (dumped || replaced && as_before);
    let told = pending
        .edits
        .iter()
        .filter(|e| !squashed || (e.rewrite == Rewrite::Edited && !idle(e)));
    // A changelog holds many migrations, and a history is deleted as a whole: what happened to several in one way is one thing.
    let mut alike: BTreeMap<(Option<&str>, Rewrite), Vec<&Edit>> = BTreeMap::new();
    for edit in told {
        let path = edit.now.as_ref().map(|now| now.path.as_ref());
        alike.entry((path, edit.rewrite)).or_default().push(edit);
    }
    alike
        .into_values()
        .filter_map(|edits| {
            let others = edits.len() - 1;
            let anew = anew.filter(|_| edits[0].rewrite == Rewrite::Deleted);
            finding(scene, pending, edits[0], others, anew)
        })
        .collect()
}

/// Returns a statement that creates a table otherwise than base's history did, which is gone.
fn made_anew<'a>(scene: &Scene<'a>, pending: &'a Pending) -> Option<&'a Operation> {
    let set = &pending.after().set;
    let ours = |d: &&Delta| d.made_by.as_ref().is_some_and(|m| m.set == *set);
    let mut deltas = scene.comparison.deltas.iter().filter(ours);
    deltas.find_map(|delta| pending.made_anew(delta))
}

/// Returns whether base's whole history and head's whole history make the same store: then it was squashed.
fn same_forms(pending: &Pending) -> bool {
    let (before, after) = (&pending.before().schemas, &pending.after().schemas);
    before.keys().eq(after.keys())
}

/// Returns whether head's form of the store has all that base's has, though migrations went: a dump holds them.
fn is_dumped(scene: &Scene<'_>, pending: &Pending) -> bool {
    let head = scene.case.head.store(&pending.after().set);
    let elements = |s: &coexist_model::Schema| -> Vec<String> {
        s.elements.iter().map(|e| e.name.clone()).collect()
    };
    let before = &pending.before().schemas;
    head.is_some_and(|head| {
        before.iter().all(|(surface, old)| {
            let new = head.schemas.get(surface).map(elements).unwrap_or_default();
            elements(old).iter().all(|name| new.contains(name))
        })
    })
}

/// A use at head of something that a database which ran the old text does not have.
struct Reliance<'a> {
    name: String,
    access: &'a Access,
    error: String,
}

/// Returns the surest use at head of what only the edited text makes.
fn reliance<'a>(scene: &Scene<'a>, pending: &Pending, now: &Migration) -> Option<Reliance<'a>> {
    let form = scene
        .forms
        .iter()
        .find(|f| f.kinds().contains(&SurfaceKind::Table))?;
    let head = &scene.case.head;
    let (had, wanted) = (pending.after(), head.store(&pending.after().set)?);
    let deltas = scene.comparison.unreached.iter();
    let deltas = deltas.filter(|d| d.place.path == now.path && d.action != Action::Removed);
    let uses = deltas.flat_map(|delta| {
        let ours = |a: &&Access| {
            a.surface == delta.head_surface
                && a.confidence == Confidence::High
                && reach(scene.case, head, a, wanted, &[&wanted.set]) == Reach::Sure
        };
        let failing = head.linked.accesses.iter().filter(ours);
        failing.filter_map(move |access| {
            let meeting = form.meet(access, &**had);
            let works = form.meet(access, wanted).outcome == Outcome::Ok;
            let error = meeting
                .error
                .filter(|_| works && meeting.outcome == Outcome::Refused)?;
            Some(Reliance {
                name: called(delta),
                access,
                error,
            })
        })
    });
    uses.min_by(|a, b| (&a.access.place, &a.name).cmp(&(&b.access.place, &b.name)))
}

fn finding(
    scene: &Scene<'_>,
    pending: &Pending,
    edit: &Edit,
    others: usize,
    anew: Option<&Operation>,
) -> Option<Finding> {
    let (name, version) = (&edit.migration.key.name, scene.version(Side::Base));
    let (before, now) = edit.first_difference()?;
    let (verb, then, side, operation) = match (edit.rewrite, now) {
        (Rewrite::Edited, Some(now)) => ("is edited", "never sees the edit", Side::Head, now),
        (Rewrite::Renumbered, Some(now)) => ("is renumbered", "runs it again", Side::Head, now),
        _ => ("is deleted", "keeps what it did", Side::Base, before),
    };
    let reliance = edit
        .now
        .as_ref()
        .and_then(|now| reliance(scene, pending, now));
    let then = match &reliance {
        Some(r) => format!(
            "never gets {}, which {} uses",
            r.name,
            scene.version(Side::Head)
        ),
        None => then.to_owned(),
    };
    let mut draft = Draft::at(&RULE, side, &operation.place, "rewritten here")
        .title(format!(
            "the migration {name} {verb}, but {version} already has it: a database that has run it {then}"
        ))
        .related(Side::Base, &before.place, "ran before");
    if let Some(reliance) = reliance {
        draft = draft
            .access(Side::Head, reliance.access)
            .note(format!("there it ends in: {}", reliance.error));
    }
    if let Some(anew) = anew {
        draft = draft
            .related(Side::Head, &anew.place, "creates it again")
            .note(format!(
                "a database that has {} refuses to create it again",
                anew.surface
            ));
    }
    if others > 0 {
        let more = match others {
            1 => "1 more migration".to_owned(),
            _ => format!("{others} more migrations"),
        };
        draft = draft.note(format!("so it is with {more}"));
    }
    let draft = draft.safe_steps([
        format!("restore {name} as it is at {version}"),
        "put what should differ into a new migration at the end".to_owned(),
    ]);
    Some(draft.ask(
        format!("Has {name} run on any database that is kept?"),
        "the line of the release log or version table that shows it",
    ))
}
