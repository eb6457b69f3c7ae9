//! From a repository to a review: git → services → readers → engine. This crate alone reads files.

pub mod ownership;
pub mod pipeline;
mod read;
pub mod services;
pub mod source;
