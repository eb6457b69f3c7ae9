//! Ruby as it is written in migrations and models: symbols, word lists, options, blocks, constants.

use std::collections::BTreeMap;

use super::arguments::text;
use super::context::Context;
use super::syntax::{Id, Syntax};

/// What a name stands for, as far as the file shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A symbol or string.
    Word(String),
    /// Several of them.
    Words(Vec<String>),
    /// A row, or a query for rows, of that table.
    Rows(String),
}

/// The names of a file and what they stand for.
pub(super) struct Scope<'c, 's, 'a> {
    pub(super) context: &'c Context<'s, 'a>,
    bound: BTreeMap<String, Value>,
}

impl<'c, 's, 'a> Scope<'c, 's, 'a> {
    /// Returns the scope that knows the constants of the file.
    pub(super) fn of(context: &'c Context<'s, 'a>) -> Self {
        let s = context.syntax;
        let mut scope = Self {
            context,
            bound: BTreeMap::new(),
        };
        for id in s.all().filter(|&id| s.kind(id) == "assignment") {
            let name = s.child(id, "left").filter(|&l| s.kind(l) == "constant");
            if let (Some(name), Some(value)) = (name, s.child(id, "right")) {
                scope.assign(s.text(name), value);
            }
        }
        scope
    }

    /// Notes that a name stands for the value of an expression, or for nothing that is known.
    pub(super) fn assign(&mut self, name: &str, value: Id) {
        let value = match self.word(value) {
            Some(word) => Some(Value::Word(word)),
            None => self.words(value).map(Value::Words),
        };
        match value {
            Some(value) => self.bound.insert(name.to_owned(), value),
            None => self.bound.remove(name),
        };
    }

    /// Notes what a name stands for; returns what it stood for before.
    pub(super) fn bind(&mut self, name: &str, value: Option<Value>) -> Option<Value> {
        match value {
            Some(value) => self.bound.insert(name.to_owned(), value),
            None => self.bound.remove(name),
        }
    }

    /// Returns what an expression that is a name stands for.
    pub(super) fn value(&self, id: Id) -> Option<&Value> {
        let s = self.context.syntax;
        s.is_name(id).then(|| self.bound.get(s.text(id))).flatten()
    }

    /// Returns the symbol or string that an expression is; in a symbol or string made of names, these are looked up.
    pub(super) fn word(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        let id = s.bare(id);
        match s.kind(id) {
            "simple_symbol" => s.text(id).strip_prefix(':').map(str::to_owned),
            "hash_key_symbol" | "bare_symbol" | "bare_string" => Some(s.text(id).to_owned()),
            "string" | "delimited_symbol" => self.assembled(id),
            "call" if is_plain_form(s, id) => self.word(s.child(id, "receiver")?),
            _ => match self.value(id) {
                Some(Value::Word(word)) => Some(word.clone()),
                Some(_) => None,
                None => text(self.context, id),
            },
        }
    }

    /// Returns the text of a string whose holes are names that are known.
    fn assembled(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        let mut out = String::new();
        for part in s.named(id) {
            match s.kind(part) {
                "string_content" => out.push_str(s.text(part)),
                "interpolation" => out.push_str(&self.word(s.named(part).next()?)?),
                _ => return text(self.context, id),
            }
        }
        Some(out)
    }

    /// Returns the words of a list, or the one word that an expression is.
    pub(super) fn words(&self, id: Id) -> Option<Vec<String>> {
        let s = self.context.syntax;
        let id = s.bare(id);
        match s.kind(id) {
            "array" | "string_array" | "symbol_array" => {
                s.named(id).map(|item| self.word(item)).collect()
            }
            "call" if is_plain_form(s, id) => self.words(s.child(id, "receiver")?),
            _ => match self.value(id) {
                Some(Value::Words(words)) => Some(words.clone()),
                _ => self.word(id).map(|word| vec![word]),
            },
        }
    }
}

/// Returns whether a call gives its receiver as it is, or spelled in another way: `%w[a b].freeze`, `:a.to_s`.
fn is_plain_form(s: &Syntax<'_>, id: Id) -> bool {
    let called = s.child(id, "method").map_or("", |m| s.text(m));
    let bare = s.child(id, "arguments").is_none() && s.child(id, "block").is_none();
    bare && matches!(called, "freeze" | "to_s" | "to_sym" | "to_a" | "map")
}

/// A method call, with and without arguments.
pub(super) struct Sent<'a> {
    pub(super) id: Id,
    pub(super) name: &'a str,
    pub(super) receiver: Option<Id>,
    /// The arguments without a name.
    pub(super) placed: Vec<Id>,
    /// Those with one.
    pub(super) options: Options<'a>,
    pub(super) block: Option<Block<'a>>,
}

impl<'a> Sent<'a> {
    /// Returns the call that a node is.
    pub(super) fn of(s: &Syntax<'a>, id: Id) -> Option<Self> {
        if s.kind(id) == "identifier" {
            return Some(Self {
                id,
                name: s.text(id),
                receiver: None,
                placed: Vec::new(),
                options: Options::default(),
                block: None,
            });
        }
        if s.kind(id) != "call" {
            return None;
        }
        let list = s.child(id, "arguments");
        let arguments: Vec<Id> = list.map(|l| s.named(l).collect()).unwrap_or_default();
        let (mut placed, mut options) = (Vec::new(), Options::default());
        for &argument in &arguments {
            match s.kind(argument) {
                "pair" => options.pair(s, argument),
                "hash_splat_argument" => options.open = true,
                // `*%i[name email]`: as if each stood there.
                "splat_argument" if listed(s, argument).is_some() => {
                    placed.extend(listed(s, argument).into_iter().flatten());
                }
                "block_argument" => {}
                _ => placed.push(s.bare(argument)),
            }
        }
        // `create_table :users, { id: false }` says the same as without the braces.
        if let Some(&last) = placed.last()
            && placed.len() > 1
            && options.pairs.is_empty()
            && s.kind(last) == "hash"
        {
            placed.pop();
            options = Options::of(s, last);
        }
        Some(Self {
            id,
            name: s.child(id, "method").map_or("", |m| s.text(m)),
            receiver: s.child(id, "receiver").map(|r| s.bare(r)),
            placed,
            options,
            block: s.child(id, "block").map(|b| Block::of(s, b)),
        })
    }
}

/// Returns the elements of an array that is written out where it is splat.
fn listed(s: &Syntax<'_>, splat: Id) -> Option<Vec<Id>> {
    let array = s.named(splat).next()?;
    matches!(s.kind(array), "array" | "symbol_array" | "string_array")
        .then(|| s.named(array).collect())
}

/// Named arguments, or the pairs of a hash.
#[derive(Debug, Default, Clone)]
pub(super) struct Options<'a> {
    pairs: Vec<(&'a str, Id)>,
    /// Whether there may be more: `**options`.
    pub(super) open: bool,
}

impl<'a> Options<'a> {
    /// Returns the pairs of a hash; none where it is something else.
    pub(super) fn of(s: &Syntax<'a>, hash: Id) -> Self {
        let mut options = Self::default();
        if s.kind(hash) == "hash" {
            for pair in s.named(hash) {
                match s.kind(pair) {
                    "pair" => options.pair(s, pair),
                    _ => options.open = true,
                }
            }
        }
        options
    }

    fn pair(&mut self, s: &Syntax<'a>, pair: Id) {
        let (key, value) = (s.child(pair, "key"), s.child(pair, "value"));
        let name = key.map_or("", |k| s.text(k));
        let is_text = key.is_some_and(|k| !s.is_name(k) && s.kind(k) != "call");
        if !is_text {
            self.open = true;
        } else if let Some(value) = value.map(|v| s.bare(v)) {
            self.pairs
                .push((name.trim_matches([':', '"', '\'']), value));
        }
    }

    /// Returns the value of that name.
    pub(super) fn get(&self, name: &str) -> Option<Id> {
        self.pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }

    /// Leaves out the options of these names.
    pub(super) fn without(&mut self, names: &[&str]) {
        self.pairs.retain(|(name, _)| !names.contains(name));
    }

    /// Takes over the options of these names.
    pub(super) fn inherit(&mut self, other: &Self, names: &[&str]) {
        let taken = other.pairs.iter().filter(|(name, _)| names.contains(name));
        self.pairs.extend(taken);
    }

    /// Returns all of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, Id)> {
        self.pairs.iter().copied()
    }

    /// Returns what the option of that name says: true, false, or something else.
    pub(super) fn flag(&self, s: &Syntax<'_>, name: &str) -> Option<bool> {
        match s.kind(self.get(name)?) {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

/// A block: `do |a| … end` or `{ |a| … }`.
#[derive(Debug, Clone)]
pub(super) struct Block<'a> {
    /// The names of its parameters.
    pub(super) parameters: Vec<&'a str>,
    /// What holds its statements; None where it has none.
    pub(super) body: Option<Id>,
}

impl<'a> Block<'a> {
    fn of(s: &Syntax<'a>, id: Id) -> Self {
        let list = s.child(id, "parameters");
        let parameters = list.map(|l| s.named(l).map(|p| s.text(p)).collect());
        Self {
            parameters: parameters.unwrap_or_default(),
            body: s.child(id, "body"),
        }
    }
}

/// Returns the name of a constant with what stands before it: `ActiveRecord::Base`; None for what is no constant.
pub(super) fn constant(s: &Syntax<'_>, id: Id) -> Option<String> {
    match s.kind(id) {
        "constant" => Some(s.text(id).to_owned()),
        "scope_resolution" => {
            let name = s.text(s.child(id, "name")?);
            match s.child(id, "scope") {
                Some(scope) => Some(format!("{}::{name}", constant(s, scope)?)),
                None => Some(name.to_owned()),
            }
        }
        _ => None,
    }
}

/// Returns the class that a class extends, without the version in brackets: `ActiveRecord::Migration`.
pub(super) fn superclass(s: &Syntax<'_>, class: Id) -> Option<String> {
    let extended = s.named(s.child(class, "superclass")?).next()?;
    match s.kind(extended) {
        "element_reference" => constant(s, s.child(extended, "object")?),
        _ => constant(s, extended),
    }
}

/// Returns the modules and classes that a node stands in, the outermost first, each with the name that it is declared by.
pub(super) fn nesting(s: &Syntax<'_>, id: Id) -> Vec<String> {
    let around = s
        .ancestors(id)
        .filter(|&up| matches!(s.kind(up), "class" | "module"));
    let mut names: Vec<String> = around
        .filter_map(|up| constant(s, s.child(up, "name")?))
        .collect();
    names.reverse();
    names
}

/// Returns the statements in a body, in order.
pub(super) fn statements(s: &Syntax<'_>, body: Id) -> Vec<Id> {
    let held = matches!(
        s.kind(body),
        "body_statement"
            | "block_body"
            | "then"
            | "else"
            | "begin"
            | "begin_block"
            | "ensure"
            | "parenthesized_statements"
            | "do"
    );
    match held {
        true => s
            .named(body)
            .filter(|&c| s.kind(c) != "heredoc_body")
            .collect(),
        false => vec![body],
    }
}
