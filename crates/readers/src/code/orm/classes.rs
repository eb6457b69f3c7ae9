//! Classes of TypeScript whose properties a tool maps to columns, by decorators.

use std::ops::Range;

use coexist_model::{Access, Confidence, Manner, Mode, Surface, SurfaceKind, Why};

use crate::code::context::{Context, Use};
use crate::code::syntax::Id;

/// `@Column({ nullable: true })`.
#[derive(Debug, Clone)]
pub(super) struct Decorator<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: Vec<Id>,
}

/// A property, or an accessor, of a class.
#[derive(Debug, Clone)]
pub(super) struct Property<'a> {
    pub(super) id: Id,
    pub(super) name: &'a str,
    pub(super) decorators: Vec<Decorator<'a>>,
}

impl<'a> Property<'a> {
    pub(super) fn decorator(&self, names: &[&str]) -> Option<&Decorator<'a>> {
        self.decorators.iter().find(|d| names.contains(&d.name))
    }
}

/// Returns the decorators that stand before a class.
pub(super) fn decorators<'a>(context: &Context<'_, 'a>, class: Id) -> Vec<Decorator<'a>> {
    let s = context.syntax;
    let exported = s
        .parent(class)
        .filter(|&up| s.kind(up) == "export_statement");
    let holders = exported.into_iter().chain([class]);
    let all = holders.flat_map(|holder| s.children(holder).filter(|&c| s.kind(c) == "decorator"));
    all.filter_map(|d| decorator(context, d)).collect()
}

fn decorator<'a>(context: &Context<'_, 'a>, id: Id) -> Option<Decorator<'a>> {
    let s = context.syntax;
    let inner = s.named(id).next()?;
    let call = s.call(inner);
    Some(Decorator {
        name: s.last_name(call.map_or(inner, |c| c.callee)),
        arguments: call.map(|c| s.arguments(c)).unwrap_or_default(),
    })
}

/// Returns the properties and accessors of a class that have decorators.
pub(super) fn properties<'a>(context: &Context<'_, 'a>, class: Id) -> Vec<Property<'a>> {
    let s = context.syntax;
    let mut found = Vec::new();
    // A decorator stands in a field, and before a method.
    let mut pending = Vec::new();
    let members = s
        .child(class, "body")
        .map(|body| s.named(body).collect::<Vec<_>>());
    for member in members.unwrap_or_default() {
        if s.kind(member) == "decorator" {
            pending.extend(decorator(context, member));
            continue;
        }
        let mut decorators = std::mem::take(&mut pending);
        let own = s.children(member).filter(|&c| s.kind(c) == "decorator");
        decorators.extend(own.filter_map(|d| decorator(context, d)));
        let name = s
            .child(member, "name")
            .or_else(|| s.child(member, "property"));
        if let Some(name) = name.filter(|_| !decorators.is_empty()) {
            found.push(Property {
                id: member,
                name: s.text(name),
                decorators,
            });
        }
    }
    found
}

/// Returns the classes that a class extends, by name.
pub(super) fn bases(context: &Context<'_, '_>, class: Id) -> Vec<String> {
    let s = context.syntax;
    let heritage = s.child_of(class, "class_heritage");
    let extends = heritage.map(|h| s.child_of(h, "extends_clause").unwrap_or(h));
    let value = extends.and_then(|e| s.child(e, "value").or_else(|| s.named(e).next()));
    let name = value.map(|v| s.last_name(s.call(v).map_or(v, |c| c.callee)));
    name.filter(|n| !n.is_empty())
        .map(str::to_owned)
        .into_iter()
        .collect()
}

/// Returns the first line of a declaration.
pub(super) fn head(context: &Context<'_, '_>, id: Id) -> Range<usize> {
    let range = context.syntax.range(id);
    let text = context.syntax.text(id);
    let end = text.find('\n').unwrap_or(text.len());
    range.start..range.start + end
}

/// Returns a name as snake case: `userGroup` → `user_group`.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if c.is_uppercase() && lower_before {
            out.push('_');
        }
        lower_before = c.is_lowercase() || c.is_ascii_digit();
        out.extend(c.to_lowercase());
    }
    out
}

/// Returns the use of a model that a node makes.
pub(super) fn use_of(
    context: &Context<'_, '_>,
    id: Id,
    model: &str,
    element: Option<&str>,
    mode: Mode,
    confidence: Confidence,
) -> Access {
    let manner = match mode {
        Mode::Queries => Manner::Implicit,
        _ => Manner::Explicit,
    };
    let found = Use {
        surface: Surface::new(SurfaceKind::Model, model),
        element: element.map(str::to_owned),
        mode,
        manner,
        confidence,
        why: Why::ResolvedCall,
    };
    context.access(id, found)
}

/// Returns the name of a model that a name of the file stands for.
pub(super) fn original<'n>(context: &'n Context<'_, '_>, name: &'n str) -> &'n str {
    match context.original(name) {
        "default" => name,
        there => there,
    }
}
