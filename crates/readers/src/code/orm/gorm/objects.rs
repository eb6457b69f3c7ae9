//! What an object that a call inserts was made with: `db.Create(&User{Name: "x"})`, or the same by way of a name.

use super::uses::Uses;
use crate::code::golang::structs::keyed;
use crate::code::syntax::Id;

impl Uses<'_, '_, '_> {
    /// Returns the fields that the code gives an object which a call is handed, with their values; None where it cannot be told: one that came
    /// from elsewhere, or that other calls were handed before, which may set any field.
    pub(super) fn made_with(&self, given: Id, model: &str) -> Option<Vec<(Id, Id)>> {
        let s = self.context.syntax;
        let literal = self.values.resolved(given);
        let of_type = s.child(literal, "type")?;
        let is_object = s.kind(literal) == "composite_literal" && s.is_name(last(self, of_type)?);
        if !is_object || self.values.named(of_type) != Some(model) {
            return None;
        }
        if self.is_handed_over(given) {
            return None;
        }
        keyed(self.context, literal)
    }

    /// Returns whether what a name holds is handed to a call, or a method of it called, before it is used here.
    fn is_handed_over(&self, given: Id) -> bool {
        let s = self.context.syntax;
        let name = s.bare(given);
        let Some(function) = s.function(name).filter(|_| s.is_name(name)) else {
            return false;
        };
        let here = s.range(name).start;
        let before = |id: &Id| s.range(*id).start < here;
        let same = |id: Id| s.is_name(s.bare(id)) && s.text(s.bare(id)) == s.text(name);
        let calls = s.below(function).filter(before).filter_map(|id| s.call(id));
        calls.into_iter().any(|call| {
            let handed = s
                .arguments(call)
                .into_iter()
                .any(|a| s.range(a).start < here && same(a));
            handed || s.receiver(call).is_some_and(same)
        })
    }
}

/// Returns the name in a type, behind its package: of a list or a map there is none.
fn last(uses: &Uses<'_, '_, '_>, of_type: Id) -> Option<Id> {
    let s = uses.context.syntax;
    match s.kind(of_type) {
        "qualified_type" => s.member(of_type).map(|(_, name)| name),
        _ => Some(of_type),
    }
}
