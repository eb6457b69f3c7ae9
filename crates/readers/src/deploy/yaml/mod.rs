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
        document(text, text, part, &[], &mut yaml);
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
        document(text, &masked.text, part, &masked.directives, &mut yaml);
        if yaml.problems.len() >= PROBLEM_LIMIT {
            break;
        }
    }
    yaml
}

/// Closing brackets that are mended in one document.
const CLOSER_LIMIT: usize = 50;
/// A longer document is not mended: it is parsed again for each bracket.
const MENDED_LIMIT: usize = 512 * 1024;

/// Reads one document. YAML wants a closing bracket that begins a line to stand deeper than the key of its list; most parsers take it
/// anywhere, and people write it below the key. Such a line is read as if it stood behind the one before it.
fn document(
    text: &str,
    masked: &str,
    part: Range<usize>,
    directives: &[template::Directive],
    yaml: &mut Yaml,
) {
    let (documents, problems) = (yaml.documents.len(), yaml.problems.len());
    build::document(text, masked, part.clone(), directives, yaml);
    let mut mended = None;
    for _ in 0..CLOSER_LIMIT {
        let Some((at, _)) = yaml.problems.get(problems) else {
            return;
        };
        let Some(next) = joined(mended.as_deref().unwrap_or(masked), &part, at.start) else {
            return;
        };
        yaml.documents.truncate(documents);
        yaml.problems.truncate(problems);
        build::document(text, &next, part.clone(), directives, yaml);
        mended = Some(next);
    }
}

/// Returns the text, of the same length, with the line of a closing bracket joined to the line before it; None where there is none at
/// that byte, or where a comment stands before it.
fn joined(text: &str, part: &Range<usize>, at: usize) -> Option<String> {
    let before = text.get(part.start..at)?;
    let line = part.start + before.rfind('\n')?;
    let bracket = text[line..].trim_start().starts_with([']', '}']);
    let last = text[part.start..line].rsplit('\n').next()?;
    if !bracket || last.contains('#') || part.len() > MENDED_LIMIT {
        return None;
    }
    Some(format!("{} {}", &text[..line], &text[line + 1..]))
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
