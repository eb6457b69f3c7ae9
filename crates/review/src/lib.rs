//! From a repository to a review: the only crate that reads files.

pub mod change;
pub mod decode;
mod error;
pub mod git;
pub mod search;
pub mod skip;
pub mod tree;

pub use error::Error;
