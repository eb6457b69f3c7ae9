//! The one place that knows how a review is made: from options to a [`Review`].

use std::path::{Path, PathBuf};

use coexist_model::{Fleet, Review};
use coexist_review::config::FailOn;

use crate::env::Env;
use crate::failure::Failure;
use crate::options::Options;

/// A review, and what `coexist.toml` says about its exit code.
#[derive(Debug)]
pub(crate) struct Reviewed {
    pub(crate) review: Review,
    pub(crate) fail_on: Option<FailOn>,
}

/// What is rolled out from a repository, and where that is.
#[derive(Debug)]
pub(crate) struct Inferred {
    /// The top of the working tree.
    pub(crate) top: PathBuf,
    pub(crate) fleet: Fleet,
}

/// Reviews the change.
pub(crate) fn review(options: &Options, _env: &Env) -> Result<Reviewed, Failure> {
    Err(Failure::new(
        "review",
        format!(
            "cannot review {} in {} yet",
            options.change.words.join(" "),
            options.repo.display()
        ),
    ))
}

/// Infers what is rolled out.
pub(crate) fn fleet(repo: &Path) -> Result<Inferred, Failure> {
    Err(Failure::new(
        "review",
        format!("cannot infer the services of {} yet", repo.display()),
    ))
}
