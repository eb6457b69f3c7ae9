//! Types, triggers, functions, policies, grants, sequences and the rest, and `DROP`.

use std::ops::Range;

use coexist_model::{
    Constraint, ConstraintKind, Detail, Dialect, Effect, Element, Filling, Surface, SurfaceKind,
};

use super::Lowering;
use super::alter::in_schema_of;
use super::routines;
use super::tables::definer;
use super::views::named_after_from;
use crate::sql::cursor::{Cursor, literal_of};
use crate::sql::lex::{Kind, Lexer, Token};

/// Kinds of things whose coming nothing that runs could notice.
const QUIET: &[&str] = &[
    "SCHEMA",
    "DATABASE",
    "ROLE",
    "USER",
    "GROUP",
    "TABLESPACE",
    "COLLATION",
    "STATISTICS",
    "PUBLICATION",
    "SUBSCRIPTION",
    "CAST",
    "OPERATOR",
    "TEXT",
    "SERVER",
    "LANGUAGE",
    "TRUSTED",
    "PROCEDURAL",
    "CONVERSION",
    "TRANSFORM",
    "ACCESS",
    "DEFAULT",
    "LARGE",
    "SYSTEM",
    "RESOURCE",
    "LOGFILE",
    "UNDO",
    "INSTANCE",
];

/// Kinds of things that code calls or that act by themselves.
const ROUTINES: &[&str] = &[
    "FUNCTION",
    "PROCEDURE",
    "AGGREGATE",
    "SEQUENCE",
    "EXTENSION",
    "RULE",
];

impl Lowering<'_> {
    pub(super) fn create_object(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        definer(cursor);
        // CREATE CONSTRAINT TRIGGER; MariaDB: CREATE AGGREGATE FUNCTION.
        if cursor.is("CONSTRAINT TRIGGER") || cursor.is("AGGREGATE FUNCTION") {
            cursor.advance(1);
        }
        if cursor.eat("TYPE") {
            self.create_type(cursor, whole);
        } else if cursor.eat("DOMAIN") {
            let name = cursor.name().unwrap_or_default();
            let surface = Surface::new(SurfaceKind::Type, name);
            self.emit(surface, Effect::Nothing, whole.span(), false);
        } else if cursor.eat("EVENT TRIGGER") || cursor.eat("EVENT") {
            self.create_routine(cursor, whole, false);
        } else if cursor.eat_any(&["TRIGGER", "POLICY"]) {
            self.create_routine(cursor, whole, true);
        } else if cursor.eat_any(ROUTINES) {
            self.create_routine(cursor, whole, false);
        } else if cursor.is_any(0, QUIET) {
            self.nothing(&whole, false);
        } else {
            self.opaque(&whole, "statement not understood");
        }
    }

    fn create_type(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        let Some(name) = cursor.name() else {
            return self.opaque(&whole, "a type without a name");
        };
        let surface = Surface::new(SurfaceKind::Type, name);
        let effect = if cursor.eat("AS ENUM") {
            let items = cursor.group().map(|g| g.commas()).unwrap_or_default();
            let values = items.into_iter().filter_map(|mut i| i.literal()).collect();
            Effect::CreateEnum { values }
        } else {
            // A composite, a range or a base type: nothing stored has it yet.
            Effect::Nothing
        };
        self.emit(surface, effect, whole.span(), false);
    }

    /// A trigger, function, policy, sequence or extension.
    fn create_routine(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>, on_table: bool) {
        let conditional = cursor.eat("IF NOT EXISTS");
        let Some(name) = cursor.name() else {
            return self.opaque(&whole, "statement not understood");
        };
        let mut tables = self.spoken_of(cursor);
        let mut ahead = cursor.rest();
        ahead.until(&["ON"]);
        let target = if on_table && ahead.eat("ON") {
            ahead.name()
        } else {
            None
        };
        if let Some(target) = &target {
            let surface = self.relation(target.clone());
            if !tables.contains(&surface) {
                tables.insert(0, surface);
            }
        }
        let table = target.as_ref().map(|t| self.relation(t.clone()));
        let filling = routines::filling(cursor, table.as_ref());
        let name = self.routine_name(&name, target.as_deref());
        let surface = Surface::new(SurfaceKind::Routine, name);
        let effect = Effect::CreateRoutine { tables, filling };
        self.emit(surface, effect, whole.span(), conditional);
    }

    /// In PostgreSQL the name of a trigger or policy is its table's own.
    fn routine_name(&self, name: &str, table: Option<&str>) -> String {
        match table {
            Some(table) if self.dialect == Dialect::Postgres => format!("{name} on {table}"),
            _ => name.to_owned(),
        }
    }

    /// Returns the tables that a body speaks of, also where the body is a text.
    fn spoken_of(&self, cursor: &Cursor<'_>) -> Vec<Surface> {
        let mut names = named_after_from(&cursor.rest());
        for &token in &cursor.tokens[cursor.at.min(cursor.tokens.len())..] {
            if !matches!(token.kind, Kind::Text | Kind::Dollar) {
                continue;
            }
            let text = cursor.text_of(token);
            let body = literal_of(text, token.kind, self.dialect).unwrap_or_default();
            let mut lexer = Lexer::new(&body, 0, body.len(), self.dialect);
            let tokens: Vec<Token> = std::iter::from_fn(|| lexer.token())
                .filter(|t| t.kind != Kind::Comment)
                .collect();
            names.extend(named_after_from(&Cursor::new(&body, &tokens, self.dialect)));
        }
        let own = |n: &String| {
            !matches!(
                n.as_str(),
                "new" | "old" | "strict" | "new_table" | "old_table"
            )
        };
        let mut surfaces: Vec<Surface> = names
            .into_iter()
            .filter(own)
            .map(|n| self.relation(n))
            .collect();
        surfaces.sort();
        surfaces.dedup();
        surfaces
    }

    pub(super) fn alter_object(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        definer(cursor);
        if cursor.eat("TYPE") {
            self.alter_type(cursor, whole);
        } else if cursor.eat("INDEX") {
            self.alter_index(cursor, whole);
        } else if cursor.eat("VIEW") || cursor.eat("MATERIALIZED VIEW") {
            cursor.eat("IF EXISTS");
            let Some(view) = cursor.name() else {
                return self.opaque(&whole, "statement not understood");
            };
            self.alter_view(cursor, whole, view);
        } else if cursor.eat("DOMAIN") {
            self.alter_domain(cursor, whole);
        } else if cursor.is_any(
            0,
            &[
                "FUNCTION",
                "PROCEDURE",
                "ROUTINE",
                "TRIGGER",
                "POLICY",
                "SEQUENCE",
                "EVENT",
            ],
        ) {
            self.alter_routine(cursor, whole);
        } else if cursor.is("SCHEMA") && whole.tokens.len() > 3 && whole.is_any(3, &["RENAME"]) {
            self.opaque(&whole, "a schema gets another name");
        } else if cursor.is_any(0, QUIET) || cursor.is_any(0, &["EXTENSION", "RULE", "AGGREGATE"]) {
            self.nothing(&whole, false);
        } else {
            self.opaque(&whole, "statement not understood");
        }
    }

    fn alter_type(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        let Some(name) = cursor.name() else {
            return self.opaque(&whole, "statement not understood");
        };
        let surface = Surface::new(SurfaceKind::Type, name.clone());
        let mut conditional = false;
        let effect = if cursor.eat("ADD VALUE") {
            conditional = cursor.eat("IF NOT EXISTS");
            cursor.literal().map(|value| Effect::AddEnumValue { value })
        } else if cursor.eat("RENAME VALUE") {
            let value = cursor.literal();
            let to = if cursor.eat("TO") {
                cursor.literal()
            } else {
                None
            };
            value
                .zip(to)
                .map(|(value, to)| Effect::RenameEnumValue { value, to })
        } else if cursor.eat("RENAME TO") {
            let to = cursor.name();
            to.map(|to| Effect::RenameType {
                to: in_schema_of(&name, to, self.dialect),
            })
        } else if cursor.eat("SET SCHEMA") {
            let bare = name.rsplit('.').next().unwrap_or_default();
            let to = cursor.ident().map(|schema| match schema.as_str() {
                "public" => bare.to_owned(),
                _ => format!("{schema}.{bare}"),
            });
            to.map(|to| Effect::RenameType { to })
        } else if cursor.is("OWNER TO") || cursor.is("SET") {
            Some(Effect::Nothing)
        } else {
            None
        };
        match effect {
            Some(effect) => self.emit(surface, effect, whole.span(), conditional),
            None => self.opaque(&whole, "action not understood"),
        }
    }

    fn alter_index(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        let conditional = cursor.eat("IF EXISTS");
        let Some(name) = cursor.name() else {
            return self.nothing(&whole, true);
        };
        if !cursor.eat("RENAME TO") {
            return self.nothing(&whole, true);
        }
        let Some(to) = cursor.ident() else {
            return self.opaque(&whole, "action not understood");
        };
        let table = self.names.table_of(&name).unwrap_or_default().to_owned();
        let name = bare(&name);
        let effect = Effect::RenameConstraint { name, to };
        self.on_table(&table, effect, whole.span(), conditional);
    }

    pub(super) fn alter_view(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>, view: String) {
        let surface = Surface::new(SurfaceKind::View, view.clone());
        let effect = if cursor.eat("RENAME TO") {
            let to = cursor.name().unwrap_or_default();
            self.kinds.insert(to.clone(), SurfaceKind::View);
            Effect::RenameTable {
                to: in_schema_of(&view, to, self.dialect),
            }
        } else if cursor.eat("RENAME") {
            cursor.eat("COLUMN");
            let column = cursor.ident();
            cursor.eat("TO");
            match column.zip(cursor.ident()) {
                Some((column, to)) => Effect::RenameColumn { column, to },
                None => return self.opaque(&whole, "action not understood"),
            }
        } else if cursor.eat("AS") {
            let shown = self.query(&cursor.rest());
            let reads = shown.reads.into_iter().map(|n| self.relation(n)).collect();
            Effect::CreateView {
                columns: shown.columns,
                reads,
            }
        } else {
            Effect::Nothing
        };
        self.emit(surface, effect, whole.span(), false);
    }

    fn alter_domain(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        let name = cursor.name().unwrap_or_default();
        let surface = Surface::new(SurfaceKind::Type, name.clone());
        if cursor.eat("ADD") {
            let Some(element) = self.constraint(&name, cursor.rest()) else {
                return self.opaque(&whole, "action not understood");
            };
            return self.emit(surface, Effect::AddConstraint(element), whole.span(), false);
        }
        let strict = cursor.is("SET NOT NULL");
        if !strict {
            return self.emit(surface, Effect::Nothing, whole.span(), false);
        }
        let element = Element {
            name: format!("{name}_not_null"),
            detail: Detail::Constraint(Constraint {
                kind: ConstraintKind::Check {
                    expression: "value IS NOT NULL".to_owned(),
                },
                columns: Vec::new(),
                partial: false,
                validated: true,
                predicate: None,
            }),
            place: self.place(whole.span()),
        };
        self.emit(surface, Effect::AddConstraint(element), whole.span(), false);
    }

    fn alter_routine(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        cursor.advance(1);
        cursor.eat("IF EXISTS");
        let Some(name) = cursor.name() else {
            return self.opaque(&whole, "statement not understood");
        };
        cursor.group();
        let target = if cursor.eat("ON") {
            cursor.name()
        } else {
            None
        };
        let tables: Vec<Surface> = target.iter().map(Surface::table).collect();
        let old = self.routine_name(&name, target.as_deref());
        let surface = Surface::new(SurfaceKind::Routine, old);
        if !cursor.eat("RENAME TO") {
            return self.emit(surface, Effect::Nothing, whole.span(), false);
        }
        let to = cursor.name().unwrap_or_default();
        let new = self.routine_name(&in_schema_of(&name, to, self.dialect), target.as_deref());
        let gone = Effect::DropRoutine {
            tables: tables.clone(),
        };
        self.emit(surface, gone, whole.span(), false);
        let surface = Surface::new(SurfaceKind::Routine, new);
        self.emit(
            surface,
            Effect::CreateRoutine {
                tables,
                filling: Filling::default(),
            },
            whole.span(),
            false,
        );
    }

    pub(super) fn drop(&mut self, cursor: &mut Cursor<'_>) {
        let whole = *cursor;
        cursor.eat("DROP");
        let temporary = cursor.eat("TEMPORARY");
        let _ = cursor.eat("FOREIGN");
        if temporary {
            self.nothing(&whole, false);
        } else if cursor.eat("TABLE") || cursor.eat("TABLES") {
            self.drop_each(cursor, whole, |low, name, span, conditional| {
                if low.temporary.remove(&name) {
                    return low.emit(Surface::table(name), Effect::Nothing, span, conditional);
                }
                low.emit(Surface::table(name), Effect::DropTable, span, conditional);
            });
        } else if cursor.eat("VIEW") || cursor.eat("MATERIALIZED VIEW") {
            self.drop_each(cursor, whole, |low, name, span, conditional| {
                low.kinds.remove(&name);
                let surface = Surface::new(SurfaceKind::View, name);
                low.emit(surface, Effect::DropView, span, conditional);
            });
        } else if cursor.eat("TYPE") || cursor.eat("DOMAIN") {
            self.drop_each(cursor, whole, |low, name, span, conditional| {
                let surface = Surface::new(SurfaceKind::Type, name);
                low.emit(surface, Effect::DropType, span, conditional);
            });
        } else if cursor.eat("INDEX") {
            self.drop_index(cursor, whole);
        } else if cursor.eat_any(&["TRIGGER", "POLICY", "RULE"]) {
            self.drop_on_table(cursor, whole);
        } else if cursor.eat("EVENT TRIGGER")
            || cursor.eat_any(&[
                "FUNCTION",
                "PROCEDURE",
                "ROUTINE",
                "AGGREGATE",
                "SEQUENCE",
                "EXTENSION",
                "EVENT",
            ])
        {
            self.drop_each(cursor, whole, |low, name, span, conditional| {
                let surface = Surface::new(SurfaceKind::Routine, name);
                let effect = Effect::DropRoutine { tables: Vec::new() };
                low.emit(surface, effect, span, conditional);
            });
        } else if cursor.is_any(0, &["SCHEMA", "DATABASE", "OWNED"]) {
            self.opaque(&whole, "everything in it goes");
        } else if cursor.is_any(0, QUIET) || cursor.is("PREPARE") {
            self.nothing(&whole, false);
        } else {
            self.opaque(&whole, "statement not understood");
        }
    }

    fn drop_each(
        &mut self,
        cursor: &mut Cursor<'_>,
        whole: Cursor<'_>,
        mut gone: impl FnMut(&mut Self, String, Range<usize>, bool),
    ) {
        let conditional = cursor.eat("IF EXISTS");
        let items = cursor.commas();
        let several = items.len() > 1;
        if items.is_empty() {
            return self.opaque(&whole, "statement not understood");
        }
        for item in items {
            let mut span = item.rest().span();
            if !several {
                span = whole.span();
            }
            match item.rest().name() {
                Some(name) => gone(self, name, span, conditional),
                None => self.opaque(&item, "action not understood"),
            }
        }
    }

    /// PostgreSQL and SQLite do not say whose index it is: then the table's name is empty, and the index is found by its own.
    fn drop_index(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        cursor.eat("CONCURRENTLY");
        let conditional = cursor.eat("IF EXISTS");
        for item in cursor.commas() {
            let mut ahead = item.rest();
            let Some(name) = ahead.name() else {
                self.opaque(&whole, "statement not understood");
                return;
            };
            let said = if ahead.eat("ON") { ahead.name() } else { None };
            let known = self.names.table_of(&name).map(str::to_owned);
            let table = said.or(known).unwrap_or_default();
            let effect = Effect::DropConstraint { name: bare(&name) };
            self.on_table(&table, effect, whole.span(), conditional);
        }
    }

    fn drop_on_table(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        let conditional = cursor.eat("IF EXISTS");
        let Some(name) = cursor.name() else {
            return self.opaque(&whole, "statement not understood");
        };
        let target = if cursor.eat("ON") {
            cursor.name()
        } else {
            None
        };
        let tables = target.iter().map(Surface::table).collect();
        let name = self.routine_name(&name, target.as_deref());
        let surface = Surface::new(SurfaceKind::Routine, name);
        self.emit(
            surface,
            Effect::DropRoutine { tables },
            whole.span(),
            conditional,
        );
    }

    /// A grant is named by what it lets whom do, so that its revocation finds it.
    pub(super) fn grant(&mut self, cursor: &mut Cursor<'_>) {
        let whole = *cursor;
        let grants = cursor.eat("GRANT");
        cursor.at = cursor.at.max(1);
        let privileges = cursor.until(&["ON", "TO", "FROM"]).source().to_lowercase();
        let mut tables = Vec::new();
        if cursor.eat("ON") {
            let objects = cursor.until(&["TO", "FROM"]);
            let mut listed = objects;
            let other = listed.is_any(
                0,
                &[
                    "ALL",
                    "SCHEMA",
                    "DATABASE",
                    "SEQUENCE",
                    "FUNCTION",
                    "PROCEDURE",
                    "TYPE",
                    "DOMAIN",
                ],
            );
            listed.eat("TABLE");
            if !other {
                tables.extend(listed.commas().into_iter().filter_map(|i| i.rest().name()));
            }
        }
        let whom = cursor.rest().source().to_lowercase();
        let on = tables.join(", ");
        let name = format!(
            "grant {privileges} on {on} {}",
            whom.replacen("from ", "to ", 1)
        );
        let surface = Surface::new(SurfaceKind::Routine, name);
        let tables = tables.into_iter().map(|t| self.relation(t)).collect();
        let effect = if grants {
            Effect::CreateRoutine {
                tables,
                filling: Filling::default(),
            }
        } else {
            Effect::DropRoutine { tables }
        };
        self.emit(surface, effect, whole.span(), false);
    }
}

fn bare(name: &str) -> String {
    name.rsplit('.').next().unwrap_or_default().to_owned()
}
