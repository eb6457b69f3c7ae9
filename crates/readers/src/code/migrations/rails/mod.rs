//! Rails: classes that extend `ActiveRecord::Migration`, and the dump that stands beside them, `db/schema.rb`.
//!
//! `change` is read both ways, as Active Record does it: <https://guides.rubyonrails.org/active_record_migrations.html>. The folders
//! `migrate` and `post_migrate` are one history; what lies in the second runs when the new code does (GitLab, Mastodon, Discourse:
//! <https://docs.gitlab.com/ee/development/database/post_deployment_migrations.html>).

mod acts;
mod additions;
mod changes;
mod columns;
mod commands;
mod rows;
mod tables;
mod walk;

use coexist_model::{
    Dialect, Direction, Effect, MigrationKey, MigrationPart, Phase, Reading, Rows,
};

use crate::code::context::Context;
use crate::code::ruby::{Sent, constant, superclass};
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

use super::script::Script;
use super::{Tool, folder_and_stem};
use walk::{Walk, Ways};

pub(super) const TOOL: Tool = Tool {
    name: "rails",
    tongues: &[Tongue::Ruby],
    part,
    lower,
};

/// Classes that a migration extends; each may have a version in brackets.
const BASES: &[&str] = &["ActiveRecord::Migration", "Gitlab::Database::Migration"];

/// A file whose name begins with its version (Active Record takes no other) and that holds a migration class.
fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let class = migration_class(context, forced)?;
    let (folder, stem) = folder_and_stem(&context.file.path);
    let digits: String = stem.chars().take_while(char::is_ascii_digit).collect();
    let version: Option<u64> = digits.parse().ok();
    // Active Record runs what lies below `db/migrate`, or a folder of that sort for another database:
    // <https://guides.rubyonrails.org/active_record_multiple_databases.html>. What is kept elsewhere is kept.
    let is_run = folder.split('/').any(|part| part.ends_with("migrate"));
    if !(version.is_some() && is_run || forced) {
        return None;
    }
    method(context, class, "change")
        .or_else(|| method(context, class, "up"))
        .or_else(|| method(context, class, "down"))?;
    let (above, last) = folder.rsplit_once('/').unwrap_or(("", folder));
    let whole = matches!(last, "migrate" | "post_migrate");
    Some(MigrationPart {
        key: MigrationKey {
            set: if whole { above } else { folder }.into(),
            version: version.into_iter().collect(),
            name: stem.into(),
        },
        tool: "rails",
        has_down_form: true,
        phase: (last == "post_migrate").then_some(Phase::After),
        id: None,
        after: Vec::new(),
    })
}

/// Returns the class that is the migration. Others in the file are models of its own.
fn migration_class(context: &Context<'_, '_>, forced: bool) -> Option<Id> {
    let s = context.syntax;
    let mut classes = s.all().filter(|&id| s.kind(id) == "class");
    classes.find(|&class| {
        let base = superclass(s, class);
        let base = base.as_deref().map(|b| b.trim_start_matches("::"));
        let known = base.is_some_and(|b| BASES.contains(&b));
        let acts = || {
            ["change", "up", "down"]
                .iter()
                .any(|name| method(context, class, name).is_some())
        };
        known || (forced && acts())
    })
}

/// Returns the method of that name: `def up` or `def self.up`.
fn method(context: &Context<'_, '_>, class: Id, name: &str) -> Option<Id> {
    let s = context.syntax;
    let own = s.named(s.child(class, "body")?);
    own.into_iter().find(|&m| {
        matches!(s.kind(m), "method" | "singleton_method")
            && s.child(m, "name").is_some_and(|n| s.text(n) == name)
    })
}

/// Returns the version of Active Record that the migration was written for: `ActiveRecord::Migration[7.1]`. One without is older than
/// 5.0.
fn release(context: &Context<'_, '_>, class: Id) -> f64 {
    let s = context.syntax;
    let known = superclass(s, class).filter(|b| BASES.contains(&b.trim_start_matches("::")));
    match known.as_deref() {
        None => NEWEST,
        Some(name) if name.ends_with("Gitlab::Database::Migration") => NEWEST,
        Some(_) => {
            let number = s
                .child(class, "superclass")
                .and_then(|b| s.named(b).next())
                .and_then(|b| s.named(b).last())
                .and_then(|n| s.text(n).parse().ok());
            number.unwrap_or(4.2)
        }
    }
}

const NEWEST: f64 = 8.0;

fn lower(script: &mut Script<'_, '_, '_>) {
    let context = script.context;
    let Some(class) = migration_class(context, true) else {
        return;
    };
    let release = release(context, class);
    let body = |name: &str| {
        let method = method(context, class, name)?;
        context.syntax.child(method, "body")
    };
    let read = |body: Id, ways: Ways| {
        let mut walk = Walk::new(context, script.dialect, class, release, ways);
        walk.body(body);
        walk.acts
    };
    let change = body("change").map(|b| read(b, Ways::Both));
    let up = body("up").map(|b| read(b, Ways::Forward));
    let down = body("down").map(|b| read(b, Ways::Forward));
    script.turn(Direction::Up);
    for acts in change.iter().chain(&up) {
        acts.emit_forward(script);
    }
    script.turn(Direction::Down);
    if let Some(acts) = &change {
        acts.emit_back(script);
    }
    if let Some(acts) = &down {
        acts.emit_forward(script);
    }
}

/// Reads `ActiveRecord::Schema[7.1].define(version: 2024_05_31) do … end`: what stands there is the form of the store after all
/// migrations up to that version. Returns whether the file is one.
pub(super) fn dump(context: &Context<'_, '_>, reading: &mut Reading) -> bool {
    let s = context.syntax;
    if s.profile.tongue != Tongue::Ruby {
        return false;
    }
    let define = s.all().find_map(|id| {
        let sent = Sent::of(s, id).filter(|sent| sent.name == "define")?;
        let on = sent.receiver?;
        let schema = match s.kind(on) {
            "element_reference" => constant(s, s.child(on, "object")?),
            _ => constant(s, on),
        };
        (schema.as_deref() == Some("ActiveRecord::Schema")).then_some(sent)
    });
    let Some(define) = define else { return false };
    let dialect = dialect_of(context);
    let mut script = Script::new(context, dialect.unwrap_or_default());
    if let Some(body) = define.block.and_then(|b| b.body) {
        let mut walk = Walk::new(context, script.dialect, define.id, NEWEST, Ways::Dump);
        walk.body(body);
        walk.acts.emit_forward(&mut script);
    }
    if let Some(version) = define.options.get("version") {
        // Loading the dump notes that this version and all before it have run.
        let effect = Effect::Backfill {
            rows: Rows::Inserted,
            columns: vec!["version".to_owned()],
            values: vec![("version".to_owned(), s.text(version).replace('_', ""))],
        };
        script.on_table(version, "schema_migrations", effect);
    }
    let (lowered, _) = script.lowered();
    reading.operations = lowered.operations;
    reading.problems.extend(lowered.problems);
    reading.dialect = dialect;
    true
}

/// Returns the dialect that a dump shows by what only one database has.
fn dialect_of(context: &Context<'_, '_>) -> Option<Dialect> {
    let s = context.syntax;
    for id in s.all().filter(|&id| s.kind(id) == "call") {
        let sent = Sent::of(s, id)?;
        if matches!(sent.name, "enable_extension" | "create_enum") {
            return Some(Dialect::Postgres);
        }
        let options = sent.options.get("options").map(|o| s.text(o));
        let engine = options.is_some_and(|o| o.to_lowercase().contains("engine="));
        if sent.name == "create_table" && (sent.options.get("charset").is_some() || engine) {
            return Some(Dialect::MySql);
        }
    }
    None
}
