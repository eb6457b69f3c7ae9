//! jOOQ: `dsl.select(USERS.EMAIL).from(USERS)`, with constants that it generates of the tables of the store.
//!
//! A constant is the name of its table or column in capitals: <https://www.jooq.org/doc/latest/manual/code-generation/codegen-generatorstrategy/>.
//! `selectFrom` names each column that was there when the constants were generated.

use coexist_model::{
    Access, Confidence, Fit, Hints, Manner, Mode, Reading, Surface, SurfaceKind, Why,
};

use crate::code::context::{Context, Use};
use crate::code::jvm::TONGUES;
use crate::code::syntax::Id;
use crate::code::view::Call;

/// Calls that fetch whole rows of the table that they are given.
const WHOLE: &[&str] = &[
    "selectFrom",
    "fetch",
    "fetchOne",
    "fetchAny",
    "fetchSingle",
    "fetchOptional",
];

/// Adds the uses of wanted tables by their constants.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    let of_jooq = |path: &str| {
        path.split('.')
            .any(|p| matches!(p, "jooq" | "Tables" | "tables"))
    };
    let ours = TONGUES.contains(&context.syntax.profile.tongue)
        && context.imports.iter().any(|i| of_jooq(&i.path));
    let tables = hints.wanted.iter().map(|w| &w.surface);
    let tables: Vec<&Surface> = tables
        .filter(|s| matches!(s.kind, SurfaceKind::Table | SurfaceKind::View))
        .collect();
    if !ours || tables.is_empty() {
        return;
    }
    let uses = Constants { context, tables };
    let s = context.syntax;
    for id in s.all() {
        if let Some(call) = s.call(id) {
            uses.call(id, call, &mut reading.accesses);
        }
        // `Tables.USERS.EMAIL` is one name, and its first part is none of its own.
        let inner = s
            .parent(id)
            .is_some_and(|up| s.member(up).is_some_and(|(o, _)| o == id));
        if let Some((table, column)) = uses.column(id).filter(|_| !inner) {
            let mode = uses.mode(id);
            uses.add(
                id,
                &table,
                Some(column),
                mode,
                Confidence::High,
                &mut reading.accesses,
            );
        }
    }
}

struct Constants<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    tables: Vec<&'c Surface>,
}

impl Constants<'_, '_, '_> {
    fn table_called(&self, constant: &str) -> Option<Surface> {
        let is = |s: &&&Surface| {
            let bare = s.name.rsplit('.').next().unwrap_or(&s.name);
            bare.to_uppercase() == constant
        };
        self.tables.iter().find(is).map(|s| (*s).clone())
    }

    /// `USERS`, `Tables.USERS`.
    fn table(&self, id: Id) -> Option<Surface> {
        let s = self.context.syntax;
        self.table_called(s.path(s.bare(id))?.last()?)
    }

    /// `USERS.EMAIL`.
    fn column(&self, id: Id) -> Option<(Surface, String)> {
        let s = self.context.syntax;
        s.member(id)?;
        let path = s.path(id)?;
        let [.., table, column] = path.as_slice() else {
            return None;
        };
        let constant = column
            .chars()
            .all(|c| c.is_uppercase() || c.is_ascii_digit() || c == '_');
        let table = self.table_called(table).filter(|_| constant)?;
        Some((table, column.to_lowercase()))
    }

    /// What is done with a column, by the call that it is given to.
    fn mode(&self, id: Id) -> Mode {
        let s = self.context.syntax;
        let given_to = s.ancestors(id).take(3).find_map(|up| s.call(up));
        let sets = given_to.is_some_and(|c| {
            s.called(c) == "set" && s.arguments(c).first().is_some_and(|&f| f == id)
        });
        match sets {
            true => Mode::Writes { values: Vec::new() },
            false => Mode::Reads,
        }
    }

    fn call(&self, id: Id, call: Call, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let given = s.arguments(call);
        let table = self.table(*given.first()?)?;
        let called = s.called(call);
        if WHOLE.contains(&called) {
            let mode = Mode::ReadsAll {
                columns: None,
                fit: Fit::Expanded,
            };
            self.add(id, &table, None, mode, Confidence::High, accesses);
        } else if called == "insertInto" {
            let mut columns: Vec<String> = self.columns(&given[1..]);
            if given.len() == 1 {
                columns = self.set_by(id);
            }
            if !columns.is_empty() {
                let mode = Mode::Inserts {
                    columns: Some(columns),
                    positions: None,
                    values: Vec::new(),
                    conflict: None,
                };
                self.add(id, &table, None, mode, Confidence::High, accesses);
            }
        } else if matches!(called, "deleteFrom" | "delete") {
            self.add(id, &table, None, Mode::Deletes, Confidence::High, accesses);
        }
        Some(())
    }

    fn columns(&self, given: &[Id]) -> Vec<String> {
        let columns = given.iter().filter_map(|&g| self.column(g));
        columns.map(|(_, column)| column).collect()
    }

    /// Returns the columns that the calls behind `insertInto(USERS)` name; none where one of them is not understood.
    fn set_by(&self, id: Id) -> Vec<String> {
        let s = self.context.syntax;
        let mut columns = Vec::new();
        let mut at = id;
        for up in s.ancestors(id) {
            if s.member(up).is_some_and(|(object, _)| object == at) && s.call(up).is_none() {
                at = up;
                continue;
            }
            let Some(call) = s.call(up) else { break };
            let goes_on = call.callee == at || s.receiver(call) == Some(at);
            if !goes_on {
                break;
            }
            let given = s.arguments(call);
            match s.called(call) {
                "columns" => columns.extend(self.columns(&given)),
                "set" => match given.first().and_then(|&g| self.column(g)) {
                    Some((_, column)) => columns.push(column),
                    // A record or a map: which columns it has, it says itself.
                    None => return Vec::new(),
                },
                _ => {}
            }
            at = up;
        }
        columns
    }

    fn add(
        &self,
        id: Id,
        table: &Surface,
        element: Option<String>,
        mode: Mode,
        confidence: Confidence,
        accesses: &mut Vec<Access>,
    ) {
        let found = Use {
            surface: table.clone(),
            element,
            mode,
            manner: Manner::Explicit,
            confidence,
            why: Why::ResolvedCall,
        };
        accesses.push(self.context.access(id, found));
    }
}
