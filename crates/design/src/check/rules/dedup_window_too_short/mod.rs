#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::{Horizon, Scene};
use crate::check::{Group, Rule};
use crate::language::{Channel, Keep, Millis, Service, Span, Spanned};

/// The rule.
pub static RULE: Rule = Rule {
    id: "dedup-window-too-short",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        for store in &service.stores {
            let Some((Keep::For(kept), span)) = store
                .inbox
                .as_ref()
                .and_then(|i| i.keep)
                .map(|k| (k.value, k.span))
            else {
                continue;
            };
            let channels = inbound(scene, service);
            let Some((channel, why, until)) = channels.iter().find_map(|c| outlives(c, kept))
            else {
                continue;
            };
            findings.push(
                scene
                    .fail(&RULE, span, "forgotten after that")
                    .title(format!("{} forgets handled messages after {kept}, and {} {why}", service.name, channel.name))
                    .why("a message that comes again after it was forgotten is handled a second time")
                    .beside(until, "comes again until then")
                    .steps(["keep the inbox longer than the longest redelivery: retries, replay of dead letters, and what the channel keeps"]),
            );
        }
    }
    findings
}

/// The channels over which messages come to a service.
fn inbound<'a>(scene: &Scene<'a>, service: &Service) -> Vec<&'a Channel> {
    let handlers = scene.design().workflows.iter().flat_map(|w| &w.handlers);
    handlers
        .filter(|h| h.at == service.name.text)
        .flat_map(|h| scene.inbound(h))
        .collect()
}

/// Returns how a channel delivers a message again after that time.
fn outlives(channel: &Channel, kept: Millis) -> Option<(&Channel, String, Span)> {
    let dead = channel.dead_letter.as_ref().and_then(|d| d.keep);
    for (keep, what) in [(channel.keep, "keeps them"), (dead, "replays dead letters")] {
        if let Some(Spanned {
            value: Keep::For(keep),
            span,
        }) = keep
            && keep > kept
        {
            return Some((channel, format!("{what} for {keep}"), span));
        }
    }
    match channel.horizon() {
        Horizon::For(horizon) if horizon > kept => Some((
            channel,
            format!("delivers them again for {horizon}"),
            channel.retry.as_ref()?.span,
        )),
        Horizon::Endless => Some((
            channel,
            "delivers them again for ever".to_owned(),
            channel.retry.as_ref()?.span,
        )),
        _ => None,
    }
}
