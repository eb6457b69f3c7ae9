//! Mappers of MyBatis: SQL in XML, with tags that put parts of a statement in or leave them out.
//!
//! Each statement is written out as one text ([`text`]) and read as SQL. What stands in an `<if>` or in one branch of a `<choose>` is sent
//! by some calls only, so a use there is less sure. <https://mybatis.org/mybatis-3/sqlmap-xml.html>

mod text;

use std::collections::BTreeMap;

use coexist_model::{Access, Confidence, File, Hints, Manner, Problem, Reader, Reading};
use roxmltree::{Document, Node, ParsingOptions};

use crate::sql;
use crate::sql::accesses::read_accesses;
use text::{Written, written};

/// Nodes of one file that are read.
const MOST_NODES: u32 = 500_000;

/// Mappers of MyBatis.
pub struct MyBatis;

impl Reader for MyBatis {
    fn name(&self) -> &'static str {
        "mybatis"
    }

    fn claims(&self, path: &str, head: &str) -> bool {
        path.ends_with(".xml") && head.contains("<mapper") && head.contains("namespace")
    }

    fn read(&self, file: &File, hints: &Hints) -> Reading {
        let mut reading = Reading::default();
        // Every mapper names its document type; what that declares stands elsewhere and is not fetched.
        let options = ParsingOptions {
            allow_dtd: true,
            nodes_limit: MOST_NODES,
            ..ParsingOptions::default()
        };
        match Document::parse_with_options(&file.text, options) {
            Ok(document) => mapper(file, document.root_element(), hints, &mut reading),
            Err(why) => reading.problems.push(Problem {
                place: file.place(0..0),
                what: format!("the XML cannot be read: {why}"),
                identifiers: Vec::new(),
            }),
        }
        reading
    }
}

fn mapper(file: &File, root: Node<'_, '_>, hints: &Hints, reading: &mut Reading) {
    let dialect = hints
        .dialect
        .or_else(|| sql::dialect_of_path(&file.path))
        .unwrap_or_default();
    let named = root.children().filter(|n| n.has_tag_name("sql"));
    let parts: BTreeMap<&str, Node<'_, '_>> = named
        .filter_map(|n| Some((n.attribute("id")?, n)))
        .collect();
    let kinds = ["select", "insert", "update", "delete"];
    for node in root.children().filter(Node::is_element) {
        if !kinds.contains(&node.tag_name().name()) {
            continue;
        }
        let mut found: Vec<Access> = Vec::new();
        for branch in 0..text::MOST_BRANCHES {
            let text = written(node, &parts, branch);
            let (uses, unread) = read_accesses(&text.text, dialect);
            for one in uses {
                add(file, &text, one, &mut found);
            }
            if let Some(why) = unread.filter(|_| branch == 0) {
                reading.problems.push(Problem {
                    place: file.place(head(file, node)),
                    what: format!("this statement was not understood: {why}"),
                    identifiers: words(&text.text),
                });
            }
            if branch + 1 >= text.branches {
                break;
            }
        }
        reading.accesses.extend(found);
    }
}

fn add(file: &File, text: &Written, one: crate::sql::accesses::Found, found: &mut Vec<Access>) {
    let Some(source) = text.source(&one.span) else {
        return;
    };
    let access = Access {
        surface: one.surface,
        element: one.element,
        mode: one.mode,
        manner: match text.is_perhaps(&one.span) {
            true => Manner::Perhaps,
            false => one.manner,
        },
        confidence: match text.is_perhaps(&one.span) {
            true => one.confidence.min(Confidence::Medium),
            false => one.confidence,
        },
        why: one.why,
        gate: None,
        place: file.place(source),
        conditions: Vec::new(),
        within: None,
        copes: None,
        via: None,
    };
    if !found.contains(&access) {
        found.push(access);
    }
}

/// Returns the opening tag.
fn head(file: &File, node: Node<'_, '_>) -> std::ops::Range<usize> {
    let range = node.range();
    let whole = &file.text[range.clone()];
    let end = whole.find('>').map_or(whole.len(), |at| at + 1);
    range.start..range.start + end
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let mut found: Vec<String> = words
        .filter(|w| w.len() > 1)
        .map(str::to_lowercase)
        .take(2000)
        .collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests;
