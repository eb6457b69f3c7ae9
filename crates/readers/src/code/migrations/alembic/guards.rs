//! Whether a call of a revision runs on the database that is migrated: `if bind.dialect.name == "sqlite": …`, `if exists: return`.

use coexist_model::Dialect;

use crate::code::migrations::script::Script;
use crate::code::syntax::{Id, Syntax};

/// How deep conditions and the names in them are followed.
const DEEPEST: usize = 12;

/// Whether a call runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// As far as its surroundings say.
    Open,
    /// Only where something does not return before it.
    Sometimes,
    /// Only on a database of another kind.
    Elsewhere,
}

/// Returns what stands around and before a call in the body of its function.
pub(super) fn guard(script: &Script<'_, '_, '_>, body: Id, call: Id) -> Guard {
    let s = script.context.syntax;
    let judge = Judge {
        s,
        body,
        dialect: script.dialect,
    };
    let mut guard = Guard::Open;
    let mut below = call;
    for above in s.ancestors(call) {
        if judge.leaves_out(above, below) {
            return Guard::Elsewhere;
        }
        if s.kind(above) == "block" {
            let before = s.named(above).take_while(|&statement| statement != below);
            for condition in before.filter_map(|statement| judge.leaves_where(statement)) {
                match judge.holds(condition, 0) {
                    Some(true) => return Guard::Elsewhere,
                    Some(false) => {}
                    None => guard = Guard::Sometimes,
                }
            }
        }
        if above == body {
            break;
        }
        below = above;
    }
    guard
}

struct Judge<'s, 'a> {
    s: &'s Syntax<'a>,
    body: Id,
    dialect: Dialect,
}

impl Judge<'_, '_> {
    /// Returns whether a statement runs the part of it in question only on a database of another kind.
    fn leaves_out(&self, statement: Id, part: Id) -> bool {
        let s = self.s;
        if !matches!(s.kind(statement), "if_statement" | "elif_clause") {
            return false;
        }
        let holds = |id: Id| s.child(id, "condition").and_then(|c| self.holds(c, 0));
        if s.child(statement, "consequence") == Some(part) {
            return holds(statement) == Some(false);
        }
        // In a later branch: none of the conditions before it holds.
        let others = s.named(statement).take_while(|&other| other != part);
        let later = matches!(s.kind(part), "elif_clause" | "else_clause");
        let others = others.filter(|&other| s.kind(other) == "elif_clause");
        later
            && std::iter::once(statement)
                .chain(others)
                .any(|other| holds(other) == Some(true))
    }

    /// Returns the condition under which a statement leaves the function.
    fn leaves_where(&self, statement: Id) -> Option<Id> {
        let s = self.s;
        let block = (s.kind(statement) == "if_statement")
            .then(|| s.child(statement, "consequence"))
            .flatten()?;
        let last = s.named(block).last()?;
        (s.kind(last) == "return_statement").then(|| s.child(statement, "condition"))?
    }

    /// Returns whether a condition holds on the database that is migrated; None where it speaks of something else.
    fn holds(&self, condition: Id, depth: usize) -> Option<bool> {
        let s = self.s;
        let condition = s.bare(condition);
        if depth > DEEPEST {
            return None;
        }
        let of = |id: Option<Id>| id.and_then(|id| self.holds(id, depth + 1));
        match s.kind(condition) {
            "not_operator" => of(s.child(condition, "argument")).map(|held| !held),
            "boolean_operator" => {
                let both = [
                    of(s.child(condition, "left")),
                    of(s.child(condition, "right")),
                ];
                let decisive = s.child(condition, "operator").map(|o| s.text(o)) == Some("or");
                match both {
                    [a, b] if a == Some(decisive) || b == Some(decisive) => Some(decisive),
                    [Some(_), Some(_)] => Some(!decisive),
                    _ => None,
                }
            }
            "comparison_operator" => self.compares(condition),
            "identifier" => of(self.value_of(s.text(condition))),
            _ => None,
        }
    }

    /// `bind.dialect.name == "sqlite"`.
    fn compares(&self, comparison: Id) -> Option<bool> {
        let s = self.s;
        let mut sides = s.named(comparison);
        let (left, right) = (sides.next()?, sides.next()?);
        let path = s.text(s.bare(left));
        if !path.ends_with("dialect.name") || sides.next().is_some() {
            return None;
        }
        let between = s.range(left).end..s.range(right).start;
        let is_own = self.names_own(s.text(right))?;
        match s.text.get(between)?.trim() {
            "==" | "in" => Some(is_own),
            "!=" | "not in" => Some(!is_own),
            _ => None,
        }
    }

    /// Returns whether a text, or one of several, is the name of the dialect that is migrated; None where it is no text.
    fn names_own(&self, text: &str) -> Option<bool> {
        let own: &[&str] = match self.dialect {
            Dialect::Postgres => &["postgresql", "postgres"],
            Dialect::MySql => &["mysql", "mariadb"],
            Dialect::Sqlite => &["sqlite"],
        };
        let mut texts = text.split(['"', '\'']).skip(1).step_by(2).peekable();
        texts.peek()?;
        Some(texts.any(|name| own.contains(&name)))
    }

    /// Returns what a name is given in the body, if that is one thing.
    fn value_of(&self, name: &str) -> Option<Id> {
        let s = self.s;
        let mut values = s
            .below(self.body)
            .filter(|&id| s.kind(id) == "assignment")
            .filter(|&id| s.child(id, "left").is_some_and(|left| s.text(left) == name));
        let value = s.child(values.next()?, "right");
        value.filter(|_| values.next().is_none())
    }
}
