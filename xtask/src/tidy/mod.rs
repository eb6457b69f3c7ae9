//! The house rules, as a function from the tree to complaints.

mod documents;
mod registered;
mod rules;
mod skills;
mod source;
mod storeys;
mod tree;

use std::fmt;

pub use rules::PRINCIPLES;
pub use tree::Tree;

pub(crate) use registered::span as slice_span;

/// One thing that is not as the house wants it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The path it speaks of.
    pub path: String,
    /// The line, from 1; 0 for the file or folder as such.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// Returns every complaint about the tree, sorted.
pub fn tidy(tree: &Tree) -> Vec<Complaint> {
    let checks = [
        storeys::check,
        rules::check,
        registered::check,
        documents::check,
        source::check,
        skills::check,
    ];
    let mut complaints: Vec<_> = checks.iter().flat_map(|check| check(tree)).collect();
    complaints.sort();
    complaints.dedup();
    complaints
}

fn complaint(path: &str, line: usize, what: impl Into<String>) -> Complaint {
    Complaint {
        path: path.into(),
        line,
        what: what.into(),
    }
}

/// Checks a tree that is written as text: `-- path --` sections.
#[cfg(test)]
fn check_tree(check: fn(&Tree) -> Vec<Complaint>, tree: &str, expect: &expect_test::Expect) {
    let mut complaints = check(&Tree::of(tree));
    complaints.sort();
    let said = complaints
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    expect.assert_eq(&said);
}
