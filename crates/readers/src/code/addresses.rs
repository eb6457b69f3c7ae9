//! Addresses that code names: URLs, and what it falls back to where a variable of the environment is not set.
//!
//! `os.getenv('CART_HOST', 'cart')`, `process.env.CART_HOST || 'cart'` and `x, ok := os.LookupEnv("CART_HOST"); if !ok { x = "cart" }`
//! all say the same. What a variable falls back to is put into the URLs of the same file: `'http://' + cartHost + ':8080/'`.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{File, Place, Written};

use super::formats::{Values, What};
use super::profile::profile_of;
use super::strings::StringsOf;
use super::syntax::{Id, Syntax};
use super::trials::{Trials, is_trial_path};
use super::view::Call;

/// An address that code names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The variable that is asked for first.
    pub variable: Option<String>,
    /// The address; where nothing is known it holds a placeholder in braces.
    pub value: String,
    /// Whether it is what a variable falls back to, or stands in the code itself.
    pub written: Written,
    /// Where.
    pub place: Place,
}

/// What in a file reads the environment, and the addresses in it.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// The addresses.
    pub found: Vec<Address>,
    /// The variables that are asked for, each with its first place.
    pub variables: BTreeMap<String, Place>,
}

/// Addresses, and questions for variables, that are kept of one file.
const LIMIT: usize = 500;
/// Nodes of an expression that are looked at for what it falls back to.
const NODES: usize = 2_000;
/// Longer texts are no address.
const LONGEST: usize = 300;

/// Returns the addresses that a file of code names. What is only for tests names none.
pub fn addresses(file: &File) -> Addresses {
    let Some(profile) = profile_of(&file.path, &file.text) else {
        return Addresses::default();
    };
    if is_trial_path(&file.path) {
        return Addresses::default();
    }
    let Ok(syntax) = Syntax::of(file, profile) else {
        return Addresses::default();
    };
    let strings = StringsOf::new(&syntax);
    let trials = Trials::of(&syntax);
    let lookups = Lookups::of(&syntax, &strings);
    let mut addresses = Addresses::default();
    for lookup in lookups.all.iter().filter(|l| !trials.hold(l.at)) {
        let place = file.place(syntax.range(lookup.at));
        addresses
            .variables
            .entry(lookup.variable.clone())
            .or_insert(place);
        if let Some((at, value)) = &lookup.fallback {
            addresses.found.push(Address {
                variable: Some(lookup.variable.clone()),
                value: value.clone(),
                written: Written::Default,
                place: file.place(syntax.range(*at)),
            });
        }
    }
    for (id, literal) in strings.all() {
        if !literal.text.contains(':') || literal.text.len() > LONGEST || trials.hold(id) {
            continue;
        }
        let (value, variable) = lookups.fill(id, literal.text);
        if is_address(&value) {
            addresses.found.push(Address {
                variable,
                value,
                written: Written::Literal,
                place: file.place(syntax.range(id)),
            });
        }
    }
    let mut seen = BTreeSet::new();
    addresses
        .found
        .retain(|a| seen.insert((a.place.clone(), a.value.clone())));
    addresses.found.truncate(LIMIT);
    addresses
}

/// Returns whether a text is a URL, or the data source name of PDO.
fn is_address(text: &str) -> bool {
    text.contains("://") || text.contains(":host=")
}

/// A question for a variable of the environment.
struct Lookup {
    /// The node that asks.
    at: Id,
    variable: String,
    /// What it falls back to: where that stands, and its text.
    fallback: Option<(Id, String)>,
}

/// The questions of a file for variables of the environment, and the names that hold the answers.
pub(super) struct Lookups<'s, 'a> {
    syntax: &'s Syntax<'a>,
    strings: &'s StringsOf<'s, 'a>,
    all: Vec<Lookup>,
    /// The lookup that each name holds, by its index; None where there are several.
    names: BTreeMap<&'a str, Option<usize>>,
}

impl<'s, 'a> Lookups<'s, 'a> {
    /// Finds the questions of a file.
    pub(super) fn of(syntax: &'s Syntax<'a>, strings: &'s StringsOf<'s, 'a>) -> Self {
        let mut lookups = Self {
            syntax,
            strings,
            all: Vec::new(),
            names: BTreeMap::new(),
        };
        for id in syntax.all() {
            if let Some(variable) = lookups.asked(id)
                && lookups.all.len() < LIMIT
            {
                let fallback = lookups.fallback(id, &variable);
                lookups.all.push(Lookup {
                    at: id,
                    variable,
                    fallback,
                });
            }
        }
        lookups.annotations();
        lookups.bind();
        lookups.assigned_later();
        lookups
    }

    /// Returns the variable that a node asks for: `getenv("X")`, `process.env.X`, `ENV["X"]`.
    fn asked(&self, id: Id) -> Option<String> {
        let s = self.syntax;
        if let Some(call) = s.call(id) {
            let called = s.called(call).to_ascii_lowercase();
            let receiver = s
                .receiver(call)
                .map(|r| s.last_name(r).to_ascii_lowercase());
            let of_environment = receiver.as_deref().is_some_and(is_environment);
            if !(called.contains("env") || of_environment) {
                return None;
            }
            let mut texts = s.arguments(call).into_iter();
            return texts.find_map(|a| self.variable(a));
        }
        if let Some((object, name)) = s.member(id) {
            let name = s.text(name);
            return (is_environment(&s.last_name(object).to_ascii_lowercase())
                && is_variable(name))
            .then(|| name.to_owned());
        }
        if !s.kind(id).contains("subscript") && s.kind(id) != "element_reference" {
            return None;
        }
        let mut parts = s.named(id);
        let object = parts.next()?;
        let object_name = match s.last_name(object) {
            "" => s.text(object),
            name => name,
        };
        let asks = is_environment(&object_name.trim_start_matches('$').to_ascii_lowercase());
        asks.then(|| parts.find_map(|p| self.variable(p)))?
    }

    /// Returns the name of a variable that a string is.
    fn variable(&self, id: Id) -> Option<String> {
        self.strings.plain(id).filter(|text| is_variable(text))
    }

    /// Returns the one text besides the variable that stands in the expression around a lookup.
    fn fallback(&self, id: Id, variable: &str) -> Option<(Id, String)> {
        let s = self.syntax;
        let mut outer = id;
        for _ in 0..8 {
            let own = self.texts_below(outer, variable);
            match own.as_slice() {
                [one] => return Some(one.clone()),
                [] => {}
                _ => return None,
            }
            let up = s.parent(outer)?;
            if !self.carries_on(up, outer) {
                return None;
            }
            outer = up;
        }
        None
    }

    /// Returns whether an expression is what the one in it is, or falls back to another.
    fn carries_on(&self, up: Id, inner: Id) -> bool {
        let s = self.syntax;
        let kind = s.kind(up);
        let chooses = kind.contains("ternary")
            || kind.contains("conditional")
            || kind.contains("elvis")
            || matches!(kind, "if_expression" | "boolean_operator");
        let operator = || s.child(up, "operator").map(|o| s.text(o));
        // A string that is put together is no fallback.
        let operates = s.profile.operators.iter().any(|o| o.0 == kind)
            && !matches!(operator(), Some("+" | "." | "%"));
        // `env::var("X").unwrap_or("x".into())`, `Optional.ofNullable(getenv("X")).orElse("x")`
        let hands_on = |call: Call| {
            let called = s.called(call);
            called.to_ascii_lowercase().starts_with("unwrap_or")
                || matches!(called, "orElse" | "ofNullable" | "of")
        };
        let is_list = matches!(kind, "argument_list" | "arguments" | "value_arguments");
        let of_list = || s.parent(up).and_then(|call| s.call(call));
        let chained = s.member(up).is_some_and(|(object, _)| object == inner)
            || s.call(up)
                .is_some_and(|call| call.callee == inner || hands_on(call))
            || (is_list && of_list().is_some_and(hands_on));
        chooses || operates || chained || s.profile.wrappers.contains(&kind)
    }

    fn texts_below(&self, id: Id, variable: &str) -> Vec<(Id, String)> {
        let s = self.syntax;
        let mut found = Vec::new();
        for below in s.below(id).take(NODES).filter(|&b| s.is_string(b)) {
            let Some(text) = self.strings.plain(below) else {
                continue;
            };
            if text != variable && !text.is_empty() && found.len() < 3 {
                found.push((below, text));
            }
        }
        found
    }

    /// Adds `@Value("${carts.url:http://carts}")`.
    fn annotations(&mut self) {
        let s = self.syntax;
        for id in s.all().filter(|&id| s.is_string(id)) {
            let text = s.text(id).trim_matches('"');
            let inside = text.strip_prefix("${").or(text.strip_prefix("\\${"));
            let pair = inside
                .and_then(|t| t.strip_suffix('}'))
                .and_then(|t| t.split_once(':'));
            let Some((variable, value)) = pair.filter(|_| self.all.len() < LIMIT) else {
                continue;
            };
            if s.above(id, &["annotation", "marker_annotation"]).is_some() {
                self.all.push(Lookup {
                    at: id,
                    variable: variable.to_owned(),
                    fallback: (!value.is_empty()).then(|| (id, value.to_owned())),
                });
            }
        }
    }

    /// Returns the names that a node binds, and the value.
    fn bindings(&self, id: Id) -> Vec<(Id, Id)> {
        let s = self.syntax;
        let p = s.profile;
        let bound = p.bindings.iter().map(|&(k, n, _, v)| (k, n, v));
        let forms = bound.chain(p.assignments.iter().copied());
        let forms = forms.filter(|f| f.0 == s.kind(id));
        let pairs =
            forms.filter_map(|(_, name, value)| Some((s.pick(id, name)?, s.pick(id, value)?)));
        let mut found: Vec<(Id, Id)> = pairs.filter(|(name, value)| name != value).collect();
        // A node may be a declaration and an assignment in the words of its grammar.
        found.dedup();
        found
    }

    /// Tells which names hold what a lookup gives.
    fn bind(&mut self) {
        let s = self.syntax;
        let mut names: BTreeMap<&'a str, Option<usize>> = BTreeMap::new();
        for id in s.all() {
            for (name, value) in self.bindings(id) {
                let held: Vec<usize> = (0..self.all.len())
                    .filter(|&i| s.is_within(self.all[i].at, value))
                    .collect();
                let Some(&first) = held.first() else { continue };
                let same = held
                    .iter()
                    .all(|&i| self.all[i].variable == self.all[first].variable);
                // `x, ok := os.LookupEnv("X")` binds the first name.
                let name = match s.is_name(name) {
                    true => name,
                    false => s.named(name).find(|&n| s.is_name(n)).unwrap_or(name),
                };
                let name = s.last_name(name);
                let other = names.contains_key(name);
                names.insert(name, (same && !other).then_some(first));
            }
        }
        names.remove("");
        self.names = names;
    }

    /// Takes what is assigned to a name afterwards for what its lookup falls back to: `if x == "" { x = "cart" }`.
    fn assigned_later(&mut self) {
        let s = self.syntax;
        let mut given: BTreeMap<usize, Vec<(Id, String)>> = BTreeMap::new();
        for id in s.all() {
            for (name, value) in self.bindings(id) {
                let held = self.names.get(s.last_name(name)).copied().flatten();
                let Some(index) = held.filter(|&i| self.all[i].fallback.is_none()) else {
                    continue;
                };
                let at = self.all[index].at;
                let text = match s.is_name(value) || s.is_string(value) {
                    true => self.strings.plain(value),
                    // The one value of a list of values.
                    false => s.named(value).next().and_then(|v| self.strings.plain(v)),
                };
                if let Some(text) = text.filter(|t| !t.is_empty() && id > at)
                    && s.function(id) == s.function(at)
                {
                    given.entry(index).or_default().push((value, text));
                }
            }
        }
        for (index, mut values) in given {
            if values.len() == 1 {
                self.all[index].fallback = values.pop();
            }
        }
    }

    /// Returns the lookup that an expression holds.
    fn held(&self, id: Id) -> Option<&Lookup> {
        let s = self.syntax;
        let inside = self.all.iter().find(|l| s.is_within(l.at, id));
        inside.or_else(|| {
            let index = self.names.get(s.last_name(id)).copied().flatten()?;
            self.all.get(index)
        })
    }

    /// Returns the text that an expression falls back to, where it asks for a variable.
    pub(super) fn fallback_of(&self, id: Id) -> Option<&str> {
        let fallback = self.held(id)?.fallback.as_ref()?;
        Some(&fallback.1)
    }

    /// Returns a text with what its variables fall back to, and the first of these variables.
    fn fill(&self, id: Id, text: String) -> (String, Option<String>) {
        let s = self.syntax;
        let mut variable = None;
        let filled = self.strings.literal_with(id, &|hole| {
            let lookup = self.held(hole)?;
            lookup.fallback.as_ref().map(|(at, _)| *at)
        });
        let chained = filled.map_or_else(|| text.clone(), |literal| literal.text);
        // `literal` knows chains, `all` knows the constants that a call puts in: whichever has more of it filled.
        let mut text = match chained.matches("{_").count() < text.matches("{_").count() {
            true => chained,
            false => text,
        };
        let holes = s.below(id).filter(|_| variable_may_follow(&text));
        for inner in holes.take(NODES) {
            if s.is_name(inner) && variable.is_none() {
                variable = self.held(inner).map(|l| l.variable.clone());
            }
        }
        if let Some(values) = Values::of(s, id) {
            for mark in values.marks(&text).into_iter().rev() {
                let value = match &mark.what {
                    What::At(number) => values.positional.get(*number).copied(),
                    What::Named(name) => {
                        let named = values.named.iter().find(|(n, _)| n == name);
                        named.map(|(_, value)| *value)
                    }
                };
                let lookup = value.and_then(|v| self.held(v));
                if let Some(lookup) = lookup {
                    variable = Some(lookup.variable.clone());
                    if let Some((_, value)) = &lookup.fallback {
                        text.replace_range(mark.range, value);
                    }
                }
            }
        }
        (text, variable)
    }
}

fn variable_may_follow(text: &str) -> bool {
    text.contains("://")
}

/// Returns whether a name is that of the environment, lowercase.
fn is_environment(name: &str) -> bool {
    matches!(name, "env" | "environ" | "_env" | "_server" | "environment")
}

/// Returns whether a text can be the name of a variable of the environment, or of a setting.
fn is_variable(text: &str) -> bool {
    let upper = text
        .chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let dotted = text.contains('.')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    text.len() > 1
        && text.len() < 100
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && (upper || dotted)
}
