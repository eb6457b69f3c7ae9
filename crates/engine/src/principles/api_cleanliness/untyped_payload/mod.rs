#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{Action, Delta, Detail, Element, Finding, Principle, SurfaceKind};

use crate::principles::{Draft, Rule, Scene};
use crate::sent::sent;

/// The rule.
pub static RULE: Rule = Rule {
    id: "untyped-payload",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut fields = scene
        .deltas()
        .filter(|d| d.surface.kind == SurfaceKind::Message && d.action == Action::Added)
        .filter_map(|d| Some((d, finding(d)?)))
        .peekable();
    if fields.peek().is_none() {
        return Vec::new();
    }
    // Where RPCs are declared, a message of a package without any that none of them carries is no part of the API.
    let head = &scene.case.head;
    let sent = sent(head);
    let services = head.linked.schemas.iter().map(|s| &s.surface);
    let packages: BTreeSet<&str> = services
        .filter(|s| s.kind == SurfaceKind::Rpc)
        .map(|s| s.name.rsplit_once('.').map_or("", |(package, _)| package))
        .collect();
    let is_part = |d: &Delta| {
        let name = d.head_surface.name.as_str();
        let offered = |package: &&str| package.is_empty() || is_in(name, package);
        let carried = |sent: &BTreeSet<&str>| sent.contains(name);
        packages.iter().any(offered) || sent.as_ref().is_none_or(carried)
    };
    let found = fields.filter(|(d, _)| is_part(d)).map(|(_, f)| f);
    found.collect()
}

fn is_in(name: &str, package: &str) -> bool {
    name.strip_prefix(package)
        .is_some_and(|rest| rest.starts_with('.'))
}

fn finding(delta: &Delta) -> Option<Finding> {
    let field = delta.new.as_ref()?;
    let bag = bag(field)?;
    let draft = Draft::of(&RULE, delta, "an untyped bag")
        .title(format!(
            "{}.{} is {bag}: the schema does not say what is in it",
            delta.surface, field.name
        ))
        .safe_steps(["declare a message with the fields that are meant".to_owned()]);
    Some(draft.ask("Is the content free by nature (labels, headers of users' own), or a structure of this system?", "the line that reads a key of it"))
}

fn bag(element: &Element) -> Option<&'static str> {
    let Detail::Field(field) = &element.detail else {
        return None;
    };
    Some(match field.type_name.as_str() {
        "google.protobuf.Struct" => "a google.protobuf.Struct",
        "google.protobuf.Value" => "a google.protobuf.Value",
        "google.protobuf.Any" => "a google.protobuf.Any",
        _ => return None,
    })
}
