#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::order::saga;
use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::each_step;
use crate::language::{Span, StepKind, Workflow};

/// The rule.
pub static RULE: Rule = Rule {
    id: "step-without-undo",
    group: Group::Workflows,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for workflow in &scene.design().workflows {
        let steps = saga(scene, workflow);
        let taken_back = taken_back(workflow);
        for step in steps.iter().filter(|s| !s.effects.is_empty()) {
            let handlers: Vec<Span> = step.handlers.iter().map(|h| h.span).collect();
            let later = steps.iter().find(|later| {
                later.message != step.message
                    && !later.rejections.is_empty()
                    && scene.needs(workflow, later.message, &handlers)
            });
            let Some(later) = later else {
                continue;
            };
            if taken_back.contains(step.message)
                || undone_by_hand(scene, workflow, &handlers, step.message)
            {
                continue;
            }
            let mut draft = scene
                .fail(&RULE, step.sent, "taken back by nothing")
                .title(format!("{} is done before {} can be rejected, and nothing takes it back", step.message, later.message))
                .why(format!("where {} is rejected, what {} did stays for ever: stock that is held for nobody, money that is kept", later.message, step.message));
            if let Some(effect) = step.effects.first() {
                draft = draft.beside(effect.step.span, "done here");
            }
            findings.push(draft.beside(later.sent, "may be rejected").steps([
                format!("add `undo {} by MESSAGE` to `compensate`, and handle that message", step.message),
                "let it leave a mark (a tombstone), so that a step that comes late does nothing".to_owned(),
            ]));
        }
    }
    findings
}

/// The steps that the compensation, or any other step, undoes.
fn taken_back(workflow: &Workflow) -> BTreeSet<&str> {
    let mut undone = BTreeSet::new();
    each_step(workflow, &mut |step| {
        if let StepKind::Undo { step, .. } = &step.kind {
            undone.insert(step.text.as_str());
        }
    });
    undone
}

/// Whether the coordinator sends the service of the step another message: it may take the step back without `undo`.
fn undone_by_hand(
    scene: &Scene<'_>,
    workflow: &Workflow,
    handlers: &[Span],
    message: &str,
) -> bool {
    let services: Vec<&str> = workflow
        .handlers
        .iter()
        .filter(|h| handlers.contains(&h.span))
        .map(|h| h.at.text.as_str())
        .collect();
    scene.sends().any(|sent| {
        let own = sent.done.workflow.span == workflow.span
            && matches!(sent.done.step.kind, StepKind::Send { .. });
        own && sent.message.text != message
            && scene
                .handlers_of(&sent.message.text)
                .any(|h| services.contains(&h.at.text.as_str()))
    })
}
