#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Finding, Principle, Side};

use crate::principles::{Rule, Scene, Words, called, contract, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "contract-before-deployed",
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
    let deployed = scene.breaks.iter().filter(|b| {
        b.side == Side::Deployed
            && !at_base.contains(&std::ptr::from_ref(b.delta))
            && (b.delta.action == Action::Removed || b.delta.aspect == Aspect::Identity)
    });
    let found = deployed.filter_map(|b| {
        let (object, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!(
                "{object} goes, but {version}, which still runs, uses it; base no longer does"
            ),
            label: "the contract step",
            asks: format!("Does {version} still run, or may it be rolled back to?"),
            safe_steps: contract(b),
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}
