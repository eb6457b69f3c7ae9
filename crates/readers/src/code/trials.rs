//! Code that does not run in production: tests, fixtures, examples, migrations written in code.

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
    "alembic",
    "seeds",
];

/// Returns whether a whole file is a trial, by its path.
pub(super) fn is_trial_path(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let dotted = |part: &str| name.split('.').skip(1).any(|p| p == part);
    folders
        .split('/')
        .any(|f| FOLDERS.contains(&f.to_lowercase().as_str()))
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || stem.ends_with("_spec")
        || matches!(stem, "conftest" | "tests")
        || dotted("test")
        || dotted("spec")
        || dotted("stories")
        || dotted("mock")
        || ((name.ends_with(".java") || name.ends_with(".kt"))
            && (stem.ends_with("Test") || stem.ends_with("Tests") || stem.ends_with("IT")))
}

/// Returns whether a node stands in a test inside a file of production code.
pub(super) fn is_trial(syntax: &Syntax<'_>, id: Id) -> bool {
    let around = std::iter::once(id).chain(syntax.ancestors(id));
    match syntax.profile.tongue {
        Tongue::Rust => around.into_iter().any(|up| has_test_attribute(syntax, up)),
        Tongue::Python => around.into_iter().any(|up| {
            let name = syntax.child(up, "name").map_or("", |n| syntax.text(n));
            (syntax.kind(up) == "function_definition" && name.starts_with("test_"))
                || (syntax.kind(up) == "class_definition"
                    && name.starts_with("Test")
                    && extends_test_case(syntax, up))
        }),
        Tongue::Go => around.into_iter().any(|up| is_go_test(syntax, up)),
        _ => false,
    }
}

fn has_test_attribute(syntax: &Syntax<'_>, item: Id) -> bool {
    if !matches!(
        syntax.kind(item),
        "mod_item" | "function_item" | "impl_item"
    ) {
        return false;
    }
    let Some(up) = syntax.parent(item) else {
        return false;
    };
    // Attributes stand before their item; comments may stand between.
    let mut attributes: Vec<Id> = Vec::new();
    for sibling in syntax.children(up).take_while(|&c| c < item) {
        match syntax.kind(sibling) {
            "attribute_item" => attributes.push(sibling),
            _ if syntax.is_comment(sibling) => {}
            _ => attributes.clear(),
        }
    }
    attributes.into_iter().any(|a| {
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
    use super::is_trial_path;

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
