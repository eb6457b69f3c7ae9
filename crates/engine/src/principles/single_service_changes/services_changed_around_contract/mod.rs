#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{
    Access, Action, Aspect, Confidence, Delta, Finding, Mode, Principle, Side, SurfaceKind,
};

use crate::principles::{Draft, Rule, Scene, called};

/// The rule.
pub static RULE: Rule = Rule {
    id: "services-changed-around-contract",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let contracts = scene.deltas().filter(|d| {
        let wire = matches!(d.surface.kind, SurfaceKind::Rpc | SurfaceKind::Message);
        wire && d.action != Action::Added && !matches!(d.aspect, Aspect::Default)
    });
    contracts
        .filter_map(|d| finding(scene, d))
        .take(1)
        .collect()
}

fn finding(scene: &Scene<'_>, delta: &Delta) -> Option<Finding> {
    // A break on the same surface says more than this could.
    if scene
        .breaks
        .iter()
        .any(|b| b.delta.surface == delta.surface)
    {
        return None;
    }
    let at_head = |a: &&Access| {
        a.surface == delta.head_surface && a.confidence == Confidence::High && is_changed(scene, a)
    };
    let accesses: Vec<&Access> = scene
        .case
        .head
        .linked
        .accesses
        .iter()
        .filter(at_head)
        .collect();
    let (first, second) = pair(scene, &accesses)?;
    let draft = Draft::of(&RULE, delta, "the contract between them")
        .title(format!(
            "two services change around {} in one change",
            called(delta)
        ))
        .access(Side::Head, first)
        .access(Side::Head, second)
        .safe_steps([
            "release 1: the contract and the side that accepts both forms".to_owned(),
            "wait until no node of it runs an older version".to_owned(),
            "release 2: the other side".to_owned(),
        ]);
    Some(draft.ask(
        format!(
            "Do both services work with the other side old or new, as far as {} goes?",
            called(delta)
        ),
        "the line of each side that accepts the other form",
    ))
}

fn is_changed(scene: &Scene<'_>, access: &Access) -> bool {
    scene
        .case
        .changed
        .iter()
        .any(|c| c.path == *access.place.path)
}

/// Returns a giving and a taking side that no service owns both of.
fn pair<'a>(scene: &Scene<'_>, accesses: &[&'a Access]) -> Option<(&'a Access, &'a Access)> {
    let owners = |a: &Access| -> BTreeSet<String> {
        scene
            .case
            .owners
            .get(&*a.place.path)
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    };
    let gives = |a: &Access| matches!(a.mode, Mode::Serves | Mode::Writes { .. } | Mode::Publishes);
    for &first in accesses.iter().filter(|a| gives(a)) {
        for &second in accesses.iter().filter(|a| !gives(a)) {
            let (one, other) = (owners(first), owners(second));
            if !one.is_empty() && !other.is_empty() && one.is_disjoint(&other) {
                return Some((first, second));
            }
        }
    }
    None
}
