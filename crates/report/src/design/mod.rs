//! What is said about a design, for people and for programs.

mod json;
mod markdown;
mod proof;
mod sequence;
mod terminal;

use coexist_model::DesignReport;

use crate::Style;

pub use json::{form, json};
pub use markdown::markdown;
pub use proof::{told, verdict};
pub use terminal::terminal;

/// Returns the sentence that sums the report up: "the design shop holds: 1 WARN".
pub fn sentence(report: &DesignReport, style: &Style) -> String {
    use coexist_model::{DesignVerdict, Verdict};
    let count = |verdict| report.standing().filter(|f| f.verdict == verdict).count();
    let name = match report.design.as_str() {
        "" => "the design".to_owned(),
        name => format!("the design {}", style.clean(name)),
    };
    let counts: Vec<String> = [(Verdict::Fail, "FAIL"), (Verdict::Warn, "WARN")]
        .into_iter()
        .filter(|(verdict, _)| count(*verdict) > 0)
        .map(|(verdict, word)| format!("{} {word}", count(verdict)))
        .collect();
    let counts = match counts.as_slice() {
        [] => String::new(),
        counts => format!(": {}", counts.join(", ")),
    };
    match report.verdict {
        DesignVerdict::Invalid => {
            let problems = crate::text::count(report.findings.len(), "problem");
            format!("{name} cannot be judged: {problems} in its text")
        }
        DesignVerdict::Unknown => format!("{name} is not decided{counts}"),
        DesignVerdict::Violated => format!("{name} does not hold{counts}"),
        DesignVerdict::Holds => format!("{name} holds{counts}"),
    }
}

#[cfg(test)]
mod tests;
