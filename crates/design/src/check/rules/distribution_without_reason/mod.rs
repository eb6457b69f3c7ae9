#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "distribution-without-reason",
    group: Group::Ownership,
    page: include_str!("page.md"),
    check,
};

/// Constraints that only several services meet.
pub const REASONS: &[&str] = &[
    "team-ownership",
    "release-independence",
    "scaling-asymmetry",
    "fault-isolation",
    "compliance",
    "tenancy-isolation",
    "long-running-work",
    "bursty-work",
];

/// Reasons that need more than one team.
const OF_TEAMS: &[&str] = &["team-ownership", "release-independence"];

const WHY: &str = "every boundary between services costs: calls fail, messages come twice, data differs for a while; without a constraint that needs it, a modular monolith does the same for less";

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let design = scene.design();
    if design.services.len() < 2 {
        return Vec::new();
    }
    if design.justifications.is_empty() {
        return vec![
            scene
                .fail(
                    &RULE,
                    design.name.span,
                    "nothing says why it is distributed",
                )
                .title(format!(
                    "{} is split into {} services, and nothing says why",
                    design.name,
                    design.services.len()
                ))
                .why(WHY)
                .steps(STEPS),
        ];
    }
    let mut findings = of_one_team(scene);
    for one in design.justifications.iter().filter(|j| !j.reason.is_gap()) {
        let known = REASONS.contains(&one.reason.text.as_str());
        if !known || one.evidence.is_none() {
            let what = match known {
                true => format!("the justification {} names no evidence", one.reason),
                false => format!(
                    "{} is no constraint that needs several services",
                    one.reason
                ),
            };
            let draft = scene
                .warn(&RULE, one.span, "this reason")
                .title(what)
                .why(WHY);
            findings.push(
                draft.steps([
                    format!("name one of {}", REASONS.join(", ")),
                    "add `evidence PATH`: the measurement, the rule or the decision that shows it"
                        .to_owned(),
                ]),
            );
        }
    }
    if design.rejected.is_empty() {
        let draft = scene.warn(&RULE, design.name.span, "no alternative was rejected");
        findings.push(
            draft
                .title("the design does not say why a modular monolith was rejected")
                .why(WHY)
                .steps(["add `rejected modular-monolith \"…\"`"]),
        );
    }
    findings
}

/// Teams are no reason where there is one.
fn of_one_team(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let design = scene.design();
    let teams: Option<BTreeSet<&str>> = design
        .services
        .iter()
        .map(|s| {
            s.team
                .as_ref()
                .filter(|t| !t.is_gap())
                .map(|t| t.text.as_str())
        })
        .collect();
    let only_teams = design
        .justifications
        .iter()
        .all(|j| OF_TEAMS.contains(&j.reason.text.as_str()));
    match (teams, design.justifications.first()) {
        (Some(teams), Some(first)) if teams.len() == 1 && only_teams => vec![
            scene
                .fail(&RULE, first.span, "this needs several teams")
                .title(format!(
                    "{} is split for its teams, and one team owns all of it",
                    design.name
                ))
                .why(WHY)
                .steps(STEPS),
        ],
        _ => Vec::new(),
    }
}

const STEPS: [&str; 2] = [
    "build one deployable with modules, each with its own tables and interface: a modular monolith",
    "or state the constraint that needs several services: `justify scaling-asymmetry \"…\" evidence PATH`",
];
