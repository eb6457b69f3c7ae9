//! Template directives in YAML: `{{ … }}` of Go and Helm, `${{ … }}`, `{% … %}` of Jinja.
//!
//! The YAML around the directives is read by putting neutral text of the same length in their place, so that every byte keeps its
//! position. Which branch a condition takes is not decided: all branches stay.

use std::ops::Range;

/// A text whose directives are masked.
pub(super) struct Masked {
    /// The text; as long as the original, byte for byte.
    pub(super) text: String,
    /// The directives, in order.
    pub(super) directives: Vec<Directive>,
}

/// One directive, or a run of them that belongs together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive {
    /// The bytes it has.
    pub(super) at: Range<usize>,
    /// Whether it puts text where it stands; a condition, a loop or a comment does not.
    pub(super) prints: bool,
}

/// Returns whether the text is one that a template engine fills in before YAML is read.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{%")
        || text.match_indices("{{").any(|(at, _)| {
            let inside = text[at + 2..].trim_start_matches('-').trim_start();
            let github = text[..at].ends_with('$');
            let words = [
                ".Values",
                ".Release",
                ".Chart",
                "include ",
                "template ",
                "define ",
                "end ",
                "end}",
                "end-",
                "if ",
                "range ",
                "with ",
                "toYaml ",
                "/*",
                "else",
            ];
            !github
                && (text[at + 2..].starts_with('-') || words.iter().any(|w| inside.starts_with(w)))
        })
}

/// Masks every directive.
pub(super) fn mask(text: &str) -> Masked {
    let mut bytes = text.as_bytes().to_vec();
    let mut directives = Vec::new();
    let found = scan(text);
    let mut index = 0;
    while index < found.len() {
        let end = line_group(text, &found, index);
        mask_group(text, &found[index..end], &mut bytes, &mut directives);
        index = end;
    }
    open_maps(text, &directives, &mut bytes);
    let text = String::from_utf8(bytes).unwrap_or_default();
    Masked { text, directives }
}

/// Returns the end of the run of directives that starts at `first` and shares its lines.
fn line_group(text: &str, found: &[Directive], first: usize) -> usize {
    let mut last = first;
    while let Some(next) = found.get(last + 1) {
        if text[found[last].at.end..next.at.start].contains('\n') {
            break;
        }
        last += 1;
    }
    last + 1
}

fn mask_group(text: &str, group: &[Directive], bytes: &mut [u8], out: &mut Vec<Directive>) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return;
    };
    let start = text[..first.at.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[last.at.end..]
        .find('\n')
        .map_or(text.len(), |at| last.at.end + at);
    let blank = |range: Range<usize>| text[range].trim().is_empty();
    let gaps_blank = group.windows(2).all(|w| blank(w[0].at.end..w[1].at.start));
    if blank(start..first.at.start) && blank(last.at.end..end) && gaps_blank {
        fill(text, start..last.at.end, b'\n', bytes);
        out.extend(group.iter().cloned());
        return;
    }
    let mut controls = group.iter().filter(|d| !d.prints);
    let Some(opening) = controls.next() else {
        for directive in group {
            fill(text, directive.at.clone(), b'x', bytes);
            out.push(directive.clone());
        }
        return;
    };
    if blank(start..opening.at.start) {
        // `{{ if x }}key: value{{ end }}`: the indentation of the key cannot be kept, so the line is left out.
        fill(text, start..end, b'\n', bytes);
        out.push(Directive {
            at: start..end,
            prints: true,
        });
        return;
    }
    // `name: {{ if a }}x{{ else }}y{{ end }}-z`: the branches are one value.
    let closing = controls.next_back().unwrap_or(opening);
    let choice = opening.at.start..closing.at.end;
    let outside = group
        .iter()
        .filter(|d| d.at.end <= choice.start || d.at.start >= choice.end);
    let mut parts: Vec<Directive> = outside.cloned().collect();
    let trailing_comment = opening == closing && blank(choice.end..end);
    parts.push(Directive {
        at: choice,
        prints: !trailing_comment,
    });
    parts.sort_by_key(|d| d.at.start);
    for part in parts {
        let filler = if part.prints { b'x' } else { b' ' };
        fill(text, part.at.clone(), filler, bytes);
        out.push(part);
    }
}

/// Puts the filler in place of every byte. What is left out becomes line breaks: an empty line means nothing anywhere in YAML,
/// while a line of blanks may not open a block scalar.
fn fill(text: &str, range: Range<usize>, filler: u8, bytes: &mut [u8]) {
    let source = text.as_bytes();
    for at in range {
        let keeps = filler == b' ' && matches!(source[at], b'\n' | b'\r');
        if !keeps {
            bytes[at] = filler;
        }
    }
}

/// Makes room for what stands below a directive that prints a map, or a part of one:
///
/// ```yaml
/// - {{ toYaml . | nindent 8 | trim }}
///   labelSelector: x
/// labels: {{- include "labels" . | nindent 4 }}
///   more: y
/// ```
fn open_maps(text: &str, directives: &[Directive], bytes: &mut [u8]) {
    for directive in directives.iter().filter(|d| d.prints) {
        let at = directive.at.clone();
        let start = text[..at.start].rfind('\n').map_or(0, |i| i + 1);
        let before = &text[start..at.start];
        let rest = text[at.end..].split('\n').next().unwrap_or_default();
        let opens = before.trim_end();
        if !rest.trim().is_empty() || before.len() > 400 || !opens.ends_with(['-', ':']) {
            continue;
        }
        let column = at.start - start;
        let indent = before.len() - before.trim_start().len();
        let below = next_indent(bytes, at.end + rest.len());
        if opens.ends_with('-') && opens.trim_start() == "-" && below == Some(column) {
            bytes[at.start + 1] = b':';
            bytes[at.start + 2] = b' ';
        } else if opens.ends_with(':') && below.is_some_and(|b| b > indent) {
            fill(text, at, b' ', bytes);
        }
    }
}

/// Returns the indentation of the next line that is not empty, if it starts a key of a map.
fn next_indent(bytes: &[u8], from: usize) -> Option<usize> {
    const REACH: usize = 4_000;
    let reach = bytes.get(from..)?;
    let mut lines = reach[..reach.len().min(REACH)]
        .split(|b| *b == b'\n')
        .skip(1);
    let line = lines.find(|l| !l.trim_ascii().is_empty() && !l.trim_ascii().starts_with(b"#"))?;
    let content = line.trim_ascii_start();
    let is_key = content.contains(&b':') && !content.starts_with(b"- ");
    is_key.then(|| line.len() - content.len())
}

/// Finds the directives. One that is never closed is none.
fn scan(text: &str) -> Vec<Directive> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut unclosed = [false; 2];
    while at + 1 < bytes.len() {
        let kind = match (bytes[at], bytes[at + 1]) {
            (b'{', b'{') => 0,
            (b'{', b'%') => 1,
            _ => {
                at += 1;
                continue;
            }
        };
        // After one that is never closed no later one is looked for: each search would run to the end of the text.
        let closed = (!unclosed[kind]).then(|| {
            if kind == 0 {
                close(text, at + 2)
            } else {
                find(text, at + 2, "%}")
            }
        });
        let Some(end) = closed.flatten() else {
            unclosed[kind] = true;
            at += 2;
            continue;
        };
        let github = at > 0 && bytes[at - 1] == b'$' && kind == 0;
        let start = if github { at - 1 } else { at };
        let prints = kind == 0 && !is_control(&text[at + 2..end - 2]);
        found.push(Directive {
            at: start..end,
            prints,
        });
        at = end;
    }
    found
}

/// Returns the end of a `{{ … }}` whose inside starts at `at`: strings in it may hold braces.
fn close(text: &str, at: usize) -> Option<usize> {
    let inside = text[at..].trim_start_matches('-').trim_start();
    if inside.starts_with("/*") {
        let comment = text.len() - inside.len();
        let end = find(text, comment + 2, "*/")?;
        return find(text, end, "}}");
    }
    let bytes = text.as_bytes();
    let mut index = at;
    while index < bytes.len() {
        match bytes[index] {
            b'}' if bytes.get(index + 1) == Some(&b'}') => return Some(index + 2),
            b'"' => index = string_end(bytes, index, true)?,
            b'`' => index = string_end(bytes, index, false)?,
            _ => index += 1,
        }
    }
    None
}

fn string_end(bytes: &[u8], open: usize, escapes: bool) -> Option<usize> {
    let quote = bytes[open];
    let mut index = open + 1;
    while index < bytes.len() {
        match bytes[index] {
            b'\\' if escapes => index += 2,
            b'\n' if escapes => return None,
            b if b == quote => return Some(index + 1),
            _ => index += 1,
        }
    }
    None
}

fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    text.get(from..)?
        .find(what)
        .map(|at| from + at + what.len())
}

/// Returns whether the inside of a directive is a condition, a loop, a definition, an assignment or a comment.
fn is_control(inside: &str) -> bool {
    let inside = inside.trim_matches(|c: char| c == '-' || c.is_whitespace());
    let word = inside
        .split(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    let assigns = inside.starts_with('$')
        && inside
            .split_once(['=', '|', '"'])
            .is_some_and(|(left, _)| inside[left.len()..].starts_with('='));
    matches!(
        word,
        "if" | "else" | "end" | "range" | "with" | "define" | "block" | "break" | "continue"
    ) || inside.starts_with("/*")
        || assigns
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, masked: Expect) {
        let found = mask(text);
        assert_eq!(found.text.len(), text.len());
        let lines: Vec<&str> = found.text.lines().filter(|l| !l.is_empty()).collect();
        masked.assert_eq(&lines.join("\n").replace(' ', "·"));
    }

    #[test]
    fn a_directive_on_its_own_line_is_blanked_and_one_in_a_value_is_a_word() {
        check(
            "{{- if .Values.x }}\nname: {{ include \"a}}\" . }}-b\n{{- end }}\n",
            expect!["name:·xxxxxxxxxxxxxxxxxxxxx-b"],
        );
    }

    #[test]
    fn the_branches_of_an_inline_condition_are_one_value() {
        check(
            "a: {{ if .x }}1{{ else }}2{{ end }}3\n",
            expect!["a:·xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx3"],
        );
    }

    #[test]
    fn a_directive_that_prints_a_map_leaves_room_for_what_follows() {
        check(
            "a:\n- {{ toYaml . | trim }}\n  b: c\nd: {{- include \"x\" . | nindent 2 }}\n  {{- if y }}\n  e: f\n  {{- end }}\ng: |\n    {{- if z }}\n  h\n    {{ end }}\n",
            expect![[r#"
                a:
                -·x:·xxxxxxxxxxxxxxxxxx
                ··b:·c
                d:·································
                ··e:·f
                g:·|
                ··h"#]],
        );
    }

    #[test]
    fn a_directive_that_is_never_closed_stays_as_it_is() {
        check(
            "a: {{ b\n{{ \"c\n",
            expect![[r#"
                a:·{{·b
                {{·"c"#]],
        );
    }

    #[test]
    fn annotations_of_prometheus_are_no_template() {
        assert!(!is_template(
            "summary: \"{{ $labels.job }} at {{ $value }}\"\n"
        ));
        assert!(!is_template("run: echo ${{ secrets.X }}\n"));
        assert!(is_template("name: {{ .Values.name }}\n"));
    }
}
