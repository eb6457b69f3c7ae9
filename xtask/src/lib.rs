//! Chores of the coexist workspace: the house rules as a test, stubs for what is added, and the benchmark.
//!
//! `cargo xtask tidy` looks at the tree and complains; `cargo xtask new` writes the stub of a rule, reader or output and
//! registers it; `cargo xtask bench` measures the release binary beside git and ripgrep.

pub mod bench;
pub mod case;
pub mod new;
pub mod tidy;
