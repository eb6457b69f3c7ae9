//! A workflow as a Mermaid sequence diagram: its handlers in the order of the file, each with its arms and transactions.

use crate::language::{Handler, Step, StepKind, Trigger, Verb, Workflow};
use crate::render::flows::{Flow, flows};
use crate::render::sheet::Sheet;

use super::text::diagram;

/// The one outside who begins an instance.
const CALLER: &str = "caller";

/// Returns the diagram of a workflow.
pub(super) fn sequence(sheet: &Sheet<'_>, workflow: &Workflow) -> String {
    let mut lines = Lines {
        sheet,
        flows: flows(&sheet.scene),
        parts: Vec::new(),
        out: String::new(),
        depth: 1,
    };
    for handler in &workflow.handlers {
        lines.handler(handler);
    }
    if let (Some(compensation), Some(at)) = (&workflow.compensation, &workflow.coordinator) {
        lines.note(&at.text, "compensate, in the transaction that calls it");
        lines.steps(&compensation.steps, &at.text, None);
    }
    let mut out = String::from("sequenceDiagram\n");
    for (number, part) in lines.parts.iter().enumerate() {
        out.push_str(&format!("  participant p{number} as {}\n", diagram(part)));
    }
    out + &lines.out
}

struct Lines<'s, 'a> {
    sheet: &'s Sheet<'a>,
    flows: Vec<Flow<'a>>,
    /// Those that take part, in the order in which they appear.
    parts: Vec<String>,
    out: String,
    depth: usize,
}

impl Lines<'_, '_> {
    fn line(&mut self, text: &str) {
        self.out.extend(std::iter::repeat_n("  ", self.depth));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn part(&mut self, name: &str) -> String {
        let number = self.parts.iter().position(|p| p == name);
        let number = number.unwrap_or_else(|| {
            self.parts.push(name.to_owned());
            self.parts.len() - 1
        });
        format!("p{number}")
    }

    fn note(&mut self, at: &str, text: &str) {
        let at = self.part(at);
        self.line(&format!("Note over {at}: {}", diagram(text)));
    }

    /// Draws an arrow: `->>` is not waited for.
    fn arrow(&mut self, from: &str, arrow: &str, to: &str, text: &str) {
        let (from, to) = (self.part(from), self.part(to));
        self.line(&format!("{from}{arrow}{to}: {}", diagram(text)));
    }

    fn handler(&mut self, handler: &Handler) {
        let at = handler.at.text.as_str();
        let line = self.sheet.line(handler.head);
        match &handler.trigger {
            Trigger::Start(message) => {
                self.arrow(CALLER, "->>", at, &message.text);
                self.note(at, &format!("{message} (line {line})"));
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

    /// Draws a block of steps under a head such as `alt`, without its end.
    fn block(&mut self, head: &str, steps: &[Step], at: &str, handler: Option<&Handler>) {
        self.line(head);
        self.depth += 1;
        self.steps(steps, at, handler);
        self.depth -= 1;
    }

    fn step(&mut self, step: &Step, at: &str, handler: Option<&Handler>) {
        match &step.kind {
            StepKind::Transaction(steps) => {
                self.block("critical one transaction", steps, at, handler);
                self.line("end");
            }
            StepKind::When { arms, otherwise } => {
                for (number, arm) in arms.iter().enumerate() {
                    let word = if number == 0 { "alt" } else { "else" };
                    let condition = self.sheet.written(arm.condition.span);
                    self.block(
                        &format!("{word} {}", diagram(&condition)),
                        &arm.steps,
                        at,
                        handler,
                    );
                }
                if !otherwise.is_empty() {
                    self.block("else otherwise", otherwise, at, handler);
                }
                self.line("end");
            }
            StepKind::Retry { times, steps } => {
                let head = format!("loop {}", diagram(&super::events::tried(times.value)));
                self.block(&head, steps, at, handler);
                self.line("end");
            }
            StepKind::Lease { name, steps } => {
                let head = format!("critical lease {}", diagram(&name.text));
                self.block(&head, steps, at, handler);
                self.line("end");
            }
            StepKind::Send { verb, messages, .. } => {
                let is_answer = *verb == Verb::Reply
                    && handler.is_some_and(|h| matches!(h.trigger, Trigger::Start(_)));
                for message in messages {
                    match is_answer {
                        true => self.arrow(at, "-->>", CALLER, &message.text),
                        false => self.send(message, at),
                    }
                }
            }
            StepKind::Undo { step: undone, by } => {
                self.line(&format!("opt {} was sent", diagram(&undone.text)));
                self.depth += 1;
                self.send(by, at);
                self.depth -= 1;
                self.line("end");
            }
            StepKind::Call(call) => {
                let owner = call.callee.owner.text.as_str();
                let asked = self.sheet.written(step.span);
                let asked = asked.strip_prefix("call ").unwrap_or(&asked);
                self.arrow(at, "->>", owner, asked);
                let answers = self
                    .sheet
                    .scene
                    .scope
                    .operation(owner, &call.callee.operation.text)
                    .map_or_else(|| "answer".to_owned(), |o| o.answers().join(" or "));
                self.arrow(owner, "-->>", at, &answers);
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
            self.arrow(at, "->>", &to, &message.text);
        }
    }
}
