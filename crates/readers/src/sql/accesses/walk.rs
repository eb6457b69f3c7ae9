//! The walk over a parsed statement.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use coexist_model::{Confidence, Dialect, Fit, Manner, Mode, Surface, Why};
use sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, ConflictTarget, Delete, Expr, FromTable,
    Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident, Insert, Merge,
    MergeAction, MergeInsertKind, MergeUpdateKind, ObjectName, OnConflictAction, OnInsert, OrderBy,
    Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Spanned, Statement,
    TableObject, Update, UpdateTableFromKind, Value, Visit, Visitor,
};
use sqlparser::tokenizer::Span;

use super::literals::{cast_value, literal};
use super::outputs::{bound_in_row, bound_in_update, outputs};
use super::scope::{FromList, Offsets, Relation, Scope, folded, is_hole, name_span, relation_name};
use super::{Found, Output};

/// Rows of a VALUES list that are looked at for literals; a seed can have thousands.
const ROWS: usize = 64;

/// Returns the uses in the statements; spans are bytes of `text`.
pub(super) fn uses(text: &str, statements: &[Statement], dialect: Dialect) -> Vec<Found> {
    let mut walk = Walk {
        dialect,
        offsets: Offsets::of(text),
        scopes: Vec::new(),
        in_tail: 0,
        outputs: BTreeMap::new(),
        found: Vec::new(),
    };
    for statement in statements {
        if is_query(statement) {
            walk.outputs = outputs(statement, &walk.offsets);
            let _ = statement.visit(&mut walk);
        }
    }
    let mut found = walk.found;
    found.sort_by(|a, b| {
        (a.span.start, &a.surface, &a.element).cmp(&(b.span.start, &b.surface, &b.element))
    });
    found.dedup();
    found
}

fn is_query(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Query(_)
            | Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Merge(_)
            | Statement::Explain { .. }
            | Statement::Truncate(_)
    )
}

struct Walk {
    dialect: Dialect,
    offsets: Offsets,
    scopes: Vec<Scope>,
    /// How many ORDER BY and GROUP BY are open: there an output name comes before a column.
    in_tail: usize,
    /// The plain columns of the result, by where they begin.
    outputs: BTreeMap<usize, Output>,
    found: Vec<Found>,
}

impl Visitor for Walk {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge(merge) => self.merge(merge),
            Statement::Truncate(truncate) => {
                for target in &truncate.table_names {
                    self.whole(&target.name, Mode::Deletes);
                }
                self.scopes.push(Scope::default());
            }
            _ => self.scopes.push(Scope::default()),
        }
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let ctes = query
            .with
            .iter()
            .flat_map(|w| &w.cte_tables)
            .map(|c| folded(&c.alias.name))
            .collect();
        self.scopes.push(Scope {
            ctes,
            ..Scope::default()
        });
        let mut scope = match query.body.as_ref() {
            SetExpr::Select(select) => self.select_scope(select),
            _ => Scope {
                closed: true,
                ..Scope::default()
            },
        };
        if let Some(last) = self.scopes.last_mut() {
            scope.ctes = std::mem::take(&mut last.ctes);
            *last = scope;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let scope = self.select_scope(select);
        self.tables(&scope.relations.clone());
        self.scopes.push(scope);
        self.using(select);
        self.items(&select.projection);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_order_by(&mut self, _: &OrderBy) -> ControlFlow<()> {
        self.in_tail += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_order_by(&mut self, _: &OrderBy) -> ControlFlow<()> {
        self.in_tail -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_group_by(&mut self, _: &GroupByExpr) -> ControlFlow<()> {
        self.in_tail += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_group_by(&mut self, _: &GroupByExpr) -> ControlFlow<()> {
        self.in_tail -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => self.read(expr, &Mode::Reads),
            Expr::BinaryOp { left, op, right } if is_equality(op) => {
                self.compared(left, std::slice::from_ref(right));
                self.compared(right, std::slice::from_ref(left));
            }
            Expr::InList { expr, list, .. } => self.compared(expr, list),
            Expr::Function(function) => self.fallback(function),
            Expr::Cast { .. } => {
                if let Some((surface, value)) = cast_value(expr) {
                    self.push(
                        surface,
                        Some(value),
                        Mode::Reads,
                        Confidence::High,
                        expr.span(),
                    );
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn is_equality(op: &BinaryOperator) -> bool {
    matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq)
}

impl Walk {
    /// A column that stands in an expression.
    fn read(&mut self, expr: &Expr, mode: &Mode) {
        match expr {
            Expr::Identifier(ident) => self.column(ident, mode),
            Expr::CompoundIdentifier(parts) => self.qualified(parts, mode),
            _ => {}
        }
    }

    /// `status = 'open'`, `status IN ('open', 'shut')`: the column is read besides.
    fn compared<E: std::borrow::Borrow<Expr>>(&mut self, column: &Expr, with: &[E]) {
        let text = |e: &E| match e.borrow() {
            Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)) => {
                literal(e.borrow())
            }
            _ => None,
        };
        let values: Vec<String> = with.iter().filter_map(text).collect();
        if !values.is_empty() {
            self.read(column, &Mode::Compares { values });
        }
    }

    fn push(
        &mut self,
        surface: Surface,
        element: Option<String>,
        mode: Mode,
        confidence: Confidence,
        span: Span,
    ) {
        let all = matches!(mode, Mode::ReadsAll { .. });
        let span = self.offsets.range(span);
        let output = self.outputs.get(&span.start);
        self.found.push(Found {
            output: output.filter(|_| mode == Mode::Reads).cloned(),
            bound: Vec::new(),
            surface,
            element,
            mode,
            manner: if all {
                Manner::Implicit
            } else {
                Manner::Explicit
            },
            confidence,
            why: if all { Why::Shape } else { Why::ParsedSql },
            span,
        });
    }

    fn is_cte(&self, name: &str) -> bool {
        self.scopes.iter().any(|s| s.ctes.contains(name))
    }

    fn select_scope(&self, select: &Select) -> Scope {
        let list = FromList::of(&select.from, &|name| self.is_cte(name));
        let output = |item: &SelectItem| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
            _ => None,
        };
        Scope {
            relations: list.relations,
            outputs: select.projection.iter().filter_map(output).collect(),
            output_first: select.having.as_ref().map(|h| self.offsets.range(h.span())),
            ..Scope::default()
        }
    }

    /// A table in FROM is read, whichever of its columns are.
    fn tables(&mut self, relations: &[Relation]) {
        for relation in relations {
            if let Some(table) = &relation.table {
                self.push(
                    Surface::table(table.clone()),
                    None,
                    Mode::Reads,
                    Confidence::High,
                    relation.span,
                );
            }
        }
    }

    fn whole(&mut self, name: &ObjectName, mode: Mode) {
        if let Some(table) = relation_name(name).filter(|t| !is_hole(t)) {
            self.push(
                Surface::table(table),
                None,
                mode,
                Confidence::High,
                name_span(name),
            );
        }
    }

    fn using(&mut self, select: &Select) {
        let list = FromList::of(&select.from, &|name| self.is_cte(name));
        let sure = list.relations.len() == 2;
        let confidence = if sure {
            Confidence::High
        } else {
            Confidence::Medium
        };
        for column in &list.using {
            let Some(ident) = column
                .0
                .last()
                .and_then(|p| p.as_ident())
                .filter(|i| !is_hole(&i.value))
            else {
                continue;
            };
            for table in list.relations.iter().filter_map(|r| r.table.clone()) {
                self.push(
                    Surface::table(table),
                    Some(folded(ident)),
                    Mode::Reads,
                    confidence,
                    ident.span,
                );
            }
        }
    }

    /// `*` and `t.*` of a SELECT list or RETURNING.
    fn items(&mut self, items: &[SelectItem]) {
        let all = || Mode::ReadsAll {
            columns: None,
            fit: Fit::Unclear,
        };
        for item in items {
            match item {
                SelectItem::Wildcard(options) => {
                    let span = options.wildcard_token.0.span;
                    let relations = self
                        .scopes
                        .last()
                        .map(|s| s.relations.clone())
                        .unwrap_or_default();
                    for table in relations.into_iter().filter_map(|r| r.table) {
                        self.push(Surface::table(table), None, all(), Confidence::Medium, span);
                    }
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let alias = name.0.last().and_then(|p| p.as_ident()).map(folded);
                    let table = alias.and_then(|a| self.aliased(&a)).and_then(|r| r.table);
                    if let Some(table) = table {
                        self.push(
                            Surface::table(table),
                            None,
                            all(),
                            Confidence::Medium,
                            name_span(name),
                        );
                    }
                }
                _ => {}
            }
        }
    }

    fn aliased(&self, alias: &str) -> Option<Relation> {
        let exact = self
            .scopes
            .iter()
            .rev()
            .flat_map(|s| &s.relations)
            .find(|r| r.alias == alias);
        let loose = || {
            self.scopes
                .iter()
                .rev()
                .flat_map(|s| &s.relations)
                .find(|r| r.alias.eq_ignore_ascii_case(alias))
        };
        exact.or_else(loose).cloned()
    }

    /// `alias.column`, `table.column`, `schema.table.column`.
    fn qualified(&mut self, parts: &[Ident], mode: &Mode) {
        let [.., qualifier, column] = parts else {
            return;
        };
        if is_hole(&column.value) || column.value == "*" {
            return;
        }
        match self.aliased(&folded(qualifier)) {
            Some(Relation {
                table: Some(table),
                renamed: false,
                ..
            }) => {
                self.push(
                    Surface::table(table),
                    Some(folded(column)),
                    mode.clone(),
                    Confidence::High,
                    column.span,
                );
            }
            Some(_) => {}
            // `column.field` of a composite, or a name that only the database knows.
            None if parts.len() == 2 => self.column(qualifier, mode),
            None => {}
        }
    }

    /// `COALESCE(new, old)`: the second column counts where the first one is NULL.
    fn fallback(&mut self, function: &Function) {
        let name = function
            .name
            .0
            .last()
            .and_then(|p| p.as_ident())
            .map(folded);
        let FunctionArguments::List(list) = &function.args else {
            return;
        };
        if !matches!(name.as_deref(), Some("coalesce" | "ifnull")) {
            return;
        }
        let columns = list.args.iter().map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => column_parts(expr),
            _ => None,
        });
        let columns: Vec<Option<&[Ident]>> = columns.collect();
        for pair in columns.windows(2) {
            let [Some([.., from]), Some(parts)] = pair else {
                continue;
            };
            let mode = Mode::FallsBack { from: folded(from) };
            match parts {
                [column] => self.column(column, &mode),
                parts => self.qualified(parts, &mode),
            }
        }
    }

    fn column(&mut self, ident: &Ident, mode: &Mode) {
        let name = folded(ident);
        if is_hole(&name) || (ident.quote_style.is_none() && is_no_column(&name)) {
            return;
        }
        let at = self.offsets.range(ident.span).start;
        let Some(scope) = self
            .scopes
            .iter()
            .rev()
            .find(|s| s.closed || !s.relations.is_empty())
        else {
            return;
        };
        let tail = self.in_tail > 0 || scope.output_first.as_ref().is_some_and(|r| r.contains(&at));
        let names_row = self
            .scopes
            .iter()
            .flat_map(|s| &s.relations)
            .any(|r| r.alias == name);
        if scope.closed || names_row || (tail && scope.outputs.contains(&name)) {
            return;
        }
        let tables: BTreeSet<String> = scope
            .relations
            .iter()
            .filter(|r| !r.renamed)
            .filter_map(|r| r.table.clone())
            .collect();
        // One table alone can have the column. In SQLite a name in double quotes that is no column is a text:
        // https://www.sqlite.org/quirks.html#double_quoted_string_literals_are_accepted
        let alone = tables.len() == 1
            && scope
                .relations
                .iter()
                .all(|r| r.table.is_some() && !r.renamed);
        let maybe_text = self.dialect == Dialect::Sqlite && ident.quote_style == Some('"');
        let confidence = if alone && !maybe_text {
            Confidence::High
        } else {
            Confidence::Medium
        };
        for table in tables {
            self.push(
                Surface::table(table),
                Some(name.clone()),
                mode.clone(),
                confidence,
                ident.span,
            );
        }
    }

    fn insert(&mut self, insert: &Insert) {
        let mut scope = Scope::default();
        let target = match &insert.table {
            TableObject::TableName(name) => relation_name(name)
                .filter(|t| !is_hole(t))
                .map(|t| (t, name)),
            _ => None,
        };
        if let Some((table, name)) = &target {
            let last = name
                .0
                .last()
                .and_then(|p| p.as_ident())
                .map(folded)
                .unwrap_or_default();
            let alias = insert
                .table_alias
                .as_ref()
                .map_or(last, |a| folded(&a.alias));
            for alias in [alias, "excluded".to_owned()] {
                scope.relations.push(Relation {
                    alias,
                    table: Some(table.clone()),
                    span: name_span(name),
                    renamed: false,
                });
            }
            let confidence = if insert.ignore || insert.or.is_some() {
                Confidence::Medium
            } else {
                Confidence::High
            };
            let mode = insert_mode(insert);
            self.push(
                Surface::table(table.clone()),
                None,
                mode,
                confidence,
                name_span(name),
            );
            if let Some(found) = self.found.last_mut() {
                found.bound = bound_in_row(insert, &self.offsets);
            }
            self.typed_values(insert);
        }
        // `excluded` has the columns of the table itself: unqualified names mean the table.
        let only_table = Scope {
            relations: scope.relations.first().cloned().into_iter().collect(),
            ..Scope::default()
        };
        self.scopes.push(Scope {
            closed: false,
            ..scope
        });
        match &insert.on {
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => self.assignments(assignments),
            Some(OnInsert::OnConflict(conflict)) => {
                if let OnConflictAction::DoUpdate(update) = &conflict.action {
                    self.assignments(&update.assignments);
                }
            }
            _ => {}
        }
        if let Some(items) = &insert.returning {
            self.scopes.push(only_table);
            self.items(items);
            self.scopes.pop();
        }
    }

    /// `'a'::status` among the values.
    fn typed_values(&mut self, insert: &Insert) {
        let Some(SetExpr::Values(values)) = insert.source.as_ref().map(|s| s.body.as_ref()) else {
            return;
        };
        for expr in values.rows.iter().take(ROWS).flat_map(|row| row.iter()) {
            self.typed_value(expr);
        }
    }

    fn typed_value(&mut self, expr: &Expr) {
        if let Some((surface, value)) = cast_value(expr) {
            let mode = Mode::Writes {
                values: vec![value.clone()],
            };
            self.push(surface, Some(value), mode, Confidence::High, expr.span());
        }
    }

    fn update(&mut self, update: &Update) {
        let from = match &update.from {
            Some(
                UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables),
            ) => tables.as_slice(),
            None => &[],
        };
        let target = FromList::of([&update.table], &|name| self.is_cte(name)).relations;
        let rest = FromList::of(from, &|name| self.is_cte(name)).relations;
        self.tables(&target);
        if let (Some(found), [_]) = (self.found.last_mut(), target.as_slice()) {
            found.bound = bound_in_update(update, &self.offsets);
        }
        self.tables(&rest);
        // Only MySQL updates several tables; elsewhere a target column is one of the first table.
        self.scopes.push(Scope {
            relations: target.clone(),
            ..Scope::default()
        });
        self.assignments(&update.assignments);
        if let Some(scope) = self.scopes.last_mut() {
            scope.relations = target.into_iter().chain(rest).collect();
        }
        self.items(update.returning.as_deref().unwrap_or_default());
    }

    fn assignments(&mut self, assignments: &[Assignment]) {
        for assignment in assignments {
            let values = literal(&assignment.value).into_iter().collect();
            let mode = Mode::Writes { values };
            match &assignment.target {
                AssignmentTarget::ColumnName(name) => self.assigned(name, &mode),
                AssignmentTarget::Tuple(names) => {
                    for name in names {
                        self.assigned(name, &Mode::Writes { values: Vec::new() });
                    }
                }
            }
            self.typed_value(&assignment.value);
        }
    }

    fn assigned(&mut self, name: &ObjectName, mode: &Mode) {
        let parts: Vec<Ident> = name
            .0
            .iter()
            .filter_map(|p| p.as_ident())
            .cloned()
            .collect();
        match parts.as_slice() {
            [column] => self.column(column, mode),
            [] => {}
            many => self.qualified(many, mode),
        }
    }

    fn delete(&mut self, delete: &Delete) {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let target = FromList::of(from, &|name| self.is_cte(name)).relations;
        let using = delete.using.as_deref().unwrap_or_default();
        let using = FromList::of(using, &|name| self.is_cte(name)).relations;
        let named: Vec<String> = delete.tables.iter().filter_map(relation_name).collect();
        for relation in &target {
            // `DELETE a FROM a JOIN b`: rows of b are only read.
            let removed = named.is_empty() || named.contains(&relation.alias);
            let mode = if removed { Mode::Deletes } else { Mode::Reads };
            if let Some(table) = &relation.table {
                self.push(
                    Surface::table(table.clone()),
                    None,
                    mode,
                    Confidence::High,
                    relation.span,
                );
            }
        }
        self.tables(&using);
        self.scopes.push(Scope {
            relations: target.into_iter().chain(using).collect(),
            ..Scope::default()
        });
        self.items(delete.returning.as_deref().unwrap_or_default());
    }

    fn merge(&mut self, merge: &Merge) {
        let mut list = FromList::default();
        list.factor(&merge.table, &|name| self.is_cte(name));
        let target = list.relations.clone();
        list.factor(&merge.source, &|name| self.is_cte(name));
        let relations = list.relations;
        self.tables(&relations);
        self.scopes.push(Scope {
            relations: target.clone(),
            ..Scope::default()
        });
        for clause in &merge.clauses {
            match &clause.action {
                MergeAction::Update(update) => {
                    if let MergeUpdateKind::Set(assignments) = &update.kind {
                        self.assignments(assignments);
                    }
                }
                MergeAction::Insert(insert) => {
                    let MergeInsertKind::Values(values) = &insert.kind else {
                        continue;
                    };
                    let columns = column_names(&insert.columns);
                    let positions = values.rows.first().map(|r| r.len());
                    let mode = Mode::Inserts {
                        positions: columns.is_none().then_some(positions).flatten(),
                        columns,
                        values: Vec::new(),
                        conflict: None,
                    };
                    if let Some(Relation {
                        table: Some(table),
                        span,
                        ..
                    }) = target.first()
                    {
                        self.push(
                            Surface::table(table.clone()),
                            None,
                            mode,
                            Confidence::High,
                            *span,
                        );
                    }
                }
                MergeAction::Delete { .. } => {
                    if let Some(Relation {
                        table: Some(table),
                        span,
                        ..
                    }) = target.first()
                    {
                        self.push(
                            Surface::table(table.clone()),
                            None,
                            Mode::Deletes,
                            Confidence::High,
                            *span,
                        );
                    }
                }
                MergeAction::DoNothing { .. } => {}
            }
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.relations = relations;
        }
    }
}

/// Returns the names of a plain column, `a` or `t.a`.
pub(super) fn column_parts(expr: &Expr) -> Option<&[Ident]> {
    match expr {
        Expr::Identifier(ident) => Some(std::slice::from_ref(ident)),
        Expr::CompoundIdentifier(parts) => Some(parts),
        _ => None,
    }
}

/// Returns the columns named, or None where there are none or one is a placeholder.
pub(super) fn column_names(columns: &[ObjectName]) -> Option<Vec<String>> {
    let names: Option<Vec<String>> = columns
        .iter()
        .map(|c| c.0.last().and_then(|p| p.as_ident()).map(folded))
        .collect();
    names.filter(|n| !n.is_empty() && !n.iter().any(|c| is_hole(c)))
}

fn insert_mode(insert: &Insert) -> Mode {
    let conflict = match &insert.on {
        Some(OnInsert::OnConflict(on)) => match &on.conflict_target {
            Some(ConflictTarget::Columns(columns)) => {
                let names: Vec<String> = columns.iter().map(folded).collect();
                (!names.iter().any(|c| is_hole(c))).then_some(names)
            }
            _ => None,
        },
        _ => None,
    };
    let rows = match insert.source.as_ref().map(|s| s.body.as_ref()) {
        Some(SetExpr::Values(values)) => values.rows.as_slice(),
        _ => &[],
    };
    let set: Vec<String> = insert
        .assignments
        .iter()
        .filter_map(assigned_column)
        .collect();
    let columns = match (&insert.source, set.is_empty()) {
        (_, false) => Some(set),
        // `DEFAULT VALUES` names no column and gives none.
        (None, true) if insert.columns.is_empty() => Some(Vec::new()),
        _ => column_names(&insert.columns),
    };
    let literals = insert
        .assignments
        .iter()
        .filter_map(|a| Some((assigned_column(a)?, literal(&a.value)?)));
    let mut values: Vec<(String, String)> = literals.collect();
    // A placeholder can stand for any number of values.
    let counted = rows
        .first()
        .filter(|row| insert.columns.is_empty() && !row.iter().any(is_unsure_count));
    for row in rows.iter().take(ROWS) {
        let named = columns.iter().flatten().cloned();
        let numbered = (1..=counted.map_or(0, |row| row.len())).map(|n| n.to_string());
        for (column, expr) in named.chain(numbered).zip(row.iter()) {
            values.extend(literal(expr).map(|v| (column.clone(), v)));
        }
    }
    values.sort();
    values.dedup();
    Mode::Inserts {
        positions: counted.map(|row| row.len()),
        columns,
        values,
        conflict,
    }
}

fn is_unsure_count(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(ident) => is_hole(&ident.value),
        Expr::Value(value) => {
            matches!(&value.value, Value::Placeholder(p) if p == "$0" || p == "?0")
        }
        _ => false,
    }
}

fn assigned_column(assignment: &Assignment) -> Option<String> {
    match &assignment.target {
        AssignmentTarget::ColumnName(name) => name.0.last().and_then(|p| p.as_ident()).map(folded),
        AssignmentTarget::Tuple(_) => None,
    }
}

/// Returns whether an unquoted name means something else than a column wherever it stands.
fn is_no_column(name: &str) -> bool {
    matches!(
        name,
        "default"
            | "current_user"
            | "session_user"
            | "user"
            | "current_role"
            | "current_catalog"
            | "current_schema"
            | "current_date"
            | "current_time"
            | "current_timestamp"
            | "localtime"
            | "localtimestamp"
            | "sysdate"
            | "true"
            | "false"
            | "null"
            | "unknown"
            | "ctid"
            | "xmin"
            | "xmax"
            | "cmin"
            | "cmax"
            | "tableoid"
            | "rowid"
            | "oid"
            | "_rowid_"
    )
}
