//! The one layout of a design: a statement per line, two spaces per block. A block that was written on one line stays on one where it fits.
//!
//! It moves tokens and comments and changes none: where the tokens of the result would not be those of the text, nothing is done.

use std::collections::BTreeMap;

use super::lexer::{self, Comment, Kind, Token};
use super::node::{self, Block, Node, Part};
use super::{Problem, parse};

/// Columns of a block on one line.
const WIDTH: usize = 100;

/// Returns the text in the one layout, or what has to be mended first.
pub fn format(text: &str) -> Result<String, Vec<Problem>> {
    let problems = parse(text).problems;
    if !problems.is_empty() {
        return Err(problems);
    }
    let nodes = node::nodes(text);
    let mut printer = Printer {
        text,
        comments: nodes.comments.iter().map(|c| (c.span.start, *c)).collect(),
        out: String::new(),
    };
    printer.block(&nodes.root, 0);
    match same_tokens(text, &printer.out) {
        true => Ok(printer.out),
        false => Ok(text.to_owned()),
    }
}

/// Whether two texts hold the same tokens and comments, but for what ends statements.
fn same_tokens(one: &str, other: &str) -> bool {
    let (one, other) = (lexer::tokens(one), lexer::tokens(other));
    let counts = |t: &&Token<'_>| !t.is_mark(";");
    let left = one.tokens.iter().filter(counts).map(|t| (t.kind, t.text));
    let right = other.tokens.iter().filter(counts).map(|t| (t.kind, t.text));
    // A comment from the middle of a statement moves before it.
    let sorted = |comments: &[Comment<'_>]| {
        let mut all: Vec<String> = comments.iter().map(|c| c.text.to_owned()).collect();
        all.sort();
        all
    };
    left.eq(right) && sorted(&one.comments) == sorted(&other.comments)
}

struct Printer<'a> {
    text: &'a str,
    /// Comments that are not printed yet, by where they start.
    comments: BTreeMap<usize, Comment<'a>>,
    out: String,
}

impl<'a> Printer<'a> {
    /// Prints the statements of a block, and the comments between them.
    fn block(&mut self, block: &Block<'a>, depth: usize) {
        let mut first = true;
        for (index, node) in block.nodes.iter().enumerate() {
            let span = node.span();
            first &= !self.own_lines(span.start, depth, first);
            self.blank_line(span.start, first);
            self.hoist(node, depth);
            self.indent(depth);
            self.node(node, depth);
            let next = block
                .nodes
                .get(index + 1)
                .map_or(block.close.start, |n| n.span().start);
            self.trailing(span.end, next);
            self.out.push('\n');
            first = false;
        }
        self.own_lines(block.close.start, depth, first);
    }

    fn indent(&mut self, depth: usize) {
        self.out.extend(std::iter::repeat_n("  ", depth));
    }

    /// Takes the comments that start in a range.
    fn take(&mut self, from: usize, to: usize) -> Vec<Comment<'a>> {
        if from >= to {
            return Vec::new();
        }
        let found: Vec<Comment<'a>> = self.comments.range(from..to).map(|(_, c)| *c).collect();
        for comment in &found {
            self.comments.remove(&comment.span.start);
        }
        found
    }

    /// Prints the comments before a place, each on a line of its own; returns whether there were any.
    fn own_lines(&mut self, before: usize, depth: usize, first: bool) -> bool {
        let comments = self.take(0, before);
        for (index, comment) in comments.iter().enumerate() {
            self.blank_line(comment.span.start, first && index == 0);
            self.line(comment, depth);
        }
        !comments.is_empty()
    }

    fn line(&mut self, comment: &Comment<'a>, depth: usize) {
        self.indent(depth);
        self.out.push_str(comment.text);
        self.out.push('\n');
    }

    /// Keeps one empty line where there was one, but not at the start of a block.
    fn blank_line(&mut self, before: usize, first: bool) {
        let space = &self.text[..before];
        let from = space.trim_end().len();
        if !first && space[from..].matches('\n').count() > 1 {
            self.out.push('\n');
        }
    }

    /// Prints the comments that stand inside of a statement, and in none of its blocks, before it.
    fn hoist(&mut self, node: &Node<'a>, depth: usize) {
        let mut end = node.span().start;
        for part in &node.parts {
            for comment in self.take(end, part.span().start) {
                self.line(&comment, depth);
            }
            end = part.span().end;
        }
    }

    /// Prints the comment that stands behind a place on the same line.
    fn trailing(&mut self, from: usize, to: usize) {
        let next = self
            .comments
            .range(from..to.max(from))
            .next()
            .map(|(_, c)| *c);
        if let Some(comment) = next.filter(|c| c.breaks == 0) {
            self.comments.remove(&comment.span.start);
            self.out.push(' ');
            self.out.push_str(comment.text);
        }
    }

    fn node(&mut self, node: &Node<'a>, depth: usize) {
        if let Some(line) = self.on_one_line(node) {
            let has_block = node.parts.iter().any(|p| matches!(p, Part::Block(_)));
            if !has_block || depth * 2 + line.chars().count() <= WIDTH {
                self.out.push_str(&line);
                return;
            }
        }
        let mut before: Vec<Token<'a>> = Vec::new();
        for (index, part) in node.parts.iter().enumerate() {
            match part {
                Part::Token(token) => {
                    if index > 0 && !is_glued(&before, token) {
                        self.out.push(' ');
                    }
                    self.out.push_str(token.text);
                    before.push(*token);
                }
                Part::Block(block) => {
                    self.braces(block, index > 0, depth);
                    before.clear();
                }
            }
        }
    }

    fn braces(&mut self, block: &Block<'a>, spaced: bool, depth: usize) {
        self.out.push_str(if spaced { " {" } else { "{" });
        let first = block
            .nodes
            .first()
            .map_or(block.close.start, |n| n.span().start);
        let comments = self
            .comments
            .range(block.open.end..block.close.start.max(block.open.end))
            .next()
            .is_some();
        if block.nodes.is_empty() && !comments {
            self.out.push('}');
            return;
        }
        self.trailing(block.open.end, first);
        self.out.push('\n');
        self.block(block, depth + 1);
        self.indent(depth);
        self.out.push('}');
    }

    /// Returns the statement on one line, where each of its blocks was written on one.
    fn on_one_line(&self, node: &Node<'a>) -> Option<String> {
        let mut out = String::new();
        let mut before: Vec<Token<'a>> = Vec::new();
        for part in &node.parts {
            match part {
                Part::Token(token) => {
                    if !out.is_empty() && !is_glued(&before, token) {
                        out.push(' ');
                    }
                    out.push_str(token.text);
                    before.push(*token);
                }
                Part::Block(block) => {
                    let span = block.open.to(block.close);
                    if self.text[span.range()].contains('\n') {
                        return None;
                    }
                    let inner: Option<Vec<String>> =
                        block.nodes.iter().map(|n| self.on_one_line(n)).collect();
                    let inner = inner?.join("; ");
                    if !out.is_empty() {
                        out.push(' ');
                    }
                    out.push_str(&match inner.as_str() {
                        "" => "{}".to_owned(),
                        inner => format!("{{ {inner} }}"),
                    });
                    before.clear();
                }
            }
        }
        Some(out)
    }
}

/// Words behind which a parenthesis opens a condition and no list of arguments.
const WORDS_OF_CONDITIONS: &[&str] = &["in", "when", "not", "never", "finally", "else"];

/// Whether a token stands right behind the ones before it.
fn is_glued(before: &[Token<'_>], next: &Token<'_>) -> bool {
    let Some(last) = before.last() else {
        return false;
    };
    let mark =
        |token: &Token<'_>, marks: &[&str]| token.kind == Kind::Mark && marks.contains(&token.text);
    if mark(next, &[",", ")", ":", ".", "..", "|"]) || mark(last, &["(", ".", "..", "|", "!"]) {
        return true;
    }
    if mark(next, &["("]) {
        return last.kind == Kind::Word && !WORDS_OF_CONDITIONS.contains(&last.text);
    }
    // A sign stands before its number: `-1` behind `=`, `(` or at the start, but not behind a value.
    mark(last, &["-"])
        && next.kind == Kind::Number
        && before
            .len()
            .checked_sub(2)
            .and_then(|at| before.get(at))
            .is_none_or(|t| t.kind == Kind::Mark && !t.is_mark(")"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const SHOP: &str = include_str!("../../examples/shop.design");

    fn check(text: &str, expect: Expect) {
        let once = format(text).unwrap();
        expect.assert_eq(&once);
        assert_eq!(format(&once).unwrap(), once);
    }

    #[test]
    fn the_shop_keeps_its_meaning_and_its_comments() {
        let once = format(SHOP).unwrap();
        assert_ne!(once, SHOP);
        assert_eq!(format(&once).unwrap(), once);
        let (before, after) = (lexer::tokens(SHOP), lexer::tokens(&once));
        assert_eq!(before.comments.len(), after.comments.len());
        assert_eq!(parse(&once).problems, []);
    }

    #[test]
    fn statements_stand_on_lines_and_short_blocks_on_one() {
        check(
            "design   a 1\n\n\n\nservice b { team c;oncall d\n store e postgres{table f key g{h:x|y=x;i: 0 .. 2}\n}}",
            expect![[r#"
                design a 1

                service b {
                  team c
                  oncall d
                  store e postgres {
                    table f key g { h: x|y = x; i: 0..2 }
                  }
                }
            "#]],
        );
    }

    #[test]
    fn conditions_and_calls_keep_their_form() {
        check(
            "design a 1\nworkflow w by k {\n never p.done( k )>1   \"twice\"\n never   a.b in(c,d) && ! (a.b==c)\n on M at s { call p.do(k,a.b) retry 4 unknown q\n tx { a.n -=1; a.n = -1 } } }",
            expect![[r#"
                design a 1
                workflow w by k {
                  never p.done(k) > 1 "twice"
                  never a.b in (c, d) && !(a.b == c)
                  on M at s {
                    call p.do(k, a.b) retry 4 unknown q
                    tx { a.n -= 1; a.n = -1 }
                  }
                }
            "#]],
        );
    }

    #[test]
    fn comments_stay_where_they_belong() {
        check(
            "// first\ndesign a 1 // name\n\n// before b\nservice b { // opens\n  team c // owner\n  // last\n}\nchannel c {\n  from b, // one\n    d\n}\n// end",
            expect![[r#"
                // first
                design a 1 // name

                // before b
                service b { // opens
                  team c // owner
                  // last
                }
                channel c {
                  // one
                  from b, d
                }
                // end
            "#]],
        );
    }
}
