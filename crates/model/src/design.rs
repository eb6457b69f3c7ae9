//! What is said about a design.

use crate::{Notice, Place, Suppression, Verdict};

/// What a design comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DesignVerdict {
    /// Nothing speaks against it, within the bounds that are told.
    Holds,
    /// Something of it is still open, or the bounds were too narrow to tell.
    Unknown,
    /// Something speaks against it.
    Violated,
    /// Its text does not parse, or a name in it leads nowhere.
    Invalid,
}

impl DesignVerdict {
    /// Returns the word that reports and JSON use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Unknown => "unknown",
            Self::Violated => "violated",
            Self::Invalid => "invalid",
        }
    }
}

/// One thing said about a design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesignFinding {
    /// The rule.
    pub rule: &'static str,
    /// Its verdict: FAIL or WARN.
    pub verdict: Verdict,
    /// One sentence that names what is wrong.
    pub title: String,
    /// Why it matters, a sentence without its end.
    pub why: String,
    /// The line that is blamed.
    pub place: Place,
    /// What stands there, for the code frame.
    pub label: String,
    /// Other lines that bear on it, each with what it does there.
    pub related: Vec<(Place, String)>,
    /// What to do.
    pub safe_steps: Vec<String>,
    /// Set where a comment in the design suppresses it.
    pub suppressed: Option<Suppression>,
}

/// The bounds within which a workflow was explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Instances of the workflow.
    pub instances: u64,
    /// Crashes.
    pub crashes: u64,
    /// Copies of messages.
    pub duplicates: u64,
    /// Answers that are lost.
    pub lost_replies: u64,
    /// Messages that are given up.
    pub dead_letters: u64,
    /// Requests that are carried out after their caller gave up.
    pub late_effects: u64,
    /// Faults in one run, of whatever kind.
    pub together: u64,
}

/// A search of all runs within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Search {
    /// The bounds.
    pub bounds: Bounds,
    /// States that were visited.
    pub states: usize,
    /// Steps to the farthest of them.
    pub depth: usize,
}

/// Something that goes from one part of a design to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// Who sends it.
    pub from: String,
    /// Who gets it.
    pub to: String,
    /// The message, or what is called.
    pub text: String,
    /// Whether it is waited for.
    pub call: bool,
}

/// One step of a trace, in the words of the design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceStep {
    /// Who does it: a service, an external system, a channel.
    pub actor: String,
    /// What it does: `call psp.capture`.
    pub does: String,
    /// The fault, where it is one: `crash`, `duplicate`, `lost-reply`, `dead-letter`.
    pub fault: Option<String>,
    /// What changes: `captured 1`.
    pub effect: Option<String>,
    /// The line of the design.
    pub line: u32,
    /// The message that is delivered, or the call.
    pub arrow: Option<Arrow>,
    /// Which instance of the workflow it belongs to, counted from 1, where there are several.
    pub instance: Option<u64>,
}

/// What the exploration of a workflow came to.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowReport {
    /// The workflow.
    pub name: String,
    /// What it comes to.
    pub verdict: DesignVerdict,
    /// The property that is violated: `never: double charge`.
    pub property: Option<String>,
    /// The line of that property, else of the workflow.
    pub line: u32,
    /// States that were visited.
    pub states: usize,
    /// Steps to the farthest of them.
    pub depth: usize,
    /// How long it took.
    pub seconds: f64,
    /// The bounds.
    pub bounds: Bounds,
    /// The searches that were made, the one that decided last.
    pub searches: Vec<Search>,
    /// What an instance is called: `order`.
    pub instance: String,
    /// The shortest way there, with the fewest faults.
    pub trace: Vec<TraceStep>,
    /// How it ends there.
    pub end: Option<String>,
    /// The step of the trace from which it repeats for ever.
    pub loop_from: Option<usize>,
    /// Whether no instance can meet another one, so that one stands for all.
    pub independent: bool,
    /// Steps, outcomes and compensations that no run reaches, each with its line.
    pub never_reached: Vec<(u32, String)>,
    /// What the proof does not cover, each with its line.
    pub not_covered: Vec<(u32, String)>,
}

/// All that is said about one design.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignReport {
    /// Its name; empty where it has none.
    pub design: String,
    /// What it comes to.
    pub verdict: DesignVerdict,
    /// The findings, the worst first, then by place; suppressed ones among them.
    pub findings: Vec<DesignFinding>,
    /// Its workflows, where they were explored.
    pub workflows: Vec<WorkflowReport>,
    /// What is wrong with its suppressions, by place.
    pub notices: Vec<Notice>,
}

impl DesignReport {
    /// Returns the findings that are not suppressed.
    pub fn standing(&self) -> impl Iterator<Item = &DesignFinding> {
        self.findings.iter().filter(|f| f.suppressed.is_none())
    }

    /// Returns the worst verdict of the findings that are not suppressed.
    pub fn worst(&self) -> Verdict {
        let worst = self.standing().map(|f| f.verdict).max();
        worst.unwrap_or(Verdict::Pass)
    }
}
