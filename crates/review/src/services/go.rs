//! Go modules, their commands and imports: <https://go.dev/ref/mod>, <https://go.dev/ref/spec#Packages>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{File, Place};

use super::{
    Found, Language, Manifests, Package, Program, base, is_for_development, is_in, join, parent,
    read,
};
use crate::source::{Source, Text};

/// Folders that are looked at for a main function.
const COMMAND_LIMIT: usize = 300;
/// Files whose imports are read; where programs reach more, all of them own all packages.
const IMPORT_LIMIT: usize = 3_000;
/// Files of a tree in which imports are not followed at all.
const TREE_LIMIT: usize = 20_000;

/// A module: its folder and the path by which it is imported.
struct Module {
    dir: String,
    path: String,
}

pub(super) fn find(tree: &dyn Source, manifests: &Manifests, found: &mut Found) {
    let modules: Vec<Module> = manifests.named("go.mod").filter_map(module).collect();
    if modules.is_empty() {
        return;
    }
    let folders = folders(tree);
    let mains = mains(tree, &folders, &modules);
    let mut programs = Vec::new();
    for (dir, place) in mains {
        let module = module_of(&modules, dir);
        let alias = module.map(|m| base(&m.path).to_owned());
        let name = if dir.is_empty() || base(dir) == "cmd" {
            alias.clone().unwrap_or_default()
        } else {
            base(dir).to_owned()
        };
        programs.push(Program {
            name,
            aliases: BTreeSet::new(),
            dir: dir.to_owned(),
            language: Language::Go,
            place,
            serves: false,
        });
    }
    let starts: Vec<&str> = programs
        .iter()
        .map(|p| p.dir.as_str())
        .filter(|d| !is_for_development(d))
        .collect();
    let links = match starts.len() {
        0 | 1 => Some(BTreeMap::new()),
        _ => links(tree, &folders, &modules, &starts),
    };
    if links.is_none() {
        found.unresolved.insert(Language::Go);
    }
    let links = links.unwrap_or_default();
    let packages = folders.keys().map(|dir| Package {
        dir: (*dir).to_owned(),
        links: links.get(*dir).cloned().unwrap_or_default(),
        published: modules.iter().any(|m| is_in(dir, &m.dir))
            && !is_for_development(dir)
            && !dir.split('/').any(|p| p == "internal"),
    });
    found.packages.insert(Language::Go, packages.collect());
    found.programs.extend(programs);
}

fn module(file: &File) -> Option<Module> {
    let line = file
        .text
        .lines()
        .map(str::trim)
        .find_map(|l| l.strip_prefix("module "))?;
    let path = line.split("//").next()?.trim().trim_matches('"');
    Some(Module {
        dir: parent(&file.path).to_owned(),
        path: path.to_owned(),
    })
}

fn module_of<'a>(modules: &'a [Module], dir: &str) -> Option<&'a Module> {
    modules
        .iter()
        .filter(|m| is_in(dir, &m.dir))
        .max_by_key(|m| m.dir.len())
}

/// Returns the folders with Go code that is built, and their files.
fn folders(tree: &dyn Source) -> BTreeMap<&str, Vec<&Arc<str>>> {
    let mut folders: BTreeMap<&str, Vec<&Arc<str>>> = BTreeMap::new();
    for path in tree.paths() {
        let built = path.ends_with(".go") && !path.ends_with("_test.go");
        if built
            && !path
                .split('/')
                .any(|p| matches!(p, "vendor" | "testdata" | "node_modules"))
        {
            folders.entry(parent(path)).or_default().push(path);
        }
    }
    folders
}

/// Returns the folders whose package is `main`, each with the place that says so.
fn mains<'a>(
    tree: &dyn Source,
    folders: &BTreeMap<&'a str, Vec<&Arc<str>>>,
    modules: &[Module],
) -> Vec<(&'a str, Place)> {
    let is_module = |dir: &str| modules.iter().any(|m| m.dir == dir);
    let candidates = folders.iter().filter_map(|(dir, files)| {
        let main = files.iter().find(|f| base(f) == "main.go");
        let in_commands = base(parent(dir)) == "cmd";
        main.or_else(|| files.first().filter(|_| in_commands || is_module(dir)))
            .map(|file| (*dir, (**file).clone()))
    });
    let candidates: Vec<(&str, Arc<str>)> = candidates
        .filter(|(dir, _)| !is_for_development(dir))
        .take(COMMAND_LIMIT)
        .collect();
    let paths: Vec<Arc<str>> = candidates.iter().map(|(_, path)| path.clone()).collect();
    let files = read(tree, &paths);
    let mains = candidates.into_iter().filter_map(|(dir, path)| {
        let file = files.get(&path)?;
        let header = header(&file.text);
        let at = header.package_at?;
        (header.package == "main").then(|| (dir, file.place(at..at + "package main".len())))
    });
    mains.collect()
}

/// Returns what each folder that the programs reach imports of these modules; None where that is too much to read.
fn links(
    tree: &dyn Source,
    folders: &BTreeMap<&str, Vec<&Arc<str>>>,
    modules: &[Module],
    starts: &[&str],
) -> Option<BTreeMap<String, BTreeSet<String>>> {
    if folders.values().map(Vec::len).sum::<usize>() > TREE_LIMIT {
        return None;
    }
    let mut links: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut open: BTreeSet<String> = starts.iter().map(|d| (*d).to_owned()).collect();
    let mut left = IMPORT_LIMIT;
    while !open.is_empty() {
        let paths = open
            .iter()
            .filter_map(|dir| folders.get(dir.as_str()))
            .flatten();
        let paths: Vec<Arc<str>> = paths.map(|p| (*p).clone()).collect();
        left = left.checked_sub(paths.len())?;
        for dir in &open {
            links.entry(dir.clone()).or_default();
        }
        for (path, text) in tree.texts(&paths) {
            let Text::Text(text) = text else { continue };
            let imported = header(&text).imports;
            let dirs = imported.iter().filter_map(|i| folder_of(modules, i));
            if let Some(known) = links.get_mut(parent(&path)) {
                known.extend(dirs);
            }
        }
        let next = open.iter().filter_map(|dir| links.get(dir)).flatten();
        open = next
            .filter(|d| !links.contains_key(*d) && folders.contains_key(d.as_str()))
            .cloned()
            .collect();
    }
    Some(links)
}

/// Returns the folder of an imported package of these modules.
fn folder_of(modules: &[Module], import: &str) -> Option<String> {
    let within = modules.iter().filter(|m| is_in(import, &m.path));
    let module = within.max_by_key(|m| m.path.len())?;
    let rest = import[module.path.len()..].trim_start_matches('/');
    Some(if rest.is_empty() {
        module.dir.clone()
    } else {
        join(&module.dir, rest)
    })
}

/// What stands before the first declaration of a Go file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header<'a> {
    package: &'a str,
    package_at: Option<usize>,
    imports: Vec<&'a str>,
}

fn header(text: &str) -> Header<'_> {
    let mut header = Header::default();
    let mut words = Words { text, at: 0 };
    let mut importing = false;
    let mut group = false;
    while let Some((at, word)) = words.next_word() {
        match word {
            "package" if header.package_at.is_none() => {
                header.package_at = Some(at);
                header.package = words.next_word().map_or("", |(_, name)| name);
            }
            "import" => importing = true,
            "(" if importing => group = true,
            ")" => (importing, group) = (false, false),
            ";" => {}
            word if importing && word.starts_with(['"', '`']) => {
                header.imports.push(word.trim_matches(['"', '`']));
                importing = group;
            }
            // The name that an import is given.
            _ if importing => {}
            _ => break,
        }
    }
    header
}

struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    /// Returns the next word, string or sign, and where it starts.
    fn next_word(&mut self) -> Option<(usize, &'a str)> {
        loop {
            let rest = self.text.get(self.at..)?;
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let first = trimmed.chars().next()?;
            let length = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else if matches!(first, '"' | '`') {
                let word = trimmed[1..]
                    .find(first)
                    .map_or(trimmed.len(), |end| end + 2);
                return Some(self.take(word));
            } else if first.is_alphanumeric() || first == '_' {
                let word = trimmed
                    .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(trimmed.len());
                return Some(self.take(word));
            } else {
                return Some(self.take(first.len_utf8()));
            };
            self.at += length;
        }
    }

    fn take(&mut self, length: usize) -> (usize, &'a str) {
        let start = self.at;
        self.at += length;
        (start, &self.text[start..self.at])
    }
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn imports_are_read_up_to_the_first_declaration() {
        let text = "// Copyright\n//go:build linux\n\npackage main // import \"x\"\n\nimport \"fmt\"\nimport (\n\t_ \"a/b\" // why\n\tq `c/d`; . \"e\"\n)\n\nvar x = \"no\"\n";
        let header = header(text);
        assert_eq!(header.package, "main");
        assert_eq!(header.imports, ["fmt", "a/b", "c/d", "e"]);
    }

    #[test]
    fn broken_files_have_what_can_be_read() {
        assert_eq!(super::header("package").package, "");
        assert_eq!(super::header("import (\"a").imports, ["a"]);
        assert_eq!(super::header("/* x").imports, Vec::<&str>::new());
    }
}
