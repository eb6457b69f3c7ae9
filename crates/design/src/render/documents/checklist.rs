//! The questions of a review, each ticked only where the rules behind it find nothing and the design shows why.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::DesignFinding;

use crate::language::{Acknowledge, Consistency, Span, StepKind};
use crate::render::flows::flows;
use crate::render::sheet::Sheet;

use super::text::{code, list, prose};

/// A question of a review.
struct Question {
    /// What is asked, as the sentence that a tick says.
    says: &'static str,
    /// The rules that can deny it.
    rules: &'static [&'static str],
    /// The lines that show it.
    shown: fn(&Sheet<'_>) -> Vec<Span>,
}

/// Lines that are listed behind a tick; the rest is counted.
const SHOWN: usize = 6;

const QUESTIONS: &[Question] = &[
    Question {
        says: "A real force justifies each boundary",
        rules: &[
            "distribution-without-reason",
            "chatty-chain",
            "call-where-nobody-waits",
        ],
        shown: |sheet| {
            sheet
                .design()
                .justifications
                .iter()
                .map(|j| j.span)
                .collect()
        },
    },
    Question {
        says: "Each fact has one owner, and no table is shared",
        rules: &[
            "service-without-owner",
            "service-without-failure-effect",
            "table-with-two-writers",
            "shared-database",
            "data-without-truth",
        ],
        shown: |sheet| {
            let services = sheet.design().services.iter();
            let teams = services.filter_map(|s| s.team.as_ref()).map(|t| t.span);
            teams
                .chain(sheet.design().truths.iter().map(|t| t.span))
                .collect()
        },
    },
    Question {
        says: "Duplicates and replay are harmless",
        rules: &[
            "consumer-not-idempotent",
            "dedup-window-too-short",
            "inbox-outside-transaction",
            "acknowledged-without-effect",
            "exactly-once-assumed",
            "direct-send-beside-transaction",
            "outbox-without-relay",
            "relay-loses-messages",
            "provider-call-without-key",
            "key-per-attempt",
            "key-too-narrow",
            "provider-key-expires-too-early",
            "unknown-outcome-taken-for-failure",
        ],
        shown: known_again,
    },
    Question {
        says: "What is assumed of the order of messages is written down and kept",
        rules: &[
            "order-not-stated",
            "order-assumed",
            "relay-breaks-order",
            "message-without-handler",
        ],
        shown: |sheet| {
            let channels = sheet.design().channels.iter();
            let ordered = channels
                .filter_map(|c| c.ordering.as_ref())
                .map(|o| o.span());
            let services = sheet.design().services.iter();
            let serial = services.filter_map(|s| s.serial.as_ref()).map(|s| s.span);
            ordered.chain(serial).collect()
        },
    },
    Question {
        says: "Consistency and compensation fit what an error costs",
        rules: &[
            "strong-without-reason",
            "divergence-without-reconciliation",
            "staleness-not-shown",
            "transaction-over-two-stores",
            "region-without-consistency",
            "decision-on-stale-read",
            "step-without-undo",
            "irreversible-before-pivot",
            "compensation-not-tested",
            "lease-without-fencing",
        ],
        shown: |sheet| {
            let decided = |c: &Consistency| match c {
                Consistency::Strong { span, .. } | Consistency::Eventual { span, .. } => *span,
            };
            let truths = sheet.design().truths.iter();
            let truths = truths.filter_map(|t| t.consistency.as_ref()).map(decided);
            let workflows = sheet.design().workflows.iter();
            let compensations = workflows.filter_map(|w| w.compensation.as_ref());
            compensations.map(|c| c.span).chain(truths).collect()
        },
    },
    Question {
        says: "Stuck, duplicated and divergent workflows are noticed by a signal, not by a customer",
        rules: &[
            "signal-missing",
            "workflow-without-timeout",
            "call-without-timeout",
            "retry-not-stated",
            "poisoned-message-dropped",
            "message-not-traceable",
        ],
        shown: |sheet| {
            let workflows = sheet.design().workflows.iter();
            let timeouts = workflows.filter_map(|w| w.timeout).map(|t| t.span);
            timeouts
                .chain(sheet.design().signals.iter().map(|s| s.span))
                .collect()
        },
    },
    Question {
        says: "Each service can be released and rolled back alone",
        rules: &[
            "contract-without-version",
            "contracts-without-evolution-rule",
            "contract-nobody-uses",
        ],
        shown: |sheet| {
            let evolution = sheet.design().evolution.iter().map(|e| e.rule.span);
            evolution.collect()
        },
    },
    Question {
        says: "Nothing is left open",
        rules: &["gap-not-filled"],
        shown: |sheet| vec![sheet.design().name.span],
    },
];

/// Returns where a copy is known again: inboxes, keys of providers, and rows that only become newer.
fn known_again(sheet: &Sheet<'_>) -> Vec<Span> {
    let design = sheet.design();
    let stores = design.services.iter().flat_map(|s| &s.stores);
    let inboxes = stores.filter_map(|s| s.inbox.as_ref()).map(|i| i.span);
    let operations = design.externals.iter().flat_map(|e| &e.operations);
    let keys = operations.filter_map(|o| o.key.as_ref()).map(|k| k.span());
    let newer = sheet
        .scene
        .done
        .iter()
        .filter_map(|done| match &done.step.kind {
            StepKind::Upsert {
                if_newer: Some(field),
                ..
            } => Some(field.span),
            _ => None,
        });
    inboxes.chain(keys).chain(newer).collect()
}

pub(in crate::render) fn page(sheet: &Sheet<'_>) -> String {
    let mut out = String::new();
    for question in QUESTIONS {
        let of = |f: &&DesignFinding| question.rules.contains(&f.rule);
        let found: Vec<&DesignFinding> = sheet.report.findings.iter().filter(of).collect();
        let shown = lines(sheet, (question.shown)(sheet));
        let stands = found.iter().any(|f| f.suppressed.is_none());
        let mark = if stands || shown.is_empty() { " " } else { "x" };
        out.push_str(&format!("- [{mark}] {}", question.says));
        match (stands, shown.is_empty()) {
            (true, _) => out.push_str(":\n"),
            (false, true) => out.push_str(": the design says nothing about it.\n"),
            (false, false) => out.push_str(&format!(": {}\n", shown_first(&shown))),
        }
        for finding in found {
            let place = code(&format!("{}:{}", finding.place.path, finding.place.line));
            let title = prose(&finding.title);
            out.push_str(&match &finding.suppressed {
                None => format!("  - {} {title}: {place}\n", finding.verdict.word()),
                Some(by) => format!(
                    "  - accepted at {}, because {}: {title}: {place}\n",
                    code(&format!("{}:{}", by.path, by.line)),
                    prose(&by.reason)
                ),
            });
        }
    }
    out
}

/// Returns the places of these spans, each line once.
fn lines(sheet: &Sheet<'_>, mut spans: Vec<Span>) -> Vec<String> {
    spans.sort();
    let mut places: Vec<String> = spans.into_iter().map(|span| sheet.place(span)).collect();
    places.dedup();
    places
}

fn shown_first(places: &[String]) -> String {
    let first: Vec<String> = places.iter().take(SHOWN).map(|p| code(p)).collect();
    let more = match places.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", first.join(", "))
}

/// Returns what is taken for granted: what the design says of its bounds, and what stands where it says nothing.
pub(in crate::render) fn assumptions(sheet: &Sheet<'_>) -> String {
    let design = sheet.design();
    let mut out = String::new();
    let mut assume = |text: String| out.push_str(&format!("- {text}\n"));
    match &design.explore {
        Some(explore) => assume(format!(
            "A proof counts within these bounds: {} ({}).",
            code(&sheet.written(explore.span)),
            code(&sheet.place(explore.span))
        )),
        None => {
            assume("A proof counts within its usual bounds; the design states none.".to_owned());
        }
    }
    for channel in design.channels.iter().filter(|c| c.delivery.is_none()) {
        assume(format!(
            "{} delivers at least once; the design does not say so ({}).",
            code(&channel.name.text),
            code(&sheet.place(channel.span))
        ));
    }
    let acknowledges = |a: Option<Acknowledge>| a.is_some();
    let stated = design
        .services
        .iter()
        .any(|s| acknowledges(s.acknowledges.map(|a| a.value)));
    if !stated && design.channels.iter().all(|c| c.acknowledges.is_none()) {
        assume("A message is acknowledged after its effect is committed.".to_owned());
    }
    let stores = design.services.iter().flat_map(|s| &s.stores);
    let open = stores.filter(|s| s.isolation.is_none()).count();
    if open > 0 {
        assume(format!(
            "Transactions lock what they decide by; {open} {} not state another isolation.",
            if open == 1 { "store does" } else { "stores do" }
        ));
    }
    for (channels, messages) in by_convention(sheet) {
        assume(format!(
            "{} may go over {}: no step says so, and no channel says what it carries.",
            list(messages, ""),
            channels
        ));
    }
    for gap in &design.gaps {
        assume(format!("Open: {}.", code(&sheet.place(*gap))));
    }
    out
}

/// Returns the messages that nothing joins to a channel but who publishes to it and what it is called.
fn by_convention<'a>(sheet: &Sheet<'a>) -> BTreeMap<String, BTreeSet<&'a str>> {
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for flow in flows(&sheet.scene).iter().filter(|f| !f.is_stated) {
        let channels: Vec<String> = flow
            .channels
            .iter()
            .map(|c| format!("{} (line {})", code(&c.name.text), sheet.line(c.span)))
            .collect();
        let messages = found.entry(channels.join(" or ")).or_default();
        messages.insert(flow.message);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::RULES;

    #[test]
    fn every_rule_can_deny_one_question() {
        for rule in RULES {
            let asked = QUESTIONS.iter().filter(|q| q.rules.contains(&rule.id));
            assert_eq!(asked.count(), 1, "{}", rule.id);
        }
        let known = |id: &&str| RULES.iter().any(|rule| rule.id == *id);
        assert!(QUESTIONS.iter().flat_map(|q| q.rules).all(known));
    }
}
