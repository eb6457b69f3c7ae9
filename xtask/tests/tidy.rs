//! The house rules hold, also for what `new` writes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use xtask::new::{self, Kind};
use xtask::tidy::{self, Tree};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn complaints(root: &Path) -> String {
    let tree = Tree::read(root).unwrap();
    tidy::tidy(&tree)
        .iter()
        .map(|complaint| format!("{complaint}\n"))
        .collect()
}

#[test]
fn the_house_is_tidy() {
    let said = complaints(&root());
    assert!(said.is_empty(), "\n{said}");
}

/// Copies the sources to a folder of its own.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in Tree::read(&root()).unwrap().all() {
        let to = folder.path().join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, text).unwrap();
    }
    folder
}

/// Whether the slices of rules and outputs are there.
fn has_registries(root: &Path) -> bool {
    let tree = Tree::read(root).unwrap();
    let outputs = tree.get("crates/report/src/lib.rs").unwrap_or_default();
    tree.exists("crates/engine/src/principles/data_code_decoupling/mod.rs")
        && outputs.contains("static OUTPUTS:")
}

#[test]
fn what_new_writes_is_registered_and_tidy() {
    let copy = copy();
    let before = complaints(copy.path());
    for (kind, name) in [
        (Kind::Rule, "data-code-decoupling/stub-of-a-test"),
        (Kind::Reader, "stub-format"),
        (Kind::Output, "stub-output"),
    ] {
        if kind != Kind::Reader && !has_registries(copy.path()) {
            continue;
        }
        let written = new::write(copy.path(), kind, name).unwrap();
        assert!(written.iter().all(|path| path.exists()), "{name}");
        assert_eq!(complaints(copy.path()), before, "{name}");
        let again = new::write(copy.path(), kind, name).unwrap_err();
        assert!(
            again.to_string().ends_with("it is there already"),
            "{again}"
        );
    }
}
