#![doc = include_str!("page.md")]

use coexist_model::{Finding, Mode, Principle, SurfaceKind};

use crate::principles::{Rule, Scene, Words, called, from_break};
use crate::rollout::Break;

/// The rule.
pub static RULE: Rule = Rule {
    id: "stored-message-changed",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let stored = scene.wire_breaks(|b| b.delta.surface.kind == SurfaceKind::Message && waits(b));
    let found = stored.into_iter().filter_map(|b| {
        let (field, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!("{field} changes in a message that waits in a store or queue, and {version} meets the other form"),
            label: "changed here",
            asks: format!("What does {version} do with a stored message whose {field} has the other form?"),
            safe_steps: vec![
                format!("release 1: readers accept {field} in both forms"),
                "wait until no node runs an older version and none will be rolled back to".to_owned(),
                "release 2: writers write the new form".to_owned(),
                "wait until nothing in the old form is stored or queued".to_owned(),
                "release 3: readers drop the old form".to_owned(),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}

fn waits(broken: &Break<'_>) -> bool {
    broken.hits.iter().any(|h| {
        h.access.mode == Mode::Consumes || h.other.is_some_and(|(_, a)| a.mode == Mode::Publishes)
    })
}
