//! One review, many readers: the terminal, Markdown and JSON.
//!
//! A report knows no rules and reads no files: it says what the [`Review`] holds. Everything in a review that stems from the
//! repository is untrusted, so every output neutralises it in its own way: the terminal shows control characters instead of
//! obeying them, Markdown escapes what would be markup. To add an output, add a file and a line in [`OUTPUTS`].

mod blocks;
pub mod design;
pub mod explain;
mod frame;
mod grid;
pub mod json;
mod markdown;
pub mod read;
mod schedule;
pub mod sequence;
pub mod services;
mod style;
mod summary;
mod terminal;
mod text;

#[cfg(test)]
mod sample;

use coexist_model::Review;

pub use style::Style;
pub use summary::sentence;

/// Turns a review into the text that one kind of reader wants.
pub trait Output: Sync {
    /// Returns the name that `--format` takes.
    fn name(&self) -> &'static str;
    /// Returns the report, with a line break at its end. Only the terminal looks at the style.
    fn render(&self, review: &Review, style: &Style) -> String;
}

/// Every output.
pub static OUTPUTS: &[&dyn Output] = &[&terminal::Terminal, &markdown::Markdown, &json::Json];

/// Returns the output of that name.
pub fn output(name: &str) -> Option<&'static dyn Output> {
    OUTPUTS.iter().copied().find(|o| o.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_output_has_its_own_name_and_can_be_found_by_it() {
        for one in OUTPUTS {
            let same: Vec<_> = OUTPUTS.iter().filter(|o| o.name() == one.name()).collect();
            assert_eq!(same.len(), 1, "{}", one.name());
            assert!(output(one.name()).is_some());
        }
        assert!(output("html").is_none());
    }

    #[test]
    fn every_output_ends_with_one_line_break() {
        for one in OUTPUTS {
            for review in [sample::fail(), sample::pass(), sample::hostile()] {
                let text = one.render(&review, &Style::plain());
                assert!(
                    text.ends_with('\n') && !text.ends_with("\n\n"),
                    "{}",
                    one.name()
                );
            }
        }
    }

    #[test]
    fn a_report_of_very_much_is_short_and_counts_the_rest() {
        let mut review = sample::fail();
        let (finding, skipped) = (review.findings[0].clone(), review.not_reviewed[0].clone());
        let (notice, assumed) = (review.notices[0].clone(), review.assumptions[0].clone());
        let mut hidden = finding.clone();
        hidden.suppressed = Some(coexist_model::Suppression {
            path: "a.sql".into(),
            line: 1,
            reason: "x".repeat(1 << 20),
        });
        let mut long = finding.clone();
        long.title = "t".repeat(1 << 20);
        long.primary.place.quote = "q".repeat(1 << 20).into();
        review.findings.push(long);
        review.findings.extend(vec![finding; 2_000]);
        review.findings.extend(vec![hidden; 2_000]);
        review.not_reviewed.extend(vec![skipped; 2_000]);
        review.notices.extend(vec![notice; 2_000]);
        review.assumptions.extend(vec![assumed; 2_000]);
        for one in OUTPUTS.iter().filter(|one| one.name() != "json") {
            let text = one.render(&review, &Style::plain());
            assert!(text.len() < 1_000_000, "{}: {}", one.name(), text.len());
            assert!(text.matches("more (").count() >= 4, "{}", one.name());
        }
    }

    #[test]
    fn no_control_character_of_the_repository_reaches_any_output() {
        for one in OUTPUTS {
            let text = one.render(&sample::hostile(), &Style::plain());
            let bad: Vec<char> = text
                .chars()
                .filter(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c))
                .collect();
            assert!(bad.is_empty(), "{}: {bad:?}", one.name());
        }
    }
}
