//! The steps of a handler to a program.
//!
//! Whatever others can tell apart is a segment: a transaction, a message that is sent directly, an attempt of a call, and a look at
//! data that others may change meanwhile. Between two of them stands a boundary.

use std::collections::BTreeMap;

use crate::language::{
    Arm, Assignment, Condition, FieldPath, Handler, Isolation, Mark, Name, Outbox, Span, Step,
    StepKind, Trigger, Verb,
};
use crate::prove::machine::{
    Acknowledgement, Cell, Expression, Fairness, Fault, Join, LOCALS, Op, Serial,
};
use crate::prove::machine::{Handler as Program, Trigger as Cause};

use super::code::{Code, Place};
use super::conditions::Scope;
use super::routes::Letter;
use super::{Book, Lowering};

/// What comes after a step: the rest of its block, then what comes after the block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest<'a> {
    /// The steps.
    pub(super) steps: &'a [Step],
    /// What comes after them.
    pub(super) next: Option<&'a Rest<'a>>,
}

/// The local value that tells whether something was committed.
pub(super) const COMMITTED: u8 = 0;
/// The local value that tells whether something was announced.
pub(super) const ANNOUNCED: u8 = 1;
/// The first local value that is free.
const FREE: u8 = 2;

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

/// A lease that is held.
#[derive(Debug, Clone, Copy)]
struct Lease {
    token: Cell,
    held: Cell,
    /// The local value that holds the token with which it was taken.
    local: u8,
    /// Whether the store checks the token.
    fencing: bool,
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
    locals: u8,
    /// Whether something was done since the last boundary.
    pub(super) acted: bool,
    /// Whether something was seen since the last boundary that others may change.
    pub(super) looked: bool,
    /// Whether something was done at all.
    pub(super) touched: bool,
    in_transaction: bool,
    /// In a transaction without an outbox: messages that are sent behind it, with the local value that tells whether.
    pub(super) deferred: Vec<(u8, &'d Name, Verb, Option<&'d Name>)>,
    /// Cells of which a local value was taken.
    taken: BTreeMap<Cell, u8>,
    /// Where a `stop` in a transaction goes, with the local value that it sets.
    stopped: Option<(Place, u8)>,
    pub(super) end: Place,
    /// Where a failure goes in a service that is called.
    pub(super) fails: Option<Place>,
    /// The lease that is held.
    lease: Option<Lease>,
    /// Where a block that is tried again begins.
    pub(super) again: Option<Place>,
    /// The fields of the message at hand, by place.
    shown: Vec<String>,
    /// Whether what the handler does was announced before it is committed.
    pub(super) announces: bool,
    /// Whether something may be committed before the next step.
    pub(super) commits: bool,
    /// Whether the handler may run several times for one instance, each time for a good reason.
    pub(super) repeats: bool,
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

impl<'d> Lowering<'d> {
    /// Makes the programs of all handlers of the workflow.
    pub(super) fn handlers(&mut self) {
        let workflow = self.workflow;
        let mut starts = 0;
        for (number, handler) in workflow.handlers.iter().enumerate() {
            let program = self.handler(number, handler, &mut starts);
            self.machine.handlers.push(program);
        }
        for site in &mut self.machine.sites {
            site.promise = self
                .books
                .get(&Book::Promised(site.message.clone()))
                .copied();
        }
    }

    fn handler(&mut self, number: usize, handler: &'d Handler, starts: &mut usize) -> Program {
        let service = handler.at.text.clone();
        let actor = self.actor(&service);
        let (cause, text) = self.cause(handler, starts);
        let label = self.label(text.clone(), handler.span);
        let messages: Vec<String> = match &handler.trigger {
            Trigger::Messages(names) => names.iter().map(|n| n.text.clone()).collect(),
            _ => Vec::new(),
        };
        let acknowledges = self.acknowledgement(handler);
        let inbox = if messages.is_empty() {
            None
        } else {
            self.marking(&service)
        };
        let serial = self.serial(&service);
        let forgets = messages.iter().any(|m| self.forgets(m, &service));
        let mut draft = self.draft(number, handler, messages, serial != Serial::No);
        let landmark = self.landmark(format!("{text} at {service}"), handler.span);
        draft.code.op(Op::Reach(landmark));
        if let Trigger::Start(name) = &handler.trigger {
            let begun = self.begun(&name.text, *starts == 1);
            draft.code.set(begun, 1);
            draft.begun = Some(begun);
        }
        Self::begin(&mut draft, acknowledges);
        let rest = Rest {
            steps: &[],
            next: None,
        };
        self.steps(&mut draft, &handler.steps, &rest);
        self.finish(&mut draft, handler.span);
        let end = draft.end;
        draft.code.bind(end);
        self.machine.locals = self.machine.locals.max(draft.locals);
        Program {
            actor,
            trigger: cause,
            label,
            code: draft.code.finish(),
            serial,
            acknowledges,
            replay: inbox.is_none() || forgets || inbox == Some(Mark::SeparateTransaction),
            forgets: forgets || inbox == Some(Mark::SeparateTransaction),
        }
    }

    /// Returns the program of a handler before its first step.
    pub(super) fn draft(
        &mut self,
        number: usize,
        handler: &'d Handler,
        messages: Vec<String>,
        serial: bool,
    ) -> Draft<'d> {
        let service = handler.at.text.clone();
        let mut code = Code::default();
        let end = code.place();
        Draft {
            code,
            number,
            calls: Vec::new(),
            inbox: if messages.is_empty() {
                None
            } else {
                self.marking(&service)
            },
            serial,
            locals: FREE,
            acted: false,
            looked: false,
            touched: false,
            in_transaction: false,
            deferred: Vec::new(),
            taken: BTreeMap::new(),
            stopped: None,
            end,
            fails: None,
            lease: None,
            again: None,
            shown: messages
                .first()
                .and_then(|m| self.shown.get(m))
                .cloned()
                .unwrap_or_default(),
            announces: false,
            commits: false,
            begun: None,
            depth: 0,
            // A message that comes from several places makes its handler run several times for good reasons.
            repeats: messages.is_empty() && !matches!(handler.trigger, Trigger::Start(_)),
            messages,
            service,
        }
    }

    fn begun(&mut self, name: &str, first: bool) -> Cell {
        match self.machine.started {
            Some(cell) if first => cell,
            _ => self.book(Book::Begun(name.to_owned())),
        }
    }

    fn cause(&mut self, handler: &Handler, starts: &mut usize) -> (Cause, String) {
        let started = self
            .machine
            .started
            .map_or(Expression::always(), |cell| Expression::is(cell, 1));
        match &handler.trigger {
            Trigger::Messages(names) => {
                let names: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
                (Cause::Message, format!("handles {}", names.join(" or ")))
            }
            Trigger::Start(name) => {
                *starts += 1;
                let begun = self.begun(&name.text, *starts == 1);
                let idle = Expression::is(begun, 0);
                let cause = Cause::When {
                    // Only the first one begins an instance: the others are further requests for it.
                    guard: if *starts == 1 {
                        idle
                    } else {
                        idle.and(started)
                    },
                    fairness: Fairness::None,
                    settled: false,
                };
                (cause, format!("starts {name}"))
            }
            Trigger::Timeout(_) => {
                let cause = Cause::When {
                    guard: started,
                    fairness: Fairness::Weak,
                    settled: false,
                };
                (cause, "times out".to_owned())
            }
        }
    }

    fn serial(&self, service: &str) -> Serial {
        match self.service(service).and_then(|s| s.serial.as_ref()) {
            None => Serial::No,
            Some(serial) => match &serial.by {
                None => Serial::Whole,
                Some(key) if matches!(key.text.as_str(), "message_id" | "event_id") => Serial::No,
                Some(_) => Serial::ByInstance,
            },
        }
    }

    /// Writes what happens before the first step: the check of the inbox, and an acknowledgement that comes first.
    fn begin(draft: &mut Draft<'d>, acknowledges: Acknowledgement) {
        if let Some(mark) = draft.inbox {
            let unseen = draft.code.place();
            draft.code.unless(Expression::Seen, unseen);
            draft.code.op(Op::Stop);
            draft.code.bind(unseen);
            match mark {
                Mark::WithEffect => {}
                Mark::SeparateTransaction => draft.looked |= !draft.serial,
                Mark::BeforeEffect => {
                    draft.code.op(Op::Mark);
                    draft.acted = true;
                }
            }
        }
        let lost =
            acknowledges == Acknowledgement::Before || draft.inbox == Some(Mark::BeforeEffect);
        if lost {
            // From here on nobody delivers the message again.
            draft.code.op(Op::Let(COMMITTED, Expression::Number(1)));
            draft.code.op(Op::Let(ANNOUNCED, Expression::Number(1)));
            draft.announces = true;
            draft.commits = true;
            draft.acted = true;
        }
    }

    /// Writes the end of a handler.
    fn finish(&mut self, draft: &mut Draft<'d>, at: Span) {
        if draft.depth > 0 {
            let end = draft.end;
            draft.code.jump(end);
            return;
        }
        if draft.inbox == Some(Mark::SeparateTransaction) {
            self.boundary(draft, "marks the message in the inbox", at, None);
        }
        if draft.inbox.is_some() {
            draft.code.op(Op::Mark);
        }
        draft.code.op(Op::Stop);
    }

    /// Writes a boundary where others could tell, or everywhere if that is wanted.
    pub(super) fn boundary(
        &mut self,
        draft: &mut Draft<'d>,
        text: &str,
        at: Span,
        rest: Option<&Rest<'_>>,
    ) {
        // What begins by itself would begin for ever, if it could stop before it has found something to do.
        let every = self.grain.every_step && (draft.touched || !draft.messages.is_empty());
        if draft.acted || draft.looked || every {
            self.always_boundary(draft, text, at, rest);
        } else {
            let label = self.label(text, at);
            draft.code.op(Op::Say(label));
        }
    }

    /// Writes a boundary.
    pub(super) fn always_boundary(
        &mut self,
        draft: &mut Draft<'d>,
        text: &str,
        at: Span,
        rest: Option<&Rest<'_>>,
    ) {
        let label = self.label(text, at);
        let crash = self.aftermath(draft, rest);
        draft.code.boundary(label, crash);
        draft.code.op(Op::Say(label));
        draft.acted = false;
        draft.looked = false;
    }

    /// Writes steps.
    pub(super) fn steps(&mut self, draft: &mut Draft<'d>, steps: &'d [Step], after: &Rest<'_>) {
        for (at, step) in steps.iter().enumerate() {
            let here = Rest {
                steps: &steps[at..],
                next: Some(after),
            };
            let rest = Rest {
                steps: &steps[at + 1..],
                next: Some(after),
            };
            self.step(draft, step, &here, &rest);
        }
    }

    fn step(&mut self, draft: &mut Draft<'d>, step: &'d Step, here: &Rest<'_>, rest: &Rest<'_>) {
        match &step.kind {
            StepKind::Transaction(steps) => self.transaction(draft, steps, step.span, here, rest),
            StepKind::When { arms, otherwise } => {
                self.when(draft, step, arms, otherwise, here, rest)
            }
            StepKind::Send {
                verb,
                messages,
                via,
            } => {
                for (at, message) in messages.iter().enumerate() {
                    self.send(
                        draft,
                        message,
                        *verb,
                        via.as_ref(),
                        step.span,
                        if at == 0 { here } else { rest },
                    );
                }
            }
            StepKind::Call(call) => self.call(draft, call, step.span, here, rest),
            StepKind::Assign {
                target,
                operator,
                value,
            } => self.assign(draft, target, *operator, value, step.span, here),
            StepKind::Upsert { table, if_newer } => {
                self.upsert(draft, table, if_newer.as_ref(), step.span, here)
            }
            StepKind::Undo { step: undone, by } => {
                let skip = draft.code.place();
                let sent = self.book(Book::Sent(undone.text.clone()));
                draft.code.unless(Expression::is(sent, 1), skip);
                self.send(draft, by, Verb::Send, None, step.span, here);
                draft.code.bind(skip);
            }
            StepKind::Compensate => {
                let workflow = self.workflow;
                let landmark = self.landmark("compensates", step.span);
                draft.code.op(Op::Reach(landmark));
                match &workflow.compensation {
                    Some(compensation) => self.steps(draft, &compensation.steps, rest),
                    None => self.unclear(
                        "`compensate` is said, and there is no compensation",
                        step.span,
                    ),
                }
            }
            StepKind::Stop => self.stop(draft, step.span),
            StepKind::Fail => match draft.fails {
                Some(caller) => draft.code.jump(caller),
                None if draft.in_transaction => draft.code.op(Op::RollBack),
                None => {
                    draft.give_back();
                    draft.code.op(Op::Fail);
                }
            },
            StepKind::Retry { steps, .. } => self.retry(draft, steps, step.span, here, rest),
            StepKind::Lease { name, steps } => {
                self.lease(draft, name, steps, step.span, here, rest)
            }
        }
    }

    fn stop(&mut self, draft: &mut Draft<'d>, at: Span) {
        match draft.stopped {
            Some((end, local)) if draft.in_transaction => {
                draft.code.op(Op::Let(local, Expression::Number(1)));
                draft.code.jump(end);
            }
            _ => self.finish(draft, at),
        }
    }

    /// Writes `when`: arms are tried in order.
    fn when(
        &mut self,
        draft: &mut Draft<'d>,
        step: &'d Step,
        arms: &'d [Arm],
        otherwise: &'d [Step],
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        let conditions: Vec<&Condition> = arms.iter().map(|a| &a.condition).collect();
        if !draft.in_transaction {
            self.look(draft, &conditions, step.span, here);
        }
        let end = draft.code.place();
        let (acted, looked) = (draft.acted, draft.looked);
        let mut after = (acted, looked);
        for arm in arms {
            let next = draft.code.place();
            let condition = self.condition(&arm.condition, draft);
            draft.code.unless(condition, next);
            self.arm(
                draft,
                &arm.steps,
                arm.condition.span,
                rest,
                (acted, looked),
                &mut after,
            );
            draft.code.jump(end);
            draft.code.bind(next);
        }
        if otherwise.is_empty() {
            after = (after.0 || acted, after.1 || looked);
        } else {
            let at = otherwise.first().map_or(step.span, |s| s.span);
            self.arm(draft, otherwise, at, rest, (acted, looked), &mut after);
        }
        draft.code.bind(end);
        (draft.acted, draft.looked) = after;
    }

    fn arm(
        &mut self,
        draft: &mut Draft<'d>,
        steps: &'d [Step],
        at: Span,
        rest: &Rest<'_>,
        before: (bool, bool),
        after: &mut (bool, bool),
    ) {
        (draft.acted, draft.looked) = before;
        let landmark = self.landmark(format!("this arm at {}", draft.service), at);
        draft.code.op(Op::Reach(landmark));
        self.steps(draft, steps, rest);
        *after = (after.0 || draft.acted, after.1 || draft.looked);
    }

    /// Notes what a condition outside of a transaction sees. What others may change makes the next step another segment.
    fn look(
        &mut self,
        draft: &mut Draft<'d>,
        conditions: &[&Condition],
        at: Span,
        here: &Rest<'_>,
    ) {
        let mut cells = Vec::new();
        for condition in conditions {
            self.cells_of(condition, draft, &mut cells);
        }
        // What was already taken is known, whatever it is now.
        cells.retain(|cell| !draft.taken.contains_key(cell));
        if cells.is_empty() {
            return;
        }
        if draft.acted {
            self.boundary(draft, "looks at its data", at, Some(here));
        }
        let own = cells.iter().all(|cell| self.is_own(draft, *cell));
        for cell in cells {
            if let Some(copy) = self.replicas.get(&cell).copied() {
                let local = draft.local();
                draft.code.op(Op::Let(local, Expression::Cell(copy)));
                draft.taken.insert(cell, local);
            }
        }
        draft.looked |= !own || !draft.serial;
    }

    /// Whether nobody else writes a cell while a handler that excludes others of its instance runs.
    fn is_own(&self, draft: &Draft<'_>, cell: Cell) -> bool {
        let service = self
            .fields
            .iter()
            .find(|(_, other)| **other == cell)
            .map(|((service, ..), _)| service);
        matches!(cell, Cell::Keyed(_))
            && service.is_some_and(|s| *s == draft.service)
            && !self.replicas.contains_key(&cell)
    }

    fn cells_of(&mut self, condition: &Condition, draft: &Draft<'_>, cells: &mut Vec<Cell>) {
        struct Plain<'a>(&'a str);
        impl Scope for Plain<'_> {
            fn outcome(&self, _: &str) -> Option<Expression> {
                None
            }
            fn message_field(&self, _: &str, _: &str) -> Option<Expression> {
                None
            }
            fn service(&self) -> &str {
                self.0
            }
            fn read(&self, cell: Cell) -> Expression {
                Expression::Cell(cell)
            }
        }
        let before = self.unclear.len();
        let expression = self.condition(condition, &Plain(&draft.service));
        self.unclear.truncate(before);
        expression.cells(&mut |cell| {
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        });
    }

    /// Writes a transaction.
    fn transaction(
        &mut self,
        draft: &mut Draft<'d>,
        steps: &'d [Step],
        at: Span,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        if draft.in_transaction {
            self.steps(draft, steps, rest);
            return;
        }
        let store = self.store(&draft.service);
        let isolation = store
            .and_then(|s| s.isolation)
            .map_or(Isolation::Serializable, |i| i.value);
        let conflicts = self.take(draft, steps, isolation, at, here);
        self.boundary(draft, "commits", at, Some(here));
        let last = !has_more(rest);
        if draft.inbox == Some(Mark::WithEffect) && last {
            let unseen = draft.code.place();
            draft.code.unless(Expression::Seen, unseen);
            draft.code.op(Op::Stop);
            draft.code.bind(unseen);
            draft.code.op(Op::Mark);
        }
        if let Some(Lease {
            token,
            local,
            fencing: true,
            ..
        }) = draft.lease
        {
            let held = draft.code.place();
            let stale = Expression::Cell(token).join(Join::Unequal, Expression::Local(local));
            draft.code.unless(stale, held);
            draft.code.op(Op::RollBack);
            draft.code.bind(held);
        }
        for (cell, local) in conflicts {
            // The first to commit wins; the other one fails, and its message comes again.
            let same = draft.code.place();
            let changed = Expression::Cell(cell).join(Join::Unequal, Expression::Local(local));
            draft.code.unless(changed, same);
            draft.code.op(Op::RollBack);
            draft.code.bind(same);
        }
        let end = draft.code.place();
        let stop = stops(steps).then(|| draft.local());
        draft.stopped = stop.map(|local| (end, local));
        draft.in_transaction = true;
        self.steps(draft, steps, rest);
        draft.in_transaction = false;
        draft.code.bind(end);
        if draft.announces {
            let announced = self.announcement(draft.number);
            draft.code.set(announced, 0);
        }
        draft.acted = true;
        draft.touched = true;
        if sends_more(rest) || !draft.deferred.is_empty() {
            draft.code.op(Op::Let(COMMITTED, Expression::Number(1)));
            draft.commits = true;
        }
        Self::uncertain(draft);
        self.send_deferred(draft, at, rest);
        draft.taken.clear();
        if let Some((_, local)) = draft.stopped.take() {
            let goes_on = draft.code.place();
            draft.code.unless(Expression::Local(local), goes_on);
            self.finish(draft, at);
            draft.code.bind(goes_on);
        }
    }

    /// Writes that a step of a block that is tried again may seem to have failed although it has not.
    fn uncertain(draft: &mut Draft<'d>) {
        if let Some(again) = draft.again {
            let goes_on = draft.code.place();
            let says = "the answer is lost, and the block is tried again".to_owned();
            draft.code.choose(vec![
                (None, goes_on, String::new()),
                (Some(Fault::LostReply), again, says),
            ]);
            draft.code.bind(goes_on);
        }
    }

    /// Takes copies of what a transaction sees too early: data of others, and under weak isolation its own.
    fn take(
        &mut self,
        draft: &mut Draft<'d>,
        steps: &'d [Step],
        isolation: Isolation,
        at: Span,
        here: &Rest<'_>,
    ) -> Vec<(Cell, u8)> {
        let mut cells = Vec::new();
        let mut written = Vec::new();
        let mut all: Vec<&Step> = steps.iter().collect();
        while let Some(step) = all.pop() {
            conditions_of(step, &mut |condition| {
                self.cells_of(condition, draft, &mut cells)
            });
            if let StepKind::Assign { target, .. } = &step.kind {
                written.extend(self.cell(target, &draft.service));
            }
            all.extend(step.inner());
        }
        if isolation == Isolation::Snapshot {
            cells.extend(
                written
                    .iter()
                    .filter(|c| !cells.contains(c))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
        if isolation == Isolation::Serializable {
            cells.retain(|cell| !self.belongs(draft, *cell));
        }
        cells.retain(|cell| !draft.taken.contains_key(cell));
        if cells.is_empty() {
            return Vec::new();
        }
        self.boundary(draft, "looks at its data", at, Some(here));
        let mut conflicts = Vec::new();
        for cell in cells {
            let local = draft.local();
            let source = self.replicas.get(&cell).copied().unwrap_or(cell);
            draft.code.op(Op::Let(local, Expression::Cell(source)));
            draft.taken.insert(cell, local);
            if isolation == Isolation::Snapshot && written.contains(&cell) {
                conflicts.push((cell, local));
            }
        }
        draft.looked = true;
        conflicts
    }

    /// Whether a cell belongs to the service of the program.
    fn belongs(&self, draft: &Draft<'_>, cell: Cell) -> bool {
        self.fields
            .iter()
            .any(|((service, ..), other)| *other == cell && *service == draft.service)
    }

    fn assign(
        &mut self,
        draft: &mut Draft<'d>,
        target: &FieldPath,
        operator: Assignment,
        value: &Condition,
        at: Span,
        here: &Rest<'_>,
    ) {
        let Some(cell) = self.cell(target, &draft.service) else {
            self.unclear(
                format!("no table has `{}.{}`", target.table, target.field),
                target.span(),
            );
            return;
        };
        if !draft.in_transaction {
            // A statement alone is a transaction of its own.
            self.boundary(draft, "commits", at, Some(here));
            draft.acted = true;
            draft.touched = true;
        }
        let value = self.value(value, draft);
        let value = match operator {
            Assignment::Set => value,
            Assignment::Add => Expression::Cell(cell).join(Join::Plus, value),
            Assignment::Subtract => Expression::Cell(cell).join(Join::Minus, value),
        };
        draft.code.op(Op::Set(cell, value));
    }

    /// Writes that a row becomes what the message says.
    fn upsert(
        &mut self,
        draft: &mut Draft<'d>,
        table: &Name,
        if_newer: Option<&Name>,
        at: Span,
        here: &Rest<'_>,
    ) {
        if !draft.in_transaction {
            self.boundary(draft, "commits", at, Some(here));
            draft.acted = true;
            draft.touched = true;
        }
        let cell = |lowering: &Self, field: &str| {
            let name = (draft.service.clone(), table.text.clone(), field.to_owned());
            lowering.fields.get(&name).copied()
        };
        let old = draft.code.place();
        let version = if_newer.and_then(|v| {
            Some((
                cell(self, &v.text)?,
                draft.shown.iter().position(|f| *f == v.text)?,
            ))
        });
        if let Some((cell, at)) = version {
            let newer = Expression::Cell(cell).join(Join::Less, Expression::Data(at as u8));
            draft.code.unless(newer, old);
            draft.code.op(Op::Set(cell, Expression::Data(at as u8)));
        }
        let Some(declared) = self
            .service(&draft.service)
            .into_iter()
            .flat_map(|s| &s.stores)
            .flat_map(|s| &s.tables)
            .find(|t| t.name.text == table.text)
        else {
            self.unclear(
                format!("`{}` has no table `{table}`", draft.service),
                table.span,
            );
            return;
        };
        for field in &declared.fields {
            let (Some(cell), Some(at)) = (
                cell(self, &field.name.text),
                draft.shown.iter().position(|f| *f == field.name.text),
            ) else {
                continue;
            };
            if version.is_some_and(|(version, _)| version == cell) {
                continue;
            }
            // A value that the copy has no word for leaves it as it is.
            let foreign = draft.code.place();
            if let crate::language::Domain::Words(words) = &field.domain {
                let words = words
                    .iter()
                    .map(|w| Expression::Number(self.word(&w.text)))
                    .collect();
                draft.code.unless(
                    Expression::In(Box::new(Expression::Data(at as u8)), words),
                    foreign,
                );
            }
            draft.code.op(Op::Set(cell, Expression::Data(at as u8)));
            draft.code.bind(foreign);
        }
        draft.code.bind(old);
    }

    /// Writes that a message is sent: in a transaction by the outbox, else directly.
    fn send(
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
    fn send_deferred(&mut self, draft: &mut Draft<'d>, at: Span, rest: &Rest<'_>) {
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

    fn send_directly(
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
    fn at_most_once(&mut self, draft: &mut Draft<'d>, letter: Letter<'_>, lost: Place) {
        let subscribers = self
            .subscribers
            .get(letter.message)
            .cloned()
            .unwrap_or_default();
        let lossy = subscribers
            .iter()
            .any(|(_, to)| self.channel(letter, to).is_some_and(super::routes::loses));
        if lossy {
            let sent = draft.code.place();
            let says = format!(
                "{} is lost: the channel delivers at most once",
                letter.message
            );
            draft
                .code
                .choose(vec![(None, sent, String::new()), (None, lost, says)]);
            draft.code.bind(sent);
        }
    }

    fn send_by_outbox(
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
    fn carried(&mut self, draft: &mut Draft<'d>, letter: Letter<'_>) -> Vec<Expression> {
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

    /// Writes a block that is tried again where one of its steps seems to fail.
    fn retry(
        &mut self,
        draft: &mut Draft<'d>,
        steps: &'d [Step],
        at: Span,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        if draft.in_transaction {
            self.steps(draft, steps, rest);
            return;
        }
        let first = draft.code.place();
        draft.code.jump(first);
        let outer = draft.again;
        let again = draft.code.here();
        let before = (draft.acted, draft.looked);
        self.always_boundary(draft, "tries again", at, Some(here));
        // The first attempt comes from before the block, not from this boundary.
        (draft.acted, draft.looked) = before;
        draft.code.bind(first);
        draft.again = Some(again);
        self.steps(draft, steps, rest);
        draft.again = outer;
    }

    /// Writes steps under a lease. It may end at any moment while its holder sleeps.
    fn lease(
        &mut self,
        draft: &mut Draft<'d>,
        name: &'d Name,
        steps: &'d [Step],
        at: Span,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        let declared = self.scope.lease(&draft.service, &name.text);
        let fencing = declared.is_some_and(|l| l.fencing_token);
        let by = declared.and_then(|l| l.by.as_ref());
        let keyed = by
            .zip(self.workflow.key.as_ref())
            .is_some_and(|(by, key)| by.text == key.text);
        let token = self.book_of(Book::Token(name.text.clone()), keyed);
        let held = self.book_of(Book::Held(name.text.clone()), keyed);
        self.boundary(draft, &format!("takes the lease {name}"), at, Some(here));
        let free = draft.code.place();
        // A lease that ended while its holder slept twice is enough; then the others wait.
        let ended = self.book_of(Book::Ended(name.text.clone()), keyed);
        draft.code.unless(Expression::is(held, 1), free);
        let ends = draft.code.place();
        let waits = Expression::is(ended, 2);
        draft.code.unless(waits, ends);
        draft.code.op(Op::RollBack);
        draft.code.bind(ends);
        let over = draft.code.place();
        draft.code.choose(vec![(
            None,
            over,
            format!("the lease {name} has ended while its holder slept"),
        )]);
        draft.code.bind(over);
        draft.code.op(Op::Set(
            ended,
            Expression::Cell(ended).join(Join::Plus, Expression::Number(1)),
        ));
        draft.code.bind(free);
        draft.code.set(held, 1);
        let local = draft.local();
        let next = Expression::Cell(token).join(Join::Plus, Expression::Number(1));
        draft.code.op(Op::Set(token, next));
        let wraps = draft.code.place();
        draft.code.unless(Expression::is(token, 7), wraps);
        draft.code.set(token, 0);
        draft.code.bind(wraps);
        draft.code.op(Op::Let(local, Expression::Cell(token)));
        draft.acted = true;
        let outer = draft.lease.replace(Lease {
            token,
            held,
            local,
            fencing,
        });
        self.steps(draft, steps, rest);
        draft.give_back();
        draft.lease = outer;
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
fn any(step: &Step, is: &dyn Fn(&StepKind) -> bool) -> bool {
    is(&step.kind) || step.inner().any(|inner| any(inner, is))
}

/// Whether a step of what follows is such, up to a `stop`.
fn follows(rest: &Rest<'_>, is: &dyn Fn(&StepKind) -> bool) -> bool {
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
fn has_more(rest: &Rest<'_>) -> bool {
    follows(rest, &|kind| {
        matches!(
            kind,
            StepKind::Transaction(_) | StepKind::Call(_) | StepKind::Assign { .. }
        )
    })
}

/// Whether more is sent after this.
fn sends_more(rest: &Rest<'_>) -> bool {
    follows(rest, &|kind| {
        matches!(
            kind,
            StepKind::Send { .. } | StepKind::Compensate | StepKind::Undo { .. }
        )
    })
}

/// Whether more is written after this.
fn commits(rest: &Rest<'_>) -> bool {
    follows(rest, &|kind| {
        matches!(
            kind,
            StepKind::Assign { .. } | StepKind::Upsert { .. } | StepKind::Compensate
        )
    })
}

fn stops(steps: &[Step]) -> bool {
    steps
        .iter()
        .any(|step| any(step, &|kind| matches!(kind, StepKind::Stop)))
}
