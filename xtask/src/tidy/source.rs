//! Sizes and names.

use super::{Complaint, Tree, complaint};

/// Lines of a file, above which it is two files.
const LINES: usize = 900;

/// Files that nobody writes by hand.
const GENERATED: &[&str] = &["Cargo.lock", "fuzz/Cargo.lock"];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.all() {
        let lines = text.lines().count();
        if lines > LINES && !GENERATED.contains(&path) {
            let what = format!("has {lines} lines, more than {LINES}: find the two things in it");
            complaints.push(complaint(path, 0, what));
        }
        if path.ends_with(".rs") {
            complaints.extend(names(path, text));
        }
    }
    complaints
}

/// Complains about names that say nothing.
fn names(path: &str, text: &str) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let file = path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
    if let Some(word) = empty_module(file.rsplit('/').next().unwrap_or_default()) {
        complaints.push(complaint(
            path,
            0,
            format!("a module named `{word}` says nothing"),
        ));
    }
    // Test modules come last in a file, and quote bad names.
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.trim_start().starts_with("//")) {
        let mut words = line
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty() && !matches!(*word, "pub" | "crate" | "super"));
        let (keyword, name) = (words.next(), words.next().unwrap_or_default());
        let empty = match keyword {
            Some("struct" | "enum" | "trait" | "type") => ["Manager", "Helper", "Utils", "Util"]
                .iter()
                .any(|word| name.ends_with(word)),
            Some("mod") => empty_module(name).is_some(),
            _ => false,
        };
        if empty {
            let what = format!("the name `{name}` says nothing: use the noun of the thing");
            complaints.push(complaint(path, index + 1, what));
        }
    }
    complaints
}

fn empty_module(name: &str) -> Option<&str> {
    matches!(
        name,
        "util" | "utils" | "helper" | "helpers" | "misc" | "common"
    )
    .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check_tree;
    use expect_test::expect;

    #[test]
    fn names_that_say_nothing_are_named() {
        check_tree(
            check,
            "\
-- a/src/lib.rs --
pub(crate) mod utils;
pub struct RuleManager;
struct Rule;
enum ReadHelper {}
// type Manager
-- a/src/helpers.rs --
",
            &expect![[r"
                a/src/helpers.rs: a module named `helpers` says nothing
                a/src/lib.rs:1: the name `utils` says nothing: use the noun of the thing
                a/src/lib.rs:2: the name `RuleManager` says nothing: use the noun of the thing
                a/src/lib.rs:4: the name `ReadHelper` says nothing: use the noun of the thing"]],
        );
    }

    #[test]
    fn a_file_over_the_limit_is_named() {
        let tree = Tree::of(&format!("-- a.rs --\n{}", "\n".repeat(901)));
        assert_eq!(check(&tree).len(), 1);
        let tree = Tree::of(&format!("-- a.rs --\n{}", "\n".repeat(900)));
        assert_eq!(check(&tree), []);
    }
}
