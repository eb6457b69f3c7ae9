//! Words: untrusted text made visible, wrapping, numbers of things.

use unicode_width::UnicodeWidthStr;

/// Stands for a space that wrapping keeps. No cleaned text holds it.
const SOLID_SPACE: char = '\0';

/// Characters of one text that people are shown. No path and no sentence is that long; a name in a file can be.
const SHOWN: usize = 4_200;

/// Returns the text on one line with control, invisible and direction-changing characters spelled out, and without
/// `unicode` everything outside of ASCII as well. Of an endless one the beginning.
pub(crate) fn visible(text: &str, unicode: bool) -> String {
    let mut out = String::with_capacity(text.len().min(SHOWN));
    for c in text.chars().take(SHOWN) {
        push_visible(&mut out, c, unicode);
    }
    if text.len() > SHOWN && text.chars().nth(SHOWN).is_some() {
        push_visible(&mut out, '…', unicode);
    }
    out
}

/// Appends one character as [`visible`] shows it.
pub(crate) fn push_visible(out: &mut String, c: char, unicode: bool) {
    match c {
        ' '..='~' => out.push(c),
        '\t' => out.push(' '),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        _ if c.is_control() || is_invisible(c) => out.extend(c.escape_unicode()),
        _ if unicode => out.push(c),
        '…' => out.push_str("..."),
        '→' => out.push_str("->"),
        '–' | '—' => out.push('-'),
        '‘' | '’' => out.push('\''),
        '“' | '”' => out.push('"'),
        _ => out.extend(c.escape_unicode()),
    }
}

/// Returns whether the character hides itself or changes the direction of others, as in https://trojansource.codes.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// Returns the text as one word for [`wrap`].
pub(crate) fn solid(text: &str) -> String {
    text.replace(' ', "\0")
}

/// Returns the words on lines of at most `width` columns, the first behind `first`, the others behind `rest`; a longer word
/// has its own line. Each line ends with a line break.
pub(crate) fn wrap(text: &str, width: usize, first: &str, rest: &str) -> String {
    let mut out = String::from(first);
    let mut column = first.width();
    let mut empty = true;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let wide = word.width();
        if !empty && column + 1 + wide > width {
            out.push('\n');
            out.push_str(rest);
            column = rest.width();
            empty = true;
        }
        if !empty {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += wide;
        empty = false;
    }
    out.push('\n');
    out.replace(SOLID_SPACE, " ")
}

/// Returns the number and the word, in the plural unless the number is one.
pub(crate) fn count(number: usize, word: &str) -> String {
    match number {
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    }
}

/// Returns a commit as people write it; anything else as it is.
pub(crate) fn short(reference: &str) -> &str {
    let is_commit =
        matches!(reference.len(), 40 | 64) && reference.bytes().all(|b| b.is_ascii_hexdigit());
    if is_commit {
        &reference[..7]
    } else {
        reference
    }
}

/// Returns the parts joined as a sentence joins them.
pub(crate) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_is_shown_and_not_obeyed() {
        assert_eq!(
            visible("a\u{1b}[2Jb\u{9b}31m\n", true),
            "a\\u{1b}[2Jb\\u{9b}31m\\n"
        );
        assert_eq!(visible("x\u{202e}y\u{200b}", true), "x\\u{202e}y\\u{200b}");
    }

    #[test]
    fn of_an_endless_name_the_beginning_is_shown() {
        let shown = visible(&"é".repeat(1 << 20), true);
        assert_eq!(shown.chars().count(), SHOWN + 1);
        assert!(shown.ends_with('…'));
        let path = "p".repeat(4_096);
        assert_eq!(visible(&path, true), path);
    }

    #[test]
    fn without_unicode_everything_is_ascii() {
        assert_eq!(visible("a → b … “ü” —", false), "a -> b ... \"\\u{fc}\" -");
    }

    #[test]
    fn prose_wraps_and_a_path_stays_whole() {
        let text = format!("see {} for more", solid("a folder/with a long name.sql"));
        assert_eq!(
            wrap(&text, 20, "= ", "  "),
            "= see\n  a folder/with a long name.sql\n  for more\n"
        );
    }

    #[test]
    fn only_whole_commits_are_shortened() {
        assert_eq!(short("4f1c2e9000000000000000000000000000000000"), "4f1c2e9");
        assert_eq!(short("v1.2.3"), "v1.2.3");
        assert_eq!(short("worktree"), "worktree");
    }
}
