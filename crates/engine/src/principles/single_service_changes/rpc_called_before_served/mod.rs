#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Finding, Principle, SurfaceKind};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "rpc-called-before-served",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let added = scene.new_code_breaks().filter(|b| {
        // A client that is only made calls nothing yet: the methods speak for a service that is new.
        b.delta.surface.kind == SurfaceKind::Rpc
            && b.delta.element.is_some()
            && (b.delta.aspect, b.delta.action) == (Aspect::Existence, Action::Added)
    });
    let found = added.filter_map(|b| {
        let (rpc, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!("{rpc} is added and called in one change; a server that still runs the old version does not know it"),
            label: "added here",
            asks: format!("What does {version} do when {rpc} is answered with UNIMPLEMENTED?"),
            safe_steps: vec![
                format!("release 1: servers answer {rpc}"),
                "wait until no server runs an older version and none will be rolled back to".to_owned(),
                format!("release 2: clients call {rpc}, or a flag that was off turns the call on"),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}
