//! `ALTER TABLE`, action by action.

use coexist_model::{Detail, Dialect, Effect, Filling, Surface, SurfaceKind};

use super::Lowering;
use super::columns::{default_of, expression};
use super::types::type_name;
use crate::sql::cursor::Cursor;

impl Lowering<'_> {
    pub(super) fn alter(&mut self, cursor: &mut Cursor<'_>) {
        let whole = *cursor;
        cursor.eat("ALTER");
        let _ = cursor.eat_any(&["ONLINE", "OFFLINE", "IGNORE", "FOREIGN"]);
        if cursor.eat("TABLE") {
            self.alter_table(cursor, whole);
        } else {
            self.alter_object(cursor, whole);
        }
    }

    fn alter_table(&mut self, cursor: &mut Cursor<'_>, whole: Cursor<'_>) {
        if cursor.is("ALL IN TABLESPACE") {
            return self.nothing(&whole, true);
        }
        let conditional = cursor.eat("IF EXISTS");
        cursor.eat("ONLY");
        let Some(table) = cursor.name() else {
            return self.opaque(&whole, "statement not understood");
        };
        cursor.eat_sign("*");
        if self.kinds.get(&table) == Some(&SurfaceKind::View) {
            return self.alter_view(cursor, whole, table);
        }
        let actions = cursor.commas();
        if actions.is_empty() {
            return self.opaque(&whole, "statement not understood");
        }
        let first = whole.span().start;
        for (nth, action) in actions.into_iter().enumerate() {
            let mut span = action.span();
            // The first action is found where its statement starts.
            if nth == 0 {
                span.start = first;
            }
            let mut act = Action {
                table: &table,
                span,
                conditional,
            };
            let mut rest = action.rest();
            if !self.action(&mut act, &mut rest) {
                self.opaque_on(Some(&table), &action.rest(), "action not understood");
            }
        }
    }

    /// Reads one action. Returns false where it is not understood.
    fn action(&mut self, act: &mut Action<'_>, cursor: &mut Cursor<'_>) -> bool {
        if cursor.eat("ADD") {
            self.add(act, cursor)
        } else if cursor.eat("DROP") {
            self.drop_member(act, cursor)
        } else if cursor.eat("ALTER") {
            self.alter_member(act, cursor)
        } else if cursor.eat("RENAME") {
            self.rename(act, cursor)
        } else if cursor.eat("MODIFY") {
            cursor.eat("COLUMN");
            act.conditional |= cursor.eat("IF EXISTS");
            self.restate(act, cursor.rest(), None)
        } else if cursor.eat("CHANGE") {
            cursor.eat("COLUMN");
            act.conditional |= cursor.eat("IF EXISTS");
            let old = cursor.ident();
            old.is_some() && self.restate(act, cursor.rest(), old)
        } else if cursor.eat("VALIDATE CONSTRAINT") {
            let name = cursor.ident();
            name.is_some_and(|name| self.act(act, Effect::ValidateConstraint { name }))
        } else if cursor.eat("SET SCHEMA") {
            let Some(schema) = cursor.ident() else {
                return false;
            };
            let bare = act.table.rsplit('.').next().unwrap_or_default();
            let to = if schema == "public" {
                bare.to_owned()
            } else {
                format!("{schema}.{bare}")
            };
            self.act(act, Effect::RenameTable { to })
        } else if cursor.is("DETACH PARTITION") {
            false
        } else if let Some(on) = row_security(cursor) {
            let name = format!("row level security on {}", act.table);
            self.routine(act, name, on)
        } else {
            self.storage(act, cursor)
        }
    }

    fn act(&mut self, act: &Action<'_>, effect: Effect) -> bool {
        self.on_table(act.table, effect, act.span.clone(), act.conditional);
        true
    }

    fn routine(&mut self, act: &Action<'_>, name: String, on: bool) -> bool {
        let tables = vec![Surface::table(act.table)];
        let effect = if on {
            Effect::CreateRoutine {
                tables,
                filling: Filling::default(),
            }
        } else {
            Effect::DropRoutine { tables }
        };
        let surface = Surface::new(SurfaceKind::Routine, name);
        self.emit(surface, effect, act.span.clone(), act.conditional);
        true
    }

    /// How and where rows are kept is nothing that running code could notice.
    fn storage(&mut self, act: &Action<'_>, cursor: &Cursor<'_>) -> bool {
        let known = [
            "SET",
            "RESET",
            "OWNER",
            "CLUSTER",
            "REPLICA",
            "ENABLE",
            "DISABLE",
            "FORCE",
            "NO",
            "INHERIT",
            "NOT",
            "OF",
            "ATTACH",
            "CONVERT",
            "ENGINE",
            "AUTO_INCREMENT",
            "COMMENT",
            "ALGORITHM",
            "LOCK",
            "DEFAULT",
            "CHARACTER",
            "CHARSET",
            "COLLATE",
            "ROW_FORMAT",
            "PARTITION",
            "ORDER",
            "WITH",
            "WITHOUT",
            "KEY_BLOCK_SIZE",
            "STATS_PERSISTENT",
            "TABLESPACE",
            "ANALYZE",
            "CHECK",
            "OPTIMIZE",
            "REBUILD",
            "REORGANIZE",
            "REPAIR",
            "COALESCE",
            "EXCHANGE",
            "AVG_ROW_LENGTH",
            "CHECKSUM",
            "COMPRESSION",
            "MAX_ROWS",
            "MIN_ROWS",
            "PACK_KEYS",
            "DEPENDS",
            "DISCARD",
            "IMPORT",
            "REMOVE",
        ];
        if !cursor.is_any(0, &known) {
            return false;
        }
        let surface = Surface::table(act.table);
        self.emit(surface, Effect::Nothing, act.span.clone(), act.conditional);
        if let Some(last) = self.lowered.operations.last_mut() {
            last.locking = true;
        }
        true
    }

    fn add(&mut self, act: &mut Action<'_>, cursor: &mut Cursor<'_>) -> bool {
        if cursor.is("PARTITION") {
            return self.storage(act, cursor);
        }
        if self.at_constraint(cursor) {
            // MariaDB: ADD CONSTRAINT IF NOT EXISTS, ADD INDEX IF NOT EXISTS.
            let Some(element) = self.constraint(act.table, cursor.rest()) else {
                return false;
            };
            self.remember_index(act.table, &element);
            return self.add_constraint(act, cursor, element);
        }
        cursor.eat("COLUMN");
        act.conditional |= cursor.eat("IF NOT EXISTS");
        let items = match cursor.is_mark(b'(') {
            true => cursor.group().map(|g| g.commas()).unwrap_or_default(),
            false => vec![cursor.rest()],
        };
        let mut any = false;
        for item in items {
            any |= self.add_column(act, item);
        }
        any
    }

    /// `USING INDEX` makes an index that stands into the constraint, under the constraint's name:
    /// <https://www.postgresql.org/docs/17/sql-altertable.html>. An index of another file keeps its columns by being renamed.
    fn add_constraint(
        &mut self,
        act: &Action<'_>,
        cursor: &Cursor<'_>,
        element: coexist_model::Element,
    ) -> bool {
        let Some(name) = index_used(cursor) else {
            return self.act(act, Effect::AddConstraint(element));
        };
        let known =
            matches!(&element.detail, Detail::Constraint(c) if !c.columns.is_empty() || c.partial);
        let to = element.name.clone();
        self.act(act, Effect::RenameConstraint { name, to });
        if known {
            self.act(act, Effect::AddConstraint(element));
        }
        true
    }

    fn add_column(&mut self, act: &Action<'_>, item: Cursor<'_>) -> bool {
        let Some(defined) = self.column(act.table, item) else {
            return false;
        };
        self.names.note_column(act.table, &defined.column.name);
        self.act(act, Effect::AddColumn(defined.column));
        for constraint in defined.constraints {
            self.act(act, Effect::AddConstraint(constraint));
        }
        true
    }

    fn remember_index(&mut self, table: &str, element: &coexist_model::Element) {
        if let Detail::Constraint(constraint) = &element.detail {
            let listed = super::columns::Listed {
                columns: constraint.columns.clone(),
                spelled: constraint.columns.clone(),
                partial: constraint.partial,
            };
            self.names.index(&element.name, table, &listed);
        }
    }

    fn drop_member(&mut self, act: &mut Action<'_>, cursor: &mut Cursor<'_>) -> bool {
        if cursor.is("PARTITION") {
            return false;
        }
        if cursor.eat("PRIMARY KEY") {
            let bare = act.table.rsplit('.').next().unwrap_or_default();
            let name = match self.dialect {
                Dialect::MySql => "PRIMARY".to_owned(),
                _ => format!("{bare}_pkey"),
            };
            return self.act(act, Effect::DropConstraint { name });
        }
        let mysql = self.dialect == Dialect::MySql;
        let constraint = cursor.eat("CONSTRAINT")
            || cursor.eat("FOREIGN KEY")
            || mysql && (cursor.eat("INDEX") || cursor.eat("KEY") || cursor.eat("CHECK"));
        if !constraint {
            cursor.eat("COLUMN");
        }
        act.conditional |= cursor.eat("IF EXISTS");
        let Some(name) = cursor.ident() else {
            return false;
        };
        let _ = cursor.eat_any(&["CASCADE", "RESTRICT"]);
        if !cursor.done() {
            let rest = cursor.rest();
            self.problem(rest.span(), "a part of an action is not understood");
        }
        let effect = match constraint {
            true => Effect::DropConstraint { name },
            false => Effect::DropColumn { column: name },
        };
        self.act(act, effect)
    }

    fn alter_member(&mut self, act: &mut Action<'_>, cursor: &mut Cursor<'_>) -> bool {
        if cursor.eat("CONSTRAINT") || cursor.eat("INDEX") || cursor.eat("CHECK") {
            // Deferrability, enforcement, visibility.
            self.act(act, Effect::Nothing);
            return true;
        }
        cursor.eat("COLUMN");
        act.conditional |= cursor.eat("IF EXISTS");
        let Some(column) = cursor.ident() else {
            return false;
        };
        let effect = if cursor.eat("SET DATA TYPE") || cursor.eat("TYPE") {
            let type_name = type_name(&self.type_tokens(cursor));
            Effect::SetType {
                column,
                type_name,
                was: None,
            }
        } else if cursor.eat("SET NOT NULL") {
            Effect::SetRequired {
                column,
                required: true,
            }
        } else if cursor.eat("DROP NOT NULL") {
            Effect::SetRequired {
                column,
                required: false,
            }
        } else if cursor.eat("SET DEFAULT") {
            let default = default_of(&expression(cursor));
            Effect::SetDefault { column, default }
        } else if cursor.eat("DROP DEFAULT")
            || cursor.eat("DROP IDENTITY")
            || cursor.eat("DROP EXPRESSION")
        {
            Effect::SetDefault {
                column,
                default: None,
            }
        } else if cursor.is("ADD GENERATED") {
            cursor.advance(1);
            let default = Some(cursor.rest().source().to_lowercase());
            Effect::SetDefault { column, default }
        } else if cursor.is_any(0, &["SET", "RESET", "RESTART"]) {
            Effect::Nothing
        } else {
            return false;
        };
        self.act(act, effect)
    }

    fn rename(&mut self, act: &Action<'_>, cursor: &mut Cursor<'_>) -> bool {
        let mysql = self.dialect == Dialect::MySql;
        if cursor.eat("CONSTRAINT") || mysql && (cursor.eat("INDEX") || cursor.eat("KEY")) {
            return match pair(cursor) {
                Some((name, to)) => self.act(act, Effect::RenameConstraint { name, to }),
                None => false,
            };
        }
        let column = cursor.eat("COLUMN");
        if column || cursor.is_any(1, &["TO"]) && !cursor.is("TO") {
            return match pair(cursor) {
                Some((column, to)) => self.act(act, Effect::RenameColumn { column, to }),
                None => false,
            };
        }
        let _ = cursor.eat_any(&["TO", "AS"]);
        let Some(to) = cursor.name() else {
            return false;
        };
        let to = in_schema_of(act.table, to, self.dialect);
        self.rename_relation(act, to)
    }

    fn rename_relation(&mut self, act: &Action<'_>, to: String) -> bool {
        // An index or a sequence may be renamed by ALTER TABLE too.
        if let Some(table) = self.names.table_of(act.table).map(str::to_owned) {
            let name = act.table.to_owned();
            let renamed = Effect::RenameConstraint { name, to };
            self.on_table(&table, renamed, act.span.clone(), act.conditional);
            return true;
        }
        if self.temporary.remove(act.table) {
            self.temporary.insert(to);
            return self.act(act, Effect::Nothing);
        }
        self.act(act, Effect::RenameTable { to })
    }

    /// MySQL's MODIFY and CHANGE state the whole column anew.
    fn restate(&mut self, act: &Action<'_>, cursor: Cursor<'_>, old: Option<String>) -> bool {
        let Some(defined) = self.column(act.table, cursor) else {
            return false;
        };
        let column = defined.column.name.clone();
        let Detail::Column(definition) = defined.column.detail else {
            return false;
        };
        if let Some(old) = old.filter(|old| *old != column) {
            let to = column.clone();
            self.act(act, Effect::RenameColumn { column: old, to });
        }
        let type_name = definition.type_name;
        let required = !definition.nullable;
        let default = match definition.generated {
            true => Some("auto_increment".to_owned()),
            false => definition.default,
        };
        self.act(
            act,
            Effect::SetType {
                column: column.clone(),
                type_name,
                was: None,
            },
        );
        self.act(
            act,
            Effect::SetRequired {
                column: column.clone(),
                required,
            },
        );
        self.act(act, Effect::SetDefault { column, default });
        for constraint in defined.constraints {
            self.act(act, Effect::AddConstraint(constraint));
        }
        true
    }

    /// MySQL: `RENAME TABLE a TO b, c TO d`.
    pub(super) fn rename_tables(&mut self, cursor: &mut Cursor<'_>) {
        let whole = *cursor;
        cursor.eat("RENAME");
        if !cursor.eat_any(&["TABLE", "TABLES"]) {
            return self.opaque(&whole, "statement not understood");
        }
        let conditional = cursor.eat("IF EXISTS");
        for item in cursor.commas() {
            let mut cursor = item;
            let table = cursor.name();
            let to = if cursor.eat("TO") {
                cursor.name()
            } else {
                None
            };
            match (table, to) {
                (Some(table), Some(to)) => {
                    let act = Action {
                        table: &table,
                        span: item.span(),
                        conditional,
                    };
                    self.rename_relation(&act, to);
                }
                _ => self.opaque(&item, "action not understood"),
            }
        }
    }
}

/// One action of an `ALTER TABLE`.
pub(super) struct Action<'a> {
    table: &'a str,
    span: std::ops::Range<usize>,
    conditional: bool,
}

/// Returns the index after `USING INDEX`.
fn index_used(cursor: &Cursor<'_>) -> Option<String> {
    let mut ahead = *cursor;
    ahead.until(&["USING"]);
    if ahead.eat("USING INDEX") && !ahead.is("TABLESPACE") {
        return ahead.ident();
    }
    None
}

fn pair(cursor: &mut Cursor<'_>) -> Option<(String, String)> {
    let from = cursor.ident()?;
    if !cursor.eat("TO") {
        return None;
    }
    Some((from, cursor.ident()?))
}

/// In PostgreSQL a renamed object stays in its schema.
pub(super) fn in_schema_of(old: &str, to: String, dialect: Dialect) -> String {
    match old.rsplit_once('.') {
        Some((schema, _)) if dialect == Dialect::Postgres && !to.contains('.') => {
            format!("{schema}.{to}")
        }
        _ => to,
    }
}

/// Returns whether row level security goes on or off, where that is what is said.
fn row_security(cursor: &Cursor<'_>) -> Option<bool> {
    if cursor.is("ENABLE ROW LEVEL SECURITY") {
        Some(true)
    } else if cursor.is("DISABLE ROW LEVEL SECURITY") {
        Some(false)
    } else {
        None
    }
}
