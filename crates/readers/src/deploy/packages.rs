//! Scripts by their names: `package.json`, Makefiles; and Capistrano's list of tasks.

use coexist_model::{File, Moment, Order, Reading, Script, ScriptTool};

use super::runs::{Command, run};
use super::sheet::order;
use super::shell::simple_commands;
use super::tree::Node;
use super::yaml;

/// Scripts that platforms run as they build: <https://vercel.com/docs/builds/configure-a-build>,
/// <https://devcenter.heroku.com/articles/nodejs-support#heroku-specific-build-steps>.
const BUILDS: &[&str] = &["build", "vercel-build", "heroku-postbuild"];

/// Reads the scripts of a `package.json`: <https://docs.npmjs.com/cli/v11/using-npm/scripts>.
pub(super) fn package(file: &File) -> Reading {
    let mut reading = Reading::default();
    let json = yaml::read(&file.text);
    let scripts = json.documents.first().and_then(|d| d.get("scripts"));
    for (name, key, value) in scripts.map(Node::entries).unwrap_or_default() {
        let Some(text) = value.text() else { continue };
        if reading.scripts.len() >= super::SCHEMA_LIMIT {
            break;
        }
        let at = key.at.start..value.at.end;
        if BUILDS.contains(&name) {
            let build = Command {
                moment: Moment::Build,
                words: vec![text.to_owned()],
                folder: None,
                because: None,
                at: at.clone(),
            };
            run(file, &mut reading, build);
        }
        reading.scripts.push(Script {
            tool: ScriptTool::Package,
            name: name.to_owned(),
            commands: simple_commands(text, |_| file.place(at.clone())),
        });
    }
    reading
}

/// Reads the targets of a Makefile: a line `name: …`, and the lines below it that a tab begins.
pub(super) fn makefile(file: &File) -> Reading {
    let mut reading = Reading::default();
    let mut targets: Vec<String> = Vec::new();
    for number in 1..=file.line_count() {
        let line = file.line(number);
        if let Some(recipe) = line.strip_prefix('\t') {
            let start = file.line_start(number);
            let at = start + 1..start + line.len();
            let recipe = recipe.trim_start_matches(['@', '-', '+', ' ']);
            let commands = simple_commands(recipe, |_| file.place(at.clone()));
            let of_target = |s: &&mut Script| targets.contains(&s.name);
            for script in reading.scripts.iter_mut().rev().take(20).filter(of_target) {
                script.commands.extend(commands.iter().cloned());
            }
        } else if let Some((names, after)) = line.split_once(':')
            && !after.starts_with('=')
            && !line.starts_with(['#', ' ', '.'])
            && reading.scripts.len() < super::SCHEMA_LIMIT
        {
            targets = names
                .split_whitespace()
                .take(20)
                .map(str::to_owned)
                .collect();
            let scripts = targets.iter().map(|name| Script {
                tool: ScriptTool::Make,
                name: name.clone(),
                commands: Vec::new(),
            });
            reading.scripts.extend(scripts);
        }
    }
    reading.scripts.retain(|s| !s.commands.is_empty());
    reading
}

/// Reads a `Capfile`: the task migrates when the release is there and before it is published
/// (<https://github.com/capistrano/rails#usage>).
pub(super) fn capfile(file: &File) -> Reading {
    let mut reading = Reading::default();
    for number in 1..=file.line_count() {
        let line = file.line(number);
        let required = line.trim().strip_prefix("require ").map(|r| {
            let name = r.trim().trim_matches(['"', '\'']);
            name.split(['"', '\'']).next().unwrap_or(name)
        });
        if matches!(
            required,
            Some("capistrano/rails" | "capistrano/rails/migrations")
        ) {
            let start = file.line_start(number);
            let because = "Capistrano runs them before it publishes the release";
            order(
                file,
                &mut reading,
                Order::Before,
                because,
                start..start + line.len(),
            );
        }
    }
    reading
}
