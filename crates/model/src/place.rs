//! Where something stands.

use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A span of a file. Lines and columns start at 1, columns count characters, the end is exclusive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path relative to the repository, with `/`.
    pub path: Arc<str>,
    /// First line of the span.
    pub line: u32,
    /// First column of the span.
    pub column: u32,
    /// Last line of the span.
    pub end_line: u32,
    /// Column after the last character, on `end_line`.
    pub end_column: u32,
    /// The whole text of `line` without its line break, cut at [`Place::QUOTE_LIMIT`] characters.
    pub quote: Arc<str>,
}

impl Place {
    /// Characters of a line that a quote keeps; minified files have lines of a megabyte.
    pub const QUOTE_LIMIT: usize = 400;

    /// Returns the place that stands for a whole file: its first line.
    pub fn of_file(path: &str) -> Self {
        Self {
            path: path.into(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            quote: "".into(),
        }
    }
}

/// A file of one ref, decoded to text.
#[derive(Debug, Clone)]
pub struct File {
    /// Path relative to the repository, with `/`.
    pub path: Arc<str>,
    /// The text. Invalid UTF-8 was replaced, UTF-16 decoded, a byte order mark removed.
    pub text: Arc<str>,
    lines: Vec<usize>,
    /// How many characters begin before each multiple of [`CHUNK`] bytes: in a file of one long line, a column is found without
    /// walking the line.
    characters: Vec<usize>,
    kept: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// Bytes between two counts of characters.
const CHUNK: usize = 512;

fn count(bytes: &[u8]) -> usize {
    // Every byte begins a character but the continuation bytes of UTF-8.
    bytes.iter().filter(|b| (**b & 0xc0) != 0x80).count()
}

impl File {
    /// Returns the file with its line index.
    pub fn new(path: &str, text: &str) -> Self {
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let mut seen = 0;
        let characters = text
            .as_bytes()
            .chunks(CHUNK)
            .map(|chunk| {
                let before = seen;
                seen += count(chunk);
                before
            })
            .collect();
        Self {
            path: path.into(),
            text: text.into(),
            lines,
            characters,
            kept: OnceLock::new(),
        }
    }

    /// Returns what `make` makes of the text. It is made once and stays with the file: a reader that is given other hints reads the
    /// same syntax tree.
    pub fn kept<T: Any + Send + Sync>(&self, make: impl Fn(&str) -> T) -> Arc<T> {
        let kept = self.kept.get_or_init(|| Arc::new(make(&self.text)));
        // The place is taken where another reader was there first.
        Arc::downcast(kept.clone()).unwrap_or_else(|_| Arc::new(make(&self.text)))
    }

    /// Returns the place of a byte range of the text. A range past the end is cut to the text.
    pub fn place(&self, range: Range<usize>) -> Place {
        let (line, column) = self.position(range.start);
        let (end_line, end_column) = self.position(range.end.max(range.start));
        let whole = self.line(line);
        let end = match whole.len() {
            // No character is shorter than a byte.
            short if short <= Place::QUOTE_LIMIT => short,
            long => {
                let cut = whole.char_indices().nth(Place::QUOTE_LIMIT);
                cut.map_or(long, |(at, _)| at)
            }
        };
        Place {
            path: self.path.clone(),
            line,
            column,
            end_line,
            end_column,
            quote: whole[..end].into(),
        }
    }

    /// Returns the text of a line (from 1) without its line break; empty past the end.
    pub fn line(&self, line: u32) -> &str {
        let index = (line as usize).saturating_sub(1);
        let Some(&start) = self.lines.get(index) else {
            return "";
        };
        let end = self
            .lines
            .get(index + 1)
            .map_or(self.text.len(), |next| next - 1);
        let line = &self.text[start..end];
        // Only the one before the line break belongs to it.
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Returns how many lines the text has; an empty text has one.
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    /// Returns the byte at which a line (from 1) starts; the length of the text past the end.
    pub fn line_start(&self, line: u32) -> usize {
        self.lines
            .get((line as usize).saturating_sub(1))
            .copied()
            .unwrap_or(self.text.len())
    }

    fn characters_before(&self, byte: usize) -> usize {
        let chunk = (byte / CHUNK).min(self.characters.len().saturating_sub(1));
        let before = self.characters.get(chunk).copied().unwrap_or(0);
        before + count(&self.text.as_bytes()[(chunk * CHUNK).min(byte)..byte])
    }

    fn position(&self, byte: usize) -> (u32, u32) {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let index = self.lines.partition_point(|&start| start <= byte) - 1;
        let start = self.lines[index];
        let before = match byte - start {
            short if short <= CHUNK => count(&self.text.as_bytes()[start..byte]),
            _ => self.characters_before(byte) - self.characters_before(start),
        };
        let column = before + 1;
        (
            u32::try_from(index + 1).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriage_returns_within_a_line_are_characters_of_it() {
        let file = File::new("a.proto", "syntax =\r\r\r\r");
        let place = file.place(12..12);
        assert_eq!(place.column, 13);
        assert_eq!(file.line(1), "syntax =\r\r\r");
    }

    #[test]
    fn a_place_counts_characters_and_quotes_its_line() {
        let file = File::new("a.sql", "SELECT 1;\r\nSELECT 'ü', name;\n");
        let at = file.text.find("name").unwrap();
        let place = file.place(at..at + 4);
        assert_eq!(
            (place.line, place.column, place.end_line, place.end_column),
            (2, 13, 2, 17)
        );
        assert_eq!(&*place.quote, "SELECT 'ü', name;");
        assert_eq!(file.line(1), "SELECT 1;");
    }

    #[test]
    fn columns_count_characters_across_chunks_of_a_long_line() {
        for filler in ["a", "ü", "漢"] {
            let text = format!("x\n{}b", filler.repeat(10_000));
            let file = File::new("a", &text);
            let at = text.len() - 1;
            assert_eq!(file.place(at..at + 1).column, 10_001);
            assert_eq!(file.place(at..at + 1).end_column, 10_002);
        }
    }

    #[test]
    fn a_range_past_the_end_or_inside_a_character_is_cut() {
        let file = File::new("a", "ü");
        assert_eq!(file.place(1..99).column, 1);
        assert_eq!(file.place(99..99).column, 2);
        assert_eq!(file.line(7), "");
    }
}
