//! Statements that Go puts together from constants of several files of a package.

use std::collections::BTreeMap;
use std::ops::Range;

use coexist_model::{Access, Assembled, LinkInput, Piece};

use crate::code::numbered_percents;
use crate::sql::accesses::{looks_like_sql, read_accesses};

/// A text longer than this is not put together.
const LONGEST: usize = 256 * 1024;

/// The constants of one ref by the folder of their package.
pub(super) struct Constants<'a> {
    by_folder: BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
}

impl<'a> Constants<'a> {
    pub(super) fn of(readings: &[LinkInput<'a>]) -> Self {
        let mut by_folder: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        for input in readings.iter().filter(|r| !r.reading.constants.is_empty()) {
            let names = by_folder.entry(folder(input.path)).or_default();
            let constants = input.reading.constants.iter();
            names.extend(constants.map(|(name, text)| (name.as_str(), text.as_str())));
        }
        Self { by_folder }
    }

    /// Returns the uses of tables in a statement that a file puts together.
    pub(super) fn uses(&self, path: &str, assembled: &Assembled) -> Vec<Access> {
        let Some(text) = self.text(path, assembled) else {
            return Vec::new();
        };
        let (found, _) = read_accesses(&text.text, assembled.dialect);
        let known = found.into_iter().filter(|f| !text.has_hole(&f.span));
        let access = |f: crate::sql::accesses::Found| Access {
            surface: f.surface,
            element: f.element,
            mode: f.mode,
            manner: f.manner,
            confidence: f.confidence.min(assembled.access.confidence),
            why: f.why,
            ..assembled.access.clone()
        };
        known.map(access).collect()
    }

    /// Returns the text of a statement; None where it is none.
    fn text(&self, path: &str, assembled: &Assembled) -> Option<Text> {
        let mut format = Text::default();
        for piece in &assembled.text {
            format.add(self.value(path, piece));
        }
        if !looks_like_sql(&format.text) {
            return None;
        }
        let mut text = Text::default();
        let mut at = 0;
        for (mark, number) in numbered_percents(&format.text) {
            let value = assembled.values.get(number);
            let value = value.and_then(|piece| self.value(path, piece));
            if !assembled.values.is_empty() && !format.has_hole(&mark) {
                text.append(&format, at..mark.start);
                text.add(value);
                at = mark.end;
            }
        }
        text.append(&format, at..format.text.len());
        (text.text.len() <= LONGEST).then_some(text)
    }

    fn value<'p>(&'p self, path: &'p str, piece: &'p Piece) -> Option<&'p str> {
        match piece {
            Piece::Text(text) => Some(text),
            Piece::Unknown => None,
            Piece::Constant {
                package: None,
                name,
            } => self
                .by_folder
                .get(folder(path))?
                .get(name.as_str())
                .copied(),
            Piece::Constant {
                package: Some(package),
                name,
            } => {
                let is_of = |folder: &str| {
                    let before = package.strip_suffix(folder);
                    !folder.is_empty() && before.is_some_and(|b| b.is_empty() || b.ends_with('/'))
                };
                let packages = self.by_folder.iter().filter(|(folder, _)| is_of(folder));
                // The longest folder is the package; shorter ones only end alike.
                let nearest = packages.max_by_key(|(folder, _)| folder.len());
                nearest?.1.get(name.as_str()).copied()
            }
        }
    }
}

/// A text with the bytes of it that stand for what is not known.
#[derive(Default)]
struct Text {
    text: String,
    holes: Vec<Range<usize>>,
}

impl Text {
    fn add(&mut self, value: Option<&str>) {
        let start = self.text.len();
        self.text.push_str(value.unwrap_or("{_}"));
        if value.is_none() {
            self.holes.push(start..self.text.len());
        }
    }

    fn append(&mut self, other: &Self, range: Range<usize>) {
        let start = self.text.len();
        let within = other
            .holes
            .iter()
            .filter(|h| h.start >= range.start && h.end <= range.end);
        self.holes
            .extend(within.map(|h| h.start - range.start + start..h.end - range.start + start));
        self.text
            .push_str(other.text.get(range).unwrap_or_default());
    }

    fn has_hole(&self, range: &Range<usize>) -> bool {
        self.holes
            .iter()
            .any(|h| h.start < range.end && range.start < h.end)
    }
}

/// Returns the folder of a file, which is its package.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
