//! The steps of a handler to a program.
//!
//! Whatever others can tell apart is a segment: a transaction, a message that is sent directly, an attempt of a call, and a look at
//! data that others may change meanwhile. Between two of them stands a boundary.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::{Arm, Condition, Handler, Mark, Name, Span, Step, StepKind, Trigger, Verb};
use crate::prove::machine::{Acknowledgement, Cell, Expression, Fairness, Op, Serial};
use crate::prove::machine::{Handler as Program, Trigger as Cause};

use super::code::Code;
use super::conditions::Everywhere;
use super::draft::{ANNOUNCED, COMMITTED, Draft, FREE, Rest, Since};
use super::{Book, Lowering};

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

    pub(super) fn handler(
        &mut self,
        number: usize,
        handler: &'d Handler,
        starts: &mut usize,
    ) -> Program {
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
        let mut draft = self.draft(number, handler, messages.clone(), serial != Serial::No);
        // What is only called runs in the hands of its callers.
        let steps = match self.is_only_called(&service, &messages) {
            true => &[],
            false => {
                let landmark = self.landmark(format!("{text} at {service}"), handler.span);
                draft.code.op(Op::Reach(landmark));
                handler.steps.as_slice()
            }
        };
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
        self.steps(&mut draft, steps, &rest);
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

    /// Whether what a handler sends leads back to it: then each message of the round is another one. Told apart where an inbox keeps the
    /// handler from running twice on the same one.
    fn comes_round(&self, handler: &Handler) -> bool {
        if self.marking(&handler.at.text) != Some(Mark::WithEffect) {
            return false;
        }
        let mut reached: BTreeSet<u16> = BTreeSet::new();
        let mut ahead = vec![handler];
        while let Some(next) = ahead.pop() {
            for step in &next.steps {
                step.walk(&mut |step| {
                    let messages: &[Name] = match &step.kind {
                        StepKind::Send { messages, .. } => messages,
                        _ => &[],
                    };
                    for message in messages {
                        let subscribers = self.subscribers.get(&message.text);
                        for (number, _) in subscribers.into_iter().flatten() {
                            if reached.insert(*number) {
                                ahead.extend(self.workflow.handlers.get(*number as usize));
                            }
                        }
                    }
                });
            }
        }
        reached
            .iter()
            .any(|number| self.workflow.handlers[*number as usize].span == handler.span)
    }

    /// Whether a service gets what these name as calls of its api, and never as messages.
    fn is_only_called(&self, service: &str, messages: &[String]) -> bool {
        let called = |message: &String| {
            let sent = self.scope.messages().sent.contains(message.as_str());
            !sent && self.scope.api(service, message).is_some()
        };
        !messages.is_empty() && messages.iter().all(called)
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
            checked: false,
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
            repeats: matches!(handler.trigger, Trigger::Timeout(_)) || self.comes_round(handler),
            rests: matches!(handler.trigger, Trigger::Timeout(_)),
            messages,
            service,
        }
    }

    pub(super) fn begun(&mut self, name: &str, first: bool) -> Cell {
        match self.machine.started {
            Some(cell) if first => cell,
            _ => self.book(Book::Begun(name.to_owned())),
        }
    }

    pub(super) fn cause(&mut self, handler: &Handler, starts: &mut usize) -> (Cause, String) {
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

    pub(super) fn serial(&self, service: &str) -> Serial {
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
    pub(super) fn begin(draft: &mut Draft<'d>, acknowledges: Acknowledgement) {
        if let Some(mark) = draft.inbox {
            let unseen = draft.code.place();
            draft.code.unless(Expression::Seen, unseen);
            draft.code.op(Op::Stop);
            draft.code.bind(unseen);
            match mark {
                Mark::WithEffect | Mark::SeparateTransaction => draft.checked = !draft.serial,
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
    pub(super) fn finish(&mut self, draft: &mut Draft<'d>, at: Span) {
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
        draft.give_back();
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
        if draft.acted || draft.looked || draft.checked || every {
            self.always_boundary(draft, text, at, rest);
        } else {
            self.say(draft, text, at);
        }
    }

    /// Writes what is told of a step.
    pub(super) fn say(&mut self, draft: &mut Draft<'d>, text: impl Into<String>, at: Span) {
        let label = self.label(text, at);
        draft.code.op(Op::Say(label));
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
        draft.checked = false;
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

    pub(super) fn step(
        &mut self,
        draft: &mut Draft<'d>,
        step: &'d Step,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        match &step.kind {
            StepKind::Transaction(steps) => self.transaction(draft, steps, step.span, here, rest),
            StepKind::When { arms, otherwise } => {
                self.when(draft, step, arms, otherwise, here, rest);
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
                self.upsert(draft, table, if_newer.as_ref(), step.span, here);
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
                self.lease(draft, name, steps, step.span, here, rest);
            }
        }
    }

    pub(super) fn stop(&mut self, draft: &mut Draft<'d>, at: Span) {
        match draft.stopped {
            Some((end, local)) if draft.in_transaction => {
                draft.code.op(Op::Let(local, Expression::Number(1)));
                draft.code.jump(end);
            }
            _ => self.finish(draft, at),
        }
    }

    /// Writes `when`: arms are tried in order.
    pub(super) fn when(
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
        let before = draft.since();
        let mut after = Since::default();
        for arm in arms {
            let next = draft.code.place();
            let condition = self.condition(&arm.condition, draft);
            draft.code.unless(condition, next);
            self.arm(
                draft,
                &arm.steps,
                arm.condition.span,
                rest,
                before,
                &mut after,
            );
            draft.code.jump(end);
            draft.code.bind(next);
        }
        if otherwise.is_empty() {
            after = after.or(before);
        } else {
            let at = otherwise.first().map_or(step.span, |s| s.span);
            self.arm(draft, otherwise, at, rest, before, &mut after);
        }
        draft.code.bind(end);
        draft.resume(after);
    }

    pub(super) fn arm(
        &mut self,
        draft: &mut Draft<'d>,
        steps: &'d [Step],
        at: Span,
        rest: &Rest<'_>,
        before: Since,
        after: &mut Since,
    ) {
        draft.resume(before);
        let landmark = self.landmark(format!("this arm at {}", draft.service), at);
        draft.code.op(Op::Reach(landmark));
        self.steps(draft, steps, rest);
        *after = after.or(draft.since());
    }

    /// Notes what a condition outside of a transaction sees. What others may change makes the next step another segment.
    pub(super) fn look(
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
    pub(super) fn is_own(&self, draft: &Draft<'_>, cell: Cell) -> bool {
        let service = self
            .fields
            .iter()
            .find(|(_, other)| **other == cell)
            .map(|((service, ..), _)| service);
        matches!(cell, Cell::Keyed(_))
            && service.is_some_and(|s| *s == draft.service)
            && !self.replicas.contains_key(&cell)
    }

    pub(super) fn cells_of(
        &mut self,
        condition: &Condition,
        draft: &Draft<'_>,
        cells: &mut Vec<Cell>,
    ) {
        let before = self.unclear.len();
        let expression = self.condition(condition, &Everywhere(&draft.service));
        self.unclear.truncate(before);
        expression.cells(&mut |cell| {
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        });
    }
}
