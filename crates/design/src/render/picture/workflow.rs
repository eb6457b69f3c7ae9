//! A workflow as a sequence: its handlers in the order of the file, each with its arms and transactions.

use crate::language::{Handler, Step, StepKind, Trigger, Verb, Workflow};
use crate::render::documents::events::tried;
use crate::render::flows::{Flow, flows};
use crate::render::sheet::Sheet;

use super::{Arrow, Line, Sequence};

/// The one outside who begins an instance.
const CALLER: &str = "caller";

/// Returns the sequence of a workflow.
pub(in crate::render) fn sequence(sheet: &Sheet<'_>, workflow: &Workflow) -> Sequence {
    let mut writer = Writer {
        sheet,
        flows: flows(&sheet.scene),
        sequence: Sequence::default(),
    };
    for handler in &workflow.handlers {
        writer.handler(handler);
    }
    if let (Some(compensation), Some(at)) = (&workflow.compensation, &workflow.coordinator) {
        writer.add(Line::Cut);
        writer.note(&at.text, "compensate, in the transaction that calls it");
        writer.steps(&compensation.steps, &at.text, None);
    }
    writer.sequence
}

struct Writer<'s, 'a> {
    sheet: &'s Sheet<'a>,
    flows: Vec<Flow<'a>>,
    sequence: Sequence,
}

impl Writer<'_, '_> {
    fn add(&mut self, line: Line) {
        self.sequence.lines.push(line);
    }

    fn note(&mut self, at: &str, text: &str) {
        let at = self.sequence.part(at);
        self.add(Line::Note {
            at,
            text: text.to_owned(),
            fault: false,
        });
    }

    fn arrow(&mut self, from: &str, kind: Arrow, to: &str, text: &str) {
        let (from, to) = (self.sequence.part(from), self.sequence.part(to));
        self.add(Line::Arrow {
            from,
            to,
            text: text.to_owned(),
            kind,
        });
    }

    fn handler(&mut self, handler: &Handler) {
        self.add(Line::Cut);
        let at = handler.at.text.as_str();
        let line = self.sheet.line(handler.head);
        match &handler.trigger {
            Trigger::Start(message) => {
                self.arrow(CALLER, Arrow::Sent, at, &message.text);
                self.note(at, &format!("start {message} (line {line})"));
            }
            Trigger::Messages(messages) => {
                let names: Vec<&str> = messages.iter().map(|m| m.text.as_str()).collect();
                self.note(at, &format!("on {} (line {line})", names.join(", ")));
            }
            Trigger::Timeout(_) => self.note(at, &format!("on timeout (line {line})")),
        }
        self.steps(&handler.steps, at, Some(handler));
    }

    fn steps(&mut self, steps: &[Step], at: &str, handler: Option<&Handler>) {
        for step in steps {
            self.step(step, at, handler);
        }
    }

    /// Draws a frame around steps.
    fn frame(
        &mut self,
        word: &'static str,
        text: String,
        steps: &[Step],
        at: &str,
        handler: Option<&Handler>,
    ) {
        self.add(Line::Open(word, text));
        self.steps(steps, at, handler);
        self.add(Line::Close);
    }

    fn step(&mut self, step: &Step, at: &str, handler: Option<&Handler>) {
        match &step.kind {
            StepKind::Transaction(steps) => {
                let text = "one transaction".to_owned();
                self.frame("critical", text, steps, at, handler);
            }
            StepKind::When { arms, otherwise } => {
                for (number, arm) in arms.iter().enumerate() {
                    let condition = self.sheet.written(arm.condition.span);
                    self.add(match number {
                        0 => Line::Open("alt", condition),
                        _ => Line::Else(condition),
                    });
                    self.steps(&arm.steps, at, handler);
                }
                if !otherwise.is_empty() {
                    self.add(Line::Else(String::new()));
                    self.steps(otherwise, at, handler);
                }
                self.add(Line::Close);
            }
            StepKind::Retry { times, steps } => {
                self.frame("loop", tried(times.value), steps, at, handler);
            }
            StepKind::Lease { name, steps } => {
                let text = format!("lease {name}");
                self.frame("critical", text, steps, at, handler);
            }
            StepKind::Send { verb, messages, .. } => {
                let is_answer = *verb == Verb::Reply
                    && handler.is_some_and(|h| matches!(h.trigger, Trigger::Start(_)));
                for message in messages {
                    match is_answer {
                        true => self.arrow(at, Arrow::Answer, CALLER, &message.text),
                        false => self.send(message, at),
                    }
                }
            }
            StepKind::Undo { step: undone, by } => {
                self.add(Line::Open("opt", format!("{undone} was sent")));
                self.send(by, at);
                self.add(Line::Close);
            }
            StepKind::Call(call) => {
                let owner = call.callee.owner.text.as_str();
                let asked = self.sheet.written(step.span);
                let asked = asked.strip_prefix("call ").unwrap_or(&asked);
                self.arrow(at, Arrow::Sent, owner, asked);
                let answers = self
                    .sheet
                    .scene
                    .scope
                    .operation(owner, &call.callee.operation.text)
                    .map_or_else(|| "answer".to_owned(), |o| o.answers().join(" or "));
                self.arrow(owner, Arrow::Answer, at, &answers);
            }
            StepKind::Assign { .. }
            | StepKind::Upsert { .. }
            | StepKind::Compensate
            | StepKind::Stop
            | StepKind::Fail => {
                let written = self.sheet.written(step.span);
                self.note(at, &written);
            }
        }
    }

    /// Draws a message to each service that handles it.
    fn send(&mut self, message: &crate::language::Name, at: &str) {
        let flow = self.flows.iter().find(|f| f.span == message.span);
        let to: Vec<String> = flow
            .map(|f| f.to.iter().map(|to| (*to).to_owned()).collect())
            .unwrap_or_default();
        if to.is_empty() {
            self.note(at, &format!("{message} is sent; nobody handles it here"));
        }
        for to in to {
            self.arrow(at, Arrow::Sent, &to, &message.text);
        }
    }
}
