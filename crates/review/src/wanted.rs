//! What the whole tree is searched for: the uses of what differs, and the words that stand in every file which holds one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_engine::{Case, Comparison, Facts, steering};
use coexist_model::{
    Action, Answer, Aspect, Delta, Detail, Effect, Element, Form, Label, Method, Schema, Surface,
    SurfaceKind, Wanted,
};
use coexist_readers::FORMS;

use crate::source::{Source, Text};

/// How files end that may hold code or a declared schema.
const CODE_OR_SCHEMA: &[&str] = &[
    "py", "pyi", "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "go", "rb", "rake", "java",
    "php", "kt", "kts", "rs", "cs", "ex", "exs", "sql", "prisma", "proto", "xml",
];

/// Surfaces with those of their elements that are meant.
pub(crate) type Elements = BTreeMap<Surface, BTreeSet<String>>;

/// Returns the surfaces that differ, under both names, with their elements.
pub(crate) fn differing(comparison: &Comparison, case: &Case) -> Elements {
    let mut elements = Elements::new();
    let deltas = comparison.deltas.iter().chain(&comparison.unreached);
    for delta in deltas.filter(|d| is_felt(d)) {
        for surface in [&delta.surface, &delta.head_surface] {
            let names = elements.entry(surface.clone()).or_default();
            names.extend(delta.old.iter().chain(&delta.new).map(|e| e.name.clone()));
        }
        for (table, column) in columns_of_renamed_type(delta, comparison) {
            elements.entry(table).or_default().insert(column);
        }
    }
    for (_, operation) in comparison.pending.values().flat_map(|p| p.operations()) {
        if let Effect::Backfill { columns, .. } = &operation.effect {
            elements
                .entry(operation.surface.clone())
                .or_default()
                .extend(columns.iter().cloned());
        }
    }
    for steering in steering(comparison, &case.head) {
        let names = elements.entry(steering.request).or_default();
        names.insert(steering.element);
    }
    elements
}

/// Returns the columns of a type that is renamed: a client that writes them names their type without a word of it in the code.
fn columns_of_renamed_type<'a>(
    delta: &'a Delta,
    comparison: &'a Comparison,
) -> impl Iterator<Item = (Surface, String)> + 'a {
    let is_renamed = (delta.surface.kind, delta.aspect) == (SurfaceKind::Type, Aspect::Identity);
    let made = delta.made_by.as_ref().filter(|_| is_renamed);
    let pending = made.and_then(|made| comparison.pending.get(&made.set));
    let schemas = pending
        .into_iter()
        .flat_map(|p| p.before().schemas.values());
    schemas.flat_map(move |schema| {
        let columns = schema.columns();
        let of_type =
            columns.filter(|(_, c)| c.type_name.trim_end_matches("[]") == delta.surface.name);
        of_type.map(|(e, _)| (schema.surface.clone(), e.name.clone()))
    })
}

/// Returns the fields that this change adds to what a call of base sends: base's clients leave them out.
pub(crate) fn newcomers(comparison: &Comparison, case: &Case) -> Elements {
    let requests: BTreeSet<&str> = calls(&case.base).map(|(.., m)| &*m.request).collect();
    let mut elements = Elements::new();
    for delta in &comparison.deltas {
        let is_new = delta.surface.kind == SurfaceKind::Message
            && (delta.aspect, delta.action) == (Aspect::Existence, Action::Added)
            && requests.contains(&*delta.surface.name);
        if let Some(field) = delta.element.as_ref().filter(|_| is_new) {
            let names = elements.entry(delta.head_surface.clone()).or_default();
            names.insert(field.clone());
        }
    }
    elements
}

/// Returns the calls of base that send one of these messages.
pub(crate) fn callers(messages: &Elements, case: &Case) -> Elements {
    let mut elements = Elements::new();
    for (service, method, call) in calls(&case.base) {
        if messages.keys().any(|m| m.name == call.request) {
            let names = elements.entry(service.surface.clone()).or_default();
            names.insert(method.name.clone());
        }
    }
    elements
}

fn calls(facts: &Facts) -> impl Iterator<Item = (&Schema, &Element, &Method)> {
    let services = facts.linked.schemas.iter();
    services.flat_map(|service| {
        service
            .elements
            .iter()
            .filter_map(move |e| match &e.detail {
                Detail::Method(method) => Some((service, e, method)),
                _ => None,
            })
    })
}

/// Returns what readers are told of these surfaces.
pub(crate) fn wanted(elements: Elements, case: &Case, head: &dyn Source) -> Vec<Wanted> {
    let declared_in = |s: &Surface| {
        let schema = case.head.schema(s).or_else(|| case.base.schema(s))?;
        Some(schema.place.path.clone())
    };
    let go_packages = go_packages(elements.keys().filter_map(declared_in), head);
    let values = |s: &Surface| -> Vec<String> {
        let schemas = [&case.base, &case.head]
            .into_iter()
            .filter_map(|f| f.schema(s));
        let elements = schemas.flat_map(|schema| &schema.elements);
        let values = elements.filter(|e| match &e.detail {
            Detail::Value { .. } => true,
            Detail::Field(field) => field.oneof.is_some(),
            _ => false,
        });
        let names: BTreeSet<String> = values.map(|e| e.name.clone()).collect();
        names.into_iter().collect()
    };
    let answers = answers(case);
    let wanted = elements.into_iter().map(|(surface, names)| {
        let declared_in = declared_in(&surface);
        Wanted {
            tool: None,
            go_package: declared_in
                .as_ref()
                .and_then(|path| go_packages.get(path).cloned()),
            values: values(&surface),
            answers: match surface.kind {
                SurfaceKind::Message => answers.get(&*surface.name).cloned().unwrap_or_default(),
                _ => Vec::new(),
            },
            declared_in,
            surface,
            elements: names.into_iter().collect(),
        }
    });
    wanted.filter(|w| is_used_by_code(w.surface.kind)).collect()
}

/// Returns the calls that are answered with each message. What a stream brings is no result of the call.
fn answers(case: &Case) -> BTreeMap<&str, Vec<Answer>> {
    let mut answers: BTreeMap<&str, BTreeSet<Answer>> = BTreeMap::new();
    let schemas = [&case.base, &case.head]
        .into_iter()
        .flat_map(|facts| &facts.linked.schemas);
    for element in schemas.flat_map(|schema| &schema.elements) {
        if let Detail::Method(method) = &element.detail
            && !method.server_streaming
        {
            answers.entry(&method.response).or_default().insert(Answer {
                method: element.name.clone(),
                request: method.request.clone(),
            });
        }
    }
    let sorted = answers.into_iter();
    sorted
        .map(|(message, calls)| (message, calls.into_iter().collect()))
        .collect()
}

/// Returns the Go packages that these proto files name at head. A file declares many surfaces and is read once for all of them.
fn go_packages(
    declaring: impl Iterator<Item = Arc<str>>,
    head: &dyn Source,
) -> BTreeMap<Arc<str>, Arc<str>> {
    let protos: BTreeSet<Arc<str>> = declaring.filter(|p| p.ends_with(".proto")).collect();
    let protos: Vec<Arc<str>> = protos.into_iter().collect();
    let packages = head
        .texts(&protos)
        .into_iter()
        .filter_map(|(path, text)| match text {
            Text::Text(text) => {
                let package = coexist_readers::protobuf::go_package(&text)?;
                Some((path, Arc::from(package)))
            }
            Text::Skipped(_) => None,
        });
    packages.collect()
}

/// Returns whether code could feel the difference at all: a message may grow, and its own name is in no bytes.
fn is_felt(delta: &Delta) -> bool {
    match delta.surface.kind {
        SurfaceKind::Message => match delta.new.as_ref().map(|e| &e.detail) {
            Some(Detail::Field(field)) => {
                // Code decides by the members of a oneof.
                delta.action != Action::Added
                    || field.label == Label::Required
                    || field.oneof.is_some()
            }
            _ => delta.element.is_some(),
        },
        SurfaceKind::Enum => delta.element.is_some(),
        _ => true,
    }
}

fn is_used_by_code(kind: SurfaceKind) -> bool {
    !matches!(
        kind,
        SurfaceKind::Workload
            | SurfaceKind::Alert
            | SurfaceKind::Pipeline
            | SurfaceKind::Routine
            | SurfaceKind::Endpoint
    )
}

/// Returns the words of which one stands in every file that uses one of the surfaces, each list with the endings of the files
/// that it holds for: code and schemas.
pub(crate) fn vocabularies(wanted: &[Wanted]) -> BTreeMap<Vec<String>, BTreeSet<&'static str>> {
    let kinds: BTreeSet<SurfaceKind> = wanted.iter().map(|w| w.surface.kind).collect();
    let used = |form: &&&dyn Form| form.kinds().iter().any(|k| kinds.contains(k));
    let forms: Vec<&&dyn Form> = FORMS.iter().filter(used).collect();
    let mut groups: Vec<BTreeSet<&'static str>> = Vec::new();
    for ending in CODE_OR_SCHEMA {
        let shared = groups.iter_mut().find(|group| {
            let first = group.first();
            first.is_some_and(|first| forms.iter().all(|f| f.share_spellings(first, ending)))
        });
        match shared {
            Some(group) => _ = group.insert(ending),
            None => groups.push(BTreeSet::from([*ending])),
        }
    }
    let mut vocabularies: BTreeMap<Vec<String>, BTreeSet<&'static str>> = BTreeMap::new();
    for group in groups {
        let words = group.first().map(|ending| words(wanted, ending));
        vocabularies
            .entry(words.unwrap_or_default())
            .or_default()
            .extend(group);
    }
    vocabularies
}

fn words(wanted: &[Wanted], ending: &str) -> Vec<String> {
    let mut words = BTreeSet::new();
    for want in wanted {
        let Some(form) = FORMS
            .iter()
            .find(|f| f.kinds().contains(&want.surface.kind))
        else {
            continue;
        };
        // A table may have a name of one letter; there are few of them.
        let table = matches!(want.surface.kind, SurfaceKind::Table | SurfaceKind::View);
        let shortest = if table { 1 } else { 2 };
        let spellings = form.spellings_in(ending, &want.surface, None);
        words.extend(spellings.into_iter().filter(|w| w.len() >= shortest));
        for element in &want.elements {
            let spellings = form.spellings_in(ending, &want.surface, Some(element));
            words.extend(spellings.into_iter().filter(|w| w.len() > 1));
        }
    }
    words.into_iter().collect()
}
