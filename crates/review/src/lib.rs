//! From a repository to a review: git → services → readers → engine. This crate alone reads files.

mod assumed;
mod by_hand;
pub mod change;
mod collect;
pub mod config;
pub mod decode;
mod error;
pub mod git;
mod held_back;
pub mod landscape;
mod mentions;
mod order;
pub mod ownership;
pub mod pipeline;
mod read;
mod run;
pub mod search;
pub mod services;
pub mod skip;
pub mod source;
mod spoken;
pub mod suppress;
mod surfaces;
pub mod tree;
mod uncalled;
mod unnamed;
mod unread;
mod wanted;

pub use change::{PullRequest, Request, What};
pub use error::Error;
pub use run::{Inferred, Options, Reviewed, fleet_of, review, surfaces_of};
pub use surfaces::declared;
