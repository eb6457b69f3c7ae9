//! Rows that a migration changes through classes of Active Record: `User.in_batches.update_all(active: true)`.

use coexist_model::{Direction, Effect, Rows};

use crate::code::ruby::{Options, Sent, Value, constant};
use crate::code::syntax::Id;
use crate::sql::operations;

use super::acts::{Step, What};
use super::walk::Walk;

/// Methods of a class or query that give other queries or rows.
const QUERIES: &[&str] = &[
    "all",
    "where",
    "not",
    "unscoped",
    "in_batches",
    "find_each",
    "find_in_batches",
    "each_batch",
    "find",
    "find_by",
    "find_by!",
    "first",
    "last",
    "order",
    "limit",
    "select",
    "joins",
    "includes",
    "left_joins",
    "preload",
    "each",
    "pluck",
    "count",
    "exists?",
    "in_order_of",
    "with_deleted",
    "unscope",
    "distinct",
    "group",
    "having",
    "or",
    "lock",
    "new",
    "pick",
    "ids",
    "maximum",
    "minimum",
    "sum",
    "any?",
    "none?",
    "reset_column_information",
    "column_names",
    "table_name",
    "each_record",
    "find_or_initialize_by",
    "take",
    "offset",
    "merge",
    "where!",
    "rewhere",
    "table_exists?",
    "connection",
    "transaction",
    "left_outer_joins",
    "references",
    "load",
];

/// Methods that change rows.
fn written(method: &str) -> Option<Rows> {
    Some(match method {
        "update_all" | "update" | "update!" | "update_columns" | "update_column"
        | "update_attribute" | "update_attributes" | "update_attributes!" | "touch_all"
        | "touch" | "save" | "save!" | "increment!" | "decrement!" | "toggle!"
        | "update_counters" | "reset_counters" => Rows::Updated,
        "delete_all" | "destroy_all" | "delete" | "destroy" | "destroy!" | "delete_by"
        | "destroy_by" => Rows::Deleted,
        "create" | "create!" | "insert" | "insert!" | "insert_all" | "insert_all!" | "upsert"
        | "upsert_all" | "find_or_create_by" | "find_or_create_by!" | "create_or_find_by"
        | "create_or_find_by!" => Rows::Inserted,
        _ => return None,
    })
}

/// A chain of calls on a class or on rows.
struct Chain<'a> {
    table: String,
    /// The last one first.
    calls: Vec<Sent<'a>>,
}

fn chain<'a>(walk: &Walk<'_, '_, 'a>, id: Id) -> Option<Chain<'a>> {
    let s = walk.context().syntax;
    let (mut at, mut calls) = (id, Vec::new());
    for _ in 0..50 {
        if let Some(class) = constant(s, at) {
            let known = |c: &Sent<'_>| QUERIES.contains(&c.name) || written(c.name).is_some();
            // `Rails.logger.info` and `Time.current` are no models.
            let is_model = calls.last().is_some_and(known) && !class.starts_with("ActiveRecord");
            return is_model.then(|| Chain {
                table: walk.table_of(&class),
                calls,
            });
        }
        if let Some(Value::Rows(table)) = walk.scope.value(at) {
            let table = table.clone();
            // `user.name.delete("x")` is about a value of the row, and no row.
            let known = |c: &Sent<'_>| QUERIES.contains(&c.name) || written(c.name).is_some();
            let of_rows = calls.iter().skip(1).all(known);
            return of_rows.then_some(Chain { table, calls });
        }
        let sent = Sent::of(s, at).filter(|_| s.kind(at) == "call")?;
        at = sent.receiver?;
        calls.push(sent);
    }
    None
}

/// Returns the table whose rows an expression gives.
pub(super) fn table(walk: &Walk<'_, '_, '_>, id: Id) -> Option<String> {
    chain(walk, id).map(|chain| chain.table)
}

/// Reads a call on a class or on rows; returns whether it is one.
pub(super) fn read<'a>(walk: &mut Walk<'_, '_, 'a>, sent: &Sent<'a>) -> bool {
    let s = walk.context().syntax;
    let Some(chain) = chain(walk, sent.id) else {
        let writes = written(sent.name).is_some() && sent.name.len() > "update".len();
        let on_value = sent
            .receiver
            .is_some_and(|r| s.is_name(r) && s.kind(r) != "constant" && s.kind(r) != "self");
        if writes && on_value {
            walk.note(
                sent.id,
                What::Opaque("it is not known here which rows it changes"),
            );
            return true;
        }
        return elsewhere(walk, sent);
    };
    for call in chain.calls.iter().rev() {
        if let Some(rows) = written(call.name) {
            backfill(walk, &chain, call, rows);
        } else if let Some(block) = &call.block {
            let rows = Value::Rows(chain.table.clone());
            let values = vec![rows; block.parameters.len().max(1)];
            walk.block(Some(block), &values);
        } else if let Some(rows) = by_name(walk, call) {
            let effect = plain(rows);
            walk.note(
                call.id,
                What::Step(Box::new(Step::on(&chain.table, effect))),
            );
        }
    }
    true
}

/// `find_each(&:save!)`.
fn by_name(walk: &Walk<'_, '_, '_>, call: &Sent<'_>) -> Option<Rows> {
    let s = walk.context().syntax;
    let block = s.child_of(s.child(call.id, "arguments")?, "block_argument")?;
    written(&walk.scope.word(s.named(block).next()?)?)
}

/// A job, task or service that a migration starts: what it does to rows stands elsewhere.
fn elsewhere<'a>(walk: &mut Walk<'_, '_, 'a>, sent: &Sent<'a>) -> bool {
    let s = walk.context().syntax;
    let on_class = sent.receiver.is_some_and(|r| constant(s, r).is_some());
    let starts = matches!(
        sent.name,
        "perform_later"
            | "perform_async"
            | "perform_now"
            | "perform_in"
            | "perform"
            | "call"
            | "run"
            | "run!"
            | "invoke"
            | "execute!"
            | "backfill"
            | "migrate"
    );
    if on_class && starts {
        walk.note(sent.id, What::Opaque("what it starts stands elsewhere"));
    }
    on_class && starts
}

fn plain(rows: Rows) -> Effect {
    Effect::Backfill {
        rows,
        columns: Vec::new(),
        values: Vec::new(),
    }
}

fn backfill<'a>(walk: &mut Walk<'_, '_, 'a>, chain: &Chain<'a>, call: &Sent<'a>, rows: Rows) {
    let s = walk.context().syntax;
    let mut pairs: Vec<(String, Option<Id>)> = call
        .options
        .iter()
        .map(|(name, value)| (name.to_owned(), Some(value)))
        .collect();
    let first = call.placed.first().copied();
    match (call.name, first) {
        ("update_column" | "update_attribute", Some(column)) => {
            let column = walk.scope.word(column);
            pairs.extend(column.map(|c| (c, call.placed.get(1).copied())));
        }
        ("update_all", Some(sql)) if s.is_string(sql) => {
            return in_sql(walk, chain, call, sql);
        }
        (_, Some(hash)) if s.kind(hash) == "hash" => {
            let options = Options::of(s, hash);
            pairs.extend(options.iter().map(|(n, v)| (n.to_owned(), Some(v))));
        }
        _ => {}
    }
    let value = |id: Id| match s.kind(id) {
        "nil" => Some("NULL".to_owned()),
        _ => walk.scope.word(id),
    };
    let values = pairs
        .iter()
        .filter_map(|(name, id)| Some((name.clone(), value((*id)?)?)))
        .collect();
    let columns: Vec<String> = pairs.into_iter().map(|(name, _)| name).collect();
    let fills =
        rows == Rows::Updated && columns.len() == 1 && asks_for_null(walk, chain, &columns[0]);
    let effect = Effect::Backfill {
        rows: if fills { Rows::Filled } else { rows },
        columns,
        values,
    };
    walk.note(
        call.id,
        What::Step(Box::new(Step::on(&chain.table, effect))),
    );
}

/// Returns whether only rows are taken in which the column holds NULL: `where(plan: nil)`.
fn asks_for_null(walk: &Walk<'_, '_, '_>, chain: &Chain<'_>, column: &str) -> bool {
    let s = walk.context().syntax;
    let asks = |c: &&Sent<'_>| {
        let value = c.options.get(column);
        matches!(c.name, "where" | "rewhere") && value.is_some_and(|v| s.kind(v) == "nil")
    };
    chain.calls.iter().any(|c| asks(&c))
}

/// `update_all("a = b")`: the text stands behind SET.
fn in_sql(walk: &mut Walk<'_, '_, '_>, chain: &Chain<'_>, call: &Sent<'_>, sql: Id) {
    let context = walk.context();
    let text = context.strings.literal(sql).map(|l| l.text);
    let statement = format!("UPDATE {} SET {}", chain.table, text.unwrap_or_default());
    let place = |_| context.file.place(context.syntax.range(sql));
    let lowered = operations::embedded(&statement, walk.dialect, Direction::Up, &place);
    let found = lowered.operations.into_iter().find_map(|o| match o.effect {
        Effect::Backfill {
            rows: Rows::Updated,
            columns,
            values,
        } if !columns.is_empty() && columns.iter().all(|c| asks_for_null(walk, chain, c)) => {
            Some(Effect::Backfill {
                rows: Rows::Filled,
                columns,
                values,
            })
        }
        effect @ Effect::Backfill { .. } => Some(effect),
        _ => None,
    });
    let effect = found.unwrap_or_else(|| plain(Rows::Updated));
    walk.note(
        call.id,
        What::Step(Box::new(Step::on(&chain.table, effect))),
    );
}
