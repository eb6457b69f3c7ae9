//! Few bytes that name much: nothing fills the memory, and the message says so.

use std::time::{Duration, Instant};

use coexist_review::change::{Request, What};
use coexist_review::{Error, Options, review};

use crate::repo::{Repo, range};

/// A tree in which each of ten levels names the next one ten times; the last one names a file of this content.
fn bomb(repo: &Repo, content: &str) -> String {
    let blob = repo.git_with(&["hash-object", "-w", "--stdin"], content.as_bytes());
    let mut tree = repo.git_with(
        &["mktree"],
        format!("100644 blob {blob}\ta.sql\n").as_bytes(),
    );
    for _ in 0..10 {
        let names: String = (0..10)
            .map(|n| format!("040000 tree {tree}\t{n}\n"))
            .collect();
        tree = repo.git_with(&["mktree"], names.as_bytes());
    }
    tree
}

fn commit(repo: &Repo, tree: &str, parents: &[&str]) -> String {
    let mut arguments = vec!["commit-tree", "-m", "x", tree];
    arguments.extend(parents.iter().flat_map(|parent| ["-p", parent]));
    repo.git(&arguments)
}

fn error(repo: &Repo, what: What) -> Error {
    let start = Instant::now();
    let options = Options {
        directory: repo.path.clone(),
        request: Request {
            what,
            ..Request::default()
        },
        ..Options::default()
    };
    let error = review(&options).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(60));
    error
}

#[test]
fn a_tree_that_holds_itself_over_and_over_is_not_listed() {
    let repo = Repo::holding(&[("x", "1")]);
    let (one, two) = (bomb(&repo, "one"), bomb(&repo, "two"));
    let first = commit(&repo, &one, &[]);
    let second = commit(&repo, &two, &[&first]);
    for (from, to) in [(&first, &second), (&"HEAD".to_owned(), &first)] {
        let what = What::Range {
            from: from.clone(),
            to: to.clone(),
            literal: true,
        };
        let error = error(&repo, what);
        assert!(matches!(error, Error::TooManyPaths { .. }), "{error}");
    }
    // Only the head is one: what differs is little, and the base is listed all the same.
    let plain = commit(&repo, "HEAD^{tree}", &[&second]);
    let error_of_base = error(&repo, range(&second, &plain));
    assert!(
        matches!(error_of_base, Error::TooManyPaths { .. }),
        "{error_of_base}"
    );
    repo.git(&["update-ref", "HEAD", &second]);
    for what in [What::Staged, What::Worktree] {
        let error = error(&repo, what);
        assert!(matches!(error, Error::TooManyPaths { .. }), "{error}");
    }
}
