//! Where code uses an element.

use std::sync::Arc;

use crate::{Place, Surface};

/// A place where a version reads, writes, serves or calls an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The surface.
    pub surface: Surface,
    /// The element; None: the surface as such (`DELETE FROM users`, an RPC service that is registered).
    pub element: Option<String>,
    /// What is done with it.
    pub mode: Mode,
    /// Whether the code names the element itself.
    pub manner: Manner,
    /// How sure it is that the running version does this.
    pub confidence: Confidence,
    /// What the confidence rests on.
    pub why: Why,
    /// The flag that guards it, if one does.
    pub gate: Option<Gate>,
    /// Where it stands.
    pub place: Place,
    /// Names that must be true for the access to happen, none of which shows here that it is a flag: where its default is read
    /// elsewhere, it is.
    pub conditions: Vec<Gate>,
    /// The RPC method whose body it stands in, where it stands in one: a handler that nobody calls does nothing.
    pub within: Option<Handler>,
    /// Where the code goes on although the other side does not know what it asks for.
    pub copes: Option<Place>,
    /// Where the use stands that makes a declaration count: the query through the model; of an insert that names every declared
    /// column, the declaration. None for an access that says all by itself.
    pub via: Option<Place>,
}

/// A method that answers an RPC: a server's, or that of a client which wraps another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handler {
    /// The service; None: it has the form of a handler, and of which service is not known here.
    pub service: Option<Surface>,
    /// The method, as the schema names it; as the code does where the service is not known.
    pub method: Arc<str>,
}

/// What an access does with its element.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Reads it.
    Reads,
    /// Reads it into something that has no room for NULL.
    ReadsPresent,
    /// Reads it and compares it with literal values (`WHERE status = 'open'`).
    Compares {
        /// The values.
        values: Vec<String>,
    },
    /// Reads every column of the surface into a fixed shape of these columns, in this order where the order counts.
    ReadsAll {
        /// The columns that the reader expects; None where they cannot be told.
        columns: Option<Vec<String>>,
        /// How the rows have to fit.
        fit: Fit,
    },
    /// Writes it in a row or message that exists (`UPDATE`).
    Writes {
        /// The literal values written, where there are any; `NULL` as the text `NULL`.
        values: Vec<String>,
    },
    /// Writes a value whose type in the code has room for NULL. Stands beside [`Mode::Inserts`] or [`Mode::Writes`] of the same
    /// statement.
    WritesOptional,
    /// Adds a row or message (`INSERT`). The element is None; what is named is in `columns`.
    Inserts {
        /// The columns named; None: values by position.
        columns: Option<Vec<String>>,
        /// How many values are given, where they are by position.
        positions: Option<usize>,
        /// The literal values written: pairs of column and value. Where values are by position, the column is its number, from 1.
        values: Vec<(String, String)>,
        /// The columns of `ON CONFLICT (…)`; None where there is no such clause or it names none.
        conflict: Option<Vec<String>>,
    },
    /// Removes rows (`DELETE`).
    Deletes,
    /// Calls an RPC or operation.
    Calls,
    /// Hands a call of an RPC on, from a method that answers the very same one: it happens only where somebody calls that.
    Forwards,
    /// Serves an RPC or operation.
    Serves,
    /// Puts a message where it outlives the process's version: a queue, a cache, a file, a column.
    Publishes,
    /// Takes a message from such a place.
    Consumes,
    /// Decides by the values of an enum (`switch`, `match`). The element is None.
    Matches {
        /// The values that have a branch.
        known: Vec<String>,
        /// What happens with any other value.
        other: Other,
    },
    /// Goes one way or another by its value: the condition of a branch with two ways, or what a `switch` decides by. Stands beside
    /// [`Mode::Reads`] of the same place.
    Decides,
    /// Refuses to go on where it is not set. Stands beside [`Mode::Reads`] of the same place.
    Demands,
    /// Reads it where another column of the row is NULL: `COALESCE(new, old)`. Stands beside [`Mode::Reads`] of the same place.
    FallsBack {
        /// The other column.
        from: String,
    },
    /// Queries through a model. Only on [`crate::SurfaceKind::Model`]; linking turns it into accesses to columns.
    Queries,
}

/// How the rows of `SELECT *` have to fit what takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Fit {
    /// It cannot be told.
    #[default]
    Unclear,
    /// Each column needs a place of its name; a place without a column stays empty.
    Named,
    /// There must be as many columns as places.
    Counted,
    /// A tool has written out the columns of its own version's store: no `*` reaches the database.
    Expanded,
}

/// What a decision does with a value it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Other {
    /// Fails: raises, panics, returns an error.
    Rejects,
    /// Goes on with something that was meant for it.
    Accepts,
    /// Cannot be told.
    Unclear,
}

/// Whether the code names the element itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// It stands in the text.
    Explicit,
    /// A tool names it: an ORM lists every declared column, `SELECT *` expands.
    Implicit,
    /// A tool names what it found in the store when the process started: it never names what was not there then.
    Reflected,
    /// The code names some of what is listed, and which is not known: a row that is made of a variable. Nothing else is named.
    Perhaps,
}

/// How sure an access is. A FAIL needs a high one on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Only shown beside something stronger.
    Low,
    /// Makes a WARN with a question.
    Medium,
    /// Can carry a FAIL.
    High,
}

impl Confidence {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What the confidence of an access rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// In the model of that table, of an ORM that names declared columns, and the model is used.
    Declared,
    /// In a statement that was parsed, with the table named and aliases resolved.
    ParsedSql,
    /// In a call whose receiver is resolved to the model, message or service.
    ResolvedCall,
    /// An attribute of a value whose assignment resolves to the model or message.
    TypedAttribute,
    /// Everything is selected into a fixed shape.
    Shape,
    /// Named in a serializer, a GraphQL type, a form, a permission list.
    Mention,
    /// Element and surface are named in one file, unresolved.
    SameFile,
    /// A bare word that occurs in few files.
    RareWord,
    /// A bare word that occurs everywhere: never reported alone.
    CommonWord,
}

impl Why {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::ParsedSql => "parsed-sql",
            Self::ResolvedCall => "resolved-call",
            Self::TypedAttribute => "typed-attribute",
            Self::Shape => "shape",
            Self::Mention => "mention",
            Self::SameFile => "same-file",
            Self::RareWord => "rare-word",
            Self::CommonWord => "common-word",
        }
    }
}

/// A flag that guards an access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gate {
    /// The flag's name.
    pub flag: String,
    /// Where the condition stands.
    pub place: Place,
    /// Whether a default of "off" was read at this ref, so that the code does not run.
    pub off_by_default: bool,
    /// Whether the code runs while the flag is off: it stands in the other branch.
    pub inverse: bool,
}

impl Mode {
    /// Returns the word that reports use.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Reads | Self::ReadsPresent | Self::Compares { .. } | Self::ReadsAll { .. } => {
                "reads"
            }
            Self::Writes { .. } | Self::WritesOptional => "writes",
            Self::Inserts { .. } => "inserts",
            Self::Deletes => "deletes",
            Self::Calls => "calls",
            Self::Forwards => "forwards",
            Self::Serves => "serves",
            Self::Publishes => "publishes",
            Self::Consumes => "consumes",
            Self::Matches { .. } => "matches",
            Self::Decides => "decides by",
            Self::Demands => "demands",
            Self::FallsBack { .. } => "falls back to",
            Self::Queries => "queries",
        }
    }
}

impl Manner {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::Implicit => "implicit",
            Self::Reflected => "reflected",
            Self::Perhaps => "perhaps",
        }
    }
}
