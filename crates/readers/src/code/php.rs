//! PHP as it is written in migrations and models: calls in chains, arrays, closures, classes.

use std::collections::BTreeMap;

use super::context::Context;
use super::syntax::{Id, Syntax};

/// How deep expressions are followed.
const DEEPEST: usize = 60;
/// How long a chain of calls may be.
const LONGEST_CHAIN: usize = 200;

/// A call: `$on->name(…)`, `Class::name(…)`, `name(…)`.
#[derive(Debug, Clone)]
pub(super) struct Sent<'a> {
    pub(super) id: Id,
    /// What it is called on; None for a function.
    pub(super) receiver: Option<Id>,
    pub(super) name: &'a str,
    /// The arguments without a name, in order.
    pub(super) placed: Vec<Id>,
    named: Vec<(&'a str, Id)>,
}

impl<'a> Sent<'a> {
    pub(super) fn of(s: &Syntax<'a>, id: Id) -> Option<Self> {
        let (receiver, name) = match s.kind(id) {
            "member_call_expression" | "nullsafe_member_call_expression" => {
                (Some(s.child(id, "object")?), s.child(id, "name")?)
            }
            "scoped_call_expression" => (Some(s.child(id, "scope")?), s.child(id, "name")?),
            "function_call_expression" => (None, s.child(id, "function")?),
            _ => return None,
        };
        let (mut placed, mut named) = (Vec::new(), Vec::new());
        let list = s.child(id, "arguments");
        for argument in list.into_iter().flat_map(|list| s.named(list)) {
            match s.child(argument, "name") {
                Some(name) => named.push((s.text(name), s.bare(argument))),
                None => placed.push(s.bare(argument)),
            }
        }
        Some(Self {
            id,
            receiver: receiver.map(|r| s.bare(r)),
            name: s.last_name(name),
            placed,
            named,
        })
    }

    /// Returns the argument at a place, or of that name.
    pub(super) fn at(&self, place: usize, name: &str) -> Option<Id> {
        let named = || self.named.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        self.placed.get(place).copied().or_else(named)
    }

    /// Returns every argument.
    pub(super) fn arguments(&self) -> impl Iterator<Item = Id> {
        let named = self.named.iter().map(|(_, value)| *value);
        self.placed.iter().copied().chain(named)
    }
}

/// A chain of calls, and what it begins at.
pub(super) struct Chain<'a> {
    pub(super) root: Id,
    /// The calls, the first one first.
    pub(super) calls: Vec<Sent<'a>>,
}

impl<'a> Chain<'a> {
    /// Returns the chain that ends in a call. The name of a function begins a chain of its own.
    pub(super) fn of(s: &Syntax<'a>, id: Id) -> Option<Self> {
        let (mut at, mut calls) = (id, Vec::new());
        while let Some(sent) = Sent::of(s, at) {
            let next = sent.receiver;
            calls.push(sent);
            match next {
                Some(next) if calls.len() < LONGEST_CHAIN => at = next,
                _ => break,
            }
            // `->each->delete()` is called on each of them.
            let each = s.member(at).filter(|&(_, name)| s.text(name) == "each");
            if let (Some((object, _)), None) = (each, s.call(at)) {
                at = s.bare(object);
            }
        }
        calls.reverse();
        (!calls.is_empty()).then_some(Self { root: at, calls })
    }
}

/// What a variable stands for, as far as the file shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text.
    Word(String),
    /// An array, or a closure, that stands there.
    Written(Id),
    /// The description of a table that is made or changed.
    Table(String),
    /// A row, or a query for rows, of that table.
    Rows(String),
}

/// The variables that are known where code is read.
pub(super) struct Scope<'c, 's, 'a> {
    pub(super) context: &'c Context<'s, 'a>,
    bound: BTreeMap<String, Value>,
}

impl<'c, 's, 'a> Scope<'c, 's, 'a> {
    pub(super) fn new(context: &'c Context<'s, 'a>) -> Self {
        Self {
            context,
            bound: BTreeMap::new(),
        }
    }

    /// Notes what a variable stands for; returns what it stood for before.
    pub(super) fn bind(&mut self, name: &str, value: Option<Value>) -> Option<Value> {
        match value {
            Some(value) => self.bound.insert(name.to_owned(), value),
            None => self.bound.remove(name),
        }
    }

    /// Returns what a variable stands for.
    pub(super) fn value(&self, id: Id) -> Option<&Value> {
        let s = self.context.syntax;
        (s.kind(id) == "variable_name")
            .then(|| self.bound.get(s.text(id)))
            .flatten()
    }

    /// Returns what an expression is worth: a text, an array, a closure.
    pub(super) fn evaluated(&self, id: Id) -> Option<Value> {
        let s = self.context.syntax;
        let word = || self.word(id).map(Value::Word);
        let written = || {
            let id = self.resolved(id);
            let kinds = [
                "array_creation_expression",
                "anonymous_function",
                "arrow_function",
            ];
            kinds.contains(&s.kind(id)).then_some(Value::Written(id))
        };
        (self.value(id).cloned()).or_else(word).or_else(written)
    }

    /// Returns the expression that stands behind a variable, a property or a constant, where the file shows it.
    pub(super) fn resolved(&self, id: Id) -> Id {
        let s = self.context.syntax;
        let mut at = s.bare(id);
        for _ in 0..DEEPEST {
            let next = match s.kind(at) {
                "variable_name" => match self.value(at) {
                    Some(&Value::Written(written)) => Some(written),
                    _ => None,
                },
                "member_access_expression" => s
                    .member(at)
                    .filter(|&(object, _)| s.text(object) == "$this")
                    .and_then(|(_, name)| property(s, at, s.text(name))),
                "class_constant_access_expression" => s
                    .member(at)
                    .filter(|&(object, _)| matches!(s.text(object), "self" | "static"))
                    .and_then(|(_, name)| constant(s, s.text(name))),
                _ => None,
            };
            match next {
                Some(next) => at = s.bare(next),
                None => break,
            }
        }
        at
    }

    /// Returns the closure that an expression is.
    pub(super) fn closure(&self, id: Id) -> Option<Closure<'a>> {
        Closure::of(self.context.syntax, self.resolved(id))
    }

    /// Returns the text that an expression is.
    pub(super) fn word(&self, id: Id) -> Option<String> {
        let mut out = String::new();
        self.add_word(id, &mut out, 0)?;
        Some(out)
    }

    fn add_word(&self, id: Id, out: &mut String, depth: usize) -> Option<()> {
        let s = self.context.syntax;
        let id = s.bare(id);
        if depth > DEEPEST {
            return None;
        }
        match s.kind(id) {
            "string" | "nowdoc_body" => out.push_str(&self.context.strings.plain(id)?),
            // The texts between what is put in are read by their escapes too.
            "encapsed_string" | "heredoc_body" => match self.context.strings.plain(id) {
                Some(text) => out.push_str(&text),
                None => {
                    for part in s.children(id).filter(|&p| s.is_named(p)) {
                        match s.kind(part) {
                            "string_content" => out.push_str(s.text(part)),
                            "escape_sequence" => out.push(' '),
                            _ => self.add_word(part, out, depth + 1)?,
                        }
                    }
                }
            },
            "binary_expression" if s.child(id, "operator").is_some_and(|o| s.text(o) == ".") => {
                self.add_word(s.child(id, "left")?, out, depth + 1)?;
                self.add_word(s.child(id, "right")?, out, depth + 1)?;
            }
            "integer" if depth > 0 => out.push_str(s.text(id)),
            "variable_name" => match self.value(id)? {
                Value::Word(word) => out.push_str(word),
                _ => return None,
            },
            "member_access_expression" if s.text(s.child(id, "object")?) == "$this" => {
                let value = property(s, id, s.text(s.child(id, "name")?))?;
                self.add_word(value, out, depth + 1)?;
            }
            "class_constant_access_expression" => {
                let names: Vec<Id> = s.named(id).collect();
                let own = matches!(s.text(*names.first()?), "self" | "static");
                let value = constant(s, s.text(*names.get(1)?)).filter(|_| own)?;
                self.add_word(value, out, depth + 1)?;
            }
            // `DB::raw('…')` is the text it is given.
            "scoped_call_expression" | "function_call_expression" => {
                let sent = Sent::of(s, id)?;
                match sent.name {
                    "raw" => self.add_word(*sent.placed.first()?, out, depth + 1)?,
                    "sprintf" => self.add_formatted(&sent, out, depth)?,
                    _ => return None,
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// `sprintf('%s_to_ugi', $table)`
    fn add_formatted(&self, sent: &Sent<'_>, out: &mut String, depth: usize) -> Option<()> {
        let (&form, values) = sent.placed.split_first()?;
        let form = self.word(form)?;
        let mut pieces = form.split("%s");
        out.push_str(pieces.next()?);
        let mut values = values.iter();
        for piece in pieces {
            self.add_word(*values.next()?, out, depth + 1)?;
            out.push_str(piece);
        }
        (!form.replace("%s", "").contains('%')).then_some(())
    }

    /// Returns the texts of a list, or the one text that an expression is.
    pub(super) fn words(&self, id: Id) -> Option<Vec<String>> {
        let s = self.context.syntax;
        let at = self.resolved(id);
        match s.kind(at) {
            "array_creation_expression" => {
                let entries = entries(s, at);
                entries.into_iter().map(|(_, v)| self.word(v)).collect()
            }
            _ => self.word(id).map(|word| vec![word]),
        }
    }

    /// Returns the entries of an array whose keys are texts; None where it holds what is not known: `...$rest`, or is no array.
    pub(super) fn pairs(&self, id: Id) -> Option<Vec<(String, Id)>> {
        let s = self.context.syntax;
        let id = s.bare(id);
        (s.kind(id) == "array_creation_expression").then_some(())?;
        let entries = entries(s, id);
        let count = s.named(id).count();
        let named: Option<Vec<(String, Id)>> = entries
            .iter()
            .map(|&(key, value)| Some((self.word(key?)?, value)))
            .collect();
        named.filter(|n| n.len() == count)
    }
}

/// Returns the entries of an array: the key, where there is one, and the value.
pub(super) fn entries(s: &Syntax<'_>, id: Id) -> Vec<(Option<Id>, Id)> {
    let items = s
        .named(id)
        .filter(|&item| s.kind(item) == "array_element_initializer");
    let entry = |item: Id| {
        let mut parts = s.named(item).filter(|&p| s.kind(p) != "variadic_unpacking");
        let first = parts.next()?;
        Some(match parts.next() {
            Some(value) => (Some(s.bare(first)), s.bare(value)),
            None => (None, s.bare(first)),
        })
    };
    items.filter_map(entry).collect()
}

/// Returns the name of the class that an expression stands for: `User::class`.
pub(super) fn class_named(s: &Syntax<'_>, id: Id) -> Option<Id> {
    let id = s.bare(id);
    (s.kind(id) == "class_constant_access_expression").then_some(())?;
    let names: Vec<Id> = s.named(id).collect();
    let is_class = s.text(*names.get(1)?) == "class";
    is_class.then_some(names[0])
}

/// A closure: `function (Blueprint $table) { … }`, `fn ($t) => …`.
pub(super) struct Closure<'a> {
    /// The names of its parameters, with their `$`.
    pub(super) parameters: Vec<&'a str>,
    pub(super) body: Id,
}

impl<'a> Closure<'a> {
    pub(super) fn of(s: &Syntax<'a>, id: Id) -> Option<Self> {
        let id = s.bare(id);
        let is_closure = matches!(s.kind(id), "anonymous_function" | "arrow_function");
        let body = s.child(id, "body").filter(|_| is_closure)?;
        Some(Self {
            parameters: parameters(s, id),
            body,
        })
    }
}

/// Returns the names of the parameters of a function, with their `$`.
pub(super) fn parameters<'a>(s: &Syntax<'a>, function: Id) -> Vec<&'a str> {
    let list = s.child(function, "parameters");
    let all = list.into_iter().flat_map(|list| s.named(list));
    all.map(|p| s.child(p, "name").map_or("", |n| s.text(n)))
        .collect()
}

/// Returns the classes of a file: those with a name, and those without.
pub(super) fn classes(s: &Syntax<'_>) -> impl Iterator<Item = Id> {
    s.all().filter(|&id| {
        matches!(
            s.kind(id),
            "class_declaration" | "anonymous_class" | "trait_declaration"
        )
    })
}

/// Returns the name of the class that a class extends, as the file that declares it calls it.
pub(super) fn superclass<'n>(context: &'n Context<'_, '_>, class: Id) -> Option<&'n str> {
    let s = context.syntax;
    let extended = s.named(s.child_of(class, "base_clause")?).next()?;
    Some(context.original(s.last_name(extended)))
}

/// Returns the members of a class of that kind.
pub(super) fn members(s: &Syntax<'_>, class: Id, kind: &'static str) -> impl Iterator<Item = Id> {
    let body = s.child(class, "body");
    let all = body.into_iter().flat_map(|b| s.named(b));
    all.filter(move |&m| s.kind(m) == kind)
}

/// Returns the method of that name.
pub(super) fn method(s: &Syntax<'_>, class: Id, name: &str) -> Option<Id> {
    members(s, class, "method_declaration")
        .find(|&m| s.child(m, "name").is_some_and(|n| s.text(n) == name))
}

/// Returns what a property of a class is at first: `protected $table = 'people';`.
pub(super) fn property_of(s: &Syntax<'_>, class: Id, name: &str) -> Option<Id> {
    let elements = members(s, class, "property_declaration")
        .flat_map(|d| s.named(d).filter(|&e| s.kind(e) == "property_element"));
    let mut named = elements.filter(|&e| {
        s.child(e, "name")
            .is_some_and(|n| s.text(n).trim_start_matches('$') == name)
    });
    s.child(named.next()?, "default_value")
}

/// Returns what a property of the class around a node is at first.
fn property(s: &Syntax<'_>, id: Id, name: &str) -> Option<Id> {
    let class = s.above(
        id,
        &["class_declaration", "anonymous_class", "trait_declaration"],
    )?;
    property_of(s, class, name)
}

/// Returns what a constant of a class of the file is.
fn constant(s: &Syntax<'_>, name: &str) -> Option<Id> {
    let mut elements = s.all().filter(|&id| s.kind(id) == "const_element");
    let found = elements.find(|&e| s.named(e).next().is_some_and(|n| s.text(n) == name))?;
    s.named(found).last()
}

/// Returns a name as Laravel derives it from a class: `UserGroup` → `user_group`, `APIKey` → `a_p_i_key`.
pub(super) fn snake(class: &str) -> String {
    let mut out = String::new();
    for (at, c) in class.chars().enumerate() {
        if c.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// Returns the table that a model has by convention: `Str::snake(Str::pluralStudly('UserGroup'))`.
pub(super) fn table_of(class: &str) -> String {
    let name = snake(class);
    match name.rsplit_once('_') {
        Some((before, last)) => format!("{before}_{}", super::inflections::plural(last)),
        None => super::inflections::plural(&name),
    }
}
