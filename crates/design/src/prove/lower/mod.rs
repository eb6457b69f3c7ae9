//! From the tree of a design to a machine, one per workflow.
//!
//! | part | what it does |
//! |---|---|
//! | [`data`] | tables to cells, words to numbers, providers to ledgers |
//! | [`routes`] | messages to sites, slots and queues |
//! | [`program`] | the steps of a handler to a program, with a boundary wherever others may act |
//! | [`transactions`], [`sending`] | what is committed and what is sent |
//! | [`draft`] | a program while it is written |
//! | [`calls`] | a call to a provider, with everything that can become of it |
//! | [`aftermath`] | what a crash leaves undone |
//! | [`conditions`] | conditions to expressions |
//! | [`plan`] | timers, reconciliations, what is forgotten, and bounds |

mod aftermath;
mod calls;
mod code;
mod conditions;
mod data;
mod draft;
mod plan;
mod program;
mod routes;
mod sending;
mod transactions;

use std::collections::{BTreeMap, BTreeSet};

use crate::language::{Design, Scope, Service, Span, Workflow};

use super::machine::{Cell, Label, Machine};

/// Something that the machine cannot express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// What it is.
    pub what: String,
    /// Where it stands.
    pub span: Span,
}

/// How fine the machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grain {
    /// Whether a handler can be interrupted before each step, also where nobody could tell.
    pub every_step: bool,
}

/// A machine, and what it leaves out of the design.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lowered {
    /// The machine.
    pub machine: Machine,
    /// What it cannot express.
    pub unclear: Vec<Unclear>,
}

/// Returns the machine of a workflow.
pub fn lower(design: &Design, workflow: &Workflow, grain: Grain) -> Lowered {
    let mut lowering = Lowering {
        design,
        scope: Scope::new(design),
        workflow,
        grain,
        machine: Machine::default(),
        unclear: Vec::new(),
        words: BTreeMap::new(),
        fields: BTreeMap::new(),
        replicas: BTreeMap::new(),
        books: BTreeMap::new(),
        ledger: BTreeMap::new(),
        shown: BTreeMap::new(),
        queues: BTreeMap::new(),
        subscribers: BTreeMap::new(),
        undone: BTreeSet::new(),
        promises: Vec::new(),
        forgotten: Vec::new(),
        counters: BTreeSet::new(),
    };
    lowering.data();
    lowering.subscriptions();
    lowering.handlers();
    lowering.plan();
    Lowered {
        machine: lowering.machine,
        unclear: lowering.unclear,
    }
}

/// A piece of bookkeeping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Book {
    /// Whether a `start` has happened.
    Begun(String),
    /// Whether a message was sent, for `undo`.
    Sent(String),
    /// A message that was promised and may never be sent.
    Promised(String),
    /// The effect of a handler that was announced, or whose message was acknowledged, and may never be committed.
    Announced(usize),
    /// How many events a table has had.
    Version(String),
    /// A value of the last event.
    Last(usize),
    /// What a store remembers of a message, by slot.
    Seen(usize),
    /// How many messages were sent at a site.
    Generation(usize),
    /// The token of a lease, and whether it is held.
    Token(String),
    /// Whether a lease is held.
    Held(String),
    /// How often a lease has ended while its holder slept.
    Ended(String),
    /// Whether a request was answered before, by service and api.
    Answered(String, String),
    /// Whether a message was lost without a fault, as the design allows.
    Lost,
    /// Whether a reconciliation handed the instance over.
    HandedOver,
}

/// What a provider's operation has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ledger {
    /// How many effects it has had.
    count: Cell,
    /// The outcome that it remembers for the key, plus one.
    remembered: Option<Cell>,
    /// Requests that may still be carried out.
    pending: Option<Cell>,
}

struct Lowering<'d> {
    design: &'d Design,
    scope: Scope<'d>,
    workflow: &'d Workflow,
    grain: Grain,
    machine: Machine,
    unclear: Vec<Unclear>,
    words: BTreeMap<String, i8>,
    /// Cells by service, table and field.
    fields: BTreeMap<(String, String, String), Cell>,
    /// Copies that lag behind, of cells of stores that are read so.
    replicas: BTreeMap<Cell, Cell>,
    books: BTreeMap<Book, Cell>,
    ledger: BTreeMap<(String, String), Ledger>,
    /// Per message: the fields that its subscribers take from it. A version comes first where it is wanted.
    shown: BTreeMap<String, Vec<String>>,
    /// Queues by channel, subscriber and whether order was lost on the way.
    queues: BTreeMap<(String, String, bool), u8>,
    /// Per message: the handlers that get it, with their services.
    subscribers: BTreeMap<String, Vec<(u16, String)>>,
    /// Messages that a compensation may take back.
    undone: BTreeSet<String>,
    /// Goals that are not written in the design: promises that are kept.
    promises: Vec<(Book, String, Span)>,
    /// Keys that providers may have forgotten.
    forgotten: Vec<Forgotten>,
    /// Fields by which an older message is left out.
    counters: BTreeSet<String>,
}

/// A key that a provider may have forgotten when a request comes again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Forgotten {
    /// Where the provider remembers it.
    cell: Cell,
    /// The provider.
    external: String,
    /// What it forgets.
    text: String,
    /// How long it remembers.
    at: Span,
}

impl<'d> Lowering<'d> {
    fn service(&self, name: &str) -> Option<&'d Service> {
        self.scope.service(name)
    }

    fn actor(&mut self, name: &str) -> u16 {
        let known = self.machine.actors.iter().position(|a| a == name);
        known.unwrap_or_else(|| {
            self.machine.actors.push(name.to_owned());
            self.machine.actors.len() - 1
        }) as u16
    }

    fn label(&mut self, text: impl Into<String>, at: Span) -> u16 {
        self.machine.labels.push(Label {
            text: text.into(),
            at: at.start,
            calls: None,
        });
        (self.machine.labels.len() - 1) as u16
    }

    fn landmark(&mut self, text: impl Into<String>, at: Span) -> u16 {
        self.machine.landmarks.push(Label {
            text: text.into(),
            at: at.start,
            calls: None,
        });
        (self.machine.landmarks.len() - 1) as u16
    }

    fn unclear(&mut self, what: impl Into<String>, span: Span) {
        self.unclear.push(Unclear {
            what: what.into(),
            span,
        });
    }
}
