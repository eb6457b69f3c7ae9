#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{ConditionKind, Key};

/// The rule.
pub static RULE: Rule = Rule {
    id: "key-too-narrow",
    group: Group::Providers,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for (done, call, operation) in scene.effectful_calls() {
        let (Some(Key::Fields(fields)), Some(instance)) = (
            call.key.as_ref().or(operation.key.as_ref()),
            &done.workflow.key,
        ) else {
            continue;
        };
        // What the operation calls the key of the workflow.
        let passed = call
            .arguments
            .iter()
            .position(|a| matches!(&a.kind, ConditionKind::Word(w) if w.text == instance.text));
        let Some(argument) = passed.and_then(|at| operation.arguments.get(at)) else {
            continue;
        };
        let Some(first) = fields.first().filter(|_| {
            !fields
                .iter()
                .any(|f| f.is_gap() || f.text == argument.text || f.text == instance.text)
        }) else {
            continue;
        };
        findings.push(
            scene
                .fail(&RULE, first.span, "shared by several")
                .title(format!("the key of {}.{} is {first}, and {} runs once per {instance}", call.callee.owner, operation.name, done.workflow.name))
                .why(format!("the second {instance} with the same {first} is taken for a copy of the first: it is answered `ok` and not carried out"))
                .beside(done.step.span, "called here")
                .steps([format!("add {argument} to the key")]),
        );
    }
    findings
}
