//! Deployment, pipeline and monitoring files.
//!
//! What runs ([`SurfaceKind::Workload`]), what is watched ([`SurfaceKind::Alert`]) and how it is delivered
//! ([`SurfaceKind::Pipeline`]), each as a schema whose elements are settings, and what the file says about when migrations run. A
//! setting that is not there is no element: a `strategy` that is absent is a rolling update. A command that calls scripts of other
//! files is kept with its moment ([`runs`]) until all files are read.
//!
//! [`SurfaceKind::Workload`]: coexist_model::SurfaceKind::Workload
//! [`SurfaceKind::Alert`]: coexist_model::SurfaceKind::Alert
//! [`SurfaceKind::Pipeline`]: coexist_model::SurfaceKind::Pipeline

mod alerts;
mod command;
mod compose;
pub mod docker;
mod form;
mod hcl;
mod jsonnet;
mod kubernetes;
mod packages;
mod pipeline;
mod platform;
mod procfile;
mod rollout;
mod runs;
mod sheet;
mod shell;
mod spring;
mod staged;
mod toml;
pub mod tree;
mod workload;
pub mod yaml;

#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use spring::{SPRING_BOOT, SPRING_MIGRATORS, is_jvm_build, is_spring_setting, spring};

use coexist_model::{File, Hints, Problem, Reader, Reading};

pub use command::migrate_command;
pub use form::Deployment;
pub use runs::followed;
pub use staged::{StagedRollout, staged_rollout};

/// Surfaces of one file that are kept.
const SCHEMA_LIMIT: usize = 2_000;

/// Bytes of a head that is cut: what a longer file holds further down is not known yet.
const HEAD: usize = 3_900;

/// Deployment, pipeline and monitoring files.
pub struct Deploy;

impl Reader for Deploy {
    fn name(&self) -> &'static str {
        "deploy"
    }

    fn claims(&self, path: &str, head: &str) -> bool {
        if head.contains('\0') {
            return false;
        }
        match Format::of(path) {
            Some(Format::Yaml) => head.len() >= HEAD || speaks_of_deploys(head),
            Some(Format::Json) => is_manifest_json(head),
            Some(Format::Script) => is_shell(path, head),
            Some(Format::Package) => head.len() >= HEAD || head.contains("\"scripts\""),
            Some(Format::Terraform) => head.len() >= HEAD || head.contains("resource"),
            Some(_) => true,
            None => false,
        }
    }

    fn read(&self, file: &File, _hints: &Hints) -> Reading {
        let mut reading = match Format::of(&file.path) {
            Some(Format::Jsonnet) => jsonnet::read(file),
            Some(Format::Procfile) => procfile::read(file),
            Some(Format::Dockerfile) => docker::read(file),
            Some(Format::Script) => docker::read_script(file),
            Some(Format::Toml) => platform::toml(file),
            Some(Format::Package) => packages::package(file),
            Some(Format::Tasks) => packages::pyproject(file),
            Some(Format::Terraform) => platform::terraform(file),
            Some(Format::Makefile) => packages::makefile(file),
            Some(Format::Hook) => docker::read_hook(file),
            Some(Format::Capfile) => packages::capfile(file),
            Some(Format::Yaml | Format::Json) | None => read_yaml(file),
        };
        if is_sample(&file.path) || is_local(&file.path) {
            reading.orders.clear();
            reading.runs.clear();
        }
        reading
    }

    fn stands(&self, _said: &Reading, _hints: &Hints) -> bool {
        true
    }
}

/// Returns whether a path is that of a test, an example or foreign code: what it declares runs nowhere.
fn is_sample(path: &str) -> bool {
    let (folders, _) = path.rsplit_once('/').unwrap_or_default();
    folders.split('/').any(|part| {
        matches!(
            part,
            "test"
                | "tests"
                | "testdata"
                | "__tests__"
                | "fixtures"
                | "__fixtures__"
                | "e2e"
                | "example"
                | "examples"
                | "sample"
                | "samples"
                | "demo"
                | "demos"
                | "development"
                | "docs"
                | "doc"
                | "tutorials"
                | "vendor"
                | "node_modules"
                | "third_party"
        )
    })
}

/// Returns whether a path is that of a developer's own machine: when migrations run there proves nothing about a deploy.
fn is_local(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.split(['/', '.', '-', '_']).any(|word| {
        matches!(
            word,
            "dev" | "devcontainer" | "development" | "local" | "test" | "tests" | "e2e" | "ci"
        )
    }) && !lower.contains("gitlab-ci")
        && !lower.starts_with(".github/")
        && !lower.starts_with(".circleci/")
}

/// The syntax that a path promises.
enum Format {
    Yaml,
    Json,
    Jsonnet,
    Procfile,
    Dockerfile,
    Script,
    Toml,
    Package,
    Tasks,
    Terraform,
    Makefile,
    Hook,
    Capfile,
}

impl Format {
    fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|e| lower.ends_with(e));
        Some(match lower.as_str() {
            "procfile" => Self::Procfile,
            "dockerfile" | "containerfile" => Self::Dockerfile,
            "fly.toml" | "railway.toml" | "nixpacks.toml" => Self::Toml,
            "package.json" => Self::Package,
            "pyproject.toml" => Self::Tasks,
            "makefile" | "gnumakefile" => Self::Makefile,
            "capfile" => Self::Capfile,
            _ if path.contains(".kamal/hooks/") || docker::is_init(path) => Self::Hook,
            _ if ends(&[".tf"]) => Self::Terraform,
            _ if ends(&[
                ".yaml",
                ".yml",
                ".yaml.j2",
                ".yml.j2",
                ".yaml.gotmpl",
                ".yaml.tpl",
                ".yml.tpl",
            ]) =>
            {
                Self::Yaml
            }
            _ if ends(&[".json"]) => Self::Json,
            _ if ends(&[".jsonnet", ".libsonnet"]) => Self::Jsonnet,
            _ if ends(&[".dockerfile", ".containerfile"]) || lower.starts_with("dockerfile.") => {
                Self::Dockerfile
            }
            _ if ends(&[".sh", ".bash"]) || lower.contains("entrypoint") => Self::Script,
            // `bin/takeoff`: its first line tells.
            _ if name == lower && !name.contains('.') => Self::Script,
            _ => return None,
        })
    }
}

/// Returns whether a script is one of a shell, by its first line where its name does not tell.
fn is_shell(path: &str, head: &str) -> bool {
    let Some(interpreter) = head.lines().next().and_then(|l| l.strip_prefix("#!")) else {
        return false;
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut words = interpreter.split(['/', ' ']);
    name.contains('.') || words.any(|w| matches!(w, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh"))
}

/// Returns whether a file may say when migrations run; only such files are worth reading for that.
pub fn may_tell_order(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match Format::of(path) {
        Some(
            Format::Procfile | Format::Dockerfile | Format::Toml | Format::Hook | Format::Capfile,
        ) => true,
        // There are many of them; see `may_hold_script`.
        Some(Format::Package | Format::Tasks | Format::Terraform | Format::Makefile) => false,
        Some(Format::Script) => {
            let stem = name.split('.').next().unwrap_or(name);
            stem.contains("entrypoint")
                || ["start", "run", "boot", "init", "launch"]
                    .iter()
                    .any(|w| stem.contains(w))
        }
        Some(Format::Json) => matches!(name, "railway.json" | "app.json" | "vercel.json"),
        Some(Format::Yaml) => {
            let folders = [
                "deploy",
                "helm",
                "chart",
                "k8s",
                "kube",
                "manifests",
                ".github/",
                ".circleci/",
                "argo",
                "infra",
                "ops",
                "docker",
            ];
            name.contains("compose")
                || name.contains("gitlab-ci")
                || matches!(name, "heroku.yml" | "render.yaml" | "render.yml")
                || path.contains(".do/")
                || folders.iter().any(|f| path.contains(f))
        }
        Some(Format::Jsonnet) | None => false,
    }
}

/// Returns whether a file may hold a script that a command of a deploy calls by its name.
pub fn may_hold_script(path: &str) -> bool {
    matches!(
        Format::of(path),
        Some(
            Format::Package | Format::Tasks | Format::Terraform | Format::Makefile | Format::Script
        )
    )
}

/// Words of which a script that migrates holds one.
pub const MIGRATING_WORDS: &[&str] = &[
    "migrat",
    "db push",
    "db:push",
    "db:prepare",
    "db:setup",
    "alembic",
    "flyway",
    "liquibase",
    "goose",
    "dbmate",
    "drizzle-kit",
    "upgrade head",
    "schema apply",
    "atlas",
    "yoyo",
    // What Terraform gives to a platform may call a script of any name.
    "pre_deploy",
];

/// Returns whether a YAML text has one of the keys by which the documents read here are known.
fn speaks_of_deploys(text: &str) -> bool {
    text.lines().any(|line| {
        let key = line.trim_start_matches(['-', ' ', '"']);
        let (key, _) = key.split_once(':').unwrap_or((key, ""));
        matches!(
            key.trim_matches('"'),
            "kind"
                | "services"
                | "jobs"
                | "groups"
                | "stages"
                | "patches"
                | "patchesStrategicMerge"
                | "release"
                | "runs"
                | "script"
                | "run"
        )
    })
}

/// Keys of platforms' files that no other document has.
const PLATFORM_KEYS: &[&str] = &[
    "preDeployCommand",
    "startCommand",
    "buildCommand",
    "\"dokku\"",
    "run_command",
];

fn is_manifest_json(head: &str) -> bool {
    (head.contains("\"apiVersion\"") && head.contains("\"kind\""))
        || PLATFORM_KEYS.iter().any(|key| head.contains(key))
}

fn read_yaml(file: &File) -> Reading {
    let mut reading = Reading::default();
    if !speaks_of_deploys(&file.text) && !is_manifest_json(&file.text) {
        return reading;
    }
    let yaml = yaml::read(&file.text);
    for document in &yaml.documents {
        if kubernetes::is_object(document)
            || document.get("patches").is_some()
            || document.get("patchesStrategicMerge").is_some()
        {
            kubernetes::read(file, document, &mut reading);
        } else if !pipeline::read(file, document, &mut reading) {
            if compose::is_compose(document) {
                compose::read(file, document, &mut reading);
            }
            alerts::rules(file, document, &mut reading);
            platform::tree(file, document, &mut reading);
        }
    }
    for (at, what) in yaml.problems {
        reading.problems.push(problem(file, at, &what));
    }
    reading
}

/// Returns a problem with the words of its line as identifiers.
fn problem(file: &File, at: Range<usize>, what: &str) -> Problem {
    let place = file.place(at);
    let words = place
        .quote
        .split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let identifiers: std::collections::BTreeSet<String> = words
        .filter(|w| w.len() > 2)
        .map(str::to_lowercase)
        .collect();
    Problem {
        place,
        what: what.to_owned(),
        identifiers: identifiers.into_iter().take(20).collect(),
    }
}
