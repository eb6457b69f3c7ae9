//! Where code goes one way or another by a value.

use crate::code::syntax::Id;

use super::Wire;

/// How far above a value its branch is looked for: `if !req.GetX() && y`.
const FAR: usize = 8;

impl Wire<'_, '_, '_, '_> {
    /// Returns whether a value decides between two ways: it stands in the condition of a branch that has another way, or it is
    /// what a `switch` decides by.
    pub(super) fn forks(&self, id: Id) -> bool {
        let s = self.context.syntax;
        for up in s.ancestors(id).take(FAR) {
            let kind = s.kind(up);
            if s.profile.functions.contains(&kind) {
                return false;
            }
            let decision = s.profile.decisions.iter().find(|d| d.kind == kind);
            let subject = match decision {
                Some(decision) => s.pick(up, decision.subject),
                // Go: `switch x := req.GetCommand().(type)`.
                None if kind == "type_switch_statement" => s.child(up, "value"),
                None => None,
            };
            if subject.is_some_and(|v| s.is_within(id, v)) {
                return true;
            }
            if let Some(branch) = s.profile.branches.iter().find(|b| b.kind == kind) {
                let condition = s.pick(up, branch.condition);
                let then = s.pick(up, branch.then);
                return condition.is_some_and(|c| s.is_within(id, c))
                    && (s.child(up, "alternative").is_some()
                        || then.is_some_and(|t| self.leaves(t)));
            }
        }
        false
    }

    /// Returns whether a block leaves its function with a result: what follows is the other way. Leaving with an error is a check
    /// of what was asked, not a way.
    fn leaves(&self, block: Id) -> bool {
        let s = self.context.syntax;
        let own = s.function(block);
        let returns = |&at: &Id| {
            s.profile.returns.contains(&s.kind(at))
                && s.function(at) == own
                && s.named(at).next().is_some()
        };
        s.below(block)
            .filter(returns)
            .any(|at| !self.returns_error(at))
    }
}
