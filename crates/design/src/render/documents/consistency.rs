//! Where the truth of each piece of data is, and how near its copies are.

use crate::language::{Consistency, Truth};
use crate::render::sheet::Sheet;

use super::text::{Table, UNSTATED, code, or_unstated, prose};

pub(in crate::render) fn page(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&[
        "Data",
        "Truth at",
        "Consistency",
        "Why, or what repairs it",
        "Line",
    ]);
    for truth in &sheet.design().truths {
        let (consistency, behind) = decision(truth);
        table.row([
            code(&named(truth)),
            truth
                .at
                .as_ref()
                .map_or_else(|| UNSTATED.to_owned(), |at| code(&at.text)),
            consistency,
            behind,
            sheet.line(truth.span).to_string(),
        ]);
    }
    let mut out = table.or("The design decides nothing.");
    out.push_str(&undecided(sheet));
    out.push_str(&staleness(sheet));
    out
}

fn named(truth: &Truth) -> String {
    match &truth.field {
        Some(field) => format!("{}.{field}", truth.table),
        None => truth.table.text.clone(),
    }
}

fn decision(truth: &Truth) -> (String, String) {
    let unstated = || UNSTATED.to_owned();
    match &truth.consistency {
        None => (unstated(), unstated()),
        Some(Consistency::Strong { because, .. }) => {
            ("strong".to_owned(), or_unstated(because.as_ref()))
        }
        Some(Consistency::Eventual {
            within, reconcile, ..
        }) => (
            match within {
                Some(within) => format!("eventual, within {}", within.value),
                None => format!("eventual, within: {UNSTATED}"),
            },
            reconcile
                .as_ref()
                .map_or_else(unstated, |name| code(&name.text)),
        ),
    }
}

/// Returns the tables for which nothing is decided.
fn undecided(sheet: &Sheet<'_>) -> String {
    let design = sheet.design();
    let mut rows = Vec::new();
    for service in &design.services {
        for table in service.stores.iter().flat_map(|s| &s.tables) {
            if !design.truths.iter().any(|t| t.table == table.name.text) {
                rows.push(format!(
                    "{} of {} (line {})",
                    code(&table.name.text),
                    code(&service.name.text),
                    sheet.line(table.span)
                ));
            }
        }
    }
    match rows.is_empty() {
        true => String::new(),
        false => format!("\nNo decision is stated for {}.\n", rows.join(", ")),
    }
}

/// Returns where people see data that may be old.
fn staleness(sheet: &Sheet<'_>) -> String {
    let mut out = String::new();
    for service in &sheet.design().services {
        if let Some(staleness) = &service.staleness {
            out.push_str(&format!(
                "\nWhat {} shows may be {} old; the user sees {} (line {}).\n",
                code(&service.name.text),
                or_unstated(staleness.bound.map(|b| b.value)),
                staleness
                    .shown
                    .as_ref()
                    .map_or_else(|| UNSTATED.to_owned(), |s| prose(&s.text)),
                sheet.line(staleness.span)
            ));
        }
    }
    out
}
