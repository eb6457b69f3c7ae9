//! Chains of calls: `db.Model(&user).Where("name = ?", name).First(&user)`.

use crate::code::syntax::{Id, Syntax};
use crate::code::view::Call;

/// Calls on what the call before gives back, the first one first.
pub(in crate::code) struct Chain<'a> {
    /// What the first one is called on.
    pub(in crate::code) root: Id,
    pub(in crate::code) links: Vec<Link<'a>>,
}

/// One call of a chain.
pub(in crate::code) struct Link<'a> {
    pub(in crate::code) id: Id,
    pub(in crate::code) name: &'a str,
    pub(in crate::code) given: Vec<Id>,
}

impl<'a> Chain<'a> {
    /// Returns the first call of this name.
    pub(in crate::code) fn link(&self, name: &str) -> Option<&Link<'a>> {
        self.links.iter().find(|l| l.name == name)
    }

    /// Returns whether any call has one of these names.
    pub(in crate::code) fn calls(&self, names: &[&str]) -> bool {
        self.links.iter().any(|l| names.contains(&l.name))
    }
}

/// Returns the chains of a file: each call on which no other one is called, with those that it is called on.
pub(in crate::code) fn chains<'a>(s: &Syntax<'a>) -> Vec<Chain<'a>> {
    let calls = s.all().filter(|&id| s.call(id).is_some());
    let outermost = calls.filter(|&id| !is_called_on(s, id));
    outermost.filter_map(|id| chain(s, id)).collect()
}

/// Returns the chain that a call ends; None where it is called on nothing.
pub(in crate::code) fn chain<'a>(s: &Syntax<'a>, id: Id) -> Option<Chain<'a>> {
    let mut links = Vec::new();
    let mut at = id;
    while let Some(call) = s.call(at) {
        let Some(receiver) = s.receiver(call) else {
            break;
        };
        links.push(Link {
            id: at,
            name: s.called(call),
            given: arguments(s, call),
        });
        at = s.bare(receiver);
    }
    links.reverse();
    (!links.is_empty()).then_some(Chain { root: at, links })
}

/// The arguments with their wrappers: `&user` is not what `user` is.
fn arguments(s: &Syntax<'_>, call: Call) -> Vec<Id> {
    let list = call.arguments.map(|list| s.named(list).collect());
    list.unwrap_or_default()
}

/// Returns whether a call is what another one is called on.
fn is_called_on(s: &Syntax<'_>, id: Id) -> bool {
    let Some(up) = s.parent(id) else {
        return false;
    };
    let is_operand = s.member(up).is_some_and(|(object, _)| object == id);
    let calls = s.parent(up).and_then(|above| s.call(above));
    is_operand && calls.is_some_and(|call| call.callee == up)
}
