//! The classes that stand for tables: `class User extends Model`.

use std::collections::BTreeSet;

use coexist_model::{
    Access, Confidence, Manner, Mode, ModelDeclaration, Surface, SurfaceKind, Why,
};

use crate::code::context::{Context, Use};
use crate::code::php::{Scope, classes, entries, method, property_of, superclass, table_of};
use crate::code::syntax::Id;

/// Classes of the framework that a model extends, by their own names.
const BASES: &[&str] = &[
    "Model",
    "Eloquent",
    "Pivot",
    "MorphPivot",
    "Authenticatable",
];

/// Properties that only models have.
const MARKS: &[&str] = &[
    "fillable",
    "guarded",
    "casts",
    "primaryKey",
    "incrementing",
    "timestamps",
    "appends",
    "dates",
];

/// Properties and methods that list columns.
const LISTS: &[&str] = &["fillable", "hidden", "visible", "dates"];

/// Returns the models that a file declares.
pub(super) fn models(context: &Context<'_, '_>) -> Vec<ModelDeclaration> {
    let found = classes(context.syntax).filter_map(|class| declared(context, class));
    found.collect()
}

/// Returns the name of a class that has one.
pub(super) fn name_of<'a>(context: &Context<'_, 'a>, class: Id) -> Option<&'a str> {
    let s = context.syntax;
    s.child(class, "name").map(|n| s.text(n))
}

fn declared(context: &Context<'_, '_>, class: Id) -> Option<ModelDeclaration> {
    let s = context.syntax;
    let name = name_of(context, class)?;
    let base = superclass(context, class)?;
    let of_framework = BASES.contains(&base) || is_user_of_framework(context, base);
    let marked = || {
        let lists = MARKS.iter().any(|m| property_of(s, class, m).is_some());
        lists || base.ends_with("Model") || in_models(context)
    };
    if !of_framework && !marked() {
        return None;
    }
    let is_abstract = s.child_of(class, "abstract_modifier").is_some();
    let named = property_of(s, class, "table");
    let table = match named.map(|n| Scope::new(context).word(n)) {
        Some(Some(table)) => table,
        // Named by what is not known here.
        Some(None) => String::new(),
        None if is_abstract => String::new(),
        None => table_of(name),
    };
    let range = s.range(class);
    let head = s.child(class, "name").map_or(range.end, |n| s.range(n).end);
    Some(ModelDeclaration {
        name: name.to_owned(),
        tool: super::TOOL,
        table: Surface::table(table),
        bases: match of_framework {
            true => Vec::new(),
            false => vec![base.to_owned()],
        },
        columns: Vec::new(),
        deferred: Vec::new(),
        filled: Vec::new(),
        unset: Vec::new(),
        aliases: Vec::new(),
        place: context.file.place(range.start..head),
    })
}

/// Returns whether a class is the framework's own `User`.
fn is_user_of_framework(context: &Context<'_, '_>, base: &str) -> bool {
    let taken = context.imports.iter();
    base == "User"
        && taken
            .into_iter()
            .any(|i| i.path == "Illuminate\\Foundation\\Auth\\User")
}

/// Returns whether the file lies in a namespace of models: `namespace App\Models;`.
fn in_models(context: &Context<'_, '_>) -> bool {
    let s = context.syntax;
    let mut namespaces = s.all().filter(|&id| s.kind(id) == "namespace_definition");
    let name = namespaces.find_map(|n| s.child(n, "name"));
    name.is_some_and(|n| s.text(n).split('\\').any(|part| part == "Models"))
}

/// Adds the columns that a model lists: what may be filled, what is hidden, what is cast.
pub(super) fn mentions(
    context: &Context<'_, '_>,
    accesses: &mut Vec<Access>,
    names: &BTreeSet<String>,
) {
    let s = context.syntax;
    let scope = Scope::new(context);
    for class in classes(s) {
        let Some(name) = name_of(context, class).filter(|n| names.contains(*n)) else {
            continue;
        };
        // A list says what would be done with a column that comes; what a new row has is written.
        let mention = |id: Id, column: String, mode: Mode| {
            let found = Use {
                surface: Surface::new(SurfaceKind::Model, name),
                element: Some(column),
                confidence: match mode {
                    Mode::Writes { .. } => Confidence::Medium,
                    _ => Confidence::Low,
                },
                mode,
                manner: Manner::Explicit,
                why: Why::Mention,
            };
            context.access(id, found)
        };
        for list in LISTS.iter().filter_map(|l| property_of(s, class, l)) {
            for (_, item) in entries(s, scope.resolved(list)) {
                let word = scope.word(item);
                accesses.extend(word.map(|column| mention(item, column, Mode::Reads)));
            }
        }
        let casts = method(s, class, "casts").and_then(|m| {
            let mut within = s.below(m);
            within.find(|&n| s.kind(n) == "array_creation_expression")
        });
        let keyed = property_of(s, class, "casts").into_iter().chain(casts);
        for (key, _) in keyed.flat_map(|k| entries(s, k)) {
            let column = key.and_then(|k| Some((k, scope.word(k)?)));
            accesses.extend(column.map(|(id, column)| mention(id, column, Mode::Reads)));
        }
        // What a new row has before it is given anything.
        let defaults = property_of(s, class, "attributes");
        for (key, _) in defaults.into_iter().flat_map(|d| entries(s, d)) {
            let column = key.and_then(|k| Some((k, scope.word(k)?)));
            let mode = Mode::Writes { values: Vec::new() };
            accesses.extend(column.map(|(id, column)| mention(id, column, mode)));
        }
    }
}
