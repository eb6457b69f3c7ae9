#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::Ordering;

/// The rule.
pub static RULE: Rule = Rule {
    id: "relay-breaks-order",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        let ordered = scene
            .design()
            .channels
            .iter()
            .filter(|c| c.from.iter().any(|f| *f == service.name.text));
        let Some((channel, key)) = ordered
            .filter_map(|c| Some((c, c.ordering.as_ref()?)))
            .find_map(|(c, o)| match o {
                Ordering::By(key) => Some((c, key)),
                Ordering::None(_) => None,
            })
        else {
            continue;
        };
        for outbox in service.stores.iter().filter_map(|s| s.outbox.as_ref()) {
            let several = outbox
                .relays
                .filter(|n| n.value > 1)
                .map(|n| (n.span, "several relays publish at once"));
            let alone = outbox
                .backoff_per_row
                .map(|span| (span, "a row that failed waits while later ones go first"));
            let Some((span, how)) = several.or(alone) else {
                continue;
            };
            findings.push(
                scene
                    .fail(&RULE, span, "out of order")
                    .title(format!(
                        "{} promises order by {key} on {}, and its relay does not keep it",
                        service.name, channel.name
                    ))
                    .why(format!(
                        "{how}: a later message of one {key} arrives before an earlier one"
                    ))
                    .beside(key.span, "promised here")
                    .steps([
                        "run one relay, or give each relay its own keys",
                        "wait with all rows of a key while one of them fails",
                        "or call the channel `unordered`, and let consumers compare versions",
                    ]),
            );
        }
    }
    findings
}
