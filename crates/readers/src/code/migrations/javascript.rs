//! What the tools of JavaScript and TypeScript have in common: a file that exports the functions `up` and `down`, or a class that
//! has them as methods.

use coexist_model::{Column, Constraint, ConstraintKind, Detail, Direction, Element};

use crate::code::javascript::Program;
use crate::code::javascript::columns::Described;
use crate::code::javascript::steps::Step;
use crate::code::syntax::Id;

use super::script::{Script, constraint};

/// Reads both ways of a migration, call by call.
pub(super) fn both_ways<'c, 's, 'a>(
    script: &mut Script<'c, 's, 'a>,
    program: &Program<'c, 's, 'a>,
    mut read: impl FnMut(&mut Script<'c, 's, 'a>, &[Step<'a>]),
) {
    for (name, direction) in [("up", Direction::Up), ("down", Direction::Down)] {
        script.turn(direction);
        if let Some(way) = program.way(name) {
            read(script, &program.steps(way));
            script.branch(false);
        }
    }
}

/// Reads both ways of a migration by what it calls on the store: `is_on` says whether a call is one, `read` returns None where it is not
/// understood. A call that hands one of these handles on is opaque: what the other function does is not seen.
pub(super) fn each_on_store<'c, 's, 'a>(
    script: &mut Script<'c, 's, 'a>,
    program: &Program<'c, 's, 'a>,
    handles: &[&str],
    is_on: impl Fn(&Step<'a>) -> bool,
    read: impl Fn(&mut Script<'c, 's, 'a>, &Step<'a>) -> Option<()>,
) {
    both_ways(script, program, |script, steps| {
        for step in steps {
            script.branch(step.conditional);
            if is_on(step) {
                if read(script, step).is_none() {
                    let reason = format!("this use of {} is not understood", step.name);
                    script.opaque(step.id, &reason);
                }
            } else if program.hands_on(step, handles) {
                script.opaque(step.id, "what this function does stands elsewhere");
            }
        }
    });
}

impl<'a> Program<'_, '_, 'a> {
    /// Returns the names of what both ways are given.
    pub(super) fn stores(&self) -> Vec<&'a str> {
        let ways = ["up", "down"].into_iter().filter_map(|name| self.way(name));
        ways.flat_map(|way| self.handles(way)).collect()
    }

    /// Returns whether a call is on one of these handles itself.
    pub(super) fn is_on(&self, step: &Step<'a>, handles: &[&str]) -> bool {
        let s = self.context.syntax;
        let receiver = s.receiver(step.call);
        let receiver = receiver.map(|r| self.resolve(r, &step.scope));
        receiver.is_some_and(|r| handles.contains(&s.text(r)))
    }

    /// Returns an argument of a call.
    pub(super) fn given(&self, step: &Step<'a>, at: usize) -> Option<Id> {
        let given = self.context.syntax.arguments(step.call);
        given.get(at).copied()
    }

    /// Adds the SQL that an argument is; None: the call has no such argument.
    pub(super) fn sql(&self, script: &mut Script<'_, '_, '_>, step: &Step<'a>, sql: Option<Id>) {
        match sql.and_then(|sql| Some((sql, self.literal(sql, &step.scope)?))) {
            Some((sql, literal)) => script.sql_text(sql, &literal),
            None => script.opaque(step.id, "the SQL that it runs is made elsewhere"),
        }
    }

    /// Returns whether a call hands the store on to a function that stands elsewhere.
    pub(super) fn hands_on(&self, step: &Step<'a>, handles: &[&str]) -> bool {
        let s = self.context.syntax;
        // `Promise.all(…)` and the like get calls, not the store itself.
        let is_handle = |id: Id| {
            let id = self.resolve(id, &step.scope);
            s.is_name(id) && handles.contains(&s.text(id))
        };
        let given = s.arguments(step.call);
        given.into_iter().any(|argument| match s.kind(argument) {
            "object" => {
                let mut entries = s.named(argument);
                entries.any(|e| s.kind(e) == "shorthand_property_identifier" && is_handle(e))
            }
            _ => is_handle(argument),
        })
    }
}

impl Described {
    /// Returns the column, and the constraints that stand in its description.
    pub(super) fn elements(
        self,
        script: &mut Script<'_, '_, '_>,
        id: Id,
        table: &str,
        name: &str,
    ) -> Vec<Element> {
        let columns = || vec![name.to_owned()];
        let mut elements = vec![Element {
            name: name.to_owned(),
            detail: Detail::Column(Column {
                type_name: self.type_name,
                nullable: !self.required && !self.primary,
                default: self.default,
                generated: self.generated,
            }),
            place: script.place(id),
        }];
        let kinds = [
            self.primary.then_some(ConstraintKind::PrimaryKey),
            self.unique.then_some(ConstraintKind::Unique),
            self.references
                .map(|table| ConstraintKind::ForeignKey { table }),
        ];
        for kind in kinds.into_iter().flatten() {
            elements.push(constraint(script, id, table, None, kind, columns()));
        }
        elements
    }
}

/// Returns a constraint that covers only some rows, or whose columns cannot be told.
pub(super) fn partial(element: Element, partial: bool) -> Element {
    match element.detail {
        Detail::Constraint(constraint) => Element {
            detail: Detail::Constraint(Constraint {
                partial,
                ..constraint
            }),
            ..element
        },
        _ => element,
    }
}
