//! How many times a reader sees the same thing: once.
//!
//! One line of a migration can make dozens of findings of one rule, and one defect stands under two principles. The first finding
//! is shown in full; what follows it at the same line is a line of its own, and what another one has shown already is referred to.

use std::collections::BTreeSet;

use coexist_model::{Finding, Related, Sited};

/// Findings of one rule at one line that are named beside the first; the others are counted.
pub(crate) const NAMED: usize = 5;

/// One finding to show in full, and what goes with it.
pub(crate) struct Block<'a> {
    /// The finding.
    pub(crate) finding: &'a Finding,
    /// What an earlier block shows already.
    pub(crate) shown: Option<Shown<'a>>,
    /// The other findings of its rule and verdict at its line.
    pub(crate) others: Vec<&'a Finding>,
}

impl<'a> Block<'a> {
    /// Returns the notes that the earlier finding does not bear.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &'a String> + use<'a> {
        let known = self.shown.map_or(&[][..], |s| s.by.notes.as_slice());
        let notes = self.finding.notes.iter();
        notes.filter(move |note| !known.contains(note))
    }
}

/// An earlier finding with the same lines, and what else is the same.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// The earlier finding.
    pub(crate) by: &'a Finding,
    /// Whether the schedule is the same.
    pub(crate) schedule: bool,
    /// Whether the safe steps are the same.
    pub(crate) steps: bool,
}

impl Shown<'_> {
    /// Returns what is the same: "lines, schedule and fix".
    pub(crate) fn what(&self, steps: &str) -> String {
        let mut parts = vec!["lines".to_owned()];
        parts.extend(self.schedule.then(|| "schedule".to_owned()));
        parts.extend(self.steps.then(|| steps.to_owned()));
        crate::text::list(&parts)
    }
}

/// Returns the findings as blocks, in their order.
pub(crate) fn blocks<'a>(findings: &[&'a Finding]) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for &finding in findings {
        if let Some(block) = blocks
            .iter_mut()
            .find(|b| is_of_one_cause(b.finding, finding))
        {
            block.others.push(finding);
            continue;
        }
        let shown = blocks
            .iter()
            .find(|b| same_lines(b.finding, finding))
            .map(|b| Shown {
                by: b.finding,
                schedule: finding.witness.is_some() && b.finding.witness == finding.witness,
                steps: b.finding.safe_steps == finding.safe_steps,
            });
        blocks.push(Block {
            finding,
            shown,
            others: Vec::new(),
        });
    }
    blocks
}

fn is_of_one_cause(one: &Finding, other: &Finding) -> bool {
    let cause = |f: &Finding| {
        let place = f.primary.place.clone();
        (f.rule, f.verdict, f.primary.side, place.path, place.line)
    };
    cause(one) == cause(other)
}

fn same_lines(one: &Finding, other: &Finding) -> bool {
    let lines = |f: &'_ Finding| -> BTreeSet<Sited> {
        f.related.iter().map(|r: &Related| r.at.clone()).collect()
    };
    one.primary == other.primary && !one.related.is_empty() && lines(one) == lines(other)
}

#[cfg(test)]
mod tests {
    use coexist_model::Principle;

    use super::*;
    use crate::sample;

    #[test]
    fn a_twin_under_another_principle_refers_to_the_first() {
        let mut review = sample::fail();
        let mut twin = sample::dropped_column();
        twin.rule = "contract-with-last-reader";
        twin.principle = Principle::OneVersionStep;
        twin.safe_steps.pop();
        review.findings.push(twin);
        let blocks = blocks(&review.standing().collect::<Vec<_>>());
        let shown = blocks.last().and_then(|b| b.shown).unwrap();
        assert_eq!(shown.by.rule, "drop-column-in-use");
        assert_eq!(shown.what("fix"), "lines and schedule");
    }

    #[test]
    fn findings_of_one_rule_at_one_line_are_one_block() {
        let mut review = sample::fail();
        for column in 0..9 {
            let mut other = sample::dropped_column();
            other.element = Some(format!("c{column}"));
            review.findings.push(other);
        }
        let first = &blocks(&review.standing().collect::<Vec<_>>())[0];
        assert_eq!(first.others.len(), 9);
        assert!(first.shown.is_none());
    }

    #[test]
    fn findings_without_affected_lines_refer_to_no_other() {
        let mut review = sample::pass();
        for rule in ["a", "b"] {
            let mut asked = sample::asked();
            asked.rule = rule;
            review.findings.push(asked);
        }
        assert!(
            blocks(&review.standing().collect::<Vec<_>>())
                .iter()
                .all(|b| b.shown.is_none())
        );
    }
}
