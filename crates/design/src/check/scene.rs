//! The design as the rules see it.

use coexist_model::{DesignFinding, File, Verdict};

use crate::language::{
    Call, Channel, Condition, ConditionKind, Design, FieldPath, Handler, Located, Millis, Name,
    Operation, Scope, Service, Span, Step, StepKind, Times, Trigger, Verb, Workflow,
};

use super::Rule;

/// The design, with its names resolved and its handlers laid out.
pub struct Scene<'a> {
    /// The file.
    pub file: &'a File,
    /// Where names lead.
    pub scope: &'a Scope<'a>,
    /// Every step that does something, those of compensations included.
    pub done: Vec<Done<'a>>,
}

/// A step that does something, and what stands around it.
#[derive(Debug, Clone)]
pub struct Done<'a> {
    /// The step: no block.
    pub step: &'a Step,
    /// The workflow.
    pub workflow: &'a Workflow,
    /// The handler; None in a compensation.
    pub handler: Option<&'a Handler>,
    /// The service.
    pub at: &'a str,
    /// The transaction around it.
    pub transaction: Option<Span>,
    /// The conditions of the arms that it stands in.
    pub guards: Vec<&'a Condition>,
    /// The lease that is held.
    pub lease: Option<&'a Name>,
}

/// A message that a step sends.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a, 's> {
    /// The message.
    pub message: &'a Name,
    /// The word.
    pub verb: Verb,
    /// The channel, where it is named.
    pub via: Option<&'a Name>,
    /// The step.
    pub done: &'s Done<'a>,
}

impl<'a> Scene<'a> {
    /// Lays the design out.
    pub fn new(file: &'a File, scope: &'a Scope<'a>) -> Self {
        let mut done = Vec::new();
        for workflow in &scope.design.workflows {
            for handler in &workflow.handlers {
                let around = Around {
                    workflow,
                    handler: Some(handler),
                    at: &handler.at.text,
                };
                around.lay_out(&handler.steps, &Held::default(), &mut done);
            }
            if let Some(compensation) = &workflow.compensation {
                let around = Around {
                    workflow,
                    handler: None,
                    at: workflow
                        .coordinator
                        .as_ref()
                        .map_or("", |c| c.text.as_str()),
                };
                let held = Held {
                    transaction: Some(compensation.span),
                    ..Held::default()
                };
                around.lay_out(&compensation.steps, &held, &mut done);
            }
        }
        Self { file, scope, done }
    }

    /// Returns the design.
    pub fn design(&self) -> &'a Design {
        self.scope.design
    }

    /// Returns every message that a step sends.
    pub fn sends(&self) -> impl Iterator<Item = Sent<'a, '_>> {
        self.done.iter().flat_map(|done| {
            let (verb, messages, via, by) = match &done.step.kind {
                StepKind::Send {
                    verb,
                    messages,
                    via,
                } => (*verb, messages.as_slice(), via.as_ref(), None),
                StepKind::Undo { by, .. } => (Verb::Send, &[][..], None, Some(by)),
                _ => (Verb::Send, &[][..], None, None),
            };
            messages.iter().chain(by).map(move |message| Sent {
                message,
                verb,
                via,
                done,
            })
        })
    }

    /// Returns the channels that a message may go over.
    pub fn routes(&self, sent: &Sent<'_, '_>) -> Vec<&'a Channel> {
        self.scope
            .routes(sent.done.at, &sent.message.text, sent.verb, sent.via)
    }

    /// Returns the channels over which the message of a handler may come.
    pub fn inbound(&self, handler: &Handler) -> Vec<&'a Channel> {
        let mut channels: Vec<&Channel> = self
            .sends()
            .filter(|sent| answers(handler, &sent.message.text))
            .flat_map(|sent| self.routes(&sent))
            .collect();
        channels.sort_by_key(|c| c.span);
        channels.dedup_by_key(|c| c.span);
        channels
    }

    /// Returns the handlers of a message.
    pub fn handlers_of(&self, message: &str) -> impl Iterator<Item = &'a Handler> {
        let message = message.to_owned();
        let workflows = self.design().workflows.iter();
        workflows
            .flat_map(|w| &w.handlers)
            .filter(move |h| answers(h, &message))
    }

    /// Returns the steps of a handler.
    pub fn steps_of(&self, handler: &Handler) -> impl Iterator<Item = &Done<'a>> {
        let span = handler.span;
        self.done
            .iter()
            .filter(move |d| d.handler.is_some_and(|h| h.span == span))
    }

    /// Returns every call of an external system that leaves something behind.
    pub(super) fn effectful_calls(
        &self,
    ) -> impl Iterator<Item = (&Done<'a>, &'a Call, &'a Operation)> {
        self.done.iter().filter_map(|done| match &done.step.kind {
            StepKind::Call(call) => {
                let operation = self
                    .scope
                    .operation(&call.callee.owner.text, &call.callee.operation.text)?;
                (!operation.read_only).then_some((done, call, operation))
            }
            _ => None,
        })
    }

    /// Returns the table that a step changes.
    pub fn written(&self, done: &Done<'_>) -> Option<Located<'a>> {
        match &done.step.kind {
            StepKind::Assign { target, .. } => self.scope.table_of(Some(done.at), target),
            StepKind::Upsert { table, .. } => self.scope.table(Some(done.at), &table.text),
            _ => None,
        }
    }

    /// Returns whether a message that a step sends is committed with what the step stands beside: it is in a transaction, and the
    /// service has an outbox.
    pub fn by_outbox(&self, done: &Done<'_>) -> bool {
        done.transaction.is_some() && self.scope.service(done.at).is_some_and(has_outbox)
    }

    /// Returns whether a handler of the workflow is reached by no run in which these handlers are left out.
    pub fn needs(&self, workflow: &Workflow, message: &str, without: &[Span]) -> bool {
        !super::order::is_sent(self, workflow, message, without)
    }
}

/// Returns whether a store of the service holds an outbox.
pub(super) fn has_outbox(service: &Service) -> bool {
    service.stores.iter().any(|s| s.outbox.is_some())
}

/// Returns whether a message that a handler sends is the answer to a caller outside of the design, who waits for it.
pub(super) fn is_answer(handler: Option<&Handler>, verb: Verb) -> bool {
    verb == Verb::Reply && handler.is_some_and(|h| matches!(h.trigger, Trigger::Start(_)))
}

/// Returns whether a handler answers to a message.
pub(super) fn answers(handler: &Handler, message: &str) -> bool {
    match &handler.trigger {
        Trigger::Messages(messages) => messages.iter().any(|m| m == message),
        Trigger::Start(_) | Trigger::Timeout(_) => false,
    }
}

/// Conditions around a step that are looked at; people write a handful.
const GUARDS: usize = 64;

struct Around<'a> {
    workflow: &'a Workflow,
    handler: Option<&'a Handler>,
    at: &'a str,
}

#[derive(Debug, Clone, Default)]
struct Held<'a> {
    transaction: Option<Span>,
    guards: Vec<&'a Condition>,
    lease: Option<&'a Name>,
}

impl<'a> Around<'a> {
    /// Notes the steps; returns the conditions under which the handler has ended before what follows.
    fn lay_out(
        &self,
        steps: &'a [Step],
        held: &Held<'a>,
        done: &mut Vec<Done<'a>>,
    ) -> Vec<&'a Condition> {
        let mut held = held.clone();
        let mut ended = Vec::new();
        for step in steps {
            let before = self.step(step, &held, done);
            let room = GUARDS.saturating_sub(held.guards.len());
            held.guards.extend(before.iter().take(room));
            ended.extend(before);
        }
        ended
    }

    fn step(
        &self,
        step: &'a Step,
        held: &Held<'a>,
        done: &mut Vec<Done<'a>>,
    ) -> Vec<&'a Condition> {
        match &step.kind {
            StepKind::Transaction(inner) => {
                let held = Held {
                    transaction: held.transaction.or(Some(step.span)),
                    ..held.clone()
                };
                self.lay_out(inner, &held, done)
            }
            StepKind::When { arms, otherwise } => {
                let mut held = held.clone();
                let mut ended = Vec::new();
                for arm in arms {
                    // An arm is taken where the ones before it were not: their conditions were looked at too.
                    held.guards.push(&arm.condition);
                    self.lay_out(&arm.steps, &held, done);
                    if stops(&arm.steps) {
                        ended.push(&arm.condition);
                    }
                }
                self.lay_out(otherwise, &held, done);
                ended
            }
            StepKind::Retry { steps, .. } => self.lay_out(steps, held, done),
            StepKind::Lease { name, steps } => {
                let held = Held {
                    lease: Some(name),
                    ..held.clone()
                };
                self.lay_out(steps, &held, done)
            }
            _ => {
                done.push(Done {
                    step,
                    workflow: self.workflow,
                    handler: self.handler,
                    at: self.at,
                    transaction: held.transaction,
                    guards: held.guards.clone(),
                    lease: held.lease,
                });
                Vec::new()
            }
        }
    }
}

/// Whether steps end the handler.
fn stops(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.kind {
        StepKind::Stop | StepKind::Fail => true,
        StepKind::Transaction(inner) => stops(inner),
        _ => false,
    })
}

impl<'a> Done<'a> {
    /// Returns the fields that were looked at before the step was done.
    pub(super) fn looked_at(&self) -> Vec<&'a FieldPath> {
        let mut fields = Vec::new();
        for guard in &self.guards {
            guard.walk(&mut |c| {
                if let ConditionKind::Field(path) = &c.kind {
                    fields.push(path);
                }
            });
        }
        fields
    }
}

impl Channel {
    /// Returns how long deliveries of one message surely go on: every wait is at least the first, and the last one the longest.
    pub(super) fn horizon(&self) -> Horizon {
        let Some(retry) = &self.retry else {
            return Horizon::Unknown;
        };
        match (retry.times, retry.first, retry.longest) {
            (Times::Forever, ..) => match self.keeps() {
                Some(kept) => Horizon::For(kept),
                None => Horizon::Endless,
            },
            (Times::Count(0), ..) => Horizon::For(Millis(0)),
            (Times::Count(times), Some(first), Some(longest)) => {
                let waits = first.0.saturating_mul(times - 1);
                Horizon::For(Millis(waits.saturating_add(longest.0)))
            }
            _ => Horizon::Unknown,
        }
    }
}

/// How long deliveries of one message go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Horizon {
    /// That was not said.
    Unknown,
    /// At least that long.
    For(Millis),
    /// For ever.
    Endless,
}

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units = [
            (86_400_000, "d"),
            (3_600_000, "h"),
            (60_000, "m"),
            (1_000, "s"),
        ];
        let whole = units
            .iter()
            .find(|(size, _)| self.0 >= *size && self.0.is_multiple_of(*size));
        match whole {
            Some((size, unit)) => write!(f, "{}{unit}", self.0 / size),
            None if self.0 >= 1_000 => write!(f, "{}s", self.0 / 1_000),
            None => write!(f, "{}ms", self.0),
        }
    }
}

/// A finding in the making.
pub(super) struct Draft<'a> {
    file: &'a File,
    finding: DesignFinding,
}

impl<'a> Scene<'a> {
    /// Begins a finding whose harm the file itself proves.
    pub(super) fn fail(&self, rule: &'static Rule, span: Span, label: &str) -> Draft<'a> {
        self.draft(rule, Verdict::Fail, span, label)
    }

    /// Begins a finding that may be harmless for reasons that the file does not tell.
    pub(super) fn warn(&self, rule: &'static Rule, span: Span, label: &str) -> Draft<'a> {
        self.draft(rule, Verdict::Warn, span, label)
    }

    fn draft(&self, rule: &'static Rule, verdict: Verdict, span: Span, label: &str) -> Draft<'a> {
        Draft {
            file: self.file,
            finding: DesignFinding {
                rule: rule.id,
                verdict,
                title: String::new(),
                why: String::new(),
                place: self.file.place(span.range()),
                label: label.to_owned(),
                related: Vec::new(),
                safe_steps: Vec::new(),
                suppressed: None,
            },
        }
    }
}

impl Draft<'_> {
    /// Says what is wrong.
    pub(super) fn title(mut self, title: impl Into<String>) -> Self {
        self.finding.title = title.into();
        self
    }

    /// Says why it matters.
    pub(super) fn why(mut self, why: impl Into<String>) -> Self {
        self.finding.why = why.into();
        self
    }

    /// Adds a line that bears on it.
    pub(super) fn beside(mut self, span: Span, role: &str) -> Self {
        self.finding
            .related
            .push((self.file.place(span.range()), role.to_owned()));
        self
    }

    /// Says what to do, and ends the finding.
    pub(super) fn steps<S: Into<String>>(
        mut self,
        steps: impl IntoIterator<Item = S>,
    ) -> DesignFinding {
        self.finding.safe_steps = steps.into_iter().map(Into::into).collect();
        self.finding
    }
}
