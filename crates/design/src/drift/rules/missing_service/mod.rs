#![doc = include_str!("page.md")]

use coexist_model::{DesignFinding, Verdict};

use crate::drift::{Held, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-service",
    page: include_str!("page.md"),
    check,
};

/// Something built here is surely a service of this system; an image of others may be a tool that is not known as one.
const BUILT_HERE: u32 = 90;

fn check(held: &Held<'_>) -> Vec<DesignFinding> {
    let design = held.scene.design();
    let mut findings = Vec::new();
    for node in &held.map.services {
        if held.service(&node.name).is_some() || held.is_external(&node.name) {
            continue;
        }
        let built_here = node.evidence.iter().any(|e| e.confidence >= BUILT_HERE);
        let verdict = if built_here {
            Verdict::Fail
        } else {
            Verdict::Warn
        };
        let at = (design.name.span, "no such service in this design");
        let mut finding = held.finding(&RULE, verdict, at, &node.evidence, "it is started here");
        finding.title = format!(
            "the repository runs {}, and the design does not know it",
            node.name
        );
        finding.why = "nothing is said of who owns it, what it keeps and what happens when it fails, so no check and no proof covers it".to_owned();
        finding.safe_steps = vec![
            format!(
                "declare service {} with its team, stores and calls; coexist design infer writes the beginning",
                node.name
            ),
            "or take it out of the deployment, where it is not meant to run".to_owned(),
        ];
        findings.push(finding);
    }
    for service in &design.services {
        if service.name.is_gap() || held.runs(service) {
            continue;
        }
        let at = (service.name.span, "nothing starts it");
        let mut finding = held.finding(&RULE, Verdict::Warn, at, &[], "");
        finding.title = format!(
            "the design has a service {}, and no deployment file of the repository starts it",
            service.name
        );
        finding.why = "a design of what does not run proves nothing; or it runs under another name, and is not held against the code".to_owned();
        finding.safe_steps = vec![
            "call it in the design as it is called where it is deployed".to_owned(),
            "or take it out; where another repository deploys it, suppress this with that as the reason".to_owned(),
        ];
        findings.push(finding);
    }
    findings
}
