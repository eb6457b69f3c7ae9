#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "compensation-not-tested",
    group: Group::Workflows,
    page: include_str!("page.md"),
    check,
};

const WHY: &str = "a compensation runs on the worst days only: what is not tested and not written down fails then, and nobody can tell what was taken back";

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    let envelope = scene.design().envelope.as_ref();
    let audited =
        envelope.is_some_and(|e| e.fields.iter().any(|f| *f == "causation_id" || f.is_gap()));
    for workflow in &scene.design().workflows {
        let Some(compensation) = &workflow.compensation else {
            continue;
        };
        // The word, and not its block.
        let word = Span::new(
            compensation.span.start,
            compensation.span.start + "compensate".len(),
        );
        if !workflow.tests.iter().any(|t| t.what == "compensate") {
            let draft = scene.fail(&RULE, word, "tested by nothing");
            let draft = draft
                .title(format!(
                    "no test runs the compensation of {}",
                    workflow.name
                ))
                .why(WHY);
            findings.push(
                draft.steps([
                    "add `tested-by compensate PATH`: a test that rejects each step in turn",
                ]),
            );
        }
        if !audited {
            let draft = scene.warn(&RULE, word, "written down nowhere");
            let draft = draft
                .title(format!(
                    "what the compensation of {} takes back cannot be traced to its cause",
                    workflow.name
                ))
                .why(WHY);
            findings.push(draft.steps([
                "put `causation_id` into the `envelope`, and into the rows that it writes",
            ]));
        }
    }
    findings
}
