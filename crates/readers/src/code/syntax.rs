//! The syntax tree of one file, as a flat list.
//!
//! A tree of `tree-sitter` is walked once with its cursor, which does not recurse, into nodes in the order of the text. What
//! stands below a node is a range of the list, so that no analysis recurses either, however deep a file is nested.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use coexist_model::File;
use tree_sitter::{Language, ParseOptions, Parser, Tree};

use crate::protobuf::generated::Tongue;

use super::macros;
use super::profile::Profile;

/// A node, as an index into [`Syntax`].
pub(super) type Id = usize;

/// A longer file is not source that somebody wrote.
const LONGEST: usize = 4 * 1024 * 1024;
/// Brackets nested deeper than this are not parsed.
const DEEPEST_BRACKETS: usize = 500;
/// A tree deeper than this is not read; a chain of operators makes a tree as deep as it is long.
const DEEPEST_TREE: usize = 4000;

const TOO_MANY: &str = "the file has too many tokens";

/// How many bytes the parser is given at a time.
const PIECE: usize = 4096;

/// A node of the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) kind: &'static str,
    pub(super) field: Option<&'static str>,
    pub(super) named: bool,
    pub(super) error: bool,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// How many nodes stand above.
    pub(crate) depth: u32,
    pub(super) parent: u32,
    /// The index after the last node below this one.
    pub(super) after: u32,
}

/// The syntax tree of one file.
pub(super) struct Syntax<'a> {
    /// The text.
    pub(super) text: &'a str,
    /// What is known of the language.
    pub(super) profile: &'static Profile,
    nodes: Arc<Vec<Node>>,
}

impl<'a> Syntax<'a> {
    /// Returns the tree of a file, which is parsed once; or why there is none, as a sentence without its end.
    pub(super) fn of(file: &'a File, profile: &'static Profile) -> Result<Self, &'static str> {
        let nodes = file.kept(|text| nodes(text, profile));
        Ok(Self {
            text: &file.text,
            profile,
            nodes: Result::clone(&nodes)?,
        })
    }

    /// Parses a text, or says why not, as a sentence without its end.
    pub(super) fn parse(text: &'a str, profile: &'static Profile) -> Result<Self, &'static str> {
        Ok(Self {
            text,
            profile,
            nodes: nodes(text, profile)?,
        })
    }

    /// Returns every node, in the order of the text.
    pub(super) fn all(&self) -> Range<Id> {
        0..self.nodes.len()
    }

    /// Returns the kind of a node, as its grammar names it.
    pub(super) fn kind(&self, id: Id) -> &'static str {
        self.nodes[id].kind
    }

    /// Returns the name of the place that a node has in its parent.
    pub(super) fn role(&self, id: Id) -> Option<&'static str> {
        self.nodes[id].field
    }

    /// Returns whether a node is more than punctuation.
    pub(super) fn is_named(&self, id: Id) -> bool {
        self.nodes[id].named
    }

    /// Returns whether the grammar could not read what stands here.
    pub(super) fn is_error(&self, id: Id) -> bool {
        self.nodes[id].error
    }

    /// Returns the bytes of a node.
    pub(super) fn range(&self, id: Id) -> Range<usize> {
        self.nodes[id].start as usize..self.nodes[id].end as usize
    }

    /// Returns the text of a node.
    pub(super) fn text(&self, id: Id) -> &'a str {
        &self.text[self.range(id)]
    }

    /// Returns the node above, unless it is the root.
    pub(super) fn parent(&self, id: Id) -> Option<Id> {
        (id != 0).then(|| self.nodes[id].parent as usize)
    }

    /// Returns the nodes above, the nearest first.
    pub(super) fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> {
        std::iter::successors(self.parent(id), |&up| self.parent(up))
    }

    /// Returns all nodes below.
    pub(super) fn below(&self, id: Id) -> Range<Id> {
        id + 1..self.nodes[id].after as usize
    }

    /// Returns the nodes right below, punctuation too.
    pub(super) fn children(&self, id: Id) -> impl Iterator<Item = Id> {
        let end = self.nodes[id].after as usize;
        let first = (id + 1 < end).then_some(id + 1);
        std::iter::successors(first, move |&child| {
            let next = self.nodes[child].after as usize;
            (next < end).then_some(next)
        })
    }

    /// Returns the nodes right below that are more than punctuation or a comment.
    pub(super) fn named(&self, id: Id) -> impl Iterator<Item = Id> {
        self.children(id)
            .filter(|&c| self.is_named(c) && !self.is_comment(c))
    }

    /// Returns the first child in a place.
    pub(super) fn child(&self, id: Id, role: &str) -> Option<Id> {
        self.children(id).find(|&c| self.role(c) == Some(role))
    }

    /// Returns the first child of a kind.
    pub(super) fn child_of(&self, id: Id, kind: &str) -> Option<Id> {
        self.children(id).find(|&c| self.kind(c) == kind)
    }

    /// Returns whether a node is a comment.
    pub(super) fn is_comment(&self, id: Id) -> bool {
        self.profile.comments.contains(&self.kind(id))
    }

    /// Returns the nearest node above whose kind is one of these.
    pub(super) fn above(&self, id: Id, kinds: &[&str]) -> Option<Id> {
        self.ancestors(id)
            .find(|&up| kinds.contains(&self.kind(up)))
    }

    /// Returns whether one node is, or stands below, another.
    pub(super) fn is_within(&self, id: Id, outer: Id) -> bool {
        id == outer || self.below(outer).contains(&id)
    }
}

fn nodes(text: &str, profile: &Profile) -> Result<Arc<Vec<Node>>, &'static str> {
    let mut nodes = parsed(text, &(profile.grammar)())?;
    if profile.tongue == Tongue::Rust {
        nodes = macros::expanded(nodes, text, profile);
    }
    link(&mut nodes)?;
    Ok(Arc::new(nodes))
}

/// Returns the nodes of a text in any grammar, or why there are none, as a sentence without its end. What stands below a node follows
/// it with a greater depth.
pub(crate) fn parsed(text: &str, language: &Language) -> Result<Vec<Node>, &'static str> {
    if text.len() > LONGEST {
        return Err("the file is too long to be read as source code");
    }
    if bracket_depth(text) > DEEPEST_BRACKETS {
        return Err("brackets are nested too deeply");
    }
    flatten(&parse(text, language).ok_or("parsing takes too long")?)
}

fn parse(text: &str, language: &Language) -> Option<Tree> {
    thread_local! {
        /// One for all files of a thread, as it keeps the memory that it took. A language that is set makes it forget the last file.
        static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
    }
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(language).ok()?;
        parse_with(parser, text, text.len())
    })
}

/// Parses what the parser is set to, which is that many bytes of the text; None where that takes too long.
pub(super) fn parse_with(parser: &mut Parser, text: &str, length: usize) -> Option<Tree> {
    // The parser asks after every hundred steps. A step takes about a token; text that no grammar takes costs more of them.
    let mut left = length / 20 + 500;
    // A step can look ahead to the end of the text each time. What is looked at is handed out in pieces, and these are counted too.
    let pieces = std::cell::Cell::new(length / PIECE * 40 + 4000);
    let mut go_on = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        left == 0 || pieces.get() == 0
    };
    let options = ParseOptions::new().progress_callback(&mut go_on);
    let bytes = text.as_bytes();
    let tree = parser.parse_with_options(
        &mut |at, _| {
            pieces.set(pieces.get().saturating_sub(1));
            let end = if pieces.get() == 0 { 0 } else { at + PIECE };
            bytes.get(at..end.min(bytes.len())).unwrap_or_default()
        },
        None,
        Some(options),
    );
    tree.filter(|_| pieces.get() != 0)
}

/// Returns the nodes of a tree in the order of the text, not yet linked.
pub(super) fn flatten(tree: &Tree) -> Result<Vec<Node>, &'static str> {
    let mut nodes: Vec<Node> = Vec::with_capacity(tree.root_node().descendant_count());
    let mut cursor = tree.walk();
    let mut names = Names::of(tree);
    let mut depth = 0;
    loop {
        let node = cursor.node();
        nodes.push(Node {
            kind: names.kind(node),
            field: names.field(&cursor),
            named: node.is_named(),
            error: node.is_error() || node.is_missing(),
            start: u32::try_from(node.start_byte()).map_err(|_| TOO_MANY)?,
            end: u32::try_from(node.end_byte()).map_err(|_| TOO_MANY)?,
            depth,
            parent: 0,
            after: 0,
        });
        if cursor.goto_first_child() {
            depth += 1;
            if depth as usize > DEEPEST_TREE {
                return Err("the code is nested too deeply");
            }
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Ok(nodes);
            }
            depth -= 1;
        }
    }
}

/// The names that a grammar has for numbers, looked up once: they come as texts of C, whose length must be counted.
struct Names {
    kinds: Vec<Option<&'static str>>,
    fields: Vec<Option<&'static str>>,
}

impl Names {
    fn of(tree: &Tree) -> Self {
        let language = tree.language();
        Self {
            kinds: vec![None; language.node_kind_count()],
            // They are counted from 1.
            fields: vec![None; language.field_count() + 1],
        }
    }

    fn kind(&mut self, node: tree_sitter::Node<'_>) -> &'static str {
        match self.kinds.get_mut(usize::from(node.kind_id())) {
            Some(known) => known.get_or_insert_with(|| node.kind()),
            // What is no syntax has a number beyond all others.
            None => node.kind(),
        }
    }

    fn field(&mut self, cursor: &tree_sitter::TreeCursor<'_>) -> Option<&'static str> {
        let known = self.fields.get_mut(usize::from(cursor.field_id()?.get()))?;
        if known.is_none() {
            *known = cursor.field_name();
        }
        *known
    }
}

/// Tells each node which one stands above it, and where what stands below it ends.
fn link(nodes: &mut [Node]) -> Result<(), &'static str> {
    let mut open: Vec<u32> = Vec::new();
    for at in 0..nodes.len() {
        let index = u32::try_from(at).map_err(|_| TOO_MANY)?;
        close(nodes, &mut open, nodes[at].depth as usize, index);
        nodes[at].parent = open.last().copied().unwrap_or_default();
        open.push(index);
    }
    let end = u32::try_from(nodes.len()).map_err(|_| TOO_MANY)?;
    close(nodes, &mut open, 0, end);
    Ok(())
}

/// Ends what is open below a depth.
fn close(nodes: &mut [Node], open: &mut Vec<u32>, depth: usize, end: u32) {
    for ended in open.drain(depth.min(open.len())..) {
        nodes[ended as usize].after = end;
    }
}

/// Returns how deep brackets are nested; those that nothing opens count too.
fn bracket_depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut lowest) = (0i64, 0i64, 0i64);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth - lowest);
        lowest = lowest.min(depth);
    }
    usize::try_from(deepest.max(-lowest)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::profile::profile_of;

    #[test]
    fn a_parser_that_looks_to_the_end_at_each_step_is_stopped() {
        let text = format!(
            "val x = {}x{}\n",
            "a ? ".repeat(10_000),
            ": b".repeat(10_000)
        ) + &"if a {} else ".repeat(10_000);
        let kotlin = profile_of("a.kt", "").unwrap();
        assert_eq!(
            Syntax::parse(&text, kotlin).err(),
            Some("parsing takes too long")
        );
    }

    #[test]
    fn a_long_file_is_parsed() {
        let text = "fun f() { db.query(\"SELECT näme FROM users\") } // ü\n".repeat(20_000);
        let kotlin = profile_of("a.kt", "").unwrap();
        let syntax = Syntax::parse(&text, kotlin).unwrap_or_else(|why| panic!("{why}"));
        assert!(!syntax.all().any(|id| syntax.is_error(id)));
    }
}
