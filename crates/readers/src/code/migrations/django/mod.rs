//! Django: `class Migration(migrations.Migration)` with its `operations`.
//!
//! The operations speak of models and fields, and what they do to tables depends on the migrations before them, so they are read
//! into [`coexist_model::ModelMigration`] ([`steps`]); [`state`] replays those and says what they do to the store. The way back is
//! derived there too, as Django does. A file alone is replayed on its own, with the names that Django derives.
//!
//! Operations: <https://docs.djangoproject.com/en/5.2/ref/migration-operations/>.

mod constraints;
mod data;
pub(crate) mod state;
mod steps;
mod tables;

use coexist_model::{MigrationKey, MigrationPart, ModelMigration, Phase};

use crate::code::arguments::text;
use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

use super::script::Script;
use super::{Tool, folder_and_stem};

pub(super) const TOOL: Tool = Tool {
    name: "django",
    tongues: &[Tongue::Python],
    part,
    lower,
};

/// A migration is a class `Migration` whose base is called likewise and which has operations or dependencies.
fn part(context: &Context<'_, '_>, _forced: bool) -> Option<MigrationPart> {
    let body = body(context)?;
    let (folder, stem) = folder_and_stem(&context.file.path);
    let app = app_of(folder);
    let dependencies = dependencies(context, body);
    let mut after: Vec<String> = dependencies
        .iter()
        .filter(|(of, _)| of == app)
        .map(|(_, name)| name.clone())
        .collect();
    if after.is_empty() {
        // The app may be called otherwise than its folder.
        after = dependencies.into_iter().map(|(_, name)| name).collect();
    }
    // A squash is a path beside those that it replaces, and everything behind both comes later.
    after.extend(replaces(context, body));
    Some(MigrationPart {
        key: MigrationKey {
            set: folder.into(),
            version: number(stem).into_iter().collect(),
            name: stem.into(),
        },
        tool: "django",
        has_down_form: true,
        phase: phase(context, body),
        id: Some(stem.into()),
        after: after.into_iter().map(Into::into).collect(),
    })
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let Some(body) = body(script.context) else {
        return;
    };
    let mut migration = ModelMigration {
        dependencies: dependencies(script.context, body),
        replaces: replaces(script.context, body)
            .into_iter()
            .map(Into::into)
            .collect(),
        steps: Vec::new(),
    };
    if let Some(operations) = value(script.context, body, "operations") {
        migration.steps = steps::read(script, operations);
    }
    let (folder, _) = folder_and_stem(&script.context.file.path);
    let done = state::alone(&migration, app_of(folder));
    script.speak_of_models(migration, done.operations);
}

/// Returns the body of the class that is the migration.
fn body(context: &Context<'_, '_>) -> Option<Id> {
    let s = context.syntax;
    let top = s.named(0).map(|c| match s.kind(c) {
        "decorated_definition" => s.child(c, "definition").unwrap_or(c),
        _ => c,
    });
    let class = top
        .filter(|&c| s.kind(c) == "class_definition")
        .find(|&c| s.child(c, "name").is_some_and(|n| s.text(n) == "Migration"))?;
    let bases = s.child(class, "superclasses")?;
    let is_base = |b: Id| s.last_name(b).ends_with("Migration");
    let body = s.child(class, "body")?;
    let says = |name: &str| value(context, body, name).is_some();
    (s.named(bases).any(is_base) && (says("operations") || says("dependencies"))).then_some(body)
}

/// Returns what a class body assigns to a name.
fn value(context: &Context<'_, '_>, body: Id, name: &str) -> Option<Id> {
    let s = context.syntax;
    s.named(body)
        .filter(|&c| s.kind(c) == "expression_statement")
        .filter_map(|statement| s.child_of(statement, "assignment"))
        .find(|&a| s.child(a, "left").is_some_and(|l| s.text(l) == name))
        .and_then(|a| s.child(a, "right"))
        .map(|v| s.bare(v))
}

/// Returns the app of a folder of migrations, as its folder is called.
pub(crate) fn app_of(folder: &str) -> &str {
    folder.rsplit('/').nth(1).unwrap_or_default()
}

/// Returns the pairs in `[("app", "0001_initial"), …]`.
fn pairs(context: &Context<'_, '_>, id: Id) -> Vec<(String, String)> {
    let s = context.syntax;
    let tuples = s.below(id).filter(|&t| s.kind(t) == "tuple");
    let pair = |tuple: Id| {
        let mut items = s.named(tuple);
        let app = text(context, items.next()?)?;
        Some((app, text(context, items.next()?)?))
    };
    tuples.filter_map(pair).collect()
}

fn dependencies(context: &Context<'_, '_>, body: Id) -> Vec<(String, String)> {
    let list = value(context, body, "dependencies");
    list.map(|l| pairs(context, l)).unwrap_or_default()
}

fn replaces(context: &Context<'_, '_>, body: Id) -> Vec<String> {
    let list = value(context, body, "replaces");
    let pairs = list.map(|l| pairs(context, l)).unwrap_or_default();
    pairs.into_iter().map(|(_, name)| name).collect()
}

/// Returns the number that a name begins with.
fn number(stem: &str) -> Option<u64> {
    let digits = stem.find(|c: char| !c.is_ascii_digit());
    stem[..digits.unwrap_or(stem.len())].parse().ok()
}

/// Returns when it runs: django-safemigrate's `safe = Safe.after_deploy()`, Sentry's `is_post_deployment = True`.
fn phase(context: &Context<'_, '_>, body: Id) -> Option<Phase> {
    let s = context.syntax;
    if value(context, body, "is_post_deployment").is_some_and(|v| s.text(v) == "True") {
        return Some(Phase::After);
    }
    let safe = value(context, body, "safe")?;
    let called = s
        .call(safe)
        .map_or_else(|| s.last_name(safe), |c| s.called(c));
    match called {
        "after_deploy" => Some(Phase::After),
        "before_deploy" => Some(Phase::Before),
        _ => None,
    }
}
