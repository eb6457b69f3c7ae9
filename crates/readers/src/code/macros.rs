//! What Rust macros are given, as the syntax that it is.
//!
//! The grammar keeps the argument of a macro as bare tokens, since only the macro knows what they mean. Most macros take
//! expressions (`assert_eq!(a, b)`), statements or items (`db_object! { struct User { … } }`), and many that have words of their own
//! take blocks of statements between them (`db_run! { conn: { … } }`). What parses as Rust is put in the place of the tokens;
//! what does not stays tokens, and each block in it is tried on its own.

use tree_sitter::{Parser, Range as Span};

use super::profile::Profile;
use super::syntax::{Node, flatten, parse_with};

/// Macros in macros deeper than this stay tokens.
const DEEPEST: usize = 12;

const MACRO: &str = "macro_invocation";
const TOKENS: &str = "token_tree";

/// What stands between two brackets, as syntax.
const BRACKETED: &[&str] = &[
    "block",
    "tuple_expression",
    "parenthesized_expression",
    "unit_expression",
    "array_expression",
];

/// Replaces the tokens in the macros of a parsed text by syntax, where they are such.
pub(super) fn expanded(nodes: Vec<Node>, text: &str, profile: &Profile) -> Vec<Node> {
    if !nodes.iter().any(|n| n.kind == MACRO) {
        return nodes;
    }
    let mut parser = Parser::new();
    if parser.set_language(&(profile.grammar)()).is_err() {
        return nodes;
    }
    let mut reader = Reader {
        parser,
        text,
        // What did not parse is tried again block by block: this bounds what deep nesting costs.
        left: text.len() * 6 + 4096,
    };
    reader.expanded(&nodes, 0)
}

struct Reader<'a> {
    parser: Parser,
    text: &'a str,
    /// The bytes that may yet be parsed.
    left: usize,
}

impl Reader<'_> {
    fn expanded(&mut self, nodes: &[Node], level: usize) -> Vec<Node> {
        let mut out: Vec<Node> = Vec::with_capacity(nodes.len());
        // The kinds of the nodes that are open, by their depth.
        let mut open: Vec<&str> = Vec::new();
        let mut at = 0;
        while let Some(&node) = nodes.get(at) {
            at += 1;
            open.truncate(node.depth as usize);
            let around = open.last().copied().unwrap_or_default();
            open.push(node.kind);
            let is_argument = node.kind == TOKENS && around == MACRO;
            // What an attempt at the whole argument took does not come by here.
            let is_block = node.kind == TOKENS && around == TOKENS && self.begins_block(&node);
            let syntax = (is_argument || is_block).then(|| self.syntax(&node, level));
            let field = is_argument.then_some("arguments").or(node.field);
            let Some(inner) = syntax.flatten() else {
                out.push(Node { field, ..node });
                continue;
            };
            let kind = if is_argument { "arguments" } else { "block" };
            out.push(Node {
                field,
                kind,
                ..node
            });
            out.extend(inner.into_iter().map(|n| Node {
                depth: n.depth + node.depth,
                ..n
            }));
            at += nodes[at..]
                .iter()
                .take_while(|n| n.depth > node.depth)
                .count();
        }
        out
    }

    fn begins_block(&self, node: &Node) -> bool {
        self.text.as_bytes().get(node.start as usize) == Some(&b'{')
    }

    /// Returns what stands in the brackets of a token tree, if all of it is expressions, statements or items: the nodes below, from
    /// a depth of 1.
    fn syntax(&mut self, tree: &Node, level: usize) -> Option<Vec<Node>> {
        let (start, end) = (tree.start as usize, tree.end as usize);
        if level >= DEEPEST || end - start > self.left {
            return None;
        }
        self.left -= end - start;
        let span = Span {
            start_byte: start,
            end_byte: end,
            start_point: tree_sitter::Point::default(),
            end_point: tree_sitter::Point::default(),
        };
        self.parser.set_included_ranges(&[span]).ok()?;
        let parsed = parse_with(&mut self.parser, self.text, end - start)?;
        let mut nodes = flatten(&parsed).ok()?;
        // The semicolon behind the last expression may be missing; nothing else may.
        if nodes
            .iter()
            .any(|n| n.error && !(n.start == tree.end && n.end == tree.end))
        {
            return None;
        }
        nodes.retain(|n| !n.error);
        let whole = nodes.iter().position(|n| {
            BRACKETED.contains(&n.kind) && (n.start, n.end) == (tree.start, tree.end)
        })?;
        let depth = nodes[whole].depth;
        let inner: Vec<Node> = nodes[whole + 1..]
            .iter()
            .take_while(|n| n.depth > depth)
            .map(|n| Node {
                depth: n.depth - depth,
                ..*n
            })
            .collect();
        Some(self.expanded(&inner, level + 1))
    }
}
