#![doc = include_str!("page.md")]

use std::collections::BTreeMap;

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{Service, Store};

/// The rule.
pub static RULE: Rule = Rule {
    id: "shared-database",
    group: Group::Ownership,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut owners: BTreeMap<&str, (&Service, &Store)> = BTreeMap::new();
    let mut findings = Vec::new();
    for service in &scene.design().services {
        for store in &service.stores {
            let database = store.database.as_ref().unwrap_or(&store.name);
            if database.is_gap() {
                continue;
            }
            match owners.get(database.text.as_str()) {
                Some((first, other)) if first.name != service.name.text => findings.push(
                    scene
                        .fail(&RULE, database.span, "the same database")
                        .title(format!("{} and {} keep their data in one database, {database}", first.name, service.name))
                        .why("each can read and lock what the other owns, one migration stops both, and neither is released on its own")
                        .beside(other.database.as_ref().unwrap_or(&other.name).span, "used here first")
                        .steps([
                            format!("give {} a database of its own; one server may hold both", service.name),
                            "let the one ask the other's api, or keep a copy that it builds from the other's events".to_owned(),
                        ]),
                ),
                Some(_) => {}
                None => drop(owners.insert(&database.text, (service, store))),
            }
        }
    }
    findings
}
