#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::order::saga;
use crate::check::scene::{Scene, answers};
use crate::check::{Group, Rule};
use crate::language::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "irreversible-before-pivot",
    group: Group::Workflows,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for workflow in &scene.design().workflows {
        let steps = saga(scene, workflow);
        for irreversible in &workflow.irreversible {
            let name = irreversible.step.text.as_str();
            let handlers = |message: &str| -> Vec<Span> {
                workflow
                    .handlers
                    .iter()
                    .filter(|h| answers(h, message))
                    .map(|h| h.span)
                    .collect()
            };
            let before_its_turn = irreversible.after.as_ref().filter(|after| {
                let sent = scene.scope.messages().sent.contains(name);
                sent && !after.is_gap() && !scene.needs(workflow, name, &handlers(&after.text))
            });
            let own = handlers(name);
            let rejected_later = steps.iter().find(|s| {
                s.message != name
                    && !s.rejections.is_empty()
                    && scene.needs(workflow, s.message, &own)
            });
            let (span, title) = match (before_its_turn, rejected_later) {
                (Some(after), _) => (
                    irreversible.span,
                    format!(
                        "{name} cannot be taken back, and may be sent before {after} was handled"
                    ),
                ),
                (None, Some(later)) => (
                    later.sent,
                    format!(
                        "{name} cannot be taken back, and {}, which may be rejected, comes after it",
                        later.message
                    ),
                ),
                (None, None) => continue,
            };
            findings.push(
                scene
                    .fail(&RULE, span, "too early")
                    .title(title)
                    .why("a step that cannot be taken back comes last: where a later one is rejected, the parcel is on its way and the money is not there")
                    .beside(irreversible.step.span, "cannot be taken back")
                    .steps([format!("send {name} when the last step that can be rejected has succeeded")]),
            );
        }
    }
    findings
}
