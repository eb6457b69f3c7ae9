//! The rollout of one service over the migrations of one store, as a system to explore.

use coexist_explore::{Explored, System, explore};
use coexist_model::{Act, Order, Step};

/// Which versions of the service run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Running {
    /// Old nodes only, before the first new one starts.
    Old,
    /// Old and new nodes side by side.
    Both,
    /// New nodes only.
    New,
    /// Old nodes only, after new ones ran. What these wrote is still there, and so are the migrations.
    RolledBack,
}

impl Running {
    fn has_old(self) -> bool {
        self != Self::New
    }

    fn has_new(self) -> bool {
        matches!(self, Self::Both | Self::New)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    pub(super) applied: usize,
    pub(super) running: Running,
    /// Whether the new version has written what only it writes.
    pub(super) written: bool,
}

/// One rollout: the migrations with their orders, and what fails when.
pub(super) struct Rollout<'a> {
    /// The order of each migration.
    pub(super) orders: &'a [Order],
    /// How many migrations run before new code starts.
    pub(super) before_start: usize,
    /// The name of each migration.
    pub(super) names: &'a [String],
    /// The service that is rolled out.
    pub(super) service: Option<&'a str>,
    /// The versions, old and new.
    pub(super) versions: (&'a str, &'a str),
    /// Whether the new version writes something that matters, and what.
    pub(super) writes: Option<&'a str>,
    /// The step of the migration to which the finding points.
    pub(super) shown: usize,
    /// Whether old or new code makes the access.
    pub(super) by_new: bool,
    /// Whether the access fails when that many migrations are applied and the new value is there.
    pub(super) fails: &'a dyn Fn(usize, bool) -> bool,
}

impl System for Rollout<'_> {
    type State = State;
    type Step = Step;
    type Violation = ();

    fn start(&self) -> State {
        State {
            applied: 0,
            running: Running::Old,
            written: false,
        }
    }

    fn steps(&self, state: &State) -> Vec<(Step, State)> {
        let mut steps = Vec::new();
        if state.applied < self.orders.len() && self.may_migrate(state) {
            steps.push((
                self.migrate(state.applied),
                State {
                    applied: state.applied + 1,
                    ..*state
                },
            ));
        }
        if state.running == Running::Old && self.may_start(state) {
            steps.push((
                self.deploy(Act::StartNew, true),
                State {
                    running: Running::Both,
                    ..*state
                },
            ));
        }
        if let (true, false, Some(what)) = (state.running.has_new(), state.written, self.writes) {
            let write = Step {
                what: Some(what.to_owned()),
                at: Some(2),
                ..self.deploy(Act::Write, true)
            };
            steps.push((
                write,
                State {
                    written: true,
                    ..*state
                },
            ));
        }
        if state.running == Running::Both {
            steps.push((
                self.deploy(Act::StopOld, false),
                State {
                    running: Running::New,
                    ..*state
                },
            ));
        }
        if state.running.has_new() {
            steps.push((
                self.deploy(Act::RollBack, false),
                State {
                    running: Running::RolledBack,
                    ..*state
                },
            ));
        }
        steps
    }

    fn violation(&self, state: &State) -> Option<()> {
        let runs = if self.by_new {
            state.running.has_new()
        } else {
            state.running.has_old()
        };
        (runs && (self.fails)(state.applied, state.written)).then_some(())
    }
}

impl Rollout<'_> {
    /// Returns the steps to the first failure, or None where no schedule reaches one.
    pub(super) fn shortest(&self) -> Option<Vec<Step>> {
        // Four fleets, two kinds of data, and one state per migration: far below this.
        match explore(self, 100_000) {
            Explored::Violated { trace, .. } => Some(trace),
            Explored::Holds { .. } | Explored::Undecided { .. } => None,
        }
    }

    fn may_migrate(&self, state: &State) -> bool {
        match self.orders[state.applied] {
            Order::Before => state.running == Running::Old,
            Order::After => !matches!(state.running, Running::Old | Running::Both),
            Order::Unordered => true,
        }
    }

    fn may_start(&self, state: &State) -> bool {
        state.applied >= self.before_start
    }

    fn migrate(&self, index: usize) -> Step {
        let at = (index == self.shown).then_some(0);
        Step {
            act: Act::Migrate,
            what: Some(self.names[index].clone()),
            service: None,
            version: None,
            at,
        }
    }

    fn deploy(&self, act: Act, new: bool) -> Step {
        let version = if new {
            self.versions.1
        } else {
            self.versions.0
        };
        Step {
            act,
            what: None,
            service: self.service.map(str::to_owned),
            version: Some(version.to_owned()),
            at: None,
        }
    }
}
