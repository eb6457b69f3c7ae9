//! Tokens of jsonnet: <https://jsonnet.org/ref/spec.html#lexing>.

use std::ops::Range;

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Name,
    /// A number.
    Number,
    /// A string, with its value.
    Text(String),
    /// `{ } [ ] ( ) , ; . = $`, or one character of an operator.
    Sign(u8),
    /// `:`, `::` or `:::`, with a `+` before it or not.
    Colon,
    /// A character that begins no token.
    Unknown,
}

/// Returns the tokens. A string or comment that does not end goes to the end of the text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = line_end(text, at);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = line_end(text, at);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = text[at + 2..]
                    .find("*/")
                    .map_or(text.len(), |end| at + 2 + end + 2);
                continue;
            }
            b'\'' | b'"' => {
                let (value, end) = quoted(text, at);
                at = end;
                Kind::Text(value)
            }
            b'@' if matches!(bytes.get(at + 1), Some(b'\'' | b'"')) => {
                let (value, end) = verbatim(text, at + 1);
                at = end;
                Kind::Text(value)
            }
            b'|' if text[at..].starts_with("|||") => {
                let (value, end) = block(text, at);
                at = end;
                Kind::Text(value)
            }
            b'0'..=b'9' => {
                at += run(bytes, at, |b| b.is_ascii_alphanumeric() || b == b'.');
                Kind::Number
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                at += run(bytes, at, |b| b.is_ascii_alphanumeric() || b == b'_');
                Kind::Name
            }
            b'+' if bytes.get(at + 1) == Some(&b':') => {
                at += 1 + run(bytes, at + 1, |b| b == b':').min(3);
                Kind::Colon
            }
            b':' => {
                at += run(bytes, at, |b| b == b':').min(3);
                Kind::Colon
            }
            byte if byte.is_ascii_punctuation() => {
                at += 1;
                Kind::Sign(byte)
            }
            _ => {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                Kind::Unknown
            }
        };
        tokens.push(Token {
            kind,
            at: start..at,
        });
    }
    tokens
}

fn run(bytes: &[u8], at: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[at..].iter().take_while(|b| belongs(**b)).count()
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end)
}

fn quoted(text: &str, open: usize) -> (String, usize) {
    let quote = char::from(text.as_bytes()[open]);
    let mut value = String::new();
    let mut chars = text[open + 1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return (value, open + 1 + at + 1),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, c)) => value.push(c),
                None => {}
            },
            c => value.push(c),
        }
    }
    (value, text.len())
}

/// Reads `@'…'`, in which a doubled quote stands for one.
fn verbatim(text: &str, open: usize) -> (String, usize) {
    let quote = char::from(text.as_bytes()[open]);
    let mut value = String::new();
    let mut chars = text[open + 1..].char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            value.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            value.push(quote);
        } else {
            return (value, open + 1 + at + 1);
        }
    }
    (value, text.len())
}

/// Reads `||| … |||`: the lines indented like the first one; it ends at a line that is indented less and starts with `|||`.
fn block(text: &str, open: usize) -> (String, usize) {
    let mut at = line_end(text, open) + 1;
    let mut value = String::new();
    let mut indent: Option<&str> = None;
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let blank = &line[..line.len() - line.trim_start().len()];
        let empty = line.trim().is_empty();
        match indent {
            None if !empty => indent = Some(blank),
            _ => {}
        }
        let inside = empty || indent.is_some_and(|i| !i.is_empty() && line.starts_with(i));
        if !inside {
            let end = if line.trim_start().starts_with("|||") {
                at + blank.len() + 3
            } else {
                at
            };
            return (value, end);
        }
        value.push_str(indent.and_then(|i| line.strip_prefix(i)).unwrap_or("\n"));
        at += line.len();
    }
    (value, text.len())
}
