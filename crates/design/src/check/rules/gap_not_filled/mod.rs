#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "gap-not-filled",
    group: Group::Signals,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let gaps = scene.design().gaps.iter();
    gaps.map(|span| {
        scene
            .warn(&RULE, *span, "not known yet")
            .title(format!(
                "line {} holds a TODO",
                scene.file.place(span.range()).line
            ))
            .why("what is not known is not checked, and not proved")
            .steps(["ask who knows, and write it down"])
    })
    .collect()
}
