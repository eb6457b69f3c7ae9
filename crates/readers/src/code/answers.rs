//! Which methods a file gives a body that does something.

use std::collections::BTreeSet;

use coexist_model::File;

use super::profile::profile_of;
use super::syntax::{Id, Syntax};

/// Statements of a body that only says that there is nothing behind it: it may log first.
const STUB: usize = 2;

/// Returns those of the names that a file of code declares as functions, without the ones that only answer UNIMPLEMENTED.
pub fn answered(file: &File, names: &BTreeSet<String>) -> BTreeSet<String> {
    let Some(profile) = profile_of(&file.path, &file.text) else {
        return BTreeSet::new();
    };
    // What cannot be parsed may hold any of them.
    let Ok(syntax) = Syntax::of(file, profile) else {
        return names.clone();
    };
    let functions = syntax
        .all()
        .filter(|&id| profile.functions.contains(&syntax.kind(id)));
    functions
        .filter(|&function| !is_stub(&syntax, function))
        .filter_map(|function| Some(syntax.text(syntax.child(function, "name")?)))
        .filter(|name| names.contains(*name))
        .map(str::to_owned)
        .collect()
}

fn is_stub(s: &Syntax<'_>, function: Id) -> bool {
    let Some(body) = s.child(function, "body") else {
        return false;
    };
    let mut statements: Vec<Id> = s.named(body).collect();
    // Some grammars hold the statements in a list of their own.
    if let [only] = statements.as_slice()
        && s.kind(*only).ends_with("list")
    {
        statements = s.named(*only).collect();
    }
    let says = |id: Id| s.is_name(id) && s.text(id).eq_ignore_ascii_case("unimplemented");
    statements.len() <= STUB && s.below(body).any(says)
}
