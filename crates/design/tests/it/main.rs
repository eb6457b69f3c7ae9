//! The rules over their cases, and over each other's.

mod cases;
mod pages;
