//! From the packages that a program links to the globs of its paths.

use std::collections::{BTreeMap, BTreeSet};

use super::{join, parent};

/// The folders of a tree: for each the ones right below it, and which hold a package.
pub(super) struct Folders {
    below: BTreeMap<String, BTreeSet<String>>,
}

impl Folders {
    pub(super) fn of<'a>(paths: impl Iterator<Item = &'a str>) -> Self {
        let mut below: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut last = "";
        for path in paths {
            let mut dir = parent(path);
            if dir == last {
                continue;
            }
            last = dir;
            while !dir.is_empty() {
                let up = parent(dir);
                if !below
                    .entry(up.to_owned())
                    .or_default()
                    .insert(dir.to_owned())
                {
                    break;
                }
                dir = up;
            }
        }
        Self { below }
    }

    /// Returns the folders right below one.
    pub(super) fn children(&self, dir: &str) -> impl Iterator<Item = &str> {
        self.below
            .get(dir)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

/// The packages of one language, and what a program links of them.
pub(super) struct Linked<'a> {
    pub(super) folders: &'a Folders,
    /// The folders of all packages.
    pub(super) packages: BTreeSet<&'a str>,
    /// The folders of all packages and all folders above them.
    above: BTreeSet<&'a str>,
    /// The folders of those that are linked.
    linked: &'a BTreeSet<String>,
}

impl<'a> Linked<'a> {
    pub(super) fn new(
        folders: &'a Folders,
        packages: BTreeSet<&'a str>,
        linked: &'a BTreeSet<String>,
    ) -> Self {
        let mut above = BTreeSet::new();
        for package in &packages {
            let mut dir = *package;
            while above.insert(dir) && !dir.is_empty() {
                dir = parent(dir);
            }
        }
        Self {
            folders,
            packages,
            above,
            linked,
        }
    }

    /// Returns the globs of what is linked. A package has its folder down to the packages below, which are their own. What belongs
    /// to no package is shared by all programs.
    pub(super) fn globs(&self) -> Vec<String> {
        let mut globs = Vec::new();
        self.cover("", true, &mut globs, 0);
        globs
    }

    fn cover(&self, dir: &str, shared: bool, globs: &mut Vec<String>, depth: usize) {
        if is_beside_code(dir) && !self.above.contains(dir) {
            return;
        }
        let is_package = self.packages.contains(dir);
        let owned = if is_package {
            self.linked.contains(dir)
        } else {
            shared
        };
        if self.uniform(dir, owned, depth) {
            if owned {
                globs.push(join(dir, "**"));
            }
            return;
        }
        if owned {
            globs.push(join(dir, "*"));
        }
        for child in self.folders.children(dir) {
            self.cover(child, owned, globs, depth + 1);
        }
    }

    /// Returns whether every package below a folder is linked, or none is, like the folder itself.
    fn uniform(&self, dir: &str, owned: bool, depth: usize) -> bool {
        if !self.above.contains(dir) || depth > 60 {
            return true;
        }
        let prefix = join(dir, "");
        let below = self
            .packages
            .range(prefix.as_str()..)
            .take_while(|p| p.starts_with(&prefix));
        let mut all = below.filter(|p| !p.is_empty());
        all.all(|p| self.linked.contains(*p) == owned)
    }
}

/// Returns whether a folder at the root holds nothing that a process links: settings of tools, documents.
fn is_beside_code(dir: &str) -> bool {
    dir.starts_with('.') || matches!(dir, "docs" | "doc")
}

/// Returns everything that can be reached from the starts.
pub(super) fn closure(
    starts: impl Iterator<Item = String>,
    links: impl Fn(&str) -> Vec<String>,
) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<String> = starts.collect();
    while let Some(next) = open.pop() {
        if seen.insert(next.clone()) {
            open.extend(links(&next));
        }
    }
    seen
}
