//! The uses of tables and columns in a query.

use std::ops::Range;

use coexist_model::{Confidence, Dialect, Manner, Mode, Surface, Why};

/// One use of a surface in a SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The table, view or type.
    pub(crate) surface: Surface,
    /// The column or enum value; None: the surface as such.
    pub(crate) element: Option<String>,
    /// What is done with it.
    pub(crate) mode: Mode,
    /// Whether the text names the element itself.
    pub(crate) manner: Manner,
    /// How sure it is.
    pub(crate) confidence: Confidence,
    /// What the confidence rests on.
    pub(crate) why: Why,
    /// The bytes of the text that name it.
    pub(crate) span: Range<usize>,
}

/// Returns the uses in a text of one or more statements.
pub(crate) fn accesses_in(_sql: &str, _dialect: Dialect) -> Vec<Found> {
    Vec::new()
}

/// Returns whether a text is worth parsing as a query.
pub(crate) fn looks_like_sql(_text: &str) -> bool {
    false
}
