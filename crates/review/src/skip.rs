//! Which files anchor no finding, and what a path holds.
//!
//! A file that is skipped is still read as schema and witness, and a migration is never skipped: whether a file holds one is for
//! its reader to say, so the caller asks that first.

use std::collections::BTreeMap;
use std::sync::Arc;

use coexist_engine::PathKind;
use coexist_readers::code::is_test_project;

use crate::error::Error;
use crate::git::Repository;
use crate::git::attributes::Attributes;
use crate::tree::TreeAt;

/// `.gitattributes` files that are read of one tree.
const ATTRIBUTE_FILES: usize = 1_000;
/// Bytes at the start of a file in which a generator leaves its mark.
const MARK_WITHIN: usize = 2_000;

/// What `.gitattributes` of a tree say.
#[derive(Debug, Clone, Default)]
pub struct Skips {
    attributes: Attributes,
}

impl Skips {
    /// Reads the `.gitattributes` of a tree.
    pub fn of(repository: &Repository, tree: &TreeAt) -> Result<Self, Error> {
        let mut files: Vec<&str> = tree
            .paths()
            .map(|path| &**path)
            .filter(|path| path.rsplit('/').next() == Some(".gitattributes"))
            .take(ATTRIBUTE_FILES)
            .collect();
        // The deeper folder wins, so it comes later.
        files.sort_by_key(|path| (path.matches('/').count(), *path));
        let contents: BTreeMap<Arc<str>, _> = tree.read_many(repository, &files)?;
        let mut attributes = Attributes::default();
        for path in files {
            if let Some(text) = contents.get(path).and_then(|content| content.text()) {
                let folder = &path[..path.len() - ".gitattributes".len()];
                attributes.add(folder, text);
            }
        }
        Ok(Self { attributes })
    }

    /// Returns whether there are more rules than could be applied.
    pub fn are_incomplete(&self) -> bool {
        self.attributes.is_exhausted()
    }

    /// Returns why no finding is anchored in a file; None where one may be. `text` is empty where it is not known.
    pub fn reason(&self, path: &str, text: &str) -> Option<String> {
        match self.attributes.flag(path, "linguist-generated") {
            Some(true) => return Some("generated (.gitattributes)".into()),
            // The repository says that it is written by hand: no guess is better than that.
            Some(false) => return self.vendored(path),
            None => {}
        }
        lock_file(path)
            .or_else(|| generated_name(path))
            .or_else(|| generated_mark(text))
            .or_else(|| self.vendored(path))
    }

    /// Returns the same for a migration. That a tool has written it, or that the repository says so, changes nothing: it will run.
    pub fn reason_of_migration(&self, path: &str) -> Option<String> {
        self.vendored(path)
    }

    fn vendored(&self, path: &str) -> Option<String> {
        match self.attributes.flag(path, "linguist-vendored") {
            Some(true) => Some("vendored (.gitattributes)".into()),
            Some(false) => None,
            None => folders(path)
                .find(|folder| {
                    matches!(
                        *folder,
                        "vendor"
                            | "node_modules"
                            | "third_party"
                            | "bower_components"
                            | "Pods"
                            | "Godeps"
                    )
                })
                .map(|folder| format!("vendored ({folder}/)")),
        }
    }

    /// Returns what a path holds, as far as its place tells.
    pub fn kind(&self, path: &str) -> PathKind {
        match self.attributes.flag(path, "linguist-documentation") {
            Some(true) => PathKind::Document,
            _ => kind(path),
        }
    }
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    let (folders, _) = path.rsplit_once('/').unwrap_or_default();
    folders.split('/')
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn lock_file(path: &str) -> Option<String> {
    let known = [
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
        "deno.lock",
        "Cargo.lock",
        "Gemfile.lock",
        "composer.lock",
        "poetry.lock",
        "Pipfile.lock",
        "uv.lock",
        "pdm.lock",
        "go.sum",
        "go.work.sum",
        "mix.lock",
        "pubspec.lock",
        "Podfile.lock",
        "gradle.lockfile",
        "packages.lock.json",
        "flake.lock",
        "buf.lock",
        "Chart.lock",
        ".terraform.lock.hcl",
        "MODULE.bazel.lock",
    ];
    known.contains(&file_name(path)).then(|| "lock file".into())
}

fn generated_name(path: &str) -> Option<String> {
    let endings = [
        ".pb.go",
        ".pb.gw.go",
        ".pb.cc",
        ".pb.h",
        ".pb.rs",
        ".pb.ts",
        ".pb.swift",
        ".pb.dart",
        ".twirp.go",
        "_pb2.py",
        "_pb2.pyi",
        "_pb2_grpc.py",
        "_pb.rb",
        "_pb.js",
        "_pb.ts",
        "_pb.d.ts",
        "_grpc_pb.js",
        "_grpc_pb.d.ts",
        "_connect.ts",
        ".min.js",
        ".min.css",
        ".js.map",
        ".css.map",
    ];
    let ending = endings.iter().find(|ending| path.ends_with(**ending))?;
    Some(format!("generated (*{ending})"))
}

/// Looks for the mark of a generator in the first lines.
///
/// Go has one exact form, <https://go.dev/s/generatedcode>; `@generated` is that of Meta's tools, Prettier and cargo.
pub(crate) fn generated_mark(text: &str) -> Option<String> {
    let end = text.floor_char_boundary(MARK_WITHIN.min(text.len()));
    let comment = |line: &&str| {
        let line = line.trim_start();
        ["//", "#", "/*", "*", "--", ";", "<!--", "\"\"\""]
            .iter()
            .any(|start| line.starts_with(start))
    };
    for line in text[..end].lines().filter(comment) {
        let go = line.contains("Code generated ") && line.contains("DO NOT EDIT");
        if go {
            return Some("generated (Code generated … DO NOT EDIT)".into());
        }
        // https://learn.microsoft.com/dotnet/fundamentals/code-analysis/configuration-options#exclude-generated-code
        if line.contains("<auto-generated") {
            return Some("generated (<auto-generated>)".into());
        }
        let words = line.split(|c: char| c.is_whitespace() || "*,.;:".contains(c));
        if words.into_iter().any(|word| word == "@generated") {
            return Some("generated (@generated)".into());
        }
    }
    None
}

/// Returns what a path holds, by folders and names that mean the same everywhere.
pub fn kind(path: &str) -> PathKind {
    if is_test(path) {
        return PathKind::Test;
    }
    if is_document(path) {
        return PathKind::Document;
    }
    PathKind::Product
}

fn is_test(path: &str) -> bool {
    let in_folder = folders(path).any(|folder| {
        matches!(
            folder,
            "test"
                | "tests"
                | "__tests__"
                | "__mocks__"
                | "spec"
                | "specs"
                | "testdata"
                | "test-data"
                | "test_data"
                | "fixtures"
                | "__fixtures__"
                | "testing"
                | "e2e"
                | "cypress"
                | "examples"
                | "example"
                | "benches"
                | "benchmark"
                | "benchmarks"
                | "integration-tests"
                | "integration_tests"
                | "androidTest"
                | "testFixtures"
        ) || is_test_project(folder)
    });
    let name = file_name(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let named = match extension {
        "go" | "exs" | "dart" | "cc" | "cpp" => stem.ends_with("_test"),
        "py" => stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest",
        "php" => stem.ends_with("Test") && stem.len() > "Test".len(),
        "rb" => stem.ends_with("_test") || stem.ends_with("_spec"),
        "ts" | "tsx" | "js" | "jsx" | "mts" | "mjs" | "cjs" | "cts" => {
            [".test", ".spec", ".stories", ".bench", "-test", "_test"]
                .iter()
                .any(|end| stem.ends_with(end))
        }
        "java" | "kt" | "scala" | "groovy" | "cs" => ["Test", "Tests", "IT", "Spec", "TestCase"]
            .iter()
            .any(|end| stem.ends_with(end) && stem.len() > end.len()),
        "rs" => {
            matches!(stem, "tests" | "test") || stem.ends_with("_test") || stem.ends_with("_tests")
        }
        "snap" => true,
        _ => false,
    };
    in_folder || named
}

fn is_document(path: &str) -> bool {
    let name = file_name(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let prose = matches!(
        extension.to_ascii_lowercase().as_str(),
        "md" | "mdx"
            | "markdown"
            | "rst"
            | "adoc"
            | "asciidoc"
            | "txt"
            | "png"
            | "jpg"
            | "jpeg"
            | "gif"
            | "svg"
            | "webp"
            | "ico"
            | "pdf"
            | "drawio"
            | "puml"
            | "mmd"
    );
    let named = [
        "LICENSE",
        "COPYING",
        "NOTICE",
        "README",
        "CHANGELOG",
        "AUTHORS",
        "CODEOWNERS",
        "CONTRIBUTING",
    ]
    .iter()
    .any(|known| stem.split('-').next() == Some(known) && extension.is_empty());
    // Names that look like prose and are read by a program.
    let program = matches!(name, "CMakeLists.txt" | "robots.txt")
        || (extension == "txt" && stem.starts_with("requirements"));
    let folder = path.split('/').next().unwrap_or_default();
    (prose && !program)
        || named
        || (matches!(folder, "docs" | "doc" | "Documentation") && path.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(attributes: &str, path: &str, text: &str) -> Option<String> {
        let mut skips = Skips::default();
        skips.attributes.add("", attributes);
        skips.reason(path, text)
    }

    #[test]
    fn generated_and_vendored_files_say_by_what() {
        let expected = [
            ("go.sum", "", "lock file"),
            ("a/user.pb.go", "", "generated (*.pb.go)"),
            ("vendor/x/y.go", "", "vendored (vendor/)"),
            (
                "a.go",
                "// Code generated by sqlc. DO NOT EDIT.\n",
                "generated (Code generated … DO NOT EDIT)",
            ),
            (
                "a.ts",
                "/**\n * @generated SignedSource<<x>>\n */",
                "generated (@generated)",
            ),
            ("db/schema.rb", "", "generated (.gitattributes)"),
        ];
        for (path, text, reason) in expected {
            let said = check("db/schema.rb linguist-generated\n", path, text);
            assert_eq!(said.as_deref(), Some(reason), "{path}");
        }
    }

    #[test]
    fn a_generated_migration_is_a_migration() {
        let mut skips = Skips::default();
        skips.attributes.add("", "*.sql linguist-generated\n");
        assert_eq!(skips.reason_of_migration("db/migrations/2_b.sql"), None);
        let vendored = skips.reason_of_migration("vendor/db/migrations/2_b.sql");
        assert_eq!(vendored.as_deref(), Some("vendored (vendor/)"));
    }

    #[test]
    fn hand_written_files_are_not_skipped() {
        assert_eq!(check("", "src/vendor.go", ""), None);
        assert_eq!(check("", "src/lock.rs", "fn code_generated() {}"), None);
        assert_eq!(check("", "a.js", "const s = '@generated'"), None);
        assert_eq!(check("*.pb.go -linguist-generated", "x.pb.go", ""), None);
        assert_eq!(
            check("vendor/** -linguist-vendored", "vendor/x.go", ""),
            None
        );
    }

    #[test]
    fn tests_and_documents_are_told_by_their_place() {
        for (path, expected) in [
            ("api/users_test.go", PathKind::Test),
            ("tests/api.py", PathKind::Test),
            ("src/users.spec.ts", PathKind::Test),
            ("src/UserTest.java", PathKind::Test),
            ("src/contest.py", PathKind::Product),
            ("src/latest.rs", PathKind::Product),
            ("README.md", PathKind::Document),
            ("docs/api.yaml", PathKind::Document),
            ("src/docs/view.py", PathKind::Product),
            ("LICENSE-MIT", PathKind::Document),
            ("requirements.txt", PathKind::Product),
            ("db/0001.sql", PathKind::Product),
        ] {
            assert_eq!(kind(path), expected, "{path}");
        }
    }
}
