//! What documents say is there is there.

use std::collections::BTreeSet;

use super::{Complaint, Tree, complaint};

const ARCHITECTURE: &str = "ARCHITECTURE.md";
/// What was drawn from examples of designs names paths of the repositories that the examples speak of.
const DRAWN: &str = "crates/design/examples/";

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = crates(tree);
    let is_ours = |path: &str| path.ends_with(".md") && !path.starts_with(DRAWN);
    for (path, text) in tree.all().filter(|(path, _)| is_ours(path)) {
        complaints.extend(paths(tree, path, text));
    }
    complaints
}

/// `ARCHITECTURE.md` names exactly the crates that exist, each as `crates/NAME`.
fn crates(tree: &Tree) -> Vec<Complaint> {
    let Some(text) = tree.get(ARCHITECTURE) else {
        return vec![complaint(ARCHITECTURE, 0, "is missing")];
    };
    let named: BTreeSet<&str> = text
        .match_indices("crates/")
        .map(|(at, prefix)| {
            let rest = &text[at + prefix.len()..];
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .unwrap_or(rest.len());
            &rest[..end]
        })
        .filter(|name| !name.is_empty())
        .collect();
    let there: BTreeSet<&str> = tree.folders("crates").into_iter().collect();
    let missing = there
        .difference(&named)
        .map(|name| complaint(ARCHITECTURE, 0, format!("does not name crates/{name}")));
    let invented = named.difference(&there).map(|name| {
        complaint(
            ARCHITECTURE,
            0,
            format!("names crates/{name}, which does not exist"),
        )
    });
    missing.chain(invented).collect()
}

/// Every path of this repository that a document names exists: link targets, and code spans that begin with one of its folders.
fn paths(tree: &Tree, document: &str, text: &str) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let mut missing: Vec<&str> = spans(line)
            .filter(|path| is_ours(tree, path) && !tree.exists(path))
            .collect();
        missing.extend(links(line).filter(|target| !tree.exists(&resolved(document, target))));
        complaints.extend(missing.into_iter().map(|path| {
            let what = format!("names `{path}`, which does not exist");
            complaint(document, index + 1, what)
        }));
    }
    complaints
}

/// The code spans of a line that look like one path, without a line number behind it.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter_map(|span| {
        let path = span.split(':').next().unwrap_or_default();
        let plain = !path.is_empty()
            && path
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        // A placeholder in capitals stands for a name: `crates/readers/src/NAME/`.
        let placeholder = path
            .split(['/', '.'])
            .any(|part| part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        (plain && !placeholder).then_some(path)
    })
}

/// Whether a path begins in a folder at the root of this repository.
fn is_ours(tree: &Tree, path: &str) -> bool {
    path.split_once('/')
        .is_some_and(|(first, _)| !tree.under(first).is_empty())
}

/// The targets of a line's links that are paths.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next().unwrap_or_default();
        let target = target.split('#').next().unwrap_or_default();
        let elsewhere = target.is_empty() || target.contains(':') || target.contains('$');
        (!elsewhere).then_some(target)
    })
}

/// The path of a link's target, as seen from the root.
fn resolved(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check_tree;
    use expect_test::expect;

    #[test]
    fn the_architecture_names_exactly_the_crates_that_exist() {
        check_tree(
            check,
            "-- ARCHITECTURE.md --\n`crates/model` and `crates/cloud`\n-- crates/model/Cargo.toml --\n-- crates/engine/Cargo.toml --",
            &expect![[r"
                ARCHITECTURE.md: does not name crates/engine
                ARCHITECTURE.md: names crates/cloud, which does not exist
                ARCHITECTURE.md:1: names `crates/cloud`, which does not exist"]],
        );
    }

    #[test]
    fn a_path_of_ours_in_a_document_exists() {
        check_tree(
            check,
            "\
-- ARCHITECTURE.md --
-- docs/a.md --
`docs/b.md:7` `docs/c.md` `docs/NAME/mod.rs` `docs/NAME.md` `db/migrate/1.sql` `docs/**` [x](b.md#part) [y](../README.md) [z](https://example.org)
```
`docs/d.md`
```
-- docs/b.md --
",
            &expect![[r"
                docs/a.md:1: names `../README.md`, which does not exist
                docs/a.md:1: names `docs/c.md`, which does not exist"]],
        );
    }
}
