//! What the whole tree is searched for: the uses of what differs, and the words that stand in every file which holds one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_engine::{Case, Comparison, steering};
use coexist_model::{Action, Answer, Delta, Detail, Effect, Label, Surface, SurfaceKind, Wanted};
use coexist_readers::FORMS;

use crate::source::{Source, Text};

/// How files end that may hold code or a declared schema.
const CODE_OR_SCHEMA: &[&str] = &[
    "py", "pyi", "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "go", "rb", "rake", "java",
    "php", "kt", "kts", "rs", "sql", "prisma", "proto",
];

/// Returns the surfaces that differ, under both names, with their elements.
pub(crate) fn wanted(comparison: &Comparison, case: &Case, head: &dyn Source) -> Vec<Wanted> {
    let mut elements: BTreeMap<Surface, BTreeSet<String>> = BTreeMap::new();
    let deltas = comparison.deltas.iter().chain(&comparison.unreached);
    for delta in deltas.filter(|d| is_felt(d)) {
        for surface in [&delta.surface, &delta.head_surface] {
            let names = elements.entry(surface.clone()).or_default();
            names.extend(delta.old.iter().chain(&delta.new).map(|e| e.name.clone()));
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
    let declared_in = |s: &Surface| {
        let schema = case.head.schema(s).or_else(|| case.base.schema(s))?;
        Some(schema.place.path.clone())
    };
    let go_package = |path: Arc<str>| {
        let text = match head.texts(std::slice::from_ref(&path)).remove(&path)? {
            Text::Text(text) if path.ends_with(".proto") => text,
            _ => return None,
        };
        coexist_readers::protobuf::go_package(&text).map(Arc::from)
    };
    let values = |s: &Surface| -> Vec<String> {
        let schemas = [&case.base, &case.head]
            .into_iter()
            .filter_map(|f| f.schema(s));
        let elements = schemas.flat_map(|schema| &schema.elements);
        let values = elements.filter(|e| matches!(e.detail, Detail::Value { .. }));
        let names: BTreeSet<String> = values.map(|e| e.name.clone()).collect();
        names.into_iter().collect()
    };
    let wanted = elements.into_iter().map(|(surface, names)| Wanted {
        answers: answers(&surface, case),
        tool: None,
        go_package: declared_in(&surface).and_then(&go_package),
        values: values(&surface),
        declared_in: declared_in(&surface),
        surface,
        elements: names.into_iter().collect(),
    });
    wanted.filter(|w| is_used_by_code(w.surface.kind)).collect()
}

/// Returns the calls that are answered with a message. What a stream brings is no result of the call.
fn answers(message: &Surface, case: &Case) -> Vec<Answer> {
    if message.kind != SurfaceKind::Message {
        return Vec::new();
    }
    let schemas = [&case.base, &case.head]
        .into_iter()
        .flat_map(|facts| &facts.linked.schemas);
    let methods = schemas
        .flat_map(|schema| &schema.elements)
        .filter_map(|e| match &e.detail {
            Detail::Method(m) if !m.server_streaming && m.response == message.name => {
                Some(Answer {
                    method: e.name.clone(),
                    request: m.request.clone(),
                })
            }
            _ => None,
        });
    let methods: BTreeSet<Answer> = methods.collect();
    methods.into_iter().collect()
}

/// Returns whether code could feel the difference at all: a message may grow, and its own name is in no bytes.
fn is_felt(delta: &Delta) -> bool {
    match delta.surface.kind {
        SurfaceKind::Message => match delta.new.as_ref().map(|e| &e.detail) {
            Some(Detail::Field(field)) => {
                delta.action != Action::Added || field.label == Label::Required
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
        SurfaceKind::Workload | SurfaceKind::Alert | SurfaceKind::Pipeline | SurfaceKind::Routine
    )
}

/// Returns the words of which one stands in every file that uses one of the surfaces, each list with the endings of the files
/// that it holds for: code and schemas.
pub(crate) fn vocabularies(wanted: &[Wanted]) -> BTreeMap<Vec<String>, BTreeSet<&'static str>> {
    let mut vocabularies: BTreeMap<Vec<String>, BTreeSet<&'static str>> = BTreeMap::new();
    for ending in CODE_OR_SCHEMA {
        let words = words(wanted, ending);
        vocabularies.entry(words).or_default().insert(ending);
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
