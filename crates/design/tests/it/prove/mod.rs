//! The prover, held against cases, against mutations of the shop and against a second explorer.

mod cases;
mod naive;
mod random;
mod shop;
