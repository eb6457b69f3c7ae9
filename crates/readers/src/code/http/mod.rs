//! HTTP APIs that code declares: FastAPI with pydantic.
//!
//! [`Module::of`] reads one file, and keeps its declarations as data. [`api`] joins the files of a ref: `scope` says what a name
//! stands for, `pydantic` and `types` what a class is in JSON, `fastapi` which operations an application serves. What cannot be told
//! is unknown ([`coexist_model::Json::Unknown`], an open object), and whoever compares concludes nothing from it.
//!
//! A program is larger than its API: only the files that the API's names lead to are asked for ([`Joined::missing`]), beginning with
//! those that make an application and those that add routes.

mod expression;
mod fastapi;
mod module;
mod pydantic;
mod scope;
mod types;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::Api;

pub use module::Module;
pub use scope::Tree;

/// The words of which one stands in every file that makes an application.
pub const APPLICATION_WORDS: &[&str] = &["FastAPI("];

/// The words of which one stands in nearly every file that adds routes: such a file may be imported for that alone, and no name leads
/// to it.
pub const ROUTE_WORDS: &[&str] = &[
    "outer.get(",
    "outer.post(",
    "outer.put(",
    "outer.patch(",
    "outer.delete(",
    "app.get(",
    "app.post(",
    "app.put(",
    "app.patch(",
    "app.delete(",
];

/// The API of the files that were read.
#[derive(Debug, Clone, Default)]
pub struct Joined {
    /// The API.
    pub api: Api,
    /// The files without which a name in it means nothing.
    pub missing: BTreeSet<Arc<str>>,
}

/// Returns the API that these modules of a tree declare.
pub fn api(modules: &BTreeMap<Arc<str>, Arc<Module>>, tree: &Tree) -> Joined {
    let program = scope::Program::new(modules, tree);
    let api = fastapi::api(&program);
    Joined {
        api,
        missing: program.missing.into_inner(),
    }
}
