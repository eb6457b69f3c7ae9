//! EF Core: classes that extend `Migration` and are handed a `MigrationBuilder`.
//!
//! <https://learn.microsoft.com/ef/core/managing-schemas/migrations/>. A migration is the file that holds `Up`; its `*.Designer.cs` and the
//! `*ModelSnapshot.cs` beside it are what the tool notes of the model, and do nothing. Migrations run in the order of their ids, which
//! begin with a timestamp: the name of the file, or what `[Migration("…")]` says on the class itself.

mod columns;
mod rows;
mod steps;

use coexist_model::{Dialect, Direction, MigrationPart};

use crate::code::context::Context;
use crate::code::csharp::{Class, attributes, classes, name_of};
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

use super::script::Script;
use super::{Tool, by_name};

pub(super) const TOOL: Tool = Tool {
    name: "ef-core",
    tongues: &[Tongue::CSharp],
    part,
    lower,
};

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let class = migration_class(context, forced)?;
    let mut part = by_name(context, TOOL.name);
    let says = attributes(context.syntax, class.id);
    let says = says.iter().find(|a| a.name == "Migration");
    let id = says.and_then(|a| a.text(context));
    let id = id.as_deref().unwrap_or(&part.key.name);
    let digits: String = id.chars().take_while(char::is_ascii_digit).collect();
    part.key.version.extend(digits.parse::<u64>().ok());
    Some(part)
}

/// Returns the class that is the migration: other tools have a `Migration` with an `Up` too, which is handed nothing.
fn migration_class<'a>(context: &Context<'_, 'a>, forced: bool) -> Option<Class<'a>> {
    let s = context.syntax;
    classes(s).into_iter().find(|class| {
        let extends = class
            .bases
            .iter()
            .any(|&b| name_of(s, b).ends_with("Migration"));
        let up = class.method(s, "Up");
        (extends || forced) && up.is_some_and(|up| builder(context, up).is_some())
    })
}

/// Returns the name by which a method calls the builder that it is handed.
fn builder<'a>(context: &Context<'_, 'a>, method: Id) -> Option<&'a str> {
    let s = context.syntax;
    let parameters = s.child(method, "parameters")?;
    let mut each = s.named(parameters).filter(|&p| s.kind(p) == "parameter");
    let is_builder = |&p: &Id| {
        s.child(p, "type")
            .is_some_and(|t| name_of(s, t) == "MigrationBuilder")
    };
    s.child(each.find(is_builder)?, "name").map(|n| s.text(n))
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let context = script.context;
    let Some(class) = migration_class(context, true) else {
        return;
    };
    if script.told.is_none() {
        script.told = provider(&context.file.text);
        script.dialect = script.told.unwrap_or_default();
    }
    // What stands in brackets is a name in T-SQL and in SQLite's SQL, and nothing in PostgreSQL's.
    if script.told.is_none() && is_sql_server(&context.file.text) {
        script.dialect = Dialect::Sqlite;
    }
    for (name, direction) in [("Up", Direction::Up), ("Down", Direction::Down)] {
        script.turn(direction);
        if let Some(way) = class.method(context.syntax, name) {
            steps::method(script, &class, way);
        }
    }
}

/// Returns the database for which the tool has written the migration: its annotations say so, or its types.
fn provider(text: &str) -> Option<Dialect> {
    let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
    if has(&[
        "\"Npgsql:",
        "\"character varying",
        "\"timestamp with",
        "\"uuid\"",
        "\"jsonb\"",
        "\"bytea\"",
        "IsNpgsql()",
    ]) {
        return Some(Dialect::Postgres);
    }
    if has(&["\"Sqlite:", "\"INTEGER\"", "\"TEXT\"", "\"REAL\""]) {
        return Some(Dialect::Sqlite);
    }
    if has(&[
        "\"MySql:",
        "\"MySQL:",
        "\"longtext\"",
        "\"tinyint(1)\"",
        "\"char(36)\"",
    ]) {
        return Some(Dialect::MySql);
    }
    None
}

fn is_sql_server(text: &str) -> bool {
    let words = [
        "\"SqlServer:",
        "\"nvarchar(",
        "\"uniqueidentifier\"",
        "\"datetime2",
        "\"bit\"",
        "[dbo].",
    ];
    words.iter().any(|w| text.contains(w))
}
