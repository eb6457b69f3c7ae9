//! `coexist design prove`: a design explored under faults.

use std::path::Path;
use std::time::{Duration, Instant};

use coexist_design::prove::{Extent, Options, Watch, report};
use coexist_model::DesignVerdict;
use coexist_report::Style;

use crate::args::DesignProveArgs;
use crate::failure::Failure;
use crate::{NOT_DONE, output};

/// The exit code of a proof that was not decided within its bounds.
const UNDECIDED: u8 = 3;
/// How long a search is silent, and how long it is silent between two words.
const SILENCE: Duration = Duration::from_secs(2);

/// Proves a design, and returns the exit code.
pub(super) fn prove(args: &DesignProveArgs, repo: &Path, style: &Style) -> Result<u8, Failure> {
    let source = super::source::read(repo, &args.file)?;
    let mut options = Options {
        instances: args.instances,
        ..Options::default()
    };
    for fault in &args.faults {
        options
            .set(fault)
            .map_err(|why| Failure::new("usage", why))?;
    }
    if args.max_states.is_some() {
        options.max_states = args.max_states;
    }
    let report = report(&source.shown, &source.text, &options, &mut Clock::start());
    super::print(&report, args.format, style)?;
    Ok(match report.verdict {
        DesignVerdict::Holds => 0,
        DesignVerdict::Violated => 1,
        DesignVerdict::Invalid => NOT_DONE,
        DesignVerdict::Unknown => UNDECIDED,
    })
}

/// Takes the time, and says how far a long search is.
pub(super) struct Clock {
    start: Instant,
    said: Instant,
}

impl Clock {
    /// Begins now.
    pub(super) fn start() -> Self {
        Self {
            start: Instant::now(),
            said: Instant::now(),
        }
    }
}

impl Watch for Clock {
    fn seconds(&mut self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    fn progress(&mut self, workflow: &str, extent: Extent) {
        if self.said.elapsed() < SILENCE {
            return;
        }
        self.said = Instant::now();
        let Extent {
            states,
            depth,
            faults,
        } = extent;
        output::note(&format!(
            "{workflow}: {states} states so far, {depth} steps deep, with {faults} faults\n"
        ));
    }
}
