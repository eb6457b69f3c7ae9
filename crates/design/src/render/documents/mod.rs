//! The documents of a review, each written from what the design says: text in Markdown, and pictures.

pub(super) mod checklist;
pub(super) mod consistency;
pub(super) mod contracts;
pub(super) mod events;
pub(super) mod failures;
pub(super) mod ownership;
pub(super) mod repair;
pub(super) mod signals;
pub(super) mod text;
