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

#[test]
fn what_new_writes_is_registered_and_tidy() {
    let copy = copy();
    let before = complaints(copy.path());
    for (kind, name) in [
        (Kind::Rule, "data-code-decoupling/stub-of-a-test"),
        (Kind::Reader, "stub-format"),
        (Kind::Output, "stub-output"),
    ] {
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
