//! Code that does not run in production: tests, fixtures, examples, migrations written in code.

use std::ops::Range;

use crate::protobuf::generated::Tongue;

use super::syntax::{Id, Syntax};

/// Folders of code that never runs in production.
const FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "testing",
    "testdata",
    "testutil",
    "testutils",
    "spec",
    "specs",
    "e2e",
    "fixtures",
    "fixture",
    "__fixtures__",
    "__mocks__",
    "mocks",
    "mock",
    "examples",
    "example",
    "samples",
    "benches",
    "benchmark",
    "benchmarks",
    "integration-tests",
    "integration_tests",
    "migrations",
    "migrate",
    "post_migrate",
    "data_migration",
    "data_migrations",
    "alembic",
    "seeds",
    "seeders",
];

/// Returns whether a folder holds a project of .NET that tests another one: `Shop.Api.Tests`, `Shop.IntegrationTests`.
pub fn is_test_project(folder: &str) -> bool {
    let kinds = [
        "Test",
        "Tests",
        "UnitTest",
        "UnitTests",
        "IntegrationTest",
        "IntegrationTests",
        "FunctionalTests",
        "AcceptanceTests",
        "E2ETests",
        "Specs",
        "Benchmark",
        "Benchmarks",
    ];
    let last = folder.rsplit_once('.').map(|(_, last)| last);
    last.is_some_and(|last| kinds.contains(&last))
}

/// Returns whether a whole file is a trial, by its path.
pub(super) fn is_trial_path(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    // Below it stand packages, whatever they are called: https://maven.apache.org/guides/introduction/introduction-to-the-standard-directory-layout.html
    let folders = folders.split("src/main/").next().unwrap_or(folders);
    let stem = name.split('.').next().unwrap_or(name);
    let dotted = |part: &str| name.split('.').skip(1).any(|p| p == part);
    // What makes models for tests in Laravel.
    let factory = format!("/{folders}/").contains("/database/factories/");
    // A project of its own beside each one of .NET: `Shop.Api.Tests`.
    let of_dotnet = name.ends_with(".cs")
        && (folders.split('/').any(is_test_project)
            || stem.len() > 5 && (stem.ends_with("Tests") || stem.ends_with("Test")));
    factory
        || of_dotnet
        || folders
            .split('/')
            .any(|f| FOLDERS.contains(&f.to_lowercase().as_str()))
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || stem.ends_with("_spec")
        || matches!(stem, "conftest" | "tests" | "seeds")
        || dotted("test")
        || dotted("spec")
        || dotted("stories")
        || dotted("mock")
        || ((name.ends_with(".java") || name.ends_with(".kt"))
            && (stem.ends_with("Test") || stem.ends_with("Tests") || stem.ends_with("IT")))
}

/// The tests inside a file of production code.
pub(super) struct Trials {
    /// The outermost of them, in the order of the text.
    outermost: Vec<Range<Id>>,
}

impl Trials {
    /// Finds the tests of a file.
    pub(super) fn of(syntax: &Syntax<'_>) -> Self {
        if syntax.profile.tongue == Tongue::Go && is_built_for_tests(syntax.text) {
            return Self {
                outermost: vec![syntax.all()],
            };
        }
        let mut outermost: Vec<Range<Id>> = Vec::new();
        let mut found = tests(syntax);
        found.sort_unstable();
        for id in found {
            if outermost.last().is_none_or(|last| last.end <= id) {
                outermost.push(id..syntax.below(id).end);
            }
        }
        Self { outermost }
    }

    /// Returns whether a node stands in one of them.
    pub(super) fn hold(&self, id: Id) -> bool {
        let after = self.outermost.partition_point(|t| t.start <= id);
        let before = after.checked_sub(1).and_then(|at| self.outermost.get(at));
        before.is_some_and(|t| t.contains(&id))
    }
}

/// Returns whether a file of Go is left out of every build that does not ask for tests: `//go:build e2etest`.
///
/// <https://pkg.go.dev/cmd/go#hdr-Build_constraints>
fn is_built_for_tests(text: &str) -> bool {
    let before_package = text.lines().take_while(|l| !l.starts_with("package "));
    let mut constraints = before_package.filter_map(|l| l.strip_prefix("//go:build "));
    let Some(constraint) = constraints.next().filter(|c| !c.contains("||")) else {
        return false;
    };
    let tags = constraint.split("&&").map(|tag| tag.trim().to_lowercase());
    let asks = |tag: String| {
        let words = ["test", "e2e", "integration", "acceptance", "mock", "bench"];
        let named = words.iter().any(|w| tag.contains(w)) || tag == "ignore" || tag == "tools";
        named && !tag.starts_with('!') && !tag.contains('(')
    };
    tags.into_iter().any(asks)
}

fn tests(syntax: &Syntax<'_>) -> Vec<Id> {
    let all = syntax.all();
    match syntax.profile.tongue {
        Tongue::Rust => all.flat_map(|up| attributed(syntax, up)).collect(),
        Tongue::Python => all.filter(|&id| is_python_test(syntax, id)).collect(),
        Tongue::Go => all.filter(|&id| is_go_test(syntax, id)).collect(),
        _ => Vec::new(),
    }
}

fn is_python_test(syntax: &Syntax<'_>, id: Id) -> bool {
    let named = |beginning: &str| {
        let name = syntax.child(id, "name").map_or("", |n| syntax.text(n));
        name.starts_with(beginning)
    };
    match syntax.kind(id) {
        "function_definition" => named("test_"),
        "class_definition" => named("Test") && extends_test_case(syntax, id),
        _ => false,
    }
}

/// Returns the items right below a node that an attribute makes a test.
fn attributed(syntax: &Syntax<'_>, up: Id) -> Vec<Id> {
    // Attributes stand before their item; comments may stand between.
    let (mut attributes, mut items): (Vec<Id>, Vec<Id>) = (Vec::new(), Vec::new());
    for child in syntax.children(up) {
        match syntax.kind(child) {
            "attribute_item" => attributes.push(child),
            _ if syntax.is_comment(child) => {}
            kind => {
                let item = matches!(kind, "mod_item" | "function_item" | "impl_item");
                items.extend((item && names_a_test(syntax, &attributes)).then_some(child));
                attributes.clear();
            }
        }
    }
    items
}

fn names_a_test(syntax: &Syntax<'_>, attributes: &[Id]) -> bool {
    attributes.iter().any(|&a| {
        let text: String = syntax
            .text(a)
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        text.starts_with("#[cfg(") && !text.contains("not(test)") && mentions_test(&text)
            || text == "#[test]"
            || text.ends_with("::test]")
            || text.contains("::test(")
    })
}

fn mentions_test(attribute: &str) -> bool {
    attribute
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|w| w == "test")
}

fn extends_test_case(syntax: &Syntax<'_>, class: Id) -> bool {
    syntax
        .child(class, "superclasses")
        .is_none_or(|s| syntax.text(s).contains("Test"))
}

fn is_go_test(syntax: &Syntax<'_>, id: Id) -> bool {
    let parameters = (syntax.kind(id) == "function_declaration")
        .then(|| syntax.child(id, "parameters"))
        .flatten();
    parameters.is_some_and(|p| {
        ["*testing.T", "*testing.B", "*testing.F", "testing.TB"]
            .iter()
            .any(|t| syntax.text(p).contains(t))
    })
}

#[cfg(test)]
mod tests {
    use super::{is_built_for_tests, is_trial_path};

    #[test]
    fn a_tag_of_go_may_leave_a_file_to_tests() {
        let built = |constraint: &str| {
            is_built_for_tests(&format!("// A\n//go:build {constraint}\n\npackage a\n"))
        };
        for constraint in ["e2etest", "integration && linux", "ignore"] {
            assert!(built(constraint), "{constraint}");
        }
        for constraint in [
            "linux",
            "!integration",
            "integration || linux",
            "!(test)",
            "latest_go || x",
        ] {
            assert!(!built(constraint), "{constraint}");
        }
        assert!(!is_built_for_tests("package a\n\n//go:build test\n"));
    }

    #[test]
    fn tests_are_told_by_their_path() {
        for path in [
            "a/tests/b.py",
            "a_test.go",
            "src/test_x.py",
            "web/a.spec.ts",
            "db/migrate/1_x.rb",
            "x/FooTest.java",
            "__tests__/a.ts",
        ] {
            assert!(is_trial_path(path), "{path}");
        }
        for path in [
            "a/latest/b.py",
            "contest.go",
            "src/testimony.rs",
            "web/spectrum.ts",
            "x/Tester.java",
        ] {
            assert!(!is_trial_path(path), "{path}");
        }
    }
}
