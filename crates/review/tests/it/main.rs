//! Reviews of whole trees, and of real repositories that git makes in a temporary folder.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as loudly as the test itself"
)]

mod bombs;
mod cases;
mod fetching;
mod hostile;
mod repo;
mod selecting;
mod special;
mod trees;
