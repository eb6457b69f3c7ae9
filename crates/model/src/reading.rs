//! The two traits that formats implement, and what passes through them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::{
    Access, Api, Dialect, Element, File, KnownOrder, Migration, MigrationKey, ModelMigration,
    Operation, Phase, Place, Schema, Store, Surface, SurfaceKind,
};

/// Turns the bytes of one file into facts.
///
/// Several readers may claim one file: a TypeORM migration is code and SQL. Reading is total: what cannot be read is data
/// ([`Reading::problems`]), never an error and never a panic, for any text whatever.
pub trait Reader: Sync {
    /// Returns the name that `coexist read` prints, such as `sql`.
    fn name(&self) -> &'static str;
    /// Returns the names of the tools of which it reads files of their own, such as `alembic`: `--as` takes them too.
    fn tools(&self) -> Vec<&'static str> {
        Vec::new()
    }
    /// Returns whether this reader wants the file, by its path and the first kilobytes of its text.
    fn claims(&self, path: &str, head: &str) -> bool;
    /// Reads the file.
    fn read(&self, file: &File, hints: &Hints) -> Reading;
    /// Returns whether what it said of a file is what it would say again, now that it is given these hints.
    fn stands(&self, _said: &Reading, _hints: &Hints) -> bool {
        false
    }
}

/// What a reader is told besides the file.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// The SQL dialect, where a setting or the neighbourhood of the file tells.
    pub dialect: Option<Dialect>,
    /// The reader that `--as` asks for, such as `sql`.
    pub forced: Option<String>,
    /// What accesses are wanted for. Empty: all that can be read without knowing a schema (SQL in strings, models).
    pub wanted: Arc<[Wanted]>,
}

/// A surface whose accesses are wanted, with the elements that matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The surface.
    pub surface: Surface,
    /// The elements; empty: the surface as such.
    pub elements: Vec<String>,
    /// For a model: the names by which code may call it. For a wire surface: the path of the file that declares it.
    pub declared_in: Option<Arc<str>>,
    /// For a model: the tool that declares it.
    pub tool: Option<&'static str>,
    /// For a wire surface: the Go package that its file names for what is generated.
    pub go_package: Option<Arc<str>>,
    /// For an enum: the names of all its values, by which a decision about it is told from one about its neighbour; empty: unknown.
    /// For a message: the names of the members of its oneofs.
    pub values: Vec<String>,
    /// For a message: the calls that give one, by which a value is known that no type declares.
    pub answers: Vec<Answer>,
}

/// A call of an RPC that is answered with a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// The name of the method.
    pub method: String,
    /// The message that the call sends, fully qualified.
    pub request: String,
}

/// What one reader understood of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// The dialect it was read in, for SQL.
    pub dialect: Option<Dialect>,
    /// The migration that this file holds, or holds one way of. For a changelog, the part that all of its changesets have in common.
    pub migration: Option<MigrationPart>,
    /// The migrations that this file holds or points to, where it can hold several.
    pub changelog: Option<Changelog>,
    /// Operations, in order. Outside a migration they are the operations of a schema dump or a plain file.
    pub operations: Vec<Operation>,
    /// The migration in the words of models, where it speaks of them. Then the operations above are what it does as far as this
    /// one file tells, and linking replaces them.
    pub model_migration: Option<ModelMigration>,
    /// Forms declared: messages, RPC services, workloads, alerts.
    pub schemas: Vec<Schema>,
    /// Declarations through which code uses a table.
    pub models: Vec<ModelDeclaration>,
    /// Ways from the rows of one class to those of another.
    pub associations: Vec<Association>,
    /// Uses.
    pub accesses: Vec<Access>,
    /// The texts that a file of Go gives names to, outside of functions: other files of its package may put them into statements.
    pub constants: BTreeMap<String, String>,
    /// Statements that are put together from constants, of this file or of others.
    pub assembled: Vec<Assembled>,
    /// The attributes that the code sets on objects whose class is not known (`account.nick = name`): perhaps on those of a model. With its
    /// name before a dot (`Account.Nick`) where an object of the class is made with them.
    pub sets: BTreeSet<String>,
    /// The dialects that the statements of a source file can be meant for, where it tells; empty: any.
    pub speaks: Vec<Dialect>,
    /// What the file says about when migrations run.
    pub orders: Vec<OrderEvidence>,
    /// Commands that the file has run in a deploy and that lead on to scripts in other files.
    pub runs: Vec<Run>,
    /// The scripts that the file holds, for the commands of other files.
    pub scripts: Vec<Script>,
    /// Where code brings a store to its newest migration.
    pub migrators: Vec<Migrator>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// The part of a migration that one file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationPart {
    /// Which migration.
    pub key: MigrationKey,
    /// The tool whose layout it has.
    pub tool: &'static str,
    /// Whether the tool knows a way back.
    pub has_down_form: bool,
    /// When it runs, where the file says so.
    pub phase: Option<Phase>,
    /// Its name among the [`MigrationPart::after`] of others, for a tool that orders by them and not by file name.
    pub id: Option<Arc<str>>,
    /// The migrations that run before it, by their ids; empty where file names give the order.
    pub after: Vec<Arc<str>>,
}

/// A file that holds migrations in order and names other files that hold more: a changelog of Liquibase.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changelog {
    /// What it holds, in order.
    pub entries: Vec<ChangelogEntry>,
}

/// What stands in a changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangelogEntry {
    /// A migration.
    Changeset(Changeset),
    /// Another changelog, or a folder of them, whose migrations come here.
    Include(Include),
}

/// One migration of a changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changeset {
    /// What it is known by in every store that has run it: path, id and author.
    pub name: Arc<str>,
    /// Which of the operations of its file are its own.
    pub operations: Range<usize>,
    /// The dialects that it runs in; None: in all.
    pub dialects: Option<Vec<Dialect>>,
    /// Whether it runs again when it is edited.
    pub repeatable: bool,
    /// The files whose SQL it runs, each with the number of the operation that stands for it.
    pub files: Vec<(usize, Include)>,
}

/// Another file, or a folder, by its name in a changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The path as it is spelled, without `classpath:` before it.
    pub path: String,
    /// Whether it is relative to the changelog that names it; else it may also be relative to any root of resources.
    pub relative: bool,
    /// Whether it is a folder, all of whose files are meant in the order of their names.
    pub folder: bool,
}

/// A declaration through which code uses a table: a diesel `table!`, a Prisma model, a class of an ORM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDeclaration {
    /// The name by which code uses it: `local_user`, `Membership`.
    pub name: String,
    /// The tool: `diesel`, `prisma`.
    pub tool: &'static str,
    /// The table. Without a name where the declaration names none: a mixin, or a class that shares the table of its base.
    pub table: Surface,
    /// The classes whose columns it has too, by their names in code.
    pub bases: Vec<String>,
    /// The declared columns, by their names in the store.
    pub columns: Vec<Element>,
    /// The declared columns that a query leaves out unless it asks for them, by their names in the store.
    pub deferred: Vec<String>,
    /// The columns that the tool itself fills in every insert, by their names in the store: a client-side `cuid()`.
    pub filled: Vec<String>,
    /// The columns that the tool sends as NULL in an insert where the code gives them no value, by their names in the store: then a
    /// default of the store does not count.
    pub unset: Vec<String>,
    /// Column names in code where they differ from the store's: pairs of code name and column.
    pub aliases: Vec<(String, String)>,
    /// Where it is declared.
    pub place: Place,
}

/// A way from the rows of one class to those of another that code follows by a name: `has_many :orders` of Active Record.
///
/// Which class it leads to, the classes of the ref tell; a use stands on a surface that has the name of [`Association::followed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// The class or module that declares it.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// The classes that it may lead to, of which the first that there is counts; empty: it cannot be told.
    pub classes: Vec<String>,
    /// Whether it leads where the others of its name lead: `has_many :orders, through: :customers`.
    pub through: bool,
}

impl Association {
    /// Returns the name of the surface that code uses which follows an association of that name, from a class or from what a variable of
    /// that name holds.
    pub fn followed(from: &str, name: &str) -> String {
        format!("{from}#{name}")
    }
}

/// A statement that is put together from constants of several files: `fmt.Sprintf(queryFindUser, tableUsers)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The parts of the text, in order.
    pub text: Vec<Piece>,
    /// What is put in the place of its `%s`, in order.
    pub values: Vec<Piece>,
    /// The dialect to read it in.
    pub dialect: Dialect,
    /// What all uses in it have in common: the place, the flags that guard it, how sure it is.
    pub access: Access,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// This text.
    Text(String),
    /// A constant.
    Constant {
        /// The path that its package is imported by; None: the package of the file itself.
        package: Option<String>,
        /// Its name.
        name: String,
    },
    /// What cannot be told.
    Unknown,
}

/// What a file says about when migrations run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEvidence {
    /// The order, proven by this file.
    pub order: KnownOrder,
    /// The folder or file name of the migrations that it speaks of, where it says so.
    pub scope: Option<String>,
    /// The tool whose migrations alone it speaks of: `liquibase`. None: any.
    pub tool: Option<&'static str>,
    /// How the path of some file has to end for it to count: what s6 starts first is waited for only where a service depends on it.
    pub needs: Option<String>,
}

/// When in a deploy a command is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// As the artefact is built.
    Build,
    /// Before the first new node starts.
    BeforeDeploy,
    /// On each new node, before what serves on it is started.
    BeforeServing,
    /// On each new node, before what says that it depends on it is started.
    BeforeDependents,
    /// As each new node starts.
    Start,
    /// When the new nodes serve.
    AfterDeploy,
}

/// A command that a file has run at a moment of a deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When.
    pub moment: Moment,
    /// Its words; one with blanks in it is a shell text.
    pub words: Vec<String>,
    /// The folder that it is run in, as far as the file says: `/app/apps/web`.
    pub folder: Option<String>,
    /// Where.
    pub place: Place,
}

/// A script by its name, with its commands in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What calls it.
    pub tool: ScriptTool,
    /// Its name: that of a package script or of a target; the path of a file.
    pub name: String,
    /// Its commands.
    pub commands: Vec<ScriptCommand>,
}

/// What a script is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScriptTool {
    /// A shell, by its path.
    Shell,
    /// npm and its like, by its name in `package.json`.
    Package,
    /// A runner of tasks, by its name in `pyproject.toml`.
    Python,
    /// make, by its target.
    Make,
}

/// One simple command of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptCommand {
    /// Its words, without quotes.
    pub words: Vec<String>,
    /// Whether it is only run where a variable of the environment or an argument asks for it.
    pub on_demand: bool,
    /// The branches that it stands in, the outermost first: the number of the statement that branches, and that of the branch.
    pub branches: Vec<(usize, usize)>,
    /// Where.
    pub place: Place,
}

/// A place where code brings a store to its newest migration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Migrator {
    /// The tool, as [`crate::Migration::tool`] names it: `golang-migrate`, `refinery`, `sql-migrate`; `sqlx`.
    pub tool: &'static str,
    /// The folder of the migrations, relative to some folder above the file, where the code names it.
    pub folder: Option<String>,
    /// The error with which it stops at a migration in the store that it does not know; None: it goes on.
    pub refusal: Option<&'static str>,
    /// The call.
    pub place: Place,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong, as a sentence without its end.
    pub what: String,
    /// The identifiers in what was not understood, normalised, sorted, each once.
    pub identifiers: Vec<String>,
}

/// What a format knows about meetings. Error texts and assumptions come from here: the engine invents none.
pub trait Form: Sync {
    /// Returns the name of the format: `relational`, `protobuf`.
    fn name(&self) -> &'static str;
    /// Returns the kinds of surface that this form speaks for.
    fn kinds(&self) -> &'static [SurfaceKind];
    /// Joins the readings of one ref: resolves names, merges the ways of each migration, replays histories into stores, turns
    /// the use of a model into accesses to its columns.
    fn link(&self, readings: &[LinkInput<'_>]) -> Linked;
    /// Returns the store after one more migration.
    fn apply(&self, store: &Store, migration: &Migration) -> Store;
    /// Brings the store to where one more migration leaves it.
    fn advance(&self, store: &mut Store, migration: &Migration) {
        *store = self.apply(store, migration);
    }
    /// Returns the words of which one must stand in a file that uses the element, lowercase; the search is by substring.
    fn spellings(&self, surface: &Surface, element: Option<&str>) -> Vec<String>;
    /// Returns the same for files with that ending (`go`, `kt`), where the format knows more of them. A word with a capital letter
    /// is looked for in its own case, any other in every case.
    fn spellings_in(&self, _ending: &str, surface: &Surface, element: Option<&str>) -> Vec<String> {
        self.spellings(surface, element)
    }
    /// Returns whether files with either ending use an element by the same words.
    fn share_spellings(&self, _ending: &str, _other: &str) -> bool {
        true
    }
    /// Returns what happens when the access meets the schemas as they are at that step.
    fn meet(&self, access: &Access, schemas: &dyn Lookup) -> Meeting;
    /// Returns what happens when bytes written under one element are read under another. None: the element is not there.
    fn carry(&self, written: Option<&Element>, read: Option<&Element>, how: Encoding) -> Meeting;
}

/// Schemas by surface.
pub trait Lookup {
    /// Returns the schema of the surface, or None where there is none.
    fn schema(&self, surface: &Surface) -> Option<&Schema>;
    /// Returns the dialect, for a store.
    fn dialect(&self) -> Dialect;
    /// Returns whether the history does not tell: for an element that is listed, how it is defined; for one that is not, whether
    /// it is there; for None, whether the surface is there, or which other elements it has. See [`crate::Gaps`].
    fn is_open(&self, _surface: &Surface, _element: Option<&str>) -> bool {
        false
    }
}

impl Lookup for Store {
    fn schema(&self, surface: &Surface) -> Option<&Schema> {
        self.schemas.get(surface)
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn is_open(&self, surface: &Surface, element: Option<&str>) -> bool {
        let gaps = &self.gaps;
        if gaps.open.is_empty() && !gaps.headless {
            return false;
        }
        let schema = self.schemas.get(surface);
        let whole = (surface.clone(), None);
        let one = (surface.clone(), element.map(str::to_owned));
        if gaps.open.contains(&one) {
            return true;
        }
        if schema.is_some_and(|s| element.is_some_and(|e| s.element(e).is_some())) {
            return false;
        }
        let gone = gaps.gone.contains(&one) || (schema.is_none() && gaps.gone.contains(&whole));
        let unlisted = schema.is_none() && gaps.headless;
        !gone && (gaps.open.contains(&whole) || unlisted)
    }
}

/// A file of a ref and what was read of it.
#[derive(Debug, Clone, Copy)]
pub struct LinkInput<'a> {
    /// The path.
    pub path: &'a Arc<str>,
    /// What was read.
    pub reading: &'a Reading,
}

/// The facts of one ref, joined.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Linked {
    /// Relational stores, sorted by set.
    pub stores: Vec<Store>,
    /// Schemas of wire formats and deployment files, sorted by surface.
    pub schemas: Vec<Schema>,
    /// Accesses, sorted by place.
    pub accesses: Vec<Access>,
    /// The dialects that the statements of a source file can be meant for, by path, where it tells.
    pub speaks: BTreeMap<Arc<str>, Vec<Dialect>>,
    /// Where code brings a store to its newest migration, sorted.
    pub migrators: Vec<Migrator>,
    /// The HTTP API that code declares.
    pub api: Api,
    /// What could not be joined.
    pub problems: Vec<Problem>,
}

/// How bytes cross from one version to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// Binary wire format.
    Binary,
    /// JSON.
    Json,
    /// Values that a statement writes to a store of that dialect.
    Written(Dialect),
    /// Rows that a tool decodes into the type which its model declares.
    Declared(Dialect),
    /// Rows that a driver hands to code as they are.
    Rows(Dialect),
}

/// What happens when an access of one version meets what another version left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The outcome.
    pub outcome: Outcome,
    /// The error that is seen, in the words of the system that raises it.
    pub error: Option<String>,
    /// What had to be assumed, each as a clause: "unknown fields are kept".
    pub assumed: Vec<String>,
}

impl Meeting {
    /// Returns a meeting that goes well.
    pub fn ok() -> Self {
        Self {
            outcome: Outcome::Ok,
            error: None,
            assumed: Vec::new(),
        }
    }

    /// Returns a meeting that ends in that error.
    pub fn refused(error: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Refused,
            error: Some(error.into()),
            assumed: Vec::new(),
        }
    }

    /// Returns whether this meeting is worse than the one that the same access had before: the outcome is worse, or more had to be
    /// assumed for an outcome that cannot be decided.
    pub fn is_worse_than(&self, before: &Self) -> bool {
        let more = || self.assumed.iter().any(|a| !before.assumed.contains(a));
        self.outcome > before.outcome
            || (self.outcome == Outcome::Unknown && before.outcome == Outcome::Unknown && more())
    }

    /// Returns a meeting with another outcome.
    pub fn of(outcome: Outcome, error: impl Into<String>) -> Self {
        Self {
            outcome,
            error: Some(error.into()),
            assumed: Vec::new(),
        }
    }
}

/// How a meeting ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// They understand each other.
    Ok,
    /// The reader gets a default or nothing.
    Absent,
    /// It cannot be decided.
    Unknown,
    /// The reader takes it for something else.
    Misread,
    /// Data is gone.
    Lost,
    /// An error.
    Refused,
}

impl Outcome {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
            Self::Misread => "misread",
            Self::Lost => "lost",
            Self::Refused => "refused",
        }
    }
}
