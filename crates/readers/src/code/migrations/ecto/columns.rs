//! Columns: `add :email, :string, null: false`, `add :team_id, references(:teams)`, `timestamps()`.
//!
//! Types: <https://hexdocs.pm/ecto_sql/Ecto.Migration.html#module-field-types>, and what Ecto's adapter for PostgreSQL makes of them.

use coexist_model::{Column, Constraint, ConstraintKind, Detail, Element};

use crate::code::elixir::{Sent, pairs};
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

use super::walk::Walk;

/// Returns the column that `add` declares, and the constraints that stand in it.
pub(super) fn added(
    walk: &Walk<'_, '_, '_>,
    id: Id,
    table: &str,
    name: String,
    of_type: Option<Id>,
    options: &[(&str, Id)],
) -> Vec<Element> {
    let context = walk.context;
    let s = context.syntax;
    let option = |wanted: &str| options.iter().find(|(n, _)| *n == wanted).map(|(_, v)| *v);
    let says = |wanted: &str, word: &str| option(wanted).is_some_and(|v| s.text(v) == word);
    let place = context.file.place(s.range(id));
    // The name of a constraint has no schema in it.
    let bare = table.rsplit('.').next().unwrap_or(table);
    let is_key = says("primary_key", "true");
    let type_name = of_type
        .map(|t| type_name(walk, t, options))
        .unwrap_or_default();
    let counts = of_type.is_some_and(|t| s.text(t).ends_with("serial") || s.text(t) == ":identity");
    let column = Column {
        type_name,
        nullable: !is_key && !says("null", "false"),
        default: option("default").and_then(|v| default(walk, v)),
        generated: counts || option("generated").is_some(),
    };
    let mut elements = vec![Element {
        name: name.clone(),
        detail: Detail::Column(column),
        place: place.clone(),
    }];
    let constraint = |kind, name: String, column: String| Element {
        name,
        detail: Detail::Constraint(Constraint {
            kind,
            columns: vec![column],
            partial: false,
            validated: true,
            predicate: None,
        }),
        place: place.clone(),
    };
    if is_key {
        let key = format!("{bare}_pkey");
        elements.push(constraint(ConstraintKind::PrimaryKey, key, name.clone()));
    }
    if let Some((to, named)) = of_type.and_then(|t| references(walk, t)) {
        let key = named.unwrap_or_else(|| format!("{bare}_{name}_fkey"));
        let kind = ConstraintKind::ForeignKey { table: to };
        elements.push(constraint(kind, key, name));
    }
    elements
}

/// Returns the table that `references(:teams)` points to, and the name that it gives to the constraint.
pub(super) fn references(walk: &Walk<'_, '_, '_>, id: Id) -> Option<(String, Option<String>)> {
    let sent = Sent::of(walk.context.syntax, id).filter(|c| c.name == "references")?;
    let to = walk.word(*sent.placed.first()?)?;
    let named = sent.option("name").and_then(|n| walk.word(n));
    Some((to, named))
}

/// Returns the type that an expression names.
pub(super) fn type_name(walk: &Walk<'_, '_, '_>, id: Id, options: &[(&str, Id)]) -> String {
    let s = walk.context.syntax;
    let number = |wanted: &str| {
        let found = options.iter().find(|(n, _)| *n == wanted);
        found.map(|(_, v)| s.text(*v))
    };
    if let Some(sent) = Sent::of(s, id).filter(|c| c.name == "references") {
        return match sent.option("type").and_then(|t| walk.word(t)) {
            Some(word) => type_of(stored(&word).unwrap_or(&word), walk.dialect()),
            // The key of the other table: a number, or what the repository sets for all.
            None => String::new(),
        };
    }
    // `{:array, :string}`
    if s.kind(id) == "tuple" {
        let parts: Vec<Id> = s.named(id).collect();
        let [kind, held] = parts.as_slice() else {
            return String::new();
        };
        return match s.text(*kind) {
            ":array" => format!("{}[]", type_name(walk, *held, &[])),
            ":map" => type_of("jsonb", walk.dialect()),
            _ => String::new(),
        };
    }
    let Some(word) = walk.word(id) else {
        return String::new();
    };
    let spelled = match (word.as_str(), number("size"), number("precision")) {
        ("string", size, _) => format!("varchar({})", size.unwrap_or("255")),
        ("decimal" | "numeric", _, Some(precision)) => {
            format!("numeric({precision},{})", number("scale").unwrap_or("0"))
        }
        (plain, ..) => stored(plain).unwrap_or(plain).to_owned(),
    };
    type_of(&spelled, walk.dialect())
}

fn stored(word: &str) -> Option<&'static str> {
    Some(match word {
        "id" => "integer",
        "identity" | "bigserial" => "bigint",
        "serial" => "integer",
        "smallserial" => "smallint",
        "binary_id" => "uuid",
        "string" => "varchar(255)",
        "binary" => "bytea",
        "map" => "jsonb",
        "float" => "double precision",
        "utc_datetime" | "naive_datetime" => "timestamp(0)",
        "utc_datetime_usec" | "naive_datetime_usec" => "timestamp",
        "time" => "time(0)",
        "time_usec" => "time",
        _ => return None,
    })
}

/// Returns a default as SQL spells it; None for `nil`.
pub(super) fn default(walk: &Walk<'_, '_, '_>, id: Id) -> Option<String> {
    let s = walk.context.syntax;
    if let Some(sent) = Sent::of(s, id).filter(|c| c.name == "fragment") {
        let text = sent.placed.first().and_then(|&t| walk.word(t));
        return Some(text.unwrap_or_else(|| s.text(id).to_owned()));
    }
    match s.kind(id) {
        "nil" => None,
        "string" | "atom" => walk
            .word(id)
            .map(|w| format!("'{}'", w.replace('\'', "''"))),
        _ => Some(s.text(id).to_owned()),
    }
}

/// Returns the columns of `timestamps()`, with these options.
pub(super) fn timestamps(
    walk: &Walk<'_, '_, '_>,
    id: Id,
    table: &str,
    options: &[(&str, Id)],
) -> Vec<Element> {
    let s = walk.context.syntax;
    let option = |wanted: &str| options.iter().find(|(n, _)| *n == wanted).map(|(_, v)| *v);
    let accepts_null = option("null").is_some_and(|n| s.text(n) == "true");
    let of_type = option("type");
    ["inserted_at", "updated_at"]
        .iter()
        .filter(|name| option(name).is_none_or(|v| s.text(v) != "false"))
        .flat_map(|name| {
            let named = option(name).and_then(|v| walk.word(v));
            let name = named.unwrap_or_else(|| (*name).to_owned());
            let given: Vec<(&str, Id)> = options
                .iter()
                .copied()
                .filter(|(n, _)| *n == "default")
                .collect();
            let mut elements = added(walk, id, table, name, of_type, &given);
            for element in &mut elements {
                if let Detail::Column(column) = &mut element.detail {
                    column.nullable = accepts_null;
                    if of_type.is_none() {
                        column.type_name = type_of("timestamp(0)", walk.dialect());
                    }
                }
            }
            elements
        })
        .collect()
}

/// Returns the key that Ecto gives a table which does not say `primary_key: false`.
pub(super) fn key(walk: &Walk<'_, '_, '_>, id: Id, table: &str, said: Option<Id>) -> Vec<Element> {
    let s = walk.context.syntax;
    if said.is_some_and(|v| s.text(v) == "false") {
        return Vec::new();
    }
    let options = said.map(|v| pairs(s, v)).unwrap_or_default();
    let option = |wanted: &str| options.iter().find(|(n, _)| *n == wanted).map(|(_, v)| *v);
    let name = option("name").and_then(|n| walk.word(n));
    let name = name.unwrap_or_else(|| "id".to_owned());
    let mut elements = added(walk, id, table, name.clone(), option("type"), &options);
    elements.truncate(1);
    for element in &mut elements {
        if let Detail::Column(column) = &mut element.detail {
            column.nullable = false;
            // A number that the database counts, or one that Ecto makes up.
            column.generated = true;
        }
    }
    elements.push(Element {
        name: format!("{}_pkey", table.rsplit('.').next().unwrap_or(table)),
        detail: Detail::Constraint(Constraint {
            kind: ConstraintKind::PrimaryKey,
            columns: vec![name],
            partial: false,
            validated: true,
            predicate: None,
        }),
        place: walk.context.file.place(s.range(id)),
    });
    elements
}
