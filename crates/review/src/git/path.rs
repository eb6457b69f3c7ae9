//! Paths of a repository: bytes on the outside, text in a report.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A path relative to the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathName {
    /// The path as text, with `/`. Bytes that are no UTF-8 are written `\xNN`.
    pub path: Arc<str>,
    /// The bytes, where they are not those of the text.
    raw: Option<Arc<[u8]>>,
}

impl PathName {
    /// Returns the path with those bytes.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                path: text.into(),
                raw: None,
            },
            Err(_) => Self {
                path: escaped(bytes).into(),
                raw: Some(bytes.into()),
            },
        }
    }

    /// Returns the file's place on disk below the top of the working tree.
    pub(crate) fn below(&self, top: &Path) -> PathBuf {
        match &self.raw {
            None => top.join(&*self.path),
            Some(raw) => top.join(&*of_bytes(raw)),
        }
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

#[cfg(unix)]
pub(crate) fn of_bytes(bytes: &[u8]) -> Cow<'_, Path> {
    use std::os::unix::ffi::OsStrExt;
    Cow::Borrowed(Path::new(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
pub(crate) fn of_bytes(bytes: &[u8]) -> Cow<'_, Path> {
    Cow::Owned(PathBuf::from(String::from_utf8_lossy(bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_spelled_out() {
        assert_eq!(&*PathName::new(b"a/\xff\xc3.sql").path, "a/\\xFF\\xC3.sql");
        assert_eq!(&*PathName::new("ü\n".as_bytes()).path, "ü\n");
    }
}
