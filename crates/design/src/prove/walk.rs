//! The moves that a state of a machine allows, and the states that they lead to.

use super::machine::{
    Acknowledgement, Cell, Fairness, Fault, Machine, Note, Op, Run, Serial, State, Trigger,
};

/// What moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Motion {
    /// A message is delivered, and its handler runs to its first boundary.
    Deliver,
    /// A handler goes on from a boundary.
    Continue,
    /// A handler runs because its condition holds.
    Begin,
    /// A process dies at a boundary.
    Die,
    /// A service dies with all that it has in hand: the run is the first of several.
    Fall,
    /// A message is given up.
    GiveUp,
}

/// A move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// What moves.
    pub motion: Motion,
    /// The handler and where it goes on, with the message at hand.
    pub run: Run,
    /// The fault that it contains.
    pub fault: Option<Fault>,
    /// Whether and when it must happen.
    pub fairness: Fairness,
    /// The choices taken, as one number.
    pub ways: u64,
    /// The choices taken: op and way. Only told on demand.
    pub choices: Vec<(u16, u16)>,
    /// How the segment ended.
    pub end: End,
    /// What was done: numbers in [`Machine::labels`]. Only told on demand.
    pub says: Vec<u16>,
}

impl Move {
    /// Returns a number that moves of one action share: what moves, not how it turns out.
    pub fn action(&self) -> u64 {
        let note = self.run.note.unwrap_or_default();
        let mut number = self.motion as u64;
        for part in [
            u64::from(self.run.instance),
            u64::from(self.run.handler),
            u64::from(self.run.pc),
            u64::from(note.slot),
            u64::from(note.generation),
        ]
        .into_iter()
        .chain(note.data.iter().map(|d| u64::from(*d as u8)))
        .chain(self.run.locals.iter().map(|l| u64::from(*l as u8)))
        {
            number = (number ^ part)
                .wrapping_mul(0x0100_0000_01b3)
                .rotate_left(17);
        }
        // A way that must be taken at last is an action of its own.
        if self.fairness == Fairness::Strong {
            number = (number ^ self.ways)
                .wrapping_mul(0x0100_0000_01b3)
                .rotate_left(17);
        }
        number
    }

    fn chooses(&mut self, op: u16, way: u16, tells: bool) {
        self.ways = (self.ways ^ u64::from(op) ^ (u64::from(way) << 16))
            .wrapping_mul(0x0100_0000_01b3)
            .rotate_left(17);
        if tells {
            self.choices.push((op, way));
        }
    }
}

/// How a segment of a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The handler is done.
    Done,
    /// The handler failed.
    Failed,
    /// The handler waits at a boundary.
    Waits(Run),
}

/// Walks the states of a machine.
#[derive(Debug)]
pub struct Walker<'m> {
    machine: &'m Machine,
    unobserved: Vec<bool>,
    /// Per actor: whether it can have several things in hand at once.
    busy: Vec<bool>,
    /// States that can be used again.
    pool: Vec<State>,
    /// Ways that are still to be gone.
    ways: Vec<(State, Run, u16, Move)>,
    /// The landmarks that were reached.
    pub reached: Vec<bool>,
    /// Whether moves tell what was done.
    pub tells: bool,
}

/// What is told of each move.
pub type Emit<'e> = dyn FnMut(&Move, &State) + 'e;

impl<'m> Walker<'m> {
    /// Returns a walker. `reduced`: handlers that nobody observes wait until nothing else happens.
    pub fn new(machine: &'m Machine, reduced: bool) -> Self {
        Self {
            machine,
            unobserved: if reduced {
                machine.unobserved()
            } else {
                vec![false; machine.handlers.len()]
            },
            busy: machine.busy(),
            pool: Vec::new(),
            ways: Vec::new(),
            reached: vec![false; machine.landmarks.len()],
            tells: false,
        }
    }

    /// Returns whether some moves wait for others although they need not.
    pub fn is_reduced(&self) -> bool {
        self.unobserved.contains(&true)
    }

    /// Calls `emit` with each move of the state, in a fixed order.
    pub fn moves(&mut self, base: &State, emit: &mut Emit<'_>) {
        let mut fair = false;
        let mut told = |step: &Move, to: &State| {
            // A step back to the same state is no step.
            if step.fault.is_none() {
                if to.same_but_faults(base) {
                    return;
                }
                fair |= step.fairness != Fairness::None;
            }
            emit(step, to);
        };
        for at in 0..base.runs.len() {
            if at == 0 || base.runs[at] != base.runs[at - 1] {
                self.go_on(base, at, &mut told);
            }
        }
        self.fall(base, &mut told);
        self.deliveries(base, false, &mut told);
        self.conditions(base, &mut told);
        if !fair {
            self.deliveries(base, true, emit);
        }
    }

    fn take(&mut self, base: &State) -> State {
        let mut state = self.pool.pop().unwrap_or_default();
        state.copy_from(base);
        state
    }

    /// A fault that changes nothing but its budget is left out, and so is one beyond the budget.
    fn fault(&self, base: &State, to: &mut State, fault: Fault) -> bool {
        if !self.machine.allows(fault, &to.spent) || to.same_but_faults(base) {
            return false;
        }
        to.spent[fault as usize] += 1;
        true
    }

    fn go_on(&mut self, base: &State, at: usize, emit: &mut Emit<'_>) {
        let run = base.runs[at];
        let mut from = self.take(base);
        from.runs.remove(at);
        let step = Move {
            motion: Motion::Continue,
            run,
            fault: None,
            // A handler that has begun goes on.
            fairness: Fairness::Weak,
            ways: 0,
            choices: Vec::new(),
            end: End::Done,
            says: Vec::new(),
        };
        self.execute(base, &from, &step, emit);
        self.die(base, &from, run, step, emit);
        self.pool.push(from);
    }

    fn die(&mut self, base: &State, without: &State, run: Run, step: Move, emit: &mut Emit<'_>) {
        if !self.machine.allows(Fault::Crash, &base.spent) {
            return;
        }
        let mut to = self.take(without);
        self.lose(&mut to, run);
        if self.fault(base, &mut to, Fault::Crash) {
            let step = Move {
                motion: Motion::Die,
                fault: Some(Fault::Crash),
                ..step
            };
            emit(&step, &to);
        }
        self.pool.push(to);
    }

    /// Services die with everything that they have in hand, where that is more than one thing.
    fn fall(&mut self, base: &State, emit: &mut Emit<'_>) {
        if base.runs.len() < 2 || !self.machine.allows(Fault::Crash, &base.spent) {
            return;
        }
        let actor = |run: &Run| self.machine.handlers[run.handler as usize].actor;
        let mut actors: Vec<u16> = base.runs.iter().map(actor).collect();
        actors.sort_unstable();
        let several = actors.chunk_by(|a, b| a == b).filter(|same| same.len() > 1);
        let several: Vec<u16> = several.map(|same| same[0]).collect();
        for fallen in several {
            let lost: Vec<Run> = base
                .runs
                .iter()
                .copied()
                .filter(|r| actor(r) == fallen)
                .collect();
            let mut to = self.take(base);
            to.runs.retain(|run| actor(run) != fallen);
            for run in &lost {
                self.lose(&mut to, *run);
            }
            if self.fault(base, &mut to, Fault::Crash) {
                let step = Move {
                    motion: Motion::Fall,
                    run: lost[0],
                    fault: Some(Fault::Crash),
                    fairness: Fairness::Weak,
                    ways: 0,
                    choices: Vec::new(),
                    end: End::Done,
                    says: Vec::new(),
                };
                emit(&step, &to);
            }
            self.pool.push(to);
        }
    }

    /// Does what follows when a run is lost that is in no state any more: its message comes again unless it was acknowledged.
    fn lose(&self, to: &mut State, run: Run) {
        let handler = &self.machine.handlers[run.handler as usize];
        if let Some(Op::Boundary {
            crash: Some(pc), ..
        }) = handler.code.get(run.pc as usize)
        {
            self.aftermath(to, run, *pc);
        }
        if let Some(note) = run.note
            && handler.acknowledges != Acknowledgement::Before
        {
            to.put_back(self.machine, note);
        }
    }

    /// Runs the program of a boundary at which a process dies: it keeps the books and nothing else.
    fn aftermath(&self, state: &mut State, run: Run, from: u16) {
        let code = &self.machine.handlers[run.handler as usize].code;
        let mut pc = from as usize;
        while let Some(op) = code.get(pc) {
            pc += 1;
            match op {
                Op::Set(cell, value) => {
                    let value = value.value(self.machine, state, run.instance, Some(&run));
                    state.set(self.machine, *cell, run.instance, value);
                }
                Op::Unless(condition, to) => {
                    if !condition.holds(self.machine, state, run.instance, Some(&run)) {
                        pc = *to as usize;
                    }
                }
                Op::Jump(to) => pc = *to as usize,
                _ => break,
            }
        }
    }

    fn deliveries(&mut self, base: &State, unobserved: bool, emit: &mut Emit<'_>) {
        for at in 0..base.notes.len() {
            let note = base.notes[at];
            let slot = &self.machine.slots[note.slot as usize];
            if self.unobserved[slot.handler as usize] != unobserved
                || !self.is_deliverable(base, at)
            {
                continue;
            }
            let handler = &self.machine.handlers[slot.handler as usize];
            let queue = &self.machine.queues[note.queue as usize];
            let run = Run {
                instance: note.instance,
                handler: slot.handler,
                pc: 0,
                note: Some(note),
                ..Run::default()
            };
            let step = Move {
                motion: Motion::Deliver,
                run,
                fault: None,
                fairness: Fairness::Weak,
                ways: 0,
                choices: Vec::new(),
                end: End::Done,
                says: Vec::new(),
            };
            if !self.is_excluded(base, handler.serial, handler.actor, note.instance) {
                let mut from = self.take(base);
                from.notes.remove(at);
                self.execute(base, &from, &step, emit);
                if queue.duplicates && self.machine.allows(Fault::Duplicate, &base.spent) {
                    let step = Move {
                        fault: Some(Fault::Duplicate),
                        ..step.clone()
                    };
                    self.execute(base, base, &step, emit);
                }
                self.pool.push(from);
            }
            if queue.dead_letters && self.machine.allows(Fault::DeadLetter, &base.spent) {
                let mut to = self.take(base);
                to.notes.remove(at);
                if self.fault(base, &mut to, Fault::DeadLetter) {
                    let step = Move {
                        motion: Motion::GiveUp,
                        fault: Some(Fault::DeadLetter),
                        ..step
                    };
                    emit(&step, &to);
                }
                self.pool.push(to);
            }
        }
    }

    /// Whether the message at this place may be delivered now: one of equal copies, and the head of an ordered queue that is not at work.
    fn is_deliverable(&self, base: &State, at: usize) -> bool {
        let note = base.notes[at];
        if !self.machine.queues[note.queue as usize].ordered {
            return at == 0 || base.notes[at - 1] != note;
        }
        let same = |other: &Note| (other.instance, other.queue) == (note.instance, note.queue);
        let head = at == 0 || !same(&base.notes[at - 1]);
        head && !base
            .runs
            .iter()
            .any(|run| run.note.as_ref().is_some_and(same))
    }

    fn is_excluded(&self, base: &State, serial: Serial, actor: u16, instance: u8) -> bool {
        base.runs.iter().any(|run| {
            let other = &self.machine.handlers[run.handler as usize];
            other.actor == actor
                && match serial {
                    Serial::No => false,
                    Serial::ByInstance => other.serial != Serial::No && run.instance == instance,
                    Serial::Whole => other.serial != Serial::No,
                }
        })
    }

    fn conditions(&mut self, base: &State, emit: &mut Emit<'_>) {
        for (number, handler) in self.machine.handlers.iter().enumerate() {
            let Trigger::When {
                guard,
                fairness,
                settled,
            } = &handler.trigger
            else {
                continue;
            };
            for instance in 0..self.machine.instances {
                let runs = base.runs.iter().any(|run| {
                    run.instance == instance && (*settled || run.handler as usize == number)
                });
                let busy = *settled && base.notes.iter().any(|note| note.instance == instance);
                if runs
                    || busy
                    || !guard.holds(self.machine, base, instance, None)
                    || self.is_excluded(base, handler.serial, handler.actor, instance)
                {
                    continue;
                }
                let step = Move {
                    motion: Motion::Begin,
                    run: Run {
                        instance,
                        handler: number as u16,
                        ..Run::default()
                    },
                    fault: None,
                    fairness: *fairness,
                    ways: 0,
                    choices: Vec::new(),
                    end: End::Done,
                    says: Vec::new(),
                };
                let from = self.take(base);
                self.execute(base, &from, &step, emit);
                self.pool.push(from);
            }
        }
    }

    /// Runs a handler from where the move's run stands to its next boundary or end, once per way in which its choices turn out.
    fn execute(&mut self, base: &State, from: &State, step: &Move, emit: &mut Emit<'_>) {
        let mut ways = std::mem::take(&mut self.ways);
        let state = self.take(from);
        let mut pc = step.run.pc;
        let code = &self.machine.handlers[step.run.handler as usize].code;
        // A run that waits stands on its boundary.
        if step.motion == Motion::Continue
            && matches!(code.get(pc as usize), Some(Op::Boundary { .. }))
        {
            pc += 1;
        }
        ways.push((state, step.run, pc, step.clone()));
        while let Some((mut state, mut run, mut pc, mut step)) = ways.pop() {
            let handler = &self.machine.handlers[run.handler as usize];
            let end = loop {
                match handler.code.get(pc as usize) {
                    Some(Op::Choose(choices)) => {
                        // Pushed in reverse, so that the first way is taken first.
                        for (way, choice) in choices.iter().enumerate().rev() {
                            let other = self.take(&state);
                            let mut step = step.clone();
                            if let Some(fault) = choice.fault {
                                if step.fault.is_some() || !self.machine.allows(fault, &other.spent)
                                {
                                    self.pool.push(other);
                                    continue;
                                }
                                step.fault = Some(fault);
                            }
                            step.chooses(pc, way as u16, self.tells);
                            if choice.fair {
                                step.fairness = Fairness::Strong;
                            }
                            ways.push((other, run, choice.to, step));
                        }
                        break None;
                    }
                    Some(Op::Say(label)) => {
                        if self.tells {
                            step.says.push(*label);
                        }
                        pc += 1;
                    }
                    Some(Op::RollBack) => {
                        // As if the process had died before the transaction.
                        state.copy_from(from);
                        if let Some(Op::Boundary {
                            crash: Some(pc), ..
                        }) = handler.code.get(step.run.pc as usize)
                        {
                            self.aftermath(&mut state, step.run, *pc);
                        }
                        break Some(End::Failed);
                    }
                    Some(op) => {
                        if let Some(end) = self.op(op, &mut state, &mut run, &mut pc) {
                            break Some(end);
                        }
                    }
                    None => break Some(End::Done),
                }
            };
            if let Some(end) = end {
                self.finish(base, &mut state, end, &mut step, emit);
            }
            self.pool.push(state);
        }
        self.ways = ways;
    }

    fn op(&mut self, op: &Op, state: &mut State, run: &mut Run, pc: &mut u16) -> Option<End> {
        let machine = self.machine;
        let here = *pc;
        *pc += 1;
        match op {
            Op::Set(cell, value) => {
                let value = value.value(machine, state, run.instance, Some(run));
                state.set(machine, *cell, run.instance, value);
            }
            Op::Let(local, value) => {
                run.locals[*local as usize] = value.value(machine, state, run.instance, Some(run));
            }
            Op::Unless(condition, to) => {
                if !condition.holds(machine, state, run.instance, Some(run)) {
                    *pc = *to;
                }
            }
            Op::Jump(to) => *pc = *to,
            Op::Reach(landmark) => self.reached[*landmark as usize] = true,
            Op::Send(site) => send(machine, state, run, *site),
            Op::Mark => {
                if let Some(note) = run.note
                    && let Some(mark) = machine.slots[note.slot as usize].mark
                {
                    let place = machine.place(mark, note.instance);
                    state.cells[place] |= 1 << note.generation;
                }
            }
            Op::Boundary { .. } => return Some(End::Waits(Run { pc: here, ..*run })),
            Op::Stop | Op::Choose(_) | Op::Say(_) => return Some(End::Done),
            Op::Fail | Op::RollBack => return Some(End::Failed),
        }
        None
    }

    fn finish(
        &mut self,
        base: &State,
        state: &mut State,
        end: End,
        step: &mut Move,
        emit: &mut Emit<'_>,
    ) {
        let handler = &self.machine.handlers[step.run.handler as usize];
        // With the copy of a duplicate the message is still there.
        let note = step
            .run
            .note
            .filter(|_| step.fault != Some(Fault::Duplicate) || step.motion != Motion::Deliver);
        let mut dies = false;
        step.end = end;
        match end {
            End::Waits(run) => state.wait(run),
            End::Failed => {
                if let Some(note) = note
                    && handler.acknowledges == Acknowledgement::After
                {
                    state.put_back(self.machine, note);
                }
            }
            End::Done => dies = note.is_some() && handler.acknowledges != Acknowledgement::Before,
        }
        let finished = note.filter(|_| dies);
        match step.fault {
            Some(fault) => {
                if self.fault(base, state, fault) {
                    emit(step, state);
                    self.linger(state, finished, step, emit);
                }
            }
            None => {
                emit(step, state);
                self.linger(state, finished, step, emit);
                if let Some(note) =
                    finished.filter(|_| self.machine.allows(Fault::Crash, &base.spent))
                {
                    // Everything is committed, and the process dies before it can say so.
                    state.put_back(self.machine, note);
                    if self.fault(base, state, Fault::Crash) {
                        step.fault = Some(Fault::Crash);
                        emit(step, state);
                    }
                }
            }
        }
    }

    /// Lets a handler that is done wait with its acknowledgement. That is told apart only where its service can have something else in
    /// hand meanwhile and may die with both, and where the message does something when it comes again: what an inbox remembers does not.
    fn linger(&mut self, done: &State, finished: Option<Note>, step: &Move, emit: &mut Emit<'_>) {
        let handler = &self.machine.handlers[step.run.handler as usize];
        let acknowledges = handler.code.len() as u16;
        let Some(note) = finished else { return };
        let known = !handler.forgets && done.remembers(self.machine, note);
        if known
            || step.run.pc >= acknowledges
            || !self.busy[handler.actor as usize]
            || !self.machine.allows(Fault::Crash, &done.spent)
        {
            return;
        }
        let mut waiting = self.take(done);
        let run = Run {
            pc: acknowledges,
            locals: Default::default(),
            ..step.run
        };
        waiting.wait(run);
        let step = Move {
            end: End::Waits(run),
            ..step.clone()
        };
        emit(&step, &waiting);
        self.pool.push(waiting);
    }

    /// Handles the message twice in a row without any fault. Returns the first pair of ends that differ.
    pub fn twice(&mut self, base: &State, at: usize) -> Option<(State, State)> {
        let note = base.notes[at];
        let slot = &self.machine.slots[note.slot as usize];
        let forgets = self.machine.handlers[slot.handler as usize].forgets;
        let mut from = base.clone();
        from.notes.remove(at);
        let reached = self.reached.clone();
        let found = self.second_effect(&from, note, slot.mark.filter(|_| forgets));
        self.reached = reached;
        found
    }

    fn second_effect(
        &mut self,
        from: &State,
        note: Note,
        forgotten: Option<Cell>,
    ) -> Option<(State, State)> {
        for once in self.whole(from, note) {
            let mut again = once.clone();
            if let Some(mark) = forgotten {
                again.set(self.machine, mark, note.instance, 0);
            }
            if let Some(other) = self
                .whole(&again, note)
                .into_iter()
                .find(|twice| self.differ(from, &once, twice))
            {
                return Some((once, other));
            }
        }
        None
    }

    /// Whether handling the message again had an effect: a cell that is shown, or a message that is not one of the first time.
    fn differ(&self, before: &State, once: &State, twice: &State) -> bool {
        let keyed = self.machine.keyed.len();
        let shared = self.machine.shared.len();
        let variable = |at: usize| match at.checked_sub(shared) {
            None => &self.machine.shared[at],
            Some(at) => &self.machine.keyed[at % keyed],
        };
        let cells = once.cells.iter().zip(&twice.cells).enumerate();
        let mut changed = cells.filter(|(at, (one, two))| one != two && !variable(*at).hidden);
        if changed.next().is_some() {
            return true;
        }
        // The same words to the same subscriber are the same message, wherever they come from.
        let content = |note: &Note| {
            let slot = &self.machine.slots[note.slot as usize];
            (
                note.instance,
                slot.handler,
                &self.machine.sites[slot.site as usize].message,
                note.data,
            )
        };
        let known = |note: &Note, state: &State| {
            state
                .notes
                .iter()
                .any(|other| content(other) == content(note))
        };
        twice
            .notes
            .iter()
            .any(|note| !known(note, once) && !known(note, before))
    }

    /// Returns the states in which handling a message can end, where nothing fails and nobody else acts.
    fn whole(&mut self, from: &State, note: Note) -> Vec<State> {
        let handler = self.machine.slots[note.slot as usize].handler;
        let mut ends = Vec::new();
        let mut work = vec![(
            from.clone(),
            Run {
                instance: note.instance,
                handler,
                note: Some(note),
                ..Run::default()
            },
            Motion::Deliver,
        )];
        while let Some((state, run, motion)) = work.pop() {
            let step = Move {
                motion,
                run,
                fault: None,
                fairness: Fairness::Weak,
                ways: 0,
                choices: Vec::new(),
                end: End::Done,
                says: Vec::new(),
            };
            let before = state.runs.clone();
            self.execute(&state, &state, &step, &mut |step, to| {
                if step.fault.is_some() {
                    return;
                }
                match step.end {
                    End::Waits(run) => {
                        let mut state = to.clone();
                        state.runs.clone_from(&before);
                        work.push((state, run, Motion::Continue));
                    }
                    End::Done => ends.push(to.clone()),
                    End::Failed => {}
                }
            });
        }
        ends
    }
}

/// Sends the messages of a site.
fn send(machine: &Machine, state: &mut State, run: &Run, number: u16) {
    let site = &machine.sites[number as usize];
    if let Some(promise) = site.promise {
        state.set(machine, promise, run.instance, 0);
    }
    let mut data = [0; super::machine::DATA];
    for (value, expression) in data.iter_mut().zip(&site.data) {
        *value = expression.value(machine, state, run.instance, Some(run));
    }
    if site.rests && is_under_way(machine, state, run.instance, &site.slots, data) {
        return;
    }
    let mut generation = 0;
    if let Some(cell) = site.generation {
        generation = state.get(machine, cell, run.instance) as u8 % GENERATIONS;
        state.set(
            machine,
            cell,
            run.instance,
            ((generation + 1) % GENERATIONS) as i8,
        );
        for slot in &site.slots {
            // A number that comes round again is a new message.
            if let Some(mark) = machine.slots[*slot as usize].mark {
                let place = machine.place(mark, run.instance);
                state.cells[place] &= !(1 << generation);
            }
        }
    }
    for slot in &site.slots {
        state.put(
            machine,
            Note {
                instance: run.instance,
                queue: machine.slots[*slot as usize].queue,
                slot: *slot,
                generation,
                data,
            },
        );
    }
}

/// Whether messages of these slots with these words are in flight, in an ordered queue as the last ones, or two handlers have them in
/// hand: one and a later one meet there.
fn is_under_way(
    machine: &Machine,
    state: &State,
    instance: u8,
    slots: &[u16],
    data: [i8; super::machine::DATA],
) -> bool {
    slots.iter().all(|slot| {
        let queue = machine.slots[*slot as usize].queue;
        let same = |note: &Note| note.slot == *slot && note.data == data;
        let mut notes = state
            .notes
            .iter()
            .filter(|note| (note.instance, note.queue) == (instance, queue));
        let in_hand = |run: &&Run| run.instance == instance && run.note.as_ref().is_some_and(same);
        let in_flight = match machine.queues[queue as usize].ordered {
            true => notes.next_back().is_some_and(same),
            false => notes.any(same),
        };
        in_flight || state.runs.iter().filter(in_hand).count() > 1
    })
}

/// How many messages of one site are told apart at a time.
pub const GENERATIONS: u8 = 4;
