//! Formatted SQL: a file of SQL whose comments part its changesets.
//!
//! Like Liquibase itself this goes by lines: <https://docs.liquibase.com/concepts/changelogs/sql-format.html>.

use std::ops::Range;

use super::changesets::{Changesets, Head, Open};

/// Returns whether the first line that says something names the form.
pub(crate) fn is_formatted(head: &str) -> bool {
    let mut lines = head.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.next().is_some_and(|line| {
        let words = comment(line).map(str::to_ascii_lowercase);
        words.is_some_and(|w| w.starts_with("liquibase formatted"))
    })
}

/// Returns what a comment of one line says.
fn comment(line: &str) -> Option<&str> {
    line.trim().strip_prefix("--").map(str::trim)
}

/// A changeset, line by line.
struct Draft {
    open: Open,
    /// The SQL that it runs, as parts of the file.
    forward: Vec<Range<usize>>,
    /// The SQL of its way back.
    back: Vec<Range<usize>>,
    conditional: bool,
    /// Whether a comment of several lines is open that holds the way back.
    in_rollback: bool,
}

/// Reads the changesets of a file.
pub(super) fn read(all: &mut Changesets<'_>) {
    let text = all.file.text.clone();
    let mut draft: Option<Draft> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        if let Some(rest) = comment(line).and_then(|c| after(c, "changeset")) {
            close(all, &text, draft.take());
            draft = Some(begin(all, rest));
            continue;
        }
        if let Some(draft) = &mut draft {
            add(draft, line, range);
        }
    }
    close(all, &text, draft);
}

/// Returns what follows a word and a blank or colon, whatever the case of the word.
fn after<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let head = line.get(..word.len())?;
    let rest = line.get(word.len()..)?;
    let parted = rest.is_empty() || rest.starts_with([' ', '\t', ':']);
    (head.eq_ignore_ascii_case(word) && parted).then(|| rest.trim_start_matches([':', ' ', '\t']))
}

fn begin(all: &mut Changesets<'_>, line: &str) -> Draft {
    let (name, rest) = named(line);
    let (author, id) = name.split_once(':').unwrap_or(("", name));
    let is = |key: &str| value(rest, key).is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let head = Head {
        id: id.trim_matches('"'),
        author: author.trim_matches('"'),
        path: value(rest, "logicalFilePath"),
        dbms: value(rest, "dbms"),
        contexts: value(rest, "context").or_else(|| value(rest, "contextFilter")),
        repeatable: is("runOnChange") || is("runAlways"),
    };
    Draft {
        open: all.open(&head),
        forward: Vec::new(),
        back: Vec::new(),
        conditional: false,
        in_rollback: false,
    }
}

/// Returns `author:id`, and what follows it. Either may stand in quotes.
fn named(line: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        quoted ^= c == '"';
        if c.is_whitespace() && !quoted {
            return line.split_at(at);
        }
    }
    (line, "")
}

/// Returns the value of `key:value` or `key="a b"` in a line.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let lower = line.to_ascii_lowercase();
    let key = key.to_ascii_lowercase();
    let starts = lower.match_indices(&key).map(|(at, _)| at);
    for at in starts {
        let begins = at == 0 || line[..at].ends_with([' ', '\t']);
        let rest = line[at + key.len()..].strip_prefix([':', '=']);
        if let Some(rest) = rest.filter(|_| begins) {
            return match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => rest.split_whitespace().next(),
            };
        }
    }
    None
}

fn add(draft: &mut Draft, line: &str, range: Range<usize>) {
    if draft.in_rollback {
        match line.find("*/") {
            Some(end) => {
                draft.back.push(range.start..range.start + end);
                draft.in_rollback = false;
            }
            None => draft.back.push(range),
        }
        return;
    }
    let opens = line.trim_start().strip_prefix("/*").map(str::trim_start);
    if let Some(rest) = opens
        .and_then(|c| after(c, "liquibase"))
        .and_then(|c| after(c, "rollback"))
    {
        let start = range.end - line.len() + offset(line, rest);
        let end = line.find("*/").map_or(range.end, |e| range.start + e);
        draft.back.push(start.min(end)..end);
        draft.in_rollback = !line.contains("*/");
        return;
    }
    let Some(says) = comment(line) else {
        draft.forward.push(range);
        return;
    };
    if let Some(rest) = after(says, "rollback") {
        let start = range.start + offset(line, rest);
        draft.back.push(start..range.end);
    } else if let Some(rest) = after(says, "preconditions") {
        let passes = value(rest, "onFail");
        draft.conditional = passes.is_some_and(|v| !v.eq_ignore_ascii_case("HALT"));
    } else {
        // Any other comment is one of SQL.
        draft.forward.push(range);
    }
}

/// Returns where a part of a line begins in it.
fn offset(line: &str, part: &str) -> usize {
    let end = line.trim_end_matches(['\n', '\r']).trim_end().len();
    end.saturating_sub(part.trim_end().len())
}

fn close(all: &mut Changesets<'_>, text: &str, draft: Option<Draft>) {
    let Some(draft) = draft else { return };
    all.conditional = draft.conditional;
    sql(all, text, &draft.forward);
    let words = draft.back.iter().map(|r| text[r.clone()].trim());
    let way_back: Vec<&str> = words.filter(|w| !w.is_empty()).collect();
    let nothing = ["empty", "not required"];
    let is_none =
        matches!(way_back.as_slice(), [one] if nothing.contains(&one.to_lowercase().as_str()));
    if !is_none {
        all.backwards(|all| sql(all, text, &draft.back));
    }
    all.conditional = false;
    all.close(draft.open);
}

/// Reads parts of the file as one text of SQL.
fn sql(all: &mut Changesets<'_>, text: &str, parts: &[Range<usize>]) {
    let mut joined = String::new();
    // Where each part begins in the text, and in the file.
    let mut starts: Vec<(usize, usize)> = Vec::new();
    for part in parts {
        starts.push((joined.len(), part.start));
        joined.push_str(&text[part.clone()]);
    }
    let source = |at: usize| {
        let before = starts.iter().rev().find(|(start, _)| *start <= at);
        before.map_or(at, |(start, file)| file + (at - start))
    };
    let file = all.file;
    all.sql_at(&joined, &|part| {
        let start = source(part.start);
        file.place(start..source(part.end.saturating_sub(1)).max(start) + 1)
    });
}
