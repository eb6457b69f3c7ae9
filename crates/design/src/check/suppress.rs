//! Comments that suppress a finding: `// coexist: ignore[rule-id] reason: …`, as in a review.

use coexist_model::{DesignFinding, Directive, File, Notice};

use crate::language::lexer;

/// Marks the findings that a comment suppresses, and returns what is wrong with the comments that name one of these rules, or no rule
/// that there is. A comment for what another command says had nothing to hide here.
pub(crate) fn suppress(findings: &mut [DesignFinding], file: &File, own: &[&str]) -> Vec<Notice> {
    let comments = lexer::tokens(&file.text).comments;
    let comments: Vec<(u32, &str)> = comments
        .iter()
        .map(|c| (file.place(c.span.range()).line, c.text))
        .collect();
    let known: Vec<&str> = super::pages().map(|(id, _)| id).collect();
    let of_others = |rule: &String| known.contains(&rule.as_str()) && !own.contains(&rule.as_str());
    let mut notices = Vec::new();
    for directive in Directive::of_comments(comments) {
        let mut used = Vec::new();
        for finding in findings.iter_mut() {
            let lines = std::iter::once(&finding.place)
                .chain(finding.related.iter().map(|(place, _)| place))
                .filter(|place| place.path == file.path);
            if lines
                .into_iter()
                .any(|place| directive.hides(finding.rule, place.line))
            {
                used.push(finding.rule.to_owned());
                finding
                    .suppressed
                    .get_or_insert(directive.suppression(&file.path));
            }
        }
        used.extend(directive.rules.iter().filter(|r| of_others(r)).cloned());
        let start = file.line_start(directive.line);
        let place = file.place(start..start + file.line(directive.line).len());
        notices.extend(
            directive
                .complaints(&used, &known, true)
                .into_iter()
                .map(|what| Notice {
                    place: place.clone(),
                    what,
                }),
        );
    }
    notices
}
