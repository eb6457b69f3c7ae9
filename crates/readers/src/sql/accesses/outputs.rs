//! What a statement gives back, and what it is given: the columns of its result, and the placeholders of its values.

use std::collections::BTreeMap;
use std::ops::Range;

use sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, Insert, SelectItem, SetExpr, Spanned, Statement, Update,
    Value,
};

use super::Output;
use super::scope::{Offsets, folded};
use super::walk::{column_names, column_parts};

/// Returns the plain columns of a statement's result, by where the column begins.
pub(super) fn outputs(statement: &Statement, offsets: &Offsets) -> BTreeMap<usize, Output> {
    let items: &[SelectItem] = match statement {
        Statement::Query(query) => match query.body.as_ref() {
            SetExpr::Select(select) => &select.projection,
            _ => &[],
        },
        Statement::Insert(insert) => insert.returning.as_deref().unwrap_or_default(),
        Statement::Update(update) => update.returning.as_deref().unwrap_or_default(),
        Statement::Delete(delete) => delete.returning.as_deref().unwrap_or_default(),
        _ => &[],
    };
    let all = |item: &SelectItem| {
        matches!(
            item,
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
        )
    };
    let known = items.iter().take_while(|item| !all(item)).count();
    let output = |(place, item): (usize, &SelectItem)| {
        let (expr, alias) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, None),
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias)),
            _ => return None,
        };
        let column = column_parts(expr)?.last()?;
        let output = Output {
            name: folded(alias.unwrap_or(column)),
            place: (place < known).then_some(place),
        };
        Some((offsets.range(column.span).start, output))
    };
    items.iter().enumerate().filter_map(output).collect()
}

/// Returns the columns of one new row whose values come from outside.
pub(super) fn bound_in_row(insert: &Insert, offsets: &Offsets) -> Vec<(String, Range<usize>)> {
    let Some(SetExpr::Values(values)) = insert.source.as_ref().map(|s| s.body.as_ref()) else {
        return Vec::new();
    };
    let (Some(columns), [row]) = (column_names(&insert.columns), values.rows.as_slice()) else {
        return Vec::new();
    };
    let pairs = columns.into_iter().zip(row.iter());
    pairs
        .filter_map(|(column, expr)| Some((column, placeholder(expr, offsets)?)))
        .collect()
}

/// Returns the columns of the rows that an UPDATE changes whose values come from outside.
pub(super) fn bound_in_update(update: &Update, offsets: &Offsets) -> Vec<(String, Range<usize>)> {
    let bound = |assignment: &Assignment| match &assignment.target {
        AssignmentTarget::ColumnName(name) => {
            let column = folded(name.0.last()?.as_ident()?);
            Some((column, placeholder(&assignment.value, offsets)?))
        }
        AssignmentTarget::Tuple(_) => None,
    };
    update.assignments.iter().filter_map(bound).collect()
}

fn placeholder(expr: &Expr, offsets: &Offsets) -> Option<Range<usize>> {
    match expr {
        Expr::Nested(inner) => placeholder(inner, offsets),
        Expr::Cast { expr, .. } => placeholder(expr, offsets),
        Expr::Value(value) if matches!(value.value, Value::Placeholder(_)) => {
            Some(offsets.range(expr.span()))
        }
        _ => None,
    }
}
