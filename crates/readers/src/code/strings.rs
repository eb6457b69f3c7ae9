//! String literals: their text, and where each byte of it stands in the file.

use std::collections::BTreeMap;
use std::ops::Range;

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
/// Parts of a concatenation that are followed to constants.
const MOST_PARTS: usize = 20_000;
/// How many names are followed, each to the next.
const DEEPEST: usize = 5;

/// Tells what an expression stands for: a constant, or what is bound where it is read.
pub(super) type Resolve<'r> = &'r dyn Fn(Id) -> Option<Id>;

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
                let name = self.syntax.pick(id, name).map(|n| self.syntax.bare(n));
                let Some(name) = name.filter(|&n| self.syntax.is_name(n)) else {
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
            return s.child(id, "operator").is_some_and(|o| s.text(o) == "+");
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
            let literal = self.evaluate(id, &mut |part| used[part] = true, &|n| self.constant(n));
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
        self.literal_with(id, &|name| self.constant(name))
    }

    /// Returns the text that an expression makes, where `resolve` tells what names and members in it stand for.
    pub(super) fn literal_with(&self, id: Id, resolve: Resolve<'_>) -> Option<Literal> {
        let literal = self.evaluate(id, &mut |_| {}, resolve);
        (!literal.text.is_empty()).then_some(literal)
    }

    /// Returns the string that a name of the file stands for, where it is bound once.
    fn constant(&self, id: Id) -> Option<Id> {
        let name = self.syntax.is_name(id).then(|| self.syntax.text(id))?;
        self.constants.get(name).copied()
    }

    /// Returns the text of a string node alone.
    pub(super) fn plain(&self, id: Id) -> Option<String> {
        let id = self.syntax.bare(id);
        if !self.syntax.is_string(id) {
            return None;
        }
        let mut literal = Literal::default();
        self.add_string(id, &mut literal, &|_| None, 0);
        (!literal.dynamic).then_some(literal.text)
    }

    fn evaluate(&self, root: Id, used: &mut dyn FnMut(Id), resolve: Resolve<'_>) -> Literal {
        let s = self.syntax;
        let mut literal = Literal::default();
        // What is left to add, the next one last; names are followed only where they are not being followed already.
        let mut open: Vec<(Id, usize)> = vec![(root, 0)];
        let mut parts = 0;
        let mut strings = 0;
        while let Some((id, followed)) = open.pop() {
            parts += 1;
            if parts > MOST_PARTS {
                break;
            }
            let id = s.bare(id);
            if s.is_string(id) {
                strings += 1;
                self.add_string(id, &mut literal, resolve, 0);
            } else if self.is_chain(id) {
                let inner = if s.kind(id) == "macro_invocation" {
                    s.child_of(id, "token_tree")
                } else {
                    Some(id)
                };
                let mut children: Vec<Id> = inner.map(|i| s.named(i).collect()).unwrap_or_default();
                children.reverse();
                open.extend(children.into_iter().map(|c| (c, followed)));
            } else if let Some(value) = resolve(id).filter(|&v| v != id && followed < DEEPEST) {
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

    fn add_string(&self, id: Id, literal: &mut Literal, resolve: Resolve<'_>, followed: usize) {
        let s = self.syntax;
        let holder = self.heredocs.get(&id).copied().unwrap_or(id);
        let strings = &s.profile.strings;
        let raw = s.text(id).starts_with(['r', 'R'])
            && s.profile.strings.chains == ["concatenated_string"];
        for child in s.children(holder) {
            let kind = s.kind(child);
            if strings.content.contains(&kind) {
                self.add_content(child, literal);
            } else if strings.escapes.contains(&kind) {
                literal.push(&unescaped(s.text(child), raw), s.range(child), false);
            } else if strings.holes.contains(&kind) {
                match self.put_in(child, resolve, followed) {
                    Some(text) => literal.push(&text, s.range(child), false),
                    None => literal.hole(s.range(child)),
                }
            }
        }
    }

    /// Returns the text that a constant puts into a string: `${TABLE}`.
    fn put_in(&self, hole: Id, resolve: Resolve<'_>, followed: usize) -> Option<String> {
        let value = self
            .syntax
            .named(hole)
            .next()
            .map(|e| self.syntax.bare(e))?;
        let value = if self.syntax.is_string(value) {
            value
        } else {
            self.syntax.bare(resolve(value)?)
        };
        if !self.syntax.is_string(value) || followed >= DEEPEST {
            return None;
        }
        let mut inner = Literal::default();
        self.add_string(value, &mut inner, resolve, followed + 1);
        (!inner.dynamic).then_some(inner.text)
    }

    /// Adds a run of text; in Python escape sequences stand in it.
    fn add_content(&self, id: Id, literal: &mut Literal) {
        let s = self.syntax;
        let range = s.range(id);
        let mut at = range.start;
        for child in s.children(id) {
            let inner = s.range(child);
            self.add_text(at..inner.start, literal);
            literal.push(&unescaped(s.text(child), false), inner.clone(), false);
            at = inner.end;
        }
        self.add_text(at..range.end, literal);
    }

    fn add_text(&self, range: Range<usize>, literal: &mut Literal) {
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
            literal.hole(range.start.saturating_sub(1)..range.start + name);
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
