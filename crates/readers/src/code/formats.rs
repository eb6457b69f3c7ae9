//! Texts that a call puts values into: `format!("SELECT {} FROM t", COLUMNS)`, `fmt.Sprintf("… %s …", columns)`, `"…".format(a)`,
//! `"…" % a`.
//!
//! Where the value is a constant text of the same file, it stands in the text; any other stays a placeholder.

use std::ops::Range;

use crate::protobuf::generated::Tongue;

use super::syntax::{Id, Syntax};

/// What is put into a text.
pub(super) struct Values<'a> {
    /// By position.
    pub(super) positional: Vec<Id>,
    /// By name.
    pub(super) named: Vec<(&'a str, Id)>,
    /// How the text marks the places.
    style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `{}`, `{0}`, `{name}`, `{name:?}`.
    Braces,
    /// `%s`, `%[1]s`, `%1$s`.
    Percents,
}

/// A place in a text that a value is put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// The bytes of the mark.
    pub(super) range: Range<usize>,
    /// What is put there.
    pub(super) what: What,
}

/// Which value is put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// The value at this position, from 0.
    At(usize),
    /// The value of this name: a named argument, or a name in scope.
    Named(String),
}

impl<'a> Values<'a> {
    /// Returns what is put into the text that a string node makes, if something is.
    pub(super) fn of(s: &Syntax<'a>, string: Id) -> Option<Self> {
        let up = s.parent(string)?;
        if let Some(&(_, left, right)) = s.profile.operators.iter().find(|o| o.0 == s.kind(up)) {
            let percent = s.child(up, "operator").is_some_and(|o| s.text(o) == "%");
            let (left, right) = (s.pick(up, left)?, s.pick(up, right)?);
            return (percent && left == string).then(|| Self::after_percent(s, right));
        }
        if s.member(up).is_some_and(|(object, _)| object == string) {
            // The call itself is the member in some languages.
            let call = s.call(up).or_else(|| s.call(s.parent(up)?))?;
            let ours = matches!(s.called(call), "format" | "formatted");
            let style = match s.profile.tongue {
                Tongue::Python => Style::Braces,
                _ => Style::Percents,
            };
            return ours.then(|| Self::listed(s, s.arguments(call), style));
        }
        // The list of arguments, the call around it.
        let call = s
            .ancestors(string)
            .take(3)
            .find_map(|outer| s.call(outer).filter(|c| c.callee != string))?;
        let arguments = s.arguments(call);
        let at = arguments.iter().position(|&a| a == string)?;
        let called = s.called(call).to_lowercase();
        let style = match (s.profile.tongue, called.as_str()) {
            (Tongue::Rust, "format" | "format_args" | "write" | "writeln") => Style::Braces,
            (Tongue::Rust, _) => return None,
            (_, called) if called == "format" || called.ends_with("printf") => Style::Percents,
            _ => return None,
        };
        Some(Self::listed(s, arguments[at + 1..].to_vec(), style))
    }

    /// `"…" % a`, `"…" % (a, b)`, `"…" % [a, b]`.
    fn after_percent(s: &Syntax<'a>, right: Id) -> Self {
        let several = matches!(s.kind(right), "tuple" | "array" | "list");
        let values = if several {
            s.named(right).collect()
        } else {
            vec![s.bare(right)]
        };
        Self::listed(s, values, Style::Percents)
    }

    fn listed(s: &Syntax<'a>, arguments: Vec<Id>, style: Style) -> Self {
        let mut values = Self {
            positional: Vec::new(),
            named: Vec::new(),
            style,
        };
        for argument in arguments {
            let forms = s.profile.pairs.iter().chain(s.profile.assignments);
            let pair = forms.filter(|f| f.0 == s.kind(argument)).find_map(|f| {
                let name = s.pick(argument, f.1)?;
                Some((s.text(name), s.pick(argument, f.2)?))
            });
            match pair {
                Some(pair) => values.named.push(pair),
                None => values.positional.push(argument),
            }
        }
        values
    }

    /// Returns the marks in a text, in order.
    pub(super) fn marks(&self, text: &str) -> Vec<Mark> {
        match self.style {
            Style::Braces => braces(text),
            Style::Percents => percents(text),
        }
    }
}

fn braces(text: &str) -> Vec<Mark> {
    let (mut marks, mut next, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = text[at..].find(['{', '}']) {
        let start = at + found;
        let doubled = text[start + 1..].starts_with(&text[start..=start]);
        let end = text[start..].find('}').map(|e| start + e + 1);
        let Some(end) = end.filter(|_| !doubled && text[start..].starts_with('{')) else {
            at = start + if doubled { 2 } else { 1 };
            continue;
        };
        let inside = &text[start + 1..end - 1];
        let name = inside.split([':', '!']).next().unwrap_or_default().trim();
        let what = match name.parse() {
            Ok(number) => What::At(number),
            Err(_) if name.is_empty() => {
                next += 1;
                What::At(next - 1)
            }
            Err(_) => What::Named(name.to_owned()),
        };
        marks.push(Mark {
            range: start..end,
            what,
        });
        at = end;
    }
    marks
}

/// Returns the marks of `fmt.Sprintf` in a text, each with the number of its value, from 0.
pub(crate) fn numbered_percents(text: &str) -> Vec<(Range<usize>, usize)> {
    let marks = percents(text).into_iter();
    let numbered = marks.filter_map(|mark| match mark.what {
        What::At(number) => Some((mark.range, number)),
        What::Named(_) => None,
    });
    numbered.collect()
}

fn percents(text: &str) -> Vec<Mark> {
    let (mut marks, mut next, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = text[at..].find('%') {
        let start = at + found;
        let rest = &text[start + 1..];
        let verb = |rest: &str| rest.starts_with(['s', 'd', 'v', 'q', 'r', 'i', 'f']);
        // `%[2]s` of Go, `%2$s` of Java: a number from 1.
        let digits = rest.trim_start_matches('[');
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        let close = digits[count..].starts_with([']', '$']);
        let (what, length) = if verb(rest) {
            next += 1;
            (What::At(next - 1), 2)
        } else if let (Ok(number), true) = (digits[..count].parse::<usize>(), close) {
            let after = &digits[count + 1..];
            if !verb(after) {
                at = start + 1;
                continue;
            }
            let length = text[start..].len() - after.len() + 1;
            (What::At(number.saturating_sub(1)), length)
        } else {
            // `%%`, `%(name)s`, the sign of LIKE.
            at = start + 1 + usize::from(rest.starts_with('%'));
            continue;
        };
        marks.push(Mark {
            range: start..start + length,
            what,
        });
        at = start + length;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(marks: Vec<Mark>, text: &str) -> Vec<String> {
        let show = |m: Mark| match m.what {
            What::At(n) => format!("{}={n}", &text[m.range]),
            What::Named(name) => format!("{}={name}", &text[m.range]),
        };
        marks.into_iter().map(show).collect()
    }

    #[test]
    fn braces_are_numbered_named_or_in_order() {
        let text = "a {} {{b}} {1} {c:?} {} {";
        assert_eq!(
            shown(braces(text), text),
            ["{}=0", "{1}=1", "{c:?}=c", "{}=1"]
        );
    }

    #[test]
    fn percents_are_in_order_or_numbered() {
        let text = "a %s LIKE 'x%' %% %[2]s %1$s %d ü%";
        assert_eq!(
            shown(percents(text), text),
            ["%s=0", "%[2]s=1", "%1$s=0", "%d=1"]
        );
    }
}
