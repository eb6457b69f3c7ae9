//! What stops a run, and what the user can do about it.

/// A reason why a change cannot be read.
///
/// Every message completes "cannot …"; [`Error::help`] names the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The program `git` does not start.
    #[error("cannot run git: {why}")]
    NoGit {
        /// What the system says.
        why: String,
    },
    /// There is no repository.
    #[error("cannot find a git repository in {path} or above it")]
    NotARepository {
        /// Where it was looked for.
        path: String,
    },
    /// Git refuses a repository that belongs to someone else.
    #[error("cannot read {path}: it belongs to another user, and git does not trust it")]
    DubiousOwnership {
        /// The repository.
        path: String,
    },
    /// The settings of the repository name a working tree that does not know of it.
    #[error(
        "cannot use the working tree {path}: core.worktree names it, but its .git is not of this repository"
    )]
    ForeignWorktree {
        /// The working tree.
        path: String,
    },
    /// A commit is asked for where there is none.
    #[error("cannot find {name}: the repository has no commits yet")]
    NoCommits {
        /// The revision.
        name: String,
    },
    /// A revision does not exist.
    #[error("cannot find the revision {name}")]
    MissingRef {
        /// The revision.
        name: String,
        /// Names that look like it, the nearest first.
        nearest: Vec<String>,
        /// Whether the clone is shallow, so that it may exist elsewhere.
        shallow: bool,
    },
    /// A path does not exist.
    #[error("cannot find {path} in the change, the working tree or HEAD")]
    MissingPath {
        /// The path.
        path: String,
        /// Paths that look like it, the nearest first.
        nearest: Vec<String>,
    },
    /// A path lies outside of the repository.
    #[error("cannot review {path}: it lies outside of the repository")]
    OutsidePath {
        /// The path.
        path: String,
    },
    /// The base is cut off.
    #[error("cannot find where this branch left {branch} (shallow clone)")]
    Shallow {
        /// The branch that it was compared with.
        branch: String,
    },
    /// Two commits have nothing in common.
    #[error("cannot find a common ancestor of {base} and {head}")]
    NoMergeBase {
        /// One of them.
        base: String,
        /// The other.
        head: String,
    },
    /// No branch looks like the one that changes are merged into.
    #[error("cannot tell the default branch")]
    NoDefaultBranch,
    /// The current branch has no other side.
    #[error("cannot compare {branch} with anything: it is the default branch and has no upstream")]
    NoUpstream {
        /// The current branch.
        branch: String,
    },
    /// A pull request is not here.
    #[error("cannot find pull request {number} in this repository")]
    MissingPull {
        /// Its number.
        number: u64,
        /// The command that fetches it.
        command: String,
    },
    /// A change needs a working tree.
    #[error("cannot review {what}: the repository is bare")]
    Bare {
        /// What was asked for.
        what: &'static str,
    },
    /// The object store is damaged.
    #[error("cannot read object {object}: {why}")]
    Corrupted {
        /// The object.
        object: String,
        /// What git says.
        why: String,
    },
    /// The index is damaged.
    #[error("cannot read the index: {why}")]
    DamagedIndex {
        /// What git says.
        why: String,
    },
    /// A ref names nothing.
    #[error("cannot read {name}: {why}")]
    BrokenRef {
        /// The ref.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file that the run needs cannot be read.
    #[error("cannot read {path}: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// Git does not come to an end.
    #[error("cannot wait for {command} any longer: it says nothing")]
    Silent {
        /// The command.
        command: String,
    },
    /// A tree, an index or a folder names more paths than any that people work with.
    #[error("cannot {what}: there are more than {limit} paths")]
    TooManyPaths {
        /// What was done.
        what: String,
        /// How many there may be.
        limit: usize,
    },
    /// The repository's own settings name a program, or a way, that git would use to fetch.
    #[error(
        "cannot fetch: the repository's own settings say {key}, which would make git run or trust what they name"
    )]
    FetchByRepository {
        /// The setting.
        key: String,
    },
    /// The settings cannot be used.
    #[error("cannot use coexist.toml, line {line}: {what}")]
    Config {
        /// The line.
        line: u32,
        /// What is wrong.
        what: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// Git failed in a way that has no name here.
    #[error("cannot {what}: {why}")]
    Git {
        /// What was done.
        what: String,
        /// What git says, its first line.
        why: String,
    },
}

impl Error {
    /// Returns what the error is about, for `error[git]: cannot …`.
    pub fn area(&self) -> &'static str {
        match self {
            Self::MissingPath { .. } | Self::OutsidePath { .. } | Self::Unreadable { .. } => {
                "input"
            }
            _ => "git",
        }
    }

    /// Returns what the user can do, as half a sentence, where there is something.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoGit { .. } => Some("install git 2.31 or newer and put it on PATH".into()),
            Self::NotARepository { .. } => {
                Some("run it inside a repository, or name one with --repo DIR".into())
            }
            Self::DubiousOwnership { path } => Some(format!(
                "if you trust it: git config --global --add safe.directory {path}"
            )),
            Self::ForeignWorktree { .. } => {
                Some("look at git config --show-origin core.worktree, and unset it".into())
            }
            Self::NoCommits { .. } => {
                Some("commit first, or review what is staged with --staged".into())
            }
            Self::MissingRef {
                nearest, shallow, ..
            } => missing_ref_help(nearest, *shallow),
            Self::MissingPath { nearest, .. } if nearest.is_empty() => {
                Some("git ls-files lists the paths that are known".into())
            }
            Self::MissingPath { nearest, .. } => {
                Some(format!("did you mean {}?", nearest.join(" or ")))
            }
            Self::OutsidePath { .. } => {
                Some("name the other repository with --repo DIR".into())
            }
            Self::Shallow { .. } => {
                Some("set fetch-depth: 0 on actions/checkout (GIT_DEPTH: 0 on GitLab), or rerun with --fetch".into())
            }
            Self::NoMergeBase { base, head } => Some(format!(
                "compare the two ends as they are: coexist review --two-dot {base}..{head}"
            )),
            Self::NoDefaultBranch => Some(
                "name the range, such as coexist review main..HEAD, or run git remote set-head origin --auto".into(),
            ),
            Self::NoUpstream { .. } => Some("name the range, such as coexist review HEAD~1..".into()),
            Self::MissingPull { command, .. } => Some(format!("run {command}, or rerun with --fetch")),
            Self::Bare { .. } => Some("name a range, such as coexist review main..topic".into()),
            Self::Corrupted { .. } => Some("run git fsck, then fetch the object again".into()),
            Self::Config { help, .. } => Some(help.clone().unwrap_or_else(|| {
                "correct it, or move it away: coexist init writes a new one".into()
            })),
            Self::DamagedIndex { .. } => {
                Some("move .git/index away; git reset makes a new one from HEAD".into())
            }
            Self::BrokenRef { .. } => {
                Some("run git fsck; git switch BRANCH goes to a branch that is whole".into())
            }
            Self::Silent { .. } => Some(
                "look for a pipe or a device among the files of .git and those that git config --list names".into(),
            ),
            Self::TooManyPaths { .. } => Some(
                "look for a folder that holds itself over and over, or for files that .gitignore should name".into(),
            ),
            Self::FetchByRepository { .. } => Some(
                "fetch yourself and run it again without --fetch, or make the setting yours: git config --global".into(),
            ),
            Self::Unreadable { .. } => Some("check that it is there and may be read".into()),
            Self::Git { .. } => Some("see whether git status and git fsck say more".into()),
        }
    }
}

fn missing_ref_help(nearest: &[String], shallow: bool) -> Option<String> {
    if !nearest.is_empty() {
        return Some(format!("did you mean {}?", nearest.join(" or ")));
    }
    Some(match shallow {
        true => "this clone is shallow: set fetch-depth: 0 on actions/checkout, or run git fetch --unshallow".into(),
        false => "git branch --all and git tag list the names that are here".into(),
    })
}

/// Returns at most three of the names that are near enough to be meant, the nearest first.
pub(crate) fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Vec<String> {
    let limit = name.chars().count() / 3 + 1;
    let mut near: Vec<(usize, &str)> = among
        .filter(|other| other.len() <= 2 * name.len() + 8 && name.len() <= 200)
        .map(|other| (distance(name, other), other))
        .filter(|&(distance, _)| distance <= limit)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(3);
    near.into_iter().map(|(_, other)| other.into()).collect()
}

/// Returns the number of characters to add, drop or replace to turn one text into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["main", "maint", "develop", "origin/main"];
        assert_eq!(nearest("mian", names.into_iter()), ["main"]);
        assert_eq!(nearest("mainn", names.into_iter()), ["main", "maint"]);
        assert_eq!(nearest("x", names.into_iter()), [""; 0]);
    }
}
