//! Rows of sqlx: what a query gives into fields that have no room for NULL, and what it takes from values that have.
//!
//! A field that is no `Option` fails to decode a NULL ("unexpected null; try decoding as an `Option`"):
//! <https://docs.rs/sqlx/latest/sqlx/error/struct.UnexpectedNullError.html>. `query!` makes the fields by itself, by what the store
//! of its own version says: <https://docs.rs/sqlx/latest/sqlx/macro.query.html#nullability-output-columns>.

use std::collections::BTreeMap;

use coexist_model::{Confidence, Manner, Mode, Reading, Surface, SurfaceKind, Why};

use super::Attributes;
use crate::code::chains::chain;
use crate::code::context::{Context, Use};
use crate::code::syntax::{Id, Syntax};
use crate::protobuf::generated::Tongue;

/// Types of which it is known that they have no room for NULL. Others may decode it as they like.
const PRESENT: &[&str] = &[
    "BigDecimal",
    "DateTime",
    "Decimal",
    "IpNetwork",
    "Json",
    "NaiveDate",
    "NaiveDateTime",
    "NaiveTime",
    "OffsetDateTime",
    "PrimitiveDateTime",
    "String",
    "Uuid",
    "Value",
    "Vec",
    "bool",
    "f32",
    "f64",
    "i16",
    "i32",
    "i64",
    "i8",
    "u32",
];

/// Adds the types of the store that the file's own types name: `#[sqlx(type_name = "role")]`. sqlx asks the store for a type of that
/// name: <https://docs.rs/sqlx/latest/sqlx/postgres/types/index.html#enumerations>.
pub(in crate::code) fn types(context: &Context<'_, '_>, reading: &mut Reading) {
    let s = context.syntax;
    if s.profile.tongue != Tongue::Rust {
        return;
    }
    for id in s
        .all()
        .filter(|&id| matches!(s.kind(id), "enum_item" | "struct_item"))
    {
        let attributes = Attributes::before(s, id);
        let named = attributes
            .value("type_name")
            .filter(|_| attributes.has("sqlx"));
        let (Some(type_name), Some(name)) = (named, s.child(id, "name")) else {
            continue;
        };
        let found = Use {
            surface: Surface::new(SurfaceKind::Type, type_name),
            element: None,
            mode: Mode::Reads,
            manner: Manner::Explicit,
            // Whether a value of it is sent is not followed.
            confidence: Confidence::Medium,
            why: Why::Declared,
        };
        reading.accesses.push(context.access(name, found));
    }
}

/// How a query takes a column of its result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::code) enum Taken {
    /// It cannot be told, or NULL has its place.
    Unclear,
    /// Into a field of a declared type that has no room for NULL.
    Present,
    /// Into a field that is made by what the store says.
    AsStored,
}

/// The structs of a file that rows may go into.
pub(in crate::code) struct Rows<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    /// The type of each field, by the names of the struct and of the column.
    fields: BTreeMap<(&'a str, String), Id>,
}

impl<'c, 's, 'a> Rows<'c, 's, 'a> {
    /// Returns the structs of a file of Rust; None for another language.
    pub(in crate::code) fn of(context: &'c Context<'s, 'a>) -> Option<Self> {
        let s = context.syntax;
        let structs = s.all().filter(|&id| s.kind(id) == "struct_item");
        (s.profile.tongue == Tongue::Rust).then(|| Self {
            context,
            fields: structs.flat_map(|id| fields(s, id)).collect(),
        })
    }

    /// Returns how the query in a string takes a column that its result calls by that name.
    pub(in crate::code) fn taken(&self, text: Id, output: &str, joins_outside: bool) -> Taken {
        let s = self.context.syntax;
        let Some(query) = self.query(text) else {
            return Taken::Unclear;
        };
        // `AS "name?"` may be NULL, `AS "name!"` is not, `AS "name: Type"` is what the type says.
        let column = output.split(['!', '?', ':']).next().unwrap_or_default();
        match query.into {
            Into::Struct(name) => {
                let of_type = self.fields.get(&(name, column.trim().to_owned()));
                match of_type.is_some_and(|&t| PRESENT.contains(&outer(s, t))) {
                    true => Taken::Present,
                    false => Taken::Unclear,
                }
            }
            Into::Made if joins_outside || output.contains(['?', ':']) => Taken::Unclear,
            Into::Made => Taken::AsStored,
            Into::Nothing => Taken::Unclear,
        }
    }

    /// Returns the value that the query in a string takes for its placeholder of that number, from 0, where its type has room for NULL.
    pub(in crate::code) fn optional(&self, text: Id, number: usize) -> Option<Id> {
        let value = *self.query(text)?.given.get(number)?;
        self.is_optional(value).then_some(value)
    }

    fn query(&self, text: Id) -> Option<Query<'a>> {
        let s = self.context.syntax;
        let at = s.ancestors(text).find(|&up| s.call(up).is_some())?;
        let call = s.call(at)?;
        let arguments: Vec<Id> = s
            .named(call.arguments?)
            .filter(|&a| !s.is_comment(a))
            .collect();
        let place = arguments.iter().position(|&a| s.is_within(text, a))?;
        let is_macro = s.kind(at) == "macro_invocation";
        let into = match (s.called(call).trim_end_matches('!'), is_macro, place) {
            ("query_as", true, 1) => Into::Struct(s.last_name(arguments[0])),
            ("query" | "query_scalar", true, 0) => Into::Made,
            ("query_as", false, 0) => Into::Struct(self.last_type(call.callee)?),
            ("query", false, 0) => Into::Nothing,
            _ => return None,
        };
        let given = match is_macro {
            true => arguments[place + 1..].to_vec(),
            false => self.binds(at),
        };
        Some(Query { into, given })
    }

    /// `query_as::<_, User>(…)`: the last of the types.
    fn last_type(&self, callee: Id) -> Option<&'a str> {
        let s = self.context.syntax;
        let types = s.child(callee, "type_arguments")?;
        s.named(types).last().map(|t| outer(s, t))
    }

    /// `query(…).bind(a).bind(b)`
    fn binds(&self, query: Id) -> Vec<Id> {
        let s = self.context.syntax;
        let calls = s.ancestors(query).filter(|&up| s.call(up).is_some());
        let chains = calls.filter_map(|up| chain(s, up));
        let whole = chains
            .take_while(|c| c.links.iter().any(|l| l.id == query))
            .last();
        let links = whole.into_iter().flat_map(|c| c.links);
        let binds = links.filter(|l| l.name == "bind");
        binds.filter_map(|l| l.given.first().copied()).collect()
    }

    fn is_optional(&self, value: Id) -> bool {
        let s = self.context.syntax;
        let id = s.bare(value);
        if let Some(call) = s.call(id) {
            // Of what is sent to a database, nothing else has these methods: `name.as_deref()`, `kind.as_ref().map(…)`.
            return match s.called(call) {
                "as_deref" | "map" => true,
                "as_ref" | "clone" | "cloned" | "copied" => {
                    s.receiver(call).is_some_and(|r| self.is_optional(r))
                }
                _ => false,
            };
        }
        s.is_name(id)
            && (s.text(id) == "None"
                || self
                    .declared_type(id)
                    .is_some_and(|t| outer(s, t) == "Option"))
    }

    /// Returns the type of a name by the function that takes it or the `let` that makes it: the last one before it.
    fn declared_type(&self, name: Id) -> Option<Id> {
        let s = self.context.syntax;
        let function = s
            .ancestors(name)
            .find(|&up| s.kind(up) == "function_item")?;
        let before = s.below(function).filter(|&id| id < name);
        let declares = |id: &Id| {
            matches!(s.kind(*id), "parameter" | "let_declaration")
                && s.child(*id, "pattern")
                    .is_some_and(|p| s.text(p).trim_start_matches("mut ") == s.text(name))
        };
        before
            .rev()
            .find(declares)
            .and_then(|id| s.child(id, "type"))
    }
}

/// A call that runs a statement.
struct Query<'a> {
    into: Into<'a>,
    /// The values of its placeholders, in order.
    given: Vec<Id>,
}

/// What the rows of a query go into.
enum Into<'a> {
    Struct(&'a str),
    Made,
    Nothing,
}

/// Returns the fields of a struct, by its name and those of their columns.
fn fields<'a>(s: &Syntax<'a>, item: Id) -> Vec<((&'a str, String), Id)> {
    let (Some(name), Some(body)) = (s.child(item, "name"), s.child(item, "body")) else {
        return Vec::new();
    };
    let declared = s.named(body).filter(|&f| s.kind(f) == "field_declaration");
    let field = |id: Id| {
        let attributes = Attributes::before(s, id);
        let column = attributes.value("rename");
        let own = || {
            s.child(id, "name")
                .map(|n| s.text(n).trim_start_matches("r#").to_owned())
        };
        Some(((s.text(name), column.or_else(own)?), s.child(id, "type")?))
    };
    declared.filter_map(field).collect()
}

/// Returns the outermost name of a type: `Option` of `Option<String>`, `DateTime` of `chrono::DateTime<Utc>`.
fn outer<'a>(s: &Syntax<'a>, of_type: Id) -> &'a str {
    let named = match s.kind(of_type) {
        "generic_type" => s.child(of_type, "type").unwrap_or(of_type),
        _ => of_type,
    };
    s.last_name(named)
}
