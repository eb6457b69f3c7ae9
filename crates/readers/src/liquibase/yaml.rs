//! YAML and JSON as a tree.

use std::ops::Range;

use crate::deploy::tree::{Node, Value};
use crate::deploy::yaml;

use super::tree::{DEEPEST, Item, Text};

/// What could not be read, and why.
type Problems = Vec<(Range<usize>, String)>;

/// Returns the tree of all documents as one.
pub(super) fn tree(text: &str) -> (Item, Problems) {
    let yaml = yaml::read(text);
    let mut root = Item::default();
    for document in &yaml.documents {
        if let Some((key, value)) = document.entry("databaseChangeLog") {
            let more = item("databaseChangeLog", key, value, 0);
            root.items.extend(more.items);
        }
    }
    (root, yaml.problems)
}

fn item(name: &str, key: &Node, value: &Node, depth: usize) -> Item {
    let mut made = Item {
        name: name.to_owned(),
        at: key.at.clone(),
        ..Item::default()
    };
    if depth < DEEPEST {
        fill(&mut made, value, name == "rollback", depth);
    }
    made
}

/// Adds what a value holds. In a list of changes a scalar is a change too: `- sql: DROP TABLE a`.
fn fill(made: &mut Item, value: &Node, changes: bool, depth: usize) {
    match &value.value {
        Value::Scalar(_) | Value::Opaque(..) => made.text = text(value),
        // `columns: [ { column: … } ]`: what the list is called says no more than what stands in it.
        Value::List(items) => items.iter().for_each(|i| fill(made, i, changes, depth)),
        Value::Map(_) => {
            for (name, key, value) in value.entries() {
                match &value.value {
                    Value::Scalar(_) | Value::Opaque(..) if !changes => {
                        made.attributes.push((name.to_owned(), text(value)));
                    }
                    Value::List(items) if is_plural(name) => {
                        let changes = name == "changes";
                        items.iter().for_each(|i| fill(made, i, changes, depth));
                    }
                    Value::Null if is_plural(name) => {}
                    _ => made.items.push(item(name, key, value, depth + 1)),
                }
            }
        }
        Value::Null => {}
    }
}

/// Returns whether a list of that name only holds what an element of XML holds itself.
fn is_plural(name: &str) -> bool {
    matches!(name, "changes" | "columns" | "whereParams")
}

fn text(node: &Node) -> Text {
    Text {
        value: node.text().unwrap_or_default().to_owned(),
        at: node.at.clone(),
    }
}
