//! The machine: a design's behaviour as cells, messages and handlers, all finite.
//!
//! A cell is a field of a row, a counter of a provider or a piece of bookkeeping; it is shared, or each instance of the workflow has its
//! own. A handler is a program. It runs from one [`Op::Boundary`] to the next without anybody else in between; at a boundary other
//! handlers may act, and its process may crash. What may go wrong inside a program is written into it as choices that cost a fault;
//! crashes, copies and dead letters are added by the search.

mod expression;
mod footprint;
mod state;

pub use expression::{Expression, Join};
pub use state::{DATA, LOCALS, MOST_INSTANCES, Note, Run, State};

/// The number of an op in a program.
pub type Pc = u16;

/// A cell: shared, or one per instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// One for all instances.
    Shared(u16),
    /// One for each instance.
    Keyed(u16),
}

/// What a cell is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the design's words: `order.status`.
    pub name: String,
    /// The value it starts with.
    pub initial: i8,
    /// The lowest value that is told apart; lower ones count as this one.
    pub low: i8,
    /// The highest value that is told apart.
    pub high: i8,
    /// Whether its values are words, by their number in [`Machine::words`].
    pub words: bool,
    /// Whether it is bookkeeping of the machine: not shown in a trace, and no effect in the sense of idempotence.
    pub hidden: bool,
}

/// A fault. Each has a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A process dies.
    Crash,
    /// A message is delivered twice.
    Duplicate,
    /// A request or its answer is lost.
    LostReply,
    /// A message is given up after the last delivery.
    DeadLetter,
    /// A request is carried out after its caller gave up.
    LateEffect,
}

impl Fault {
    /// All faults, in the order of the budgets.
    pub const ALL: [Self; 5] = [
        Self::Crash,
        Self::Duplicate,
        Self::LostReply,
        Self::DeadLetter,
        Self::LateEffect,
    ];

    /// Returns its word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Duplicate => "duplicate",
            Self::LostReply => "lost reply",
            Self::DeadLetter => "dead letter",
            Self::LateEffect => "late effect",
        }
    }

    /// Returns the word that sets its budget.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Crash => "crashes",
            Self::Duplicate => "duplicates",
            Self::LostReply => "lost-replies",
            Self::DeadLetter => "dead-letters",
            Self::LateEffect => "late-effects",
        }
    }
}

/// How many faults of each kind.
pub type Budget = [u8; Fault::ALL.len()];

/// An op of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Sets a cell.
    Set(Cell, Expression),
    /// Sets a local value of the run.
    Let(u8, Expression),
    /// Goes on elsewhere unless the condition holds.
    Unless(Expression, Pc),
    /// Goes on elsewhere.
    Jump(Pc),
    /// Sends the messages of a site.
    Send(u16),
    /// Remembers the message at hand in the inbox.
    Mark,
    /// Tells that this was reached: a number in [`Machine::landmarks`].
    Reach(u16),
    /// Tells, for a trace, what is done here: a number in [`Machine::labels`].
    Say(u16),
    /// Goes on in one of these ways.
    Choose(Vec<Choice>),
    /// Others may act here, and the process may crash. What comes next is described by the label.
    Boundary {
        /// The label of what comes next.
        label: u16,
        /// The program that is run when the process crashes here.
        crash: Option<Pc>,
    },
    /// The handler is done: the message is acknowledged.
    Stop,
    /// The handler failed: the message is delivered again, unless failures are acknowledged.
    Fail,
    /// The handler failed in a transaction: it is as if the segment had not been run.
    RollBack,
}

/// One way in which a program may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The fault that it is, if it is one.
    pub fault: Option<Fault>,
    /// Where it goes on.
    pub to: Pc,
    /// Whether it is taken at last by what comes here again and again: no provider refuses for ever.
    pub fair: bool,
    /// What happens, for a trace; empty where there is nothing to say.
    pub says: String,
}

/// When the message of a handler is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Acknowledgement {
    /// When the handler is done.
    #[default]
    After,
    /// Before it begins.
    Before,
    /// When it is done or has failed.
    OnFailure,
}

/// Which runs a handler excludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Serial {
    /// None.
    #[default]
    No,
    /// Runs of this actor for the same instance.
    ByInstance,
    /// All runs of this actor.
    Whole,
}

/// What makes a handler run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A message.
    Message,
    /// A condition.
    When {
        /// The condition.
        guard: Expression,
        /// Whether it must happen at last.
        fairness: Fairness,
        /// Whether it waits until no message of the instance is in flight and no handler runs for it.
        settled: bool,
    },
}

/// Whether what may happen must happen at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fairness {
    /// It may never happen.
    None,
    /// It happens when it is possible from some moment on.
    Weak,
    /// It happens when it is possible again and again.
    Strong,
}

/// A handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// Who runs it: a number in [`Machine::actors`].
    pub actor: u16,
    /// What makes it run.
    pub trigger: Trigger,
    /// The label of its first segment.
    pub label: u16,
    /// Its program.
    pub code: Vec<Op>,
    /// Which other runs it excludes.
    pub serial: Serial,
    /// When its message is acknowledged.
    pub acknowledges: Acknowledgement,
    /// Whether handling a message twice in a row is to be tried.
    pub replay: bool,
    /// Whether its inbox may have forgotten a message when it comes again.
    pub forgets: bool,
}

/// A queue of one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The channel's name.
    pub name: String,
    /// Whether messages of an instance arrive in the order in which they were sent.
    pub ordered: bool,
    /// Whether a message may be delivered twice.
    pub duplicates: bool,
    /// Whether a message may be given up.
    pub dead_letters: bool,
}

/// A place in a program that sends a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The message.
    pub message: String,
    /// Who sends it: a number in [`Machine::actors`].
    pub actor: u16,
    /// Its copies: one per subscriber.
    pub slots: Vec<u16>,
    /// What it carries.
    pub data: Vec<Expression>,
    /// The cell that counts what was sent here, where that may be more than one message with an id of its own.
    pub generation: Option<Cell>,
    /// Whether it sends nothing while the same words of it are under way: a timeout that fires again and again says no more than once.
    pub rests: bool,
    /// The cell that tells that the message was promised; sending it keeps the promise.
    pub promise: Option<Cell>,
}

/// A site's message to one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The site that sends it.
    pub site: u16,
    /// The handler that gets it.
    pub handler: u16,
    /// The queue that it takes.
    pub queue: u8,
    /// The cell in which the subscriber's inbox remembers it: one bit per generation.
    pub mark: Option<Cell>,
}

/// A text of the machine and where in the design it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// What is done.
    pub text: String,
    /// The byte of the design's text.
    pub at: usize,
    /// The provider that is called, if one is: a number in [`Machine::actors`].
    pub calls: Option<u16>,
}

/// Whether a property speaks of every state or of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// No state is like that.
    Never,
    /// Every fair run gets there and stays.
    Finally,
    /// A message that was promised is sent, or what was announced is done.
    Emission,
}

/// Something that must hold of each instance that has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Whether it speaks of every state or of the end.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// The condition.
    pub condition: Expression,
    /// The byte of the design's text.
    pub at: usize,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// How many instances of the workflow there are.
    pub instances: u8,
    /// Whether nothing that one instance does can be seen by another one: one stands for all.
    pub independent: bool,
    /// Cells that all instances share.
    pub shared: Vec<Variable>,
    /// Cells of each instance.
    pub keyed: Vec<Variable>,
    /// The cell that tells whether an instance has started.
    pub started: Option<Cell>,
    /// The cell that tells whether an instance was handed to a person.
    pub handed_over: Option<Cell>,
    /// Words that are values.
    pub words: Vec<String>,
    /// Services and providers.
    pub actors: Vec<String>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Sites.
    pub sites: Vec<Site>,
    /// Slots.
    pub slots: Vec<Slot>,
    /// Handlers.
    pub handlers: Vec<Handler>,
    /// Labels.
    pub labels: Vec<Label>,
    /// Steps, outcomes and arms that some run should reach.
    pub landmarks: Vec<Label>,
    /// How many local values runs have.
    pub locals: u8,
    /// How many values messages carry.
    pub data: u8,
    /// Properties.
    pub properties: Vec<Property>,
    /// How many faults of each kind may happen.
    pub budget: Budget,
    /// How many faults may happen in one run.
    pub together: u8,
}

impl Machine {
    /// Returns whether one more fault of that kind may happen.
    pub fn allows(&self, fault: Fault, spent: &Budget) -> bool {
        spent[fault as usize] < self.budget[fault as usize]
            && spent.iter().sum::<u8>() < self.together
    }

    /// Returns, per actor, whether it can have several things in hand at once.
    pub fn busy(&self) -> Vec<bool> {
        let mut busy = vec![false; self.actors.len()];
        for handler in &self.handlers {
            busy[handler.actor as usize] |= match handler.serial {
                Serial::No => true,
                Serial::ByInstance => self.instances > 1,
                Serial::Whole => false,
            };
        }
        busy
    }

    /// Returns what a cell is.
    pub fn variable(&self, cell: Cell) -> &Variable {
        match cell {
            Cell::Shared(at) => &self.shared[at as usize],
            Cell::Keyed(at) => &self.keyed[at as usize],
        }
    }

    /// Returns the place of a cell in the list of all cells.
    pub fn place(&self, cell: Cell, instance: u8) -> usize {
        match cell {
            Cell::Shared(at) => at as usize,
            Cell::Keyed(at) => {
                self.shared.len() + self.keyed.len() * instance as usize + at as usize
            }
        }
    }

    /// Returns a value of a cell in the design's words.
    pub fn show(&self, variable: &Variable, value: i8) -> String {
        match self.words.get(value as usize) {
            Some(word) if variable.words => word.clone(),
            _ => value.to_string(),
        }
    }
}
