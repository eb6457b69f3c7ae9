//! Seeded damage: the same mutants in every run.

/// Marsaglia's xorshift64: <https://www.jstatsoft.org/article/view/v008i14>.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`; 0 where that is 0.
    fn below(&mut self, limit: usize) -> usize {
        let limit = limit as u64;
        self.next()
            .checked_rem(limit)
            .map_or(0, |n| usize::try_from(n).unwrap_or(0))
    }
}

/// Bytes that grammars trip over.
const TOKENS: &[&str] = &[
    "\0",
    "\u{feff}",
    "\r",
    "\n",
    "\t",
    "'",
    "''",
    "\"",
    "`",
    "$$",
    "$a$",
    ";",
    "--",
    "/*",
    "*/",
    "#",
    "//",
    "\\",
    "\\'",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ",",
    ".",
    "..",
    ":",
    "::",
    "=",
    "*",
    "%s",
    "${",
    "#{",
    "}}",
    "{{",
    "- ",
    "|\n",
    "&a ",
    "*a",
    "!!",
    "ü",
    "𝄞",
    "e\u{301}",
    "0x",
    "99999999999999999999",
    "-1",
    "NULL",
    "DELIMITER //\n",
    "\\.\n",
    "COPY t FROM stdin;\n",
    "BEGIN",
    "END",
    "message M {",
    "oneof o {",
    "extend",
    "option",
    "\"\"\"",
    "'''",
    "=begin\n",
];

/// Returns the text with one to four random injuries; `other` lends pieces.
pub(crate) fn mutate(text: &str, other: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        injure(&mut bytes, other.as_bytes(), random);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn injure(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let to = (at + random.below(40)).min(bytes.len());
    match random.below(7) {
        // A flipped bit.
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        // A piece removed.
        1 => drop(bytes.drain(at..to)),
        // A piece doubled.
        2 => {
            let piece = bytes[at..to].to_vec();
            bytes.splice(at..at, piece);
        }
        // A token put in.
        3 | 4 => {
            let token = TOKENS[random.below(TOKENS.len())];
            bytes.splice(at..at, token.bytes());
        }
        // A piece of another seed.
        5 => {
            let from = random.below(other.len() + 1);
            let until = (from + random.below(80)).min(other.len());
            bytes.splice(at..to, other[from..until].iter().copied());
        }
        // A piece moved to the end.
        _ => {
            let piece: Vec<u8> = bytes.drain(at..to).collect();
            bytes.extend(piece);
        }
    }
}

/// Returns the text cut before each of its characters.
pub(crate) fn truncations(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(at, _)| &text[..at])
}
