//! The report of a design in Markdown.

use coexist_model::{DesignFinding, DesignReport};

use crate::Style;
use crate::markdown::{code, listed, text};
use crate::schedule;

use super::{proof, sentence};

/// Returns the report as Markdown, under one heading of level 2.
pub fn markdown(report: &DesignReport) -> String {
    let name = if report.workflows.is_empty() {
        "Check"
    } else {
        "Proof"
    };
    let mut out = format!("## Design {name}: {}\n\n", report.verdict.word());
    out.push_str(&format!("{}.\n", text(&sentence(report, &Style::plain()))));
    for one in report.standing() {
        out.push_str(&finding(one));
    }
    for workflow in &report.workflows {
        out.push_str(&proof::markdown(workflow));
    }
    let suppressed = report.findings.iter().filter_map(|f| {
        let suppression = f.suppressed.as_ref()?;
        Some(format!(
            "{} {}: {} (line {}: {})",
            f.verdict.word(),
            code(f.rule),
            text(&f.title),
            suppression.line,
            text(&suppression.reason)
        ))
    });
    out.push_str(&listed("Suppressed", suppressed.collect()));
    let notices = report
        .notices
        .iter()
        .map(|n| format!("{}: {}", code(&schedule::at(&n.place)), text(&n.what)));
    out.push_str(&listed("Notices", notices.collect()));
    out
}

fn finding(finding: &DesignFinding) -> String {
    let mut out = format!(
        "\n### {}: {}\n\n",
        finding.verdict.word(),
        text(&finding.title)
    );
    let at = code(&schedule::at(&finding.place));
    out.push_str(&format!(
        "- Rule: {}\n- Where: {at}: {} ({})\n",
        code(finding.rule),
        code(finding.place.quote.trim()),
        text(&finding.label)
    ));
    for (place, role) in &finding.related {
        out.push_str(&format!(
            "- Beside: {}: {} ({})\n",
            code(&schedule::at(place)),
            code(place.quote.trim()),
            text(role)
        ));
    }
    out.push_str(&format!("- Why: {}\n- Fix:\n", text(&finding.why)));
    for (index, step) in finding.safe_steps.iter().enumerate() {
        out.push_str(&format!("  {}. {}\n", index + 1, text(step)));
    }
    out
}
