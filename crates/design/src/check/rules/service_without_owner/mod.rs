#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "service-without-owner",
    group: Group::Ownership,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        let missing: Vec<&str> = [
            ("a team", &service.team),
            ("anyone on call", &service.oncall),
        ]
        .into_iter()
        .filter(|(_, name)| name.is_none())
        .map(|(what, _)| what)
        .collect();
        if missing.is_empty() {
            continue;
        }
        findings.push(
            scene
                .fail(&RULE, service.name.span, "nobody owns all of this")
                .title(format!("{} is without {}", service.name, missing.join(" and without ")))
                .why("a service that nobody owns is repaired by nobody, and its contracts are changed by anybody")
                .steps(["add `team NAME` and `oncall NAME` to the service"]),
        );
    }
    findings
}
