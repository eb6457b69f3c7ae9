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

mod form;

pub use form::Wire;
