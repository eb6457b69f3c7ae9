//! Compare, roll out, judge: from the facts of two refs to findings.
//!
//! The engine knows deploys and no format: what happens when two versions meet it asks the [`coexist_model::Form`] that speaks
//! for the surface. It takes values and returns values.

pub mod compare;
mod facts;
pub mod principles;
mod reach;
pub mod rollout;
mod sent;

pub use compare::{Comparison, Edit, Pending, Rewrite, compare};
pub use facts::*;
pub use principles::api_cleanliness::{Steering, steering};
pub use principles::{Rule, Scene, judge, rules};
