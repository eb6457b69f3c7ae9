//! The one place that calls the review: from options to a [`Reviewed`].

use std::path::Path;

use coexist_review::{Error, Inferred, PullRequest, Request, Reviewed, What};

use crate::args::ChangeArgs;
use crate::env::Env;
use crate::failure::Failure;
use crate::options::Options;

/// Reviews the change.
pub(crate) fn review(options: &Options, env: &Env) -> Result<Reviewed, Failure> {
    let change = &options.change;
    let asked = coexist_review::Options {
        directory: options.repo.clone(),
        request: Request {
            what: what(change)?,
            paths: Vec::new(),
            deployed: change.deployed.clone(),
            fetch: change.fetch,
            environment: env.vars.clone(),
        },
        words: change.words.clone(),
        two_dot: change.two_dot,
    };
    Ok(coexist_review::review(&asked)?)
}

fn what(change: &ChangeArgs) -> Result<What, Failure> {
    Ok(match (&change.pr, change.staged, change.worktree) {
        (Some(text), ..) => What::Pull(PullRequest::parse(text).ok_or_else(|| {
            Failure::new("usage", format!("cannot read {text} as a pull request"))
                .help("write its number, #12, !12 or its address")
        })?),
        (None, true, _) => What::Staged,
        (None, false, true) => What::Worktree,
        (None, false, false) => What::Here,
    })
}

/// Infers what is rolled out.
pub(crate) fn fleet(repo: &Path) -> Result<Inferred, Failure> {
    Ok(coexist_review::fleet_of(repo)?)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let area = match error {
            Error::Config { .. } => "config",
            _ => "git",
        };
        let help = error.help();
        Self {
            help,
            ..Self::new(area, error.to_string())
        }
    }
}
