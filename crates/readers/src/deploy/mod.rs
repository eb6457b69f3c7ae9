//! Deployment, pipeline and monitoring files.

use coexist_model::{File, Hints, Reader, Reading};

/// Deployment, pipeline and monitoring files.
pub struct Deploy;

impl Reader for Deploy {
    fn name(&self) -> &'static str {
        "deploy"
    }

    fn claims(&self, _path: &str, _head: &str) -> bool {
        false
    }

    fn read(&self, _file: &File, _hints: &Hints) -> Reading {
        Reading::default()
    }
}

mod form;

pub use form::Deployment;
