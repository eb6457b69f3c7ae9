//! What an expression is, as far as the file tells: a constant, an item of a list that a loop goes over, a property of an object.

use std::collections::BTreeMap;

use coexist_model::{Effect, Rows};

use crate::code::strings::Literal;
use crate::code::syntax::Id;

use super::Program;

/// What names stand for where a call stands: parameters of a function that is called, and what a loop goes over.
pub(in crate::code) type Scope<'a> = BTreeMap<&'a str, Id>;

/// How many names are followed, each to the next.
const DEEPEST: usize = 6;

/// An object literal.
#[derive(Debug, Clone, Default)]
pub(in crate::code) struct Object {
    /// Its properties in order.
    pub(in crate::code) entries: Vec<(String, Id)>,
    /// Whether something is put into it that cannot be told.
    pub(in crate::code) open: bool,
}

impl Object {
    /// Returns the last property of that name: it is the one that counts.
    pub(in crate::code) fn get(&self, name: &str) -> Option<Id> {
        let mut entries = self.entries.iter().rev();
        entries.find(|(n, _)| n == name).map(|(_, value)| *value)
    }
}

impl<'a> Program<'_, '_, 'a> {
    /// Returns what an expression stands for; itself where that cannot be told.
    pub(in crate::code) fn resolve(&self, id: Id, scope: &Scope<'a>) -> Id {
        let s = self.context.syntax;
        let mut at = s.bare(id);
        for _ in 0..DEEPEST {
            let Some(next) = self.step_to(at, scope) else {
                break;
            };
            at = s.bare(next);
        }
        at
    }

    fn step_to(&self, id: Id, scope: &Scope<'a>) -> Option<Id> {
        let s = self.context.syntax;
        let bound = |name: &str| {
            scope
                .get(name)
                .or_else(|| self.constants.get(name))
                .copied()
        };
        if s.is_name(id) {
            return bound(s.text(id)).filter(|&value| value != id);
        }
        // `TABLES.users`, where `TABLES` is an object of the file.
        let (object, name) = s.member(id)?;
        let object = s
            .is_name(s.bare(object))
            .then(|| bound(s.text(s.bare(object))))??;
        self.object(object, &Scope::new())?.get(s.text(name))
    }

    /// Returns the properties of an object.
    pub(in crate::code) fn object(&self, id: Id, scope: &Scope<'a>) -> Option<Object> {
        self.object_within(id, scope, DEEPEST)
    }

    fn object_within(&self, id: Id, scope: &Scope<'a>, depth: usize) -> Option<Object> {
        let s = self.context.syntax;
        let depth = depth.checked_sub(1)?;
        let id = self.resolve(id, scope);
        if s.kind(id) != "object" {
            return None;
        }
        let mut object = Object::default();
        for part in s.named(id) {
            match s.kind(part) {
                "pair" => match (s.child(part, "key"), s.child(part, "value")) {
                    (Some(key), Some(value)) => match self.key(key, scope) {
                        Some(name) => object.entries.push((name, s.bare(value))),
                        None => object.open = true,
                    },
                    _ => object.open = true,
                },
                "shorthand_property_identifier" => {
                    object.entries.push((s.text(part).to_owned(), part));
                }
                "spread_element" => {
                    let spread = s.named(part).next();
                    match spread.and_then(|inner| self.object_within(inner, scope, depth)) {
                        Some(inner) => {
                            object.entries.extend(inner.entries);
                            object.open |= inner.open;
                        }
                        None => object.open = true,
                    }
                }
                "method_definition" => {}
                _ => object.open = true,
            }
        }
        Some(object)
    }

    fn key(&self, key: Id, scope: &Scope<'a>) -> Option<String> {
        let s = self.context.syntax;
        match s.kind(key) {
            "computed_property_name" => self.text(s.named(key).next()?, scope),
            "string" => self.context.strings.plain(key),
            _ => Some(s.text(key).to_owned()),
        }
    }

    /// Returns the items of a list.
    pub(in crate::code) fn items(&self, id: Id, scope: &Scope<'a>) -> Option<Vec<Id>> {
        let s = self.context.syntax;
        let id = self.resolve(id, scope);
        let whole = s.kind(id) == "array" && s.child_of(id, "spread_element").is_none();
        whole.then(|| s.named(id).map(|item| s.bare(item)).collect())
    }

    /// Returns the string that an expression makes, with the places of its bytes.
    pub(in crate::code) fn literal(&self, id: Id, scope: &Scope<'a>) -> Option<Literal> {
        let s = self.context.syntax;
        let mut id = self.resolve(id, scope);
        // A tagged template, sql`…`.
        if let Some(call) = s.call(id) {
            id = call.arguments.filter(|&a| s.kind(a) == "template_string")?;
        }
        let resolve = |name: Id| Some(self.resolve(name, scope)).filter(|&to| to != name);
        self.context.strings.literal_with(id, &resolve)
    }

    /// Returns the text that an expression is, with nothing put into it that cannot be told.
    pub(in crate::code) fn text(&self, id: Id, scope: &Scope<'a>) -> Option<String> {
        let literal = self.literal(id, scope)?;
        (!literal.dynamic).then_some(literal.text)
    }

    /// Returns a text, or the texts in a list; None where one of them cannot be told.
    pub(in crate::code) fn texts(&self, id: Id, scope: &Scope<'a>) -> Option<Vec<String>> {
        match self.items(id, scope) {
            Some(items) => items.into_iter().map(|i| self.text(i, scope)).collect(),
            None => self.text(id, scope).map(|text| vec![text]),
        }
    }

    /// Returns what an expression says: true, false, or something else.
    pub(in crate::code) fn flag(&self, id: Id, scope: &Scope<'a>) -> Option<bool> {
        match self.context.syntax.text(self.resolve(id, scope)) {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Returns what a property of an object says; false where it is not there.
    pub(in crate::code) fn is_set(&self, object: &Object, name: &str, scope: &Scope<'a>) -> bool {
        let value = object.get(name);
        value.and_then(|v| self.flag(v, scope)) == Some(true)
    }
}

impl<'a> Program<'_, '_, 'a> {
    /// Returns that rows are touched, with the columns that an object gives values for.
    pub(in crate::code) fn backfill(
        &self,
        rows: Rows,
        values: &Object,
        scope: &Scope<'a>,
    ) -> Effect {
        let entries = values.entries.iter();
        let literals =
            entries.filter_map(|(name, value)| Some((name.clone(), self.text(*value, scope)?)));
        let mut columns: Vec<String> = values
            .entries
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        columns.sort();
        columns.dedup();
        Effect::Backfill {
            rows,
            columns,
            values: literals.collect(),
        }
    }

    /// Returns a default as SQL: a literal, or what `raw` and its like say is SQL. None where there is none that the database has.
    pub(in crate::code) fn default_value(&self, id: Id, scope: &Scope<'a>) -> Option<String> {
        let s = self.context.syntax;
        let id = self.resolve(id, scope);
        if let Some(text) = self.text(id, scope) {
            // A tagged template is SQL.
            let sql = s.call(id).is_some();
            return Some(if sql { text } else { format!("'{text}'") });
        }
        if let Some(call) = s.call(id) {
            let first = s.arguments(call).first().copied();
            let text = first.and_then(|f| self.text(f, scope));
            return match s.called(call) {
                "fn" => text.map(|name| format!("{name}()")),
                "now" => Some("CURRENT_TIMESTAMP".to_owned()),
                _ => text,
            }
            .or_else(|| Some(s.text(id).to_owned()));
        }
        match s.kind(id) {
            "null" | "undefined" => None,
            "array" | "object" => Some("'…'".to_owned()),
            _ if s.text(id) == "null" || s.text(id) == "undefined" => None,
            _ => Some(s.text(id).to_owned()),
        }
    }
}
