//! `create_table` and what stands in its block.

use coexist_model::{ConstraintKind, Detail, Effect, Element};

use crate::code::inflections::singular;
use crate::code::ruby::{Options, Sent, statements};
use crate::code::syntax::Id;

use super::acts::{Command, Step};
use super::columns;
use super::walk::Walk;

/// Returns what `create_table` does; None where it cannot be told.
pub(super) fn create(walk: &mut Walk<'_, '_, '_>, sent: &Sent<'_>) -> Option<Command> {
    let s = walk.context().syntax;
    let table = walk.scope.word(*sent.placed.first()?)?;
    let mut elements = key(walk, sent, &table);
    if let Some(block) = &sent.block
        && let Some(body) = block.body
    {
        let on = block.parameters.first().copied().unwrap_or("it");
        elements.extend(declared(walk, &table, on, body, 0)?);
    }
    settle_keys(&mut elements);
    let create = Step::on(&table, Effect::CreateTable { elements });
    let conditional = sent.options.flag(s, "if_not_exists") == Some(true);
    let made = Command::both(create, Step::on(&table, Effect::DropTable));
    Some(forced(walk, sent, &table, made.conditionally(conditional)))
}

/// `force: true` drops the table first. In a dump it only makes room.
fn forced(walk: &Walk<'_, '_, '_>, sent: &Sent<'_>, table: &str, made: Command) -> Command {
    let s = walk.context().syntax;
    let force = sent
        .options
        .get("force")
        .is_some_and(|f| s.kind(f) != "false");
    if !force || walk.is_dump() {
        return made;
    }
    let room = Command {
        forward: vec![Step::on(table, Effect::DropTable)],
        back: Some(Vec::new()),
    };
    room.conditionally(true).then(made)
}

/// Returns the primary key that `create_table` makes without being asked.
fn key(walk: &Walk<'_, '_, '_>, sent: &Sent<'_>, table: &str) -> Vec<Element> {
    let s = walk.context().syntax;
    let named = sent.options.get("primary_key");
    let names = named.and_then(|n| walk.scope.words(n));
    let given = sent.options.get("id");
    let key = |columns| {
        let name = format!("{table}_pkey");
        columns::constraint(walk, sent.id, name, ConstraintKind::PrimaryKey, columns)
    };
    // The columns of a key of several stand in the block.
    if let Some(names) = names.clone().filter(|n| n.len() > 1) {
        return vec![key(names)];
    }
    if given.is_some_and(|g| s.kind(g) == "false") || sent.options.get("as").is_some() {
        return Vec::new();
    }
    let name = names.and_then(|n| n.into_iter().next());
    let name = name.unwrap_or_else(|| "id".to_owned());
    let (kind, options) = match given.map(|g| (s.kind(g), g)) {
        Some(("hash", hash)) => {
            let options = Options::of(s, hash);
            let kind = options.get("type").and_then(|t| walk.scope.word(t));
            (kind, options)
        }
        Some((_, word)) => {
            let mut options = Options::default();
            options.inherit(&sent.options, &["default", "limit"]);
            (walk.scope.word(word), options)
        }
        None => (None, Options::default()),
    };
    let whole = if walk.release >= 5.1 {
        "bigint"
    } else {
        "integer"
    };
    let kind = kind
        .filter(|k| k != "primary_key")
        .unwrap_or_else(|| whole.to_owned());
    let mut column = columns::column(walk, sent.id, &name, &kind, &options);
    if let Detail::Column(found) = &mut column.detail {
        found.nullable = false;
        found.generated = matches!(kind.as_str(), "bigint" | "integer" | "serial" | "bigserial");
        if kind == "uuid" && options.get("default").is_none() {
            found.default = Some("gen_random_uuid()".to_owned());
        }
    }
    vec![column, key(vec![name])]
}

/// Columns that are said to be the key by themselves make one.
fn settle_keys(elements: &mut [Element]) {
    let keys: Vec<String> = elements
        .iter()
        .filter_map(|e| match &e.detail {
            Detail::Constraint(c) if c.kind == ConstraintKind::PrimaryKey => {
                Some(c.columns.clone())
            }
            _ => None,
        })
        .flatten()
        .collect();
    for element in elements {
        if let (true, Detail::Column(column)) = (keys.contains(&element.name), &mut element.detail)
        {
            column.nullable = false;
        }
    }
}

/// How deep loops in a block are entered.
const DEEPEST: usize = 5;

/// Returns the elements that the calls in a block declare; None where one is not understood.
fn declared(
    walk: &mut Walk<'_, '_, '_>,
    table: &str,
    on: &str,
    body: Id,
    depth: usize,
) -> Option<Vec<Element>> {
    let s = walk.context().syntax;
    let mut elements = Vec::new();
    for statement in statements(s, body) {
        let modifier = matches!(s.kind(statement), "if_modifier" | "unless_modifier");
        let inner = s.child(statement, "body").filter(|_| modifier);
        let sent = Sent::of(s, inner.unwrap_or(statement))?;
        let on_table = sent.receiver.is_some_and(|r| s.text(r) == on);
        if on_table {
            elements.extend(columns_of(walk, table, &sent)?);
            continue;
        }
        // `%w[a b].each { |name| t.string name }`
        let list = sent.receiver.and_then(|r| walk.scope.words(r));
        let (Some(list), Some(block), true) = (list, &sent.block, depth < DEEPEST) else {
            return None;
        };
        let (Some(body), Some(&name)) = (block.body, block.parameters.first()) else {
            return None;
        };
        for word in list {
            let value = Some(crate::code::ruby::Value::Word(word));
            let before = walk.scope.bind(name, value);
            let found = declared(walk, table, on, body, depth + 1);
            walk.scope.bind(name, before);
            elements.extend(found?);
        }
    }
    Some(elements)
}

/// Returns what one call on the table declares: `t.string :name, :title, null: false`.
pub(super) fn columns_of(
    walk: &Walk<'_, '_, '_>,
    table: &str,
    sent: &Sent<'_>,
) -> Option<Vec<Element>> {
    let s = walk.context().syntax;
    let words: Option<Vec<String>> = sent.placed.iter().map(|&p| walk.scope.word(p)).collect();
    let index = |name: &str| {
        let given = sent
            .options
            .get("index")
            .filter(|&i| s.kind(i) != "false")?;
        let options = Options::of(s, given);
        let words = vec![name.to_owned()];
        Some(columns::index_on(walk, sent.id, table, words, &options))
    };
    Some(match sent.name {
        "timestamps" => columns::timestamps(walk, sent),
        "references" | "belongs_to" => {
            let of = |name: String| {
                let found = columns::reference(walk, sent.id, table, &name, &sent.options);
                found.columns.into_iter().chain(found.constraints)
            };
            words?.into_iter().flat_map(of).collect()
        }
        "index" => {
            let on = *sent.placed.first()?;
            vec![columns::index(walk, sent.id, table, on, &sent.options)?]
        }
        "foreign_key" => {
            let to = words?.into_iter().next()?;
            vec![columns::foreign_key(
                walk,
                sent.id,
                table,
                &to,
                &sent.options,
            )]
        }
        "check_constraint" => {
            let expression = words?.into_iter().next()?;
            vec![columns::check(
                walk,
                sent.id,
                table,
                &expression,
                &sent.options,
            )]
        }
        "unique_constraint" => {
            let on = walk.scope.words(*sent.placed.first()?)?;
            vec![unique(walk, sent, table, on)]
        }
        "exclusion_constraint" => {
            vec![exclusion(walk, sent, table, &words?.into_iter().next()?)]
        }
        "primary_key" => {
            let name = words?.into_iter().next()?;
            let mut column = columns::column(walk, sent.id, &name, "primary_key", &sent.options);
            if let Detail::Column(found) = &mut column.detail {
                found.generated = true;
            }
            let kind = ConstraintKind::PrimaryKey;
            let key = format!("{table}_pkey");
            let key = columns::constraint(walk, sent.id, key, kind, vec![name]);
            vec![column, key]
        }
        "column" => {
            let words = words?;
            let (name, kind) = (words.first()?, words.get(1)?);
            let column = columns::column(walk, sent.id, name, kind, &sent.options);
            std::iter::once(column).chain(index(name)).collect()
        }
        kind => {
            let words = words?;
            if words.is_empty() {
                return None;
            }
            let of = |name: String| {
                let column = columns::column(walk, sent.id, &name, kind, &sent.options);
                let mut found = vec![column];
                found.extend(index(&name));
                if sent.options.flag(s, "primary_key") == Some(true) {
                    let key = format!("{table}_pkey");
                    let kind = ConstraintKind::PrimaryKey;
                    found.push(columns::constraint(walk, sent.id, key, kind, vec![name]));
                }
                found
            };
            words.into_iter().flat_map(of).collect()
        }
    })
}

pub(super) fn unique(
    walk: &Walk<'_, '_, '_>,
    sent: &Sent<'_>,
    table: &str,
    on: Vec<String>,
) -> Element {
    let name = sent.options.get("name").and_then(|n| walk.scope.word(n));
    let about = format!("{table}_{}_unique", on.join("_and_"));
    let name = name.unwrap_or_else(|| columns::hashed("uniq", &about));
    columns::constraint(walk, sent.id, name, ConstraintKind::Unique, on)
}

pub(super) fn exclusion(
    walk: &Walk<'_, '_, '_>,
    sent: &Sent<'_>,
    table: &str,
    expression: &str,
) -> Element {
    let name = sent.options.get("name").and_then(|n| walk.scope.word(n));
    let about = format!("{table}_{expression}_excl");
    let name = name.unwrap_or_else(|| columns::hashed("excl", &about));
    columns::constraint(walk, sent.id, name, ConstraintKind::Exclusion, Vec::new())
}

/// Returns what `create_join_table :users, :cities` does.
pub(super) fn create_join(walk: &mut Walk<'_, '_, '_>, sent: &Sent<'_>) -> Option<Command> {
    let s = walk.context().syntax;
    let one = walk.scope.word(*sent.placed.first()?)?;
    let other = walk.scope.word(*sent.placed.get(1)?)?;
    let table = join_name(walk, sent)?;
    let given = sent.options.get("column_options");
    let options = given.map(|g| Options::of(s, g)).unwrap_or_default();
    let whole = if walk.release >= 5.1 {
        "bigint"
    } else {
        "integer"
    };
    let kind = options.get("type").and_then(|t| walk.scope.word(t));
    let kind = kind.unwrap_or_else(|| whole.to_owned());
    let mut elements: Vec<Element> = [one, other]
        .iter()
        .map(|name| {
            let name = format!("{}_id", singular(name));
            let mut element = columns::column(walk, sent.id, &name, &kind, &options);
            if let Detail::Column(column) = &mut element.detail {
                column.nullable = options.flag(s, "null") == Some(true);
            }
            element
        })
        .collect();
    if let Some(block) = &sent.block
        && let Some(body) = block.body
    {
        let on = block.parameters.first().copied().unwrap_or("it");
        elements.extend(declared(walk, &table, on, body, 0)?);
    }
    let create = Step::on(&table, Effect::CreateTable { elements });
    let made = Command::both(create, Step::on(&table, Effect::DropTable));
    Some(forced(walk, sent, &table, made))
}

/// Returns the name of a join table: both names in order, a common beginning once.
pub(super) fn join_name(walk: &Walk<'_, '_, '_>, sent: &Sent<'_>) -> Option<String> {
    if let Some(named) = sent.options.get("table_name") {
        return walk.scope.word(named);
    }
    let mut names = [
        walk.scope.word(*sent.placed.first()?)?,
        walk.scope.word(*sent.placed.get(1)?)?,
    ];
    names.sort();
    let [first, second] = names;
    // `music_artists` and `music_records` share `music_artists_records`.
    let shared = first.rmatch_indices('_').find_map(|(at, _)| {
        let prefix = &first[..=at];
        second.strip_prefix(prefix).map(str::to_owned)
    });
    Some(format!("{first}_{}", shared.unwrap_or(second)))
}
