//! Pull and merge requests, found without the network where that is possible.

use super::branch::{Default, deepen, fork, merged_into};
use super::{Change, PullRequest, Request, TreeRef};
use crate::error::Error;
use crate::git::{Commit, Repository};

/// Reviews a pull request since it left the branch that it is to be merged into.
pub(super) fn select(
    repository: &Repository,
    request: &Request,
    pull: &PullRequest,
) -> Result<Change, Error> {
    let (head, target) = match head(repository, request, pull)? {
        Some(found) => found,
        None if request.fetch => (fetched(repository, pull)?, None),
        None => {
            return Err(Error::MissingPull {
                number: pull.number,
                command: format!("git fetch origin {}", fetch_spec(pull)),
            });
        }
    };
    let target = match target {
        Some(target) => target,
        None => merged_into(repository, request)?.ok_or(Error::NoDefaultBranch)?,
    };
    let mut base = fork(repository, request, &target, &head)?;
    if base.is_none() && request.fetch && deepen(repository, target.commit.id, head.id)? {
        base = fork(repository, request, &target, &head)?;
    }
    let base = base.ok_or_else(|| Error::Shallow {
        branch: target.name.clone(),
    })?;
    let sign = if pull.gitlab { '!' } else { '#' };
    let name = format!("{sign}{}", pull.number);
    let after = format!("since it left {} at {}", target.name, base.id.short());
    let mut change = Change::of_commits(repository, TreeRef::Commit(base), head)?
        .said(format!("pull request {name}"), after)
        .said_if_nothing(format!(
            "No changes: {name} has nothing that {} lacks",
            target.name
        ));
    if target.guessed {
        change.notes.push(format!(
            "{} is taken for the target of {name} by its name",
            target.name
        ));
    }
    Ok(change)
}

/// Returns the head of the pull request, and its target where that is known.
fn head(
    repository: &Repository,
    request: &Request,
    pull: &PullRequest,
) -> Result<Option<(Commit, Option<Default>)>, Error> {
    if let Some(commit) = local(repository, pull)? {
        return Ok(Some((commit, None)));
    }
    if in_ci(request, pull) {
        return Ok(repository.head()?.map(|commit| (commit, None)));
    }
    asked(repository, request, pull)
}

/// Looks for a ref under which hosts and tools keep pull requests.
fn local(repository: &Repository, pull: &PullRequest) -> Result<Option<Commit>, Error> {
    let number = pull.number;
    let patterns = [
        format!("refs/coexist/pr/{number}"),
        format!("refs/pull/{number}/head"),
        format!("refs/merge-requests/{number}/head"),
        format!("refs/pull-requests/{number}/from"),
        format!("refs/remotes/*/pr/{number}"),
        format!("refs/remotes/*/pull/{number}"),
        format!("refs/remotes/*/pull/{number}/head"),
        format!("refs/remotes/*/mr/{number}"),
        format!("refs/remotes/*/merge-requests/{number}"),
        format!("refs/remotes/*/merge-requests/{number}/head"),
        format!("refs/remotes/pull/{number}/head"),
        format!("refs/pull/{number}/merge"),
        format!("refs/remotes/pull/{number}/merge"),
    ];
    let mut arguments = vec!["for-each-ref", "--format=%(refname)"];
    arguments.extend(patterns.iter().map(String::as_str));
    let output = repository.git().run("list the pull requests", &arguments)?;
    let text = String::from_utf8_lossy(&output);
    let known: Vec<&str> = text.lines().collect();
    // In the order of the patterns: a merge ref only where there is no head.
    let best = known.iter().min_by_key(|name| name.ends_with("/merge"));
    match best {
        Some(name) => repository.find(name),
        None => Ok(None),
    }
}

/// Returns whether CI has checked out this very pull request.
fn in_ci(request: &Request, pull: &PullRequest) -> bool {
    let is = |name: &str, values: &[String]| {
        request
            .environment
            .get(name)
            .is_some_and(|value| values.contains(value))
    };
    let number = pull.number.to_string();
    is(
        "GITHUB_REF",
        &[
            format!("refs/pull/{number}/merge"),
            format!("refs/pull/{number}/head"),
        ],
    ) || [
        "CI_MERGE_REQUEST_IID",
        "BITBUCKET_PR_ID",
        "CHANGE_ID",
        "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER",
    ]
    .iter()
    .any(|name| is(name, std::slice::from_ref(&number)))
}

/// Asks `gh` or `glab`, where the user has them.
fn asked(
    repository: &Repository,
    request: &Request,
    pull: &PullRequest,
) -> Result<Option<(Commit, Option<Default>)>, Error> {
    let number = pull.number.to_string();
    let path = request.environment.get("PATH");
    let answer = match pull.gitlab {
        false => repository.git().ask_program(
            path,
            "gh",
            &["pr", "view", &number, "--json", "baseRefName,headRefOid"],
        ),
        true => {
            repository
                .git()
                .ask_program(path, "glab", &["mr", "view", &number, "--output", "json"])
        }
    };
    let Some(answer) = answer else {
        return Ok(None);
    };
    let field = |names: [&str; 2]| names.iter().find_map(|name| text_field(&answer, name));
    let Some(id) = field(["headRefOid", "sha"]) else {
        return Ok(None);
    };
    let Some(commit) = repository.find(&id)? else {
        return Ok(None);
    };
    let mut target = None;
    if let Some(branch) = field(["baseRefName", "target_branch"])
        && let Some(commit) = repository.find(&format!("refs/remotes/origin/{branch}"))?
    {
        target = Some(Default {
            name: format!("origin/{branch}"),
            commit,
            guessed: false,
        });
    }
    Ok(Some((commit, target)))
}

/// Returns the text of a field of a JSON object; the names and values asked for hold no escapes.
fn text_field(json: &str, name: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{name}\""))?;
    let value = rest
        .trim_start()
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?;
    let (value, _) = value.split_once('"')?;
    (!value.contains('\\')).then(|| value.to_owned())
}

fn fetch_spec(pull: &PullRequest) -> String {
    let number = pull.number;
    let place = if pull.gitlab {
        "merge-requests"
    } else {
        "pull"
    };
    format!("refs/{place}/{number}/head:refs/coexist/pr/{number}")
}

/// Fetches the head of the pull request into a ref of our own.
fn fetched(repository: &Repository, pull: &PullRequest) -> Result<Commit, Error> {
    repository.fetch(&["origin", &fetch_spec(pull)])?;
    repository.resolve(&format!("refs/coexist/pr/{}", pull.number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_wherever_it_stands() {
        let json = r#"{"baseRefName": "main","headRefOid":"abc"}"#;
        assert_eq!(text_field(json, "headRefOid").as_deref(), Some("abc"));
        assert_eq!(text_field(json, "baseRefName").as_deref(), Some("main"));
        assert_eq!(text_field(json, "sha"), None);
    }
}
