//! `design prove`.

pub mod machine;
pub mod system;
pub mod walk;
