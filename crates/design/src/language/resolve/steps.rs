//! Names in workflows, and steps that stand where they have no meaning.

use std::collections::BTreeSet;

use crate::language::{Call, Callee, Domain, Handler, Name, Step, StepKind, Trigger, Workflow};

use super::Check;
use super::conditions::{Place, Type};

/// What stands around a step.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    transaction: bool,
    compensation: bool,
    /// Whether there is a message that can be replied to.
    message: bool,
}

/// What a call can come to beside the outcomes that the provider declares.
const UNKNOWN_OUTCOME: &str = "unknown";

impl<'a> Check<'a> {
    pub(super) fn workflow(&mut self, workflow: &'a Workflow) {
        if let Some(coordinator) = &workflow.coordinator {
            self.service_name(coordinator);
        }
        self.handled_once(workflow);
        for handler in &workflow.handlers {
            self.handler(workflow, handler);
        }
        if let Some(compensation) = &workflow.compensation {
            let at = workflow.coordinator.as_ref().map(|c| c.text.as_str());
            let mut place = Place::outside(at);
            let around = Around {
                transaction: true,
                compensation: true,
                message: false,
            };
            self.steps(workflow, &compensation.steps, &mut place, around);
        }
        for irreversible in &workflow.irreversible {
            self.message_name(&irreversible.step);
            if let Some(after) = &irreversible.after {
                self.message_name(after);
            }
        }
        for property in &workflow.properties {
            self.condition(&property.condition, Type::Truth, &Place::outside(None));
        }
        for test in workflow
            .tests
            .iter()
            .filter(|t| !matches!(t.what.text.as_str(), "compensate" | "timeout"))
        {
            self.message_name(&test.what);
        }
    }

    /// Two handlers of one message at one service: it cannot be told which one answers.
    fn handled_once(&mut self, workflow: &Workflow) {
        let mut met: BTreeSet<(&str, &str)> = BTreeSet::new();
        for handler in &workflow.handlers {
            let names: Vec<(&str, crate::language::Span)> = match &handler.trigger {
                Trigger::Start(name) => vec![(&name.text, name.span)],
                Trigger::Messages(names) => {
                    names.iter().map(|n| (n.text.as_str(), n.span)).collect()
                }
                Trigger::Timeout(span) => vec![("timeout", *span)],
            };
            for (name, span) in names {
                let this = (name, handler.at.text.as_str());
                if !met.insert(this) {
                    self.problem(
                        span,
                        format!("{} has two handlers of `{name}`", handler.at),
                        "it cannot be told which one answers",
                        "make one handler of them, with `when` in it",
                    );
                }
            }
        }
    }

    fn handler(&mut self, workflow: &'a Workflow, handler: &'a Handler) {
        self.service_name(&handler.at);
        if let Trigger::Messages(messages) = &handler.trigger {
            let all = self.scope.messages();
            let at = handler.at.text.as_str();
            // What is called is answered by a handler, too.
            let called = |m: &Name| self.scope.api(at, &m.text).is_some();
            for message in messages
                .iter()
                .filter(|m| !all.sent.contains(m.text.as_str()) && !called(m))
            {
                self.among(message, "message", &all.declared);
            }
        }
        let mut place = Place::outside(Some(&handler.at.text));
        let around = Around {
            message: !matches!(handler.trigger, Trigger::Timeout(_)),
            ..Around::default()
        };
        self.steps(workflow, &handler.steps, &mut place, around);
    }

    fn steps(
        &mut self,
        workflow: &'a Workflow,
        steps: &'a [Step],
        place: &mut Place<'a>,
        around: Around,
    ) {
        for step in steps {
            self.step(workflow, step, place, around);
        }
    }

    fn step(
        &mut self,
        workflow: &'a Workflow,
        step: &'a Step,
        place: &mut Place<'a>,
        around: Around,
    ) {
        match &step.kind {
            StepKind::Transaction(steps) => {
                if around.transaction {
                    self.problem(
                        step.span,
                        "this transaction stands in a transaction",
                        "what is committed when cannot be told; a compensation is a transaction already",
                        "take the inner `tx` out, or put it behind the outer one",
                    );
                }
                let around = Around {
                    transaction: true,
                    ..around
                };
                self.steps(workflow, steps, place, around);
            }
            StepKind::When { arms, otherwise } => {
                for arm in arms {
                    self.condition(&arm.condition, Type::Truth, place);
                    self.steps(workflow, &arm.steps, place, around);
                }
                self.steps(workflow, otherwise, place, around);
            }
            StepKind::Send {
                verb,
                messages,
                via,
            } => {
                for message in messages {
                    self.message_name(message);
                }
                if let Some(channel) = via {
                    self.channel_name(channel);
                }
                if *verb == crate::language::Verb::Reply && !around.message {
                    self.problem(
                        step.span,
                        "there is no message here to reply to",
                        "the reply would go nowhere",
                        "use `send` or `emit`",
                    );
                }
            }
            StepKind::Call(call) => self.call(call, step, place, around),
            StepKind::Assign {
                target,
                operator,
                value,
            } => {
                let Some((_, domain)) = self.path(target, place.at) else {
                    return;
                };
                self.value(&target.field, *operator, domain, value, place);
            }
            StepKind::Upsert { table, if_newer } => match self.scope.table(place.at, &table.text) {
                None if table.is_gap() => {}
                None => self.table_name(table, None),
                Some(found) => {
                    if let Some(field) = if_newer {
                        let fields = found.table.fields.iter().map(|f| f.name.text.as_str());
                        self.known(field, &format!("field of `{table}`"), fields);
                    }
                }
            },
            StepKind::Undo { step: undone, by } => {
                self.message_name(undone);
                self.message_name(by);
            }
            StepKind::Compensate if around.compensation => self.problem(
                step.span,
                "this compensation calls itself",
                "it would never end",
                "write what it does",
            ),
            StepKind::Compensate if workflow.compensation.is_none() => self.problem(
                step.span,
                format!("the workflow `{}` has no compensation", workflow.name),
                "nothing would be taken back here",
                "add `compensate { … }` to the workflow: what it undoes, and what it says",
            ),
            StepKind::Compensate | StepKind::Stop | StepKind::Fail => {}
            StepKind::Retry { steps, .. } => self.steps(workflow, steps, place, around),
            StepKind::Lease { name, steps } => {
                let leases = place
                    .at
                    .and_then(|at| self.scope.service(at))
                    .map(|s| s.leases.as_slice());
                let leases = leases
                    .unwrap_or_default()
                    .iter()
                    .map(|l| l.name.text.as_str());
                self.known(name, "lease", leases);
                self.steps(workflow, steps, place, around);
            }
        }
    }

    fn value(
        &mut self,
        field: &Name,
        operator: crate::language::Assignment,
        domain: &'a Domain,
        value: &crate::language::Condition,
        place: &Place<'_>,
    ) {
        use crate::language::{Assignment, ConditionKind};
        let number = matches!(domain, Domain::Range(..));
        if operator != Assignment::Set && !number {
            return self.problem(
                value.span,
                format!("`{field}` is no number, so nothing can be added to it"),
                "its values are words",
                "write `=` and one of its values",
            );
        }
        match (&value.kind, number) {
            (ConditionKind::Word(word), false) => {
                self.known(
                    word,
                    &format!("value of `{field}`"),
                    domain.words().into_iter(),
                );
            }
            (ConditionKind::Word(word), true) => self.key(word),
            (ConditionKind::Number(_), false) => self.problem(
                value.span,
                format!("`{field}` cannot hold a number"),
                "its values are words",
                format!("write one of them: {}", domain.words().join(", ")),
            ),
            (_, true) => self.condition(value, Type::Number, place),
            (_, false) => self.condition(value, Type::Value, place),
        }
    }

    fn call(&mut self, call: &'a Call, step: &Step, place: &mut Place<'a>, around: Around) {
        if around.transaction {
            self.problem(
                step.span,
                "a call stands in a transaction",
                "the transaction would hold its locks while it waits for another system, and a rollback does not take the call back",
                "call before the transaction, and commit what came of it in the transaction behind it",
            );
        }
        self.callee(&call.callee);
        for argument in &call.arguments {
            self.argument(argument, place);
        }
        if let Some(crate::language::Key::Fields(fields)) = &call.key {
            for field in fields {
                self.key(field);
            }
        }
        let operation = self
            .scope
            .operation(&call.callee.owner.text, &call.callee.operation.text);
        let answers =
            operation.map_or_else(|| vec!["ok", "failed"], crate::language::Operation::answers);
        if let (Some(unknown), Some(external)) =
            (&call.unknown, self.scope.external(&call.callee.owner.text))
        {
            let operations = external.operations.iter().map(|o| o.name.text.as_str());
            let known: Vec<&str> = operations
                .chain(answers.iter().copied())
                .chain(["stop", "fail"])
                .collect();
            self.known(unknown, "operation or outcome", known.into_iter());
        }
        place.outcomes.extend(answers);
        place.outcomes.push(UNKNOWN_OUTCOME);
    }

    /// Tells what is called and is not there: an operation of an external system, or an api of a service.
    pub(super) fn callee(&mut self, callee: &Callee) {
        if callee.owner.is_gap() || callee.operation.is_gap() {
            return;
        }
        let owner = callee.owner.text.as_str();
        if let Some(external) = self.scope.external(owner) {
            let known = external.operations.iter().map(|o| o.name.text.as_str());
            self.known(&callee.operation, &format!("operation of `{owner}`"), known);
        } else if let Some(service) = self.scope.service(owner) {
            let known = service.apis.iter().map(|a| a.name.text.as_str());
            self.known(&callee.operation, &format!("api of `{owner}`"), known);
        } else {
            let design = self.scope.design;
            let externals = design.externals.iter().map(|e| e.name.text.as_str());
            let services = design.services.iter().map(|s| s.name.text.as_str());
            let known: Vec<&str> = externals.chain(services).collect();
            self.unknown(&callee.owner, "external system or service", &known);
        }
    }
}
