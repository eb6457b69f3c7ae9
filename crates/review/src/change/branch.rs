//! Changes between commits: ranges, single commits, and the current branch.

use super::{Change, Request, TreeRef};
use crate::error::Error;
use crate::git::{Commit, Oid, Repository};

/// Names of default branches, where nothing says which it is.
const USUAL: [&str; 4] = ["main", "master", "trunk", "develop"];
/// How much history is fetched at once, and at most, to find where a branch left another.
const DEEPEN: (u32, u32) = (50, 4096);

/// A branch that changes are merged into.
#[derive(Debug, Clone)]
pub(super) struct Default {
    /// As people name it: `origin/main`.
    pub(super) name: String,
    pub(super) commit: Commit,
    /// What said so, where it was a guess.
    pub(super) guessed: bool,
}

/// Two revisions.
pub(super) fn range(
    repository: &Repository,
    request: &Request,
    from: &str,
    to: &str,
    literal: bool,
) -> Result<Change, Error> {
    let start = repository.resolve(from)?;
    let head = repository.resolve(to)?;
    let nothing = format!("No changes: {from} and {to} have the same files");
    if literal {
        let said = format!("from {} to {}", start.id.short(), head.id.short());
        return Ok(
            Change::of_commits(repository, TreeRef::Commit(start), head)?
                .said(format!("{from}..{to}"), said)
                .said_if_nothing(nothing),
        );
    }
    let base = common(repository, request, &start, &head, from, to)?;
    let moved = base.id != start.id;
    let said = format!("from {} to {}", base.id.short(), head.id.short());
    let mut change = Change::of_commits(repository, TreeRef::Commit(base), head)?
        .said(format!("{from}...{to}"), said)
        .said_if_nothing(nothing);
    if moved {
        change.notes.push(format!(
            "base is where {to} left {from}, as three dots mean; --two-dot compares {from} itself"
        ));
    }
    Ok(change)
}

/// One commit against its first parent.
pub(super) fn commit(repository: &Repository, revision: &str) -> Result<Change, Error> {
    let head = repository.resolve(revision)?;
    let id = head.id.short();
    let nothing = format!("No changes: {id} has the files of its parent");
    let Some(&parent) = head.parents.first() else {
        return Ok(Change::of_commits(repository, TreeRef::Empty, head)?
            .said(format!("commit {id}"), "against nothing: it is the first")
            .said_if_nothing(nothing));
    };
    let base = present(repository, parent)?.ok_or_else(|| Error::Shallow {
        branch: format!("the parent of {id}"),
    })?;
    let said = format!("against its parent {}", parent.short());
    Ok(Change::of_commits(repository, TreeRef::Commit(base), head)?
        .said(format!("commit {id}"), said)
        .said_if_nothing(nothing))
}

/// The current branch since it left the default branch; on the default branch itself, since its upstream.
pub(super) fn branch(repository: &Repository, request: &Request) -> Result<Change, Error> {
    let head = repository.resolve("HEAD")?;
    let clean = match repository.top() {
        Some(_) => "working tree clean",
        None => "the repository is bare",
    };
    let current = current(repository)?;
    let again = match head.parents.is_empty() {
        true => "Try: coexist review HEAD",
        false => "Try: coexist review HEAD~1..",
    };
    let found = match compared_with(repository, request, current.as_deref())? {
        Some(known) => known,
        None if merged_into(repository, request)?.is_some() => {
            let short = current.as_deref().unwrap_or_default();
            return Ok(Change::new(
                TreeRef::Commit(head.clone()),
                TreeRef::Commit(head),
                Vec::new(),
            )
            .said_if_nothing(format!(
                "No changes: {clean}, and {short} is the default branch and has no upstream. {again}"
            )));
        }
        None if repository.is_shallow() => {
            return cut_off(repository, request, head, "the default branch");
        }
        None => return Err(Error::NoDefaultBranch),
    };
    since(repository, request, found, head, current, clean)
}

/// Returns the branch that the current one is compared with: the default branch; for the default branch itself its upstream.
fn compared_with(
    repository: &Repository,
    request: &Request,
    current: Option<&str>,
) -> Result<Option<Default>, Error> {
    let Some(found) = merged_into(repository, request)? else {
        return match repository.is_shallow() {
            true => Ok(None),
            false => upstream(repository, current),
        };
    };
    let short = found.name.rsplit('/').next().unwrap_or(&found.name);
    if current != Some(short) {
        return Ok(Some(found));
    }
    let remote = found.name.contains('/').then_some(found);
    Ok(upstream(repository, current)?.or(remote))
}

/// Returns how many commits HEAD has since it left the branch that it is compared with, and the range that names them.
pub(super) fn commits(
    repository: &Repository,
    request: &Request,
) -> Result<Option<(usize, String)>, Error> {
    let Some(head) = repository.find("HEAD")? else {
        return Ok(None);
    };
    let current = current(repository)?;
    let Some(other) = compared_with(repository, request, current.as_deref())? else {
        return Ok(None);
    };
    let Some(base) = fork(repository, request, &other, &head)? else {
        return Ok(None);
    };
    let between = format!("{}..{}", base.id, head.id);
    let output = repository
        .git()
        .run("count the commits", &["rev-list", "--count", &between])?;
    let count = String::from_utf8_lossy(&output).trim().parse();
    Ok(count
        .ok()
        .map(|count| (count, format!("{}...HEAD", other.name))))
}

/// HEAD since it left another branch.
fn since(
    repository: &Repository,
    request: &Request,
    other: Default,
    head: Commit,
    current: Option<String>,
    clean: &str,
) -> Result<Change, Error> {
    let Some(base) = fork(repository, request, &other, &head)? else {
        return cut_off(repository, request, head, &other.name);
    };
    let equal = base.id == head.id;
    let what = match &current {
        Some(name) => format!("branch {name}"),
        None => format!("HEAD {}", head.id.short()),
    };
    let reason = match equal && head.id == other.commit.id {
        true => format!("HEAD equals {}", other.name),
        false => format!("HEAD has nothing that {} lacks", other.name),
    };
    let again = match head.parents.is_empty() {
        true => "HEAD",
        false => "HEAD~1..",
    };
    let after = format!("since it left {} at {}", other.name, base.id.short());
    let mut change = Change::of_commits(repository, TreeRef::Commit(base), head)?
        .said(what, after)
        .said_if_nothing(format!(
            "No changes: {clean} and {reason}. Try: coexist review {again}"
        ));
    if other.guessed {
        change.notes.push(format!(
            "{} is taken for the default branch by its name: nothing says which it is",
            other.name
        ));
    }
    Ok(change)
}

/// Returns where head left the other branch; None where that is cut off.
pub(super) fn fork(
    repository: &Repository,
    request: &Request,
    other: &Default,
    head: &Commit,
) -> Result<Option<Commit>, Error> {
    // GitLab computes the merge base itself.
    if let Some(known) = request.environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")
        && let Some(commit) = repository.find(known)?
        && (repository.is_shallow()
            || repository.merge_base(commit.id, head.id)? == Some(commit.id))
    {
        return Ok(Some(commit));
    }
    match repository.merge_base(other.commit.id, head.id)? {
        Some(base) => repository.commit(base).map(Some),
        None if repository.is_shallow() => Ok(None),
        None => Err(Error::NoMergeBase {
            base: other.name.clone(),
            head: head.id.short(),
        }),
    }
}

fn common(
    repository: &Repository,
    request: &Request,
    start: &Commit,
    head: &Commit,
    from: &str,
    to: &str,
) -> Result<Commit, Error> {
    if let Some(base) = repository.merge_base(start.id, head.id)? {
        return repository.commit(base);
    }
    if repository.is_shallow() {
        if request.fetch && deepen(repository, start.id, head.id)? {
            return common(repository, request, start, head, from, to);
        }
        return Err(Error::Shallow {
            branch: from.to_owned(),
        });
    }
    Err(Error::NoMergeBase {
        base: from.to_owned(),
        head: to.to_owned(),
    })
}

/// Reviews HEAD where a shallow clone has cut off its history.
///
/// What CI systems check out for a pull request is a merge commit. Its first parent is the base branch, and a commit names its
/// parents even where the clone does not have them.
fn cut_off(
    repository: &Repository,
    request: &Request,
    head: Commit,
    branch: &str,
) -> Result<Change, Error> {
    let error = || Error::Shallow {
        branch: branch.to_owned(),
    };
    if head.parents.len() < 2 {
        if request.fetch
            && let Some(other) = merged_into(repository, request)?
            && deepen(repository, other.commit.id, head.id)?
        {
            let current = current(repository)?;
            return since(
                repository,
                request,
                other,
                head,
                current,
                "working tree clean",
            );
        }
        return Err(error());
    }
    let parent = head.parents[0];
    let mut base = present(repository, parent)?;
    if base.is_none() && request.fetch {
        // One commit more of a clone that is shallow already. In a full clone this would cut its history.
        repository.fetch(&["--depth=1", "origin", &parent.to_string()])?;
        base = present(repository, parent)?;
    }
    let base = base.ok_or_else(error)?;
    let said = format!(
        "against its first parent {} (shallow clone)",
        parent.short()
    );
    let what = format!("merge commit {}", head.id.short());
    Ok(Change::of_commits(repository, TreeRef::Commit(base), head)?
        .said(what, said)
        .said_if_nothing("No changes: the merge commit has the files of its first parent"))
}

/// Fetches more history, step by step, until two commits meet. Returns whether they do.
pub(super) fn deepen(repository: &Repository, a: Oid, b: Oid) -> Result<bool, Error> {
    let (mut step, most) = DEEPEN;
    while step <= most {
        repository.fetch(&[&format!("--deepen={step}"), "origin"])?;
        if repository.merge_base(a, b)?.is_some() {
            return Ok(true);
        }
        step *= 2;
    }
    Ok(false)
}

/// Returns the commit with that id, if its object is here.
fn present(repository: &Repository, id: Oid) -> Result<Option<Commit>, Error> {
    repository.find(&id.to_string())
}

/// Returns the name of the branch that HEAD stands on; None where it stands on a commit.
fn current(repository: &Repository) -> Result<Option<String>, Error> {
    let output = repository.git().output(&["symbolic-ref", "-q", "HEAD"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text
        .trim_end()
        .strip_prefix("refs/heads/")
        .map(str::to_owned))
}

/// Returns the upstream of a branch.
fn upstream(repository: &Repository, branch: Option<&str>) -> Result<Option<Default>, Error> {
    let Some(branch) = branch else {
        return Ok(None);
    };
    let output = repository.git().run(
        "find the upstream",
        &[
            "for-each-ref",
            "--format=%(upstream)",
            &format!("refs/heads/{branch}"),
        ],
    )?;
    let name = String::from_utf8_lossy(&output)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    named(repository, &name, false)
}

fn named(repository: &Repository, name: &str, guessed: bool) -> Result<Option<Default>, Error> {
    if name.is_empty() {
        return Ok(None);
    }
    let name_for_people = name
        .strip_prefix("refs/remotes/")
        .or_else(|| name.strip_prefix("refs/heads/"))
        .unwrap_or(name);
    Ok(repository.find(name)?.map(|commit| Default {
        name: name_for_people.to_owned(),
        commit,
        guessed,
    }))
}

/// Returns the branch that changes are merged into: what CI says, else what the remote says, else what it is usually called.
pub(super) fn merged_into(
    repository: &Repository,
    request: &Request,
) -> Result<Option<Default>, Error> {
    let targets = [
        "GITHUB_BASE_REF",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        "SYSTEM_PULLREQUEST_TARGETBRANCH",
        "BITBUCKET_PR_DESTINATION_BRANCH",
        "CHANGE_TARGET",
    ];
    for target in targets
        .iter()
        .filter_map(|name| request.environment.get(*name))
    {
        let target = target.strip_prefix("refs/heads/").unwrap_or(target);
        for place in ["refs/remotes/origin/", "refs/heads/"] {
            if let Some(found) = named(repository, &format!("{place}{target}"), false)? {
                return Ok(Some(found));
            }
        }
    }
    let refs = candidates(repository)?;
    for symbolic in ["refs/remotes/origin/HEAD", "refs/remotes/upstream/HEAD"] {
        let target = refs.iter().find(|(name, _)| name == symbolic);
        if let Some((_, target)) = target.filter(|(_, target)| !target.is_empty())
            && let Some(found) = named(repository, target, false)?
        {
            return Ok(Some(found));
        }
    }
    let default = request
        .environment
        .get("CI_DEFAULT_BRANCH")
        .map(String::as_str);
    for branch in default.into_iter().chain(USUAL) {
        for place in ["refs/remotes/origin/", "refs/heads/"] {
            let name = format!("{place}{branch}");
            if default == Some(branch) || refs.iter().any(|(known, _)| *known == name) {
                let guessed = default != Some(branch);
                if let Some(found) = named(repository, &name, guessed)? {
                    return Ok(Some(found));
                }
            }
        }
    }
    Ok(None)
}

/// Returns the refs that may stand for the default branch, with what a symbolic one points to.
fn candidates(repository: &Repository) -> Result<Vec<(String, String)>, Error> {
    let mut arguments = vec![
        "for-each-ref".to_owned(),
        "--format=%(refname) %(symref)".to_owned(),
        "refs/remotes/origin/HEAD".to_owned(),
        "refs/remotes/upstream/HEAD".to_owned(),
    ];
    for branch in USUAL {
        arguments.push(format!("refs/remotes/origin/{branch}"));
        arguments.push(format!("refs/heads/{branch}"));
    }
    let output = repository.git().run("list the branches", &arguments)?;
    Ok(String::from_utf8_lossy(&output)
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, target)| (name.to_owned(), target.to_owned()))
        .collect())
}
