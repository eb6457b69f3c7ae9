//! `service` and what stands in it.

use crate::language::{
    Acknowledge, Api, Callee, Contract, Domain, Effect, Failure, Field, Inbox, Isolation, Lease,
    Link, Literal, Manner, Mark, Name, Outbox, Relay, Serial, Service, Span, Spanned, Staleness,
    Store, Table,
};

use super::cursor::Cursor;
use super::{Words, each, unknown_option};

pub(super) const SERVICE: Words = Words {
    of: "a service",
    known: &[
        "team",
        "oncall",
        "region",
        "regions",
        "store",
        "api",
        "calls",
        "publishes",
        "accepts",
        "handles",
        "staleness",
        "fails",
        "ack",
        "lease",
    ],
};

pub(super) fn service(cursor: &mut Cursor<'_, '_>) -> Option<Service> {
    let mut service = Service {
        name: cursor.word("the name of the service", "write `service NAME { … }`")?,
        ..Service::default()
    };
    regions(cursor, &mut service.regions);
    let block = cursor.block("write `service NAME { … }`")?;
    each(block, SERVICE, cursor.notes, |word, cursor| match word {
        "team" => service.team = cursor.name("the team that owns the service", "write `team NAME`"),
        "oncall" => {
            service.oncall = cursor.name("who is called when it breaks", "write `oncall NAME`");
        }
        "region" | "regions" => {
            service.regions = cursor.names("a region", "write `regions eu-west, us-east`");
        }
        "store" => service.stores.extend(store(cursor)),
        "api" => service.apis.extend(api(cursor)),
        "calls" => service.calls.extend(links(cursor)),
        "publishes" => service.publishes.extend(contracts(cursor)),
        "accepts" => service.accepts.extend(contracts(cursor)),
        "handles" => service.serial = serial(cursor),
        "staleness" => service.staleness = Some(staleness(cursor)),
        "fails" => service.fails = Some(failure(cursor)),
        "ack" => service.acknowledges = acknowledge(cursor),
        _ => service.leases.extend(lease(cursor)),
    });
    service.span = cursor.read();
    Some(service)
}

/// `in eu-west, us-east` behind a name.
fn regions(cursor: &mut Cursor<'_, '_>, regions: &mut Vec<Name>) {
    for word in ["in", "region", "regions"] {
        if cursor.take_word(word).is_some() {
            *regions = cursor.names("a region", "write `in eu-west, us-east`");
        }
    }
}

/// `HoldStock v1, ReleaseStock v1`; `none` is an empty list.
fn contracts(cursor: &mut Cursor<'_, '_>) -> Vec<Contract> {
    let mut contracts = Vec::new();
    if cursor.take_word("none").is_some() {
        return contracts;
    }
    loop {
        let help = "write a message with its version: OrderPlaced v1";
        let Some(message) = cursor.word("a message", help) else {
            return contracts;
        };
        let version = cursor.version_if();
        contracts.push(Contract { message, version });
        if !cursor.take_mark(",") {
            return contracts;
        }
    }
}

/// `stock over grpc, prices`
fn links(cursor: &mut Cursor<'_, '_>) -> Vec<Link> {
    let help = "write `calls SERVICE over http`";
    let mut links = Vec::new();
    loop {
        let Some(to) = cursor.word("the service that is called", help) else {
            return links;
        };
        let over = match cursor.take_word("over") {
            Some(_) => cursor.name("the protocol", help),
            None => None,
        };
        links.push(Link { to, over });
        if !cursor.take_mark(",") {
            return links;
        }
    }
}

fn serial(cursor: &mut Cursor<'_, '_>) -> Option<Serial> {
    let help = "write `handles serial by KEY`";
    cursor.expect_word("serial", help);
    let by = match cursor.take_word("by") {
        Some(_) => cursor.name("a key", help),
        None => None,
    };
    Some(Serial {
        by,
        span: cursor.read(),
    })
}

fn staleness(cursor: &mut Cursor<'_, '_>) -> Staleness {
    let bound = cursor.time("how old data may be");
    let shown = match cursor.take_word("shown") {
        Some(_) => cursor.name("how the user sees it", "put it in double quotes: \"…\""),
        None => None,
    };
    Staleness {
        bound,
        shown,
        span: cursor.read(),
    }
}

pub(super) const FAILS: Words = Words {
    of: "`fails`",
    known: &["upstream", "downstream"],
};

fn failure(cursor: &mut Cursor<'_, '_>) -> Failure {
    let mut failure = Failure::default();
    if let Some(block) = cursor.block("write `fails { upstream \"…\"; downstream \"…\" }`") {
        each(block, FAILS, cursor.notes, |word, cursor| {
            let effect = effect(cursor);
            match word {
                "upstream" => failure.upstream = effect,
                _ => failure.downstream = effect,
            }
        });
    }
    failure.span = cursor.read();
    failure
}

fn effect(cursor: &mut Cursor<'_, '_>) -> Option<Effect> {
    if let Some(span) = cursor.take_word("none") {
        return Some(Effect::None(span));
    }
    let seen = cursor.name(
        "what is seen then",
        "put it in double quotes, or write `none`",
    )?;
    (!seen.is_gap()).then_some(Effect::Seen(seen))
}

/// `after`, `before`, `auto` or `on-failure`.
pub(super) fn acknowledge(cursor: &mut Cursor<'_, '_>) -> Option<Spanned<Acknowledge>> {
    cursor.measured(
        "when a message is acknowledged",
        "write `ack after`, `ack before`, `ack auto` or `ack on-failure`",
        |text| match text {
            "after" => Some(Acknowledge::After),
            "before" => Some(Acknowledge::Before),
            "auto" => Some(Acknowledge::Auto),
            "on-failure" => Some(Acknowledge::OnFailure),
            _ => None,
        },
    )
}

fn lease(cursor: &mut Cursor<'_, '_>) -> Option<Lease> {
    let help = "write `lease NAME by KEY 30s fencing-token`";
    let mut lease = Lease {
        name: cursor.word("the name of the lease", help)?,
        by: None,
        length: None,
        fencing_token: false,
        span: Span::default(),
    };
    while !cursor.is_done() {
        if cursor.take_word("by").is_some() {
            lease.by = cursor.name("what the lease locks", help);
        } else if cursor.take_word("fencing-token").is_some() {
            lease.fencing_token = true;
        } else {
            lease.length = cursor.time("how long the lease is held");
            if lease.length.is_none() {
                break;
            }
        }
    }
    lease.span = cursor.read();
    Some(lease)
}

pub(super) const STORE: Words = Words {
    of: "a store",
    known: &[
        "table",
        "outbox",
        "inbox",
        "rebuild",
        "database",
        "region",
        "regions",
        "isolation",
        "lagging",
    ],
};

fn store(cursor: &mut Cursor<'_, '_>) -> Option<Store> {
    let help = "write `store NAME postgres { … }`";
    let mut store = Store {
        name: cursor.word("the name of the store", help)?,
        ..Store::default()
    };
    if cursor.peek().is_some_and(|t| !t.is_word("in")) {
        store.kind = cursor.name("the product", help);
    }
    regions(cursor, &mut store.regions);
    let block = cursor.block(help)?;
    each(block, STORE, cursor.notes, |word, cursor| match word {
        "table" => store.tables.extend(table(cursor)),
        "outbox" => store.outbox = Some(outbox(cursor)),
        "inbox" => store.inbox = Some(inbox(cursor)),
        "rebuild" => {
            cursor.expect_word("from", "write `rebuild from CHANNEL`");
            store.rebuild_from = cursor.word(
                "the channel it is built from",
                "write `rebuild from CHANNEL`",
            );
        }
        "database" => {
            store.database = cursor.name("the database behind it", "write `database NAME`");
        }
        "isolation" => store.isolation = isolation(cursor),
        "lagging" => store.lagging = Some(cursor.read()),
        _ => store.regions = cursor.names("a region", "write `regions eu-west, us-east`"),
    });
    store.span = cursor.read();
    Some(store)
}

fn isolation(cursor: &mut Cursor<'_, '_>) -> Option<Spanned<Isolation>> {
    cursor.measured(
        "the isolation of transactions",
        "write `isolation serializable`, `isolation snapshot` or `isolation read-committed`",
        |text| match text {
            "serializable" => Some(Isolation::Serializable),
            "snapshot" | "repeatable-read" => Some(Isolation::Snapshot),
            "read-committed" => Some(Isolation::ReadCommitted),
            _ => None,
        },
    )
}

fn outbox(cursor: &mut Cursor<'_, '_>) -> Outbox {
    const KNOWN: &[&str] = &[
        "relay",
        "relays",
        "marks-first",
        "publishes-first",
        "by-last-id",
        "backoff-per-row",
    ];
    let mut outbox = Outbox {
        relay: None,
        marks_first: None,
        relays: None,
        by_last_id: None,
        backoff_per_row: None,
        span: Span::default(),
    };
    while let Some(token) = cursor.peek() {
        match token.text {
            "relay" => {
                cursor.next();
                outbox.relay = relay(cursor, &mut outbox.marks_first);
            }
            "relays" => {
                cursor.next();
                outbox.relays = cursor.number("how many relays run at once");
            }
            "marks-first" => outbox.marks_first = cursor.next().map(|t| t.span),
            "publishes-first" => drop(cursor.next()),
            "by-last-id" => outbox.by_last_id = cursor.next().map(|t| t.span),
            "backoff-per-row" => outbox.backoff_per_row = cursor.next().map(|t| t.span),
            "," => drop(cursor.next()),
            _ => {
                unknown_option(cursor, "an outbox", KNOWN);
                break;
            }
        }
    }
    outbox.span = cursor.read();
    outbox
}

/// `polling`, `cdc` or `none`; or how it works, where its kind does not matter.
fn relay(cursor: &mut Cursor<'_, '_>, marks_first: &mut Option<Span>) -> Option<Spanned<Relay>> {
    let help = "write `relay polling`, `relay cdc` or `relay none`";
    if let Some(span) = cursor.take_word("marks-first") {
        *marks_first = Some(span);
        return Some(Spanned {
            value: Relay::Polling,
            span,
        });
    }
    let relay = cursor.measured(
        "what takes messages out of the outbox",
        help,
        |text| match text {
            "polling" | "publishes-first" => Some(Some(Relay::Polling)),
            "cdc" => Some(Some(Relay::Cdc)),
            "none" => Some(None),
            _ => None,
        },
    )?;
    relay.value.map(|value| Spanned {
        value,
        span: relay.span,
    })
}

fn inbox(cursor: &mut Cursor<'_, '_>) -> Inbox {
    const KNOWN: &[&str] = &[
        "by",
        "in",
        "keep",
        "separate-transaction",
        "marked-before-effect",
    ];
    let mut inbox = Inbox {
        by: None,
        table: None,
        keep: None,
        mark: Spanned {
            value: Mark::WithEffect,
            span: Span::default(),
        },
        span: Span::default(),
    };
    while let Some(token) = cursor.peek() {
        match token.text {
            "by" => {
                cursor.next();
                inbox.by = cursor.name(
                    "the field of the envelope",
                    "write `inbox by message_id keep 30d`",
                );
            }
            "in" => {
                cursor.next();
                inbox.table = cursor.name(
                    "the table in which handled messages are remembered",
                    "write `inbox by message_id in handled_messages keep 30d`",
                );
            }
            "keep" => {
                cursor.next();
                inbox.keep = cursor.keep("how long handled messages are remembered");
                if inbox.keep.is_none() && cursor.failed() {
                    break;
                }
            }
            "separate-transaction" | "marked-before-effect" => {
                cursor.next();
                let value = match token.text {
                    "separate-transaction" => Mark::SeparateTransaction,
                    _ => Mark::BeforeEffect,
                };
                inbox.mark = Spanned {
                    value,
                    span: token.span,
                };
            }
            _ => {
                unknown_option(cursor, "an inbox", KNOWN);
                break;
            }
        }
    }
    inbox.span = cursor.read();
    inbox
}

fn table(cursor: &mut Cursor<'_, '_>) -> Option<Table> {
    let help = "write `table NAME key KEY { field: a|b = a }`";
    let mut table = Table {
        name: cursor.word("the name of the table", help)?,
        ..Table::default()
    };
    if cursor.take_word("key").is_some() {
        table.key = cursor.names("the key of the table", help);
    }
    if let Some(block) = cursor.block_if() {
        for node in &block.nodes {
            let mut cursor = Cursor::new(node, cursor.notes);
            table.fields.extend(field(&mut cursor));
            cursor.finish(
                "a field is such as `status: new|paid = new`; the next one stands behind `;`",
            );
        }
    }
    table.span = cursor.read();
    Some(table)
}

fn field(cursor: &mut Cursor<'_, '_>) -> Option<Field> {
    let help = "write `NAME: first|second = first` or `NAME: 0..2 = 0`";
    let name = cursor.word("the name of a field", help)?;
    cursor.expect_mark(":", help);
    let domain = domain(cursor, help)?;
    let initial = match cursor.take_mark("=") {
        true => literal(cursor, help),
        false => None,
    };
    Some(Field {
        name,
        domain,
        initial,
        span: cursor.read(),
    })
}

fn domain(cursor: &mut Cursor<'_, '_>, help: &str) -> Option<Domain> {
    if let Some(low) = number(cursor) {
        cursor.expect_mark("..", help);
        let Some(high) = number(cursor) else {
            cursor.expected("the largest value", help);
            return None;
        };
        return Some(Domain::Range(low.value, high.value));
    }
    if cursor.take_word("bool").is_some() {
        return Some(Domain::Truth);
    }
    let mut words = Vec::new();
    loop {
        words.push(cursor.word("a value of the field", help)?);
        if !cursor.take_mark("|") {
            return Some(Domain::Words(words));
        }
    }
}

fn number(cursor: &mut Cursor<'_, '_>) -> Option<Spanned<i64>> {
    let start = cursor.here();
    let sign = if cursor.take_mark("-") { -1 } else { 1 };
    let value = cursor.peek().and_then(|t| t.text.parse::<i64>().ok())?;
    let span = start.to(cursor.here());
    cursor.next();
    Some(Spanned {
        value: sign * value,
        span,
    })
}

fn literal(cursor: &mut Cursor<'_, '_>, help: &str) -> Option<Literal> {
    if let Some(number) = number(cursor) {
        return Some(Literal::Number(number));
    }
    cursor
        .word("the value that the field starts with", help)
        .map(Literal::Word)
}

pub(super) const API: Words = Words {
    of: "an api",
    known: &["idempotency", "latency", "timeout", "calls"],
};

fn api(cursor: &mut Cursor<'_, '_>) -> Option<Api> {
    let help = "write `api NAME v1 sync { … }`";
    let mut api = Api {
        name: cursor.word("the name of the api", help)?,
        ..Api::default()
    };
    api.version = cursor.version_if();
    for (word, manner) in [("sync", Manner::Sync), ("async", Manner::Async)] {
        if let Some(span) = cursor.take_word(word) {
            api.manner = Some(Spanned {
                value: manner,
                span,
            });
        }
    }
    if let Some(block) = cursor.block_if() {
        each(block, API, cursor.notes, |word, cursor| match word {
            "idempotency" => {
                api.idempotency = cursor.name("the field of the key", "write `idempotency FIELD`");
            }
            "latency" => api.latency = cursor.time("how long the answer may take"),
            "timeout" => api.timeout = cursor.time("how long a caller waits"),
            _ => loop {
                api.calls.extend(callee(cursor));
                if !cursor.take_mark(",") {
                    break;
                }
            },
        });
    }
    api.span = cursor.read();
    Some(api)
}

/// `owner.operation`.
pub(super) fn callee(cursor: &mut Cursor<'_, '_>) -> Option<Callee> {
    let help = "write `OWNER.operation`: an external system or service, and what it is asked";
    let owner = cursor.word("what is called", help)?;
    cursor.expect_mark(".", help);
    let operation = cursor.word("what it is asked", help)?;
    Some(Callee { owner, operation })
}
