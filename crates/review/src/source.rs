//! A tree of files, wherever it comes from: a commit, the index, the disk, a test.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of one ref.
pub trait Source: Sync {
    /// Returns all paths, sorted.
    fn paths(&self) -> &[Arc<str>];
    /// Returns an id of the content of a path: equal ids, equal bytes. None: there is no such path.
    fn id(&self, path: &str) -> Option<String>;
    /// Returns the texts of those paths that can be read as text, and why the others cannot.
    fn texts(&self, paths: &[Arc<str>]) -> BTreeMap<Arc<str>, Text>;
    /// Returns the paths that `wanted` accepts and whose content holds one of the words, sorted. A word with a capital letter is
    /// meant in that case, any other in every case.
    fn containing(&self, words: &[String], wanted: &(dyn Fn(&str) -> bool + Sync))
    -> Vec<Arc<str>>;
}

/// Returns whether a word that is searched for is meant in its own case.
pub(crate) fn has_capital(word: &str) -> bool {
    word.contains(char::is_uppercase)
}

/// The content of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Text, decoded.
    Text(Arc<str>),
    /// No text, and why: "binary", "larger than 2 MB", "Git LFS pointer".
    Skipped(String),
}

/// A tree in memory.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    paths: Vec<Arc<str>>,
    texts: BTreeMap<Arc<str>, Arc<str>>,
}

impl Memory {
    /// Returns the tree with these files.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let texts: BTreeMap<Arc<str>, Arc<str>> = files
            .into_iter()
            .map(|(p, t)| (p.into(), t.into()))
            .collect();
        Self {
            paths: texts.keys().cloned().collect(),
            texts,
        }
    }
}

impl Source for Memory {
    fn paths(&self) -> &[Arc<str>] {
        &self.paths
    }

    fn id(&self, path: &str) -> Option<String> {
        self.texts.get(path).map(|text| text.to_string())
    }

    fn texts(&self, paths: &[Arc<str>]) -> BTreeMap<Arc<str>, Text> {
        let found = paths.iter().filter_map(|p| self.texts.get_key_value(p));
        found
            .map(|(p, t)| (p.clone(), Text::Text(t.clone())))
            .collect()
    }

    fn containing(
        &self,
        words: &[String],
        wanted: &(dyn Fn(&str) -> bool + Sync),
    ) -> Vec<Arc<str>> {
        let holds = |text: &str| {
            let lower = text.to_lowercase();
            words.iter().any(|w| match has_capital(w) {
                true => text.contains(w),
                false => lower.contains(w),
            })
        };
        self.texts
            .iter()
            .filter(|(p, t)| wanted(p) && holds(t))
            .map(|(p, _)| p.clone())
            .collect()
    }
}
