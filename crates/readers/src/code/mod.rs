//! Source code.

use coexist_model::{File, Hints, Reader, Reading};

/// Source code.
pub struct Code;

impl Reader for Code {
    fn name(&self) -> &'static str {
        "code"
    }

    fn claims(&self, _path: &str, _head: &str) -> bool {
        false
    }

    fn read(&self, _file: &File, _hints: &Hints) -> Reading {
        Reading::default()
    }
}
