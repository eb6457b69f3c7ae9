//! A tree of values with the bytes each came from, whatever the syntax: YAML, JSON, jsonnet.

use std::ops::Range;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The bytes of the file that hold it.
    pub at: Range<usize>,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: an empty value.
    Null,
    /// A text, number or boolean, as it is spelled without its quotes. A template keeps its directives: `{{ .Values.image }}`.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// Pairs of key and value, in order.
    Map(Vec<(Node, Node)>),
    /// An expression that is not evaluated: its text, and the values inside that could be read.
    Opaque(String, Vec<Node>),
}

/// Levels of nesting that are read; what is deeper is reported.
pub(super) const DEPTH_LIMIT: usize = 200;

impl Node {
    /// Returns a node that holds nothing.
    pub fn null(at: Range<usize>) -> Self {
        Self {
            at,
            value: Value::Null,
        }
    }

    /// Returns the text of a scalar, or of an expression.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) | Value::Opaque(text, _) => Some(text),
            _ => None,
        }
    }

    /// Returns the items of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the pairs of a map as they are written; none for anything else.
    pub fn pairs(&self) -> &[(Self, Self)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// Returns the key and value of that name, looking through YAML merge keys (`<<`).
    pub fn entry(&self, name: &str) -> Option<(&Self, &Self)> {
        let own = self.pairs().iter().find(|(k, _)| k.text() == Some(name));
        if let Some((key, value)) = own {
            return Some((key, value));
        }
        self.merged().find_map(|base| base.entry(name))
    }

    /// Returns the value of that name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|(_, value)| value)
    }

    /// Returns the value at the end of a path of names.
    pub fn at_path(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// Returns the text at the end of a path of names.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at_path(path)?.text()
    }

    /// Returns the pairs with a text as key, merged ones last, each name once.
    pub fn entries(&self) -> Vec<(&str, &Self, &Self)> {
        let mut entries: Vec<(&str, &Self, &Self)> = Vec::new();
        let own = self.pairs().iter().filter(|(k, _)| !is_merge(k));
        let named = own.filter_map(|(k, v)| k.text().map(|name| (name, k, v)));
        let inherited = self.merged().flat_map(Self::entries);
        let mut seen = std::collections::BTreeSet::new();
        for entry in named.chain(inherited) {
            if seen.insert(entry.0) {
                entries.push(entry);
            }
        }
        entries
    }

    /// Returns the texts of a list, or a scalar as the only one.
    pub fn texts(&self) -> Vec<&str> {
        match &self.value {
            Value::List(items) => items.iter().filter_map(Self::text).collect(),
            _ => self.text().into_iter().collect(),
        }
    }

    /// Returns whether it is the boolean true.
    pub fn is_true(&self) -> bool {
        matches!(self.text(), Some("true" | "True" | "TRUE"))
    }

    /// Returns every node of the tree, parents first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.value {
            Value::List(nodes) | Value::Opaque(_, nodes) => {
                nodes.iter().for_each(|n| n.walk(visit));
            }
            Value::Map(pairs) => pairs.iter().for_each(|(_, v)| v.walk(visit)),
            Value::Null | Value::Scalar(_) => {}
        }
    }

    /// Returns the value on one line, the same for every layout that means the same.
    pub fn flow(&self) -> String {
        let mut out = String::new();
        self.write_flow(&mut out);
        out
    }

    fn write_flow(&self, out: &mut String) {
        match &self.value {
            Value::Null => {}
            Value::Scalar(text) | Value::Opaque(text, _) => out.push_str(&one_line(text)),
            Value::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    item.write_flow(out);
                }
                out.push(']');
            }
            Value::Map(pairs) => {
                out.push('{');
                for (index, (key, value)) in pairs.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    key.write_flow(out);
                    out.push_str(": ");
                    value.write_flow(out);
                }
                out.push('}');
            }
        }
    }

    /// Returns the maps that a merge key brings in.
    fn merged(&self) -> impl Iterator<Item = &Self> {
        let merges = self.pairs().iter().filter(|(k, _)| is_merge(k));
        merges.flat_map(|(_, v)| match &v.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(v),
        })
    }
}

fn is_merge(key: &Node) -> bool {
    key.text() == Some("<<")
}

/// Returns the text with every run of white space as one blank.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
