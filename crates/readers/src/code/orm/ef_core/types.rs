//! How EF Core stores values of the types of .NET.
//!
//! <https://www.npgsql.org/doc/types/basic.html>, <https://learn.microsoft.com/ef/core/providers/sqlite/limitations>. What a database calls a
//! type differs; where nothing else tells, it is PostgreSQL's word.

use coexist_model::Dialect;

use crate::code::csharp::name_of;
use crate::code::syntax::{Id, Syntax};
use crate::sql::operations::type_of;

/// Returns the column type of a type of .NET; empty where a value is stored in a way that the type alone does not tell.
pub(in crate::code) fn stored_as(
    s: &Syntax<'_>,
    id: Id,
    length: Option<&str>,
    dialect: Dialect,
) -> String {
    let id = s.bare(id);
    if s.kind(id) == "array_type" {
        let held = s.child(id, "type").map_or("", |t| name_of(s, t));
        return match held {
            "byte" => type_of("bytea", dialect),
            _ => String::new(),
        };
    }
    let Some(plain) = word(name_of(s, id)) else {
        return String::new();
    };
    match (plain, length) {
        ("text", Some(length)) => type_of(&format!("varchar({length})"), dialect),
        _ => type_of(plain, dialect),
    }
}

/// Returns whether a property of the type is a column of its own, whatever else is known.
pub(in crate::code) fn is_stored(s: &Syntax<'_>, id: Id) -> bool {
    let id = s.bare(id);
    match s.kind(id) {
        "array_type" => s.child(id, "type").is_some_and(|t| name_of(s, t) == "byte"),
        _ => word(name_of(s, id)).is_some(),
    }
}

fn word(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" | "String" | "char" | "Uri" => "text",
        "int" | "Int32" | "ushort" | "UInt16" => "integer",
        "long" | "Int64" | "uint" | "UInt32" => "bigint",
        "short" | "Int16" | "byte" | "Byte" | "sbyte" => "smallint",
        "ulong" | "UInt64" => "numeric",
        "bool" | "Boolean" => "boolean",
        "Guid" => "uuid",
        "DateTime" | "DateTimeOffset" | "Instant" => "timestamp with time zone",
        "DateOnly" | "LocalDate" => "date",
        "TimeOnly" | "LocalTime" => "time",
        "TimeSpan" => "interval",
        "decimal" | "Decimal" => "numeric",
        "double" | "Double" => "double precision",
        "float" | "Single" => "real",
        _ => return None,
    })
}
