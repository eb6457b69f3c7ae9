//! String literals: their text, and where each byte of it stands in the file.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::protobuf::generated::Tongue;

use super::formats::{Values, What};
use super::profile::Pick;
use super::syntax::{Id, Syntax};

/// The text of a string as the program has it, as far as the file shows it.
#[derive(Debug, Clone, Default)]
pub(super) struct Literal {
    /// The text. What an expression is put into is a placeholder in braces, `{___}`.
    pub(super) text: String,
    /// Whether it holds placeholders.
    pub(super) dynamic: bool,
    /// The bytes of the text that are placeholders.
    holes: Vec<Range<usize>>,
    parts: Vec<Part>,
}

/// A run of the text that comes from one run of the file.
#[derive(Debug, Clone)]
struct Part {
    at: usize,
    source: Range<usize>,
    /// Whether the bytes are the same; an escape sequence is as a whole one character.
    same: bool,
}

/// A text longer than this is not put together.
const LONGEST: usize = 1024 * 1024;
/// Constants made of constants that are followed.
const MOST_FOLLOWED: usize = 5;
/// Parts of a concatenation that are followed to constants.
const MOST_PARTS: usize = 20_000;

impl Literal {
    /// Returns the bytes of the file that a range of the text comes from.
    pub(super) fn source(&self, range: Range<usize>) -> Range<usize> {
        let start = self.place_of(range.start, false);
        let end = self.place_of(range.end, true);
        start..end.max(start)
    }

    /// Returns whether a range of the text touches a placeholder.
    pub(super) fn has_hole(&self, range: &Range<usize>) -> bool {
        self.holes
            .iter()
            .any(|h| h.start < range.end && range.start < h.end)
    }

    fn place_of(&self, offset: usize, is_end: bool) -> usize {
        // The end of a range belongs to the part before it.
        let after = self.parts.partition_point(|p| {
            if is_end {
                p.at < offset
            } else {
                p.at <= offset
            }
        });
        let Some(part) = after.checked_sub(1).and_then(|i| self.parts.get(i)) else {
            return self.parts.first().map_or(0, |p| p.source.start);
        };
        if part.same {
            (part.source.start + (offset - part.at)).min(part.source.end)
        } else if is_end {
            part.source.end
        } else {
            part.source.start
        }
    }

    fn push(&mut self, text: &str, source: Range<usize>, same: bool) {
        if text.is_empty() || self.text.len() + text.len() > LONGEST {
            return;
        }
        self.parts.push(Part {
            at: self.text.len(),
            source,
            same,
        });
        self.text.push_str(text);
    }

    /// Adds a range of another text, with what it comes from.
    fn append(&mut self, other: &Self, range: Range<usize>) {
        let ends = other.parts.iter().skip(1).map(|p| p.at);
        let ends = ends.chain([other.text.len()]);
        for (part, end) in other.parts.iter().zip(ends) {
            let (from, to) = (part.at.max(range.start), end.min(range.end));
            let Some(text) = other.text.get(from..to).filter(|_| from < to) else {
                continue;
            };
            let source = if part.same {
                let start = part.source.start + (from - part.at);
                start..start + (to - from)
            } else {
                part.source.clone()
            };
            let start = self.text.len();
            self.push(text, source, part.same);
            if other.has_hole(&(from..to)) {
                self.dynamic = true;
                self.holes.push(start..self.text.len());
            }
        }
    }

    fn hole(&mut self, source: Range<usize>) {
        self.dynamic = true;
        let start = self.text.len();
        let length = source.len().clamp(3, 2000);
        self.push(&format!("{{{}}}", "_".repeat(length - 2)), source, false);
        self.holes.push(start..self.text.len());
    }
}

/// The string literals of one file.
pub(super) struct StringsOf<'s, 'a> {
    syntax: &'s Syntax<'a>,
    /// The body of each heredoc, by its beginning.
    heredocs: BTreeMap<Id, Id>,
    /// The value of each name that is bound once in the file, to a string.
    constants: BTreeMap<&'a str, Id>,
    /// How many constants may yet be put into other texts: each of them can hold many others.
    left: Cell<usize>,
}

impl<'s, 'a> StringsOf<'s, 'a> {
    /// Finds the heredocs and constants of a file.
    pub(super) fn new(syntax: &'s Syntax<'a>) -> Self {
        let of_kind = |kind: &'static str| syntax.all().filter(move |&id| syntax.kind(id) == kind);
        let heredocs = of_kind("heredoc_beginning")
            .zip(of_kind("heredoc_body"))
            .collect();
        let mut strings = Self {
            syntax,
            heredocs,
            constants: BTreeMap::new(),
            left: Cell::new(MOST_PARTS),
        };
        strings.constants = strings.find_constants();
        strings
    }

    fn find_constants(&self) -> BTreeMap<&'a str, Id> {
        let mut found: BTreeMap<&'a str, Option<Id>> = BTreeMap::new();
        for id in self.syntax.all() {
            let forms = self
                .syntax
                .profile
                .bindings
                .iter()
                .filter(|b| b.0 == self.syntax.kind(id));
            for &(_, name, _, value) in forms {
                let Some(name) = self.bound(id, name).filter(|_| !self.is_bound_above(id)) else {
                    continue;
                };
                let value = self.syntax.pick(id, value).map(|v| self.syntax.bare(v));
                let string = value.filter(|&v| self.is_stringy(v));
                found
                    .entry(self.syntax.text(name))
                    .and_modify(|v| *v = None)
                    .or_insert(string);
            }
        }
        found
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    /// Returns the name that a binding binds: it may stand in a declaration of its own, `val (name: Type) = value`.
    fn bound(&self, binding: Id, name: Pick) -> Option<Id> {
        let s = self.syntax;
        let named = s.bare(s.pick(binding, name)?);
        let inner = || {
            let mut forms = s.profile.bindings.iter();
            let form = forms.find(|b| b.0 == s.kind(named) && b.3 == Pick::None)?;
            s.pick(named, form.1)
        };
        let name = if s.is_name(named) {
            Some(named)
        } else {
            inner()
        };
        name.filter(|&n| s.is_name(n))
    }

    /// Returns whether a declaration without value only names what the binding around it binds.
    fn is_bound_above(&self, id: Id) -> bool {
        let s = self.syntax;
        let Some(up) = s.parent(id) else {
            return false;
        };
        let of_kind = |id: Id| s.profile.bindings.iter().filter(move |b| b.0 == s.kind(id));
        of_kind(id).all(|b| b.3 == Pick::None) && of_kind(up).any(|b| s.pick(up, b.1) == Some(id))
    }

    /// Returns whether a node is a string or puts strings together.
    fn is_stringy(&self, id: Id) -> bool {
        self.syntax.is_string(id) || self.is_chain(id)
    }

    /// Returns whether a node puts its parts together: `a + b`, `"a" "b"`, `concat!("a", "b")`.
    fn is_chain(&self, id: Id) -> bool {
        let s = self.syntax;
        let kind = s.kind(id);
        if s.profile.strings.chains.contains(&kind) {
            return true;
        }
        if s.profile.operators.iter().any(|o| o.0 == kind) {
            let plus = match s.profile.tongue {
                Tongue::Php => ".",
                Tongue::Elixir => "<>",
                _ => "+",
            };
            return s.child(id, "operator").is_some_and(|o| s.text(o) == plus);
        }
        kind == "macro_invocation" && s.child(id, "macro").is_some_and(|m| s.text(m) == "concat")
    }

    /// Returns each string that stands on its own, put together from its parts, with the node that makes it.
    pub(super) fn all(&self) -> Vec<(Id, Literal)> {
        let s = self.syntax;
        let mut used = vec![false; s.all().len()];
        let mut found = Vec::new();
        for id in s.all() {
            if used[id] || !self.is_stringy(id) {
                continue;
            }
            let used = &mut |part: Id| used[part] = true;
            let literal = self.formatted(id, self.evaluate(id, used));
            if !literal.text.is_empty() && self.is_value(id) {
                found.push((id, literal));
            }
        }
        found
    }

    /// Returns whether the string reaches code: a docstring does not, nor does a key or an attribute of documentation.
    fn is_value(&self, id: Id) -> bool {
        let s = self.syntax;
        let Some(up) = s.parent(id) else {
            return false;
        };
        match s.kind(up) {
            "expression_statement" => false,
            "import_spec" | "import_statement" | "export_statement" | "jsx_attribute" => false,
            _ => s
                .above(id, &["attribute_item", "inner_attribute_item"])
                .is_none(),
        }
    }

    /// Returns the text that an expression makes, put together from its parts; None where it makes none.
    pub(super) fn literal(&self, id: Id) -> Option<Literal> {
        let literal = self.evaluate(id, &mut |_| {});
        (!literal.text.is_empty()).then_some(literal)
    }

    /// Returns the text that an expression makes, with what `resolve` tells put in where the file alone does not tell.
    pub(super) fn literal_with(
        &self,
        id: Id,
        resolve: &dyn Fn(Id) -> Option<Id>,
    ) -> Option<Literal> {
        let s = self.syntax;
        let literal = self.literal(id)?;
        let mut out = Literal::default();
        let mut at = 0;
        for hole in &literal.holes {
            let source = literal.source(hole.clone());
            let expression = s.below(id).find(|&n| s.range(n) == source).map(|node| {
                let is_hole = s.profile.strings.holes.contains(&s.kind(node));
                let inner = s.named(node).next().filter(|_| is_hole);
                inner.unwrap_or(node)
            });
            let value = expression.and_then(resolve).and_then(|v| self.literal(v));
            if let Some(value) = value.filter(|v| !v.dynamic) {
                out.append(&literal, at..hole.start);
                out.append(&value, 0..value.text.len());
                at = hole.end;
            }
        }
        out.append(&literal, at..literal.text.len());
        Some(out)
    }

    /// Returns the text of a string node alone.
    pub(super) fn plain(&self, id: Id) -> Option<String> {
        let id = self.syntax.bare(id);
        if !self.syntax.is_string(id) {
            return None;
        }
        let mut literal = Literal::default();
        self.add_string(id, 0, &mut literal);
        (!literal.dynamic).then_some(literal.text)
    }

    /// Returns the text with the constants that a call puts into it.
    fn formatted(&self, id: Id, literal: Literal) -> Literal {
        if !literal.text.contains(['{', '%']) {
            return literal;
        }
        let Some(values) = Values::of(self.syntax, id) else {
            return literal;
        };
        let mut out = Literal::default();
        let mut at = 0;
        for mark in values.marks(&literal.text) {
            let named = |name: &str| values.named.iter().find(|(n, _)| *n == name);
            let value = match &mark.what {
                What::At(number) => values.positional.get(*number).copied(),
                What::Named(name) => named(name)
                    .map(|(_, value)| *value)
                    .or_else(|| self.constants.get(name.as_str()).copied()),
            };
            let constant = value.and_then(|v| self.constant(v, 0));
            if let Some(constant) = constant.filter(|_| !literal.has_hole(&mark.range)) {
                out.append(&literal, at..mark.range.start);
                out.append(&constant, 0..constant.text.len());
                at = mark.range.end;
            }
        }
        out.append(&literal, at..literal.text.len());
        out
    }

    /// Returns the text of a string or of the name of a constant, if the file shows all of it.
    fn constant(&self, id: Id, followed: usize) -> Option<Literal> {
        if followed >= MOST_FOLLOWED || self.left.get() == 0 {
            return None;
        }
        self.left.set(self.left.get() - 1);
        let s = self.syntax;
        let id = s.bare(id);
        let value = if self.is_stringy(id) {
            id
        } else {
            *self.constants.get(self.constant_name(id)?)?
        };
        let literal = self.evaluated(value, followed + 1, &mut |_| {});
        (!literal.dynamic && !literal.text.is_empty()).then_some(literal)
    }

    /// Returns the name by which a constant of the file is used: `COLUMNS`, `Self::COLUMNS`, `this.columns`.
    fn constant_name(&self, id: Id) -> Option<&'a str> {
        let s = self.syntax;
        if s.is_name(id) {
            return Some(s.text(id));
        }
        let (object, name) = s.member(id)?;
        let own = matches!(s.text(object), "Self" | "self" | "this" | "cls" | "static");
        own.then(|| s.text(name))
    }

    fn evaluate(&self, root: Id, used: &mut dyn FnMut(Id)) -> Literal {
        self.evaluated(root, 0, used)
    }

    fn evaluated(&self, root: Id, followed: usize, used: &mut dyn FnMut(Id)) -> Literal {
        let s = self.syntax;
        let mut literal = Literal::default();
        // What is left to add, the next one last; names are followed only where they are not being followed already.
        let mut open: Vec<(Id, usize)> = vec![(root, followed)];
        let mut parts = 0;
        let mut strings = 0;
        while let Some((id, followed)) = open.pop() {
            parts += 1;
            if parts > MOST_PARTS {
                break;
            }
            let id = self.untrimmed(s.bare(id));
            if s.is_string(id) {
                strings += 1;
                self.add_string(id, followed, &mut literal);
            } else if self.is_chain(id) {
                let inner = if s.kind(id) == "macro_invocation" {
                    s.child(id, "arguments")
                } else {
                    Some(id)
                };
                let mut children: Vec<Id> = inner.map(|i| s.named(i).collect()).unwrap_or_default();
                children.reverse();
                open.extend(children.into_iter().map(|c| (c, followed)));
            } else if let Some(&value) = self
                .constant_name(id)
                .and_then(|name| self.constants.get(name))
                .filter(|_| followed < MOST_FOLLOWED)
            {
                open.push((value, followed + 1));
                continue;
            } else if s.is_named(id) {
                literal.hole(s.range(id));
            }
            if followed == 0 {
                used(id);
            }
        }
        if strings == 0 {
            // Nothing but names and numbers.
            literal.text.clear();
        }
        literal
    }

    /// Returns the text of which a call takes blanks away: `<<~SQL.squish` says what the text itself says.
    /// <https://api.rubyonrails.org/classes/String.html#method-i-squish>
    fn untrimmed(&self, id: Id) -> Id {
        let s = self.syntax;
        if s.profile.tongue != Tongue::Ruby || s.kind(id) != "call" {
            return id;
        }
        let trims = matches!(
            s.child(id, "method").map_or("", |m| s.text(m)),
            "squish" | "strip" | "strip_heredoc" | "chomp" | "lstrip" | "rstrip" | "freeze"
        );
        let receiver = s.child(id, "receiver").map(|r| s.bare(r));
        let text = receiver.filter(|&r| trims && self.is_stringy(r));
        text.filter(|_| s.child(id, "arguments").is_none())
            .unwrap_or(id)
    }

    fn add_string(&self, id: Id, followed: usize, literal: &mut Literal) {
        let s = self.syntax;
        let holder = self.heredocs.get(&id).copied().unwrap_or(id);
        let strings = &s.profile.strings;
        if s.kind(id) == "verbatim_string_literal" {
            // `@"…"` is one node of C#'s grammar.
            let range = s.range(id);
            self.add_verbatim(range.start + 2..range.end.max(range.start + 3) - 1, literal);
            return;
        }
        let begins_with = |sign: &str| s.text(id).starts_with(sign);
        let verbatim =
            s.profile.tongue == Tongue::CSharp && (begins_with("$@\"") || begins_with("@$\""));
        let raw = s.text(id).starts_with(['r', 'R'])
            && s.profile.strings.chains == ["concatenated_string"];
        for child in s.children(holder) {
            let kind = s.kind(child);
            if strings.content.contains(&kind) && verbatim {
                self.add_verbatim(s.range(child), literal);
            } else if strings.content.contains(&kind) {
                self.add_content(child, followed, literal);
            } else if strings.escapes.contains(&kind) {
                literal.push(&unescaped(s.text(child), raw), s.range(child), false);
            } else if strings.holes.contains(&kind) {
                // `$name` in a text of PHP is the name itself.
                let value = match s.is_name(child) {
                    true => Some(child),
                    false => s.named(child).next(),
                };
                match value.and_then(|v| self.constant(v, followed)) {
                    Some(constant) => literal.append(&constant, 0..constant.text.len()),
                    None => literal.hole(s.range(child)),
                }
            }
        }
    }

    /// Adds a run of text in which a quote stands doubled, and nothing else is escaped.
    fn add_verbatim(&self, range: Range<usize>, literal: &mut Literal) {
        let text = self.syntax.text.get(range.clone()).unwrap_or_default();
        let mut at = range.start;
        for (found, doubled) in text.match_indices("\"\"") {
            let quote = range.start + found;
            literal.push(&self.syntax.text[at..quote], at..quote, true);
            literal.push("\"", quote..quote + doubled.len(), false);
            at = quote + doubled.len();
        }
        literal.push(&self.syntax.text[at..range.end], at..range.end, true);
    }

    /// Adds a run of text; in Python escape sequences stand in it.
    fn add_content(&self, id: Id, followed: usize, literal: &mut Literal) {
        let s = self.syntax;
        let range = s.range(id);
        let mut at = range.start;
        for child in s.children(id) {
            let inner = s.range(child);
            self.add_text(at..inner.start, followed, literal);
            literal.push(&unescaped(s.text(child), false), inner.clone(), false);
            at = inner.end;
        }
        self.add_text(at..range.end, followed, literal);
    }

    fn add_text(&self, range: Range<usize>, followed: usize, literal: &mut Literal) {
        let text = self.syntax.text.get(range.clone()).unwrap_or_default();
        if !self.syntax.profile.strings.dollars {
            literal.push(text, range, true);
            return;
        }
        // The grammar of Kotlin takes `$name` in a string of one line for text, and cuts it behind the `$`.
        if text.is_empty() {
            return;
        }
        if let Some(rest) = literal
            .text
            .strip_suffix('$')
            .filter(|_| text.starts_with(is_name_start))
        {
            let cut = rest.len();
            let name = text
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(text.len());
            literal.text.truncate(cut);
            literal.parts.retain(|p| p.at < cut);
            let constant = self.constants.get(&text[..name]);
            match constant.and_then(|&v| self.constant(v, followed)) {
                Some(constant) => literal.append(&constant, 0..constant.text.len()),
                None => literal.hole(range.start.saturating_sub(1)..range.start + name),
            }
            literal.push(&text[name..], range.start + name..range.end, true);
            return;
        }
        literal.push(text, range, true);
    }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Returns what an escape sequence stands for. Exact for what SQL holds; anything unusual becomes a space.
fn unescaped(escape: &str, raw: bool) -> String {
    if raw {
        return escape.to_owned();
    }
    let mut chars = escape.chars();
    let (Some(first), Some(second)) = (chars.next(), chars.next()) else {
        return escape.to_owned();
    };
    if first != '\\' {
        // `{{` of an f-string.
        return second.to_string();
    }
    match second {
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        'r' => "\r".to_owned(),
        '\'' | '"' | '\\' | '`' | '$' | '/' | '#' => second.to_string(),
        // A line that goes on in the next one.
        '\n' | '\r' => String::new(),
        'u' | 'x' | 'U' => coded(chars.as_str()),
        _ => " ".to_owned(),
    }
}

fn coded(digits: &str) -> String {
    let digits = digits.trim_matches(['{', '}', 'u']);
    let character = u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32);
    character.unwrap_or(' ').to_string()
}
