//! How messages travel, are tried again and are known again.

use std::collections::BTreeSet;

use crate::language::{
    Channel, Delivery, Handler, Isolation, Keep, Mark, Millis, Ordering, Relay, Service, StepKind,
    Store, Times,
};
use crate::render::document::Block;
use crate::render::flows::flows;
use crate::render::picture::{Drawing, Picture, workflow};
use crate::render::sheet::{Sheet, acknowledged};

use super::text::{Table, UNSTATED, code, list, or_unstated, prose};

pub(in crate::render) fn page(sheet: &Sheet<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for workflow in &sheet.design().workflows {
        let key = workflow.key.as_ref();
        blocks.push(Block::Text(format!(
            "Workflow {} (line {}), one instance for each {}:\n",
            code(&workflow.name.text),
            sheet.line(workflow.span),
            key.map_or_else(|| UNSTATED.to_owned(), |k| code(&k.text)),
        )));
        blocks.push(Block::Picture(Picture {
            title: format!("What happens in the workflow {}", workflow.name),
            drawing: Drawing::Sequence(workflow::sequence(sheet, workflow)),
        }));
    }
    blocks.push(Block::Text(format!(
        "Channels:\n\n{}\nOutboxes and inboxes:\n\n{}\nCalls of providers:\n\n{}",
        channels(sheet),
        boxes(sheet),
        calls(sheet)
    )));
    blocks
}

fn channels(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&[
        "Channel",
        "Published by",
        "Read by",
        "Messages",
        "Delivery",
        "Order",
        "Tried again",
        "After that",
        "Kept",
        "Line",
    ]);
    let flows = flows(&sheet.scene);
    for channel in &sheet.design().channels {
        let over = || {
            flows
                .iter()
                .filter(|f| f.channels.iter().any(|c| c.name == channel.name))
        };
        let messages: BTreeSet<&str> = over().map(|f| f.message).collect();
        let to: BTreeSet<&str> = over().flat_map(|f| f.to.iter().copied()).collect();
        table.row([
            code(&channel.name.text),
            list(channel.from.iter().map(|f| &f.text), UNSTATED),
            list(to, "nobody in this design"),
            list(messages, "none that a step sends"),
            delivery(channel),
            match &channel.ordering {
                None => UNSTATED.to_owned(),
                Some(Ordering::None(_)) => "none".to_owned(),
                Some(Ordering::By(key)) => format!("by {}", code(&key.text)),
            },
            retry(channel),
            dead_letter(channel),
            channel
                .keep
                .map_or_else(|| UNSTATED.to_owned(), |k| kept(k.value)),
            sheet.line(channel.span).to_string(),
        ]);
    }
    table.or("The design has no channel.")
}

fn delivery(channel: &Channel) -> String {
    let word = channel.delivery.map_or(UNSTATED, |d| delivered(d.value));
    match channel.acknowledges {
        None => word.to_owned(),
        Some(when) => format!("{word}, acknowledged {}", acknowledged(Some(when.value))),
    }
}

/// Returns how often a message arrives, in words.
pub(in crate::render) fn delivered(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::AtLeastOnce => "at least once",
        Delivery::AtMostOnce => "at most once",
        Delivery::ExactlyOnce => "exactly once, as is claimed",
    }
}

fn retry(channel: &Channel) -> String {
    let Some(retry) = &channel.retry else {
        return UNSTATED.to_owned();
    };
    let waits: Vec<String> = [retry.first, retry.longest]
        .into_iter()
        .flatten()
        .map(|t: Millis| t.to_string())
        .collect();
    match waits.is_empty() {
        true => tried(retry.times),
        false => format!("{}, waiting {}", tried(retry.times), waits.join(" to ")),
    }
}

/// Returns how often something is tried again, in words.
pub(in crate::render) fn tried(times: Times) -> String {
    match times {
        Times::Count(0) => "not again".to_owned(),
        Times::Count(1) => "once again".to_owned(),
        Times::Count(n) => format!("{n} times again"),
        Times::Forever => "until it succeeds".to_owned(),
    }
}

fn dead_letter(channel: &Channel) -> String {
    let Some(dead_letter) = &channel.dead_letter else {
        return UNSTATED.to_owned();
    };
    let Some(queue) = &dead_letter.queue else {
        return "dropped".to_owned();
    };
    match dead_letter.keep {
        Some(keep) => format!("{}, kept {}", code(&queue.text), kept(keep.value)),
        None => code(&queue.text),
    }
}

fn kept(keep: Keep) -> String {
    match keep {
        Keep::For(time) => time.to_string(),
        Keep::Forever => "for ever".to_owned(),
    }
}

fn boxes(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&[
        "Service",
        "Store",
        "Sends by",
        "A copy is known by",
        "Acknowledges",
        "Handles",
        "Line",
    ]);
    for service in &sheet.design().services {
        for store in &service.stores {
            let inbox = store.inbox.as_ref().map(|inbox| {
                let by = inbox
                    .by
                    .as_ref()
                    .map_or_else(|| UNSTATED.to_owned(), |by| code(&by.text));
                let keep = inbox
                    .keep
                    .map_or_else(|| UNSTATED.to_owned(), |k| kept(k.value));
                let mark = match inbox.mark.value {
                    Mark::WithEffect => "committed with the effect",
                    Mark::SeparateTransaction => "in a transaction of its own",
                    Mark::BeforeEffect => "committed before the effect",
                };
                format!("inbox by {by}, kept {keep}, {mark}")
            });
            table.row([
                code(&service.name.text),
                isolated(store),
                outbox(store),
                inbox.unwrap_or_else(|| newer(sheet, service)),
                acknowledged(service.acknowledges.map(|a| a.value)).to_owned(),
                serial(service),
                sheet.line(store.span).to_string(),
            ]);
        }
    }
    table.or("No service has a store.")
}

fn isolated(store: &Store) -> String {
    let isolation = match store.isolation.map(|i| i.value) {
        None => return code(&store.name.text),
        Some(Isolation::Serializable) => "serializable",
        Some(Isolation::Snapshot) => "snapshot",
        Some(Isolation::ReadCommitted) => "read committed",
    };
    format!("{} ({isolation})", code(&store.name.text))
}

fn outbox(store: &Store) -> String {
    let Some(outbox) = &store.outbox else {
        return "no outbox".to_owned();
    };
    let mut words = vec![
        match outbox.relay.map(|r| r.value) {
            None => "outbox without a relay",
            Some(Relay::Polling) => "outbox, polled",
            Some(Relay::Cdc) => "outbox, by the log of changes",
        }
        .to_owned(),
    ];
    if let Some(relays) = outbox.relays {
        words.push(format!("{} relays", relays.value));
    }
    let marks = [
        (outbox.marks_first, "marks before it publishes"),
        (outbox.by_last_id, "by the last id"),
        (outbox.backoff_per_row, "each row waits alone"),
    ];
    words.extend(
        marks
            .iter()
            .filter(|(mark, _)| mark.is_some())
            .map(|(_, word)| (*word).to_owned()),
    );
    words.join(", ")
}

/// Returns how a service without an inbox knows a copy: it takes a row only where it is newer.
fn newer(sheet: &Sheet<'_>, service: &Service) -> String {
    let mut fields = Vec::new();
    for done in sheet.scene.done.iter().filter(|d| service.name == d.at) {
        if let StepKind::Upsert {
            table,
            if_newer: Some(field),
        } = &done.step.kind
        {
            let line = sheet.line(done.step.span);
            fields.push(format!(
                "{} takes a newer {} only (line {line})",
                code(&table.text),
                code(&field.text)
            ));
        }
    }
    match fields.is_empty() {
        true => "no inbox".to_owned(),
        false => format!("no inbox; {}", fields.join(", ")),
    }
}

fn serial(service: &Service) -> String {
    match &service.serial {
        None => "several at once".to_owned(),
        Some(serial) => match &serial.by {
            None => "one after the other".to_owned(),
            Some(by) => format!("one after the other by {}", code(&by.text)),
        },
    }
}

fn calls(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&["Call", "At", "Tried", "No answer", "Timeout", "Line"]);
    for done in &sheet.scene.done {
        let StepKind::Call(call) = &done.step.kind else {
            continue;
        };
        let (owner, name) = (&call.callee.owner.text, &call.callee.operation.text);
        let operation = sheet.scene.scope.operation(owner, name);
        let api = sheet.scene.scope.api(owner, name);
        let timeout = call
            .timeout
            .or_else(|| operation.and_then(|o| o.timeout))
            .or_else(|| api.and_then(|a| a.timeout));
        let unknown = match &call.unknown {
            None => "stays unknown".to_owned(),
            Some(asked) if sheet.scene.scope.operation(owner, &asked.text).is_some() => {
                format!("{} is asked", code(&asked.text))
            }
            Some(outcome) => format!("taken for {}", code(&outcome.text)),
        };
        table.row([
            code(&format!("{owner}.{name}")),
            format!("{}{}", code(done.at), handled(done.handler)),
            call.retry
                .map_or_else(|| "once".to_owned(), |r| tried(r.value)),
            unknown,
            or_unstated(timeout.map(|t| t.value)),
            sheet.line(done.step.span).to_string(),
        ]);
    }
    table.or("No provider is called.")
}

fn handled(handler: Option<&Handler>) -> String {
    handler.map_or_else(String::new, |h| match &h.trigger {
        crate::language::Trigger::Start(message) => format!(", start {}", prose(&message.text)),
        crate::language::Trigger::Messages(messages) => {
            let names: Vec<String> = messages.iter().map(|m| prose(&m.text)).collect();
            format!(", on {}", names.join(", "))
        }
        crate::language::Trigger::Timeout(_) => ", on timeout".to_owned(),
    })
}
