//! Columns and constraints as SQLAlchemy spells them: `sa.Column("name", sa.String(50), nullable=False)`.
//!
//! Types: <https://docs.sqlalchemy.org/en/20/core/type_basics.html>.

use coexist_model::{Column, Constraint, ConstraintKind, Detail, Element};

use crate::code::migrations::arguments::{Arguments, text, texts};
use crate::code::migrations::script::Script;
use crate::code::syntax::Id;
use crate::sql::operations::{Sort, type_of};

/// Returns the column that a call of `Column` declares, and the constraints that stand in it; None where it is no such call or its
/// name cannot be told.
pub(super) fn column(script: &mut Script<'_, '_, '_>, table: &str, id: Id) -> Option<Vec<Element>> {
    let s = script.context.syntax;
    let call = s.call(id).filter(|&c| s.called(c) == "Column")?;
    let arguments = Arguments::of(script.context, call);
    let name = arguments.text(0, "name")?;
    let primary = arguments.flag("primary_key") == Some(true);
    let type_node = arguments
        .placed
        .get(1)
        .copied()
        .or_else(|| arguments.named("type_"));
    let identity = arguments
        .placed
        .iter()
        .any(|&a| is_call_of(script, a, &["Identity", "Computed"]));
    let type_name = type_node.map_or_else(String::new, |t| type_name(script, t));
    let counts = type_name == "integer" || type_name == "bigint" || type_name == "smallint";
    let column = Column {
        nullable: !primary && arguments.flag("nullable") != Some(false),
        default: arguments
            .named("server_default")
            .and_then(|d| default(script, d)),
        generated: identity
            || (primary && counts && arguments.flag("autoincrement") != Some(false)),
        type_name,
    };
    let place = script.place(id);
    let mut elements = vec![Element {
        name: name.clone(),
        detail: Detail::Column(column),
        place,
    }];
    let columns = vec![name];
    if primary {
        elements.push(constraint(
            script,
            id,
            table,
            None,
            ConstraintKind::PrimaryKey,
            columns.clone(),
        ));
    }
    if arguments.flag("unique") == Some(true) {
        elements.push(constraint(
            script,
            id,
            table,
            None,
            ConstraintKind::Unique,
            columns.clone(),
        ));
    }
    for &argument in &arguments.placed {
        if let Some(table_to) = foreign_key(script, argument) {
            let kind = ConstraintKind::ForeignKey { table: table_to };
            elements.push(constraint(
                script,
                argument,
                table,
                None,
                kind,
                columns.clone(),
            ));
        }
    }
    Some(elements)
}

/// Returns the constraint that stands in a call of `create_table`: `sa.UniqueConstraint("a", "b", name="…")`. None where it is
/// something else.
pub(super) fn table_constraint(
    script: &mut Script<'_, '_, '_>,
    table: &str,
    id: Id,
) -> Option<Element> {
    let s = script.context.syntax;
    let call = s.call(id)?;
    let arguments = Arguments::of(script.context, call);
    let listed = |at: usize| {
        arguments
            .placed
            .get(at)
            .and_then(|&l| texts(script.context, l))
    };
    let all = || -> Vec<String> {
        let names = arguments.placed.iter();
        names.filter_map(|&a| text(script.context, a)).collect()
    };
    let (kind, columns) = match s.called(call) {
        "PrimaryKeyConstraint" => (ConstraintKind::PrimaryKey, all()),
        "UniqueConstraint" => (ConstraintKind::Unique, all()),
        "ForeignKeyConstraint" => {
            let target = listed(1)?.first()?.clone();
            let table = target.rsplit_once('.').map_or("", |(t, _)| t).to_owned();
            (ConstraintKind::ForeignKey { table }, listed(0)?)
        }
        "CheckConstraint" => {
            let expression = arguments.text(0, "sqltext").unwrap_or_default();
            (ConstraintKind::Check { expression }, Vec::new())
        }
        "ExcludeConstraint" => (ConstraintKind::Exclusion, Vec::new()),
        "Index" => (ConstraintKind::Index, all().split_off(1.min(all().len()))),
        _ => return None,
    };
    let name = match s.called(call) {
        "Index" => arguments.text(0, "name"),
        _ => arguments.named("name").and_then(|n| name_of(script, n)),
    };
    Some(constraint(script, id, table, name, kind, columns))
}

/// Returns a constraint; one without a name gets the one that the database gives.
pub(super) fn constraint(
    script: &mut Script<'_, '_, '_>,
    id: Id,
    table: &str,
    name: Option<String>,
    kind: ConstraintKind,
    columns: Vec<String>,
) -> Element {
    let sort = match kind {
        ConstraintKind::PrimaryKey => Sort::PrimaryKey,
        ConstraintKind::Unique => Sort::Unique,
        ConstraintKind::ForeignKey { .. } => Sort::ForeignKey,
        ConstraintKind::Check { .. } => Sort::Check,
        ConstraintKind::Exclusion => Sort::Exclusion,
        ConstraintKind::Index => Sort::Index,
    };
    Element {
        name: name.unwrap_or_else(|| script.name(sort, table, &columns)),
        detail: Detail::Constraint(Constraint {
            kind,
            columns,
            partial: false,
            validated: true,
        }),
        place: script.place(id),
    }
}

/// Returns a name: a text, or `op.f("…")`, which says that the text is final.
pub(super) fn name_of(script: &Script<'_, '_, '_>, id: Id) -> Option<String> {
    let s = script.context.syntax;
    match s.call(id) {
        Some(call) if s.called(call) == "f" => {
            let inner = *s.arguments(call).first()?;
            text(script.context, inner)
        }
        _ => text(script.context, id),
    }
}

/// Returns a server default as SQL; None where there is none.
pub(super) fn default(script: &Script<'_, '_, '_>, id: Id) -> Option<String> {
    let s = script.context.syntax;
    if s.text(id) == "None" {
        return None;
    }
    if s.is_string(id) {
        return text(script.context, id).map(|t| format!("'{t}'"));
    }
    let inner = s.call(id).filter(|&c| s.called(c) == "text");
    let inner = inner.and_then(|c| s.arguments(c).first().copied());
    let sql = inner.and_then(|i| text(script.context, i));
    Some(sql.unwrap_or_else(|| s.text(id).to_owned()))
}

/// Returns the type as the store spells it; empty where it cannot be told.
pub(super) fn type_name(script: &Script<'_, '_, '_>, id: Id) -> String {
    let s = script.context.syntax;
    let call = s.call(id);
    let name = call.map_or_else(|| s.last_name(id), |c| s.called(c));
    let arguments = call.map(|c| Arguments::of(script.context, c));
    let given = |at: usize, name: &str| {
        let id = arguments.as_ref()?.at(at, name)?;
        Some(s.text(id).to_owned()).filter(|t| t.chars().all(|c| c.is_ascii_digit()))
    };
    let sized = |base: &str, name: &str| match given(0, name) {
        Some(length) => format!("{base}({length})"),
        None => base.to_owned(),
    };
    let zoned = arguments.as_ref().and_then(|a| a.flag("timezone")) == Some(true);
    let spelled = match name {
        "String" | "Unicode" | "VARCHAR" | "NVARCHAR" | "AutoString" => sized("varchar", "length"),
        "CHAR" | "NCHAR" => sized("char", "length"),
        "Text" | "UnicodeText" | "TEXT" | "CLOB" => "text".to_owned(),
        "Integer" | "INTEGER" | "INT" => "integer".to_owned(),
        "BigInteger" | "BIGINT" => "bigint".to_owned(),
        "SmallInteger" | "SMALLINT" => "smallint".to_owned(),
        "Boolean" | "BOOLEAN" => "boolean".to_owned(),
        "Date" | "DATE" => "date".to_owned(),
        "DateTime" | "TIMESTAMP" | "DATETIME" if zoned => "timestamp with time zone".to_owned(),
        "DateTime" | "TIMESTAMP" | "DATETIME" => "timestamp".to_owned(),
        "Time" | "TIME" if zoned => "time with time zone".to_owned(),
        "Time" | "TIME" => "time".to_owned(),
        "Interval" | "INTERVAL" => "interval".to_owned(),
        "Float" | "FLOAT" | "Double" | "DOUBLE" | "DOUBLE_PRECISION" => {
            "double precision".to_owned()
        }
        "REAL" => "real".to_owned(),
        "Numeric" | "NUMERIC" | "DECIMAL" => match (given(0, "precision"), given(1, "scale")) {
            (Some(p), Some(s)) => format!("numeric({p},{s})"),
            (Some(p), None) => format!("numeric({p})"),
            _ => "numeric".to_owned(),
        },
        "LargeBinary" | "BYTEA" | "BLOB" => "bytea".to_owned(),
        "JSON" => "json".to_owned(),
        "JSONB" => "jsonb".to_owned(),
        "UUID" | "Uuid" => "uuid".to_owned(),
        "INET" | "CIDR" | "MACADDR" | "HSTORE" | "TSVECTOR" | "CITEXT" | "OID" | "MONEY" => {
            name.to_lowercase()
        }
        "Enum" | "ENUM" => arguments
            .as_ref()
            .and_then(|a| name_of(script, a.named("name")?))
            .unwrap_or_default(),
        "ARRAY" => {
            let item = arguments.as_ref().and_then(|a| a.at(0, "item_type"));
            let item = item.map_or_else(String::new, |i| type_name(script, i));
            return if item.is_empty() { item } else { item + "[]" };
        }
        _ => return String::new(),
    };
    type_of(&spelled, script.dialect)
}

fn is_call_of(script: &Script<'_, '_, '_>, id: Id, names: &[&str]) -> bool {
    let s = script.context.syntax;
    s.call(id).is_some_and(|c| names.contains(&s.called(c)))
}

/// Returns the table that `sa.ForeignKey("users.id")` points to.
fn foreign_key(script: &Script<'_, '_, '_>, id: Id) -> Option<String> {
    let s = script.context.syntax;
    let call = s.call(id).filter(|&c| s.called(c) == "ForeignKey")?;
    let target = Arguments::of(script.context, call).text(0, "column")?;
    target.rsplit_once('.').map(|(table, _)| table.to_owned())
}
