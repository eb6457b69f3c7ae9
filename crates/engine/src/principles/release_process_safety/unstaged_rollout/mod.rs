#![doc = include_str!("page.md")]

use coexist_model::{Detail, Finding, Principle, Schema};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "unstaged-rollout",
    principle: Principle::ReleaseProcessSafety,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let broken = scene.breaks.iter().find(|b| b.is_certain());
    let Some(broken) = broken else {
        return Vec::new();
    };
    if scene.case.fleet.library || scene.case.head.linked.schemas.iter().any(is_staged) {
        return Vec::new();
    }
    let draft = Draft::at(
        &RULE,
        broken.delta.side,
        &broken.delta.place,
        "released like this",
    )
    .title("this change can break running code, and nothing here shows a staged rollout".to_owned())
    .safe_steps([
        "release to a few nodes, watch them, roll back once, and only then release everywhere"
            .to_owned(),
    ]);
    vec![draft.ask(
        "Does a release reach a few nodes first, and is it watched there?",
        "the line that sets the canary, the rolling update or the approval",
    )]
}

/// Returns whether a workload or pipeline goes out in steps or waits for healthy nodes.
fn is_staged(schema: &Schema) -> bool {
    let staged = [
        "canary",
        "canary-step",
        "analysis",
        "approval",
        "readiness-probe",
        "max-unavailable",
        "update-parallelism",
    ];
    schema.elements.iter().any(|e| {
        let sort = e.name.split('/').next().unwrap_or(&e.name);
        let rolling = sort == "strategy"
            && matches!(&e.detail, Detail::Setting { value } if value == "RollingUpdate");
        staged.contains(&sort) || rolling
    })
}
