//! Protobuf files: proto2, proto3 and editions.
//!
//! One file is read at a time, with its imports missing: `lexer`, `cursor` and `parser` make a tree with spans, `lower` turns it
//! into schemas and resolves the names it can. `link` joins the files of a ref, with the structures of types from `shape`.
//! `carry` (fields; with `wire` for binary and `json`), `values` and `methods` say what happens when two versions meet.
//! `generated` knows the names that generated code has in each language.
//!
//! A name whose declaration is not in the file stays a guess until linking: a simple one is taken to stand in the package of
//! the file, a dotted one to be a full name.

mod ast;
mod carry;
mod casing;
mod cursor;
mod features;
mod form;
pub(crate) mod generated;
mod json;
mod lexer;
mod link;
mod lower;
mod methods;
mod parser;
mod scope;
mod shape;
mod spellings;
mod values;
mod wire;

#[cfg(test)]
mod cases;

use coexist_model::{File, Hints, Reader, Reading};

pub use form::Wire;

/// Protobuf files.
pub struct Protobuf;

impl Reader for Protobuf {
    fn name(&self) -> &'static str {
        "protobuf"
    }

    /// Claims what is called `.proto` and is text; a broken file is claimed too, to be reported.
    fn claims(&self, path: &str, head: &str) -> bool {
        path.ends_with(".proto") && !head.contains('\0')
    }

    fn read(&self, file: &File, _hints: &Hints) -> Reading {
        lower::lower(file, &parser::parse(&file.text))
    }

    fn stands(&self, _said: &Reading, _hints: &Hints) -> bool {
        true
    }
}

/// Returns the import path of the Go package that a file names for what is generated.
pub fn go_package(text: &str) -> Option<String> {
    let file = parser::parse(text);
    let named = ast::setting(&file.options, "go_package")?;
    let path = named.split(';').next().unwrap_or(named);
    path.contains('/').then(|| path.to_owned())
}
