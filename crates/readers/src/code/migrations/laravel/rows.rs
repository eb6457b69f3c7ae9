//! Rows that a migration changes, through the query builder or through models: `DB::table('users')->whereNull('plan')->update([…])`.

use coexist_model::{Effect, Rows};

use crate::code::php::{Chain, Sent, Value, table_of};
use crate::code::syntax::Id;

use super::walk::Walk;

/// Methods that change rows.
fn written(method: &str) -> Option<Rows> {
    Some(match method {
        "update"
        | "updateOrInsert"
        | "updateOrCreate"
        | "updateQuietly"
        | "increment"
        | "decrement"
        | "incrementEach"
        | "save"
        | "saveQuietly"
        | "saveOrFail"
        | "push"
        | "touch"
        | "forceFill"
        | "updateExistingPivot"
        | "sync"
        | "syncWithoutDetaching" => Rows::Updated,
        "delete" | "forceDelete" | "truncate" | "destroy" | "deleteQuietly" | "detach"
        | "forceDeleteQuietly" => Rows::Deleted,
        "insert" | "insertOrIgnore" | "insertGetId" | "insertUsing" | "upsert" | "create"
        | "firstOrCreate" | "forceCreate" | "createQuietly" | "createMany" | "attach"
        | "createOrFirst" | "findOrCreate" => Rows::Inserted,
        _ => return None,
    })
}

/// Methods of a class or query that give other queries or rows.
const QUERIES: &[&str] = &[
    "query",
    "newQuery",
    "all",
    "where",
    "whereNull",
    "whereNotNull",
    "whereIn",
    "whereNotIn",
    "whereHas",
    "whereRaw",
    "whereDoesntHave",
    "has",
    "doesntHave",
    "find",
    "findOrFail",
    "first",
    "firstOrFail",
    "firstWhere",
    "get",
    "cursor",
    "lazy",
    "lazyById",
    "chunk",
    "chunkById",
    "each",
    "eachById",
    "orderBy",
    "orderByDesc",
    "latest",
    "oldest",
    "select",
    "with",
    "withTrashed",
    "onlyTrashed",
    "withoutGlobalScopes",
    "withoutGlobalScope",
    "withoutEvents",
    "join",
    "leftJoin",
    "limit",
    "take",
    "skip",
    "distinct",
    "groupBy",
    "pluck",
    "count",
    "exists",
    "on",
    "firstOrNew",
    "when",
];

/// Methods that start what stands elsewhere: a job, a command, a seeder, an action.
const STARTS: &[&str] = &[
    "dispatch",
    "dispatchSync",
    "dispatchNow",
    "dispatchAfterResponse",
    "dispatch_sync",
    "call",
    "callSilent",
    "callSilently",
    "queue",
    "handle",
    "run",
    "execute",
    "__invoke",
];

/// Returns whether a method gives queries or rows: `whereStatus` is made of the name of a column.
fn asks(method: &str) -> bool {
    QUERIES.contains(&method) || method.starts_with("where") || method.starts_with("orWhere")
}

/// Returns whether a chain starts what stands elsewhere, or changes rows of which it is not known here what they are.
pub(super) fn starts(walk: &Walk<'_, '_, '_, '_>, chain: &Chain<'_>) -> bool {
    let s = walk.scope.context.syntax;
    let Some(last) = chain.calls.last() else {
        return false;
    };
    let on_class = matches!(
        s.kind(chain.root),
        "name" | "qualified_name" | "object_creation_expression"
    );
    let on_value = matches!(s.kind(chain.root), "variable_name" | "subscript_expression");
    let changes = written(last.name).is_some() && last.name != "push";
    on_class && STARTS.contains(&last.name) || on_value && changes
}

/// Returns the table whose rows the beginning of a chain gives, and how many of its calls are needed for that.
fn begun(walk: &Walk<'_, '_, '_, '_>, chain: &Chain<'_>) -> Option<(String, usize)> {
    let s = walk.scope.context.syntax;
    if let Some(Value::Rows(table)) = walk.scope.value(chain.root) {
        return Some((table.clone(), 0));
    }
    let named = chain.calls.iter().position(|c| c.name == "table");
    let root = s.last_name(chain.root).trim_start_matches('$');
    let root = walk.scope.context.original(root);
    let connected = |c: &Sent<'_>| matches!(c.name, "connection" | "getConnection");
    let on_db =
        matches!(root, "DB" | "db" | "connection" | "conn") || chain.calls.iter().any(connected);
    if let Some(at) = named.filter(|_| on_db) {
        let table = walk.scope.word(*chain.calls[at].placed.first()?)?;
        let table = table.split_whitespace().next()?.to_owned();
        return Some((table, at + 1));
    }
    // `User::query()`, `(new User)->newQuery()`.
    let first = &chain.calls[0];
    let known = asks(first.name) || written(first.name).is_some();
    let class = match s.kind(chain.root) {
        "name" | "qualified_name" if s.kind(first.id) == "scoped_call_expression" => root,
        "object_creation_expression" => s.last_name(s.call(chain.root)?.callee),
        _ => return None,
    };
    (known && is_model(walk, class)).then(|| (table_of(class), 0))
}

/// Returns whether a class is a model, as far as the file tells: it takes it from a namespace of models, or declares it.
fn is_model(walk: &Walk<'_, '_, '_, '_>, class: &str) -> bool {
    let context = walk.scope.context;
    let taken = context.imports.iter().find(|i| {
        let names = i.names.iter();
        names
            .into_iter()
            .any(|(there, here)| there == class || here == class)
    });
    let path = taken.map(|i| i.path.as_str()).unwrap_or_default();
    !path.starts_with("Illuminate\\") && !path.is_empty() && !path.contains("\\Facades\\")
}

/// Returns the table whose rows an expression gives.
pub(super) fn table(walk: &Walk<'_, '_, '_, '_>, id: Id) -> Option<String> {
    let s = walk.scope.context.syntax;
    if let Some(Value::Rows(table)) = walk.scope.value(id) {
        return Some(table.clone());
    }
    let chain = Chain::of(s, id)?;
    let (table, from) = begun(walk, &chain)?;
    let rest = &chain.calls[from..];
    rest.iter().all(|c| asks(c.name)).then_some(table)
}

/// Reads a chain of calls on rows; returns whether it is one.
pub(super) fn read<'a>(walk: &mut Walk<'_, '_, '_, 'a>, chain: &Chain<'a>) -> bool {
    let Some((table, from)) = begun(walk, chain) else {
        return false;
    };
    for sent in &chain.calls[from..] {
        if let Some(rows) = written(sent.name) {
            backfill(walk, &table, chain, sent, rows);
        }
        let closures: Vec<_> = sent
            .arguments()
            .filter_map(|a| walk.scope.closure(a))
            .collect();
        for closure in closures {
            // The rows of `chunk` come in lists, those of `each` one by one; `where` is given a query.
            let values = vec![Some(Value::Rows(table.clone()))];
            walk.closure(&closure, values);
        }
    }
    true
}

/// Reads `$user->plan = 'free';`, where the variable is a row.
pub(super) fn assigned(walk: &mut Walk<'_, '_, '_, '_>, left: Id) {
    let s = walk.scope.context.syntax;
    let Some((object, name)) = s.member(left) else {
        return;
    };
    if let Some(Value::Rows(table)) = walk.scope.value(s.bare(object)).cloned() {
        let effect = Effect::Backfill {
            rows: Rows::Updated,
            columns: vec![s.text(name).to_owned()],
            values: Vec::new(),
        };
        walk.script.on_table(left, &table, effect);
    }
}

/// Returns whether a value is made of what the column held: it is encrypted, or a call is given `$row->column`.
fn is_derived(walk: &Walk<'_, '_, '_, '_>, column: &str, value: Id) -> bool {
    let s = walk.scope.context.syntax;
    let Some(call) = s.call(s.bare(value)) else {
        return false;
    };
    let encrypts = matches!(s.called(call), "encrypt" | "encryptString");
    let mut below = s.below(value);
    encrypts || below.any(|id| s.member(id).is_some_and(|(_, name)| s.text(name) == column))
}

fn backfill<'a>(
    walk: &mut Walk<'_, '_, '_, 'a>,
    table: &str,
    chain: &Chain<'a>,
    sent: &Sent<'a>,
    rows: Rows,
) {
    let s = walk.scope.context.syntax;
    let literal = |walk: &Walk<'_, '_, '_, 'a>, value: Id| match s.kind(value) {
        "null" => Some("NULL".to_owned()),
        "string" | "encapsed_string" => walk.scope.word(value),
        _ => None,
    };
    let mut pairs: Vec<(String, Option<String>)> = Vec::new();
    let mut derives = false;
    for &argument in &sent.placed {
        // Several rows at once are a list of arrays.
        let rows = match s.kind(argument) {
            "array_creation_expression" => crate::code::php::entries(s, argument)
                .into_iter()
                .filter(|(key, _)| key.is_none())
                .map(|(_, row)| row)
                .collect(),
            _ => Vec::new(),
        };
        for row in std::iter::once(argument).chain(rows) {
            let given = walk.scope.pairs(row).unwrap_or_default();
            derives |= given
                .iter()
                .any(|(name, value)| is_derived(walk, name, *value));
            pairs.extend(
                given
                    .into_iter()
                    .map(|(name, value)| (name, literal(walk, value))),
            );
        }
    }
    if let "increment" | "decrement" = sent.name {
        let column = sent.placed.first().and_then(|&c| walk.scope.word(c));
        pairs.extend(column.map(|c| (c, None)));
    }
    let values = pairs
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
    let values: Vec<(String, String)> = values.collect();
    let mut columns: Vec<String> = pairs.into_iter().map(|(name, _)| name).collect();
    columns.dedup();
    let fills = rows == Rows::Updated && columns.len() == 1 && {
        let asks = |c: &Sent<'a>| {
            let column = c.placed.first().and_then(|&w| walk.scope.word(w));
            c.name == "whereNull" && column.as_ref() == columns.first()
        };
        chain.calls.iter().any(asks)
    };
    let effect = Effect::Backfill {
        rows: match rows {
            Rows::Updated if fills => Rows::Filled,
            Rows::Updated if derives => Rows::Derived,
            other => other,
        },
        columns,
        values,
    };
    walk.script.on_table(sent.id, table, effect);
}
