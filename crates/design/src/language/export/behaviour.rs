//! Workflows, steps and conditions as JSON.

use serde_json::{Value, json};

use crate::language::{
    Assignment, Call, Condition, ConditionKind, FieldPath, Handler, Property, PropertyKind, Step,
    StepKind, Trigger, Workflow,
};

use super::{Form, acknowledge, key, list, names, optional, text, time, times};

impl Form<'_> {
    pub(super) fn workflow(&self, workflow: &Workflow) -> Value {
        json!({
            "name": text(&workflow.name),
            "by": optional(workflow.key.as_ref()),
            "coordinator": optional(workflow.coordinator.as_ref()),
            "timeout": time(workflow.timeout),
            "irreversible": list(&workflow.irreversible, |i| json!({
                "step": text(&i.step), "after": optional(i.after.as_ref()), "line": self.line(i.span),
            })),
            "handlers": list(&workflow.handlers, |h| self.handler(h)),
            "compensate": workflow.compensation.as_ref().map(|c| json!({"steps": self.steps(&c.steps), "line": self.line(c.span)})),
            "properties": list(&workflow.properties, |p| self.property(p)),
            "tested_by": list(&workflow.tests, |t| json!({"what": text(&t.what), "path": optional(t.path.as_ref())})),
            "line": self.line(workflow.span),
        })
    }

    fn handler(&self, handler: &Handler) -> Value {
        let trigger = match &handler.trigger {
            Trigger::Start(message) => json!({"start": text(message)}),
            Trigger::Messages(messages) => json!({"messages": names(messages)}),
            Trigger::Timeout(_) => json!("timeout"),
        };
        json!({
            "on": trigger,
            "at": text(&handler.at),
            "ack": acknowledge(handler.acknowledges),
            "steps": self.steps(&handler.steps),
            "line": self.line(handler.span),
        })
    }

    fn property(&self, property: &Property) -> Value {
        let kind = match property.kind {
            PropertyKind::Never => "never",
            PropertyKind::Finally => "finally",
        };
        json!({
            "kind": kind, "condition": self.condition(&property.condition),
            "label": optional(property.label.as_ref()), "line": self.line(property.span),
        })
    }

    fn steps(&self, steps: &[Step]) -> Value {
        list(steps, |step| {
            let mut value = self.step(step);
            if let Some(fields) = value.as_object_mut() {
                fields.insert("line".to_owned(), json!(self.line(step.span)));
            }
            value
        })
    }

    fn step(&self, step: &Step) -> Value {
        match &step.kind {
            StepKind::Transaction(steps) => json!({"do": "tx", "steps": self.steps(steps)}),
            StepKind::When { arms, otherwise } => json!({
                "do": "when",
                "arms": list(arms, |arm| json!({"condition": self.condition(&arm.condition), "steps": self.steps(&arm.steps)})),
                "else": self.steps(otherwise),
            }),
            StepKind::Send {
                verb,
                messages,
                via,
            } => {
                json!({"do": verb.word(), "messages": names(messages), "via": optional(via.as_ref())})
            }
            StepKind::Call(call) => self.call(call),
            StepKind::Assign {
                target,
                operator,
                value,
            } => json!({
                "do": "assign",
                "field": path(target),
                "operator": match operator { Assignment::Set => "=", Assignment::Add => "+=", Assignment::Subtract => "-=" },
                "value": self.condition(value),
            }),
            StepKind::Upsert { table, if_newer } => {
                json!({"do": "upsert", "table": text(table), "if_newer": optional(if_newer.as_ref())})
            }
            StepKind::Undo { step, by } => {
                json!({"do": "undo", "step": text(step), "by": text(by)})
            }
            StepKind::Compensate => json!({"do": "compensate"}),
            StepKind::Stop => json!({"do": "stop"}),
            StepKind::Fail => json!({"do": "fail"}),
            StepKind::Retry {
                times: count,
                steps,
            } => {
                json!({"do": "retry", "times": times(count.value), "steps": self.steps(steps)})
            }
            StepKind::Lease { name, steps } => {
                json!({"do": "lease", "lease": text(name), "steps": self.steps(steps)})
            }
        }
    }

    fn call(&self, call: &Call) -> Value {
        json!({
            "do": "call",
            "owner": text(&call.callee.owner),
            "operation": text(&call.callee.operation),
            "arguments": list(&call.arguments, |a| self.condition(a)),
            "retry": call.retry.map(|r| times(r.value)),
            "unknown": optional(call.unknown.as_ref()),
            "key": key(call.key.as_ref()),
            "timeout": time(call.timeout),
            "lagging": call.lagging.is_some(),
        })
    }

    /// A condition with its text, and as a tree.
    pub(super) fn condition(&self, condition: &Condition) -> Value {
        json!({"text": self.file.text[condition.span.range()].to_owned(), "tree": tree(condition)})
    }
}

fn tree(condition: &Condition) -> Value {
    match &condition.kind {
        ConditionKind::Number(number) => json!(number),
        ConditionKind::Word(word) => text(word),
        ConditionKind::Field(field) => json!({"field": path(field)}),
        ConditionKind::Effects {
            external,
            counted,
            arguments,
        } => json!({
            "effects": text(external), "counted": text(counted), "arguments": list(arguments, tree),
        }),
        ConditionKind::Not(inner) => json!({"not": tree(inner)}),
        ConditionKind::Binary(operator, left, right) => {
            json!({"operator": operator.mark(), "left": tree(left), "right": tree(right)})
        }
        ConditionKind::In(value, values) => {
            json!({"operator": "in", "left": tree(value), "right": list(values, tree)})
        }
    }
}

fn path(field: &FieldPath) -> Value {
    json!({"service": optional(field.service.as_ref()), "table": text(&field.table), "field": text(&field.field)})
}
