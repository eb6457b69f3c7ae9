//! Columns: `ColumnDef::new(User::Name).string().not_null()`, and the short forms of `sea_orm_migration::schema`: `string_null(User::Name)`.
//!
//! <https://docs.rs/sea-query/latest/sea_query/table/struct.ColumnDef.html>,
//! <https://docs.rs/sea-orm-migration/latest/sea_orm_migration/schema/index.html>. Without `not_null` a column takes NULL; a short form is
//! `not_null` unless its name ends in `_null`.

use coexist_model::Dialect;

use crate::code::chains::{Chain, Link, chain};
use crate::code::context::Context;
use crate::code::javascript::columns::Described;
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

use super::names::name;
use super::statements::resolved;

/// A column as a statement describes it.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) described: Described,
    /// Whether it says that it refuses NULL, or that it takes it.
    pub(super) said: Option<bool>,
    /// Whether a function of another file describes it: what that says besides its name, cannot be told.
    pub(super) described_elsewhere: bool,
}

/// Returns the column that an expression describes; None where it cannot be told.
pub(super) fn column(context: &Context<'_, '_>, id: Id, dialect: Dialect) -> Option<Column> {
    let s = context.syntax;
    let id = resolved(context, id)?;
    let (root, links) = match chain(s, id) {
        Some(Chain { root, links }) => (root, links),
        None => (id, Vec::new()),
    };
    if s.last_name(root) == "ColumnDef" && s.call(root).is_none() {
        let (first, rest) = links.split_first()?;
        let name = name(context, *first.given.first()?)?;
        let mut column = Column {
            name,
            described: Described::default(),
            said: None,
            described_elsewhere: false,
        };
        if first.name == "new_with_type" {
            column.described.type_name = first
                .given
                .get(1)
                .map(|&t| type_named(context, t, dialect))
                .unwrap_or_default();
        }
        column.describe(context, rest, dialect);
        return Some(column);
    }
    let (called, given, links) = match (s.call(root), links.split_first()) {
        (Some(call), _) => (s.called(call), s.arguments(call), links.as_slice()),
        // `schema::string(User::Name).not_null()`.
        (None, Some((first, rest))) => (first.name, first.given.clone(), rest),
        (None, None) => return None,
    };
    let mut column = short(context, called, &given, dialect)?;
    column.describe(context, links, dialect);
    Some(column)
}

/// `string_null(User::Name)`, `pk_auto(User::Id)`.
fn short(
    context: &Context<'_, '_>,
    called: &str,
    given: &[Id],
    dialect: Dialect,
) -> Option<Column> {
    let name = name(context, *given.first()?)?;
    let (base, ending) = ["_null", "_uniq"]
        .iter()
        .find_map(|e| Some((called.strip_suffix(e)?, *e)))
        .unwrap_or((called, ""));
    let (spelled, key, counted) = match base {
        "pk_auto" => ("integer", true, true),
        "big_pk_auto" => ("bigint", true, true),
        "pk_uuid" => ("uuid", true, false),
        // Their types are given.
        "enumeration" | "custom" | "array" | "interval" | "bit" | "var_binary" | "binary_len" => {
            ("", false, false)
        }
        _ => match spelled(base, dialect) {
            Some(spelled) => (spelled, false, false),
            None => {
                return Some(Column {
                    name,
                    described: Described::default(),
                    said: None,
                    described_elsewhere: true,
                });
            }
        },
    };
    let required = ending != "_null";
    Some(Column {
        name,
        described: Described {
            type_name: type_of(spelled, dialect),
            required,
            primary: key,
            generated: counted,
            unique: ending == "_uniq",
            ..Described::default()
        },
        said: Some(required),
        described_elsewhere: false,
    })
}

impl Column {
    fn describe(&mut self, context: &Context<'_, '_>, links: &[Link<'_>], dialect: Dialect) {
        let s = context.syntax;
        for link in links {
            let first = link.given.first().copied();
            match link.name {
                "not_null" => self.said = Some(true),
                "null" => self.said = Some(false),
                "default" => self.described.default = first.and_then(|v| default(context, v)),
                "auto_increment" | "generated" => self.described.generated = true,
                "unique_key" => self.described.unique = true,
                "primary_key" => self.described.primary = true,
                "extra" => {
                    let text = first
                        .and_then(|t| context.strings.plain(t))
                        .unwrap_or_default();
                    let upper = text.to_uppercase();
                    if let Some(at) = upper.find("DEFAULT ") {
                        self.described.default =
                            text.get(at + "DEFAULT ".len()..).map(str::to_owned);
                    }
                    self.described.generated |= upper.contains("GENERATED ");
                }
                "enumeration" => {
                    let of = first.and_then(|n| name(context, n)).unwrap_or_default();
                    // A database without such types holds a text, or a list of its own.
                    self.described.type_name = match dialect {
                        Dialect::Postgres => type_of(&of, dialect),
                        _ => String::new(),
                    };
                }
                "custom" => {
                    let of = first.and_then(|n| name(context, n));
                    self.described.type_name = of.map(|t| type_of(&t, dialect)).unwrap_or_default();
                }
                "string_len" | "char_len" => {
                    let word = if link.name == "char_len" {
                        "char"
                    } else {
                        "varchar"
                    };
                    let length = first.map_or("", |l| s.text(l));
                    let spelled = format!("{word}({length})");
                    let told = !length.is_empty() && length.chars().all(|c| c.is_ascii_digit());
                    self.described.type_name = type_of(if told { &spelled } else { word }, dialect);
                }
                "decimal_len" => self.described.type_name = type_of("decimal", dialect),
                _ => {
                    if let Some(spelled) = spelled(link.name, dialect) {
                        self.described.type_name = type_of(spelled, dialect);
                    }
                }
            }
        }
        self.described.required = self.said == Some(true);
    }
}

/// Returns the SQL of a type that a method is called after; None for what is no such method.
fn spelled(method: &str, dialect: Dialect) -> Option<&'static str> {
    let postgres = dialect == Dialect::Postgres;
    Some(match method {
        "string" | "string_len" => "varchar",
        "text" => "text",
        "char" | "char_len" => "char",
        "tiny_integer" if postgres => "smallint",
        "tiny_integer" => "tinyint",
        "small_integer" => "smallint",
        "integer" => "integer",
        "big_integer" => "bigint",
        "small_unsigned" if postgres => "smallint",
        "unsigned" if postgres => "integer",
        "big_unsigned" if postgres => "bigint",
        "small_unsigned" => "smallint unsigned",
        "unsigned" => "integer unsigned",
        "big_unsigned" => "bigint unsigned",
        "float" => "real",
        "double" => "double precision",
        "decimal" | "decimal_len" => "decimal",
        "money" => "money",
        "boolean" => "boolean",
        "date" => "date",
        "time" => "time",
        "date_time" if postgres => "timestamp",
        "date_time" => "datetime",
        "timestamp" => "timestamp",
        "timestamp_with_time_zone" if postgres => "timestamptz",
        "timestamp_with_time_zone" => "timestamp",
        "uuid" if postgres => "uuid",
        "json" => "json",
        "json_binary" if postgres => "jsonb",
        "json_binary" => "json",
        "binary" | "var_binary" | "blob" if postgres => "bytea",
        "cidr" => "cidr",
        "inet" => "inet",
        "mac_address" => "macaddr",
        // Their spelling depends on more than the method tells.
        "uuid" | "binary" | "blob" | "year" | "array" | "vector" | "ltree" => "",
        _ => return None,
    })
}

/// Returns the type that `ColumnType::Integer` means.
fn type_named(context: &Context<'_, '_>, id: Id, dialect: Dialect) -> String {
    let s = context.syntax;
    let variant = crate::code::rust::snake(s.last_name(s.bare(id)));
    spelled(&variant, dialect).map_or_else(String::new, |t| type_of(t, dialect))
}

/// Returns a default as SQL; None where it is NULL.
fn default(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    let id = s.bare(id);
    if s.is_string(id) {
        return context.strings.plain(id).map(|text| format!("'{text}'"));
    }
    if let Some(call) = s.call(id) {
        let first = s.arguments(call).first().copied();
        return match s.called(call) {
            "cust" | "custom_keyword" => first.and_then(|t| context.strings.plain(t)),
            "value" | "val" | "from" | "to_owned" | "to_string" => {
                let inner = first.or_else(|| s.receiver(call));
                inner.and_then(|inner| default(context, inner))
            }
            "current_timestamp" => Some("CURRENT_TIMESTAMP".to_owned()),
            _ => Some(s.text(id).to_owned()),
        };
    }
    match s.text(id) {
        text if text.ends_with("None") || text.ends_with("Keyword::Null") => None,
        text => Some(text.to_owned()),
    }
}
