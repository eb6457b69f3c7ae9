//! Who sends what to whom, and over which channel.

use std::collections::BTreeSet;

use crate::check::Scene;
use crate::language::{Channel, Span, StepKind, Trigger, Verb};

/// A message from one part of the design to others.
#[derive(Debug)]
pub(super) struct Flow<'a> {
    /// The message.
    pub(super) message: &'a str,
    /// The service or provider that sends it.
    pub(super) from: &'a str,
    /// The services that handle it; empty where it is the answer to the caller.
    pub(super) to: Vec<&'a str>,
    /// The channels that it may go over.
    pub(super) channels: Vec<&'a Channel>,
    /// Whether the step names the channel, or the channel the message.
    pub(super) is_stated: bool,
    /// Where the step names the message.
    pub(super) span: Span,
}

/// Returns every message that a step or a provider sends, in the order of the file.
pub(super) fn flows<'a>(scene: &Scene<'a>) -> Vec<Flow<'a>> {
    let mut flows: Vec<Flow<'a>> = Vec::new();
    for sent in scene.sends() {
        let is_answer = sent.verb == Verb::Reply
            && sent
                .done
                .handler
                .is_some_and(|h| matches!(h.trigger, Trigger::Start(_)));
        let message = sent.message.text.as_str();
        let channels = match is_answer {
            true => Vec::new(),
            false => scene.routes(&sent),
        };
        flows.push(Flow {
            message,
            from: sent.done.at,
            to: match is_answer {
                true => Vec::new(),
                false => receivers(scene, message),
            },
            is_stated: sent.via.is_some()
                || channels
                    .iter()
                    .all(|c| c.carries.iter().any(|m| m == message)),
            channels,
            span: sent.message.span,
        });
    }
    for external in &scene.design().externals {
        for webhook in external.operations.iter().flat_map(|o| &o.webhooks) {
            let message = webhook.message.text.as_str();
            flows.push(Flow {
                message,
                from: &external.name.text,
                to: match &webhook.to {
                    Some(to) => vec![to.text.as_str()],
                    None => receivers(scene, message),
                },
                channels: Vec::new(),
                is_stated: true,
                span: webhook.message.span,
            });
        }
    }
    flows.sort_by_key(|f| f.span);
    flows
}

/// Returns the services that handle a message.
fn receivers<'a>(scene: &Scene<'a>, message: &str) -> Vec<&'a str> {
    let mut services: Vec<&str> = Vec::new();
    for handler in scene.handlers_of(message) {
        if !services.contains(&handler.at.text.as_str()) {
            services.push(&handler.at.text);
        }
    }
    services
}

/// Something that is called and waited for: by whom, whose, what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge<'a> {
    /// The service that waits.
    pub(super) from: &'a str,
    /// The service or provider that is called.
    pub(super) to: &'a str,
    /// The api or the operation.
    pub(super) operation: &'a str,
}

/// Returns every call that is waited for, once.
pub(super) fn calls<'a>(scene: &Scene<'a>) -> BTreeSet<Edge<'a>> {
    let mut edges = BTreeSet::new();
    for service in &scene.design().services {
        for callee in service.apis.iter().flat_map(|a| &a.calls) {
            edges.insert(Edge {
                from: &service.name.text,
                to: &callee.owner.text,
                operation: &callee.operation.text,
            });
        }
    }
    for done in &scene.done {
        if let StepKind::Call(call) = &done.step.kind {
            let edge = |operation| Edge {
                from: done.at,
                to: &call.callee.owner.text,
                operation,
            };
            edges.insert(edge(call.callee.operation.text.as_str()));
            let asked = call.unknown.as_ref().filter(|asked| {
                scene
                    .scope
                    .operation(&call.callee.owner.text, &asked.text)
                    .is_some()
            });
            edges.extend(asked.map(|asked| edge(asked.text.as_str())));
        }
    }
    edges
}
