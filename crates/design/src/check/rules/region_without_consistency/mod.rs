#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "region-without-consistency",
    group: Group::Consistency,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        for store in &service.stores {
            let regions = if store.regions.is_empty() {
                &service.regions
            } else {
                &store.regions
            };
            if regions.len() < 2 {
                continue;
            }
            let truths = &scene.design().truths;
            for table in &store.tables {
                let said = truths
                    .iter()
                    .any(|t| t.table == table.name.text && t.consistency.is_some());
                if said {
                    continue;
                }
                let names: Vec<&str> = regions.iter().map(|r| r.text.as_str()).collect();
                findings.push(
                    scene
                        .fail(&RULE, table.name.span, "in several regions")
                        .title(format!("{} lives in {}, and nothing says how consistent its copies are", table.name, names.join(" and ")))
                        .why("a write takes tens of milliseconds to the next region, and none while the line is cut: two regions decide on different data")
                        .steps([
                            format!("add `truth {} at {} eventual 5s reconcile NAME`: who counts, and how far others lag", table.name, service.name),
                            "or write each row in one region only".to_owned(),
                        ]),
                );
            }
        }
    }
    findings
}
