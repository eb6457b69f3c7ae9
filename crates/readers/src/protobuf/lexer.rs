//! Text to tokens. Comments are kept apart, for documentation.
//!
//! Grammar: <https://protobuf.com/docs/language-spec#lexical-analysis>

use std::ops::Range;

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ident,
    Int,
    Float,
    Text,
    Symbol(u8),
    /// Past the last token.
    End,
}

impl Token {
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What the lexer makes of a file.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    /// Comments, with their marks, in order.
    pub(super) comments: Vec<Range<usize>>,
    /// What is no token: where, and why.
    pub(super) problems: Vec<(Range<usize>, &'static str)>,
}

/// Problems of one file that are kept; a binary file under the name of a proto file has one per byte.
const PROBLEM_LIMIT: usize = 20;

/// Returns the tokens of the text.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexed = Lexed::default();
    if u32::try_from(text.len()).is_err() {
        lexed.problems.push((0..0, "the file is larger than 4 GB"));
        return lexed;
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c => {
                at += 1;
                continue;
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => {
                at = comment(text, at, &mut lexed);
                continue;
            }
            b'"' | b'\'' => {
                at = string(bytes, at, &mut lexed);
                Kind::Text
            }
            b'0'..=b'9' => number(bytes, &mut at),
            b'.' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => number(bytes, &mut at),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                at += run(&bytes[at..], |b| b == b'_' || b.is_ascii_alphanumeric());
                Kind::Ident
            }
            b if b.is_ascii_punctuation() => {
                at += 1;
                Kind::Symbol(b)
            }
            _ => {
                at += run(&bytes[at..], |b| !b.is_ascii() || b.is_ascii_control());
                lexed.problem(start..at, "no such character in proto files");
                continue;
            }
        };
        lexed.push(kind, start, at);
    }
    lexed
}

impl Lexed {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "lex() refuses longer texts"
    )]
    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        self.tokens.push(Token {
            kind,
            start: start as u32,
            end: end as u32,
        });
    }

    fn problem(&mut self, range: Range<usize>, what: &'static str) {
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push((range, what));
        }
    }
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|&&b| belongs(b)).count().max(1)
}

fn comment(text: &str, at: usize, lexed: &mut Lexed) -> usize {
    let rest = &text[at..];
    let end = if rest.starts_with("//") {
        at + rest.find('\n').unwrap_or(rest.len())
    } else if let Some(length) = rest[2..].find("*/") {
        at + length + 4
    } else {
        lexed.problem(at..at + 2, "this comment is never closed");
        text.len()
    };
    lexed.comments.push(at..end);
    end
}

/// A string ends with its quote, or, as an error, with its line.
fn string(bytes: &[u8], start: usize, lexed: &mut Lexed) -> usize {
    let quote = bytes[start];
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1).is_some_and(|b| *b != b'\n') => at += 2,
            b'\n' => break,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    let at = at.min(bytes.len());
    lexed.problem(start..start + 1, "this string is never closed");
    at
}

fn number(bytes: &[u8], at: &mut usize) -> Kind {
    let start = *at;
    if bytes[start] == b'0' && matches!(bytes.get(start + 1), Some(b'x' | b'X')) {
        *at += 2;
        *at += bytes[*at..]
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        return Kind::Int;
    }
    let mut kind = Kind::Int;
    while let Some(&byte) = bytes.get(*at) {
        let exponent = matches!(bytes[*at - usize::from(*at > start)], b'e' | b'E');
        match byte {
            b'.' => kind = Kind::Float,
            b'e' | b'E' => kind = Kind::Float,
            b'+' | b'-' if *at > start && exponent => {}
            b if b.is_ascii_alphanumeric() => {}
            _ => break,
        }
        *at += 1;
    }
    kind
}

/// Returns the text of a comment without its marks, lines trimmed.
pub(super) fn comment_text(raw: &str) -> String {
    let body = raw
        .strip_prefix("/*")
        .map(|b| b.strip_suffix("*/").unwrap_or(b))
        .or_else(|| raw.strip_prefix("//"))
        .unwrap_or(raw);
    let lines = body
        .lines()
        .map(|l| l.trim().trim_start_matches(['*', '/']).trim());
    lines
        .filter(|l| !l.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the text that a string literal stands for. Escapes of bytes that are no UTF-8 become replacement characters.
pub(super) fn string_text(raw: &str) -> String {
    let inner = raw.get(1..).unwrap_or_default();
    let inner = inner.strip_suffix(['"', '\'']).unwrap_or(inner);
    if !inner.contains('\\') {
        return inner.into();
    }
    let mut out: Vec<u8> = Vec::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let digits =
            |chars: &mut std::iter::Peekable<std::str::Chars<'_>>, radix: u32, most: usize| {
                let mut value = 0u32;
                for _ in 0..most {
                    let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else {
                        break;
                    };
                    value = value * radix + digit;
                    chars.next();
                }
                value
            };
        let character = |value: u32| char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
        match chars.peek().copied() {
            Some('0'..='7') => out.push(u8::try_from(digits(&mut chars, 8, 3)).unwrap_or(b'?')),
            Some(mark @ ('x' | 'X' | 'u' | 'U')) => {
                chars.next();
                let most = match mark {
                    'u' => 4,
                    'U' => 8,
                    _ => 2,
                };
                let value = digits(&mut chars, 16, most);
                match u8::try_from(value) {
                    Ok(byte) if most == 2 => out.push(byte),
                    _ => {
                        out.extend_from_slice(character(value).encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
            }
            Some(other) => {
                chars.next();
                let plain = match other {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                };
                out.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes());
            }
            None => {}
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Returns the value of an integer literal: decimal, `0x…`, or octal `0…`.
pub(super) fn int_value(raw: &str) -> Option<i64> {
    let value = if let Some(hex) = raw.strip_prefix("0x").or_else(|| raw.strip_prefix("0X")) {
        i128::from_str_radix(hex, 16)
    } else if raw.len() > 1 && raw.starts_with('0') {
        i128::from_str_radix(&raw[1..], 8)
    } else {
        raw.parse()
    };
    value.ok().and_then(|v| i64::try_from(v).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let lexed = lex(text);
        let got: Vec<&str> = lexed.tokens.iter().map(|t| &text[t.range()]).collect();
        assert_eq!(got, expect, "{:?}", lexed.problems);
    }

    #[test]
    fn tokens_are_cut_where_the_grammar_cuts_them() {
        check("int32 a=0x1F;// x\n", &["int32", "a", "=", "0x1F", ";"]);
        check("1.5e-3 .5 -7 inf", &["1.5e-3", ".5", "-", "7", "inf"]);
        check(r#"'a\'b' "c" /* d */ e"#, &[r"'a\'b'", r#""c""#, "e"]);
        check("a.b.C<d>", &["a", ".", "b", ".", "C", "<", "d", ">"]);
    }

    #[test]
    fn what_is_never_closed_is_a_problem() {
        assert_eq!(lex("\"abc\nmessage").problems.len(), 1);
        assert_eq!(lex("/* abc").problems.len(), 1);
        assert_eq!(lex("\"\\").problems.len(), 1);
        assert_eq!(lex("a \0\u{1} ü").problems.len(), 2);
    }

    #[test]
    fn literals_are_read() {
        assert_eq!(int_value("017"), Some(15));
        assert_eq!(int_value("0x7FFFFFFFFFFFFFFF"), Some(i64::MAX));
        assert_eq!(int_value("99999999999999999999"), None);
        assert_eq!(string_text(r#""a\x41\101\u00e9\n""#), "aAAé\n");
        assert_eq!(comment_text("/** A.\n * B. */"), "A. B.");
        assert_eq!(comment_text("/// A."), "A.");
    }
}
