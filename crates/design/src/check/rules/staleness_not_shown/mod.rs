#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "staleness-not-shown",
    group: Group::Consistency,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        let copies = service
            .stores
            .iter()
            .filter(|s| s.rebuild_from.is_some())
            .flat_map(|s| &s.tables);
        let truth_elsewhere = service.stores.iter().flat_map(|s| &s.tables).filter(|t| {
            let truths = scene
                .design()
                .truths
                .iter()
                .filter(|truth| truth.table == t.name.text);
            let at = truths.filter_map(|truth| truth.at.as_ref());
            at.filter(|at| scene.scope.service(&at.text).is_some())
                .any(|at| at.text != service.name.text)
        });
        let Some(copy) = copies.chain(truth_elsewhere).next() else {
            continue;
        };
        let shown = service
            .staleness
            .as_ref()
            .is_some_and(|s| s.shown.is_some());
        if !shown {
            findings.push(
                scene
                    .fail(&RULE, copy.name.span, "a copy")
                    .title(format!("{} shows {}, a copy that may be old, and nobody can see how old", service.name, copy.name))
                    .why("a user who does not see the order that was just placed places it again")
                    .steps(["add `staleness 30s shown \"…\"` to the service: what the user sees while the copy lags"]),
            );
        }
    }
    findings
}
