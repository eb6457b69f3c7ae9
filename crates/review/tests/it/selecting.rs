//! Which change is taken, and what is said about it.

use std::path::Path;

use coexist_review::Error;
use coexist_review::change::{PullRequest, Request, What, select};
use coexist_review::git::Repository;
use expect_test::{Expect, expect};

use crate::repo::{Repo, contents, range, shown, without_ids};

fn check(repo: &Repo, what: What, expected: Expect) {
    let text = match repo.select(what) {
        Ok(change) => shown(&change),
        Err(error) => format!(
            "error: {}\nhelp: {}\n",
            without_ids(&error.to_string()),
            error.help().unwrap_or_default()
        ),
    };
    expected.assert_eq(&text);
}

fn check_arguments(repo: &Repo, arguments: &[&str], expected: Expect) {
    let repository = repo.open();
    let arguments: Vec<String> = arguments.iter().map(|&a| a.to_owned()).collect();
    let mut request = Request::default();
    let selected = request
        .arguments(&repository, &arguments, false)
        .and_then(|()| select(&repository, &request));
    expected.assert_eq(&match selected {
        Ok(change) => shown(&change),
        Err(error) => format!(
            "error: {error}\nhelp: {}\n",
            error.help().unwrap_or_default()
        ),
    });
}

#[test]
fn what_is_staged_comes_first() {
    let repo = Repo::holding(&[("a.sql", "1"), ("b.sql", "1")]);
    repo.write("a.sql", "2");
    repo.git(&["add", "a.sql"]);
    repo.write("a.sql", "3");
    repo.write("b.sql", "2");
    check(
        &repo,
        What::Here,
        expect![[r#"
            Reviewing staged changes (1 file) against HEAD ID
            modified "a.sql"
        "#]],
    );
    expect![[r#"
        "a.sql": "1" => "2"
    "#]]
    .assert_eq(&contents(&repo, &repo.here()));
}

#[test]
fn then_the_working_tree_with_new_files_but_without_ignored_ones() {
    let repo = Repo::holding(&[(".gitignore", "*.log\n"), ("a.sql", "1"), ("gone.sql", "x")]);
    repo.write("a.sql", "2");
    repo.write("new/b.sql", "1");
    repo.write("c.log", "1");
    repo.remove("gone.sql");
    check(
        &repo,
        What::Here,
        expect![[r#"
            Reviewing the working tree (3 files) against HEAD ID
            modified "a.sql"
            deleted "gone.sql"
            added "new/b.sql"
        "#]],
    );
    expect![[r#"
        "a.sql": "1" => "2"
        "gone.sql": "x" => -
        "new/b.sql": - => "1"
    "#]]
    .assert_eq(&contents(&repo, &repo.here()));
}

#[test]
fn a_file_written_in_the_same_second_and_of_the_same_size_is_seen() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.write("a.sql", "2");
    let change = repo.here();
    assert_eq!(change.deltas.len(), 1, "{}", change.described);
}

#[test]
fn then_the_branch_since_it_left_the_default_branch() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.git(&["switch", "-q", "-c", "topic"]);
    repo.commit("second", &[("b.sql", "1")]);
    repo.git(&["switch", "-q", "main"]);
    repo.commit("elsewhere", &[("a.sql", "2")]);
    repo.git(&["switch", "-q", "topic"]);
    check(
        &repo,
        What::Here,
        expect![[r#"
            Reviewing branch topic (1 file) since it left main at ID
            (main is taken for the default branch by its name: nothing says which it is)
            added "b.sql"
        "#]],
    );
}

#[test]
fn a_stray_file_does_not_hide_the_commits_of_the_branch() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.git(&["switch", "-q", "-c", "topic"]);
    repo.commit("second", &[("b.sql", "1")]);
    repo.write("stray.txt", "1");
    check(
        &repo,
        What::Here,
        expect![[r#"
            Reviewing the working tree (1 file) against HEAD ID
            (not included: 1 commit of this branch; coexist review main...HEAD reviews it)
            added "stray.txt"
        "#]],
    );
    repo.commit("third", &[("c.sql", "1")]);
    repo.write("d.sql", "1");
    repo.git(&["add", "d.sql"]);
    check(
        &repo,
        What::Here,
        expect![[r#"
            Reviewing staged changes (1 file) against HEAD ID
            (not included: 2 commits of this branch; coexist review main...HEAD reviews them)
            added "d.sql"
        "#]],
    );
    // Who asks for the working tree knows what it is.
    check(
        &repo,
        What::Worktree,
        expect![[r#"
            Reviewing the working tree (1 file) against HEAD ID
            added "d.sql"
        "#]],
    );
}

#[test]
fn the_default_branch_is_compared_with_its_upstream() {
    let origin = Repo::holding(&[("a.sql", "1")]);
    let repo = Repo::clone_of(&origin, &[]);
    check(
        &repo,
        What::Here,
        expect![[r#"
            No changes: working tree clean and HEAD equals origin/main. Try: coexist review HEAD
        "#]],
    );
    repo.commit("second", &[("b.sql", "1")]);
    check(
        &repo,
        What::Here,
        expect![[r#"
            Reviewing branch main (1 file) since it left origin/main at ID
            added "b.sql"
        "#]],
    );
}

#[test]
fn a_clean_default_branch_without_upstream_has_nothing_to_review() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.commit("second", &[("b.sql", "1")]);
    check(
        &repo,
        What::Here,
        expect![[r#"
            No changes: working tree clean, and main is the default branch and has no upstream. Try: coexist review HEAD~1..
        "#]],
    );
}

#[test]
fn an_unborn_branch_starts_from_nothing() {
    let repo = Repo::new();
    check(
        &repo,
        What::Here,
        expect![[r#"
            No changes: the repository has no commits and no files
        "#]],
    );
    repo.write("a.sql", "1");
    check(
        &repo,
        What::Here,
        expect![[r#"
            Reviewing the working tree (1 file) against nothing: there are no commits yet
            added "a.sql"
        "#]],
    );
    repo.git(&["add", "a.sql"]);
    check(
        &repo,
        What::Here,
        expect![[r#"
            Reviewing staged changes (1 file) against nothing: there are no commits yet
            added "a.sql"
        "#]],
    );
    expect![[r#"
        "a.sql": - => "1"
    "#]]
    .assert_eq(&contents(&repo, &repo.here()));
    check(
        &repo,
        range("HEAD~1", "HEAD"),
        expect![[r#"
            error: cannot find HEAD~1: the repository has no commits yet
            help: commit first, or review what is staged with --staged
        "#]],
    );
}

#[test]
fn two_dots_start_where_the_branch_left() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.git(&["branch", "topic"]);
    repo.commit("on main", &[("a.sql", "2")]);
    repo.git(&["switch", "-q", "topic"]);
    repo.commit("on topic", &[("b.sql", "1")]);
    check_arguments(
        &repo,
        &["main..topic"],
        expect![[r#"
            Reviewing main...topic (1 file) from ID to ID
            (base is where topic left main, as three dots mean; --two-dot compares main itself)
            added "b.sql"
        "#]],
    );
    check(
        &repo,
        What::Range {
            from: "main".into(),
            to: "topic".into(),
            literal: true,
        },
        expect![[r#"
            Reviewing main..topic (2 files) from ID to ID
            modified "a.sql"
            added "b.sql"
        "#]],
    );
}

#[test]
fn one_revision_is_that_commit_against_its_parent() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.commit("second", &[("b.sql", "1")]);
    check(
        &repo,
        What::Commit("HEAD".into()),
        expect![[r#"
            Reviewing commit ID (1 file) against its parent ID
            added "b.sql"
        "#]],
    );
    check(
        &repo,
        What::Commit("HEAD~1".into()),
        expect![[r#"
            Reviewing commit ID (1 file) against nothing: it is the first
            added "a.sql"
        "#]],
    );
}

#[test]
fn a_missing_revision_is_met_with_the_nearest_names() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    check(
        &repo,
        range("mian", "HEAD"),
        expect![[r#"
            error: cannot find the revision mian
            help: did you mean main?
        "#]],
    );
    for name in ["--output=x", "a\nb", "", "\0"] {
        let missing = repo.select(range(name, "HEAD"));
        assert!(matches!(missing, Err(Error::MissingRef { .. })), "{name:?}");
    }
}

#[test]
fn paths_limit_the_deltas_and_a_named_file_counts_as_added() {
    let repo = Repo::holding(&[("a/x.sql", "1"), ("b/y.sql", "1"), ("c.sql", "1")]);
    repo.write("a/x.sql", "2");
    repo.write("b/y.sql", "2");
    check_arguments(
        &repo,
        &["a"],
        expect![[r#"
            Reviewing the working tree (1 file) against HEAD ID
            modified "a/x.sql"
        "#]],
    );
    check_arguments(
        &repo,
        &["./c.sql"],
        expect![[r#"
            Reviewing 1 file of the working tree as if this change added them
            added "c.sql"
        "#]],
    );
    check_arguments(
        &repo,
        &["c.sq"],
        expect![[r#"
            error: cannot find c.sq in the change, the working tree or HEAD
            help: did you mean c.sql?
        "#]],
    );
    check_arguments(
        &repo,
        &["../x.sql"],
        expect![[r#"
            error: cannot review ../x.sql: it lies outside of the repository
            help: name the other repository with --repo DIR
        "#]],
    );
    let repository = repo.open();
    let mut request = Request::default();
    request
        .arguments(&repository, &["c.sql".into()], false)
        .unwrap();
    let change = select(&repository, &request).unwrap();
    let trees = change.trees(&repository).unwrap();
    assert!(trees.base.entry("c.sql").is_none() && trees.head.entry("c.sql").is_some());
}

#[test]
fn paths_are_relative_to_where_it_runs() {
    let repo = Repo::holding(&[("a/x.sql", "1"), ("x.sql", "1")]);
    repo.write("a/x.sql", "2");
    repo.write("x.sql", "2");
    repo.write("y.sql", "2");
    let repository = Repository::open(&repo.path.join("a"), None).unwrap();
    let request = Request {
        paths: vec!["x.sql".into()],
        ..Request::default()
    };
    let change = select(&repository, &request).unwrap();
    let paths: Vec<&str> = change.deltas.iter().map(|delta| &*delta.path).collect();
    assert_eq!(paths, ["a/x.sql"]);
    let all = select(&repository, &Request::default()).unwrap();
    assert_eq!(all.deltas.len(), 3, "what lies above counts too");
}

#[test]
fn a_pull_request_is_found_by_its_ref() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.git(&["switch", "-q", "-c", "topic"]);
    repo.commit("second", &[("b.sql", "1")]);
    repo.git(&["update-ref", "refs/pull/7/head", "HEAD"]);
    repo.git(&["switch", "-q", "main"]);
    check_arguments(
        &repo,
        &["7"],
        expect![[r#"
            Reviewing pull request #7 (1 file) since it left main at ID
            (main is taken for the target of #7 by its name)
            added "b.sql"
        "#]],
    );
    check(
        &repo,
        What::Pull(PullRequest {
            number: 8,
            gitlab: true,
        }),
        expect![[r#"
            error: cannot find pull request 8 in this repository
            help: run git fetch origin refs/merge-requests/8/head:refs/coexist/pr/8, or rerun with --fetch
        "#]],
    );
}

#[test]
fn a_pull_request_is_fetched_only_on_demand() {
    let origin = Repo::holding(&[("a.sql", "1")]);
    let repo = Repo::clone_of(&origin, &[]);
    origin.git(&["switch", "-q", "-c", "topic"]);
    origin.commit("second", &[("b.sql", "1")]);
    origin.git(&["update-ref", "refs/pull/7/head", "HEAD"]);
    let mut request = Request {
        what: What::Pull(PullRequest {
            number: 7,
            gitlab: false,
        }),
        ..Request::default()
    };
    assert!(matches!(
        select(&repo.open(), &request),
        Err(Error::MissingPull { .. })
    ));
    request.fetch = true;
    let change = select(&repo.open(), &request).unwrap();
    assert_eq!(change.deltas.len(), 1);
    assert_eq!(repo.git(&["rev-parse", "--is-shallow-repository"]), "false");
}

#[test]
fn the_newest_release_that_base_holds_is_no_trial() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    for tag in ["v1.0.0", "nightly-1"] {
        repo.git(&["tag", tag]);
    }
    repo.commit("second", &[("a.sql", "2")]);
    for tag in ["v1.1.0-rc.1", "v1.1.0-a.0", "v1.1b2"] {
        repo.git(&["tag", "-a", "-m", "x", tag]);
    }
    repo.commit("third", &[("a.sql", "3")]);
    repo.git(&["tag", "v1.1.0"]);
    let change = repo.select(range("HEAD~1", "HEAD")).unwrap();
    assert_eq!(change.release.unwrap().0, "v1.0.0");
}

#[test]
fn the_release_of_one_package_is_none_of_the_repository() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.git(&["tag", "v1.0.0"]);
    repo.commit("second", &[("a.sql", "2")]);
    for tag in ["@acme/checkout@0.2.0", "sdk@3.0.0", "sdk/go/v1.4.0"] {
        repo.git(&["tag", tag]);
    }
    repo.commit("third", &[("a.sql", "3")]);
    let change = repo.select(range("HEAD~1", "HEAD")).unwrap();
    assert_eq!(change.release.unwrap().0, "v1.0.0");
}

#[test]
fn a_deployed_revision_is_resolved() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.git(&["tag", "v1"]);
    repo.commit("second", &[("a.sql", "2"), ("b.sql", "1")]);
    repo.commit("third", &[("c.sql", "1")]);
    let repository = repo.open();
    let request = Request {
        what: range("HEAD~1", "HEAD"),
        deployed: vec!["v1".into()],
        ..Request::default()
    };
    let change = select(&repository, &request).unwrap();
    let trees = change.trees(&repository).unwrap();
    let paths: Vec<&str> = trees.deployed[0].paths().map(|path| &**path).collect();
    assert_eq!(paths, ["a.sql"]);
    assert_eq!(trees.deployed[0].name, "v1");
}

#[test]
fn a_shallow_merge_commit_is_compared_with_its_first_parent() {
    let origin = Repo::holding(&[("a.sql", "1")]);
    origin.git(&["switch", "-q", "-c", "topic"]);
    origin.commit("second", &[("b.sql", "1")]);
    origin.git(&["switch", "-q", "main"]);
    origin.commit("on main", &[("c.sql", "1")]);
    origin.git(&["switch", "-q", "-c", "merged"]);
    origin.git(&["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
    origin.git(&["switch", "-q", "main"]);
    let repo = Repo::clone_of(&origin, &["--depth=1", "--branch=merged"]);
    let mut request = Request::default();
    let error = select(&repo.open(), &request).unwrap_err();
    assert!(matches!(error, Error::Shallow { .. }), "{error}");
    assert!(error.help().unwrap().contains("fetch-depth: 0"));
    request.fetch = true;
    let change = select(&repo.open(), &request).unwrap();
    expect![[r#"
        Reviewing merge commit ID (1 file) against its first parent ID (shallow clone)
        added "b.sql"
    "#]]
    .assert_eq(&shown(&change));
}

#[test]
fn a_shallow_branch_is_deepened_only_on_demand() {
    let origin = Repo::holding(&[("a.sql", "1")]);
    origin.git(&["switch", "-q", "-c", "topic"]);
    origin.commit("second", &[("b.sql", "1")]);
    origin.commit("third", &[("b.sql", "2")]);
    let options = ["--depth=1", "--no-single-branch", "--branch=topic"];
    let repo = Repo::clone_of(&origin, &options);
    repo.git(&["remote", "set-head", "origin", "main"]);
    let mut request = Request::default();
    let error = select(&repo.open(), &request).unwrap_err();
    assert!(matches!(error, Error::Shallow { .. }), "{error}");
    request.fetch = true;
    let change = select(&repo.open(), &request).unwrap();
    assert_eq!(change.deltas.len(), 1);
}

#[test]
fn in_ci_the_target_branch_is_the_one_that_ci_names() {
    let origin = Repo::holding(&[("a.sql", "1")]);
    origin.git(&["switch", "-q", "-c", "release-1"]);
    origin.commit("fix", &[("fix.sql", "1")]);
    origin.git(&["switch", "-q", "-c", "topic"]);
    origin.commit("second", &[("b.sql", "1")]);
    origin.git(&["switch", "-q", "main"]);
    let repo = Repo::clone_of(&origin, &[]);
    repo.git(&["checkout", "-q", "--detach", "origin/topic"]);
    let mut request = Request::default();
    let change = select(&repo.open(), &request).unwrap();
    expect![[r#"
        Reviewing HEAD ID (2 files) since it left origin/main at ID
        added "b.sql"
        added "fix.sql"
    "#]]
    .assert_eq(&shown(&change));
    let variables = [
        ("GITHUB_BASE_REF", "release-1"),
        ("GITHUB_REF", "refs/pull/7/merge"),
    ];
    request.environment = variables.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let change = select(&repo.open(), &request).unwrap();
    expect![[r#"
        Reviewing HEAD ID (1 file) since it left origin/release-1 at ID
        added "b.sql"
    "#]]
    .assert_eq(&shown(&change));
    // CI has checked out the pull request itself.
    request.what = What::Pull(PullRequest::parse("#7").unwrap());
    assert_eq!(select(&repo.open(), &request).unwrap().deltas.len(), 1);
}

#[test]
fn gh_is_asked_only_where_no_ref_is_here() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.git(&["switch", "-q", "-c", "topic"]);
    repo.commit("second", &[("b.sql", "1")]);
    let id = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["switch", "-q", "main"]);
    let program = |folder: &Path| {
        std::fs::create_dir_all(folder).unwrap();
        let gh = folder.join("gh");
        let answer = format!("{{\"baseRefName\":\"main\",\"headRefOid\":\"{id}\"}}");
        std::fs::write(&gh, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
        std::fs::set_permissions(&gh, PermissionsExt::from_mode(0o755)).unwrap();
    };
    program(&repo.beside("bin"));
    let mut request = Request {
        what: What::Pull(PullRequest::parse("7").unwrap()),
        ..Request::default()
    };
    let path = repo.beside("bin").display().to_string();
    request.environment.insert("PATH".into(), path);
    assert_eq!(select(&repo.open(), &request).unwrap().deltas.len(), 1);
    // A relative folder of PATH would let the repository bring its own.
    program(&repo.path);
    request.environment.insert("PATH".into(), ".".into());
    assert!(select(&repo.open(), &request).is_err());
}

#[test]
fn what_is_no_repository_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = Repository::open(folder.path(), None).unwrap_err();
    assert!(matches!(error, Error::NotARepository { .. }), "{error}");
    let error = Repository::open(Path::new("/nowhere/at/all"), None).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
}
