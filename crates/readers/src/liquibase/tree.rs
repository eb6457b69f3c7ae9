//! The tree that a changelog is, in whichever syntax.

use std::ops::Range;

/// A named thing of a changelog: `<column name="id">`, `- column: {name: id}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Item {
    /// Its name.
    pub(super) name: String,
    /// The bytes of its head: the opening tag, the key.
    pub(super) at: Range<usize>,
    /// Its values by name.
    pub(super) attributes: Vec<(String, Text)>,
    /// What stands in it.
    pub(super) items: Vec<Self>,
    /// Its own text.
    pub(super) text: Text,
}

/// A text, and the bytes of the file that it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) at: Range<usize>,
}

/// Levels of nesting that are read.
pub(super) const DEEPEST: usize = 32;

impl Item {
    /// Returns a value: an attribute, or the text of what stands in it under the name.
    pub(super) fn text_of(&self, name: &str) -> Option<&Text> {
        let own = self.attributes.iter().find(|(n, _)| n == name);
        let own = own.map(|(_, text)| text);
        own.or_else(|| self.item(name).map(|i| &i.text))
            .filter(|t| !t.value.is_empty())
    }

    /// Returns the same as a plain text.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.text_of(name).map(|t| t.value.trim())
    }

    /// Returns whether a value is the boolean true.
    pub(super) fn is(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    /// Returns the first of the things in it of that name.
    pub(super) fn item(&self, name: &str) -> Option<&Self> {
        self.items.iter().find(|i| i.name == name)
    }

    /// Returns the things in it of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.items.iter().filter(move |i| i.name == name)
    }

    /// Shows every value below it, its own too.
    pub(super) fn each_text(&self, show: &mut dyn FnMut(&str)) {
        show(&self.text.value);
        for (_, text) in &self.attributes {
            show(&text.value);
        }
        for item in &self.items {
            item.each_text(show);
        }
    }
}

impl Text {
    /// Returns the bytes of the file of which a part of the value was made: exactly where the file spells the value as it is, else the
    /// line.
    pub(super) fn source(&self, file: &str, part: Range<usize>) -> Range<usize> {
        let raw = file.get(self.at.clone()).unwrap_or_default();
        if let Some(offset) = raw.find(&self.value) {
            let from = self.at.start + offset;
            return from + part.start..from + part.end;
        }
        // The header of a block scalar is a line of its own.
        let block = usize::from(raw.trim_start().starts_with(['|', '>']));
        let before = self.value.get(..part.start).unwrap_or_default();
        let nth = before.matches('\n').count() + block;
        let mut start = self.at.start;
        for line in raw.split_inclusive('\n').take(nth) {
            start += line.len();
        }
        let line = file.get(start..).unwrap_or_default();
        let line = line.lines().next().unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        start + indent..start + line.trim_end().len().max(indent)
    }
}
