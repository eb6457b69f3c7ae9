//! Differences between two refs.

use std::sync::Arc;

use crate::{Element, Place, Surface};

/// One typed difference between base and head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// The surface, by its name at base; by its name at head where base has none.
    pub surface: Surface,
    /// The surface by its name at head; the same as `surface` unless it was renamed or moved.
    pub head_surface: Surface,
    /// The element, named likewise; None: the surface itself.
    pub element: Option<String>,
    /// What differs.
    pub aspect: Aspect,
    /// How it differs.
    pub action: Action,
    /// The element at base.
    pub old: Option<Element>,
    /// The element at head.
    pub new: Option<Element>,
    /// The line that makes the difference.
    pub place: Place,
    /// The ref at which `place` stands: base for something that is simply gone.
    pub side: Side,
    /// The migration that makes the difference, for a store.
    pub made_by: Option<MadeBy>,
}

/// Which pending migration makes a difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MadeBy {
    /// The store, by [`crate::Store::set`].
    pub set: Arc<str>,
    /// The migration, as an index into the pending ones of that store.
    pub pending: usize,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// Whether it exists.
    Existence,
    /// Whether a value must be there.
    Presence,
    /// Its type.
    Type,
    /// What it demands of values.
    Constraint,
    /// Which values it can have.
    Values,
    /// What stands for a missing value.
    Default,
    /// Under which name or number it is known.
    Identity,
}

impl Aspect {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Existence => "existence",
            Self::Presence => "presence",
            Self::Type => "type",
            Self::Constraint => "constraint",
            Self::Values => "values",
            Self::Default => "default",
            Self::Identity => "identity",
        }
    }
}

/// How it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Only head has it.
    Added,
    /// Only base has it.
    Removed,
    /// Head accepts all that base accepts, and more.
    Widened,
    /// Head accepts a part of what base accepts.
    Narrowed,
    /// Neither holds the other.
    Changed,
}

impl Action {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Changed => "changed",
        }
    }
}

/// The ref at which something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The tree that the change starts from.
    Base,
    /// A version that runs now and is not base.
    Deployed,
    /// The tree that the change ends in.
    Head,
}

impl Side {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Deployed => "deployed",
            Self::Head => "head",
        }
    }
}
