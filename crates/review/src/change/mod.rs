//! Which trees are compared.

mod arguments;
mod branch;
mod pull;
mod renames;
mod worktree;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use arguments::{PullRequest, Request, What};

use crate::error::{Error, nearest};
use crate::git::raw::renames_cut_off;
use crate::git::{Commit, Mode, Oid, PathDelta, Repository};
use crate::tree::{Kept, TreeAt};
use arguments::Paths;

/// A tree that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeRef {
    /// The tree without files: what an unborn branch and a root commit start from.
    Empty,
    /// A commit.
    Commit(Commit),
    /// The index.
    Staged,
    /// The files on disk that are not ignored.
    Worktree,
}

impl TreeRef {
    /// Returns how witnesses name it: a short commit, `staged`, `worktree`.
    pub fn short(&self) -> String {
        match self {
            Self::Empty => "nothing".into(),
            Self::Commit(commit) => commit.id.short(),
            Self::Staged => "staged".into(),
            Self::Worktree => "worktree".into(),
        }
    }

    /// Returns the whole id of the commit, `staged`, `worktree`, or the id of the empty tree.
    pub fn full(&self, repository: &Repository) -> String {
        match self {
            Self::Empty => repository.format().empty_tree().to_string(),
            Self::Commit(commit) => commit.id.to_string(),
            _ => self.short(),
        }
    }

    fn tree(&self, repository: &Repository) -> Oid {
        match self {
            Self::Commit(commit) => commit.tree,
            _ => repository.format().empty_tree(),
        }
    }
}

/// What is reviewed: two trees and how they differ.
#[derive(Debug, Clone)]
pub struct Change {
    /// The tree that the change starts from.
    pub base: TreeRef,
    /// The tree that the change ends in.
    pub head: TreeRef,
    /// The versions that run now, as `--deployed` names them; empty: base runs.
    pub deployed: Vec<(String, TreeRef)>,
    /// The newest release tag that base holds, with its name. Pre-releases do not count.
    pub release: Option<(String, TreeRef)>,
    /// The paths that differ, sorted, limited to those that were named.
    pub deltas: Vec<PathDelta>,
    /// Named files that do not differ. They stand among `deltas` as added, and the base tree is without them.
    pub named: BTreeSet<Arc<str>>,
    /// One line for people: what is reviewed and how it was chosen, or that there is nothing to review.
    pub described: String,
    /// What people should know besides, each a sentence without its end.
    pub notes: Vec<String>,
    /// All paths that differ.
    all: Vec<PathDelta>,
    /// How HEAD and the index differ, where head is staged or worktree.
    staged: Vec<PathDelta>,
    /// Paths whose content at head is only on disk.
    on_disk: BTreeSet<Arc<str>>,
    /// Paths that a merge has left in several versions.
    unmerged: BTreeSet<Arc<str>>,
    /// What the description says before and after the number of files.
    words: (String, String),
    /// What the description says where nothing differs.
    nothing: String,
}

/// The files at each end of a change.
#[derive(Debug, Clone)]
pub struct Trees {
    /// The files at base.
    pub base: TreeAt,
    /// The files at head.
    pub head: TreeAt,
    /// The files of each deployed version.
    pub deployed: Vec<TreeAt>,
}

/// Finds out what to review.
pub fn select(repository: &Repository, request: &Request) -> Result<Change, Error> {
    let paths = Paths::new(repository, &request.paths)?;
    let mut change = match &request.what {
        What::Here => here(repository, request, &paths)?,
        What::Staged => worktree::staged(repository)?,
        What::Worktree => worktree::worktree(repository)?,
        What::Range { from, to, literal } => {
            branch::range(repository, request, from, to, *literal)?
        }
        What::Commit(revision) => branch::commit(repository, revision)?,
        What::Pull(pull) => pull::select(repository, request, pull)?,
    };
    change.limit(repository, &paths)?;
    for name in &request.deployed {
        let commit = repository.resolve(name)?;
        change
            .deployed
            .push((name.clone(), TreeRef::Commit(commit)));
    }
    if let TreeRef::Commit(base) = &change.base {
        change.release = release(repository, base)?;
    }
    change.describe();
    Ok(change)
}

/// Takes what is staged, else the working tree, else the branch.
fn here(repository: &Repository, request: &Request, paths: &Paths) -> Result<Change, Error> {
    if repository.top().is_some() {
        let staged = worktree::staged(repository)?;
        if staged.touches(paths) {
            return Ok(beside_commits(staged, repository, request, paths));
        }
        let worktree = worktree::worktree(repository)?;
        if worktree.touches(paths) || matches!(worktree.base, TreeRef::Empty) {
            return Ok(beside_commits(worktree, repository, request, paths));
        }
    }
    let branch = branch::branch(repository, request)?;
    // A named file that nothing changes is reviewed as it lies on disk.
    if !paths.is_empty() && !branch.touches(paths) && repository.top().is_some() {
        return worktree::worktree(repository);
    }
    Ok(branch)
}

/// Says which commits of the branch a review of what is not committed leaves out: a stray file must not hide them.
fn beside_commits(
    mut change: Change,
    repository: &Repository,
    request: &Request,
    paths: &Paths,
) -> Change {
    // What cannot be told here, such as in a shallow clone, is no reason to review nothing.
    let Ok(Some((commits, range))) = branch::commits(repository, request) else {
        return change;
    };
    let (count, them) = match commits {
        0 => return change,
        1 => ("1 commit".to_owned(), "it"),
        more => (format!("{more} commits"), "them"),
    };
    let limited = if paths.is_empty() { "" } else { " PATH…" };
    change.notes.push(format!(
        "not included: {count} of this branch; coexist review {range}{limited} reviews {them}"
    ));
    change
}

impl Change {
    /// Returns a change between two refs with all that differs.
    fn new(base: TreeRef, head: TreeRef, deltas: Vec<PathDelta>) -> Self {
        let mut notes = Vec::new();
        if renames_cut_off(&deltas) {
            notes.push("renames were not looked for: too many files come and go".to_owned());
        }
        Self {
            base,
            head,
            deployed: Vec::new(),
            release: None,
            deltas: deltas.clone(),
            named: BTreeSet::new(),
            described: String::new(),
            notes,
            all: deltas,
            staged: Vec::new(),
            on_disk: BTreeSet::new(),
            unmerged: BTreeSet::new(),
            words: Default::default(),
            nothing: String::new(),
        }
    }

    /// Returns the change from one commit (or nothing) to another.
    fn of_commits(repository: &Repository, base: TreeRef, head: Commit) -> Result<Self, Error> {
        let tree = base.tree(repository);
        if tree != repository.format().empty_tree() && !repository.index_is(head.tree) {
            repository.list_ahead(tree);
        }
        let deltas = repository.diff(tree, head.tree)?;
        Ok(Self::new(base, TreeRef::Commit(head), deltas))
    }

    fn said(mut self, before: impl Into<String>, after: impl Into<String>) -> Self {
        self.words = (before.into(), after.into());
        self
    }

    fn said_if_nothing(mut self, nothing: impl Into<String>) -> Self {
        self.nothing = nothing.into();
        self
    }

    fn touches(&self, paths: &Paths) -> bool {
        self.all.iter().any(|delta| paths.hold(delta))
    }

    /// Keeps the deltas of named paths, and adds named files that do not differ.
    fn limit(&mut self, repository: &Repository, paths: &Paths) -> Result<(), Error> {
        if paths.is_empty() {
            return Ok(());
        }
        self.deltas.retain(|delta| paths.hold(delta));
        let untouched: Vec<String> = paths.without(&self.deltas).cloned().collect();
        if untouched.is_empty() {
            return Ok(());
        }
        let head = self.trees(repository)?.head;
        for path in untouched {
            if let Some(entry) = head.entry(&path) {
                let now = Some((entry.mode, entry.oid));
                self.deltas
                    .extend(PathDelta::of(entry.name.clone(), None, now));
                self.named.insert(entry.path().clone());
            } else if path.is_empty() || below(&head, &path) {
                self.notes.push(format!("nothing differs below {path}"));
            } else {
                let nearest = nearest(&path, head.paths().map(|path| &**path));
                return Err(Error::MissingPath { path, nearest });
            }
        }
        self.deltas.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(())
    }

    fn describe(&mut self) {
        let (before, after) = &self.words;
        let count = match self.deltas.len() {
            0 => {
                self.described = self.nothing.clone();
                return;
            }
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        };
        self.described = match self.named.len() {
            named if named == self.deltas.len() => {
                let at = match &self.head {
                    TreeRef::Worktree => "the working tree".into(),
                    other => other.short(),
                };
                format!("Reviewing {count} of {at} as if this change added them")
            }
            _ => format!("Reviewing {before} ({count}) {after}"),
        };
        if !self.unmerged.is_empty() {
            let paths: Vec<&str> = self.unmerged.iter().take(5).map(|path| &**path).collect();
            self.notes.push(format!(
                "a merge is not finished: {} unresolved ({})",
                self.unmerged.len(),
                paths.join(", ")
            ));
        }
    }

    /// Lists the files at each end.
    pub fn trees(&self, repository: &Repository) -> Result<Trees, Error> {
        let name = self.base.short();
        let (base, head) = match self.head {
            TreeRef::Staged | TreeRef::Worktree => {
                // The index is at hand, and a tree object would have to be listed by git.
                let index = TreeAt::of_index(repository)?;
                let base = match self.base {
                    TreeRef::Empty => {
                        TreeAt::of_tree(repository, &name, self.base.tree(repository))?
                    }
                    _ => index.before(&name, &self.staged),
                };
                let head = match self.head {
                    TreeRef::Staged => index,
                    _ => base.after("worktree", &self.all, &self.on_disk, &self.unmerged),
                };
                (base, head)
            }
            TreeRef::Commit(ref commit) if repository.index_is(commit.tree) => {
                let head = TreeAt::of_index(repository)?.named(&self.head.short());
                (head.before(&name, &self.all), head)
            }
            _ => {
                let base = TreeAt::of_tree(repository, &name, self.base.tree(repository))?;
                let head = base.after(
                    &self.head.short(),
                    &self.all,
                    &BTreeSet::new(),
                    &BTreeSet::new(),
                );
                (base, head)
            }
        };
        let base = match self.named.is_empty() {
            true => base,
            false => base.without(&self.named),
        };
        let deployed = self
            .deployed
            .iter()
            .map(|(name, at)| self.near(repository, &base, name, at))
            .collect::<Result<_, _>>()?;
        Ok(Trees {
            base,
            head,
            deployed,
        })
    }

    /// Lists the files of another commit, such as the release: what it shares with base is not listed again.
    pub fn near(
        &self,
        repository: &Repository,
        base: &TreeAt,
        name: &str,
        at: &TreeRef,
    ) -> Result<TreeAt, Error> {
        let tree = at.tree(repository);
        if !self.named.is_empty() || matches!(self.base, TreeRef::Empty) {
            return TreeAt::of_tree(repository, name, tree);
        }
        let deltas = repository.diff(self.base.tree(repository), tree)?;
        Ok(base.after(name, &deltas, &BTreeSet::new(), &BTreeSet::new()))
    }

    /// Returns what cannot be reviewed whatever its content: paths with the reason.
    pub fn not_reviewed(&self) -> BTreeMap<Arc<str>, String> {
        let mut reasons = BTreeMap::new();
        for delta in &self.deltas {
            let commit = |oid: Option<Oid>| oid.map_or("nothing".into(), Oid::short);
            let is = |mode| delta.new_mode == Some(mode) || delta.old_mode == Some(mode);
            if is(Mode::Submodule) {
                let (old, new) = (commit(delta.old_oid), commit(delta.new_oid));
                reasons.insert(delta.path.clone(), format!("submodule moved {old}..{new}"));
            } else if is(Mode::Symlink) {
                reasons.insert(delta.path.clone(), "symbolic link, not followed".into());
            }
        }
        for path in &self.unmerged {
            reasons.insert(path.clone(), "unresolved merge conflict".into());
        }
        reasons
    }
}

fn below(tree: &TreeAt, folder: &str) -> bool {
    let folder = format!("{folder}/");
    let at = tree
        .entries()
        .partition_point(|entry| **entry.path() < *folder);
    tree.entries()
        .get(at)
        .is_some_and(|entry| entry.path().starts_with(&folder) && entry.kept != Kept::Unmerged)
}

/// Returns the newest tag that looks like a released version and that the commit holds.
fn release(repository: &Repository, base: &Commit) -> Result<Option<(String, TreeRef)>, Error> {
    if !repository.may_have_tags() {
        return Ok(None);
    }
    let mut arguments = vec!["describe", "--tags", "--abbrev=0", "--match=*[0-9].[0-9]*"];
    // What is tried out on a few machines is not what every machine runs.
    let trials = [
        "rc", "RC", "alpha", "beta", "pre", "dev", "snapshot", "nightly",
    ];
    let excluded: Vec<String> = trials
        .iter()
        .flat_map(|word| {
            [
                format!("--exclude=*[-.]{word}*"),
                format!("--exclude=*[0-9]{word}[0-9]*"),
            ]
        })
        .collect();
    arguments.extend(excluded.iter().map(String::as_str));
    // `3.21.0-a.0`, `1.2b3`: the same in one letter.
    arguments.extend(["--exclude=*[-.][ab].[0-9]*", "--exclude=*[0-9][ab][0-9]*"]);
    // `@acme/checkout@0.2.0` and `sdk/v1.4.0` release one package: what the other processes of the repository run is not said there.
    arguments.extend(["--exclude=*@*", "--exclude=*/*"]);
    let id = base.id.to_string();
    arguments.push(&id);
    let output = repository.git().output(&arguments)?;
    if !output.status.success() {
        return Ok(None);
    }
    let name = String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned();
    let commit = repository.find(&format!("refs/tags/{name}"))?;
    Ok(commit.map(|commit| (name, TreeRef::Commit(commit))))
}
