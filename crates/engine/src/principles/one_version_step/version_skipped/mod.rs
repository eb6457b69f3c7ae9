#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Finding, Principle, Side};

use crate::principles::{Rule, Scene, Words, called, from_break};
use crate::rollout::Break;
use crate::{Facts, compare};

/// The rule.
pub static RULE: Rule = Rule {
    id: "version-skipped",
    principle: Principle::OneVersionStep,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let at_base: Vec<_> = scene
        .breaks
        .iter()
        .filter(|b| b.side == Side::Base)
        .map(|b| std::ptr::from_ref(b.delta))
        .collect();
    let survived_by_base = scene.breaks.iter().filter(|b| {
        b.side == Side::Deployed
            && !b.perhaps
            && !is_contract(b)
            && !at_base.contains(&std::ptr::from_ref(b.delta))
    });
    survived_by_base.filter_map(|b| finding(scene, b)).collect()
}

/// Returns whether something goes: that a contract step comes before its last reader has gone is a finding of its own.
fn is_contract(broken: &Break<'_>) -> bool {
    broken.delta.action == Action::Removed || broken.delta.aspect == Aspect::Identity
}

fn finding(scene: &Scene<'_>, broken: &Break<'_>) -> Option<Finding> {
    let (object, version) = (called(broken.delta), broken.version);
    let mut facts = scene.case.deployed.iter();
    let ahead = facts
        .find(|f| f.version == version)
        .map_or_else(|| "ahead".to_owned(), |deployed| distance(scene, deployed));
    let words = Words {
        title: format!(
            "base is {ahead} of {version}, which still runs: what base gets on with about {object}, {version} does not"
        ),
        label: "one step too far from what runs",
        asks: format!("Is base released, and is {version} gone, before this change is released?"),
        safe_steps: vec![
            "release what base holds".to_owned(),
            format!("wait until no node runs {version} and none will be rolled back to it"),
            "then release this change".to_owned(),
        ],
    };
    from_break(&RULE, broken, words)
}

/// Returns how far base is ahead of a version, as far as the stores that the change touches tell.
fn distance(scene: &Scene<'_>, deployed: &Facts) -> String {
    let between = compare(deployed, &scene.case.base, scene.forms);
    match between.pending.values().map(|p| p.migrations.len()).sum() {
        0usize => "ahead".to_owned(),
        1 => "1 migration ahead".to_owned(),
        many => format!("{many} migrations ahead"),
    }
}
