//! What a closure does with the table that it is given: `$table->string('name')->nullable()`.

use coexist_model::{ConstraintKind, Effect, Element};

use crate::code::inflections::plural;
use crate::code::php::{Chain, Closure, Value, class_named, snake, table_of};
use crate::code::syntax::Id;
use crate::sql::operations::Sort;

use super::super::script::constraint;
use super::changes_anew;
use super::columns::{Described, described};
use super::walk::Walk;

/// Calls and settings that running code cannot notice.
const HARMLESS: &[&str] = &[
    "engine",
    "charset",
    "collation",
    "comment",
    "temporary",
    "innoDb",
    "getTable",
    "getColumns",
    "getCommands",
    "getAddedColumns",
];

/// Reads what a closure does with a table. Where an operation creates it, its elements become part of that.
pub(super) fn describe<'a>(
    walk: &mut Walk<'_, '_, '_, 'a>,
    table: &str,
    created: Option<usize>,
    closure: &Closure<'a>,
) {
    let before = std::mem::replace(&mut walk.created, created);
    walk.closure(closure, vec![Some(Value::Table(table.to_owned()))]);
    walk.created = before;
}

/// Reads a chain of calls on a table.
pub(super) fn read<'a>(walk: &mut Walk<'_, '_, '_, 'a>, table: &str, chain: &Chain<'a>) {
    let first = &chain.calls[0];
    // `$table->after('name', function ($table) { … })`
    let closure = (first.placed.iter()).find_map(|&a| walk.scope.closure(a));
    if let (Some(closure), "after") = (closure, first.name) {
        return walk.closure(&closure, vec![Some(Value::Table(table.to_owned()))]);
    }
    let columns = described(walk, chain);
    let understood = match columns {
        Some(columns) => {
            columns_of(walk, table, chain, &columns);
            Some(())
        }
        None => command(walk, table, chain),
    };
    if understood.is_none() && !HARMLESS.contains(&first.name) {
        let reason = format!("this use of {} is not understood", first.name);
        walk.script.opaque_on(first.id, table, &reason);
    }
}

/// Adds a constraint or column: to the table that is being created, or as an operation of its own.
fn add(walk: &mut Walk<'_, '_, '_, '_>, id: Id, table: &str, element: Element) {
    match walk.created {
        Some(created) => walk.script.add_to_created(created, vec![element]),
        None => walk.script.add_column(id, table, vec![element]),
    }
}

fn columns_of<'a>(
    walk: &mut Walk<'_, '_, '_, 'a>,
    table: &str,
    chain: &Chain<'a>,
    columns: &[Described],
) {
    let first = &chain.calls[0];
    let changes = chain.calls.iter().any(|c| c.name == "change");
    for column in columns {
        match changes {
            true => change(walk, first.id, table, column),
            false => {
                let mut element = column.element();
                if let coexist_model::Detail::Column(c) = &mut element.detail {
                    c.nullable &= !column.primary;
                }
                add(walk, first.id, table, element);
            }
        }
    }
    let names: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
    if first.name.to_lowercase().ends_with("morphs") {
        let name = first.placed.get(1).and_then(|&n| walk.scope.word(n));
        index(walk, first.id, table, name, "index", names.clone());
    }
    if columns.iter().any(|c| c.primary) && !changes {
        index(walk, first.id, table, None, "primary", names.clone());
    }
    for sent in &chain.calls[1..] {
        let no = sent.placed.first();
        let no = no.is_some_and(|&n| walk.scope.context.syntax.text(n) == "false");
        let name = sent.placed.first().and_then(|&n| walk.scope.word(n));
        match sent.name {
            "unique" | "index" if no => {}
            "unique" | "index" => index(walk, sent.id, table, name, sent.name, names.clone()),
            "primary" if changes && !no => {
                index(walk, sent.id, table, None, "primary", names.clone());
            }
            _ => {}
        }
    }
    foreign(walk, table, chain, names);
}

/// Makes a column what its declaration says. Releases differ in what it does not say.
fn change(walk: &mut Walk<'_, '_, '_, '_>, id: Id, table: &str, column: &Described) {
    let name = || column.name.clone();
    let script = &mut *walk.script;
    let anew = changes_anew(&script.context.file.path);
    let effect = Effect::SetType {
        column: name(),
        type_name: column.type_name.clone(),
        was: None,
    };
    script.on_table(id, table, effect);
    let required = column.nullable.map(|n| !n).or(anew.then_some(true));
    // A key that counts refuses NULL and is given no value by anybody.
    if let Some(required) = required.filter(|_| !column.generated) {
        let effect = Effect::SetRequired {
            column: name(),
            required,
        };
        script.on_table(id, table, effect);
    }
    let default = column.default.clone().or(anew.then_some(None));
    if let Some(default) = default.filter(|_| !column.generated) {
        let effect = Effect::SetDefault {
            column: name(),
            default,
        };
        script.on_table(id, table, effect);
    }
}

/// Returns the name that Laravel makes of a constraint: `users_email_unique`.
fn named(table: &str, columns: &[String], sort: &str) -> String {
    let name = format!("{table}_{}_{sort}", columns.join("_"));
    name.to_lowercase().replace(['-', '.'], "_")
}

fn index(
    walk: &mut Walk<'_, '_, '_, '_>,
    id: Id,
    table: &str,
    name: Option<String>,
    sort: &str,
    columns: Vec<String>,
) {
    let kind = match sort {
        "primary" => ConstraintKind::PrimaryKey,
        "unique" => ConstraintKind::Unique,
        _ => ConstraintKind::Index,
    };
    let name = match kind {
        ConstraintKind::PrimaryKey => None,
        _ => Some(name.unwrap_or_else(|| named(table, &columns, sort))),
    };
    let element = constraint(walk.script, id, table, name, kind, columns);
    add(walk, id, table, element);
}

/// Adds the foreign key that a chain declares: `->constrained()`, `->references('id')->on('users')`.
fn foreign<'a>(
    walk: &mut Walk<'_, '_, '_, 'a>,
    table: &str,
    chain: &Chain<'a>,
    columns: Vec<String>,
) {
    let s = walk.scope.context.syntax;
    let first = &chain.calls[0];
    let mut name = None;
    let mut to = None;
    for sent in &chain.calls[1..] {
        let word = |at: usize, name: &str| sent.at(at, name).and_then(|w| walk.scope.word(w));
        match sent.name {
            "constrained" => {
                let class = first.placed.first().and_then(|&c| class_named(s, c));
                let class = class.map(|c| s.last_name(c));
                to = word(0, "table").or_else(|| match class {
                    Some(class) => Some(table_of(class)),
                    None => {
                        let column = columns.first()?;
                        Some(plural(column.strip_suffix("_id").unwrap_or(column)))
                    }
                });
                name = word(2, "indexName");
            }
            "on" => to = word(0, "table"),
            _ => {}
        }
    }
    let Some(to) = to else { return };
    if first.name == "foreign" {
        name = first.at(1, "name").and_then(|n| walk.scope.word(n));
    }
    let name = name.unwrap_or_else(|| named(table, &columns, "foreign"));
    let kind = ConstraintKind::ForeignKey { table: to };
    let element = constraint(walk.script, first.id, table, Some(name), kind, columns);
    add(walk, first.id, table, element);
}

/// Reads a call that declares no column; None where it is not understood.
fn command<'a>(walk: &mut Walk<'_, '_, '_, 'a>, table: &str, chain: &Chain<'a>) -> Option<()> {
    let s = walk.scope.context.syntax;
    let sent = &chain.calls[0];
    let id = sent.id;
    let first = sent.placed.first().copied();
    let word = |walk: &Walk<'_, '_, '_, 'a>, at: usize| walk.scope.word(*sent.placed.get(at)?);
    match sent.name {
        "primary" | "unique" | "index" | "fullText" | "fulltext" | "spatialIndex" => {
            let columns = walk.scope.words(sent.at(0, "columns")?)?;
            let name = sent.at(1, "name").and_then(|n| walk.scope.word(n));
            let sort = sent.name.to_lowercase();
            index(walk, id, table, name, &sort, columns);
        }
        "rawIndex" => {
            let name = word(walk, 1)?;
            index(walk, id, table, Some(name), "index", Vec::new());
        }
        "foreign" => {
            let columns = walk.scope.words(sent.at(0, "columns")?)?;
            foreign(walk, table, chain, columns);
        }
        "dropColumn" | "removeColumn" => {
            for &argument in &sent.placed {
                for column in walk.scope.words(argument)? {
                    drop_column(walk, id, table, column);
                }
            }
        }
        "renameColumn" => {
            let (column, to) = (word(walk, 0)?, word(walk, 1)?);
            let effect = Effect::RenameColumn { column, to };
            walk.script.on_table(id, table, effect);
        }
        "dropPrimary" => {
            let name = walk.script.name(Sort::PrimaryKey, table, &[]);
            drop_constraint(walk, id, table, name);
        }
        "dropUnique" | "dropIndex" | "dropForeign" | "dropFullText" | "dropFulltext"
        | "dropSpatialIndex" => {
            let sort = sent.name.strip_prefix("drop")?.to_lowercase();
            let listed = s.kind(first?) == "array_creation_expression";
            let names = walk.scope.words(first?)?;
            let name = match listed {
                true => named(table, &names, &sort),
                false => names.into_iter().next()?,
            };
            drop_constraint(walk, id, table, name);
        }
        "dropConstrainedForeignId" | "dropForeignIdFor" | "dropConstrainedForeignIdFor" => {
            let class = first.and_then(|f| class_named(s, f));
            let class = class.map(|c| s.last_name(c));
            let column = match class {
                Some(class) => word(walk, 1).unwrap_or_else(|| format!("{}_id", snake(class))),
                None => word(walk, 0)?,
            };
            let name = named(table, std::slice::from_ref(&column), "foreign");
            drop_constraint(walk, id, table, name);
            if sent.name != "dropForeignIdFor" {
                drop_column(walk, id, table, column);
            }
        }
        "dropTimestamps" | "dropTimestampsTz" | "dropDatetimes" => {
            drop_column(walk, id, table, "created_at".to_owned());
            drop_column(walk, id, table, "updated_at".to_owned());
        }
        "dropSoftDeletes" | "dropSoftDeletesTz" | "dropSoftDeletesDatetime" => {
            let column = match sent.placed.is_empty() {
                true => "deleted_at".to_owned(),
                false => word(walk, 0)?,
            };
            drop_column(walk, id, table, column);
        }
        "dropRememberToken" => drop_column(walk, id, table, "remember_token".to_owned()),
        "dropMorphs" => {
            let name = word(walk, 0)?;
            let columns = [format!("{name}_type"), format!("{name}_id")];
            let index = word(walk, 1).unwrap_or_else(|| named(table, &columns, "index"));
            drop_constraint(walk, id, table, index);
            for column in columns {
                drop_column(walk, id, table, column);
            }
        }
        "renameIndex" => {
            let (name, to) = (word(walk, 0)?, word(walk, 1)?);
            let effect = Effect::RenameConstraint { name, to };
            walk.script.on_table(id, table, effect);
        }
        "rename" => {
            let to = word(walk, 0)?;
            walk.script.on_table(id, table, Effect::RenameTable { to });
        }
        "drop" | "dropIfExists" => {
            walk.script.on_table(id, table, Effect::DropTable);
            walk.script.conditionally(sent.name == "dropIfExists");
        }
        "create" => {}
        _ => return None,
    }
    Some(())
}

fn drop_column(walk: &mut Walk<'_, '_, '_, '_>, id: Id, table: &str, column: String) {
    walk.script
        .on_table(id, table, Effect::DropColumn { column });
}

fn drop_constraint(walk: &mut Walk<'_, '_, '_, '_>, id: Id, table: &str, name: String) {
    walk.script
        .on_table(id, table, Effect::DropConstraint { name });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_named_by_table_columns_and_sort() {
        let columns = ["first-name".to_owned(), "b".to_owned()];
        assert_eq!(
            named("Users", &columns, "unique"),
            "users_first_name_b_unique"
        );
    }

    #[test]
    fn a_foreign_key_points_to_the_plural_of_its_column() {
        assert_eq!(table_of("UserGroup"), "user_groups");
        assert_eq!(snake("UserGroup"), "user_group");
    }
}
