//! What a handler reads, writes and sends.

use std::collections::BTreeSet;

use super::{Cell, Handler, Machine, Op, Trigger};

/// What a handler reads, writes and sends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Footprint {
    /// Cells that it reads.
    pub reads: BTreeSet<Cell>,
    /// Cells that it writes.
    pub writes: BTreeSet<Cell>,
    /// Whether it sends messages.
    pub sends: bool,
    /// Whether others may act while it runs.
    pub boundaries: bool,
}

impl Handler {
    /// Returns what the handler reads, writes and sends.
    pub fn footprint(&self, machine: &Machine) -> Footprint {
        let mut print = Footprint::default();
        if let Trigger::When { guard, .. } = &self.trigger {
            guard.cells(&mut |cell| {
                print.reads.insert(cell);
            });
        }
        for op in &self.code {
            match op {
                Op::Set(cell, value) => {
                    print.writes.insert(*cell);
                    value.cells(&mut |cell| {
                        print.reads.insert(cell);
                    });
                }
                Op::Let(_, value) | Op::Unless(value, _) => value.cells(&mut |cell| {
                    print.reads.insert(cell);
                }),
                Op::Send(site) => {
                    print.sends |= !machine.sites[*site as usize].slots.is_empty();
                    for value in &machine.sites[*site as usize].data {
                        value.cells(&mut |cell| {
                            print.reads.insert(cell);
                        });
                    }
                }
                Op::Boundary { .. } => print.boundaries = true,
                Op::Mark
                | Op::Reach(_)
                | Op::Say(_)
                | Op::Jump(_)
                | Op::Choose(_)
                | Op::Stop
                | Op::Fail
                | Op::RollBack => {}
            }
        }
        print
    }
}

impl Machine {
    /// Returns, per handler, whether nobody can tell when it runs: it runs in one piece, sends nothing, and what it writes is read by such
    /// handlers and by goals alone. Such a handler may wait until nothing else happens.
    pub fn unobserved(&self) -> Vec<bool> {
        let prints: Vec<Footprint> = self.handlers.iter().map(|h| h.footprint(self)).collect();
        let mut unobserved: Vec<bool> = self
            .handlers
            .iter()
            .zip(&prints)
            .map(|(handler, print)| {
                handler.trigger == Trigger::Message && !print.sends && !print.boundaries
            })
            .collect();
        let mut watched = BTreeSet::new();
        for property in &self.properties {
            if property.kind == super::Kind::Never {
                property.condition.cells(&mut |cell| {
                    watched.insert(cell);
                });
            }
        }
        loop {
            let mut observed = watched.clone();
            let mut written = BTreeSet::new();
            for (at, print) in prints.iter().enumerate() {
                if unobserved[at] {
                    continue;
                }
                let calm = self.waits_for_calm(at);
                let shared = |cell: &&Cell| !calm || matches!(cell, Cell::Shared(_));
                observed.extend(print.reads.iter().filter(shared).copied());
                written.extend(print.writes.iter().filter(shared).copied());
            }
            let blocked: BTreeSet<u8> = self
                .slots
                .iter()
                .filter(|slot| {
                    self.queues[slot.queue as usize].ordered && !unobserved[slot.handler as usize]
                })
                .map(|slot| slot.queue)
                .collect();
            let next: Vec<bool> =
                unobserved
                    .iter()
                    .zip(&prints)
                    .enumerate()
                    .map(|(at, (was, print))| {
                        *was && !self.slots.iter().any(|slot| {
                            slot.handler as usize == at && blocked.contains(&slot.queue)
                        }) && print.writes.is_disjoint(&observed)
                            && print.reads.is_disjoint(&written)
                            && print.writes.is_disjoint(&written)
                    })
                    .collect();
            if next == unobserved {
                return unobserved;
            }
            unobserved = next;
        }
    }

    /// Whether the handler only runs when no message of the instance is in flight.
    fn waits_for_calm(&self, handler: usize) -> bool {
        matches!(
            self.handlers[handler].trigger,
            Trigger::When { settled: true, .. }
        )
    }
}
