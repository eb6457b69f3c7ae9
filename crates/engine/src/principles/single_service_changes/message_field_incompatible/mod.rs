#![doc = include_str!("page.md")]

use coexist_model::{Aspect, Finding, Principle, SurfaceKind};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "message-field-incompatible",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let fields = scene.wire_breaks(|b| {
        b.delta.surface.kind == SurfaceKind::Message
            && !is_stored(b)
            && b.delta.aspect != Aspect::Identity
    });
    let found = fields.into_iter().filter_map(|b| {
        let (field, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!("{field} changes so that {version} does not understand what the other version sends"),
            label: "changed here",
            asks: format!("What does {version} do when {field} is missing or has the other form?"),
            safe_steps: vec![
                format!("release 1: add a second field beside {field}; writers fill both, readers accept either"),
                "wait until no node runs an older version and none will be rolled back to".to_owned(),
                "release 2: readers use the second field only".to_owned(),
                format!("release 3: writers stop filling {field}; reserve its number and name"),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}

/// Returns whether the message is read from or put where it waits: that is the matter of principle 1.
fn is_stored(broken: &crate::rollout::Break<'_>) -> bool {
    use coexist_model::Mode;
    broken.hits.iter().any(|h| {
        h.access.mode == Mode::Consumes || h.other.is_some_and(|(_, a)| a.mode == Mode::Publishes)
    })
}
