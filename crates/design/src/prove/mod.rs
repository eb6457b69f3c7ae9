//! `design prove`: every run of a design under crashes, copies, lost answers and what else may go wrong, within stated bounds.
//!
//! | part | what it does |
//! |---|---|
//! | [`mod@lower`] | the tree → a [`machine`] per workflow |
//! | [`machine`] | the words of the proof: cells, messages, programs, all finite |
//! | [`walk`] | the moves that a state allows |
//! | [`system`] | the machine as a system that `coexist-explore` searches, and the properties |
//! | [`trace`] | a violation in the design's own words |
//! | [`report`] | all of it as the report that outputs render |

pub mod lower;
pub mod machine;
mod report;
pub mod system;
pub mod trace;
pub mod walk;

pub use coexist_explore::faults::Extent;
use coexist_explore::faults::{Ending, search};

use crate::language::{Design, Span, Spanned, Workflow};

use lower::{Grain, Unclear, lower};
use machine::{Budget, Fault, Label, Machine};
pub use report::{Watch, report};
use system::System;
pub use trace::{Arrow, Step, Trace};

/// How far to explore, where the design or its defaults are not to be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// How many instances of a workflow.
    pub instances: Option<u8>,
    /// How many faults of each kind.
    pub faults: [Option<u8>; Fault::ALL.len()],
    /// After how many states it is given up.
    pub max_states: Option<usize>,
}

impl Options {
    /// Sets how many faults of a kind there are: `crashes=2`. Returns what is wrong with the text, where it says nothing of that kind.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        let known = || Fault::ALL.map(Fault::plural).join(", ");
        let (kind, number) = text.split_once('=').ok_or_else(|| {
            format!(
                "cannot understand `{text}`; write KIND=N, where KIND is one of {}",
                known()
            )
        })?;
        let fault = Fault::ALL.into_iter().find(|f| f.plural() == kind);
        let fault = fault
            .ok_or_else(|| format!("cannot find the fault `{kind}`; write one of {}", known()))?;
        let number = number.parse::<u8>().ok().filter(|n| *n <= MOST_FAULTS);
        let number = number.ok_or_else(|| {
            format!("cannot explore `{text}`; write a number up to {MOST_FAULTS}")
        })?;
        self.faults[fault as usize] = Some(number);
        Ok(())
    }

    /// Returns the design with these bounds as its own.
    fn applied(&self, design: &Design) -> Design {
        let mut design = design.clone();
        let mut explore = design.explore.take().unwrap_or_default();
        let set = |bound: &mut Option<Spanned<u64>>, value: Option<u8>| {
            if let Some(value) = value {
                *bound = Some(Spanned {
                    value: u64::from(value),
                    span: Span::default(),
                });
            }
        };
        set(&mut explore.instances, self.instances);
        set(&mut explore.crashes, self.faults[Fault::Crash as usize]);
        set(
            &mut explore.duplicates,
            self.faults[Fault::Duplicate as usize],
        );
        set(
            &mut explore.lost_replies,
            self.faults[Fault::LostReply as usize],
        );
        set(
            &mut explore.dead_letters,
            self.faults[Fault::DeadLetter as usize],
        );
        set(
            &mut explore.late_effects,
            self.faults[Fault::LateEffect as usize],
        );
        design.explore = Some(explore);
        design
    }

    fn most_states(&self, design: &Design) -> usize {
        let told = design
            .explore
            .as_ref()
            .and_then(|e| e.max_states)
            .map(|n| n.value as usize);
        self.max_states.or(told).unwrap_or(MOST_STATES)
    }
}

/// Faults of one kind beyond this many are not explored.
pub const MOST_FAULTS: u8 = 7;
/// States after which a search is given up, where nothing else is said.
const MOST_STATES: usize = 5_000_000;

/// What was found out about a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything that must hold does, within the bounds.
    Holds,
    /// It could not be told.
    Unknown,
    /// Something does not hold.
    Violated,
}

/// A search within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// How many instances.
    pub instances: u8,
    /// How many faults of each kind.
    pub bounds: Budget,
    /// How many faults in one run.
    pub together: u8,
    /// How far the search went.
    pub extent: Extent,
}

/// What was found out about a workflow, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The workflow.
    pub workflow: String,
    /// What was found out.
    pub verdict: Verdict,
    /// The searches behind it; the last one is the one that decided.
    pub stages: Vec<Stage>,
    /// What does not hold, and a run that shows it.
    pub violation: Option<Trace>,
    /// What no run has reached. Told only where everything was visited.
    pub never_reached: Vec<Label>,
    /// Whether no instance can meet another one.
    pub independent: bool,
    /// What the proof does not cover.
    pub unclear: Vec<Unclear>,
}

/// Proves each workflow of a design; tells `progress` now and then how far the search is.
pub fn prove(
    design: &Design,
    options: &Options,
    progress: &mut dyn FnMut(&str, Extent),
) -> Vec<Proof> {
    let design = options.applied(design);
    let limit = options.most_states(&design);
    let workflows = design.workflows.iter();
    workflows
        .map(|workflow| {
            prove_workflow(&design, workflow, limit, &mut |extent| {
                progress(&workflow.name.text, extent);
            })
        })
        .collect()
}

fn prove_workflow(
    design: &Design,
    workflow: &Workflow,
    limit: usize,
    progress: &mut dyn FnMut(Extent),
) -> Proof {
    let lowered = lower(design, workflow, Grain::default());
    let mut proof = explore(&lowered.machine, limit, progress);
    proof.workflow.clone_from(&workflow.name.text);
    if !lowered.unclear.is_empty() && proof.verdict == Verdict::Holds {
        proof.verdict = Verdict::Unknown;
    }
    proof.unclear = lowered.unclear;
    proof
}

/// A search of several instances in which more than one fault happens is only begun where one fault has at most so many states.
const SMALL: usize = 12_000;
/// Where it turns out larger than this, what was found with one fault stands.
const LARGE: usize = 400_000;

/// Explores a machine: one instance with all faults, then several instances, first with one fault at a time.
///
/// Faults of several instances multiply, and what two instances do to each other rarely needs more than one; how far each search went is
/// a part of the result.
pub fn explore(machine: &Machine, max_states: usize, progress: &mut dyn FnMut(Extent)) -> Proof {
    let all = machine.budget.iter().sum();
    let stage = |instances, together| Machine {
        instances,
        together,
        ..machine.clone()
    };
    let mut proof = explore_stage(&stage(1, all), max_states, progress);
    if machine.instances == 1 || proof.verdict == Verdict::Violated {
        return proof;
    }
    let together = all.min(1);
    let mut several = explore_stage(&stage(machine.instances, together), max_states, progress);
    let small = several.stages.iter().all(|s| s.extent.states <= SMALL);
    if several.verdict == Verdict::Holds && together < all && small {
        let more = explore_stage(
            &stage(machine.instances, all),
            LARGE.min(max_states),
            progress,
        );
        if more.verdict != Verdict::Unknown {
            several = more;
        }
    }
    proof.stages.append(&mut several.stages);
    proof.verdict = proof.verdict.max(several.verdict);
    proof.violation = several.violation;
    let reached = |label: &Label| several.never_reached.contains(label);
    proof.never_reached.retain(reached);
    proof
}

/// Explores a machine within its bounds.
pub fn explore_stage(
    machine: &Machine,
    max_states: usize,
    progress: &mut dyn FnMut(Extent),
) -> Proof {
    let mut reduced = true;
    loop {
        let mut system = System::new(machine, reduced);
        let found = search(&mut system, max_states, progress);
        let mut proof = Proof {
            workflow: String::new(),
            verdict: Verdict::Holds,
            stages: vec![Stage {
                instances: machine.instances,
                bounds: machine.budget,
                together: machine.together,
                extent: found.extent,
            }],
            violation: None,
            never_reached: Vec::new(),
            independent: machine.independent,
            unclear: Vec::new(),
        };
        match found.ending {
            Ending::Cyclic => {
                reduced = false;
                continue;
            }
            Ending::Holds => {
                let unreached = system.reached().iter().zip(&machine.landmarks);
                proof.never_reached = unreached
                    .filter(|(reached, _)| !**reached)
                    .map(|(_, label)| label.clone())
                    .collect();
            }
            Ending::Undecided => proof.verdict = Verdict::Unknown,
            Ending::Violated {
                violation,
                path,
                cycle,
            } => {
                proof.verdict = Verdict::Violated;
                proof.violation = Some(trace::trace(machine, reduced, &violation, &path, &cycle));
            }
        }
        return proof;
    }
}
