//! A second explorer of machines, to hold the first one against: plain data, every step on its own, no reduction.
//!
//! A message is received, handled segment by segment, and acknowledged in steps of their own; a copy is a message beside the first; any
//! number of handlers may be at work. It shares the machine with the prover, and no code that runs it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use coexist_design::prove::machine::{
    Acknowledgement, Cell, Expression, Fairness, Fault, Join, Kind, Machine, Op, Serial, Trigger,
};

/// A message in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Letter {
    instance: u8,
    slot: u16,
    generation: u8,
    data: [i8; 3],
}

/// Where a handler is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Op(u16),
    Acknowledge,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Worker {
    instance: u8,
    handler: u16,
    at: At,
    letter: Option<Letter>,
    locals: BTreeMap<u8, i8>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    shared: Vec<i8>,
    keyed: Vec<Vec<i8>>,
    loose: BTreeMap<Letter, u8>,
    lines: BTreeMap<(u8, u8), VecDeque<Letter>>,
    workers: Vec<Worker>,
    faults: BTreeMap<Fault, u8>,
}

/// What the explorer found out.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The properties that do not hold, with the fewest faults that it takes.
    pub(crate) broken: BTreeMap<String, u8>,
    /// How many states there are; None where there are too many.
    pub(crate) states: Option<usize>,
    /// Whether something can go on for ever.
    pub(crate) cyclic: bool,
}

/// Explores a machine.
pub(crate) fn explore(machine: &Machine, most_states: usize) -> Found {
    let naive = Naive { machine };
    let mut found = Found::default();
    let start = naive.start();
    let mut numbers = BTreeMap::from([(start.clone(), 0_usize)]);
    let mut worlds = vec![start];
    let mut edges: Vec<Vec<usize>> = Vec::new();
    let mut next = 0;
    while next < worlds.len() {
        if worlds.len() > most_states {
            return found;
        }
        let world = worlds[next].clone();
        let steps = naive.steps(&world);
        let rests = !steps.iter().any(|(fair, to)| *fair && *to != world);
        naive.judge(&world, rests, &mut found.broken);
        let mut row = Vec::new();
        for (_, to) in steps {
            let number = *numbers.entry(to.clone()).or_insert_with(|| {
                worlds.push(to);
                worlds.len() - 1
            });
            if number != next {
                row.push(number);
            }
        }
        edges.push(row);
        next += 1;
    }
    found.states = Some(worlds.len());
    found.cyclic = is_cyclic(&edges);
    found
}

/// Takes nodes away that nothing leads to; what is left has a cycle.
fn is_cyclic(edges: &[Vec<usize>]) -> bool {
    let mut into = vec![0_usize; edges.len()];
    for to in edges.iter().flatten() {
        into[*to] += 1;
    }
    let mut free: Vec<usize> = (0..edges.len()).filter(|n| into[*n] == 0).collect();
    let mut left = edges.len();
    while let Some(node) = free.pop() {
        left -= 1;
        for to in &edges[node] {
            into[*to] -= 1;
            if into[*to] == 0 {
                free.push(*to);
            }
        }
    }
    left > 0
}

/// How things stood before a segment.
struct Begin<'a> {
    before: &'a World,
    /// Without the worker itself.
    without: &'a World,
    worker: &'a Worker,
}

struct Naive<'m> {
    machine: &'m Machine,
}

impl Naive<'_> {
    fn start(&self) -> World {
        let initial = |v: &[coexist_design::prove::machine::Variable]| {
            v.iter().map(|v| v.initial).collect::<Vec<_>>()
        };
        World {
            shared: initial(&self.machine.shared),
            keyed: vec![initial(&self.machine.keyed); self.machine.instances as usize],
            loose: BTreeMap::new(),
            lines: BTreeMap::new(),
            workers: Vec::new(),
            faults: BTreeMap::new(),
        }
    }

    fn get(&self, world: &World, cell: Cell, instance: u8) -> i8 {
        match cell {
            Cell::Shared(at) => world.shared[at as usize],
            Cell::Keyed(at) => world.keyed[instance as usize][at as usize],
        }
    }

    fn put(&self, world: &mut World, cell: Cell, instance: u8, value: i8) {
        match cell {
            Cell::Shared(at) => {
                let v = &self.machine.shared[at as usize];
                world.shared[at as usize] = value.clamp(v.low, v.high);
            }
            Cell::Keyed(at) => {
                let v = &self.machine.keyed[at as usize];
                world.keyed[instance as usize][at as usize] = value.clamp(v.low, v.high);
            }
        }
    }

    fn value(&self, world: &World, expression: &Expression, worker: &Worker) -> i8 {
        let value = |e: &Expression| self.value(world, e, worker);
        match expression {
            Expression::Number(n) => *n,
            Expression::Cell(cell) => self.get(world, *cell, worker.instance),
            Expression::Local(at) => worker.locals.get(at).copied().unwrap_or(0),
            Expression::Data(at) => worker.letter.map_or(0, |l| l.data[*at as usize]),
            Expression::Seen => i8::from(worker.letter.is_some_and(|letter| {
                let mark = self.machine.slots[letter.slot as usize].mark;
                mark.is_some_and(|mark| {
                    self.get(world, mark, letter.instance) >> letter.generation & 1 == 1
                })
            })),
            Expression::Faulted => i8::from(world.faults.values().sum::<u8>() > 0),
            Expression::Not(inner) => i8::from(value(inner) == 0),
            Expression::In(inner, list) => i8::from(list.iter().any(|e| value(e) == value(inner))),
            Expression::Join(join, left, right) => {
                let (left, right) = (value(left), value(right));
                match join {
                    Join::And => i8::from(left != 0 && right != 0),
                    Join::Or => i8::from(left != 0 || right != 0),
                    Join::Implies => i8::from(left == 0 || right != 0),
                    Join::Equal => i8::from(left == right),
                    Join::Unequal => i8::from(left != right),
                    Join::Less => i8::from(left < right),
                    Join::AtMost => i8::from(left <= right),
                    Join::Plus => left.saturating_add(right),
                    Join::Minus => left.saturating_sub(right),
                }
            }
        }
    }

    fn judge(&self, world: &World, rests: bool, broken: &mut BTreeMap<String, u8>) {
        let faults = world.faults.values().sum::<u8>();
        for instance in 0..self.machine.instances {
            let is = |cell: Option<Cell>| cell.is_some_and(|c| self.get(world, c, instance) != 0);
            if !is(self.machine.started) {
                continue;
            }
            let nobody = Worker {
                instance,
                handler: 0,
                at: At::Acknowledge,
                letter: None,
                locals: BTreeMap::new(),
            };
            for property in &self.machine.properties {
                let holds = self.value(world, &property.condition, &nobody) != 0;
                let bad = match property.kind {
                    Kind::Never => holds,
                    Kind::Finally | Kind::Emission => {
                        rests && !holds && !is(self.machine.handed_over)
                    }
                };
                if bad {
                    let fewest = broken.entry(property.name.clone()).or_insert(faults);
                    *fewest = faults.min(*fewest);
                }
            }
        }
    }

    /// Returns the worlds that a world may become, and whether that must happen at last.
    fn steps(&self, world: &World) -> Vec<(bool, World)> {
        let mut steps = Vec::new();
        for letter in world.loose.keys() {
            let mut without = world.clone();
            if let Some(count) = without.loose.get_mut(letter) {
                *count -= 1;
                if *count == 0 {
                    without.loose.remove(letter);
                }
            }
            self.letter(world, &without, *letter, &mut steps);
        }
        for (place, line) in &world.lines {
            let Some(head) = line.front() else { continue };
            let at_work = |w: &Worker| {
                w.letter.is_some_and(|l| {
                    (l.instance, self.machine.slots[l.slot as usize].queue) == *place
                })
            };
            if world.workers.iter().any(at_work) {
                continue;
            }
            let mut without = world.clone();
            if let Some(line) = without.lines.get_mut(place) {
                line.pop_front();
            }
            without.lines.retain(|_, line| !line.is_empty());
            self.letter(world, &without, *head, &mut steps);
        }
        for at in 0..world.workers.len() {
            self.work(world, at, &mut steps);
        }
        for actor in 0..self.machine.actors.len() {
            self.fall(world, actor as u16, &mut steps);
        }
        self.conditions(world, &mut steps);
        steps
    }

    fn letter(
        &self,
        world: &World,
        without: &World,
        letter: Letter,
        steps: &mut Vec<(bool, World)>,
    ) {
        let slot = &self.machine.slots[letter.slot as usize];
        let handler = &self.machine.handlers[slot.handler as usize];
        let queue = &self.machine.queues[slot.queue as usize];
        if !self.excluded(world, handler.serial, handler.actor, letter.instance) {
            let mut to = without.clone();
            to.workers.push(Worker {
                instance: letter.instance,
                handler: slot.handler,
                at: At::Op(0),
                letter: Some(letter),
                locals: BTreeMap::new(),
            });
            to.workers.sort();
            steps.push((true, to));
        }
        if queue.duplicates {
            let mut to = world.clone();
            self.deliver(&mut to, letter, true);
            self.fault(world, to, Fault::Duplicate, steps);
        }
        if queue.dead_letters {
            self.fault(world, without.clone(), Fault::DeadLetter, steps);
        }
    }

    fn deliver(&self, world: &mut World, letter: Letter, first: bool) {
        let queue = self.machine.slots[letter.slot as usize].queue;
        if !self.machine.queues[queue as usize].ordered {
            *world.loose.entry(letter).or_insert(0) += 1;
            return;
        }
        let line = world.lines.entry((letter.instance, queue)).or_default();
        if first {
            line.push_front(letter);
        } else {
            line.push_back(letter);
        }
    }

    fn fault(&self, world: &World, mut to: World, fault: Fault, steps: &mut Vec<(bool, World)>) {
        let spent = world.faults.get(&fault).copied().unwrap_or(0);
        if spent < self.machine.budget[fault as usize]
            && world.faults.values().sum::<u8>() < self.machine.together
        {
            *to.faults.entry(fault).or_insert(0) += 1;
            steps.push((false, to));
        }
    }

    fn excluded(&self, world: &World, serial: Serial, actor: u16, instance: u8) -> bool {
        world.workers.iter().any(|w| {
            let other = &self.machine.handlers[w.handler as usize];
            let both = other.actor == actor && other.serial != Serial::No;
            both && match serial {
                Serial::No => false,
                Serial::ByInstance => w.instance == instance,
                Serial::Whole => true,
            }
        })
    }

    fn work(&self, world: &World, at: usize, steps: &mut Vec<(bool, World)>) {
        let worker = world.workers[at].clone();
        let mut without = world.clone();
        without.workers.remove(at);
        let handler = &self.machine.handlers[worker.handler as usize];
        // The process may die wherever it is.
        let mut died = without.clone();
        self.lose(&mut died, &worker);
        // A handler that has taken nothing in hand yet dies without a trace: that is the same as not to have been asked.
        self.fault(world, died, Fault::Crash, steps);
        match worker.at {
            At::Acknowledge => steps.push((true, without)),
            At::Op(pc) => {
                let on = match handler.code.get(pc as usize) {
                    Some(Op::Boundary { .. }) => pc + 1,
                    _ => pc,
                };
                let begin = Begin {
                    before: world,
                    without: &without,
                    worker: &worker,
                };
                self.segment(&begin, without.clone(), worker.clone(), on, None, steps);
            }
        }
    }

    /// The whole service may die, with everything that its workers do.
    fn fall(&self, world: &World, actor: u16, steps: &mut Vec<(bool, World)>) {
        let is_own = |w: &&Worker| self.machine.handlers[w.handler as usize].actor == actor;
        let lost: Vec<Worker> = world.workers.iter().filter(is_own).cloned().collect();
        if lost.len() < 2 {
            return;
        }
        let mut died = world.clone();
        died.workers.retain(|w| !is_own(&w));
        for worker in &lost {
            self.lose(&mut died, worker);
        }
        self.fault(world, died, Fault::Crash, steps);
    }

    fn lose(&self, world: &mut World, worker: &Worker) {
        let handler = &self.machine.handlers[worker.handler as usize];
        if let At::Op(pc) = worker.at
            && let Some(Op::Boundary {
                crash: Some(crash), ..
            }) = handler.code.get(pc as usize)
        {
            self.books(world, worker, *crash);
        }
        if let Some(letter) = worker.letter
            && handler.acknowledges != Acknowledgement::Before
        {
            self.deliver(world, letter, true);
        }
    }

    fn books(&self, world: &mut World, worker: &Worker, crash: u16) {
        let code = &self.machine.handlers[worker.handler as usize].code;
        let mut pc = crash as usize;
        loop {
            match code.get(pc) {
                Some(Op::Set(cell, value)) => {
                    let value = self.value(world, value, worker);
                    self.put(world, *cell, worker.instance, value);
                    pc += 1;
                }
                Some(Op::Unless(condition, to)) => {
                    pc = if self.value(world, condition, worker) == 0 {
                        *to as usize
                    } else {
                        pc + 1
                    };
                }
                Some(Op::Jump(to)) => pc = *to as usize,
                _ => return,
            }
        }
    }

    /// Runs a handler to its next boundary or end, once per way in which its choices turn out.
    fn segment(
        &self,
        begin: &Begin<'_>,
        mut world: World,
        mut worker: Worker,
        mut pc: u16,
        fault: Option<Fault>,
        steps: &mut Vec<(bool, World)>,
    ) {
        let handler = &self.machine.handlers[worker.handler as usize];
        loop {
            let op = handler.code.get(pc as usize).unwrap_or(&Op::Stop);
            pc += 1;
            match op {
                Op::Set(cell, value) => {
                    let value = self.value(&world, value, &worker);
                    self.put(&mut world, *cell, worker.instance, value);
                }
                Op::Let(local, value) => {
                    let value = self.value(&world, value, &worker);
                    worker.locals.insert(*local, value);
                }
                Op::Unless(condition, to) => {
                    if self.value(&world, condition, &worker) == 0 {
                        pc = *to;
                    }
                }
                Op::Jump(to) => pc = *to,
                Op::Send(site) => self.send(&mut world, &worker, *site),
                Op::Mark => {
                    if let Some(letter) = worker.letter
                        && let Some(mark) = self.machine.slots[letter.slot as usize].mark
                    {
                        let seen = self.get(&world, mark, letter.instance) | 1 << letter.generation;
                        self.put(&mut world, mark, letter.instance, seen);
                    }
                }
                Op::Reach(_) | Op::Say(_) => {}
                Op::Choose(choices) => {
                    for choice in choices {
                        if choice.fault.is_some() && fault.is_some() {
                            continue;
                        }
                        let fault = choice.fault.or(fault);
                        self.segment(
                            begin,
                            world.clone(),
                            worker.clone(),
                            choice.to,
                            fault,
                            steps,
                        );
                    }
                    return;
                }
                Op::Boundary { .. } => {
                    worker.at = At::Op(pc - 1);
                    world.workers.push(worker);
                    break;
                }
                Op::Stop => {
                    if worker.letter.is_some() && handler.acknowledges != Acknowledgement::Before {
                        worker.at = At::Acknowledge;
                        world.workers.push(worker);
                    }
                    break;
                }
                Op::Fail | Op::RollBack => {
                    if *op == Op::RollBack {
                        (world, worker) = (begin.without.clone(), begin.worker.clone());
                        if let At::Op(at) = worker.at
                            && let Some(Op::Boundary {
                                crash: Some(crash), ..
                            }) = handler.code.get(at as usize)
                        {
                            self.books(&mut world, &worker, *crash);
                        }
                    }
                    if let Some(letter) = worker.letter
                        && handler.acknowledges == Acknowledgement::After
                    {
                        self.deliver(&mut world, letter, true);
                    }
                    break;
                }
            }
        }
        world.workers.sort();
        match fault {
            Some(fault) => self.fault(begin.before, world, fault, steps),
            None => steps.push((true, world)),
        }
    }

    /// Whether a timeout would say once more what is on its way, or in two hands.
    fn is_under_way(&self, world: &World, instance: u8, slot: u16, data: [i8; 3]) -> bool {
        let same = |letter: &Letter| {
            letter.instance == instance && letter.slot == slot && letter.data == data
        };
        let queue = self.machine.slots[slot as usize].queue;
        let last = world.lines.get(&(instance, queue)).and_then(|l| l.back());
        let workers = world.workers.iter().filter_map(|w| w.letter.as_ref());
        world.loose.keys().any(same)
            || last.is_some_and(same)
            || workers.filter(|letter| same(letter)).count() > 1
    }

    fn send(&self, world: &mut World, worker: &Worker, number: u16) {
        let site = &self.machine.sites[number as usize];
        if let Some(promise) = site.promise {
            self.put(world, promise, worker.instance, 0);
        }
        let mut data = [0; 3];
        for (at, value) in site.data.iter().enumerate() {
            data[at] = self.value(world, value, worker);
        }
        let known = |slot: &u16| self.is_under_way(world, worker.instance, *slot, data);
        if site.rests && site.slots.iter().all(known) {
            return;
        }
        let mut generation = 0;
        if let Some(cell) = site.generation {
            generation = self.get(world, cell, worker.instance) as u8 % 4;
            self.put(world, cell, worker.instance, (generation as i8 + 1) % 4);
        }
        for slot in &site.slots {
            if let (Some(_), Some(mark)) =
                (site.generation, self.machine.slots[*slot as usize].mark)
            {
                let seen = self.get(world, mark, worker.instance) & !(1 << generation);
                self.put(world, mark, worker.instance, seen);
            }
            let letter = Letter {
                instance: worker.instance,
                slot: *slot,
                generation,
                data,
            };
            self.deliver(world, letter, false);
        }
    }

    fn conditions(&self, world: &World, steps: &mut Vec<(bool, World)>) {
        for (number, handler) in self.machine.handlers.iter().enumerate() {
            let Trigger::When {
                guard,
                settled,
                fairness,
            } = &handler.trigger
            else {
                continue;
            };
            for instance in 0..self.machine.instances {
                let worker = Worker {
                    instance,
                    handler: number as u16,
                    at: At::Op(0),
                    letter: None,
                    locals: BTreeMap::new(),
                };
                let mine = world.workers.iter().filter(|w| w.instance == instance);
                let busy = mine
                    .clone()
                    .any(|w| *settled || w.handler as usize == number);
                let flying = world.loose.keys().any(|l| l.instance == instance)
                    || world
                        .lines
                        .iter()
                        .any(|((i, _), line)| *i == instance && !line.is_empty());
                if busy
                    || (*settled && flying)
                    || self.excluded(world, handler.serial, handler.actor, instance)
                {
                    continue;
                }
                if self.value(world, guard, &worker) != 0 {
                    let mut own = Vec::new();
                    let begin = Begin {
                        before: world,
                        without: world,
                        worker: &worker,
                    };
                    self.segment(&begin, world.clone(), worker.clone(), 0, None, &mut own);
                    let faults = world.faults.values().sum::<u8>();
                    for (_, to) in own {
                        let fair =
                            to.faults.values().sum::<u8>() == faults && *fairness != Fairness::None;
                        steps.push((fair, to));
                    }
                }
            }
        }
    }
}

/// Returns the names of what a set of properties breaks with the fewest faults.
pub(crate) fn first(found: &Found) -> Option<(u8, BTreeSet<String>)> {
    let fewest = *found.broken.values().min()?;
    let names = found.broken.iter().filter(|(_, faults)| **faults == fewest);
    Some((fewest, names.map(|(name, _)| name.clone()).collect()))
}
