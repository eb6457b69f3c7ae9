//! The index file: which blob each path has, and what its file looked like when that was last known to be so.
//!
//! The format is that of <https://git-scm.com/docs/index-format>. `git diff-files` would say the same, but it runs clean
//! filters on files whose stat data it does not trust.

use super::oid::{ObjectFormat, Oid};
use super::path::PathName;

/// Entries are told apart by stage; a merge leaves up to three for one path.
const STAGE: u16 = 0x3000;
const EXTENDED: u16 = 0x4000;
const ASSUME_VALID: u16 = 0x8000;
const NAME_LENGTH: u16 = 0x0fff;
const SKIP_WORKTREE: u16 = 0x4000;
const INTENT_TO_ADD: u16 = 0x2000;

/// A moment as file systems store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Moment {
    pub(crate) seconds: u32,
    pub(crate) nanoseconds: u32,
}

/// What a file looked like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stat {
    pub(crate) changed: Moment,
    pub(crate) modified: Moment,
    /// The size, modulo 2³².
    pub(crate) size: u32,
}

/// One path of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    pub(crate) name: PathName,
    pub(crate) mode: u32,
    pub(crate) oid: Oid,
    /// None where only `ls-files` was asked.
    pub(crate) stat: Option<Stat>,
    pub(crate) stage: u8,
    /// The user told git not to look at the file (`assume-unchanged`), or a sparse checkout left it out.
    pub(crate) unwatched: bool,
    /// `git add --intent-to-add`: nothing is staged yet.
    pub(crate) intent_to_add: bool,
}

/// The index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Index {
    /// Sorted by path, then stage.
    pub(crate) entries: Vec<IndexEntry>,
    /// When the file was written.
    pub(crate) written: Moment,
    /// The tree that the entries make, where git has noted it.
    pub(crate) tree: Option<Oid>,
}

impl Index {
    /// Returns the stage-0 entry of a path.
    pub(crate) fn entry(&self, path: &str) -> Option<&IndexEntry> {
        let at = self
            .entries
            .binary_search_by(|entry| (&*entry.name.path, entry.stage).cmp(&(path, 0)))
            .ok()?;
        self.entries.get(at)
    }

    /// Returns the stage-0 entry of each of these paths, which are sorted.
    pub(crate) fn entries_of<'p>(
        &self,
        paths: impl Iterator<Item = &'p str>,
    ) -> impl Iterator<Item = Option<&IndexEntry>> {
        let mut rest = self.entries.as_slice();
        paths.map(move |path| {
            let is_before = |entry: &IndexEntry| (&*entry.name.path, entry.stage) < (path, 0);
            // Mostly the next path of the index is the next that is asked for.
            if rest.first().is_some_and(is_before) {
                rest = &rest[rest.partition_point(is_before)..];
            }
            let (first, after) = rest.split_first()?;
            if (&*first.name.path, first.stage) != (path, 0) {
                return None;
            }
            rest = after;
            Some(first)
        })
    }

    /// Sorts the entries, which come in the order of raw bytes.
    pub(crate) fn sorted(content: Content, written: Moment) -> Self {
        let Content { mut entries, tree } = content;
        let key = |entry: &IndexEntry| (entry.name.path.clone(), entry.stage);
        if !entries.is_sorted_by_key(key) {
            entries.sort_by_key(key);
        }
        Self {
            entries,
            written,
            tree,
        }
    }
}

/// What the bytes of an index say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Content {
    pub(crate) entries: Vec<IndexEntry>,
    /// The tree that they make, where git has noted it and the bytes are whole.
    pub(crate) tree: Option<Oid>,
}

/// Why the bytes of an index do not give its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotRead {
    /// It needs another file, or holds folders of a sparse checkout: git itself must be asked.
    AskGit,
    /// It is damaged, or of a version that is not known.
    Damaged,
}

/// Reads the bytes of an index file of version 2, 3 or 4.
pub(crate) fn parse(bytes: &[u8], format: ObjectFormat) -> Result<Content, NotRead> {
    let mut cursor = Cursor { bytes, at: 0 };
    if cursor.take(4)? != b"DIRC" {
        return Err(NotRead::Damaged);
    }
    let version = cursor.u32()?;
    if !(2..=4).contains(&version) {
        return Err(NotRead::Damaged);
    }
    let count = cursor.u32()?;
    let mut entries: Vec<IndexEntry> = Vec::new();
    let mut name = Vec::new();
    for _ in 0..count {
        entries.push(entry(&mut cursor, version, format, &mut name)?);
    }
    let tree = extensions(&mut cursor, format)?.filter(|_| format.ends_with_its_hash(bytes));
    Ok(Content { entries, tree })
}

fn entry(
    cursor: &mut Cursor<'_>,
    version: u32,
    format: ObjectFormat,
    name: &mut Vec<u8>,
) -> Result<IndexEntry, NotRead> {
    let start = cursor.at;
    let changed = cursor.moment()?;
    let modified = cursor.moment()?;
    let [_device, _inode, mode, _user, _group, size] = cursor.six()?;
    let oid = Oid::from_raw(cursor.take(format.length())?).ok_or(NotRead::Damaged)?;
    let flags = cursor.u16()?;
    let extended = match flags & EXTENDED {
        0 => 0,
        _ if version < 3 => return Err(NotRead::Damaged),
        _ => cursor.u16()?,
    };
    if version == 4 {
        let stripped = cursor.varint()?;
        let kept = name.len().checked_sub(stripped).ok_or(NotRead::Damaged)?;
        name.truncate(kept);
        name.extend_from_slice(cursor.until_nul()?);
    } else {
        name.clear();
        name.extend_from_slice(cursor.until_nul()?);
        if name.len() < usize::from(NAME_LENGTH) && name.len() != usize::from(flags & NAME_LENGTH) {
            return Err(NotRead::Damaged);
        }
        // Entries are padded with NUL to a multiple of eight bytes; one of them ends the name.
        let length = cursor.at - start;
        cursor.take(length.next_multiple_of(8) - length)?;
    }
    Ok(IndexEntry {
        name: PathName::new(name),
        mode,
        oid,
        stat: Some(Stat {
            changed,
            modified,
            size,
        }),
        stage: u8::try_from((flags & STAGE) >> 12).unwrap_or(0),
        unwatched: flags & ASSUME_VALID != 0 || extended & SKIP_WORKTREE != 0,
        intent_to_add: extended & INTENT_TO_ADD != 0,
    })
}

/// Walks the extensions and returns the tree that one of them may name. One with a lowercase name changes what the entries mean.
fn extensions(cursor: &mut Cursor<'_>, format: ObjectFormat) -> Result<Option<Oid>, NotRead> {
    let mut tree = None;
    while cursor.bytes.len() - cursor.at > format.length() {
        let name = cursor.take(4)?;
        let size = cursor.u32()?;
        if !name[0].is_ascii_uppercase() {
            return Err(NotRead::AskGit);
        }
        let content = cursor.take(usize::try_from(size).map_err(|_| NotRead::Damaged)?)?;
        if name == b"TREE" {
            tree = root(content, format);
        }
    }
    Ok(tree)
}

/// Returns the tree of the first entry of the cache of trees, which is the root: an empty path, NUL, the number of entries below it,
/// a space, the number of trees below it, a line feed, the id. The number is negative where an entry has changed since.
fn root(content: &[u8], format: ObjectFormat) -> Option<Oid> {
    let content = content.strip_prefix(b"\0")?;
    let (numbers, rest) = content.split_at(memchr::memchr(b'\n', content)?);
    numbers.first().filter(|digit| digit.is_ascii_digit())?;
    Oid::from_raw(rest.get(1..=format.length())?)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], NotRead> {
        let end = self.at.checked_add(count).ok_or(NotRead::Damaged)?;
        let taken = self.bytes.get(self.at..end).ok_or(NotRead::Damaged)?;
        self.at = end;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, NotRead> {
        let taken = self.take(2)?;
        Ok(u16::from_be_bytes([taken[0], taken[1]]))
    }

    fn u32(&mut self) -> Result<u32, NotRead> {
        let taken = self.take(4)?;
        Ok(u32::from_be_bytes([taken[0], taken[1], taken[2], taken[3]]))
    }

    fn moment(&mut self) -> Result<Moment, NotRead> {
        Ok(Moment {
            seconds: self.u32()?,
            nanoseconds: self.u32()?,
        })
    }

    fn six(&mut self) -> Result<[u32; 6], NotRead> {
        let mut words = [0; 6];
        for word in &mut words {
            *word = self.u32()?;
        }
        Ok(words)
    }

    fn until_nul(&mut self) -> Result<&'a [u8], NotRead> {
        let rest = self.bytes.get(self.at..).ok_or(NotRead::Damaged)?;
        let length = memchr::memchr(0, rest).ok_or(NotRead::Damaged)?;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    /// Reads the variable-width number of the pack format's offset deltas.
    fn varint(&mut self) -> Result<usize, NotRead> {
        let mut byte = self.take(1)?[0];
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.take(1)?[0];
            value = value
                .checked_add(1)
                .and_then(|value| value.checked_mul(128))
                .and_then(|value| value.checked_add(usize::from(byte & 0x7f)))
                .ok_or(NotRead::Damaged)?;
        }
        Ok(value)
    }
}

/// Reads one record of `git ls-files -s -v -z`: a letter, which is `S` outside of a sparse checkout and lowercase for
/// `assume-unchanged`, then mode, id and stage.
pub(crate) fn listed(record: &[u8]) -> Option<IndexEntry> {
    let tab = memchr::memchr(b'\t', record)?;
    let head = std::str::from_utf8(&record[..tab]).ok()?;
    let mut words = head.split(' ');
    let tag = words.next()?;
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let oid = Oid::parse(words.next()?.as_bytes())?;
    let stage = words.next()?.parse().ok()?;
    Some(IndexEntry {
        name: PathName::new(&record[tab + 1..]),
        mode,
        oid,
        stat: None,
        stage,
        unwatched: tag == "S" || tag.starts_with(|c: char| c.is_ascii_lowercase()),
        intent_to_add: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_bytes_are_refused_and_never_panic() {
        let format = ObjectFormat::Sha1;
        assert_eq!(parse(b"", format), Err(NotRead::Damaged));
        assert_eq!(
            parse(b"DIRC\0\0\0\x05\0\0\0\0", format),
            Err(NotRead::Damaged)
        );
        assert_eq!(
            parse(b"DIRC\0\0\0\x02\xff\xff\xff\xff", format),
            Err(NotRead::Damaged)
        );
        let mut seed = 1_u64;
        for _ in 0..2_000 {
            let mut bytes = b"DIRC\0\0\0\x04\0\0\0\x02".to_vec();
            for _ in 0..200 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                bytes.push((seed >> 56) as u8);
            }
            let _ = parse(&bytes, format);
        }
    }

    #[test]
    fn the_tree_of_an_index_is_known_where_nothing_has_changed_since() {
        let index = |numbers: &str| {
            let mut tree = format!("\0{numbers}\n").into_bytes();
            tree.extend([7; 20]);
            let mut bytes = b"DIRC\0\0\0\x02\0\0\0\0TREE\0\0\0".to_vec();
            bytes.push(u8::try_from(tree.len()).unwrap());
            bytes.extend(tree);
            bytes
        };
        let whole = |mut bytes: Vec<u8>| {
            let hash = ObjectFormat::Sha1.hash_bytes(&bytes);
            bytes.extend(hash);
            parse(&bytes, ObjectFormat::Sha1).unwrap().tree
        };
        assert_eq!(whole(index("0 0")), Oid::from_raw(&[7; 20]));
        assert_eq!(whole(index("-1 0")), None);
        let mut damaged = index("0 0");
        damaged.extend([0; 20]);
        assert_eq!(parse(&damaged, ObjectFormat::Sha1), Ok(Content::default()));
    }

    #[test]
    fn an_extension_that_changes_the_entries_sends_us_to_git() {
        let mut bytes = b"DIRC\0\0\0\x02\0\0\0\0link\0\0\0\0".to_vec();
        bytes.extend([0; 20]);
        assert_eq!(parse(&bytes, ObjectFormat::Sha1), Err(NotRead::AskGit));
    }
}
