//! One review from the outside: a repository and a request in, a review out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use coexist_engine::{ChangedPath, rules};
use coexist_model::{
    Assumption, Client, Compared, File, Fleet, KnownOrder, NotReviewed, Notice, Review, Wanted,
};

use coexist_readers::sql::layout;

use crate::change::{Change, Request, TreeRef, Trees, What, select};
use crate::config::{Config, ConfigError, FILE, FailOn};
use crate::designed;
use crate::error::Error;
use crate::git::{Repository, disk};
use crate::pipeline::{Settings, Version, Versions, review_trees};
use crate::read::head as head_of;
use crate::search::{Known, Search};
use crate::services;
use crate::skip::Skips;
use crate::source::{Source, Text};
use crate::spoken::is_code;
use crate::suppress::{Commented, suppress};
use crate::surfaces;
use crate::tree::{Content, FILE_LIMIT, TreeAt};

/// What to review, and where.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A directory of the repository.
    pub directory: PathBuf,
    /// Which change.
    pub request: Request,
    /// Bare arguments, which are told apart in the repository: paths, a range, a revision, a pull request.
    pub words: Vec<String>,
    /// Whether `A..B` is taken as it is written.
    pub two_dot: bool,
}

impl Options {
    /// Returns the arguments that name the same change again.
    fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = match &self.request.what {
            What::Staged => vec!["--staged".to_owned()],
            What::Worktree => vec!["--worktree".to_owned()],
            What::Pull(pull) => vec!["--pr".to_owned(), pull.number.to_string()],
            What::Here | What::Range { .. } | What::Commit(_) => Vec::new(),
        };
        if self.two_dot {
            arguments.push("--two-dot".to_owned());
        }
        arguments.extend(
            self.request
                .deployed
                .iter()
                .flat_map(|r| ["--deployed".to_owned(), r.clone()]),
        );
        arguments.extend(self.words.iter().cloned());
        arguments
    }

    fn open(&self) -> Result<(Repository, Change), Error> {
        let repository = Repository::open(&self.directory, None)?;
        let mut request = self.request.clone();
        request.arguments(&repository, &self.words, self.two_dot)?;
        let change = select(&repository, &request)?;
        Ok((repository, change))
    }
}

/// A review, and what the repository's own settings say about it.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The review.
    pub review: Review,
    /// The verdict at which the settings want the run to fail.
    pub fail_on: Option<FailOn>,
    /// Whether there was nothing to review.
    pub nothing: bool,
}

/// Reviews a change.
///
/// # Errors
/// What keeps the run from being done at all: no repository, no such ref, settings that cannot be read.
pub fn review(options: &Options) -> Result<Reviewed, Error> {
    let (repository, change) = options.open()?;
    let trees = change.trees(&repository)?;
    let config = configuration(&repository, &trees.head)?;
    let release = release(&repository, &change, &trees)?;
    let search = SharedSearch::default();
    let source = |tree| GitSource::new(&repository, tree, &search);
    let (base, head) = (source(&trees.base), source(&trees.head));
    let deployed: Vec<GitSource<'_>> = trees.deployed.iter().map(source).collect();
    let released = release.as_ref().map(source);
    let skips = Skips::of(&repository, &trees.head)?;
    let (changed, mut skipped) = changed(&change, &head, &base, &skips, &config);
    let version = |name: &str, perhaps, source| Version {
        name: name.to_owned(),
        perhaps,
        source,
    };
    let mut running: Vec<Version<'_>> = trees
        .deployed
        .iter()
        .zip(&deployed)
        .map(|(t, s)| version(&t.name, false, s as &dyn Source))
        .collect();
    running.extend(
        release
            .iter()
            .zip(&released)
            .map(|(t, s)| version(&t.name, true, s as &dyn Source)),
    );
    let versions = Versions {
        base: version(&trees.base.name, false, &base),
        head: version(&trees.head.name, false, &head),
        deployed: running,
        changed,
        compared: Compared {
            release: release.as_ref().map(|tree| tree.name.clone()),
            ..compared(&repository, &change, options)
        },
    };
    let fleet = fleet(&repository, &config, &head);
    let settings = Settings {
        order: config.order(),
        services: fleet.services,
        library: fleet.library,
        clients: clients(&config),
    };
    let mut review = review_trees(&versions, &settings);
    // What the change says of a path is more than what its content says.
    let of_change = change.not_reviewed();
    review
        .not_reviewed
        .retain(|n| !of_change.contains_key(n.path.as_str()));
    skipped.extend(of_change.into_iter().map(|(path, why)| NotReviewed {
        path: path.to_string(),
        why,
    }));
    skipped.append(&mut review.not_reviewed);
    review.not_reviewed = skipped;
    review.not_reviewed.sort();
    review.not_reviewed.dedup();
    let notices = suppressed(&mut review, &versions, &config);
    review.notices.extend(notices);
    review.assumptions.extend(unused_settings(&config));
    if skips.are_incomplete() {
        review.assumptions.push(Assumption {
            what: "not every rule of .gitattributes was applied".to_owned(),
            because: "there are more of them than can be compared with the paths".to_owned(),
            place: None,
        });
    }
    Ok(Reviewed {
        review,
        fail_on: config.fail_on,
        nothing: change.deltas.is_empty(),
    })
}

/// What is rolled out from a repository, and where that is.
#[derive(Debug, Clone)]
pub struct Inferred {
    /// The top of the working tree; the directory itself for a bare repository.
    pub top: PathBuf,
    /// The services, with the evidence for each, and the order of migrations and code.
    pub fleet: Fleet,
}

/// Returns what is rolled out from the repository of a directory.
///
/// # Errors
/// What keeps the repository or its settings from being read.
pub fn fleet_of(directory: &std::path::Path) -> Result<Inferred, Error> {
    let (repository, trees) = at_hand(directory)?;
    let config = configuration(&repository, &trees.head)?;
    let search = SharedSearch::default();
    let head = GitSource::new(&repository, &trees.head, &search);
    let mut fleet = fleet(&repository, &config, &head);
    if config.order().is_none() {
        fleet.order = crate::order::of(&head);
    }
    Ok(Inferred {
        top: repository.top().unwrap_or(directory).to_owned(),
        fleet,
    })
}

/// Returns what the declarations in the working tree of a directory declare: what its code can use.
///
/// # Errors
/// What keeps the repository from being read.
pub fn surfaces_of(directory: &std::path::Path) -> Result<Vec<Wanted>, Error> {
    let (repository, trees) = at_hand(directory)?;
    let search = SharedSearch::default();
    Ok(surfaces::of_tree(&GitSource::new(
        &repository,
        &trees.head,
        &search,
    )))
}

/// Gives the files of a repository to `work`; None where the directory is not the top of one.
pub(crate) fn with_tree<T>(
    directory: &std::path::Path,
    work: &mut dyn FnMut(&dyn Source) -> T,
) -> Result<Option<T>, Error> {
    let (repository, trees) = at_hand(directory)?;
    if !repository.prefix().is_empty() {
        return Ok(None);
    }
    let search = SharedSearch::default();
    let head = GitSource::new(&repository, &trees.head, &search);
    Ok(Some(work(&head)))
}

/// Returns the repository of a directory, with the files on disk as its head; those of HEAD for a bare repository.
fn at_hand(directory: &std::path::Path) -> Result<(Repository, Trees), Error> {
    let repository = Repository::open(directory, None)?;
    let what = match repository.top() {
        Some(_) => What::Worktree,
        None => What::Commit("HEAD".to_owned()),
    };
    let request = Request {
        what,
        ..Request::default()
    };
    let trees = select(&repository, &request)?.trees(&repository)?;
    Ok((repository, trees))
}

/// Returns who calls from outside, as the settings say.
fn clients(config: &Config) -> Vec<Client> {
    let clients = config.clients.iter().map(|c| Client {
        name: c.name.value.clone(),
        supported: c.supported.clone(),
    });
    clients.collect()
}

/// Returns what the settings say and this version does not use yet.
fn unused_settings(config: &Config) -> Vec<Assumption> {
    let unused = config.strategy.iter().map(|strategy| Assumption {
        what: "the setting strategy changes nothing yet".to_owned(),
        because: "this version reads it and does not use it".to_owned(),
        place: Some(strategy.place()),
    });
    unused.collect()
}

fn compared(repository: &Repository, change: &Change, options: &Options) -> Compared {
    let full = |at: &TreeRef| at.full(repository);
    let deployed = if change.deployed.is_empty() {
        vec![full(&change.base)]
    } else {
        change.deployed.iter().map(|(_, at)| full(at)).collect()
    };
    Compared {
        base: full(&change.base),
        head: full(&change.head),
        deployed,
        files: change.deltas.len(),
        release: None,
        arguments: options.arguments(),
        notes: change.notes.clone(),
        described: change
            .described
            .strip_prefix("Reviewing ")
            .unwrap_or(&change.described)
            .to_owned(),
    }
}

/// Returns the tree of the newest release that base holds, where nobody said what runs.
fn release(
    repository: &Repository,
    change: &Change,
    trees: &Trees,
) -> Result<Option<TreeAt>, Error> {
    match &change.release {
        Some((name, at)) if change.deployed.is_empty() && *at != change.base => {
            change.near(repository, &trees.base, name, at).map(Some)
        }
        _ => Ok(None),
    }
}

fn configuration(repository: &Repository, head: &TreeAt) -> Result<Config, Error> {
    let refuse = |e: ConfigError| Error::Config {
        line: e.line,
        what: e.what,
        help: e.help,
    };
    // The settings at hand count, whichever range is reviewed; a bare repository has those of head.
    let at_hand = repository.top().map(|top| top.join(FILE));
    let seen = at_hand.and_then(|file| Some((file.symlink_metadata().ok()?, file)));
    let content = match seen {
        Some((seen, _)) if !seen.is_file() => {
            return Err(Error::Unreadable {
                path: FILE.to_owned(),
                why: "it is a link, a folder or a pipe, and a file is expected".to_owned(),
            });
        }
        Some((_, file)) => {
            let mut bytes = Vec::new();
            disk::read(&file, FILE_LIMIT + 1, &mut bytes).map_err(|e| Error::Unreadable {
                path: FILE.to_owned(),
                why: e.to_string(),
            })?;
            Some(match bytes.len() as u64 > FILE_LIMIT {
                true => Content::TooLarge(bytes.len() as u64),
                false => Content::of(&bytes),
            })
        }
        None => head.read(repository, FILE)?,
    };
    let Some(content) = content else {
        return Ok(Config::default());
    };
    let text = content.text().ok_or_else(|| Error::Config {
        line: 1,
        what: content.remark().unwrap_or_default(),
        help: None,
    })?;
    let config = Config::parse(text).map_err(refuse)?;
    let tracked: Vec<&Arc<str>> = head.paths().collect();
    config.check_paths(&tracked).map_err(refuse)?;
    let ids: Vec<&str> = rules().map(|r| r.id).collect();
    config.check_rules(&ids).map_err(refuse)?;
    Ok(config)
}

fn fleet(repository: &Repository, config: &Config, head: &GitSource<'_>) -> Fleet {
    let order = config.order().unwrap_or_else(|| KnownOrder {
        order: coexist_model::Order::Before,
        proven: false,
        because: "nothing here says when migrations run".to_owned(),
        place: None,
    });
    let set = config.services();
    if !set.is_empty() {
        return Fleet {
            services: set,
            library: false,
            order,
        };
    }
    let name = repository
        .top()
        .and_then(|t| t.file_name())
        .map_or_else(|| "service".into(), |n| n.to_string_lossy());
    let inferred = services::infer(head, &name);
    let services = match designed::read(head) {
        Some(designs) => designed::services(inferred.services, &designs.terms, head),
        None => inferred.services,
    };
    Fleet {
        services,
        library: inferred.library,
        order,
    }
}

/// Returns the paths that differ, and those in which no finding is anchored.
fn changed(
    change: &Change,
    head: &GitSource<'_>,
    base: &GitSource<'_>,
    skips: &Skips,
    config: &Config,
) -> (Vec<ChangedPath>, Vec<NotReviewed>) {
    let paths: Vec<Arc<str>> = change.deltas.iter().map(|d| d.path.clone()).collect();
    let mut texts = base.texts(&paths);
    texts.extend(head.texts(&paths));
    let mut skipped = Vec::new();
    let changed = change.deltas.iter().map(|delta| {
        let text = match texts.get(&delta.path) {
            Some(Text::Text(text)) => text.as_ref(),
            _ => "",
        };
        let ignored = config
            .ignores_path(&delta.path)
            .map(|glob| format!("ignored by {FILE} ({})", glob.text.value));
        let reason = ignored.or_else(|| match layout(&delta.path, head_of(text)) {
            Some(_) => skips.reason_of_migration(&delta.path),
            None => skips.reason(&delta.path, text),
        });
        if let Some(why) = &reason {
            skipped.push(NotReviewed {
                path: delta.path.to_string(),
                why: why.clone(),
            });
        }
        ChangedPath {
            path: delta.path.to_string(),
            old_path: delta.old_path.as_ref().map(ToString::to_string),
            at_head: delta.new_mode.is_some(),
            at_base: delta.old_mode.is_some(),
            anchors: reason.is_none(),
            kind: skips.kind(&delta.path),
        }
    });
    let changed: Vec<ChangedPath> = changed.collect();
    (changed, skipped)
}

/// Applies the comments of the changed files, and of those to which a finding points.
fn suppressed(review: &mut Review, versions: &Versions<'_>, config: &Config) -> Vec<Notice> {
    let changed: BTreeSet<&str> = versions
        .changed
        .iter()
        .filter(|c| c.at_head)
        .map(|c| c.path.as_str())
        .collect();
    let places = review
        .findings
        .iter()
        .flat_map(|f| std::iter::once(&f.primary).chain(f.related.iter().map(|r| &r.at)));
    let mut paths: BTreeSet<Arc<str>> = places.map(|s| s.place.path.clone()).collect();
    paths.extend(changed.iter().map(|p| Arc::from(*p)));
    let paths: Vec<Arc<str>> = paths.into_iter().collect();
    let texts = versions.head.source.texts(&paths);
    let files = texts.into_iter().filter_map(|(path, text)| match text {
        // Only a file that speaks of coexist can hold a directive; parsing the others for comments would be waste.
        Text::Text(text) if text.contains("coexist:") => {
            let comments = comments_of(&path, &text);
            Some(Commented {
                file: File::new(&path, &text),
                comments,
                changed: changed.contains(&*path),
            })
        }
        _ => None,
    });
    let files: Vec<Commented> = files.collect();
    let ids: Vec<&str> = rules().map(|r| r.id).collect();
    suppress(&mut review.findings, &files, config, &ids)
}

/// Returns the comments of a file. What looks like one in a text, or in a format that is not known, hides nothing.
fn comments_of(path: &str, text: &str) -> Vec<(u32, String)> {
    let comments = coexist_readers::code::comments(path, text);
    comments.into_iter().map(|c| (c.line, c.text)).collect()
}

/// What was found out by searches, by the words: most blobs are the same in all trees of a change, and what holds none of many
/// words holds none of a few of them.
#[derive(Default)]
struct SharedSearch {
    known: Mutex<BTreeMap<BTreeSet<String>, Known>>,
}

/// A tree of a git repository.
struct GitSource<'a> {
    repository: &'a Repository,
    tree: &'a TreeAt,
    paths: Vec<Arc<str>>,
    search: &'a SharedSearch,
}

impl<'a> GitSource<'a> {
    fn new(repository: &'a Repository, tree: &'a TreeAt, search: &'a SharedSearch) -> Self {
        Self {
            repository,
            tree,
            paths: tree.paths().cloned().collect(),
            search,
        }
    }

    fn find(
        &self,
        words: &[String],
        wanted: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<Vec<Arc<str>>, Error> {
        let mut shared = self
            .search
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let asked: BTreeSet<String> = words.iter().cloned().collect();
        let known = shared.remove(&asked).unwrap_or_default();
        let wider = shared
            .iter()
            .filter(|(more, _)| asked.is_subset(more))
            .map(|(_, known)| known)
            .collect();
        let mut search = Search::new(self.repository, words, wanted).knowing(known, wider);
        let mut found = search.find(self.tree)?;
        // Code that cannot be looked at may hold a word: whoever wants to read it then says that it cannot be read.
        let unread = search.unread().keys().filter(|p| is_code(p));
        found.extend(unread.cloned());
        found.sort();
        let known = search.into_known();
        shared.insert(asked, known);
        Ok(found)
    }
}

impl Source for GitSource<'_> {
    fn paths(&self) -> &[Arc<str>] {
        &self.paths
    }

    fn id(&self, path: &str) -> Option<String> {
        self.tree.entry(path)?.oid.map(|oid| oid.to_string())
    }

    fn texts(&self, paths: &[Arc<str>]) -> BTreeMap<Arc<str>, Text> {
        let contents = match self.tree.read_many(self.repository, paths) {
            Ok(contents) => contents,
            // The store cannot be read at all: every file says so, and none is taken for empty.
            Err(why) => paths
                .iter()
                .map(|p| (p.clone(), Content::Unreadable(why.to_string())))
                .collect(),
        };
        let text = |content: Content| match content.text() {
            Some(text) => Text::Text(text.clone()),
            None => Text::Skipped(content.remark().unwrap_or_default()),
        };
        contents
            .into_iter()
            .map(|(path, content)| (path, text(content)))
            .collect()
    }

    fn containing(
        &self,
        words: &[String],
        wanted: &(dyn Fn(&str) -> bool + Sync),
    ) -> Vec<Arc<str>> {
        // A search that fails must not look like one that found nothing: then every wanted file is read.
        self.find(words, wanted)
            .unwrap_or_else(|_| self.paths.iter().filter(|p| wanted(p)).cloned().collect())
    }
}
