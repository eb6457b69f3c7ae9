//! Code frames: one quoted line per place, with its span underlined.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use coexist_model::{Compared, Finding, Place, Related, Side, Sited, Verdict};

use crate::style::Style;
use crate::text::{push_visible, short};

/// Related places that are shown with their code; the rest is counted.
pub(crate) const SHOWN: usize = 4;

/// Returns the frames of the primary place and of the related ones that matter most.
pub(crate) fn frames(finding: &Finding, compared: &Compared, style: &Style) -> String {
    // What head no longer has stands only in the version that it is taken from.
    let label = match finding.primary.side {
        Side::Head => finding.label.clone(),
        _ => format!("{}, {}", finding.label, version(&finding.primary, compared)),
    };
    let beside: Vec<(&Place, String)> = shown(finding)
        .into_iter()
        .map(|index| &finding.related[index])
        .map(|related| (&related.at.place, does(related, compared)))
        .collect();
    let primary = (&finding.primary.place, label.as_str());
    drawn(finding.verdict, primary, &beside, style)
}

/// Returns the frames of a blamed place and of others beside it, each with what stands there.
pub(crate) fn drawn(
    verdict: Verdict,
    (place, label): (&Place, &str),
    beside: &[(&Place, String)],
    style: &Style,
) -> String {
    let level = match verdict {
        Verdict::Fail => Level::ERROR,
        Verdict::Warn => Level::WARNING,
        Verdict::Pass => Level::NOTE,
    };
    let group = Group::with_level(level);
    let mut group = element(group, place, label, AnnotationKind::Primary, style);
    for (place, label) in beside {
        group = element(group, place, label, AnnotationKind::Context, style);
    }
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer
        .term_width(style.width.max(40))
        .decor_style(DecorStyle::Ascii);
    let mut text = renderer.render(&[group]);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Returns the related places to show, by index: those of the schedule first.
pub(crate) fn shown(finding: &Finding) -> Vec<usize> {
    let scheduled = |index: &usize| {
        finding
            .witness
            .iter()
            .flat_map(|w| &w.steps)
            .any(|s| s.at == Some(index + 1))
    };
    let (first, others): (Vec<usize>, Vec<usize>) = (0..finding.related.len()).partition(scheduled);
    let mut shown: Vec<usize> = first.into_iter().chain(others).take(SHOWN).collect();
    shown.sort_unstable();
    shown
}

/// Returns the version at which a place stands, as people name it: `at base 4f1c2e9`.
pub(crate) fn version(at: &Sited, compared: &Compared) -> String {
    match at.side {
        Side::Base => format!("at base {}", short(&compared.base)),
        Side::Deployed => match (&compared.release, compared.deployed.as_slice()) {
            (Some(release), _) => format!("at release {release}"),
            (None, [one]) => format!("at deployed {}", short(one)),
            _ => "deployed".to_owned(),
        },
        Side::Head => match compared.head.as_str() {
            "staged" => "staged".to_owned(),
            "worktree" => "in the working tree".to_owned(),
            head => format!("at head {}", short(head)),
        },
    }
}

/// Returns what a related line does and where, as people say it: `reads, at base 4f1c2e9, which may still run`.
pub(crate) fn does(related: &Related, compared: &Compared) -> String {
    let runs = match (related.at.side, &compared.release) {
        (Side::Head, _) => "",
        // What stands in a manifest or a migration does not run.
        _ if related.why.is_none() => "",
        (Side::Deployed, None) => ", which runs",
        (Side::Base | Side::Deployed, _) => ", which may still run",
    };
    format!("{}, {}{runs}", related.role, version(&related.at, compared))
}

fn element<'a>(
    group: Group<'a>,
    place: &Place,
    label: &str,
    kind: AnnotationKind,
    style: &Style,
) -> Group<'a> {
    let path = style.clean(&place.path);
    let (quote, span) = underlined(place, style);
    if quote.trim().is_empty() {
        return group.element(Origin::path(path).line(place.line as usize));
    }
    group.element(
        Snippet::source(quote)
            .path(path)
            .line_start(place.line as usize)
            .annotation(kind.span(span).label(style.clean(label))),
    )
}

/// Returns the quoted line, safe to print, and the bytes of it that the place spans; a span over several lines ends with this one.
fn underlined(place: &Place, style: &Style) -> (String, std::ops::Range<usize>) {
    let quote = place.quote.trim_end();
    let from = (place.column as usize).saturating_sub(1);
    let to = if place.end_line == place.line {
        (place.end_column as usize).saturating_sub(1)
    } else {
        usize::MAX
    };
    let mut out = String::new();
    let (mut start, mut end) = (None, None);
    for (index, c) in quote.chars().enumerate() {
        if index == from {
            start = Some(out.len());
        }
        if index == to {
            end = Some(out.len());
        }
        if c == '\t' {
            out.push_str("    ");
        } else {
            push_visible(&mut out, c, style.unicode);
        }
    }
    let start = start.unwrap_or(out.len());
    let end = end.unwrap_or(out.len()).max(start);
    (out, start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn check(quote: &str, column: u32, end: (u32, u32), expect: &str) {
        let place = Place {
            column,
            end_line: end.0,
            end_column: end.1,
            ..sample::place("a.sql", 1, quote, "")
        };
        let (text, span) = underlined(&place, &Style::plain());
        assert_eq!(&text[span], expect);
    }

    #[test]
    fn a_span_counts_characters_and_covers_what_is_printed() {
        check("SELECT 'ü', name", 13, (1, 17), "name");
        check("\u{1b}[2J name", 6, (1, 10), "name");
        check("a\u{1b}b", 2, (1, 3), "\\u{1b}");
    }

    #[test]
    fn a_span_over_several_lines_ends_with_the_quoted_one() {
        check("CREATE TABLE t (  ", 1, (7, 2), "CREATE TABLE t (");
    }

    #[test]
    fn a_span_outside_of_the_line_is_empty() {
        check("abc", 90, (1, 95), "");
        check("abc", 3, (1, 1), "");
        check("", 1, (1, 1), "");
    }
}
