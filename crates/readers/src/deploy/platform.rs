//! What hosting platforms run and when: DigitalOcean, Dokku, Fly, Heroku, Nixpacks, Railway, Render, Vercel; the first and Render
//! through Terraform too.

use std::ops::Range;

use coexist_model::{File, Moment, Reading, SurfaceKind};

use super::runs::{Command, run};
use super::sheet::Sheet;
use super::toml::{Setting, settings};
use super::tree::Node;
use super::{hcl, problem};

/// Adds what a command says that a platform runs at that moment.
fn add(
    file: &File,
    reading: &mut Reading,
    (moment, because): Phase,
    command: &str,
    folder: Option<&str>,
    at: Range<usize>,
) {
    let command = Command {
        moment,
        words: vec![command.to_owned()],
        folder,
        because,
        at,
    };
    run(file, reading, command);
}

/// When a command is run, and what to say of it.
type Phase = (Moment, Option<&'static str>);

const PRE_DEPLOY: Phase = (
    Moment::BeforeDeploy,
    Some("the pre-deploy command runs them"),
);
const JOB_BEFORE: Phase = (
    Moment::BeforeDeploy,
    Some("a job before the deploy runs them"),
);
const JOB_AFTER: Phase = (
    Moment::AfterDeploy,
    Some("a job after the deploy runs them"),
);
const START: Phase = (Moment::Start, None);
const BUILD: Phase = (Moment::Build, None);

/// Reads `heroku.yml`, `render.yaml`, `railway.json`, `app.json`, `vercel.json` or `.do/app.yaml`: keys that only these platforms
/// know.
pub(super) fn tree(file: &File, document: &Node, reading: &mut Reading) {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let mut take = |node: &Node, path: &[&str], phase: Phase, folder: Option<&str>| {
        if let Some(command) = node.at_path(path) {
            let text = command.texts().join("\n");
            add(file, reading, phase, &text, folder, command.at.clone());
        }
    };
    // https://devcenter.heroku.com/articles/build-docker-images-heroku-yml
    if name == "heroku.yml" {
        let release = Some("the release phase of heroku.yml runs them");
        let phase = (Moment::BeforeDeploy, release);
        take(document, &["release", "command"], phase, None);
        for (process, _, _) in document.get("run").map(Node::entries).unwrap_or_default() {
            take(document, &["run", process], START, None);
        }
    }
    // https://docs.railway.com/reference/config-as-code
    take(document, &["deploy", "preDeployCommand"], PRE_DEPLOY, None);
    take(document, &["deploy", "startCommand"], START, None);
    take(document, &["build", "buildCommand"], BUILD, None);
    // Heroku's own `postdeploy` runs once in the life of an app: https://devcenter.heroku.com/articles/app-json-schema#scripts.
    // Dokku's run in each deploy: https://dokku.com/docs/advanced-usage/deployment-tasks/
    if name == "app.json" {
        let scripts = ["scripts", "dokku"];
        take(
            document,
            &[scripts[0], scripts[1], "predeploy"],
            PRE_DEPLOY,
            None,
        );
        let phase = (Moment::AfterDeploy, Some("the post-deploy task runs them"));
        take(
            document,
            &[scripts[0], scripts[1], "postdeploy"],
            phase,
            None,
        );
    }
    // https://vercel.com/docs/project-configuration#buildcommand
    if name == "vercel.json" {
        take(document, &["buildCommand"], BUILD, None);
    }
    let items = |key: &str| document.get(key).map(Node::items).unwrap_or_default();
    for service in items("services") {
        // https://render.com/docs/blueprint-spec
        let folder = service.text_at(&["rootDir"]);
        take(service, &["preDeployCommand"], PRE_DEPLOY, folder);
        take(service, &["startCommand"], START, folder);
        take(service, &["dockerCommand"], START, folder);
        take(service, &["buildCommand"], BUILD, folder);
    }
    // https://docs.digitalocean.com/products/app-platform/reference/app-spec/
    if file.path.contains(".do/") {
        for job in items("jobs") {
            let phase = match job.text_at(&["kind"]) {
                Some("PRE_DEPLOY") => JOB_BEFORE,
                Some("POST_DEPLOY") => JOB_AFTER,
                _ => continue,
            };
            take(job, &["run_command"], phase, job.text_at(&["source_dir"]));
        }
        for service in items("services") {
            let folder = service.text_at(&["source_dir"]);
            take(service, &["run_command"], START, folder);
            take(service, &["build_command"], BUILD, folder);
        }
    }
}

/// Reads `fly.toml` (<https://fly.io/docs/reference/configuration/>), `railway.toml` or `nixpacks.toml`
/// (<https://nixpacks.com/docs/configuration/file>).
pub(super) fn toml(file: &File) -> Reading {
    let mut reading = Reading::default();
    let mut section = String::new();
    let settings = settings(file);
    let app = settings
        .iter()
        .find(|s| s.section.is_empty() && s.key == "app");
    let name = format!(
        "fly/{}",
        app.map_or_else(|| "app".to_owned(), Setting::commands)
    );
    let mut sheet = Sheet::new(file, SurfaceKind::Workload, name, 0..0);
    for setting in settings {
        let value = setting.commands();
        let Setting {
            section: of,
            key,
            at,
            ..
        } = setting;
        let release = Some("the release command runs them");
        let phase = match (of.as_str(), key.as_str()) {
            ("deploy", "release_command") => Some((Moment::BeforeDeploy, release)),
            ("deploy", "preDeployCommand") => Some(PRE_DEPLOY),
            ("deploy", "startCommand") | ("start", "cmd") | ("processes", _) => Some(START),
            ("build", "buildCommand") => Some(BUILD),
            (phase, "cmds") if phase.starts_with("phases.") => Some(BUILD),
            _ => None,
        };
        if let Some(phase) = phase {
            add(file, &mut reading, phase, &value, None, at);
        } else if of == "deploy" && key == "strategy" {
            // All machines are replaced at once.
            let value = if value == "immediate" {
                "Recreate"
            } else {
                &value
            };
            sheet.set("strategy", value, at);
        } else if of.ends_with("checks") && of != section {
            sheet.set_next("health-check", &of, at);
        }
        section = of;
    }
    if !sheet.is_empty() {
        reading.schemas.push(sheet.schema());
    }
    reading
}

/// Reads a Terraform file: the commands of the services of Render
/// (<https://registry.terraform.io/providers/render-oss/render/latest/docs/resources/web_service>) and of the apps of DigitalOcean
/// (<https://registry.terraform.io/providers/digitalocean/digitalocean/latest/docs/resources/app>).
pub(super) fn terraform(file: &File) -> Reading {
    let mut reading = Reading::default();
    let body = match hcl::read(&file.text) {
        Ok(body) => body,
        Err(why) => {
            reading.problems.push(problem(file, 0..0, why));
            return reading;
        }
    };
    let resources = body
        .pairs()
        .iter()
        .filter(|(key, _)| key.text() == Some("resource"));
    for (kind, _, named) in resources.flat_map(|(_, of_kind)| of_kind.entries()) {
        for (_, _, resource) in named.entries() {
            if kind.starts_with("render_") {
                of_render(file, resource, &mut reading);
            } else if kind == "digitalocean_app" {
                of_digital_ocean(file, resource, &mut reading);
            }
        }
    }
    reading
}

fn of_render(file: &File, service: &Node, reading: &mut Reading) {
    let native = ["runtime_source", "native_runtime"];
    let folder = service.text_at(&["root_directory"]);
    for (path, phase) in [
        (&["pre_deploy_command"][..], PRE_DEPLOY),
        (&["start_command"], START),
        (&[native[0], native[1], "build_command"], BUILD),
    ] {
        if let Some(command) = service.at_path(path)
            && let Some(text) = command.text()
        {
            add(file, reading, phase, text, folder, command.at.clone());
        }
    }
}

fn of_digital_ocean(file: &File, app: &Node, reading: &mut Reading) {
    let parts = app.get("spec").map(Node::pairs).unwrap_or_default();
    for (key, part) in parts {
        let phase = match (key.text(), part.text_at(&["kind"])) {
            (Some("job"), Some("PRE_DEPLOY")) => JOB_BEFORE,
            (Some("job"), Some("POST_DEPLOY")) => JOB_AFTER,
            (Some("service"), _) => START,
            _ => continue,
        };
        if let Some(command) = part.get("run_command")
            && let Some(text) = command.text()
        {
            let folder = part.text_at(&["source_dir"]);
            add(file, reading, phase, text, folder, command.at.clone());
        }
    }
}
