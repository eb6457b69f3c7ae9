#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{Finding, Principle, Side};

use super::steering::{Steering, SteeringKind, decision, steering};
use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "bare-boolean",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

/// Booleans whose meaning is a convention: <https://google.aip.dev/163>, <https://google.aip.dev/134>, <https://google.aip.dev/135>.
const CONVENTIONS: &[&str] = &["validate_only", "allow_missing", "force"];

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let all = steering(scene.comparison, &scene.case.head);
    let switches = all
        .iter()
        .filter(|s| s.kind == SteeringKind::Boolean && !CONVENTIONS.contains(&s.element.as_str()));
    switches
        .filter_map(|s| finding(scene, s))
        // One request is one question, however many switches it gets.
        .filter(|f| told.insert(f.surface.clone()))
        .collect()
}

fn finding(scene: &Scene<'_>, switch: &Steering) -> Option<Finding> {
    let decision = decision(&scene.case.head, switch)?;
    let (service, method) = &switch.operation;
    let name = format!("{}.{}", switch.request, switch.element);
    let draft = Draft::at(&RULE, Side::Head, &switch.added.place, "a switch")
        .about(&switch.request, Some(&switch.element))
        .title(format!(
            "{name} is a bare boolean that makes {service}/{} do one of two things",
            method.name
        ))
        .access(Side::Head, decision)
        .safe_steps([
            "give the second behaviour an operation of its own".to_owned(),
            "or make the field an enum with an UNSPECIFIED value of zero, so that a third way needs no second switch".to_owned(),
        ]);
    Some(draft.ask(
        format!("Is {name} plain data of the request, or does it choose between two behaviours?"),
        "the lines of the handler that run with it and without it",
    ))
}
