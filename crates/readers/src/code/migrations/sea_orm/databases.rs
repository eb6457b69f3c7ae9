//! On which databases a step runs: a migration for several of them asks the manager which one it has.

use std::collections::BTreeSet;

use coexist_model::Dialect;

use crate::code::context::Context;
use crate::code::syntax::Id;

/// The databases that SeaORM knows.
const ALL: [(&str, Dialect); 3] = [
    ("Postgres", Dialect::Postgres),
    ("MySql", Dialect::MySql),
    ("Sqlite", Dialect::Sqlite),
];

/// Some of the databases.
pub(super) type Databases = BTreeSet<Dialect>;

/// Returns all of them.
pub(super) fn all() -> Databases {
    ALL.iter().map(|(_, dialect)| *dialect).collect()
}

/// Returns the databases on which a node of a function is reached: those of the branches that it stands in, without those for which the function
/// has returned before.
pub(super) fn reached(context: &Context<'_, '_>, id: Id, function: Id) -> Databases {
    let s = context.syntax;
    let mut found = all();
    let mut inner = id;
    for up in s.ancestors(id).take_while(|&up| up != function) {
        match s.kind(up) {
            "match_arm" => found = &found & &of_arm(context, up),
            "if_expression" => {
                let of = s.child(up, "condition").and_then(|c| asked(context, c));
                let then = s
                    .child(up, "consequence")
                    .is_some_and(|c| s.is_within(inner, c));
                let other = s
                    .child(up, "alternative")
                    .is_some_and(|c| s.is_within(inner, c));
                match of {
                    Some(of) if then => found = &found & &of,
                    Some(of) if other => found = &found - &of,
                    _ => {}
                }
            }
            "block" => {
                let before = s
                    .named(up)
                    .take_while(|&c| s.range(c).end <= s.range(inner).start);
                for statement in before {
                    found = &found - &returned(context, statement);
                }
            }
            _ => {}
        }
        inner = up;
    }
    found
}

/// Returns the databases that an arm is for, where what is matched is the database.
fn of_arm(context: &Context<'_, '_>, arm: Id) -> Databases {
    let s = context.syntax;
    let Some(matched) = s.above(arm, &["match_expression"]) else {
        return all();
    };
    let arms: Vec<Id> = s
        .below(matched)
        .filter(|&a| s.kind(a) == "match_arm" && s.above(a, &["match_expression"]) == Some(matched))
        .collect();
    let of = |arm: Id| {
        s.child(arm, "pattern")
            .map(|p| named(s.text(p)))
            .unwrap_or_default()
    };
    let own = of(arm);
    if !own.is_empty() {
        return own;
    }
    let others = arms.into_iter().flat_map(of).collect();
    &all() - &others
}

/// Returns the databases for which a condition holds; None where it asks something else.
fn asked(context: &Context<'_, '_>, condition: Id) -> Option<Databases> {
    let text = context.syntax.text(condition);
    let of = named(text);
    if of.is_empty() {
        return None;
    }
    match text.contains("!=") || text.trim_start().starts_with('!') {
        true => Some(&all() - &of),
        false => Some(of),
    }
}

/// Returns the databases for which a statement ends the function.
fn returned(context: &Context<'_, '_>, statement: Id) -> Databases {
    let s = context.syntax;
    let around = std::iter::once(statement).chain(s.named(statement));
    let mut branches = around.filter(|&n| s.kind(n) == "if_expression");
    let ends = branches.find(|&b| {
        s.child(b, "consequence")
            .is_some_and(|c| s.below(c).any(|n| s.kind(n) == "return_expression"))
    });
    let condition = ends.and_then(|b| s.child(b, "condition"));
    condition
        .and_then(|c| asked(context, c))
        .unwrap_or_default()
}

/// Returns the databases that a text names: `DbBackend::Postgres | DbBackend::MySql`.
fn named(text: &str) -> Databases {
    let is_one = |name: &str| {
        text.split("::")
            .skip(1)
            .any(|rest| rest.trim_start().starts_with(name))
    };
    let found = ALL.iter().filter(|(name, _)| is_one(name));
    found.map(|(_, dialect)| *dialect).collect()
}
