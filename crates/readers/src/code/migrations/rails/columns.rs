//! Columns, indexes and constraints as Active Record declares them, with the names and types that it derives.
//!
//! Types: `NATIVE_DATABASE_TYPES` of its adapters. Names: `index_name`, `foreign_key_name`, `check_constraint_name` of
//! <https://github.com/rails/rails/blob/main/activerecord/lib/active_record/connection_adapters/abstract/schema_statements.rb>.

use coexist_model::{Column, Constraint, ConstraintKind, Detail, Dialect, Element};
use sha2::{Digest, Sha256};

use crate::code::inflections::singular;
use crate::code::ruby::{Options, Sent};
use crate::code::syntax::Id;
use crate::sql::conditions::predicate;
use crate::sql::operations::type_of;

use super::walk::Walk;

/// Returns the column of that name and type.
pub(super) fn column(
    walk: &Walk<'_, '_, '_>,
    id: Id,
    name: &str,
    kind: &str,
    options: &Options<'_>,
) -> Element {
    let s = walk.context().syntax;
    let computed = kind == "virtual" || options.get("as").is_some();
    let counts = matches!(kind, "primary_key" | "serial" | "bigserial" | "smallserial")
        || options.flag(s, "auto_increment") == Some(true);
    let key = kind == "primary_key" || options.flag(s, "primary_key") == Some(true);
    Element {
        name: name.to_owned(),
        detail: Detail::Column(Column {
            type_name: type_name(walk, kind, options),
            nullable: options.flag(s, "null") != Some(false) && !key,
            default: options.get("default").and_then(|d| default(walk, d)),
            generated: computed || counts,
        }),
        place: walk.context().file.place(s.range(id)),
    }
}

/// Returns the type that a column of that kind has in the database.
pub(super) fn type_name(walk: &Walk<'_, '_, '_>, kind: &str, options: &Options<'_>) -> String {
    let s = walk.context().syntax;
    let number = |name: &str| {
        let text = s.text(options.get(name)?).replace('_', "");
        text.parse::<u64>().ok()
    };
    let postgres = walk.dialect == Dialect::Postgres;
    let limit = number("limit");
    let sized = |base: &str| limit.map_or_else(|| base.to_owned(), |n| format!("{base}({n})"));
    let of_bytes = |otherwise: &str| match limit {
        Some(1) if !postgres => "tinyint".to_owned(),
        Some(1 | 2) => "smallint".to_owned(),
        Some(3) if !postgres => "mediumint".to_owned(),
        Some(3 | 4) => "integer".to_owned(),
        Some(_) => "bigint".to_owned(),
        None => otherwise.to_owned(),
    };
    let base = match kind {
        "string" if !postgres && limit.is_none() => "varchar(255)".to_owned(),
        "string" => sized("varchar"),
        "integer" => of_bytes("integer"),
        "bigint" | "primary_key" => "bigint".to_owned(),
        "float" if postgres => "double precision".to_owned(),
        "decimal" | "numeric" => match (number("precision"), number("scale")) {
            (Some(precision), Some(scale)) => format!("numeric({precision},{scale})"),
            (Some(precision), None) => format!("numeric({precision})"),
            _ => "numeric".to_owned(),
        },
        "datetime" | "timestamp" | "timestamptz" | "time" => {
            let base = match kind {
                "datetime" if !postgres => "datetime",
                "datetime" => "timestamp",
                other => other,
            };
            // Six digits are what every database has anyway.
            let digits = number("precision").or(limit).filter(|&n| n != 6);
            digits.map_or_else(|| base.to_owned(), |n| format!("{base}({n})"))
        }
        "binary" if postgres => "bytea".to_owned(),
        "binary" => "blob".to_owned(),
        "virtual" => {
            let of = options.get("type").and_then(|t| walk.scope.word(t));
            return of.map_or_else(String::new, |of| type_name(walk, &of, options));
        }
        "enum" => {
            let named = options.get("enum_type").or_else(|| options.get("as"));
            named.and_then(|n| walk.scope.word(n)).unwrap_or_default()
        }
        other => sized(other),
    };
    let found = type_of(&base, walk.dialect);
    match options.flag(s, "array") {
        Some(true) => found + "[]",
        _ => found,
    }
}

/// Returns a default as SQL spells it; None where there is none.
pub(super) fn default(walk: &Walk<'_, '_, '_>, value: Id) -> Option<String> {
    let s = walk.context().syntax;
    match s.kind(value) {
        "nil" => None,
        // `-> { "now()" }` is given to the database as it is.
        "lambda" => {
            let text = s.below(value).find(|&id| s.is_string(id));
            let text = text.and_then(|t| walk.scope.word(t));
            Some(text.unwrap_or_else(|| s.text(value).to_owned()))
        }
        "hash" | "array" if s.named(value).next().is_none() => Some(format!("'{}'", s.text(value))),
        "integer" | "float" | "true" | "false" => Some(s.text(value).to_owned()),
        _ => {
            let word = walk.scope.word(value);
            Some(word.map_or_else(
                || s.text(value).to_owned(),
                |w| format!("'{}'", w.replace('\'', "''")),
            ))
        }
    }
}

/// Returns a constraint or index.
pub(super) fn constraint(
    walk: &Walk<'_, '_, '_>,
    id: Id,
    name: String,
    kind: ConstraintKind,
    columns: Vec<String>,
) -> Element {
    Element {
        name,
        detail: Detail::Constraint(Constraint {
            kind,
            columns,
            partial: false,
            validated: true,
            predicate: None,
        }),
        place: walk.context().file.place(walk.context().syntax.range(id)),
    }
}

/// Returns the same, unchecked for the rows that exist where an option says so, and partial where it is.
pub(super) fn qualified(
    walk: &Walk<'_, '_, '_>,
    element: Element,
    options: &Options<'_>,
    partial: bool,
) -> Element {
    let unchecked = options.flag(walk.context().syntax, "validate") == Some(false);
    match element.detail {
        Detail::Constraint(constraint) => Element {
            detail: Detail::Constraint(Constraint {
                validated: !unchecked,
                partial,
                ..constraint
            }),
            ..element
        },
        _ => element,
    }
}

/// Returns the index on columns: a list, a column, or an expression as text.
pub(super) fn index(
    walk: &Walk<'_, '_, '_>,
    id: Id,
    table: &str,
    on: Id,
    options: &Options<'_>,
) -> Option<Element> {
    let words = walk.scope.words(on)?;
    Some(index_on(walk, id, table, words, options))
}

pub(super) fn index_on(
    walk: &Walk<'_, '_, '_>,
    id: Id,
    table: &str,
    words: Vec<String>,
    options: &Options<'_>,
) -> Element {
    let s = walk.context().syntax;
    let is_column = |w: &String| w.chars().all(|c| c.is_alphanumeric() || c == '_');
    let expression = !words.iter().all(is_column);
    let name = options.get("name").and_then(|n| walk.scope.word(n));
    let name = name.unwrap_or_else(|| index_name(table, &words));
    let kind = match options.flag(s, "unique") {
        Some(true) => ConstraintKind::Unique,
        _ => ConstraintKind::Index,
    };
    let columns = words.into_iter().filter(is_column).collect();
    let condition = options.get("where");
    let partial = expression || condition.is_some();
    let element = constraint(walk, id, name, kind, columns);
    let mut element = qualified(walk, element, &Options::default(), partial);
    if let Detail::Constraint(constraint) = &mut element.detail {
        let text = condition.and_then(|id| walk.scope.word(id));
        constraint.predicate = text.map(|text| predicate(&text));
    }
    element
}

pub(super) fn index_name(table: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(
            |c| match c.chars().all(|c| c.is_alphanumeric() || c == '_') {
                true => c.clone(),
                // Of an expression the words are taken.
                false => c
                    .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .filter(|w| !w.is_empty())
                    .collect::<Vec<_>>()
                    .join("_"),
            },
        )
        .collect();
    format!("index_{table}_on_{}", columns.join("_and_"))
}

/// Returns the name that Active Record makes of what a constraint is about.
pub(super) fn hashed(prefix: &str, about: &str) -> String {
    let digest = Sha256::digest(about.as_bytes());
    let digits: String = digest.iter().take(5).map(|b| format!("{b:02x}")).collect();
    format!("{prefix}_rails_{digits}")
}

/// Returns the foreign key from one table to another.
pub(super) fn foreign_key(
    walk: &Walk<'_, '_, '_>,
    id: Id,
    from: &str,
    to: &str,
    options: &Options<'_>,
) -> Element {
    let column = options.get("column").and_then(|c| walk.scope.word(c));
    let column = column.unwrap_or_else(|| reference_column(to));
    let name = options.get("name").and_then(|n| walk.scope.word(n));
    let name = name.unwrap_or_else(|| hashed("fk", &format!("{from}_{column}_fk")));
    let kind = ConstraintKind::ForeignKey {
        table: to.to_owned(),
    };
    let element = constraint(walk, id, name, kind, vec![column]);
    qualified(walk, element, options, false)
}

pub(super) fn reference_column(table: &str) -> String {
    let bare = table.rsplit('.').next().unwrap_or(table);
    format!("{}_id", singular(bare))
}

/// The parts of `references :owner`: its columns, and what stands on them.
pub(super) struct Reference {
    pub(super) columns: Vec<Element>,
    pub(super) constraints: Vec<Element>,
}

/// Returns what `references :owner, polymorphic: true, foreign_key: { to_table: :users }` declares.
pub(super) fn reference(
    walk: &Walk<'_, '_, '_>,
    id: Id,
    table: &str,
    name: &str,
    options: &Options<'_>,
) -> Reference {
    let s = walk.context().syntax;
    let polymorphic = options.get("polymorphic").filter(|&p| s.kind(p) != "false");
    let kind = options.get("type").and_then(|t| walk.scope.word(t));
    let whole = if walk.release >= 5.1 {
        "bigint"
    } else {
        "integer"
    };
    let kind = kind.unwrap_or_else(|| whole.to_owned());
    let of_key = format!("{name}_id");
    let mut key_options = options.clone();
    key_options.without(&["primary_key"]);
    let mut columns = Vec::new();
    let mut indexed = Vec::new();
    if let Some(given) = polymorphic {
        let mut of_type = Options::of(s, given);
        of_type.inherit(options, &["null"]);
        let of_class = format!("{name}_type");
        columns.push(column(walk, id, &of_class, "string", &of_type));
        indexed.push(of_class);
    }
    columns.push(column(walk, id, &of_key, &kind, &key_options));
    indexed.push(of_key.clone());
    let mut constraints = Vec::new();
    let index = options.get("index");
    let wants = match index.map(|i| s.kind(i)) {
        Some("false") => false,
        Some(_) => true,
        None => walk.release >= 5.0 && !walk.is_dump(),
    };
    if wants {
        let index_options = index.map(|i| Options::of(s, i)).unwrap_or_default();
        let mut element = index_on(walk, id, table, indexed, &index_options);
        // Of a polymorphic reference the index is named by the reference since 6.1.
        if polymorphic.is_some() && index_options.get("name").is_none() && walk.release >= 6.1 {
            element.name = format!("index_{table}_on_{name}");
        }
        constraints.push(element);
    }
    if let Some(given) = options.get("foreign_key").filter(|&f| s.kind(f) != "false") {
        let fk_options = Options::of(s, given);
        let to = fk_options.get("to_table").and_then(|t| walk.scope.word(t));
        let to = to.unwrap_or_else(|| crate::code::inflections::plural(name));
        let mut element = foreign_key(walk, id, table, &to, &fk_options);
        if let (Detail::Constraint(found), None) = (&mut element.detail, fk_options.get("column")) {
            found.columns = vec![of_key.clone()];
            if fk_options.get("name").is_none() {
                element.name = hashed("fk", &format!("{table}_{of_key}_fk"));
            }
        }
        constraints.push(element);
    }
    Reference {
        columns,
        constraints,
    }
}

/// Returns `created_at` and `updated_at`.
pub(super) fn timestamps(walk: &Walk<'_, '_, '_>, sent: &Sent<'_>) -> Vec<Element> {
    let s = walk.context().syntax;
    let names = ["created_at", "updated_at"];
    let stamps = names.map(|name| {
        let mut element = column(walk, sent.id, name, "datetime", &sent.options);
        if let Detail::Column(column) = &mut element.detail {
            let said = sent.options.flag(s, "null");
            column.nullable = said.unwrap_or(walk.release < 5.0);
        }
        element
    });
    stamps.into()
}

/// Returns the condition of a check.
pub(super) fn check(
    walk: &Walk<'_, '_, '_>,
    id: Id,
    table: &str,
    expression: &str,
    options: &Options<'_>,
) -> Element {
    let name = options.get("name").and_then(|n| walk.scope.word(n));
    let name = name.unwrap_or_else(|| hashed("chk", &format!("{table}_{expression}_chk")));
    let kind = ConstraintKind::Check {
        expression: expression.to_owned(),
    };
    qualified(
        walk,
        constraint(walk, id, name, kind, Vec::new()),
        options,
        false,
    )
}
