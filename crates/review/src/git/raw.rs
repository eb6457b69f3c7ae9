//! The `--raw -z` output of git's diff plumbing, and `ls-tree -z`.

use std::sync::Arc;

use super::oid::Oid;
use super::path::PathName;
use crate::error::Error;

/// What a path holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// A file.
    File,
    /// A file that may be executed.
    Executable,
    /// A symbolic link.
    Symlink,
    /// A commit of another repository.
    Submodule,
}

impl Mode {
    /// Returns the mode that git writes as that number; None for "there is nothing" and for trees.
    pub(crate) fn of(mode: u32) -> Option<Self> {
        match mode & 0o170_000 {
            0o120_000 => Some(Self::Symlink),
            0o160_000 => Some(Self::Submodule),
            // Old repositories hold 100664 and the like.
            0o100_000 if mode & 0o100 != 0 => Some(Self::Executable),
            0o100_000 => Some(Self::File),
            _ => None,
        }
    }

    /// Returns whether it is a file, executable or not.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::Executable)
    }

    fn parse(digits: &[u8]) -> Option<Self> {
        let digits = std::str::from_utf8(digits).ok()?;
        Self::of(u32::from_str_radix(digits, 8).ok()?)
    }
}

/// How a path differs between base and head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Only head has it.
    Added,
    /// Only base has it.
    Deleted,
    /// Both have it, with other content or another mode.
    Modified,
    /// Base has it under another path, which head has no longer.
    Renamed,
    /// Base has its content under another path, which head still has.
    Copied,
    /// A file became a symbolic link or a submodule, or the other way round.
    TypeChanged,
}

impl Status {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Deleted => "deleted",
            Self::Modified => "modified",
            Self::Renamed => "renamed",
            Self::Copied => "copied",
            Self::TypeChanged => "type changed",
        }
    }
}

/// One path that differs between base and head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathDelta {
    /// The path at head, or at base where head has none.
    pub path: Arc<str>,
    /// The path at base, where it was another.
    pub old_path: Option<Arc<str>>,
    /// How it differs.
    pub status: Status,
    /// The object at base; None where base has none.
    pub old_oid: Option<Oid>,
    /// The object at head; None where head has none, or where it is a file of the working tree that is too large to hash.
    pub new_oid: Option<Oid>,
    /// What it is at base.
    pub old_mode: Option<Mode>,
    /// What it is at head.
    pub new_mode: Option<Mode>,
    /// The path with its bytes, at head or at base as `path` is.
    pub(crate) name: PathName,
    /// The path at base with its bytes, where it was another.
    pub(crate) old_name: Option<PathName>,
}

impl PathDelta {
    /// Returns the path at base, where base has it.
    pub fn base_path(&self) -> Option<&Arc<str>> {
        match self.status {
            Status::Added => None,
            _ => Some(self.old_path.as_ref().unwrap_or(&self.path)),
        }
    }

    /// Returns the path at head, where head has it.
    pub fn head_path(&self) -> Option<&Arc<str>> {
        (self.status != Status::Deleted).then_some(&self.path)
    }

    /// Returns a delta of a path that only one side has, or that both have under the same name.
    pub(crate) fn of(
        name: PathName,
        old: Option<(Mode, Oid)>,
        new: Option<(Mode, Option<Oid>)>,
    ) -> Option<Self> {
        let status = match (old, new) {
            (None, None) => return None,
            (None, Some(_)) => Status::Added,
            (Some(_), None) => Status::Deleted,
            (Some((old, _)), Some((new, _))) if old.is_file() == new.is_file() => Status::Modified,
            (Some(_), Some(_)) => Status::TypeChanged,
        };
        Some(Self {
            path: name.path.clone(),
            old_path: None,
            status,
            old_oid: old.map(|(_, oid)| oid),
            new_oid: new.and_then(|(_, oid)| oid),
            old_mode: old.map(|(mode, _)| mode),
            new_mode: new.map(|(mode, _)| mode),
            name,
            old_name: None,
        })
    }
}

/// Reads the output of `diff-tree --raw -z` or `diff-index --raw -z`; sorted by path.
pub(crate) fn parse(output: &[u8]) -> Result<Vec<PathDelta>, Error> {
    let mut fields = output.split(|&byte| byte == 0);
    let mut deltas = Vec::new();
    while let Some(header) = fields.next() {
        if header.is_empty() {
            break;
        }
        deltas.extend(delta(header, &mut fields).ok_or_else(|| Error::Git {
            what: "read the list of changed files".into(),
            why: "git's answer has an unknown form".into(),
        })?);
    }
    deltas.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(deltas)
}

/// Reads `:100644 100644 <oid> <oid> R100` and the one or two paths that follow. The inner None: a difference that is none.
fn delta<'a>(
    header: &[u8],
    fields: &mut impl Iterator<Item = &'a [u8]>,
) -> Option<Option<PathDelta>> {
    let mut words = header.strip_prefix(b":")?.split(|&byte| byte == b' ');
    let old_mode = Mode::parse(words.next()?);
    let new_mode = Mode::parse(words.next()?);
    let old_oid = Oid::parse(words.next()?)?;
    let new_oid = Oid::parse(words.next()?)?;
    let letter = *words.next()?.first()?;
    let first = PathName::new(fields.next()?);
    let moved = match letter {
        b'R' => Some(Status::Renamed),
        b'C' => Some(Status::Copied),
        _ => None,
    };
    if let Some(status) = moved {
        let name = PathName::new(fields.next()?);
        return Some(Some(PathDelta {
            path: name.path.clone(),
            old_path: Some(first.path.clone()),
            status,
            old_oid: Some(old_oid),
            new_oid: Some(new_oid),
            old_mode,
            new_mode,
            name,
            old_name: Some(first),
        }));
    }
    if letter == b'U' {
        return Some(unmerged(first, old_mode.map(|mode| (mode, old_oid))));
    }
    Some(PathDelta::of(
        first,
        old_mode.map(|mode| (mode, old_oid)),
        new_mode.map(|mode| (mode, Some(new_oid).filter(|oid| !oid.is_null()))),
    ))
}

/// Returns the delta of a path that an unfinished merge has left in several versions: there is something new, but what is open.
fn unmerged(name: PathName, old: Option<(Mode, Oid)>) -> Option<PathDelta> {
    let mode = old.map_or(Mode::File, |(mode, _)| mode);
    PathDelta::of(name, old, Some((mode, None)))
}

/// Reads one record of `ls-tree -r -z`.
pub(crate) fn tree_entry(record: &[u8]) -> Option<(PathName, Mode, Oid)> {
    let tab = memchr::memchr(b'\t', record)?;
    let mut words = record[..tab].split(|&byte| byte == b' ');
    let mode = Mode::parse(words.next()?)?;
    let oid = Oid::parse(words.nth(1)?)?;
    Some((PathName::new(&record[tab + 1..]), mode, oid))
}

/// Returns whether git has stopped looking for renames by content, because too many paths come and go.
pub(crate) fn renames_cut_off(deltas: &[PathDelta]) -> bool {
    let count = |wanted: &[Status]| deltas.iter().filter(|d| wanted.contains(&d.status)).count();
    let sources = count(&[Status::Deleted]);
    let targets = count(&[Status::Added]);
    sources * targets > super::RENAME_LIMIT * super::RENAME_LIMIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_has_two_paths_and_a_newline_is_only_a_byte() {
        let a = "a".repeat(40);
        let b = "b".repeat(40);
        let output = format!(
            ":100644 100755 {a} {b} R090\0old\nname\0new\0:000000 120000 {} {b} A\0link\0",
            "0".repeat(40)
        );
        let deltas = parse(output.as_bytes()).unwrap();
        assert_eq!(deltas.len(), 2);
        assert_eq!(deltas[0].status, Status::Added);
        assert_eq!(deltas[0].new_mode, Some(Mode::Symlink));
        assert_eq!(deltas[1].old_path.as_deref(), Some("old\nname"));
        assert_eq!(deltas[1].new_mode, Some(Mode::Executable));
    }

    #[test]
    fn an_answer_of_unknown_form_is_an_error() {
        assert!(parse(b"100644 what\0").is_err());
        assert!(parse(b":100644\0").is_err());
    }
}
