//! Reviews of whole trees, and of real repositories that git makes in a temporary folder.

mod cases;
mod hostile;
mod repo;
mod selecting;
mod trees;
