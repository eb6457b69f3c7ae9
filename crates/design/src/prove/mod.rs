//! `design prove`: every run of a design under crashes, copies, lost answers and what else may go wrong, within stated bounds.
//!
//! | part | what it does |
//! |---|---|
//! | [`lower`] | the tree → a [`machine`] per workflow |
//! | [`machine`] | the words of the proof: cells, messages, programs, all finite |
//! | [`walk`] | the moves that a state allows |
//! | [`system`] | the machine as a system that `coexist-explore` searches, and the properties |
//! | [`trace`] | a violation in the design's own words |

pub mod lower;
pub mod machine;
pub mod system;
pub mod trace;
pub mod walk;

use coexist_explore::faults::{Ending, Extent, search};

use crate::language::{Design, Workflow};

use lower::{Grain, Unclear, lower};
use machine::{Budget, Fault, Label, Machine};
use system::System;
pub use trace::{Arrow, Step, Trace};

/// How far to explore, where the design or its defaults are not to be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many instances of a workflow.
    pub instances: Option<u8>,
    /// How many faults of each kind.
    pub faults: [Option<u8>; Fault::ALL.len()],
    /// After how many states it is given up.
    pub max_states: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            instances: None,
            faults: [None; Fault::ALL.len()],
            max_states: 5_000_000,
        }
    }
}

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

/// What was found out about a workflow, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The workflow.
    pub workflow: String,
    /// What was found out.
    pub verdict: Verdict,
    /// How far the search went.
    pub extent: Extent,
    /// How many instances.
    pub instances: u8,
    /// How many faults of each kind.
    pub bounds: Budget,
    /// What does not hold, and a run that shows it.
    pub violation: Option<Trace>,
    /// What no run has reached. Told only where everything was visited.
    pub never_reached: Vec<Label>,
    /// What the proof does not cover.
    pub unclear: Vec<Unclear>,
}

/// Proves each workflow of a design; tells `progress` now and then how far the search is.
pub fn prove(design: &Design, options: &Options, progress: &mut dyn FnMut(&Workflow, Extent)) -> Vec<Proof> {
    design
        .workflows
        .iter()
        .map(|workflow| {
            let lowered = lower(design, workflow, Grain::default());
            let mut machine = lowered.machine;
            bound(&mut machine, options);
            let mut proof = explore(&machine, options.max_states, &mut |extent| progress(workflow, extent));
            proof.workflow.clone_from(&workflow.name.text);
            if !lowered.unclear.is_empty() && proof.verdict == Verdict::Holds {
                proof.verdict = Verdict::Unknown;
            }
            proof.unclear = lowered.unclear;
            proof
        })
        .collect()
}

fn bound(machine: &mut Machine, options: &Options) {
    for (budget, wanted) in machine.budget.iter_mut().zip(options.faults) {
        *budget = wanted.unwrap_or(*budget).min(7);
    }
    // Instances that share nothing do not meet, however many there are.
    if machine.instances > 1 || !machine.shared.is_empty() {
        machine.instances = options.instances.unwrap_or(machine.instances).clamp(1, 3);
    }
}

/// Explores a machine.
pub fn explore(machine: &Machine, max_states: usize, progress: &mut dyn FnMut(Extent)) -> Proof {
    let mut reduced = true;
    loop {
        let mut system = System::new(machine, reduced);
        let found = search(&mut system, max_states, progress);
        let mut proof = Proof {
            workflow: String::new(),
            verdict: Verdict::Holds,
            extent: found.extent,
            instances: machine.instances,
            bounds: machine.budget,
            violation: None,
            never_reached: Vec::new(),
            unclear: Vec::new(),
        };
        match found.ending {
            Ending::Cyclic => {
                reduced = false;
                continue;
            }
            Ending::Holds => {
                let unreached = system.reached().iter().zip(&machine.landmarks);
                proof.never_reached = unreached.filter(|(reached, _)| !**reached).map(|(_, label)| label.clone()).collect();
            }
            Ending::Undecided => proof.verdict = Verdict::Unknown,
            Ending::Violated { violation, path, cycle } => {
                proof.verdict = Verdict::Violated;
                proof.violation = Some(trace::trace(machine, reduced, &violation, &path, &cycle));
            }
        }
        return proof;
    }
}
