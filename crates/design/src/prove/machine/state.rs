//! States of a machine, and their compact form.

use super::{Cell, Fault, Machine};

/// How many values a message may carry.
pub const DATA: usize = 3;
/// How many instances a machine may have.
pub const MOST_INSTANCES: usize = 3;
/// How many local values a run may have.
pub const LOCALS: usize = 10;

/// A message in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Note {
    /// The instance that it belongs to.
    pub instance: u8,
    /// Its queue.
    pub queue: u8,
    /// Its slot: who sent it to whom.
    pub slot: u16,
    /// Which of the messages of its site it is.
    pub generation: u8,
    /// What it carries.
    pub data: [i8; DATA],
}

/// A handler that waits at a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Run {
    /// The instance.
    pub instance: u8,
    /// The handler.
    pub handler: u16,
    /// Where it waits.
    pub pc: u16,
    /// The message at hand.
    pub note: Option<Note>,
    /// Its local values.
    pub locals: [i8; LOCALS],
}

/// A state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// The faults that have happened, by kind.
    pub spent: [u8; Fault::ALL.len()],
    /// Shared cells, then those of each instance.
    pub cells: Vec<i8>,
    /// Messages in flight, by instance and queue; in an ordered queue in order, else sorted.
    pub notes: Vec<Note>,
    /// Handlers at a boundary, sorted.
    pub runs: Vec<Run>,
}

impl State {
    /// Returns the state that everything starts from.
    pub fn start(machine: &Machine) -> Self {
        let mut cells: Vec<i8> = machine.shared.iter().map(|v| v.initial).collect();
        for _ in 0..machine.instances {
            cells.extend(machine.keyed.iter().map(|v| v.initial));
        }
        Self {
            cells,
            ..Self::default()
        }
    }

    /// Makes it equal to another state, in the memory that it has.
    pub fn copy_from(&mut self, other: &Self) {
        self.spent = other.spent;
        self.cells.clone_from(&other.cells);
        self.notes.clone_from(&other.notes);
        self.runs.clone_from(&other.runs);
    }

    /// Returns the value of a cell.
    pub fn get(&self, machine: &Machine, cell: Cell, instance: u8) -> i8 {
        self.cells[machine.place(cell, instance)]
    }

    /// Sets a cell, to the nearest value that is told apart.
    pub fn set(&mut self, machine: &Machine, cell: Cell, instance: u8, value: i8) {
        let variable = machine.variable(cell);
        self.cells[machine.place(cell, instance)] = value.clamp(variable.low, variable.high);
    }

    /// Returns whether two states differ in nothing but the faults that have happened.
    pub fn same_but_faults(&self, other: &Self) -> bool {
        self.cells == other.cells && self.notes == other.notes && self.runs == other.runs
    }

    /// Puts a message in flight: at the end of an ordered queue.
    pub fn put(&mut self, machine: &Machine, note: Note) {
        let ordered = machine.queues[note.queue as usize].ordered;
        let at = self.notes.partition_point(|other| {
            if ordered {
                (other.instance, other.queue) <= (note.instance, note.queue)
            } else {
                *other < note
            }
        });
        self.notes.insert(at, note);
    }

    /// Puts a message back where it was taken: at the head of an ordered queue.
    pub fn put_back(&mut self, machine: &Machine, note: Note) {
        let ordered = machine.queues[note.queue as usize].ordered;
        let at = self.notes.partition_point(|other| {
            if ordered {
                (other.instance, other.queue) < (note.instance, note.queue)
            } else {
                *other < note
            }
        });
        self.notes.insert(at, note);
    }

    /// Adds a handler at a boundary.
    pub fn wait(&mut self, run: Run) {
        let at = self.runs.partition_point(|other| *other < run);
        self.runs.insert(at, run);
    }

    /// Returns whether the inbox of the subscriber remembers the message.
    pub fn remembers(&self, machine: &Machine, note: Note) -> bool {
        machine.slots[note.slot as usize].mark.is_some_and(|mark| {
            self.get(machine, mark, note.instance) & (1 << note.generation) != 0
        })
    }

    /// Writes the compact form. Instances that only differ by their number are written in one order, if `symmetric`.
    pub fn write(&self, machine: &Machine, symmetric: bool, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.spent);
        let bytes =
            |values: &[i8], into: &mut Vec<u8>| into.extend(values.iter().map(|v| *v as u8));
        bytes(&self.cells[..machine.shared.len()], into);
        if machine.instances == 1 {
            self.write_instance(machine, 0, into);
            return;
        }
        let start = into.len();
        let mut ends = [0; MOST_INSTANCES];
        for instance in 0..machine.instances {
            self.write_instance(machine, instance, into);
            ends[instance as usize] = into.len();
        }
        if symmetric {
            sort_blocks(into, start, &ends[..machine.instances as usize]);
        }
    }

    fn write_instance(&self, machine: &Machine, instance: u8, into: &mut Vec<u8>) {
        let start = machine.shared.len() + machine.keyed.len() * instance as usize;
        into.extend(
            self.cells[start..start + machine.keyed.len()]
                .iter()
                .map(|v| *v as u8),
        );
        let notes = self.notes.iter().filter(|note| note.instance == instance);
        into.push(notes.clone().count() as u8);
        for note in notes {
            write_note(machine, *note, into);
        }
        let runs = self.runs.iter().filter(|run| run.instance == instance);
        into.push(runs.clone().count() as u8);
        for run in runs {
            let ([h, i], [p, c]) = (run.handler.to_le_bytes(), run.pc.to_le_bytes());
            into.extend_from_slice(&[h, i, p, c]);
            into.extend(
                run.locals[..machine.locals as usize]
                    .iter()
                    .map(|v| *v as u8),
            );
            match run.note {
                Some(note) => {
                    into.push(1);
                    write_note(machine, note, into);
                }
                None => into.push(0),
            }
        }
    }

    /// Reads the compact form into this state.
    pub fn read(&mut self, machine: &Machine, bytes: &[u8]) {
        let mut reader = Reader { bytes, at: 0 };
        for spent in &mut self.spent {
            *spent = reader.byte();
        }
        self.cells.clear();
        self.notes.clear();
        self.runs.clear();
        reader.cells(machine.shared.len(), &mut self.cells);
        for instance in 0..machine.instances {
            reader.cells(machine.keyed.len(), &mut self.cells);
            for _ in 0..reader.byte() {
                let note = reader.note(machine, instance);
                self.notes.push(note);
            }
            for _ in 0..reader.byte() {
                let handler = reader.word();
                let pc = reader.word();
                let locals = reader.values(machine.locals);
                let note = (reader.byte() == 1).then(|| reader.note(machine, instance));
                self.runs.push(Run {
                    instance,
                    handler,
                    pc,
                    note,
                    locals,
                });
            }
        }
    }
}

/// Sorts the blocks that begin at `start` and end at `ends`.
fn sort_blocks(bytes: &mut Vec<u8>, start: usize, ends: &[usize]) {
    let begin = |at: usize| if at == 0 { start } else { ends[at - 1] };
    let block = |at: usize| begin(at)..ends[at];
    let sorted = (1..ends.len()).all(|at| bytes[block(at - 1)] <= bytes[block(at)]);
    if sorted {
        return;
    }
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by(|a, b| bytes[block(*a)].cmp(&bytes[block(*b)]));
    let copy = bytes[start..].to_vec();
    bytes.truncate(start);
    for at in order {
        bytes.extend_from_slice(&copy[begin(at) - start..ends[at] - start]);
    }
}

fn write_note(machine: &Machine, note: Note, into: &mut Vec<u8>) {
    let [low, high] = note.slot.to_le_bytes();
    into.extend_from_slice(&[low, high, note.generation]);
    into.extend(note.data[..machine.data as usize].iter().map(|v| *v as u8));
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.bytes[self.at - 1]
    }

    fn word(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    fn cells(&mut self, count: usize, into: &mut Vec<i8>) {
        into.extend(
            self.bytes[self.at..self.at + count]
                .iter()
                .map(|v| *v as i8),
        );
        self.at += count;
    }

    fn values<const N: usize>(&mut self, count: u8) -> [i8; N] {
        let mut values = [0; N];
        for value in &mut values[..count as usize] {
            *value = self.byte() as i8;
        }
        values
    }

    fn note(&mut self, machine: &Machine, instance: u8) -> Note {
        let slot = self.word();
        Note {
            instance,
            queue: machine.slots[slot as usize].queue,
            slot,
            generation: self.byte(),
            data: self.values(machine.data),
        }
    }
}
