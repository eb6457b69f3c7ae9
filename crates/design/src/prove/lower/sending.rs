//! Messages that are sent: in a transaction by the outbox, else directly.

use crate::language::{Name, Outbox, Span, Verb};
use crate::prove::machine::{Expression, Fault, Join, Op};

use super::code::Place;
use super::draft::{ANNOUNCED, Draft, Rest, commits};
use super::routes::{Letter, loses};
use super::{Book, Lowering};

impl<'d> Lowering<'d> {
    /// Writes that a message is sent: in a transaction by the outbox, else directly.
    pub(super) fn send(
        &mut self,
        draft: &mut Draft<'d>,
        message: &'d Name,
        verb: Verb,
        via: Option<&'d Name>,
        at: Span,
        here: &Rest<'_>,
    ) {
        if !draft.in_transaction {
            self.send_directly(draft, message, verb, via, at, Some(here));
            return;
        }
        let service = draft.service.clone();
        match self.store(&service).and_then(|s| s.outbox.as_ref()) {
            Some(outbox) => self.send_by_outbox(draft, message, verb, via, outbox),
            None => {
                let local = draft.local();
                draft.code.op(Op::Let(local, Expression::Number(1)));
                draft.deferred.push((local, message, verb, via));
            }
        }
    }

    /// Writes the messages of a transaction without an outbox: they are sent behind it.
    pub(super) fn send_deferred(&mut self, draft: &mut Draft<'d>, at: Span, rest: &Rest<'_>) {
        while !draft.deferred.is_empty() {
            let (local, message, verb, via) = draft.deferred[0];
            let skip = draft.code.place();
            draft.code.unless(Expression::Local(local), skip);
            self.send_directly(draft, message, verb, via, at, Some(rest));
            draft.deferred.remove(0);
            draft.code.op(Op::Let(local, Expression::Number(0)));
            draft.acted = true;
            draft.code.bind(skip);
        }
    }

    pub(super) fn send_directly(
        &mut self,
        draft: &mut Draft<'d>,
        message: &'d Name,
        verb: Verb,
        via: Option<&'d Name>,
        at: Span,
        here: Option<&Rest<'_>>,
    ) {
        self.boundary(draft, &format!("sends {message}"), at, here);
        let letter = Letter {
            message: &message.text,
            from: &draft.service.clone(),
            verb: Some(verb),
            via,
            shuffled: false,
            repeats: draft.repeats,
            rests: draft.rests,
        };
        let sent = draft.code.place();
        self.at_most_once(draft, letter, sent);
        self.publish(draft, letter, 1);
        draft.code.bind(sent);
        if here.is_some_and(commits) {
            draft.code.op(Op::Let(ANNOUNCED, Expression::Number(1)));
            draft.announces = true;
        }
        draft.acted = true;
        draft.touched = true;
        Self::uncertain(draft);
    }

    /// Writes that a channel which promises at most one delivery may lose the message.
    pub(super) fn at_most_once(&mut self, draft: &mut Draft<'d>, letter: Letter<'_>, lost: Place) {
        let subscribers = self
            .subscribers
            .get(letter.message)
            .cloned()
            .unwrap_or_default();
        let lossy = subscribers
            .iter()
            .any(|(_, to)| self.channel(letter, to).is_some_and(loses));
        if lossy {
            let sent = draft.code.place();
            let says = format!(
                "{} is lost: the channel delivers at most once",
                letter.message
            );
            let loses = draft.code.place();
            draft
                .code
                .choose(vec![(None, sent, String::new()), (None, loses, says)]);
            draft.code.bind(loses);
            self.lose(draft);
            draft.code.jump(lost);
            draft.code.bind(sent);
        }
    }

    /// Notes that a message was lost as the design allows: a reconciliation may repair it.
    fn lose(&mut self, draft: &mut Draft<'d>) {
        if !self.design.reconciliations.is_empty() {
            let lost = self.book(Book::Lost);
            draft.code.set(lost, 1);
        }
    }

    pub(super) fn send_by_outbox(
        &mut self,
        draft: &mut Draft<'d>,
        message: &'d Name,
        verb: Verb,
        via: Option<&'d Name>,
        outbox: &Outbox,
    ) {
        let relays = outbox.relays.map_or(1, |r| r.value);
        let letter = Letter {
            message: &message.text,
            from: &draft.service.clone(),
            verb: Some(verb),
            via,
            shuffled: relays > 1 || outbox.backoff_per_row.is_some(),
            repeats: draft.repeats,
            rests: draft.rests,
        };
        let end = draft.code.place();
        let mut ways = Vec::new();
        let (sent, twice, lost) = (draft.code.place(), draft.code.place(), draft.code.place());
        if outbox.relay.is_none() {
            draft.code.jump(lost);
        } else {
            ways.push((None, sent, String::new()));
        }
        if relays > 1 {
            ways.push((None, twice, format!("two relays publish {message}")));
        }
        if outbox.by_last_id.is_some() {
            let says = format!(
                "the relay passes over {message}: a row with a higher id was committed first"
            );
            ways.push((None, lost, says));
        }
        if outbox.marks_first.is_some() {
            let says =
                format!("the relay marks {message} as published and dies before it publishes");
            ways.push((Some(Fault::Crash), lost, says));
        }
        if ways.len() > 1 {
            draft.code.choose(ways);
        }
        draft.code.bind(sent);
        if outbox.relay.is_some() {
            self.at_most_once(draft, letter, end);
            self.publish(draft, letter, 1);
        }
        draft.code.jump(end);
        if relays > 1 {
            draft.code.bind(twice);
            self.publish(draft, letter, 2);
            draft.code.jump(end);
        }
        draft.code.bind(lost);
        let loses =
            outbox.relay.is_none() || outbox.by_last_id.is_some() || outbox.marks_first.is_some();
        if loses && self.subscribers.contains_key(&message.text) {
            let promised = self.promise(&message.text, message.span);
            draft.code.set(promised, 1);
            self.lose(draft);
        }
        if self.undone.contains(&message.text) {
            let sent = self.book(Book::Sent(message.text.clone()));
            draft.code.set(sent, 1);
        }
        draft.code.bind(end);
    }

    /// Writes that a message leaves, in so many copies.
    pub(super) fn publish(&mut self, draft: &mut Draft<'d>, letter: Letter<'_>, copies: usize) {
        if self.undone.contains(letter.message) {
            let sent = self.book(Book::Sent(letter.message.to_owned()));
            draft.code.set(sent, 1);
        }
        let data = self.carried(draft, letter);
        let site = self.site(letter, data);
        for _ in 0..copies {
            draft.code.op(Op::Send(site));
        }
    }

    /// Returns what a message carries: the fields of the sender's rows that its subscribers take.
    pub(super) fn carried(&mut self, draft: &mut Draft<'d>, letter: Letter<'_>) -> Vec<Expression> {
        let fields = self.shown.get(letter.message).cloned().unwrap_or_default();
        let mut data = Vec::new();
        for (at, field) in fields.iter().enumerate() {
            let own = self
                .fields
                .iter()
                .find(|((service, _, name), _)| service == letter.from && name == field)
                .map(|(_, cell)| *cell);
            let value = match own {
                Some(cell) => Expression::Cell(cell),
                None if !self.counters.contains(field) => Expression::Number(0),
                // A count of events that no table has is kept by the machine.
                None => {
                    let version = self.book(Book::Version(letter.from.to_owned()));
                    draft.code.op(Op::Set(
                        version,
                        Expression::Cell(version).join(Join::Plus, Expression::Number(1)),
                    ));
                    Expression::Cell(version)
                }
            };
            if let Some(last) = self.books.get(&Book::Last(at)).copied() {
                draft.code.op(Op::Set(last, value.clone()));
            }
            data.push(value);
        }
        data
    }
}
