#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::order::saga;
use crate::check::scene::{Done, Scene, answers};
use crate::check::{Group, Rule};
use crate::language::{Name, Span, Trigger, Workflow};

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
                (None, None) => match refusable(scene, workflow, name, &own) {
                    Some((call, asked)) => (
                        call.step.span,
                        format!(
                            "{name} cannot be taken back, and {asked}, which may be refused, comes after it"
                        ),
                    ),
                    None => continue,
                },
            };
            // What a refusal means for the step is told by the replies of a saga, not by a call alone.
            let draft = match before_its_turn.is_some() || rejected_later.is_some() {
                true => scene.fail(&RULE, span, "too early"),
                false => scene.warn(&RULE, span, "may be refused"),
            };
            findings.push(
                draft
                    .title(title)
                    .why("a step that cannot be taken back comes last: where a later one is rejected, the parcel is on its way and the money is not there")
                    .beside(irreversible.step.span, "cannot be taken back")
                    .steps([format!("send {name} when the last step that can be rejected has succeeded")]),
            );
        }
    }
    findings
}

/// Returns a call that an external system may refuse, in a handler that only runs behind the handlers of the step.
fn refusable<'a, 's>(
    scene: &'s Scene<'a>,
    workflow: &Workflow,
    name: &str,
    own: &[Span],
) -> Option<(&'s Done<'a>, String)> {
    scene.effectful_calls().find_map(|(done, call, operation)| {
        let handler = done
            .handler
            .filter(|_| done.workflow.span == workflow.span)?;
        let Trigger::Messages(messages) = &handler.trigger else {
            return None;
        };
        let behind =
            |message: &Name| *message != *name && scene.needs(workflow, &message.text, own);
        let refused = operation.answers().len() > 1 && !own.contains(&handler.span);
        (refused && messages.iter().all(behind))
            .then(|| (done, format!("{}.{}", call.callee.owner, operation.name)))
    })
}
