//! HCL, as Terraform writes it: <https://developer.hashicorp.com/terraform/language/syntax/configuration>.
//!
//! A block is a pair: its type and its labels are the keys on the way to its body. An expression is not evaluated.

use std::ops::Range;

use super::tree::{DEPTH_LIMIT, Node, Value};
use crate::code::syntax::{self, parsed};

/// Returns the body of a file, or why there is none, as a sentence without its end.
pub(super) fn read(text: &str) -> Result<Node, &'static str> {
    let nodes = parsed(text, &tree_sitter_hcl::LANGUAGE.into())?;
    let tree = Hcl {
        text,
        nodes: &nodes,
    };
    let body = tree.children(0).find(|&c| tree.kind(c) == "body");
    Ok(body.map_or_else(|| Node::null(0..text.len()), |body| tree.body(body, 0)))
}

struct Hcl<'a> {
    text: &'a str,
    nodes: &'a [syntax::Node],
}

impl<'a> Hcl<'a> {
    fn kind(&self, at: usize) -> &'static str {
        self.nodes[at].kind
    }

    fn range(&self, at: usize) -> Range<usize> {
        self.nodes[at].start as usize..self.nodes[at].end as usize
    }

    fn text(&self, at: usize) -> &'a str {
        &self.text[self.range(at)]
    }

    /// Returns the nodes right below, comments and punctuation too.
    fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        let depth = self.nodes[at].depth;
        let below = self.nodes[at + 1..]
            .iter()
            .take_while(move |n| n.depth > depth);
        let below = below.enumerate().filter(move |(_, n)| n.depth == depth + 1);
        below.map(move |(offset, _)| at + 1 + offset)
    }

    fn scalar(&self, at: usize, text: &str) -> Node {
        Node {
            at: self.range(at),
            value: Value::Scalar(text.to_owned()),
        }
    }

    /// Attributes and blocks, in order; those of one name are all kept.
    fn body(&self, at: usize, depth: usize) -> Node {
        let pairs = self.children(at).filter_map(|c| match self.kind(c) {
            "attribute" => {
                let mut parts = self.children(c);
                let key = parts.next()?;
                let value = parts.find(|&p| self.kind(p) == "expression")?;
                Some((
                    self.scalar(key, self.text(key)),
                    self.value(value, depth + 1),
                ))
            }
            "block" => self.block(c, depth + 1),
            _ => None,
        });
        Node {
            at: self.range(at),
            value: Value::Map(pairs.collect()),
        }
    }

    fn block(&self, at: usize, depth: usize) -> Option<(Node, Node)> {
        let keys = self.children(at).filter_map(|c| match self.kind(c) {
            "identifier" => Some(self.scalar(c, self.text(c))),
            "string_lit" => Some(self.scalar(c, self.text(c).trim_matches('"'))),
            _ => None,
        });
        let mut keys: Vec<Node> = keys.collect();
        let body = self.children(at).find(|&c| self.kind(c) == "body");
        let empty = || Node {
            at: self.range(at),
            value: Value::Map(Vec::new()),
        };
        let mut inner = match body {
            Some(_) if depth >= DEPTH_LIMIT => return None,
            Some(body) => self.body(body, depth),
            None => empty(),
        };
        keys.truncate(DEPTH_LIMIT);
        let first = (!keys.is_empty()).then(|| keys.remove(0))?;
        for key in keys.into_iter().rev() {
            inner = Node {
                at: self.range(at),
                value: Value::Map(vec![(key, inner)]),
            };
        }
        Some((first, inner))
    }

    fn value(&self, at: usize, depth: usize) -> Node {
        let whole = || Node {
            at: self.range(at),
            value: Value::Opaque(self.text(at).to_owned(), Vec::new()),
        };
        let mut inner = at;
        // What wraps one value and nothing else.
        while matches!(
            self.kind(inner),
            "expression" | "literal_value" | "collection_value"
        ) {
            let Some(next) = self.children(inner).next() else {
                return whole();
            };
            inner = next;
        }
        match self.kind(inner) {
            _ if depth >= DEPTH_LIMIT => whole(),
            "string_lit" => {
                let literal = self
                    .children(inner)
                    .find(|&c| self.kind(c) == "template_literal");
                self.scalar(inner, literal.map_or("", |l| self.text(l)))
            }
            "numeric_lit" | "bool_lit" => self.scalar(inner, self.text(inner)),
            "null_lit" => Node::null(self.range(inner)),
            "tuple" => {
                let items = self
                    .children(inner)
                    .filter(|&c| self.kind(c) == "expression");
                Node {
                    at: self.range(inner),
                    value: Value::List(items.map(|i| self.value(i, depth + 1)).collect()),
                }
            }
            "object" => {
                let pairs = self
                    .children(inner)
                    .filter(|&c| self.kind(c) == "object_elem");
                let pairs = pairs.filter_map(|pair| {
                    let mut sides = self
                        .children(pair)
                        .filter(|&c| self.kind(c) == "expression");
                    let (key, value) = (sides.next()?, sides.next()?);
                    let key = self.scalar(key, self.text(key).trim_matches('"'));
                    Some((key, self.value(value, depth + 1)))
                });
                Node {
                    at: self.range(inner),
                    value: Value::Map(pairs.collect()),
                }
            }
            _ => whole(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_attributes_and_objects_are_a_tree() {
        let text = "# c\nresource \"a\" \"b\" {\n  x = \"one two\"\n  o = { p = { q = [1, \"y\"] } }\n  t = \"a ${var.x}\"\n}\nresource \"a\" \"c\" {}\n";
        let tree = read(text).unwrap();
        let resources: Vec<&Node> = tree.pairs().iter().map(|(_, v)| v).collect();
        assert_eq!(resources.len(), 2);
        let first = resources[0].at_path(&["a", "b"]).unwrap();
        assert_eq!(first.text_at(&["x"]), Some("one two"));
        let list = first.at_path(&["o", "p", "q"]).unwrap();
        assert_eq!(list.texts(), ["1", "y"]);
        assert!(matches!(first.get("t").unwrap().value, Value::Opaque(..)));
        assert!(resources[1].at_path(&["a", "c"]).is_some());
    }

    #[test]
    fn what_is_no_hcl_or_nested_without_end_comes_to_an_end() {
        assert!(read("").unwrap().pairs().is_empty());
        assert!(read(&"x = [".repeat(10_000)).is_err());
        let deep = format!("{}{}", "b {\n".repeat(450), "}\n".repeat(450));
        assert!(read(&deep).is_ok());
        let _ = read("a = = \"");
    }
}
