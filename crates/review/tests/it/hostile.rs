//! A repository that names commands: none of them runs, and nothing is written.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use coexist_review::Error;
use coexist_review::change::{Request, What, select};
use coexist_review::git::Repository;
use coexist_review::search::Search;
use coexist_review::skip::Skips;

use crate::repo::{Repo, range};

const HOOKS: &[&str] = &[
    "post-checkout",
    "post-index-change",
    "pre-commit",
    "reference-transaction",
    "post-merge",
    "fsmonitor-watchman",
];

/// A repository in which every command that git could be made to run leaves a file behind.
fn trapped() -> (Repo, PathBuf) {
    let repo = Repo::holding(&[("a.sql", "select status"), ("b.bin", "1"), ("c.txt", "1")]);
    repo.commit(
        "second",
        &[("a.sql", "select status, id"), ("d.sql", "status")],
    );
    let marks = repo.beside("marks");
    std::fs::create_dir(&marks).unwrap();
    let traps = repo.beside("traps");
    std::fs::create_dir(&traps).unwrap();
    let trap = |name: &str| {
        let script = traps.join(name);
        let mark = marks.join(name).display().to_string();
        std::fs::write(&script, format!("#!/bin/sh\ntouch '{mark}'\nexec cat\n")).unwrap();
        std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
        script.display().to_string()
    };
    for hook in HOOKS {
        trap(hook);
        let own = repo.path.join(".git/hooks").join(hook);
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        std::fs::copy(traps.join(hook), own).unwrap();
    }
    for (key, name) in [
        ("core.fsmonitor", "fsmonitor"),
        ("core.pager", "pager"),
        ("core.editor", "editor"),
        ("core.sshCommand", "ssh"),
        ("core.askPass", "askpass"),
        ("core.alternateRefsCommand", "alternates"),
        ("diff.external", "external"),
        ("diff.evil.command", "driver"),
        ("diff.evil.textconv", "textconv"),
        ("filter.evil.clean", "clean"),
        ("filter.evil.smudge", "smudge"),
        ("filter.long.process", "process"),
        ("merge.evil.driver", "merge"),
        ("gpg.program", "gpg"),
        ("credential.helper", "credential"),
        ("uploadpack.packObjectsHook", "pack"),
        ("pager.diff-tree", "pager-diff-tree"),
        ("pager.grep", "pager-grep"),
    ] {
        let script = trap(name);
        repo.git(&["config", key, &script]);
    }
    for builtin in [
        "diff-tree",
        "ls-tree",
        "cat-file",
        "rev-parse",
        "grep",
        "ls-files",
    ] {
        let script = trap(&format!("alias-{builtin}"));
        repo.git(&["config", &format!("alias.{builtin}"), &format!("!{script}")]);
    }
    for (key, value) in [
        ("core.hooksPath", traps.to_str().unwrap()),
        ("filter.evil.required", "true"),
        ("log.showSignature", "true"),
        ("diff.relative", "true"),
        ("diff.noprefix", "true"),
        ("diff.renames", "false"),
        ("diff.orderFile", "/dev/null"),
        ("core.quotepath", "true"),
        ("core.autocrlf", "false"),
        ("grep.fullName", "false"),
        ("grep.patternType", "perl"),
        ("submodule.recurse", "true"),
        ("diff.ignoreSubmodules", "all"),
    ] {
        repo.git(&["config", key, value]);
    }
    std::fs::write(
        repo.path.join(".git/info/attributes"),
        "*.sql filter=evil diff=evil merge=evil\n*.txt filter=long diff=evil\n* diff=evil\n",
    )
    .unwrap();
    // What setting it up has triggered does not count.
    std::fs::remove_dir_all(&marks).unwrap();
    std::fs::create_dir(&marks).unwrap();
    (repo, marks)
}

/// Every file below a folder with its content and time.
fn state(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.symlink_metadata().unwrap() {
                seen if seen.is_dir() => open.push(path),
                seen => {
                    let content = std::fs::read(&path).unwrap_or_default();
                    found.insert(path, (content, seen.modified().unwrap()));
                }
            }
        }
    }
    found
}

/// Does all that a review does with git.
fn review(repo: &Repo, what: What) -> usize {
    let repository = repo.open();
    let request = Request {
        what,
        deployed: vec!["HEAD~1".into()],
        ..Request::default()
    };
    let change = select(&repository, &request).unwrap();
    let trees = change.trees(&repository).unwrap();
    for tree in [&trees.base, &trees.head, &trees.deployed[0]] {
        let paths: Vec<_> = tree.paths().collect();
        tree.read_many(&repository, &paths).unwrap();
        Skips::of(&repository, tree).unwrap();
        let words = ["status".to_owned()];
        let mut search = Search::new(&repository, &words, &|_: &str| true);
        assert!(!search.find(tree).unwrap().is_empty());
    }
    change.deltas.len()
}

#[test]
fn nothing_that_a_repository_names_runs_and_nothing_is_written() {
    let (repo, marks) = trapped();
    repo.write("a.sql", "select status, name");
    repo.write("c.txt", "2");
    repo.write("new.sql", "status");
    let before = state(&repo.path);
    assert_eq!(review(&repo, range("HEAD~1", "HEAD")), 2);
    assert_eq!(review(&repo, What::Commit("HEAD".into())), 2);
    assert_eq!(review(&repo, What::Worktree), 3);
    assert_eq!(review(&repo, What::Here), 3);
    assert_eq!(review(&repo, What::Staged), 0);
    assert_eq!(state(&repo.path), before, "the repository is as it was");
    let ran: Vec<_> = state(&marks).into_keys().collect();
    assert!(ran.is_empty(), "a trap went off: {ran:?}");
}

#[test]
fn the_traps_do_go_off_when_git_is_used_carelessly() {
    let (repo, marks) = trapped();
    repo.write("a.sql", "select status, name");
    repo.git(&["status"]);
    assert!(
        !state(&marks).is_empty(),
        "else the test above proves nothing"
    );
}

#[test]
fn staged_changes_behind_a_filter_run_nothing() {
    let (repo, marks) = trapped();
    let id = repo.git_with(&["hash-object", "-w", "--stdin"], b"select status, x");
    repo.git(&["update-index", "--cacheinfo", &format!("100644,{id},a.sql")]);
    std::fs::remove_dir_all(&marks).unwrap();
    std::fs::create_dir(&marks).unwrap();
    let before = state(&repo.path);
    assert_eq!(review(&repo, What::Here), 1);
    assert_eq!(state(&repo.path), before);
    assert!(state(&marks).is_empty());
}

#[test]
fn a_partial_clone_fetches_nothing() {
    let origin = Repo::holding(&[("a.sql", "1")]);
    origin.commit("second", &[("a.sql", "2")]);
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let repo = Repo::clone_of(&origin, &["--filter=blob:none", "--no-checkout"]);
    let repository = repo.open();
    let change = select(
        &repository,
        &Request {
            what: What::Commit("HEAD".into()),
            ..Request::default()
        },
    )
    .unwrap();
    let base = change.trees(&repository).unwrap().base;
    let content = base.read(&repository, "a.sql").unwrap().unwrap();
    assert_eq!(content.remark().unwrap(), "its object is not in this clone");
}

#[test]
fn a_working_tree_elsewhere_is_not_read() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    let other = Repo::holding(&[("b.sql", "1")]);
    for elsewhere in [&*repo.beside(""), Path::new("/"), &other.path] {
        repo.git(&["config", "core.worktree", elsewhere.to_str().unwrap()]);
        let error = Repository::open(&repo.path, None).unwrap_err();
        assert!(matches!(error, Error::ForeignWorktree { .. }), "{error}");
    }
    repo.git(&["config", "--unset", "core.worktree"]);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    for own in [&repo.path, &linked, &repo.path.join(".git")] {
        Repository::open(own, None).unwrap();
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "only a program makes a pipe")]
fn attributes_in_a_pipe_are_not_waited_for() {
    let repo = Repo::holding(&[("a.sql", "select status")]);
    let pipe = repo.beside("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    repo.git(&["config", "core.attributesFile", pipe.to_str().unwrap()]);
    repo.write("a.sql", "select status, name");
    assert_eq!(repo.here().deltas.len(), 1);
}
