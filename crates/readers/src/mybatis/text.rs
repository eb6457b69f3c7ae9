//! A statement written out, with where each part of it stands.

use std::collections::BTreeMap;
use std::ops::Range;

use roxmltree::Node;

/// Ways through the branches of `<choose>` that are read.
pub(super) const MOST_BRANCHES: usize = 6;
/// Levels of tags and fragments that are followed.
const DEEPEST: usize = 24;
/// Tags of one statement: fragments can name each other.
const MOST_STEPS: usize = 20_000;
/// Bytes of one statement.
const LONGEST: usize = 200_000;

/// A statement as one way through its tags makes it.
#[derive(Default)]
pub(super) struct Written {
    pub(super) text: String,
    /// How many branches the widest choice has.
    pub(super) branches: usize,
    pieces: Vec<Piece>,
}

/// A part of the text that stands in the file.
struct Piece {
    text: Range<usize>,
    source: Range<usize>,
    perhaps: bool,
}

impl Written {
    /// Returns the bytes of the file that a part of the text was made of.
    pub(super) fn source(&self, part: &Range<usize>) -> Option<Range<usize>> {
        let piece = self.piece(part.start)?;
        let start = piece.source.start + (part.start - piece.text.start);
        let start = start.min(piece.source.end);
        let end = (start + part.len()).min(piece.source.end);
        Some(start..end.max(start))
    }

    /// Returns whether only some calls send a part of the text.
    pub(super) fn is_perhaps(&self, part: &Range<usize>) -> bool {
        self.piece(part.start).is_none_or(|p| p.perhaps)
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        self.pieces.iter().find(|p| p.text.contains(&at))
    }
}

/// What a statement is made of.
struct Writer<'n, 'd> {
    parts: &'n BTreeMap<&'d str, Node<'d, 'd>>,
    /// Which branch of each choice is taken.
    branch: usize,
    /// The nodes that were looked at.
    steps: usize,
    out: Written,
}

/// Writes a statement out, with that branch of each choice.
pub(super) fn written<'d>(
    node: Node<'d, 'd>,
    parts: &BTreeMap<&'d str, Node<'d, 'd>>,
    branch: usize,
) -> Written {
    let mut writer = Writer {
        parts,
        branch,
        steps: 0,
        out: Written::default(),
    };
    writer.children(node, false, 0);
    writer.out
}

impl<'d> Writer<'_, 'd> {
    fn children(&mut self, node: Node<'d, 'd>, perhaps: bool, depth: usize) {
        for child in node.children() {
            self.node(child, perhaps, depth);
        }
    }

    fn node(&mut self, node: Node<'d, 'd>, perhaps: bool, depth: usize) {
        self.steps += 1;
        if depth > DEEPEST || self.out.text.len() > LONGEST || self.steps > MOST_STEPS {
            return;
        }
        if node.is_text() {
            return self.text(node, perhaps);
        }
        let deeper = depth + 1;
        let attribute = |name: &str| node.attribute(name).unwrap_or_default();
        match node.tag_name().name() {
            "if" => self.children(node, true, deeper),
            "where" => self.trimmed(node, "WHERE", &["AND", "OR"], perhaps, deeper),
            "set" => self.trimmed(node, "SET", &[], perhaps, deeper),
            "trim" => {
                let before: Vec<&str> = attribute("prefixOverrides").split('|').collect();
                self.trimmed(node, attribute("prefix"), &before, perhaps, deeper);
                self.word(attribute("suffix"));
            }
            "foreach" => {
                self.word(attribute("open"));
                self.children(node, perhaps, deeper);
                self.word(attribute("close"));
            }
            "choose" => {
                let branches: Vec<Node<'d, 'd>> = node
                    .children()
                    .filter(|n| n.has_tag_name("when") || n.has_tag_name("otherwise"))
                    .collect();
                self.out.branches = self.out.branches.max(branches.len());
                let last = branches.len().saturating_sub(1);
                if let Some(&taken) = branches.get(self.branch.min(last)) {
                    self.children(taken, true, deeper);
                }
            }
            "include" => {
                let name = attribute("refid");
                let own = self.parts.get(name).or_else(|| {
                    let last = name.rsplit('.').next().unwrap_or(name);
                    self.parts.get(last)
                });
                match own.copied() {
                    Some(part) => self.children(part, perhaps, deeper),
                    // It stands in another mapper.
                    None => self.word("${include}"),
                }
            }
            _ => {}
        }
    }

    /// Writes what stands in a tag behind a word, without what would be left over: `WHERE AND`, `SET a = 1,`.
    fn trimmed(
        &mut self,
        node: Node<'d, 'd>,
        word: &str,
        leading: &[&str],
        perhaps: bool,
        depth: usize,
    ) {
        self.word(word);
        let start = self.out.text.len();
        self.children(node, perhaps, depth);
        let body = &self.out.text[start..];
        let blank = body.len() - body.trim_start().len();
        let first = leading.iter().map(|w| w.trim()).find(|w| {
            let rest = body.trim_start();
            !w.is_empty()
                && rest
                    .get(..w.len())
                    .is_some_and(|h| h.eq_ignore_ascii_case(w))
                && !rest[w.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
        });
        if let Some(first) = first {
            let at = start + blank;
            self.erase(at..at + first.len());
        }
        let kept = self.out.text[start..].trim_end();
        if kept.ends_with(',') {
            let at = start + kept.len() - 1;
            self.erase(at..at + 1);
        }
    }

    /// Makes blanks of a part of the text, so that the places of the rest stay.
    fn erase(&mut self, part: Range<usize>) {
        let blanks = " ".repeat(part.len());
        self.out.text.replace_range(part, &blanks);
    }

    fn word(&mut self, word: &str) {
        self.out.text.push(' ');
        self.out.text.push_str(word);
        self.out.text.push(' ');
    }

    /// Writes a text, with what is put in as a value as `?`.
    fn text(&mut self, node: Node<'d, 'd>, perhaps: bool) {
        let value = node.text().unwrap_or_default();
        let source = node.range();
        // What is spelled otherwise in the file (`&lt;`) has only roughly its place.
        let offset = node.document().input_text()[source.clone()]
            .find(value)
            .unwrap_or_default();
        let mut at = 0;
        while let Some(hole) = value[at..].find("#{") {
            let start = at + hole;
            self.piece(
                &value[at..start],
                source.start + offset + at,
                source.end,
                perhaps,
            );
            self.out.text.push('?');
            at = value[start..]
                .find('}')
                .map_or(value.len(), |e| start + e + 1);
        }
        self.piece(
            &value[at..],
            source.start + offset + at,
            source.end,
            perhaps,
        );
        self.out.text.push(' ');
    }

    fn piece(&mut self, text: &str, from: usize, end: usize, perhaps: bool) {
        let start = self.out.text.len();
        self.out.text.push_str(text);
        self.out.pieces.push(Piece {
            text: start..self.out.text.len(),
            source: from.min(end)..(from + text.len()).min(end),
            perhaps,
        });
    }
}
