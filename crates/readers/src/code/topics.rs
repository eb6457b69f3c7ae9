//! Queues and topics that code sends to and receives from, by the calls of client libraries that are known.

use std::collections::BTreeSet;

use coexist_model::{File, Place, Way};

use super::addresses::Lookups;
use super::imports::imports_of;
use super::profile::{Pick, profile_of};
use super::strings::StringsOf;
use super::syntax::{Id, Syntax};
use super::trials::{Trials, is_trial_path};
use super::view::Call;

/// A queue or topic that code names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The queue, topic or routing key.
    pub name: String,
    /// Which way messages go.
    pub way: Way,
    /// The product whose client library the file imports.
    pub broker: &'static str,
    /// Where.
    pub place: Place,
    /// Whether the function that sends also commits a transaction of a database.
    pub in_transaction: bool,
}

/// What the path of an import holds, and the product that it is a client of.
const CLIENTS: &[(&str, &str)] = &[
    ("pika", "rabbitmq"),
    ("amqp", "rabbitmq"),
    ("rabbit", "rabbitmq"),
    ("bunny", "rabbitmq"),
    ("lapin", "rabbitmq"),
    ("kafka", "kafka"),
    ("sarama", "kafka"),
    ("nats", "nats"),
    ("jms", "activemq"),
];

/// Calls that send, lowercase.
const SENDING: &[&str] = &[
    "basic_publish",
    "basicpublish",
    "publish",
    "publishwithcontext",
    "sendtoqueue",
    "send",
    "produce",
    "convertandsend",
    "send_and_wait",
    "producerrecord",
];
/// Calls that receive, lowercase.
const RECEIVING: &[&str] = &[
    "basic_consume",
    "basicconsume",
    "consume",
    "subscribe",
    "queuesubscribe",
    "kafkaconsumer",
    "aiokafkaconsumer",
    "consumepartition",
    "kafkalistener",
    "rabbitlistener",
];
/// Calls that bind a queue to an exchange by a key, lowercase.
const BINDING: &[&str] = &["queue_bind", "queuebind", "bindqueue"];
/// Names of what holds a topic, lowercase: arguments, and parts of literals.
const HOLDING: &[&str] = &[
    "routing_key",
    "routingkey",
    "topic",
    "topics",
    "queue",
    "queues",
    "subject",
];
/// Types whose part `topic` is what is sent to, and those whose part is what is received from, lowercase.
const MESSAGES: &[(&str, Way)] = &[
    ("producermessage", Way::Sends),
    ("producerrecord", Way::Sends),
    ("writer", Way::Sends),
    ("writerconfig", Way::Sends),
    ("readerconfig", Way::Receives),
];
/// Calls by which code commits a transaction of a database, or runs in one, lowercase.
const COMMITTING: &[&str] = &[
    "commit",
    "begintx",
    "transaction",
    "atomic",
    "withtransaction",
    "with_transaction",
    "intransaction",
    "runintransaction",
];

/// Topics that are kept of one file.
const LIMIT: usize = 500;

/// Returns the queues and topics that a file of code sends to and receives from.
pub fn topics(file: &File) -> Vec<Topic> {
    let Some(profile) = profile_of(&file.path, &file.text) else {
        return Vec::new();
    };
    let Ok(syntax) = Syntax::of(file, profile) else {
        return Vec::new();
    };
    let imports = imports_of(&syntax, file);
    let of_client = |path: &str| {
        let path = path.to_ascii_lowercase();
        let words = |client: &str| {
            let parts = path.split(|c: char| !c.is_ascii_alphanumeric());
            parts.into_iter().any(|part| part.contains(client))
        };
        CLIENTS
            .iter()
            .find(|(client, _)| words(client))
            .map(|(_, broker)| *broker)
    };
    let Some(broker) = imports.iter().find_map(|i| of_client(&i.path)) else {
        return Vec::new();
    };
    if is_trial_path(&file.path) {
        return Vec::new();
    }
    let strings = StringsOf::new(&syntax);
    let finder = Finder {
        syntax: &syntax,
        strings: &strings,
        lookups: Lookups::of(&syntax, &strings),
        file,
        broker,
    };
    finder.all()
}

struct Finder<'s, 'a> {
    syntax: &'s Syntax<'a>,
    strings: &'s StringsOf<'s, 'a>,
    lookups: Lookups<'s, 'a>,
    file: &'s File,
    broker: &'static str,
}

impl Finder<'_, '_> {
    fn all(&self) -> Vec<Topic> {
        let s = self.syntax;
        let trials = Trials::of(s);
        let mut found = Vec::new();
        let mut bound = Vec::new();
        for id in s.all().filter(|&id| !trials.hold(id)) {
            if found.len() + bound.len() >= LIMIT {
                break;
            }
            if let Some(call) = s.call(id) {
                let called = s.called(call).to_ascii_lowercase();
                let of = |names: &[&str]| names.contains(&called.as_str());
                if of(SENDING) {
                    found.extend(self.sent(call).map(|n| self.topic(id, n, Way::Sends)));
                } else if of(RECEIVING) {
                    let names = self.received(call).into_iter();
                    found.extend(names.map(|n| self.topic(id, n, Way::Receives)));
                } else if of(BINDING) {
                    bound.extend(self.key(call).map(|n| self.topic(id, n, Way::Receives)));
                }
            } else if s.kind(id).contains("annotation") {
                found.extend(self.annotated(id));
            } else {
                found.extend(self.composed(id));
            }
        }
        if !bound.is_empty() {
            // A queue that is bound to a key receives what is sent with the key, whatever the queue is called.
            found.retain(|t| t.way == Way::Sends);
            found.extend(bound);
        }
        let mut seen = BTreeSet::new();
        found.retain(|t| seen.insert((t.name.clone(), t.way, t.place.line)));
        found
    }

    fn topic(&self, id: Id, name: String, way: Way) -> Topic {
        Topic {
            name,
            way,
            broker: self.broker,
            place: self.file.place(self.syntax.range(id)),
            in_transaction: way == Way::Sends && self.is_in_transaction(id),
        }
    }

    /// Returns the text of an argument, where it can be the name of a topic.
    fn name(&self, id: Id) -> Option<String> {
        let text = match self.strings.literal(id) {
            Some(literal) if !literal.dynamic => literal.text,
            _ => self.lookups.fallback_of(id)?.to_owned(),
        };
        is_topic(&text).then_some(text)
    }

    /// Returns the value of a named argument or part: `routing_key=…`, `{ topic: … }`.
    fn named(&self, id: Id) -> Option<Id> {
        let s = self.syntax;
        let p = s.profile;
        // What an annotation of Java names.
        let annotated = (
            "element_value_pair",
            Pick::Field("key"),
            Pick::Field("value"),
        );
        let forms = p.pairs.iter().chain(p.assignments).copied();
        let mut pairs = forms
            .chain([annotated])
            .filter(|f| f.0 == s.kind(id))
            .filter_map(|f| Some((s.pick(id, f.1)?, s.pick(id, f.2)?)));
        let holds = |name: Id| {
            let name = s
                .text(name)
                .trim_matches(['"', '\'', ':'])
                .to_ascii_lowercase();
            HOLDING.contains(&name.as_str())
        };
        pairs.find(|(name, _)| holds(*name)).map(|(_, value)| value)
    }

    /// Returns the texts in the named part of an expression, at whatever depth it stands.
    fn named_below(&self, id: Id) -> Vec<String> {
        let s = self.syntax;
        let within = std::iter::once(id).chain(s.below(id).take(500));
        let Some(value) = within.into_iter().find_map(|below| self.named(below)) else {
            return Vec::new();
        };
        self.texts(value)
    }

    /// Returns the text that an expression is, or the texts of a list.
    fn texts(&self, id: Id) -> Vec<String> {
        if let Some(one) = self.name(id) {
            return vec![one];
        }
        let inner = self.syntax.below(id).take(200);
        inner
            .filter(|&b| self.syntax.is_string(b))
            .filter_map(|b| self.name(b))
            .collect()
    }

    fn sent(&self, call: Call) -> Option<String> {
        let arguments = self.syntax.arguments(call);
        let named = arguments.iter().flat_map(|&a| self.named_below(a));
        if let Some(name) = named.into_iter().next() {
            return Some(name);
        }
        // `publish(exchange, key, …)`: the key, where it is one; `send(topic, …)`. The context of a call in Go stands before.
        let context = arguments
            .first()
            .is_some_and(|&a| matches!(self.syntax.text(a), "ctx" | "context"));
        let first = arguments.iter().skip(usize::from(context)).take(2);
        let texts: Vec<String> = first.map_while(|&a| self.name(a)).collect();
        let of_exchange = self.broker == "rabbitmq" && texts.len() > 1;
        texts.into_iter().nth(usize::from(of_exchange))
    }

    fn received(&self, call: Call) -> Vec<String> {
        let arguments = self.syntax.arguments(call);
        let named: Vec<String> = arguments
            .iter()
            .flat_map(|&a| self.named_below(a))
            .collect();
        if !named.is_empty() {
            return named;
        }
        let Some(&first) = arguments.first() else {
            return Vec::new();
        };
        if let Some(one) = self.name(first) {
            return vec![one];
        }
        // `subscribe(listOf(topic))`, `subscribe(["a", "b"])`, `subscribe(Collections.singletonList("a"))`
        let s = self.syntax;
        let inner = match s.call(first) {
            Some(call) => s.arguments(call),
            None if s.profile.functions.contains(&s.kind(first)) => Vec::new(),
            None => s.named(first).collect(),
        };
        inner.into_iter().filter_map(|i| self.name(i)).collect()
    }

    /// Returns the key of `QueueBind(queue, key, exchange, …)`.
    fn key(&self, call: Call) -> Option<String> {
        let arguments = self.syntax.arguments(call);
        let named = arguments.iter().find_map(|&a| self.named(a));
        named
            .or(arguments.get(1).copied())
            .and_then(|a| self.name(a))
    }

    /// `@KafkaListener(topics = "orders")`
    fn annotated(&self, id: Id) -> Vec<Topic> {
        let s = self.syntax;
        let name = s.child(id, "name").map(|n| s.text(n).to_ascii_lowercase());
        let listens = name.is_some_and(|n| RECEIVING.contains(&n.as_str()));
        let names = if listens {
            self.named_below(id)
        } else {
            Vec::new()
        };
        let topics = names.into_iter().map(|n| self.topic(id, n, Way::Receives));
        topics.collect()
    }

    /// `sarama.ProducerMessage{Topic: "orders"}`
    fn composed(&self, id: Id) -> Option<Topic> {
        let s = self.syntax;
        let form = s.profile.composites.iter().find(|c| c.0 == s.kind(id))?;
        let of = s.last_name(s.pick(id, form.1)?).to_ascii_lowercase();
        let (_, way) = MESSAGES.iter().find(|(name, _)| *name == of)?;
        let name = self.named_below(id).into_iter().next()?;
        Some(self.topic(id, name, *way))
    }

    /// Returns whether the function around a send also commits a transaction of a database.
    fn is_in_transaction(&self, id: Id) -> bool {
        let s = self.syntax;
        let Some(function) = s.named_function(id) else {
            return false;
        };
        let marked = s
            .children(function)
            .filter(|&c| s.kind(c) == "modifiers")
            .any(|m| s.text(m).contains("@Transactional"));
        let of_broker = |call: Call| {
            let receiver = s
                .receiver(call)
                .map(|r| s.last_name(r).to_ascii_lowercase());
            // A session of JMS commits its messages, that of a database its rows.
            let broker = match self.broker {
                "activemq" => &["producer", "consumer", "session"][..],
                _ => &["producer", "consumer", "channel"][..],
            };
            receiver.is_some_and(|r| broker.iter().any(|b| r.contains(b)))
        };
        let commits = |call: Call| {
            let called = s.called(call).to_ascii_lowercase();
            COMMITTING.contains(&called.as_str()) && !of_broker(call)
        };
        marked || s.below(function).filter_map(|b| s.call(b)).any(commits)
    }
}

/// Returns whether a text can be the name of a queue or topic.
fn is_topic(text: &str) -> bool {
    let part =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':' | '#' | '*');
    (1..=100).contains(&text.len())
        && text.chars().all(part)
        && text.contains(|c: char| c.is_ascii_alphabetic())
}
