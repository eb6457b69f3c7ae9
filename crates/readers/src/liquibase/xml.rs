//! XML as a tree. There are no entities besides those of XML itself: a document type is refused.

use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};

use super::tree::{DEEPEST, Item, Text};

/// Nodes of one file that are read.
const MOST_NODES: u32 = 1_000_000;

/// Returns the tree; or where it cannot be read, and why.
pub(super) fn tree(text: &str) -> Result<Item, (Range<usize>, String)> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    match Document::parse_with_options(text, options) {
        Ok(document) => Ok(item(document.root_element(), text, 0)),
        Err(error) => Err((
            offset(text, error.pos()),
            format!("the XML cannot be read: {error}"),
        )),
    }
}

fn offset(text: &str, at: roxmltree::TextPos) -> Range<usize> {
    let line = usize::try_from(at.row.saturating_sub(1)).unwrap_or(0);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let length = text[start..].lines().next().map_or(0, str::len);
    start..start + length
}

fn item(node: Node<'_, '_>, source: &str, depth: usize) -> Item {
    let range = node.range();
    let whole = &source[range.clone()];
    let head = whole.find('>').map_or(whole.len(), |at| at + 1);
    let attributes = node.attributes().map(|a| {
        let text = Text {
            value: a.value().to_owned(),
            at: a.range_value(),
        };
        (a.name().to_owned(), text)
    });
    let inner = (depth < DEEPEST).then(|| node.children().filter(Node::is_element));
    Item {
        name: node.tag_name().name().to_owned(),
        at: range.start..range.start + head,
        attributes: attributes.collect(),
        items: inner
            .into_iter()
            .flatten()
            .map(|child| item(child, source, depth + 1))
            .collect(),
        text: text(node),
    }
}

/// Returns the texts of a node as one: comments and elements part them.
fn text(node: Node<'_, '_>) -> Text {
    let texts: Vec<Node<'_, '_>> = node.children().filter(Node::is_text).collect();
    let value: String = texts.iter().filter_map(Node::text).collect();
    let at = match (texts.first(), texts.last()) {
        (Some(first), Some(last)) => first.range().start..last.range().end,
        _ => node.range().start..node.range().start,
    };
    if value.trim().is_empty() {
        return Text::default();
    }
    Text { value, at }
}
