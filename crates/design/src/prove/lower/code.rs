//! A program while it is written: ops with labels for places that are not known yet.

use crate::prove::machine::{Cell, Choice, Expression, Fault, Op, Pc};

/// A place in a program that ops may go to before it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(Pc);

/// A program while it is written. Behind the main part comes the aftermath of crashes.
#[derive(Debug, Default)]
pub(super) struct Code {
    main: Vec<Op>,
    aftermath: Vec<Op>,
    /// Per place: whether it is in the aftermath, and where.
    places: Vec<Option<(bool, usize)>>,
    in_aftermath: bool,
}

impl Code {
    /// Returns a place that is not bound yet.
    pub(super) fn place(&mut self) -> Place {
        self.places.push(None);
        Place((self.places.len() - 1) as Pc)
    }

    /// Binds a place to what is written next.
    pub(super) fn bind(&mut self, place: Place) {
        self.places[place.0 as usize] = Some((self.in_aftermath, self.part().len()));
    }

    /// Returns the place of what is written next.
    pub(super) fn here(&mut self) -> Place {
        let place = self.place();
        self.bind(place);
        place
    }

    fn part(&mut self) -> &mut Vec<Op> {
        if self.in_aftermath {
            &mut self.aftermath
        } else {
            &mut self.main
        }
    }

    /// Writes an op.
    pub(super) fn op(&mut self, op: Op) {
        self.part().push(op);
    }

    /// Writes that a cell gets a value.
    pub(super) fn set(&mut self, cell: Cell, value: i8) {
        self.op(Op::Set(cell, Expression::Number(value)));
    }

    /// Writes that it goes on elsewhere.
    pub(super) fn jump(&mut self, to: Place) {
        self.op(Op::Jump(to.0));
    }

    /// Writes that it goes on elsewhere unless the condition holds.
    pub(super) fn unless(&mut self, condition: Expression, to: Place) {
        self.op(Op::Unless(condition, to.0));
    }

    /// Writes ways in which it may go on.
    pub(super) fn choose(&mut self, ways: Vec<(Option<Fault>, Place, String)>) {
        let choices = ways
            .into_iter()
            .map(|(fault, to, says)| Choice {
                fault,
                to: to.0,
                fair: false,
                says,
            })
            .collect();
        self.op(Op::Choose(choices));
    }

    /// Says that the first of the ways written last is taken at last by what comes there again and again.
    pub(super) fn first_is_fair(&mut self) {
        if let Some(Op::Choose(choices)) = self.part().last_mut()
            && let Some(first) = choices.first_mut()
        {
            first.fair = true;
        }
    }

    /// Writes a boundary.
    pub(super) fn boundary(&mut self, label: u16, crash: Option<Place>) {
        self.op(Op::Boundary {
            label,
            crash: crash.map(|place| place.0),
        });
    }

    /// Writes an aftermath; returns its place, or None where it would do nothing.
    pub(super) fn aftermath(&mut self, write: impl FnOnce(&mut Self)) -> Option<Place> {
        let start = self.aftermath.len();
        self.in_aftermath = true;
        let place = self.here();
        write(self);
        self.op(Op::Stop);
        self.in_aftermath = false;
        let acts = self.aftermath[start..]
            .iter()
            .any(|op| matches!(op, Op::Set(..)));
        if !acts {
            self.aftermath.truncate(start);
        }
        acts.then_some(place)
    }

    /// Returns the program.
    pub(super) fn finish(self) -> Vec<Op> {
        let offset = self.main.len() + 1;
        let end = self.main.len() as Pc;
        let places = self.places;
        let resolve = |to: Pc| match places[to as usize] {
            Some((false, at)) => at as Pc,
            Some((true, at)) => (offset + at) as Pc,
            // A place that was never bound is the end.
            None => end,
        };
        let mut ops = self.main;
        ops.push(Op::Stop);
        ops.extend(self.aftermath);
        for op in &mut ops {
            match op {
                Op::Unless(_, to) | Op::Jump(to) => *to = resolve(*to),
                Op::Choose(choices) => {
                    for choice in choices {
                        choice.to = resolve(choice.to);
                    }
                }
                Op::Boundary {
                    crash: Some(to), ..
                } => *to = resolve(*to),
                _ => {}
            }
        }
        ops
    }
}
