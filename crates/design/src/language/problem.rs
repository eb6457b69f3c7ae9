//! What is wrong with the text of a design, so that it cannot be judged.

use super::Span;

/// One error of a design's text. A design with a problem is invalid: it is neither checked nor proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What is wrong, a sentence without its end.
    pub what: String,
    /// Why it matters, a sentence without its end.
    pub why: String,
    /// What to do, a sentence without its end.
    pub help: String,
}

impl Problem {
    /// Returns the problem.
    pub fn new(
        span: Span,
        what: impl Into<String>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            span,
            what: what.into(),
            why: why.into(),
            help: help.into(),
        }
    }
}
