//! What is said about a change.

use std::sync::Arc;

use crate::{Confidence, Place, Service, Side, Surface, Why, Witness};

/// One of the five principles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principle {
    /// No release changes how data is stored and ships the code that uses the new form.
    DataCodeDecoupling,
    /// A change to an API works with the other side old or new, in either order, and after a rollback.
    SingleServiceChanges,
    /// At most two adjacent versions run at once, and nothing relies on the older being gone.
    OneVersionStep,
    /// A release goes to a few nodes, is watched, rolled back, and only then goes everywhere.
    ReleaseProcessSafety,
    /// Simple, typed, documented APIs with stated guarantees.
    ApiCleanliness,
}

impl Principle {
    /// All five, in the order of every report.
    pub const ALL: [Self; 5] = [
        Self::DataCodeDecoupling,
        Self::SingleServiceChanges,
        Self::OneVersionStep,
        Self::ReleaseProcessSafety,
        Self::ApiCleanliness,
    ];

    /// Returns its number in reports, from 1.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// Returns its heading in reports.
    pub fn heading(self) -> &'static str {
        match self {
            Self::DataCodeDecoupling => "Data/Code Decoupling",
            Self::SingleServiceChanges => "Single-Service Changes",
            Self::OneVersionStep => "One Version Step",
            Self::ReleaseProcessSafety => "Release Process Safety",
            Self::ApiCleanliness => "API Cleanliness",
        }
    }

    /// Returns its key in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::DataCodeDecoupling => "data-code-decoupling",
            Self::SingleServiceChanges => "single-service-changes",
            Self::OneVersionStep => "one-version-step",
            Self::ReleaseProcessSafety => "release-process-safety",
            Self::ApiCleanliness => "api-cleanliness",
        }
    }
}

/// What a principle says. The order is that of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing to say.
    Pass,
    /// The principle is not followed but no failing schedule was found, or it cannot be decided from what is here.
    Warn,
    /// There is a failing schedule, or an entry of the closed list.
    Fail,
}

impl Verdict {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

/// A place at a ref.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sited {
    /// The ref.
    pub side: Side,
    /// The place.
    pub place: Place,
}

/// A place that bears on a finding besides its primary one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub at: Sited,
    /// What it does there: `reads`, `writes`, `declares`, `calls`, ….
    pub role: String,
    /// How sure the access is.
    pub confidence: Confidence,
    /// What that rests on; None where it is no access.
    pub why: Option<Why>,
}

/// One thing said about a change, under one principle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `f-` and eight hexadecimal digits, from rule, surface, element and the two sides' text; never from line numbers.
    pub id: String,
    /// The rule.
    pub rule: &'static str,
    /// The principle.
    pub principle: Principle,
    /// Its verdict: FAIL or WARN.
    pub verdict: Verdict,
    /// One sentence that names the object and both sides.
    pub title: String,
    /// The surface, where there is one.
    pub surface: Option<Surface>,
    /// The element, where there is one.
    pub element: Option<String>,
    /// The changed line.
    pub primary: Sited,
    /// What stands at the primary place, for the code frame: "dropped here".
    pub label: String,
    /// The affected lines.
    pub related: Vec<Related>,
    /// The schedule; a FAIL has this or `no_schedule_because`, other verdicts neither.
    pub witness: Option<Witness>,
    /// The entry of the closed list that lets this fail without a schedule.
    pub no_schedule_because: Option<String>,
    /// The one question that would decide it.
    pub question: Option<Question>,
    /// The shortest safe sequence, a release or a wait per entry.
    pub safe_steps: Vec<String>,
    /// Facts beside the finding, each a sentence without its end.
    pub notes: Vec<String>,
    /// Set where a comment in the code suppresses it.
    pub suppressed: Option<Suppression>,
}

/// A question that a person or an agent can answer with a quoted line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `q-` and eight hexadecimal digits.
    pub id: String,
    /// The question.
    pub asks: String,
    /// The verdicts that an answer can lead to.
    pub decides: Vec<Verdict>,
    /// The evidence that answers it.
    pub wants: String,
}

/// A comment that suppresses a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppression {
    /// The file of the comment.
    pub path: Arc<str>,
    /// Its line.
    pub line: u32,
    /// The reason it gives.
    pub reason: String,
}

/// Something that was taken for granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assumption {
    /// What, as a clause: "migrations run before the code".
    pub what: String,
    /// Why it was taken for granted.
    pub because: String,
    /// What points to it.
    pub place: Option<Place>,
}

/// Something that was not reviewed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotReviewed {
    /// The path.
    pub path: String,
    /// Why.
    pub why: String,
}

/// Something to say about the project's own settings and comments: a suppression without a reason. It counts for no verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// Where.
    pub place: Place,
    /// What, as a sentence without its end.
    pub what: String,
}

/// Which trees were compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The commit of the base tree; the empty tree's id on an unborn branch.
    pub base: String,
    /// The commit of the head tree, or `staged` or `worktree`.
    pub head: String,
    /// The commits that run now.
    pub deployed: Vec<String>,
    /// The newest release that base holds, which may still run: looked at besides where nobody said what runs.
    pub release: Option<String>,
    /// How many files differ.
    pub files: usize,
    /// One line for people: what is reviewed, and how it was chosen.
    pub described: String,
    /// What people should know about the choice besides, each a sentence without its end: "not included: 3 commits of this branch; …".
    pub notes: Vec<String>,
    /// The arguments with which the same change is named again, after `coexist explain ID`; empty where none are needed.
    pub arguments: Vec<String>,
}

/// All that is said about one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The trees.
    pub compared: Compared,
    /// The findings, by principle, then verdict (worst first), then place; suppressed ones among them.
    pub findings: Vec<Finding>,
    /// The services and the evidence for each.
    pub services: Vec<Service>,
    /// What was taken for granted.
    pub assumptions: Vec<Assumption>,
    /// What was not read or anchors no finding.
    pub not_reviewed: Vec<NotReviewed>,
    /// What was understood, for people: "Postgres migrations (db/migrate)", "1 proto".
    pub found: Vec<String>,
    /// What is wrong with settings and suppressions, by place.
    pub notices: Vec<Notice>,
}

impl Review {
    /// Returns the verdict of a principle: the worst of its findings that are not suppressed.
    pub fn verdict(&self, principle: Principle) -> Verdict {
        self.standing()
            .filter(|f| f.principle == principle)
            .map(|f| f.verdict)
            .max()
            .unwrap_or(Verdict::Pass)
    }

    /// Returns the worst verdict of all.
    pub fn worst(&self) -> Verdict {
        self.standing()
            .map(|f| f.verdict)
            .max()
            .unwrap_or(Verdict::Pass)
    }

    /// Returns the findings that are not suppressed.
    pub fn standing(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.suppressed.is_none())
    }
}
