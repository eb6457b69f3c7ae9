//! How stored data changes its form: operations, the migrations they stand in, and the store that a history of them makes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{Element, Place, Schema, Surface};

/// The SQL dialect of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Dialect {
    /// PostgreSQL, also where nothing tells.
    #[default]
    Postgres,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// Returns the word that `--as sql:…` and reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }
}

/// Which way a migration goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Direction {
    /// Forward.
    #[default]
    Up,
    /// The way back.
    Down,
}

/// One change of the form or the content of a store. Every migration language lowers to these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What it changes. For [`Effect::Opaque`] it may be a guess; see there.
    pub surface: Surface,
    /// What it does.
    pub effect: Effect,
    /// Which way of the migration it belongs to.
    pub direction: Direction,
    /// Whether it says `IF EXISTS` or `IF NOT EXISTS`.
    pub conditional: bool,
    /// Whether it takes a lock or rewrites a table and changes nothing else that running code could notice.
    pub locking: bool,
    /// The statement or action.
    pub place: Place,
}

/// What an operation does to its surface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A table comes into being.
    CreateTable {
        /// Its columns and constraints.
        elements: Vec<Element>,
    },
    /// A table goes.
    DropTable,
    /// A table changes its name.
    RenameTable {
        /// The new name.
        to: String,
    },
    /// A column comes.
    AddColumn(Element),
    /// A column goes.
    DropColumn {
        /// Its name.
        column: String,
    },
    /// A column changes its name.
    RenameColumn {
        /// The old name.
        column: String,
        /// The new name.
        to: String,
    },
    /// A column changes its type.
    SetType {
        /// Its name.
        column: String,
        /// The new type, spelled as in [`crate::Column::type_name`].
        type_name: String,
        /// The type until then, where the statement says it.
        was: Option<String>,
    },
    /// A column starts to refuse NULL (`true`) or to accept it (`false`).
    SetRequired {
        /// Its name.
        column: String,
        /// Whether NULL is refused from now on.
        required: bool,
    },
    /// A column gets another database default, or loses it.
    SetDefault {
        /// Its name.
        column: String,
        /// The new default; None: it has none any more.
        default: Option<String>,
    },
    /// A constraint or index comes.
    AddConstraint(Element),
    /// A constraint or index goes.
    DropConstraint {
        /// Its name.
        name: String,
    },
    /// A constraint or index changes its name.
    RenameConstraint {
        /// The old name.
        name: String,
        /// The new name.
        to: String,
    },
    /// `VALIDATE CONSTRAINT`: rows that exist are checked too.
    ValidateConstraint {
        /// Its name.
        name: String,
    },
    /// An enum type comes into being, or is replaced as a whole.
    CreateEnum {
        /// Its values.
        values: Vec<String>,
    },
    /// An enum gets a value.
    AddEnumValue {
        /// The value.
        value: String,
    },
    /// An enum value changes its name.
    RenameEnumValue {
        /// The old value.
        value: String,
        /// The new value.
        to: String,
    },
    /// A type goes.
    DropType,
    /// A type changes its name.
    RenameType {
        /// The new name.
        to: String,
    },
    /// A view is created or replaced.
    CreateView {
        /// The columns it shows, in order; None where they cannot be told.
        columns: Option<Vec<String>>,
        /// The tables and views it reads.
        reads: Vec<Surface>,
    },
    /// A view goes.
    DropView,
    /// A trigger, function, policy or grant is created or replaced.
    CreateRoutine {
        /// The tables it speaks of.
        tables: Vec<Surface>,
        /// What it gives to rows that are inserted.
        filling: Filling,
    },
    /// A trigger, function, policy or grant goes.
    DropRoutine {
        /// The tables it speaks of.
        tables: Vec<Surface>,
    },
    /// Rows that exist are changed (`UPDATE`, `DELETE`, `INSERT … SELECT`, `TRUNCATE`) or rows are seeded.
    Backfill {
        /// How the rows are touched.
        rows: Rows,
        /// The columns written.
        columns: Vec<String>,
        /// Text values written, where they are literals: pairs of column and value.
        values: Vec<(String, String)>,
    },
    /// Changes nothing that running code could notice.
    Nothing,
    /// Not understood. The surface is the first table-like name in it, and every name is kept.
    Opaque {
        /// Why it was not understood.
        reason: String,
        /// The identifiers in it, normalised, sorted, each once.
        identifiers: Vec<String>,
    },
}

/// What a routine gives to rows that are inserted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filling {
    /// The columns of the new row that its body assigns.
    pub columns: Vec<String>,
    /// Where it runs by itself before each insert.
    pub trigger: Option<Trigger>,
}

/// A trigger that runs before each insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The table whose rows it sees.
    pub table: Surface,
    /// The function that it calls, where its body is one.
    pub function: Option<String>,
}

/// How a backfill touches rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rows {
    /// Rows are added.
    Inserted,
    /// Rows are rewritten.
    Updated,
    /// Rows are rewritten with values that are made of what the same column held, wherever it held what: whoever knows the old form
    /// takes the new one for it.
    Derived,
    /// Rows are rewritten where the one column that is written holds NULL: no value is lost.
    Filled,
    /// Rows are removed.
    Deleted,
}

/// Which migration a file holds, or holds a half of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MigrationKey {
    /// The folder that holds the whole history: `db/migrations`.
    pub set: Arc<str>,
    /// Its place in the history; compared number by number, then by name.
    pub version: Vec<u64>,
    /// Its name: the file's, or its folder's, without direction and suffix: `0042_drop_name`.
    pub name: Arc<str>,
}

impl MigrationKey {
    /// The version of a migration that comes after all numbered ones, and runs again whenever it is edited.
    pub const REPEATABLE: u64 = u64::MAX;

    /// Returns whether the migration runs again whenever it is edited: Flyway's `R__`, `runOnChange` of Liquibase.
    pub fn is_repeatable(&self) -> bool {
        self.version == [Self::REPEATABLE]
    }
}

/// When a migration runs, where its own file says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before the new code starts.
    Before,
    /// After the old code is gone.
    After,
}

/// One step of the history of a store, both ways together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Which one it is.
    pub key: MigrationKey,
    /// The tool whose layout it has: `golang-migrate`, `prisma`, ….
    pub tool: &'static str,
    /// The file of its forward way.
    pub path: Arc<str>,
    /// The operations of both ways, in order.
    pub operations: Vec<Operation>,
    /// Whether its tool has a way back at all and this migration has none.
    pub one_way: bool,
    /// When it runs, where it says so.
    pub phase: Option<Phase>,
}

impl Migration {
    /// Returns the operations of the way forward.
    pub fn up(&self) -> impl Iterator<Item = &Operation> {
        self.operations
            .iter()
            .filter(|o| o.direction == Direction::Up)
    }
}

/// A relational store as a history of migrations makes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Store {
    /// The folder of its migrations.
    pub set: Arc<str>,
    /// Its dialect.
    pub dialect: Dialect,
    /// Whether its files tell the dialect; else it is assumed.
    pub dialect_told: bool,
    /// The form of every table, view, type and routine after all migrations.
    pub schemas: BTreeMap<Surface, Schema>,
    /// What its routines give to rows that are inserted, by their surface.
    pub fillings: BTreeMap<Surface, Filling>,
    /// The history, oldest first.
    pub migrations: Vec<Migration>,
    /// What the history leaves open.
    pub gaps: Gaps,
}

/// What the history of a store leaves open: a table that no migration creates, a statement that was not understood.
///
/// Each entry is a surface as such (None: which elements it has, or whether it exists) or one element of it (how it is defined,
/// or whether it exists).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gaps {
    /// What is not fully known.
    pub open: BTreeSet<(Surface, Option<String>)>,
    /// What an understood operation took away: known not to be there, whatever is open besides.
    pub gone: BTreeSet<(Surface, Option<String>)>,
    /// Whether the history begins in the middle: it changes tables that it never created, so there may be others.
    pub headless: bool,
}
