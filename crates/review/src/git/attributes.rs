//! `.gitattributes`: which path has which attribute, by the rules of <https://git-scm.com/docs/gitattributes>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Git ignores longer lines, and files beyond this size.
const LINE_LIMIT: usize = 2048;
/// Steps that comparing patterns with paths may take, all files and paths together: some seconds. Thousands of patterns for thousands
/// of paths are ordinary; a million stars for a million paths would never end.
const STEP_LIMIT: u64 = 4_000_000_000;
/// Rules kept of all files together; more are ignored and reported.
const RULE_LIMIT: usize = 20_000;

/// What a line says about an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// `name`.
    Set,
    /// `-name`.
    Unset,
    /// `name=value`.
    Value(Arc<str>),
    /// `!name`.
    Unspecified,
}

/// What one line says, in order.
type States = Vec<(Arc<str>, State)>;

/// The first and last byte of a range.
type Range = (u8, u8);

#[derive(Debug, Clone)]
struct Rule {
    /// The folder of the file, empty or with a `/` at its end.
    folder: Arc<str>,
    pattern: Pattern,
    states: States,
}

/// The attributes of a tree.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    rules: Vec<Rule>,
    macros: BTreeMap<Arc<str>, States>,
    /// The rules that speak of an attribute, the last first, with what they say; found when one is first asked for.
    by_attribute: Arc<Mutex<BTreeMap<String, Arc<Said>>>>,
    steps: Arc<AtomicU64>,
}

/// Indices of rules, and what each says.
type Said = Vec<(usize, State)>;

impl Attributes {
    /// Adds a file. Files must come in the order of their weight: the deeper folder later, `info/attributes` last.
    pub(crate) fn add(&mut self, folder: &str, text: &str) {
        self.by_attribute = Arc::default();
        let folder: Arc<str> = folder.into();
        for line in text.lines() {
            let line = line.trim_start_matches([' ', '\t']);
            if line.is_empty() || line.starts_with('#') || line.len() > LINE_LIMIT {
                continue;
            }
            if self.rules.len() >= RULE_LIMIT {
                return;
            }
            self.line(&folder, line);
        }
    }

    fn line(&mut self, folder: &Arc<str>, line: &str) {
        let (pattern, rest) = first_word(line);
        let states: Vec<_> = rest
            .split([' ', '\t', '\r'])
            .filter(|word| !word.is_empty())
            .map(state)
            .collect();
        if let Some(name) = pattern.strip_prefix("[attr]") {
            if self.macros.len() < RULE_LIMIT {
                self.macros.insert(name.into(), states);
            }
        } else if let Some(pattern) = Pattern::new(&pattern) {
            self.rules.push(Rule {
                folder: folder.clone(),
                pattern,
                states,
            });
        }
    }

    /// Returns what the last matching line says about an attribute.
    pub(crate) fn get(&self, path: &str, attribute: &str) -> Option<State> {
        if self.rules.is_empty() {
            return None;
        }
        let said = self.said(attribute);
        let matching = said.iter().find(|(rule, _)| {
            let rule = &self.rules[*rule];
            path.strip_prefix(&*rule.folder)
                .is_some_and(|relative| self.in_time(&rule.pattern, relative))
        });
        let (_, state) = matching?;
        (*state != State::Unspecified).then(|| state.clone())
    }

    /// Returns whether there were more patterns and paths than can be compared, so that some rules did not count.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.rules.len() >= RULE_LIMIT || self.steps.load(Ordering::Relaxed) > STEP_LIMIT
    }

    fn in_time(&self, pattern: &Pattern, path: &str) -> bool {
        let steps = self.steps.fetch_add(pattern.steps(path), Ordering::Relaxed);
        steps <= STEP_LIMIT && pattern.matches(path)
    }

    fn said(&self, attribute: &str) -> Arc<Said> {
        let mut known = self
            .by_attribute
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(said) = known.get(attribute) {
            return said.clone();
        }
        let rules = self.rules.iter().enumerate().rev();
        let said: Said = rules
            .filter_map(|(at, rule)| Some((at, self.says(&rule.states, attribute)?)))
            .collect();
        let said = Arc::new(said);
        known.insert(attribute.to_owned(), said.clone());
        said
    }

    /// Returns whether an attribute is set, `Some(false)` where it is unset or says `false`.
    pub(crate) fn flag(&self, path: &str, attribute: &str) -> Option<bool> {
        match self.get(path, attribute)? {
            State::Set => Some(true),
            State::Unset => Some(false),
            State::Value(value) => Some(!value.eq_ignore_ascii_case("false")),
            State::Unspecified => None,
        }
    }

    /// Returns whether a file on disk may differ from its blob in more than its line ends.
    pub(crate) fn converts(&self, path: &str) -> bool {
        ["filter", "ident", "working-tree-encoding"]
            .into_iter()
            .any(|name| matches!(self.get(path, name), Some(State::Set | State::Value(_))))
    }

    /// Returns whether no line speaks of that attribute.
    pub(crate) fn never_mentions(&self, attributes: &[&str]) -> bool {
        let mentions = |states: &[(Arc<str>, State)]| {
            states.iter().any(|(name, _)| attributes.contains(&&**name))
        };
        !self.rules.iter().any(|rule| mentions(&rule.states))
            && !self.macros.values().any(|states| mentions(states))
    }

    /// Returns what a line says of an attribute, its macros written out. A macro that said nothing once says nothing the second time.
    fn says(&self, states: &[(Arc<str>, State)], attribute: &str) -> Option<State> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&(Arc<str>, State)> = states.iter().collect();
        while let Some((name, state)) = open.pop() {
            if &**name == attribute {
                return Some(state.clone());
            }
            if *state == State::Set
                && let Some(within) = self.macros.get(name)
                && seen.insert(name)
            {
                open.extend(within);
            }
        }
        None
    }
}

fn state(word: &str) -> (Arc<str>, State) {
    if let Some(name) = word.strip_prefix('-') {
        return (name.into(), State::Unset);
    }
    if let Some(name) = word.strip_prefix('!') {
        return (name.into(), State::Unspecified);
    }
    match word.split_once('=') {
        Some((name, value)) => (name.into(), State::Value(value.into())),
        None => (word.into(), State::Set),
    }
}

/// Splits off the pattern, which may stand in quotes.
fn first_word(line: &str) -> (String, &str) {
    let Some(quoted) = line.strip_prefix('"') else {
        let end = line.find([' ', '\t', '\r']).unwrap_or(line.len());
        return (line[..end].to_owned(), &line[end..]);
    };
    let mut word = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (word, &quoted[at + 1..]),
            '\\' => match characters.next() {
                Some((_, 't')) => word.push('\t'),
                Some((_, 'n')) => word.push('\n'),
                // Octal bytes are rare and left alone: the pattern then matches nothing.
                Some((_, other)) => word.push(other),
                None => break,
            },
            other => word.push(other),
        }
    }
    (word, "")
}

/// A pattern of `.gitattributes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// The file name is this.
    Name(Box<str>),
    /// The file name ends in this.
    Suffix(Box<str>),
    /// The file name matches.
    NameLike(Vec<Token>),
    /// The whole path matches.
    Path(Vec<Token>),
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Byte(u8),
    /// `?`: one byte, but no `/`.
    One,
    /// `*`: any bytes, but no `/`.
    Star,
    /// `**`: any bytes.
    Deep,
    /// `**/`: nothing, or folders with their `/`.
    Folders,
    /// `[a-z]`: one byte of these ranges, or of none of them; never `/`.
    Set {
        negated: bool,
        ranges: Vec<Range>,
    },
}

impl Pattern {
    /// Returns None for a pattern that matches nothing: a negative one, one for folders.
    pub(crate) fn new(text: &str) -> Option<Self> {
        if text.starts_with('!') || text.ends_with('/') || text.is_empty() {
            return None;
        }
        let anchored = text.contains('/');
        let text = text.strip_prefix('/').unwrap_or(text);
        let plain = |text: &str| !text.contains(['*', '?', '[', '\\']);
        if !anchored {
            if plain(text) {
                return Some(Self::Name(text.into()));
            }
            if let Some(suffix) = text.strip_prefix('*').filter(|suffix| plain(suffix)) {
                return Some(Self::Suffix(suffix.into()));
            }
            return Some(Self::NameLike(tokens(text.as_bytes())?));
        }
        Some(Self::Path(tokens(text.as_bytes())?))
    }

    /// Returns how many steps it takes to say whether it matches a path.
    fn steps(&self, path: &str) -> u64 {
        let tokens = match self {
            Self::Name(_) | Self::Suffix(_) => return 1,
            Self::NameLike(tokens) | Self::Path(tokens) => tokens.len(),
        };
        (tokens * path.len()) as u64
    }

    /// Returns whether it matches a path, relative to the folder of its file.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        match self {
            Self::Name(expected) => name == &**expected,
            Self::Suffix(suffix) => name.ends_with(&**suffix),
            Self::NameLike(tokens) => accepts(tokens, name.as_bytes()),
            Self::Path(tokens) => accepts(tokens, path.as_bytes()),
        }
    }
}

fn tokens(pattern: &[u8]) -> Option<Vec<Token>> {
    let special = |byte: &u8| b"*?[\\".contains(byte);
    // Git compares what stands before the first special byte by itself, so that stars after it stand at a start: `a**` is deep.
    let first = pattern.iter().position(special);
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < pattern.len() {
        let rest = &pattern[at..];
        let starts = at == 0 || pattern[at - 1] == b'/' || Some(at) == first;
        let (token, length) = match rest[0] {
            b'*' => stars(rest, starts),
            b'?' => (Token::One, 1),
            b'[' => set(rest)?,
            b'\\' => (Token::Byte(*rest.get(1)?), 2),
            byte => (Token::Byte(byte), 1),
        };
        tokens.push(token);
        at += length;
    }
    Some(tokens)
}

/// Reads a run of stars: two or more between slashes are `**`.
fn stars(rest: &[u8], starts: bool) -> (Token, usize) {
    let count = rest.iter().take_while(|&&byte| byte == b'*').count();
    match rest.get(count) {
        Some(b'/') if starts && count > 1 => (Token::Folders, count + 1),
        None if starts && count > 1 => (Token::Deep, count),
        _ => (Token::Star, count),
    }
}

/// Reads `[…]`. Named classes are written out; None where the bracket is not closed: git then matches nothing.
fn set(pattern: &[u8]) -> Option<(Token, usize)> {
    let mut at = 1;
    let negated = matches!(pattern.get(at)?, b'!' | b'^');
    at += usize::from(negated);
    let mut ranges = Vec::new();
    let first = at;
    loop {
        let mut byte = *pattern.get(at)?;
        if byte == b']' && at > first {
            return Some((Token::Set { negated, ranges }, at + 1));
        }
        if let Some((class, length)) = class(&pattern[at..]) {
            ranges.extend_from_slice(class);
            at += length;
            continue;
        }
        if byte == b'\\' {
            at += 1;
            byte = *pattern.get(at)?;
        }
        at += 1;
        let mut last = byte;
        if pattern.get(at) == Some(&b'-') && pattern.get(at + 1).is_some_and(|&byte| byte != b']') {
            at += 1;
            if pattern[at] == b'\\' {
                at += 1;
            }
            last = *pattern.get(at)?;
            at += 1;
        }
        ranges.push((byte, last));
    }
}

fn class(pattern: &[u8]) -> Option<(&'static [Range], usize)> {
    const CLASSES: &[(&[u8], &[Range])] = &[
        (b"[:alnum:]", &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')]),
        (b"[:alpha:]", &[(b'A', b'Z'), (b'a', b'z')]),
        (b"[:digit:]", &[(b'0', b'9')]),
        (b"[:lower:]", &[(b'a', b'z')]),
        (b"[:upper:]", &[(b'A', b'Z')]),
        (b"[:xdigit:]", &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')]),
        (b"[:space:]", &[(b' ', b' '), (b'\t', b'\r')]),
        (
            b"[:punct:]",
            &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')],
        ),
    ];
    CLASSES
        .iter()
        .find(|(name, _)| pattern.starts_with(name))
        .map(|(name, ranges)| (*ranges, name.len()))
}

/// Returns whether the tokens match all of the text, in time of their product: a pattern like `*a*a*a*b` cannot make it slow.
fn accepts(tokens: &[Token], text: &[u8]) -> bool {
    // Most patterns differ from most paths in the bytes before the first star.
    let plain = tokens.iter().zip(text);
    let mut plain = plain.map_while(|(token, seen)| match token {
        Token::Byte(byte) => Some(byte == seen),
        _ => None,
    });
    if plain.any(|same| !same) {
        return false;
    }
    // `reached[i]`: the tokens so far can match the first `i` bytes.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in tokens {
        let mut next = vec![false; text.len() + 1];
        let mut open = false;
        for at in 0..=text.len() {
            let before = at
                .checked_sub(1)
                .map(|before| (text[before], reached[before]));
            next[at] = match token {
                Token::Byte(byte) => before.is_some_and(|(seen, r)| r && seen == *byte),
                Token::One => before.is_some_and(|(seen, r)| r && seen != b'/'),
                Token::Set { negated, ranges } => before.is_some_and(|(seen, r)| {
                    let within = ranges
                        .iter()
                        .any(|&(low, high)| (low..=high).contains(&seen));
                    r && seen != b'/' && within != *negated
                }),
                Token::Star => {
                    open = (open && before.is_some_and(|(seen, _)| seen != b'/')) || reached[at];
                    open
                }
                Token::Deep => {
                    open |= reached[at];
                    open
                }
                Token::Folders => {
                    let here =
                        reached[at] || (open && before.is_some_and(|(seen, _)| seen == b'/'));
                    open |= reached[at];
                    here
                }
            };
        }
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str) -> bool {
        Pattern::new(pattern).is_some_and(|pattern| pattern.matches(path))
    }

    #[test]
    fn patterns_match_as_git_matches_them() {
        // Each line was checked with `git check-attr`.
        for (pattern, path, expected) in [
            ("*.pb.go", "a/b/x.pb.go", true),
            ("x.sql", "deep/x.sql", true),
            ("/x.sql", "deep/x.sql", false),
            ("/x.sql", "x.sql", true),
            ("a/*.sql", "a/x.sql", true),
            ("a/*.sql", "a/b/x.sql", false),
            ("a/**", "a/b/x.sql", true),
            ("a/**/x.sql", "a/x.sql", true),
            ("a/**/x.sql", "a/b/c/x.sql", true),
            ("**/gen/*", "gen/x", true),
            ("**/gen/*", "a/gen/x", true),
            ("**/gen/*", "a/regen/x", false),
            ("gen/", "gen/x", false),
            ("!*.go", "x.go", false),
            ("[a-c]?.txt", "b1.txt", true),
            ("[!a-c]1.txt", "b1.txt", false),
            ("[[:digit:]]*.txt", "1b.txt", true),
            ("[", "[", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
        ] {
            assert_eq!(check(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn the_last_line_wins_and_macros_are_written_out() {
        let mut attributes = Attributes::default();
        attributes.add(
            "",
            "[attr]generated linguist-generated -diff\n*.go generated\nx.go !linguist-generated",
        );
        attributes.add("sub/", "*.go -linguist-generated\n\"a b.sql\" filter=lfs");
        assert_eq!(attributes.flag("y.go", "linguist-generated"), Some(true));
        assert_eq!(attributes.flag("x.go", "linguist-generated"), None);
        assert_eq!(
            attributes.flag("sub/y.go", "linguist-generated"),
            Some(false)
        );
        assert!(attributes.converts("sub/deep/a b.sql"));
        assert!(!attributes.converts("a b.sql"));
    }

    #[test]
    fn macros_that_name_each_other_are_written_out_once() {
        let mut text = String::from("[attr]m0 linguist-generated\n");
        for at in 1..60 {
            let name = format!("m{} ", at - 1);
            text.push_str(&format!("[attr]m{at} x {}\n", name.repeat(50)));
        }
        text.push_str("[attr]a b\n[attr]b a\n*.go m59\n*.py a\n");
        let mut attributes = Attributes::default();
        attributes.add("", &text);
        assert_eq!(attributes.flag("x.go", "linguist-generated"), Some(true));
        assert_eq!(attributes.flag("x.go", "linguist-vendored"), None);
        assert_eq!(attributes.flag("x.py", "linguist-generated"), None);
    }

    #[test]
    fn more_patterns_than_can_be_compared_are_left_and_told() {
        let mut attributes = Attributes::default();
        let pattern = "*a".repeat(900);
        attributes.add(
            "",
            &format!("{pattern}b linguist-generated\n").repeat(1_000),
        );
        assert!(!attributes.is_exhausted());
        attributes.steps.store(STEP_LIMIT, Ordering::Relaxed);
        assert_eq!(
            attributes.flag(&"a".repeat(4_000), "linguist-generated"),
            None
        );
        assert!(attributes.is_exhausted());
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let pattern = "*a".repeat(900) + "b";
        assert!(!check(&pattern, &"a".repeat(4_000)));
    }
}
