//! The files of one ref, and their content.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::decode::{Decoded, conflict, decode};
use crate::error::Error;
use crate::git::batch::Object;
use crate::git::disk::{Disk, OnDisk, link_target, normalised, read};
use crate::git::{Mode, Oid, PathDelta, PathName, Repository, Status};

/// Files beyond this are listed, not read.
pub const FILE_LIMIT: u64 = 2 << 20;
/// The same for migrations and schema files, of which every byte counts.
pub const SCHEMA_LIMIT: u64 = 16 << 20;
/// Bytes read of one repository, all refs together.
pub const TOTAL_LIMIT: u64 = 512 << 20;
/// Bytes of decoded text kept so that a blob of base and head is decoded once.
const KEPT_LIMIT: u64 = 48 << 20;
/// Bytes asked for in one round.
const ROUND_LIMIT: u64 = 16 << 20;
/// From so many files on, the index is read to know which of them are on disk.
const DISK_FROM: usize = 200;

/// What a path holds at a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text(Arc<str>),
    /// Text in which what is no UTF-8 was replaced.
    Replaced(Arc<str>),
    /// Not text.
    Binary,
    /// The pointer of a file that Git LFS keeps elsewhere.
    Lfs,
    /// A file of that many bytes, beyond the limit.
    TooLarge(u64),
    /// A symbolic link, which is not followed.
    Symlink(String),
    /// A commit of another repository, which is not entered.
    Submodule(Oid),
    /// Not read, and why.
    Unreadable(String),
}

impl Content {
    /// Returns the text, where it is one.
    pub fn text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) | Self::Replaced(text) => Some(text),
            _ => None,
        }
    }

    /// Returns why the file was not read, or not as it is; None for plain text.
    pub fn remark(&self) -> Option<String> {
        Some(match self {
            Self::Text(_) => return None,
            Self::Replaced(_) => "not valid UTF-8: the invalid bytes were replaced".into(),
            Self::Binary => "binary".into(),
            Self::Lfs => "kept by Git LFS".into(),
            Self::TooLarge(size) => format!("{} is beyond the limit", megabytes(*size)),
            Self::Symlink(target) => format!("symbolic link to {target}, not followed"),
            Self::Submodule(commit) => format!("submodule at {}, not entered", commit.short()),
            Self::Unreadable(why) => why.clone(),
        })
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        let content = match decode(bytes) {
            Decoded::Text(text) => Self::Text(text.into()),
            Decoded::Replaced(text) => Self::Replaced(text.into()),
            Decoded::Binary => return Self::Binary,
            Decoded::Lfs => return Self::Lfs,
        };
        match content.text().and_then(|text| conflict(text)) {
            Some(line) => Self::Unreadable(format!("holds merge conflict markers (line {line})")),
            None => content,
        }
    }
}

fn megabytes(size: u64) -> String {
    let tenths = size.saturating_mul(10) >> 20;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// Where the content of an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In the object store.
    Object,
    /// Only on disk.
    Disk,
    /// Nowhere: a merge has left several versions.
    Unmerged,
}

/// One path of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub(crate) name: PathName,
    /// What it is.
    pub mode: Mode,
    /// Its object; None for a file of the working tree that was not hashed.
    pub oid: Option<Oid>,
    pub(crate) kept: Kept,
    /// The number that it got when its tree was listed, and keeps in every tree that is made of that one: equal numbers, equal
    /// entries. None where a change brought it.
    pub(crate) listed: Option<NonZeroU32>,
}

impl Entry {
    /// Returns the path, relative to the repository, with `/`.
    pub fn path(&self) -> &Arc<str> {
        &self.name.path
    }
}

/// The files of one ref.
#[derive(Debug, Clone, Default)]
pub struct TreeAt {
    /// The ref as reports name it: a short commit, `staged`, `worktree`.
    pub name: String,
    entries: Vec<Entry>,
}

impl TreeAt {
    /// Lists a tree object.
    pub fn of_tree(repository: &Repository, name: &str, tree: Oid) -> Result<Self, Error> {
        let mut entries: Vec<Entry> = match tree == repository.format().empty_tree() {
            true => Vec::new(),
            false => repository
                .list_tree(tree)?
                .into_iter()
                .map(|(name, mode, oid)| Entry {
                    name,
                    mode,
                    oid: Some(oid),
                    kept: Kept::Object,
                    listed: None,
                })
                .collect(),
        };
        repository.blobs.number(&mut entries);
        if !entries.is_sorted_by(|a, b| a.name.path <= b.name.path) {
            entries.sort_by(|a, b| a.name.path.cmp(&b.name.path));
        }
        Ok(Self {
            name: name.to_owned(),
            entries,
        })
    }

    /// Returns the tree under another name.
    pub(crate) fn named(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self
        }
    }

    /// Lists the index. A path that a merge has left in several versions is there, and unreadable.
    pub fn of_index(repository: &Repository) -> Result<Self, Error> {
        let mut entries: Vec<Entry> = Vec::new();
        for entry in &repository.index()?.entries {
            let Some(mode) = Mode::of(entry.mode).filter(|_| !entry.intent_to_add) else {
                continue;
            };
            if entries.last().is_some_and(|last| last.name == entry.name) {
                continue;
            }
            entries.push(Entry {
                name: entry.name.clone(),
                mode,
                oid: Some(entry.oid),
                kept: match entry.stage {
                    0 => Kept::Object,
                    _ => Kept::Unmerged,
                },
                listed: None,
            });
        }
        repository.blobs.number(&mut entries);
        Ok(Self {
            name: "staged".into(),
            entries,
        })
    }

    /// Returns the tree after the changes. Those paths whose new content is only on disk are told apart by `on_disk`.
    pub(crate) fn after(
        &self,
        name: &str,
        deltas: &[PathDelta],
        on_disk: &BTreeSet<Arc<str>>,
        unmerged: &BTreeSet<Arc<str>>,
    ) -> Self {
        let mut patch = BTreeMap::new();
        for delta in deltas {
            match delta.status {
                Status::Deleted => patch.entry(delta.path.clone()).or_insert(None),
                Status::Renamed => {
                    let old = delta.old_path.as_ref().unwrap_or(&delta.path);
                    patch.entry(old.clone()).or_insert(None)
                }
                _ => &mut None,
            };
            if let Some(mode) = delta.new_mode.filter(|_| delta.status != Status::Deleted) {
                let kept = match &delta.path {
                    path if unmerged.contains(path) => Kept::Unmerged,
                    path if on_disk.contains(path) => Kept::Disk,
                    _ => Kept::Object,
                };
                let entry = Entry {
                    name: delta.name.clone(),
                    mode,
                    oid: delta.new_oid,
                    kept,
                    listed: None,
                };
                patch.insert(delta.path.clone(), Some(entry));
            }
        }
        self.patched(name, patch)
    }

    /// Returns the tree before the changes.
    pub(crate) fn before(&self, name: &str, deltas: &[PathDelta]) -> Self {
        let mut patch = BTreeMap::new();
        for delta in deltas {
            if matches!(
                delta.status,
                Status::Added | Status::Copied | Status::Renamed
            ) {
                patch.entry(delta.path.clone()).or_insert(None);
            }
            if let Some(path) = delta.base_path().filter(|_| delta.status != Status::Copied)
                && let (Some(mode), Some(oid)) = (delta.old_mode, delta.old_oid)
            {
                let entry = Entry {
                    name: delta.old_name.clone().unwrap_or_else(|| delta.name.clone()),
                    mode,
                    oid: Some(oid),
                    kept: Kept::Object,
                    listed: None,
                };
                patch.insert(path.clone(), Some(entry));
            }
        }
        self.patched(name, patch)
    }

    /// Returns the tree without some paths.
    pub(crate) fn without(&self, paths: &BTreeSet<Arc<str>>) -> Self {
        let patch = paths.iter().map(|path| (path.clone(), None)).collect();
        self.patched(&self.name, patch)
    }

    fn patched(&self, name: &str, patch: BTreeMap<Arc<str>, Option<Entry>>) -> Self {
        let mut entries = Vec::with_capacity(self.entries.len() + patch.len());
        let mut patch = patch.into_iter().peekable();
        for entry in &self.entries {
            while let Some((_, new)) = patch.next_if(|(path, _)| path < entry.path()) {
                entries.extend(new);
            }
            match patch.next_if(|(path, _)| path == entry.path()) {
                Some((_, new)) => entries.extend(new),
                None => entries.push(entry.clone()),
            }
        }
        entries.extend(patch.filter_map(|(_, new)| new));
        Self {
            name: name.to_owned(),
            entries,
        }
    }

    /// Returns the entries, sorted by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &Arc<str>> {
        self.entries.iter().map(Entry::path)
    }

    /// Returns the entry of a path.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let at = self
            .entries
            .binary_search_by(|entry| (**entry.path()).cmp(path));
        self.entries.get(at.ok()?)
    }

    /// Reads files. A path that the tree does not have is left out.
    pub fn read_many<P: AsRef<str>>(
        &self,
        repository: &Repository,
        paths: &[P],
    ) -> Result<BTreeMap<Arc<str>, Content>, Error> {
        let mut contents = BTreeMap::new();
        let mut objects: Vec<&Entry> = Vec::new();
        for entry in paths.iter().filter_map(|path| self.entry(path.as_ref())) {
            let known = match (entry.kept, entry.mode, entry.oid) {
                (Kept::Unmerged, ..) => {
                    Some(Content::Unreadable("unresolved merge conflict".into()))
                }
                (_, Mode::Submodule, oid) => Some(Content::Submodule(oid.unwrap_or(Oid::NULL))),
                (Kept::Disk, ..) => Some(from_disk(repository, entry)),
                (Kept::Object, mode, Some(oid)) if mode.is_file() => {
                    let kept = repository.blobs.get(oid);
                    kept.map(|(content, size)| of_entry(entry, &content, size))
                }
                _ => None,
            };
            match known {
                Some(content) => {
                    contents.insert(entry.path().clone(), content);
                }
                None => objects.push(entry),
            }
        }
        if objects.len() >= DISK_FROM || repository.has_read_index() {
            objects = proven_by_hash(repository, &objects, &mut contents);
        }
        from_store(repository, &objects, &mut contents)?;
        Ok(contents)
    }

    /// Reads one file; None where the tree does not have it.
    pub fn read(&self, repository: &Repository, path: &str) -> Result<Option<Content>, Error> {
        Ok(self.read_many(repository, &[path])?.into_values().next())
    }
}

/// Returns how many bytes a file of that name may have.
pub(crate) fn limit(path: &str) -> u64 {
    let schema = path.ends_with(".sql")
        || path.ends_with(".proto")
        || path.ends_with(".prisma")
        || path.ends_with("schema.rb")
        || path.split('/').any(|part| part.starts_with("migrat"));
    match schema {
        true => SCHEMA_LIMIT,
        false => FILE_LIMIT,
    }
}

/// Decoded blobs, so that one that base and head share is decoded once, and the counts of all that was listed and read.
#[derive(Debug, Default)]
pub(crate) struct Blobs {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    kept: BTreeMap<Oid, (Content, u64)>,
    kept_bytes: u64,
    read_bytes: u64,
    /// How many entries were numbered.
    numbered: u32,
}

impl Blobs {
    /// Returns the content of a blob that was read before, and its size.
    fn get(&self, oid: Oid) -> Option<(Content, u64)> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept.get(&oid).cloned()
    }

    fn keep(&self, oid: Oid, content: &Content, size: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.kept_bytes + size > KEPT_LIMIT {
            state.kept.clear();
            state.kept_bytes = 0;
        }
        if size <= KEPT_LIMIT / 4 && state.kept.insert(oid, (content.clone(), size)).is_none() {
            state.kept_bytes += size;
        }
    }

    /// Numbers the entries of a listing, other than those of any listing before.
    fn number(&self, entries: &mut [Entry]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            state.numbered = state.numbered.saturating_add(1);
            // The last number would be given twice.
            entry.listed = NonZeroU32::new(state.numbered).filter(|n| *n != NonZeroU32::MAX);
        }
    }

    /// Counts bytes that are about to be read; false where they would be too many.
    fn count(&self, size: u64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = state.read_bytes + size <= TOTAL_LIMIT;
        if fits {
            state.read_bytes += size;
        }
        fits
    }
}

fn over_total() -> Content {
    let limit = TOTAL_LIMIT >> 20;
    Content::Unreadable(format!("not read: {limit} MB were read before it"))
}

/// Reads a file of the working tree.
fn from_disk(repository: &Repository, entry: &Entry) -> Content {
    let Some(top) = repository.top() else {
        return Content::Unreadable("there is no working tree".into());
    };
    let path = entry.name.below(top);
    let size = match Disk::new(top).look(&path) {
        OnDisk::File(seen) => seen.len(),
        OnDisk::Link => {
            return match link_target(&path) {
                Ok(target) => Content::Symlink(String::from_utf8_lossy(&target).into_owned()),
                Err(why) => Content::Unreadable(why.to_string()),
            };
        }
        OnDisk::Refused(why) => return Content::Unreadable(why),
        OnDisk::Folder | OnDisk::Absent | OnDisk::Special => {
            return Content::Unreadable("is no file any more".into());
        }
    };
    if size > limit(entry.path()) {
        return Content::TooLarge(size);
    }
    if !repository.blobs.count(size) {
        return over_total();
    }
    let mut bytes = Vec::new();
    if let Err(why) = read(&path, limit(entry.path()), &mut bytes) {
        return Content::Unreadable(why.to_string());
    }
    let Some(oid) = entry.oid else {
        return Content::of(&bytes);
    };
    // The id was computed when the change was selected, with line ends as git would store them.
    let format = repository.format();
    if format.hash_blob(&bytes) == oid {
        return Content::of(&bytes);
    }
    match normalised(&bytes).filter(|bytes| format.hash_blob(bytes) == oid) {
        Some(bytes) => Content::of(&bytes),
        None => Content::Unreadable("changed while it was reviewed".into()),
    }
}

/// Reads those files from disk whose bytes have the hash of the object, and returns the others.
fn proven_by_hash<'a>(
    repository: &Repository,
    entries: &[&'a Entry],
    contents: &mut BTreeMap<Arc<str>, Content>,
) -> Vec<&'a Entry> {
    // A damaged index proves nothing, and the objects are all there without it.
    let (Some(top), Ok(index)) = (repository.top(), repository.index()) else {
        return entries.to_vec();
    };
    let known = |entry: &Entry| {
        let indexed = index.entry(entry.path());
        entry.mode.is_file() && indexed.is_some_and(|indexed| Some(indexed.oid) == entry.oid)
    };
    let found = crate::search::in_parallel(entries, |part| {
        let mut disk = Disk::new(top);
        let mut bytes = Vec::new();
        part.iter()
            .map(|entry| {
                known(entry).then(|| hashed(repository, &mut disk, top, entry, &mut bytes))?
            })
            .collect::<Vec<_>>()
    });
    let mut rest = Vec::new();
    for (entry, content) in entries.iter().zip(found.into_iter().flatten()) {
        match content {
            Some(content) => {
                contents.insert(entry.path().clone(), content);
            }
            None => rest.push(*entry),
        }
    }
    rest
}

fn hashed(
    repository: &Repository,
    disk: &mut Disk<'_>,
    top: &Path,
    entry: &Entry,
    bytes: &mut Vec<u8>,
) -> Option<Content> {
    let path = entry.name.below(top);
    let OnDisk::File(seen) = disk.look(&path) else {
        return None;
    };
    if seen.len() > limit(entry.path()) {
        return None;
    }
    read(&path, limit(entry.path()), bytes).ok()?;
    let oid = entry.oid?;
    if repository.format().hash_blob(bytes) != oid {
        return None;
    }
    if !repository.blobs.count(seen.len()) {
        return Some(over_total());
    }
    let content = Content::of(bytes);
    repository.blobs.keep(oid, &content, seen.len());
    Some(content)
}

/// Reads blobs: first their sizes, then the content of those that are small enough.
fn from_store(
    repository: &Repository,
    entries: &[&Entry],
    contents: &mut BTreeMap<Arc<str>, Content>,
) -> Result<(), Error> {
    let mut by_oid: BTreeMap<Oid, Vec<&Entry>> = BTreeMap::new();
    let mut order = Vec::new();
    for &entry in entries {
        let Some(oid) = entry.oid else {
            continue;
        };
        let sharing = by_oid.entry(oid).or_default();
        // Blobs are asked for in the order of paths: neighbours are deltas of each other.
        if sharing.is_empty() {
            order.push(oid);
        }
        sharing.push(entry);
    }
    let names: Vec<String> = order.iter().map(Oid::to_string).collect();
    let mut put = |oid: Oid, content: &Content, size: u64| {
        for entry in by_oid.get(&oid).into_iter().flatten() {
            contents.insert(entry.path().clone(), of_entry(entry, content, size));
        }
    };
    let mut round = Vec::new();
    let mut round_bytes = 0;
    for (&oid, header) in order.iter().zip(repository.headers(&names)?) {
        let size = match header {
            Object::Found { kind, size, .. } if kind == "blob" => size,
            other => {
                put(oid, &absent(&other), 0);
                continue;
            }
        };
        let sharing = by_oid.get(&oid).into_iter().flatten();
        if sharing.map(|entry| limit(entry.path())).max() < Some(size) {
            put(oid, &Content::TooLarge(size), size);
        } else if !repository.blobs.count(size) {
            put(oid, &over_total(), size);
        } else {
            round.push((oid, size));
            round_bytes += size;
        }
        if round_bytes > ROUND_LIMIT {
            read_round(repository, &std::mem::take(&mut round), &mut put)?;
            round_bytes = 0;
        }
    }
    read_round(repository, &round, &mut put)
}

fn read_round(
    repository: &Repository,
    round: &[(Oid, u64)],
    put: &mut impl FnMut(Oid, &Content, u64),
) -> Result<(), Error> {
    let names: Vec<String> = round.iter().map(|(oid, _)| oid.to_string()).collect();
    if names.is_empty() {
        return Ok(());
    }
    for (&(oid, size), object) in round.iter().zip(repository.contents(&names)?) {
        match object {
            Object::Found { content, .. } => {
                let content = Content::of(&content);
                repository.blobs.keep(oid, &content, size);
                put(oid, &content, size);
            }
            other => put(oid, &absent(&other), 0),
        }
    }
    Ok(())
}

fn absent(object: &Object) -> Content {
    Content::Unreadable(match object {
        Object::Missing => "its object is not in this clone".into(),
        Object::Broken => "its object is corrupted".into(),
        Object::Found { kind, .. } => format!("its object is a {kind}"),
        Object::Ambiguous => "its object is ambiguous".into(),
    })
}

/// Returns what a blob is under one of its paths: the limit depends on the name.
fn of_entry(entry: &Entry, content: &Content, size: u64) -> Content {
    match content.text() {
        Some(target) if entry.mode == Mode::Symlink => Content::Symlink(target.to_string()),
        Some(_) if size > limit(entry.path()) => Content::TooLarge(size),
        _ => content.clone(),
    }
}
