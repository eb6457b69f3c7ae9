//! Changes that are not committed: the index and the files on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::{Change, TreeRef, renames};
use crate::error::Error;
use crate::git::attributes::{Attributes, State};
use crate::git::disk::{self, Disk, OnDisk};
use crate::git::index::{Index, IndexEntry};
use crate::git::{Mode, Oid, PathDelta, PathName, Repository};
use crate::search::in_parallel;

/// Untracked files beyond this are not hashed: they are no renamed source.
const HASH_LIMIT: u64 = 4 << 20;

/// What became of a file of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Now {
    /// It is what was added.
    Same,
    /// It is not there.
    Gone,
    /// It is something else. The object is None where it could not be read.
    Other(Mode, Option<Oid>),
}

/// The index against HEAD.
pub(super) fn staged(repository: &Repository) -> Result<Change, Error> {
    if repository.top().is_none() {
        return Err(Error::Bare {
            what: "staged changes",
        });
    }
    let (base, against) = head(repository)?;
    let deltas = match &base {
        TreeRef::Commit(commit) => repository.diff_index(commit.tree, true)?,
        _ => all_added(repository.index()?),
    };
    let mut change = Change::new(base, TreeRef::Staged, deltas.clone())
        .said("staged changes", against)
        .said_if_nothing(
            "No changes: nothing is staged. Try: git add, or coexist review --worktree",
        );
    change.staged = deltas;
    change.unmerged = unmerged(repository.index()?);
    Ok(change)
}

/// The files on disk against HEAD.
pub(super) fn worktree(repository: &Repository) -> Result<Change, Error> {
    let Some(top) = repository.top() else {
        return Err(Error::Bare {
            what: "the working tree",
        });
    };
    let (base, against) = head(repository)?;
    let (staged, scan) = std::thread::scope(|scope| {
        // Git walks the folders while we look at the files of the index.
        let untracked = scope.spawn(|| repository.untracked());
        let staged = match &base {
            TreeRef::Commit(commit) => repository.diff_index(commit.tree, false),
            _ => repository.index().map(all_added),
        };
        let scan = Scan::of(repository, top);
        let untracked = match untracked.join() {
            Ok(untracked) => untracked,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        (staged, scan.and_then(|scan| Ok((scan, untracked?))))
    });
    let staged = staged?;
    let (scan, untracked) = scan?;
    let index = repository.index()?;
    let mut change = Change::new(base, TreeRef::Worktree, Vec::new())
        .said("the working tree", against)
        .said_if_nothing("No changes: the working tree has the files of HEAD");
    change.unmerged = unmerged(index);
    let deltas = merged(
        repository,
        top,
        index,
        &staged,
        scan,
        untracked,
        &mut change,
    );
    let (deltas, cut_off) = renames::find(repository, deltas, &change.on_disk)?;
    if cut_off {
        change
            .notes
            .push("renames were not looked for by content: too many files come and go".into());
    }
    change.staged = staged;
    change.deltas.clone_from(&deltas);
    change.all = deltas;
    if matches!(change.base, TreeRef::Empty) {
        change.nothing = "No changes: the repository has no commits and no files".into();
    }
    Ok(change)
}

/// Returns what HEAD is; nothing on an unborn branch.
fn head(repository: &Repository) -> Result<(TreeRef, String), Error> {
    Ok(match repository.head()? {
        Some(commit) => {
            let against = format!("against HEAD {}", commit.id.short());
            (TreeRef::Commit(commit), against)
        }
        None => (
            TreeRef::Empty,
            "against nothing: there are no commits yet".into(),
        ),
    })
}

fn unmerged(index: &Index) -> BTreeSet<Arc<str>> {
    let left = index.entries.iter().filter(|entry| entry.stage != 0);
    left.map(|entry| entry.name.path.clone()).collect()
}

fn all_added(index: &Index) -> Vec<PathDelta> {
    index
        .entries
        .iter()
        .filter(|entry| !entry.intent_to_add && entry.stage == 0)
        .filter_map(|entry| {
            let now = (Mode::of(entry.mode)?, Some(entry.oid));
            PathDelta::of(entry.name.clone(), None, Some(now))
        })
        .collect()
}

/// Joins what is staged, what differs on disk and what is new into differences from HEAD.
fn merged(
    repository: &Repository,
    top: &Path,
    index: &Index,
    staged: &[PathDelta],
    scan: Vec<Now>,
    untracked: Vec<PathName>,
    change: &mut Change,
) -> Vec<PathDelta> {
    let mut by_path: BTreeMap<Arc<str>, PathDelta> = staged
        .iter()
        .map(|delta| (delta.path.clone(), delta.clone()))
        .collect();
    for (entry, now) in index.entries.iter().zip(scan) {
        let path = &entry.name.path;
        let new = match now {
            Now::Same => continue,
            Now::Gone => None,
            Now::Other(mode, oid) => Some((mode, oid)),
        };
        let old = match by_path.get(path) {
            Some(delta) => delta.old_mode.zip(delta.old_oid),
            None if entry.intent_to_add => None,
            None => Mode::of(entry.mode).map(|mode| (mode, entry.oid)),
        };
        by_path.remove(path);
        if old.is_some_and(|(mode, oid)| new == Some((mode, Some(oid)))) {
            // Staged, and taken back on disk.
            continue;
        }
        if let Some(delta) = PathDelta::of(entry.name.clone(), old, new) {
            change.on_disk.extend(new.map(|_| path.clone()));
            by_path.insert(path.clone(), delta);
        }
    }
    let sources = by_path.values().any(|delta| delta.new_mode.is_none());
    for (name, new) in added(repository, top, &untracked, sources) {
        let old = by_path
            .get(&name.path)
            .and_then(|delta| delta.old_mode.zip(delta.old_oid));
        if let Some(delta) = PathDelta::of(name.clone(), old, Some(new)) {
            change.on_disk.insert(name.path.clone());
            by_path.insert(name.path, delta);
        }
    }
    by_path.into_values().collect()
}

/// Returns the untracked files and links. They are hashed only where one of them can be a renamed file.
fn added(
    repository: &Repository,
    top: &Path,
    untracked: &[PathName],
    hash: bool,
) -> Vec<(PathName, (Mode, Option<Oid>))> {
    in_parallel(untracked, |part| {
        let mut disk = Disk::new(top);
        let mut bytes = Vec::new();
        let mut found = Vec::new();
        for name in part {
            let path = name.below(top);
            let now = match disk.look(&path) {
                OnDisk::File(seen) => {
                    let small = hash && seen.len() <= HASH_LIMIT;
                    let read = small && disk::read(&path, HASH_LIMIT, &mut bytes).is_ok();
                    let mode = match disk::executable(&seen) {
                        Some(true) => Mode::Executable,
                        _ => Mode::File,
                    };
                    (mode, read.then(|| repository.format().hash_blob(&bytes)))
                }
                OnDisk::Link => (Mode::Symlink, None),
                OnDisk::Refused(_) => (Mode::File, None),
                OnDisk::Folder | OnDisk::Absent | OnDisk::Special => continue,
            };
            found.push((name.clone(), now));
        }
        found
    })
    .into_iter()
    .flatten()
    .collect()
}

/// Looks at every file of the index.
struct Scan<'a> {
    repository: &'a Repository,
    index: &'a Index,
    top: &'a Path,
    attributes: std::sync::OnceLock<Attributes>,
    trust_changed: bool,
    file_mode: bool,
    symlinks: bool,
}

impl<'a> Scan<'a> {
    /// Returns what became of each entry of the index, in its order.
    fn of(repository: &'a Repository, top: &'a Path) -> Result<Vec<Now>, Error> {
        let config = repository.config();
        let scan = Self {
            repository,
            index: repository.index()?,
            top,
            attributes: std::sync::OnceLock::new(),
            trust_changed: config.is("core.trustctime", true),
            file_mode: config.is("core.filemode", cfg!(unix)),
            symlinks: config.is("core.symlinks", true),
        };
        Ok(in_parallel(&scan.index.entries, |part| {
            let mut disk = Disk::new(top);
            let mut bytes = Vec::new();
            part.iter()
                .map(|entry| scan.entry(entry, &mut disk, &mut bytes))
                .collect::<Vec<_>>()
        })
        .into_iter()
        .flatten()
        .collect())
    }

    fn entry(&self, entry: &IndexEntry, disk: &mut Disk<'_>, bytes: &mut Vec<u8>) -> Now {
        let Some(mode) = Mode::of(entry.mode) else {
            return Now::Same;
        };
        // What a submodule has checked out is its own matter; an unfinished merge is reported as such.
        if entry.unwatched || entry.stage != 0 || mode == Mode::Submodule {
            return Now::Same;
        }
        let path = entry.name.below(self.top);
        match disk.look(&path) {
            OnDisk::File(seen) if mode == Mode::Symlink && !self.symlinks => {
                match self.unchanged(entry, &path, &seen, bytes) {
                    Ok(()) => Now::Same,
                    Err(oid) => Now::Other(mode, oid),
                }
            }
            OnDisk::File(seen) if mode == Mode::Symlink => Now::Other(
                self.mode(mode, &seen),
                self.unchanged(entry, &path, &seen, bytes).err().flatten(),
            ),
            OnDisk::File(seen) => {
                let now = self.mode(mode, &seen);
                match self.unchanged(entry, &path, &seen, bytes) {
                    Ok(()) if entry.intent_to_add => Now::Other(now, Some(entry.oid)),
                    Ok(()) if now == mode => Now::Same,
                    Ok(()) => Now::Other(now, Some(entry.oid)),
                    Err(oid) => Now::Other(now, oid),
                }
            }
            OnDisk::Link => {
                let target = disk::link_target(&path).ok();
                let oid = target.map(|target| self.repository.format().hash_blob(&target));
                match mode == Mode::Symlink && oid == Some(entry.oid) {
                    true => Now::Same,
                    false => Now::Other(Mode::Symlink, oid),
                }
            }
            OnDisk::Refused(_) => Now::Other(mode, None),
            OnDisk::Folder | OnDisk::Absent | OnDisk::Special => Now::Gone,
        }
    }

    fn mode(&self, indexed: Mode, seen: &std::fs::Metadata) -> Mode {
        match disk::executable(seen).filter(|_| self.file_mode) {
            Some(true) => Mode::Executable,
            Some(false) => Mode::File,
            None if indexed.is_file() => indexed,
            None => Mode::File,
        }
    }

    /// Returns the new object, if any could be computed, where the file is not what was added.
    fn unchanged(
        &self,
        entry: &IndexEntry,
        path: &Path,
        seen: &std::fs::Metadata,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Option<Oid>> {
        if disk::proven(entry, seen, self.index, self.trust_changed) && !entry.intent_to_add {
            return Ok(());
        }
        let format = self.repository.format();
        if seen.len() > crate::tree::SCHEMA_LIMIT {
            return self.large(entry, path, seen);
        }
        disk::read(path, crate::tree::SCHEMA_LIMIT, bytes).map_err(|_| None)?;
        let oid = format.hash_blob(bytes);
        if oid == entry.oid {
            return Ok(());
        }
        let normalised = self.normalised(&entry.name.path, bytes);
        let clean = normalised.as_ref().map(|bytes| format.hash_blob(bytes));
        let pointer = || format.hash_blob(&disk::lfs_pointer(bytes));
        if clean == Some(entry.oid) || (self.in_lfs(&entry.name.path) && pointer() == entry.oid) {
            return Ok(());
        }
        Err(Some(clean.unwrap_or(oid)))
    }

    /// Hashes a large file piece by piece.
    fn large(
        &self,
        entry: &IndexEntry,
        path: &Path,
        seen: &std::fs::Metadata,
    ) -> Result<(), Option<Oid>> {
        let in_lfs = self.in_lfs(&entry.name.path);
        let same_size = entry
            .stat
            .is_none_or(|then| u64::from(then.size) == seen.len() & 0xffff_ffff);
        // Git writes a size of zero where it saw that the file may still change within the second.
        let racy = entry.stat.is_some_and(|then| then.size == 0);
        if !same_size && !racy && !in_lfs {
            return Err(None);
        }
        let oid = match in_lfs {
            true => disk::hash_large_pointer(path, self.repository.format()),
            false => disk::hash_large(path, seen.len(), self.repository.format()),
        };
        match oid {
            Ok(oid) if oid == entry.oid => Ok(()),
            _ => Err(None),
        }
    }

    /// Returns the content that `git add` would store, where only line ends differ.
    fn normalised(&self, path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let normalises = match self.attributes().get(path, "text") {
            Some(State::Unset) => false,
            Some(_) => true,
            None => {
                let automatic = self.repository.config().get("core.autocrlf");
                self.attributes().get(path, "eol").is_some()
                    || automatic.is_some_and(|value| value != "false")
            }
        };
        disk::normalised(bytes).filter(|_| normalises)
    }

    fn in_lfs(&self, path: &str) -> bool {
        matches!(self.attributes().get(path, "filter"), Some(State::Value(name)) if &*name == "lfs")
    }

    fn attributes(&self) -> &Attributes {
        self.attributes
            .get_or_init(|| crate::search::attributes_on_disk(self.repository).unwrap_or_default())
    }
}
