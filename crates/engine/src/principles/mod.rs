//! The five principles: one folder each, and in it one folder per rule.
//!
//! A rule looks at the scene and returns findings. To add one, add a folder with `mod.rs`, `page.md` and `cases/`, and a line in
//! the slice of its principle; `cargo xtask new rule PRINCIPLE NAME` writes the stub.

pub mod api_cleanliness;
pub mod data_code_decoupling;
mod draft;
mod fold;
pub mod one_version_step;
pub mod release_process_safety;
mod safe_steps;
pub mod single_service_changes;

pub(crate) use draft::{Draft, Words, called, from_break};
pub(crate) use safe_steps::{WAIT, called_at_head, contract, contract_of};

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Access, Aspect, Delta, Element, Encoding, Finding, Form, Mode, Outcome, Principle,
    QueuedMessage, Side, Verdict,
};

use crate::rollout::Break;
use crate::{Case, Comparison};

/// One check of one principle.
#[derive(Debug)]
pub struct Rule {
    /// Its id: kebab-case, names the hazard.
    pub id: &'static str,
    /// The principle it belongs to.
    pub principle: Principle,
    /// Its page: what, why, bad, good, safe steps, sources. Markdown.
    pub page: &'static str,
    /// Returns what it finds.
    pub check: fn(&Scene<'_>) -> Vec<Finding>,
}

/// The change, compared and rolled out, as the rules see it.
pub struct Scene<'a> {
    /// What was read.
    pub case: &'a Case,
    /// What differs.
    pub comparison: &'a Comparison,
    /// What fails beside it.
    pub breaks: &'a [Break<'a>],
    /// What the formats know.
    pub forms: &'a [&'a dyn Form],
}

impl<'a> Scene<'a> {
    /// Returns the breaks of old code, whether base or another deployed version, each delta once: base before deployed.
    pub fn old_code_breaks(&self) -> impl Iterator<Item = &'a Break<'a>> + use<'a> {
        let (breaks, mut met) = (self.breaks, BTreeSet::new());
        breaks
            .iter()
            .filter(|b| b.side != Side::Head)
            .filter(move |b| met.insert(std::ptr::from_ref(b.delta)))
    }

    /// Returns one break for each delta that fits, the most certain of its sides: between two versions either may be the one that fails.
    pub fn wire_breaks(&self, fits: impl Fn(&Break<'a>) -> bool) -> Vec<&'a Break<'a>> {
        let mut chosen: Vec<&'a Break<'a>> = Vec::new();
        for broken in self
            .breaks
            .iter()
            .filter(|b| b.delta.made_by.is_none() && fits(b))
        {
            match chosen
                .iter_mut()
                .find(|c| std::ptr::eq(c.delta, broken.delta))
            {
                Some(known) if broken.is_certain() && !known.is_certain() => *known = broken,
                Some(_) => {}
                None => chosen.push(broken),
            }
        }
        chosen
    }

    /// Returns the breaks of new code beside what is old.
    pub fn new_code_breaks(&self) -> impl Iterator<Item = &'a Break<'a>> + use<'a> {
        self.breaks.iter().filter(|b| b.side == Side::Head)
    }

    /// Returns the deltas.
    pub fn deltas(&self) -> impl Iterator<Item = &'a Delta> + use<'a> {
        self.comparison.deltas.iter()
    }

    /// Returns whether a column gets a type that holds every value of its old one.
    pub(crate) fn widens(&self, delta: &Delta) -> bool {
        let form = self
            .forms
            .iter()
            .find(|f| f.kinds().contains(&delta.surface.kind));
        match (form, delta.aspect, &delta.old, &delta.new) {
            (Some(form), Aspect::Type, Some(old), Some(new)) => fits(*form, old, new),
            _ => false,
        }
    }

    /// Returns whether the message of a break waits where it outlives the process: code puts it there or reads it from there, or the
    /// design says so.
    pub(crate) fn waits(&self, broken: &Break<'_>) -> bool {
        let stored = |a: &Access| matches!(a.mode, Mode::Consumes | Mode::Publishes);
        let seen = broken
            .hits
            .iter()
            .any(|h| stored(h.access) || h.other.is_some_and(|(_, a)| stored(a)));
        seen || self.queued(broken).is_some()
    }

    /// Returns the channel in which the design lets the message of a break wait.
    pub(crate) fn queued(&self, broken: &Break<'_>) -> Option<&'a QueuedMessage> {
        self.case.terms.queued(&broken.delta.surface.name)
    }

    /// Returns the version by which reports name a side.
    pub fn version(&self, side: Side) -> &'a str {
        &self.case.at(side).version
    }
}

/// Returns whether every value of the one element is one of the other, whatever the driver.
pub(crate) fn fits(form: &dyn Form, old: &Element, new: &Element) -> bool {
    let meeting = form.carry(Some(old), Some(new), Encoding::Binary);
    meeting.outcome == Outcome::Ok && meeting.assumed.is_empty()
}

/// Returns every rule, by principle.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let slices: [&[&Rule]; 5] = [
        data_code_decoupling::RULES,
        single_service_changes::RULES,
        one_version_step::RULES,
        release_process_safety::RULES,
        api_cleanliness::RULES,
    ];
    slices.into_iter().flatten().copied()
}

/// Returns all findings, by principle, then the worst first, then by place.
pub fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = rules().flat_map(|rule| (rule.check)(scene)).collect();
    findings.retain(|f| may_anchor(scene.case, f));
    sort(&mut findings);
    findings.dedup_by(|a, b| a.id == b.id);
    findings = fold::folded(findings);
    sort(&mut findings);
    tell_apart(&mut findings);
    findings
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| {
            (
                f.principle,
                std::cmp::Reverse(f.verdict),
                f.primary.clone(),
                f.rule,
                f.id.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
}

/// Returns whether the finding stands on a line that this change may be blamed for.
fn may_anchor(case: &Case, finding: &Finding) -> bool {
    let path = &*finding.primary.place.path;
    let changed = case
        .changed
        .iter()
        .find(|c| c.path == path || c.old_path.as_deref() == Some(path));
    changed.is_some_and(|c| c.anchors)
}

/// Two findings with one id would be one to every reader of the report: the later ones get the count into theirs.
fn tell_apart(findings: &mut [Finding]) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for finding in findings {
        let count = seen.entry(finding.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            finding.id = format!("{}-{count}", finding.id);
        }
    }
}

/// Returns the verdict of a principle over findings that are not suppressed.
pub fn verdict(findings: &[Finding], principle: Principle) -> Verdict {
    findings
        .iter()
        .filter(|f| f.principle == principle)
        .map(|f| f.verdict)
        .max()
        .unwrap_or(Verdict::Pass)
}
