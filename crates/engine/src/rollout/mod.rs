//! Rollout: which accesses of one version fail beside another, and the shortest schedule that shows it.
//!
//! A delta is tried against every access that could feel it. It counts only if three things hold: the access works on its own
//! version's schema, it fails when this delta alone is made, and the explorer finds a schedule in which the real state of that
//! step makes it fail. The first condition throws out what was read wrongly, the second names the culprit, the third clears what
//! another part of the change mends (a view under the old name).

mod course;
mod overlay;
mod schedule;
mod stores;
mod wires;

use coexist_model::{Access, Confidence, Delta, Form, Meeting, Outcome, Side, Step, Witness};

use crate::{Case, Comparison};

/// A delta, and the accesses of one side that fail beside it.
#[derive(Debug, Clone)]
pub struct Break<'a> {
    /// The difference that makes them fail.
    pub delta: &'a Delta,
    /// The side whose code fails.
    pub side: Side,
    /// The version whose code fails.
    pub version: &'a str,
    /// Whether it is only likely that this version runs.
    pub perhaps: bool,
    /// What fails, the surest first; never empty.
    pub hits: Vec<Hit<'a>>,
    /// Whether the schedule needs another order of migrations and code than the one that is only assumed.
    pub against_assumption: bool,
    /// Whether the difference is only stated in a schema file, and nothing shows when a deploy brings it.
    pub stated: bool,
}

/// One access that fails, and how.
#[derive(Debug, Clone)]
pub struct Hit<'a> {
    /// The access.
    pub access: &'a Access,
    /// What stands on the other side of the meeting besides the delta: the writer of a value, the server of a call.
    pub other: Option<(Side, &'a Access)>,
    /// How the meeting ends.
    pub meeting: Meeting,
    /// The schedule; its last step is the access. Indexes ([`Step::at`]) are 0 for the delta, 1 for the access, 2 for `other`.
    pub steps: Vec<Step>,
    /// Whether the other side of the meeting was seen: the server of a call, the writer of a message. A store is always there.
    pub paired: bool,
}

impl Hit<'_> {
    /// Returns whether this can carry a FAIL: sure accesses on both sides and an outcome that is a failure.
    pub fn is_certain(&self) -> bool {
        let sure = |a: &Access| a.confidence == Confidence::High;
        let fails = match self.meeting.outcome {
            Outcome::Refused | Outcome::Lost => true,
            // Some values are misread, and which ones are written is assumed: that is a question.
            Outcome::Misread => self.meeting.assumed.is_empty(),
            Outcome::Ok | Outcome::Absent | Outcome::Unknown => false,
        };
        fails
            && self.paired
            && sure(self.access)
            && self.other.is_none_or(|(_, a)| sure(a))
            && self.access.gate.is_none()
    }

    /// Returns the witness that a finding shows.
    pub fn witness(&self) -> Witness {
        Witness {
            steps: self.steps.clone(),
            error: self
                .meeting
                .error
                .clone()
                .unwrap_or_else(|| self.meeting.outcome.word().to_owned()),
            outcome: self.meeting.outcome,
            assumed: self.meeting.assumed.clone(),
        }
    }
}

impl Break<'_> {
    /// Returns whether this is a failure beyond doubt.
    pub fn is_certain(&self) -> bool {
        !self.against_assumption && !self.perhaps && !self.stated && self.hits[0].is_certain()
    }
}

/// Returns everything that breaks during the rollout, in the order of the deltas.
pub fn breaks<'a>(
    case: &'a Case,
    comparison: &'a Comparison,
    forms: &[&dyn Form],
) -> Vec<Break<'a>> {
    let mut breaks = stores::breaks(case, comparison, forms);
    breaks.extend(wires::breaks(case, comparison, forms));
    breaks
}

/// Puts the surest first, then the worst outcome, then the plainest evidence.
fn sort_hits(hits: &mut Vec<Hit<'_>>) {
    hits.sort_by(|a, b| {
        let key = |h: &Hit<'_>| {
            let gated = h.access.gate.is_some();
            (
                !h.is_certain(),
                std::cmp::Reverse((h.access.confidence, h.meeting.outcome)),
                gated,
                h.access.manner,
            )
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.access.place.cmp(&b.access.place))
            .then_with(|| a.access.element.cmp(&b.access.element))
    });
    hits.dedup_by(|a, b| a.access == b.access);
}
