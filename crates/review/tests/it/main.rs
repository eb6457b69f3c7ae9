//! Reviews of real repositories, made by git in a temporary folder.

mod hostile;
mod repo;
mod selecting;
mod trees;
