//! Scripts by their names: `package.json`, `pyproject.toml`, Makefiles; and Capistrano's list of tasks.

use coexist_model::{File, Moment, Order, Reading, Script, ScriptTool};

use super::runs::{Command, run};
use super::sheet::order;
use super::shell::simple_commands;
use super::toml::{Setting, settings};
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

/// Where the tools that run tasks of a Python project keep them, and the keys that hold the command of one: taskipy, Poe, PDM, Rye
/// (<https://github.com/taskipy/taskipy>, <https://poethepoet.natn.io/tasks/>, <https://pdm-project.org/en/latest/usage/scripts/>,
/// <https://rye.astral.sh/guide/pyproject/#toolryescripts>). Hatch keeps them by environment
/// (<https://hatch.pypa.io/latest/config/environment/overview/#scripts>).
const TASKS: &[&str] = &[
    "tool.taskipy.tasks",
    "tool.poe.tasks",
    "tool.pdm.scripts",
    "tool.rye.scripts",
];
const TASK_KEYS: &[&str] = &["cmd", "shell", "composite", "chain", "sequence"];

/// Reads the tasks of a `pyproject.toml`.
pub(super) fn pyproject(file: &File) -> Reading {
    let mut reading = Reading::default();
    let settings = settings(file);
    let named = settings.iter().filter_map(|s| Some((task_name(s)?, s)));
    let named: Vec<(&str, &Setting)> = named.take(super::SCHEMA_LIMIT).collect();
    let is_task = |text: &str| {
        let first = text.split_whitespace().next();
        first.is_some_and(|word| named.iter().any(|(name, _)| *name == word))
    };
    for (name, setting) in &named {
        // A list may name other tasks as if they were commands.
        let called = |text: &String| match setting.texts.len() > 1 && is_task(text) {
            true => format!("task {text}"),
            false => text.clone(),
        };
        let texts: Vec<String> = setting.texts.iter().map(called).collect();
        let place = |_| file.place(setting.at.clone());
        reading.scripts.push(Script {
            tool: ScriptTool::Python,
            name: (*name).to_owned(),
            commands: simple_commands(&texts.join(" && "), place),
        });
    }
    reading
}

/// Returns the name of the task of which a setting holds the commands.
fn task_name(setting: &Setting) -> Option<&str> {
    let section = setting.section.as_str();
    let of_hatch = section.starts_with("tool.hatch.envs.") && section.ends_with(".scripts");
    if of_hatch || TASKS.contains(&section) {
        return Some(&setting.key);
    }
    let (around, name) = section.rsplit_once('.')?;
    (TASKS.contains(&around) && TASK_KEYS.contains(&setting.key.as_str())).then_some(name)
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
