//! Which files of a tree hold a word: the cheap question before the dear one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::error::Error;
use crate::git::attributes::Attributes;
use crate::git::batch::{Object, Passed, pass};
use crate::git::disk::{Disk, OnDisk, proven, read};
use crate::git::index::{Index, IndexEntry};
use crate::git::{Oid, Repository};
use crate::source::has_capital;
use crate::spoken::is_code;
use crate::tree::{Content, Entry, Kept, SCHEMA_LIMIT, TreeAt, limit};

/// From so many files on, objects are looked through as they pass by, and not kept.
const PASS_FROM: usize = 1_000;

/// Which entries hold one of the words of a search, as far as it was looked.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Those that were listed, by their number: nearly all, and every search asks for all of them.
    listed: Vec<Option<bool>>,
    /// The others, by their blob.
    others: BTreeMap<Oid, bool>,
}

impl Known {
    fn get(&self, entry: &Entry) -> Option<bool> {
        match entry.listed {
            Some(number) => self.listed.get(number.get() as usize).copied().flatten(),
            None => self.others.get(&entry.oid?).copied(),
        }
    }

    fn insert(&mut self, entry: &Entry, held: bool) {
        if let Some(number) = entry.listed {
            let at = number.get() as usize;
            if self.listed.len() <= at {
                self.listed.resize(at + 1, None);
            }
            self.listed[at] = Some(held);
        } else if let Some(oid) = entry.oid {
            self.others.insert(oid, held);
        }
    }
}

/// Searches trees of one repository for the same words. A blob is searched once, in however many trees it is.
pub struct Search<'a> {
    repository: &'a Repository,
    words: &'a [String],
    claims: &'a (dyn Fn(&str) -> bool + Sync),
    known: Known,
    /// What searches for more words found.
    wider: Vec<&'a Known>,
    unread: BTreeMap<Arc<str>, String>,
}

impl<'a> Search<'a> {
    /// Prepares a search for words, as substrings, in files that `claims` accepts. A word with a capital letter is meant in that
    /// case, any other whatever the case of ASCII letters.
    pub fn new(
        repository: &'a Repository,
        words: &'a [String],
        claims: &'a (dyn Fn(&str) -> bool + Sync),
    ) -> Self {
        Self {
            repository,
            words,
            claims,
            known: Known::default(),
            wider: Vec::new(),
            unread: BTreeMap::new(),
        }
    }

    /// Takes over what another search for the same words found, and what searches for these words and more did.
    pub(crate) fn knowing(self, known: Known, wider: Vec<&'a Known>) -> Self {
        Self {
            known,
            wider,
            ..self
        }
    }

    /// Returns which entries hold one of the words, as far as it was looked.
    pub(crate) fn into_known(self) -> Known {
        self.known
    }

    /// Returns whether an entry holds one of the words; None where nobody looked.
    fn held(&self, entry: &Entry) -> Option<bool> {
        let none_of_more = || self.wider.iter().any(|more| more.get(entry) == Some(false));
        let known = self.known.get(entry);
        known.or_else(|| none_of_more().then_some(false))
    }

    /// Returns the paths of the tree whose files hold one of the words, sorted.
    pub fn find(&mut self, tree: &TreeAt) -> Result<Vec<Arc<str>>, Error> {
        if self.words.iter().all(String::is_empty) {
            return Ok(Vec::new());
        }
        let files = tree
            .entries()
            .iter()
            .filter(|entry| entry.mode.is_file() && entry.kept != Kept::Unmerged);
        let mut found: BTreeSet<Arc<str>> = BTreeSet::new();
        let mut open: Vec<&Entry> = Vec::new();
        for entry in files {
            // Most entries hold nothing, and to know that is cheaper than to look at the path.
            match self.held(entry) {
                Some(false) => {}
                _ if !(self.claims)(entry.path()) => {}
                Some(true) => {
                    found.insert(entry.path().clone());
                }
                None => open.push(entry),
            }
        }
        // To prepare a search for many words can cost more than to look through a few files.
        if !open.is_empty() {
            let words = Words::of(self.words)?;
            let open = self.on_disk(&open, &words, &mut found)?;
            self.in_objects(tree, &open, &words, &mut found)?;
        }
        Ok(found.into_iter().collect())
    }

    /// Returns the files that could not be searched so far, with the reason: what they hold is not known.
    pub fn unread(&self) -> &BTreeMap<Arc<str>, String> {
        &self.unread
    }

    /// Searches the files that are only on disk, and those of which the index proves that they are what the tree has. Returns the
    /// others.
    fn on_disk<'e>(
        &mut self,
        entries: &[&'e Entry],
        words: &Words,
        found: &mut BTreeSet<Arc<str>>,
    ) -> Result<Vec<&'e Entry>, Error> {
        // A damaged index proves nothing, and the objects are all there without it.
        let (Some(top), Ok(index)) = (self.repository.top(), self.repository.index()) else {
            return Ok(entries.to_vec());
        };
        let look = Look {
            repository: self.repository,
            index,
            converting: conversions(self.repository)?,
            trust_changed: self.repository.config().is("core.trustctime", true),
            words,
            top,
        };
        let held = in_parallel(entries, |part| look.at_all(part));
        let mut open = Vec::new();
        for (entry, held) in entries.iter().zip(held.into_iter().flatten()) {
            let Some(held) = held else {
                open.push(*entry);
                continue;
            };
            self.known.insert(entry, held);
            if held {
                found.insert(entry.path().clone());
            }
        }
        Ok(open)
    }

    fn in_objects(
        &mut self,
        tree: &TreeAt,
        open: &[&Entry],
        words: &Words,
        found: &mut BTreeSet<Arc<str>>,
    ) -> Result<(), Error> {
        let mut open = open.to_vec();
        if open.len() >= PASS_FROM {
            self.pass(&open, words)?;
            open.retain(|entry| {
                let held = self.known.get(entry);
                if held == Some(true) {
                    found.insert(entry.path().clone());
                }
                held.is_none()
            });
        }
        // Rounds keep the memory small.
        for part in open.chunks(500) {
            let paths: Vec<&str> = part.iter().map(|entry| &**entry.path()).collect();
            let contents = tree.read_many(self.repository, &paths)?;
            for entry in part {
                let content = contents.get(entry.path());
                let held = match content {
                    Some(Content::Text(text) | Content::Replaced(text)) => {
                        Some(words.are_in(text.as_bytes()))
                    }
                    Some(Content::TooLarge(_) | Content::Unreadable(_)) | None
                        if !is_code(entry.path()) =>
                    {
                        None
                    }
                    _ => self.is_in_bytes(entry, words)?,
                };
                let Some(held) = held else {
                    let why = content.and_then(Content::remark).unwrap_or_default();
                    self.unread.insert(entry.path().clone(), why);
                    continue;
                };
                self.known.insert(entry, held);
                if held {
                    found.insert(entry.path().clone());
                }
            }
        }
        Ok(())
    }

    /// Returns whether code that is no text, or too large to be read as one, holds a word all the same; None where it cannot be
    /// looked at.
    fn is_in_bytes(&self, entry: &Entry, words: &Words) -> Result<Option<bool>, Error> {
        if !is_code(entry.path()) {
            return Ok(Some(false));
        }
        let Some(oid) = entry.oid.filter(|_| entry.kept == Kept::Object) else {
            return Ok(None);
        };
        let name = [oid.to_string()];
        let header = self.repository.headers(&name)?.into_iter().next();
        match header {
            Some(Object::Found { size, .. }) if size <= SCHEMA_LIMIT => {}
            _ => return Ok(None),
        }
        Ok(match self.repository.contents(&name)?.into_iter().next() {
            Some(Object::Found { content, .. }) => Some(words.are_in_file(&content)),
            _ => None,
        })
    }

    /// Looks through many blobs as they pass by, on all cores. What cannot be looked at stays unknown.
    fn pass<'e>(&mut self, open: &[&'e Entry], words: &Words) -> Result<(), Error> {
        // Blobs are asked for in the order of paths: neighbours are deltas of each other.
        let asked: Vec<(&Entry, (Oid, u64))> = open
            .iter()
            .filter(|entry| entry.kept == Kept::Object)
            .filter_map(|entry| Some((*entry, (entry.oid?, limit(entry.path())))))
            .collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let git = self.repository.git();
        let look = |part: &[(&'e Entry, (Oid, u64))]| {
            let mut seen = Vec::with_capacity(part.len());
            let objects: Vec<(Oid, u64)> = part.iter().map(|(_, object)| *object).collect();
            pass(git, &objects, |at, passed| {
                if let Passed::Blob(bytes) = passed {
                    seen.push((part[at].0, words.are_in_file(bytes)));
                }
            })?;
            Ok(seen)
        };
        let look = &look;
        let seen: Vec<Result<Vec<(&Entry, bool)>, Error>> = std::thread::scope(|scope| {
            let parts = asked.chunks(asked.len().div_ceil(cores).max(1));
            let workers: Vec<_> = parts.map(|part| scope.spawn(move || look(part))).collect();
            workers
                .into_iter()
                .map(|worker| match worker.join() {
                    Ok(seen) => seen,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        });
        for seen in seen {
            for (entry, held) in seen? {
                self.known.insert(entry, held);
            }
        }
        Ok(())
    }
}

/// The words of a search, ready to be looked for.
#[derive(Debug)]
struct Words {
    /// All of them, in every case: a text is walked through once.
    automaton: AhoCorasick,
    /// Those that are meant in their own case.
    own_case: Vec<Option<Box<[u8]>>>,
}

impl Words {
    fn of(words: &[String]) -> Result<Self, Error> {
        let words: BTreeSet<&String> = words.iter().filter(|word| !word.is_empty()).collect();
        let length: usize = words.iter().map(|word| word.len()).sum();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind((length < 4_000).then_some(AhoCorasickKind::DFA))
            .build(&words)
            .map_err(|why| Error::Git {
                what: "search for so many words".into(),
                why: why.to_string(),
            })?;
        let own_case = words
            .iter()
            .map(|word| has_capital(word).then(|| word.as_bytes().into()));
        Ok(Self {
            own_case: own_case.collect(),
            automaton,
        })
    }

    /// Returns whether a text holds one of them.
    fn are_in(&self, text: &[u8]) -> bool {
        let is_meant = |found: aho_corasick::Match| {
            let own = self.own_case.get(found.pattern().as_usize());
            let own = own.and_then(Option::as_deref);
            own.is_none_or(|word| text[found.range()] == *word)
        };
        match self.automaton.find(text) {
            None => false,
            Some(first) => {
                is_meant(first) || self.automaton.find_overlapping_iter(text).any(is_meant)
            }
        }
    }

    /// Returns whether the bytes of a file hold one of them, whatever its encoding.
    fn are_in_file(&self, bytes: &[u8]) -> bool {
        match bytes {
            // UTF-16 hides the words from a search by bytes.
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => match crate::decode::decode(bytes) {
                crate::decode::Decoded::Text(text) | crate::decode::Decoded::Replaced(text) => {
                    self.are_in(text.as_bytes())
                }
                _ => false,
            },
            _ => self.are_in(bytes),
        }
    }
}

/// What a search on disk needs to know.
struct Look<'a> {
    repository: &'a Repository,
    index: &'a Index,
    converting: &'a Attributes,
    trust_changed: bool,
    words: &'a Words,
    top: &'a Path,
}

impl Look<'_> {
    fn at_all(&self, entries: &[&Entry]) -> Vec<Option<bool>> {
        let mut disk = Disk::new(self.top);
        let mut bytes = Vec::new();
        let mut indexed = self.index.entries_of(entries.iter().map(|e| &**e.path()));
        entries
            .iter()
            .map(|entry| self.at(entry, indexed.next().flatten(), &mut disk, &mut bytes))
            .collect()
    }

    /// Returns whether the file holds a word; None where what is on disk is not known to be what the tree has.
    fn at(
        &self,
        entry: &Entry,
        indexed: Option<&IndexEntry>,
        disk: &mut Disk<'_>,
        bytes: &mut Vec<u8>,
    ) -> Option<bool> {
        let indexed = match entry.kept {
            Kept::Disk => None,
            _ => Some(indexed.filter(|indexed| Some(indexed.oid) == entry.oid)?),
        };
        let path = entry.name.below(self.top);
        let OnDisk::File(seen) = disk.look(&path) else {
            return None;
        };
        if seen.len() > limit(entry.path()) {
            return None;
        }
        let certain = indexed.is_none_or(|indexed| {
            proven(indexed, &seen, self.index, self.trust_changed)
                && !self.converting.converts(entry.path())
        });
        // As many bytes as it had when it was looked at: to see that there are no more would cost as much as to read them.
        read(&path, seen.len(), bytes).ok()?;
        let certain = certain || entry.oid == Some(self.repository.format().hash_blob(bytes));
        certain.then(|| self.words.are_in_file(bytes))
    }
}

/// Returns the attributes that make a file on disk differ from its blob in more than line ends.
fn conversions(repository: &Repository) -> Result<&Attributes, Error> {
    if let Some(known) = repository.conversions.get() {
        return Ok(known);
    }
    let attributes = attributes_on_disk(repository)?;
    let relevant = ["filter", "ident", "working-tree-encoding"];
    Ok(repository
        .conversions
        .get_or_init(|| match attributes.never_mentions(&relevant) {
            true => Attributes::default(),
            false => attributes,
        }))
}

/// Returns the attributes of the working tree: they were in force when its files were written.
pub(crate) fn attributes_on_disk(repository: &Repository) -> Result<Attributes, Error> {
    let mut attributes = Attributes::default();
    let Some(top) = repository.top() else {
        return Ok(attributes);
    };
    let mut add = |path: &Path, folder: &str| {
        let mut bytes = Vec::new();
        if read(path, 1 << 20, &mut bytes).is_ok() {
            attributes.add(folder, &String::from_utf8_lossy(&bytes));
        }
    };
    if let Some(file) = repository.config().get("core.attributesfile") {
        let file = top.join(file);
        // A pipe would never end.
        if file.is_file() {
            add(&file, "");
        }
    }
    let mut files: Vec<_> = repository
        .index()?
        .entries
        .iter()
        .map(|entry| &entry.name)
        .filter(|name| name.path.rsplit('/').next() == Some(".gitattributes"))
        .take(1_000)
        .collect();
    files.sort_by_key(|name| (name.path.matches('/').count(), &name.path));
    let mut disk = Disk::new(top);
    for name in files {
        let path = name.below(top);
        if matches!(disk.look(&path), OnDisk::File(_)) {
            add(&path, name.path.trim_end_matches(".gitattributes"));
        }
    }
    let info = repository.common_dir().join("info/attributes");
    if info.is_file() {
        add(&info, "");
    }
    Ok(attributes)
}

/// Runs the work on parts of the items, on all cores, and returns the results in order.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores == 1 || items.len() < 64 {
        return vec![work(items)];
    }
    // Small parts: a folder of large files would keep one core busy alone.
    let size = items.len().div_ceil(cores * 16).max(16);
    let parts: Vec<&[T]> = items.chunks(size).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let run = || {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let Some(part) = parts.get(at) else {
                    return done;
                };
                done.push((at, work(part)));
            }
        };
        let workers: Vec<_> = (1..cores).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for worker in workers {
            match worker.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
