//! A machine as a system that the search of `coexist-explore` knows, with the properties that are held against it.

use coexist_explore::faults::{Class, FaultySystem, Steps};
use coexist_explore::table::Table;

use super::machine::{Cell, Expression, Fairness, Fault, Kind, Machine, Note, State, Trigger};
use super::walk::Walker;

/// What is wrong with a state, or with a run that goes on for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// A property does not hold.
    Property {
        /// Its number in [`Machine::properties`].
        property: usize,
        /// Whether the run goes on for ever; else nothing more happens.
        forever: bool,
    },
    /// A message that is handled twice has another effect the second time.
    Replay {
        /// The message.
        note: Note,
    },
}

/// A machine that is searched.
#[derive(Debug)]
pub struct System<'m> {
    machine: &'m Machine,
    walker: Walker<'m>,
    symmetric: bool,
    state: State,
    /// The compact form of that state.
    compact: Vec<u8>,
    goals: Vec<usize>,
    /// Per handler: the cells that decide what handling a message twice does; empty where that is not tried.
    deciding: Vec<Option<Vec<Cell>>>,
    /// Messages that were handled twice, with the cells that decide.
    tried: Table,
    /// One of them, while it is looked for.
    trial: Vec<u8>,
}

impl<'m> System<'m> {
    /// Returns the system. `reduced`: equal instances are not told apart, and handlers that nobody observes wait.
    pub fn new(machine: &'m Machine, reduced: bool) -> Self {
        let goals = (0..machine.properties.len())
            .filter(|at| machine.properties[*at].kind != Kind::Never)
            .collect();
        // A second delivery is a fault, by whichever budget allows it.
        let redelivers = machine.budget[Fault::Duplicate as usize] > 0
            || machine.budget[Fault::Crash as usize] > 0;
        let deciding = machine
            .handlers
            .iter()
            .map(|handler| {
                let print = handler.footprint(machine);
                (handler.replay && redelivers && handler.trigger == Trigger::Message)
                    .then(|| print.reads.union(&print.writes).copied().collect())
            })
            .collect();
        Self {
            machine,
            walker: Walker::new(machine, reduced),
            symmetric: reduced && machine.instances > 1,
            state: State::default(),
            compact: Vec::new(),
            goals,
            deciding,
            tried: Table::default(),
            trial: Vec::new(),
        }
    }

    /// Returns, per landmark, whether it was reached.
    pub fn reached(&self) -> &[bool] {
        &self.walker.reached
    }

    /// Takes the state out; it is read where it is not the one that was read last.
    fn read(&mut self, bytes: &[u8]) -> State {
        let mut state = std::mem::take(&mut self.state);
        if self.compact != bytes {
            state.read(self.machine, bytes);
            self.compact.clear();
            self.compact.extend_from_slice(bytes);
        }
        state
    }

    fn counts(&self, state: &State, instance: u8) -> bool {
        let machine = self.machine;
        let is =
            |cell: Option<Cell>| cell.is_some_and(|cell| state.get(machine, cell, instance) != 0);
        machine.started.is_none() || (is(machine.started) && !is(machine.handed_over))
    }

    fn unmet_goals(&self, state: &State) -> u64 {
        let mut unmet = 0;
        for instance in (0..self.machine.instances).filter(|i| self.counts(state, *i)) {
            for (bit, goal) in self.goals.iter().enumerate() {
                let condition: &Expression = &self.machine.properties[*goal].condition;
                if !condition.holds(self.machine, state, instance, None) {
                    unmet |= 1 << bit;
                }
            }
        }
        unmet
    }

    fn broken(&self, state: &State) -> Option<usize> {
        let started = |instance: &u8| {
            self.machine
                .started
                .is_none_or(|cell| state.get(self.machine, cell, *instance) != 0)
        };
        (0..self.machine.instances)
            .filter(started)
            .find_map(|instance| {
                self.machine.properties.iter().position(|p| {
                    p.kind == Kind::Never && p.condition.holds(self.machine, state, instance, None)
                })
            })
    }
}

impl FaultySystem for System<'_> {
    type Violation = Violation;

    fn start(&self, into: &mut Vec<u8>) {
        State::start(self.machine).write(self.machine, self.symmetric, into);
    }

    fn steps(&mut self, bytes: &[u8], steps: &mut Steps) {
        let state = self.read(bytes);
        let (machine, symmetric) = (self.machine, self.symmetric);
        self.walker.moves(&state, &mut |step, to| {
            let class = match (step.fault, step.fairness) {
                (Some(_), _) => Class::Fault,
                (None, Fairness::None) => Class::Unfair,
                (None, Fairness::Weak) => Class::Weak,
                (None, Fairness::Strong) => Class::Strong,
            };
            steps.push(class, step.action(), |into| {
                to.write(machine, symmetric, into);
            });
        });
        self.state = state;
    }

    fn violation(&mut self, bytes: &[u8], terminal: bool) -> Option<Violation> {
        let state = self.read(bytes);
        let mut found = self.broken(&state);
        if found.is_none() && terminal {
            let unmet = self.unmet_goals(&state);
            found = (unmet != 0).then(|| self.goals[unmet.trailing_zeros() as usize]);
        }
        self.state = state;
        found.map(|property| Violation::Property {
            property,
            forever: false,
        })
    }

    fn violation_after_fault(&mut self, bytes: &[u8]) -> Option<Violation> {
        if self.deciding.iter().all(Option::is_none) {
            return None;
        }
        let state = self.read(bytes);
        let mut found = None;
        for at in 0..state.notes.len() {
            let note = state.notes[at];
            let slot = &self.machine.slots[note.slot as usize];
            let Some(cells) = &self.deciding[slot.handler as usize] else {
                continue;
            };
            if !self.machine.queues[note.queue as usize].duplicates
                || (at > 0 && state.notes[at - 1] == note)
            {
                continue;
            }
            let key = &mut self.trial;
            key.clear();
            key.extend_from_slice(&note.slot.to_le_bytes());
            key.push(note.generation);
            key.extend(note.data.iter().map(|d| *d as u8));
            key.push(u8::from(
                slot.mark.is_some() && state.remembers(self.machine, note),
            ));
            key.extend(
                cells
                    .iter()
                    .map(|cell| state.get(self.machine, *cell, note.instance) as u8),
            );
            if self.tried.insert(key).1 && self.walker.twice(&state, at).is_some() {
                found = Some(Violation::Replay { note });
                break;
            }
        }
        self.state = state;
        found
    }

    fn unmet(&mut self, bytes: &[u8]) -> u64 {
        let state = self.read(bytes);
        let unmet = self.unmet_goals(&state);
        self.state = state;
        unmet
    }

    fn never_met(&mut self, goal: u32) -> Violation {
        Violation::Property {
            property: self.goals[goal as usize],
            forever: true,
        }
    }

    fn is_reduced(&self) -> bool {
        self.symmetric || self.walker.is_reduced()
    }
}
