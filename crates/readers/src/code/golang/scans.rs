//! What takes the rows of `SELECT *`: a struct whose fields must have every column, or values by position.
//!
//! sqlx stops at a column without a field unless the database is `Unsafe()`, and leaves a field without a column at zero:
//! <https://jmoiron.github.io/sqlx/#safety>. `Scan` takes exactly as many values as there are columns:
//! <https://pkg.go.dev/database/sql#Rows.Scan>.

use coexist_model::Fit;

use super::structs::{Field, structs};
use super::values::Values;
use crate::code::chains::{Chain, Link, chains};
use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;
use crate::sql::accesses::Output;

/// Calls of sqlx that take a destination before the text.
const INTO: &[&str] = &["Get", "Select", "GetContext", "SelectContext"];
/// Calls that give rows.
const ROWS: &[&str] = &[
    "Query",
    "QueryContext",
    "QueryRow",
    "QueryRowContext",
    "Queryx",
    "QueryxContext",
    "QueryRowx",
    "QueryRowxContext",
];

/// Types into which no NULL is scanned.
const PRESENT: &[&str] = &[
    "bool", "float32", "float64", "int", "int16", "int32", "int64", "int8", "string", "uint",
    "uint16", "uint32", "uint64", "uint8",
];

/// The calls of a file that take rows.
pub(in crate::code) struct Scans<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    values: Values<'c, 's, 'a>,
    chains: Vec<Chain<'a>>,
    by_sqlx: bool,
}

impl<'c, 's, 'a> Scans<'c, 's, 'a> {
    /// Returns the calls of a file of Go; None for another language.
    pub(in crate::code) fn of(context: &'c Context<'s, 'a>) -> Option<Self> {
        let s = context.syntax;
        (s.profile.tongue == Tongue::Go).then(|| {
            let chains = chains(s);
            let sqlx = context
                .imports
                .iter()
                .any(|i| i.path == "github.com/jmoiron/sqlx");
            let unsafe_too = chains.iter().any(|c| c.calls(&["Unsafe"]));
            Self {
                context,
                values: Values::of(context),
                by_sqlx: sqlx && !unsafe_too,
                chains,
            }
        })
    }

    /// Returns what the rows of the query in a string have to fit.
    pub(in crate::code) fn fit(&self, text: Id) -> Fit {
        self.found(text).unwrap_or_default()
    }

    /// Returns whether the query in a string gives a column of its result to something that has no room for NULL.
    pub(in crate::code) fn is_present(&self, text: Id, output: &Output) -> bool {
        let into = self.taker(text, output);
        into.is_some_and(|of_type| self.refuses_null(of_type))
    }

    /// Returns the value that the statement in a string takes for its placeholder of that number, from 0, where its type has room for
    /// NULL: a pointer, `sql.NullString`.
    pub(in crate::code) fn optional(&self, text: Id, number: usize) -> Option<Id> {
        let s = self.context.syntax;
        let (chain, at) = self.call(text)?;
        let given = &chain.links[at].given;
        let place = given.iter().position(|&g| s.is_within(text, g))?;
        let value = *given.get(place + 1 + number)?;
        let of_type = self.typed(value)?;
        let may_be_null = match s.kind(of_type) {
            "pointer_type" => true,
            "qualified_type" => s.text(of_type).starts_with("sql.Null"),
            _ => false,
        };
        // `&name` points to something.
        (may_be_null && s.kind(value) != "unary_expression").then_some(value)
    }

    /// Returns the type of what takes a column of the result.
    fn taker(&self, text: Id, output: &Output) -> Option<Id> {
        let s = self.context.syntax;
        let (chain, at) = self.call(text)?;
        let link = &chain.links[at];
        if INTO.contains(&link.name) {
            let place = link.given.iter().position(|&g| s.is_within(text, g))?;
            let into = *link.given.get(place.checked_sub(1)?)?;
            let name = self.values.type_of(into).filter(|_| self.by_sqlx)?;
            return self.field(name, |f| {
                let column = f
                    .tag("db")
                    .map_or_else(|| f.name.to_lowercase(), str::to_owned);
                column == output.name
            });
        }
        let scans = |l: &&Link<'a>| l.name == "Scan";
        let gives_rows = ROWS.contains(&link.name);
        let scan = match chain.links.get(at + 1).filter(|_| gives_rows) {
            Some(next) => Some(next).filter(scans)?,
            None => {
                let mut on_rows = self.on_rows(link.id)?.filter_map(|c| c.links.first());
                on_rows.find(scans).filter(|_| gives_rows)?
            }
        };
        self.typed(*scan.given.get(output.place?)?)
    }

    /// Returns the declared type of a name, or of a field of a struct of this file.
    fn typed(&self, value: Id) -> Option<Id> {
        let s = self.context.syntax;
        let id = s.bare(value);
        match s.member(id) {
            Some((object, name)) => {
                let of_type = self.values.type_of(object)?;
                self.field(of_type, |f| f.name == s.text(name))
            }
            None => self.values.declared(id).filter(|_| s.is_name(id)),
        }
    }

    fn field(&self, of_struct: &str, is: impl Fn(&Field<'a>) -> bool) -> Option<Id> {
        let mut all = structs(self.context).into_iter();
        let fields = all.find(|t| t.name == of_struct)?.fields;
        fields.iter().find(|f| is(f)).map(|f| f.type_id)
    }

    /// "converting NULL to string is unsupported": <https://pkg.go.dev/database/sql#Rows.Scan>
    fn refuses_null(&self, of_type: Id) -> bool {
        let s = self.context.syntax;
        let text = s.text(of_type);
        match s.kind(of_type) {
            "type_identifier" => PRESENT.contains(&text),
            _ => text == "time.Time",
        }
    }

    /// Returns the call that is given a string, by its chain and its place in that.
    fn call(&self, text: Id) -> Option<(&Chain<'a>, usize)> {
        let s = self.context.syntax;
        let call = s.ancestors(text).find(|&up| s.call(up).is_some())?;
        self.chains.iter().find_map(|chain| {
            let at = chain.links.iter().position(|l| l.id == call)?;
            Some((chain, at))
        })
    }

    fn found(&self, text: Id) -> Option<Fit> {
        let s = self.context.syntax;
        let (chain, at) = self.call(text)?;
        let call = chain.links[at].id;
        let link = &chain.links[at];
        let place = link.given.iter().position(|&g| s.is_within(text, g))?;
        if INTO.contains(&link.name) {
            let into = link.given.get(place.checked_sub(1)?)?;
            let known = self.values.type_of(*into).is_some();
            return (self.by_sqlx && known).then_some(Fit::Named);
        }
        if !ROWS.contains(&link.name) {
            return None;
        }
        match chain.links.get(at + 1) {
            Some(next) => self.taken(next.name),
            None => self.of_rows(call),
        }
    }

    /// `rows, err := db.Query("SELECT * FROM users")`, and what the function calls on `rows`.
    fn on_rows(&self, query: Id) -> Option<impl Iterator<Item = &Chain<'a>>> {
        let s = self.context.syntax;
        let function = s.named_function(query)?;
        Some(self.chains.iter().filter(move |c| {
            s.is_within(c.root, function)
                && s.is_name(c.root)
                && self.values.resolved(c.root) == query
        }))
    }

    fn of_rows(&self, query: Id) -> Option<Fit> {
        let mut fits = Vec::new();
        for link in self.on_rows(query)?.filter_map(|c| c.links.first()) {
            // It looks at the columns itself.
            if matches!(
                link.name,
                "Columns"
                    | "ColumnTypes"
                    | "Values"
                    | "FieldDescriptions"
                    | "MapScan"
                    | "SliceScan"
            ) {
                return None;
            }
            fits.extend(self.taken(link.name));
        }
        fits.first().copied()
    }

    fn taken(&self, name: &str) -> Option<Fit> {
        match name {
            "Scan" => Some(Fit::Counted),
            "StructScan" if self.by_sqlx => Some(Fit::Named),
            _ => None,
        }
    }
}
