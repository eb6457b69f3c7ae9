//! The schedule of deploy steps that breaks.

/// A shortest schedule of deploy steps that ends in an access whose outcome is not ok.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The steps, in order; the last one is the access that fails.
    pub steps: Vec<Step>,
    /// The error that is seen, in the words of the system that raises it.
    pub error: String,
    /// How the last meeting ends.
    pub outcome: crate::Outcome,
    /// What had to be assumed, each as a clause.
    pub assumed: Vec<String>,
}

/// One deploy step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub act: Act,
    /// What it is done with: a migration's file name, an element.
    pub what: Option<String>,
    /// The service that does it or to which it is done.
    pub service: Option<String>,
    /// The version of that service: a ref, never "old".
    pub version: Option<String>,
    /// The place that shows it: an index into the finding's primary place followed by its related ones.
    pub at: Option<usize>,
}

/// What a deploy step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A migration is applied.
    Migrate,
    /// A migration is taken back.
    UndoMigration,
    /// The first new node of a service starts beside its old ones.
    StartNew,
    /// The last old node of a service stops.
    StopOld,
    /// An old node starts again.
    RestartOld,
    /// The new nodes are replaced by old ones.
    RollBack,
    /// Code reads.
    Read,
    /// Code writes.
    Write,
    /// A client calls.
    Call,
    /// A server answers.
    Serve,
    /// A message is put where it waits.
    Publish,
    /// A waiting message is taken.
    Consume,
}

impl Act {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Migrate => "migrate",
            Self::UndoMigration => "undo-migration",
            Self::StartNew => "start-new",
            Self::StopOld => "stop-old",
            Self::RestartOld => "restart-old",
            Self::RollBack => "roll-back",
            Self::Read => "read",
            Self::Write => "write",
            Self::Call => "call",
            Self::Serve => "serve",
            Self::Publish => "publish",
            Self::Consume => "consume",
        }
    }
}
