#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{Redelivery, Times};

/// The rule.
pub static RULE: Rule = Rule {
    id: "poisoned-message-dropped",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for channel in &scene.design().channels {
        let bounded = matches!(
            channel.retry,
            Some(Redelivery {
                times: Times::Count(_),
                ..
            })
        );
        let draft = match &channel.dead_letter {
            Some(dead) if dead.queue.is_none() && bounded => {
                scene.fail(&RULE, dead.span, "dropped").title(format!(
                    "{} drops a message after its last delivery",
                    channel.name
                ))
            }
            None if bounded => scene
                .warn(&RULE, channel.name.span, "and then?")
                .title(format!(
                    "nothing says what {} does with a message after its last delivery",
                    channel.name
                )),
            _ => continue,
        };
        findings.push(
            draft
                .why("a message that fails for a reason that can be mended is gone, and nobody knows that there was one")
                .steps(["add `dead-letter QUEUE`", "and `signal dead-letters page 1`: a dead letter is somebody's order"]),
        );
    }
    findings
}
