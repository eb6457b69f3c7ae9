//! Where something stands in the text of a design.

/// A range of bytes of the text; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// Returns the span of these bytes.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Returns the span from the start of this one to the end of another.
    pub fn to(self, end: Self) -> Self {
        Self::new(self.start, end.end.max(self.start))
    }

    /// Returns the range of bytes, as [`coexist_model::File::place`] takes it.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start..self.end
    }
}

/// A value and where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub span: Span,
}

/// A name, or a text that is used as one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name {
    /// The name as it is written.
    pub text: String,
    /// Where it is written.
    pub span: Span,
}

/// The word that stands for what is not known yet.
pub(crate) const GAP: &str = "TODO";

impl Name {
    /// Returns whether it stands for what is not known yet.
    pub fn is_gap(&self) -> bool {
        self.text == GAP
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

impl PartialEq<String> for Name {
    fn eq(&self, other: &String) -> bool {
        self.text == *other
    }
}
