//! What comes before what in a workflow, by who sends which message on which.

use std::collections::BTreeSet;

use crate::language::{Handler, Span, StepKind, Trigger, Workflow};

use super::scene::{Done, Scene, answers};

/// Returns whether some run sends the message while these handlers never run. Reconciliations are left out: they send what was sent before.
pub(super) fn is_sent(
    scene: &Scene<'_>,
    workflow: &Workflow,
    message: &str,
    without: &[Span],
) -> bool {
    let mut sent: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&Handler> = workflow
        .handlers
        .iter()
        .filter(|h| !without.contains(&h.span))
        .collect();
    let mut compensated = false;
    loop {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|h| match &h.trigger {
            Trigger::Start(_) | Trigger::Timeout(_) => true,
            Trigger::Messages(_) => sent.iter().any(|m| answers(h, m)),
        });
        if ready.is_empty() {
            return sent.contains(message);
        }
        waiting = rest;
        for handler in ready {
            for done in scene.steps_of(handler) {
                compensated |= matches!(done.step.kind, StepKind::Compensate);
                sent.extend(messages(done));
                sent.extend(webhooks(scene, done));
            }
        }
        if compensated {
            let compensation = scene
                .done
                .iter()
                .filter(|d| d.handler.is_none() && d.workflow.span == workflow.span);
            for done in compensation {
                sent.extend(messages(done));
            }
        }
    }
}

fn messages<'a>(done: &Done<'a>) -> Vec<&'a str> {
    match &done.step.kind {
        StepKind::Send { messages, .. } => messages.iter().map(|m| m.text.as_str()).collect(),
        StepKind::Undo { by, .. } => vec![&by.text],
        _ => Vec::new(),
    }
}

/// Returns the messages that a provider sends when the step calls it.
fn webhooks<'a>(scene: &Scene<'a>, done: &Done<'a>) -> Vec<&'a str> {
    let StepKind::Call(call) = &done.step.kind else {
        return Vec::new();
    };
    let operation = scene
        .scope
        .operation(&call.callee.owner.text, &call.callee.operation.text);
    let webhooks = operation.into_iter().flat_map(|o| &o.webhooks);
    webhooks.map(|w| w.message.text.as_str()).collect()
}

/// A step of a saga: a message that the coordinator sends, and who does something on it.
pub(super) struct SagaStep<'a, 's> {
    /// The message.
    pub(super) message: &'a str,
    /// Where it is first sent.
    pub(super) sent: Span,
    /// The handlers that do something on it at other services.
    pub(super) handlers: Vec<&'a Handler>,
    /// What in them changes something.
    pub(super) effects: Vec<&'s Done<'a>>,
    /// The replies on which the coordinator compensates.
    pub(super) rejections: Vec<&'a str>,
}

/// Returns the steps of a workflow, in the order in which they are written.
pub(super) fn saga<'a, 's>(scene: &'s Scene<'a>, workflow: &'a Workflow) -> Vec<SagaStep<'a, 's>> {
    let Some(coordinator) = &workflow.coordinator else {
        return Vec::new();
    };
    let mut steps: Vec<SagaStep<'a, 's>> = Vec::new();
    let from_coordinator = |done: &Done<'_>| {
        done.workflow.span == workflow.span && done.handler.is_some() && done.at == coordinator.text
    };
    for sent in scene.sends().filter(|s| from_coordinator(s.done)) {
        if steps.iter().any(|s| s.message == sent.message.text) {
            continue;
        }
        let handlers: Vec<&Handler> = workflow
            .handlers
            .iter()
            .filter(|h| answers(h, &sent.message.text) && h.at.text != coordinator.text)
            .collect();
        let inside = |done: &&Done<'_>| {
            done.handler
                .is_some_and(|h| handlers.iter().any(|o| o.span == h.span))
        };
        let effects = scene
            .done
            .iter()
            .filter(inside)
            .filter(|d| is_effect(scene, d))
            .collect();
        let replies = scene.sends().filter(|s| inside(&s.done));
        let rejections = replies
            .map(|s| s.message.text.as_str())
            .filter(|reply| compensates(scene, workflow, reply))
            .collect();
        steps.push(SagaStep {
            message: &sent.message.text,
            sent: sent.done.step.span,
            handlers,
            effects,
            rejections,
        });
    }
    steps
}

/// Whether a step leaves something behind: it changes a table, or calls what is not read only.
pub(super) fn is_effect(scene: &Scene<'_>, done: &Done<'_>) -> bool {
    match &done.step.kind {
        StepKind::Assign { .. } | StepKind::Upsert { .. } => true,
        StepKind::Call(call) => {
            let operation = scene
                .scope
                .operation(&call.callee.owner.text, &call.callee.operation.text);
            operation.is_some_and(|o| !o.read_only)
        }
        _ => false,
    }
}

/// Whether the coordinator compensates when it gets the message.
fn compensates(scene: &Scene<'_>, workflow: &Workflow, message: &str) -> bool {
    let handlers = workflow.handlers.iter().filter(|h| answers(h, message));
    handlers
        .flat_map(|h| scene.steps_of(h))
        .any(|d| matches!(d.step.kind, StepKind::Compensate))
}
