//! By what a workflow that stands still, a copy and a difference are noticed.

use crate::language::{Amount, Workflow};
use crate::render::sheet::{Sheet, endings};

use super::text::{Table, UNSTATED, code, list};

pub(in crate::render) fn page(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&["Signal", "Somebody is told at", "woken at", "Line"]);
    for signal in &sheet.design().signals {
        table.row([
            code(&signal.name.text),
            threshold(signal.warn.map(|w| w.value)),
            threshold(signal.page.map(|p| p.value)),
            sheet.line(signal.span).to_string(),
        ]);
    }
    let mut out = table.or("The design has no signal.");
    out.push_str("\nWhat can stand still, and what a run that was replayed leaves behind:\n\n");
    out.push_str(&watched(sheet));
    out
}

fn threshold(amount: Option<Amount>) -> String {
    match amount {
        None => "never".to_owned(),
        Some(Amount::Time(time)) => time.to_string(),
        Some(Amount::Count(count)) => count.to_string(),
        Some(Amount::Share(share)) => share_of_hundred(share),
    }
}

/// Returns hundredths of a percent as a percentage.
fn share_of_hundred(share: u64) -> String {
    match (share / 100, share % 100) {
        (whole, 0) => format!("{whole}%"),
        (whole, rest) => format!("{whole}.{rest:02}%"),
    }
}

/// Returns what the signals look at.
fn watched(sheet: &Sheet<'_>) -> String {
    let design = sheet.design();
    let mut table = Table::new(&["What", "Which", "Noticed by", "Line"]);
    for workflow in &design.workflows {
        table.row([
            "open workflow".to_owned(),
            open(sheet, workflow),
            signal(sheet, &["saga-age", "workflow-age"]),
            sheet.line(workflow.span).to_string(),
        ]);
    }
    for service in &design.services {
        for store in &service.stores {
            let name = code(&format!("{}.{}", service.name, store.name));
            if let Some(outbox) = &store.outbox {
                table.row([
                    "oldest row of an outbox".to_owned(),
                    name.clone(),
                    signal(sheet, &["outbox-age", "outbox-lag"]),
                    sheet.line(outbox.span).to_string(),
                ]);
            }
            if let Some(inbox) = &store.inbox {
                table.row([
                    "copies that an inbox refused".to_owned(),
                    name,
                    signal(sheet, &["duplicates", "duplicate-rate"]),
                    sheet.line(inbox.span).to_string(),
                ]);
            }
        }
    }
    for channel in &design.channels {
        if let Some(dead_letter) = &channel.dead_letter {
            let queue = dead_letter.queue.as_ref();
            table.row([
                "dead letters".to_owned(),
                queue.map_or_else(
                    || format!("none: {} drops them", code(&channel.name.text)),
                    |q| code(&q.text),
                ),
                signal(sheet, &["dead-letters", "dead-letter-age"]),
                sheet.line(dead_letter.span).to_string(),
            ]);
        }
    }
    for reconciliation in &design.reconciliations {
        table.row([
            "difference that a reconciliation found".to_owned(),
            code(&reconciliation.name.text),
            signal(sheet, &["divergence", "reconciliation"]),
            sheet.line(reconciliation.span).to_string(),
        ]);
    }
    table.or("Nothing.")
}

/// Returns when an instance of a workflow is open.
fn open(sheet: &Sheet<'_>, workflow: &Workflow) -> String {
    let name = code(&workflow.name.text);
    let endings: Vec<String> = endings(workflow)
        .iter()
        .map(|ending| {
            format!(
                "{} is none of {} (line {})",
                code(&sheet.written(ending.field.span())),
                list(&ending.values, ""),
                sheet.line(ending.span)
            )
        })
        .collect();
    match endings.is_empty() {
        true => format!("{name}; when it has ended is {UNSTATED}"),
        false => format!("{name}, while {}", endings.join(" or ")),
    }
}

fn signal(sheet: &Sheet<'_>, names: &[&str]) -> String {
    let signals = sheet.design().signals.iter();
    let found = signals.filter(|s| names.contains(&s.name.text.as_str()));
    list(found.map(|s| &s.name.text), UNSTATED)
}
