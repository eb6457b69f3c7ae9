//! Witnesses replayed on real databases: the error that a review names is the one that the database gives, and the safe way
//! gives none.
//!
//! SQLite is built in. PostgreSQL and MariaDB are started from the installed binaries, on a temporary directory and socket; where
//! they are not installed a line says so, and `COEXIST_REQUIRE_DATABASES=1` turns that into a failure.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set up its database fails, and one that is skipped says so"
)]

mod cases;
mod mariadb;
mod postgres;
mod processes;
mod replay;
mod sqlite;

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
    run_installed("PostgreSQL", postgres::Postgres::start());
}

#[test]
fn witnesses_hold_on_mariadb() {
    run_installed("MariaDB", mariadb::MariaDb::start());
}

fn run_installed<D: Database>(name: &str, started: Option<D>) {
    match started {
        Some(database) => replay::all(&database),
        None if std::env::var_os("COEXIST_REQUIRE_DATABASES").is_some_and(|v| v == "1") => {
            panic!("{name} is not installed, and COEXIST_REQUIRE_DATABASES=1 demands it");
        }
        None => println!("skipped: {name} is not installed, its witnesses were not replayed"),
    }
}
