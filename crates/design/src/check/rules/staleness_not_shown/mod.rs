#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{Service, Table};

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
        if service
            .staleness
            .as_ref()
            .is_some_and(|s| s.shown.is_some())
        {
            continue;
        }
        let read_model = service
            .stores
            .iter()
            .filter(|s| s.rebuild_from.is_some())
            .find_map(|s| s.tables.first());
        let draft = match (read_model, copy_of_another(scene, service)) {
            (Some(table), _) => scene.fail(&RULE, table.name.span, "a copy").title(format!(
                "{} shows {}, a copy that may be old, and nobody can see how old",
                service.name, table.name
            )),
            (None, Some(table)) => scene.warn(&RULE, table.name.span, "a copy").title(format!(
                "{} holds {}, a copy that may be old; does anybody see how old?",
                service.name, table.name
            )),
            (None, None) => continue,
        };
        findings.push(
            draft
                .why("a user who does not see the order that was just placed places it again")
                .steps(["add `staleness 30s shown \"…\"` to the service: what the user sees while the copy lags"]),
        );
    }
    findings
}

/// Returns a table of which the truth is at another service.
fn copy_of_another<'a>(scene: &Scene<'a>, service: &'a Service) -> Option<&'a Table> {
    let mut tables = service.stores.iter().flat_map(|s| &s.tables);
    tables.find(|table| {
        let truths = scene
            .design()
            .truths
            .iter()
            .filter(|t| t.table == table.name.text);
        let mut at = truths.filter_map(|t| t.at.as_ref());
        at.any(|at| at.text != service.name.text && scene.scope.service(&at.text).is_some())
    })
}
