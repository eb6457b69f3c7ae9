//! Where a name leads.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::{
    Api, Channel, Condition, ConditionKind, Contract, Design, Domain, External, Field, FieldPath,
    Keep, Lease, Millis, Name, Operation, Reconciliation, Repair, Service, Step, StepKind, Store,
    Table, Trigger, Workflow,
};

/// A design and what its names lead to.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The design.
    pub design: &'a Design,
    services: BTreeMap<&'a str, &'a Service>,
    externals: BTreeMap<&'a str, &'a External>,
    channels: BTreeMap<&'a str, &'a Channel>,
    reconciliations: BTreeMap<&'a str, &'a Reconciliation>,
    tables: BTreeMap<&'a str, Vec<Located<'a>>>,
    messages: Messages<'a>,
    keys: BTreeSet<&'a str>,
}

/// The messages of a design, by what is said of them.
#[derive(Debug, Clone, Default)]
pub struct Messages<'a> {
    /// Those that services, providers and starts declare.
    pub declared: BTreeSet<&'a str>,
    /// Those that some handler answers to.
    pub handled: BTreeSet<&'a str>,
    /// Those that something sends: a step, a reconciliation, a provider.
    pub sent: BTreeSet<&'a str>,
    /// Those that are declared or handled.
    pub known: BTreeSet<&'a str>,
}

/// A table with the store and the service that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Located<'a> {
    /// The service.
    pub service: &'a Service,
    /// The store.
    pub store: &'a Store,
    /// The table.
    pub table: &'a Table,
}

impl<'a> Scope<'a> {
    /// Returns the scope of a design.
    pub fn new(design: &'a Design) -> Self {
        Self {
            design,
            services: design
                .services
                .iter()
                .map(|s| (s.name.text.as_str(), s))
                .collect(),
            externals: design
                .externals
                .iter()
                .map(|e| (e.name.text.as_str(), e))
                .collect(),
            channels: design
                .channels
                .iter()
                .map(|c| (c.name.text.as_str(), c))
                .collect(),
            reconciliations: design
                .reconciliations
                .iter()
                .map(|r| (r.name.text.as_str(), r))
                .collect(),
            tables: tables(design),
            messages: messages(design),
            keys: keys(design),
        }
    }

    /// Returns the service of that name.
    pub fn service(&self, name: &str) -> Option<&'a Service> {
        self.services.get(name).copied()
    }

    /// Returns the external system of that name.
    pub fn external(&self, name: &str) -> Option<&'a External> {
        self.externals.get(name).copied()
    }

    /// Returns the operation of an external system.
    pub fn operation(&self, external: &str, name: &str) -> Option<&'a Operation> {
        self.external(external)?
            .operations
            .iter()
            .find(|o| o.name == *name)
    }

    /// Returns the api of a service.
    pub fn api(&self, service: &str, name: &str) -> Option<&'a Api> {
        self.service(service)?.apis.iter().find(|a| a.name == *name)
    }

    /// Returns the channel of that name.
    pub fn channel(&self, name: &str) -> Option<&'a Channel> {
        self.channels.get(name).copied()
    }

    /// Returns the reconciliation of that name.
    pub fn reconciliation(&self, name: &str) -> Option<&'a Reconciliation> {
        self.reconciliations.get(name).copied()
    }

    /// Returns the lease of a service.
    pub fn lease(&self, service: &str, name: &str) -> Option<&'a Lease> {
        self.service(service)?
            .leases
            .iter()
            .find(|l| l.name == *name)
    }

    /// Returns every table, by name.
    pub fn tables(&self) -> impl Iterator<Item = Located<'a>> {
        self.tables.values().flatten().copied()
    }

    /// Returns the tables of that name.
    pub fn tables_named(&self, name: &str) -> &[Located<'a>] {
        self.tables.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns the table that a name means at a service: its own one of that name, else the only one of that name.
    pub fn table(&self, at: Option<&str>, name: &str) -> Option<Located<'a>> {
        let named = self.tables_named(name);
        let own = at.and_then(|at| named.iter().find(|t| t.service.name == *at));
        match (own, named) {
            (Some(own), _) => Some(*own),
            (None, [only]) => Some(*only),
            _ => None,
        }
    }

    /// Returns the messages.
    pub fn messages(&self) -> &Messages<'a> {
        &self.messages
    }

    /// Returns every name that says which row or instance is meant: keys, arguments, fields of tables and of the envelope.
    pub fn keys(&self) -> &BTreeSet<&'a str> {
        &self.keys
    }

    /// Returns the table of a field's path.
    pub fn table_of(&self, at: Option<&str>, path: &FieldPath) -> Option<Located<'a>> {
        match &path.service {
            Some(service) => {
                let mut named = self.tables_named(&path.table.text).iter();
                named.find(|t| t.service.name == service.text).copied()
            }
            None => self.table(at, &path.table.text),
        }
    }

    /// Returns the field that a path means at a service.
    pub fn field(&self, at: Option<&str>, path: &FieldPath) -> Option<(Located<'a>, &'a Field)> {
        let table = self.table_of(at, path)?;
        let field = table
            .table
            .fields
            .iter()
            .find(|f| f.name == path.field.text)?;
        Some((table, field))
    }

    /// Returns the contract of a message, as its publisher or its receiver states it.
    pub fn contract(&self, message: &str) -> Option<&'a Contract> {
        let services = self.design.services.iter();
        let mut contracts = services.flat_map(|s| s.publishes.iter().chain(&s.accepts));
        contracts.find(|c| c.message == *message)
    }
}

fn tables(design: &Design) -> BTreeMap<&str, Vec<Located<'_>>> {
    let mut tables: BTreeMap<&str, Vec<Located<'_>>> = BTreeMap::new();
    for service in &design.services {
        for store in &service.stores {
            for table in &store.tables {
                tables.entry(&table.name.text).or_default().push(Located {
                    service,
                    store,
                    table,
                });
            }
        }
    }
    tables
}

fn messages(design: &Design) -> Messages<'_> {
    let mut all = Messages::default();
    for service in &design.services {
        let contracts = service.publishes.iter().chain(&service.accepts);
        all.declared
            .extend(contracts.map(|c| c.message.text.as_str()));
    }
    for operation in design.externals.iter().flat_map(|e| &e.operations) {
        let webhooks = operation.webhooks.iter().map(|w| w.message.text.as_str());
        all.declared.extend(webhooks.clone());
        all.sent.extend(webhooks);
    }
    for workflow in &design.workflows {
        for handler in &workflow.handlers {
            match &handler.trigger {
                Trigger::Start(message) => drop(all.declared.insert(&message.text)),
                Trigger::Messages(messages) => {
                    all.handled.extend(messages.iter().map(|m| m.text.as_str()));
                }
                Trigger::Timeout(_) => {}
            }
        }
        each_step(workflow, &mut |step| {
            all.sent.extend(sends(step).map(|m| m.text.as_str()));
        });
    }
    for reconciliation in &design.reconciliations {
        if let Some(Repair::Message(message)) = &reconciliation.repair {
            all.sent.insert(&message.text);
        }
    }
    all.known = all.declared.union(&all.handled).copied().collect();
    all
}

fn keys(design: &Design) -> BTreeSet<&str> {
    let mut keys: BTreeSet<&Name> = BTreeSet::new();
    keys.extend(design.workflows.iter().filter_map(|w| w.key.as_ref()));
    for service in &design.services {
        for table in service.stores.iter().flat_map(|s| &s.tables) {
            keys.extend(&table.key);
            keys.extend(table.fields.iter().map(|f| &f.name));
        }
        keys.extend(service.apis.iter().filter_map(|a| a.idempotency.as_ref()));
    }
    for operation in design.externals.iter().flat_map(|e| &e.operations) {
        keys.extend(&operation.arguments);
    }
    keys.extend(design.envelope.iter().flat_map(|e| &e.fields));
    keys.into_iter().map(|name| name.text.as_str()).collect()
}

impl Domain {
    /// Words of a field that are looked at; a field with more is a problem.
    pub(super) const WORDS: usize = 1_000;

    /// Returns the words that a field can hold.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::Words(words) => words
                .iter()
                .take(Self::WORDS)
                .map(|w| w.text.as_str())
                .collect(),
            Self::Range(..) => Vec::new(),
            Self::Truth => vec!["true", "false"],
        }
    }
}

/// For how long something is tried again `forever`, where nothing else is said: a week, after which Kafka drops a message unless it is
/// told otherwise.
pub const ENDLESS: Millis = Millis(7 * 86_400_000);

impl Channel {
    /// Returns for how long it keeps messages; None is for ever.
    pub fn keeps(&self) -> Option<Millis> {
        match self.keep.map(|k| k.value) {
            Some(Keep::For(kept)) => Some(kept),
            Some(Keep::Forever) => None,
            None => Some(ENDLESS),
        }
    }
}

impl Operation {
    /// Returns what it answers.
    pub fn answers(&self) -> Vec<&str> {
        match self.outcomes.as_slice() {
            [] => vec!["ok"],
            outcomes => outcomes.iter().map(|o| o.text.as_str()).collect(),
        }
    }
}

impl Step {
    /// Returns the steps inside of it, in order.
    pub fn inner(&self) -> impl Iterator<Item = &Self> {
        let lists: Vec<&[Self]> = match &self.kind {
            StepKind::Transaction(steps)
            | StepKind::Retry { steps, .. }
            | StepKind::Lease { steps, .. } => vec![steps],
            StepKind::When { arms, otherwise } => {
                let arms = arms.iter().map(|arm| arm.steps.as_slice());
                arms.chain([otherwise.as_slice()]).collect()
            }
            _ => Vec::new(),
        };
        lists.into_iter().flatten()
    }

    /// Does something with it and every step inside of it, in order.
    pub fn walk<'s>(&'s self, look: &mut impl FnMut(&'s Self)) {
        look(self);
        for step in self.inner() {
            step.walk(look);
        }
    }
}

/// Does something with every step of a workflow, those of the compensation last.
pub(crate) fn each_step<'a>(workflow: &'a Workflow, look: &mut impl FnMut(&'a Step)) {
    let handlers = workflow.handlers.iter().flat_map(|h| &h.steps);
    let compensation = workflow.compensation.iter().flat_map(|c| &c.steps);
    for step in handlers.chain(compensation) {
        step.walk(look);
    }
}

/// Returns the messages that a step itself sends.
pub(crate) fn sends(step: &Step) -> impl Iterator<Item = &Name> {
    let (messages, by) = match &step.kind {
        StepKind::Send { messages, .. } => (messages.as_slice(), None),
        StepKind::Undo { by, .. } => (&[][..], Some(by)),
        _ => (&[][..], None),
    };
    messages.iter().chain(by)
}

impl Condition {
    /// Does something with it and every condition inside of it.
    pub fn walk<'c>(&'c self, look: &mut impl FnMut(&'c Self)) {
        look(self);
        match &self.kind {
            ConditionKind::Not(inner) => inner.walk(look),
            ConditionKind::Binary(_, left, right) => {
                left.walk(look);
                right.walk(look);
            }
            ConditionKind::In(value, list) => {
                value.walk(look);
                list.iter().for_each(|c| c.walk(look));
            }
            ConditionKind::Effects { arguments, .. } => arguments.iter().for_each(|c| c.walk(look)),
            ConditionKind::Number(_) | ConditionKind::Word(_) | ConditionKind::Field(_) => {}
        }
    }
}
