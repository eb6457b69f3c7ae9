#![doc = include_str!("page.md")]

use coexist_model::{Aspect, Finding, Principle, SurfaceKind};

use crate::principles::{Rule, Scene, Words, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "rpc-path-changed",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let moved = scene.wire_breaks(|b| {
        b.delta.surface.kind == SurfaceKind::Rpc
            && b.delta.element.is_none()
            && b.delta.aspect == Aspect::Identity
    });
    let found = moved.into_iter().filter_map(|b| {
        let (old, new) = (&b.delta.surface, &b.delta.head_surface);
        let words = Words {
            title: format!("the service {old} becomes {new}, and {} calls it by the name the other side does not know", b.version),
            label: "the path changes here",
            asks: format!("Does any process of another version call {old} or {new}?"),
            safe_steps: vec![
                format!("release 1: servers answer under {old} and under {new}"),
                "wait until no server runs an older version and none will be rolled back to".to_owned(),
                format!("release 2: clients call {new}"),
                "wait until no client runs an older version".to_owned(),
                format!("release 3: servers stop answering under {old}"),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}
