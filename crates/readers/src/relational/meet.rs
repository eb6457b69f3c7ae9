//! What the database says to a statement on the schema as it is.
//!
//! What the schema decides is refused with the database's own words. What depends on the rows is [`Outcome::Unknown`], with the
//! assumption under which it goes well.

use coexist_model::{
    Access, Column, Constraint, ConstraintKind, Dialect, Element, Fit, Lookup, Manner, Meeting,
    Mode, Outcome, Schema, Surface, SurfaceKind,
};

use super::names;
use super::words::{self, Spot};
use crate::sql::conditions::{self, Held, Truth};

/// Returns what happens when the access meets the schemas.
pub(super) fn meet(access: &Access, schemas: &dyn Lookup) -> Meeting {
    match access.surface.kind {
        SurfaceKind::Table | SurfaceKind::View => on_relation(access, schemas),
        SurfaceKind::Type => on_type(access, schemas),
        _ => Meeting::ok(),
    }
}

/// A type that statements name, and a value that the code gives to one: `$1::status`, `'open'::status`.
fn on_type(access: &Access, schemas: &dyn Lookup) -> Meeting {
    let mut said = Said::default();
    let is_there = schemas.schema(&access.surface).is_some();
    if access.element.is_none() && access.mode == Mode::Reads && !is_there {
        let error = words::no_type(&access.surface.name);
        match schemas.is_open(&access.surface, None) {
            true => {
                let what = format!("type {} exists: its migrations do not tell", access.surface);
                said.assume(what, error);
            }
            false => said.refuse(error),
        }
    }
    if let (Some(value), false) = (&access.element, matches!(access.mode, Mode::Matches { .. })) {
        enum_value(&access.surface.name, value, schemas, &mut said);
    }
    said.meeting()
}

fn on_relation(access: &Access, schemas: &dyn Lookup) -> Meeting {
    let name = &access.surface.name;
    if names::is_system(name) {
        return Meeting::ok();
    }
    let Some(schema) = names::relation(schemas, name) else {
        let error = words::no_table(schemas.dialect(), name);
        if schemas.is_open(&Surface::table(name.clone()), None) {
            let assumed = format!("{name} exists: its migrations do not tell");
            return Said {
                unknown: Some(error),
                assumed: vec![assumed],
                ..Said::default()
            }
            .meeting();
        }
        return Meeting::refused(error);
    };
    let mut at = Judge {
        schema,
        schemas,
        dialect: schemas.dialect(),
        said: Said::default(),
    };
    match &access.mode {
        Mode::Reads | Mode::ReadsPresent => at.reads(access.element.as_deref()),
        Mode::Compares { values } => at.compares(access.element.as_deref(), values),
        Mode::ReadsAll {
            columns: Some(columns),
            fit,
        } => at.reads_all(columns, *fit),
        Mode::Writes { values } => at.writes(access.element.as_deref(), values),
        Mode::Inserts {
            columns,
            positions,
            values,
            conflict,
        } => {
            // Which of the listed columns are named is not known: none is sure to be needed.
            if access.manner == Manner::Perhaps {
                at.required(columns.as_deref().unwrap_or_default());
            } else {
                at.inserts(columns.as_deref(), *positions, values, conflict.as_deref());
            }
        }
        _ => {}
    }
    at.said.meeting()
}

/// What has been found so far.
#[derive(Default)]
struct Said {
    refused: Option<String>,
    unknown: Option<String>,
    assumed: Vec<String>,
}

impl Said {
    fn refuse(&mut self, error: String) {
        self.refused.get_or_insert(error);
    }

    fn assume(&mut self, what: String, else_error: String) {
        self.unknown.get_or_insert(else_error);
        self.assumed.push(what);
    }

    fn meeting(self) -> Meeting {
        match (self.refused, self.unknown) {
            (Some(error), _) => Meeting::refused(error),
            (None, Some(error)) => Meeting {
                assumed: self.assumed,
                ..Meeting::of(Outcome::Unknown, error)
            },
            (None, None) => Meeting::ok(),
        }
    }
}

struct Judge<'a> {
    schema: &'a Schema,
    schemas: &'a dyn Lookup,
    dialect: Dialect,
    said: Said,
}

impl<'a> Judge<'a> {
    fn table(&self) -> &'a str {
        &self.schema.surface.name
    }

    fn is_open(&self, element: Option<&str>) -> bool {
        self.schemas.is_open(&self.schema.surface, element)
    }

    fn column(&self, name: &str) -> Option<(&'a Element, &'a Column)> {
        names::column(self.schema, name, self.dialect)
    }

    /// Returns the column if it is there; says so if it is not.
    fn needs(&mut self, name: &str, spot: Spot) -> Option<(&'a Element, &'a Column)> {
        let found = self.column(name);
        // The table's own name stands for its whole row.
        let row = names::same(
            name,
            self.table().rsplit('.').next().unwrap_or_default(),
            self.dialect,
        );
        if found.is_some() || is_system_column(name, self.dialect) || (row && spot == Spot::Read) {
            return found;
        }
        let error = words::no_column(self.dialect, self.table(), name, spot);
        if self.is_open(Some(name)) {
            let what = format!("{}.{name} exists: the migrations do not tell", self.table());
            self.said.assume(what, error);
        } else {
            self.said.refuse(error);
        }
        None
    }

    fn reads(&mut self, element: Option<&str>) {
        if let Some(name) = element {
            self.needs(name, Spot::Read);
        }
    }

    /// A literal that is compared with an enum must be one of its values; a length or a range matters to no comparison. That the
    /// column is there, the read beside it needs.
    fn compares(&mut self, element: Option<&str>, values: &[String]) {
        let Some((_, column)) = element.and_then(|name| self.column(name)) else {
            return;
        };
        for value in values.iter().filter(|v| *v != "NULL") {
            enum_value(&column.type_name, value, self.schemas, &mut self.said);
        }
    }

    /// `SELECT *` into a shape that was made for these columns.
    fn reads_all(&mut self, expected: &[String], fit: Fit) {
        for name in expected.iter().filter(|_| fit == Fit::Unclear) {
            self.needs(name, Spot::Read);
        }
        let extra = self.schema.columns().filter(|(e, _)| {
            !expected
                .iter()
                .any(|x| names::same(x, &e.name, self.dialect))
        });
        let extra: Vec<String> = extra.map(|(e, _)| e.name.clone()).collect();
        let there = self.schema.columns().count();
        match fit {
            Fit::Named => {
                let errors = extra.iter().map(|name| words::no_destination(name));
                errors.for_each(|error| self.said.refuse(error));
                return;
            }
            Fit::Counted if there != expected.len() => {
                return self.said.refuse(words::wrong_places(there, expected.len()));
            }
            Fit::Counted | Fit::Expanded => return,
            Fit::Unclear => {}
        }
        for name in extra {
            let what = format!(
                "the reader of {} ignores column {name}, which it does not know",
                self.table()
            );
            self.said.assume(
                what,
                format!("unexpected column {name} in the result of SELECT *"),
            );
        }
    }

    fn writes(&mut self, element: Option<&str>, values: &[String]) {
        let Some(name) = element else { return };
        let Some((element, column)) = self.needs(name, Spot::Update) else {
            return;
        };
        for value in values {
            self.value(&element.name, column, value);
        }
        let only_null = !values.is_empty() && values.iter().all(|v| v == "NULL");
        for (constraint, definition) in self.schema.constraints() {
            if !only_null && mentions(definition, &element.name, self.dialect) {
                let pairs: Vec<(String, String)> = values
                    .iter()
                    .map(|v| (element.name.clone(), v.clone()))
                    .collect();
                self.demand(&constraint.name, definition, &pairs, None);
            }
        }
    }

    fn inserts(
        &mut self,
        columns: Option<&[String]>,
        positions: Option<usize>,
        values: &[(String, String)],
        conflict: Option<&[String]>,
    ) {
        let given: Vec<String> = match (columns, positions) {
            (Some(columns), _) => columns.to_vec(),
            (None, Some(count)) => match self.first_columns(count) {
                Some(columns) => columns,
                None => return,
            },
            (None, None) => return self.conflict(conflict),
        };
        for name in columns.unwrap_or_default() {
            self.needs(name, Spot::Insert);
        }
        self.required(&given);
        let values: Vec<(String, String)> = values
            .iter()
            .filter_map(|(name, value)| Some((placed(columns, name, &given)?, value.clone())))
            .collect();
        for (name, value) in &values {
            if let Some((element, column)) = self.column(name) {
                self.value(&element.name, column, value);
            }
        }
        self.conflict(conflict);
        self.constraints(&given, &values, conflict);
    }

    /// Returns the columns that values by position go to. PostgreSQL takes fewer values than columns:
    /// <https://www.postgresql.org/docs/17/sql-insert.html>.
    fn first_columns(&mut self, count: usize) -> Option<Vec<String>> {
        let all: Vec<String> = self.schema.columns().map(|(e, _)| e.name.clone()).collect();
        let fits = if self.dialect == Dialect::Postgres {
            count <= all.len()
        } else {
            count == all.len()
        };
        if self.is_open(None) {
            return None;
        }
        if !fits {
            self.said.refuse(words::wrong_count(
                self.dialect,
                self.table(),
                all.len(),
                count,
            ));
            return None;
        }
        Some(all.into_iter().take(count).collect())
    }

    /// Columns that need a value and get none.
    fn required(&mut self, given: &[String]) {
        let dialect = self.dialect;
        for (element, column) in self.schema.columns() {
            let named = given.iter().any(|g| names::same(g, &element.name, dialect));
            if named
                || column.nullable
                || column.generated
                || column.default.is_some()
                || fills_itself(column, dialect)
            {
                continue;
            }
            let error = words::null(dialect, self.table(), &element.name, false);
            if self.is_open(Some(&element.name)) {
                let what = format!(
                    "{}.{} takes NULL or has a default: the migrations do not tell",
                    self.table(),
                    element.name
                );
                self.said.assume(what, error);
            } else {
                // The database stops at the first one too.
                return self.said.refuse(error);
            }
        }
    }

    fn value(&mut self, name: &str, column: &Column, value: &str) {
        if value == "NULL" {
            if !column.nullable && !column.generated && !self.is_open(Some(name)) {
                self.said
                    .refuse(words::null(self.dialect, self.table(), name, true));
            }
            return;
        }
        if let Some(values) = inline_enum(&column.type_name) {
            if !values.iter().any(|v| v.eq_ignore_ascii_case(value)) && !is_number(value) {
                self.said.refuse(words::truncated(name));
            }
        } else if !column.type_name.ends_with(']') {
            enum_value(&column.type_name, value, self.schemas, &mut self.said);
        }
    }

    /// `ON CONFLICT (…)` needs a unique constraint or index of exactly these columns:
    /// <https://www.postgresql.org/docs/17/sql-insert.html#SQL-ON-CONFLICT>.
    fn conflict(&mut self, target: Option<&[String]>) {
        let Some(target) = target.filter(|t| !t.is_empty() && self.dialect != Dialect::MySql)
        else {
            return;
        };
        if self.schema.surface.kind == SurfaceKind::View {
            return;
        }
        let dialect = self.dialect;
        let is_target = |c: &Constraint| {
            let unique = matches!(
                c.kind,
                ConstraintKind::Unique | ConstraintKind::PrimaryKey | ConstraintKind::Exclusion
            );
            unique
                && c.columns.len() == target.len()
                && target
                    .iter()
                    .all(|t| c.columns.iter().any(|x| names::same(x, t, dialect)))
        };
        let matching: Vec<&Constraint> = self
            .schema
            .constraints()
            .map(|(_, c)| c)
            .filter(|c| is_target(c))
            .collect();
        if matching.iter().any(|c| !c.partial) {
            return;
        }
        let error = words::no_conflict_target(dialect);
        // A partial index serves where the statement repeats its condition, and an index on expressions has no columns to compare.
        let perhaps = self
            .schema
            .constraints()
            .any(|(_, c)| c.partial && c.kind == ConstraintKind::Unique);
        if self.is_open(None) || !matching.is_empty() || perhaps {
            let what = format!(
                "{} has a unique index for ON CONFLICT ({})",
                self.table(),
                target.join(", ")
            );
            self.said.assume(what, error);
        } else {
            self.said.refuse(error);
        }
    }

    fn constraints(
        &mut self,
        given: &[String],
        values: &[(String, String)],
        conflict: Option<&[String]>,
    ) {
        let dialect = self.dialect;
        let is_given = |c: &String| given.iter().any(|g| names::same(g, c, dialect));
        for (element, constraint) in self.schema.constraints() {
            let stays_null = |c: &String| {
                !is_given(c)
                    && self
                        .column(c)
                        .is_some_and(|(_, d)| d.default.is_none() && !d.generated)
            };
            // NULL is equal to nothing, points to nothing and fails no condition.
            let idle = !constraint.columns.is_empty()
                && !matches!(constraint.kind, ConstraintKind::Check { .. })
                && constraint.columns.iter().any(stays_null);
            let handled = conflict.is_some_and(|t| {
                t.len() == constraint.columns.len()
                    && t.iter().all(|c| constraint.columns.contains(c))
            });
            let by_database = constraint
                .columns
                .iter()
                .any(|c| !is_given(c) && self.column(c).is_some_and(|(_, d)| d.generated));
            if !(idle || (constraint.kind == ConstraintKind::Unique && (handled || by_database))) {
                self.demand(&element.name, constraint, values, Some(given));
            }
        }
    }

    /// What a constraint demands of the values; those that are not literals are assumed to be right. A new row has no other values
    /// than those that are given.
    fn demand(
        &mut self,
        name: &str,
        constraint: &Constraint,
        values: &[(String, String)],
        given: Option<&[String]>,
    ) {
        let (dialect, table) = (self.dialect, self.table());
        let columns = constraint.columns.join(", ");
        match &constraint.kind {
            ConstraintKind::Unique => {
                let covered = constraint.predicate.as_ref();
                let covered = covered.map_or_else(String::new, |p| format!(" where {p}"));
                let what =
                    format!("no two rows of {table}{covered} get the same ({columns}) [{name}]");
                self.said.assume(
                    what,
                    words::unique(dialect, table, name, &constraint.columns),
                );
            }
            ConstraintKind::ForeignKey { table: to } => {
                let what = format!("every {table}({columns}) has its row in {to} [{name}]");
                self.said
                    .assume(what, words::foreign_key(dialect, table, name));
            }
            ConstraintKind::Exclusion => {
                let what = format!("rows of {table} do not exclude each other [{name}]");
                self.said.assume(what, words::exclusion(name));
            }
            ConstraintKind::Check { expression } => self.check(name, expression, values, given),
            ConstraintKind::PrimaryKey | ConstraintKind::Index => {}
        }
    }

    fn check(
        &mut self,
        name: &str,
        expression: &str,
        values: &[(String, String)],
        given: Option<&[String]>,
    ) {
        let error = words::check(self.dialect, self.table(), name);
        if let Some((column, list)) = in_list(expression) {
            let literals: Vec<&String> = values
                .iter()
                .filter(|(c, _)| names::same(c, &column, self.dialect))
                .map(|(_, v)| v)
                .collect();
            if literals.iter().any(|v| *v != "NULL" && !list.contains(v)) {
                return self.said.refuse(error);
            }
            if !literals.is_empty() {
                return;
            }
        }
        let held = |column: &str| self.held(column, values, given);
        match conditions::truth(expression, self.dialect, &held) {
            Some(Truth::Holds | Truth::Null) => return,
            Some(Truth::Fails) => return self.said.refuse(error),
            Some(Truth::Unknown) | None => {}
        }
        let what = format!(
            "every row written to {} satisfies {expression} [{name}]",
            self.table()
        );
        self.said.assume(what, error);
    }

    /// Returns what a row has in a column that is written with these values. A column that is not there yet holds nothing.
    fn held(&self, column: &str, values: &[(String, String)], given: Option<&[String]>) -> Held {
        let dialect = self.dialect;
        let mut written = values
            .iter()
            .filter(|(c, _)| names::same(c, column, dialect))
            .map(|(_, value)| value);
        match (written.next(), written.next()) {
            (Some(value), None) if value == "NULL" => return Held::Null,
            (Some(value), None) => return Held::Text(value.clone()),
            (Some(_), Some(_)) => return Held::Unknown,
            (None, _) => {}
        }
        let is_new =
            given.is_some_and(|given| !given.iter().any(|g| names::same(g, column, dialect)));
        match self.column(column) {
            _ if !is_new => Held::Unknown,
            Some((_, c)) if c.default.is_none() && !c.generated => Held::Null,
            None if !self.is_open(Some(column)) => Held::Null,
            _ => Held::Unknown,
        }
    }
}

fn enum_value(type_name: &str, value: &str, schemas: &dyn Lookup, said: &mut Said) {
    let surface = Surface::new(SurfaceKind::Type, type_name);
    let Some(schema) = schemas.schema(&surface) else {
        return;
    };
    if schema.elements.is_empty() || schema.element(value).is_some() {
        return;
    }
    let error = words::no_value(type_name, value);
    if schemas.is_open(&surface, Some(value)) {
        said.assume(
            format!("type {type_name} has the value {value}: the migrations do not tell"),
            error,
        );
    } else {
        said.refuse(error);
    }
}

/// Returns the column of a value that is written: where no columns are named, its number tells.
fn placed(named: Option<&[String]>, column: &str, given: &[String]) -> Option<String> {
    match named {
        Some(_) => Some(column.to_owned()),
        None => given
            .get(column.parse::<usize>().ok()?.checked_sub(1)?)
            .cloned(),
    }
}

fn mentions(constraint: &Constraint, column: &str, dialect: Dialect) -> bool {
    constraint
        .columns
        .iter()
        .any(|c| names::same(c, column, dialect))
}

fn is_number(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit())
}

/// Columns of MySQL that take no error when they get no value: an ENUM takes its first value, and a TIMESTAMP the current time
/// where `explicit_defaults_for_timestamp` is off:
/// <https://dev.mysql.com/doc/refman/8.4/en/data-type-defaults.html#data-type-defaults-implicit>.
fn fills_itself(column: &Column, dialect: Dialect) -> bool {
    dialect == Dialect::MySql
        && (column.type_name.starts_with("enum(") || column.type_name.starts_with("timestamp"))
}

fn is_system_column(name: &str, dialect: Dialect) -> bool {
    let names: &[&str] = match dialect {
        Dialect::Postgres => &["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"],
        Dialect::MySql => &["_rowid"],
        Dialect::Sqlite => &["rowid", "oid", "_rowid_", "rank"],
    };
    names.contains(&name.to_ascii_lowercase().as_str())
}

/// Returns the values of `enum('a','b')`.
fn inline_enum(type_name: &str) -> Option<Vec<String>> {
    let list = type_name.strip_prefix("enum(")?.strip_suffix(')')?;
    quoted_list(list)
}

/// Returns column and values of the condition `column IN ('a', 'b')`, also as PostgreSQL prints it: `column = ANY (ARRAY['a'::text,
/// 'b'::text])`. Any other condition is none.
fn in_list(expression: &str) -> Option<(String, Vec<String>)> {
    let mut text = expression.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        if !is_balanced(inner) {
            break;
        }
        text = inner.trim();
    }
    let word = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '"' | '`')))?;
    let column = text[..word].trim_matches(|c| matches!(c, '"' | '`'));
    let rest = text[word..]
        .trim_start()
        .strip_prefix("::text")
        .unwrap_or(&text[word..])
        .trim();
    let lower = rest.to_ascii_lowercase();
    let list = if lower.starts_with("in") {
        rest[2..].trim().strip_prefix('(')?.strip_suffix(')')?
    } else {
        let any = rest.strip_prefix('=')?.trim_start();
        let any = any
            .get(..3)
            .filter(|w| w.eq_ignore_ascii_case("any"))
            .and(any.get(3..))?;
        let array = any.trim().trim_start_matches('(');
        let array = array
            .get(..6)
            .filter(|w| w.eq_ignore_ascii_case("array["))
            .and(array.get(6..))?;
        &array[..array.rfind(']')?]
    };
    Some((column.to_owned(), quoted_list(list)?)).filter(|(c, _)| !c.is_empty())
}

fn is_balanced(text: &str) -> bool {
    let mut depth = 0i64;
    for c in text.chars() {
        depth += i64::from(c == '(') - i64::from(c == ')');
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// Returns the texts of `'a', 'b'::text`; None where anything else stands in the list.
fn quoted_list(list: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        rest = rest.strip_prefix('\'')?;
        let mut value = String::new();
        loop {
            let end = rest.find('\'')?;
            value.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('\'') {
                Some(more) => {
                    value.push('\'');
                    rest = more;
                }
                None => break,
            }
        }
        values.push(value);
        let end = rest.find(',').unwrap_or(rest.len());
        let cast = rest[..end].trim();
        if !(cast.is_empty() || cast.starts_with("::")) {
            return None;
        }
        rest = rest.get(end + 1..).unwrap_or_default().trim_start();
    }
    (!values.is_empty()).then_some(values)
}
