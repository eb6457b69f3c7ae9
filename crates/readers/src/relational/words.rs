//! The errors of the databases, in their own words. The integration tests run the statements on real ones and compare.
//!
//! PostgreSQL: `src/backend/parser/parse_relation.c`, `parse_target.c`, `execMain.c`; MySQL and MariaDB:
//! <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>; SQLite: `src/resolve.c`, `src/insert.c`.

use coexist_model::Dialect;

/// Where a column is named that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// In a list, a condition, an expression.
    Read,
    /// After SET.
    Update,
    /// In the column list of an INSERT.
    Insert,
}

pub(super) fn no_table(dialect: Dialect, table: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("relation \"{table}\" does not exist"),
        Dialect::MySql => format!("Table '{table}' doesn't exist"),
        Dialect::Sqlite => format!("no such table: {table}"),
    }
}

pub(super) fn no_column(dialect: Dialect, table: &str, column: &str, spot: Spot) -> String {
    match (dialect, spot) {
        (Dialect::Postgres, Spot::Read) => format!("column \"{column}\" does not exist"),
        (Dialect::Postgres, _) => {
            format!("column \"{column}\" of relation \"{table}\" does not exist")
        }
        (Dialect::MySql, _) => format!("Unknown column '{column}' in 'field list'"),
        (Dialect::Sqlite, Spot::Insert) => format!("table {table} has no column named {column}"),
        (Dialect::Sqlite, _) => format!("no such column: {column}"),
    }
}

/// A row without a value for a column that needs one; `given` tells NULL from nothing.
pub(super) fn null(dialect: Dialect, table: &str, column: &str, given: bool) -> String {
    match dialect {
        Dialect::Postgres => format!(
            "null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"
        ),
        Dialect::MySql if given => format!("Column '{column}' cannot be null"),
        Dialect::MySql => format!("Field '{column}' doesn't have a default value"),
        Dialect::Sqlite => format!("NOT NULL constraint failed: {table}.{column}"),
    }
}

pub(super) fn wrong_count(dialect: Dialect, table: &str, columns: usize, values: usize) -> String {
    match dialect {
        Dialect::Postgres => "INSERT has more expressions than target columns".to_owned(),
        Dialect::MySql => "Column count doesn't match value count at row 1".to_owned(),
        Dialect::Sqlite => {
            format!("table {table} has {columns} columns but {values} values were supplied")
        }
    }
}

pub(super) fn no_conflict_target(dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint",
        _ => "there is no unique or exclusion constraint matching the ON CONFLICT specification",
    }
    .to_owned()
}

pub(super) fn no_value(type_name: &str, value: &str) -> String {
    format!("invalid input value for enum {type_name}: \"{value}\"")
}

pub(super) fn no_type(type_name: &str) -> String {
    format!("type \"{type_name}\" does not exist")
}

/// A value that an inline `enum(…)` of MySQL does not have.
pub(super) fn truncated(column: &str) -> String {
    format!("Data truncated for column '{column}' at row 1")
}

pub(super) fn check(dialect: Dialect, table: &str, name: &str) -> String {
    match dialect {
        Dialect::Postgres => {
            format!("new row for relation \"{table}\" violates check constraint \"{name}\"")
        }
        // MariaDB says: CONSTRAINT `name` failed for `db`.`table`.
        Dialect::MySql => format!("Check constraint '{name}' is violated."),
        Dialect::Sqlite => format!("CHECK constraint failed: {name}"),
    }
}

pub(super) fn unique(dialect: Dialect, table: &str, name: &str, columns: &[String]) -> String {
    match dialect {
        Dialect::Postgres => format!("duplicate key value violates unique constraint \"{name}\""),
        Dialect::MySql => format!("Duplicate entry for key '{name}'"),
        Dialect::Sqlite => {
            let columns: Vec<String> = columns.iter().map(|c| format!("{table}.{c}")).collect();
            format!("UNIQUE constraint failed: {}", columns.join(", "))
        }
    }
}

pub(super) fn foreign_key(dialect: Dialect, table: &str, name: &str) -> String {
    match dialect {
        Dialect::Postgres => format!(
            "insert or update on table \"{table}\" violates foreign key constraint \"{name}\""
        ),
        Dialect::MySql => {
            "Cannot add or update a child row: a foreign key constraint fails".to_owned()
        }
        Dialect::Sqlite => "FOREIGN KEY constraint failed".to_owned(),
    }
}

pub(super) fn exclusion(name: &str) -> String {
    format!("conflicting key value violates exclusion constraint \"{name}\"")
}

/// The error of sqlx at a column without a field.
pub(super) fn no_destination(column: &str) -> String {
    format!("missing destination name {column}")
}

/// The error of `Scan`.
pub(super) fn wrong_places(there: usize, expected: usize) -> String {
    format!("sql: expected {there} destination arguments in Scan, not {expected}")
}
