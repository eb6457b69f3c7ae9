#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::Mark;

/// The rule.
pub static RULE: Rule = Rule {
    id: "inbox-outside-transaction",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        for inbox in service.stores.iter().filter_map(|s| s.inbox.as_ref()) {
            let (what, why) = match inbox.mark.value {
                Mark::WithEffect => continue,
                Mark::SeparateTransaction => (
                    "checks its inbox in one transaction and acts in another",
                    "two copies at once both find nothing and both act, and a crash between the two loses the mark",
                ),
                Mark::BeforeEffect => (
                    "marks a message as handled before it is",
                    "a crash between the two loses the effect: the copy that comes again is taken for handled",
                ),
            };
            findings.push(
                scene
                    .fail(&RULE, inbox.mark.span, "not with the effect")
                    .title(format!("{} {what}", service.name))
                    .why(why)
                    .steps(["insert the mark in the transaction of the effect, and let a unique key refuse the second one"]),
            );
        }
    }
    findings
}
