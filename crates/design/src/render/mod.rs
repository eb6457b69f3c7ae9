//! What follows from a design for people and for operators: documents, alerts and queries.
//!
//! | part | what it gives |
//! |---|---|
//! | [`markdown`] | the six documents of a review, its checklist and its assumptions as one page |
//!
//! Nothing is said here that the design does not say. What it leaves out stands in the documents as "not stated", and a line of the
//! checklist is ticked only where the rules behind it find nothing and the design shows why.

mod flows;
mod markdown;
mod sheet;

pub use markdown::markdown;
