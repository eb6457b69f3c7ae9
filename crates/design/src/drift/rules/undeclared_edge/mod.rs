#![doc = include_str!("page.md")]

use coexist_model::{DesignFinding, Verdict};

use crate::drift::{Held, Rule};
use crate::infer::Channel;
use crate::language::{Name, Service};
use crate::terms::PROVEN;

/// The rule.
pub static RULE: Rule = Rule {
    id: "undeclared-edge",
    page: include_str!("page.md"),
    check,
};

fn check(held: &Held<'_>) -> Vec<DesignFinding> {
    let mut findings = calls(held);
    for channel in &held.map.channels {
        findings.extend(messages(held, channel));
    }
    findings
}

fn calls(held: &Held<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for edge in &held.map.edges {
        // What is not declared at all is a finding of its own.
        let Some(from) = held.service(&edge.from) else {
            continue;
        };
        let Some(to) = held.service(&edge.to) else {
            continue;
        };
        if held.speaks(from, &to.name.text) {
            continue;
        }
        let verdict = match edge.confidence() >= PROVEN {
            true => Verdict::Fail,
            false => Verdict::Warn,
        };
        let at = (from.name.span, "no call of the other is declared");
        let mut finding = held.finding(&RULE, verdict, at, &edge.evidence, "the address is here");
        finding.title = format!(
            "{} calls {} over {}, and the design does not say so",
            from.name,
            to.name,
            edge.kind.word()
        );
        finding.why = format!(
            "when {} is slow or down, {} is too, and nothing in the design tells what happens then",
            to.name, from.name
        );
        finding.safe_steps = vec![
            format!(
                "declare it: calls {} over {}; and say in `fails` what is seen when it is down",
                to.name,
                edge.kind.word()
            ),
            "or take the address out, where nothing uses it".to_owned(),
        ];
        findings.push(finding);
    }
    findings
}

/// Those who send to or receive from a channel of the design without being named there.
fn messages(held: &Held<'_>, used: &Channel) -> Vec<DesignFinding> {
    let Some(channel) = held.channel(&used.name) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let sides: [(&_, &[Name], &str); 2] = [
        (&used.producers, &channel.from, "publishes to"),
        (&used.consumers, &channel.to, "receives from"),
    ];
    for (services, named, does) in sides {
        let unnamed = |s: &&Service| !named.iter().any(|n| *n == s.name.text.as_str());
        // Who receives is often said by the handlers alone.
        let says_nothing = named.is_empty();
        for service in services
            .iter()
            .filter_map(|s| held.service(s))
            .filter(|s| unnamed(s))
        {
            if says_nothing {
                continue;
            }
            let at = (channel.name.span, "not named here");
            let mut finding = held.finding(
                &RULE,
                Verdict::Warn,
                at,
                &used.evidence,
                "the channel is used here",
            );
            finding.title = format!(
                "{} {does} {}, and the design does not say so",
                service.name, channel.name
            );
            finding.why = "who is not known to send or receive is not asked before a message changes, and no proof covers what it does".to_owned();
            finding.safe_steps = vec![format!(
                "name {} in the channel, or take its use out",
                service.name
            )];
            findings.push(finding);
        }
    }
    findings
}
