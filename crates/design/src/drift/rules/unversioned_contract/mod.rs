#![doc = include_str!("page.md")]

use coexist_model::{DesignFinding, Verdict};

use crate::drift::{Held, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "unversioned-contract",
    page: include_str!("page.md"),
    check,
};

fn check(held: &Held<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for api in held.map.apis.iter().filter(|a| a.version.is_none()) {
        let Some(service) = api.by.as_deref().and_then(|by| held.service(by)) else {
            continue;
        };
        let at = (service.name.span, "it offers the contract");
        let evidence = std::slice::from_ref(&api.evidence);
        let mut finding =
            held.finding(&RULE, Verdict::Warn, at, evidence, "no version stands here");
        finding.title = format!("{} offers {} without a version", service.name, api.name);
        finding.why = "a change that old callers cannot follow has no second version to stand beside, so it breaks them or never comes".to_owned();
        finding.safe_steps = vec![match api.grpc {
            true => "end the package in its version: package shop.v1; new code moves to it, and the old package stays until nobody calls it".to_owned(),
            false => "state info.version, and put its first number into the path".to_owned(),
        }];
        findings.push(finding);
    }
    findings
}
