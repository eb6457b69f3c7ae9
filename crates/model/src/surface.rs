//! Surfaces, their schemas, and the elements of these.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Place, Property};

/// What kind of surface it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SurfaceKind {
    /// A table of a relational store. Its elements are columns and constraints.
    Table,
    /// A view of a relational store. Its elements are columns.
    View,
    /// A named type of a relational store, such as an enum. Its elements are values.
    Type,
    /// A trigger, function or policy of a relational store. It has no elements.
    Routine,
    /// A class or table declaration through which code uses a table. It never reaches a report.
    Model,
    /// A message of a wire format. Its elements are fields.
    Message,
    /// An enum of a wire format. Its elements are values.
    Enum,
    /// A service of a wire format: the named group of RPCs. Its elements are methods.
    Rpc,
    /// An operation of an HTTP API that code declares. Its elements are properties of its bodies.
    Endpoint,
    /// Something that a deployment file runs: a Deployment, a StatefulSet, a compose service. Its elements are settings.
    Workload,
    /// An alert of a monitoring rule file. It has no elements.
    Alert,
    /// A job or step of a delivery pipeline. Its elements are settings.
    Pipeline,
}

impl SurfaceKind {
    /// Returns the word that reports and JSON use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::Type => "type",
            Self::Routine => "routine",
            Self::Model => "model",
            Self::Message => "message",
            Self::Enum => "enum",
            Self::Rpc => "rpc",
            Self::Endpoint => "endpoint",
            Self::Workload => "workload",
            Self::Alert => "alert",
            Self::Pipeline => "pipeline",
        }
    }
}

/// A place where bytes of one version meet code of another: a table, a message, an RPC service, a workload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Surface {
    /// What kind of surface it is.
    pub kind: SurfaceKind,
    /// Its name as the format spells it, normalised: SQL names unquoted, and folded to lowercase unless they were quoted with
    /// capitals; wire names fully qualified (`shop.v1.Order`).
    pub name: String,
}

impl Surface {
    /// Returns the surface of that kind and name.
    pub fn new(kind: SurfaceKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }

    /// Returns the table of that name.
    pub fn table(name: impl Into<String>) -> Self {
        Self::new(SurfaceKind::Table, name)
    }
}

impl std::fmt::Display for Surface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// The form of a surface at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The surface.
    pub surface: Surface,
    /// Its elements, in the order of declaration.
    pub elements: Vec<Element>,
    /// Where it is declared; for a table, the statement that created it.
    pub place: Place,
}

impl Schema {
    /// Returns the element of that name.
    pub fn element(&self, name: &str) -> Option<&Element> {
        self.elements.iter().find(|e| e.name == name)
    }

    /// Returns the columns, in order, with their definitions.
    pub fn columns(&self) -> impl Iterator<Item = (&Element, &Column)> {
        self.elements.iter().filter_map(|e| match &e.detail {
            Detail::Column(column) => Some((e, column)),
            _ => None,
        })
    }

    /// Returns the definition of the column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns()
            .find(|(e, _)| e.name == name)
            .map(|(_, column)| column)
    }

    /// Returns the constraints and indexes, in order, with their definitions.
    pub fn constraints(&self) -> impl Iterator<Item = (&Element, &Constraint)> {
        self.elements.iter().filter_map(|e| match &e.detail {
            Detail::Constraint(constraint) => Some((e, constraint)),
            _ => None,
        })
    }
}

/// One column, constraint, field, enum value, method or setting of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its name as the format spells it.
    pub name: String,
    /// What it is, and its definition.
    pub detail: Detail,
    /// Where it is declared.
    pub place: Place,
}

impl Element {
    /// Returns what makes it the same element at another ref: the number of a field, else the name.
    pub fn identity(&self) -> Identity<'_> {
        match &self.detail {
            Detail::Field(field) => Identity::Number(field.number),
            _ => Identity::Name(&self.name),
        }
    }

    /// Returns whether both are columns, or constraints, and so on: one name may stand for one of each.
    pub fn is_same_sort(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.detail) == std::mem::discriminant(&other.detail)
    }
}

/// What makes an element the same element at two refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity<'a> {
    /// A wire number.
    Number(i64),
    /// A name.
    Name(&'a str),
}

/// What an element is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A column of a table or view.
    Column(Column),
    /// A constraint or index of a table.
    Constraint(Constraint),
    /// A field of a message.
    Field(Field),
    /// A value of an enum. Enums of databases have no numbers.
    Value {
        /// Its wire number.
        number: Option<i64>,
        /// What its wire format says besides; the default for a database.
        wire: WireValue,
    },
    /// A number, a range of numbers or a name that a message or enum keeps free.
    Reserved(Reserved),
    /// A method of an RPC service.
    Method(Method),
    /// A property of a body of HTTP.
    Property(Property),
    /// A setting of a workload or pipeline step, such as `strategy` or `readiness-probe`.
    Setting {
        /// Its value as text, in the canonical spelling that its reader documents.
        value: String,
    },
}

/// The definition of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The type, lowercase, in one spelling per type and with its modifiers (`varchar(20)`, `integer`, `timestamp with time
    /// zone`, `text[]`); the name of a user-defined type as the store spells it. Empty where it could not be read.
    pub type_name: String,
    /// Whether NULL is accepted.
    pub nullable: bool,
    /// The *database* default, as text. A default that only an ORM applies is none.
    pub default: Option<String>,
    /// Whether the database fills it without being asked: identity, serial, auto-increment, generated.
    pub generated: bool,
}

/// The definition of a constraint or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// What it demands.
    pub kind: ConstraintKind,
    /// The columns it speaks of, in order. Expressions are left out and make it `partial`.
    pub columns: Vec<String>,
    /// Whether it covers only some rows (`WHERE`) or holds expressions.
    pub partial: bool,
    /// Which rows it covers, where it is partial and says so: the condition behind `WHERE`, lowercase and in one spelling.
    pub predicate: Option<String>,
    /// Whether rows that exist were checked: false after `NOT VALID`. New rows are always checked.
    pub validated: bool,
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey,
    /// `UNIQUE`, as a constraint or as an index.
    Unique,
    /// `FOREIGN KEY`.
    ForeignKey {
        /// The table it points to.
        table: String,
    },
    /// `CHECK`.
    Check {
        /// The condition, as text.
        expression: String,
    },
    /// `EXCLUDE`.
    Exclusion,
    /// A plain index: demands nothing.
    Index,
}

/// The definition of a message field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The wire number.
    pub number: i64,
    /// A scalar's name, or the fully qualified name of a message or enum without a leading dot; `map<K, V>` for maps.
    pub type_name: String,
    /// How often it may occur, and whether its absence can be told.
    pub label: Label,
    /// The oneof it belongs to.
    pub oneof: Option<String>,
    /// The name in JSON.
    pub json_name: String,
    /// The declared default (proto2), as text.
    pub default: Option<String>,
    /// What its wire format says besides.
    pub wire: WireField,
}

/// What a wire format says of a field besides its definition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WireField {
    /// What its type is; for a map, what the type of its values is.
    pub kind: TypeKind,
    /// Whether a list of numbers is written as one packed block.
    pub packed: bool,
    /// Whether a text that is not UTF-8 is refused.
    pub utf8: bool,
    /// Whether the generated parser refuses a field that arrives with another wire type than its own.
    pub strict: bool,
    /// The structure of the message or enum that is its type, to tell a copy from another type; None where it is unknown.
    pub shape: Option<Shape>,
    /// The type as the file spells it, where its declaration was not found in the file.
    pub spelled: Option<String>,
    /// The message that declares it.
    pub message: Arc<MessageFacts>,
    /// Whether it is an extension.
    pub extension: bool,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
    /// The comment that stands before or behind it, as one text.
    pub doc: String,
}

/// What the type of a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum TypeKind {
    /// A scalar.
    #[default]
    Scalar,
    /// A message, length-delimited.
    Message,
    /// A message between a start and an end tag.
    Group,
    /// An enum.
    Enum {
        /// Whether a value that the reader does not know is put aside as an unknown field.
        closed: bool,
    },
    /// A message or an enum; its declaration was not found.
    Unresolved,
}

/// The structure of a message or enum, to tell a copy under another name from another type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// By number, a digest of what binary shows of a field (its type down to a few levels, and its label), or of the number
    /// itself for an enum value.
    pub binary: Arc<BTreeMap<i64, u64>>,
    /// By the name in JSON, the same.
    pub json: Arc<BTreeMap<String, u64>>,
}

/// The message that a field stands in, seen from the field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFacts {
    /// Its full name.
    pub name: String,
    /// Its fields, by number: the name in JSON, and the oneof it belongs to.
    pub fields: BTreeMap<i64, (String, Option<String>)>,
}

/// What a wire format says of an enum value besides its number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WireValue {
    /// The enum that declares it.
    pub of: Arc<EnumFacts>,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
    /// The comment that stands before or behind it, as one text.
    pub doc: String,
}

/// The enum that a value stands in, seen from the value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnumFacts {
    /// Its full name.
    pub name: String,
    /// Whether it is closed: a reader that does not know a value puts it aside as an unknown field.
    pub closed: bool,
    /// Its values in order: name and number. The first one is what an unset field reads as.
    pub values: Vec<(String, i64)>,
    /// The required fields that have it as their type, by full name, sorted.
    pub required_by: Vec<String>,
}

/// What a message or enum keeps free.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reserved {
    /// The numbers from the first to the last, both included.
    Numbers(i64, i64),
    /// A name.
    Name(String),
}

/// How often a field may occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// Proto3 without a label: a missing value reads as the zero value.
    Implicit,
    /// Explicit presence.
    Optional,
    /// Proto2 `required`: parsing fails without it.
    Required,
    /// A list.
    Repeated,
    /// A map.
    Map,
}

/// The definition of an RPC method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// The request message, fully qualified.
    pub request: String,
    /// The response message, fully qualified.
    pub response: String,
    /// Whether the client streams.
    pub client_streaming: bool,
    /// Whether the server streams.
    pub server_streaming: bool,
    /// What its wire format says besides.
    pub wire: WireMethod,
}

/// What a wire format says of a method besides its definition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WireMethod {
    /// The full name of its service.
    pub service: Arc<str>,
    /// The request and the response as the file spells them, where their declaration was not found in the file.
    pub spelled: [Option<String>; 2],
    /// The structures of request and response; None where they are unknown.
    pub shapes: [Option<Shape>; 2],
    /// The declared `idempotency_level`.
    pub idempotency: Option<String>,
    /// The path of HTTP under which it is offered (`google.api.http`).
    pub http: Option<String>,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
    /// The comment that stands before or behind it, as one text.
    pub doc: String,
}
