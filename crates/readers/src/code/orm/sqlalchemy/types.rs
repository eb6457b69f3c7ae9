//! Names, types and defaults as SQLAlchemy spells them, in models and in migrations.
//!
//! Types: <https://docs.sqlalchemy.org/en/20/core/type_basics.html>.

use coexist_model::Dialect;

use crate::code::arguments::{Arguments, text};
use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

/// Returns a name: a text, or `op.f("…")`, which says that the text is final.
pub(in crate::code) fn name_of(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    match s.call(id) {
        Some(call) if s.called(call) == "f" => {
            let inner = *s.arguments(call).first()?;
            text(context, inner)
        }
        _ => text(context, id),
    }
}

/// Returns a server default as SQL; None where there is none.
pub(in crate::code) fn default(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    if s.text(id) == "None" {
        return None;
    }
    if s.is_string(id) {
        return text(context, id).map(|t| format!("'{t}'"));
    }
    let inner = s.call(id).filter(|&c| s.called(c) == "text");
    let inner = inner.and_then(|c| s.arguments(c).first().copied());
    let sql = inner.and_then(|i| text(context, i));
    Some(sql.unwrap_or_else(|| s.text(id).to_owned()))
}

/// Returns the type as the store spells it; empty where it cannot be told.
pub(in crate::code) fn type_name(context: &Context<'_, '_>, dialect: Dialect, id: Id) -> String {
    let s = context.syntax;
    let call = s.call(id);
    let name = call.map_or_else(|| s.last_name(id), |c| s.called(c));
    let arguments = call.map(|c| Arguments::of(context, c));
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
            .and_then(|a| name_of(context, a.named("name")?))
            .unwrap_or_default(),
        "ARRAY" => {
            let item = arguments.as_ref().and_then(|a| a.at(0, "item_type"));
            let item = item.map_or_else(String::new, |i| type_name(context, dialect, i));
            return if item.is_empty() { item } else { item + "[]" };
        }
        _ => return String::new(),
    };
    type_of(&spelled, dialect)
}

pub(in crate::code) fn is_call_of(context: &Context<'_, '_>, id: Id, names: &[&str]) -> bool {
    let s = context.syntax;
    s.call(id).is_some_and(|c| names.contains(&s.called(c)))
}

/// Returns the table that `sa.ForeignKey("users.id")` points to.
pub(in crate::code) fn foreign_key(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    let call = s.call(id).filter(|&c| s.called(c) == "ForeignKey")?;
    let target = Arguments::of(context, call).text(0, "column")?;
    target.rsplit_once('.').map(|(table, _)| table.to_owned())
}
