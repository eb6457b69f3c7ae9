//! The release phases of hosting platforms: Fly, Heroku, Railway, Render.

use std::ops::Range;

use coexist_model::{File, Order, Reading, SurfaceKind};

use super::command::migrate_command;
use super::sheet::{Sheet, order};
use super::tree::Node;

/// Adds the order that a command before the deploy proves.
fn before(file: &File, reading: &mut Reading, command: &str, because: &str, at: Range<usize>) {
    if migrate_command(command).is_some() {
        order(file, reading, Order::Before, because, at);
    }
}

/// Reads `heroku.yml`, `render.yaml` or `railway.json`: keys that only these platforms know.
pub(super) fn tree(file: &File, document: &Node, reading: &mut Reading) {
    let commands = |node: &Node| node.texts().join("\n");
    // https://devcenter.heroku.com/articles/build-docker-images-heroku-yml
    if let Some(command) = document.at_path(&["release", "command"]) {
        before(
            file,
            reading,
            &commands(command),
            "the release phase of heroku.yml runs them",
            command.at.clone(),
        );
    }
    // https://docs.railway.com/reference/config-as-code
    if let Some(command) = document.at_path(&["deploy", "preDeployCommand"]) {
        before(
            file,
            reading,
            &commands(command),
            "the pre-deploy command runs them",
            command.at.clone(),
        );
    }
    // https://render.com/docs/blueprint-spec
    for service in document
        .get("services")
        .map(Node::items)
        .unwrap_or_default()
    {
        let Some(command) = service.get("preDeployCommand") else {
            continue;
        };
        before(
            file,
            reading,
            &commands(command),
            "the pre-deploy command runs them",
            command.at.clone(),
        );
    }
}

/// Reads `fly.toml` or `railway.toml`: <https://fly.io/docs/reference/configuration/>. Of TOML, only headers and keys with a text
/// on one line are read; that is all these keys can be.
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
        match (of.as_str(), key.as_str()) {
            ("deploy", "release_command") => before(
                file,
                &mut reading,
                &value,
                "the release command runs them",
                at,
            ),
            ("deploy", "preDeployCommand") => before(
                file,
                &mut reading,
                &value,
                "the pre-deploy command runs them",
                at,
            ),
            // All machines are replaced at once.
            ("deploy", "strategy") if value == "immediate" => sheet.set("strategy", "Recreate", at),
            ("deploy", "strategy") => sheet.set("strategy", &value, at),
            _ if of.ends_with("checks") && of != section => sheet.set_next("health-check", &of, at),
            _ => {}
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

fn unquote(value: &str) -> String {
    let list = value.trim_start_matches('[').trim_start();
    for quote in ['"', '\''] {
        if let Some(rest) = list.strip_prefix(quote) {
            let text = rest.split(quote).next().unwrap_or_default();
            return text.to_owned();
        }
    }
    value
        .split('#')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}
