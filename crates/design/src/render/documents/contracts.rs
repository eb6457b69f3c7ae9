//! What is promised to others.

use std::collections::BTreeSet;

use crate::language::{Api, Contract, External, Keep, Key, Manner, Operation, Repair};
use crate::render::flows::{Flow, calls, flows};
use crate::render::sheet::Sheet;

use super::text::{Table, UNSTATED, code, list, or_unstated, prose};

pub(in crate::render) fn page(sheet: &Sheet<'_>) -> String {
    format!(
        "{}\n{}\n{}",
        messages(sheet),
        asked(sheet),
        evolution(sheet)
    )
}

fn messages(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&[
        "Message",
        "Version",
        "Owner",
        "Sent by",
        "Handled by",
        "Line",
    ]);
    let flows = flows(&sheet.scene);
    for service in &sheet.design().services {
        let owner = code(&service.name.text);
        let stated = [
            ("publishes", &service.publishes),
            ("accepts", &service.accepts),
        ];
        for (word, contracts) in stated {
            for contract in contracts {
                let of = |f: &&Flow<'_>| f.message == contract.message.text;
                let from: BTreeSet<&str> = flows.iter().filter(of).map(|f| f.from).collect();
                let repairs = sheet.design().reconciliations.iter().filter(|r| {
                    matches!(&r.repair, Some(Repair::Message(m)) if m.text == contract.message.text)
                });
                let repairs = repairs.map(|r| r.name.text.as_str());
                let to: BTreeSet<&str> = flows
                    .iter()
                    .filter(of)
                    .flat_map(|f| f.to.iter().copied())
                    .collect();
                table.row([
                    code(&contract.message.text),
                    version(contract),
                    format!("{owner} {word} it"),
                    list(from.into_iter().chain(repairs), "nobody"),
                    list(to, "nobody in this design"),
                    sheet.line(contract.message.span).to_string(),
                ]);
            }
        }
    }
    table.or("No message has a contract.")
}

fn version(contract: &Contract) -> String {
    contract
        .version
        .map_or_else(|| UNSTATED.to_owned(), |v| format!("v{}", v.value))
}

/// Returns what is called and waited for: apis and operations.
fn asked(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&[
        "Called",
        "Contract",
        "Answers",
        "Called by",
        "A repeated call is known by",
        "Timeout",
        "Line",
    ]);
    let calls = calls(&sheet.scene);
    let callers = |owner: &str, operation: &str, outside: &str| {
        let of = calls
            .iter()
            .filter(|c| c.to == owner && c.operation == operation);
        list(of.map(|c| c.from), outside)
    };
    for service in &sheet.design().services {
        for api in &service.apis {
            table.row([
                code(&format!("{}.{}", service.name, api.name)),
                api.version
                    .map_or_else(|| UNSTATED.to_owned(), |v| format!("v{}", v.value)),
                manner(api),
                callers(&service.name.text, &api.name.text, "callers outside"),
                api.idempotency
                    .as_ref()
                    .map_or_else(|| UNSTATED.to_owned(), |key| code(&key.text)),
                or_unstated(api.timeout.map(|t| t.value)),
                sheet.line(api.span).to_string(),
            ]);
        }
    }
    for external in &sheet.design().externals {
        for operation in &external.operations {
            table.row([
                code(&format!("{}.{}", external.name, operation.name)),
                contract(external),
                list(operation.answers(), ""),
                callers(&external.name.text, &operation.name.text, "nobody"),
                known_by(operation),
                match (operation.timeout, operation.read_only) {
                    (None, true) => "not stated, changes nothing".to_owned(),
                    (timeout, _) => or_unstated(timeout.map(|t| t.value)),
                },
                sheet.line(operation.span).to_string(),
            ]);
        }
    }
    table.or("Nothing is called and waited for.")
}

fn manner(api: &Api) -> String {
    let manner = match api.manner.map(|m| m.value) {
        Some(Manner::Sync) => "at once",
        Some(Manner::Async) => "later",
        None => return UNSTATED.to_owned(),
    };
    match api.latency {
        Some(latency) => format!("{manner}, within {}", latency.value),
        None => manner.to_owned(),
    }
}

fn contract(external: &External) -> String {
    external
        .contract
        .as_ref()
        .map_or_else(|| UNSTATED.to_owned(), |c| code(&c.text))
}

/// Returns by what a provider knows a repeated call again.
fn known_by(operation: &Operation) -> String {
    if operation.read_only {
        return "nothing to repeat: it only reads".to_owned();
    }
    let key = match &operation.key {
        None => return UNSTATED.to_owned(),
        Some(Key::PerAttempt(_)) => return "nothing: a new key for each attempt".to_owned(),
        Some(Key::Fields(fields)) => list(fields.iter().map(|f| &f.text), UNSTATED),
    };
    match operation.keep.map(|k| k.value) {
        Some(Keep::For(time)) => format!("{key} for {time}"),
        Some(Keep::Forever) => format!("{key} for ever"),
        None => format!("{key}, for how long is {UNSTATED}"),
    }
}

fn evolution(sheet: &Sheet<'_>) -> String {
    let design = sheet.design();
    let mut out = match &design.evolution {
        Some(evolution) => format!(
            "Contracts change {} (line {}), checked by {}.",
            prose(&evolution.rule.text),
            sheet.line(evolution.rule.span),
            evolution
                .checked_by
                .as_ref()
                .map_or_else(|| UNSTATED.to_owned(), |by| code(&by.text))
        ),
        None => format!("How contracts change is {UNSTATED}."),
    };
    match &design.envelope {
        Some(envelope) => out.push_str(&format!(
            " Every message carries {} (line {}).\n",
            list(envelope.fields.iter().map(|f| &f.text), "nothing"),
            sheet.line(envelope.span)
        )),
        None => out.push_str(&format!(" What every message carries is {UNSTATED}.\n")),
    }
    out
}
