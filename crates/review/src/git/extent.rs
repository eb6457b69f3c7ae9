//! How many paths two trees differ in, without listing them.
//!
//! Ten trees that each name the next one ten times hold ten thousand million paths. Git lists them one by one, in its memory,
//! before it says the first; here each pair of trees is looked at once.

use std::collections::BTreeMap;

use super::batch::Object;
use super::oid::Oid;
use super::process::too_many;
use super::{PATH_LIMIT, Repository};
use crate::error::Error;

/// A folder at both ends, or at one.
type Pair = (Option<Oid>, Option<Oid>);

/// What a name stands for at one end: whether that is a folder, and its id.
type Entry = Option<(bool, Oid)>;

/// What two folders differ in.
#[derive(Debug, Default)]
struct Folder {
    /// Paths that are no folders.
    files: usize,
    /// Folders of which the ids differ.
    folders: Vec<Pair>,
}

impl Repository {
    /// Returns an error where two trees, or a tree and nothing, differ in more paths than can be told.
    pub(super) fn check_extent(
        &self,
        what: &str,
        base: Option<&str>,
        head: Option<&str>,
    ) -> Result<(), Error> {
        let id = |text: Option<&str>| text.and_then(|text| Oid::parse(text.as_bytes()));
        match self.extent((id(base), id(head)), what)? > PATH_LIMIT {
            true => Err(too_many(what)),
            false => Ok(()),
        }
    }

    fn extent(&self, top: Pair, what: &str) -> Result<usize, Error> {
        let mut folders: BTreeMap<Pair, Folder> = BTreeMap::new();
        let mut counts: BTreeMap<Pair, usize> = BTreeMap::new();
        let mut open = vec![top];
        // A folder is counted when it is met the second time: then those within it are.
        while let Some(&pair) = open.last() {
            if counts.contains_key(&pair) {
                open.pop();
                continue;
            }
            if let Some(folder) = folders.get(&pair) {
                let below = folder.folders.iter().filter_map(|pair| counts.get(pair));
                let count = below.fold(folder.files, |sum, count| sum.saturating_add(*count));
                counts.insert(pair, count);
                open.pop();
                continue;
            }
            if folders.len() >= PATH_LIMIT {
                return Err(too_many(what));
            }
            let folder = compared(
                &self.entries(pair.0)?,
                &self.entries(pair.1)?,
                self.format.length(),
            );
            open.extend(
                folder
                    .folders
                    .iter()
                    .filter(|pair| !folders.contains_key(pair)),
            );
            folders.insert(pair, folder);
        }
        Ok(counts.get(&top).copied().unwrap_or_default())
    }

    fn entries(&self, tree: Option<Oid>) -> Result<Vec<u8>, Error> {
        let Some(tree) = tree else {
            return Ok(Vec::new());
        };
        let name = [tree.to_string()];
        let small = match self.headers(&name)?.first() {
            Some(Object::Found { kind, size, .. }) => kind == "tree" && *size < super::INDEX_LIMIT,
            _ => false,
        };
        let found = match small {
            true => self.contents(&name)?.into_iter().next(),
            false => None,
        };
        // What cannot be read has no paths; git says so in its own words.
        Ok(match found {
            Some(Object::Found { content, .. }) => content,
            _ => Vec::new(),
        })
    }
}

fn compared(base: &[u8], head: &[u8], id_length: usize) -> Folder {
    let mut by_name: BTreeMap<&[u8], [Entry; 2]> = BTreeMap::new();
    for (side, content) in [base, head].into_iter().enumerate() {
        for (name, is_folder, oid) in parse(content, id_length) {
            by_name.entry(name).or_default()[side] = Some((is_folder, oid));
        }
    }
    let mut folder = Folder::default();
    for [base, head] in by_name.into_values().filter(|[base, head]| base != head) {
        let within = |side: Entry| side.filter(|side| side.0).map(|side| side.1);
        let is_file = |side: Entry| side.is_some_and(|side| !side.0);
        let pair = (within(base), within(head));
        folder.files += usize::from(is_file(base) || is_file(head));
        if pair != (None, None) {
            folder.folders.push(pair);
        }
    }
    folder
}

/// Reads the entries of a tree object: `100644 name\0` and the bytes of the id.
fn parse(content: &[u8], id_length: usize) -> impl Iterator<Item = (&[u8], bool, Oid)> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let space = memchr::memchr(b' ', rest)?;
        let is_folder = &rest[..space] == b"40000" || &rest[..space] == b"040000";
        let end = space + memchr::memchr(0, &rest[space..])?;
        let name = &rest[space + 1..end];
        let id = rest.get(end + 1..end + 1 + id_length)?;
        rest = &rest[end + 1 + id_length..];
        Some((name, is_folder, Oid::from_raw(id)?))
    })
}
