#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "data-without-truth",
    group: Group::Consistency,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let truths = &scene.design().truths;
    let mut findings = Vec::new();
    for service in &scene.design().services {
        let mut tables = service.stores.iter().flat_map(|s| &s.tables).peekable();
        let Some(first) = tables.peek().map(|t| t.name.span) else {
            continue;
        };
        if tables.any(|t| truths.iter().any(|truth| truth.table == t.name.text)) {
            continue;
        }
        findings.push(
            scene
                .warn(&RULE, first, "how near to the truth?")
                .title(format!("nothing says how consistent the data of {} is, and where its truth is", service.name))
                .why("copies differ for a while; who reads them has to know for how long, and which one counts")
                .steps(["add `truth TABLE at SERVICE eventual 15m reconcile NAME`, or `strong because \"…\"`"]),
        );
    }
    for truth in truths.iter().filter(|t| t.consistency.is_none()) {
        findings.push(
            scene
                .warn(&RULE, truth.span, "strong or eventual?")
                .title(format!("nothing says how consistent {} is", truth.table))
                .why("copies differ for a while; who reads them has to know for how long, and which one counts")
                .steps(["add `eventual 15m reconcile NAME`, or `strong because \"…\"`"]),
        );
    }
    findings
}
