//! Elixir as it is written in migrations, schemas and queries: calls with options and blocks, pipes, modules.

use super::context::Context;
use super::syntax::{Id, Syntax};

/// How long a pipe may be.
const LONGEST_PIPE: usize = 200;

/// A call: `name(…)`, `Module.name(…)`, `name … do … end`.
#[derive(Debug, Clone)]
pub(super) struct Sent<'a> {
    pub(super) id: Id,
    /// What stands before the dot.
    pub(super) receiver: Option<Id>,
    pub(super) name: &'a str,
    /// The arguments without a name, in order.
    pub(super) placed: Vec<Id>,
    /// The options at its end: `null: false`.
    pub(super) options: Vec<(&'a str, Id)>,
    /// What stands between `do` and `end`, or behind `do:`.
    pub(super) block: Option<Id>,
}

impl<'a> Sent<'a> {
    pub(super) fn of(s: &Syntax<'a>, id: Id) -> Option<Self> {
        if s.kind(id) != "call" {
            return None;
        }
        let target = s.child(id, "target")?;
        let (receiver, named) = match s.member(target) {
            Some((object, name)) => (Some(object), name),
            None => (None, target),
        };
        let (mut placed, mut options) = (Vec::new(), Vec::new());
        let list = s.child_of(id, "arguments");
        for argument in list.into_iter().flat_map(|list| s.named(list)) {
            match s.kind(argument) {
                "keywords" => options.extend(pairs(s, argument)),
                _ => placed.push(argument),
            }
        }
        let inline = options.iter().find(|(name, _)| *name == "do");
        let block = s
            .child_of(id, "do_block")
            .or(inline.map(|(_, value)| *value));
        Some(Self {
            id,
            receiver,
            name: s.text(named),
            placed,
            options,
            block,
        })
    }

    /// Returns the option of that name.
    pub(super) fn option(&self, name: &str) -> Option<Id> {
        self.options
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| *v)
    }
}

/// Returns the named parts in a node: `a: 1, b: 2`, with or without brackets around them.
pub(super) fn pairs<'a>(s: &Syntax<'a>, id: Id) -> Vec<(&'a str, Id)> {
    let keywords = match s.kind(id) {
        "keywords" => Some(id),
        "list" | "map_content" => s.child_of(id, "keywords"),
        "map" => s
            .child_of(id, "map_content")
            .and_then(|content| s.child_of(content, "keywords")),
        _ => None,
    };
    let all = keywords.into_iter().flat_map(|k| s.named(k));
    all.filter(|&p| s.kind(p) == "pair")
        .filter_map(|pair| {
            let key = s.text(s.child(pair, "key")?).trim();
            let key = key.strip_suffix(':').unwrap_or(key).trim_matches('"');
            Some((key, s.child(pair, "value")?))
        })
        .collect()
}

/// Returns the statements in a block, or the one expression that stands in its place; those of `else` are left out.
pub(super) fn statements(s: &Syntax<'_>, block: Id) -> Vec<Id> {
    match s.kind(block) {
        "do_block" | "body" | "else_block" | "block" => s
            .named(block)
            .filter(|&c| !s.kind(c).ends_with("_block") || s.kind(c) == "do_block")
            .collect(),
        _ => vec![block],
    }
}

/// Returns the word that an atom or a text is: `:users`, `"users"`.
pub(super) fn word(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    match s.kind(id) {
        "atom" => Some(s.text(id).trim_start_matches(':').to_owned()),
        "quoted_atom" => {
            let text = s.child_of(id, "quoted_content");
            text.map(|t| s.text(t).to_owned())
        }
        "string" => context.strings.plain(id),
        // `~s(…)`; `~w(a b)` is several.
        "sigil" if s.text(id).starts_with(['~']) && !s.text(id).starts_with("~w") => {
            context.strings.plain(id)
        }
        _ => None,
    }
}

/// Returns the words in a list of atoms or texts: `[:a, :b]`, `~w(a b)a`.
pub(super) fn words(context: &Context<'_, '_>, id: Id) -> Option<Vec<String>> {
    let s = context.syntax;
    match s.kind(id) {
        "list" => s.named(id).map(|item| word(context, item)).collect(),
        "sigil" if s.text(id).starts_with("~w") => {
            let text = s.child_of(id, "quoted_content").map(|t| s.text(t));
            Some(
                text.unwrap_or_default()
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
            )
        }
        _ => None,
    }
}

/// Returns the parts of a pipe, the first one first: `User |> where(…) |> Repo.all()`. What is no pipe is its one part.
pub(super) fn pipe(s: &Syntax<'_>, id: Id) -> Vec<Id> {
    let (mut at, mut parts) = (id, Vec::new());
    while let Some((left, right)) = piped(s, at) {
        parts.push(right);
        if parts.len() >= LONGEST_PIPE {
            break;
        }
        at = left;
    }
    parts.push(at);
    parts.reverse();
    parts
}

fn piped(s: &Syntax<'_>, id: Id) -> Option<(Id, Id)> {
    let is_pipe = s.kind(id) == "binary_operator"
        && s.child(id, "operator").is_some_and(|o| s.text(o) == "|>");
    is_pipe
        .then(|| Some((s.child(id, "left")?, s.child(id, "right")?)))
        .flatten()
}

/// Returns whether a node is a part of a longer pipe.
pub(super) fn is_piped(s: &Syntax<'_>, id: Id) -> bool {
    s.parent(id).is_some_and(|up| piped(s, up).is_some())
}

/// A module: `defmodule Shop.Users.User do … end`.
#[derive(Debug, Clone)]
pub(super) struct Module<'a> {
    pub(super) id: Id,
    /// Its full name.
    pub(super) name: String,
    /// What stands in it, modules in it left out.
    pub(super) body: Vec<Sent<'a>>,
    block: Id,
}

/// Returns the modules of a file; one in another has its name behind that one's.
pub(super) fn modules<'a>(s: &Syntax<'a>) -> Vec<Module<'a>> {
    let mut found: Vec<Module<'a>> = Vec::new();
    for id in s.all() {
        let Some(sent) = Sent::of(s, id).filter(|c| c.name == "defmodule" && c.receiver.is_none())
        else {
            continue;
        };
        let (Some(&named), Some(block)) = (sent.placed.first(), sent.block) else {
            continue;
        };
        let around = found.iter().rfind(|m| s.is_within(id, m.block));
        let name = match around {
            Some(outer) => format!("{}.{}", outer.name, s.text(named)),
            None => s.text(named).to_owned(),
        };
        let body = statements(s, block);
        found.push(Module {
            id,
            name,
            body: body.into_iter().filter_map(|st| Sent::of(s, st)).collect(),
            block,
        });
    }
    found
}

impl<'a> Module<'a> {
    /// Returns whether it uses a module of that name.
    pub(super) fn uses(&self, s: &Syntax<'a>, name: impl Fn(&str) -> bool) -> bool {
        let uses = self.body.iter().filter(|c| c.name == "use");
        uses.filter_map(|c| c.placed.first())
            .any(|&taken| name(s.text(taken)))
    }

    /// Returns the bodies of the functions of that name, with their parameters.
    pub(super) fn functions(&self, s: &Syntax<'a>, name: &str) -> Vec<(Vec<Id>, Id)> {
        let defined = self
            .body
            .iter()
            .filter(|c| matches!(c.name, "def" | "defp"));
        defined
            .filter_map(|def| {
                let mut head = *def.placed.first()?;
                // `def up(x) when is_atom(x)`.
                if s.kind(head) == "binary_operator" {
                    head = s.child(head, "left")?;
                }
                let parameters = match Sent::of(s, head) {
                    Some(call) if call.name == name => call.placed,
                    None if s.text(head) == name => Vec::new(),
                    _ => return None,
                };
                Some((parameters, def.block?))
            })
            .collect()
    }

    /// Returns the value of an attribute of the module: `@table :users`.
    pub(super) fn attribute(&self, s: &Syntax<'a>, name: &str) -> Option<Id> {
        attribute_in(s, self.block, name)
    }
}

/// Returns the value of an attribute that a block sets.
fn attribute_in(s: &Syntax<'_>, block: Id, name: &str) -> Option<Id> {
    let set = |id: Id| {
        let sent = Sent::of(s, s.child(id, "operand")?)?;
        (sent.name == name).then_some(sent)
    };
    let unary = s.named(block).filter(|&c| s.kind(c) == "unary_operator");
    let sent = unary.into_iter().find_map(set)?;
    // `@timestamps_opts type: :utc_datetime`.
    let list = s.child_of(sent.id, "arguments")?;
    s.named(list).next()
}

/// Returns the name of the attribute that is read: `@table`.
pub(super) fn read_attribute<'a>(s: &Syntax<'a>, id: Id) -> Option<&'a str> {
    let operand = s
        .child(id, "operand")
        .filter(|_| s.kind(id) == "unary_operator")?;
    let is_attribute = s.child(id, "operator").is_some_and(|o| s.text(o) == "@");
    (is_attribute && s.kind(operand) == "identifier").then(|| s.text(operand))
}

/// Returns the field of `name.field`.
pub(super) fn field_of<'a>(s: &Syntax<'a>, id: Id, name: &str) -> Option<&'a str> {
    let sent = Sent::of(s, id)?;
    let on = sent.receiver.filter(|&r| s.kind(r) == "identifier")?;
    (s.text(on) == name && s.child_of(id, "arguments").is_none()).then_some(sent.name)
}
