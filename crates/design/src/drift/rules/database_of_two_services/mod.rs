#![doc = include_str!("page.md")]

use coexist_model::{DesignFinding, Verdict};

use crate::drift::{Held, Rule};
use crate::infer::Evidence;
use crate::language::Service;

/// The rule.
pub static RULE: Rule = Rule {
    id: "database-of-two-services",
    page: include_str!("page.md"),
    check,
};

fn check(held: &Held<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for store in held.map.stores.iter().filter(|s| s.is_one_database()) {
        let owners: Vec<(&Service, &Vec<Evidence>)> = store
            .owners
            .iter()
            .filter_map(|(name, evidence)| Some((held.service(name)?, evidence)))
            .collect();
        let [(first, first_evidence), others @ ..] = owners.as_slice() else {
            continue;
        };
        for (other, evidence) in others {
            let at = (other.name.span, "its data is not its own");
            let mut finding = held.finding(
                &RULE,
                Verdict::Fail,
                at,
                evidence,
                "its address of the database",
            );
            let beside = first_evidence
                .iter()
                .map(|e| (e.place.clone(), format!("that of {}", first.name)));
            finding.related.extend(beside);
            finding.title = format!(
                "{} and {} use one database, {}",
                first.name,
                other.name,
                store.name()
            );
            finding.why = "each can read and lock what the other owns, one migration stops both, and neither is released on its own".to_owned();
            finding.safe_steps = vec![
                format!("give {} a database of its own; one server may hold both", other.name),
                "let the one ask the other's api, or keep a copy that it builds from the other's events".to_owned(),
            ];
            findings.push(finding);
        }
    }
    findings
}
