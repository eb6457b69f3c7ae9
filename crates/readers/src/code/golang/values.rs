//! Of which type a value is: by its declaration in the same function, or by what it is made of.

use std::collections::BTreeMap;

use crate::code::context::Context;
use crate::code::syntax::Id;

/// How many names are followed to what they stand for.
const FAR: usize = 4;

/// What the names of a file stand for, each in its function.
pub(in crate::code) struct Values<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    /// By the function that declares it (None: the file) and its name.
    known: BTreeMap<(Option<Id>, &'a str), Given>,
}

/// What a declaration says of a name.
#[derive(Clone, Copy)]
enum Given {
    /// Its type.
    Type(Id),
    /// What it is first set to.
    Value(Id),
    /// What its elements are taken from.
    ElementOf(Id),
}

impl<'c, 's, 'a> Values<'c, 's, 'a> {
    pub(in crate::code) fn of(context: &'c Context<'s, 'a>) -> Self {
        let mut values = Self {
            context,
            known: BTreeMap::new(),
        };
        for id in context.syntax.all() {
            values.declare(id);
        }
        values
    }

    fn declare(&mut self, id: Id) {
        let s = self.context.syntax;
        let names = |side: Id| -> Vec<Id> {
            match s.kind(side) {
                "expression_list" => s.named(side).collect(),
                _ => vec![side],
            }
        };
        match s.kind(id) {
            "parameter_declaration" | "var_spec" => {
                let declared = s.children(id).filter(|&c| s.role(c) == Some("name"));
                let declared: Vec<Id> = declared.filter(|&c| s.is_named(c)).collect();
                if let Some(of_type) = s.child(id, "type") {
                    for name in declared {
                        self.give(id, name, Given::Type(of_type));
                    }
                } else if let Some(value) = s.child(id, "value") {
                    self.pair(id, &declared, &names(value));
                }
            }
            "short_var_declaration" => {
                if let (Some(left), Some(right)) = (s.child(id, "left"), s.child(id, "right")) {
                    self.pair(id, &names(left), &names(right));
                }
            }
            "range_clause" => {
                let element = s.child(id, "left").map(names).unwrap_or_default();
                if let (Some(&name), Some(right)) = (element.get(1), s.child(id, "right")) {
                    self.give(id, name, Given::ElementOf(right));
                }
            }
            _ => {}
        }
    }

    /// `a, b := x, y`; of `a, err := f()` only the first is followed.
    fn pair(&mut self, id: Id, names: &[Id], values: &[Id]) {
        for (&name, &value) in names.iter().zip(values) {
            self.give(id, name, Given::Value(value));
        }
    }

    fn give(&mut self, id: Id, name: Id, given: Given) {
        let s = self.context.syntax;
        if s.is_name(name) {
            // A parameter belongs to the function whose head it stands in, which stands around it too.
            let key = (s.function(id), s.text(name));
            self.known.entry(key).or_insert(given);
        }
    }

    fn given(&self, at: Id) -> Option<Given> {
        let s = self.context.syntax;
        let name = s.text(at);
        let mut around = at;
        while let Some(function) = s.function(around) {
            if let Some(given) = self.known.get(&(Some(function), name)) {
                return Some(*given);
            }
            around = function;
        }
        self.known.get(&(None, name)).copied()
    }

    /// Returns the value that a name is first set to; what is no such name stands for itself.
    pub(in crate::code) fn resolved(&self, id: Id) -> Id {
        let s = self.context.syntax;
        let mut at = s.bare(id);
        for _ in 0..FAR {
            match self.given(at).filter(|_| s.is_name(at)) {
                Some(Given::Value(value)) => at = s.bare(value),
                _ => break,
            }
        }
        at
    }

    /// Returns the name of the type of a value, of the elements of a list and of what a pointer points to.
    pub(in crate::code) fn type_of(&self, id: Id) -> Option<&'a str> {
        self.typed(id, FAR)
    }

    fn typed(&self, id: Id, far: usize) -> Option<&'a str> {
        let s = self.context.syntax;
        let id = s.bare(id);
        if far == 0 {
            return None;
        }
        if s.is_name(id) {
            return match self.given(id)? {
                Given::Type(of_type) => self.named(of_type),
                Given::Value(value) | Given::ElementOf(value) => self.typed(value, far - 1),
            };
        }
        match s.kind(id) {
            "composite_literal" => self.named(s.child(id, "type")?),
            "index_expression" => self.typed(s.child(id, "operand")?, far - 1),
            "slice_expression" => self.typed(s.child(id, "operand")?, far - 1),
            // `new(User)`, `make([]User, 0)`.
            "call_expression" => {
                let call = s.call(id)?;
                let makes = matches!(s.text(call.callee), "new" | "make" | "append");
                let first = *s.arguments(call).first().filter(|_| makes)?;
                match s.text(call.callee) {
                    "append" => self.typed(first, far - 1),
                    _ => self.named(first),
                }
            }
            _ => None,
        }
    }

    /// Returns the type that a name is declared with.
    pub(in crate::code) fn declared(&self, id: Id) -> Option<Id> {
        let id = self.context.syntax.bare(id);
        match self.given(id)? {
            Given::Type(of_type) => Some(of_type),
            Given::Value(_) | Given::ElementOf(_) => None,
        }
    }

    /// Returns the last name of a type: `[]*model.User` is `User`.
    pub(in crate::code) fn named(&self, of_type: Id) -> Option<&'a str> {
        let s = self.context.syntax;
        let mut at = s.bare(of_type);
        for _ in 0..FAR * 2 {
            at = match s.kind(at) {
                "slice_type" | "array_type" | "implicit_length_array_type" => {
                    s.bare(s.child(at, "element")?)
                }
                "generic_type" => s.bare(s.child(at, "type")?),
                _ => break,
            };
        }
        let name = s.last_name(at);
        (!name.is_empty()).then_some(name)
    }

    /// Returns whether a value is declared to be of a type, by its whole name: `gorm.DB`.
    pub(in crate::code) fn is_of(&self, id: Id, package: &str, name: &str) -> bool {
        let s = self.context.syntax;
        let Some(Given::Type(of_type)) = self.given(s.bare(id)) else {
            return false;
        };
        let path = s.path(of_type);
        path.is_some_and(|path| path == [package, name])
    }
}
