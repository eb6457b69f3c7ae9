//! SQLite, built in.

use std::cell::RefCell;

use coexist_model::Dialect;
use rusqlite::Connection;

/// A database in memory.
pub(crate) struct Sqlite(RefCell<Connection>);

impl Sqlite {
    pub(crate) fn new() -> Self {
        Self(RefCell::new(connection()))
    }
}

fn connection() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .unwrap();
    connection
}

impl crate::Database for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn reset(&self) {
        self.0.replace(connection());
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        self.0
            .borrow()
            .execute_batch(sql)
            .map_err(|e| e.to_string())
    }
}
