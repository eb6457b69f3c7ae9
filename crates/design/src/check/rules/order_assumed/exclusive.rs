//! Messages of which one instance sends one or the other: each is sent in a transaction that asks for the same state and leaves it.

use crate::language::{
    Assignment, Condition, ConditionKind, FieldPath, Operator, Span, Step, StepKind, Trigger,
    Workflow, each_step,
};

/// A state that a transaction asks for and leaves: a field, and the word that it had.
type Left<'a> = (&'a FieldPath, &'a str);

/// A place at which a message is sent.
struct Sent<'a> {
    /// The transaction around it.
    transaction: Option<Span>,
    /// The states that this transaction leaves.
    left: Vec<Left<'a>>,
}

/// Whether an instance that sends the first message never sends the second one.
pub(super) fn exclude_each_other(workflow: &Workflow, first: &str, second: &str) -> bool {
    let (firsts, seconds) = (places(workflow, first), places(workflow, second));
    let apart = |one: &Sent<'_>, other: &Sent<'_>| {
        one.transaction != other.transaction
            && one.left.iter().any(|left| {
                other.left.iter().any(|same| is_same(left, same)) && !comes_back(workflow, left)
            })
    };
    !firsts.is_empty()
        && !seconds.is_empty()
        && firsts
            .iter()
            .all(|one| seconds.iter().all(|other| apart(one, other)))
}

fn is_same(one: &Left<'_>, other: &Left<'_>) -> bool {
    one.1 == other.1 && is_field(one.0, other.0)
}

fn is_field(one: &FieldPath, other: &FieldPath) -> bool {
    one.table.text == other.table.text && one.field.text == other.field.text
}

fn places<'a>(workflow: &'a Workflow, message: &str) -> Vec<Sent<'a>> {
    let mut found = Vec::new();
    for handler in &workflow.handlers {
        collect(&handler.steps, None, &[], message, &mut found);
    }
    if let Some(compensation) = &workflow.compensation {
        collect(&compensation.steps, None, &[], message, &mut found);
    }
    found
}

fn collect<'a>(
    steps: &'a [Step],
    transaction: Option<Span>,
    left: &[Left<'a>],
    message: &str,
    found: &mut Vec<Sent<'a>>,
) {
    for step in steps {
        match &step.kind {
            StepKind::Transaction(inner) => {
                collect(inner, Some(step.span), left, message, found);
            }
            StepKind::When { arms, otherwise } => {
                for arm in arms {
                    let mut left = left.to_vec();
                    if transaction.is_some() {
                        equalities(&arm.condition, &mut |path, word| {
                            if leaves(&arm.steps, path, word) {
                                left.push((path, word));
                            }
                        });
                    }
                    collect(&arm.steps, transaction, &left, message, found);
                }
                collect(otherwise, transaction, left, message, found);
            }
            StepKind::Retry { steps, .. } | StepKind::Lease { steps, .. } => {
                collect(steps, transaction, left, message, found);
            }
            StepKind::Send { messages, .. } if messages.iter().any(|m| m == message) => {
                found.push(Sent {
                    transaction,
                    left: left.to_vec(),
                });
            }
            StepKind::Undo { by, .. } if by == message => found.push(Sent {
                transaction: None,
                left: Vec::new(),
            }),
            _ => {}
        }
    }
}

/// Calls `see` with each `field == word` without which the condition does not hold.
fn equalities<'a>(condition: &'a Condition, see: &mut impl FnMut(&'a FieldPath, &'a str)) {
    let ConditionKind::Binary(operator, one, other) = &condition.kind else {
        return;
    };
    match (operator, &one.kind, &other.kind) {
        (Operator::And, ..) => {
            equalities(one, see);
            equalities(other, see);
        }
        (Operator::Equal, ConditionKind::Field(path), ConditionKind::Word(word))
        | (Operator::Equal, ConditionKind::Word(word), ConditionKind::Field(path)) => {
            see(path, &word.text);
        }
        _ => {}
    }
}

/// Whether the steps themselves give the field another word.
fn leaves(steps: &[Step], path: &FieldPath, word: &str) -> bool {
    let sets = |step: &Step| set_to(step, path).is_some_and(|other| other != word);
    steps.iter().any(sets)
}

/// Returns the word that a step gives a field.
fn set_to<'a>(step: &'a Step, path: &FieldPath) -> Option<&'a str> {
    match &step.kind {
        StepKind::Assign {
            target,
            operator: Assignment::Set,
            value,
        } if is_field(target, path) => match &value.kind {
            ConditionKind::Word(word) => Some(&word.text),
            _ => None,
        },
        _ => None,
    }
}

/// Whether anything but the start brings the instance back into a state.
fn comes_back(workflow: &Workflow, (path, word): &Left<'_>) -> bool {
    let mut begins = 0;
    for handler in &workflow.handlers {
        if matches!(handler.trigger, Trigger::Start(_)) {
            for step in &handler.steps {
                step.walk(&mut |step| begins += usize::from(set_to(step, path) == Some(word)));
            }
        }
    }
    let mut all = 0;
    each_step(workflow, &mut |step| {
        all += usize::from(set_to(step, path) == Some(word));
    });
    all > begins
}
