//! The parts of a node that mean the same in every language.

use super::profile::Pick;
use super::syntax::{Id, Syntax};

/// A call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    /// What is called: a name or a member; for languages whose calls are members, the call itself.
    pub(super) callee: Id,
    /// The arguments.
    pub(super) arguments: Option<Id>,
}

/// How many wrappers or members are looked through.
const FAR: usize = 200;

impl<'a> Syntax<'a> {
    /// Returns the node at a place of another one.
    pub(super) fn pick(&self, id: Id, pick: Pick) -> Option<Id> {
        match pick {
            Pick::Field(role) => self.child(id, role),
            Pick::Kind(kind) => self.child_of(id, kind),
            Pick::First => self.named(id).next(),
            Pick::Last => self.named(id).last(),
            Pick::Itself => Some(id),
            Pick::None => None,
        }
    }

    /// Returns all nodes at a place of another one.
    pub(super) fn picks(&self, id: Id, pick: Pick) -> Vec<Id> {
        match pick {
            Pick::Field(role) => self
                .children(id)
                .filter(|&c| self.role(c) == Some(role) && self.is_named(c))
                .collect(),
            Pick::Kind(kind) => self
                .children(id)
                .filter(|&c| self.kind(c) == kind)
                .collect(),
            other => self.pick(id, other).into_iter().collect(),
        }
    }

    /// Returns what stands in parentheses, behind `&` or `await`, and the like.
    pub(super) fn bare(&self, mut id: Id) -> Id {
        for _ in 0..FAR {
            if !self.profile.wrappers.contains(&self.kind(id)) {
                break;
            }
            // A cast names its type first in Java and last elsewhere; an argument of PHP may have a name.
            let inner = self.child(id, "value").or_else(|| {
                self.named(id)
                    .find(|&c| self.kind(c) != "mutable_specifier" && self.role(c) != Some("name"))
            });
            let Some(inner) = inner else { break };
            id = inner;
        }
        id
    }

    /// Returns the object and the name of `a.b`.
    pub(super) fn member(&self, id: Id) -> Option<(Id, Id)> {
        let &(_, object, name) = self.profile.members.iter().find(|m| m.0 == self.kind(id))?;
        let (object, name) = (self.pick(id, object)?, self.pick(id, name)?);
        (object != name).then_some((object, name))
    }

    /// Returns the parts of a call.
    pub(super) fn call(&self, id: Id) -> Option<Call> {
        let &(_, callee, arguments) = self.profile.calls.iter().find(|c| c.0 == self.kind(id))?;
        Some(Call {
            callee: self.pick(id, callee)?,
            arguments: self.pick(id, arguments),
        })
    }

    /// Returns the name that is called, without what stands before it.
    pub(super) fn called(&self, call: Call) -> &'a str {
        self.last_name(call.callee)
    }

    /// Returns the last name of a name, a member or a call.
    pub(super) fn last_name(&self, id: Id) -> &'a str {
        let id = self.bare(id);
        if let Some((_, name)) = self.member(id) {
            return self.text(name);
        }
        // A call without a receiver in Java and Ruby.
        if let Some(name) = self.child(id, "name").or_else(|| self.child(id, "method")) {
            return self.text(name);
        }
        if self.profile.rows.contains(&self.kind(id)) {
            return self.named(id).last().map_or("", |n| self.text(n));
        }
        if self.is_name(id) { self.text(id) } else { "" }
    }

    /// Returns what a method is called on.
    pub(super) fn receiver(&self, call: Call) -> Option<Id> {
        self.member(self.bare(call.callee))
            .map(|(object, _)| object)
    }

    /// Returns the arguments of a call, one by one, without their wrappers.
    pub(super) fn arguments(&self, call: Call) -> Vec<Id> {
        let Some(list) = call.arguments else {
            return Vec::new();
        };
        self.named(list).map(|a| self.bare(a)).collect()
    }

    /// Returns whether a node is a single name.
    pub(super) fn is_name(&self, id: Id) -> bool {
        self.profile.names.contains(&self.kind(id))
    }

    /// Returns whether a node is a string literal.
    pub(super) fn is_string(&self, id: Id) -> bool {
        self.profile.strings.literals.contains(&self.kind(id))
    }

    /// Returns the names of `a.b.c` in order; None for what is more than names. The parameters of a generic type are left out.
    pub(super) fn path(&self, id: Id) -> Option<Vec<&'a str>> {
        let mut names = Vec::new();
        let mut at = self.bare(id);
        for _ in 0..FAR {
            if self.is_name(at) {
                names.push(self.text(at));
            } else if self.profile.rows.contains(&self.kind(at)) {
                let row: Vec<Id> = self.named(at).filter(|&n| self.is_name(n)).collect();
                names.extend(row.iter().rev().map(|&n| self.text(n)));
            } else if self.kind(at) == "generic_type" {
                at = self.bare(self.named(at).next()?);
                continue;
            } else {
                let (object, name) = self.member(at)?;
                // `a.b()` is no name where a call is a member of its own.
                let arguments = self
                    .call(at)
                    .is_some_and(|c| c.callee == at && c.arguments.is_some());
                if arguments {
                    return None;
                }
                names.push(self.text(name));
                at = self.bare(object);
                continue;
            }
            names.reverse();
            return Some(names);
        }
        None
    }

    /// Returns whether a node stands where something is assigned to.
    pub(super) fn is_assigned(&self, id: Id) -> bool {
        let mut at = id;
        for up in self.ancestors(id).take(4) {
            let form = self
                .profile
                .assignments
                .iter()
                .find(|a| a.0 == self.kind(up));
            if let Some(&(_, left, _)) = form {
                return self.pick(up, left).is_some_and(|l| self.is_within(at, l));
            }
            if !matches!(
                self.kind(up),
                "expression_list" | "left_assignment_list" | "pattern_list" | "tuple"
            ) {
                return false;
            }
            at = up;
        }
        false
    }

    /// Returns the innermost function with a name that a node stands in.
    pub(super) fn named_function(&self, id: Id) -> Option<Id> {
        let mut at = id;
        for _ in 0..FAR {
            at = self.function(at)?;
            if self.child(at, "name").is_some() {
                return Some(at);
            }
        }
        None
    }

    /// Returns the function around a node.
    pub(super) fn function(&self, id: Id) -> Option<Id> {
        self.above(id, self.profile.functions)
    }
}
