//! Dockerfiles and the scripts that containers start with, as far as they say when migrations run.

use std::collections::BTreeMap;
use std::ops::Range;

use coexist_model::{File, KnownOrder, Moment, Order, OrderEvidence, Reading};

use super::command::base;
use super::runs::{Command, migrates_then_execs, run};
use super::shell;
use super::tree::Node;
use super::yaml;

/// One instruction of a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Its name in capitals: `FROM`, `COPY`, `ENTRYPOINT`.
    pub name: String,
    /// What follows, on one line.
    pub arguments: String,
    /// Where it stands.
    pub at: Range<usize>,
}

/// Returns the instructions: <https://docs.docker.com/reference/dockerfile/>. The text of a here-document belongs to the
/// instruction that opens it.
pub fn instructions(text: &str) -> Vec<Instruction> {
    let mut found: Vec<Instruction> = Vec::new();
    let mut lines = Lines { text, at: 0 };
    while let Some((at, line)) = lines.next_line() {
        let trimmed = line.trim();
        let Some((name, rest)) = trimmed.split_once(char::is_whitespace) else {
            continue;
        };
        if trimmed.starts_with('#') || !name.chars().all(|c| c.is_ascii_alphabetic()) {
            continue;
        }
        let start = at + (line.len() - line.trim_start().len());
        let mut end = at + line.trim_end().len();
        let mut arguments = String::new();
        let mut piece = rest.trim();
        loop {
            let Some(open) = piece.strip_suffix('\\').or_else(|| piece.strip_suffix('`')) else {
                arguments.push_str(piece);
                break;
            };
            arguments.push_str(open);
            arguments.push(' ');
            let Some((next_at, next)) = lines.next_content() else {
                break;
            };
            end = next_at + next.trim_end().len();
            piece = next.trim();
        }
        if let Some(delimiter) = here_document(&arguments) {
            while let Some((next_at, next)) = lines.next_line() {
                end = next_at + next.trim_end().len();
                if next.trim() == delimiter {
                    break;
                }
                arguments.push('\n');
                arguments.push_str(next);
            }
        }
        found.push(Instruction {
            name: name.to_ascii_uppercase(),
            arguments,
            at: start..end.max(start),
        });
    }
    found
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    fn next_line(&mut self) -> Option<(usize, &'a str)> {
        let rest = self.text.get(self.at..).filter(|r| !r.is_empty())?;
        let start = self.at;
        let line = rest.split_inclusive('\n').next()?;
        self.at += line.len();
        Some((start, line.trim_end_matches(['\n', '\r'])))
    }

    /// Returns the next line that is no comment: comments may stand between continued lines.
    fn next_content(&mut self) -> Option<(usize, &'a str)> {
        loop {
            let (at, line) = self.next_line()?;
            if !line.trim_start().starts_with('#') {
                return Some((at, line));
            }
        }
    }
}

pub(super) fn here_document(arguments: &str) -> Option<String> {
    let (_, after) = arguments.split_once("<<")?;
    let word = after.trim_start_matches('-').split_whitespace().next()?;
    let word = word.trim_matches(['"', '\'']);
    (!word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_'))
        .then(|| word.to_owned())
}

/// Returns the words of `ENTRYPOINT` or `CMD`: the list of the exec form, or the shell text as one.
pub fn words(arguments: &str) -> Vec<String> {
    if arguments.trim_start().starts_with('[') {
        let list = yaml::read(arguments);
        let words = list.documents.first().map(Node::texts).unwrap_or_default();
        if !words.is_empty() {
            return words.into_iter().map(str::to_owned).collect();
        }
    }
    vec![arguments.to_owned()]
}

/// Reads a Dockerfile. The last stage is the one that runs.
pub(super) fn read(file: &File) -> Reading {
    let mut reading = Reading::default();
    let all = instructions(&file.text);
    let last_stage = all.iter().rposition(|i| i.name == "FROM").unwrap_or(0);
    let stage = &all[last_stage..];
    let last = |name: &str| stage.iter().rev().find(|i| i.name == name);
    let (entry, command) = (last("ENTRYPOINT"), last("CMD"));
    let Some(shown) = entry.or(command) else {
        return reading;
    };
    let copied = copies(stage);
    let of = |instruction: Option<&Instruction>| -> Vec<String> {
        let words = instruction.map(|i| words(&i.arguments)).unwrap_or_default();
        let source = |word: String| copied.get(base(&word)).cloned().unwrap_or(word);
        words.into_iter().map(source).collect()
    };
    let (entry, command) = (of(entry), of(command));
    let command = Command {
        moment: Moment::Start,
        // An entry point in shell form takes no arguments: https://docs.docker.com/reference/dockerfile/#entrypoint
        words: if entry.len() == 1 && entry[0].contains(char::is_whitespace) {
            entry
        } else {
            entry.into_iter().chain(command).collect()
        },
        folder: last("WORKDIR").map(|i| i.arguments.trim()),
        because: None,
        at: shown.at.clone(),
    };
    run(file, &mut reading, command);
    reading
}

/// Returns by the last part of their names what was copied into an image as a single file, and from where.
fn copies(stage: &[Instruction]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for instruction in stage.iter().filter(|i| matches!(&*i.name, "COPY" | "ADD")) {
        let words: Vec<&str> = instruction
            .arguments
            .split_whitespace()
            .filter(|w| !w.starts_with("--"))
            .collect();
        // From another stage or image, the source is no path of the repository.
        if let [source, target] = words.as_slice()
            && !instruction.arguments.contains("--from=")
            && !target.ends_with(['/', '.'])
        {
            let source = source.trim_start_matches("./").trim_start_matches('/');
            found.insert(base(target).to_owned(), source.to_owned());
        }
    }
    found
}

/// Reads a shell script. One that becomes the process that serves after it has migrated tells the order by itself.
pub(super) fn read_script(file: &File) -> Reading {
    let mut reading = Reading::default();
    let script = shell::script(file);
    if let Some(place) = migrates_then_execs(&script) {
        let because = "the script that a new node starts with runs them first";
        reading.orders.push(OrderEvidence {
            order: KnownOrder {
                order: Order::Before,
                proven: true,
                because: because.to_owned(),
                place: Some(place.clone()),
            },
            scope: None,
            tool: None,
            needs: None,
        });
    }
    reading.scripts.push(script);
    reading
}

/// Returns whether s6 runs what lies at a path as a container starts.
pub(super) fn is_init(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    is_s6_service(folder, name) || folder.ends_with("/cont-init.d")
}

fn is_s6_service(folder: &str, name: &str) -> bool {
    matches!(name, "run" | "up") && folder.contains("/s6-rc.d/")
}

/// Reads a script that is run because of where it lies: a hook of Kamal (<https://kamal-deploy.org/docs/hooks/overview/>), a service
/// or an initial script of s6 (<https://github.com/just-containers/s6-overlay#init-stages>).
pub(super) fn read_hook(file: &File) -> Reading {
    let mut reading = Reading::default();
    let (folder, name) = file.path.rsplit_once('/').unwrap_or_default();
    let (moment, because) = match name {
        _ if is_s6_service(folder, name) => (Moment::BeforeDependents, None),
        _ if is_init(&file.path) => (
            Moment::BeforeServing,
            Some("s6 runs them on each new node before its services start"),
        ),
        "pre-deploy" | "pre-app-boot" => (
            Moment::BeforeDeploy,
            Some("a Kamal hook before the deploy runs them"),
        ),
        "post-deploy" => (
            Moment::AfterDeploy,
            Some("a Kamal hook after the deploy runs them"),
        ),
        _ => return reading,
    };
    let command = Command {
        moment,
        words: vec![file.text.to_string()],
        folder: None,
        because,
        at: 0..file.line(1).len(),
    };
    run(file, &mut reading, command);
    reading
}
