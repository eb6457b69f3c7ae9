//! The statements of SeaQuery: chains of calls that begin at `Table`, `Index`, `ForeignKey`, `Type` or `Query`, wherever they are made.

use crate::code::chains::{Chain, Link, chain};
use crate::code::context::Context;
use crate::code::syntax::Id;

use super::names::{name, names};

/// How often a name or a call is followed to what it stands for.
const FAR: usize = 4;

/// A statement: its calls in order.
pub(super) struct Statement<'c, 's, 'a> {
    pub(super) context: &'c Context<'s, 'a>,
    /// What it is about: `Table`.
    pub(super) of: String,
    /// The calls, the first of which says what is done.
    pub(super) links: Vec<Link<'a>>,
    /// Whether `timestamps(…)` adds the columns of two times.
    pub(super) with_times: bool,
}

impl<'c, 's, 'a> Statement<'c, 's, 'a> {
    /// Returns the statement that an expression is; None where it is made elsewhere or step by step.
    pub(super) fn of(context: &'c Context<'s, 'a>, id: Id) -> Option<Self> {
        let s = context.syntax;
        let id = resolved(context, id)?;
        if let Some(call) = s.call(id)
            && s.receiver(call).is_none()
            && matches!(s.called(call), "timestamps" | "timestamps_tz")
        {
            let inner = Self::of(context, *s.arguments(call).first()?)?;
            return Some(Self {
                with_times: true,
                ..inner
            });
        }
        let Chain { root, links } = chain(s, id)?;
        if let Some(call) = s.call(root) {
            // `table_auto(User::Table).col(…)`: a new table with the columns of two times.
            let table = *s.arguments(call).first()?;
            let auto = matches!(s.called(call), "table_auto" | "table_auto_tz");
            let made = |name| Link {
                id: root,
                name,
                given: vec![table],
            };
            return auto.then(|| Self {
                context,
                of: "Table".to_owned(),
                links: [made("create"), made("table"), made("if_not_exists")]
                    .into_iter()
                    .chain(links)
                    .collect(),
                with_times: true,
            });
        }
        let of = context.original(s.last_name(root)).to_owned();
        Some(Self {
            context,
            of,
            links,
            with_times: false,
        })
    }

    /// Returns what is done: `create`.
    pub(super) fn does(&self) -> &'a str {
        self.links.first().map_or("", |l| l.name)
    }

    pub(super) fn links(&self, name: &str) -> impl Iterator<Item = &Link<'a>> {
        self.links.iter().filter(move |l| l.name == name)
    }

    pub(super) fn says(&self, name: &str) -> bool {
        self.links(name).next().is_some()
    }

    /// Returns the name that the first call of this name is given.
    pub(super) fn name(&self, link: &str) -> Option<String> {
        self.names(link).into_iter().next().flatten()
    }

    /// Returns the names that all calls of this name are given; None for those that cannot be told.
    pub(super) fn names(&self, link: &str) -> Vec<Option<String>> {
        let given = self.links(link).map(|l| l.given.first());
        given
            .map(|g| g.and_then(|&g| name(self.context, g)))
            .collect()
    }

    /// Returns the columns of an index or a key; None where one of them cannot be told.
    pub(super) fn columns(&self, links: &[&str]) -> Option<Vec<String>> {
        let mut found = Vec::new();
        let named = self.links.iter().filter(|l| links.contains(&l.name));
        for link in named {
            found.extend(names(self.context, *link.given.first()?)?);
        }
        Some(found)
    }
}

/// Returns what a name or a call of a function of the file stands for; None for what is changed after it was made.
pub(super) fn resolved(context: &Context<'_, '_>, id: Id) -> Option<Id> {
    let s = context.syntax;
    let mut at = s.bare(id);
    for _ in 0..FAR {
        let next = if s.kind(at) == "identifier" {
            let function = s.function(at)?;
            let declared = s.below(function).find(|&d| {
                let pattern = s
                    .child(d, "pattern")
                    .filter(|_| s.kind(d) == "let_declaration");
                pattern.is_some_and(|p| s.text(p) == s.text(at))
            })?;
            if s.child_of(declared, "mutable_specifier").is_some() {
                return None;
            }
            s.child(declared, "value")?
        } else if let Some(call) = s.call(at).filter(|&c| s.receiver(c).is_none()) {
            match function(context, s.called(call)).and_then(|f| last_expression(context, f)) {
                Some(value) => value,
                None => return Some(at),
            }
        } else {
            return Some(at);
        };
        at = s.bare(next);
    }
    None
}

/// Returns the function or method of that name in the file.
pub(super) fn function(context: &Context<'_, '_>, name: &str) -> Option<Id> {
    let s = context.syntax;
    let mut all = s.all().filter(|&id| s.kind(id) == "function_item");
    all.find(|&id| s.child(id, "name").is_some_and(|n| s.text(n) == name))
}

/// Returns what a function gives back by its last line.
fn last_expression(context: &Context<'_, '_>, function: Id) -> Option<Id> {
    let s = context.syntax;
    let body = s.child(function, "body")?;
    let last = s.named(body).filter(|&c| !s.is_comment(c)).last()?;
    (!s.kind(last).ends_with("statement") && !s.kind(last).ends_with("declaration")).then_some(last)
}
