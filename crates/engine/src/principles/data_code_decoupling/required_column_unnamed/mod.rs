#![doc = include_str!("page.md")]

use coexist_model::{
    Access, Act, Confidence, Finding, Form, Lookup, Mode, Outcome, Place, Principle, Side, Step,
    SurfaceKind, Witness,
};

use crate::principles::{Draft, Rule, Scene};
use crate::reach::{Reach, reach};

/// The rule.
pub static RULE: Rule = Rule {
    id: "required-column-unnamed",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(form) = scene
        .forms
        .iter()
        .find(|f| f.kinds().contains(&SurfaceKind::Table))
    else {
        return Vec::new();
    };
    let accesses = &scene.case.head.linked.accesses;
    accesses
        .iter()
        .filter_map(|insert| unnamed(scene, *form, insert))
        .collect()
}

/// Returns the finding for an insert of head that leaves out a required column which base's insert in the same file named. What an
/// insert through a model names, the model tells: either may have changed.
fn unnamed(scene: &Scene<'_>, form: &dyn Form, insert: &Access) -> Option<Finding> {
    let now = columns(insert)?;
    let is_changed = |place: &Place| {
        let mut files = scene.case.changed.iter();
        files.any(|c| c.path == *place.path && c.at_base && c.at_head)
    };
    let changed = [Some(&insert.place), insert.via.as_ref()];
    let changed = changed.into_iter().flatten().find(|p| is_changed(p))?;
    let store = scene
        .case
        .head
        .linked
        .stores
        .iter()
        .filter(|s| s.schemas.contains_key(&insert.surface))
        .find(|s| reach(scene.case, &scene.case.head, insert, s, &[&s.set]) == Reach::Sure)?;
    if insert.confidence < Confidence::High {
        return None;
    }
    let meeting = form.meet(insert, store);
    let schema = store.schemas.get(&insert.surface)?;
    let left_out = schema.columns().find(|(e, c)| {
        !c.nullable
            && c.default.is_none()
            && !c.generated
            && !now.contains(&e.name)
            && !store.is_open(&insert.surface, Some(&e.name))
    });
    let (column, _) = left_out.filter(|_| meeting.outcome == Outcome::Refused)?;
    let before = scene.case.base.linked.accesses.iter().find(|a| {
        a.surface == insert.surface
            && a.place.path == insert.place.path
            && columns(a)
                .is_some_and(|c| c.contains(&column.name) && now.iter().all(|n| c.contains(n)))
    })?;
    let version = scene.version(Side::Head);
    let service = scene
        .case
        .owners
        .get(&*insert.place.path)
        .and_then(|s| s.first())
        .cloned();
    let step = |act, what: Option<String>, at| Step {
        act,
        what,
        service: service.clone(),
        version: Some(version.to_owned()),
        at,
    };
    let steps = vec![
        step(Act::StartNew, None, Some(0)),
        step(Act::Write, Some(insert.surface.name.clone()), Some(0)),
    ];
    let witness = Witness {
        steps,
        error: meeting.error?,
        outcome: meeting.outcome,
        assumed: meeting.assumed,
    };
    let name = format!("{}.{}", insert.surface, column.name);
    let mut draft = Draft::at(&RULE, Side::Head, changed, "inserts without it")
        .about(&insert.surface, Some(&column.name))
        .title(format!(
            "the code stops naming {name}, which is NOT NULL without a default"
        ))
        .access(Side::Base, before)
        .related(Side::Head, &column.place, "requires")
        .safe_steps([
            format!("release 1: {name} accepts NULL or gets a database default"),
            "wait until the migration has run everywhere".to_owned(),
            format!("release 2: the code stops naming {name}"),
        ]);
    if *changed != insert.place {
        draft = draft.related(Side::Head, &insert.place, "inserts");
    }
    Some(draft.fail(witness))
}

fn columns(access: &Access) -> Option<&Vec<String>> {
    match &access.mode {
        Mode::Inserts {
            columns: Some(columns),
            ..
        } => Some(columns),
        _ => None,
    }
}
