//! Compare, roll out, judge: from the facts of two refs to findings.

mod facts;

pub use facts::*;
