//! The files of the workspace, as text.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Folders that hold no source of ours. Hidden ones are left out too, unless they are in [`HIDDEN`].
const SKIPPED: &[&str] = &["target", "node_modules", "corpus", "artifacts"];
const HIDDEN: &[&str] = &[".cargo", ".ci", ".github"];

/// Every file of the workspace by its path, with `/`; a file that is not UTF-8 has an empty text.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads the files under a folder.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, root: &Path, under: &str) -> io::Result<()> {
        for entry in std::fs::read_dir(root.join(under))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = if under.is_empty() {
                name.clone()
            } else {
                format!("{under}/{name}")
            };
            let kind = entry.file_type()?;
            if kind.is_dir() {
                let hidden = name.starts_with('.') && !HIDDEN.contains(&name.as_str());
                if !hidden && !SKIPPED.contains(&name.as_str()) {
                    self.read_folder(root, &path)?;
                }
            } else if kind.is_file() {
                let text = String::from_utf8(std::fs::read(entry.path())?).unwrap_or_default();
                self.files.insert(path, text);
            }
        }
        Ok(())
    }

    /// Returns the tree that a text of `-- path --` sections describes.
    #[cfg(test)]
    pub(super) fn of(sections: &str) -> Self {
        let mut tree = Self::default();
        let mut path = String::new();
        for line in sections.lines() {
            match line
                .strip_prefix("-- ")
                .and_then(|rest| rest.strip_suffix(" --"))
            {
                Some(name) => {
                    path = name.to_owned();
                    tree.files.insert(path.clone(), String::new());
                }
                None => {
                    if let Some(text) = tree.files.get_mut(&path) {
                        text.push_str(line);
                        text.push('\n');
                    }
                }
            }
        }
        tree
    }

    /// Puts a text at a path.
    #[cfg(test)]
    pub(super) fn set(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.to_owned());
    }

    /// Returns the text of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Returns whether a file or folder of that path is there.
    pub fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains_key(path) || !self.under(path).is_empty()
    }

    /// Returns the files below a folder: path and text, sorted.
    pub fn under(&self, folder: &str) -> Vec<(&str, &str)> {
        let prefix = format!("{folder}/");
        self.files
            .range(prefix.clone()..)
            .take_while(|(path, _)| path.starts_with(&prefix))
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect()
    }

    /// Returns the names of the folders directly in a folder, sorted.
    pub fn folders(&self, folder: &str) -> Vec<&str> {
        let mut names: Vec<_> = self
            .under(folder)
            .into_iter()
            .filter_map(|(path, _)| path[folder.len() + 1..].split_once('/'))
            .map(|(name, _)| name)
            .collect();
        names.dedup();
        names
    }

    /// Returns every file: path and text, sorted.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}
