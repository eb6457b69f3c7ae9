//! A design as JSON, for programs that do not read the notation.
//!
//! The form is stable: fields may be added, none goes and none changes its meaning. What was not said is null or an empty list. Times are
//! in milliseconds, `"forever"` where they never end. `line` is where a part begins.

mod behaviour;

use coexist_model::File;
use serde_json::{Value, json};

use super::{
    Acknowledge, Amount, Api, Channel, Consistency, Contract, Delivery, Design, Domain, Effect,
    Explore, External, Inbox, Isolation, Justification, Keep, Key, Lease, Literal, Manner, Mark,
    Millis, Name, Operation, Ordering, Outbox, Reconciliation, Relay, Repair, Service, Signal,
    Span, Spanned, Store, Table, Times, Truth,
};

/// The version of the form.
const VERSION: u32 = 1;

/// Returns a design as JSON; `file` is the text that it was read from.
pub fn export(design: &Design, file: &File) -> Value {
    let form = Form { file };
    json!({
        "version": VERSION,
        "design": text(&design.name),
        "design_version": number(design.version),
        "justifications": list(&design.justifications, |j| form.justification(j)),
        "rejected": list(&design.rejected, |j| form.justification(j)),
        "services": list(&design.services, |s| form.service(s)),
        "externals": list(&design.externals, |e| form.external(e)),
        "channels": list(&design.channels, |c| form.channel(c)),
        "envelope": design.envelope.as_ref().map(|e| names(&e.fields)),
        "evolve": design.evolution.as_ref().map(|e| json!({
            "rule": text(&e.rule), "checked_by": optional(e.checked_by.as_ref()), "line": form.line(e.span),
        })),
        "workflows": list(&design.workflows, |w| form.workflow(w)),
        "truths": list(&design.truths, |t| form.truth(t)),
        "reconciliations": list(&design.reconciliations, |r| form.reconciliation(r)),
        "signals": list(&design.signals, |s| form.signal(s)),
        "explore": design.explore.as_ref().map(explore),
        "gaps": list(&design.gaps, |span| json!(form.line(*span))),
    })
}

/// What every part needs to say where it stands.
struct Form<'a> {
    file: &'a File,
}

fn list<T>(all: &[T], one: impl Fn(&T) -> Value) -> Value {
    Value::Array(all.iter().map(one).collect())
}

/// A name; a gap was not said.
fn text(name: &Name) -> Value {
    match name.is_gap() {
        true => Value::Null,
        false => json!(name.text),
    }
}

fn optional(name: Option<&Name>) -> Value {
    name.map_or(Value::Null, text)
}

fn names(all: &[Name]) -> Value {
    list(all, text)
}

fn number(number: Option<Spanned<u64>>) -> Value {
    json!(number.map(|n| n.value))
}

fn time(time: Option<Spanned<Millis>>) -> Value {
    json!(time.map(|t| t.value.0))
}

fn keep(keep: Option<Spanned<Keep>>) -> Value {
    match keep.map(|k| k.value) {
        None => Value::Null,
        Some(Keep::Forever) => json!("forever"),
        Some(Keep::For(time)) => json!(time.0),
    }
}

fn times(times: Times) -> Value {
    match times {
        Times::Forever => json!("forever"),
        Times::Count(count) => json!(count),
    }
}

fn acknowledge(acknowledge: Option<Spanned<Acknowledge>>) -> Value {
    json!(acknowledge.map(|a| match a.value {
        Acknowledge::After => "after",
        Acknowledge::Before => "before",
        Acknowledge::Auto => "auto",
        Acknowledge::OnFailure => "on-failure",
    }))
}

fn contract(contract: &Contract) -> Value {
    json!({"message": text(&contract.message), "version": number(contract.version)})
}

fn key(key: Option<&Key>) -> Value {
    match key {
        None => Value::Null,
        Some(Key::PerAttempt(_)) => json!("per-attempt"),
        Some(Key::Fields(fields)) => names(fields),
    }
}

fn literal(literal: &Literal) -> Value {
    match literal {
        Literal::Word(word) => text(word),
        Literal::Number(number) => json!(number.value),
    }
}

fn effect(effect: Option<&Effect>) -> Value {
    match effect {
        None => Value::Null,
        Some(Effect::None(_)) => json!("none"),
        Some(Effect::Seen(seen)) => text(seen),
    }
}

fn amount(amount: Option<Spanned<Amount>>) -> Value {
    match amount.map(|a| a.value) {
        None => Value::Null,
        Some(Amount::Time(time)) => json!({"milliseconds": time.0}),
        Some(Amount::Count(count)) => json!({"count": count}),
        Some(Amount::Share(hundredths)) => json!({"percent": hundredths as f64 / 100.0}),
    }
}

fn explore(explore: &Explore) -> Value {
    json!({
        "instances": number(explore.instances),
        "crashes": number(explore.crashes),
        "duplicates": number(explore.duplicates),
        "lost-replies": number(explore.lost_replies),
        "dead-letters": number(explore.dead_letters),
        "with-reconcile": explore.with_reconcile,
        "late-effects": number(explore.late_effects),
        "max-states": number(explore.max_states),
    })
}

impl Form<'_> {
    fn line(&self, span: Span) -> u32 {
        self.file.place(span.range()).line
    }

    fn justification(&self, one: &Justification) -> Value {
        json!({
            "reason": text(&one.reason), "text": optional(one.text.as_ref()),
            "evidence": optional(one.evidence.as_ref()), "line": self.line(one.span),
        })
    }

    fn service(&self, service: &Service) -> Value {
        let fails = service.fails.as_ref();
        json!({
            "name": text(&service.name),
            "team": optional(service.team.as_ref()),
            "oncall": optional(service.oncall.as_ref()),
            "regions": names(&service.regions),
            "stores": list(&service.stores, |s| self.store(s)),
            "apis": list(&service.apis, |a| self.api(a)),
            "calls": list(&service.calls, |link| json!({"to": text(&link.to), "over": optional(link.over.as_ref())})),
            "publishes": list(&service.publishes, contract),
            "accepts": list(&service.accepts, contract),
            "serial": service.serial.as_ref().map(|s| json!({"by": optional(s.by.as_ref())})),
            "staleness": service.staleness.as_ref().map(|s| json!({"bound": time(s.bound), "shown": optional(s.shown.as_ref())})),
            "fails": fails.map(|f| json!({"upstream": effect(f.upstream.as_ref()), "downstream": effect(f.downstream.as_ref())})),
            "ack": acknowledge(service.acknowledges),
            "leases": list(&service.leases, |l| self.lease(l)),
            "line": self.line(service.span),
        })
    }

    fn lease(&self, lease: &Lease) -> Value {
        json!({
            "name": text(&lease.name), "by": optional(lease.by.as_ref()), "length": time(lease.length),
            "fencing_token": lease.fencing_token, "line": self.line(lease.span),
        })
    }

    fn store(&self, store: &Store) -> Value {
        json!({
            "name": text(&store.name),
            "kind": optional(store.kind.as_ref()),
            "database": optional(store.database.as_ref()),
            "regions": names(&store.regions),
            "tables": list(&store.tables, |t| self.table(t)),
            "outbox": store.outbox.as_ref().map(|o| self.outbox(o)),
            "inbox": store.inbox.as_ref().map(|i| self.inbox(i)),
            "rebuild_from": optional(store.rebuild_from.as_ref()),
            "isolation": store.isolation.map(|i| match i.value {
                Isolation::Serializable => "serializable",
                Isolation::Snapshot => "snapshot",
                Isolation::ReadCommitted => "read-committed",
            }),
            "lagging": store.lagging.is_some(),
            "line": self.line(store.span),
        })
    }

    fn outbox(&self, outbox: &Outbox) -> Value {
        json!({
            "relay": outbox.relay.map(|r| match r.value { Relay::Polling => "polling", Relay::Cdc => "cdc" }),
            "relays": number(outbox.relays),
            "marks_first": outbox.marks_first.is_some(),
            "by_last_id": outbox.by_last_id.is_some(),
            "backoff_per_row": outbox.backoff_per_row.is_some(),
            "line": self.line(outbox.span),
        })
    }

    fn inbox(&self, inbox: &Inbox) -> Value {
        json!({
            "by": optional(inbox.by.as_ref()),
            "in": optional(inbox.table.as_ref()),
            "keep": keep(inbox.keep),
            "mark": match inbox.mark.value {
                Mark::WithEffect => "with-effect",
                Mark::SeparateTransaction => "separate-transaction",
                Mark::BeforeEffect => "before-effect",
            },
            "line": self.line(inbox.span),
        })
    }

    fn table(&self, table: &Table) -> Value {
        json!({
            "name": text(&table.name),
            "key": names(&table.key),
            "fields": list(&table.fields, |field| json!({
                "name": text(&field.name),
                "values": match &field.domain {
                    Domain::Words(words) => names(words),
                    Domain::Range(low, high) => json!({"from": low, "to": high}),
                    Domain::Truth => json!([false, true]),
                },
                "initial": field.initial.as_ref().map(literal),
                "line": self.line(field.span),
            })),
            "line": self.line(table.span),
        })
    }

    fn api(&self, api: &Api) -> Value {
        json!({
            "name": text(&api.name),
            "version": number(api.version),
            "manner": api.manner.map(|m| match m.value { Manner::Sync => "sync", Manner::Async => "async" }),
            "idempotency": optional(api.idempotency.as_ref()),
            "latency": time(api.latency),
            "timeout": time(api.timeout),
            "calls": list(&api.calls, |c| json!({"owner": text(&c.owner), "operation": text(&c.operation)})),
            "line": self.line(api.span),
        })
    }

    fn external(&self, external: &External) -> Value {
        json!({
            "name": text(&external.name),
            "provider": optional(external.provider.as_ref()),
            "contract": optional(external.contract.as_ref()),
            "operations": list(&external.operations, |o| self.operation(o)),
            "line": self.line(external.span),
        })
    }

    fn operation(&self, operation: &Operation) -> Value {
        json!({
            "name": text(&operation.name),
            "arguments": names(&operation.arguments),
            "outcomes": operation.answers(),
            "key": key(operation.key.as_ref()),
            "keep": keep(operation.keep),
            "timeout": time(operation.timeout),
            "noop_if": optional(operation.noop_if.as_ref()),
            "read_only": operation.read_only,
            "lagging": operation.lagging.is_some(),
            "undoes": optional(operation.undoes.as_ref()),
            "counted_as": optional(operation.counted_as.as_ref()),
            "webhooks": list(&operation.webhooks, |w| json!({
                "message": text(&w.message), "on": optional(w.on.as_ref()), "to": optional(w.to.as_ref()),
            })),
            "line": self.line(operation.span),
        })
    }

    fn channel(&self, channel: &Channel) -> Value {
        json!({
            "name": text(&channel.name),
            "broker": optional(channel.broker.as_ref()),
            "from": names(&channel.from),
            "to": names(&channel.to),
            "carries": names(&channel.carries),
            "delivery": channel.delivery.map(|d| match d.value {
                Delivery::AtLeastOnce => "at-least-once",
                Delivery::AtMostOnce => "at-most-once",
                Delivery::ExactlyOnce => "exactly-once",
            }),
            "ordering": match &channel.ordering {
                None => Value::Null,
                Some(Ordering::None(_)) => json!("unordered"),
                Some(Ordering::By(key)) => json!({"by": text(key)}),
            },
            "retry": channel.retry.as_ref().map(|r| json!({
                "times": times(r.times), "first": r.first.map(|t| t.0), "longest": r.longest.map(|t| t.0),
            })),
            "dead_letter": channel.dead_letter.as_ref().map(|d| json!({"queue": optional(d.queue.as_ref()), "keep": keep(d.keep)})),
            "keep": keep(channel.keep),
            "ack": acknowledge(channel.acknowledges),
            "line": self.line(channel.span),
        })
    }

    fn truth(&self, truth: &Truth) -> Value {
        json!({
            "table": text(&truth.table),
            "field": optional(truth.field.as_ref()),
            "at": optional(truth.at.as_ref()),
            "consistency": match &truth.consistency {
                None => Value::Null,
                Some(Consistency::Strong { because, .. }) => json!({"kind": "strong", "because": optional(because.as_ref())}),
                Some(Consistency::Eventual { within, reconcile, .. }) => {
                    json!({"kind": "eventual", "within": time(*within), "reconcile": optional(reconcile.as_ref())})
                }
            },
            "line": self.line(truth.span),
        })
    }

    fn reconciliation(&self, one: &Reconciliation) -> Value {
        json!({
            "name": text(&one.name),
            "every": time(one.every),
            "when": one.when.as_ref().map(|c| self.condition(c)),
            "settled": time(one.settled),
            "repair": match &one.repair {
                None => Value::Null,
                Some(Repair::Message(message)) => json!({"message": text(message)}),
                Some(Repair::Manual(page)) => json!({"manual": optional(page.as_ref())}),
                Some(Repair::Replay(channel)) => json!({"replay": text(channel)}),
            },
            "audit": optional(one.audit.as_ref()),
            "line": self.line(one.span),
        })
    }

    fn signal(&self, signal: &Signal) -> Value {
        json!({
            "name": text(&signal.name), "warn": amount(signal.warn), "page": amount(signal.page), "line": self.line(signal.span),
        })
    }
}
