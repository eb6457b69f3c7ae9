//! YAML, and JSON with it, as a tree with spans.
//!
//! Documents are read apart from each other: one that is broken is a problem, and the others still count. The scanner and the
//! grammar are those of saphyr-parser; this module bounds what it yields.

mod build;
mod template;

use std::ops::Range;

use super::tree::Node;

/// A file of YAML documents.
#[derive(Debug, Default)]
pub struct Yaml {
    /// The documents that could be read.
    pub documents: Vec<Node>,
    /// What could not be read: where, and what is wrong.
    pub problems: Vec<(Range<usize>, String)>,
    /// Whether template directives were masked.
    pub templated: bool,
}

/// Problems that are kept per file.
const PROBLEM_LIMIT: usize = 20;

/// Reads all documents of a text.
pub fn read(text: &str) -> Yaml {
    if template::is_template(text) {
        return read_masked(text);
    }
    let plain = read_plain(text);
    if !plain.problems.is_empty() && (text.contains("{{") || text.contains("{%")) {
        let masked = read_masked(text);
        if masked.problems.len() <= plain.problems.len() {
            return masked;
        }
    }
    plain
}

fn read_plain(text: &str) -> Yaml {
    let mut yaml = Yaml::default();
    for part in split(text) {
        build::document(text, text, part, &[], &mut yaml);
        if yaml.problems.len() >= PROBLEM_LIMIT {
            break;
        }
    }
    yaml
}

fn read_masked(text: &str) -> Yaml {
    let masked = template::mask(text);
    let mut yaml = Yaml {
        templated: true,
        ..Yaml::default()
    };
    for part in split(&masked.text) {
        build::document(text, &masked.text, part, &masked.directives, &mut yaml);
        if yaml.problems.len() >= PROBLEM_LIMIT {
            break;
        }
    }
    yaml
}

/// Returns the byte ranges of the documents: they are parted by lines that start with `---`, which no scalar can hold at the
/// start of a line (<https://yaml.org/spec/1.2.2/#rule-c-forbidden>).
fn split(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let marker = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace()));
        if marker && at > start {
            parts.push(start..at);
            start = at;
        }
        at += line.len();
    }
    parts.push(start..text.len());
    parts.retain(|part| !is_empty(&text[part.clone()]));
    parts
}

/// Returns whether there is nothing but comments, directives and markers.
fn is_empty(text: &str) -> bool {
    text.lines().all(|line| {
        let line = line.trim();
        line.is_empty() || line.starts_with(['#', '%']) || line == "---" || line == "..."
    })
}

#[cfg(test)]
mod tests;
