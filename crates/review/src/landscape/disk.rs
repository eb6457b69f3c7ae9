//! A folder that is no repository, as a tree of files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::decode::{Decoded, decode};
use crate::error::Error;
use crate::source::{Source, Text, has_capital};

/// Entries that are listed.
const ENTRY_LIMIT: usize = 100_000;
/// Folders in folders that are entered.
const DEPTH_LIMIT: usize = 40;
/// Bytes of a file that is read.
const FILE_LIMIT: u64 = 2 << 20;

/// Folders that hold nothing of the repository's own.
const FOREIGN: &[&str] = &[
    ".git",
    "node_modules",
    "vendor",
    "target",
    ".venv",
    "__pycache__",
];

/// The files of a folder. Links are not followed: what they lead to may be anywhere.
pub(super) struct Folder {
    root: PathBuf,
    paths: Vec<Arc<str>>,
}

impl Folder {
    /// Lists the files of a folder.
    pub(super) fn walk(root: &Path) -> Result<Self, Error> {
        let mut folder = Self {
            root: root.to_owned(),
            paths: Vec::new(),
        };
        let first = std::fs::read_dir(root).map_err(|why| Error::NotARepository {
            path: format!("{}: {why}", root.display()),
        })?;
        drop(first);
        let mut open = vec![(String::new(), 0)];
        let mut seen = 0;
        while let Some((dir, depth)) = open.pop() {
            // A folder that cannot be listed holds nothing that can be read.
            let Ok(entries) = std::fs::read_dir(root.join(&dir)) else {
                continue;
            };
            for entry in entries.flatten() {
                seen += 1;
                let (Ok(kind), Some(name)) = (
                    entry.file_type(),
                    entry.file_name().to_str().map(str::to_owned),
                ) else {
                    continue;
                };
                if seen > ENTRY_LIMIT {
                    break;
                }
                let path = match dir.is_empty() {
                    true => name.clone(),
                    false => format!("{dir}/{name}"),
                };
                if kind.is_file() {
                    folder.paths.push(Arc::from(path));
                } else if kind.is_dir() && depth < DEPTH_LIMIT && !FOREIGN.contains(&name.as_str())
                {
                    open.push((path, depth + 1));
                }
            }
        }
        folder.paths.sort();
        Ok(folder)
    }

    fn text(&self, path: &str) -> Text {
        let whole = self.root.join(path);
        let size = std::fs::symlink_metadata(&whole).map(|seen| (seen.is_file(), seen.len()));
        match size {
            Ok((true, size)) if size <= FILE_LIMIT => {}
            Ok((true, _)) => return Text::Skipped("larger than 2 MB".to_owned()),
            Ok(_) => return Text::Skipped("no file".to_owned()),
            Err(why) => return Text::Skipped(why.to_string()),
        }
        match std::fs::read(&whole) {
            Ok(bytes) => match decode(&bytes) {
                Decoded::Text(text) => Text::Text(Arc::from(text)),
                _ => Text::Skipped("binary".to_owned()),
            },
            Err(why) => Text::Skipped(why.to_string()),
        }
    }

    fn has(&self, path: &Arc<str>) -> bool {
        self.paths.binary_search(path).is_ok()
    }
}

impl Source for Folder {
    fn paths(&self) -> &[Arc<str>] {
        &self.paths
    }

    fn id(&self, path: &str) -> Option<String> {
        let path = Arc::from(path);
        self.has(&path).then(|| path.to_string())
    }

    fn texts(&self, paths: &[Arc<str>]) -> BTreeMap<Arc<str>, Text> {
        let known = paths.iter().filter(|p| self.has(p));
        known.map(|p| (p.clone(), self.text(p))).collect()
    }

    fn containing(
        &self,
        words: &[String],
        wanted: &(dyn Fn(&str) -> bool + Sync),
    ) -> Vec<Arc<str>> {
        let holds = |path: &Arc<str>| {
            let Text::Text(text) = self.text(path) else {
                return false;
            };
            let lower = text.to_lowercase();
            words.iter().any(|word| match has_capital(word) {
                true => text.contains(word),
                false => lower.contains(word),
            })
        };
        let wanted = self.paths.iter().filter(|p| wanted(p));
        wanted.filter(|p| holds(p)).cloned().collect()
    }
}
