//! Code in a migration: `RunPython(forwards, backwards)`.
//!
//! What it does to rows is read where it goes through `apps.get_model("app", "Model")`; anything else that it does is opaque.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Effect, Rows, Surface, SurfaceKind};

use crate::code::arguments::{Arguments, text, texts};
use crate::code::context::Context;
use crate::code::migrations::script::Script;
use crate::code::orm::django::chains::Chain;
use crate::code::syntax::Id;

/// Adds what a function does to rows.
pub(super) fn read(script: &mut Script<'_, '_, '_>, operation: Id, function: Id) {
    let context = script.context;
    let s = context.syntax;
    if s.last_name(function) == "noop" {
        return;
    }
    let body = match s.kind(function) {
        "lambda" => Some(function),
        _ if s.is_name(function) => function_of(context, s.text(function)),
        _ => None,
    };
    let Some(body) = body else {
        return script.opaque(operation, "the code that it runs stands elsewhere");
    };
    let before = script.len();
    let models = models(context, body);
    for (id, surface, effect) in effects(context, body, &models) {
        script.emit(id, surface, effect);
    }
    let executed = executed(context, body);
    for &sql in &executed {
        script.sql(sql);
    }
    if script.len() == before && !only_reads(context, body) {
        script.opaque(body, "what this code does to the store is not understood");
    }
}

/// Returns the body of a function of the module.
fn function_of(context: &Context<'_, '_>, name: &str) -> Option<Id> {
    let s = context.syntax;
    let top = s.named(0).map(|c| match s.kind(c) {
        "decorated_definition" => s.child(c, "definition").unwrap_or(c),
        _ => c,
    });
    top.filter(|&f| s.kind(f) == "function_definition")
        .find(|&f| s.child(f, "name").is_some_and(|n| s.text(n) == name))
        .and_then(|f| s.child(f, "body"))
}

/// Returns the models that a function asks for, by the names that it gives them: `Post = apps.get_model("blog", "Post")`.
fn models<'a>(context: &Context<'_, 'a>, body: Id) -> BTreeMap<&'a str, String> {
    let s = context.syntax;
    let mut found = BTreeMap::new();
    for id in s.below(body).filter(|&a| s.kind(a) == "assignment") {
        let value = s.child(id, "right").map(|v| s.bare(v));
        let asked = value.and_then(|v| asked(context, v));
        if let (Some(left), Some(model)) = (s.child(id, "left"), asked) {
            found.insert(s.text(left), model);
        }
    }
    found
}

/// Returns the model, `app.Model`, that a call of `get_model` asks for.
fn asked(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    let call = s.call(id).filter(|&c| s.called(c) == "get_model")?;
    let arguments = Arguments::of(context, call);
    let app = arguments.text(0, "app_label")?;
    match arguments.text(1, "model_name") {
        Some(model) => Some(format!("{app}.{model}")),
        None => app.contains('.').then_some(app),
    }
}

/// Returns what the code does to the rows of its models.
fn effects(
    context: &Context<'_, '_>,
    body: Id,
    models: &BTreeMap<&str, String>,
) -> Vec<(Id, Surface, Effect)> {
    let s = context.syntax;
    let mut found = Vec::new();
    let mut rows_of: BTreeMap<&str, (&String, Vec<String>)> = BTreeMap::new();
    for id in s.below(body) {
        let Some(chain) = Chain::of(context, id) else {
            continue;
        };
        let Some(model) = models.get(s.text(chain.root)) else {
            continue;
        };
        if let Some(effect) = of_chain(context, &chain) {
            found.push((id, Surface::new(SurfaceKind::Model, model), effect));
        }
        let empty = empty_in(context, &chain);
        rows_of.extend(bound_to(context, id).map(|name| (name, (model, empty))));
    }
    // `post.slug = …; post.save()`: the columns assigned.
    let mut written: BTreeMap<&str, (Id, &[String], BTreeSet<String>)> = BTreeMap::new();
    for id in s.below(body) {
        let Some((object, name)) = s.member(id).filter(|_| s.is_assigned(id)) else {
            continue;
        };
        if let Some((model, empty)) = rows_of.get(s.text(object)) {
            let entry = written
                .entry(model.as_str())
                .or_insert((id, empty, BTreeSet::new()));
            entry.2.insert(s.text(name).to_owned());
        }
    }
    found.extend(written.into_iter().map(|(model, (id, empty, columns))| {
        let columns: Vec<String> = columns.into_iter().collect();
        let effect = Effect::Backfill {
            rows: rewritten(&columns, empty),
            columns,
            values: Vec::new(),
        };
        (id, Surface::new(SurfaceKind::Model, model), effect)
    }));
    found
}

/// Returns the name that holds a row of a query: `for post in Post.objects.all():`, `post = Post.objects.get(…)`.
fn bound_to<'a>(context: &Context<'_, 'a>, id: Id) -> Option<&'a str> {
    let s = context.syntax;
    let up = s.ancestors(id).take(6).find(|&up| {
        matches!(
            s.kind(up),
            "for_statement" | "assignment" | "for_in_clause" | "expression_statement"
        )
    })?;
    let left = s.child(up, "left").filter(|&l| s.is_name(l))?;
    Some(s.text(left))
}

fn of_chain(context: &Context<'_, '_>, chain: &Chain<'_, '_, '_>) -> Option<Effect> {
    let empty = empty_in(context, chain);
    for (name, arguments) in &chain.calls {
        let named = || arguments.names().map(|(n, _)| n.to_owned());
        let backfill = |rows, columns: Vec<String>| Effect::Backfill {
            rows,
            columns,
            values: Vec::new(),
        };
        match *name {
            "update" => {
                let columns: Vec<String> = named().collect();
                let rows = rewritten(&columns, &empty);
                return Some(backfill(rows, columns));
            }
            "bulk_update" => {
                let list = arguments.at(1, "fields");
                let columns = list.and_then(|l| texts(context, l)).unwrap_or_default();
                return Some(backfill(Rows::Updated, columns));
            }
            "create" | "bulk_create" | "get_or_create" => {
                return Some(backfill(Rows::Inserted, Vec::new()));
            }
            "update_or_create" => return Some(backfill(Rows::Inserted, Vec::new())),
            "delete" => return Some(backfill(Rows::Deleted, Vec::new())),
            _ => {}
        }
    }
    None
}

/// Returns the fields that hold nothing in the rows of a query: `filter(slug=None)`, `filter(slug__isnull=True)`.
fn empty_in(context: &Context<'_, '_>, chain: &Chain<'_, '_, '_>) -> Vec<String> {
    let filters = chain.calls.iter().filter(|(name, _)| *name == "filter");
    let conditions = filters.flat_map(|(_, arguments)| arguments.names());
    let empty = conditions.filter_map(|(name, value)| match context.syntax.text(value) {
        "None" => Some(name),
        "True" => name.strip_suffix("__isnull"),
        _ => None,
    });
    empty.map(str::to_owned).collect()
}

/// Returns how rows are rewritten: no value is lost where the only field written held nothing.
fn rewritten(columns: &[String], empty: &[String]) -> Rows {
    match columns {
        [only] if empty.contains(only) => Rows::Filled,
        _ => Rows::Updated,
    }
}

/// Returns the SQL that the code runs: `schema_editor.execute("…")`, `cursor.execute("…")`.
fn executed(context: &Context<'_, '_>, body: Id) -> Vec<Id> {
    let s = context.syntax;
    s.below(body)
        .filter_map(|id| s.call(id))
        .filter(|&c| s.called(c) == "execute" && s.receiver(c).is_some())
        .filter_map(|c| s.arguments(c).first().copied())
        .filter(|&sql| text(context, sql).is_some() || context.strings.literal(sql).is_some())
        .collect()
}

/// Returns whether the code calls nothing that could write.
fn only_reads(context: &Context<'_, '_>, body: Id) -> bool {
    let s = context.syntax;
    let writes = |name: &str| {
        !matches!(
            name,
            "print" | "filter" | "exclude" | "count" | "exists" | "all" | "get_model" | "len"
        )
    };
    !s.below(body)
        .filter_map(|id| s.call(id))
        .any(|c| writes(s.called(c)))
}
