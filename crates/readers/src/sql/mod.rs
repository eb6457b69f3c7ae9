//! SQL files: migrations, schema dumps and queries.

#[allow(dead_code, reason = "called by the readers of SQL files and of code")]
pub(crate) mod accesses;

use coexist_model::{File, Hints, Reader, Reading};

/// SQL files: migrations, schema dumps and queries.
pub struct Sql;

impl Reader for Sql {
    fn name(&self) -> &'static str {
        "sql"
    }

    fn claims(&self, _path: &str, _head: &str) -> bool {
        false
    }

    fn read(&self, _file: &File, _hints: &Hints) -> Reading {
        Reading::default()
    }
}
