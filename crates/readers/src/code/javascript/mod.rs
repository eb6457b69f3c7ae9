//! What a file of JavaScript or TypeScript says, for those who read what its calls do.
//!
//! [`Program`] knows what the names of a file stand for, [`steps`] the calls that a function makes in their order, [`values`] what
//! the arguments of these are, [`columns`] how tools describe a column.

pub(super) mod columns;
pub(super) mod steps;
pub(super) mod values;

use std::collections::BTreeMap;

use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

/// The languages.
pub(super) const TONGUES: &[Tongue] = &[Tongue::TypeScript, Tongue::JavaScript];

/// One file, with what its names stand for.
pub(super) struct Program<'c, 's, 'a> {
    pub(super) context: &'c Context<'s, 'a>,
    /// The value of each name that is bound once in the file.
    constants: BTreeMap<&'a str, Id>,
    /// The functions with a name.
    functions: BTreeMap<&'a str, Id>,
}

impl<'c, 's, 'a> Program<'c, 's, 'a> {
    pub(super) fn new(context: &'c Context<'s, 'a>) -> Self {
        let s = context.syntax;
        let mut bound: BTreeMap<&'a str, Option<Id>> = BTreeMap::new();
        let mut functions = BTreeMap::new();
        for id in s.all() {
            let Some(name) = s.child(id, "name") else {
                continue;
            };
            match s.kind(id) {
                "variable_declarator" => {
                    let value = s.child(id, "value").map(|v| s.bare(v));
                    bound
                        .entry(s.text(name))
                        .and_modify(|v| *v = None)
                        .or_insert(value);
                    if let Some(value) = value.filter(|&v| is_function(context, v)) {
                        functions.insert(s.text(name), value);
                    }
                }
                "function_declaration" => {
                    functions.insert(s.text(name), id);
                }
                _ => {}
            }
        }
        let constants = bound.into_iter().filter_map(|(name, v)| Some((name, v?)));
        Self {
            context,
            constants: constants.collect(),
            functions,
        }
    }

    /// Returns the function that a file exports by a name, or that its class has as a method.
    pub(super) fn way(&self, name: &str) -> Option<Id> {
        let s = self.context.syntax;
        s.all().find_map(|id| {
            let named = |role| s.child(id, role).is_some_and(|n| s.text(n) == name);
            let function = match s.kind(id) {
                "function_declaration" | "method_definition" if named("name") => id,
                "variable_declarator" | "public_field_definition" if named("name") => {
                    s.child(id, "value")?
                }
                "field_definition" if named("property") => s.child(id, "value")?,
                "pair" if named("key") => s.child(id, "value")?,
                "assignment_expression" => {
                    let path = s.path(s.child(id, "left")?)?;
                    let exported = path.len() > 1 && path.last() == Some(&name);
                    s.child(id, "right").filter(|_| exported)?
                }
                _ => return None,
            };
            let outside = s.function(id).is_none();
            self.function(s.bare(function)).filter(|_| outside)
        })
    }

    /// Returns the function that an expression is, or names.
    fn function(&self, id: Id) -> Option<Id> {
        if is_function(self.context, id) {
            return Some(id);
        }
        self.functions.get(self.context.syntax.text(id)).copied()
    }

    /// Returns the parameters of a function, as patterns.
    pub(super) fn parameters(&self, function: Id) -> Vec<Id> {
        let s = self.context.syntax;
        if let Some(only) = s.child(function, "parameter") {
            return vec![only];
        }
        let list = s.child(function, "parameters");
        let each = list.map(|l| s.named(l).collect::<Vec<_>>());
        let pattern = |p: Id| s.child(p, "pattern").unwrap_or(p);
        each.unwrap_or_default().into_iter().map(pattern).collect()
    }

    /// Returns the names that a pattern binds.
    pub(super) fn names_in(&self, pattern: Id) -> Vec<&'a str> {
        let s = self.context.syntax;
        let around = std::iter::once(pattern).chain(s.below(pattern));
        let names = around.filter(|&n| {
            let kind = s.kind(n);
            kind == "identifier" || kind == "shorthand_property_identifier_pattern"
        });
        names.map(|n| s.text(n)).collect()
    }

    /// Returns the names by which a way knows what it is given first: the store.
    pub(super) fn handles(&self, way: Id) -> Vec<&'a str> {
        let first = self.parameters(way).first().copied();
        first.map(|p| self.names_in(p)).unwrap_or_default()
    }

    /// Returns the text of what a way declares its first parameter as.
    pub(super) fn first_type(&self, way: Id) -> &'a str {
        let s = self.context.syntax;
        let list = s.child(way, "parameters");
        let first = list.and_then(|l| s.named(l).next());
        let declared = first.and_then(|p| s.child(p, "type"));
        declared.map_or("", |t| s.text(t))
    }
}

fn is_function(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    s.profile.functions.contains(&s.kind(id))
}
