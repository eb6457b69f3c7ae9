//! What the engine is given: everything that was read at each ref.

use std::collections::BTreeMap;

use coexist_model::{
    Access, Client, Conduct, Fleet, Linked, Place, Schema, ServiceTerms, Side, Store, Surface,
    Terms,
};

/// Everything that was read at one ref.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The ref as witnesses name it: a short commit, a tag, `staged`, `worktree`.
    pub version: String,
    /// Whether it is only likely that this version runs: it is the newest release that base holds, and nobody said so.
    pub perhaps: bool,
    /// Stores, schemas and accesses, of all forms together.
    pub linked: Linked,
    /// What is seen of what designs speak of; empty where the repository has no design.
    pub conduct: Conduct,
}

impl Facts {
    /// Returns the schema of a surface that is not in a store.
    pub fn schema(&self, surface: &Surface) -> Option<&Schema> {
        self.linked.schemas.iter().find(|s| s.surface == *surface)
    }

    /// Returns the store of that set.
    pub fn store(&self, set: &str) -> Option<&Store> {
        self.linked.stores.iter().find(|s| &*s.set == set)
    }

    /// Returns the accesses to a surface.
    pub fn accesses<'a>(&'a self, surface: &'a Surface) -> impl Iterator<Item = &'a Access> {
        self.linked
            .accesses
            .iter()
            .filter(move |a| a.surface == *surface)
    }

    /// Returns the accesses that stand in a file.
    pub fn accesses_in(&self, path: &str) -> &[Access] {
        // They are sorted by their places.
        let all = &self.linked.accesses;
        let start = all.partition_point(|a| &*a.place.path < path);
        let length = all[start..].partition_point(|a| &*a.place.path == path);
        &all[start..start + length]
    }
}

/// The change as the rules see it.
#[derive(Debug, Clone)]
pub struct Case {
    /// What runs, and in which order migrations and code are rolled out.
    pub fleet: Fleet,
    /// What the designs of head say; empty where there is none.
    pub terms: Terms,
    /// Who calls from outside, as the settings say.
    pub clients: Vec<Client>,
    /// The tree that the change starts from.
    pub base: Facts,
    /// The tree that the change ends in.
    pub head: Facts,
    /// The versions that run now besides base, as `--deployed` names them.
    pub deployed: Vec<Facts>,
    /// The services that own a path, for every path that an access or a store names; empty: nobody in particular.
    pub owners: BTreeMap<String, Vec<String>>,
    /// The folder of the package that a path belongs to, for the same paths; one that is in no package is not here.
    pub packages: BTreeMap<String, String>,
    /// The migrations that this change adds or edits in a language without reader.
    pub unread: Vec<UnreadMigration>,
    /// Words in base's code that may be uses of what this change takes away.
    pub mentions: Vec<Mention>,
    /// Whether pages or apps that people use stand in the repository too: what calls an API of it may be released with it.
    pub has_pages: bool,
    /// The paths that differ, sorted: only what stands in one of them at head (or at base, if it is gone) can be changed.
    pub changed: Vec<ChangedPath>,
}

/// A word in code that may be a use which no reader resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// The surface that it may be a use of.
    pub surface: Surface,
    /// The element; None: the surface itself.
    pub element: Option<String>,
    /// Where it stands at base.
    pub place: Place,
}

/// A migration that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadMigration {
    /// The first line of its file.
    pub place: Place,
    /// Why it was not read, as a clause: "Alembic has no reader yet", "it is binary".
    pub why: String,
}

/// A path that differs between base and head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangedPath {
    /// The path at head, or at base where head has none.
    pub path: String,
    /// The path at base, where it was another.
    pub old_path: Option<String>,
    /// Whether head has it.
    pub at_head: bool,
    /// Whether base has it.
    pub at_base: bool,
    /// Whether findings may be anchored there: false for generated and vendored files.
    pub anchors: bool,
    /// Whether it holds documentation or tests only.
    pub kind: PathKind,
}

/// What a path holds, as far as its place tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathKind {
    /// Something that runs or is deployed.
    Product,
    /// Tests, fixtures, examples, benchmarks.
    Test,
    /// Documentation.
    Document,
}

impl Case {
    /// Returns the one service, by its name in the design, that owns a path; None where several do, or one that no design knows.
    pub fn designed_owner(&self, path: &str) -> Option<&ServiceTerms> {
        match self.owners.get(path).map(Vec::as_slice) {
            Some([one]) => self.terms.of(one),
            _ => None,
        }
    }

    /// Returns the first of these places that this change may be blamed for.
    pub fn changed_place<'a>(&self, places: &'a [Place]) -> Option<&'a Place> {
        let anchors = |place: &&Place| {
            let path = &*place.path;
            let mut changed = self.changed.iter();
            changed.any(|c| {
                let same = c.path == path || c.old_path.as_deref() == Some(path);
                same && c.anchors && c.kind == PathKind::Product
            })
        };
        places.iter().find(anchors)
    }

    /// Returns the facts of a side; for [`Side::Deployed`] the first deployed version.
    pub fn at(&self, side: Side) -> &Facts {
        match side {
            Side::Base => &self.base,
            Side::Head => &self.head,
            Side::Deployed => self.deployed.first().unwrap_or(&self.base),
        }
    }
}
