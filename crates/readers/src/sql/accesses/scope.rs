//! Which tables a name can mean at a place in a statement.

use std::collections::BTreeSet;
use std::ops::Range;

use sqlparser::ast::{
    Ident, Join, JoinConstraint, JoinOperator, ObjectName, TableFactor, TableWithJoins,
};
use sqlparser::tokenizer::Span;

/// A name in FROM, UPDATE, INTO, USING.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// The name by which columns are qualified.
    pub(super) alias: String,
    /// The table; None for a subquery, a CTE, a function, or a name that is a placeholder.
    pub(super) table: Option<String>,
    /// Where the table is named.
    pub(super) span: Span,
    /// Whether its columns have other names here: `t AS x(a, b)`.
    pub(super) renamed: bool,
}

/// The relations of one SELECT, UPDATE, DELETE, INSERT or MERGE.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) relations: Vec<Relation>,
    /// The names of the CTEs that are visible from here on.
    pub(super) ctes: BTreeSet<String>,
    /// The names that the SELECT list gives out.
    pub(super) outputs: BTreeSet<String>,
    /// Where an output name comes before a column: HAVING.
    pub(super) output_first: Option<Range<usize>>,
    /// Whether unqualified names outside of it cannot be seen, or mean nothing here.
    pub(super) closed: bool,
}

/// Returns the name of an identifier: unquoted and folded, unless it was quoted with capitals.
pub(super) fn folded(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

/// Returns the name of a table or type, without the schema that every database looks in by default.
pub(super) fn relation_name(name: &ObjectName) -> Option<String> {
    let parts: Vec<String> = name
        .0
        .iter()
        .map(|p| p.as_ident().map(folded))
        .collect::<Option<_>>()?;
    let (last, rest) = parts.split_last()?;
    match rest.last().map(String::as_str) {
        None | Some("public" | "main" | "dbo") => Some(last.clone()),
        Some(schema) if is_hole(schema) => Some(last.clone()),
        Some(schema) => Some(format!("{schema}.{last}")),
    }
}

/// Returns whether a name is what a placeholder was turned into.
pub(super) fn is_hole(name: &str) -> bool {
    name.ends_with("__") || name.starts_with("__") || name == "_"
}

/// Returns the span of an object's own name, without its schema.
pub(super) fn name_span(name: &ObjectName) -> Span {
    name.0
        .last()
        .and_then(|p| p.as_ident())
        .map_or_else(Span::empty, |i| i.span)
}

/// What a FROM list holds.
#[derive(Debug, Default)]
pub(super) struct FromList<'a> {
    pub(super) relations: Vec<Relation>,
    /// The columns of `JOIN … USING (…)`.
    pub(super) using: Vec<&'a ObjectName>,
}

impl<'a> FromList<'a> {
    pub(super) fn of(
        tables: impl IntoIterator<Item = &'a TableWithJoins>,
        ctes: &dyn Fn(&str) -> bool,
    ) -> Self {
        let mut list = Self::default();
        for table in tables {
            list.joined(table, ctes);
        }
        list
    }

    fn joined(&mut self, table: &'a TableWithJoins, ctes: &dyn Fn(&str) -> bool) {
        self.factor(&table.relation, ctes);
        for join in &table.joins {
            self.factor(&join.relation, ctes);
            if let Some(JoinConstraint::Using(columns)) = constraint(join) {
                self.using.extend(columns);
            }
        }
    }

    pub(super) fn factor(&mut self, factor: &'a TableFactor, ctes: &dyn Fn(&str) -> bool) {
        match factor {
            TableFactor::Table {
                name, alias, args, ..
            } => {
                let own = relation_name(name).unwrap_or_default();
                let last = name
                    .0
                    .last()
                    .and_then(|p| p.as_ident())
                    .map(folded)
                    .unwrap_or_default();
                let renamed = alias.as_ref().is_some_and(|a| !a.columns.is_empty());
                let by_cte = name.0.len() == 1 && ctes(&own);
                let is_table = args.is_none() && !is_hole(&last) && !own.is_empty() && !by_cte;
                let table = is_table.then_some(own);
                let alias = alias.as_ref().map_or(last, |a| folded(&a.name));
                self.relations.push(Relation {
                    alias,
                    table,
                    span: name_span(name),
                    renamed,
                });
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.joined(table_with_joins, ctes),
            TableFactor::Derived { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::OpenJsonTable { alias, .. }
            | TableFactor::XmlTable { alias, .. } => {
                let alias = alias.as_ref().map(|a| folded(&a.name)).unwrap_or_default();
                self.relations.push(Relation {
                    alias,
                    table: None,
                    span: Span::empty(),
                    renamed: false,
                });
            }
            _ => self.relations.push(Relation {
                alias: String::new(),
                table: None,
                span: Span::empty(),
                renamed: false,
            }),
        }
    }
}

fn constraint(join: &Join) -> Option<&JoinConstraint> {
    match &join.join_operator {
        JoinOperator::Join(c)
        | JoinOperator::Inner(c)
        | JoinOperator::Left(c)
        | JoinOperator::LeftOuter(c)
        | JoinOperator::Right(c)
        | JoinOperator::RightOuter(c)
        | JoinOperator::FullOuter(c) => Some(c),
        _ => None,
    }
}

/// Turns the parser's lines and columns into bytes.
pub(super) struct Offsets {
    lines: Vec<usize>,
    text: String,
}

impl Offsets {
    pub(super) fn of(text: &str) -> Self {
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            lines,
            text: text.to_owned(),
        }
    }

    pub(super) fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.line, span.start.column);
        let end = self.byte(span.end.line, span.end.column);
        start..end.max(start)
    }

    fn byte(&self, line: u64, column: u64) -> usize {
        let (line, column) = (
            line.saturating_sub(1) as usize,
            column.saturating_sub(1) as usize,
        );
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        let end = self.lines.get(line + 1).copied().unwrap_or(self.text.len());
        let line = &self.text[start..end];
        if line.is_ascii() {
            return start + column.min(line.len());
        }
        start
            + line
                .char_indices()
                .nth(column)
                .map_or(line.len(), |(at, _)| at)
    }
}
