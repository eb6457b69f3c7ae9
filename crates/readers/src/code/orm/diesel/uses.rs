//! Queries: `users::table.filter(users::name.eq("a"))`, `insert_into(users::table).values(…)`, `use schema::users::dsl::*`.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Confidence, Manner, Mode, Reading, Surface, SurfaceKind, Why};

use crate::code::context::{Context, Use};
use crate::code::imports::Import;
use crate::code::syntax::{Id, Syntax};

/// Names in a table's module that are no column.
const NO_COLUMNS: &[&str] = &[
    "table",
    "dsl",
    "columns",
    "star",
    "all_columns",
    "self",
    "SqlType",
    "BoxedQuery",
];

/// Calls that put a table into the query of another one, which says what is selected.
const JOINS: &[&str] = &["inner_join", "left_join", "left_outer_join", "right_join"];

/// Calls that fetch the rows of a query, or hold it as it stands.
const RUNS: &[&str] = &[
    "exists",
    "first",
    "get_result",
    "get_results",
    "load",
    "load_iter",
    "load_stream",
];

/// Which columns a query names.
enum Selection {
    /// All that its table declares.
    All,
    /// Those that are listed.
    Some,
    /// The query is handed on, and who gets it may still select.
    Untold,
}

/// Adds the uses of tables in the code of a file.
pub(super) fn read(context: &Context<'_, '_>, own: &BTreeSet<String>, reading: &mut Reading) {
    let scope = Scope::of(context, own);
    let s = context.syntax;
    let finder = Finder { context, scope };
    let mut at = 0;
    let end = s.all().end;
    while at < end {
        let skip = match s.kind(at) {
            "use_declaration" | "attribute_item" => true,
            _ if s.role(at) == Some("macro") => true,
            // Bare tokens, whose meaning only the macro knows; a block among them is read.
            _ if is_token(s, at) => false,
            _ => finder.visit(at, reading),
        };
        at = if skip {
            s.below(at).end.max(at + 1)
        } else {
            at + 1
        };
    }
}

fn is_token(s: &Syntax<'_>, id: Id) -> bool {
    s.parent(id).is_some_and(|up| s.kind(up) == "token_tree")
}

/// The tables, and what the file calls them and their columns.
struct Scope {
    /// Tables by their name here.
    tables: BTreeMap<String, String>,
    /// Tables by the name of a column here.
    columns: BTreeMap<String, (String, String)>,
    /// Tables whose own value is in scope by their name.
    values: BTreeSet<String>,
    /// Whether the file speaks to diesel at all.
    diesel: bool,
}

impl Scope {
    fn of(context: &Context<'_, '_>, own: &BTreeSet<String>) -> Self {
        let diesel = context
            .imports
            .iter()
            .any(|i| i.path.starts_with("diesel") || i.names.iter().any(|(n, _)| n == "diesel"));
        let mut scope = Self {
            tables: own.iter().map(|t| (t.clone(), t.clone())).collect(),
            columns: BTreeMap::new(),
            values: BTreeSet::new(),
            diesel: diesel || context.file.text.contains("diesel::"),
        };
        for import in context.imports {
            scope.add(import);
        }
        scope.add_queried(context.syntax);
        scope
    }

    /// Adds what is queried as `users::table` though nothing imports it: a macro around the query does.
    fn add_queried(&mut self, s: &Syntax<'_>) {
        if !self.diesel {
            return;
        }
        for id in s.all().filter(|&id| s.kind(id) == "scoped_identifier") {
            if let Some([module, "table"]) = s.path(id).as_deref()
                && is_module(module)
            {
                self.tables
                    .entry((*module).to_owned())
                    .or_insert_with(|| (*module).to_owned());
            }
        }
    }

    fn add(&mut self, import: &Import) {
        let segments: Vec<&str> = import.path.split("::").collect();
        let last = segments.last().copied().unwrap_or_default();
        if is_schema(last) && self.diesel {
            let tables = import.names.iter().filter(|(there, _)| is_column(there));
            self.tables
                .extend(tables.map(|(there, here)| (here.clone(), there.clone())));
            return;
        }
        // `schema::users::…` or `schema::users::dsl::…`
        let module: Vec<&str> = segments
            .iter()
            .copied()
            .filter(|s| *s != "dsl" && *s != "columns")
            .collect();
        let Some((table, before)) = module.split_last() else {
            return;
        };
        let from_schema =
            before.last().copied().is_some_and(is_schema) || self.tables.contains_key(*table);
        if !from_schema {
            return;
        }
        let table = (*table).to_owned();
        self.tables.insert(table.clone(), table.clone());
        if import.wildcard && segments.contains(&"dsl") {
            self.values.insert(table.clone());
        }
        for (there, here) in &import.names {
            if *there == table {
                self.values.insert(table.clone());
            } else if !NO_COLUMNS.contains(&there.as_str()) {
                self.columns
                    .insert(here.clone(), (table.clone(), there.clone()));
            }
        }
    }
}

struct Finder<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    scope: Scope,
}

impl Finder<'_, '_, '_> {
    /// Returns whether the node was a use, as a whole.
    fn visit(&self, id: Id, reading: &mut Reading) -> bool {
        let s = self.context.syntax;
        match s.kind(id) {
            "scoped_identifier" => {
                let Some(path) = s.path(id) else { return false };
                self.path(id, &path, reading)
            }
            "identifier" => self.bare(id, reading),
            _ => false,
        }
    }

    fn path(&self, id: Id, path: &[&str], reading: &mut Reading) -> bool {
        let (path, dsl): (Vec<&str>, bool) = (
            path.iter().copied().filter(|p| *p != "dsl").collect(),
            path.contains(&"dsl"),
        );
        let [.., module, name] = path.as_slice() else {
            return false;
        };
        let qualified = path.len() > 2 && is_schema(path[path.len() - 3]);
        let known = self.scope.tables.get(*module).filter(|_| path.len() == 2);
        let table = known.cloned().or_else(|| {
            let is_table = *name == "table" && self.scope.diesel && is_module(module);
            (qualified || is_table).then(|| (*module).to_owned())
        });
        let Some(table) = table else { return false };
        if *name == "table" || matches!(*name, "all_columns" | "star") || (dsl && *name == table) {
            self.table(id, &table, reading);
        } else if is_column(name) {
            self.column(id, &table, name, reading);
        }
        true
    }

    fn bare(&self, id: Id, reading: &mut Reading) -> bool {
        let s = self.context.syntax;
        // Only values: no names of parameters, fields or functions.
        let is_value = !matches!(
            s.role(id),
            Some("pattern" | "name" | "field" | "macro" | "alias" | "type")
        );
        if !is_value {
            return false;
        }
        if self.scope.values.contains(s.text(id)) {
            self.table(id, s.text(id), reading);
        } else if let Some((table, column)) = self.scope.columns.get(s.text(id)) {
            self.column(id, table, column, reading);
        }
        true
    }

    fn add(&self, id: Id, table: &str, element: Option<&str>, mode: Mode, reading: &mut Reading) {
        self.add_as(id, table, element, mode, Confidence::High, reading);
    }

    fn add_as(
        &self,
        id: Id,
        table: &str,
        element: Option<&str>,
        mode: Mode,
        confidence: Confidence,
        reading: &mut Reading,
    ) {
        let found = Use {
            surface: Surface::new(SurfaceKind::Model, table),
            element: element.map(str::to_owned),
            manner: if mode == Mode::Queries {
                Manner::Implicit
            } else {
                Manner::Explicit
            },
            mode,
            confidence,
            why: Why::ResolvedCall,
        };
        reading.accesses.push(self.context.access(id, found));
    }

    /// `users::table`, and what the query around it does.
    fn table(&self, id: Id, table: &str, reading: &mut Reading) {
        let chain = self.chain(id);
        let has = |name: &str| chain.iter().any(|(n, _)| *n == name);
        let statement = has("insert_into") || has("replace_into") || has("update") || has("delete");
        // A statement hands its rows back only where they are asked for.
        let silent = statement && !chain.iter().any(|(n, _)| RUNS.contains(n));
        let (mode, confidence) = match self.selection(id, &chain) {
            _ if has("delete") && silent => (Mode::Deletes, Confidence::High),
            _ if silent => (Mode::Reads, Confidence::High),
            Selection::Some => (Mode::Reads, Confidence::High),
            Selection::All => (Mode::Queries, Confidence::High),
            Selection::Untold => (Mode::Queries, Confidence::Medium),
        };
        self.add_as(id, table, None, mode, confidence, reading);
        if has("insert_into") {
            self.inserted(&chain, table, reading);
        }
    }

    /// Returns which columns the query names: those that a `.select(…)` lists, else all.
    fn selection(&self, id: Id, chain: &[(&str, Id)]) -> Selection {
        let has = |names: &[&str]| chain.iter().any(|(n, _)| names.contains(n));
        if self.narrows(chain) {
            return Selection::Some;
        }
        if has(RUNS) || has(&["insert_into", "update", "delete"]) {
            return Selection::All;
        }
        let continued = self.continuations(id, chain);
        let (narrowed, whole): (Vec<_>, Vec<_>) =
            continued.iter().partition(|chain| self.narrows(chain));
        let runs = |chain: &&Vec<(&str, Id)>| chain.iter().any(|(n, _)| RUNS.contains(n));
        match (whole.iter().any(runs), narrowed.is_empty()) {
            (true, _) => Selection::All,
            (false, false) => Selection::Some,
            // Returned, or handed to something that may select.
            (false, true) => Selection::Untold,
        }
    }

    fn narrows(&self, chain: &[(&str, Id)]) -> bool {
        chain.iter().any(|(name, call)| match *name {
            "select" | "returning" => !self.selects_all(*call),
            "count" => true,
            _ => false,
        })
    }

    /// Returns the chains of calls that go on from the variable that holds the query.
    fn continuations(&self, id: Id, chain: &[(&str, Id)]) -> Vec<Vec<(&str, Id)>> {
        let s = self.context.syntax;
        let top = chain.last().map_or(id, |(_, call)| *call);
        let holds = |up: Id| match s.kind(up) {
            "let_declaration" => s.child(up, "pattern"),
            "assignment_expression" => s.child(up, "left"),
            _ => None,
        };
        let transparent = |up: &Id| {
            matches!(s.kind(*up), "try_expression" | "await_expression") || holds(*up).is_some()
        };
        let declared = s.ancestors(top).take_while(transparent).find_map(holds);
        let Some(name) = declared.map(|at| s.text(at).trim_start_matches("mut ")) else {
            return Vec::new();
        };
        let function = s.ancestors(top).find(|&up| {
            matches!(
                s.kind(up),
                "function_item" | "closure_expression" | "async_block"
            )
        });
        let Some(function) = function else {
            return Vec::new();
        };
        let later = s
            .below(function)
            .filter(|&at| at > top && s.kind(at) == "identifier" && s.text(at) == name);
        later.map(|at| self.chain(at)).collect()
    }

    /// `.values((users::a.eq(1), users::b.eq(2)))`.
    fn inserted(&self, chain: &[(&str, Id)], table: &str, reading: &mut Reading) {
        let s = self.context.syntax;
        let Some((_, values)) = chain.iter().find(|(name, _)| *name == "values") else {
            return;
        };
        let Some(call) = s.call(*values) else { return };
        let Some(&given) = s.arguments(call).first() else {
            return;
        };
        let parts: Vec<Id> = if s.kind(given) == "tuple_expression" {
            s.named(given).collect()
        } else {
            vec![given]
        };
        let pairs: Vec<(String, Option<String>)> = parts
            .iter()
            .filter_map(|&p| self.assigned(p, table))
            .collect();
        if pairs.len() != parts.len() {
            return;
        }
        let mode = Mode::Inserts {
            columns: Some(pairs.iter().map(|(c, _)| c.clone()).collect()),
            positions: None,
            values: pairs
                .into_iter()
                .filter_map(|(c, v)| Some((c, v?)))
                .collect(),
            conflict: None,
        };
        self.add(*values, table, None, mode, reading);
    }

    /// `users::a.eq(1)`: the column, and the value where it is a literal.
    fn assigned(&self, id: Id, table: &str) -> Option<(String, Option<String>)> {
        let s = self.context.syntax;
        let call = s.call(s.bare(id))?;
        if s.called(call) != "eq" {
            return None;
        }
        let path = s.path(s.receiver(call)?)?;
        let name = (*path.last()?).to_owned();
        let column = match path.len() {
            1 => self
                .scope
                .columns
                .get(&name)
                .filter(|(t, _)| t == table)
                .map(|(_, c)| c.clone())?,
            _ => name,
        };
        let value = s.arguments(call).first().and_then(|&v| self.literal(v));
        Some((column, value))
    }

    fn literal(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        let literal = matches!(
            s.kind(id),
            "integer_literal" | "float_literal" | "boolean_literal"
        );
        self.context
            .strings
            .plain(id)
            .or_else(|| literal.then(|| s.text(id).to_owned()))
    }

    fn selects_all(&self, select: Id) -> bool {
        let s = self.context.syntax;
        let arguments = s.call(select).map(|c| s.arguments(c)).unwrap_or_default();
        arguments
            .first()
            .is_some_and(|&a| s.text(a).contains("all_columns") || s.text(a).ends_with("::star"))
    }

    /// Returns the calls of the statement around a table, from the inside.
    fn chain(&self, id: Id) -> Vec<(&str, Id)> {
        let s = self.context.syntax;
        let mut chain = Vec::new();
        let mut below = id;
        for up in s.ancestors(id).take(200) {
            if let Some(call) = s.call(up) {
                let name = s.called(call);
                let is_receiver = s.is_within(below, call.callee);
                let statement = matches!(
                    name,
                    "insert_into" | "replace_into" | "update" | "delete" | "insert_or_ignore_into"
                );
                if !is_receiver && !statement && !JOINS.contains(&name) && name != "exists" {
                    break;
                }
                chain.push((name, up));
            } else if !matches!(
                s.kind(up),
                "field_expression"
                    | "arguments"
                    | "try_expression"
                    | "await_expression"
                    | "reference_expression"
                    | "generic_function"
            ) {
                break;
            }
            below = up;
        }
        chain
    }

    /// `users::name`, read or written.
    fn column(&self, id: Id, table: &str, column: &str, reading: &mut Reading) {
        let s = self.context.syntax;
        let mut written = None;
        let mut below = id;
        for up in s.ancestors(id).take(40) {
            if let Some(call) = s.call(up) {
                let name = s.called(call);
                let is_receiver = s.is_within(below, call.callee);
                match (name, is_receiver) {
                    ("eq", true) if written.is_none() => {
                        written = Some(s.arguments(call).first().and_then(|&v| self.literal(v)));
                    }
                    ("set" | "values", false) if written.is_some() => {
                        let values = written.flatten().into_iter().collect();
                        // What an insert names is said by the insert.
                        if name == "set" {
                            self.add(id, table, Some(column), Mode::Writes { values }, reading);
                        }
                        return;
                    }
                    (_, true) => {}
                    _ => break,
                }
            } else if matches!(s.kind(up), "block" | "expression_statement") {
                break;
            }
            below = up;
        }
        self.add(id, table, Some(column), Mode::Reads, reading);
    }
}

/// Returns whether a name can be the module of a table.
fn is_module(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !matches!(name, "super" | "self" | "crate" | "diesel")
}

/// Returns whether a module is called as the one that `diesel print-schema` writes. A crate `app_schema` holds other things too.
fn is_schema(module: &str) -> bool {
    module == "schema"
}

fn is_column(name: &str) -> bool {
    !NO_COLUMNS.contains(&name) && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
}
