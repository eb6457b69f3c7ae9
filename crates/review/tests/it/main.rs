//! Reviews of real repositories, made by git in a temporary folder.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as loudly as the test itself"
)]

mod hostile;
mod repo;
mod selecting;
mod trees;
