#![doc = include_str!("page.md")]

mod http;

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Action, Aspect, Delta, Detail, Element, Encoding, Finding, Form, Outcome, Place, Principle,
    Schema, Side, SurfaceKind,
};

use super::{is_version, is_versioned};
use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "public-element-removed",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

/// What shows that a message is public: the operation that carries it.
#[derive(Clone, Copy)]
struct Offer<'a> {
    path: &'a str,
    place: &'a Place,
}

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let public = public_messages(scene);
    let deltas = scene.deltas().filter(|d| d.surface == d.head_surface);
    let found = deltas.filter_map(|delta| {
        let offer = match delta.surface.kind {
            SurfaceKind::Rpc => offer(&delta.surface.name, delta.old.as_ref()?)?,
            SurfaceKind::Message => *public.get(delta.surface.name.as_str())?,
            _ => return None,
        };
        finding(scene, delta, offer)
    });
    let mut found: Vec<Finding> = found.collect();
    found.extend(http::findings(scene));
    found
}

fn finding(scene: &Scene<'_>, delta: &Delta, offer: Offer<'_>) -> Option<Finding> {
    let old = delta.old.as_ref()?;
    let done = what_is_done(scene, delta)?;
    let name = format!("{}.{}", delta.surface, old.name);
    let draft = Draft::of(&RULE, delta, done)
        .title(format!(
            "{name} is {done}, and the public API that holds it names no version"
        ))
        .related(Side::Base, offer.place, "offers it over HTTP")
        .note(format!("offered at {}", offer.path))
        .safe_steps([
            format!("keep {name}, marked as deprecated, and put the new form beside it"),
            "or offer the new form under a path and package of a new version".to_owned(),
        ]);
    Some(if is_deprecated(old) {
        draft.ask(
            format!("Has {name} been announced as going, and has its time run out?"),
            "the line of the changelog or of the usage report that shows it",
        )
    } else {
        draft.fail_because(format!("an element of a public, unversioned API is {done}"))
    })
}

/// Returns the word for what a delta does to an element as HTTP clients see it, in JSON.
fn what_is_done(scene: &Scene<'_>, delta: &Delta) -> Option<&'static str> {
    match (delta.aspect, delta.action) {
        (Aspect::Existence, Action::Removed) => (!is_renumbered(scene, delta)).then_some("removed"),
        (Aspect::Identity, Action::Changed) => is_felt(scene, delta).then_some("renamed"),
        (Aspect::Type, Action::Changed) => is_felt(scene, delta).then_some("retyped"),
        _ => None,
    }
}

/// Returns whether a field comes back under its name in JSON and another number: HTTP clients see no number.
fn is_renumbered(scene: &Scene<'_>, delta: &Delta) -> bool {
    let json = |e: &Element| match &e.detail {
        Detail::Field(field) => Some((field.json_name.clone(), field.type_name.clone())),
        _ => None,
    };
    let Some(gone) = delta.old.as_ref().and_then(json) else {
        return false;
    };
    let head = scene.case.head.schema(&delta.head_surface);
    head.is_some_and(|s| s.elements.iter().any(|e| json(e).as_ref() == Some(&gone)))
}

/// Returns whether JSON of one form is not understood under the other.
fn is_felt(scene: &Scene<'_>, delta: &Delta) -> bool {
    let (Some(old), Some(new)) = (&delta.old, &delta.new) else {
        return false;
    };
    match (&old.detail, &new.detail) {
        (Detail::Field(a), Detail::Field(b)) if delta.aspect == Aspect::Identity => {
            a.json_name != b.json_name
        }
        (Detail::Field(_), Detail::Field(_)) => {
            let form = scene
                .forms
                .iter()
                .find(|f| f.kinds().contains(&delta.surface.kind));
            form.is_some_and(|form| {
                !is_understood(*form, old, new) || !is_understood(*form, new, old)
            })
        }
        // Which messages a method carries is told by their own elements.
        _ => false,
    }
}

fn is_understood(form: &dyn Form, written: &Element, read: &Element) -> bool {
    let meeting = form.carry(Some(written), Some(read), Encoding::Json);
    meeting.outcome == Outcome::Ok
}

fn is_deprecated(element: &Element) -> bool {
    match &element.detail {
        Detail::Field(field) => field.wire.deprecated,
        Detail::Method(method) => method.wire.deprecated,
        _ => false,
    }
}

/// Returns what offers a method to the public over HTTP without a version in package or path.
fn offer<'a>(service: &str, method: &'a Element) -> Option<Offer<'a>> {
    let Detail::Method(definition) = &method.detail else {
        return None;
    };
    let path = definition.wire.http.as_deref()?;
    let package = service.rsplit_once('.').map_or("", |(package, _)| package);
    let versioned = is_versioned(package) || path.split('/').any(is_version);
    (!versioned).then_some(Offer {
        path,
        place: &method.place,
    })
}

/// Returns the messages of base that a public method without version carries, each with the first method that does.
fn public_messages<'a>(scene: &Scene<'a>) -> BTreeMap<&'a str, Offer<'a>> {
    let schemas = &scene.case.base.linked.schemas;
    let of_kind = |kind| schemas.iter().filter(move |s| s.surface.kind == kind);
    let messages: BTreeMap<&str, &Schema> = of_kind(SurfaceKind::Message)
        .map(|s| (s.surface.name.as_str(), s))
        .collect();
    let mut public = BTreeMap::new();
    for service in of_kind(SurfaceKind::Rpc) {
        for method in &service.elements {
            let (Some(offer), Detail::Method(definition)) =
                (offer(&service.surface.name, method), &method.detail)
            else {
                continue;
            };
            for name in carried(&messages, [&definition.request, &definition.response]) {
                public.entry(name).or_insert(offer);
            }
        }
    }
    public
}

/// Returns the messages that stand in these ones, themselves among them.
fn carried<'a>(
    messages: &BTreeMap<&'a str, &'a Schema>,
    roots: [&'a String; 2],
) -> BTreeSet<&'a str> {
    let mut met = BTreeSet::new();
    let mut open: Vec<&str> = roots.into_iter().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        let Some((name, schema)) = messages.get_key_value(name) else {
            continue;
        };
        if met.insert(*name) {
            open.extend(schema.elements.iter().filter_map(type_of));
        }
    }
    met
}

/// Returns the name of a field's type; for a map, of its values.
fn type_of(element: &Element) -> Option<&str> {
    let Detail::Field(field) = &element.detail else {
        return None;
    };
    let name = field.type_name.as_str();
    let value = name
        .strip_prefix("map<")
        .and_then(|rest| rest.split_once(','));
    Some(value.map_or(name, |(_, value)| value.trim().trim_end_matches('>')))
}
