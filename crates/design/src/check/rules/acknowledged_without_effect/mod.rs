#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::Acknowledge;

/// The rule.
pub static RULE: Rule = Rule {
    id: "acknowledged-without-effect",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let design = scene.design();
    let services = design.services.iter().map(|s| (&s.name, s.acknowledges));
    let channels = design.channels.iter().map(|c| (&c.name, c.acknowledges));
    let handlers = design
        .workflows
        .iter()
        .flat_map(|w| &w.handlers)
        .map(|h| (&h.at, h.acknowledges));
    let mut findings = Vec::new();
    for (name, ack) in services.chain(channels).chain(handlers) {
        let Some(ack) = ack else {
            continue;
        };
        let (what, why) = match ack.value {
            Acknowledge::After => continue,
            Acknowledge::Before => (
                "before their effect",
                "a crash in between loses the message: the broker counts it as handled",
            ),
            Acknowledge::Auto => (
                "as soon as they are delivered",
                "a crash while a message is handled loses it: the library told the broker that it was done",
            ),
            Acknowledge::OnFailure => (
                "also when handling them failed",
                "a fault that would pass loses the message instead of trying it again",
            ),
        };
        findings.push(
            scene
                .fail(&RULE, ack.span, "acknowledged too early")
                .title(format!("messages at {name} are acknowledged {what}"))
                .why(why)
                .steps([
                    "acknowledge when the effect is committed: `ack after`",
                    "what cannot be handled at all goes to the dead letters after its retries",
                ]),
        );
    }
    findings
}
