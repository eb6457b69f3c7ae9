//! Events to tree.

use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, Span};

use super::template::Directive;
use super::{Yaml, template};
use crate::deploy::tree::{DEPTH_LIMIT, Node, Value, one_line};

/// Nodes that aliases may copy in one document: a page of aliases to aliases stands for billions.
const COPY_LIMIT: usize = 50_000;

/// Reads one document, the bytes `part` of `masked`, and adds its tree or its problem.
pub(super) fn document(
    text: &str,
    masked: &str,
    part: Range<usize>,
    directives: &[Directive],
    yaml: &mut Yaml,
) {
    let chunk = &masked[part.clone()];
    let first = directives.partition_point(|d| d.at.end <= part.start);
    let last = directives.partition_point(|d| d.at.start < part.end);
    let mut builder = Builder {
        text,
        offsets: Offsets::new(chunk, part.start),
        directives: &directives[first..last.max(first)],
        stack: Vec::new(),
        done: Vec::new(),
        anchors: BTreeMap::new(),
        copied: 0,
        problems: Vec::new(),
        templated: yaml.templated,
    };
    match builder.run(chunk) {
        Ok(()) => {
            yaml.problems.append(&mut builder.problems);
            yaml.documents.append(&mut builder.done);
        }
        Err(problem) => yaml.problems.push(problem),
    }
}

/// From characters, in which the parser counts, to bytes of the file.
struct Offsets {
    base: usize,
    len: usize,
    /// The byte of every character; empty where all have one byte.
    bytes: Vec<u32>,
}

impl Offsets {
    fn new(chunk: &str, base: usize) -> Self {
        let bytes = if chunk.is_ascii() {
            Vec::new()
        } else {
            let starts = chunk.char_indices().map(|(at, _)| at);
            starts
                .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
                .collect()
        };
        Self {
            base,
            len: chunk.len(),
            bytes,
        }
    }

    fn byte(&self, character: usize) -> usize {
        let within = if self.bytes.is_empty() {
            character
        } else {
            self.bytes
                .get(character)
                .map_or(self.len, |&at| at as usize)
        };
        self.base + within.min(self.len)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }
}

/// A list or map that is not closed yet.
struct Open {
    start: usize,
    anchor: usize,
    map: bool,
    nodes: Vec<Node>,
}

struct Builder<'a> {
    text: &'a str,
    offsets: Offsets,
    directives: &'a [Directive],
    stack: Vec<Open>,
    done: Vec<Node>,
    /// Anchored nodes and how many nodes each holds.
    anchors: BTreeMap<usize, (Node, usize)>,
    copied: usize,
    problems: Vec<(Range<usize>, String)>,
    templated: bool,
}

type Broken = (Range<usize>, String);

impl Builder<'_> {
    fn run(&mut self, chunk: &str) -> Result<(), Broken> {
        let mut parser = Parser::new_from_str(chunk);
        while let Some(event) = parser.next_event() {
            match event {
                Ok((Event::StreamEnd, _)) => break,
                Ok((event, span)) => self.event(event, span)?,
                Err(error) => {
                    let at = self.offsets.byte(error.marker().index());
                    return Err((at..at, format!("this is no YAML: {}", error.info())));
                }
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Broken> {
        let at = self.offsets.range(span);
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let empty = text.is_empty() && style == saphyr_parser::ScalarStyle::Plain;
                let plain = style == saphyr_parser::ScalarStyle::Plain;
                let node = self.scalar(
                    &text,
                    at,
                    empty || (plain && matches!(&*text, "~" | "null")),
                );
                self.anchor(anchor, &node);
                self.add(node);
            }
            Event::Alias(id) => self.alias(id, at),
            Event::SequenceStart(anchor, _) => self.open(at, anchor, false)?,
            Event::MappingStart(anchor, _) => self.open(at, anchor, true)?,
            Event::SequenceEnd | Event::MappingEnd => self.close(at.end),
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, at: Range<usize>, anchor: usize, map: bool) -> Result<(), Broken> {
        if self.stack.len() >= DEPTH_LIMIT {
            return Err((
                at,
                format!("this is nested more than {DEPTH_LIMIT} levels deep and was not read"),
            ));
        }
        self.stack.push(Open {
            start: at.start,
            anchor,
            map,
            nodes: Vec::new(),
        });
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.stack.pop() else { return };
        // The parser ends a block at the token after it; its last value ends it for a reader.
        let inner = open.nodes.last().map_or(open.start, |n| n.at.end);
        let flow = self
            .text
            .as_bytes()
            .get(open.start)
            .is_some_and(|b| matches!(b, b'{' | b'['));
        let end = if flow { end.max(inner) } else { inner };
        let value = if open.map {
            Value::Map(self.pairs(open.nodes))
        } else {
            Value::List(open.nodes)
        };
        let node = Node {
            at: open.start..end,
            value,
        };
        self.anchor(open.anchor, &node);
        self.add(node);
    }

    fn pairs(&mut self, nodes: Vec<Node>) -> Vec<(Node, Node)> {
        let mut pairs: Vec<(Node, Node)> = Vec::with_capacity(nodes.len() / 2);
        let mut names = std::collections::BTreeSet::new();
        let mut nodes = nodes.into_iter();
        while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
            let name = key.text().map(str::to_owned);
            let fresh = name
                .as_ref()
                .is_none_or(|n| n == "<<" || names.insert(n.clone()));
            if fresh {
                pairs.push((key, value));
            } else if !self.templated {
                // Branches of a template repeat keys rightly; elsewhere parsers disagree on which one counts.
                let name = name.unwrap_or_default();
                self.problems.push((
                    key.at,
                    format!("the key {name} stands twice; the first one was read"),
                ));
            }
        }
        self.fill_templates(&mut pairs);
        pairs
    }

    /// Gives a key without a value the directive on the lines below it: `resources:` followed by `{{- toYaml .Values.x }}`.
    fn fill_templates(&self, pairs: &mut [(Node, Node)]) {
        if self.directives.is_empty() {
            return;
        }
        let next: Vec<usize> = pairs.iter().skip(1).map(|(k, _)| k.at.start).collect();
        for (index, (key, value)) in pairs.iter_mut().enumerate() {
            if value.value != Value::Null {
                continue;
            }
            let first = self.directives.partition_point(|d| d.at.start < key.at.end);
            let below = self.directives[first..].iter().take(20).take_while(|d| {
                let end = next.get(index).copied().unwrap_or(usize::MAX);
                let gap = self
                    .text
                    .get(key.at.end + 1..d.at.start)
                    .unwrap_or_default();
                d.at.start < end && only_directives(gap)
            });
            if let Some(directive) = below.into_iter().find(|d| d.prints) {
                value.at = directive.at.clone();
                value.value = Value::Scalar(canonical(&self.text[directive.at.clone()]));
            }
        }
    }

    fn scalar(&self, text: &str, at: Range<usize>, null: bool) -> Node {
        let first = self.directives.partition_point(|d| d.at.end <= at.start);
        let touches = self
            .directives
            .get(first)
            .is_some_and(|d| d.at.start < at.end);
        let value = if touches {
            Value::Scalar(canonical(&self.text[at.clone()]))
        } else if null {
            Value::Null
        } else {
            Value::Scalar(text.to_owned())
        };
        Node { at, value }
    }

    fn alias(&mut self, id: usize, at: Range<usize>) {
        let known = self.anchors.get(&id);
        let size = known.map_or(1, |(_, size)| *size);
        let deep = known.is_some_and(|(node, _)| self.stack.len() + depth(node) > DEPTH_LIMIT);
        self.copied += size;
        let node = match known {
            Some((node, _)) if self.copied <= COPY_LIMIT && !deep => node.clone(),
            Some(_) => {
                if self.copied - size <= COPY_LIMIT {
                    self.problems.push((
                        at.clone(),
                        "aliases stand for too much and were not followed".to_owned(),
                    ));
                }
                Node::null(at)
            }
            None => Node::null(at),
        };
        self.add(node);
    }

    fn anchor(&mut self, anchor: usize, node: &Node) {
        if anchor > 0 {
            let mut size = 0;
            node.walk(&mut |_| size += 1);
            // A list of anchors around each other would be copied once per level.
            self.copied += size;
            if self.copied <= COPY_LIMIT {
                self.anchors.insert(anchor, (node.clone(), size));
            }
        }
    }

    fn add(&mut self, node: Node) {
        match self.stack.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.done.push(node),
        }
    }
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar(_) => 1,
        Value::List(nodes) | Value::Opaque(_, nodes) => {
            1 + nodes.iter().map(depth).max().unwrap_or(0)
        }
        Value::Map(pairs) => 1 + pairs.iter().map(|(_, v)| depth(v)).max().unwrap_or(0),
    }
}

/// Returns whether a text holds directives and white space alone.
fn only_directives(text: &str) -> bool {
    template::mask(text)
        .text
        .trim_matches(|c: char| c == ':' || c.is_whitespace())
        .is_empty()
}

/// Returns one spelling of a value with directives in it: without quotes, trim markers and needless white space.
fn canonical(raw: &str) -> String {
    let raw = raw.trim();
    let quoted = raw.len() > 1
        && ['"', '\'']
            .iter()
            .any(|q| raw.starts_with(*q) && raw.ends_with(*q));
    let inner = if quoted { &raw[1..raw.len() - 1] } else { raw };
    one_line(&inner.replace("{{-", "{{ ").replace("-}}", " }}"))
}
