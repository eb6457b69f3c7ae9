#![doc = include_str!("page.md")]

use coexist_model::{Action, Finding, Mode, Principle, SurfaceKind};

use crate::principles::{Rule, Scene, Words, called, from_break};
use crate::rollout::Break;

/// The rule.
pub static RULE: Rule = Rule {
    id: "oneof-member-before-reader",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

/// Returns whether a break is a decision over the members of a oneof.
pub(super) fn is_decision(broken: &Break<'_>) -> bool {
    broken.delta.surface.kind == SurfaceKind::Message
        && matches!(broken.hits[0].access.mode, Mode::Matches { .. })
}

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let members = scene.wire_breaks(is_decision);
    let found = members.into_iter().filter_map(|b| {
        let (member, version) = (called(b.delta), b.version);
        let verb = if b.delta.action == Action::Removed {
            "still sent by the old version"
        } else {
            "sent by this change"
        };
        let words = Words {
            title: format!("{member} is {verb}, and {version} rejects it when it reads it"),
            label: "the member changes here",
            asks: format!("What does {version} do when it reads {member}?"),
            safe_steps: vec![
                format!("release 1: every reader accepts {member}"),
                "wait until no node runs an older version and none will be rolled back to"
                    .to_owned(),
                format!("release 2: writers start to send {member}"),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}
