//! What the user asked for.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use crate::error::Error;
use crate::git::{PathDelta, Repository};

/// What to review.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which trees.
    pub what: What,
    /// Files and folders that limit the deltas, relative to the directory in which the repository was opened.
    pub paths: Vec<String>,
    /// Revisions that run now.
    pub deployed: Vec<String>,
    /// Whether `git fetch` may be run.
    pub fetch: bool,
    /// The environment variables of the caller: those of CI systems tell branches and pull requests.
    pub environment: BTreeMap<String, String>,
}

/// Which trees to compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum What {
    /// What is staged, else the working tree, else the branch.
    #[default]
    Here,
    /// The index against HEAD.
    Staged,
    /// The working tree against HEAD, staged or not.
    Worktree,
    /// Two revisions.
    Range {
        /// One end.
        from: String,
        /// The other.
        to: String,
        /// Whether `from` itself is base; otherwise base is where `to` left it.
        literal: bool,
    },
    /// One commit against its first parent; a root commit against nothing.
    Commit(String),
    /// A pull or merge request.
    Pull(PullRequest),
}

/// A pull or merge request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Whether it was written as GitLab does.
    pub gitlab: bool,
}

impl PullRequest {
    /// Reads `7`, `#7`, `!7` or the address of a pull request; None where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let of = |digits: &str, gitlab| {
            let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits.parse().ok().filter(|_| all)?;
            Some(Self { number, gitlab })
        };
        if let Some(rest) = text
            .strip_prefix("https://")
            .or(text.strip_prefix("http://"))
        {
            let mut parts = rest.split(['/', '?', '#']).skip(1);
            return parts
                .by_ref()
                .find_map(|part| match part {
                    "pull" | "pulls" | "pull-requests" | "pullrequest" => Some(false),
                    "merge_requests" => Some(true),
                    _ => None,
                })
                .and_then(|gitlab| of(parts.next()?, gitlab));
        }
        match text.strip_prefix('!') {
            Some(digits) => of(digits, true),
            None => of(text.strip_prefix('#').unwrap_or(text), false),
        }
    }
}

impl Request {
    /// Reads the bare arguments of `coexist review`: paths, one range, one revision or one pull request.
    ///
    /// A path that exists is a path, whatever else it could be. `two_dot` takes `A..B` as it is written.
    pub fn arguments(
        &mut self,
        repository: &Repository,
        arguments: &[String],
        two_dot: bool,
    ) -> Result<(), Error> {
        for argument in arguments {
            let on_disk = Paths::on_disk(repository, argument);
            if on_disk || self.what != What::Here {
                self.paths.push(argument.clone());
            } else if let Some(pull) = PullRequest::parse(argument) {
                self.what = What::Pull(pull);
            } else if let Some((from, to, literal)) = range(argument, two_dot) {
                self.what = What::Range { from, to, literal };
            } else if !argument.contains('/') || repository.find(argument)?.is_some() {
                match repository.find(argument)? {
                    Some(_) => self.what = What::Commit(argument.clone()),
                    None if looks_like_a_path(argument) => self.paths.push(argument.clone()),
                    None => drop(repository.resolve(argument)?),
                }
            } else {
                self.paths.push(argument.clone());
            }
        }
        Ok(())
    }
}

fn looks_like_a_path(argument: &str) -> bool {
    argument.contains('.') || argument.contains('/')
}

/// Splits `A..B` and `A...B`; an end that is left out is HEAD.
fn range(argument: &str, two_dot: bool) -> Option<(String, String, bool)> {
    let or_head = |end: &str| match end {
        "" => "HEAD".to_owned(),
        end => end.to_owned(),
    };
    // A relative path such as `../x` is none.
    if argument.starts_with("../") || argument == ".." || argument.contains("/../") {
        return None;
    }
    let (from, to, literal) = match argument.split_once("...") {
        Some((from, to)) => (from, to, false),
        None => {
            let (from, to) = argument.split_once("..")?;
            (from, to, two_dot)
        }
    };
    Some((or_head(from), or_head(to), literal))
}

/// The paths that limit a change, relative to the top of the repository.
#[derive(Debug, Default)]
pub(super) struct Paths {
    paths: Vec<String>,
}

impl Paths {
    pub(super) fn new(repository: &Repository, named: &[String]) -> Result<Self, Error> {
        let mut paths: Vec<String> = named
            .iter()
            .map(|path| {
                Self::relative(repository, path)
                    .ok_or_else(|| Error::OutsidePath { path: path.clone() })
            })
            .collect::<Result<_, _>>()?;
        paths.sort();
        paths.dedup();
        Ok(Self { paths })
    }

    /// Returns the path relative to the top, by its text alone; empty for the top itself.
    fn relative(repository: &Repository, path: &str) -> Option<String> {
        let mut parts: Vec<&str> = repository
            .prefix()
            .split('/')
            .filter(|p| !p.is_empty())
            .collect();
        let mut below = Path::new(path);
        if below.is_absolute() {
            parts.clear();
            below = below.strip_prefix(repository.top()?).ok()?;
        }
        for part in below.components() {
            match part {
                Component::Normal(part) => parts.push(part.to_str()?),
                Component::ParentDir => drop(parts.pop()?),
                Component::CurDir => {}
                _ => return None,
            }
        }
        Some(parts.join("/"))
    }

    fn on_disk(repository: &Repository, path: &str) -> bool {
        let relative = Self::relative(repository, path);
        repository
            .top()
            .zip(relative)
            .is_some_and(|(top, relative)| std::fs::symlink_metadata(top.join(relative)).is_ok())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Returns whether a delta is among the paths; all are where none is named.
    pub(super) fn hold(&self, delta: &PathDelta) -> bool {
        let ends = [Some(&delta.path), delta.old_path.as_ref()];
        self.is_empty()
            || self
                .paths
                .iter()
                .any(|named| ends.into_iter().flatten().any(|path| within(named, path)))
    }

    /// Returns the named paths that no delta touches.
    pub(super) fn without<'a>(
        &'a self,
        deltas: &'a [PathDelta],
    ) -> impl Iterator<Item = &'a String> {
        self.paths.iter().filter(|named| {
            !deltas.iter().any(|delta| {
                within(named, &delta.path)
                    || delta
                        .old_path
                        .as_ref()
                        .is_some_and(|old| within(named, old))
            })
        })
    }
}

fn within(named: &str, path: &str) -> bool {
    named.is_empty()
        || path
            .strip_prefix(named)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_request_is_a_number_or_an_address() {
        let parse = |text| PullRequest::parse(text).map(|pull| (pull.number, pull.gitlab));
        assert_eq!(parse("7"), Some((7, false)));
        assert_eq!(parse("#7"), Some((7, false)));
        assert_eq!(parse("!7"), Some((7, true)));
        assert_eq!(
            parse("https://github.com/a/b/pull/12/files"),
            Some((12, false))
        );
        assert_eq!(
            parse("https://gitlab.com/a/b/-/merge_requests/3#note_1"),
            Some((3, true))
        );
        assert_eq!(parse("https://codeberg.org/a/b/pulls/4"), Some((4, false)));
        assert_eq!(parse("https://github.com/a/b/issues/12"), None);
        assert_eq!(parse("7a"), None);
        assert_eq!(parse("+7"), None);
        assert_eq!(parse(""), None);
        assert_eq!(parse("99999999999999999999999"), None);
    }

    #[test]
    fn two_dots_are_three_unless_the_literal_meaning_is_asked_for() {
        let head = || "HEAD".to_owned();
        assert_eq!(range("a..b", false), Some(("a".into(), "b".into(), false)));
        assert_eq!(range("a..b", true), Some(("a".into(), "b".into(), true)));
        assert_eq!(range("a...b", true), Some(("a".into(), "b".into(), false)));
        assert_eq!(
            range("HEAD~1..", false),
            Some(("HEAD~1".into(), head(), false))
        );
        assert_eq!(range("../x", false), None);
    }
}
