//! Timers, reconciliations, what is forgotten, properties and bounds.

use crate::language::{Inbox, PropertyKind, Reconciliation, Repair, Span, Trigger, Verb};
use crate::prove::machine::{
    Acknowledgement, Cell, Expression, Fairness, Fault, Handler, Join, Kind, Op, Property, Serial,
    Trigger as Cause,
};

use super::code::Code;
use super::conditions::Everywhere;
use super::routes::Letter;
use super::{Book, Lowering};

impl Lowering<'_> {
    /// Makes what happens besides the handlers, and what must hold.
    pub(super) fn plan(&mut self) {
        self.forgetting();
        self.replication();
        self.late_effects();
        self.reconciliations();
        self.properties();
        self.bounds();
        // Sites of reconciliations keep promises, too.
        for site in &mut self.machine.sites {
            site.promise = self
                .books
                .get(&Book::Promised(site.message.clone()))
                .copied();
        }
    }

    /// Adds a handler that runs by itself.
    fn spontaneous(&mut self, actor: &str, text: String, at: Span, cause: Cause, code: Vec<Op>) {
        let actor = self.actor(actor);
        let label = self.label(text, at);
        self.machine.handlers.push(Handler {
            actor,
            trigger: cause,
            label,
            code,
            serial: Serial::No,
            acknowledges: Acknowledgement::After,
            replay: false,
            forgets: false,
        });
    }

    /// An inbox or a provider that remembers for too short a time may forget at any moment.
    fn forgetting(&mut self) {
        let mut memories = std::mem::take(&mut self.forgotten);
        memories.sort();
        memories.dedup();
        for memory in memories {
            self.forget(memory.cell, &memory.external, memory.text, memory.at);
        }
        for slot in 0..self.machine.slots.len() {
            let slot = self.machine.slots[slot].clone();
            let site = &self.machine.sites[slot.site as usize];
            let message = site.message.clone();
            let handler = &self.workflow.handlers[slot.handler as usize];
            let service = handler.at.text.clone();
            if let Some(mark) = slot.mark
                && self.forgets(&message, &service)
            {
                let at = self
                    .inbox(&service)
                    .map(|i: &Inbox| i.span)
                    .unwrap_or_default();
                self.forget(
                    mark,
                    &service,
                    format!("forgets that it handled {message}"),
                    at,
                );
            }
        }
    }

    fn forget(&mut self, cell: Cell, actor: &str, text: String, at: Span) {
        let cause = Cause::When {
            guard: Expression::is(cell, 0).not(),
            fairness: Fairness::None,
            settled: false,
        };
        let code = vec![Op::Set(cell, Expression::Number(0)), Op::Stop];
        self.spontaneous(actor, text, at, cause, code);
    }

    /// A copy that lags behind catches up at last.
    fn replication(&mut self) {
        for (cell, copy) in self.replicas.clone() {
            let name = self.machine.variable(cell).name.clone();
            let service = self
                .fields
                .iter()
                .find(|(_, other)| **other == cell)
                .map(|((s, ..), _)| s.clone());
            let cause = Cause::When {
                guard: Expression::Cell(cell).join(Join::Unequal, Expression::Cell(copy)),
                fairness: Fairness::Weak,
                settled: false,
            };
            let code = vec![Op::Set(copy, Expression::Cell(cell)), Op::Stop];
            let text = format!("the replica of {name} catches up");
            self.spontaneous(
                &service.unwrap_or_default(),
                text,
                Span::default(),
                cause,
                code,
            );
        }
    }

    /// A request that its caller gave up is carried out at last.
    fn late_effects(&mut self) {
        for external in &self.design.externals {
            for operation in &external.operations {
                let name = (external.name.text.clone(), operation.name.text.clone());
                let Some(ledger) = self.ledger.get(&name).copied() else {
                    continue;
                };
                let Some(pending) = ledger.pending else {
                    continue;
                };
                let mut code = Code::default();
                code.set(pending, 0);
                let known = code.place();
                if let Some(remembered) = ledger.remembered {
                    code.unless(Expression::is(remembered, 0), known);
                    code.set(remembered, 1);
                }
                let more = Expression::Cell(ledger.count).join(Join::Plus, Expression::Number(1));
                code.op(Op::Set(ledger.count, more));
                code.bind(known);
                let cause = Cause::When {
                    guard: Expression::is(pending, 1),
                    fairness: Fairness::Weak,
                    settled: false,
                };
                let text = format!("carries out the late request to {}", operation.name);
                self.spontaneous(
                    &external.name.text,
                    text,
                    operation.name.span,
                    cause,
                    code.finish(),
                );
            }
        }
    }

    fn reconciliations(&mut self) {
        for reconciliation in &self.design.reconciliations {
            let Some(condition) = &reconciliation.when else {
                continue;
            };
            let before = self.unclear.len();
            let condition = self.condition(condition, &Everywhere(""));
            if self.unclear.len() > before {
                // It speaks of what this workflow does not have.
                self.unclear.truncate(before);
                continue;
            }
            let condition = match &reconciliation.repair {
                Some(Repair::Replay(channel)) => condition.and(self.is_behind(&channel.text)),
                _ => condition,
            };
            let handed = self.book(Book::HandedOver);
            let started = self
                .machine
                .started
                .map_or(Expression::always(), |cell| Expression::is(cell, 1));
            // A reconciliation repairs what a fault or a loss has broken. It never stands in for the design itself.
            let lost = self
                .books
                .get(&Book::Lost)
                .map(|cell| Expression::is(*cell, 1));
            let broken = match lost {
                Some(lost) => Expression::Faulted.join(Join::Or, lost),
                None => Expression::Faulted,
            };
            let cause = Cause::When {
                guard: condition
                    .and(started)
                    .and(broken)
                    .and(Expression::is(handed, 0)),
                fairness: Fairness::Strong,
                settled: true,
            };
            self.machine.handed_over = Some(handed);
            if let Some(code) = self.repair(reconciliation, handed) {
                let coordinator = self.coordinator();
                let text = format!("reconciles {}", reconciliation.name);
                self.spontaneous(&coordinator, text, reconciliation.span, cause, code);
            }
        }
    }

    fn coordinator(&self) -> String {
        let first = self.workflow.handlers.first().map(|h| h.at.text.clone());
        let named = self.workflow.coordinator.as_ref().map(|c| c.text.clone());
        named.or(first).unwrap_or_default()
    }

    fn repair(&mut self, reconciliation: &Reconciliation, handed: Cell) -> Option<Vec<Op>> {
        match reconciliation.repair.as_ref()? {
            Repair::Manual(_) => Some(vec![Op::Set(handed, Expression::Number(1)), Op::Stop]),
            Repair::Message(message) => {
                let coordinator = self.coordinator();
                let letter = Letter {
                    message: &message.text,
                    from: &coordinator,
                    verb: Some(Verb::Send),
                    via: None,
                    shuffled: false,
                    repeats: true,
                    rests: false,
                };
                let data = self.last_values(&message.text);
                let site = self.site(letter, data);
                Some(vec![Op::Send(site), Op::Stop])
            }
            Repair::Replay(channel) => {
                let mut code = Vec::new();
                let replayed: Vec<String> = self
                    .machine
                    .sites
                    .iter()
                    .filter(|site| {
                        site.slots.iter().any(|slot| {
                            let queue = self.machine.slots[*slot as usize].queue;
                            self.machine.queues[queue as usize].name == channel.text
                        })
                    })
                    .map(|site| site.message.clone())
                    .collect();
                // Messages that carry what they say are told apart by that alone: the last one is enough.
                let message = replayed
                    .iter()
                    .find(|m| self.shown.get(*m).is_some_and(|s| !s.is_empty()))
                    .or(replayed.first())?;
                let coordinator = self.coordinator();
                let letter = Letter {
                    message,
                    from: &coordinator,
                    verb: Some(Verb::Emit),
                    via: Some(channel),
                    shuffled: false,
                    repeats: true,
                    rests: false,
                };
                let data = self.last_values(message);
                code.push(Op::Send(self.site(letter, data)));
                code.push(Op::Stop);
                Some(code)
            }
        }
    }

    /// Returns whether a copy that is fed from the channel has not taken the last event: else there is nothing to replay.
    fn is_behind(&mut self, channel: &str) -> Expression {
        let workflow = self.workflow;
        let mut behind = Expression::Number(0);
        for handler in &workflow.handlers {
            let Trigger::Messages(messages) = &handler.trigger else {
                continue;
            };
            let fed = messages.iter().any(|m| {
                self.channels_of(&m.text, &handler.at.text)
                    .iter()
                    .any(|c| c.name == *channel)
            });
            let Some(shown) = messages
                .first()
                .and_then(|m| self.shown.get(&m.text))
                .cloned()
                .filter(|_| fed)
            else {
                continue;
            };
            for (at, field) in shown.iter().enumerate() {
                let last = self.books.get(&Book::Last(at)).copied();
                let cells = self
                    .fields
                    .iter()
                    .filter(|((service, _, name), _)| *service == handler.at.text && name == field);
                for (cell, last) in cells.map(|(_, cell)| *cell).zip(last) {
                    behind = behind.join(
                        Join::Or,
                        Expression::Cell(cell).join(Join::Unequal, Expression::Cell(last)),
                    );
                }
            }
        }
        behind
    }

    /// Returns what the last message of a kind carried.
    fn last_values(&mut self, message: &str) -> Vec<Expression> {
        let fields = self.shown.get(message).cloned().unwrap_or_default();
        (0..fields.len())
            .map(|at| {
                self.books
                    .get(&Book::Last(at))
                    .map_or(Expression::Number(0), |cell| Expression::Cell(*cell))
            })
            .collect()
    }

    fn properties(&mut self) {
        let coordinator = self.coordinator();
        for property in &self.workflow.properties {
            let condition = self.condition(&property.condition, &Everywhere(&coordinator));
            let (kind, word) = match property.kind {
                PropertyKind::Never => (Kind::Never, "never"),
                PropertyKind::Finally => (Kind::Finally, "finally"),
            };
            let label = property
                .label
                .as_ref()
                .map_or("as written", |l| l.text.as_str());
            self.machine.properties.push(Property {
                kind,
                name: format!("{word}: {label}"),
                condition,
                at: property.span.start,
            });
        }
        for (book, name, at) in std::mem::take(&mut self.promises) {
            let cell = self.book(book);
            self.machine.properties.push(Property {
                kind: Kind::Emission,
                name: format!("emission: {name}"),
                condition: Expression::is(cell, 0),
                at: at.start,
            });
        }
    }

    fn bounds(&mut self) {
        let explore = self.design.explore.as_ref();
        let bound = |value: Option<crate::language::Spanned<u64>>, default: u8| {
            value.map_or(default, |v| v.value.min(7) as u8)
        };
        let drops = self.design.channels.iter().any(super::routes::drops);
        let budget = &mut self.machine.budget;
        budget[Fault::Crash as usize] = bound(explore.and_then(|e| e.crashes), 1);
        budget[Fault::Duplicate as usize] = bound(explore.and_then(|e| e.duplicates), 1);
        budget[Fault::LostReply as usize] = bound(explore.and_then(|e| e.lost_replies), 1);
        // A message that is dropped after the last delivery is gone: that is a part of the design.
        budget[Fault::DeadLetter as usize] =
            bound(explore.and_then(|e| e.dead_letters), u8::from(drops));
        budget[Fault::LateEffect as usize] = bound(explore.and_then(|e| e.late_effects), 0);
        // Instances that share nothing do not meet.
        let meet = !self.machine.shared.is_empty()
            || self
                .machine
                .handlers
                .iter()
                .any(|h| h.serial == Serial::Whole);
        let wanted = bound(explore.and_then(|e| e.instances), 2).clamp(1, 3);
        self.machine.instances = if meet { wanted } else { 1 };
        self.machine.independent = !meet;
    }
}
