//! What takes the rows of `SELECT *`: a struct whose fields must have every column, or values by position.
//!
//! sqlx stops at a column without a field unless the database is `Unsafe()`, and leaves a field without a column at zero:
//! <https://jmoiron.github.io/sqlx/#safety>. `Scan` takes exactly as many values as there are columns:
//! <https://pkg.go.dev/database/sql#Rows.Scan>.

use coexist_model::Fit;

use super::values::Values;
use crate::code::chains::{Chain, chains};
use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

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

    fn found(&self, text: Id) -> Option<Fit> {
        let s = self.context.syntax;
        let call = s.ancestors(text).find(|&up| s.call(up).is_some())?;
        let (chain, at) = self.chains.iter().find_map(|chain| {
            let at = chain.links.iter().position(|l| l.id == call)?;
            Some((chain, at))
        })?;
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

    /// `rows, err := db.Query("SELECT * FROM users")`, and what the function does with `rows`.
    fn of_rows(&self, query: Id) -> Option<Fit> {
        let s = self.context.syntax;
        let function = s.named_function(query)?;
        let mut on_rows = self.chains.iter().filter(|c| {
            s.is_within(c.root, function)
                && s.is_name(c.root)
                && self.values.resolved(c.root) == query
        });
        let mut fits = Vec::new();
        for link in on_rows.by_ref().filter_map(|c| c.links.first()) {
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
