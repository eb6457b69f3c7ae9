//! `--fetch` in a repository whose settings name programs: none of them runs.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use coexist_review::change::{Change, PullRequest, Request, What, select};
use coexist_review::git::Repository;

use crate::repo::Repo;

/// A clone of a repository that has a pull request, and a program that leaves a mark.
fn clone_with_trap() -> (Repo, Repo, PathBuf, String) {
    let origin = Repo::holding(&[("a.sql", "1")]);
    origin.git(&["checkout", "-q", "-b", "topic"]);
    origin.commit("second", &[("a.sql", "2")]);
    origin.git(&["update-ref", "refs/pull/7/head", "HEAD"]);
    origin.git(&["checkout", "-q", "main"]);
    let clone = Repo::clone_of(&origin, &[]);
    let (trap, mark) = (clone.beside("trap"), clone.beside("mark"));
    let script = format!("#!/bin/sh\ntouch '{}'\nexec \"$@\"\n", mark.display());
    std::fs::write(&trap, script).unwrap();
    std::fs::set_permissions(&trap, PermissionsExt::from_mode(0o755)).unwrap();
    let trap = trap.display().to_string();
    (origin, clone, mark, trap)
}

fn fetched(repo: &Repo) -> Result<Change, coexist_review::Error> {
    let repository = Repository::open(&repo.path, None)?;
    let what = What::Pull(PullRequest::parse("7").unwrap());
    let request = Request {
        what,
        fetch: true,
        ..Request::default()
    };
    select(&repository, &request)
}

#[test]
fn a_pull_request_is_fetched_where_the_user_asks_for_it() {
    let (_origin, clone, _, _) = clone_with_trap();
    assert_eq!(fetched(&clone).unwrap().deltas.len(), 1);
}

/// Returns a key as git prints it.
fn lowered(key: &str) -> String {
    let (section, name) = key.rsplit_once('.').unwrap();
    format!("{section}.{}", name.to_lowercase())
}

#[test]
fn a_fetch_runs_nothing_that_the_repository_names() {
    for (key, address) in [
        ("core.sshCommand", "ssh://localhost/x"),
        ("core.askPass", "http://localhost:9/x"),
        ("core.gitProxy", "git://localhost/x"),
        ("core.alternateRefsCommand", ""),
        ("credential.helper", "http://localhost:9/x"),
        (
            "credential.http://localhost:9.helper",
            "http://localhost:9/x",
        ),
        ("remote.origin.uploadpack", ""),
        ("remote.origin.vcs", ""),
        ("core.fsmonitor", ""),
        ("uploadpack.packObjectsHook", ""),
        ("gpg.program", ""),
    ] {
        let (_origin, clone, mark, trap) = clone_with_trap();
        clone.git(&["config", key, &trap]);
        if !address.is_empty() {
            clone.git(&["config", "remote.origin.url", address]);
        }
        let fetched = fetched(&clone);
        assert!(!mark.exists(), "{key} ran");
        let harmless =
            key.starts_with("core.fsm") || key.starts_with("up") || key.starts_with("gpg");
        match fetched {
            Ok(_) => assert!(harmless, "{key}"),
            Err(why) => assert_eq!(
                why.to_string(),
                format!(
                    "cannot fetch: the repository's own settings say {}, which would make git run or trust what they name",
                    lowered(key)
                ),
            ),
        }
    }
}

#[test]
fn a_fetch_runs_no_address_and_no_hook() {
    let (_origin, clone, mark, trap) = clone_with_trap();
    let ext = format!("ext::{trap} %S");
    let file = clone.git(&["config", "remote.origin.url"]);
    clone.git(&["config", "protocol.ext.allow", "always"]);
    clone.git(&["config", "protocol.allow", "always"]);
    clone.git(&["config", "remote.origin.url", &ext]);
    let why = fetched(&clone).unwrap_err().to_string();
    assert_eq!(why, "cannot fetch: transport 'ext' not allowed");
    clone.git(&["config", "remote.origin.url", &file]);
    let rewritten = format!("url.{ext} .insteadOf");
    clone.git(&["config", &rewritten, "file://"]);
    fetched(&clone).unwrap_err();
    clone.git(&["config", "--unset", &rewritten]);
    clone.git(&[
        "config",
        "core.hooksPath",
        clone.beside("hooks").to_str().unwrap(),
    ]);
    for folder in [clone.beside("hooks"), clone.path.join(".git/hooks")] {
        std::fs::create_dir_all(&folder).unwrap();
        for hook in [
            "reference-transaction",
            "post-merge",
            "post-checkout",
            "pre-auto-gc",
        ] {
            std::fs::copy(&trap, folder.join(hook)).unwrap();
        }
    }
    fetched(&clone).unwrap();
    assert!(!mark.exists());
}

#[test]
fn settings_that_are_included_count_as_those_of_the_repository() {
    let (_origin, clone, mark, trap) = clone_with_trap();
    clone.write("included", format!("[credential]\n\thelper = !{trap}\n"));
    clone.git(&["config", "include.path", "../included"]);
    let why = fetched(&clone).unwrap_err().to_string();
    assert!(why.contains("credential.helper"), "{why}");
    assert!(!mark.exists());
}
