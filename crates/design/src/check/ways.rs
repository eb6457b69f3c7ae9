//! The ways through a handler: which steps one run of it does, in order.

use crate::language::{Span, Step, StepKind, Workflow};

/// A step of one run, and the transaction around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken<'a> {
    pub(super) step: &'a Step,
    pub(super) transaction: Option<Span>,
}

/// Ways that are looked at; a handler with more arms than that is looked at in part.
const WAYS: usize = 256;

/// Steps of one way that are looked at.
const STEPS: usize = 400;

#[derive(Debug, Clone, Default)]
struct Way<'a> {
    taken: Vec<Taken<'a>>,
    stopped: bool,
}

/// Returns the ways through steps; the steps of a compensation stand where it is called.
pub(super) fn ways<'a>(workflow: &'a Workflow, steps: &'a [Step]) -> Vec<Vec<Taken<'a>>> {
    let all = through(workflow, steps, None, vec![Way::default()]);
    all.into_iter().map(|way| way.taken).collect()
}

fn through<'a>(
    workflow: &'a Workflow,
    steps: &'a [Step],
    transaction: Option<Span>,
    mut ways: Vec<Way<'a>>,
) -> Vec<Way<'a>> {
    for step in steps {
        let (stopped, open): (Vec<_>, Vec<_>) = ways.into_iter().partition(|w| w.stopped);
        if open.is_empty() {
            return stopped;
        }
        let mut next = one(workflow, step, transaction, open);
        next.extend(stopped);
        next.truncate(WAYS);
        ways = next;
    }
    ways
}

fn one<'a>(
    workflow: &'a Workflow,
    step: &'a Step,
    transaction: Option<Span>,
    mut ways: Vec<Way<'a>>,
) -> Vec<Way<'a>> {
    match &step.kind {
        StepKind::Transaction(inner) => {
            through(workflow, inner, transaction.or(Some(step.span)), ways)
        }
        StepKind::Retry { steps, .. } | StepKind::Lease { steps, .. } => {
            through(workflow, steps, transaction, ways)
        }
        StepKind::When { arms, otherwise } => {
            let mut all = Vec::new();
            for arm in arms {
                all.extend(through(workflow, &arm.steps, transaction, ways.clone()));
            }
            all.extend(through(workflow, otherwise, transaction, ways));
            all
        }
        StepKind::Compensate => {
            let inner = workflow.compensation.as_ref().map_or(&[][..], |c| &c.steps);
            through(workflow, inner, transaction.or(Some(step.span)), ways)
        }
        StepKind::Stop | StepKind::Fail => {
            for way in &mut ways {
                way.stopped = true;
            }
            ways
        }
        _ => {
            for way in ways.iter_mut().filter(|w| w.taken.len() < STEPS) {
                way.taken.push(Taken { step, transaction });
            }
            ways
        }
    }
}
