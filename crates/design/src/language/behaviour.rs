//! What a design does: workflows, their handlers step by step, and conditions.

use super::{Acknowledge, Callee, Key, Millis, Name, Span, Spanned, Times};

/// `workflow NAME by KEY { … }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workflow {
    /// Its name.
    pub name: Name,
    /// The key of an instance.
    pub key: Option<Name>,
    /// The service that decides what happens next.
    pub coordinator: Option<Name>,
    /// How long it waits for an answer.
    pub timeout: Option<Spanned<Millis>>,
    /// Steps that cannot be taken back.
    pub irreversible: Vec<Irreversible>,
    /// What begins it, and what is done on each message.
    pub handlers: Vec<Handler>,
    /// What takes the steps back.
    pub compensation: Option<Compensation>,
    /// What must hold.
    pub properties: Vec<Property>,
    /// Which tests run what.
    pub tests: Vec<TestedBy>,
    /// The statement.
    pub span: Span,
}

/// `irreversible STEP after STEP`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Irreversible {
    /// The step.
    pub step: Name,
    /// The last step that can be declined, which comes first.
    pub after: Option<Name>,
    /// The statement.
    pub span: Span,
}

/// `start MESSAGE at SERVICE { … }` or `on MESSAGE at SERVICE { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// What it answers to.
    pub trigger: Trigger,
    /// The service.
    pub at: Name,
    /// When it acknowledges the message, where that differs from its service.
    pub acknowledges: Option<Spanned<Acknowledge>>,
    /// What it does.
    pub steps: Vec<Step>,
    /// The words before its block.
    pub head: Span,
    /// The statement.
    pub span: Span,
}

/// What a handler answers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A request from outside that begins an instance.
    Start(Name),
    /// One of these messages.
    Messages(Vec<Name>),
    /// The time is up.
    Timeout(Span),
}

/// `compensate { … }`: one transaction at the coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compensation {
    /// What it does.
    pub steps: Vec<Step>,
    /// The statement.
    pub span: Span,
}

/// Something that must hold, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Whether it speaks of every state or of the end.
    pub kind: PropertyKind,
    /// The condition.
    pub condition: Condition,
    /// What it is called: "double charge".
    pub label: Option<Name>,
    /// The statement.
    pub span: Span,
}

/// Whether a property speaks of every state or of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PropertyKind {
    /// No state is like that.
    Never,
    /// Every fair run gets there and stays.
    Finally,
}

/// `tested-by STEP PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestedBy {
    /// The message or `compensate`.
    pub what: Name,
    /// The test.
    pub path: Option<Name>,
}

/// A step of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub kind: StepKind,
    /// The statement.
    pub span: Span,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// `tx { … }`: all of it is committed, or nothing.
    Transaction(Vec<Step>),
    /// `when CONDITION { … } else { … }`: the first arm whose condition holds.
    When {
        /// The arms.
        arms: Vec<Arm>,
        /// What is done where none holds.
        otherwise: Vec<Step>,
    },
    /// `send`, `reply` or `emit`, each message in turn: in a transaction by the outbox, else directly.
    Send {
        /// The word.
        verb: Verb,
        /// The messages.
        messages: Vec<Name>,
        /// The channel, where it is named.
        via: Option<Name>,
    },
    /// `call OWNER.operation(…)`: waits for the answer.
    Call(Call),
    /// `table.field = value`, `+=`, `-=`.
    Assign {
        /// The field.
        target: FieldPath,
        /// How.
        operator: Assignment,
        /// The value.
        value: Condition,
    },
    /// `TABLE upsert if-newer FIELD`, or without `if-newer` by arrival: the row becomes what the message says.
    Upsert {
        /// The table.
        table: Name,
        /// The field by which an older message is left out.
        if_newer: Option<Name>,
    },
    /// `undo STEP by MESSAGE`: where the step was sent, the message is sent.
    Undo {
        /// The message that was sent.
        step: Name,
        /// The message that takes it back.
        by: Name,
    },
    /// `compensate`: the steps of the compensation.
    Compensate,
    /// `stop`: the handler ends here, and the message counts as handled.
    Stop,
    /// `fail`: the handler ends with an error, and the message is delivered again.
    Fail,
    /// `retry 3 { … }`: the steps again, where one of them fails.
    Retry {
        /// How often.
        times: Spanned<Times>,
        /// The steps.
        steps: Vec<Step>,
    },
    /// `lease NAME { … }`: the steps while the lease is held.
    Lease {
        /// The lease.
        name: Name,
        /// The steps.
        steps: Vec<Step>,
    },
}

/// An arm of a `when`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// When it is taken.
    pub condition: Condition,
    /// What is done then.
    pub steps: Vec<Step>,
}

/// The words that send a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// A command.
    Send,
    /// The answer to the message at hand.
    Reply,
    /// An event.
    Emit,
}

impl Verb {
    /// Returns the word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Reply => "reply",
            Self::Emit => "emit",
        }
    }
}

/// How a field gets its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assignment {
    /// It becomes the value.
    Set,
    /// The value is added.
    Add,
    /// The value is subtracted.
    Subtract,
}

/// A call that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What is called.
    pub callee: Callee,
    /// What it is given.
    pub arguments: Vec<Condition>,
    /// How often it is tried again.
    pub retry: Option<Spanned<Times>>,
    /// What is done where no answer came: an operation that is asked, or the outcome for which it is taken.
    pub unknown: Option<Name>,
    /// The key of this call, where it differs from the operation's.
    pub key: Option<Key>,
    /// How long it waits.
    pub timeout: Option<Spanned<Millis>>,
    /// Whether the answer may come from a copy that lags behind.
    pub lagging: Option<Span>,
}

/// `table.field`, perhaps behind its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// The service, where it is named.
    pub service: Option<Name>,
    /// The table.
    pub table: Name,
    /// The field.
    pub field: Name,
}

impl FieldPath {
    /// Returns where it stands.
    pub fn span(&self) -> Span {
        self.service
            .as_ref()
            .unwrap_or(&self.table)
            .span
            .to(self.field.span)
    }
}

/// A condition, or a value in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What it is.
    pub kind: ConditionKind,
    /// Where it stands.
    pub span: Span,
}

/// What a condition or a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionKind {
    /// A number.
    Number(i64),
    /// A word: a value of a field, an outcome of the last call, the key of the workflow, `true` or `false`.
    Word(Name),
    /// A field.
    Field(FieldPath),
    /// `psp.captured(order_id)`: how many effects the provider has carried out for that key.
    Effects {
        /// The external system.
        external: Name,
        /// An operation in its past form, or `net`.
        counted: Name,
        /// The key.
        arguments: Vec<Condition>,
    },
    /// `!a`.
    Not(Box<Condition>),
    /// `a && b`, `a == b`, ….
    Binary(Operator, Box<Condition>, Box<Condition>),
    /// `a in (b, c)`.
    In(Box<Condition>, Vec<Condition>),
}

/// What joins two conditions or values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// `=>`
    Implies,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `+`
    Plus,
    /// `-`
    Minus,
}

impl Operator {
    /// Returns its mark.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Implies => "=>",
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
        }
    }
}
