//! Which processes are deployed on their own, and what each links.
//!
//! Programs come from the manifests of each language (`cargo`, `go`, `npm`, `jvm`, `python`); what is deployed comes from
//! images, manifests and platform files (`deployed`). `choose` brings the two together, and `cover` turns the packages that
//! a program links into globs. Only manifests and main files are read, and Go imports where several programs share a module.

mod cargo;
mod choose;
mod cover;
mod deployed;
mod go;
mod jvm;
mod npm;
mod python;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{File, Place, Service};

use crate::ownership::Ownership;
use crate::source::{Source, Text};

/// What a repository shows about its services.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inferred {
    /// The services, sorted by name; at least one, unless it is a library.
    pub services: Vec<Service>,
    /// Whether it is a library: packages to be published, and nothing that is deployed.
    pub library: bool,
    /// What was left out or guessed, each a sentence without its end.
    pub notes: Vec<String>,
}

/// Returns the services of a tree. `repo_name` names the one that stands for all of it, where nothing else does.
pub fn infer(tree: &dyn Source, repo_name: &str) -> Inferred {
    let found = Found::of(tree);
    choose::choose(tree, &found, repo_name)
}

/// Returns the names of the services that own a path, in the order of the services. For many paths, compile an [`Ownership`].
pub fn owners<'a>(services: &'a [Service], path: &str) -> Vec<&'a str> {
    let of = Ownership::new(services).of(path);
    let named = services.iter().map(|s| s.name.as_str());
    named.filter(|name| of.iter().any(|o| o == name)).collect()
}

/// A package: a folder whose code is built together, and what it is built with.
#[derive(Debug, Clone, Default)]
struct Package {
    /// The folder; empty for the root.
    dir: String,
    /// The folders of the packages that it links, of the same language.
    links: BTreeSet<String>,
    /// Whether its manifest makes it a library for others.
    published: bool,
}

/// A program: something with a main function, or a server that a framework runs.
#[derive(Debug, Clone)]
struct Program {
    /// The name that its binary or package has.
    name: String,
    /// Other names that images and commands may call it by.
    aliases: BTreeSet<String>,
    /// The folder of its package.
    dir: String,
    language: Language,
    /// Where it shows.
    place: Place,
    /// Whether it surely serves: a web framework is among what it links. A bare main function may be a tool.
    serves: bool,
}

/// The languages whose packages are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Language {
    Cargo,
    Go,
    Npm,
    Jvm,
    Python,
}

/// All packages, programs and deployments of a tree.
#[derive(Debug, Default)]
struct Found {
    packages: BTreeMap<Language, Vec<Package>>,
    /// The languages in which what a package links is not known.
    unresolved: BTreeSet<Language>,
    programs: Vec<Program>,
    deployed: Vec<deployed::Deployed>,
}

impl Found {
    fn of(tree: &dyn Source) -> Self {
        let manifests = Manifests::read(tree);
        let mut found = Self::default();
        cargo::find(tree, &manifests, &mut found);
        npm::find(&manifests, &mut found);
        jvm::find(tree, &manifests, &mut found);
        python::find(tree, &manifests, &mut found);
        go::find(tree, &manifests, &mut found);
        found.deployed = deployed::find(tree, &manifests);
        found
    }
}

/// The manifests of a tree, read at once.
struct Manifests {
    files: BTreeMap<Arc<str>, File>,
}

/// Manifests that are read of each kind; a monorepo has hundreds.
const MANIFEST_LIMIT: usize = 1_500;

impl Manifests {
    fn read(tree: &dyn Source) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let wanted = tree.paths().iter().filter(|path| {
            let Some(kind) = manifest_kind(path) else {
                return false;
            };
            let count = counts.entry(kind).or_default();
            *count += 1;
            *count <= MANIFEST_LIMIT
        });
        let wanted: Vec<Arc<str>> = wanted.cloned().collect();
        Self {
            files: read(tree, &wanted),
        }
    }

    /// Returns the manifests of that file name, by path.
    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.values().filter(move |f| base(&f.path) == name)
    }
}

/// Returns the texts of those paths that are text.
fn read(tree: &dyn Source, paths: &[Arc<str>]) -> BTreeMap<Arc<str>, File> {
    let texts = tree.texts(paths).into_iter();
    let files = texts.filter_map(|(path, text)| match text {
        Text::Text(text) => Some((path.clone(), File::new(&path, &text))),
        Text::Skipped(_) => None,
    });
    files.collect()
}

/// Returns the kind of manifest that a path is, or None.
fn manifest_kind(path: &str) -> Option<&'static str> {
    if path
        .split('/')
        .any(|s| matches!(s, "vendor" | "node_modules" | "third_party" | "testdata"))
    {
        return None;
    }
    let name = base(path);
    Some(match name {
        "Cargo.toml" => "cargo",
        "go.mod" => "go",
        "package.json" => "npm",
        "pom.xml" | "build.gradle" | "build.gradle.kts" => "jvm",
        "pyproject.toml" => "python",
        "Procfile" | "fly.toml" | "app.yaml" | "serverless.yml" | "heroku.yml" | "render.yaml"
        | "railway.json" => "platform",
        _ if deployed::is_dockerfile(name) => "docker",
        _ if deployed::is_compose(name) => "compose",
        _ if deployed::may_be_manifest(path) => "kubernetes",
        _ => return None,
    })
}

/// Returns the last part of a path.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns the folder of a path; empty for the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Returns the path of a name in a folder.
fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() {
        name.to_owned()
    } else {
        format!("{dir}/{name}")
    }
}

/// Returns a path with `.` and `..` resolved; None where it leaves the tree.
fn resolve(dir: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Returns whether a path is in a folder, at any depth.
fn is_in(path: &str, dir: &str) -> bool {
    dir.is_empty()
        || path
            .strip_prefix(dir)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns whether a folder holds what is used while developing and is not deployed.
fn is_for_development(dir: &str) -> bool {
    dir.split('/').any(|part| {
        part.len() > 1 && part.starts_with('.')
            || matches!(
                part,
                "test"
                    | "tests"
                    | "testing"
                    | "testdata"
                    | "e2e"
                    | "example"
                    | "examples"
                    | "sample"
                    | "samples"
                    | "demo"
                    | "demos"
                    | "docs"
                    | "doc"
                    | "hack"
                    | "tools"
                    | "tool"
                    | "script"
                    | "scripts"
                    | "bench"
                    | "benches"
                    | "benchmark"
                    | "benchmarks"
                    | "fixtures"
                    | "mocks"
                    | "vendor"
                    | "node_modules"
                    | "third_party"
                    | "dev"
                    | "development"
                    | "ci"
                    | "integration-tests"
                    | "integration"
                    | "xtask"
                    | "fuzz"
                    | "codegen"
                    | "packaging"
                    | "tutorials"
                    | "playground"
            )
    })
}

/// Returns whether a program's name says that a person types it.
fn is_tool(name: &str) -> bool {
    let last = name.rsplit(['-', '_']).next().unwrap_or(name);
    matches!(
        last,
        "cli"
            | "tool"
            | "tools"
            | "gen"
            | "generator"
            | "codegen"
            | "example"
            | "examples"
            | "bench"
            | "benchmark"
            | "test"
            | "tests"
            | "e2e"
    ) || (name.ends_with("ctl") && name.len() > 3)
}

/// Returns the place of the first line that holds one of the words; the first line of the file where none does.
fn place_of(file: &File, words: &[&str]) -> Place {
    let found = words
        .iter()
        .find_map(|w| file.text.find(w).map(|at| at..at + w.len()));
    found.map_or_else(|| Place::of_file(&file.path), |at| file.place(at))
}

#[cfg(test)]
mod tests;
