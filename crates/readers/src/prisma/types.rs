//! What Prisma makes of a field in each database: <https://www.prisma.io/docs/orm/reference/prisma-schema-reference#model-field-scalar-types>.

use coexist_model::{Column, Dialect};

use super::lexer::Kind;
use super::parser::{Attribute, FieldType};

/// Returns the database type of a scalar, or None where the name is none.
pub(super) fn scalar(name: &str, dialect: Dialect) -> Option<&'static str> {
    let [postgres, mysql, sqlite] = match name {
        "String" => ["text", "varchar(191)", "text"],
        "Boolean" => ["boolean", "tinyint(1)", "boolean"],
        "Int" => ["integer", "int", "integer"],
        "BigInt" => ["bigint", "bigint", "bigint"],
        "Float" => ["double precision", "double", "real"],
        "Decimal" => ["numeric(65,30)", "decimal(65,30)", "decimal"],
        "DateTime" => ["timestamp(3)", "datetime(3)", "datetime"],
        "Json" => ["jsonb", "json", "jsonb"],
        "Bytes" => ["bytea", "longblob", "blob"],
        _ => return None,
    };
    Some(match dialect {
        Dialect::Postgres => postgres,
        Dialect::MySql => mysql,
        Dialect::Sqlite => sqlite,
    })
}

/// Returns the definition of a column. `base` is the database type of the field's own type.
pub(super) fn column(field: &FieldType, attributes: &[Attribute], base: &str) -> Column {
    let native = attributes
        .iter()
        .find_map(|a| Some(native_type(a.name.strip_prefix("db.")?, &a.arguments)));
    let element = native.unwrap_or_else(|| base.to_owned());
    let default = attributes
        .iter()
        .find(|a| a.name == "default")
        .map(|a| a.arguments.as_slice());
    let generated = default.is_some_and(|d| calls(d, &["autoincrement", "sequence"]));
    // A list cannot be optional, and Prisma's migrations leave its column nullable.
    Column {
        type_name: if field.list {
            format!("{element}[]")
        } else {
            element
        },
        nullable: field.optional || field.list,
        default: default.filter(|_| !generated).and_then(database_default),
        generated,
    }
}

fn calls(arguments: &[Kind], names: &[&str]) -> bool {
    let called = matches!(arguments.get(1), Some(Kind::Sign('(')));
    matches!(arguments.first(), Some(Kind::Word(word)) if called && names.contains(&word.as_str()))
}

/// The defaults that the client makes up: <https://www.prisma.io/docs/orm/reference/prisma-schema-reference#default>.
const CLIENT_DEFAULTS: [&str; 5] = ["cuid", "uuid", "ulid", "nanoid", "auto"];

/// Returns whether the client gives the column a value of its own where an insert names none: `@default(cuid())`, `@updatedAt`.
pub(super) fn is_filled_by_the_client(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|a| {
        a.name == "updatedAt" || (a.name == "default" && calls(&a.arguments, &CLIENT_DEFAULTS))
    })
}

/// Returns the default as the database has it. The client itself fills `cuid()`, `uuid()`, `ulid()`, `nanoid()` and `auto()`.
fn database_default(arguments: &[Kind]) -> Option<String> {
    if calls(arguments, &CLIENT_DEFAULTS) {
        return None;
    }
    if calls(arguments, &["now"]) {
        return Some("CURRENT_TIMESTAMP".to_owned());
    }
    if calls(arguments, &["dbgenerated"]) {
        let text = arguments.iter().find_map(|k| match k {
            Kind::Text(text) => Some(text.clone()),
            _ => None,
        });
        return Some(text.unwrap_or_else(|| "dbgenerated()".to_owned()));
    }
    let shown: String = arguments
        .iter()
        .map(|k| match k {
            Kind::Word(word) => word.clone(),
            Kind::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Kind::Sign(sign) => sign.to_string(),
            Kind::At(_) | Kind::Newline => String::new(),
        })
        .collect();
    (!shown.is_empty()).then_some(shown)
}

/// Returns the type of `@db.VarChar(20)`.
fn native_type(name: &str, arguments: &[Kind]) -> String {
    let numbers: Vec<&str> = arguments
        .iter()
        .filter_map(|k| match k {
            Kind::Word(word) => Some(word.as_str()),
            _ => None,
        })
        .collect();
    let modifiers = if numbers.is_empty() {
        String::new()
    } else {
        format!("({})", numbers.join(","))
    };
    match name {
        "Timestamptz" => format!("timestamp{modifiers} with time zone"),
        "Timetz" => format!("time{modifiers} with time zone"),
        "DoublePrecision" => "double precision".to_owned(),
        "Integer" => "integer".to_owned(),
        "ByteA" => "bytea".to_owned(),
        "UnsignedInt" => "int unsigned".to_owned(),
        "UnsignedBigInt" => "bigint unsigned".to_owned(),
        "UnsignedSmallInt" => "smallint unsigned".to_owned(),
        "UnsignedTinyInt" => "tinyint unsigned".to_owned(),
        "UnsignedMediumInt" => "mediumint unsigned".to_owned(),
        "JsonB" => "jsonb".to_owned(),
        "Decimal" => format!("numeric{modifiers}"),
        other => format!("{}{modifiers}", other.to_lowercase()),
    }
}
