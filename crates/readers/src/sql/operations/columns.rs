//! Definitions of columns and constraints, as they stand in `CREATE TABLE` and `ALTER TABLE`.

use std::ops::Range;

use coexist_model::{Column, Constraint, ConstraintKind, Detail, Dialect, Element};

use super::Lowering;
use super::names::Sort;
use super::types::{is_serial, type_name};
use crate::sql::cursor::Cursor;
use crate::sql::lex::Kind;

/// A column, and the constraints that stand beside it.
pub(super) struct Defined {
    pub(super) column: Element,
    pub(super) constraints: Vec<Element>,
}

/// The words that end a type or an expression because they start the next option of a column.
const OPTIONS: &[&str] = &[
    "NOT",
    "NULL",
    "DEFAULT",
    "PRIMARY",
    "UNIQUE",
    "REFERENCES",
    "CHECK",
    "CONSTRAINT",
    "GENERATED",
    "COLLATE",
    "AUTO_INCREMENT",
    "AUTOINCREMENT",
    "COMMENT",
    "ON",
    "AS",
    "USING",
    "KEY",
    "FIRST",
    "AFTER",
    "STORED",
    "VIRTUAL",
    "PERSISTENT",
    "CHARACTER",
    "CHARSET",
    "INVISIBLE",
    "VISIBLE",
    "STORAGE",
    "COMPRESSION",
    "DEFERRABLE",
    "INITIALLY",
    "IDENTITY",
    "COLUMN_FORMAT",
    "NO",
    "ENFORCED",
    "SERIAL_DEFAULT",
    "CASCADE",
    "RESTRICT",
];

impl Lowering<'_> {
    /// Reads a column's definition. None where no name stands.
    pub(super) fn column(&mut self, table: &str, mut cursor: Cursor<'_>) -> Option<Defined> {
        let span = cursor.span();
        let name = cursor.ident()?;
        let spelled = self.type_tokens(&mut cursor);
        let mut draft = Draft {
            table,
            name: &name,
            column: Column {
                type_name: type_name(&spelled),
                nullable: true,
                default: None,
                generated: is_serial(&spelled),
            },
            constraints: Vec::new(),
            span: span.clone(),
            named: None,
        };
        if draft.column.generated {
            draft.column.nullable = false;
        }
        while !cursor.done() {
            if !self.option(&mut draft, &mut cursor) {
                let what = cursor.rest();
                self.problem(
                    what.span(),
                    "a part of a column's definition is not understood",
                );
                break;
            }
        }
        let (column, constraints) = (draft.column, draft.constraints);
        let column = Element {
            name,
            detail: Detail::Column(column),
            place: self.place(span),
        };
        Some(Defined {
            column,
            constraints,
        })
    }

    /// Returns the tokens of a type, which go on until an option starts.
    pub(super) fn type_tokens<'a>(&self, cursor: &mut Cursor<'a>) -> Cursor<'a> {
        let start = cursor.at;
        // `character varying` is a type, `CHARACTER SET` is an option.
        if cursor.is_any(0, &["CHARACTER", "NATIONAL"]) && !cursor.is_any(1, &["SET"]) {
            cursor.advance(1);
        }
        cursor.until(OPTIONS);
        cursor.part(start..cursor.at)
    }

    fn option(&mut self, draft: &mut Draft<'_>, cursor: &mut Cursor<'_>) -> bool {
        let start = cursor.at;
        if cursor.eat("CONSTRAINT") {
            draft.named = cursor.ident();
        } else if cursor.eat("NOT NULL") {
            draft.column.nullable = false;
            draft.named = None;
        } else if cursor.eat("NULL") {
            draft.column.nullable = true;
        } else if cursor.eat("DEFAULT") {
            draft.column.default = default_of(&expression(cursor));
        } else if cursor.eat("PRIMARY KEY") || self.mysql_key(cursor) {
            self.primary_key(draft, cursor);
        } else if cursor.eat("UNIQUE") {
            let _ = cursor.eat("KEY")
                || cursor.eat("NULLS NOT DISTINCT")
                || cursor.eat("NULLS DISTINCT");
            skip_conflict(cursor);
            self.beside(draft, ConstraintKind::Unique, Sort::Unique);
        } else if cursor.eat("CHECK") {
            let expression = cursor.group().map(|g| g.source()).unwrap_or_default();
            self.beside(draft, ConstraintKind::Check { expression }, Sort::Check);
        } else if cursor.is("REFERENCES") {
            let table = references(cursor);
            // MySQL parses an inline REFERENCES and forgets it: https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html
            if self.dialect != Dialect::MySql {
                self.beside(
                    draft,
                    ConstraintKind::ForeignKey { table },
                    Sort::ForeignKey,
                );
            }
        } else if cursor.is_any(
            0,
            &[
                "GENERATED",
                "AS",
                "IDENTITY",
                "AUTO_INCREMENT",
                "AUTOINCREMENT",
            ],
        ) {
            generated(&mut draft.column, cursor);
        } else {
            draft.attribute(cursor);
        }
        cursor.at > start
    }

    /// In MySQL a column's `KEY` alone is its primary key.
    fn mysql_key(&self, cursor: &mut Cursor<'_>) -> bool {
        self.dialect == Dialect::MySql && cursor.eat("KEY")
    }

    fn primary_key(&mut self, draft: &mut Draft<'_>, cursor: &mut Cursor<'_>) {
        let _ = cursor.eat_any(&["ASC", "DESC"]);
        skip_conflict(cursor);
        // SQLite's INTEGER PRIMARY KEY is the number of the row; its other primary keys accept NULL:
        // https://www.sqlite.org/lang_createtable.html#the_primary_key
        if self.dialect == Dialect::Sqlite {
            draft.column.generated |= draft.column.type_name == "integer";
        } else {
            draft.column.nullable = false;
        }
        self.beside(draft, ConstraintKind::PrimaryKey, Sort::PrimaryKey);
    }

    fn beside(&mut self, draft: &mut Draft<'_>, kind: ConstraintKind, sort: Sort) {
        let columns = vec![draft.name.to_owned()];
        let name = draft.named.take();
        let name = name.unwrap_or_else(|| {
            self.names
                .generate(sort, draft.table, &columns, self.dialect)
        });
        draft.constraints.push(Element {
            name,
            detail: Detail::Constraint(Constraint {
                kind,
                columns,
                partial: false,
                validated: true,
                predicate: None,
            }),
            place: self.place(draft.span.clone()),
        });
    }

    /// Returns whether a constraint or index starts here, not a column.
    pub(super) fn at_constraint(&self, cursor: &Cursor<'_>) -> bool {
        let opens = |by: usize| {
            let token = cursor.ahead(by);
            token.is_some_and(|t| t.kind == Kind::Mark(b'('))
        };
        let mysql = self.dialect == Dialect::MySql;
        cursor.is("CONSTRAINT")
            || cursor.is("PRIMARY KEY")
            || cursor.is("FOREIGN KEY")
            || cursor.is("UNIQUE")
            || cursor.is("CHECK") && opens(1)
            || cursor.is("EXCLUDE") && (opens(1) || cursor.is_any(1, &["USING"]))
            || cursor.is("NOT NULL")
            || mysql && cursor.is_any(0, &["INDEX", "KEY", "FULLTEXT", "SPATIAL"])
    }

    /// Reads a constraint or, in MySQL, an index that stands among the columns.
    pub(super) fn constraint(&mut self, table: &str, mut cursor: Cursor<'_>) -> Option<Element> {
        let span = cursor.span();
        let mut name = None;
        if cursor.eat("CONSTRAINT") && !is_constraint_word(&cursor) {
            name = cursor.ident();
        }
        let (kind, sort) = self.demand(&mut cursor)?;
        let mut listed = Listed::default();
        if cursor.eat("USING INDEX") {
            let index = cursor.ident()?;
            listed = self.names.columns_of(&index);
            // The index takes the constraint's name, or gives its own.
            name = name.or(Some(index));
        } else if !matches!(kind, ConstraintKind::Check { .. }) {
            if cursor.at_name() && !cursor.is_any(0, &["USING", "WITH"]) {
                name = name.or(cursor.ident());
            }
            if cursor.eat("USING") {
                cursor.advance(1);
            }
            listed = cursor.group().map(|g| listing(&g)).unwrap_or_default();
        }
        let kind = match kind {
            ConstraintKind::ForeignKey { .. } => ConstraintKind::ForeignKey {
                table: references(&mut cursor),
            },
            other => other,
        };
        let mut validated = true;
        listed.partial |= self.constraint_tail(&mut cursor, &mut validated);
        if let ConstraintKind::Check { expression } = &kind {
            listed.columns = self.names.mentioned(table, expression, self.dialect);
        }
        let name = name.unwrap_or_else(|| {
            let columns = if listed.spelled.is_empty() {
                &listed.columns
            } else {
                &listed.spelled
            };
            self.names.generate(sort, table, columns, self.dialect)
        });
        Some(Element {
            name,
            detail: Detail::Constraint(Constraint {
                kind,
                columns: listed.columns,
                partial: listed.partial,
                validated,
                predicate: None,
            }),
            place: self.place(span),
        })
    }

    fn demand(&mut self, cursor: &mut Cursor<'_>) -> Option<(ConstraintKind, Sort)> {
        let demand = if cursor.eat("PRIMARY KEY") {
            let _ = cursor.eat_any(&["CLUSTERED", "NONCLUSTERED"]);
            (ConstraintKind::PrimaryKey, Sort::PrimaryKey)
        } else if cursor.eat("UNIQUE") {
            let _ = cursor.eat_any(&["INDEX", "KEY"]);
            let _ = cursor.eat("NULLS NOT DISTINCT") || cursor.eat("NULLS DISTINCT");
            (ConstraintKind::Unique, Sort::Unique)
        } else if cursor.eat("FOREIGN KEY") {
            let _ = cursor.eat("IF NOT EXISTS");
            let table = String::new();
            (ConstraintKind::ForeignKey { table }, Sort::ForeignKey)
        } else if cursor.eat("CHECK") {
            let expression = cursor.group()?.source();
            (ConstraintKind::Check { expression }, Sort::Check)
        } else if cursor.eat("NOT NULL") {
            // PostgreSQL 18: a named NOT NULL constraint.
            let expression = format!("{} IS NOT NULL", cursor.ident()?);
            (ConstraintKind::Check { expression }, Sort::Check)
        } else if cursor.eat("EXCLUDE") {
            (ConstraintKind::Exclusion, Sort::Exclusion)
        } else if cursor.eat_any(&["INDEX", "KEY"]) {
            let _ = cursor.eat("IF NOT EXISTS");
            (ConstraintKind::Index, Sort::Index)
        } else if cursor.eat_any(&["FULLTEXT", "SPATIAL"]) {
            let _ = cursor.eat_any(&["INDEX", "KEY"]);
            (ConstraintKind::Index, Sort::Index)
        } else {
            return None;
        };
        Some(demand)
    }

    /// Reads what may follow a constraint. Returns whether it has a `WHERE`.
    fn constraint_tail(&mut self, cursor: &mut Cursor<'_>, validated: &mut bool) -> bool {
        let mut partial = false;
        while !cursor.done() {
            if cursor.eat("NOT VALID") {
                *validated = false;
            } else if cursor.eat("WHERE") {
                partial = true;
                cursor.skip();
            } else if cursor.eat("INCLUDE")
                || cursor.eat("WITH")
                || cursor.eat_any(&["COMMENT", "KEY_BLOCK_SIZE"])
            {
                let _ = cursor.eat_sign("=");
                cursor.skip();
            } else if cursor.eat("USING INDEX TABLESPACE")
                || cursor.eat("USING")
                || cursor.eat("WITH PARSER")
            {
                cursor.advance(1);
            } else if cursor.eat_any(&[
                "NOT",
                "DEFERRABLE",
                "INITIALLY",
                "IMMEDIATE",
                "DEFERRED",
                "ENFORCED",
                "NO",
                "INHERIT",
                "VISIBLE",
                "INVISIBLE",
            ]) {
            } else if cursor.is("ON CONFLICT") {
                skip_conflict(cursor);
            } else {
                let rest = cursor.rest();
                self.problem(rest.span(), "a part of a constraint is not understood");
                break;
            }
        }
        partial
    }
}

/// A column that is being read.
struct Draft<'a> {
    table: &'a str,
    name: &'a str,
    column: Column,
    constraints: Vec<Element>,
    span: Range<usize>,
    /// The name that `CONSTRAINT name` gave to what follows.
    named: Option<String>,
}

impl Draft<'_> {
    /// Goes past an attribute that no running code could notice.
    fn attribute(&mut self, cursor: &mut Cursor<'_>) {
        if cursor.eat("ON UPDATE") {
            expression(cursor);
        } else if cursor.eat("NOT VALID") {
            for constraint in &mut self.constraints {
                if let Detail::Constraint(c) = &mut constraint.detail {
                    c.validated = false;
                }
            }
        } else if cursor.eat("COLLATE")
            || cursor.eat_any(&["STORAGE", "COMPRESSION", "COLUMN_FORMAT", "CHARSET"])
        {
            cursor.name();
        } else if cursor.eat("CHARACTER SET") || cursor.eat("AFTER") {
            cursor.ident();
        } else if cursor.eat("COMMENT") {
            cursor.advance(1);
        } else {
            let pairs = [
                "NO INHERIT",
                "INITIALLY DEFERRED",
                "INITIALLY IMMEDIATE",
                "NOT DEFERRABLE",
                "NOT ENFORCED",
            ];
            let words = [
                "FIRST",
                "STORED",
                "VIRTUAL",
                "PERSISTENT",
                "INVISIBLE",
                "VISIBLE",
                "DEFERRABLE",
                "ENFORCED",
                "CASCADE",
                "RESTRICT",
            ];
            let _ = pairs.iter().any(|pair| cursor.eat(pair)) || cursor.eat_any(&words);
        }
    }
}

/// The columns of a constraint or index.
#[derive(Debug, Clone, Default)]
pub(super) struct Listed {
    pub(super) columns: Vec<String>,
    /// As they go into a generated name: expressions too.
    pub(super) spelled: Vec<String>,
    pub(super) partial: bool,
}

/// Reads the list of columns and expressions in a bracket.
pub(super) fn listing(group: &Cursor<'_>) -> Listed {
    let mut listed = Listed::default();
    for mut item in group.commas() {
        let prefix =
            item.dialect == Dialect::MySql && item.ahead(2).is_some_and(|t| t.kind == Kind::Number);
        let call = item.ahead(1).is_some_and(|t| t.kind == Kind::Mark(b'(')) && !prefix;
        let column = if item.at_name() { item.ident() } else { None };
        match column {
            Some(function) if call => {
                listed.partial = true;
                listed.spelled.push(function);
            }
            Some(column) if !has_operator(&item) => {
                listed.spelled.push(column.clone());
                listed.columns.push(column);
            }
            _ => {
                listed.partial = true;
                let mut inner = item;
                let inside = inner.group();
                let named =
                    inside.filter(|i| i.ahead(1).is_some_and(|t| t.kind == Kind::Mark(b'(')));
                let function = named.and_then(|mut i| i.ident());
                listed
                    .spelled
                    .push(function.unwrap_or_else(|| "expr".to_owned()));
            }
        }
    }
    listed
}

/// `a || b` and `a->>'b'` are expressions; `a WITH =` is a part of an exclusion.
fn has_operator(item: &Cursor<'_>) -> bool {
    let next = item.token();
    next.is_some_and(|t| t.kind == Kind::Operator)
}

/// Returns the expression that goes on until the next option of a column starts.
pub(super) fn expression<'a>(cursor: &mut Cursor<'a>) -> Cursor<'a> {
    let start = cursor.at;
    cursor.skip();
    while let Some(token) = cursor.token() {
        let joined = start < cursor.at && {
            let before = cursor.tokens[cursor.at - 1];
            before.kind == Kind::Operator || cursor.text_of(before).eq_ignore_ascii_case("is")
        };
        if token.kind == Kind::Word && !joined && cursor.is_any(0, OPTIONS) {
            break;
        }
        cursor.skip();
    }
    cursor.part(start..cursor.at)
}

/// Returns a default as text; `DEFAULT NULL` is none.
pub(super) fn default_of(expression: &Cursor<'_>) -> Option<String> {
    if expression.is("NULL") {
        return None;
    }
    let source = expression.source();
    (!source.is_empty()).then_some(source)
}

/// Reads `GENERATED … AS …`, `AS (…)`, `IDENTITY` and `AUTO_INCREMENT`.
fn generated(column: &mut Column, cursor: &mut Cursor<'_>) {
    column.generated = true;
    let _ = cursor.eat("GENERATED");
    let _ = cursor.eat("ALWAYS") || cursor.eat("BY DEFAULT ON NULL") || cursor.eat("BY DEFAULT");
    if cursor.eat("AS") && !cursor.is("IDENTITY") {
        cursor.group();
        return;
    }
    if cursor.eat("IDENTITY") {
        column.nullable = false;
        cursor.group();
        return;
    }
    let _ = cursor.eat_any(&["AUTO_INCREMENT", "AUTOINCREMENT"]);
}

/// Reads `REFERENCES table (…) ON DELETE …`, and returns the table.
fn references(cursor: &mut Cursor<'_>) -> String {
    if !cursor.eat("REFERENCES") {
        return String::new();
    }
    let table = cursor.name().unwrap_or_default();
    cursor.group();
    loop {
        if cursor.eat("MATCH") {
            cursor.advance(1);
        } else if cursor.is("ON DELETE") || cursor.is("ON UPDATE") {
            cursor.advance(2);
            let two = cursor.is("SET NULL") || cursor.is("SET DEFAULT") || cursor.is("NO ACTION");
            cursor.advance(if two { 2 } else { 1 });
            cursor.group();
        } else {
            return table;
        }
    }
}

/// SQLite: `ON CONFLICT REPLACE`.
fn skip_conflict(cursor: &mut Cursor<'_>) {
    if cursor.eat("ON CONFLICT") {
        cursor.advance(1);
    }
}

fn is_constraint_word(cursor: &Cursor<'_>) -> bool {
    cursor.is_any(0, &["PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE"])
}
