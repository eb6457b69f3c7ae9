//! Protobuf files.

use coexist_model::{File, Hints, Reader, Reading};

/// Protobuf files.
pub struct Protobuf;

impl Reader for Protobuf {
    fn name(&self) -> &'static str {
        "protobuf"
    }

    fn claims(&self, _path: &str, _head: &str) -> bool {
        false
    }

    fn read(&self, _file: &File, _hints: &Hints) -> Reading {
        Reading::default()
    }
}

mod casing;
mod form;
pub(crate) mod generated;
mod spellings;

pub use form::Wire;
