//! The columns of a table as `Blueprint` declares them.
//!
//! <https://github.com/laravel/framework/blob/12.x/src/Illuminate/Database/Schema/Blueprint.php>; the types are those of its grammars
//! for MySQL and PostgreSQL beside it.

use coexist_model::{Column, Detail, Dialect, Element};

use crate::code::php::{Chain, Scope, Sent, class_named, snake};
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

use super::walk::Walk;

/// A column, before it is one of a table.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) name: String,
    pub(super) type_name: String,
    /// Whether it says that it takes NULL, or that it does not.
    pub(super) nullable: Option<bool>,
    /// The default that it says; `Some(None)`: NULL.
    pub(super) default: Option<Option<String>>,
    pub(super) generated: bool,
    pub(super) primary: bool,
    pub(super) place: coexist_model::Place,
}

impl Described {
    /// Returns the column as an element of its table.
    pub(super) fn element(&self) -> Element {
        Element {
            name: self.name.clone(),
            detail: Detail::Column(Column {
                type_name: self.type_name.clone(),
                nullable: self.nullable.unwrap_or(false),
                default: self.default.clone().flatten(),
                generated: self.generated,
            }),
            place: self.place.clone(),
        }
    }
}

/// Returns the columns that a call declares, with what the calls behind it say of them; None where it declares none, or where their
/// names are not known.
pub(super) fn described(walk: &Walk<'_, '_, '_, '_>, chain: &Chain<'_>) -> Option<Vec<Described>> {
    let first = chain.calls.first()?;
    let mut columns = declared(walk, first)?;
    for modifier in &chain.calls[1..] {
        for column in &mut columns {
            modify(walk, column, modifier);
        }
    }
    Some(columns)
}

/// A kind of column that a call declares: the name where it is given none, the type for MySQL and for PostgreSQL.
fn plain(call: &str) -> Option<(Option<&'static str>, &'static str, &'static str)> {
    let with = |mysql, postgres| Some((None, mysql, postgres));
    match call {
        "tinyText" => with("tinytext", "varchar(255)"),
        "text" => with("text", "text"),
        "mediumText" => with("mediumtext", "text"),
        "longText" => with("longtext", "text"),
        "integer" => with("int", "integer"),
        "tinyInteger" => with("tinyint", "smallint"),
        "smallInteger" => with("smallint", "smallint"),
        "mediumInteger" => with("mediumint", "integer"),
        "bigInteger" => with("bigint", "bigint"),
        "unsignedInteger" => with("int unsigned", "integer"),
        "unsignedTinyInteger" => with("tinyint unsigned", "smallint"),
        "unsignedSmallInteger" => with("smallint unsigned", "smallint"),
        "unsignedMediumInteger" => with("mediumint unsigned", "integer"),
        "unsignedBigInteger" | "foreignId" => with("bigint unsigned", "bigint"),
        "double" | "unsignedDouble" => with("double", "double precision"),
        "float" | "unsignedFloat" => with("float", "float"),
        "boolean" => with("tinyint(1)", "boolean"),
        "json" => with("json", "json"),
        "jsonb" => with("json", "jsonb"),
        "date" => with("date", "date"),
        "year" => with("year", "integer"),
        "binary" => with("blob", "bytea"),
        "uuid" => Some((Some("uuid"), "char(36)", "uuid")),
        "foreignUuid" => with("char(36)", "uuid"),
        "ulid" => Some((Some("ulid"), "char(26)", "char(26)")),
        "foreignUlid" => with("char(26)", "char(26)"),
        "ipAddress" => Some((Some("ip_address"), "varchar(45)", "inet")),
        "macAddress" => Some((Some("mac_address"), "varchar(17)", "macaddr")),
        "geometry" | "geography" | "point" | "lineString" | "polygon" | "geometryCollection"
        | "multiPoint" | "multiLineString" | "multiPolygon" | "multiPolygonZ" => {
            with("geometry", "geometry")
        }
        "vector" => with("vector", "vector"),
        "tsvector" => with("text", "tsvector"),
        _ => None,
    }
}

/// Columns that number the rows.
fn counting(call: &str) -> Option<(&'static str, &'static str)> {
    Some(match call {
        "id" | "bigIncrements" => ("bigint unsigned", "bigint"),
        "increments" | "integerIncrements" => ("int unsigned", "integer"),
        "tinyIncrements" => ("tinyint unsigned", "smallint"),
        "smallIncrements" => ("smallint unsigned", "smallint"),
        "mediumIncrements" => ("mediumint unsigned", "integer"),
        _ => return None,
    })
}

fn declared(walk: &Walk<'_, '_, '_, '_>, sent: &Sent<'_>) -> Option<Vec<Described>> {
    let scope = &walk.scope;
    let s = scope.context.syntax;
    let postgres = walk.script.dialect == Dialect::Postgres;
    let either = |mysql: &str, other: &str| match postgres {
        true => other.to_owned(),
        false => mysql.to_owned(),
    };
    let one = |name: String, kind: String| Described {
        name,
        type_name: type_of(&kind, walk.script.dialect),
        nullable: None,
        default: None,
        generated: false,
        primary: false,
        place: walk.script.place(sent.id),
    };
    let given = sent.at(0, "column").and_then(|c| scope.word(c));
    let number = |at: usize, name: &str| number(scope, sent.at(at, name));
    let nullable = |mut column: Described| {
        column.nullable = Some(true);
        column
    };
    if let Some((mysql, other)) = counting(sent.name) {
        let name = match (given, sent.placed.is_empty()) {
            (Some(name), _) => name,
            (None, true) => "id".to_owned(),
            (None, false) => return None,
        };
        let mut column = one(name, either(mysql, other));
        column.generated = true;
        column.primary = true;
        return Some(vec![column]);
    }
    // `integer('n', true)` counts, and `integer('n', false, true)` is unsigned.
    let is_true = |at: usize, name: &str| {
        let said = sent.at(at, name).filter(|_| sent.name.ends_with("nteger"));
        said.is_some_and(|a| s.text(a).eq_ignore_ascii_case("true"))
    };
    let counts = is_true(1, "autoIncrement");
    if let Some((default, mysql, other)) = plain(sent.name) {
        let name = match sent.placed.is_empty() {
            true => default.map(str::to_owned),
            false => None,
        };
        let mut column = one(given.or(name)?, either(mysql, other));
        if is_true(2, "unsigned") && !postgres && !column.type_name.contains("unsigned") {
            column.type_name.push_str(" unsigned");
        }
        column.generated = counts;
        column.primary = counts;
        return Some(vec![column]);
    }
    let column = match sent.name {
        "string" => one(
            given?,
            format!("varchar({})", number(1, "length").unwrap_or(255)),
        ),
        "char" => one(
            given?,
            format!("char({})", number(1, "length").unwrap_or(255)),
        ),
        "decimal" | "unsignedDecimal" => {
            let (total, places) = (number(1, "total"), number(2, "places"));
            let kind = format!("decimal({},{})", total.unwrap_or(8), places.unwrap_or(2));
            one(given?, kind)
        }
        "dateTime" | "dateTimeTz" | "datetime" | "timestamp" | "timestampTz" | "time"
        | "timeTz" => one(given?, moment(sent.name, number(1, "precision"), postgres)),
        "enum" | "set" => {
            let values = sent.at(1, "allowed").and_then(|v| scope.words(v));
            let kind = match (values, postgres) {
                (_, true) => "varchar(255)".to_owned(),
                (Some(values), _) => {
                    let values = values
                        .iter()
                        .map(|v| format!("'{}'", v.replace('\'', "''")));
                    format!("{}({})", sent.name, values.collect::<Vec<_>>().join(","))
                }
                (None, _) => "varchar(255)".to_owned(),
            };
            one(given?, kind)
        }
        "rememberToken" => nullable(one("remember_token".to_owned(), "varchar(100)".to_owned())),
        "softDeletes" | "softDeletesTz" | "softDeletesDatetime" => {
            let name = match sent.placed.is_empty() {
                true => "deleted_at".to_owned(),
                false => given?,
            };
            let zoned = if sent.name == "softDeletesTz" {
                "timestampTz"
            } else {
                "timestamp"
            };
            nullable(one(name, moment(zoned, number(1, "precision"), postgres)))
        }
        "timestamps" | "nullableTimestamps" | "timestampsTz" | "datetimes" => {
            let call = match sent.name {
                "timestampsTz" => "timestampTz",
                "datetimes" => "dateTime",
                _ => "timestamp",
            };
            let kind = moment(call, number(0, "precision"), postgres);
            let names = ["created_at", "updated_at"];
            let stamps = names.map(|name| nullable(one(name.to_owned(), kind.clone())));
            return Some(stamps.into());
        }
        "morphs"
        | "nullableMorphs"
        | "numericMorphs"
        | "nullableNumericMorphs"
        | "uuidMorphs"
        | "nullableUuidMorphs"
        | "ulidMorphs"
        | "nullableUlidMorphs" => {
            let name = sent.at(0, "name").and_then(|n| scope.word(n))?;
            let key = match sent.name {
                n if n.to_lowercase().contains("uuid") => either("char(36)", "uuid"),
                n if n.to_lowercase().contains("ulid") => "char(26)".to_owned(),
                _ => either("bigint unsigned", "bigint"),
            };
            let pair = [
                one(format!("{name}_type"), "varchar(255)".to_owned()),
                one(format!("{name}_id"), key),
            ];
            let takes_null = sent.name.starts_with("nullable");
            return Some(match takes_null {
                true => pair.map(nullable).into(),
                false => pair.into(),
            });
        }
        "foreignIdFor" => {
            let class = class_named(s, *sent.placed.first()?).map(|c| s.last_name(c));
            let name = match sent.at(1, "column").filter(|&c| s.kind(c) != "null") {
                Some(column) => scope.word(column)?,
                None => format!("{}_id", snake(class?)),
            };
            one(name, either("bigint unsigned", "bigint"))
        }
        "addColumn" | "rawColumn" | "computed" => {
            let at = usize::from(sent.name == "addColumn");
            let name = sent.placed.get(at).and_then(|&n| scope.word(n))?;
            let kind = sent.placed.get(1 - at).and_then(|&k| scope.word(k));
            let mut column = one(name, kind.clone().unwrap_or_default());
            if sent.name == "rawColumn" {
                let definition = kind.unwrap_or_default().to_lowercase();
                column.type_name = String::new();
                column.nullable = Some(!definition.contains("not null"));
                let has_default = definition.contains("default");
                column.default = has_default.then(|| Some(definition.clone()));
            }
            column.generated = sent.name == "computed";
            column
        }
        _ => return None,
    };
    Some(vec![column])
}

fn moment(call: &str, precision: Option<u64>, postgres: bool) -> String {
    let (mysql, other) = match call {
        "dateTime" | "datetime" => ("datetime", "timestamp"),
        "dateTimeTz" => ("datetime", "timestamp with time zone"),
        "timestampTz" => ("timestamp", "timestamp with time zone"),
        "time" => ("time", "time"),
        "timeTz" => ("time", "time with time zone"),
        _ => ("timestamp", "timestamp"),
    };
    let digits = precision.filter(|&p| p > 0).map(|p| format!("({p})"));
    let digits = digits.unwrap_or_default();
    match (postgres, other.split_once(' ')) {
        (false, _) => format!("{mysql}{digits}"),
        (true, Some((base, zone))) => format!("{base}{digits} {zone}"),
        (true, None) => format!("{other}{digits}"),
    }
}

fn number(scope: &Scope<'_, '_, '_>, id: Option<Id>) -> Option<u64> {
    let s = scope.context.syntax;
    s.text(id?).replace('_', "").parse().ok()
}

/// Takes in what a call behind the declaration says: `->nullable()->default(0)`.
fn modify(walk: &Walk<'_, '_, '_, '_>, column: &mut Described, sent: &Sent<'_>) {
    let s = walk.scope.context.syntax;
    let first = sent.placed.first().copied();
    match sent.name {
        "nullable" => {
            let value = sent.at(0, "value").map(|v| s.text(v).to_lowercase());
            column.nullable = Some(value.as_deref() != Some("false"));
        }
        "default" => column.default = sent.at(0, "value").map(|v| default(walk, v)),
        "useCurrent" => column.default = Some(Some("CURRENT_TIMESTAMP".to_owned())),
        "unsigned"
            if walk.script.dialect != Dialect::Postgres
                && !column.type_name.contains("unsigned") =>
        {
            column.type_name.push_str(" unsigned");
        }
        "autoIncrement" => {
            column.generated = true;
            column.primary = true;
        }
        "storedAs" | "virtualAs" | "storedAsJson" | "virtualAsJson" | "generatedAs" | "always" => {
            column.generated = true;
        }
        "primary" => column.primary = first.is_none_or(|f| s.text(f) != "false"),
        _ => {}
    }
}

/// Returns a default as SQL spells it; None: NULL.
fn default(walk: &Walk<'_, '_, '_, '_>, value: Id) -> Option<String> {
    let s = walk.scope.context.syntax;
    match s.kind(value) {
        "null" => None,
        "boolean" if walk.script.dialect == Dialect::Postgres => Some(s.text(value).to_lowercase()),
        "boolean" => {
            let is_true = s.text(value).eq_ignore_ascii_case("true");
            Some(u8::from(is_true).to_string())
        }
        "string" | "encapsed_string" => {
            let word = walk.scope.word(value)?;
            Some(format!("'{}'", word.replace('\'', "''")))
        }
        // `new Expression('now()')`
        "object_creation_expression" => {
            let call = s.call(value)?;
            let given = s.arguments(call).first().and_then(|&a| walk.scope.word(a));
            Some(given.unwrap_or_else(|| s.text(value).to_owned()))
        }
        _ => {
            let word = walk.scope.word(value);
            Some(word.unwrap_or_else(|| s.text(value).to_owned()))
        }
    }
}
