//! Dockerfiles and the scripts that containers start with, as far as they say when migrations run.

use std::ops::Range;

use coexist_model::{File, Order, Reading};

use super::command::{commands, migrate_command};
use super::sheet::order;
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

fn here_document(arguments: &str) -> Option<String> {
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
    let starts = |name: &str| all[last_stage..].iter().rev().find(|i| i.name == name);
    for instruction in [starts("ENTRYPOINT"), starts("CMD")].into_iter().flatten() {
        if words(&instruction.arguments)
            .iter()
            .any(|w| migrates_then_serves(w))
        {
            let because = "each new node runs them before it starts to serve";
            order(
                file,
                &mut reading,
                Order::Before,
                because,
                instruction.at.clone(),
            );
        }
    }
    reading
}

/// Reads a shell script that migrates and then becomes the process that serves.
pub(super) fn read_script(file: &File) -> Reading {
    let mut reading = Reading::default();
    let mut migrated: Option<Range<usize>> = None;
    let mut lines = Lines {
        text: &file.text,
        at: 0,
    };
    while let Some((at, line)) = lines.next_line() {
        let mut whole = line.trim_end().to_owned();
        while whole.ends_with('\\') {
            whole.pop();
            let Some((_, next)) = lines.next_line() else {
                break;
            };
            whole.push(' ');
            whole.push_str(next.trim());
        }
        if migrated.is_none() && migrate_command(&whole).is_some() {
            let start = at + (line.len() - line.trim_start().len());
            migrated = Some(start..at + line.trim_end().len());
        } else if let Some(place) = &migrated
            && commands(&whole).iter().any(|w| is_start(w))
        {
            let because = "the script that a new node starts with runs them first";
            order(file, &mut reading, Order::Before, because, place.clone());
            break;
        }
    }
    reading
}

/// Returns whether a shell text migrates and then starts something else.
pub(super) fn migrates_then_serves(text: &str) -> bool {
    let all = commands(text);
    let Some(first) = all
        .iter()
        .position(|words| migrate_command(&words.join(" ")).is_some())
    else {
        return false;
    };
    all[first + 1..].iter().any(|words| {
        let program = words.first().map(String::as_str).unwrap_or_default();
        !matches!(
            program,
            "echo"
                | "printf"
                | "true"
                | "exit"
                | "sleep"
                | "fi"
                | "done"
                | "esac"
                | "}"
                | "set"
                | "cd"
                | "export"
        ) && migrate_command(&words.join(" ")).is_none()
    })
}

/// Returns whether a command replaces the script by the process that serves: `exec "$@"`, `exec gunicorn …`.
fn is_start(words: &[String]) -> bool {
    words.first().is_some_and(|w| w == "exec")
        && words.len() > 1
        && migrate_command(&words.join(" ")).is_none()
}
