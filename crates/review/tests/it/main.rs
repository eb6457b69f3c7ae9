//! Reviews of whole trees.

mod cases;
