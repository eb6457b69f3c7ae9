//! Designs.
pub mod prove;
