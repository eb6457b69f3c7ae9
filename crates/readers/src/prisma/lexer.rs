//! The tokens of a Prisma schema: <https://www.prisma.io/docs/orm/prisma-schema/overview>.

use std::ops::Range;

/// One token and the bytes it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or number.
    Word(String),
    /// A text in double quotes, unescaped.
    Text(String),
    /// `{ } ( ) [ ] , : ? = .` and whatever else stands alone.
    Sign(char),
    /// `@` or `@@`.
    At(bool),
    /// The end of a line outside of parentheses.
    Newline,
}

/// Returns the tokens of a text; comments are left out. Lines inside of parentheses and brackets do not end.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at, mut open) = (Vec::new(), 0, 0usize);
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b'\n' => {
                at += 1;
                if open > 0 {
                    continue;
                }
                Kind::Newline
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = line_end(bytes, at);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = text[at..]
                    .find("*/")
                    .map_or(bytes.len(), |end| at + end + 2);
                continue;
            }
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'"' => {
                let (value, end) = quoted(text, at + 1);
                at = end;
                Kind::Text(value)
            }
            b'@' => {
                let double = bytes.get(at + 1) == Some(&b'@');
                at += 1 + usize::from(double);
                Kind::At(double)
            }
            b if is_word(b) => {
                at += bytes[at..].iter().take_while(|b| is_word(**b)).count();
                Kind::Word(text[start..at].to_owned())
            }
            sign => {
                at += 1;
                match sign {
                    b'(' | b'[' => open += 1,
                    b')' | b']' => open = open.saturating_sub(1),
                    // A parenthesis left open does not reach over the end of its block.
                    b'}' | b'{' => open = 0,
                    _ => {}
                }
                Kind::Sign(char::from(sign))
            }
        };
        tokens.push(Token {
            kind,
            span: start..at,
        });
    }
    tokens
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte >= 0x80
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|b| *b == b'\n')
        .map_or(bytes.len(), |end| at + end)
}

/// Returns the text up to the closing quote or the end of the line, and the byte after it.
fn quoted(text: &str, start: usize) -> (String, usize) {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text[start..].char_indices() {
        match c {
            '\n' => return (value, start + at),
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, start + at + 1),
            _ => value.push(c),
        }
    }
    (value, text.len())
}
