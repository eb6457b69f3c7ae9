//! What runs its block only sometimes.

use super::syntax::{Id, Syntax};

/// Nodes that run their block only sometimes, in all languages read.
const BRANCHES: &[&str] = &[
    "if_statement",
    "elif_clause",
    "else_clause",
    "conditional_expression",
    "if",
    "unless",
    "if_modifier",
    "unless_modifier",
    "ternary_expression",
    "try_statement",
    "while_statement",
    "match_statement",
    "switch_statement",
    "case",
    "if_expression",
    "match_expression",
    "when_expression",
    "while_expression",
];

/// Returns whether a node stands in what a branch does to decide, which it does always: `if _, err := tx.Exec(…); err != nil {`,
/// `match manager.drop_table(…).await {`.
pub(super) fn decides(s: &Syntax<'_>, branch: Id, id: Id) -> bool {
    let matched = (s.kind(branch) == "match_expression").then_some("value");
    let roles = ["initializer", "condition"].into_iter().chain(matched);
    let first = roles.map(|role| s.child(branch, role));
    first.flatten().any(|n| s.is_within(id, n))
}

/// Returns whether a node runs what is in it only sometimes. One that tries, and fails where that fails, does not.
pub(super) fn is_branch(s: &Syntax<'_>, id: Id) -> bool {
    let fails = || s.below(id).any(|n| s.profile.throws.contains(&s.kind(n)));
    BRANCHES.contains(&s.kind(id)) && !(s.kind(id) == "try_statement" && fails())
}
