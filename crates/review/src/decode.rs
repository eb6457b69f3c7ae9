//! Bytes to text.

/// What the bytes of a blob are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// Text, without byte order mark.
    Text(String),
    /// Text in which bytes that are no UTF-8 (or no UTF-16) were replaced by U+FFFD.
    Replaced(String),
    /// Not text.
    Binary,
    /// The pointer that Git LFS keeps in place of a file: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.
    Lfs,
}

/// Returns what the bytes are. A NUL makes them binary, unless a byte order mark says UTF-16.
pub fn decode(bytes: &[u8]) -> Decoded {
    if bytes.starts_with(b"version https://git-lfs.github.com/spec/v1\n") && bytes.len() < 1024 {
        return Decoded::Lfs;
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes);
    }
    if memchr::memchr(0, bytes).is_some() {
        return Decoded::Binary;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded::Text(text.to_owned()),
        Err(_) => Decoded::Replaced(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut replaced = !odd.is_empty();
    let text: String = char::decode_utf16(pairs.iter().map(|&pair| unit(pair)))
        .map(|unit| {
            unit.unwrap_or_else(|_| {
                replaced = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    // UTF-32 starts with the same mark, and so do some binary formats.
    if text.contains('\0') {
        return Decoded::Binary;
    }
    match replaced {
        true => Decoded::Replaced(text),
        false => Decoded::Text(text),
    }
}

/// Returns the line (from 1) at which the text holds the first of a full set of merge conflict markers.
pub fn conflict(text: &str) -> Option<u32> {
    let starts = |line: &str, marker: &str| {
        line.strip_prefix(marker)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\r']))
    };
    // Most files hold none: look before splitting into lines.
    memchr::memmem::find(text.as_bytes(), b"<<<<<<< ")?;
    let mut open = None;
    let mut divided = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with("<<<<<<< ") {
            (open, divided) = (Some(number), false);
        } else if open.is_some() && starts(line, "=======") {
            divided = true;
        } else if divided && line.starts_with(">>>>>>> ") {
            return open;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Decoded {
        Decoded::Text(text.into())
    }

    #[test]
    fn byte_order_marks_are_obeyed_and_removed() {
        assert_eq!(decode(b"\xef\xbb\xbfSELECT"), text("SELECT"));
        assert_eq!(decode(b"\xff\xfeS\0\xfc\0"), text("Sü"));
        assert_eq!(decode(b"\xfe\xff\0S\0\xfc"), text("Sü"));
    }

    #[test]
    fn what_is_no_text_is_replaced_or_left_alone() {
        assert_eq!(decode(b"a\xffb"), Decoded::Replaced("a\u{fffd}b".into()));
        assert_eq!(
            decode(b"\xff\xfeS\0\x00\xd8"),
            Decoded::Replaced("S\u{fffd}".into())
        );
        assert_eq!(decode(b"\xff\xfeS\0x"), Decoded::Replaced("S".into()));
        assert_eq!(decode(b"a\0b"), Decoded::Binary);
        assert_eq!(decode(b"\xff\xfe\0\0a\0\0\0"), Decoded::Binary);
        assert_eq!(decode(b""), text(""));
    }

    #[test]
    fn an_lfs_pointer_is_no_text() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n";
        assert_eq!(decode(pointer), Decoded::Lfs);
    }

    #[test]
    fn only_a_full_set_of_markers_is_a_conflict() {
        assert_eq!(
            conflict("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> topic\n"),
            Some(2)
        );
        assert_eq!(conflict("Title\n=======\n"), None);
        assert_eq!(conflict("<<<<<<< HEAD\n"), None);
        assert_eq!(conflict("SELECT '<<<<<<< a'\n=======\n>>>>>>> b\n"), None);
    }
}
