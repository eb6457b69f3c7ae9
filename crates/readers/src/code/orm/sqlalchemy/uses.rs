//! The uses of mapped classes: statements made from them, their attributes, and new objects.

use coexist_model::{Access, Confidence, Manner, Mode, Reading, Surface, SurfaceKind, Why};

use crate::code::arguments::Arguments;
use crate::code::context::{Context, Use};
use crate::code::orm::python::Classes;
use crate::code::orm::sets_any;
use crate::code::syntax::Id;
use crate::code::view::Call;

/// Options that leave columns out of a query.
const NARROWING: &[&str] = &[
    "load_only",
    "with_only_columns",
    "with_entities",
    "defer",
    "raiseload",
];

/// Adds the uses of these classes.
pub(super) fn read(context: &Context<'_, '_>, classes: &Classes, reading: &mut Reading) {
    let reader = Uses { context, classes };
    let s = context.syntax;
    for id in s.all() {
        if let Some(call) = s.call(id) {
            reader.call(id, call, &mut reading.accesses);
        } else if let Some((object, name)) = s.member(id) {
            reader.attribute(id, object, name, &mut reading.accesses);
        }
    }
}

struct Uses<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    classes: &'c Classes,
}

impl<'a> Uses<'_, '_, 'a> {
    /// Returns the class that an expression names: `User`, `models.User`.
    fn class(&self, id: Id) -> Option<&str> {
        let s = self.context.syntax;
        let path = s.path(id)?;
        let name = *path.last()?;
        let name = self.context.original(name);
        self.classes.get(name).filter(|_| path.len() <= 3)
    }

    fn call(&self, id: Id, call: Call, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        if let Some(class) = self.class(call.callee) {
            let another = self.classes.is_another(self.context, call.callee, class);
            if self.is_made(id) && (!another || self.is_added(id)) {
                let made = self.inserted(id, class, &Arguments::of(self.context, call));
                accesses.push(match another {
                    true => unsure(made),
                    false => made,
                });
            }
            return;
        }
        let arguments = s.arguments(call);
        let queried = || arguments.iter().filter_map(|&a| self.class(a));
        match s.called(call) {
            "select" | "query" | "get" | "get_one" | "scalars" | "aliased"
                if !self.is_narrowed(id) =>
            {
                accesses.extend(queried().map(|class| self.queries(id, class)));
            }
            "insert" => {
                if let Some(class) = queried().next() {
                    let values = self.values(id);
                    let made = values.unwrap_or_else(|| Arguments::of(self.context, call));
                    // A statement names what it says; an object is written whole.
                    accesses.push(Access {
                        why: Why::ParsedSql,
                        ..self.inserted(id, class, &made)
                    });
                }
            }
            "update" => {
                let values = self.values(id);
                for (class, values) in queried().zip(values) {
                    accesses.extend(values.names().map(|(name, value)| {
                        let mode = Mode::Writes {
                            values: self.value(value).into_iter().collect(),
                        };
                        self.access(value, class, Some(name), mode, Manner::Explicit)
                    }));
                }
            }
            "delete" => {
                accesses
                    .extend(queried().map(|class| {
                        self.access(id, class, None, Mode::Deletes, Manner::Explicit)
                    }));
            }
            _ => {}
        }
    }

    /// Returns the arguments of the `.values(…)` behind a statement.
    fn values(&self, statement: Id) -> Option<Arguments<'_, '_, 'a>> {
        let s = self.context.syntax;
        let behind = s.ancestors(statement).take(20).filter_map(|up| s.call(up));
        behind
            .into_iter()
            .find(|&c| s.called(c) == "values")
            .map(|c| Arguments::of(self.context, c))
    }

    /// Returns whether options behind a statement leave columns out of it.
    fn is_narrowed(&self, statement: Id) -> bool {
        let s = self.context.syntax;
        let chain = s.ancestors(statement).take(40).take_while(|&up| {
            s.call(up).is_some() || s.member(up).is_some() || s.kind(up) == "argument_list"
        });
        chain.filter(|&up| s.call(up).is_some()).any(|up| {
            s.below(up)
                .filter(|&n| s.is_name(n))
                .any(|n| NARROWING.contains(&s.text(n)))
        })
    }

    /// Returns whether a call of a class makes an object, and is no type, test or pattern.
    fn is_made(&self, id: Id) -> bool {
        let s = self.context.syntax;
        s.above(id, &["case_pattern", "type", "decorator"])
            .is_none()
    }

    /// Returns whether the function around an object adds one to a session.
    fn is_added(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let around = s.function(id).unwrap_or(0);
        let mut calls = s.below(around).filter_map(|c| s.call(c));
        calls.any(|c| {
            matches!(
                s.called(c),
                "add" | "add_all" | "merge" | "save" | "create" | "bulk_save_objects"
            )
        })
    }

    fn inserted(&self, id: Id, class: &str, values: &Arguments<'_, '_, 'a>) -> Access {
        let named: Vec<(String, Id)> = values
            .names()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        // `User(**data)` and `User(data)` give what cannot be told: then any column may be there.
        let open = !values.placed.is_empty() || sets_any(self.context, id);
        let mode = Mode::Inserts {
            columns: (!open).then(|| named.iter().map(|(n, _)| n.clone()).collect()),
            positions: None,
            values: named
                .iter()
                .filter_map(|(n, v)| Some((n.clone(), self.value(*v)?)))
                .collect(),
            conflict: None,
        };
        self.access(id, class, None, mode, Manner::Explicit)
    }

    /// Returns a literal value.
    fn value(&self, id: Id) -> Option<String> {
        match self.context.syntax.text(id) {
            "None" => Some("NULL".to_owned()),
            _ => self.context.strings.plain(id),
        }
    }

    fn queries(&self, id: Id, class: &str) -> Access {
        self.access(id, class, None, Mode::Queries, Manner::Implicit)
    }

    /// `User.name` in a statement reads the column, unless it stands left of an assignment.
    fn attribute(&self, id: Id, object: Id, name: Id, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        let Some(class) = self.class(object) else {
            return;
        };
        let name = s.text(name);
        if name == "query" && !self.is_narrowed(id) {
            accesses.push(self.queries(id, class));
        } else if !name.starts_with("__") && !s.is_assigned(id) {
            let read = self.access(id, class, Some(name), Mode::Reads, Manner::Explicit);
            accesses.push(match self.classes.is_another(self.context, object, class) {
                true => unsure(read),
                false => read,
            });
        }
    }

    fn access(
        &self,
        id: Id,
        class: &str,
        element: Option<&str>,
        mode: Mode,
        manner: Manner,
    ) -> Access {
        let found = Use {
            surface: Surface::new(SurfaceKind::Model, class),
            element: element.map(str::to_owned),
            mode,
            manner,
            confidence: Confidence::High,
            why: Why::ResolvedCall,
        };
        self.context.access(id, found)
    }
}

/// Returns an access through a class that may be another one of the same name.
fn unsure(access: Access) -> Access {
    Access {
        confidence: access.confidence.min(Confidence::Medium),
        ..access
    }
}
