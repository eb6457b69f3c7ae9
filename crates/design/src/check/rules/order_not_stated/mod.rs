#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "order-not-stated",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let silent = scene
        .design()
        .channels
        .iter()
        .filter(|c| c.ordering.is_none());
    silent
        .filter(|c| !scene.design().gaps.iter().any(|g| c.span.start <= g.start && g.end <= c.span.end))
        .map(|c| {
            let draft = scene.fail(&RULE, c.name.span, "in which order?");
            let draft = draft.title(format!("nothing says in which order {} delivers", c.name));
            draft
                .why("consumers are written for an order that somebody remembers, until a retry or a second partition changes it")
                .steps(["write `ordered by KEY` where the broker keeps the order of a key, else `unordered`"])
        })
        .collect()
}
