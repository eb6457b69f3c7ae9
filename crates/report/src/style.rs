//! How text for a terminal looks.

use crate::text;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences for colour may be written.
    pub color: bool,
    /// Whether characters outside of ASCII can be shown.
    pub unicode: bool,
    /// The columns that prose is wrapped to. Paths and code are never broken.
    pub width: usize,
}

/// What a piece of text means, from which its colour follows. The words say the same without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Fail,
    Warn,
    Pass,
    Strong,
}

impl From<coexist_model::Verdict> for Tone {
    fn from(verdict: coexist_model::Verdict) -> Self {
        match verdict {
            coexist_model::Verdict::Fail => Self::Fail,
            coexist_model::Verdict::Warn => Self::Warn,
            coexist_model::Verdict::Pass => Self::Pass,
        }
    }
}

impl Style {
    /// Returns the style of a file or a pipe: no colour, 80 columns.
    pub fn plain() -> Self {
        Self {
            color: false,
            unicode: true,
            width: 80,
        }
    }

    /// Returns untrusted text on one line with every character that a terminal would obey, or cannot show, spelled out.
    pub fn clean(&self, text: &str) -> String {
        text::visible(text, self.unicode)
    }

    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Fail => "1;31",
            Tone::Warn => "1;33",
            Tone::Pass => "1;32",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Returns a path as one word that wrapping does not break.
    pub(crate) fn path(&self, path: &str) -> String {
        text::solid(&self.clean(path))
    }

    /// Returns the text wrapped to the width, each line behind its indent.
    pub(crate) fn wrap(&self, text: &str, first: &str, rest: &str) -> String {
        text::wrap(text, self.width.max(40), first, rest)
    }
}
