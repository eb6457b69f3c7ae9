//! Text to tokens. A token never spans lines, so a text that is not closed costs one line.

use super::{Problem, Span};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A name or a word of the language: letters, digits, `_`, and `-` between them.
    Word,
    /// A number, perhaps with its unit: `2`, `15m`, `5x`, `5%`.
    Number,
    /// A text in double quotes.
    Text,
    /// A path or an address: `docs/load.md`, `https://example.org/api`.
    Path,
    /// A mark: `{`, `->`, `+=`, ….
    Mark,
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text; of a text in quotes, with the quotes.
    pub text: &'a str,
    /// Where it stands.
    pub span: Span,
    /// Line breaks since the token before it; a comment does not count as one.
    pub breaks: usize,
}

impl Token<'_> {
    /// Returns whether it is that mark.
    pub fn is_mark(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    /// Returns whether it is that word.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    /// Returns the text that is meant: without quotes, escapes resolved.
    pub fn meaning(&self) -> String {
        if self.kind != Kind::Text {
            return self.text.to_owned();
        }
        let inner = self.text.strip_prefix('"').unwrap_or(self.text);
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        let mut out = String::with_capacity(inner.len());
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => out.extend(chars.next()),
                c => out.push(c),
            }
        }
        out
    }
}

/// A `// comment`, up to the end of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment<'a> {
    /// Its text, with `//`.
    pub text: &'a str,
    /// Where it stands.
    pub span: Span,
    /// Line breaks since the token or comment before it.
    pub breaks: usize,
}

/// The tokens and comments of a text, in order.
#[derive(Debug, Clone, Default)]
pub struct Tokens<'a> {
    /// The tokens.
    pub tokens: Vec<Token<'a>>,
    /// The comments.
    pub comments: Vec<Comment<'a>>,
    /// What is no token.
    pub problems: Vec<Problem>,
}

/// Marks, longer ones first.
const MARKS: &[&str] = &[
    "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "..", "{", "}", "(", ")", "[", "]",
    ";", ",", ":", ".", "|", "=", "<", ">", "+", "-", "!", "*",
];

/// Problems of this step that are told; a file that is no design at all has no use for more.
const TOLD: usize = 20;

/// Returns the tokens of the text.
pub fn tokens(text: &str) -> Tokens<'_> {
    let mut lexer = Lexer {
        text,
        at: 0,
        breaks: 0,
        out: Tokens::default(),
    };
    while lexer.at < text.len() {
        lexer.step();
    }
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Line breaks since the last token.
    breaks: usize,
    out: Tokens<'a>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn step(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return;
        };
        match first {
            '\n' => {
                self.breaks += 1;
                self.at += 1;
            }
            c if c.is_whitespace() || c == '\u{feff}' => self.at += c.len_utf8(),
            '/' if rest.starts_with("//") => self.comment(),
            '"' => self.quoted(),
            '.' | '/' if starts_path(rest) => self.take(Kind::Path, path_length(rest)),
            c if is_word_start(c) => self.word(),
            c if c.is_ascii_digit() => self.number(),
            _ => match MARKS.iter().find(|mark| rest.starts_with(**mark)) {
                Some(mark) => self.take(Kind::Mark, mark.len()),
                None => self.unknown(first),
            },
        }
    }

    fn take(&mut self, kind: Kind, length: usize) {
        let span = Span::new(self.at, self.at + length);
        self.out.tokens.push(Token {
            kind,
            text: &self.text[span.range()],
            span,
            breaks: std::mem::take(&mut self.breaks),
        });
        self.at = span.end;
    }

    fn comment(&mut self) {
        let length = self.rest().find('\n').unwrap_or(self.rest().len());
        let text = self.rest()[..length].trim_end();
        let span = Span::new(self.at, self.at + text.len());
        self.out.comments.push(Comment {
            text,
            span,
            breaks: self.breaks,
        });
        self.at += length;
    }

    fn quoted(&mut self) {
        let mut escaped = false;
        for (index, c) in self.rest().char_indices().skip(1) {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return self.take(Kind::Text, index + 1),
                _ => {}
            }
        }
        let length = self.rest().find('\n').unwrap_or(self.rest().len());
        let length = self.rest()[..length].trim_end().len().max(1);
        self.problem(
            length,
            "this text is not closed",
            "everything behind it on the line is taken for text",
            "put a \" at its end; a text does not go over lines",
        );
        self.take(Kind::Text, length);
    }

    /// A word; with `/` or `://` in it, a path or an address.
    fn word(&mut self) {
        let rest = self.rest();
        let length = word_length(rest);
        let behind = &rest[length..];
        let address = behind.starts_with("://");
        let path = behind.starts_with('/') && !behind.starts_with("//");
        if address || path {
            return self.take(Kind::Path, path_length(rest));
        }
        self.take(Kind::Word, length);
    }

    /// Digits with the letters, `%` or date behind them.
    fn number(&mut self) {
        let rest = self.rest();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let fraction = match rest[digits..].strip_prefix('.') {
            Some(behind) => match behind.bytes().take_while(u8::is_ascii_digit).count() {
                0 => 0,
                more => more + 1,
            },
            None => 0,
        };
        let number = digits + fraction;
        let unit = match rest[number..].chars().next() {
            Some('%') => 1,
            Some(c) if is_word_start(c) => word_length(&rest[number..]),
            _ => 0,
        };
        self.take(Kind::Number, number + unit);
    }

    fn unknown(&mut self, c: char) {
        // Neighbours of the same kind are one mistake.
        let length: usize = self
            .rest()
            .chars()
            .take_while(|other| *other == c)
            .map(char::len_utf8)
            .sum();
        let shown: String = c.escape_debug().collect();
        let help = match c {
            '#' | '/' => "a comment begins with //",
            '\'' | '`' | '“' | '”' => "a text stands in double quotes: \"…\"",
            '&' => "two conditions are joined by &&",
            '%' => "a share is a number with % right behind it: 5%",
            _ => "take it out, or put the text that it belongs to in double quotes",
        };
        self.problem(
            length,
            format!("`{shown}` is no mark of the language"),
            "what is not understood would never be checked",
            help,
        );
        self.at += length;
    }

    fn problem(&mut self, length: usize, what: impl Into<String>, why: &str, help: &str) {
        if self.out.problems.len() < TOLD {
            let span = Span::new(self.at, self.at + length);
            self.out.problems.push(Problem::new(span, what, why, help));
        }
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// A `-` belongs to a word where a letter or digit follows: `order-view`; `a -= 1` and `a - 1` are no words.
fn word_length(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        let inside = match c {
            '-' => chars.peek().is_some_and(|(_, next)| next.is_alphanumeric()),
            c => c.is_alphanumeric() || c == '_',
        };
        if !inside {
            return index;
        }
    }
    text.len()
}

/// `./docs`, `../docs`, `/docs`, `.ci/run`.
fn starts_path(text: &str) -> bool {
    let dots = text.bytes().take(3).take_while(|b| *b == b'.').count();
    let behind = &text[dots..];
    match behind.strip_prefix('/') {
        Some(name) => dots <= 2 && name.starts_with(|c: char| is_word_start(c) || c == '.'),
        None => dots == 1 && is_path_with_folder(behind),
    }
}

fn is_path_with_folder(text: &str) -> bool {
    let length = word_length(text);
    length > 0 && text[length..].starts_with('/') && !text[length..].starts_with("//")
}

/// A path ends before what separates; a `.`, `,` or `:` at its end is none of it.
fn path_length(text: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || "/._-:#?=&%@~+*$".contains(c);
    let length = text.find(|c| !inside(c)).unwrap_or(text.len());
    // A comment may follow without a space, but an address holds `//` after its `:`.
    let comment = text[..length]
        .match_indices("//")
        .find(|(at, _)| *at > 0 && text.as_bytes()[at - 1] != b':')
        .map_or(length, |(at, _)| at);
    let path = text[..comment].trim_end_matches(['.', ':', '=']);
    path.len().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let all = tokens(text);
        let texts: Vec<&str> = all.tokens.iter().map(|t| t.text).collect();
        assert_eq!(texts, expect, "{text}");
        assert_eq!(all.problems, [], "{text}");
    }

    #[test]
    fn a_hyphen_belongs_to_a_name_and_a_minus_does_not() {
        check("order-view", &["order-view"]);
        check("stock.free -= 1", &["stock", ".", "free", "-=", "1"]);
        check("a - 1", &["a", "-", "1"]);
        check("op() -> ok|no", &["op", "(", ")", "->", "ok", "|", "no"]);
    }

    #[test]
    fn durations_counts_shares_and_ranges_need_no_quotes() {
        check(
            "15m 300ms 5x 5% 0..2 1s..5m",
            &["15m", "300ms", "5x", "5%", "0", "..", "2", "1s", "..", "5m"],
        );
    }

    #[test]
    fn an_address_is_no_comment() {
        check(
            "contract https://docs.stripe.com/api // the contract",
            &["contract", "https://docs.stripe.com/api"],
        );
        check(
            "a docs/pci.md, b.c",
            &["a", "docs/pci.md", ",", "b", ".", "c"],
        );
        check("./docs/x.md:12; ../y", &["./docs/x.md:12", ";", "../y"]);
    }

    #[test]
    fn a_text_that_is_not_closed_costs_its_line() {
        let all = tokens("team \"money\noncall x");
        assert_eq!(all.problems.len(), 1);
        assert_eq!(all.tokens.len(), 4);
    }
}
