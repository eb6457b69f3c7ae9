#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::{Done, Scene};
use crate::check::{Group, Rule};
use crate::language::{
    Assignment, Condition, ConditionKind, FieldPath, Handler, Operation, Spanned, Step, StepKind,
    Times,
};

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-outcome-taken-for-failure",
    group: Group::Providers,
    page: include_str!("page.md"),
    check,
};

/// Outcomes that leave open what was done.
const OPEN: &[&str] = &["pending", "unknown", "processing"];

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for (done, call, operation) in scene.effectful_calls() {
        let name = format!("{}.{}", call.callee.owner, operation.name);
        let forever = matches!(
            call.retry,
            Some(Spanned {
                value: Times::Forever,
                ..
            })
        );
        let draft = match &call.unknown {
            Some(unknown)
                if operation.answers().contains(&unknown.text.as_str())
                    && !OPEN.contains(&unknown.text.as_str()) =>
            {
                scene
                    .fail(&RULE, unknown.span, "no answer is none")
                    .title(format!(
                        "{} takes a lost answer of {name} for `{unknown}`",
                        done.at
                    ))
            }
            None if !forever && !asks_for_unknown(scene, done) => scene
                .warn(&RULE, done.step.span, "and without an answer?")
                .title(format!(
                    "nothing says what {} does when no answer of {name} comes",
                    done.at
                )),
            _ => match done.handler.and_then(|h| stored_as_refused(h, operation)) {
                Some(same) => scene
                    .warn(&RULE, same.span(), "as if it had been refused")
                    .title(format!(
                        "{} stores a lost answer of {name} as it stores a refusal",
                        done.at
                    )),
                None => continue,
            },
        };
        findings.push(
            draft
                .why("the provider may have done it: what is then told and stored differs from what was done, and nobody takes it back")
                .steps(["ask the provider: `unknown lookup`, an operation that is `read-only`", "or repeat the call with the same key until an answer comes: `retry forever`"]),
        );
    }
    findings
}

/// Whether the handler says what it does where no answer came: `when unknown { … }`.
fn asks_for_unknown(scene: &Scene<'_>, call: &Done<'_>) -> bool {
    let word = |guard: &&Condition| {
        let mut found = false;
        guard.walk(&mut |c| {
            found |= matches!(&c.kind, ConditionKind::Word(word) if word == "unknown");
        });
        found
    };
    let steps = call.handler.into_iter().flat_map(|h| scene.steps_of(h));
    steps
        .flat_map(|done| done.guards.iter().copied())
        .any(|guard| word(&guard))
}

/// Returns the field that gets the same value where no answer came and where the provider refused.
fn stored_as_refused<'a>(handler: &'a Handler, operation: &Operation) -> Option<&'a FieldPath> {
    let answers = operation.answers();
    let (first, others) = answers.split_first()?;
    let mut unknown = Vec::new();
    let mut refused = Vec::new();
    for step in &handler.steps {
        step.walk(&mut |step| {
            let StepKind::When { arms, otherwise } = &step.kind else {
                return;
            };
            for arm in arms {
                match &arm.condition.kind {
                    ConditionKind::Word(word) if word == "unknown" => {
                        stored(&arm.steps, &mut unknown);
                    }
                    ConditionKind::Word(word)
                        if others.contains(&word.text.as_str())
                            && !OPEN.contains(&word.text.as_str()) =>
                    {
                        stored(&arm.steps, &mut refused);
                    }
                    ConditionKind::Word(word) if word == *first => stored(otherwise, &mut refused),
                    _ => {}
                }
            }
        });
    }
    let same = unknown.into_iter().find(|(target, value)| {
        refused.iter().any(|(other, refusal)| {
            (&target.table.text, &target.field.text, value)
                == (&other.table.text, &other.field.text, refusal)
        })
    });
    same.map(|(target, _)| target)
}

/// Collects the fields that get a word, with the word.
fn stored<'a>(steps: &'a [Step], into: &mut Vec<(&'a FieldPath, &'a str)>) {
    for step in steps {
        step.walk(&mut |step| {
            if let StepKind::Assign {
                target,
                operator: Assignment::Set,
                value,
            } = &step.kind
                && let ConditionKind::Word(word) = &value.kind
            {
                into.push((target, &word.text));
            }
        });
    }
}
