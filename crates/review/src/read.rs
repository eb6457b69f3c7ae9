//! Reading: each file once to every reader that claims it, in parallel, with the result in the order of the paths.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use coexist_model::{File, Hints, NotReviewed, Reader, Reading};
use coexist_readers::READERS;

use crate::source::{Source, Text};
use crate::spoken::is_code;

/// What was read of the files of one ref.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// By path and reader.
    by_path: BTreeMap<(Arc<str>, &'static str), Arc<Reading>>,
    /// What could not be read.
    pub(crate) skipped: Vec<NotReviewed>,
    /// Whether a reading is new or differs since this was last asked.
    changed: bool,
}

impl Readings {
    /// Returns each path with a reading of it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Reading)> {
        self.by_path
            .iter()
            .map(|((path, _), reading)| (path, &**reading))
    }

    /// Returns what the readers say of a path.
    pub(crate) fn of(&self, path: &Arc<str>) -> impl Iterator<Item = &Reading> {
        self.readings_of(path).map(|(_, reading)| reading)
    }

    fn readings_of(&self, path: &Arc<str>) -> impl Iterator<Item = (&'static str, &Reading)> {
        self.by_path
            .range((path.clone(), "")..)
            .take_while(move |((p, _), _)| p == path)
            .map(|((_, reader), reading)| (*reader, &**reading))
    }

    fn insert(&mut self, key: (Arc<str>, &'static str), reading: Arc<Reading>) {
        let old = self.by_path.insert(key, reading.clone());
        self.changed |= old.is_none_or(|old| old != reading);
    }

    /// Returns whether the path was read already.
    pub(crate) fn has(&self, path: &Arc<str>) -> bool {
        self.of(path).next().is_some()
    }

    /// Returns whether a reading is new or differs since the last time that this was asked.
    pub(crate) fn changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Returns whether the path was read, and reading it with these hints would say the same.
    pub(crate) fn stands(&self, path: &Arc<str>, hints: &Hints) -> bool {
        let mut said = self.readings_of(path).peekable();
        said.peek().is_some()
            && said.all(|(name, reading)| {
                let reader = READERS.iter().find(|r| r.name() == name);
                reader.is_some_and(|r| r.stands(reading, hints))
            })
    }

    /// Keeps only what is said of migrations.
    pub(crate) fn keep_migrations(&mut self) {
        self.by_path.retain(|_, r| r.migration.is_some());
    }

    /// Applies the function to each reading of those paths.
    pub(crate) fn change(&mut self, paths: &BTreeSet<Arc<str>>, change: impl Fn(&mut Reading)) {
        for ((path, _), reading) in &mut self.by_path {
            if paths.contains(path) {
                change(Arc::make_mut(reading));
                self.changed = true;
            }
        }
    }

    /// Reads those paths that were not read yet.
    pub(crate) fn read_more(
        &mut self,
        once: &mut Once,
        source: &dyn Source,
        paths: BTreeSet<Arc<str>>,
    ) {
        let fresh: Vec<_> = paths.into_iter().filter(|p| !self.has(p)).collect();
        self.extend(once.read(source, &fresh));
    }

    fn take(&mut self, path: &Arc<str>, outcomes: &[Outcome]) {
        for (reader, outcome) in outcomes {
            match outcome {
                Ok(reading) => {
                    self.insert((path.clone(), *reader), reading.clone());
                }
                Err(why) => self.skip(path, why.clone()),
            }
        }
    }

    /// Takes over another ref's readings of migrations that this one has and that could not be read. Returns those.
    pub(crate) fn take_unreadable(&mut self, other: &Self, when: &str) -> Vec<NotReviewed> {
        let is_lost = |skipped: &&NotReviewed| {
            let path = skipped.path.as_str().into();
            let shows = |readings: &Self| readings.of(&path).any(|r| r.migration.is_some());
            !shows(self) && shows(other)
        };
        let lost: Vec<NotReviewed> = self.skipped.iter().filter(is_lost).cloned().collect();
        for skipped in &lost {
            let known = other.by_path.iter();
            for (key, reading) in known.filter(|((path, _), _)| **path == *skipped.path) {
                self.insert(key.clone(), reading.clone());
            }
        }
        let said = |skipped: NotReviewed| NotReviewed {
            why: format!("{when}{}", skipped.why),
            ..skipped
        };
        lost.into_iter().map(said).collect()
    }

    /// Notes that a file was not read, and why.
    pub(crate) fn skip(&mut self, path: &str, why: String) {
        let path = path.to_owned();
        self.skipped.push(NotReviewed { path, why });
    }

    /// Adds what another reading of the same ref found; the later one counts.
    pub(crate) fn extend(&mut self, other: Self) {
        for (key, reading) in other.by_path {
            self.insert(key, reading);
        }
        self.skipped.extend(other.skipped);
    }
}

/// How much of a file a reader sees to decide whether it claims it, in bytes.
const HEAD: usize = 4096;

/// A path and the [`Source::id`] of what stands there.
type Key = (Arc<str>, String);

/// The files that were read first, with the syntax trees that readers keep of them: most are read again when it is known what is
/// wanted of them, and what declares it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    files: Rc<RefCell<BTreeMap<Key, Arc<File>>>>,
    bytes: Rc<RefCell<usize>>,
}

/// Bytes of text on a shelf; a tree takes about ten times as much as its text.
const SHELF_LIMIT: usize = 12 << 20;

impl Shelf {
    fn get(&self, key: &Key) -> Option<Arc<File>> {
        self.files.borrow().get(key).cloned()
    }

    /// Takes all files away.
    pub(crate) fn clear(&self) {
        self.files.borrow_mut().clear();
        *self.bytes.borrow_mut() = 0;
    }

    /// Puts a text there while there is room.
    fn put(&self, key: Option<Key>, path: Arc<str>, text: Arc<str>) -> Shelved {
        let mut bytes = self.bytes.borrow_mut();
        // Only of code there is a tree.
        let stays = is_code(&path) && *bytes + text.len() <= SHELF_LIMIT;
        let Some(key) = key.filter(|_| stays) else {
            return Shelved::No { path, text };
        };
        *bytes += text.len();
        let file = Arc::new(File::new(&path, &text));
        self.files.borrow_mut().insert(key, file.clone());
        Shelved::Yes(file)
    }

    /// Returns the files at those paths that are text, from the shelf where they stand there; and why the others are none.
    fn take(
        &self,
        source: &dyn Source,
        paths: &[Arc<str>],
    ) -> (Vec<Shelved>, Vec<(Arc<str>, String)>) {
        let key = |path: &Arc<str>| Some((path.clone(), source.id(path)?));
        let mut files = Vec::new();
        let mut fresh = Vec::new();
        for path in paths {
            match key(path).and_then(|key| self.get(&key)) {
                Some(file) => files.push(Shelved::Yes(file)),
                None => fresh.push(path.clone()),
            }
        }
        let mut skipped = Vec::new();
        for (path, text) in source.texts(&fresh) {
            match text {
                Text::Text(text) => files.push(self.put(key(&path), path, text)),
                Text::Skipped(why) => skipped.push((path, why)),
            }
        }
        files.sort_by(|a, b| a.path().cmp(b.path()));
        (files, skipped)
    }

    /// Applies the function to each file of those paths that is text, on all cores; the results are in the order of the paths.
    pub(crate) fn each<R: Send>(
        &self,
        source: &dyn Source,
        paths: &[Arc<str>],
        work: impl Fn(&File) -> R + Sync,
    ) -> Vec<R> {
        let (files, _) = self.take(source, paths);
        in_parallel(&files, |file| file.with(&work))
    }
}

/// A file that is to be read.
enum Shelved {
    /// It stays, with what readers keep of it.
    Yes(Arc<File>),
    /// It goes as soon as it was read: the trees of all files that are searched for one change would fill the memory.
    No { path: Arc<str>, text: Arc<str> },
}

impl Shelved {
    fn path(&self) -> &Arc<str> {
        match self {
            Self::Yes(file) => &file.path,
            Self::No { path, .. } => path,
        }
    }

    fn with<R>(&self, work: impl FnOnce(&File) -> R) -> R {
        match self {
            Self::Yes(file) => work(file),
            Self::No { path, text } => work(&File::new(path, text)),
        }
    }
}

/// Reads with the same hints, and each content once: most files are the same at all refs.
#[derive(Default)]
pub(crate) struct Once {
    hints: Hints,
    shelf: Shelf,
    seen: BTreeMap<Key, Vec<Outcome>>,
}

impl Once {
    pub(crate) fn new(hints: Hints, shelf: &Shelf) -> Self {
        Self {
            hints,
            shelf: shelf.clone(),
            seen: BTreeMap::new(),
        }
    }

    /// Returns what all readers say of these paths.
    pub(crate) fn read(&mut self, source: &dyn Source, paths: &[Arc<str>]) -> Readings {
        let key = |path: &Arc<str>| Some((path.clone(), source.id(path)?));
        let mut readings = Readings::default();
        let mut unseen = Vec::new();
        for path in paths {
            match key(path).and_then(|key| self.seen.get(&key)) {
                Some(outcomes) => readings.take(path, outcomes),
                None => unseen.push(path.clone()),
            }
        }
        let (files, skipped) = self.shelf.take(source, &unseen);
        for (path, why) in skipped {
            readings.skip(&path, why);
        }
        let outcomes = in_parallel(&files, |file| file.with(|f| read_file(f, &self.hints)));
        for (file, outcomes) in files.iter().zip(outcomes) {
            readings.take(file.path(), &outcomes);
            if let Some(key) = key(file.path()) {
                self.seen.insert(key, outcomes);
            }
        }
        readings
    }
}

/// What one reader says of one file.
type Outcome = (&'static str, Result<Arc<Reading>, String>);

fn read_file(file: &File, hints: &Hints) -> Vec<Outcome> {
    let head = head(&file.text);
    let forced = |r: &&&dyn Reader| hints.forced.as_deref().is_none_or(|name| name == r.name());
    let claims = |r: &&&dyn Reader| hints.forced.is_some() || r.claims(&file.path, head);
    let readers = READERS.iter().filter(|r| forced(r) && claims(r));
    readers
        .map(|reader| {
            // A bug in one reader costs one file, and says so; it does not end the review.
            let outcome = catch_unwind(AssertUnwindSafe(|| reader.read(file, hints)));
            let outcome = outcome.map_err(|_| {
                format!(
                    "the {} reader failed on it; please report this",
                    reader.name()
                )
            });
            (reader.name(), outcome.map(Arc::new))
        })
        .collect()
}

/// Returns the first kilobytes of a text, cut at a character.
pub(crate) fn head(text: &str) -> &str {
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Applies the function to each item on all cores; the results are in the order of the items.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(items.len());
    if workers <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let run = || {
            let mut mine = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(index) else {
                    return mine;
                };
                mine.push((index, work(item)));
            }
        };
        let threads: Vec<_> = (1..workers).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for thread in threads {
            match thread.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
