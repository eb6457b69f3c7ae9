//! Files of variables, and texts that variables are put into.

use std::collections::BTreeMap;

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// Variables in variables that are followed.
const DEEPEST: usize = 5;
/// A longer text is not put together: variables of variables grow without end.
const LONGEST: usize = 10_000;
/// Variables that are read of one file.
const LIMIT: usize = 5_000;

/// Reads a file of variables, `NAME=value` on each line:
/// <https://docs.docker.com/reference/compose-file/services/#env_file-format>.
pub fn variables(text: &str) -> Variables {
    let lines = text.lines().map(str::trim).filter(|l| !l.starts_with('#'));
    let pairs = lines.filter_map(|line| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=')?;
        Some((name.trim().to_owned(), unquoted(value.trim()).to_owned()))
    });
    let is_name = |name: &str| !name.is_empty() && name.chars().all(is_name_part);
    pairs
        .filter(|(name, _)| is_name(name))
        .take(LIMIT)
        .collect()
}

/// Returns a value without its quotes, or without the comment behind it.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// Returns the text with each `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:default}` replaced by its value. What has no value
/// stays as it is written.
pub fn filled(text: &str, variables: &Variables) -> String {
    let mut text = text.to_owned();
    for _ in 0..DEEPEST {
        if !text.contains('$') || text.len() > LONGEST {
            break;
        }
        let next = filled_once(&text, variables);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

fn filled_once(text: &str, variables: &Variables) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let (length, value) = variable(&rest[at..], variables);
        out.push_str(value.as_deref().unwrap_or(&rest[at..at + length]));
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// Returns how long the variable is that a text starts with, and its value.
fn variable(text: &str, variables: &Variables) -> (usize, Option<String>) {
    let behind = &text[1..];
    let Some(braced) = behind.strip_prefix('{') else {
        let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let name = &behind[..end.unwrap_or(behind.len())];
        return (1 + name.len(), variables.get(name).cloned());
    };
    let Some(end) = closing(braced) else {
        return (2, None);
    };
    let inside = &braced[..end];
    let name_end = inside.find(|c| !is_name_part(c)).unwrap_or(inside.len());
    // `${NAME-default}`: a dash may be a part of a setting's name, too.
    let (name, default) = match inside.split_once(":-").or_else(|| inside.split_once(':')) {
        Some((name, default)) => (name, Some(default)),
        None => (&inside[..name_end], inside[name_end..].strip_prefix('-')),
    };
    let told = |d: &&str| !d.starts_with(['?', '+']);
    let value = variables.get(name.trim()).cloned();
    let value = value
        .filter(|v| !v.is_empty())
        .or_else(|| default.filter(told).map(str::to_owned));
    (end + 3, value)
}

/// Returns where the brace closes that was opened before the text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}
