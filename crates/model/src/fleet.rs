//! What runs: services, and the order in which migrations and code are rolled out.

use crate::Place;

/// A process that is deployed on its own, node by node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Globs of the paths it links, relative to the repository.
    pub paths: Vec<String>,
    /// Where the repository shows that it is deployed.
    pub evidence: Vec<Place>,
}

/// Someone who calls from outside and cannot be upgraded together with the services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its name.
    pub name: String,
    /// The versions of it that are still in use, as the settings name them.
    pub supported: Vec<String>,
}

/// When migrations run, compared with the code of the same release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// All migrations run before the first new node starts.
    Before,
    /// Migrations run when no old node is left.
    After,
    /// Nothing orders them.
    Unordered,
}

impl Order {
    /// Returns the word that `coexist.toml` and reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Unordered => "unordered",
        }
    }
}

/// The order that holds, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownOrder {
    /// The order.
    pub order: Order,
    /// Whether a setting or a file of the repository says so; otherwise it is assumed.
    pub proven: bool,
    /// What says so, as half a sentence: "a Helm pre-upgrade hook runs them".
    pub because: String,
    /// Where it says so.
    pub place: Option<Place>,
}

/// All that is rolled out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    /// The services, sorted by name.
    pub services: Vec<Service>,
    /// Whether anything at all is deployed from this repository. A library has no fleet: only its wire and storage forms are judged.
    pub library: bool,
    /// When migrations run.
    pub order: KnownOrder,
}
