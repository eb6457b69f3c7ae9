//! Delivery pipelines: GitHub Actions, GitLab CI, CircleCI.
//!
//! Each reader brings its syntax to the same [`Job`]s, and [`facts`] says what they do. Every job is a surface `<file>/<job>` with
//! its steps; what guards a rollout (`canary/…`, `approval/…`, `rollback/…`, `health-check/…`) belongs to the surface of the
//! file, so that a step which moves from one job to another takes nothing away.

mod circleci;
mod facts;
mod github;
mod gitlab;

use std::ops::Range;

use coexist_model::{File, Reading};

use super::tree::Node;

/// A job.
struct Job {
    name: String,
    /// Where its name stands.
    at: Range<usize>,
    /// What people call it.
    label: String,
    /// The jobs that must be done before.
    needs: Vec<String>,
    steps: Vec<Step>,
    /// The environment it deploys to.
    environment: Option<(String, Range<usize>)>,
    /// Whether it waits for a person.
    manual: Option<Range<usize>>,
    /// Whether it starts databases of its own, as tests do.
    has_services: bool,
    /// Whether it is run once per region, and where that is said.
    regions: Option<Regions>,
}

/// A list of regions that a job is run for.
struct Regions {
    at: Range<usize>,
    parallel: bool,
}

/// A step.
struct Step {
    /// Its name, or what it uses, or the first line it runs.
    label: String,
    /// The shell text that it runs.
    script: String,
    /// The action or orb that it uses, without its version.
    uses: String,
    at: Range<usize>,
}

/// Reads a workflow, if the document is one.
pub(super) fn read(file: &File, document: &Node, reading: &mut Reading) -> bool {
    let jobs = if github::is_workflow(document) {
        github::jobs(document)
    } else if circleci::is_config(document) {
        circleci::jobs(document)
    } else if gitlab::is_config(&file.path, document) {
        gitlab::jobs(document)
    } else {
        return false;
    };
    facts::add(file, &jobs, reading);
    true
}

fn first_line(text: &str) -> &str {
    text.lines()
        .map(str::trim)
        .find(|l| !l.is_empty() && !l.starts_with('#'))
        .unwrap_or_default()
}
