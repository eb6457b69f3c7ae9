#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::{Scene, answers};
use crate::check::{Group, Rule};
use crate::language::{
    Channel, ConditionKind, Name, Redelivery, StepKind, Times, Trigger, Workflow,
};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-without-timeout",
    group: Group::Workflows,
    page: include_str!("page.md"),
    check,
};

const WHY: &str =
    "a reply that is given up or never sent leaves the workflow open for ever, with what it holds";

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for workflow in &scene.design().workflows {
        let handled = workflow
            .handlers
            .iter()
            .any(|h| matches!(h.trigger, Trigger::Timeout(_)));
        if handled && workflow.timeout.is_some() || gap_inside(scene, workflow) {
            continue;
        }
        let Some((awaited, channel)) = awaited(scene, workflow) else {
            continue;
        };
        let what = match (handled, &workflow.timeout) {
            (false, Some(_)) => "names a timeout, and does nothing when it comes",
            (true, None) => "does not say when its timeout comes",
            _ => "has no timeout",
        };
        let given_up = channel.is_some_and(|c| {
            matches!(
                c.retry,
                Some(Redelivery {
                    times: Times::Count(_),
                    ..
                })
            )
        });
        let span = workflow.timeout.map_or(workflow.name.span, |t| t.span);
        let draft = match handled || !given_up || repaired(scene, workflow) {
            true => scene.warn(&RULE, span, "waits for ever?"),
            false => scene.fail(&RULE, span, "waits for ever"),
        };
        findings.push(
            draft
                .title(format!("{} waits for {awaited} and {what}", workflow.name))
                .why(WHY)
                .beside(awaited.span, "waited for here")
                .steps(["add `timeout 15m` and `on timeout at COORDINATOR { tx { when … { compensate } } }`"]),
        );
    }
    findings
}

fn gap_inside(scene: &Scene<'_>, workflow: &Workflow) -> bool {
    scene
        .design()
        .gaps
        .iter()
        .any(|g| workflow.span.start <= g.start && g.end <= workflow.span.end)
}

/// Returns a message that the coordinator waits for: one that another service sends, and the channel it comes over.
fn awaited<'a>(
    scene: &Scene<'a>,
    workflow: &'a Workflow,
) -> Option<(&'a Name, Option<&'a Channel>)> {
    let coordinator = workflow.coordinator.as_ref()?;
    let sent = scene.sends().find(|sent| {
        let own = sent.done.workflow.span == workflow.span && sent.done.at != coordinator.text;
        own && workflow
            .handlers
            .iter()
            .any(|h| h.at == coordinator.text && answers(h, &sent.message.text))
    })?;
    Some((sent.message, scene.routes(&sent).first().copied()))
}

/// Whether a reconciliation looks for the state in which the workflow begins to wait.
fn repaired(scene: &Scene<'_>, workflow: &Workflow) -> bool {
    let starts = scene
        .done
        .iter()
        .filter(|d| d.workflow.span == workflow.span);
    let mut begun = starts
        .filter(|d| {
            d.handler
                .is_some_and(|h| matches!(h.trigger, Trigger::Start(_)))
        })
        .filter_map(|d| match &d.step.kind {
            StepKind::Assign { target, value, .. } => match &value.kind {
                ConditionKind::Word(word) => Some((target, word)),
                _ => None,
            },
            _ => None,
        });
    begun.any(|(field, word)| {
        let conditions = scene
            .design()
            .reconciliations
            .iter()
            .filter_map(|r| r.when.as_ref());
        conditions.into_iter().any(|condition| {
            let (mut names_field, mut names_word) = (false, false);
            condition.walk(&mut |c| match &c.kind {
                ConditionKind::Field(path) => {
                    names_field |=
                        path.table.text == field.table.text && path.field.text == field.field.text;
                }
                ConditionKind::Word(name) => names_word |= name.text == word.text,
                _ => {}
            });
            names_field && names_word
        })
    })
}
