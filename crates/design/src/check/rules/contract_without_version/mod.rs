#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "contract-without-version",
    group: Group::Contracts,
    page: include_str!("page.md"),
    check,
};

const WHY: &str = "old and new versions of both sides meet during every rollout, and without a version neither can tell what it reads";
const STEPS: [&str; 1] = ["write the version behind the name: `publishes OrderPlaced v1`"];

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        let messages = service.publishes.iter().chain(&service.accepts);
        let contracts = messages.map(|c| (&c.message, c.version.is_some()));
        let apis = service.apis.iter().map(|a| (&a.name, a.version.is_some()));
        for (name, _) in contracts
            .chain(apis)
            .filter(|(name, versioned)| !versioned && !name.is_gap())
        {
            findings.push(
                scene
                    .fail(&RULE, name.span, "no version")
                    .title(format!(
                        "the contract {name} of {} has no version",
                        service.name
                    ))
                    .why(WHY)
                    .steps(STEPS),
            );
        }
    }
    findings.extend(undeclared(scene));
    findings.extend(externals(scene));
    findings
}

/// Messages that are sent and handled, and that no service declares.
fn undeclared(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut told = BTreeSet::new();
    let declared = &scene.scope.messages().declared;
    let sends = scene.sends().filter(|s| !s.message.is_gap());
    sends
        .filter(|s| {
            !declared.contains(s.message.text.as_str()) && told.insert(s.message.text.as_str())
        })
        .map(|s| {
            let draft = scene.fail(&RULE, s.message.span, "no contract");
            let draft = draft.title(format!(
                "{} sends {}, and no service declares its contract",
                s.done.at, s.message
            ));
            draft.why(WHY).steps([format!(
                "add `publishes {} v1` to {}, or `accepts` to the service that handles it",
                s.message, s.done.at
            )])
        })
        .collect()
}

fn externals(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let without = scene
        .design()
        .externals
        .iter()
        .filter(|e| e.contract.is_none());
    without
        .map(|e| {
            let draft = scene.warn(&RULE, e.name.span, "no contract");
            let draft = draft.title(format!(
                "nothing says where the contract of {} is written down",
                e.name
            ));
            draft
                .why("what the provider promises decides what a repeated or lost call does")
                .steps(["add `contract ADDRESS`"])
        })
        .collect()
}
