//! The columns of changes, with what they say of constraints.

use coexist_model::{Column, Constraint, ConstraintKind, Detail, Element};

use super::changesets::Changesets;
use super::tree::Item;
use crate::sql::operations::{Sort, type_of};

/// Returns a name as the store spells it.
pub(super) fn folded(name: &str) -> String {
    let bare = name.trim().trim_matches(['"', '`', '[', ']']);
    bare.to_lowercase()
}

/// Returns the names in a list: `a, b desc`.
pub(super) fn listed(names: &str) -> Vec<String> {
    let first = |one: &str| one.split_whitespace().next().map(folded);
    names.split(',').filter_map(first).collect()
}

/// Returns the name of the table that a change is about, with its schema; None where a parameter stands in it.
pub(super) fn table(all: &Changesets<'_>, item: &Item, name: &str, schema: &str) -> Option<String> {
    let table = folded(&all.filled(item.get(name)?)?);
    let schema = item
        .get(schema)
        .and_then(|s| all.filled(s))
        .map(|s| folded(&s));
    Some(match schema.filter(|s| !s.is_empty() && s != "public") {
        Some(schema) => format!("{schema}.{table}"),
        None => table.strip_prefix("public.").unwrap_or(&table).to_owned(),
    })
}

/// Returns the elements that a column brings: itself, and what its constraints demand.
pub(super) fn elements(all: &mut Changesets<'_>, table: &str, item: &Item) -> Option<Vec<Element>> {
    let name = folded(&all.filled(item.get("name")?)?);
    let place = all.place(item.at.clone());
    let constraints: Vec<&Item> = item.all("constraints").collect();
    let says = |name: &str| constraints.iter().any(|c| c.is(name));
    let denies = |name: &str| {
        constraints
            .iter()
            .any(|c| c.get(name).is_some_and(|v| v.eq_ignore_ascii_case("false")))
    };
    let primary = says("primaryKey");
    let column = Column {
        type_name: type_name(all, item.get("type")),
        nullable: !denies("nullable") && !primary,
        default: default(all, item),
        generated: item.is("autoIncrement"),
    };
    let mut elements = vec![Element {
        name: name.clone(),
        detail: Detail::Column(column),
        place: place.clone(),
    }];
    let columns = vec![name];
    let mut add = |kind: ConstraintKind, sort: Sort, named: &str| {
        let given = constraints.iter().find_map(|c| c.get(named)).map(folded);
        let name = given.unwrap_or_else(|| all.name(sort, table, &columns));
        elements.push(constraint(name, kind, columns.clone(), place.clone()));
    };
    if primary {
        add(
            ConstraintKind::PrimaryKey,
            Sort::PrimaryKey,
            "primaryKeyName",
        );
    }
    if says("unique") {
        add(ConstraintKind::Unique, Sort::Unique, "uniqueConstraintName");
    }
    let points = constraints.iter().find_map(|c| {
        let spelled = c.get("references").and_then(|r| r.split('(').next());
        c.get("referencedTableName").or(spelled)
    });
    if let Some(to) = points {
        let table = folded(to);
        add(
            ConstraintKind::ForeignKey { table },
            Sort::ForeignKey,
            "foreignKeyName",
        );
    }
    Some(elements)
}

/// Returns a constraint that covers every row.
pub(super) fn constraint(
    name: String,
    kind: ConstraintKind,
    columns: Vec<String>,
    place: coexist_model::Place,
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
        place,
    }
}

/// Returns a type in one spelling; empty where a parameter of another file tells it.
pub(super) fn type_name(all: &Changesets<'_>, spelled: Option<&str>) -> String {
    let filled = spelled.and_then(|t| all.filled(t)).unwrap_or_default();
    let bare = filled.trim().trim_start_matches("java.sql.Types.");
    let bare = match bare.to_lowercase().as_str() {
        "currency" => "decimal",
        "clob" | "longtext" => "text",
        "datetime" => "timestamp",
        _ => bare,
    };
    type_of(bare, all.dialect)
}

/// Returns the default of a column in the store.
pub(super) fn default(all: &Changesets<'_>, item: &Item) -> Option<String> {
    let kinds = [
        "defaultValue",
        "defaultValueNumeric",
        "defaultValueBoolean",
        "defaultValueDate",
        "defaultValueComputed",
        "defaultValueSequenceNext",
    ];
    let given = kinds
        .iter()
        .find_map(|k| item.attributes.iter().find(|(name, _)| name == k))?;
    let value = given.1.value.trim();
    let value = all.filled(value).unwrap_or_else(|| value.to_owned());
    // A default of NULL is none.
    (!value.eq_ignore_ascii_case("null")).then_some(value)
}
