//! `CREATE TABLE` and `CREATE INDEX`.

use coexist_model::{
    Column, Constraint, ConstraintKind, Detail, Dialect, Effect, Element, SurfaceKind,
};

use super::Lowering;
use super::columns::{Listed, listing};
use super::names::Sort;
use crate::sql::conditions::predicate;
use crate::sql::cursor::Cursor;
use crate::sql::splitter::Statement;

impl Lowering<'_> {
    pub(super) fn create(&mut self, cursor: &mut Cursor<'_>, statement: &Statement) {
        let whole = *cursor;
        cursor.eat("CREATE");
        let _ = cursor.eat("OR REPLACE") || cursor.eat("OR ALTER");
        definer(cursor);
        let _ = cursor.eat_any(&["GLOBAL", "LOCAL"]);
        let temporary = cursor.eat_any(&["TEMP", "TEMPORARY"]);
        let _ = cursor.eat_any(&["UNLOGGED", "FOREIGN", "RECURSIVE", "STATIC"]);
        if cursor.eat("TABLE") {
            self.create_table(cursor, whole, temporary);
        } else if cursor.eat("VIRTUAL TABLE") {
            self.virtual_table(cursor, whole);
        } else if cursor.is("UNIQUE") || cursor.is_any(0, &["INDEX", "FULLTEXT", "SPATIAL"]) {
            self.create_index(cursor, whole);
        } else if cursor.eat("VIEW") || cursor.eat("RECURSIVE VIEW") {
            self.create_view(cursor, whole, statement, temporary);
        } else if cursor.eat("MATERIALIZED VIEW") {
            self.create_view(cursor, whole, statement, false);
        } else {
            self.create_object(cursor, whole);
        }
    }

    fn create_table(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>, temporary: bool) {
        let conditional = cursor.eat("IF NOT EXISTS");
        let Some(table) = cursor.name() else {
            return self.opaque(&whole, "a table without a name");
        };
        if temporary {
            self.temporary.insert(table);
            return self.nothing(&whole, false);
        }
        let elements = if cursor.is_mark(b'(') && !starts_query(cursor) {
            let group = cursor.group().unwrap_or(cursor.rest());
            self.members(&table, &group)
        } else if cursor.eat("PARTITION OF") || cursor.eat("LIKE") {
            self.like(cursor)
        } else {
            Vec::new()
        };
        let query = (elements.is_empty()).then(|| self.columns_of_query(cursor));
        let untold = query.as_ref().is_some_and(Option::is_none);
        let elements = query.flatten().unwrap_or(elements);
        let columns = elements
            .iter()
            .filter(|e| matches!(e.detail, Detail::Column(_)));
        let columns = columns.map(|e| e.name.clone()).collect();
        self.names.table(&table, columns);
        let span = whole.span();
        self.on_table(&table, Effect::CreateTable { elements }, span, conditional);
        if untold {
            self.opaque_on(
                Some(&table),
                &whole,
                "the columns of the table cannot be told",
            );
        }
    }

    /// Reads the columns and constraints of a table.
    fn members(&mut self, table: &str, group: &Cursor<'_>) -> Vec<Element> {
        let mut elements = Vec::new();
        let mut later = Vec::new();
        for mut item in group.commas() {
            if self.at_constraint(&item) {
                later.push(item);
            } else if item.eat("LIKE") {
                elements.extend(self.like(&mut item));
            } else if item.eat("PERIOD FOR") {
            } else if let Some(defined) = self.column(table, item) {
                self.names.add_column(table, &defined.column.name);
                elements.push(defined.column);
                elements.extend(defined.constraints);
            } else {
                self.problem(item.span(), "a part of a table is not understood");
            }
        }
        for item in later {
            match self.constraint(table, item) {
                Some(constraint) => {
                    require_key_columns(&constraint, &mut elements, self.dialect);
                    elements.push(constraint);
                }
                None => self.problem(item.span(), "a constraint is not understood"),
            }
        }
        elements
    }

    /// `LIKE other` and `PARTITION OF other` take the columns of a table of this file, if it is one.
    fn like(&mut self, cursor: &mut Cursor<'_>) -> Vec<Element> {
        let Some(other) = cursor.name() else {
            return Vec::new();
        };
        let found = self
            .lowered
            .operations
            .iter()
            .rev()
            .find_map(|o| match &o.effect {
                Effect::CreateTable { elements } if o.surface.name == other => {
                    Some(elements.clone())
                }
                _ => None,
            });
        found.unwrap_or_default()
    }

    /// `CREATE TABLE t AS SELECT …`: the columns have names, and types that only the database knows. None where it has a query
    /// whose columns cannot be told.
    fn columns_of_query(&mut self, cursor: &mut Cursor<'_>) -> Option<Vec<Element>> {
        cursor.until(&["SELECT", "WITH", "TABLE", "EXECUTE"]);
        if cursor.done() {
            return Some(Vec::new());
        }
        let query = cursor.rest();
        let columns = self.query(&query).columns?;
        let place = self.place(query.span());
        let element = |name: String| Element {
            name,
            detail: Detail::Column(untyped()),
            place: place.clone(),
        };
        Some(columns.into_iter().map(element).collect())
    }

    /// SQLite: `CREATE VIRTUAL TABLE t USING fts5(title, body, tokenize = …)`.
    fn virtual_table(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        let conditional = cursor.eat("IF NOT EXISTS");
        let Some(table) = cursor.name() else {
            return self.opaque(&whole, "a table without a name");
        };
        cursor.until(&["USING"]);
        cursor.advance(2);
        let items = cursor.group().map(|g| g.commas()).unwrap_or_default();
        let mut elements = Vec::new();
        for mut item in items {
            let span = item.span();
            let name = item.ident();
            if let Some(name) = name.filter(|_| !item.is_sign("=")) {
                elements.push(Element {
                    name,
                    detail: Detail::Column(untyped()),
                    place: self.place(span),
                });
            }
        }
        let effect = Effect::CreateTable { elements };
        self.on_table(&table, effect, whole.span(), conditional);
    }

    fn create_index(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        let unique = cursor.eat("UNIQUE");
        let _ = cursor.eat_any(&["FULLTEXT", "SPATIAL", "CLUSTERED", "NONCLUSTERED"]);
        cursor.eat("INDEX");
        cursor.eat("CONCURRENTLY");
        let conditional = cursor.eat("IF NOT EXISTS");
        let mut name = None;
        if !cursor.is("ON") {
            name = cursor.name();
        }
        if cursor.eat("USING") {
            cursor.advance(1);
        }
        if !cursor.eat("ON") {
            return self.opaque(&whole, "an index without a table");
        }
        cursor.eat("ONLY");
        let Some(table) = cursor.name() else {
            return self.opaque(&whole, "an index without a table");
        };
        if cursor.eat("USING") {
            cursor.advance(1);
        }
        let mut listed = cursor.group().map(|g| listing(&g)).unwrap_or_default();
        cursor.until(&["WHERE"]);
        let predicate = cursor
            .eat("WHERE")
            .then(|| predicate(&cursor.rest().source()));
        listed.partial |= predicate.is_some();
        let index = self.named_index(&table, name, &listed);
        self.names.index(&index, &table, &listed);
        let kind = if unique {
            ConstraintKind::Unique
        } else {
            ConstraintKind::Index
        };
        let element = Element {
            name: index,
            detail: Detail::Constraint(Constraint {
                kind,
                columns: listed.columns,
                partial: listed.partial,
                predicate,
                validated: true,
            }),
            place: self.place(whole.span()),
        };
        // A materialized view has indexes too, but nothing writes into it.
        if self.kinds.get(&table) == Some(&SurfaceKind::View) {
            return self.nothing_on(&table, &whole, true);
        }
        self.on_table(
            &table,
            Effect::AddConstraint(element),
            whole.span(),
            conditional,
        );
    }

    fn named_index(&mut self, table: &str, name: Option<String>, listed: &Listed) -> String {
        let bare = name.map(|n| n.rsplit('.').next().unwrap_or_default().to_owned());
        bare.unwrap_or_else(|| {
            self.names
                .generate(Sort::Index, table, &listed.spelled, self.dialect)
        })
    }
}

/// A primary key refuses NULL in its columns; not so in SQLite.
fn require_key_columns(constraint: &Element, elements: &mut [Element], dialect: Dialect) {
    let Detail::Constraint(key) = &constraint.detail else {
        return;
    };
    if key.kind != ConstraintKind::PrimaryKey {
        return;
    }
    let alone = key.columns.len() == 1;
    for element in elements
        .iter_mut()
        .filter(|e| key.columns.contains(&e.name))
    {
        if let Detail::Column(column) = &mut element.detail {
            if dialect != Dialect::Sqlite {
                column.nullable = false;
            } else if alone && column.type_name == "integer" {
                column.generated = true;
            }
        }
    }
}

fn untyped() -> Column {
    Column {
        type_name: String::new(),
        nullable: true,
        default: None,
        generated: false,
    }
}

/// MySQL: `CREATE TABLE t (SELECT …)`.
fn starts_query(cursor: &Cursor<'_>) -> bool {
    cursor.is_any(1, &["SELECT", "WITH"])
}

/// MySQL: `DEFINER = user@host`, `ALGORITHM = MERGE`, `SQL SECURITY INVOKER`.
pub(super) fn definer(cursor: &mut Cursor<'_>) {
    loop {
        if cursor.eat_any(&["DEFINER", "ALGORITHM"]) {
            cursor.eat_sign("=");
            cursor.skip();
            if cursor.eat_sign("@") {
                cursor.skip();
            }
            let glued = cursor
                .token()
                .filter(|t| cursor.text_of(*t).starts_with('@'));
            if glued.is_some() || cursor.is_mark(b'(') {
                cursor.skip();
            }
        } else if cursor.eat("SQL SECURITY") {
            cursor.skip();
        } else {
            return;
        }
    }
}
