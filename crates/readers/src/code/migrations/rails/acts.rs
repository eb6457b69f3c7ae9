//! What a migration does, gathered before it is known in which order it is undone.

use coexist_model::{Effect, Surface};

use crate::code::migrations::script::Script;
use crate::code::syntax::Id;

/// One effect on the store.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) surface: Surface,
    pub(super) effect: Effect,
    /// Whether it says `if_exists` or `if_not_exists`.
    pub(super) conditional: bool,
}

impl Step {
    pub(super) fn on(table: &str, effect: Effect) -> Self {
        Self {
            surface: Surface::table(table),
            effect,
            conditional: false,
        }
    }
}

/// What one command does, and what undoes it; None: nothing does.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Command {
    pub(super) forward: Vec<Step>,
    pub(super) back: Option<Vec<Step>>,
}

impl Command {
    pub(super) fn both(forward: Step, back: Step) -> Self {
        Self {
            forward: vec![forward],
            back: Some(vec![back]),
        }
    }

    pub(super) fn one_way(forward: Vec<Step>) -> Self {
        Self {
            forward,
            back: None,
        }
    }

    /// A command that nothing can notice.
    pub(super) fn nothing() -> Self {
        Self {
            forward: Vec::new(),
            back: Some(Vec::new()),
        }
    }

    /// Returns the command that undoes this one, where there is such a thing.
    pub(super) fn inverse(self) -> Option<Self> {
        Some(Self {
            forward: self.back?,
            back: Some(self.forward),
        })
    }

    /// Returns both in a row.
    pub(super) fn then(mut self, next: Self) -> Self {
        self.forward.extend(next.forward);
        self.back = match (self.back, next.back) {
            (Some(first), Some(mut last)) => {
                last.extend(first);
                Some(last)
            }
            _ => None,
        };
        self
    }

    pub(super) fn conditionally(mut self, conditional: bool) -> Self {
        let steps = self.forward.iter_mut();
        for step in steps.chain(self.back.iter_mut().flatten()) {
            step.conditional |= conditional;
        }
        self
    }
}

/// One thing that happens on one way.
#[derive(Debug, Clone)]
pub(super) struct Act {
    /// Where it stands.
    pub(super) id: Id,
    pub(super) what: What,
    /// Whether it stands in a branch.
    pub(super) conditional: bool,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Step(Box<Step>),
    /// The SQL in an expression.
    Sql(Id),
    Opaque(&'static str),
    /// A command that is not understood, by its name.
    Unknown(String),
}

/// What a body does on both ways.
#[derive(Debug, Default, Clone)]
pub(super) struct Acts {
    pub(super) forward: Vec<Act>,
    /// What undoes each part, in the order of the parts.
    pub(super) back: Vec<Vec<Act>>,
    /// Whether a part has no way back: then the migration has none.
    pub(super) irreversible: bool,
}

impl Acts {
    pub(super) fn emit_forward(&self, script: &mut Script<'_, '_, '_>) {
        for act in &self.forward {
            act.emit(script);
        }
    }

    /// Adds what undoes it, the last part first.
    pub(super) fn emit_back(&self, script: &mut Script<'_, '_, '_>) {
        if self.irreversible {
            return;
        }
        for act in self.back.iter().rev().flatten() {
            act.emit(script);
        }
    }
}

impl Act {
    fn emit(&self, script: &mut Script<'_, '_, '_>) {
        match &self.what {
            What::Step(step) => {
                script.emit(self.id, step.surface.clone(), step.effect.clone());
                script.conditionally(step.conditional || self.conditional);
            }
            What::Sql(sql) => script.sql(*sql),
            What::Opaque(reason) => script.opaque(self.id, reason),
            What::Unknown(name) => {
                script.opaque(self.id, &format!("this use of {name} is not understood"));
            }
        }
    }
}
