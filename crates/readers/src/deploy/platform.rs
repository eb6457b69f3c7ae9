//! What hosting platforms run and when: DigitalOcean, Dokku, Fly, Heroku, Nixpacks, Railway, Render, Vercel.

use std::ops::Range;

use coexist_model::{File, Moment, Reading, SurfaceKind};

use super::runs::{Command, run};
use super::sheet::Sheet;
use super::tree::Node;

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
                Some("PRE_DEPLOY") => (
                    Moment::BeforeDeploy,
                    Some("a job before the deploy runs them"),
                ),
                Some("POST_DEPLOY") => (
                    Moment::AfterDeploy,
                    Some("a job after the deploy runs them"),
                ),
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
/// (<https://nixpacks.com/docs/configuration/file>). Of TOML, only headers and keys with a text on one line are read; that is
/// all these keys can be.
pub(super) fn toml(file: &File) -> Reading {
    let mut reading = Reading::default();
    let mut section = String::new();
    let app = Settings::of(file).find(|s| s.section.is_empty() && s.key == "app");
    let name = app.map_or_else(|| "app".to_owned(), |s| s.value);
    let mut sheet = Sheet::new(file, SurfaceKind::Workload, format!("fly/{name}"), 0..0);
    for setting in Settings::of(file) {
        let Setting {
            section: of,
            key,
            value,
            at,
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

/// A key with a value on its line.
struct Setting {
    section: String,
    key: String,
    value: String,
    at: Range<usize>,
}

struct Settings<'f> {
    file: &'f File,
    line: u32,
    section: String,
}

impl<'f> Settings<'f> {
    fn of(file: &'f File) -> Self {
        Self {
            file,
            line: 0,
            section: String::new(),
        }
    }
}

impl Iterator for Settings<'_> {
    type Item = Setting;

    fn next(&mut self) -> Option<Setting> {
        while self.line < self.file.line_count() {
            self.line += 1;
            let raw = self.file.line(self.line);
            let line = raw.trim();
            if let Some(header) = line.strip_prefix('[') {
                let header = header.trim_start_matches('[');
                self.section = header
                    .split(']')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned();
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            let start = self.file.line_start(self.line) + (raw.len() - raw.trim_start().len());
            return Some(Setting {
                section: self.section.clone(),
                key: key.trim().trim_matches(['"', '\'']).to_owned(),
                value: unquote(value.trim()),
                at: start..start + line.len(),
            });
        }
        None
    }
}

/// Returns a text without its quotes; of a list on one line, the texts as one shell text.
fn unquote(value: &str) -> String {
    let Some(list) = value.strip_prefix('[') else {
        return quoted(value).map_or_else(
            || {
                value
                    .split('#')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            },
            |(text, _)| text.to_owned(),
        );
    };
    let mut texts = Vec::new();
    let mut rest = list.trim_start_matches([' ', '\t', ',']);
    while let Some((text, after)) = quoted(rest) {
        texts.push(text);
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    texts.join(" && ")
}

/// Returns the quoted text that a value begins with, and what follows it.
fn quoted(value: &str) -> Option<(&str, &str)> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split_once(quote)
}
