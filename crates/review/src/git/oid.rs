//! Object ids, and the hash that makes them.

use sha1::Digest;

/// How a repository hashes its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectFormat {
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

impl ObjectFormat {
    /// Returns the number of bytes of an id.
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Returns the id of the tree without entries, which git knows without having it.
    pub fn empty_tree(self) -> Oid {
        self.hash("tree", b"")
    }

    /// Returns the id that git gives a blob with that content.
    pub fn hash_blob(self, content: &[u8]) -> Oid {
        self.hash("blob", content)
    }

    fn hash(self, kind: &str, content: &[u8]) -> Oid {
        let mut hasher = self.hasher(kind, content.len() as u64);
        hasher.update(content);
        hasher.finish()
    }

    /// Returns whether bytes end with the hash of all before it, as an index does.
    pub(crate) fn ends_with_its_hash(self, bytes: &[u8]) -> bool {
        let before = bytes.len().checked_sub(self.length());
        before.is_some_and(|at| self.hash_bytes(&bytes[..at]) == bytes[at..])
    }

    /// Returns the hash of bytes that are no object.
    pub(crate) fn hash_bytes(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
        }
    }

    /// Starts the hash of an object of that size.
    pub(crate) fn hasher(self, kind: &str, size: u64) -> Hasher {
        let mut hasher = match self {
            Self::Sha1 => Hasher::Sha1(sha1::Sha1::new()),
            Self::Sha256 => Hasher::Sha256(sha2::Sha256::new()),
        };
        hasher.update(format!("{kind} {size}\0").as_bytes());
        hasher
    }
}

/// The hash of an object that comes piece by piece.
pub(crate) enum Hasher {
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Hasher {
    pub(crate) fn update(&mut self, piece: &[u8]) {
        match self {
            Self::Sha1(digest) => digest.update(piece),
            Self::Sha256(digest) => digest.update(piece),
        }
    }

    pub(crate) fn finish(self) -> Oid {
        let raw = match self {
            Self::Sha1(digest) => digest.finalize().to_vec(),
            Self::Sha256(digest) => digest.finalize().to_vec(),
        };
        Oid::from_raw(&raw).unwrap_or(Oid::NULL)
    }
}

/// The id of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid {
    bytes: [u8; 32],
    length: u8,
}

impl Oid {
    /// The id that stands for "none".
    pub const NULL: Self = Self {
        bytes: [0; 32],
        length: 20,
    };

    /// Returns the id of 20 or 32 bytes.
    pub(crate) fn from_raw(raw: &[u8]) -> Option<Self> {
        let length = match raw.len() {
            20 => 20,
            32 => 32,
            _ => return None,
        };
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        Some(Self { bytes, length })
    }

    /// Returns the id that 40 or 64 hexadecimal digits spell.
    pub fn parse(hex: &[u8]) -> Option<Self> {
        let length = match hex.len() {
            40 => 20,
            64 => 32,
            _ => return None,
        };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self { bytes, length })
    }

    /// Returns whether it stands for "none".
    pub fn is_null(self) -> bool {
        self.bytes == [0; 32]
    }

    /// Returns its first seven digits.
    pub fn short(self) -> String {
        let mut text = self.to_string();
        text.truncate(7);
        text
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl std::fmt::Display for Oid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
        let bytes = &self.bytes[..usize::from(self.length)];
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        f.write_str(&digits.map(digit).collect::<String>())
    }
}

impl std::fmt::Debug for Oid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        // `git hash-object -t tree /dev/null`, `printf 'a\n' | git hash-object --stdin`.
        assert_eq!(
            ObjectFormat::Sha1.empty_tree().to_string(),
            "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        );
        assert_eq!(
            ObjectFormat::Sha256.empty_tree().to_string(),
            "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
        );
        assert_eq!(
            ObjectFormat::Sha1.hash_blob(b"a\n").to_string(),
            "78981922613b2afb6025042ff6bd878ac1994e85"
        );
    }

    #[test]
    fn what_is_no_id_is_refused() {
        assert_eq!(Oid::parse(b"4b825d"), None);
        assert_eq!(Oid::parse(&[b'g'; 40]), None);
        assert!(Oid::parse(&[b'0'; 64]).unwrap().is_null());
    }
}
