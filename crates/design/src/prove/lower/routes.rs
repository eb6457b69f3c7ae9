//! Messages to sites, slots and queues: who gets what, over which channel, with which promises.

use std::collections::BTreeSet;

use crate::language::resolve::each_step;
use crate::language::{
    Acknowledge, Channel, DeadLetter, Delivery, Inbox, Keep, Mark, Millis, Name, Ordering, Step,
    StepKind, Store, Times, Trigger, Verb,
};
use crate::prove::machine::{Acknowledgement, DATA, Expression, Queue, Site, Slot};

use super::{Book, Lowering};

/// A message that is about to be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letter<'a> {
    /// The message.
    pub(super) message: &'a str,
    /// The service or provider that sends it.
    pub(super) from: &'a str,
    /// The word that sends it; None for a provider.
    pub(super) verb: Option<Verb>,
    /// The channel, where it is named.
    pub(super) via: Option<&'a Name>,
    /// Whether order is lost before the channel.
    pub(super) shuffled: bool,
    /// Whether the same place may send several messages that are different ones.
    pub(super) repeats: bool,
    /// Whether nothing is sent while the same words are under way.
    pub(super) rests: bool,
}

impl<'d> Lowering<'d> {
    /// Finds out who gets which message, and what they take from it.
    pub(super) fn subscriptions(&mut self) {
        for (number, handler) in self.workflow.handlers.iter().enumerate() {
            let Trigger::Messages(messages) = &handler.trigger else {
                continue;
            };
            for message in messages {
                let subscriber = (number as u16, handler.at.text.clone());
                self.subscribers
                    .entry(message.text.clone())
                    .or_default()
                    .push(subscriber);
                let mut fields = Vec::new();
                self.taken(&handler.steps, &handler.at.text, &message.text, &mut fields);
                self.counters.extend(versions(&handler.steps));
                let shown = self.shown.entry(message.text.clone()).or_default();
                for field in fields {
                    if !shown.contains(&field) && shown.len() < DATA {
                        shown.push(field);
                    }
                }
            }
        }
        let mut undone = BTreeSet::new();
        each_step(self.workflow, &mut |step| {
            if let StepKind::Undo { step, .. } = &step.kind {
                undone.insert(step.text.clone());
            }
        });
        self.undone = undone;
        let replays = |r: &crate::language::Reconciliation| {
            matches!(r.repair, Some(crate::language::Repair::Replay(_)))
        };
        self.machine.data = self.shown.values().map(Vec::len).max().unwrap_or(0) as u8;
        if self.design.reconciliations.iter().any(replays) {
            for at in 0..self.machine.data {
                self.book(Book::Last(at as usize));
            }
        }
    }

    /// Collects the fields that a subscriber takes from a message.
    fn taken<'s>(
        &self,
        steps: impl IntoIterator<Item = &'s Step>,
        service: &str,
        message: &str,
        fields: &mut Vec<String>,
    ) {
        for step in steps {
            if let StepKind::Upsert { table, if_newer } = &step.kind {
                if let Some(version) = if_newer {
                    fields.push(version.text.clone());
                }
                let table = self
                    .service(service)
                    .into_iter()
                    .flat_map(|s| &s.stores)
                    .flat_map(|s| &s.tables)
                    .find(|t| t.name.text == table.text);
                for field in table.into_iter().flat_map(|t| &t.fields) {
                    if if_newer.as_ref().is_none_or(|v| v.text != field.name.text)
                        && field.name != "version"
                    {
                        fields.push(field.name.text.clone());
                    }
                }
            }
            super::draft::conditions_of(step, &mut |condition| {
                message_fields(condition, message, fields);
            });
            self.taken(step.inner(), service, message, fields);
        }
    }

    /// Returns the number of a site that sends a letter with what it carries.
    pub(super) fn site(&mut self, letter: Letter<'_>, data: Vec<Expression>) -> u16 {
        let number = self.machine.sites.len();
        let generation = letter.repeats.then(|| self.book(Book::Generation(number)));
        let subscribers = self
            .subscribers
            .get(letter.message)
            .cloned()
            .unwrap_or_default();
        let actor = self.actor(letter.from);
        self.machine.sites.push(Site {
            message: letter.message.to_owned(),
            actor,
            slots: Vec::new(),
            data,
            generation,
            rests: letter.rests,
            promise: None,
        });
        for (handler, service) in subscribers {
            let queue = self.queue(letter, &service);
            let slot = self.machine.slots.len();
            let inbox = self.inbox(&service).is_some();
            let mark = inbox.then(|| self.book(Book::Seen(slot)));
            self.machine.slots.push(Slot {
                site: number as u16,
                handler,
                queue,
                mark,
            });
            self.machine.sites[number].slots.push(slot as u16);
        }
        number as u16
    }

    fn queue(&mut self, letter: Letter<'_>, to: &str) -> u8 {
        let channel = self.channel(letter, to);
        let name = match (channel, letter.verb) {
            (Some(channel), _) => channel.name.text.clone(),
            (None, Some(_)) => format!("{} to {to}", letter.from),
            (None, None) => "webhook".to_owned(),
        };
        let key = (name.clone(), to.to_owned(), letter.shuffled);
        if let Some(queue) = self.queues.get(&key) {
            return *queue;
        }
        let ordered = channel.is_some_and(|c| match &c.ordering {
            Some(Ordering::By(key)) => !matches!(key.text.as_str(), "message_id" | "event_id"),
            _ => false,
        });
        self.machine.queues.push(Queue {
            name,
            ordered: ordered && !letter.shuffled,
            duplicates: !channel.is_some_and(loses),
            dead_letters: channel.is_some_and(gives_up),
        });
        let number = (self.machine.queues.len() - 1) as u8;
        self.queues.insert(key, number);
        number
    }

    /// Returns the channel that a letter takes, if one is declared.
    pub(super) fn channel(&self, letter: Letter<'_>, to: &str) -> Option<&'d Channel> {
        let verb = letter.verb.unwrap_or(Verb::Emit);
        let routes = self
            .scope
            .routes(letter.from, letter.message, verb, letter.via);
        let reaches =
            |channel: &&&Channel| channel.to.is_empty() || channel.to.iter().any(|s| s.text == to);
        // Where there are several, the weakest promise counts.
        let promise = |channel: &&&Channel| {
            (
                matches!(channel.ordering, Some(Ordering::By(_))),
                !loses(channel),
            )
        };
        routes.iter().filter(reaches).min_by_key(promise).copied()
    }

    /// Returns where a service remembers the messages that it has handled.
    pub(super) fn inbox(&self, service: &str) -> Option<&'d Inbox> {
        let service = self.scope.service(service)?;
        service.stores.iter().find_map(|s| s.inbox.as_ref())
    }

    /// Returns the store in which a service keeps its outbox, or else its first one.
    pub(super) fn store(&self, service: &str) -> Option<&'d Store> {
        let service = self.scope.service(service)?;
        let outbox = service.stores.iter().find(|s| s.outbox.is_some());
        outbox.or_else(|| service.stores.first())
    }

    /// Returns the channels over which a handler may get its messages.
    pub(super) fn channels_of(&self, message: &str, to: &str) -> Vec<&'d Channel> {
        let mut found = Vec::new();
        for service in &self.design.services {
            for verb in [Verb::Send, Verb::Reply, Verb::Emit] {
                if !self.sends(&service.name.text, message, verb) {
                    continue;
                }
                let letter = Letter {
                    message,
                    from: &service.name.text,
                    verb: Some(verb),
                    via: None,
                    shuffled: false,
                    repeats: false,
                    rests: false,
                };
                if let Some(channel) = self.channel(letter, to)
                    && !found.iter().any(|c: &&Channel| c.name == channel.name)
                {
                    found.push(channel);
                }
            }
        }
        found
    }

    /// Whether a service sends the message with that word somewhere in the workflow.
    fn sends(&self, service: &str, message: &str, verb: Verb) -> bool {
        let handlers = self.workflow.handlers.iter().filter(|h| h.at == *service);
        let coordinates = self
            .workflow
            .coordinator
            .as_ref()
            .is_some_and(|c| c == service);
        let compensation = self.workflow.compensation.iter().filter(|_| coordinates);
        let mut found = false;
        for step in handlers
            .flat_map(|h| &h.steps)
            .chain(compensation.flat_map(|c| &c.steps))
        {
            step.walk(&mut |step| {
                found |= match &step.kind {
                    StepKind::Send {
                        verb: word,
                        messages,
                        ..
                    } => *word == verb && messages.iter().any(|m| m == message),
                    StepKind::Undo { by, .. } => verb == Verb::Send && by == message,
                    _ => false,
                };
            });
        }
        found
    }

    /// Returns when a handler acknowledges its messages.
    pub(super) fn acknowledgement(&self, handler: &crate::language::Handler) -> Acknowledgement {
        let Trigger::Messages(messages) = &handler.trigger else {
            return Acknowledgement::After;
        };
        let service = self.service(&handler.at.text).and_then(|s| s.acknowledges);
        let channel = messages
            .iter()
            .flat_map(|m| self.channels_of(&m.text, &handler.at.text))
            .find_map(|c| c.acknowledges);
        match handler
            .acknowledges
            .or(channel)
            .or(service)
            .map(|a| a.value)
        {
            None | Some(Acknowledge::After) => Acknowledgement::After,
            Some(Acknowledge::Before | Acknowledge::Auto) => Acknowledgement::Before,
            Some(Acknowledge::OnFailure) => Acknowledgement::OnFailure,
        }
    }

    /// Returns the longest time after which a message may come again; None is for ever.
    pub(super) fn longest_redelivery(&self, message: &str, to: &str) -> Option<Millis> {
        let mut longest = 0;
        for channel in self.channels_of(message, to) {
            longest = longest.max(redelivery(channel).0);
            let kept = channel
                .dead_letter
                .iter()
                .filter_map(|d| d.keep)
                .chain(channel.keep);
            for keep in kept {
                match keep.value {
                    Keep::For(time) => longest = longest.max(time.0),
                    Keep::Forever => return None,
                }
            }
        }
        Some(Millis(longest))
    }

    /// Whether the inbox of a service may have forgotten a message when it comes again.
    pub(super) fn forgets(&self, message: &str, service: &str) -> bool {
        let Some(Keep::For(kept)) = self.inbox(service).and_then(|i| i.keep).map(|k| k.value)
        else {
            return false;
        };
        self.longest_redelivery(message, service)
            .is_none_or(|longest| kept < longest)
    }

    /// Returns how the inbox of a service is marked; None where it has none.
    pub(super) fn marking(&self, service: &str) -> Option<Mark> {
        self.inbox(service).map(|inbox| inbox.mark.value)
    }
}

/// Returns the fields by which an older message is left out.
fn versions(steps: &[Step]) -> Vec<String> {
    let mut found = Vec::new();
    for step in steps {
        step.walk(&mut |step| {
            if let StepKind::Upsert {
                if_newer: Some(field),
                ..
            } = &step.kind
            {
                found.push(field.text.clone());
            }
        });
    }
    found
}

/// Whether a channel may lose a message.
pub(super) fn loses(channel: &Channel) -> bool {
    channel
        .delivery
        .is_some_and(|d| d.value == Delivery::AtMostOnce)
}

/// Whether a channel has a last delivery. What is delivered until it succeeds has none, unless a queue is named for what is given up.
fn gives_up(channel: &Channel) -> bool {
    match (&channel.retry, &channel.dead_letter) {
        (Some(retry), dead) if retry.times == Times::Forever => {
            dead.as_ref().is_some_and(|dead| dead.queue.is_some())
        }
        (Some(_), _) => true,
        (None, dead) => dead.is_some(),
    }
}

/// Whether a channel drops a message after its last delivery.
pub(super) fn drops(channel: &Channel) -> bool {
    let nowhere = |dead: &DeadLetter| dead.queue.is_none();
    gives_up(channel) && channel.dead_letter.as_ref().is_some_and(nowhere)
}

/// Returns the time that all redeliveries take at most. What is delivered until it succeeds ends with the time for which messages are
/// kept.
pub(super) fn redelivery(channel: &Channel) -> Millis {
    let Some(retry) = &channel.retry else {
        return Millis(0);
    };
    match retry.times {
        Times::Count(times) => {
            let wait = retry.longest.or(retry.first).unwrap_or(Millis(0));
            Millis(wait.0.saturating_mul(times))
        }
        Times::Forever => channel.keeps().unwrap_or(Millis(u64::MAX)),
    }
}

/// Collects the fields of a message that a condition names: `OrderPlaced.total`.
fn message_fields(condition: &crate::language::Condition, message: &str, fields: &mut Vec<String>) {
    use crate::language::ConditionKind as Kind;
    match &condition.kind {
        Kind::Field(path) if path.table == *message => fields.push(path.field.text.clone()),
        Kind::Not(inner) => message_fields(inner, message, fields),
        Kind::Binary(_, left, right) => {
            message_fields(left, message, fields);
            message_fields(right, message, fields);
        }
        Kind::In(inner, values) => {
            message_fields(inner, message, fields);
            for value in values {
                message_fields(value, message, fields);
            }
        }
        Kind::Number(_) | Kind::Word(_) | Kind::Field(_) | Kind::Effects { .. } => {}
    }
}
