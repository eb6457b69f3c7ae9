//! A call, with everything that can become of it: it is carried out or not, the answer arrives or not, the provider knows the request
//! again or not.

use crate::language::{
    Call, Callee, Counted, ENDLESS, External, Handler, Keep, Key, Operation, Span, StepKind, Times,
    Trigger,
};
use crate::prove::machine::{Cell, Expression, Fault, Join, Op};

use super::conditions::Everywhere;
use super::draft::{Called, Draft, Rest, UNKNOWN};
use super::routes::{Letter, redelivery};
use super::{Book, Forgotten, Ledger, Lowering};

impl<'d> Lowering<'d> {
    fn operation_of(&self, callee: &Callee) -> Option<(&'d External, &'d Operation)> {
        let external = self.scope.external(&callee.owner.text)?;
        let operation = self
            .scope
            .operation(&callee.owner.text, &callee.operation.text)?;
        Some((external, operation))
    }

    /// Returns what a call may answer.
    pub(super) fn outcomes_of(&self, callee: &Callee) -> Vec<String> {
        match self.operation_of(callee) {
            Some((_, operation)) => outcomes(operation),
            None => vec!["ok".to_owned(), "failed".to_owned()],
        }
    }

    /// Writes a call.
    pub(super) fn call(
        &mut self,
        draft: &mut Draft<'d>,
        call: &'d Call,
        at: Span,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        let workflow = self.workflow;
        if let Some((external, operation)) = self.operation_of(&call.callee) {
            self.call_provider(draft, call, external, operation, at, here, rest);
            return;
        }
        let answers = |handler: &&Handler| {
            let name = match &handler.trigger {
                Trigger::Start(name) => Some(name),
                Trigger::Messages(names) => {
                    names.iter().find(|n| n.text == call.callee.operation.text)
                }
                Trigger::Timeout(_) => None,
            };
            handler.at.text == call.callee.owner.text
                && name.is_some_and(|n| n.text == call.callee.operation.text)
        };
        match workflow.handlers.iter().find(answers) {
            Some(handler) => self.call_service(draft, call, handler, at, here, rest),
            None => {
                let what = format!(
                    "nobody answers `{}.{}`",
                    call.callee.owner, call.callee.operation
                );
                self.unclear(what, at);
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a call, what it calls, and where it stands"
    )]
    fn call_provider(
        &mut self,
        draft: &mut Draft<'d>,
        call: &'d Call,
        external: &'d External,
        operation: &'d Operation,
        at: Span,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        let name = format!("{}.{}", external.name, operation.name);
        let actor = self.actor(&external.name.text);
        let text = format!("calls {name}");
        let result = draft.local();
        let outcomes = outcomes(operation);
        let (again, attempt) = (draft.code.place(), draft.code.place());
        let (answered, lost, done) = (draft.code.place(), draft.code.place(), draft.code.place());
        self.boundary(draft, &text, at, Some(here));
        self.mark_call(draft, &text, actor);
        draft.code.jump(attempt);
        draft.code.bind(again);
        self.always_boundary(draft, &format!("{text} again"), at, Some(here));
        self.mark_call(draft, "", actor);
        draft.code.bind(attempt);
        if operation.read_only {
            let lagging = call.lagging.is_some() || operation.lagging.is_some();
            let answers = draft.code.place();
            draft.code.choose(vec![
                (None, answers, String::new()),
                (
                    Some(Fault::LostReply),
                    lost,
                    format!("{name} does not answer"),
                ),
            ]);
            draft.code.bind(answers);
            self.look_up(draft, external, operation, lagging, result);
            draft.code.jump(done);
        } else {
            let arrives = draft.code.place();
            let mut ways = vec![
                (None, arrives, String::new()),
                (
                    Some(Fault::LostReply),
                    lost,
                    format!("the request to {name} is lost"),
                ),
            ];
            let ledger = self
                .ledger
                .get(&(external.name.text.clone(), operation.name.text.clone()))
                .copied();
            let late = draft.code.place();
            if ledger.is_some_and(|l| l.pending.is_some()) {
                ways.push((
                    Some(Fault::LateEffect),
                    late,
                    format!("the request to {name} times out, and is carried out later"),
                ));
            }
            draft.code.choose(ways);
            if let Some(pending) = ledger.and_then(|l| l.pending) {
                draft.code.bind(late);
                draft.code.set(pending, 1);
                draft.code.jump(lost);
            }
            draft.code.bind(arrives);
            self.carry_out(draft, external, operation, keyed(call, operation), result);
            draft.code.choose(vec![
                (None, done, String::new()),
                (
                    Some(Fault::LostReply),
                    lost,
                    format!("the answer of {name} is lost"),
                ),
            ]);
        }
        draft.code.bind(lost);
        draft.acted = true;
        let touched = draft.touched;
        draft.touched = true;
        self.after_loss(
            draft, call, &outcomes, again, done, result, external, at, here,
        );
        draft.touched |= touched;
        draft.code.bind(answered);
        draft.code.bind(done);
        draft.calls.push(Called {
            outcomes,
            local: result,
        });
        draft.acted = true;
        let forgotten = self.forget_key(draft, call, external, operation);
        self.forgotten.extend(forgotten);
        let _ = rest;
    }

    /// Notes in the last label that a provider is called there.
    fn mark_call(&mut self, _draft: &Draft<'d>, text: &str, actor: u16) {
        for label in self.machine.labels.iter_mut().rev().take(1) {
            if text.is_empty() || label.text == text {
                label.calls = Some(actor);
            }
        }
    }

    /// Writes what the provider does with a request.
    fn carry_out(
        &mut self,
        draft: &mut Draft<'d>,
        external: &'d External,
        operation: &'d Operation,
        keyed: bool,
        result: u8,
    ) {
        let name = (external.name.text.clone(), operation.name.text.clone());
        let Some(Ledger {
            count, remembered, ..
        }) = self.ledger.get(&name).copied()
        else {
            return;
        };
        let end = draft.code.place();
        let remembered = remembered.filter(|_| keyed);
        if let Some(cell) = remembered {
            let fresh = draft.code.place();
            draft.code.unless(Expression::is(cell, 0).not(), fresh);
            let known = format!(
                "{} knows the request by its key and answers as before",
                external.name
            );
            self.say(draft, known, operation.name.span);
            let outcome = Expression::Cell(cell).join(Join::Minus, Expression::Number(1));
            draft.code.op(Op::Let(result, outcome));
            draft.code.jump(end);
            draft.code.bind(fresh);
        }
        let outcomes = outcomes(operation);
        let mut ways = Vec::new();
        for outcome in &outcomes {
            let way = draft.code.place();
            let says = if outcomes.len() > 1 {
                format!("{} answers {outcome}", external.name)
            } else {
                String::new()
            };
            ways.push((None, way, says));
        }
        let places: Vec<_> = ways.iter().map(|(_, place, _)| *place).collect();
        if ways.len() > 1 {
            draft.code.choose(ways);
            draft.code.first_is_fair();
        }
        for (at, (place, outcome)) in places.into_iter().zip(&outcomes).enumerate() {
            draft.code.bind(place);
            let landmark = self.landmark(
                format!("{}.{} answers {outcome}", external.name, operation.name),
                operation.name.span,
            );
            draft.code.op(Op::Reach(landmark));
            draft.code.op(Op::Let(result, Expression::Number(at as i8)));
            let idle = draft.code.place();
            if at == 0 {
                if let Some(noop) = self.does_nothing(external, operation) {
                    draft.code.unless(noop.not(), idle);
                }
                draft.code.op(Op::Set(
                    count,
                    Expression::Cell(count).join(Join::Plus, Expression::Number(1)),
                ));
            }
            if let Some(cell) = remembered {
                draft.code.set(cell, at as i8 + 1);
            }
            for webhook in &operation.webhooks {
                let on = webhook
                    .on
                    .as_ref()
                    .map_or(at == 0, |on| on.text == *outcome);
                if on {
                    let letter = Letter {
                        message: &webhook.message.text,
                        from: &external.name.text,
                        verb: None,
                        via: None,
                        shuffled: false,
                        repeats: draft.repeats,
                        rests: draft.rests,
                    };
                    self.publish(draft, letter, 1);
                }
            }
            draft.code.bind(idle);
            draft.code.jump(end);
        }
        draft.code.bind(end);
    }

    /// Returns when an operation does nothing, as far as it says so: "nothing captured", "already captured".
    fn does_nothing(&self, external: &'d External, operation: &Operation) -> Option<Expression> {
        let text = operation.noop_if.as_ref()?.text.clone();
        let (first, second) = text.split_once(' ')?;
        let named = self.scope.counted(external, second);
        let net = self.scope.counted(external, "net")?;
        let takes_back = net.minus.iter().any(|o| o.name == operation.name);
        let counted = match (first, named) {
            ("already", named) => {
                let own = Counted {
                    plus: vec![operation],
                    minus: Vec::new(),
                };
                let count = self.counted(external, &named.unwrap_or(own), &Everywhere(""));
                return Some(Expression::Number(0).join(Join::Less, count));
            }
            (_, _) if takes_back => net,
            ("nothing" | "not" | "no", Some(named)) => named,
            _ => return None,
        };
        let count = self.counted(external, &counted, &Everywhere(""));
        Some(count.join(Join::AtMost, Expression::Number(0)))
    }

    /// Writes that a caller asks what has become of a request.
    fn look_up(
        &mut self,
        draft: &mut Draft<'d>,
        external: &'d External,
        operation: &'d Operation,
        lagging: bool,
        result: u8,
    ) {
        let outcomes = outcomes(operation);
        let (end, blank) = (draft.code.place(), draft.code.place());
        for (at, outcome) in outcomes.iter().enumerate() {
            let Some(holds) = self.lookup_holds(external, outcome) else {
                continue;
            };
            let next = draft.code.place();
            draft.code.unless(holds, next);
            let seen = draft.code.place();
            if lagging && outcome != "pending" {
                let says = format!(
                    "{}.{} answers from a copy that lags behind",
                    external.name, operation.name
                );
                draft
                    .code
                    .choose(vec![(None, seen, String::new()), (None, blank, says)]);
            }
            draft.code.bind(seen);
            self.answer(draft, external, operation, &outcomes, at, result);
            draft.code.jump(end);
            draft.code.bind(next);
        }
        draft.code.bind(blank);
        let nothing = nothing_of(&outcomes);
        self.answer(draft, external, operation, &outcomes, nothing, result);
        draft.code.bind(end);
    }

    /// Writes that a question is answered.
    fn answer(
        &mut self,
        draft: &mut Draft<'d>,
        external: &External,
        operation: &Operation,
        outcomes: &[String],
        at: usize,
        result: u8,
    ) {
        if let Some(outcome) = outcomes.get(at).filter(|_| outcomes.len() > 1) {
            let says = format!("{} answers {outcome}", external.name);
            self.say(draft, says, operation.name.span);
        }
        draft.code.op(Op::Let(result, Expression::Number(at as i8)));
    }

    /// Returns when a lookup gives that answer; None for the answer that is left when no other one is given.
    fn lookup_holds(&self, external: &'d External, outcome: &str) -> Option<Expression> {
        let named = self.scope.counted(external, outcome);
        if let Some(counted) =
            named.filter(|c| outcome != "net" && c.plus.iter().all(|o| !o.read_only))
        {
            let count = self.counted(external, &counted, &Everywhere(""));
            return Some(Expression::Number(0).join(Join::Less, count));
        }
        match outcome {
            "pending" | "processing" | "in-progress" => {
                let pending = external.operations.iter().find_map(|o| {
                    self.ledger
                        .get(&(external.name.text.clone(), o.name.text.clone()))
                        .and_then(|l| l.pending)
                })?;
                Some(Expression::is(pending, 1))
            }
            "ok" | "found" | "done" | "exists" | "succeeded" | "success" | "yes" => {
                let net = self.scope.counted(external, "net")?;
                let net = self.counted(external, &net, &Everywhere(""));
                Some(Expression::Number(0).join(Join::Less, net))
            }
            _ => None,
        }
    }

    /// Writes what happens when no answer came: it is tried again or given up, and then taken for something.
    #[expect(
        clippy::too_many_arguments,
        reason = "a call, the places around it, and where it stands"
    )]
    fn after_loss(
        &mut self,
        draft: &mut Draft<'d>,
        call: &'d Call,
        outcomes: &[String],
        again: super::code::Place,
        done: super::code::Place,
        result: u8,
        external: &'d External,
        at: Span,
        here: &Rest<'_>,
    ) {
        let gives_up = draft.code.place();
        match call.retry.map(|r| r.value) {
            Some(Times::Forever) => draft.code.jump(again),
            Some(Times::Count(n)) if n > 0 => {
                draft.code.choose(vec![
                    (None, again, String::new()),
                    (None, gives_up, "no attempt is answered".to_owned()),
                ]);
            }
            _ => {}
        }
        draft.code.bind(gives_up);
        let Some(unknown) = &call.unknown else {
            if self.asks_for_unknown(here) {
                draft.code.op(Op::Let(result, Expression::Number(UNKNOWN)));
                draft.code.jump(done);
            } else {
                // The handler ends with an error, and its message comes again.
                match draft.again {
                    Some(block) => draft.code.jump(block),
                    None => {
                        draft.give_back();
                        draft.code.op(Op::Fail);
                    }
                }
            }
            return;
        };
        let lookup = external
            .operations
            .iter()
            .find(|o| o.name.text == unknown.text);
        if let Some(lookup) = lookup {
            let name = format!("{}.{}", external.name, lookup.name);
            self.always_boundary(draft, &format!("asks {name}"), at, Some(here));
            let actor = self.actor(&external.name.text);
            self.mark_call(draft, "", actor);
            let answer = draft.local();
            let lagging = lookup.lagging.is_some() || call.lagging.is_some();
            self.look_up(draft, external, lookup, lagging, answer);
            let names = self::outcomes(lookup);
            for (number, name) in names.iter().enumerate() {
                let next = draft.code.place();
                let is =
                    Expression::Local(answer).join(Join::Equal, Expression::Number(number as i8));
                draft.code.unless(is, next);
                if let Some(same) = outcomes.iter().position(|o| o == name) {
                    draft
                        .code
                        .op(Op::Let(result, Expression::Number(same as i8)));
                    draft.code.jump(done);
                } else if matches!(name.as_str(), "pending" | "processing" | "in-progress") {
                    draft.code.op(Op::Fail);
                } else if self.lookup_holds(external, name).is_some() {
                    draft.code.op(Op::Let(result, Expression::Number(0)));
                    draft.code.jump(done);
                } else {
                    draft.code.jump(again);
                }
                draft.code.bind(next);
            }
            draft.code.jump(again);
            return;
        }
        match (
            unknown.text.as_str(),
            outcomes.iter().position(|o| *o == unknown.text),
        ) {
            (_, Some(outcome)) => {
                draft
                    .code
                    .op(Op::Let(result, Expression::Number(outcome as i8)));
                draft.code.jump(done);
            }
            ("retry", None) => draft.code.jump(again),
            ("redeliver" | "error", None) => draft.code.op(Op::Fail),
            // Taken for a failure: not the first outcome.
            _ => {
                draft
                    .code
                    .op(Op::Let(result, Expression::Number(UNKNOWN - 1)));
                draft.code.jump(done);
            }
        }
    }

    /// Whether what follows says what to do when the outcome is unknown.
    fn asks_for_unknown(&self, here: &Rest<'_>) -> bool {
        fn says(condition: &crate::language::Condition) -> bool {
            use crate::language::ConditionKind as Kind;
            match &condition.kind {
                Kind::Word(word) => word == "unknown",
                Kind::Not(inner) => says(inner),
                Kind::Binary(_, left, right) => says(left) || says(right),
                Kind::In(inner, values) => says(inner) || values.iter().any(says),
                Kind::Number(_) | Kind::Field(_) | Kind::Effects { .. } => false,
            }
        }
        let mut next = Some(here);
        while let Some(rest) = next {
            let mut steps: Vec<_> = rest.steps.iter().collect();
            while let Some(step) = steps.pop() {
                if let StepKind::When { arms, .. } = &step.kind
                    && arms.iter().any(|arm| says(&arm.condition))
                {
                    return true;
                }
                steps.extend(step.inner());
            }
            next = rest.next;
        }
        false
    }

    /// Returns the key that the provider may have forgotten when a request comes again.
    fn forget_key(
        &self,
        draft: &Draft<'d>,
        call: &Call,
        external: &External,
        operation: &Operation,
    ) -> Option<Forgotten> {
        let keep = operation.keep?;
        let Keep::For(kept) = keep.value else {
            return None;
        };
        let ledger = self
            .ledger
            .get(&(external.name.text.clone(), operation.name.text.clone()))?;
        let wait = call.timeout.or(operation.timeout).map_or(0, |t| t.value.0);
        let attempts = match call.retry.map(|r| r.value) {
            Some(Times::Count(n)) => wait.saturating_mul(n + 1),
            Some(Times::Forever) => ENDLESS.0,
            None => wait,
        };
        let channels = draft
            .messages
            .iter()
            .flat_map(|message| self.channels_of(message, &draft.service));
        let redelivered = channels
            .map(|channel| redelivery(channel).0)
            .max()
            .unwrap_or(0);
        let expires = kept.0 < attempts.saturating_add(redelivered);
        expires.then_some(Forgotten {
            cell: ledger.remembered?,
            external: external.name.text.clone(),
            text: format!(
                "has forgotten the key of {}, which it remembers for {kept}",
                operation.name
            ),
            at: keep.span,
        })
    }

    /// Writes a call to another service: what it does is done there, and the answer may be lost.
    fn call_service(
        &mut self,
        draft: &mut Draft<'d>,
        call: &'d Call,
        handler: &'d Handler,
        at: Span,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        let name = format!("{}.{}", call.callee.owner, call.callee.operation);
        let text = format!("calls {name}");
        let result = draft.local();
        let (again, attempt) = (draft.code.place(), draft.code.place());
        let (lost, done) = (draft.code.place(), draft.code.place());
        if draft.depth > 3 {
            self.unclear(format!("{name} calls itself in the end"), at);
            return;
        }
        self.boundary(draft, &text, at, Some(here));
        let actor = self.actor(&call.callee.owner.text);
        self.mark_call(draft, &text, actor);
        draft.code.jump(attempt);
        draft.code.bind(again);
        self.always_boundary(draft, &format!("{text} again"), at, Some(here));
        self.mark_call(draft, "", actor);
        draft.code.bind(attempt);
        draft.code.op(Op::Let(result, Expression::Number(1)));
        let arrives = draft.code.place();
        draft.code.choose(vec![
            (None, arrives, String::new()),
            (
                Some(Fault::LostReply),
                lost,
                format!("the request to {name} is lost"),
            ),
        ]);
        draft.code.bind(arrives);
        let landmark = self.landmark(format!("handles {}", call.callee.operation), handler.span);
        draft.code.op(Op::Reach(landmark));
        let answered = self.answered(&call.callee);
        let known = draft.code.place();
        if let Some(answered) = answered {
            draft.code.unless(Expression::is(answered, 0), known);
        }
        // The callee's steps are run in its name; its first transaction belongs to the request itself.
        let looked = draft.looked;
        draft.acted = false;
        let service = std::mem::replace(&mut draft.service, handler.at.text.clone());
        let inbox = draft.inbox.take();
        let end = draft.code.place();
        let outer = std::mem::replace(&mut draft.end, end);
        let fails = draft.fails.replace(done);
        draft.depth += 1;
        let nothing = Rest {
            steps: &[],
            next: None,
        };
        self.steps(draft, &handler.steps, &nothing);
        draft.depth -= 1;
        draft.fails = fails;
        draft.code.bind(end);
        draft.end = outer;
        draft.inbox = inbox;
        draft.service = service;
        draft.looked = looked;
        if let Some(answered) = answered {
            draft.code.set(answered, 1);
        }
        draft.code.bind(known);
        draft.code.op(Op::Let(result, Expression::Number(0)));
        draft.code.choose(vec![
            (None, done, String::new()),
            (
                Some(Fault::LostReply),
                lost,
                format!("the answer of {name} is lost"),
            ),
        ]);
        draft.code.bind(lost);
        draft.acted = true;
        draft.touched = true;
        let gives_up = draft.code.place();
        match call.retry.map(|r| r.value) {
            Some(Times::Forever) => draft.code.jump(again),
            Some(Times::Count(n)) if n > 0 => draft.code.choose(vec![
                (None, again, String::new()),
                (None, gives_up, "no attempt is answered".to_owned()),
            ]),
            _ => {}
        }
        draft.code.bind(gives_up);
        if call.unknown.is_some() {
            draft.code.op(Op::Let(result, Expression::Number(1)));
        } else if self.asks_for_unknown(rest) {
            draft.code.op(Op::Let(result, Expression::Number(UNKNOWN)));
        } else {
            draft.code.op(Op::Fail);
        }
        draft.code.bind(done);
        draft.acted = true;
        draft.calls.push(Called {
            outcomes: vec!["ok".to_owned(), "failed".to_owned()],
            local: result,
        });
    }

    /// Returns the cell that tells that an api has answered this request before, where it knows requests again.
    fn answered(&mut self, callee: &Callee) -> Option<Cell> {
        let api = self
            .service(&callee.owner.text)?
            .apis
            .iter()
            .find(|api| api.name.text == callee.operation.text)?;
        api.idempotency.as_ref()?;
        Some(self.book(Book::Answered(
            callee.owner.text.clone(),
            callee.operation.text.clone(),
        )))
    }
}

/// Returns what an operation may answer; the first one is that it was carried out.
fn outcomes(operation: &Operation) -> Vec<String> {
    operation.answers().into_iter().map(str::to_owned).collect()
}

/// Returns the number of the outcome that says that nothing is there.
fn nothing_of(outcomes: &[String]) -> usize {
    const NOTHING: &[&str] = &[
        "none",
        "nothing",
        "absent",
        "not-found",
        "missing",
        "no",
        "unknown",
    ];
    let nothing = outcomes.iter().position(|o| NOTHING.contains(&o.as_str()));
    nothing.unwrap_or_else(|| outcomes.len().saturating_sub(1))
}

/// Whether the provider can know a repeated request of this call again.
fn keyed(call: &Call, operation: &Operation) -> bool {
    !matches!(
        call.key.as_ref().or(operation.key.as_ref()),
        None | Some(Key::PerAttempt(_))
    )
}
