#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "retry-not-stated",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let silent = scene.design().channels.iter().filter(|c| c.retry.is_none());
    silent
        .map(|c| {
            let draft = scene.warn(&RULE, c.name.span, "how often?");
            let draft = draft.title(format!("nothing says how often {} delivers a message again", c.name));
            draft
                .why("how long deduplication has to remember, and when somebody is woken, follows from it")
                .steps(["add `retry 8x 1s..1h`: how often, the first wait and the longest"])
        })
        .collect()
}
