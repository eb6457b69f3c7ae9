//! Doctrine: classes that extend `AbstractMigration` and hand SQL to `$this->addSql(…)`.
//!
//! <https://www.doctrine-project.org/projects/doctrine-migrations/en/current/reference/migration-classes.html>. Files run in the order
//! of the names of their classes. What is done through objects of the schema is not understood.

use coexist_model::{Dialect, Direction, MigrationPart};

use crate::code::context::Context;
use crate::code::php::{Scope, Sent, classes, method, superclass};
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;
use crate::sql::dialect_of;

use super::script::Script;
use super::{Tool, by_name};

pub(super) const TOOL: Tool = Tool {
    name: "doctrine",
    tongues: &[Tongue::Php],
    part,
    lower,
};

/// Calls that run the SQL they are given.
const RUN_SQL: &[&str] = &[
    "addSql",
    "executeStatement",
    "executeUpdate",
    "executeQuery",
    "exec",
    "query",
];

/// Calls on the connection that change rows, which are given as arrays.
const CHANGES: &[&str] = &["insert", "update", "delete"];

/// Calls on the schema that change it.
const ALTERS: &[&str] = &[
    "createTable",
    "dropTable",
    "renameTable",
    "getTable",
    "createSequence",
    "dropSequence",
    "createNamespace",
];

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    migration_class(context, forced)?;
    Some(by_name(context, TOOL.name))
}

fn migration_class(context: &Context<'_, '_>, forced: bool) -> Option<Id> {
    let s = context.syntax;
    let doctrine = context
        .imports
        .iter()
        .any(|i| i.path.starts_with("Doctrine\\"));
    classes(s).find(|&class| {
        let base = superclass(context, class);
        let extends = doctrine && base.is_some_and(|b| b.ends_with("Migration"));
        (extends || forced) && method(s, class, "up").is_some()
    })
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let context = script.context;
    let s = context.syntax;
    let Some(class) = migration_class(context, true) else {
        return;
    };
    if script.told.is_none() {
        script.told = told(context, class);
        script.dialect = script.told.unwrap_or_default();
    }
    for (name, direction) in [("up", Direction::Up), ("down", Direction::Down)] {
        script.turn(direction);
        let Some(way) = method(s, class, name) else {
            continue;
        };
        for id in s.below(way) {
            if let Some(sent) = Sent::of(s, id) {
                call(script, class, &sent);
            }
        }
    }
    script.turn(Direction::Up);
    for name in ["preUp", "postUp"] {
        if let Some(method) = method(s, class, name) {
            script.opaque(method, "what is done before and after it is not understood");
        }
    }
}

/// Returns the database that the class asks for, or that its SQL is written for.
fn told(context: &Context<'_, '_>, class: Id) -> Option<Dialect> {
    let s = context.syntax;
    let platforms = s.below(class).filter(|&n| s.kind(n) == "name");
    let asked = platforms.filter_map(|n| match s.text(n) {
        name if !name.ends_with("Platform") => None,
        name if name.starts_with("PostgreSQL") => Some(Dialect::Postgres),
        name if name.starts_with("MySQL") || name.starts_with("MariaDB") => Some(Dialect::MySql),
        name if name.starts_with("SQLite") || name.starts_with("Sqlite") => Some(Dialect::Sqlite),
        _ => None,
    });
    let texts = || {
        let texts = s.below(class).filter(|&n| s.is_string(n));
        let texts = texts.filter_map(|n| context.strings.plain(n));
        texts.collect::<Vec<_>>().join(";\n")
    };
    asked
        .into_iter()
        .next()
        .or_else(|| dialect_of(&context.file.path, &texts()))
}

fn call(script: &mut Script<'_, '_, '_>, class: Id, sent: &Sent<'_>) {
    let context = script.context;
    let s = context.syntax;
    let Some(receiver) = sent.receiver else {
        return;
    };
    let on = s.last_name(receiver).trim_start_matches('$');
    let own = s.text(receiver) == "$this";
    let connected = matches!(on, "connection" | "conn" | "db");
    match sent.name {
        name if RUN_SQL.contains(&name) && (own || connected) => match sent.at(0, "sql") {
            Some(sql) => statement(script, sql),
            None => script.opaque(sent.id, "the SQL that it runs is not known"),
        },
        name if CHANGES.contains(&name) && connected => {
            script.opaque(sent.id, "the rows that it changes are not understood");
        }
        name if ALTERS.contains(&name) && on == "schema" => {
            script.opaque(sent.id, "objects of the schema are not understood");
        }
        name if own && method(s, class, name).is_some() => {
            script.opaque(sent.id, "what this function does stands elsewhere");
        }
        _ => {}
    }
}

fn statement(script: &mut Script<'_, '_, '_>, sql: Id) {
    let context = script.context;
    let literal = context.strings.literal(sql);
    match (literal, Scope::new(context).word(sql)) {
        (Some(literal), None) => script.sql_text(sql, &literal),
        (Some(literal), _) if !literal.dynamic => script.sql_text(sql, &literal),
        (_, Some(text)) => {
            let place = script.place(sql);
            script.sql_at(&text, &|_| place.clone());
        }
        (None, None) => script.opaque(sql, "the SQL that it runs is made elsewhere"),
    }
}
