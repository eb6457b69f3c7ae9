//! Tests of designs: what is said of them, held against what was expected by thought.

#![expect(clippy::unwrap_used, reason = "tests say so by failing")]

mod prove;
