//! Where code refuses to go on without a value: `if req.Id == "" { return nil, status.Error(…) }`.

use coexist_model::Other;

use crate::code::inflections::underscored;
use crate::code::syntax::Id;

use super::Wire;

/// How far above a value its refusal is looked for.
const FAR: usize = 12;

/// Words in the name of a call that asks whether a value is missing: `IsAnyNilOrZero`, `is_none`.
const EMPTY: &[&str] = &["nil", "zero", "empty", "blank", "missing", "null", "none"];

/// Words that turn such a name round: `isNotEmpty`.
const TURNED: &[&str] = &["not", "non", "no"];

/// Calls that give the value, or an error in its place.
const OR_ERROR: &[&str] = &["ok_or", "ok_or_else", "orElseThrow"];

/// How a value is written that is as good as none.
const NOTHING: &[&str] = &[
    "\"\"",
    "''",
    "0",
    "nil",
    "None",
    "null",
    "undefined",
    "``",
    "b\"\"",
    "0.0",
];

impl Wire<'_, '_, '_, '_> {
    /// Returns whether the code that reads a value fails where there is none. A check that another condition narrows is none.
    pub(super) fn demands(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let mut asks = false;
        let mut at = id;
        for up in s.ancestors(id).take(FAR) {
            if s.profile.functions.contains(&s.kind(up)) {
                return false;
            }
            if let Some(branch) = s.profile.branches.iter().find(|b| b.kind == s.kind(up)) {
                let condition = s.pick(up, branch.condition);
                let refuses = |then| self.outcome(then) == Other::Rejects;
                return asks
                    && !branch.inverted
                    && condition.is_some_and(|c| s.is_within(id, c))
                    && s.pick(up, branch.then).is_some_and(refuses);
            }
            match self.step(at, up) {
                Step::Passes => {}
                // The question turned round: `!isEmpty(x)` refuses what is there.
                Step::Asks if asks => return false,
                Step::Asks => asks = true,
                Step::Fails => return true,
                Step::Leaves => return false,
            }
            at = up;
        }
        false
    }

    /// Returns what an expression makes of the value of a part of it.
    fn step(&self, part: Id, whole: Id) -> Step {
        let s = self.context.syntax;
        if s.kind(whole).starts_with("parenthesized")
            || s.kind(whole) == "argument_list"
            || s.kind(whole) == "arguments"
        {
            return Step::Passes;
        }
        if let Some(call) = s.call(whole) {
            let name = s.called(call);
            let is_callee = s.is_within(part, call.callee);
            return match is_callee {
                true if OR_ERROR.contains(&name) => Step::Fails,
                _ if asks_whether_missing(name) => Step::Asks,
                _ if matches!(name, "len" | "strlen" | "size") => Step::Passes,
                // A getter: `req.GetId()`.
                true if s.arguments(call).is_empty() => Step::Passes,
                _ => Step::Leaves,
            };
        }
        if s.member(whole)
            .is_some_and(|(object, _)| s.is_within(part, object))
        {
            return Step::Passes;
        }
        let between = |a: Id| {
            let text = s.text(whole);
            let start = s.range(a).start - s.range(whole).start;
            (text[..start].trim(), text[start + s.text(a).len()..].trim())
        };
        let (before, after) = between(part);
        match (before, after) {
            ("!" | "not", "") => Step::Asks,
            ("", "") => Step::Passes,
            _ if after.starts_with("||") || before.ends_with("||") => Step::Passes,
            _ if after.starts_with("or ") || before.ends_with(" or") => Step::Passes,
            _ => {
                let other = after
                    .strip_prefix("===")
                    .or_else(|| after.strip_prefix("=="))
                    .or_else(|| after.strip_prefix("is "))
                    .or_else(|| after.strip_prefix("<="));
                match other.map(str::trim) {
                    Some(other) if NOTHING.contains(&other) => Step::Asks,
                    _ if after == "< 1" => Step::Asks,
                    _ => Step::Leaves,
                }
            }
        }
    }
}

fn asks_whether_missing(name: &str) -> bool {
    let name = underscored(name);
    let says = |words: &[&str]| name.split('_').any(|word| words.contains(&word));
    says(EMPTY) && !says(TURNED)
}

/// What becomes of the question whether a value is there.
enum Step {
    /// It is the same question.
    Passes,
    /// It is asked here: true means that there is none.
    Asks,
    /// There is an error where there is none.
    Fails,
    /// It is another question.
    Leaves,
}
