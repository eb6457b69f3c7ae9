//! Renames among files of the working tree, which git itself could find only by storing them as objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::Error;
use crate::git::{Oid, PathDelta, Repository, Status};
use crate::tree::{Content, TreeAt};

/// Pairs that are compared by content.
const PAIR_LIMIT: usize = 40_000;
/// The part of the larger file that two must share, in percent; git's own default.
const ALIKE: u64 = 50;

/// Turns pairs of a deleted and an added file into renames: first by equal content, then by likeness.
///
/// The second part of the result says whether there were too many to compare.
pub(super) fn find(
    repository: &Repository,
    deltas: Vec<PathDelta>,
    on_disk: &BTreeSet<Arc<str>>,
) -> Result<(Vec<PathDelta>, bool), Error> {
    let mut pairs = exact(&deltas);
    let open = |status: Status| {
        deltas
            .iter()
            .filter(|delta| delta.status == status && is_file(delta))
            .filter(|delta| !pairs.contains_key(&delta.path))
            .filter(|delta| !pairs.values().any(|old| *old == delta.path))
            .collect::<Vec<_>>()
    };
    let (deleted, added) = (open(Status::Deleted), open(Status::Added));
    let cut_off = deleted.len() * added.len() > PAIR_LIMIT;
    if !cut_off && !deleted.is_empty() && !added.is_empty() {
        pairs.extend(alike(repository, &deleted, &added, on_disk)?);
    }
    Ok((joined(deltas, &pairs), cut_off))
}

fn is_file(delta: &PathDelta) -> bool {
    let mode = delta.new_mode.or(delta.old_mode);
    mode.is_some_and(|mode| mode.is_file())
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns new paths and the old paths that have the same object; one of the same name first.
fn exact(deltas: &[PathDelta]) -> BTreeMap<Arc<str>, Arc<str>> {
    let empty = [
        crate::git::ObjectFormat::Sha1,
        crate::git::ObjectFormat::Sha256,
    ]
    .map(|format| format.hash_blob(b""));
    let mut sources: BTreeMap<Oid, Vec<&Arc<str>>> = BTreeMap::new();
    for delta in deltas
        .iter()
        .filter(|delta| delta.status == Status::Deleted)
    {
        // Two empty files have nothing to do with each other.
        if let Some(oid) = delta.old_oid.filter(|oid| !empty.contains(oid)) {
            sources.entry(oid).or_default().push(&delta.path);
        }
    }
    let mut pairs = BTreeMap::new();
    for same_name in [true, false] {
        for delta in deltas.iter().filter(|delta| delta.status == Status::Added) {
            let Some(olds) = delta.new_oid.and_then(|oid| sources.get_mut(&oid)) else {
                continue;
            };
            let fits = |old: &&Arc<str>| !same_name || file_name(old) == file_name(&delta.path);
            if let Some(at) = olds.iter().position(fits)
                && !pairs.contains_key(&delta.path)
            {
                pairs.insert(delta.path.clone(), olds.remove(at).clone());
            }
        }
    }
    pairs
}

/// Returns new paths and the old paths whose content is most alike.
fn alike(
    repository: &Repository,
    deleted: &[&PathDelta],
    added: &[&PathDelta],
    on_disk: &BTreeSet<Arc<str>>,
) -> Result<BTreeMap<Arc<str>, Arc<str>>, Error> {
    let none = BTreeSet::new();
    let owned = |deltas: &[&PathDelta]| {
        deltas
            .iter()
            .map(|&delta| delta.clone())
            .collect::<Vec<_>>()
    };
    let old = TreeAt::default().before("", &owned(deleted));
    let new = TreeAt::default().after("", &owned(added), on_disk, &none);
    let old = prints(repository, &old)?;
    let new = prints(repository, &new)?;
    let mut scores = Vec::new();
    for (new_path, new_print) in &new {
        for (old_path, old_print) in &old {
            let shared = old_print.shared(new_print);
            let size = old_print.size.max(new_print.size);
            if size > 0 && shared * 100 >= size * ALIKE {
                let same_name = file_name(old_path) == file_name(new_path);
                let score = shared * 10_000 / size;
                scores.push((std::cmp::Reverse((score, same_name)), new_path, old_path));
            }
        }
    }
    scores.sort();
    let mut pairs = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (_, new_path, old_path) in scores {
        if !pairs.contains_key(new_path) && taken.insert(old_path) {
            pairs.insert(new_path.clone(), old_path.clone());
        }
    }
    Ok(pairs)
}

/// How many bytes stand in lines of each hash.
struct Print {
    size: u64,
    lines: Vec<(u64, u64)>,
}

impl Print {
    fn of(text: &str) -> Self {
        let mut lines = BTreeMap::new();
        for line in text.split_inclusive('\n') {
            *lines.entry(fnv(line.as_bytes())).or_insert(0) += line.len() as u64;
        }
        Self {
            size: text.len() as u64,
            lines: lines.into_iter().collect(),
        }
    }

    fn shared(&self, other: &Self) -> u64 {
        let (mut a, mut b) = (self.lines.iter().peekable(), other.lines.iter().peekable());
        let mut shared = 0;
        while let (Some((x, m)), Some((y, n))) = (a.peek(), b.peek()) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => {
                    shared += *m.min(n);
                    a.next();
                    b.next();
                }
            }
        }
        shared
    }
}

/// The FNV-1a hash: the same on every machine.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn prints(repository: &Repository, tree: &TreeAt) -> Result<BTreeMap<Arc<str>, Print>, Error> {
    let paths: Vec<&Arc<str>> = tree.paths().collect();
    let contents: BTreeMap<Arc<str>, Content> = tree.read_many(repository, &paths)?;
    Ok(contents
        .into_iter()
        .filter_map(|(path, content)| Some((path, Print::of(content.text()?))))
        .collect())
}

fn joined(deltas: Vec<PathDelta>, pairs: &BTreeMap<Arc<str>, Arc<str>>) -> Vec<PathDelta> {
    if pairs.is_empty() {
        return deltas;
    }
    let old: BTreeMap<Arc<str>, PathDelta> = deltas
        .iter()
        .filter(|delta| delta.status == Status::Deleted)
        .map(|delta| (delta.path.clone(), delta.clone()))
        .collect();
    let sources: BTreeSet<&Arc<str>> = pairs.values().collect();
    deltas
        .into_iter()
        .filter(|delta| delta.status != Status::Deleted || !sources.contains(&delta.path))
        .map(|mut delta| {
            if let Some(source) = pairs.get(&delta.path).and_then(|path| old.get(path)) {
                delta.status = Status::Renamed;
                delta.old_path = Some(source.path.clone());
                delta.old_name = Some(source.name.clone());
                delta.old_mode = source.old_mode;
                delta.old_oid = source.old_oid;
            }
            delta
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_counts_the_bytes_of_shared_lines() {
        let a = Print::of("one\ntwo\nthree\n");
        let b = Print::of("three\none\nfour\n");
        assert_eq!(a.shared(&b), 10);
        assert_eq!(a.shared(&Print::of("")), 0);
    }
}
