#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Delta, Finding, Principle, Side};

use crate::Mention;
use crate::principles::{Draft, Rule, Scene, called, contract_of};

/// The rule.
pub static RULE: Rule = Rule {
    id: "contract-not-cleared",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    scene
        .case
        .mentions
        .iter()
        .filter_map(|mention| finding(scene, mention))
        .collect()
}

fn finding(scene: &Scene<'_>, mention: &Mention) -> Option<Finding> {
    // A name that goes may come back in the same change, for something else.
    let goes = |d: &Delta| d.action == Action::Removed || d.aspect == Aspect::Identity;
    let about = |d: &&Delta| {
        d.surface == mention.surface
            && d.element == mention.element
            && d.made_by.is_some()
            && goes(d)
    };
    let delta = scene.deltas().find(about)?;
    let pending = delta
        .made_by
        .as_ref()
        .and_then(|m| scene.comparison.pending.get(&m.set));
    if pending.is_some_and(|p| p.is_from_an_edit(delta)) {
        return None;
    }
    // A use that was resolved says more than a word.
    if scene
        .breaks
        .iter()
        .any(|b| std::ptr::eq(b.delta, delta) && b.side == Side::Base)
    {
        return None;
    }
    let (object, version) = (called(delta), scene.version(Side::Base));
    let draft = Draft::of(&RULE, delta, "goes here")
        .title(format!(
            "{object} goes, and {version} names a word like it in code that is not resolved"
        ))
        .related(Side::Base, &mention.place, "mentions")
        .safe_steps(contract_of(delta));
    Some(draft.ask(
        format!(
            "Does {version} use {object} at {}:{}?",
            mention.place.path, mention.place.line
        ),
        format!(
            "the line near {}:{} that shows which object it is",
            mention.place.path, mention.place.line
        ),
    ))
}
