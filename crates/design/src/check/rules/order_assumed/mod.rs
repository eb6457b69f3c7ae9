#![doc = include_str!("page.md")]

mod exclusive;

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::scene::{Done, Scene};
use crate::check::{Group, Rule};
use crate::language::{
    Assignment, Channel, ConditionKind, Handler, Located, Ordering, StepKind, Trigger,
};

/// The rule.
pub static RULE: Rule = Rule {
    id: "order-assumed",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

const WHY: &str = "nothing keeps the two in order, so the later one may arrive first: what was written last is not what happened last";

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    let blind: Vec<Blind<'_, '_>> = scene
        .done
        .iter()
        .filter_map(|done| blind(scene, done))
        .collect();
    let mut told = BTreeSet::new();
    for (index, one) in blind.iter().enumerate() {
        for other in &blind[index..] {
            let field = one.field == other.field && one.table.table.span == other.table.table.span;
            if !field
                || one.done.at != other.done.at
                || one.value == other.value && one.value.is_some()
            {
                continue;
            }
            let Some((first, second)) = unordered(scene, one, other) else {
                continue;
            };
            if !told.insert((one.table.table.span, one.field)) {
                continue;
            }
            findings.push(
                scene
                    .fail(&RULE, other.done.step.span, "by arrival")
                    .title(format!("{} lets {first} and {second} overwrite each other in {} by arrival", one.done.at, one.table.table.name))
                    .why(WHY)
                    .beside(one.done.step.span, "and here")
                    .steps([
                        "compare a version: `TABLE upsert if-newer version`, or `when` the state is the one that comes before",
                        "or send both over one channel that is `ordered by` their key",
                    ]),
            );
        }
    }
    findings
}

/// A write that looks at nothing before it.
struct Blind<'a, 's> {
    done: &'s Done<'a>,
    handler: &'a Handler,
    table: Located<'a>,
    /// The field; None for a whole row.
    field: Option<&'a str>,
    /// The word that is set.
    value: Option<&'a str>,
}

fn blind<'a, 's>(scene: &Scene<'a>, done: &'s Done<'a>) -> Option<Blind<'a, 's>> {
    let handler = done
        .handler
        .filter(|h| matches!(h.trigger, Trigger::Messages(_)))?;
    let table = scene.written(done)?;
    let (field, value) = match &done.step.kind {
        StepKind::Upsert { if_newer: None, .. } => (None, None),
        StepKind::Assign {
            target,
            operator: Assignment::Set,
            value,
        } => match &value.kind {
            ConditionKind::Word(word) => {
                (Some(target.field.text.as_str()), Some(word.text.as_str()))
            }
            _ => return None,
        },
        _ => return None,
    };
    done.looked_at().is_empty().then_some(Blind {
        done,
        handler,
        table,
        field,
        value,
    })
}

/// Returns two messages of the two handlers that may arrive in either order.
fn unordered<'a>(
    scene: &Scene<'a>,
    one: &Blind<'a, '_>,
    other: &Blind<'a, '_>,
) -> Option<(&'a str, &'a str)> {
    let (firsts, seconds) = (messages(one.handler), messages(other.handler));
    for first in &firsts {
        for second in &seconds {
            let workflow = one.done.workflow;
            let apart = first != second
                && !scene.needs(workflow, second, &[one.handler.span])
                && !scene.needs(workflow, first, &[other.handler.span]);
            if (apart || one.handler.span == other.handler.span && first < second)
                && crosses(scene, first, second)
                && !exclusive::exclude_each_other(workflow, first, second)
            {
                return Some((first, second));
            }
        }
    }
    None
}

/// Whether two messages go over a channel that keeps no order, or over two.
fn crosses(scene: &Scene<'_>, first: &str, second: &str) -> bool {
    let of = |message: &str| -> Vec<&Channel> {
        scene
            .sends()
            .filter(|s| s.message == message)
            .flat_map(|s| scene.routes(&s))
            .collect()
    };
    let (one, two) = (of(first), of(second));
    if one.is_empty() || two.is_empty() {
        return false;
    }
    let ordered = one
        .iter()
        .chain(&two)
        .all(|c| matches!(c.ordering, Some(Ordering::By(_))));
    let known = one.iter().chain(&two).all(|c| c.ordering.is_some());
    let single = one.iter().chain(&two).all(|c| c.span == one[0].span);
    known && !(ordered && single)
}

fn messages(handler: &Handler) -> Vec<&str> {
    match &handler.trigger {
        Trigger::Messages(messages) => messages.iter().map(|m| m.text.as_str()).collect(),
        _ => Vec::new(),
    }
}
