#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::Consistency;

/// The rule.
pub static RULE: Rule = Rule {
    id: "strong-without-reason",
    group: Group::Consistency,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for truth in &scene.design().truths {
        if let Some(Consistency::Strong {
            because: None,
            span,
        }) = &truth.consistency
        {
            findings.push(
                scene
                    .fail(&RULE, *span, "why?")
                    .title(format!("{} is strongly consistent, and nothing says why", truth.table))
                    .why("strong consistency is paid for with waiting and with outages; most data does well without it")
                    .steps(["add `because \"…\"`: what goes wrong for the business when it lags", "or make it `eventual 15m reconcile NAME`"]),
            );
        }
    }
    findings
}
