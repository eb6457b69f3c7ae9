#![doc = include_str!("page.md")]

use coexist_model::{DesignFinding, Verdict};

use crate::drift::{Held, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "publish-beside-transaction",
    page: include_str!("page.md"),
    check,
};

fn check(held: &Held<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for direct in &held.map.direct {
        let Some(service) = held.service(&direct.by) else {
            continue;
        };
        let at = (service.name.span, "its messages are not sent with its data");
        let evidence = std::slice::from_ref(&direct.evidence);
        let mut finding = held.finding(
            &RULE,
            Verdict::Warn,
            at,
            evidence,
            "sent here, beside a transaction",
        );
        finding.title = format!(
            "{} publishes to {} beside a transaction",
            service.name, direct.channel
        );
        finding.why = "a crash between the commit and the send loses the message, and a rollback after the send leaves one of what never happened".to_owned();
        finding.safe_steps = vec![
            "write the message to an outbox in the same transaction, and let a relay publish it"
                .to_owned(),
            "where this is the relay itself, suppress this with that as the reason".to_owned(),
        ];
        findings.push(finding);
    }
    findings
}
