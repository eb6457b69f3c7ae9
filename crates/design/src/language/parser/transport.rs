//! `channel` and `external`: what stands between services, and what belongs to others.

use crate::language::{
    Channel, DeadLetter, Delivery, External, Key, Name, Operation, Ordering, Redelivery, Span,
    Spanned, Times, Webhook,
};

use super::cursor::Cursor;
use super::service::acknowledge;
use super::{Words, each, values};

pub(super) const CHANNEL: Words = Words {
    of: "a channel",
    known: &[
        "from",
        "to",
        "carries",
        "at-least-once",
        "at-most-once",
        "exactly-once",
        "ordered",
        "unordered",
        "retry",
        "dead-letter",
        "keep",
        "ack",
    ],
};

pub(super) fn channel(cursor: &mut Cursor<'_, '_>) -> Option<Channel> {
    let help = "write `channel NAME { … }`";
    let mut channel = Channel {
        name: cursor.word("the name of the channel", help)?,
        ..Channel::default()
    };
    if cursor.peek().is_some() {
        channel.broker = cursor.name("the product", help);
    }
    let block = cursor.block(help)?;
    each(block, CHANNEL, cursor.notes, |word, cursor| match word {
        "from" => channel.from = cursor.names("a service", "write `from SERVICE, SERVICE`"),
        "to" => channel.to = cursor.names("a service", "write `to SERVICE, SERVICE`"),
        "carries" => {
            channel.carries = cursor.names("a message", "write `carries MESSAGE, MESSAGE`");
        }
        "ordered" => {
            cursor.expect_word("by", "write `ordered by KEY`, or `unordered`");
            channel.ordering = cursor
                .name("the key of the order", "write `ordered by KEY`")
                .map(Ordering::By);
        }
        "unordered" => channel.ordering = Some(Ordering::None(cursor.read())),
        "retry" => channel.retry = redelivery(cursor),
        "dead-letter" => channel.dead_letter = Some(dead_letter(cursor)),
        "keep" => channel.keep = cursor.keep("how long messages are kept"),
        "ack" => channel.acknowledges = acknowledge(cursor),
        delivery => {
            channel.delivery = Some(Spanned {
                value: match delivery {
                    "at-least-once" => Delivery::AtLeastOnce,
                    "at-most-once" => Delivery::AtMostOnce,
                    _ => Delivery::ExactlyOnce,
                },
                span: cursor.read(),
            });
        }
    });
    channel.span = cursor.read();
    Some(channel)
}

/// `8x 1s..1h`, `forever 1s..1h`, `none`.
fn redelivery(cursor: &mut Cursor<'_, '_>) -> Option<Redelivery> {
    let times = match cursor.take_word("none") {
        Some(_) => Times::Count(0),
        None => {
            cursor
                .times("how often a message is delivered again")?
                .value
        }
    };
    let mut retry = Redelivery {
        times,
        first: None,
        longest: None,
        span: Span::default(),
    };
    let waits = |cursor: &mut Cursor<'_, '_>| cursor.time("how long it waits").map(|t| t.value);
    if !cursor.is_done() {
        retry.first = waits(cursor);
        retry.longest = match cursor.take_mark("..") {
            true => waits(cursor),
            false => retry.first,
        };
    }
    retry.span = cursor.read();
    Some(retry)
}

fn dead_letter(cursor: &mut Cursor<'_, '_>) -> DeadLetter {
    let dropped = cursor.take_word("none").is_some();
    let queue = match dropped {
        true => None,
        false => cursor.name(
            "where the message goes",
            "write `dead-letter QUEUE`, or `dead-letter none` where it is dropped",
        ),
    };
    let keep = match cursor.take_word("keep") {
        Some(_) => cursor.keep("how long it waits there"),
        None => None,
    };
    DeadLetter {
        queue,
        keep,
        span: cursor.read(),
    }
}

pub(super) const EXTERNAL: Words = Words {
    of: "an external system",
    known: &["contract", "op"],
};

pub(super) fn external(cursor: &mut Cursor<'_, '_>) -> Option<External> {
    let help = "write `external NAME PROVIDER { … }`";
    let mut external = External {
        name: cursor.word("the name of the external system", help)?,
        ..External::default()
    };
    if cursor.peek().is_some() {
        external.provider = cursor.name("who runs it", help);
    }
    let block = cursor.block(help)?;
    each(block, EXTERNAL, cursor.notes, |word, cursor| match word {
        "contract" => external.contract = cursor.path("where the contract is written down"),
        _ => external.operations.extend(operation(cursor)),
    });
    external.span = cursor.read();
    Some(external)
}

pub(super) const OPERATION: Words = Words {
    of: "an operation",
    known: &[
        "key",
        "timeout",
        "noop-if",
        "read-only",
        "lagging",
        "undoes",
        "counted",
        "webhook",
        "keep",
    ],
};

fn operation(cursor: &mut Cursor<'_, '_>) -> Option<Operation> {
    let help = "write `op NAME(argument) -> ok|declined { … }`";
    let mut operation = Operation {
        name: cursor.word("the name of the operation", help)?,
        ..Operation::default()
    };
    if cursor.take_mark("(") && !cursor.take_mark(")") {
        operation.arguments = cursor.names("an argument", help);
        cursor.expect_mark(")", help);
    }
    if cursor.take_mark("->") {
        loop {
            operation.outcomes.extend(cursor.word("an outcome", help));
            if !cursor.take_mark("|") {
                break;
            }
        }
    }
    if let Some(block) = cursor.block_if() {
        each(block, OPERATION, cursor.notes, |word, cursor| match word {
            "key" => {
                operation.key = Some(key(cursor));
                if cursor.take_word("keep").is_some() {
                    operation.keep = cursor.keep("how long the provider remembers the key");
                }
            }
            "keep" => operation.keep = cursor.keep("how long the provider remembers the key"),
            "timeout" => operation.timeout = cursor.time("how long a caller waits"),
            "noop-if" => operation.noop_if = cursor.text("when it does nothing"),
            "read-only" => operation.read_only = true,
            "lagging" => operation.lagging = Some(cursor.read()),
            "undoes" => {
                operation.undoes = cursor.word(
                    "the operation whose effect it takes back",
                    "write `undoes OPERATION`",
                );
            }
            "counted" => {
                cursor.expect_word("as", "write `counted as NAME`");
                operation.counted_as =
                    cursor.word("the name of the count", "write `counted as NAME`");
            }
            _ => operation.webhooks.extend(webhook(cursor)),
        });
    }
    operation.span = cursor.read();
    Some(operation)
}

/// `order_id, attempt` or `per-attempt`.
pub(super) fn key(cursor: &mut Cursor<'_, '_>) -> Key {
    match cursor.take_word("per-attempt") {
        Some(span) => Key::PerAttempt(span),
        None => Key::Fields(cursor.names(
            "what the key is made of",
            "write `key FIELD`, or `key per-attempt`",
        )),
    }
}

fn webhook(cursor: &mut Cursor<'_, '_>) -> Option<Webhook> {
    let help = "write `webhook MESSAGE on OUTCOME to SERVICE`";
    let message = cursor.word("the message that the provider sends", help)?;
    let mut named = |word: &str, what: &str| -> Option<Name> {
        cursor.take_word(word)?;
        cursor.word(what, help)
    };
    let on = named("on", "the outcome");
    let to = named("to", "the service that gets it");
    Some(Webhook { message, on, to })
}

/// Returns how often a call is tried again.
pub(super) fn attempts(cursor: &mut Cursor<'_, '_>) -> Option<Spanned<Times>> {
    cursor.measured(
        "how often it is tried again",
        "write `retry 4` or `retry forever`",
        values::times,
    )
}
