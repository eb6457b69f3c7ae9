//! Queries as chains of calls: `Post.objects.filter(author=1).values("id")`.

use crate::code::arguments::Arguments;
use crate::code::context::Context;
use crate::code::syntax::Id;

/// How many links of a chain are followed.
const LONGEST: usize = 60;

/// A chain of calls that begins at a name: `Post`, then `objects`, then each call with its arguments, in order.
pub(in crate::code) struct Chain<'c, 's, 'a> {
    /// What the chain begins with: a name, or names in a row (`models.Post`).
    pub(in crate::code) root: Id,
    /// The attribute behind it: a manager. None where the root itself is called.
    pub(in crate::code) manager: Option<&'a str>,
    /// The calls, the first one first.
    pub(in crate::code) calls: Vec<(&'a str, Arguments<'c, 's, 'a>)>,
}

impl<'c, 's, 'a> Chain<'c, 's, 'a> {
    /// Returns the chain that ends in this node; None where a longer one goes on behind it, or where it is none.
    pub(in crate::code) fn of(context: &'c Context<'s, 'a>, id: Id) -> Option<Self> {
        let s = context.syntax;
        s.call(id)?;
        if goes_on(context, id) {
            return None;
        }
        let mut calls = Vec::new();
        let mut names: Vec<Id> = Vec::new();
        let mut at = id;
        for _ in 0..LONGEST {
            let (inner, name) = match s.call(at) {
                Some(call) => {
                    let callee = s.bare(call.callee);
                    let (object, name) = s.member(callee)?;
                    calls.push((s.text(name), Arguments::of(context, call)));
                    (object, None)
                }
                None if s.kind(at) == "subscript" => (s.child(at, "value")?, None),
                None => match s.member(at) {
                    Some((object, name)) => (object, Some(name)),
                    None => break,
                },
            };
            match name {
                Some(name) => names.push(name),
                None if !names.is_empty() && s.call(at).is_some() => return None,
                None => {}
            }
            at = s.bare(inner);
        }
        if !s.is_name(at) || calls.is_empty() {
            return None;
        }
        calls.reverse();
        // The names behind the first one, last one first: `models.Post.objects`.
        let manager = names.first().map(|&n| s.text(n));
        let root = match names.get(1) {
            Some(_) => s.parent(names[1]).unwrap_or(at),
            None => at,
        };
        Some(Self {
            root,
            manager,
            calls,
        })
    }

    /// Returns whether one of the calls has one of these names.
    pub(in crate::code) fn has(&self, names: &[&str]) -> bool {
        self.calls.iter().any(|(name, _)| names.contains(name))
    }
}

/// Returns whether the node is only the beginning of a longer chain.
fn goes_on(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    let mut at = id;
    for up in s.ancestors(id).take(4) {
        if s.kind(up) == "subscript" && s.child(up, "value") == Some(at) {
            at = up;
            continue;
        }
        let Some((object, _)) = s.member(up) else {
            return false;
        };
        // `a.b` that is not called is the last thing read of it.
        return s.is_within(at, object)
            && s.parent(up)
                .and_then(|p| s.call(p))
                .is_some_and(|c| c.callee == up);
    }
    false
}
