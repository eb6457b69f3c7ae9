//! What each change does. <https://docs.liquibase.com/change-types/home.html>

use coexist_model::{ConstraintKind, Detail, Effect, Element, Surface, SurfaceKind};

use super::changesets::{Changesets, include};
use super::columns::{constraint, default, elements, folded, listed, table, type_name};
use super::rows;
use super::tree::Item;
use crate::sql::operations::Sort;

const UNNAMED: &str = "its table is named by a parameter of another file, or not at all";

/// Adds what a change does.
pub(super) fn lower(all: &mut Changesets<'_>, item: &Item) {
    match item.name.as_str() {
        "sql" => return sql(all, item, "sql"),
        "sqlFile" => return sql_file(all, item),
        "createView" => return create_view(all, item),
        "dropView" | "renameView" => return view(all, item),
        "createProcedure" | "createFunction" | "createTrigger" | "createPackage" => {
            return procedure(all, item);
        }
        "customChange" => {
            let class = item.get("class").unwrap_or("a class");
            return all.opaque(item, "", &format!("what {class} does is not read"));
        }
        "executeCommand" => return all.opaque(item, "", "it runs a command of the system"),
        "dropProcedure" | "dropFunction" | "dropTrigger" => return routine(all, item),
        name if QUIET.contains(&name) => {
            return all.emit(item, Surface::table(""), Effect::Nothing);
        }
        _ => {}
    }
    let table = match item.name.as_str() {
        "renameTable" => table(all, item, "oldTableName", "schemaName"),
        "addForeignKeyConstraint" | "dropForeignKeyConstraint" | "dropAllForeignKeyConstraints" => {
            table(all, item, "baseTableName", "baseTableSchemaName")
        }
        _ => table(all, item, "tableName", "schemaName"),
    };
    let done = match &table {
        Some(table) => on_table(all, item, table),
        None => Err(UNNAMED),
    };
    if let Err(why) = done {
        all.opaque(item, table.as_deref().unwrap_or_default(), why);
    }
}

/// Changes that running code does not notice.
const QUIET: &[&str] = &[
    "tagDatabase",
    "empty",
    "output",
    "stop",
    "setTableRemarks",
    "setColumnRemarks",
    "createSequence",
    "alterSequence",
    "renameSequence",
    "markUnused",
    "enableTrigger",
    "disableTrigger",
    "enableCheckConstraint",
];

fn on_table(all: &mut Changesets<'_>, item: &Item, table: &str) -> Result<(), &'static str> {
    let named = |name: &'static str| item.get(name).map(folded);
    let column = || named("columnName").ok_or("it names no column");
    let surface = Surface::table(table);
    let effect = match item.name.as_str() {
        "createTable" => create_table(all, item, table)?,
        "dropTable" => Effect::DropTable,
        "renameTable" => Effect::RenameTable {
            to: renamed(table, &named("newTableName").ok_or("it names no table")?),
        },
        "addColumn" => return add_columns(all, item, table),
        "dropColumn" => return drop_columns(all, item, table),
        "renameColumn" => Effect::RenameColumn {
            column: named("oldColumnName").ok_or("it names no column")?,
            to: named("newColumnName").ok_or("it names no column")?,
        },
        "modifyDataType" => Effect::SetType {
            column: column()?,
            type_name: type_name(all, item.get("newDataType")),
            was: None,
        },
        "addNotNullConstraint" | "dropNotNullConstraint" => {
            return required(all, item, table, &column()?);
        }
        "addDefaultValue" | "dropDefaultValue" => Effect::SetDefault {
            column: column()?,
            default: default(all, item),
        },
        "addAutoIncrement" => Effect::SetDefault {
            column: column()?,
            default: Some("auto increment".to_owned()),
        },
        "insert" | "update" | "delete" | "loadData" | "loadUpdateData" => {
            rows::changed(all, item, table)
        }
        _ => return constraints(all, item, table),
    };
    all.emit(item, surface, effect);
    Ok(())
}

/// The schema of a table stays with it.
fn renamed(table: &str, to: &str) -> String {
    match table.rsplit_once('.') {
        Some((schema, _)) if !to.contains('.') => format!("{schema}.{to}"),
        _ => to.to_owned(),
    }
}

fn create_table(
    all: &mut Changesets<'_>,
    item: &Item,
    table: &str,
) -> Result<Effect, &'static str> {
    let mut made: Vec<Element> = Vec::new();
    for column in item.all("column") {
        let more = elements(all, table, column).ok_or("a column of it has no name here")?;
        for element in more {
            match joined_key(&mut made, &element) {
                true => {}
                false => made.push(element),
            }
        }
    }
    Ok(Effect::CreateTable { elements: made })
}

/// Columns of a table that say `primaryKey` each are one key.
fn joined_key(made: &mut [Element], element: &Element) -> bool {
    let Detail::Constraint(new) = &element.detail else {
        return false;
    };
    if new.kind != ConstraintKind::PrimaryKey {
        return false;
    }
    let key = made.iter_mut().find_map(|e| match &mut e.detail {
        Detail::Constraint(c) if c.kind == ConstraintKind::PrimaryKey => Some(c),
        _ => None,
    });
    match key {
        Some(key) => {
            key.columns.extend(new.columns.iter().cloned());
            true
        }
        None => false,
    }
}

fn add_columns(all: &mut Changesets<'_>, item: &Item, table: &str) -> Result<(), &'static str> {
    for column in item.all("column") {
        let more = elements(all, table, column).ok_or("a column of it has no name here")?;
        let names: Vec<String> = more.iter().take(1).map(|e| e.name.clone()).collect();
        for element in more {
            let place = element.place.clone();
            let effect = match element.detail {
                Detail::Column(_) => Effect::AddColumn(element),
                _ => Effect::AddConstraint(element),
            };
            all.emit_at(place, Surface::table(table), effect);
        }
        if let Some(effect) = rows::filled(column, names) {
            all.emit(column, Surface::table(table), effect);
        }
    }
    Ok(())
}

fn drop_columns(all: &mut Changesets<'_>, item: &Item, table: &str) -> Result<(), &'static str> {
    let own = item.get("columnName").map(|c| (item, folded(c)));
    let listed = item
        .all("column")
        .filter_map(|c| Some((c, folded(c.get("name")?))));
    let columns: Vec<(&Item, String)> = own.into_iter().chain(listed).collect();
    if columns.is_empty() {
        return Err("it names no column");
    }
    for (at, column) in columns {
        all.emit(at, Surface::table(table), Effect::DropColumn { column });
    }
    Ok(())
}

/// A column that is to refuse NULL gets a value first, where one is given.
fn required(
    all: &mut Changesets<'_>,
    item: &Item,
    table: &str,
    column: &str,
) -> Result<(), &'static str> {
    let adds = item.name == "addNotNullConstraint";
    if adds && item.get("defaultNullValue").is_some() {
        let effect = rows::given(column);
        all.emit(item, Surface::table(table), effect);
    }
    let effect = Effect::SetRequired {
        column: column.to_owned(),
        required: adds,
    };
    all.emit(item, Surface::table(table), effect);
    Ok(())
}

fn constraints(all: &mut Changesets<'_>, item: &Item, table: &str) -> Result<(), &'static str> {
    let named = |name: &str| item.get(name).map(folded);
    let columns = |name: &str| item.get(name).map(listed).unwrap_or_default();
    let (kind, sort, name, columns) = match item.name.as_str() {
        "addPrimaryKey" => (
            ConstraintKind::PrimaryKey,
            Sort::PrimaryKey,
            named("constraintName"),
            columns("columnNames"),
        ),
        "addUniqueConstraint" => (
            ConstraintKind::Unique,
            Sort::Unique,
            named("constraintName"),
            columns("columnNames"),
        ),
        "addForeignKeyConstraint" => (
            ConstraintKind::ForeignKey {
                table: named("referencedTableName").unwrap_or_default(),
            },
            Sort::ForeignKey,
            named("constraintName"),
            columns("baseColumnNames"),
        ),
        "addCheckConstraint" => (
            ConstraintKind::Check {
                expression: item
                    .get("constraintBody")
                    .or(item.get("checkConstraint"))
                    .unwrap_or_default()
                    .to_owned(),
            },
            Sort::Check,
            named("constraintName"),
            Vec::new(),
        ),
        "createIndex" => {
            let columns = item.all("column").filter_map(|c| c.get("name"));
            let columns = columns.flat_map(listed).collect();
            match item.is("unique") {
                true => (
                    ConstraintKind::Unique,
                    Sort::Unique,
                    named("indexName"),
                    columns,
                ),
                false => (
                    ConstraintKind::Index,
                    Sort::Index,
                    named("indexName"),
                    columns,
                ),
            }
        }
        _ => return drop_constraint(all, item, table),
    };
    let name = name.unwrap_or_else(|| all.name(sort, table, &columns));
    let element = constraint(name, kind, columns, all.place(item.at.clone()));
    all.emit(item, Surface::table(table), Effect::AddConstraint(element));
    Ok(())
}

fn drop_constraint(all: &mut Changesets<'_>, item: &Item, table: &str) -> Result<(), &'static str> {
    let name = match item.name.as_str() {
        "dropPrimaryKey" => item.get("constraintName").unwrap_or("primary"),
        "dropUniqueConstraint" | "dropForeignKeyConstraint" | "dropCheckConstraint" => {
            item.get("constraintName").ok_or("it names no constraint")?
        }
        "dropIndex" => item.get("indexName").ok_or("it names no index")?,
        _ => return Err("this kind of change is not understood"),
    };
    let name = folded(name);
    all.emit(item, Surface::table(table), Effect::DropConstraint { name });
    Ok(())
}

fn sql(all: &mut Changesets<'_>, item: &Item, attribute: &str) {
    match item.text_of(attribute).cloned() {
        Some(text) => all.sql(&text),
        None if item.text.value.trim().is_empty() => {}
        None => all.sql(&item.text),
    }
}

/// The SQL stands in another file: what it does is filled in where that is read too.
fn sql_file(all: &mut Changesets<'_>, item: &Item) {
    let Some(path) = item.get("path").map(str::to_owned) else {
        return all.opaque(item, "", "it names no file");
    };
    let at = all.operations.len();
    let file = include(&path, item.is("relativeToChangelogFile"), false);
    all.opaque(item, "", &format!("the SQL of {path} is not read"));
    all.files.push((at, file));
}

fn create_view(all: &mut Changesets<'_>, item: &Item) {
    let query = item.text_of("selectQuery").unwrap_or(&item.text).clone();
    let Some(name) = table(all, item, "viewName", "schemaName") else {
        return all.opaque(item, "", UNNAMED);
    };
    let starts = query.value.trim_start().to_lowercase();
    if starts.starts_with("create") {
        return all.sql(&query);
    }
    // The columns and tables are those of its query.
    let text = format!("CREATE OR REPLACE VIEW {name} AS {}", query.value);
    let place = all.place(item.at.clone());
    all.sql_at(&text, &|_| place.clone());
}

fn view(all: &mut Changesets<'_>, item: &Item) {
    let (old, effect) = match item.name.as_str() {
        "dropView" => ("viewName", Some(Effect::DropView)),
        _ => {
            let to = item.get("newViewName").map(folded);
            ("oldViewName", to.map(|to| Effect::RenameTable { to }))
        }
    };
    match (table(all, item, old, "schemaName"), effect) {
        (Some(name), Some(effect)) => {
            all.emit(item, Surface::new(SurfaceKind::View, name), effect);
        }
        _ => all.opaque(item, "", UNNAMED),
    }
}

fn procedure(all: &mut Changesets<'_>, item: &Item) {
    let names = [
        "procedureText",
        "procedureBody",
        "functionBody",
        "triggerBody",
    ];
    let body = names.iter().find_map(|n| item.text_of(n));
    let body = body.unwrap_or(&item.text).clone();
    if body.value.trim().is_empty() {
        return all.opaque(item, "", "what it makes stands in another file");
    }
    all.sql(&body);
}

fn routine(all: &mut Changesets<'_>, item: &Item) {
    let names = ["procedureName", "functionName", "triggerName"];
    let Some(name) = names.iter().find_map(|n| item.get(n)) else {
        return all.opaque(item, "", "it names no routine");
    };
    let tables = item.get("tableName").map(|t| Surface::table(folded(t)));
    let effect = Effect::DropRoutine {
        tables: tables.into_iter().collect(),
    };
    all.emit(
        item,
        Surface::new(SurfaceKind::Routine, folded(name)),
        effect,
    );
}
