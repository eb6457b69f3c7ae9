//! Objects, lists and texts of jsonnet as a tree: <https://jsonnet.org/ref/spec.html>.

use std::ops::Range;

use super::lexer::{Kind, Token, tokens};
use crate::deploy::tree::{DEPTH_LIMIT, Node, Value, one_line};

type Broken = (Range<usize>, String);

/// Characters of an expression's text that are kept.
const TEXT_LIMIT: usize = 4_000;

/// Returns the tree of a file. Errors: nesting that is too deep, brackets that do not match.
pub(super) fn parse(text: &str) -> Result<Node, Broken> {
    let tokens = tokens(text);
    check_brackets(&tokens)?;
    let mut parser = Parser {
        text,
        tokens: &tokens,
        at: 0,
    };
    let mut nodes = Vec::new();
    while parser.peek().is_some() {
        let before = parser.at;
        nodes.push(parser.expression());
        // A separator at the top belongs to a local; one step is made whatever stands there.
        if parser.peek().is_some() {
            parser.at = (parser.at + 1).max(before + 1);
        }
    }
    let at = 0..text.len();
    let value = Value::Opaque(String::new(), nodes);
    Ok(Node { at, value })
}

/// Checks that brackets match and nest less than the limit, so that the descent below is bounded.
fn check_brackets(tokens: &[Token]) -> Result<(), Broken> {
    let mut open: Vec<u8> = Vec::new();
    for token in tokens {
        let Kind::Sign(sign) = token.kind else {
            continue;
        };
        match sign {
            b'{' | b'[' | b'(' => {
                open.push(sign);
                if open.len() > DEPTH_LIMIT {
                    return Err((
                        token.at.clone(),
                        format!(
                            "this is nested more than {DEPTH_LIMIT} levels deep and was not read"
                        ),
                    ));
                }
            }
            b'}' | b']' | b')' => {
                let fits = matches!(
                    (open.pop(), sign),
                    (Some(b'{'), b'}') | (Some(b'['), b']') | (Some(b'('), b')')
                );
                if !fits {
                    return Err((
                        token.at.clone(),
                        "a bracket is closed that was not opened".to_owned(),
                    ));
                }
            }
            _ => {}
        }
    }
    match (open.is_empty(), tokens.last()) {
        (false, Some(last)) => Err((last.at.clone(), "a bracket is not closed".to_owned())),
        _ => Ok(()),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn sign(&self) -> Option<u8> {
        match self.peek()?.kind {
            Kind::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    fn name(&self) -> Option<&'a str> {
        let token = self.peek().filter(|t| t.kind == Kind::Name)?;
        Some(&self.text[token.at.clone()])
    }

    fn byte(&self) -> usize {
        self.peek().map_or(self.text.len(), |t| t.at.start)
    }

    /// Returns the end of the last token that was taken.
    fn end(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(0, |t| t.at.end)
    }

    /// Reads up to a comma, semicolon or closing bracket of the same level, which is left.
    fn expression(&mut self) -> Node {
        let start = self.byte();
        let mut terms: Vec<Node> = Vec::new();
        let mut plain = true;
        let mut locals = 0_usize;
        while let Some(token) = self.peek() {
            match &token.kind {
                Kind::Sign(b'}' | b']' | b')') => break,
                Kind::Sign(b',') if locals == 0 => break,
                Kind::Sign(b';') if locals == 0 => break,
                Kind::Sign(b';') => {
                    locals -= 1;
                    self.at += 1;
                }
                Kind::Sign(b'{') => terms.push(self.object()),
                Kind::Sign(b'[') => terms.push(self.list(b']')),
                // Parentheses around one value mean that value; after a name they are a call.
                Kind::Sign(b'(') => terms.push(self.list(b')')),
                Kind::Text(text) => {
                    let at = token.at.clone();
                    terms.push(Node {
                        at,
                        value: Value::Scalar(text.clone()),
                    });
                    self.at += 1;
                }
                Kind::Sign(b'+') => self.at += 1,
                Kind::Name if matches!(self.name(), Some("local" | "assert")) => {
                    plain = false;
                    locals += 1;
                    self.at += 1;
                }
                _ => {
                    plain = false;
                    self.at += 1;
                }
            }
        }
        let at = start..self.end().max(start);
        self.join(terms, plain, at)
    }

    /// Makes one value of the terms of an expression.
    fn join(&self, mut terms: Vec<Node>, plain: bool, at: Range<usize>) -> Node {
        let raw = || {
            let text: String = self.text[at.clone()].chars().take(TEXT_LIMIT).collect();
            one_line(&text)
        };
        if !plain || terms.is_empty() {
            if terms.is_empty() && is_word(&self.text[at.clone()]) {
                let value = Value::Scalar(self.text[at.clone()].to_owned());
                return Node { at, value };
            }
            let value = Value::Opaque(raw(), terms);
            return Node { at, value };
        }
        if terms.len() == 1
            && let Some(only) = terms.pop()
        {
            return only;
        }
        let value = if terms.iter().all(|t| matches!(t.value, Value::Scalar(_))) {
            Value::Scalar(terms.iter().filter_map(Node::text).collect())
        } else if terms.iter().all(|t| matches!(t.value, Value::Map(_))) {
            // The fields of the right side come first: they count.
            let pairs = terms.into_iter().rev().flat_map(|t| match t.value {
                Value::Map(pairs) => pairs,
                _ => Vec::new(),
            });
            Value::Map(pairs.collect())
        } else if terms.iter().all(|t| matches!(t.value, Value::List(_))) {
            let items = terms.into_iter().flat_map(|t| match t.value {
                Value::List(items) => items,
                _ => Vec::new(),
            });
            Value::List(items.collect())
        } else {
            Value::Opaque(raw(), terms)
        };
        Node { at, value }
    }

    /// Reads `[…]` or `(…)`: values between commas.
    fn list(&mut self, close: u8) -> Node {
        let start = self.byte();
        self.at += 1;
        let mut items = Vec::new();
        while let Some(sign) = self.peek().map(|_| self.sign()) {
            match sign {
                Some(s) if s == close => {
                    self.at += 1;
                    break;
                }
                Some(b',' | b';' | b'}' | b']' | b')') => self.at += 1,
                _ => items.push(self.expression()),
            }
        }
        let at = start..self.end().max(start);
        if close == b')' {
            if items.len() == 1
                && let Some(only) = items.pop()
            {
                return only;
            }
            return Node {
                at,
                value: Value::Opaque(String::new(), items),
            };
        }
        Node {
            at,
            value: Value::List(items),
        }
    }

    fn object(&mut self) -> Node {
        let start = self.byte();
        self.at += 1;
        let mut pairs = Vec::new();
        while self.peek().is_some() {
            match self.sign() {
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',' | b';' | b')' | b']') => self.at += 1,
                _ => pairs.push(self.field()),
            }
        }
        let at = start..self.end().max(start);
        Node {
            at,
            value: Value::Map(pairs),
        }
    }

    /// Reads a field, a local or an assertion of an object, up to the comma after it.
    fn field(&mut self) -> (Node, Node) {
        let start = self.byte();
        if matches!(self.name(), Some("local" | "assert" | "for" | "if")) {
            self.at += 1;
            let value = self.field_value();
            return (
                Node {
                    at: start..start,
                    value: Value::Null,
                },
                value,
            );
        }
        let key = match self.peek().map(|t| (&t.kind, t.at.clone())) {
            Some((Kind::Text(text), at)) => Node {
                at,
                value: Value::Scalar(text.clone()),
            },
            Some((Kind::Name, at)) => {
                let value = Value::Scalar(self.text[at.clone()].to_owned());
                Node { at, value }
            }
            Some((Kind::Sign(b'['), at)) => {
                let inner = self.list(b']');
                self.at -= 1;
                Node {
                    at: at.start..inner.at.end,
                    value: inner.value,
                }
            }
            _ => Node::null(start..start),
        };
        self.at += 1;
        if self.sign() == Some(b'(') {
            self.list(b')');
        }
        if self.peek().is_some_and(|t| t.kind == Kind::Colon) {
            self.at += 1;
        }
        let value = self.field_value();
        (key, value)
    }

    /// Reads expressions up to the comma or bracket that ends a field.
    fn field_value(&mut self) -> Node {
        let value = self.expression();
        if self.sign() != Some(b';') {
            return value;
        }
        let start = value.at.start;
        let mut parts = vec![value];
        while self.sign() == Some(b';') {
            self.at += 1;
            parts.push(self.expression());
        }
        Node {
            at: start..self.end().max(start),
            value: Value::Opaque(String::new(), parts),
        }
    }
}

/// Returns whether a text is one number or one of the constants.
fn is_word(text: &str) -> bool {
    matches!(text, "true" | "false" | "null") || text.parse::<f64>().is_ok()
}
