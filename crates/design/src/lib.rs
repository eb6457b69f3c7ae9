//! Designs of several services, as text files that are read, checked and proved.
//!
//! A design says who owns what, which messages go where with which promises, and what a workflow does step by step. This crate
//! takes the text of a `*.design` file and returns values: there is no file access, no clock and no terminal here.
//!
//! | part | what it does |
//! |---|---|
//! | [`language`] | text → [`language::Design`] with a span on everything, names resolved; the formatter and the JSON form |
//! | [`check`] | the design held against the rules |
//! | [`drift`] | the design held against what its repository shows |
//! | [`infer`] | a first design out of what the files of a repository show |
//! | [`prove`] | every run of the design under faults, within bounds |
//! | [`render`] | the documents that people read, and what operators install |
//! | [`terms`] | what of a design a change can be held against, in words that know no design |

pub mod check;
pub mod drift;
pub mod infer;
pub mod language;
pub mod names;
pub mod prove;
pub mod render;
pub mod terms;
