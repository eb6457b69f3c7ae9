//! Names outside of workflows, and things that are declared twice.

use std::collections::BTreeSet;

use crate::language::{
    Consistency, Domain, Field, Literal, Name, Ordering, Repair, Service, Store, Table,
};

use super::Check;
use super::conditions::{Place, Type};

/// Values of a field, above which an exploration has no end.
const VALUES: i64 = 1_000;

impl Check<'_> {
    pub(super) fn declarations(&mut self) {
        let design = self.scope.design;
        self.once("service", design.services.iter().map(|s| &s.name));
        self.once("external system", design.externals.iter().map(|e| &e.name));
        self.once("channel", design.channels.iter().map(|c| &c.name));
        self.once("workflow", design.workflows.iter().map(|w| &w.name));
        self.once(
            "reconciliation",
            design.reconciliations.iter().map(|r| &r.name),
        );
        for service in &design.services {
            self.service(service);
        }
        self.channels();
        self.externals();
        self.truths();
        self.reconciliations();
    }

    /// Tells what has a name that something before it has.
    fn once<'n>(&mut self, kind: &str, names: impl Iterator<Item = &'n Name>) {
        let mut met: BTreeSet<&str> = BTreeSet::new();
        for name in names.filter(|n| !n.is_gap()) {
            if !met.insert(&name.text) {
                self.problem(
                    name.span,
                    format!("there are two {kind}s `{name}`"),
                    "it cannot be told which one is meant",
                    "give one of them another name, or take one out",
                );
            }
        }
    }

    fn service(&mut self, service: &Service) {
        self.once("store", service.stores.iter().map(|s| &s.name));
        let tables = service.stores.iter().flat_map(|s| &s.tables);
        self.once("table", tables.map(|t| &t.name));
        self.once("api", service.apis.iter().map(|a| &a.name));
        self.once("lease", service.leases.iter().map(|l| &l.name));
        if let Some(by) = service.serial.as_ref().and_then(|s| s.by.as_ref()) {
            self.key(by);
        }
        for lease in service.leases.iter().filter_map(|l| l.by.as_ref()) {
            if self.scope.tables_named(&lease.text).is_empty() {
                self.key(lease);
            }
        }
        for store in &service.stores {
            self.store(store);
        }
        for callee in service.apis.iter().flat_map(|a| &a.calls) {
            self.callee(callee);
        }
        for link in service.calls.iter().filter(|l| !l.to.is_gap()) {
            if self.scope.external(&link.to.text).is_none() {
                self.service_name(&link.to);
            }
        }
    }

    fn store(&mut self, store: &Store) {
        if let Some(channel) = &store.rebuild_from {
            self.channel_name(channel);
        }
        for table in &store.tables {
            self.table_fields(table);
        }
    }

    fn table_fields(&mut self, table: &Table) {
        self.once("field", table.fields.iter().map(|f| &f.name));
        for field in &table.fields {
            if let Domain::Words(words) = &field.domain {
                self.once("value", words.iter());
                if words.len() > Domain::WORDS {
                    self.many_values(field);
                }
            }
            if let Domain::Range(low, high) = field.domain {
                let values = high.checked_sub(low).and_then(|n| n.checked_add(1));
                if !values.is_some_and(|n| (1..=VALUES).contains(&n)) {
                    self.many_values(field);
                }
            }
            self.initial(field);
        }
    }

    fn many_values(&mut self, field: &Field) {
        let what = format!(
            "the field `{}` has no values, or more than {VALUES}",
            field.name
        );
        self.problem(
            field.span,
            what,
            "every value of every field is tried: a field has few of them",
            "write the smallest range that shows the behaviour, such as 0..2",
        );
    }

    fn initial(&mut self, field: &Field) {
        match (&field.initial, &field.domain) {
            (Some(Literal::Word(word)), Domain::Words(_) | Domain::Truth) => {
                self.known(
                    word,
                    &format!("value of `{}`", field.name),
                    field.domain.words().into_iter(),
                );
            }
            (Some(Literal::Number(number)), Domain::Range(low, high))
                if (*low..=*high).contains(&number.value) => {}
            (None, _) => {}
            (Some(value), _) => {
                let span = match value {
                    Literal::Word(word) => word.span,
                    Literal::Number(number) => number.span,
                };
                self.problem(
                    span,
                    format!(
                        "the field `{}` starts with a value that it cannot have",
                        field.name
                    ),
                    "the exploration begins with this value",
                    "use one of the values behind the `:`",
                );
            }
        }
    }

    /// Tells a key that nothing has.
    pub(super) fn key(&mut self, name: &Name) {
        self.among(name, "key", self.scope.keys());
    }

    pub(super) fn channel_name(&mut self, name: &Name) {
        if self.scope.channel(&name.text).is_none() {
            let channels = self.scope.design.channels.iter();
            self.known(name, "channel", channels.map(|c| c.name.text.as_str()));
        }
    }

    pub(super) fn service_name(&mut self, name: &Name) {
        if self.scope.service(&name.text).is_none() {
            let services = self.scope.design.services.iter();
            self.known(name, "service", services.map(|s| s.name.text.as_str()));
        }
    }

    pub(super) fn message_name(&mut self, name: &Name) {
        self.among(name, "message", &self.scope.messages().known);
    }

    fn channels(&mut self) {
        let design = self.scope.design;
        for channel in &design.channels {
            for name in &channel.from {
                // What a provider sends may come over a channel of ours.
                if self.scope.external(&name.text).is_none() {
                    self.service_name(name);
                }
            }
            for name in &channel.to {
                self.service_name(name);
            }
            for message in &channel.carries {
                self.message_name(message);
            }
            if let Some(Ordering::By(key)) = &channel.ordering {
                self.key(key);
            }
        }
    }

    fn externals(&mut self) {
        let design = self.scope.design;
        for external in &design.externals {
            self.once("operation", external.operations.iter().map(|o| &o.name));
            let operations: Vec<&str> = external
                .operations
                .iter()
                .map(|o| o.name.text.as_str())
                .collect();
            for operation in &external.operations {
                self.once("outcome", operation.outcomes.iter());
                if let Some(undone) = &operation.undoes {
                    self.known(undone, "operation", operations.iter().copied());
                }
                if let Some(crate::language::Key::Fields(fields)) = &operation.key {
                    for field in fields {
                        self.key(field);
                    }
                }
                for webhook in &operation.webhooks {
                    if let Some(outcome) = &webhook.on {
                        self.known(outcome, "outcome", operation.answers().into_iter());
                    }
                    if let Some(to) = &webhook.to {
                        self.service_name(to);
                    }
                }
            }
        }
    }

    fn truths(&mut self) {
        let design = self.scope.design;
        for truth in &design.truths {
            match (self.scope.tables_named(&truth.table.text), &truth.field) {
                ([], _) => self.table_name(&truth.table, None),
                ([only], Some(field)) => {
                    let fields = only.table.fields.iter().map(|f| f.name.text.as_str());
                    self.known(field, "field", fields);
                }
                _ => {}
            }
            if let Some(at) = &truth.at {
                let externals = design.externals.iter().map(|e| &e.name);
                let places = design.services.iter().map(|s| &s.name).chain(externals);
                self.known(
                    at,
                    "service or external system",
                    places.map(|n| n.text.as_str()),
                );
            }
            if let Some(Consistency::Eventual {
                reconcile: Some(name),
                ..
            }) = &truth.consistency
            {
                let known = design.reconciliations.iter().map(|r| r.name.text.as_str());
                self.known(name, "reconciliation", known);
            }
        }
    }

    fn reconciliations(&mut self) {
        let design = self.scope.design;
        for reconciliation in &design.reconciliations {
            if let Some(condition) = &reconciliation.when {
                let place = Place::outside(None);
                self.condition(condition, Type::Truth, &place);
            }
            match &reconciliation.repair {
                Some(Repair::Message(message)) => self.message_name(message),
                Some(Repair::Replay(channel)) => self.channel_name(channel),
                Some(Repair::Manual(_)) | None => {}
            }
        }
    }
}
