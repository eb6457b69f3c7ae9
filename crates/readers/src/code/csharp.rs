//! C# as it is written in migrations and models: calls, lambdas, classes with attributes and properties.

use super::context::Context;
use super::syntax::{Id, Syntax};

/// How long a chain of calls may be.
const LONGEST_CHAIN: usize = 200;

/// A call: `on.Name<T>(…)`, `on?.Name(…)`, `Name(…)`.
#[derive(Debug, Clone)]
pub(super) struct Sent<'a> {
    pub(super) id: Id,
    /// What it is called on.
    pub(super) receiver: Option<Id>,
    pub(super) name: &'a str,
    /// The arguments of its type: `T`.
    pub(super) types: Vec<Id>,
    /// The arguments without a name, in order.
    pub(super) placed: Vec<Id>,
    pub(super) named: Vec<(&'a str, Id)>,
}

impl<'a> Sent<'a> {
    pub(super) fn of(s: &Syntax<'a>, id: Id) -> Option<Self> {
        if s.kind(id) != "invocation_expression" {
            return None;
        }
        let function = s.child(id, "function")?;
        let (receiver, called) = match s.kind(function) {
            "member_access_expression" => (
                Some(s.bare(s.child(function, "expression")?)),
                s.child(function, "name")?,
            ),
            "conditional_access_expression" => {
                let binding = s.child_of(function, "member_binding_expression")?;
                (
                    Some(s.bare(s.child(function, "condition")?)),
                    s.child(binding, "name")?,
                )
            }
            _ => (None, function),
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
            receiver,
            name: name_of(s, called),
            types: type_arguments(s, called),
            placed,
            named,
        })
    }

    /// Returns the argument at a place, or of that name.
    pub(super) fn at(&self, place: usize, name: &str) -> Option<Id> {
        self.placed.get(place).copied().or_else(|| self.named(name))
    }

    /// Returns the argument of that name.
    pub(super) fn named(&self, name: &str) -> Option<Id> {
        self.named.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
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
    /// Returns the chain that ends in a node; one without calls is the node itself.
    pub(super) fn of(s: &Syntax<'a>, id: Id) -> Self {
        let (mut at, mut calls) = (s.bare(id), Vec::new());
        while let Some(sent) = Sent::of(s, at) {
            let Some(next) = sent.receiver.filter(|_| calls.len() < LONGEST_CHAIN) else {
                break;
            };
            calls.push(sent);
            at = next;
        }
        calls.reverse();
        Self { root: at, calls }
    }
}

/// Returns whether a call is the last one of its chain.
pub(super) fn ends_chain(s: &Syntax<'_>, id: Id) -> bool {
    let mut at = id;
    for up in s.ancestors(id) {
        match s.kind(up) {
            "member_access_expression" | "conditional_access_expression" => {
                let holder = s.parent(up).filter(|&p| Sent::of(s, p).is_some());
                let called = holder.is_some_and(|p| s.child(p, "function") == Some(up));
                let on = ["expression", "condition"].map(|role| s.child(up, role));
                return !(called && on.contains(&Some(at)));
            }
            kind if s.profile.wrappers.contains(&kind) && kind != "argument" => at = up,
            _ => return true,
        }
    }
    true
}

/// Returns the last name of a name or type, without its arguments: `App.Models.User` → `User`, `List<User>?` → `List`.
pub(super) fn name_of<'a>(s: &Syntax<'a>, id: Id) -> &'a str {
    let id = s.bare(id);
    match s.kind(id) {
        "generic_name" => s.named(id).next().map_or("", |n| s.text(n)),
        "qualified_name" | "alias_qualified_name" | "member_access_expression" => {
            s.child(id, "name").map_or("", |n| name_of(s, n))
        }
        "predefined_type" | "identifier" => s.text(id),
        _ => "",
    }
}

/// Returns the arguments of a generic name or type.
pub(super) fn type_arguments(s: &Syntax<'_>, id: Id) -> Vec<Id> {
    let id = s.bare(id);
    let generic = match s.kind(id) {
        "generic_name" => Some(id),
        "qualified_name" => s.child(id, "name").filter(|&n| s.kind(n) == "generic_name"),
        _ => None,
    };
    let list = generic.and_then(|g| s.child_of(g, "type_argument_list"));
    list.map(|l| s.named(l).collect()).unwrap_or_default()
}

/// Returns the text that an expression is: a literal, a constant of the file, or `nameof(X)`.
pub(super) fn text(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    let id = s.bare(id);
    if let Some(sent) = Sent::of(s, id).filter(|sent| sent.name == "nameof") {
        return sent
            .placed
            .first()
            .map(|&named| name_of(s, named).to_owned());
    }
    if s.is_string(id) {
        // An empty text is one too.
        return context.strings.plain(id);
    }
    crate::code::arguments::text(context, id)
}

/// Returns what stands in an array or a list: `new[] { "a", "b" }`, `["a"]`, or in one expression of its own.
pub(super) fn items(s: &Syntax<'_>, id: Id) -> Vec<Id> {
    let id = s.bare(id);
    let held = match s.kind(id) {
        "array_creation_expression" | "implicit_array_creation_expression" => {
            s.child_of(id, "initializer_expression")
        }
        "object_creation_expression" | "implicit_object_creation_expression" => {
            s.child(id, "initializer")
        }
        "initializer_expression" | "collection_expression" => Some(id),
        _ => return vec![id],
    };
    let held = held.map(|h| s.named(h).collect::<Vec<_>>());
    held.unwrap_or_default()
        .into_iter()
        .map(|item| match s.kind(item) {
            "expression_element" => s.named(item).next().unwrap_or(item),
            _ => s.bare(item),
        })
        .collect()
}

/// Returns the first parameter of a lambda and its body.
pub(super) fn lambda<'a>(s: &Syntax<'a>, id: Id) -> Option<(&'a str, Id)> {
    let id = s.bare(id);
    if s.kind(id) != "lambda_expression" {
        return None;
    }
    let given = s.child(id, "parameters")?;
    let name = match s.kind(given) {
        "parameter_list" => {
            let first = s.named(given).next()?;
            s.text(s.child(first, "name")?)
        }
        _ => s.text(given),
    };
    Some((name, s.child(id, "body")?))
}

/// Returns the properties that a lambda picks: `x => x.Id`, `x => new { x.A, x.B }`.
pub(super) fn picked<'a>(s: &Syntax<'a>, id: Id) -> Option<Vec<&'a str>> {
    let (parameter, body) = lambda(s, id)?;
    let body = s.bare(body);
    let each = match s.kind(body) {
        "anonymous_object_creation_expression" => s.named(body).collect(),
        _ => vec![body],
    };
    each.into_iter()
        .map(|one| member_of(s, one, parameter))
        .collect()
}

/// Returns the property of `parameter.Property`.
pub(super) fn member_of<'a>(s: &Syntax<'a>, id: Id, parameter: &str) -> Option<&'a str> {
    let id = s.bare(id);
    if s.kind(id) != "member_access_expression" {
        return None;
    }
    let on = s.bare(s.child(id, "expression")?);
    (s.kind(on) == "identifier" && s.text(on) == parameter)
        .then(|| s.child(id, "name").map(|n| s.text(n)))
        .flatten()
}

/// A class or record.
#[derive(Debug, Clone)]
pub(super) struct Class<'a> {
    pub(super) id: Id,
    pub(super) name: &'a str,
    /// What it extends and implements, as types.
    pub(super) bases: Vec<Id>,
}

/// Returns the classes of a file, those in classes too.
pub(super) fn classes<'a>(s: &Syntax<'a>) -> Vec<Class<'a>> {
    let kinds = ["class_declaration", "record_declaration"];
    let found = s.all().filter(|&id| kinds.contains(&s.kind(id)));
    found
        .filter_map(|id| {
            let bases = s.child_of(id, "base_list");
            Some(Class {
                id,
                name: s.text(s.child(id, "name")?),
                bases: bases
                    .map(|b| s.named(b).map(|base| of_constructor(s, base)).collect())
                    .unwrap_or_default(),
            })
        })
        .collect()
}

/// `: Base(options)` calls the constructor of what it extends.
fn of_constructor(s: &Syntax<'_>, base: Id) -> Id {
    match s.kind(base) {
        "primary_constructor_base_type" => s.named(base).next().unwrap_or(base),
        _ => base,
    }
}

impl<'a> Class<'a> {
    /// Returns the members of the class of a kind.
    pub(super) fn members(&self, s: &Syntax<'a>, kind: &str) -> Vec<Id> {
        let body = s.child(self.id, "body");
        let all = body.into_iter().flat_map(|b| s.named(b));
        all.filter(|&m| s.kind(m) == kind).collect()
    }

    /// Returns the method of that name.
    pub(super) fn method(&self, s: &Syntax<'a>, name: &str) -> Option<Id> {
        let methods = self.members(s, "method_declaration");
        let named = |&m: &Id| s.child(m, "name").is_some_and(|n| s.text(n) == name);
        methods.into_iter().find(named)
    }
}

/// An attribute: `[Column("user_id")]`.
#[derive(Debug, Clone)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    placed: Vec<Id>,
    named: Vec<(&'a str, Id)>,
}

impl<'a> Attribute<'a> {
    /// Returns the text of its first argument.
    pub(super) fn text(&self, context: &Context<'_, '_>) -> Option<String> {
        self.placed.first().and_then(|&id| text(context, id))
    }

    /// Returns the text of an argument by its name.
    pub(super) fn named(&self, context: &Context<'_, '_>, name: &str) -> Option<String> {
        let found = self.named.iter().find(|(n, _)| *n == name)?;
        text(context, found.1)
    }
}

/// Returns the attributes of a class or a member.
pub(super) fn attributes<'a>(s: &Syntax<'a>, id: Id) -> Vec<Attribute<'a>> {
    let lists = s.children(id).filter(|&c| s.kind(c) == "attribute_list");
    let all = lists.flat_map(|list| s.named(list).filter(|&a| s.kind(a) == "attribute"));
    all.filter_map(|attribute| {
        let name = name_of(s, s.child(attribute, "name")?);
        let (mut placed, mut named) = (Vec::new(), Vec::new());
        let list = s.child_of(attribute, "attribute_argument_list");
        for argument in list.into_iter().flat_map(|l| s.named(l)) {
            let Some(value) = s.named(argument).last() else {
                continue;
            };
            match s.child(argument, "name") {
                Some(name) => named.push((s.text(name), value)),
                None => placed.push(value),
            }
        }
        Some(Attribute {
            name: name.strip_suffix("Attribute").unwrap_or(name),
            placed,
            named,
        })
    })
    .collect()
}
