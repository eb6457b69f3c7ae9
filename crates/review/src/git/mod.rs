//! Git: the only module that starts a process.
//!
//! Objects are read through plumbing commands, the index and the working tree by ourselves. No command is used that could run
//! something which the repository names; `process.rs` lists what there is and what keeps it from running.

pub(crate) mod attributes;
pub(crate) mod batch;
pub(crate) mod disk;
mod extent;
mod fetch;
pub(crate) mod index;
pub(crate) mod oid;
pub(crate) mod path;
mod patient;
pub(crate) mod process;
pub(crate) mod raw;
mod special;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

pub use oid::{ObjectFormat, Oid};
pub use path::PathName;
pub use raw::{Mode, PathDelta, Status};

use crate::error::{Error, nearest};
use batch::{Ask, Batch, Object};
use index::{Index, Moment, NotRead};
use process::{Git, failure};

/// How many changed paths are compared with each other to find renames; git's own default.
pub(crate) const RENAME_LIMIT: usize = 1_000;
/// Paths that a tree, an index, a working tree or a change may have. The largest public repositories have half a million files; a
/// few objects that hold each other over and over can name any number.
pub(crate) const PATH_LIMIT: usize = 2_000_000;

/// Bytes that an index may have: those of so many paths.
const INDEX_LIMIT: u64 = 512 << 20;

/// A path of a tree, what it is, and its object.
type Listed = (PathName, Mode, Oid);

/// How many commits are looked at to see whether a branch has just grown on.
const STEPS_BACK: usize = 8;

/// A repository, opened for reading.
#[derive(Debug)]
pub struct Repository {
    /// For commands that read objects: they find no index, so a damaged or large one does not matter to them.
    git: Git,
    /// For commands that read the index.
    indexed: Git,
    /// The index.
    index_file: PathBuf,
    /// The directory of this working tree's index and HEAD.
    git_dir: PathBuf,
    /// The top of the working tree; none in a bare repository.
    top: Option<PathBuf>,
    /// The start directory relative to the top, with a `/` at its end, or empty.
    prefix: String,
    shallow: bool,
    format: ObjectFormat,
    headers: Mutex<Batch>,
    contents: Mutex<Batch>,
    index: OnceLock<Result<Index, Error>>,
    config: OnceLock<Config>,
    config_ahead: Ahead<Config>,
    /// The listing of a tree that will be asked for.
    tree_ahead: Ahead<(Oid, Result<Vec<Listed>, Error>)>,
    pub(crate) blobs: crate::tree::Blobs,
    /// The attributes that make a file on disk differ from its blob in more than line ends; found when they are first asked for.
    pub(crate) conversions: OnceLock<attributes::Attributes>,
}

/// A commit, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: Oid,
    /// Its tree.
    pub tree: Oid,
    /// Its parents as the commit names them, also where a shallow clone has cut them off.
    pub parents: Vec<Oid>,
}

impl Repository {
    /// Opens the repository that holds a directory, or is that directory.
    ///
    /// `index_file` is the value of `GIT_INDEX_FILE`, if there is one: git gives a commit hook the index of the commit to be. It
    /// is used only if it lies in the directory of the repository.
    pub fn open(start: &Path, index_file: Option<&Path>) -> Result<Self, Error> {
        let start = absolute(start)?;
        if !start.is_dir() {
            return Err(Error::Unreadable {
                path: start.display().to_string(),
                why: "it is no folder".into(),
            });
        }
        special::check_above(&start)?;
        let mut git = Git::new(start.clone(), None);
        let output = git.output(&[
            "rev-parse",
            "--is-bare-repository",
            "--is-shallow-repository",
            "--show-object-format",
            "--absolute-git-dir",
            "--show-prefix",
            "--show-toplevel",
        ])?;
        let mut lines = output.stdout.splitn(6, |&byte| byte == b'\n');
        let (Some(bare), Some(shallow), Some(format), Some(git_dir), Some(prefix)) = (
            lines.next(),
            lines.next(),
            lines.next(),
            lines.next(),
            lines.next(),
        ) else {
            return Err(
                match failure("open the repository", &start, &output.stderr) {
                    Error::NotARepository { path } => special::refused(&start, path),
                    other => other,
                },
            );
        };
        // In a bare repository and inside of `.git` there is no top, and git says so after the other answers.
        let top = output
            .status
            .success()
            .then(|| lines.next().unwrap_or_default())
            .map(|top| top.strip_suffix(b"\n").unwrap_or(top))
            .filter(|top| bare != b"true" && !top.is_empty());
        let git_dir = path::of_bytes(git_dir).into_owned();
        if let Some(top) = top.map(path::of_bytes)
            && !is_of(&top, &git_dir)
        {
            return Err(Error::ForeignWorktree {
                path: top.display().to_string(),
            });
        }
        let index_file = index_file
            .and_then(|file| absolute(&start.join(file)).ok())
            .filter(|file| {
                file.parent()
                    .is_some_and(|folder| same_folder(folder, &git_dir))
            })
            .unwrap_or_else(|| git_dir.join("index"));
        special::check(&git_dir)?;
        let indexed = Git::new(start, Some(index_file.clone()));
        git.index_file = Some(git_dir.join("coexist-reads-no-index"));
        let started = |ask| {
            let mut batch = Batch::new(&git, ask);
            batch.start_ahead();
            Mutex::new(batch)
        };
        let config_ahead = Ahead::default();
        if top.is_some() {
            let git = git.clone();
            config_ahead.start(move || Config::read(&git));
        }
        Ok(Self {
            headers: started(Ask::Header),
            contents: started(Ask::Content),
            config_ahead,
            tree_ahead: Ahead::default(),
            git,
            indexed,
            index_file,
            git_dir,
            top: top.map(|top| path::of_bytes(top).into_owned()),
            prefix: String::from_utf8_lossy(prefix).into_owned(),
            shallow: shallow == b"true",
            format: match format {
                b"sha256" => ObjectFormat::Sha256,
                _ => ObjectFormat::Sha1,
            },
            index: OnceLock::new(),
            config: OnceLock::new(),
            blobs: crate::tree::Blobs::default(),
            conversions: OnceLock::new(),
        })
    }

    /// Returns the top of the working tree; None in a bare repository.
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }

    /// Returns where the start directory lies below the top: empty, or with a `/` at its end.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns how objects are hashed.
    pub fn format(&self) -> ObjectFormat {
        self.format
    }

    /// Returns whether history is cut off.
    pub fn is_shallow(&self) -> bool {
        self.shallow
    }

    pub(crate) fn git(&self) -> &Git {
        &self.git
    }

    /// Returns the directory that `info/attributes` lies in: that of the main working tree.
    pub(crate) fn common_dir(&self) -> PathBuf {
        match std::fs::read_to_string(self.git_dir.join("commondir")) {
            Ok(text) => self.git_dir.join(text.trim_end_matches('\n')),
            Err(_) => self.git_dir.clone(),
        }
    }

    /// Asks for kind and size of each object.
    pub(crate) fn headers(&self, names: &[String]) -> Result<Vec<Object>, Error> {
        self.headers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .ask(names)
    }

    /// Asks for the content of each object. Sizes must have been checked.
    pub(crate) fn contents(&self, names: &[String]) -> Result<Vec<Object>, Error> {
        self.contents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .ask(names)
    }

    /// Forgets running processes, which would not see objects that a fetch has brought.
    pub(crate) fn reopen_objects(&self) {
        for (batch, ask) in [(&self.headers, Ask::Header), (&self.contents, Ask::Content)] {
            *batch.lock().unwrap_or_else(PoisonError::into_inner) = Batch::new(&self.git, ask);
        }
    }

    /// Returns the commit that a revision names, or None where there is none.
    pub fn find(&self, revision: &str) -> Result<Option<Commit>, Error> {
        // A name that starts with a dash is never a revision, and one with a line break would be two requests.
        if revision.is_empty() || revision.starts_with('-') || revision.contains(['\n', '\0']) {
            return Ok(None);
        }
        let answers = self.headers(&[format!("{revision}^{{commit}}")])?;
        let Some(Object::Found { oid, .. }) = answers.into_iter().next() else {
            return Ok(None);
        };
        self.commit(oid).map(Some)
    }

    /// Returns the commit of HEAD; None on a branch that has no commits yet.
    pub fn head(&self) -> Result<Option<Commit>, Error> {
        if let Some(commit) = self.find("HEAD")? {
            return Ok(Some(commit));
        }
        let output = self.git.output(&["symbolic-ref", "-q", "HEAD"])?;
        let name = String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned();
        let broken = |name: &str, why: &str| {
            Err(Error::BrokenRef {
                name: name.to_owned(),
                why: why.to_owned(),
            })
        };
        if name.is_empty() {
            return broken("HEAD", "it names no commit that is here");
        }
        let arguments = ["for-each-ref", "--format=%(objectname)", &name];
        let known = self.git.run("read the branch of HEAD", &arguments)?;
        if let Some(id) = known.split(|&byte| byte == b'\n').find_map(Oid::parse) {
            return broken(&name, &format!("its commit {id} is not here"));
        }
        // Git passes over a ref that holds no id as if it were not there.
        match std::fs::symlink_metadata(self.common_dir().join(&name)) {
            Ok(seen) if !seen.is_dir() => broken(&name, "it holds no id of a commit"),
            _ => Ok(None),
        }
    }

    /// Returns the commit that a revision names.
    pub fn resolve(&self, revision: &str) -> Result<Commit, Error> {
        if let Some(commit) = self.find(revision)? {
            return Ok(commit);
        }
        if self.head()?.is_none() && revision.starts_with("HEAD") {
            return Err(Error::NoCommits {
                name: revision.to_owned(),
            });
        }
        let names = self.ref_names()?;
        Err(Error::MissingRef {
            name: revision.to_owned(),
            nearest: nearest(revision, names.iter().map(String::as_str)),
            shallow: self.shallow,
        })
    }

    fn ref_names(&self) -> Result<Vec<String>, Error> {
        let output = self.git.run(
            "list the branches and tags",
            &[
                "for-each-ref",
                "--count=10000",
                "--format=%(refname:short)",
                "refs/heads",
                "refs/tags",
                "refs/remotes",
            ],
        )?;
        Ok(String::from_utf8_lossy(&output)
            .lines()
            .map(str::to_owned)
            .collect())
    }

    /// Reads a commit by its id.
    pub fn commit(&self, id: Oid) -> Result<Commit, Error> {
        let corrupted = |why: &str| Error::Corrupted {
            object: id.to_string(),
            why: why.to_owned(),
        };
        let content = match self.contents(&[id.to_string()])?.into_iter().next() {
            Some(Object::Found { content, kind, .. }) if kind == "commit" => content,
            Some(Object::Found { .. }) => return Err(corrupted("it is no commit")),
            Some(Object::Missing) => return Err(corrupted("it is missing")),
            _ => return Err(corrupted("git cannot unpack it")),
        };
        let mut tree = None;
        let mut parents = Vec::new();
        for line in content.split(|&byte| byte == b'\n') {
            if let Some(hex) = line.strip_prefix(b"tree ") {
                tree = tree.or(Oid::parse(hex));
            } else if let Some(hex) = line.strip_prefix(b"parent ") {
                parents.extend(Oid::parse(hex));
            } else {
                break;
            }
        }
        Ok(Commit {
            id,
            tree: tree.ok_or_else(|| corrupted("it names no tree"))?,
            parents,
        })
    }

    /// Returns the best common ancestor of two commits, or None where they have none.
    pub fn merge_base(&self, a: Oid, b: Oid) -> Result<Option<Oid>, Error> {
        if self.is_shortly_before(a, b) {
            return Ok(Some(a));
        }
        let output = self
            .git
            .output(&["merge-base", &a.to_string(), &b.to_string()])?;
        if output.status.success() {
            let first = output.stdout.split(|&byte| byte == b'\n').next();
            return Ok(first.and_then(Oid::parse));
        }
        match output.status.code() {
            Some(1) => Ok(None),
            _ => Err(failure(
                "find the common ancestor",
                &self.git.start,
                &output.stderr,
            )),
        }
    }

    /// Returns whether the one commit is among the last first parents of the other: the branch grew on from there, and git need not
    /// be started to find where they parted.
    fn is_shortly_before(&self, commit: Oid, later: Oid) -> bool {
        // Where history is cut off, git says what it takes for the beginning.
        if self.shallow {
            return false;
        }
        let parent = |oid: &Oid| self.commit(*oid).ok()?.parents.first().copied();
        std::iter::successors(Some(later), parent)
            .take(STEPS_BACK)
            .any(|oid| oid == commit)
    }

    /// Returns false only where there is surely no tag: none has a file, and none is packed with others.
    pub(crate) fn may_have_tags(&self) -> bool {
        let folder = self.common_dir();
        // Another way to keep refs has no such folder: <https://git-scm.com/docs/reftable>.
        if !folder.join("refs/heads").is_dir() {
            return true;
        }
        let loose = std::fs::read_dir(folder.join("refs/tags"));
        let packed = std::fs::read(folder.join("packed-refs")).unwrap_or_default();
        loose.is_ok_and(|mut tags| tags.next().is_some())
            || memchr::memmem::find(&packed, b" refs/tags/").is_some()
    }

    /// Returns the differences of two trees, sorted by path. Renames and copies are found up to a limit.
    pub fn diff(&self, base: Oid, head: Oid) -> Result<Vec<PathDelta>, Error> {
        let limit = format!("-l{RENAME_LIMIT}");
        let (base, head) = (base.to_string(), head.to_string());
        let compare = |renames: &[&str]| {
            let mut arguments = vec!["diff-tree", "-r", "-z", "--raw", "--no-abbrev"];
            arguments.extend(renames);
            arguments.extend([
                "--no-ext-diff",
                "--no-textconv",
                "--no-relative",
                "--ignore-submodules=none",
                &base,
                &head,
            ]);
            self.git
                .run_checked("compare the two trees", &arguments, || {
                    self.check_extent("compare the two trees", Some(&base), Some(&head))
                })
        };
        // Similar files are found by their content. Where an object of one is missing (a partial clone, a damaged store), only
        // files that moved unchanged are told: that needs no content.
        let output = compare(&["-M", "-C", &limit]).or_else(|error| match error {
            Error::TooManyPaths { .. } => Err(error),
            _ => compare(&["-M100%"]),
        })?;
        raw::parse(&output)
    }

    /// Returns the differences between a tree and the index, sorted by path.
    ///
    /// With `--cached` git looks at no file of the working tree, so that no filter can run.
    pub(crate) fn diff_index(&self, base: Oid, renames: bool) -> Result<Vec<PathDelta>, Error> {
        self.check_excludes()?;
        let limit = format!("-l{RENAME_LIMIT}");
        let mut arguments = vec![
            "diff-index",
            "--cached",
            "--ita-invisible-in-index",
            "-z",
            "--raw",
            "--no-abbrev",
            "--no-ext-diff",
            "--no-textconv",
            "--no-relative",
            "--ignore-submodules=none",
        ];
        if renames {
            arguments.extend(["-M", "-C", &limit]);
        } else {
            arguments.push("--no-renames");
        }
        let base = base.to_string();
        arguments.push(&base);
        let what = "compare HEAD with the index";
        raw::parse(&self.indexed.run_checked(what, &arguments, || {
            self.check_extent(what, Some(&base), None)
        })?)
    }

    /// Returns all entries of a tree: raw path, mode, id.
    pub(crate) fn list_tree(&self, tree: Oid) -> Result<Vec<Listed>, Error> {
        match self.tree_ahead.take() {
            Some((listed, entries)) if listed == tree => entries,
            _ => listing(&self.git, tree),
        }
    }

    /// Returns whether the index of the working tree holds what a tree does: then git need not list it.
    pub(crate) fn index_is(&self, tree: Oid) -> bool {
        // In a bare repository there is none, and a damaged one is no reason to review nothing.
        self.top.is_some() && self.index().is_ok_and(|index| index.tree == Some(tree))
    }

    /// Starts to list a tree that will be asked for.
    pub(crate) fn list_ahead(&self, tree: Oid) {
        let git = self.git.clone();
        self.tree_ahead.start(move || (tree, listing(&git, tree)));
    }

    /// Looks at the file of ignored names that the settings name, before git opens it.
    fn check_excludes(&self) -> Result<(), Error> {
        match self.config().get("core.excludesfile") {
            Some(file) => special::check_lines(&self.git.start.join(file)),
            None => Ok(()),
        }
    }

    /// Returns the paths of the working tree that are neither in the index nor ignored.
    pub(crate) fn untracked(&self) -> Result<Vec<PathName>, Error> {
        self.check_excludes()?;
        // From below the top git lists only what is below; a path upwards widens it.
        let up = "../".repeat(self.prefix.matches('/').count());
        let mut arguments = vec!["ls-files", "-o", "-z", "--exclude-standard", "--full-name"];
        if !up.is_empty() {
            arguments.extend(["--", &up]);
        }
        let mut untracked = Vec::new();
        let what = "list untracked files";
        self.indexed.each_record(what, &arguments, |name| {
            if !name.is_empty() && !name.ends_with(b"/") {
                untracked.push(PathName::new(name));
            }
        })?;
        Ok(untracked)
    }

    /// Returns the index of this working tree; an empty one where there is none.
    pub(crate) fn index(&self) -> Result<&Index, Error> {
        self.index
            .get_or_init(|| self.read_index())
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Returns whether the index was read: then it is cheap to ask.
    pub(crate) fn has_read_index(&self) -> bool {
        self.index.get().is_some()
    }

    fn read_index(&self) -> Result<Index, Error> {
        let file = &self.index_file;
        let unreadable = |why: &std::io::Error| Error::Unreadable {
            path: file.display().to_string(),
            why: why.to_string(),
        };
        let seen = match std::fs::metadata(file) {
            Ok(seen) => seen,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(Index::default()),
            Err(why) => return Err(unreadable(&why)),
        };
        special::check_file(file)?;
        if seen.len() > INDEX_LIMIT {
            return Err(process::too_many("read the index"));
        }
        let bytes = std::fs::read(file).map_err(|why| unreadable(&why))?;
        let written = disk::stat(&seen).map_or(Moment::default(), |stat| stat.modified);
        let content = match index::parse(&bytes, self.format) {
            Ok(content) => content,
            // Git's own words about a damaged index are better than ours.
            Err(NotRead::AskGit | NotRead::Damaged) => index::Content {
                entries: self.listed_index()?,
                tree: None,
            },
        };
        Ok(Index::sorted(content, written))
    }

    fn listed_index(&self) -> Result<Vec<index::IndexEntry>, Error> {
        let up = "../".repeat(self.prefix.matches('/').count());
        let mut arguments = vec!["ls-files", "-s", "-v", "-z", "--full-name"];
        if !up.is_empty() {
            arguments.extend(["--", &up]);
        }
        let mut entries = Vec::new();
        self.indexed
            .each_record("read the index", &arguments, |record| {
                entries.extend(index::listed(record));
            })?;
        Ok(entries)
    }

    /// Returns the settings that say how the working tree relates to the objects.
    pub(crate) fn config(&self) -> &Config {
        let read = || Config::read(&self.git);
        self.config
            .get_or_init(|| self.config_ahead.take().unwrap_or_else(read))
    }
}

fn listing(git: &Git, tree: Oid) -> Result<Vec<Listed>, Error> {
    let mut entries = Vec::new();
    let arguments = ["ls-tree", "-r", "-z", "--full-tree", &tree.to_string()];
    git.each_record("list the tree", &arguments, |record| {
        entries.extend(raw::tree_entry(record));
    })?;
    Ok(entries)
}

/// What is found out on a thread of its own before it is asked for: git takes its time to start.
#[derive(Debug)]
struct Ahead<T> {
    running: Mutex<Option<JoinHandle<T>>>,
}

impl<T> Default for Ahead<T> {
    fn default() -> Self {
        Self {
            running: Mutex::new(None),
        }
    }
}

impl<T: Send + 'static> Ahead<T> {
    fn start(&self, find: impl FnOnce() -> T + Send + 'static) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = Some(std::thread::spawn(find));
    }

    /// Returns what was found out; None where nothing was started.
    fn take(&self) -> Option<T> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.take()?.join().ok()
    }
}

/// The settings that say how the working tree relates to the objects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Config {
    values: BTreeMap<String, String>,
}

impl Config {
    fn read(git: &Git) -> Self {
        let keys = r"^(core\.(autocrlf|filemode|trustctime|symlinks|attributesfile|excludesfile))$";
        let mut values = BTreeMap::new();
        // A configuration that git refuses has stopped the first command already.
        if let Ok(output) = git.output(&["config", "-z", "--type=path", "--get-regexp", keys]) {
            for pair in output.stdout.split(|&byte| byte == 0) {
                let pair = String::from_utf8_lossy(pair);
                let (key, value) = pair.split_once('\n').unwrap_or((&pair, "true"));
                values.insert(key.to_lowercase(), value.to_owned());
            }
        }
        Self { values }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Returns whether a boolean setting is on.
    pub(crate) fn is(&self, key: &str, default: bool) -> bool {
        match self.get(key).map(str::to_lowercase).as_deref() {
            Some("true" | "yes" | "on" | "1") => true,
            Some("false" | "no" | "off" | "0" | "") => false,
            _ => default,
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::fs::canonicalize(path).map_err(|why| Error::Unreadable {
        path: path.display().to_string(),
        why: why.to_string(),
    })
}

/// Returns whether a working tree says itself that it belongs to that repository; the settings of the repository
/// (`core.worktree`) could name any folder.
fn is_of(top: &Path, git_dir: &Path) -> bool {
    let dot_git = top.join(".git");
    if same_folder(&dot_git, git_dir) {
        return true;
    }
    let mut text = Vec::new();
    let is_file = std::fs::metadata(&dot_git).is_ok_and(|seen| seen.is_file());
    if !is_file || disk::read(&dot_git, 1 << 16, &mut text).is_err() {
        return false;
    }
    text.strip_prefix(b"gitdir:")
        .map(<[u8]>::trim_ascii)
        .is_some_and(|named| same_folder(&top.join(path::of_bytes(named)), git_dir))
}

fn same_folder(a: &Path, b: &Path) -> bool {
    match (std::fs::canonicalize(a), std::fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
