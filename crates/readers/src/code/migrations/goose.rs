//! goose: a file of Go that hands its two ways to `goose.AddMigrationContext(up, down)`, made of SQL that a transaction runs.
//!
//! <https://pressly.github.io/goose/documentation/provider/#go-migrations>. Its files stand beside those of SQL, and the number that
//! a name begins with orders both.

use coexist_model::{Direction, MigrationPart};

use crate::code::context::Context;
use crate::code::golang::structs::functions;
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

use super::script::Script;
use super::{Tool, by_name, folder_and_stem};

pub(super) const TOOL: Tool = Tool {
    name: "goose",
    tongues: &[Tongue::Go],
    part,
    lower,
};

/// Calls that hand the ways of a migration to goose.
const ADDS: &[&str] = &[
    "AddMigration",
    "AddMigrationContext",
    "AddMigrationNoTx",
    "AddMigrationNoTxContext",
    "AddNamedMigration",
    "AddNamedMigrationContext",
    "AddNamedMigrationNoTxContext",
];
/// Calls that run SQL.
const RUNS: &[&str] = &["Exec", "ExecContext", "MustExec", "MustExecContext"];
/// Calls that read rows, or end the transaction.
const HARMLESS: &[&str] = &[
    "Query",
    "QueryContext",
    "QueryRow",
    "QueryRowContext",
    "Commit",
    "Rollback",
    "Begin",
    "BeginTx",
    "Ping",
];

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let ways = ways(context);
    let (_, stem) = folder_and_stem(&context.file.path);
    let digits: String = stem.chars().take_while(char::is_ascii_digit).collect();
    let version = digits.parse::<u64>().ok();
    if !forced && (ways.is_none() || version.is_none()) {
        return None;
    }
    let mut part = by_name(context, TOOL.name);
    part.key.version.extend(version);
    Some(part)
}

/// Returns what is handed over as the way up and the way down.
fn ways(context: &Context<'_, '_>) -> Option<[Option<Id>; 2]> {
    let s = context.syntax;
    let by_goose = context
        .imports
        .iter()
        .any(|i| i.path.contains("pressly/goose"));
    let calls = s.all().filter_map(|id| s.call(id));
    let mut adds = calls.filter(|&c| by_goose && ADDS.contains(&s.called(c)));
    let mut given = s.arguments(adds.next()?);
    if given.first().is_some_and(|&g| s.is_string(g)) {
        given.remove(0);
    }
    Some([given.first().copied(), given.get(1).copied()])
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let context = script.context;
    let ways = ways(context).unwrap_or_default();
    for (way, direction) in ways.into_iter().zip([Direction::Up, Direction::Down]) {
        script.turn(direction);
        if let Some(way) = way {
            read_way(script, way, FAR);
        }
    }
}

/// How many functions of the file are followed.
const FAR: usize = 4;

/// Reads a function: a closure, or one of the file by its name.
fn read_way(script: &mut Script<'_, '_, '_>, way: Id, far: usize) {
    let context = script.context;
    let s = context.syntax;
    let function = match s.kind(way) {
        "func_literal" => Some(way),
        _ => functions(context)
            .into_iter()
            .find(|(name, _)| *name == s.text(way))
            .map(|(_, id)| id),
    };
    let Some(function) = function else {
        if s.text(way) != "nil" {
            script.opaque(way, "what this function does stands elsewhere");
        }
        return;
    };
    let handles = handles(context, function);
    for id in s.below(function) {
        let Some(call) = s.call(id) else { continue };
        let on_handle = s
            .receiver(call)
            .is_some_and(|r| handles.contains(&s.text(r)));
        let given = s.arguments(call);
        let handed_on = given.iter().any(|&g| handles.contains(&s.text(g)));
        if on_handle && RUNS.contains(&s.called(call)) {
            let sql = given
                .iter()
                .copied()
                .find(|&g| context.strings.literal(g).is_some());
            match sql {
                Some(sql) => script.sql(sql),
                None => script.opaque(id, "the SQL that it runs is made elsewhere"),
            }
        } else if on_handle && !HARMLESS.contains(&s.called(call)) {
            script.opaque(id, "this call on the transaction is not understood");
        } else if handed_on && far > 0 && s.receiver(call).is_none() {
            read_way(script, call.callee, far - 1);
        } else if handed_on {
            script.opaque(id, "what this function does stands elsewhere");
        }
    }
}

/// Returns the parameters of a function that stand for the store.
fn handles<'a>(context: &Context<'_, 'a>, function: Id) -> Vec<&'a str> {
    let s = context.syntax;
    let Some(parameters) = s.child(function, "parameters") else {
        return Vec::new();
    };
    let of_store = s.named(parameters).filter(|&p| {
        let of_type = s.child(p, "type").map(|t| s.last_name(t));
        of_type.is_some_and(|t| matches!(t, "Tx" | "DB" | "Conn"))
    });
    let names = of_store.filter_map(|p| s.child(p, "name"));
    names.map(|n| s.text(n)).collect()
}
