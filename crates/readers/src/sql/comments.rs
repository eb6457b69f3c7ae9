//! The comments of SQL.

use std::collections::BTreeSet;
use std::ops::Range;

use coexist_model::Dialect;

use super::layout;
use super::lex::{Kind, Lexer};

/// Returns where the comments of a file stand, in order. Where the dialect is not told, only what is a comment in each of them.
pub(crate) fn comments(path: &str, text: &str) -> Vec<Range<usize>> {
    if let Some(dialect) = layout::dialect(path, text) {
        return in_dialect(text, dialect);
    }
    let starts = |dialect| in_dialect(text, dialect).into_iter().map(|span| span.start);
    let mysql: BTreeSet<usize> = starts(Dialect::MySql).collect();
    let mut both = in_dialect(text, Dialect::default());
    both.retain(|span| mysql.contains(&span.start));
    both
}

fn in_dialect(text: &str, dialect: Dialect) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = vec![(0, text.len())];
    while let Some((start, end)) = open.pop() {
        let mut lexer = Lexer::new(text, start, end, dialect);
        let mut begins_body = false;
        while let Some(token) = lexer.token() {
            let word = &text[token.start..token.end];
            match token.kind {
                Kind::Comment => {
                    found.push(token.start..token.end);
                    continue;
                }
                // The body of a function is a program; any other text in dollars is a text.
                Kind::Dollar if begins_body => {
                    let mark = word[1..].find('$').map_or(0, |at| at + 2);
                    open.push((token.start + mark, token.end.saturating_sub(mark)));
                }
                _ => {}
            }
            begins_body = token.kind == Kind::Word
                && (word.eq_ignore_ascii_case("do") || word.eq_ignore_ascii_case("as"));
        }
    }
    found.sort_by_key(|span| span.start);
    found
}
