//! `design prove`.

pub mod lower;
pub mod machine;
pub mod system;
pub mod walk;
