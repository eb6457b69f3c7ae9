//! Witnesses replayed on real databases: the error that a review names is the one that the database gives, and the safe way
//! gives none.
//!
//! SQLite is built in. PostgreSQL and MariaDB are started from the installed binaries, on a temporary directory and socket; where
//! they are not installed a line says so, and `COEXIST_REQUIRE_DATABASES=1` turns that into a failure.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set up its database fails, and one that ran says what it replayed"
)]

mod cases;
mod replay;
mod sqlite;

use coexist_installed::{DATABASES, MariaDb, Postgres, or_skip};
use coexist_model::Dialect;

/// A database that can be emptied and asked.
trait Database {
    fn dialect(&self) -> Dialect;
    /// Drops everything.
    fn reset(&self);
    /// Runs statements up to the first error, whose text it returns.
    fn run(&self, sql: &str) -> Result<(), String>;
}

#[test]
fn witnesses_hold_on_sqlite() {
    replay::all(&sqlite::Sqlite::new());
}

#[test]
fn witnesses_hold_on_postgres() {
    if let Some(database) = or_skip("PostgreSQL", Postgres::start(), DATABASES) {
        replay::all(&database);
    }
}

#[test]
fn witnesses_hold_on_mariadb() {
    if let Some(database) = or_skip("MariaDB", MariaDb::start(), DATABASES) {
        replay::all(&database);
    }
}

impl Database for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn reset(&self) {
        Self::reset(self);
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        Self::run(self, sql).map(drop)
    }
}

impl Database for MariaDb {
    fn dialect(&self) -> Dialect {
        Dialect::MySql
    }

    fn reset(&self) {
        Self::reset(self);
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        Self::run(self, sql)
            .map(drop)
            .map_err(|e| as_a_review_says(&e))
    }
}

/// The database's name is part of some messages, and a review does not know it. Recent versions of MariaDB name the clause in which
/// an unknown column stands; MySQL calls each list of columns or values the field list.
fn as_a_review_says(error: &str) -> String {
    let clauses = ["SELECT", "SET", "INSERT INTO"];
    clauses
        .iter()
        .fold(error.replace("shop.", ""), |e, clause| {
            e.replace(&format!("in '{clause}'"), "in 'field list'")
        })
}
