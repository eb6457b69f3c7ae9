//! A violation in the design's own words: what each part does, step by step.

use super::machine::{Cell, Expression, Fault, Kind, Machine, Note, Op, Property, State};
use super::system::Violation;
use super::walk::{End, Motion, Move, Walker};

/// What does not hold, and a run that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// What does not hold: `never: double charge`.
    pub property: String,
    /// The byte of the design at which it stands.
    pub at: usize,
    /// The steps.
    pub steps: Vec<Step>,
    /// From which step on they repeat for ever.
    pub loop_from: Option<usize>,
    /// How it ends.
    pub end: String,
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Who does it.
    pub actor: String,
    /// What is done.
    pub does: String,
    /// The fault that it is or contains.
    pub fault: Option<Fault>,
    /// What it changes.
    pub effect: String,
    /// The byte of the design at which it stands.
    pub at: usize,
    /// The instance that it belongs to, where there are several.
    pub instance: Option<u8>,
    /// The message or call that it is.
    pub arrow: Option<Arrow>,
}

/// Something that goes from one part to another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrow {
    /// Who sends it.
    pub from: String,
    /// Who gets it.
    pub to: String,
    /// What it is.
    pub text: String,
    /// Whether it is waited for.
    pub call: bool,
}

/// Returns the trace of a violation.
pub(super) fn trace(
    machine: &Machine,
    reduced: bool,
    violation: &Violation,
    path: &[Vec<u8>],
    cycle: &[Vec<u8>],
) -> Trace {
    let mut teller = Teller {
        machine,
        walker: Walker::new(machine, reduced),
        symmetric: reduced && machine.instances > 1,
        state: State::start(machine),
        steps: Vec::new(),
        left_out: vec![false; machine.handlers.len()],
    };
    teller.walker.tells = true;
    if let Violation::Property { property, .. } = violation {
        teller.leave_out(&machine.properties[*property].condition);
    }
    for bytes in path.iter().skip(1) {
        teller.go_to(bytes);
    }
    let loop_from = (!cycle.is_empty()).then_some(teller.steps.len());
    for bytes in cycle {
        teller.go_to(bytes);
    }
    match violation {
        Violation::Property { property, forever } => {
            let declared = &machine.properties[*property];
            let values = teller.values(declared);
            let end = match (declared.kind, forever) {
                (Kind::Never, _) => format!("now {values}"),
                (_, true) => format!("this goes on for ever, and again and again {values}"),
                (Kind::Emission, false) => {
                    "nothing more happens: this never comes to pass".to_owned()
                }
                (Kind::Finally, false) => format!("nothing more happens, and {values}"),
            };
            Trace {
                property: declared.name.clone(),
                at: declared.at,
                end,
                loop_from,
                steps: teller.steps,
            }
        }
        Violation::Replay { note } => teller.replay(*note),
    }
}

struct Teller<'m> {
    machine: &'m Machine,
    walker: Walker<'m>,
    symmetric: bool,
    state: State,
    steps: Vec<Step>,
    /// Handlers that have nothing to do with what is told.
    left_out: Vec<bool>,
}

impl Teller<'_> {
    /// Leaves out the handlers that nobody observes and of whose cells the property does not speak.
    fn leave_out(&mut self, condition: &Expression) {
        let mut cells = Vec::new();
        condition.cells(&mut |cell| cells.push(cell));
        let handlers = self.machine.handlers.iter().zip(self.machine.unobserved());
        self.left_out = handlers
            .map(|(handler, unobserved)| {
                unobserved
                    && !cells
                        .iter()
                        .any(|cell| handler.footprint(self.machine).writes.contains(cell))
            })
            .collect();
    }

    /// Adds the step that leads to the state with this compact form.
    fn go_to(&mut self, bytes: &[u8]) {
        let base = self.state.clone();
        let (machine, symmetric) = (self.machine, self.symmetric);
        let mut found: Option<(Move, State)> = None;
        let mut compact = Vec::new();
        self.walker.moves(&base, &mut |step, to| {
            if found.is_some() {
                return;
            }
            compact.clear();
            to.write(machine, symmetric, &mut compact);
            if compact == bytes {
                found = Some((step.clone(), to.clone()));
            }
        });
        if let Some((step, to)) = found {
            if !self.left_out[step.run.handler as usize] {
                let told = self.tell(&step, &base, &to);
                self.steps.push(told);
            }
            self.state = to;
        }
    }

    fn tell(&self, step: &Move, base: &State, to: &State) -> Step {
        let machine = self.machine;
        let handler = &machine.handlers[step.run.handler as usize];
        let actor = machine.actors[handler.actor as usize].clone();
        let message = step.run.note.map(|note| self.message(note));
        let mut said: Vec<&str> = step
            .says
            .iter()
            .map(|l| machine.labels[*l as usize].text.as_str())
            .collect();
        said.dedup();
        let mut at = machine.labels[handler.label as usize].at;
        let begins = match (step.motion, &message) {
            (Motion::Deliver, Some(message)) => Some(format!("handles {message}")),
            (Motion::Begin, _) => Some(machine.labels[handler.label as usize].text.clone()),
            _ => None,
        };
        let boundary = match handler.code.get(step.run.pc as usize) {
            Some(Op::Boundary { label, .. })
                if matches!(step.motion, Motion::Continue | Motion::Die) =>
            {
                Some(*label)
            }
            _ => None,
        };
        if let Some(label) = boundary {
            at = machine.labels[label as usize].at;
        }
        let does = match step.motion {
            Motion::Die => {
                let next = boundary.map_or("goes on", |l| machine.labels[l as usize].text.as_str());
                format!("crashes before it {next}")
            }
            Motion::Fall => "crashes with all that it has in hand".to_owned(),
            Motion::GiveUp => format!(
                "gives {} up after the last delivery",
                message.clone().unwrap_or_default()
            ),
            Motion::Deliver | Motion::Begin => {
                said.retain(|text| *text != "commits");
                let begins = begins.unwrap_or_default();
                if said.is_empty() {
                    begins
                } else {
                    format!("{begins}: {}", said.join(", "))
                }
            }
            Motion::Continue => {
                if said.len() > 1 {
                    said.retain(|text| *text != "commits");
                }
                if said.is_empty() {
                    "goes on".to_owned()
                } else {
                    said.join(", ")
                }
            }
        };
        Step {
            actor: actor.clone(),
            does,
            fault: step.fault,
            effect: self.effect(step, base, to),
            at,
            instance: (machine.instances > 1).then_some(step.run.instance),
            arrow: self.arrow(step, actor),
        }
    }

    fn message(&self, note: Note) -> String {
        self.machine.sites[self.machine.slots[note.slot as usize].site as usize]
            .message
            .clone()
    }

    fn arrow(&self, step: &Move, actor: String) -> Option<Arrow> {
        let machine = self.machine;
        let calls = step
            .says
            .iter()
            .rev()
            .find_map(|l| machine.labels[*l as usize].calls.map(|to| (to, *l)));
        if let Some((to, label)) = calls.filter(|_| step.motion != Motion::Deliver) {
            let text = machine.labels[label as usize].text.as_str();
            let called = text.strip_suffix(" again").unwrap_or(text);
            return Some(Arrow {
                from: actor,
                to: machine.actors[to as usize].clone(),
                text: called.rsplit(' ').next().unwrap_or(called).to_owned(),
                call: true,
            });
        }
        if !matches!(step.motion, Motion::Deliver | Motion::GiveUp) {
            return None;
        }
        let note = step.run.note?;
        let site = &machine.sites[machine.slots[note.slot as usize].site as usize];
        Some(Arrow {
            from: machine.actors[site.actor as usize].clone(),
            to: actor,
            text: site.message.clone(),
            call: false,
        })
    }

    /// Returns what a step changes: answers, fields, messages.
    fn effect(&self, step: &Move, base: &State, to: &State) -> String {
        let machine = self.machine;
        let mut parts = Vec::new();
        for (op, way) in &step.choices {
            if let Op::Choose(choices) =
                &machine.handlers[step.run.handler as usize].code[*op as usize]
            {
                let says = &choices[*way as usize].says;
                if !says.is_empty() {
                    parts.push(says.clone());
                }
            }
        }
        self.changes(base, to, step.run.note, &mut parts);
        match (step.fault, step.motion, step.end) {
            (Some(Fault::Duplicate), Motion::Deliver, _) => {
                parts.push("a copy of the message will come again".to_owned());
            }
            (_, Motion::Fall, _) => {
                parts.push("what it has not acknowledged will come again".to_owned());
            }
            (Some(Fault::Crash), motion, End::Done) if motion != Motion::Die => {
                parts.push(
                    "the process dies before it acknowledges the message, which will come again"
                        .to_owned(),
                );
            }
            (_, Motion::Deliver | Motion::Continue, End::Failed) => {
                parts.push("the handler fails".to_owned());
            }
            _ => {}
        }
        parts.join("; ")
    }

    fn changes(&self, base: &State, to: &State, at_hand: Option<Note>, parts: &mut Vec<String>) {
        let machine = self.machine;
        let cells = (0..machine.shared.len()).map(|at| (Cell::Shared(at as u16), 0));
        let keyed = (0..machine.instances)
            .flat_map(|i| (0..machine.keyed.len()).map(move |at| (Cell::Keyed(at as u16), i)));
        for (cell, instance) in cells.chain(keyed) {
            let variable = machine.variable(cell);
            let (before, after) = (
                base.get(machine, cell, instance),
                to.get(machine, cell, instance),
            );
            if before != after && !variable.hidden {
                let (before, after) = (
                    machine.show(variable, before),
                    machine.show(variable, after),
                );
                parts.push(format!("{} {before} → {after}", variable.name));
            }
        }
        let mut old = base.notes.clone();
        old.extend(at_hand);
        let mut sent: Vec<String> = Vec::new();
        for note in &to.notes {
            match old.iter().position(|other| other == note) {
                Some(at) => {
                    old.remove(at);
                }
                None => sent.push(self.message(*note)),
            }
        }
        if !sent.is_empty() {
            parts.push(format!("sends {}", sent.join(", ")));
        }
    }

    /// Returns the values of what a property reads, for the first instance in which it does not hold.
    fn values(&self, property: &Property) -> String {
        let condition = &property.condition;
        let machine = self.machine;
        let mut cells = Vec::new();
        condition.cells(&mut |cell| {
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        });
        let instance = (0..machine.instances)
            .filter(|i| {
                machine
                    .started
                    .is_none_or(|s| self.state.get(machine, s, *i) != 0)
            })
            .find(|i| {
                condition.holds(machine, &self.state, *i, None) == (property.kind == Kind::Never)
            })
            .unwrap_or(0);
        let values: Vec<String> = cells
            .iter()
            .map(|cell| {
                let variable = machine.variable(*cell);
                format!(
                    "{} is {}",
                    variable.name,
                    machine.show(variable, self.state.get(machine, *cell, instance))
                )
            })
            .collect();
        values.join(", ")
    }

    /// Returns the trace to a message that is handled twice.
    fn replay(mut self, note: Note) -> Trace {
        let message = self.message(note);
        let slot = &self.machine.slots[note.slot as usize];
        let handler = &self.machine.handlers[slot.handler as usize];
        let actor = self.machine.actors[handler.actor as usize].clone();
        let at = self.machine.labels[handler.label as usize].at;
        let mut end = String::new();
        let base = self.state.clone();
        let place = base.notes.iter().position(|other| *other == note);
        if let Some((once, twice)) = place.and_then(|at| self.walker.twice(&base, at)) {
            let mut first = Vec::new();
            self.changes(&base, &once, Some(note), &mut first);
            let mut second = Vec::new();
            self.changes(&once, &twice, Some(note), &mut second);
            let arrow = Arrow {
                from: self.machine.actors[self.machine.sites[slot.site as usize].actor as usize]
                    .clone(),
                to: actor.clone(),
                text: message.clone(),
                call: false,
            };
            let step = |does: String, effect: Vec<String>, fault| Step {
                actor: actor.clone(),
                does,
                fault,
                effect: effect.join("; "),
                at,
                instance: (self.machine.instances > 1).then_some(note.instance),
                arrow: Some(arrow.clone()),
            };
            end = format!(
                "the same message has had another effect: {}",
                second.join("; ")
            );
            self.steps
                .push(step(format!("handles {message}"), first, None));
            self.steps.push(step(
                format!("handles the same {message} again"),
                second,
                Some(Fault::Duplicate),
            ));
        }
        Trace {
            property: format!("replay: {message} handled twice at {actor} is handled once"),
            at,
            steps: self.steps,
            loop_from: None,
            end,
        }
    }
}
