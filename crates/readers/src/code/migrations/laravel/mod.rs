//! Laravel: classes that extend `Migration`, with a name or without one.
//!
//! <https://laravel.com/docs/migrations>. A column refuses NULL unless it says `nullable()`. Files run in the order of their names. What
//! a branch does for another database than the one that is told is left out.

mod blueprint;
mod columns;
mod rows;
mod walk;

use coexist_model::{Dialect, Direction, MigrationPart};

use crate::code::context::Context;
use crate::code::php::{classes, method, superclass};
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

use super::script::Script;
use super::{Tool, by_name, folder_and_stem};
use walk::Walk;

pub(super) const TOOL: Tool = Tool {
    name: "laravel",
    tongues: &[Tongue::Php],
    part,
    lower,
};

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    migration_class(context, forced)?;
    Some(by_name(context, TOOL.name))
}

/// Returns the class that is the migration.
fn migration_class(context: &Context<'_, '_>, forced: bool) -> Option<Id> {
    let s = context.syntax;
    let laravel = context
        .imports
        .iter()
        .any(|i| i.path.starts_with("Illuminate\\"));
    classes(s).find(|&class| {
        // Other frameworks have a `Migration` too.
        let base = s.child_of(class, "base_clause");
        let ours = laravel || base.is_some_and(|b| s.text(b).contains("Illuminate\\"));
        let name = superclass(context, class).unwrap_or_default();
        let extends = ours && name.ends_with("Migration") && name != "AbstractMigration";
        (extends || forced) && method(s, class, "up").is_some()
    })
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let context = script.context;
    let Some(class) = migration_class(context, true) else {
        return;
    };
    // What most of its applications run on.
    script.dialect = script.told.unwrap_or(Dialect::MySql);
    script.tell_branches();
    for (name, direction) in [("up", Direction::Up), ("down", Direction::Down)] {
        script.turn(direction);
        let way = method(context.syntax, class, name);
        if let Some(body) = way.and_then(|m| context.syntax.child(m, "body")) {
            Walk::new(script, class).way(body);
        }
        script.branch(false);
    }
}

/// Returns the database that a name of a driver or connection stands for.
fn database(name: &str) -> Option<Dialect> {
    Some(match name {
        "mysql" | "mariadb" => Dialect::MySql,
        "pgsql" | "postgres" => Dialect::Postgres,
        "sqlite" => Dialect::Sqlite,
        _ => return None,
    })
}

/// Returns whether a migration was written for a release that makes a changed column anew (11, and 10 is out of support since
/// February 2025); before, what `change()` does not say stays: <https://laravel.com/docs/11.x/upgrade#modifying-columns>.
fn changes_anew(path: &str) -> bool {
    let (_, stem) = folder_and_stem(path);
    let digits: String = stem.split('_').take(3).collect();
    digits.len() == 8 && digits.as_str() >= "20250204"
}
