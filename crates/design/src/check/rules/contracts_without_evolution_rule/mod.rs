#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "contracts-without-evolution-rule",
    group: Group::Contracts,
    page: include_str!("page.md"),
    check,
};

const WHY: &str = "contracts change; without a rule that something holds them to, the first change that breaks a reader is found in production";

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let design = scene.design();
    let contracts = design
        .services
        .iter()
        .any(|s| !s.publishes.is_empty() || !s.accepts.is_empty() || !s.apis.is_empty());
    let steps = ["add `evolve backward-transitive, checked-by \"…\"`"];
    match &design.evolution {
        None if contracts => vec![
            scene
                .fail(&RULE, design.name.span, "no `evolve`")
                .title("nothing says how contracts may change")
                .why(WHY)
                .steps(steps),
        ],
        Some(evolution) if evolution.checked_by.is_none() => vec![
            scene
                .warn(&RULE, evolution.span, "checked by nobody")
                .title(format!("nothing holds contracts to {}", evolution.rule))
                .why(WHY)
                .steps(steps),
        ],
        _ => Vec::new(),
    }
}
