//! Tokens to statements and blocks.
//!
//! A statement is a line: words and marks, perhaps with blocks in braces. `;` ends one early; a line that ends in `,` or in a mark
//! between two values goes on, and so does one inside of parentheses. Behind a block the next statement may follow on the same line, unless
//! `else` continues this one.

use super::lexer::{self, Comment, Kind, Token, Tokens};
use super::{Problem, Span};

/// A block: the statements between two braces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Block<'a> {
    /// The opening brace; empty for the whole file.
    pub open: Span,
    /// The statements.
    pub nodes: Vec<Node<'a>>,
    /// The closing brace; empty, where it is missing, at the place where it is missed.
    pub close: Span,
}

/// A statement: its parts in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node<'a> {
    /// Its tokens and blocks. Never empty.
    pub parts: Vec<Part<'a>>,
}

/// A part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// A token.
    Token(Token<'a>),
    /// A block.
    Block(Block<'a>),
}

impl Part<'_> {
    /// Returns where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Token(token) => token.span,
            Self::Block(block) => block.open.to(block.close),
        }
    }
}

impl<'a> Node<'a> {
    /// Returns the token that it begins with.
    pub fn first(&self) -> Option<Token<'a>> {
        match self.parts.first() {
            Some(Part::Token(token)) => Some(*token),
            _ => None,
        }
    }

    /// Returns where it stands.
    pub fn span(&self) -> Span {
        let first = self.parts.first().map(Part::span).unwrap_or_default();
        self.parts
            .last()
            .map_or(first, |last| first.to(last.span()))
    }
}

/// A text as statements.
#[derive(Debug, Clone, Default)]
pub struct Nodes<'a> {
    /// The statements of the file.
    pub root: Block<'a>,
    /// The comments, in order.
    pub comments: Vec<Comment<'a>>,
    /// What was wrong so far.
    pub problems: Vec<Problem>,
}

/// Blocks in blocks that are read; what is deeper is left out, with a problem.
pub const DEPTH: usize = 40;

/// Problems that are told.
const TOLD: usize = 100;

/// Words that begin a statement of the file and of no block: at the start of a line they end every block that was left open.
pub const TOP: &[&str] = &[
    "design", "service", "external", "channel", "workflow", "explore",
];

/// Returns the statements of the text.
pub fn nodes(text: &str) -> Nodes<'_> {
    let Tokens {
        tokens,
        comments,
        problems,
    } = lexer::tokens(text);
    let mut reader = Reader {
        text,
        tokens,
        at: 0,
        depth: 0,
        problems,
    };
    let mut root = Block {
        nodes: reader.block(),
        close: Span::new(text.len(), text.len()),
        ..Block::default()
    };
    // Only a brace too many stops the reader before the end.
    while let Some(stray) = reader.peek() {
        reader.tell(Problem::new(
            stray.span,
            "this `}` closes nothing",
            "somewhere above a block was closed too early, and what follows stands in the wrong place",
            "take it out, or look for a `}` too many above",
        ));
        reader.at += 1;
        root.nodes.extend(reader.block());
    }
    Nodes {
        root,
        comments,
        problems: reader.problems,
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    at: usize,
    depth: usize,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn tell(&mut self, problem: Problem) {
        if self.problems.len() < TOLD {
            self.problems.push(problem);
        }
    }

    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    /// Reads statements up to a `}`, which it leaves, the end, or a statement of the file in the middle of a block.
    fn block(&mut self) -> Vec<Node<'a>> {
        let mut nodes = Vec::new();
        while let Some(token) = self.peek() {
            if token.is_mark("}") || (self.depth > 0 && self.begins_top(token)) {
                break;
            }
            if token.is_mark(";") {
                self.at += 1;
                continue;
            }
            nodes.push(self.node());
        }
        nodes
    }

    /// Whether the token stands at the very start of a line and begins a statement of the file.
    fn begins_top(&self, token: Token<'_>) -> bool {
        let start = token.span.start;
        let first = start == 0 || self.text.as_bytes()[start - 1] == b'\n';
        first && token.kind == Kind::Word && TOP.contains(&token.text)
    }

    fn node(&mut self) -> Node<'a> {
        let mut node = Node::default();
        let mut parentheses = 0_usize;
        while let Some(token) = self.peek() {
            let ends = token.is_mark("}")
                || token.is_mark(";")
                || (!node.parts.is_empty() && self.begins_next(&node, token, parentheses));
            if ends {
                break;
            }
            if token.is_mark("{") {
                let block = self.braces(token);
                node.parts.push(Part::Block(block));
                continue;
            }
            match token.text {
                "(" if token.kind == Kind::Mark => parentheses += 1,
                ")" if token.kind == Kind::Mark => parentheses = parentheses.saturating_sub(1),
                _ => {}
            }
            node.parts.push(Part::Token(token));
            self.at += 1;
        }
        node
    }

    /// Whether the token begins the statement after this one.
    fn begins_next(&self, node: &Node<'a>, token: Token<'a>, parentheses: usize) -> bool {
        if token.breaks > 0 && self.begins_top(token) {
            return true;
        }
        match node.parts.last() {
            Some(Part::Block(_)) => !token.is_word("else"),
            Some(Part::Token(last)) => {
                token.breaks > 0 && parentheses == 0 && !goes_on(last) && !leads_on(&token)
            }
            None => false,
        }
    }

    fn braces(&mut self, open: Token<'a>) -> Block<'a> {
        self.at += 1;
        if self.depth == DEPTH {
            return self.skip(open);
        }
        self.depth += 1;
        let nodes = self.block();
        self.depth -= 1;
        let close = match self.peek() {
            Some(token) if token.is_mark("}") => {
                self.at += 1;
                token.span
            }
            _ => {
                self.tell(Problem::new(
                    open.span,
                    "this `{` is never closed",
                    "what follows it cannot be told from what belongs to it",
                    "close the block with `}`",
                ));
                let end = nodes.last().map_or(open.span.end, |n| n.span().end);
                Span::new(end, end)
            }
        };
        Block {
            open: open.span,
            nodes,
            close,
        }
    }

    /// Leaves out a block that is too deep.
    fn skip(&mut self, open: Token<'a>) -> Block<'a> {
        let mut depth = 1_usize;
        let mut close = open.span;
        while let Some(token) = self.peek() {
            if token.is_mark("{") {
                depth += 1;
            } else if token.is_mark("}") {
                depth -= 1;
            }
            close = token.span;
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        self.tell(Problem::new(
            open.span,
            format!("blocks stand in blocks more than {DEPTH} deep"),
            "what is deeper is not read",
            "no design needs that: look for a missing `}` above",
        ));
        Block {
            open: open.span,
            nodes: Vec::new(),
            close,
        }
    }
}

/// A line that ends in one of these goes on.
fn goes_on(last: &Token<'_>) -> bool {
    const MARKS: &[&str] = &[
        ",", "|", "||", "&&", "=>", "->", "==", "!=", "<", ">", "<=", ">=", "=", "+=", "-=", "+",
        "-", "!", "..", ".", ":",
    ];
    last.kind == Kind::Mark && MARKS.contains(&last.text)
}

/// A line that begins with one of these goes on with the one before.
fn leads_on(next: &Token<'_>) -> bool {
    const MARKS: &[&str] = &[
        "{", "|", "||", "&&", "=>", "->", "==", "!=", "<", ">", "<=", ">=", ",", ")",
    ];
    next.kind == Kind::Mark && MARKS.contains(&next.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows each statement in brackets.
    fn shown(block: &Block<'_>) -> String {
        let node = |node: &Node<'_>| {
            let parts = node.parts.iter().map(|part| match part {
                Part::Token(token) => token.text.to_owned(),
                Part::Block(block) => format!("{{{}}}", shown(block)),
            });
            format!("[{}]", parts.collect::<Vec<_>>().join(" "))
        };
        block.nodes.iter().map(node).collect()
    }

    fn check(text: &str, expect: &str, problems: &[&str]) {
        let nodes = nodes(text);
        assert_eq!(shown(&nodes.root), expect, "{text}");
        let said: Vec<&str> = nodes.problems.iter().map(|p| p.what.as_str()).collect();
        assert_eq!(said, problems, "{text}");
    }

    #[test]
    fn a_line_or_a_semicolon_ends_a_statement() {
        check("a b\nc; d", "[a b][c][d]", &[]);
        check("a { b; c } d", "[a {[b][c]}][d]", &[]);
        check("a,\nb\nc (x\ny)", "[a , b][c ( x y )]", &[]);
    }

    #[test]
    fn else_continues_even_on_the_next_line() {
        check(
            "when a { b }\nelse { c }\nd",
            "[when a {[b]} else {[c]}][d]",
            &[],
        );
    }

    #[test]
    fn a_brace_that_is_missing_is_found_at_the_next_statement_of_the_file() {
        check(
            "service a {\n  store b {\n}\nservice c {}",
            "[service a {[store b {}]}][service c {}]",
            &["this `{` is never closed"],
        );
        check("a }\nb", "[a][b]", &["this `}` closes nothing"]);
    }

    #[test]
    fn depth_is_bounded() {
        let text = "a {".repeat(100_000);
        assert_eq!(nodes(&text).problems.len(), DEPTH + 1);
    }
}
