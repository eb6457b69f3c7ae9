#![doc = include_str!("page.md")]

use coexist_model::{Finding, Principle, Side};

use super::steering::{Steering, SteeringKind, decision, steering};
use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "several-meanings",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let all = steering(scene.comparison, &scene.case.head);
    let selectors = all.iter().filter(|s| s.kind == SteeringKind::Selector);
    selectors.filter_map(|s| finding(scene, s)).collect()
}

fn finding(scene: &Scene<'_>, selector: &Steering) -> Option<Finding> {
    let head = &scene.case.head;
    let decision = decision(head, selector)?;
    let (service, method) = &selector.operation;
    let name = format!("{}.{}", selector.request, selector.element);
    let draft = Draft::at(
        &RULE,
        Side::Head,
        &selector.added.place,
        "several operations in one",
    )
    .about(service, Some(&method.name))
    .title(format!(
        "the new operation {service}/{} means one of several things, by {name}",
        method.name
    ))
    .access(Side::Head, decision)
    .safe_steps([
        "give each meaning an operation of its own, with a request that holds what it needs"
            .to_owned(),
    ]);
    Some(draft.ask(
        format!("Do the values of {name} name different operations?"),
        "the branches of the handler",
    ))
}
