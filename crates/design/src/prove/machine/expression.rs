//! Conditions and values of a machine.

use super::{Cell, Machine, Run, State};

/// A condition or a value; zero is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A number, or a word by its number.
    Number(i8),
    /// The value of a cell.
    Cell(Cell),
    /// A local value of the run.
    Local(u8),
    /// A value that the message at hand carries.
    Data(u8),
    /// Whether the inbox remembers the message at hand.
    Seen,
    /// Whether a fault has happened.
    Faulted,
    /// Whether it does not hold.
    Not(Box<Self>),
    /// Two joined.
    Join(Join, Box<Self>, Box<Self>),
    /// Whether the value is one of these.
    In(Box<Self>, Vec<Self>),
}

/// What joins two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// Both hold.
    And,
    /// One holds.
    Or,
    /// The second holds where the first does.
    Implies,
    /// They are equal.
    Equal,
    /// They differ.
    Unequal,
    /// The first is less.
    Less,
    /// The first is not more.
    AtMost,
    /// Their sum.
    Plus,
    /// Their difference.
    Minus,
}

impl Expression {
    /// Returns the condition that always holds.
    pub fn always() -> Self {
        Self::Number(1)
    }

    /// Returns two expressions joined.
    pub fn join(self, join: Join, other: Self) -> Self {
        Self::Join(join, Box::new(self), Box::new(other))
    }

    /// Returns whether the cell has the value.
    pub fn is(cell: Cell, value: i8) -> Self {
        Self::Cell(cell).join(Join::Equal, Self::Number(value))
    }

    /// Returns whether both hold.
    pub fn and(self, other: Self) -> Self {
        self.join(Join::And, other)
    }

    /// Returns whether it does not hold.
    #[expect(
        clippy::should_implement_trait,
        reason = "a builder of conditions, as `and`"
    )]
    pub fn not(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Returns its value for an instance, in a run where there is one.
    pub fn value(&self, machine: &Machine, state: &State, instance: u8, run: Option<&Run>) -> i8 {
        match self {
            Self::Number(number) => *number,
            Self::Cell(cell) => state.cells[machine.place(*cell, instance)],
            Self::Local(at) => run.map_or(0, |run| run.locals[*at as usize]),
            Self::Data(at) => run
                .and_then(|run| run.note)
                .map_or(0, |note| note.data[*at as usize]),
            Self::Seen => i8::from(
                run.and_then(|run| run.note)
                    .is_some_and(|note| state.remembers(machine, note)),
            ),
            Self::Faulted => i8::from(state.spent.iter().any(|spent| *spent > 0)),
            Self::Not(inner) => i8::from(inner.value(machine, state, instance, run) == 0),
            Self::Join(join, left, right) => {
                let left = left.value(machine, state, instance, run);
                match (join, left != 0) {
                    (Join::And, false) => return 0,
                    (Join::Or, true) | (Join::Implies, false) => return 1,
                    _ => {}
                }
                join.of(left, right.value(machine, state, instance, run))
            }
            Self::In(inner, values) => {
                let value = inner.value(machine, state, instance, run);
                i8::from(
                    values
                        .iter()
                        .any(|v| v.value(machine, state, instance, run) == value),
                )
            }
        }
    }

    /// Returns whether it holds.
    pub fn holds(&self, machine: &Machine, state: &State, instance: u8, run: Option<&Run>) -> bool {
        self.value(machine, state, instance, run) != 0
    }

    /// Calls `see` with each cell that it reads.
    pub fn cells(&self, see: &mut dyn FnMut(Cell)) {
        match self {
            Self::Number(_) | Self::Local(_) | Self::Data(_) | Self::Seen | Self::Faulted => {}
            Self::Cell(cell) => see(*cell),
            Self::Not(inner) => inner.cells(see),
            Self::Join(_, left, right) => {
                left.cells(see);
                right.cells(see);
            }
            Self::In(inner, values) => {
                inner.cells(see);
                for value in values {
                    value.cells(see);
                }
            }
        }
    }
}

impl Join {
    fn of(self, left: i8, right: i8) -> i8 {
        match self {
            Self::And => i8::from(left != 0 && right != 0),
            Self::Or => i8::from(left != 0 || right != 0),
            Self::Implies => i8::from(left == 0 || right != 0),
            Self::Equal => i8::from(left == right),
            Self::Unequal => i8::from(left != right),
            Self::Less => i8::from(left < right),
            Self::AtMost => i8::from(left <= right),
            Self::Plus => left.saturating_add(right),
            Self::Minus => left.saturating_sub(right),
        }
    }
}
