//! What the jobs of a pipeline say: their steps, what guards the rollout, and when migrations run.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use coexist_model::{File, Order, Reading, SurfaceKind};

use super::{Job, Step};
use crate::deploy::SCHEMA_LIMIT;
use crate::deploy::command::{checks_health, deploys, migrate_command, rolls_back};
use crate::deploy::sheet::{Sheet, order, slug};

/// Adds the schemas and orders of the jobs.
pub(super) fn add(file: &File, jobs: &[Job], reading: &mut Reading) {
    for job in jobs.iter().take(SCHEMA_LIMIT) {
        let mut sheet = Sheet::new(
            file,
            SurfaceKind::Pipeline,
            format!("{}/{}", file.path, job.name),
            job.at.clone(),
        );
        for step in &job.steps {
            sheet.set_next(
                &format!("step/{}", slug(&step.label)),
                &done_by(step),
                step.at.clone(),
            );
        }
        if let Some((name, at)) = &job.environment {
            sheet.set("environment", name, at.clone());
        }
        if let Some(regions) = job.regions.as_ref().filter(|_| deploys_job(job)) {
            let value = if regions.parallel {
                "parallel"
            } else {
                "sequential"
            };
            sheet.set("regions", value, regions.at.clone());
        }
        reading.schemas.push(sheet.schema());
    }
    if jobs.iter().any(deploys_job) {
        let at = jobs.first().map_or(0..0, |j| j.at.clone());
        let mut sheet = Sheet::new(file, SurfaceKind::Pipeline, &*file.path, at);
        guards(&mut sheet, jobs);
        region_jobs(&mut sheet, jobs);
        if !sheet.is_empty() {
            reading.schemas.push(sheet.schema());
        }
        orders(file, jobs, reading);
    }
}

/// Returns the text that tells what a step does.
fn done_by(step: &Step) -> String {
    if step.script.is_empty() {
        step.uses.clone()
    } else {
        step.script.clone()
    }
}

/// Adds what each job and step of a deploying pipeline does for its safety.
fn guards(sheet: &mut Sheet<'_>, jobs: &[Job]) {
    for job in jobs.iter().filter(|j| !is_test(j)) {
        if let Some(at) = &job.manual {
            sheet.set_next(
                &format!("approval/{}", slug(&job.name)),
                "manual",
                at.clone(),
            );
        }
        if let Some((name, at)) = job
            .environment
            .as_ref()
            .filter(|(name, _)| is_approval(name))
        {
            sheet.set_next(&format!("approval/{}", slug(&job.name)), name, at.clone());
        }
        let of_canary = names_canary(&job.name)
            || job
                .environment
                .as_ref()
                .is_some_and(|(e, _)| names_canary(e));
        for step in &job.steps {
            let id = format!("{}/{}", slug(&job.name), slug(&step.label));
            for sort in sorts(step, of_canary) {
                sheet.set_next(&format!("{sort}/{id}"), &done_by(step), step.at.clone());
            }
        }
    }
}

/// Returns what a step does, by its content first and its name second.
fn sorts(step: &Step, of_canary: bool) -> Vec<&'static str> {
    let deploys = deploys_step(step);
    let health = checks_health(&step.script)
        || names(&step.label, &["smoke", "healthcheck"])
        || names_both(&step.label, "health", "check");
    let canary_tool = step.script.contains("argo rollouts") || step.script.contains("--canary");
    let canary = canary_tool || ((of_canary || names_canary(&step.label)) && (deploys || health));
    let back = rolls_back(&step.script)
        || names(&step.label, &["rollback"])
        || names_both(&step.label, "roll", "back");
    let asks = step.uses.ends_with("/manual-approval") || step.uses.ends_with("/wait-for-approval");
    [
        (deploys, "deploy"),
        (canary, "canary"),
        (back, "rollback"),
        (health, "health-check"),
        (asks, "approval"),
        (migrate_command(&step.script).is_some(), "migrate"),
    ]
    .into_iter()
    .filter_map(|(holds, sort)| holds.then_some(sort))
    .collect()
}

/// Actions that bring a version to where it runs. Pages and package registries are none: nothing meets there node by node.
const DEPLOY_ACTIONS: &[&str] = &[
    "azure/webapps-deploy",
    "azure/k8s-deploy",
    "azure/functions-action",
    "google-github-actions/deploy-cloudrun",
    "google-github-actions/deploy-appengine",
    "google-github-actions/deploy-cloud-functions",
    "aws-actions/amazon-ecs-deploy-task-definition",
    "einaregilsson/beanstalk-deploy",
    "akhileshns/heroku-deploy",
    "cloudflare/wrangler-action",
    "amondnet/vercel-action",
    "appleboy/helm-action",
    "deliverybot/helm",
    "bitovi/github-actions-deploy-docker-to-ec2",
    "superfly/flyctl-actions",
    "digitalocean/app_action",
    "digitalocean/app_action/deploy",
    "docker/compose-deploy",
    "aws-ecs/deploy_update_service",
    "kubernetes/deploy",
    "helm/upgrade-helm-chart",
];

fn deploys_step(step: &Step) -> bool {
    let reusable = step.uses.contains(".github/")
        && slug(&step.uses)
            .split('-')
            .any(|w| matches!(w, "deploy" | "rollout"));
    deploys(&step.script) || DEPLOY_ACTIONS.contains(&step.uses.as_str()) || reusable
}

fn deploys_job(job: &Job) -> bool {
    !is_test(job) && job.steps.iter().any(deploys_step)
}

/// Returns whether a job tests: what it migrates or deploys is its own and gone with it.
fn is_test(job: &Job) -> bool {
    let tested = |text: &str| {
        names(
            text,
            &[
                "test",
                "tests",
                "e2e",
                "lint",
                "ci",
                "unit",
                "integration",
                "check",
                "typecheck",
            ],
        )
    };
    let own_cluster = |s: &Step| {
        s.uses.contains("kind-action")
            || s.uses.contains("setup-minikube")
            || s.uses.contains("k3d")
            || s.script.contains("kind create cluster")
            || s.script.contains("minikube start")
    };
    job.has_services || tested(&job.name) || tested(&job.label) || job.steps.iter().any(own_cluster)
}

/// Returns whether one of the words of a name is in the list.
fn names(text: &str, words: &[&str]) -> bool {
    slug(text).split(['-', '_']).any(|w| words.contains(&w))
}

fn names_both(text: &str, first: &str, second: &str) -> bool {
    let slug = slug(text);
    let words: Vec<&str> = slug.split('-').collect();
    words
        .windows(2)
        .any(|w| w[0] == first && w[1].starts_with(second))
}

fn names_canary(text: &str) -> bool {
    names(text, &["canary"])
}

fn is_approval(text: &str) -> bool {
    names(text, &["approval", "approve", "manual"])
}

/// Returns whether an axis or a job is about regions.
pub(super) fn names_regions(text: &str) -> bool {
    names(
        text,
        &[
            "region",
            "regions",
            "datacenter",
            "datacenters",
            "dc",
            "zone",
            "zones",
        ],
    )
}

/// Words that regions are called by.
const REGIONS: &[&str] = &[
    "eu", "us", "asia", "ap", "apac", "emea", "europe", "america", "africa", "au", "uk", "sa",
    "in", "jp",
];

/// Adds whether several jobs that deploy to a region each wait for one another.
fn region_jobs(sheet: &mut Sheet<'_>, jobs: &[Job]) {
    let by_region = |job: &&Job| {
        deploys_job(job)
            && slug(&job.name)
                .split(['-', '_'])
                .any(|w| REGIONS.contains(&w))
    };
    let regional: Vec<&Job> = jobs.iter().filter(by_region).take(200).collect();
    let [first, .., last] = regional.as_slice() else {
        return;
    };
    let before = Ancestors::of(jobs);
    let free = |a: &&Job| {
        regional.iter().any(|b| {
            a.name != b.name && !before.has(&a.name, &b.name) && !before.has(&b.name, &a.name)
        })
    };
    let value = if regional.iter().any(free) {
        "parallel"
    } else {
        "sequential"
    };
    let shown = if value == "parallel" { last } else { first };
    sheet.set("regions", value, shown.at.clone());
}

/// Which jobs are done before which.
struct Ancestors<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Ancestors<'a> {
    /// Follows `needs` to their ends; a cycle ends by itself, as each job is visited once.
    fn of(jobs: &'a [Job]) -> Self {
        let direct: BTreeMap<&str, &[String]> = jobs
            .iter()
            .map(|j| (j.name.as_str(), j.needs.as_slice()))
            .collect();
        let all = jobs.iter().take(500).map(|job| {
            let mut seen = BTreeSet::new();
            let mut open: Vec<&str> = job.needs.iter().map(String::as_str).collect();
            while let Some(next) = open.pop() {
                if seen.insert(next) {
                    open.extend(
                        direct
                            .get(next)
                            .into_iter()
                            .flat_map(|n| n.iter())
                            .map(String::as_str),
                    );
                }
            }
            (job.name.as_str(), seen)
        });
        Self(all.collect())
    }

    /// Returns whether `first` is done before `then` starts.
    fn has(&self, first: &str, then: &str) -> bool {
        self.0
            .get(then)
            .is_some_and(|before| before.contains(first))
    }
}

/// Adds when migrations run, compared with the deploy of the same pipeline.
fn orders(file: &File, jobs: &[Job], reading: &mut Reading) {
    let migrate_at = |job: &Job| {
        job.steps
            .iter()
            .position(|s| migrate_command(&s.script).is_some())
    };
    let deploy_at = |job: &Job| job.steps.iter().position(deploys_step);
    let before = Ancestors::of(jobs);
    let migrating: Vec<(&Job, usize)> = jobs
        .iter()
        .filter(|j| !is_test(j))
        .filter_map(|j| Some((j, migrate_at(j)?)))
        .collect();
    for (job, at) in migrating.iter().take(20) {
        let step = &job.steps[*at];
        let place: Range<usize> = step.at.clone();
        if let Some(deploy) = deploy_at(job) {
            // One step may do both, in the order of its lines.
            let same = deploy == *at && migrates_before(&step.script);
            let (when, because) = if *at < deploy || same {
                (
                    Order::Before,
                    "a step of the pipeline runs them before the one that deploys",
                )
            } else {
                (
                    Order::After,
                    "a step of the pipeline runs them after the one that deploys",
                )
            };
            order(file, reading, when, because, place);
            continue;
        }
        let deploying: Vec<&Job> = jobs.iter().filter(|j| deploys_job(j)).collect();
        let (when, because) = if deploying.iter().all(|d| before.has(&job.name, &d.name)) {
            (
                Order::Before,
                "the job that deploys waits for the one that runs them",
            )
        } else if deploying.iter().all(|d| before.has(&d.name, &job.name)) {
            (
                Order::After,
                "the job that runs them waits for the one that deploys",
            )
        } else if deploying
            .iter()
            .any(|d| before.has(&job.name, &d.name) || before.has(&d.name, &job.name))
        {
            // Staging and production in one file: which deploy it belongs to cannot be told.
            continue;
        } else {
            (
                Order::Unordered,
                "nothing orders the job that runs them and the one that deploys",
            )
        };
        order(file, reading, when, because, place);
    }
}

/// Returns whether the first command that migrates stands before the first one that deploys.
fn migrates_before(script: &str) -> bool {
    for line in script.lines() {
        if migrate_command(line).is_some() {
            return true;
        }
        if deploys(line) {
            return false;
        }
    }
    true
}
