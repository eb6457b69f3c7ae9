//! What a way does: calls on the manager and on its connection, in the function itself and in those of the file that it hands them to.

use std::collections::BTreeSet;

use coexist_model::{ConstraintKind, Dialect, Effect, Element, Rows, Surface, SurfaceKind};

use crate::code::context::Context;
use crate::code::javascript::columns::Described;
use crate::code::migrations::javascript::partial;
use crate::code::migrations::script::{Script, constraint, require_keys};
use crate::code::syntax::Id;
use crate::code::view::Call;
use crate::sql::operations::type_of;

use super::columns::{Column, column};
use super::databases::{self, Databases, all};
use super::names::{name, names};
use super::statements::{Statement, function, resolved};

/// How deep functions that are handed the manager are followed.
const DEEPEST: usize = 4;
/// Calls that ask and change nothing.
const ASKS: &[&str] = &[
    "has_table",
    "has_column",
    "has_index",
    "get_connection",
    "get_database_backend",
    "query_one",
    "query_all",
    "query_one_raw",
    "query_all_raw",
    "begin",
    "commit",
    "rollback",
    "all",
    "one",
    "count",
    "stream",
    "into_model",
    "paginate",
    "Ok",
    "ping",
];

/// Adds what a function does with the manager that it is handed.
pub(super) fn read(script: &mut Script<'_, '_, '_>, way: Id) {
    follow(
        script,
        way,
        &Reached {
            conditional: false,
            on: all(),
        },
        0,
    );
}

/// When a function is called.
struct Reached {
    conditional: bool,
    /// The databases on which it is.
    on: Databases,
}

fn follow(script: &mut Script<'_, '_, '_>, way: Id, reached: &Reached, depth: usize) {
    let context = script.context;
    let s = context.syntax;
    let Some(body) = s.child(way, "body") else {
        return;
    };
    let handles = handles(context, way, body);
    let mut calls: Vec<(usize, Id, Call)> = s
        .below(body)
        .filter_map(|id| Some((id, s.call(id)?)))
        .map(|(id, call)| (s.range(call.callee).end, id, call))
        .collect();
    calls.sort_by_key(|(at, id, _)| (*at, *id));
    let on_handle = |call: Call| {
        s.receiver(call)
            .is_some_and(|r| is_handle(context, r, &handles))
    };
    let statements: Vec<Id> = calls
        .iter()
        .filter(|(_, _, call)| on_handle(*call) && !ASKS.contains(&s.called(*call)))
        .flat_map(|(_, _, call)| s.arguments(*call))
        .collect();
    for (_, id, call) in calls {
        script.branch(reached.conditional);
        let on = &reached.on & &databases::reached(context, id, way);
        // Another database than the one that is told.
        if script.told.is_some_and(|told| !on.contains(&told)) {
            continue;
        }
        if on_handle(call) {
            let since = script.len();
            step(script, id, call);
            if script.told.is_none() && on != all() {
                script.doubt(
                    since,
                    "it runs on some databases alone, and which one is used cannot be told",
                );
            }
            continue;
        }
        let handed = s
            .arguments(call)
            .into_iter()
            .any(|a| is_handle(context, a, &handles));
        // What describes a statement may ask the manager which database it is.
        let describes = statements.iter().any(|&of| s.is_within(id, of));
        if !handed || describes || ASKS.contains(&s.called(call)) {
            continue;
        }
        match function(context, s.called(call)).filter(|&f| depth < DEEPEST && f != way) {
            Some(inner) => {
                let conditional = script.is_conditional(id);
                follow(script, inner, &Reached { conditional, on }, depth + 1);
            }
            None => {
                let reason = format!(
                    "what {} does with the database is not understood",
                    s.called(call)
                );
                script.opaque(id, &reason);
            }
        }
    }
    script.branch(reached.conditional);
}

/// Returns the names by which a function calls the manager and its connection.
fn handles<'a>(context: &Context<'_, 'a>, way: Id, body: Id) -> BTreeSet<&'a str> {
    let s = context.syntax;
    let parameters = s
        .child(way, "parameters")
        .map(|list| s.named(list).collect::<Vec<_>>());
    let mut found: BTreeSet<&str> = parameters
        .unwrap_or_default()
        .into_iter()
        .filter(|&p| {
            let of_type = s.child(p, "type").map_or("", |t| s.text(t));
            ["SchemaManager", "Connection", "DatabaseTransaction"]
                .iter()
                .any(|w| of_type.contains(w))
        })
        .filter_map(|p| s.child(p, "pattern").map(|n| s.text(n)))
        .collect();
    for id in s.below(body).filter(|&id| s.kind(id) == "let_declaration") {
        let (Some(name), Some(value)) = (s.child(id, "pattern"), s.child(id, "value")) else {
            continue;
        };
        let opens = s.call(s.bare(value)).is_some_and(|c| {
            matches!(s.called(c), "get_connection" | "begin")
                && s.receiver(c).is_some_and(|r| is_handle(context, r, &found))
        });
        if opens {
            found.insert(s.text(name));
        }
    }
    found
}

/// Returns whether an expression is the manager or its connection.
fn is_handle(context: &Context<'_, '_>, id: Id, handles: &BTreeSet<&str>) -> bool {
    let s = context.syntax;
    let id = s.bare(id);
    match s.call(id) {
        Some(call) => {
            matches!(s.called(call), "get_connection")
                && s.receiver(call)
                    .is_some_and(|r| is_handle(context, r, handles))
        }
        None => s.is_name(id) && handles.contains(s.text(id)),
    }
}

/// Adds what a call on the manager or its connection does.
fn step(script: &mut Script<'_, '_, '_>, id: Id, call: Call) {
    let context = script.context;
    let s = context.syntax;
    let called = s.called(call);
    if ASKS.contains(&called) {
        return;
    }
    let first = s.arguments(call).first().copied();
    let understood = match (called, first) {
        ("execute_unprepared", Some(sql)) => {
            script.sql(sql);
            Some(())
        }
        ("execute" | "execute_raw", Some(statement)) => executed(script, id, statement),
        (_, Some(given)) => {
            Statement::of(context, given).and_then(|statement| run(script, id, &statement))
        }
        _ => None,
    };
    if understood.is_none() {
        let reason = format!("this use of {called} is not understood");
        script.opaque(id, &reason);
    }
}

/// `db.execute(Statement::from_string(backend, "…"))`, `db.execute(backend.build(&statement))`.
fn executed(script: &mut Script<'_, '_, '_>, id: Id, statement: Id) -> Option<()> {
    let context = script.context;
    let s = context.syntax;
    let at = resolved(context, statement)?;
    let call = s.call(at)?;
    let given = s.arguments(call);
    match s.called(call) {
        "from_string" | "from_sql_and_values" => script.sql(*given.get(1)?),
        "build" => return run(script, id, &Statement::of(context, *given.first()?)?),
        _ => return run(script, id, &Statement::of(context, at)?),
    }
    Some(())
}

/// Adds what a statement does.
fn run(script: &mut Script<'_, '_, '_>, id: Id, of: &Statement<'_, '_, '_>) -> Option<()> {
    match (of.of.as_str(), of.does()) {
        ("Table", "create") => create(script, id, of)?,
        ("Table", "alter") => return alter(script, of),
        ("Table", "drop") => {
            for table in of.names("table") {
                script.on_table(id, &table?, Effect::DropTable);
                script.conditionally(of.says("if_exists"));
            }
            return Some(());
        }
        ("Table", "rename") => {
            let given = &of.links("table").next()?.given;
            let (table, to) = (
                name(of.context, *given.first()?)?,
                name(of.context, *given.get(1)?)?,
            );
            script.on_table(id, &table, Effect::RenameTable { to });
        }
        ("Table", "truncate") => rows(script, id, &of.name("table")?, Rows::Deleted, Vec::new()),
        ("Index", "create") => {
            let table = of.name("table")?;
            let element = index(script, id, &table, of);
            script.on_table(id, &table, Effect::AddConstraint(element));
        }
        ("Index", "drop") => {
            let table = of.name("table").unwrap_or_default();
            script.on_table(
                id,
                &table,
                Effect::DropConstraint {
                    name: of.name("name")?,
                },
            );
        }
        ("ForeignKey", "create") => {
            let (table, element) = foreign_key(script, id, of, None)?;
            script.on_table(id, &table, Effect::AddConstraint(element));
        }
        ("ForeignKey", "drop") => {
            let table = of.name("table")?;
            script.on_table(
                id,
                &table,
                Effect::DropConstraint {
                    name: of.name("name")?,
                },
            );
        }
        ("Type", "create") => {
            let given = of.links("values").next()?.given.first().copied()?;
            let values = names(of.context, given)?;
            let surface = Surface::new(SurfaceKind::Type, of.name("as_enum")?);
            script.emit(id, surface, Effect::CreateEnum { values });
        }
        ("Type", "alter") => {
            let surface = Surface::new(SurfaceKind::Type, of.name("name")?);
            let effect = if let Some(value) = of.name("add_value") {
                Effect::AddEnumValue { value }
            } else if let Some(to) = of.name("rename_to") {
                Effect::RenameType { to }
            } else {
                let given = &of.links("rename_value").next()?.given;
                let text = |at: usize| name(of.context, *given.get(at)?);
                Effect::RenameEnumValue {
                    value: text(0)?,
                    to: text(1)?,
                }
            };
            script.emit(id, surface, effect);
        }
        ("Type", "drop") => {
            for of_type in of.names("name") {
                let surface = Surface::new(SurfaceKind::Type, of_type?);
                script.emit(id, surface, Effect::DropType);
            }
        }
        ("Query", "insert") => {
            let columns = of.columns(&["columns"]).unwrap_or_default();
            rows(script, id, &of.name("into_table")?, Rows::Inserted, columns);
        }
        ("Query", "update") => {
            let columns: Option<Vec<String>> = of.names("value").into_iter().collect();
            rows(
                script,
                id,
                &of.name("table")?,
                Rows::Updated,
                columns.filter(|_| !of.says("values"))?,
            );
        }
        ("Query", "delete") => rows(
            script,
            id,
            &of.name("from_table")?,
            Rows::Deleted,
            Vec::new(),
        ),
        _ => return None,
    }
    script.conditionally(of.says("if_not_exists") || of.says("if_exists"));
    Some(())
}

fn rows(script: &mut Script<'_, '_, '_>, id: Id, table: &str, rows: Rows, columns: Vec<String>) {
    let values = Vec::new();
    script.on_table(
        id,
        table,
        Effect::Backfill {
            rows,
            columns,
            values,
        },
    );
}

/// `Table::create().table(…).col(…)`.
fn create(script: &mut Script<'_, '_, '_>, id: Id, of: &Statement<'_, '_, '_>) -> Option<()> {
    let context = of.context;
    let table = of.name("table")?;
    let mut elements = Vec::new();
    for link in &of.links {
        let first = link.given.first().copied();
        match link.name {
            "col" => {
                let Column {
                    name, described, ..
                } = column(context, first?, script.dialect)?;
                elements.extend(described.elements(script, link.id, &table, &name));
            }
            "primary_key" => {
                let columns = Statement::of(context, first?)?.columns(&["col"])?;
                elements.push(constraint(
                    script,
                    link.id,
                    &table,
                    None,
                    ConstraintKind::PrimaryKey,
                    columns,
                ));
            }
            "index" => {
                let inner = Statement::of(context, first?)?;
                elements.push(index(script, link.id, &table, &inner));
            }
            "foreign_key" => {
                let inner = Statement::of(context, first?)?;
                elements.push(foreign_key(script, link.id, &inner, Some(&table))?.1);
            }
            "check" => {
                let kind = ConstraintKind::Check {
                    expression: String::new(),
                };
                elements.push(constraint(script, link.id, &table, None, kind, Vec::new()));
            }
            _ => {}
        }
    }
    if of.with_times {
        for name in ["created_at", "updated_at"] {
            let described = Described {
                type_name: type_of("timestamp", script.dialect),
                required: true,
                default: Some("CURRENT_TIMESTAMP".to_owned()),
                ..Described::default()
            };
            elements.extend(described.elements(script, id, &table, name));
        }
    }
    require_keys(&mut elements);
    script.on_table(id, &table, Effect::CreateTable { elements });
    Some(())
}

/// `Table::alter().table(…).add_column(…)`: what one call does that cannot be told is opaque, the others count.
fn alter(script: &mut Script<'_, '_, '_>, of: &Statement<'_, '_, '_>) -> Option<()> {
    let table = of.name("table")?;
    for link in &of.links {
        if matches!(link.name, "alter" | "table" | "to_owned" | "take" | "clone") {
            continue;
        }
        if change(script, &table, of, link).is_none() {
            let reason = format!("this use of {} is not understood", link.name);
            script.opaque_on(link.id, &table, &reason);
        }
    }
    Some(())
}

fn change(
    script: &mut Script<'_, '_, '_>,
    table: &str,
    of: &Statement<'_, '_, '_>,
    link: &crate::code::chains::Link<'_>,
) -> Option<()> {
    let context = of.context;
    let first = *link.given.first()?;
    // What a new table has, nobody relies on yet; here it counts.
    let told = || column(context, first, script.dialect).filter(|c| !c.described_elsewhere);
    match link.name {
        "add_column" | "add_column_if_not_exists" => {
            let Column {
                name, described, ..
            } = told()?;
            let elements = described.elements(script, link.id, table, &name);
            script.add_column(link.id, table, elements);
            script.conditionally(link.name == "add_column_if_not_exists");
        }
        "drop_column" | "drop_column_if_exists" => {
            let column = name(context, first)?;
            script.on_table(link.id, table, Effect::DropColumn { column });
            script.conditionally(link.name == "drop_column_if_exists");
        }
        "rename_column" => {
            let (column, to) = (name(context, first)?, name(context, *link.given.get(1)?)?);
            script.on_table(link.id, table, Effect::RenameColumn { column, to });
        }
        "modify_column" => modify(script, table, link.id, told()?),
        "add_foreign_key" => {
            let inner = Statement::of(context, first)?;
            let element = foreign_key(script, link.id, &inner, Some(table))?.1;
            script.on_table(link.id, table, Effect::AddConstraint(element));
        }
        "drop_foreign_key" => {
            let name = name(context, first)?;
            script.on_table(link.id, table, Effect::DropConstraint { name });
        }
        _ => return None,
    }
    Some(())
}

/// PostgreSQL is told what is said of the column, MySQL all of it again: what is not said is gone there.
///
/// <https://docs.rs/sea-query/latest/sea_query/table/struct.TableAlterStatement.html#method.modify_column>
fn modify(script: &mut Script<'_, '_, '_>, table: &str, id: Id, of: Column) {
    let whole = matches!(script.told, Some(Dialect::MySql));
    let Column {
        name: column,
        described,
        said,
        ..
    } = of;
    if !described.type_name.is_empty() {
        let type_name = described.type_name;
        script.on_table(
            id,
            table,
            Effect::SetType {
                column: column.clone(),
                type_name,
                was: None,
            },
        );
    }
    if whole || described.default.is_some() {
        let default = described.default;
        script.on_table(
            id,
            table,
            Effect::SetDefault {
                column: column.clone(),
                default,
            },
        );
    }
    if let Some(required) = said.or(whole.then_some(false)) {
        script.on_table(
            id,
            table,
            Effect::SetRequired {
                column: column.clone(),
                required,
            },
        );
    }
    if described.unique {
        let element = constraint(
            script,
            id,
            table,
            None,
            ConstraintKind::Unique,
            vec![column],
        );
        script.on_table(id, table, Effect::AddConstraint(element));
    }
}

fn index(
    script: &mut Script<'_, '_, '_>,
    id: Id,
    table: &str,
    of: &Statement<'_, '_, '_>,
) -> Element {
    let columns = of.columns(&["col"]);
    let some = columns.is_none() || of.says("and_where") || of.says("cond_where");
    let kind = if of.says("primary") {
        ConstraintKind::PrimaryKey
    } else if of.says("unique") {
        ConstraintKind::Unique
    } else {
        ConstraintKind::Index
    };
    let element = constraint(
        script,
        id,
        table,
        of.name("name"),
        kind,
        columns.unwrap_or_default(),
    );
    partial(element, some)
}

/// `ForeignKey::create().from(A::Table, A::BId).to(B::Table, B::Id)`, or the same with `from_tbl`, `from_col`, `to_tbl` and `to_col`. In the
/// creation of a table it is that one's.
fn foreign_key(
    script: &mut Script<'_, '_, '_>,
    id: Id,
    of: &Statement<'_, '_, '_>,
    owner: Option<&str>,
) -> Option<(String, Element)> {
    let from = of.links("from").next();
    let column = from.and_then(|l| names(of.context, *l.given.get(1)?));
    let columns = column.or_else(|| of.columns(&["from_col"]))?;
    let table = match owner {
        Some(owner) => owner.to_owned(),
        None => of.name("from").or_else(|| of.name("from_tbl"))?,
    };
    let to = of.name("to").or_else(|| of.name("to_tbl"))?;
    let kind = ConstraintKind::ForeignKey { table: to };
    let element = constraint(script, id, &table, of.name("name"), kind, columns);
    Some((table, element))
}
