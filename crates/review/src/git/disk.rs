//! Files of the working tree, read by ourselves: no filter runs and no symbolic link is followed.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::index::{Index, IndexEntry, Moment, Stat};
use super::oid::{ObjectFormat, Oid};

/// What stands at a path on disk.
#[derive(Debug)]
pub(crate) enum OnDisk {
    /// A file.
    File(Metadata),
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// Nothing, or something below a symbolic link.
    Absent,
    /// A pipe, socket or device.
    Special,
    /// The system refuses to say.
    Refused(String),
}

/// Looks at paths below one folder; remembers the last folder that it has seen to be inside.
#[derive(Debug)]
pub(crate) struct Disk<'a> {
    top: &'a Path,
    inside: Option<PathBuf>,
}

impl<'a> Disk<'a> {
    pub(crate) fn new(top: &'a Path) -> Self {
        Self { top, inside: None }
    }

    /// Returns what stands at that path, which lies below the top.
    pub(crate) fn look(&mut self, path: &Path) -> OnDisk {
        match self.is_inside(path.parent()) {
            Ok(true) => {}
            Ok(false) => return OnDisk::Absent,
            // Below a folder that may not be entered, nobody knows what is gone.
            Err(why) => return OnDisk::Refused(why.to_string()),
        }
        match fs::symlink_metadata(path) {
            Ok(seen) if seen.is_file() => OnDisk::File(seen),
            Ok(seen) if seen.is_symlink() => OnDisk::Link,
            Ok(seen) if seen.is_dir() => OnDisk::Folder,
            Ok(_) => OnDisk::Special,
            Err(why) if why.kind() == std::io::ErrorKind::PermissionDenied => {
                OnDisk::Refused(why.to_string())
            }
            Err(_) => OnDisk::Absent,
        }
    }

    /// Returns whether every folder on the way is a real one: a link in their place could lead out of the tree. The error: that may
    /// not be known.
    fn is_inside(&mut self, folder: Option<&Path>) -> std::io::Result<bool> {
        let Some(folder) = folder else {
            return Ok(false);
        };
        if folder == self.top || self.inside.as_deref() == Some(folder) {
            return Ok(true);
        }
        let Ok(relative) = folder.strip_prefix(self.top) else {
            return Ok(false);
        };
        let mut at = self.top.to_path_buf();
        for part in relative.components() {
            if !matches!(part, std::path::Component::Normal(_)) {
                return Ok(false);
            }
            at.push(part);
            let known = self
                .inside
                .as_deref()
                .is_some_and(|inside| inside.starts_with(&at));
            if known {
                continue;
            }
            match fs::symlink_metadata(&at) {
                Ok(seen) if seen.is_dir() => {}
                Err(why) if why.kind() == std::io::ErrorKind::PermissionDenied => return Err(why),
                _ => return Ok(false),
            }
        }
        self.inside = Some(at);
        Ok(true)
    }
}

/// Reads a file of which [`Disk::look`] said that it is one, up to that many bytes.
pub(crate) fn read(path: &Path, limit: u64, into: &mut Vec<u8>) -> std::io::Result<()> {
    into.clear();
    let mut file = File::open(path)?;
    Read::by_ref(&mut file).take(limit).read_to_end(into)?;
    Ok(())
}

/// Returns the stat data that the index would keep.
#[cfg(unix)]
pub(crate) fn stat(seen: &Metadata) -> Option<Stat> {
    use std::os::unix::fs::MetadataExt;
    // The index keeps the low 32 bits of each number.
    let low = |number: i64| (number & 0xffff_ffff) as u32;
    Some(Stat {
        changed: Moment {
            seconds: low(seen.ctime()),
            nanoseconds: low(seen.ctime_nsec()),
        },
        modified: Moment {
            seconds: low(seen.mtime()),
            nanoseconds: low(seen.mtime_nsec()),
        },
        size: low(seen.size() as i64),
    })
}

/// Returns nothing: only Unix is known to fill the fields in the same way as git does.
#[cfg(not(unix))]
pub(crate) fn stat(_seen: &Metadata) -> Option<Stat> {
    None
}

/// Returns whether the index proves that the file still is what was added.
///
/// Git trusts a file with the same times and size that was last written before the second in which the index was: one that
/// was written in the same second may have changed after git had looked.
/// <https://git-scm.com/docs/racy-git>
pub(crate) fn proven(
    entry: &IndexEntry,
    seen: &Metadata,
    index: &Index,
    trust_changed: bool,
) -> bool {
    let (Some(then), Some(now)) = (entry.stat, stat(seen)) else {
        return false;
    };
    same(then.modified, now.modified)
        && (!trust_changed || same(then.changed, now.changed))
        && then.size == now.size
        && u64::from(now.size) == seen.len()
        && then.modified.seconds < index.written.seconds
}

/// Git built without nanoseconds writes zeros.
fn same(then: Moment, now: Moment) -> bool {
    then.seconds == now.seconds && (then.nanoseconds == now.nanoseconds || then.nanoseconds == 0)
}

/// Returns whether the owner may execute the file.
#[cfg(unix)]
pub(crate) fn executable(seen: &Metadata) -> Option<bool> {
    use std::os::unix::fs::PermissionsExt;
    Some(seen.permissions().mode() & 0o100 != 0)
}

/// Returns nothing: the system does not know.
#[cfg(not(unix))]
pub(crate) fn executable(_seen: &Metadata) -> Option<bool> {
    None
}

/// Returns the target of a symbolic link as the bytes of its blob.
#[cfg(unix)]
pub(crate) fn link_target(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    Ok(fs::read_link(path)?.into_os_string().into_vec())
}

/// Returns the target of a symbolic link as the bytes of its blob.
#[cfg(not(unix))]
pub(crate) fn link_target(path: &Path) -> std::io::Result<Vec<u8>> {
    Ok(fs::read_link(path)?
        .to_string_lossy()
        .into_owned()
        .into_bytes())
}

/// Returns the content that `git add` would store, as far as line ends go.
///
/// An entry whose blob has CR LF keeps them, so the caller asks for the id of the file as it is first.
pub(crate) fn normalised(content: &[u8]) -> Option<Vec<u8>> {
    memchr::memmem::find(content, b"\r\n")?;
    // Git takes a file with NUL for binary and leaves it alone.
    if memchr::memchr(0, content).is_some() {
        return None;
    }
    let mut without = Vec::with_capacity(content.len());
    for (at, &byte) in content.iter().enumerate() {
        if byte != b'\r' || content.get(at + 1) != Some(&b'\n') {
            without.push(byte);
        }
    }
    Some(without)
}

/// Returns the pointer that stands in the repository for a file kept by Git LFS.
pub(crate) fn lfs_pointer(content: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    pointer(&sha2::Sha256::digest(content), content.len() as u64)
}

fn pointer(digest: &[u8], size: u64) -> Vec<u8> {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hex}\nsize {size}\n")
        .into_bytes()
}

/// Returns the id that a large file would have, reading it piece by piece.
pub(crate) fn hash_large(path: &Path, size: u64, format: ObjectFormat) -> std::io::Result<Oid> {
    let mut hasher = format.hasher("blob", size);
    pieces(path, |piece| hasher.update(piece))?;
    Ok(hasher.finish())
}

/// Returns the id that the LFS pointer of a large file would have.
pub(crate) fn hash_large_pointer(path: &Path, format: ObjectFormat) -> std::io::Result<Oid> {
    use sha2::Digest;
    let mut digest = sha2::Sha256::new();
    let mut size = 0;
    pieces(path, |piece| {
        digest.update(piece);
        size += piece.len() as u64;
    })?;
    Ok(format.hash_blob(&pointer(&digest.finalize(), size)))
}

fn pieces(path: &Path, mut take: impl FnMut(&[u8])) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => take(&buffer[..read]),
        }
    }
}
