//! The report of a design for a terminal.

use coexist_model::{DesignFinding, DesignReport};

use crate::style::Style;
use crate::terminal::{item, section, steps, titled};
use crate::{frame, schedule};

use super::{proof, sentence};

/// Returns the report as text.
pub fn terminal(report: &DesignReport, style: &Style) -> String {
    let mut out = String::new();
    for one in report.standing() {
        out.push_str(&finding(one, style));
        out.push('\n');
    }
    for workflow in &report.workflows {
        out.push_str(&proof::terminal(workflow, style));
        out.push('\n');
    }
    out.push_str(&sentence(report, style));
    out.push('\n');
    out.push_str(&suppressed(report, style));
    let notices = report.notices.iter().map(|n| {
        let at = style.path(&schedule::at(&n.place));
        format!("{at}: {}", style.clean(&n.what))
    });
    out.push_str(&section("Notices", style, notices));
    out
}

fn finding(finding: &DesignFinding, style: &Style) -> String {
    let mut out = titled(finding.verdict, finding.rule, &finding.title, style);
    let beside: Vec<_> = finding
        .related
        .iter()
        .take(frame::SHOWN)
        .map(|(place, role)| (place, role.clone()))
        .collect();
    let primary = (&finding.place, finding.label.as_str());
    out.push_str(&frame::drawn(finding.verdict, primary, &beside, style));
    out.push_str(&item(style, &format!("why: {}", style.clean(&finding.why))));
    out.push_str(&steps(style, "fix:", &finding.safe_steps));
    out
}

fn suppressed(report: &DesignReport, style: &Style) -> String {
    let all: Vec<_> = report
        .findings
        .iter()
        .filter_map(|f| f.suppressed.as_ref().map(|s| (f, s)))
        .collect();
    let lines = all.iter().map(|(f, s)| {
        let at = style.path(&format!("{}:{}", s.path, s.line));
        let title = style.clean(&f.title);
        format!(
            "{}[{}] {title} ({at}: {})",
            f.verdict.word(),
            f.rule,
            style.clean(&s.reason)
        )
    });
    section("Suppressed", style, lines)
}
