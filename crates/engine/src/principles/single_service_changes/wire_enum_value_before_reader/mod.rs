#![doc = include_str!("page.md")]

use coexist_model::{Action, Finding, Principle, SurfaceKind};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "wire-enum-value-before-reader",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let values = scene.wire_breaks(|b| b.delta.surface.kind == SurfaceKind::Enum);
    let found = values.into_iter().filter_map(|b| {
        let (value, version) = (called(b.delta), b.version);
        let verb = if b.delta.action == Action::Removed {
            "still sent by the old version"
        } else {
            "sent by this change"
        };
        let words = Words {
            title: format!("{value} is {verb}, and {version} rejects it when it reads it"),
            label: "the value changes here",
            asks: format!("What does {version} do when it reads {value}?"),
            safe_steps: vec![
                format!("release 1: every reader accepts {value}"),
                "wait until no node runs an older version and none will be rolled back to"
                    .to_owned(),
                format!("release 2: writers start to send {value}"),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}
