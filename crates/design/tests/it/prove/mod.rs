//! The prover, held against cases, against mutations of the shop and against a second explorer.

mod cases;
mod fall;
mod naive;
mod oracle;
mod random;
mod shop;
