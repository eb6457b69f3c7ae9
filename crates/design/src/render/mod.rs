//! What follows from a design for people and for operators: documents, alerts and queries.
//!
//! | part | what it gives |
//! |---|---|
//! | [`markdown()`], [`html()`] | the six documents of a review, what the proof found, its checklist and its assumptions as one page |
//! | `documents` | what stands in each document; `picture` draws the maps and sequences of both pages |
//! | [`alerts`], [`alert_tests`] | alert rules for Prometheus, and their tests |
//! | [`scripts`], [`sql`] | SQL for PostgreSQL: outboxes, open workflows, copies, and exports that are compared |
//!
//! Nothing is said here that the design does not say. What it leaves out stands in the documents as "not stated", and a line of the
//! checklist is ticked only where the rules behind it find nothing and the design shows why.

mod alerts;
mod document;
mod documents;
mod flows;
mod html;
mod markdown;
mod picture;
mod queries;
mod sheet;

pub use alerts::{alert_tests, alerts};
pub use html::html;
pub use markdown::markdown;
pub use queries::{Script, scripts, sql};

#[cfg(test)]
mod tests;
