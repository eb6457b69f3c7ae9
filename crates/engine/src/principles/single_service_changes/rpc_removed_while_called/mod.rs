#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Finding, Principle, SurfaceKind};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "rpc-removed-while-called",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let removed = scene.old_code_breaks().filter(|b| {
        b.delta.surface.kind == SurfaceKind::Rpc
            && (b.delta.aspect, b.delta.action) == (Aspect::Existence, Action::Removed)
    });
    let found = removed.filter_map(|b| {
        let (rpc, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!("{rpc} is removed while {version} still calls it"),
            label: "removed here",
            asks: format!("Does any process that runs now call {rpc}?"),
            safe_steps: vec![
                format!("release 1: clients stop calling {rpc}"),
                "wait until no client runs an older version and none will be rolled back to"
                    .to_owned(),
                format!("release 2: remove {rpc}"),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}
