#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{Delivery, Spanned};

/// The rule.
pub static RULE: Rule = Rule {
    id: "exactly-once-assumed",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for channel in &scene.design().channels {
        match channel.delivery {
            Some(Spanned { value: Delivery::ExactlyOnce, span }) => findings.push(
                scene
                    .fail(&RULE, span, "not across two systems")
                    .title(format!("{} claims to deliver exactly once", channel.name))
                    .why("between the effect in the consumer's store and the acknowledgement to the broker a crash can always come: the message is delivered again, or never")
                    .steps(["write `at-least-once`", "and make the consumer idempotent: `inbox by message_id keep 30d`"]),
            ),
            Some(Spanned { value: Delivery::AtMostOnce, span }) => findings.push(
                scene
                    .warn(&RULE, span, "may be lost")
                    .title(format!("{} may lose messages", channel.name))
                    .why("a workflow that waits for a lost message stands still, unless something else repairs it")
                    .steps(["write `at-least-once`, unless each message replaces the one before"]),
            ),
            _ => {}
        }
    }
    findings
}
