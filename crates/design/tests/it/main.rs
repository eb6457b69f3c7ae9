//! The rules over their cases and over each other's; the prover over cases, mutations and random designs.

#![expect(clippy::unwrap_used, reason = "tests say so by failing")]

mod cases;
mod new;
mod pages;
mod prove;
mod render;
