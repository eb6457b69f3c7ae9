#![doc = include_str!("page.md")]

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{Located, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: "transaction-over-two-stores",
    group: Group::Consistency,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    let mut first: BTreeMap<Span, (Located<'_>, Span)> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for done in &scene.done {
        let (Some(transaction), Some(table)) = (done.transaction, scene.written(done)) else {
            continue;
        };
        let (other, at) = first.entry(transaction).or_insert((table, done.step.span));
        if other.store.span == table.store.span || !told.insert(transaction) {
            continue;
        }
        findings.push(
            scene
                .fail(&RULE, *at, "committed in one store")
                .title(format!("one transaction changes {} in {} and {} in {}", other.table.name, other.store.name, table.table.name, table.store.name))
                .why("there is no transaction over two stores: a crash between the two commits leaves one changed and the other not")
                .beside(done.step.span, "and in another")
                .steps([
                    format!("commit the change of {} with a message in its outbox", other.table.name),
                    format!("change {} when the message is handled", table.table.name),
                ]),
        );
    }
    findings
}
