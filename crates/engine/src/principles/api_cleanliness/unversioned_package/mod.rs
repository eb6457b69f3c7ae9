#![doc = include_str!("page.md")]

use std::collections::BTreeMap;

use coexist_model::{Action, Delta, Finding, Principle, SurfaceKind};

use super::is_versioned;
use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "unversioned-package",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut packages: BTreeMap<&str, &Delta> = BTreeMap::new();
    for delta in scene.deltas() {
        let new_service = delta.surface.kind == SurfaceKind::Rpc
            && delta.element.is_none()
            && delta.action == Action::Added;
        if let (true, Some(package)) = (new_service, package(&delta.surface.name)) {
            packages.entry(package).or_insert(delta);
        }
    }
    packages
        .into_iter()
        .filter(|(p, _)| !is_versioned(p) && is_new(scene, p) && others_are_versioned(scene))
        .map(|(p, d)| finding(p, d))
        .collect()
}

fn finding(package: &str, delta: &Delta) -> Finding {
    Draft::of(&RULE, delta, "no version in the package")
        .title(format!(
            "the new API {} stands in the package {package}, which names no version",
            delta.surface
        ))
        .safe_steps([format!(
            "call the package {package}.v1: a later form can then live beside this one"
        )])
        .warn()
}

fn package(service: &str) -> Option<&str> {
    service.rsplit_once('.').map(|(package, _)| package)
}

fn is_new(scene: &Scene<'_>, package_name: &str) -> bool {
    !services(scene).any(|name| package(name) == Some(package_name))
}

/// Returns whether this repository has the habit: one of its services at base stands in a versioned package.
fn others_are_versioned(scene: &Scene<'_>) -> bool {
    services(scene).filter_map(package).any(is_versioned)
}

fn services<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a str> {
    let schemas = scene.case.base.linked.schemas.iter();
    schemas
        .filter(|s| s.surface.kind == SurfaceKind::Rpc)
        .map(|s| s.surface.name.as_str())
}
