//! What a crash leaves undone.
//!
//! A message that a committed transaction implies and that is then not sent is *promised*; an effect that was announced, or whose message
//! was already acknowledged, and that is then not committed is *announced*. Sending the message, or committing the effect, settles it. The
//! aftermath of a boundary follows the steps that would have come and notes both; they are goals of the machine, so that a design in
//! which they stay open is found even where a timeout hides it.

use crate::language::{Name, Span, Step, StepKind};
use crate::prove::machine::{Cell, Expression};

use super::code::Place;
use super::draft::{ANNOUNCED, COMMITTED, Called, Draft, Rest};
use super::{Book, Lowering};

/// The local value of a call that has not happened: its first outcome is assumed.
pub(super) const ASSUMED: u8 = u8::MAX;

impl<'d> Lowering<'d> {
    /// Writes the aftermath of a crash; returns its place, or None where nothing is left undone.
    pub(super) fn aftermath(
        &mut self,
        draft: &mut Draft<'d>,
        rest: Option<&Rest<'_>>,
    ) -> Option<Place> {
        let mut code = std::mem::take(&mut draft.code);
        let place = code.aftermath(|code| {
            std::mem::swap(&mut draft.code, code);
            if let Some(begun) = draft.begun.filter(|_| !draft.touched) {
                // Nothing came of the request: it is as if it had not been made.
                draft.code.set(begun, 0);
            }
            draft.give_back();
            if draft.commits || draft.announces {
                let end = draft.code.place();
                self.undone_deferred(draft);
                let calls = draft.calls.len();
                let mut next = rest;
                while let Some(rest) = next {
                    self.undone(draft, rest.steps, end);
                    next = rest.next;
                }
                draft.calls.truncate(calls);
                draft.code.bind(end);
            }
            std::mem::swap(&mut draft.code, code);
        });
        draft.code = code;
        place
    }

    fn undone_deferred(&mut self, draft: &mut Draft<'d>) {
        for (local, message, ..) in draft.deferred.clone() {
            let skip = draft.code.place();
            draft.code.unless(Expression::Local(local), skip);
            self.promised(draft, message);
            draft.code.bind(skip);
        }
    }

    fn undone(&mut self, draft: &mut Draft<'d>, steps: &[Step], end: Place) {
        for step in steps {
            match &step.kind {
                StepKind::Transaction(steps)
                | StepKind::Retry { steps, .. }
                | StepKind::Lease { steps, .. } => {
                    self.undone(draft, steps, end);
                }
                StepKind::When { arms, otherwise } => {
                    let after = draft.code.place();
                    for arm in arms {
                        let next = draft.code.place();
                        let condition = self.condition(&arm.condition, draft);
                        draft.code.unless(condition, next);
                        self.undone(draft, &arm.steps, end);
                        draft.code.jump(after);
                        draft.code.bind(next);
                    }
                    self.undone(draft, otherwise, end);
                    draft.code.bind(after);
                }
                StepKind::Send { messages, .. } => {
                    for message in messages {
                        self.promised(draft, message);
                    }
                }
                StepKind::Call(call) => draft.calls.push(Called {
                    outcomes: self.outcomes_of(&call.callee),
                    local: ASSUMED,
                }),
                StepKind::Assign { .. } | StepKind::Upsert { .. } => self.announced(draft),
                StepKind::Undo { step, by } => {
                    let skip = draft.code.place();
                    let sent = self.book(Book::Sent(step.text.clone()));
                    draft.code.unless(Expression::is(sent, 1), skip);
                    self.promised(draft, by);
                    draft.code.bind(skip);
                }
                StepKind::Compensate => {
                    let workflow = self.workflow;
                    if let Some(compensation) = &workflow.compensation {
                        self.undone(draft, &compensation.steps, end);
                    }
                }
                StepKind::Stop | StepKind::Fail => draft.code.jump(end),
            }
        }
    }

    fn promised(&mut self, draft: &mut Draft<'d>, message: &Name) {
        if !draft.commits || !self.subscribers.contains_key(&message.text) {
            return;
        }
        let cell = self.promise(&message.text, message.span);
        self.note(draft, COMMITTED, cell);
    }

    fn announced(&mut self, draft: &mut Draft<'d>) {
        if draft.announces {
            let cell = self.announcement(draft.number);
            self.note(draft, ANNOUNCED, cell);
        }
    }

    fn note(&mut self, draft: &mut Draft<'d>, condition: u8, cell: Cell) {
        let skip = draft.code.place();
        draft.code.unless(Expression::Local(condition), skip);
        draft.code.set(cell, 1);
        draft.code.bind(skip);
    }

    /// Returns the cell that tells that a message was promised and not sent.
    pub(super) fn promise(&mut self, message: &str, at: Span) -> Cell {
        let book = Book::Promised(message.to_owned());
        if !self.books.contains_key(&book) {
            self.promises.push((
                book.clone(),
                format!("{message} is sent once it is promised"),
                at,
            ));
        }
        self.book(book)
    }

    /// Returns the cell that tells that the effect of a handler was announced and not committed.
    pub(super) fn announcement(&mut self, handler: usize) -> Cell {
        let book = Book::Announced(handler);
        if !self.books.contains_key(&book)
            && let Some(declared) = self.workflow.handlers.get(handler)
        {
            let name = match &declared.trigger {
                crate::language::Trigger::Start(name) => name.text.clone(),
                crate::language::Trigger::Messages(names) => names
                    .iter()
                    .map(|n| n.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" or "),
                crate::language::Trigger::Timeout(_) => "timeout".to_owned(),
            };
            let text = format!(
                "what {name} does at {} is committed once others rely on it",
                declared.at
            );
            self.promises.push((book.clone(), text, declared.head));
        }
        self.book(book)
    }
}
