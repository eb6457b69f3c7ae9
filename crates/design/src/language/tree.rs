//! A design as it is written: every part with its place. What was not said is `None` or empty; a gap (`TODO`) is not said.

use super::{Condition, Name, Span, Spanned, Workflow};

/// A length of time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// For that long.
    For(Millis),
    /// For ever.
    Forever,
}

/// How often something is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// That many times.
    Count(u64),
    /// Until it succeeds.
    Forever,
}

/// A whole design file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Design {
    /// Its name.
    pub name: Name,
    /// Its version.
    pub version: Option<Spanned<u64>>,
    /// Why it is distributed at all.
    pub justifications: Vec<Justification>,
    /// What was considered instead.
    pub rejected: Vec<Justification>,
    /// Processes that are deployed on their own.
    pub services: Vec<Service>,
    /// Systems of others.
    pub externals: Vec<External>,
    /// Queues and topics.
    pub channels: Vec<Channel>,
    /// The fields that every message carries.
    pub envelope: Option<Envelope>,
    /// How contracts change.
    pub evolution: Option<Evolution>,
    /// What happens step by step.
    pub workflows: Vec<Workflow>,
    /// Where the truth of a piece of data is.
    pub truths: Vec<Truth>,
    /// How copies that differ are found and repaired.
    pub reconciliations: Vec<Reconciliation>,
    /// What operators watch.
    pub signals: Vec<Signal>,
    /// The bounds of the exploration.
    pub explore: Option<Explore>,
    /// Every `TODO`.
    pub gaps: Vec<Span>,
}

/// `justify REASON "text" evidence PATH`, or `rejected ALTERNATIVE "text"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Justification {
    /// The reason, or the alternative.
    pub reason: Name,
    /// What is said for or against it.
    pub text: Option<Name>,
    /// The document that shows it.
    pub evidence: Option<Name>,
    /// The statement.
    pub span: Span,
}

/// `service NAME { … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// Its name.
    pub name: Name,
    /// The team that owns it.
    pub team: Option<Name>,
    /// Who is called when it breaks.
    pub oncall: Option<Name>,
    /// Where it runs; empty where that was not said.
    pub regions: Vec<Name>,
    /// Its databases.
    pub stores: Vec<Store>,
    /// What others call and wait for.
    pub apis: Vec<Api>,
    /// The services that it calls, where it is not said by which api.
    pub calls: Vec<Link>,
    /// Messages that it publishes.
    pub publishes: Vec<Contract>,
    /// Messages that it is asked to act on.
    pub accepts: Vec<Contract>,
    /// Whether it handles messages of one key one after the other.
    pub serial: Option<Serial>,
    /// How old what it shows may be, and how people see that.
    pub staleness: Option<Staleness>,
    /// What happens to others when it fails.
    pub fails: Option<Failure>,
    /// When its consumers acknowledge a message.
    pub acknowledges: Option<Spanned<Acknowledge>>,
    /// Locks that end by themselves.
    pub leases: Vec<Lease>,
    /// The statement.
    pub span: Span,
}

/// `calls SERVICE over http`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The service or external system that is called.
    pub to: Name,
    /// The protocol.
    pub over: Option<Name>,
}

/// A message with the version of its contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The message.
    pub message: Name,
    /// Its version.
    pub version: Option<Spanned<u64>>,
}

/// `handles serial by KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serial {
    /// The key; all messages one after the other where none is named.
    pub by: Option<Name>,
    /// The statement.
    pub span: Span,
}

/// `staleness 30s shown "…"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staleness {
    /// How old data may be.
    pub bound: Option<Spanned<Millis>>,
    /// How the user sees it.
    pub shown: Option<Name>,
    /// The statement.
    pub span: Span,
}

/// `fails { upstream …; downstream … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// What those who call it see.
    pub upstream: Option<Effect>,
    /// What those who depend on its messages see.
    pub downstream: Option<Effect>,
    /// The statement.
    pub span: Span,
}

/// The effect of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nobody sees anything.
    None(Span),
    /// What is seen.
    Seen(Name),
}

/// When a consumer acknowledges a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acknowledge {
    /// After the effect is committed: the default.
    After,
    /// Before the effect.
    Before,
    /// By the client library, as soon as the message is delivered.
    Auto,
    /// Also when handling it failed.
    OnFailure,
}

/// `lease NAME by KEY 30s fencing-token`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Its name.
    pub name: Name,
    /// What it locks.
    pub by: Option<Name>,
    /// When it ends.
    pub length: Option<Spanned<Millis>>,
    /// Whether the store refuses a writer whose lease has ended.
    pub fencing_token: bool,
    /// The statement.
    pub span: Span,
}

/// `store NAME KIND { … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Store {
    /// Its name.
    pub name: Name,
    /// The product: `postgres`, `redis`, ….
    pub kind: Option<Name>,
    /// The database behind it, where that has another name.
    pub database: Option<Name>,
    /// Where its copies are.
    pub regions: Vec<Name>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Where messages wait in the transaction's own database.
    pub outbox: Option<Outbox>,
    /// Where it remembers the messages it has handled.
    pub inbox: Option<Inbox>,
    /// The channel from which it can be built again.
    pub rebuild_from: Option<Name>,
    /// The isolation of its transactions.
    pub isolation: Option<Spanned<Isolation>>,
    /// Whether it is read at a copy that may lag behind.
    pub lagging: Option<Span>,
    /// The statement.
    pub span: Span,
}

/// How transactions of a store see each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isolation {
    /// As if one after the other: the default of the language, which stands for a transaction that locks what it decides by.
    Serializable,
    /// A snapshot: what was read may have changed at commit.
    Snapshot,
    /// Each statement sees what is committed then.
    ReadCommitted,
}

/// `table NAME key KEY { field: type = initial; … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// Its key.
    pub key: Vec<Name>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The statement.
    pub span: Span,
}

/// A field of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// The values it can have.
    pub domain: Domain,
    /// The value it starts with; else the first of its domain.
    pub initial: Option<Literal>,
    /// The statement.
    pub span: Span,
}

/// The values of a field: finitely many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Domain {
    /// One of these words.
    Words(Vec<Name>),
    /// A number between these, both included.
    Range(i64, i64),
    /// `true` or `false`.
    Truth,
}

/// A value that is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// A word of a domain, `true` or `false`.
    Word(Name),
    /// A number.
    Number(Spanned<i64>),
}

/// `outbox relay polling`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbox {
    /// What takes messages from it to the channel; None where nothing does.
    pub relay: Option<Spanned<Relay>>,
    /// Whether a row is marked before it is published.
    pub marks_first: Option<Span>,
    /// How many relays run at once; None is one.
    pub relays: Option<Spanned<u64>>,
    /// Whether it reads rows behind the last id that it saw, so that it passes over one that commits later.
    pub by_last_id: Option<Span>,
    /// Whether a row that could not be published waits alone, while later rows of the same key go first.
    pub backoff_per_row: Option<Span>,
    /// The statement.
    pub span: Span,
}

/// What takes messages from an outbox to the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relay {
    /// A process that asks the table.
    Polling,
    /// The database's log of changes.
    Cdc,
}

/// `inbox by FIELD in TABLE keep 30d`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// The field of the envelope by which a message is known again.
    pub by: Option<Name>,
    /// The table of the database in which it remembers; None where that is not said.
    pub table: Option<Name>,
    /// How long it remembers.
    pub keep: Option<Spanned<Keep>>,
    /// How the mark and the effect are committed.
    pub mark: Spanned<Mark>,
    /// The statement.
    pub span: Span,
}

/// How the mark in an inbox and the effect of the message are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// In one transaction: the default.
    WithEffect,
    /// The check and the mark are transactions of their own: two copies at once both pass the check, and a crash loses the mark.
    SeparateTransaction,
    /// The mark is committed before the effect.
    BeforeEffect,
}

/// `api NAME v1 sync { … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Api {
    /// Its name.
    pub name: Name,
    /// The version of its contract.
    pub version: Option<Spanned<u64>>,
    /// Whether the caller waits for the answer.
    pub manner: Option<Spanned<Manner>>,
    /// The field by which a repeated request is known again.
    pub idempotency: Option<Name>,
    /// How long the answer may take.
    pub latency: Option<Spanned<Millis>>,
    /// How long a caller waits.
    pub timeout: Option<Spanned<Millis>>,
    /// What it calls and waits for before it answers.
    pub calls: Vec<Callee>,
    /// The statement.
    pub span: Span,
}

/// Whether the caller waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// It waits.
    Sync,
    /// It is told later.
    Async,
}

/// `SERVICE.api` or `EXTERNAL.op`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callee {
    /// The service or external system.
    pub owner: Name,
    /// Its api or operation.
    pub operation: Name,
}

/// `external NAME PROVIDER { … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct External {
    /// Its name.
    pub name: Name,
    /// Who runs it.
    pub provider: Option<Name>,
    /// Where its contract is written down.
    pub contract: Option<Name>,
    /// What it can be asked to do.
    pub operations: Vec<Operation>,
    /// The statement.
    pub span: Span,
}

/// `op NAME(arguments) -> outcome|outcome { … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operation {
    /// Its name.
    pub name: Name,
    /// What it is given.
    pub arguments: Vec<Name>,
    /// What it answers; `ok` where nothing is said.
    pub outcomes: Vec<Name>,
    /// By what the provider knows a repeated request again.
    pub key: Option<Key>,
    /// How long the provider remembers the key.
    pub keep: Option<Spanned<Keep>>,
    /// How long a caller waits.
    pub timeout: Option<Spanned<Millis>>,
    /// When it does nothing.
    pub noop_if: Option<Name>,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether its answer comes from a copy that may lag behind.
    pub lagging: Option<Span>,
    /// The operation whose effect it takes back.
    pub undoes: Option<Name>,
    /// The name under which its effects are counted in conditions: `captured`.
    pub counted_as: Option<Name>,
    /// Messages that the provider sends when it is done, each to a service.
    pub webhooks: Vec<Webhook>,
    /// The statement.
    pub span: Span,
}

/// `webhook MESSAGE to SERVICE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The message.
    pub message: Name,
    /// The outcome on which it is sent; on every one where none is named.
    pub on: Option<Name>,
    /// The service that gets it; whoever handles it where none is named.
    pub to: Option<Name>,
}

/// By what a provider knows a repeated request again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// By these arguments.
    Fields(Vec<Name>),
    /// By a key that is made anew for each attempt: never.
    PerAttempt(Span),
}

impl Key {
    /// Returns where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::PerAttempt(span) => *span,
            Self::Fields(names) => {
                let first = names.first().map(|n| n.span).unwrap_or_default();
                names.last().map_or(first, |last| first.to(last.span))
            }
        }
    }
}

/// `channel NAME { … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channel {
    /// Its name.
    pub name: Name,
    /// The product: `kafka`, `rabbitmq`, ….
    pub broker: Option<Name>,
    /// The services that publish to it.
    pub from: Vec<Name>,
    /// The services that read from it; empty where that was not said.
    pub to: Vec<Name>,
    /// The messages on it; empty where that was not said.
    pub carries: Vec<Name>,
    /// How often a message arrives.
    pub delivery: Option<Spanned<Delivery>>,
    /// In which order messages arrive.
    pub ordering: Option<Ordering>,
    /// How often a message is delivered again.
    pub retry: Option<Redelivery>,
    /// What happens to a message after the last delivery.
    pub dead_letter: Option<DeadLetter>,
    /// How long messages are kept.
    pub keep: Option<Spanned<Keep>>,
    /// When its consumers acknowledge a message.
    pub acknowledges: Option<Spanned<Acknowledge>>,
    /// The statement.
    pub span: Span,
}

/// How often a message arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivery {
    /// At least once.
    AtLeastOnce,
    /// At most once: it may be lost.
    AtMostOnce,
    /// Exactly once, as is claimed.
    ExactlyOnce,
}

/// In which order messages arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ordering {
    /// Messages of one key in the order in which they were published.
    By(Name),
    /// In any order.
    None(Span),
}

impl Ordering {
    /// Returns where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::By(name) => name.span,
            Self::None(span) => *span,
        }
    }
}

/// `retry 8x 1s..1h`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redelivery {
    /// How often.
    pub times: Times,
    /// The first wait.
    pub first: Option<Millis>,
    /// The longest wait.
    pub longest: Option<Millis>,
    /// The statement.
    pub span: Span,
}

/// `dead-letter QUEUE keep 14d`, or `dead-letter none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The queue; None where the message is dropped.
    pub queue: Option<Name>,
    /// How long it waits there.
    pub keep: Option<Spanned<Keep>>,
    /// The statement.
    pub span: Span,
}

/// `envelope message_id, correlation_id, …`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// The fields.
    pub fields: Vec<Name>,
    /// The statement.
    pub span: Span,
}

/// `evolve backward-transitive, checked-by "…"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evolution {
    /// The rule: `backward`, `forward`, `full`, each perhaps `-transitive`.
    pub rule: Name,
    /// What holds contracts to it.
    pub checked_by: Option<Name>,
    /// The statement.
    pub span: Span,
}

/// `truth DATA at SERVICE strong because "…"`, or `eventual 15m reconcile NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The table.
    pub table: Name,
    /// The field, where it is one.
    pub field: Option<Name>,
    /// Where the truth is: a service or an external system.
    pub at: Option<Name>,
    /// How near the copies are.
    pub consistency: Option<Consistency>,
    /// The statement.
    pub span: Span,
}

/// How near copies are to the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consistency {
    /// Always equal.
    Strong {
        /// Why the business needs it.
        because: Option<Name>,
        /// The word.
        span: Span,
    },
    /// Equal after some time.
    Eventual {
        /// After how long.
        within: Option<Spanned<Millis>>,
        /// What repairs them where they are not.
        reconcile: Option<Name>,
        /// The word.
        span: Span,
    },
}

/// `reconcile NAME every 1h { when CONDITION settled 30m; repair … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciliation {
    /// Its name.
    pub name: Name,
    /// How often it runs.
    pub every: Option<Spanned<Millis>>,
    /// What is wrong where this holds.
    pub when: Option<Condition>,
    /// For how long, with no message in flight.
    pub settled: Option<Spanned<Millis>>,
    /// What is done.
    pub repair: Option<Repair>,
    /// Where each repair is written down.
    pub audit: Option<Name>,
    /// The statement.
    pub span: Span,
}

/// What a reconciliation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// Sends that message.
    Message(Name),
    /// A person follows that page.
    Manual(Option<Name>),
    /// Builds the data again from that channel.
    Replay(Name),
}

/// `signal NAME warn 1m page 5m`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// What is measured.
    pub name: Name,
    /// From where on somebody is told.
    pub warn: Option<Spanned<Amount>>,
    /// From where on somebody is woken.
    pub page: Option<Spanned<Amount>>,
    /// The statement.
    pub span: Span,
}

/// A threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Amount {
    /// A length of time.
    Time(Millis),
    /// A number of things.
    Count(u64),
    /// Hundredths of a percent.
    Share(u64),
}

/// `explore { instances 2; crashes 1; … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explore {
    /// Instances of a workflow.
    pub instances: Option<Spanned<u64>>,
    /// Crashes.
    pub crashes: Option<Spanned<u64>>,
    /// Copies of messages.
    pub duplicates: Option<Spanned<u64>>,
    /// Answers that are lost.
    pub lost_replies: Option<Spanned<u64>>,
    /// Messages that are given up.
    pub dead_letters: Option<Spanned<u64>>,
    /// Whether reconciliations run: `dead-letters 1 with reconcile`.
    pub with_reconcile: bool,
    /// Requests that are carried out after their caller gave up.
    pub late_effects: Option<Spanned<u64>>,
    /// States after which the exploration gives up.
    pub max_states: Option<Spanned<u64>>,
    /// The statement.
    pub span: Span,
}
