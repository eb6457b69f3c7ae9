#![doc = include_str!("page.md")]

use coexist_model::{Aspect, Finding, Principle, SurfaceKind};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "rpc-signature-changed",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let changed = scene.wire_breaks(|b| {
        b.delta.surface.kind == SurfaceKind::Rpc && b.delta.aspect == Aspect::Type
    });
    let found = changed.into_iter().filter_map(|b| {
        let (rpc, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!(
                "the signature of {rpc} changes while {version} calls it in the other form"
            ),
            label: "changed here",
            asks: format!("Do the old and the new messages of {rpc} carry the same bytes?"),
            safe_steps: vec![
                format!("release 1: servers also answer a new method in the new form; {rpc} stays"),
                "wait until no server runs an older version and none will be rolled back to"
                    .to_owned(),
                "release 2: clients call the new method".to_owned(),
                format!("release 3: when no older client runs, remove {rpc}"),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}
