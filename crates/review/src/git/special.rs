//! Pipes, devices and folders in place of the files of a repository: git would open them, and wait.

use std::path::{Path, PathBuf};

use super::disk;
use super::path::of_bytes;
use crate::error::Error;

/// The files that git opens in the directory of a repository, whatever it is asked, and reads line by line. A loose ref or object is
/// opened only where one is asked for; there the patience for git's answers has to do.
const READ_BY_LINE: &[&str] = &[
    "HEAD",
    "FETCH_HEAD",
    "commondir",
    "config",
    "config.worktree",
    "gitdir",
    "info/attributes",
    "info/exclude",
    "info/grafts",
    "info/sparse-checkout",
    "objects/info/alternates",
    "objects/info/commit-graphs/commit-graph-chain",
    "shallow",
];
/// Those in which it looks things up.
const LOOKED_UP: &[&str] = &["index", "objects/info/commit-graph", "packed-refs"];
/// Bytes that people, or git, write into a file of lines.
const LINES: u64 = 32 << 20;

/// Bytes of a file that says where the repository lies.
const POINTER: u64 = 1 << 16;

/// Looks at the repository that a directory lies in, if there is one, before git does.
pub(super) fn check_above(start: &Path) -> Result<(), Error> {
    git_dir_above(start).map_or(Ok(()), |git_dir| check(&git_dir))
}

/// Returns why git finds no repository from a directory: there may be one that it does not take for one.
pub(super) fn refused(start: &Path, path: String) -> Error {
    match git_dir_above(start) {
        Some(git_dir) => Error::Unreadable {
            path: git_dir.join("HEAD").display().to_string(),
            why: match git_dir.join("HEAD").symlink_metadata() {
                Ok(_) => {
                    "it names neither a branch nor a commit, so that this is no repository".into()
                }
                Err(why) => why.to_string(),
            },
        },
        None => Error::NotARepository { path },
    }
}

fn git_dir_above(start: &Path) -> Option<PathBuf> {
    start.ancestors().find_map(|folder| {
        let dot_git = folder.join(".git");
        match std::fs::metadata(&dot_git) {
            Ok(seen) if seen.is_dir() => Some(dot_git),
            Ok(seen) if seen.is_file() => pointed_to(&dot_git, "gitdir:"),
            _ => {
                let is_bare = folder.join("objects").is_dir() && folder.join("refs").is_dir();
                is_bare.then(|| folder.to_owned())
            }
        }
    })
}

/// Looks at the files of a repository of which this is the directory.
pub(super) fn check(git_dir: &Path) -> Result<(), Error> {
    check_files(git_dir)?;
    match pointed_to(&git_dir.join("commondir"), "") {
        Some(common) => check_files(&common),
        None => Ok(()),
    }
}

fn check_files(git_dir: &Path) -> Result<(), Error> {
    for file in READ_BY_LINE {
        check_lines(&git_dir.join(file))?;
    }
    for file in LOOKED_UP {
        check_file(&git_dir.join(file))?;
    }
    if let Some(branch) = pointed_to(&git_dir.join("HEAD"), "ref:") {
        check_lines(&branch)?;
    }
    let Ok(packs) = std::fs::read_dir(git_dir.join("objects/pack")) else {
        return Ok(());
    };
    packs
        .flatten()
        .try_for_each(|pack| check_file(&pack.path()))
}

/// Returns an error where something is there and is no file of lines.
pub(super) fn check_lines(file: &Path) -> Result<(), Error> {
    check_file(file)?;
    match std::fs::metadata(file) {
        Ok(seen) if seen.len() > LINES => Err(Error::Unreadable {
            path: file.display().to_string(),
            why: format!("it has {} bytes, more than {LINES}", seen.len()),
        }),
        _ => Ok(()),
    }
}

/// Returns an error where something is there and is no file. What cannot be looked at is left to git, which says why.
pub(super) fn check_file(file: &Path) -> Result<(), Error> {
    match std::fs::metadata(file) {
        Ok(seen) if !seen.is_file() => Err(Error::Unreadable {
            path: file.display().to_string(),
            why: match seen.is_dir() {
                true => "it is a folder, and a file is expected".into(),
                false => "it is a pipe or a device, and a file is expected".into(),
            },
        }),
        _ => Ok(()),
    }
}

/// Returns the folder that a file names behind a word, relative to its own.
fn pointed_to(file: &Path, word: &str) -> Option<PathBuf> {
    let mut text = Vec::new();
    let is_file = std::fs::metadata(file).is_ok_and(|seen| seen.is_file());
    if !is_file || disk::read(file, POINTER, &mut text).is_err() {
        return None;
    }
    let named = text.strip_prefix(word.as_bytes())?.trim_ascii();
    Some(file.parent()?.join(of_bytes(named)))
}
