//! A program while it is written: what has happened so far, and what comes after.

use std::collections::BTreeMap;

use crate::language::{Condition, Mark, Name, Step, StepKind, Verb};
use crate::prove::machine::{Cell, Expression, Join, LOCALS};

use super::code::{Code, Place};
use super::conditions::Scope;

/// What comes after a step: the rest of its block, then what comes after the block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest<'a> {
    /// The steps.
    pub(super) steps: &'a [Step],
    /// What comes after them.
    pub(super) next: Option<&'a Self>,
}

/// The local value that tells whether something was committed.
pub(super) const COMMITTED: u8 = 0;
/// The local value that tells whether something was announced.
pub(super) const ANNOUNCED: u8 = 1;
/// The first local value that is free.
pub(super) const FREE: u8 = 2;

/// The value of a call whose outcome is not known.
pub(super) const UNKNOWN: i8 = 100;

/// A call whose outcome is at hand.
#[derive(Debug, Clone)]
pub(super) struct Called {
    /// The outcomes, in order.
    pub(super) outcomes: Vec<String>,
    /// The local value that holds the number of the outcome.
    pub(super) local: u8,
}

/// What has happened since the last boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Since {
    pub(super) acted: bool,
    pub(super) looked: bool,
    pub(super) checked: bool,
}

impl Since {
    /// Returns what has happened on one of two ways.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            acted: self.acted || other.acted,
            looked: self.looked || other.looked,
            checked: self.checked || other.checked,
        }
    }
}

/// A lease that is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease {
    pub(super) token: Cell,
    pub(super) held: Cell,
    /// The local value that holds the token with which it was taken.
    pub(super) local: u8,
    /// Whether the store checks the token.
    pub(super) fencing: bool,
}

/// A program while it is written.
pub(super) struct Draft<'d> {
    pub(super) code: Code,
    /// The handler that it belongs to.
    pub(super) number: usize,
    pub(super) service: String,
    pub(super) messages: Vec<String>,
    pub(super) calls: Vec<Called>,
    /// Names of what was called and of messages that were promised, for a trace.
    pub(super) inbox: Option<Mark>,
    pub(super) serial: bool,
    pub(super) locals: u8,
    /// Whether something was done since the last boundary.
    pub(super) acted: bool,
    /// Whether something was seen since the last boundary that others may change.
    pub(super) looked: bool,
    /// Whether the inbox was asked since the last boundary: only the transaction that marks it asks again.
    pub(super) checked: bool,
    /// Whether something was done at all.
    pub(super) touched: bool,
    pub(super) in_transaction: bool,
    /// In a transaction without an outbox: messages that are sent behind it, with the local value that tells whether.
    pub(super) deferred: Vec<(u8, &'d Name, Verb, Option<&'d Name>)>,
    /// Cells of which a local value was taken.
    pub(super) taken: BTreeMap<Cell, u8>,
    /// Where a `stop` in a transaction goes, with the local value that it sets.
    pub(super) stopped: Option<(Place, u8)>,
    pub(super) end: Place,
    /// Where a failure goes in a service that is called.
    pub(super) fails: Option<Place>,
    /// The lease that is held.
    pub(super) lease: Option<Lease>,
    /// Where a block that is tried again begins.
    pub(super) again: Option<Place>,
    /// The fields of the message at hand, by place.
    pub(super) shown: Vec<String>,
    /// Whether what the handler does was announced before it is committed.
    pub(super) announces: bool,
    /// Whether something may be committed before the next step.
    pub(super) commits: bool,
    /// Whether the handler may run several times for one instance, each time for a good reason.
    pub(super) repeats: bool,
    /// Whether it runs by itself, again and again.
    pub(super) rests: bool,
    /// The cell that tells that this request has begun.
    pub(super) begun: Option<Cell>,
    /// How many calls of other services lead here.
    pub(super) depth: u8,
}

impl Scope for Draft<'_> {
    fn outcome(&self, word: &str) -> Option<Expression> {
        self.calls.iter().rev().find_map(|call| {
            let number = match call.outcomes.iter().position(|o| o == word) {
                Some(at) => at as i8,
                None if word == "unknown" => UNKNOWN,
                None => return None,
            };
            if call.local == super::aftermath::ASSUMED {
                return Some(Expression::Number(i8::from(number == 0)));
            }
            Some(Expression::Local(call.local).join(Join::Equal, Expression::Number(number)))
        })
    }

    fn message_field(&self, message: &str, field: &str) -> Option<Expression> {
        if !self.messages.iter().any(|m| m == message) {
            return None;
        }
        let at = self.shown.iter().position(|f| f == field)?;
        Some(Expression::Data(at as u8))
    }

    fn service(&self) -> &str {
        &self.service
    }

    fn read(&self, cell: Cell) -> Expression {
        self.taken
            .get(&cell)
            .map_or(Expression::Cell(cell), |local| Expression::Local(*local))
    }
}

impl Draft<'_> {
    pub(super) fn since(&self) -> Since {
        Since {
            acted: self.acted,
            looked: self.looked,
            checked: self.checked,
        }
    }

    /// Goes on as if that had happened since the last boundary.
    pub(super) fn resume(&mut self, since: Since) {
        let Since {
            acted,
            looked,
            checked,
        } = since;
        (self.acted, self.looked, self.checked) = (acted, looked, checked);
    }

    /// Writes that the lease is given back, if it is still held.
    pub(super) fn give_back(&mut self) {
        if let Some(Lease {
            token, held, local, ..
        }) = self.lease
        {
            let lost = self.code.place();
            let still = Expression::Cell(token).join(Join::Equal, Expression::Local(local));
            self.code.unless(still, lost);
            self.code.set(held, 0);
            self.code.bind(lost);
        }
    }

    /// Returns a new local value.
    pub(super) fn local(&mut self) -> u8 {
        let local = self.locals.min(LOCALS as u8 - 1);
        self.locals = (self.locals + 1).min(LOCALS as u8);
        local
    }
}

/// Calls `see` with the conditions of a step, not of those inside of it.
pub(super) fn conditions_of(step: &Step, see: &mut dyn FnMut(&Condition)) {
    match &step.kind {
        StepKind::When { arms, .. } => {
            for arm in arms {
                see(&arm.condition);
            }
        }
        StepKind::Assign { value, .. } => see(value),
        _ => {}
    }
}

/// Whether a step, or one inside of it, is such.
pub(super) fn any(step: &Step, is: &dyn Fn(&StepKind) -> bool) -> bool {
    is(&step.kind) || step.inner().any(|inner| any(inner, is))
}

/// Whether a step of what follows is such, up to a `stop`.
pub(super) fn follows(rest: &Rest<'_>, is: &dyn Fn(&StepKind) -> bool) -> bool {
    for step in rest.steps {
        if any(step, is) {
            return true;
        }
        if matches!(step.kind, StepKind::Stop | StepKind::Fail) {
            return false;
        }
    }
    rest.next.is_some_and(|next| follows(next, is))
}

/// Whether more is committed or called after this.
pub(super) fn has_more(rest: &Rest<'_>) -> bool {
    follows(rest, &|kind| {
        matches!(
            kind,
            StepKind::Transaction(_) | StepKind::Call(_) | StepKind::Assign { .. }
        )
    })
}

/// Whether more is sent after this.
pub(super) fn sends_more(rest: &Rest<'_>) -> bool {
    follows(rest, &|kind| {
        matches!(
            kind,
            StepKind::Send { .. } | StepKind::Compensate | StepKind::Undo { .. }
        )
    })
}

/// Whether more is written after this.
pub(super) fn commits(rest: &Rest<'_>) -> bool {
    follows(rest, &|kind| {
        matches!(
            kind,
            StepKind::Assign { .. } | StepKind::Upsert { .. } | StepKind::Compensate
        )
    })
}

pub(super) fn stops(steps: &[Step]) -> bool {
    steps
        .iter()
        .any(|step| any(step, &|kind| matches!(kind, StepKind::Stop)))
}
