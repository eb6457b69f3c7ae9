//! The arguments of one call, by place and by name.

use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::code::view::Call;

/// The arguments of a call: those by place, and those by name.
pub(super) struct Arguments<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    /// Those without a name, in order, without their wrappers.
    pub(super) placed: Vec<Id>,
    named: Vec<(&'a str, Id)>,
}

impl<'c, 's, 'a> Arguments<'c, 's, 'a> {
    pub(super) fn of(context: &'c Context<'s, 'a>, call: Call) -> Self {
        let s = context.syntax;
        let (mut placed, mut named) = (Vec::new(), Vec::new());
        for argument in s.arguments(call) {
            let pair = s
                .profile
                .pairs
                .iter()
                .find(|p| p.0 == s.kind(argument))
                .and_then(|&(_, name, value)| {
                    Some((s.pick(argument, name)?, s.pick(argument, value)?))
                });
            match pair {
                Some((name, value)) => named.push((s.text(name), s.bare(value))),
                None => placed.push(argument),
            }
        }
        Self {
            context,
            placed,
            named,
        }
    }

    /// Returns the arguments that have a name, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'a str, Id)> {
        self.named.iter().copied()
    }

    /// Returns the argument of that name.
    pub(super) fn named(&self, name: &str) -> Option<Id> {
        self.named.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }

    /// Returns the argument at a place, or of that name.
    pub(super) fn at(&self, place: usize, name: &str) -> Option<Id> {
        self.placed.get(place).copied().or_else(|| self.named(name))
    }

    /// Returns the text of the argument at a place, or of that name: a literal, or a constant of the file that is one.
    pub(super) fn text(&self, place: usize, name: &str) -> Option<String> {
        self.at(place, name).and_then(|id| text(self.context, id))
    }

    /// Returns the text that an argument is.
    pub(super) fn literal(&self, id: Id) -> Option<String> {
        text(self.context, id)
    }

    /// Returns what the argument of that name says: true, false, or something else.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        let id = self.named(name)?;
        match self.context.syntax.text(id) {
            "True" | "true" => Some(true),
            "False" | "false" => Some(false),
            _ => None,
        }
    }
}

/// Returns the text that an expression is: a literal, or a constant of the file that is one, with nothing put into it.
pub(super) fn text(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let literal = context.strings.literal(id)?;
    (!literal.dynamic).then_some(literal.text)
}

/// Returns the texts in a list or tuple; None where one of them cannot be told.
pub(super) fn texts(context: &Context<'_, '_>, id: Id) -> Option<Vec<String>> {
    let s = context.syntax;
    if s.is_string(id) {
        return text(context, id).map(|t| vec![t]);
    }
    matches!(s.kind(id), "list" | "tuple" | "array" | "set")
        .then(|| s.named(id).map(|item| text(context, item)).collect())
        .flatten()
}
