#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "table-with-two-writers",
    group: Group::Ownership,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    let mut told = BTreeSet::new();
    for done in &scene.done {
        let Some(found) = scene.written(done).filter(|t| t.service.name != done.at) else {
            continue;
        };
        if !told.insert((done.at, found.table.span)) {
            continue;
        }
        let (table, owner) = (&found.table.name, &found.service.name);
        findings.push(
            scene
                .fail(&RULE, done.step.span, "written here")
                .title(format!("{} writes {table}, which belongs to {owner}", done.at))
                .why(format!("{owner} can no longer say what its data means, nor change its tables on its own, and no transaction of its own protects it"))
                .beside(table.span, "owned here")
                .steps([
                    format!("send {owner} a message, and let it write {table}"),
                    format!("or give {} a table of its own, built from the events of {owner}", done.at),
                ]),
        );
    }
    findings
}
