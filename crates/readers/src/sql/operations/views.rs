//! Views, and what a query shows and reads.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use coexist_model::{Dialect, Effect, Surface, SurfaceKind};
use sqlparser::ast::{
    Expr, ObjectName, Query, Select, SelectItem, SetExpr, Statement as Parsed, TableFactor, Visit,
    Visitor,
};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::{LONGEST_CHAIN, Lowering};
use crate::sql::cursor::Cursor;
use crate::sql::lex::Kind;
use crate::sql::splitter::{Statement, split};

/// What a query shows and reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shown {
    /// Its columns; None where they cannot be told.
    pub(super) columns: Option<Vec<String>>,
    /// The tables and views it names.
    pub(super) reads: Vec<String>,
}

impl Lowering<'_> {
    pub(super) fn create_view(
        &mut self,
        cursor: &mut Cursor<'_>,
        whole: Cursor<'_>,
        _statement: &Statement,
        temporary: bool,
    ) {
        let conditional = cursor.eat("IF NOT EXISTS");
        let Some(view) = cursor.name() else {
            return self.opaque(&whole, "a view without a name");
        };
        if temporary {
            self.temporary.insert(view);
            return self.nothing(&whole, false);
        }
        let named = cursor.name_list();
        while !cursor.done() && !cursor.is("AS") {
            cursor.skip();
        }
        cursor.eat("AS");
        let shown = self.query(&cursor.rest());
        let columns = if named.is_empty() {
            shown.columns
        } else {
            Some(named)
        };
        if let Some(columns) = &columns {
            self.names.table(&view, columns.clone());
        }
        let reads = shown.reads.into_iter().map(|name| self.relation(name));
        let reads = reads.collect();
        self.kinds.insert(view.clone(), SurfaceKind::View);
        let surface = Surface::new(SurfaceKind::View, view);
        let effect = Effect::CreateView { columns, reads };
        self.emit(surface, effect, whole.span(), conditional);
    }

    /// Returns the surface of a table or of a view of this file.
    pub(super) fn relation(&self, name: String) -> Surface {
        match self.kinds.get(&name) {
            Some(SurfaceKind::View) => Surface::new(SurfaceKind::View, name),
            _ => Surface::table(name),
        }
    }

    /// Returns what a query shows and reads.
    pub(super) fn query(&self, cursor: &Cursor<'_>) -> Shown {
        let span = cursor.span();
        let text = cursor.text.get(span).unwrap_or_default();
        let parsed = parse(text, self.dialect);
        match parsed.as_deref() {
            Some([Parsed::Query(query)]) => Shown {
                columns: self.columns_shown(query),
                reads: relations(query),
            },
            _ => Shown {
                columns: None,
                reads: named_after_from(cursor),
            },
        }
    }
}

impl Lowering<'_> {
    /// Returns the columns of a query; `SELECT * FROM t` has those of a table or view of this file.
    fn columns_shown(&self, query: &Query) -> Option<Vec<String>> {
        let select = first_select(&query.body)?;
        let mut columns = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                    columns.extend(self.names.columns_of_table(&only_table(select)?)?);
                }
                _ => columns.push(shown_as(item)?),
            }
        }
        Some(columns)
    }
}

/// Returns the table of a SELECT from one table alone.
fn only_table(select: &Select) -> Option<String> {
    let [from] = select.from.as_slice() else {
        return None;
    };
    match &from.relation {
        TableFactor::Table {
            name, args: None, ..
        } if from.joins.is_empty() => Some(named(name)),
        _ => None,
    }
}

/// Parses a text, unless it is nested too deep for a parser that recurses.
fn parse(text: &str, dialect: Dialect) -> Option<Vec<Parsed>> {
    let cut = split(text, 0..text.len(), dialect);
    let fits = |s: &Statement| s.depth <= super::DEEPEST && s.chain <= LONGEST_CHAIN;
    if !cut.problems.is_empty() || !cut.statements.iter().all(fits) {
        return None;
    }
    match dialect {
        Dialect::Postgres => Parser::parse_sql(&PostgreSqlDialect {}, text),
        Dialect::MySql => Parser::parse_sql(&MySqlDialect {}, text),
        Dialect::Sqlite => Parser::parse_sql(&SQLiteDialect {}, text),
    }
    .ok()
}

/// The first SELECT of a UNION names its columns.
fn first_select(mut body: &SetExpr) -> Option<&Select> {
    loop {
        match body {
            SetExpr::Select(select) => return Some(select),
            SetExpr::Query(query) => body = &query.body,
            SetExpr::SetOperation { left, .. } => body = left,
            _ => return None,
        }
    }
}

fn shown_as(item: &SelectItem) -> Option<String> {
    let ident = match item {
        SelectItem::ExprWithAlias { alias, .. } => alias,
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => name,
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last()?,
        SelectItem::UnnamedExpr(Expr::Function(function)) => function.name.0.last()?.as_ident()?,
        _ => return None,
    };
    Some(folded(ident))
}

fn folded(ident: &sqlparser::ast::Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

fn relations(query: &Query) -> Vec<String> {
    let mut relations = Relations::default();
    let _ = query.visit(&mut relations);
    let Relations { named, common } = relations;
    named.into_iter().filter(|n| !common.contains(n)).collect()
}

#[derive(Default)]
struct Relations {
    named: BTreeSet<String>,
    common: BTreeSet<String>,
}

impl Visitor for Relations {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.common.extend(tables.map(|t| folded(&t.alias.name)));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.named.insert(named(relation));
        ControlFlow::Continue(())
    }
}

/// Returns a name without the schema that goes without saying.
fn named(name: &ObjectName) -> String {
    let parts = name.0.iter().filter_map(|p| p.as_ident()).map(folded);
    let parts: Vec<String> = parts.collect();
    let implied = |schema: &str| matches!(schema, "public" | "dbo" | "main");
    match parts.as_slice() {
        [schema, rest @ ..] if !rest.is_empty() && implied(schema) => rest.join("."),
        all => all.join("."),
    }
}

/// Returns the names that stand where tables do, for text that no parser takes.
pub(super) fn named_after_from(cursor: &Cursor<'_>) -> Vec<String> {
    let mut ahead = *cursor;
    let (mut named, mut common) = (BTreeSet::new(), BTreeSet::new());
    while !ahead.done() {
        if is_common(&ahead) {
            common.extend(ahead.ident());
        } else if ahead.eat_any(&["FROM", "JOIN", "INTO", "UPDATE", "TABLE"]) {
            let before = ahead
                .at
                .checked_sub(2)
                .map(|at| ahead.text_of(ahead.tokens[at]));
            // `IS DISTINCT FROM`, `FOR UPDATE`, `ON CONFLICT DO UPDATE`, `DO UPDATE SET`.
            let other = before.is_some_and(|b| {
                ["distinct", "for", "do", "or"]
                    .iter()
                    .any(|w| b.eq_ignore_ascii_case(w))
            });
            let _ = ahead.eat("IF EXISTS") || ahead.eat("IF NOT EXISTS");
            let _ = ahead.eat_any(&["ONLY", "LATERAL"]);
            let starts = ahead.at;
            let is_name = ahead
                .token()
                .is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Quoted));
            let keyword = ahead.is_any(
                0,
                &[
                    "SELECT", "SET", "STRICT", "UNNEST", "VALUES", "ON", "OF", "OR", "AND", "SKIP",
                    "NOWAIT", "JOIN", "FROM",
                ],
            );
            if !other && is_name && !keyword {
                let name = ahead.name().unwrap_or_default();
                if !ahead.is_mark(b'(') || ahead.at == starts + 1 && cursor_inserts(&ahead, starts)
                {
                    named.insert(name);
                }
            }
        } else {
            ahead.advance(1);
        }
    }
    let own = |n: &String| !common.contains(n);
    named.into_iter().filter(own).collect()
}

/// `INTO t (a, b)` names a table, `FROM f(x)` a function.
fn cursor_inserts(cursor: &Cursor<'_>, at: usize) -> bool {
    at > 0
        && cursor
            .text_of(cursor.tokens[at - 1])
            .eq_ignore_ascii_case("into")
}

/// `name AS (` or `name AS MATERIALIZED (` after `WITH` or a comma.
fn is_common(cursor: &Cursor<'_>) -> bool {
    let Some(before) = cursor.at.checked_sub(1).map(|at| cursor.tokens[at]) else {
        return false;
    };
    let word = cursor.text_of(before);
    let starts = word == ","
        || ["with", "recursive"]
            .iter()
            .any(|w| word.eq_ignore_ascii_case(w));
    starts && cursor.at_name() && cursor.is_any(1, &["AS"])
}
