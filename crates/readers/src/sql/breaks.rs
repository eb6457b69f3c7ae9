//! What operations can break before any application code is known.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{ConstraintKind, Detail, Direction, Effect, Operation, Rows, SurfaceKind};

/// Returns, for each operation, the sides that it can break: `old` (old code on the new schema), `new` (new code on the old
/// schema), `data` (neither the down-step nor a code rollback brings the data back).
///
/// Empty for an additive or locking-only operation, and for one on an object that the same file creates. What a file takes back
/// itself, such as a default that it only lends, does not count.
pub fn breaks(operations: &[Operation]) -> Vec<Vec<&'static str>> {
    let mut sides = vec![Vec::new(); operations.len()];
    for way in [Direction::Up, Direction::Down] {
        let of_way: Vec<(usize, &Operation)> = operations
            .iter()
            .enumerate()
            .filter(|(_, o)| o.direction == way)
            .collect();
        let file = Story::of(&of_way);
        for &(at, operation) in &of_way {
            sides[at] = file.sides(at, operation);
        }
    }
    sides
}

/// Returns the kind of an operation in one word: `drop-column`, `add-foreign-key`, `update-rows`.
pub fn kind(operation: &Operation) -> &'static str {
    match &operation.effect {
        Effect::CreateTable { .. } => "create-table",
        Effect::DropTable => "drop-table",
        Effect::RenameTable { .. } if operation.surface.kind == SurfaceKind::View => "rename-view",
        Effect::RenameTable { .. } => "rename-table",
        Effect::AddColumn(_) => "add-column",
        Effect::DropColumn { .. } => "drop-column",
        Effect::RenameColumn { .. } => "rename-column",
        Effect::SetType { .. } => "change-type",
        Effect::SetRequired { required: true, .. } => "set-not-null",
        Effect::SetRequired { .. } => "drop-not-null",
        Effect::SetDefault {
            default: Some(_), ..
        } => "set-default",
        Effect::SetDefault { .. } => "drop-default",
        Effect::AddConstraint(element) => match &element.detail {
            Detail::Constraint(constraint) => added(&constraint.kind),
            _ => "add-constraint",
        },
        Effect::DropConstraint { .. } => "drop-constraint",
        Effect::RenameConstraint { .. } => "rename-constraint",
        Effect::ValidateConstraint { .. } => "validate-constraint",
        Effect::CreateEnum { .. } => "create-enum",
        Effect::AddEnumValue { .. } => "add-enum-value",
        Effect::RenameEnumValue { .. } => "rename-enum-value",
        Effect::DropType => "drop-type",
        Effect::RenameType { .. } => "rename-type",
        Effect::CreateView { .. } => "create-view",
        Effect::DropView => "drop-view",
        Effect::CreateRoutine { .. } => "create-routine",
        Effect::DropRoutine { .. } => "drop-routine",
        Effect::Backfill { rows, .. } => match rows {
            Rows::Inserted => "insert-rows",
            Rows::Updated | Rows::Derived | Rows::Filled => "update-rows",
            Rows::Deleted => "delete-rows",
        },
        Effect::Nothing => "nothing",
        Effect::Opaque { .. } => "opaque",
    }
}

fn added(kind: &ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::PrimaryKey => "add-primary-key",
        ConstraintKind::Unique => "add-unique",
        ConstraintKind::ForeignKey { .. } => "add-foreign-key",
        ConstraintKind::Check { .. } => "add-check",
        ConstraintKind::Exclusion => "add-exclusion",
        ConstraintKind::Index => "add-index",
    }
}

/// What becomes of a column over one file.
#[derive(Default)]
struct Fate {
    /// Whether the file adds it.
    added: bool,
    required: bool,
    /// The last word on its default; None: the file does not speak of it.
    default: Option<bool>,
    /// Whether it had been given a default by this file before.
    lent: bool,
}

/// What one way of a file does in all.
struct Story<'a> {
    /// From which operation on a name is one that the file made itself.
    made: BTreeMap<(SurfaceKind, &'a str), usize>,
    /// Tables and views that are there again at the end under a name they lost on the way.
    remade: BTreeSet<&'a str>,
    /// The names that a table of the file goes through while it is rebuilt.
    passing: BTreeSet<&'a str>,
    fates: BTreeMap<(&'a str, &'a str), Fate>,
    /// Whether rows are copied into a table.
    copies: bool,
    /// The operations that only restate a column as a whole.
    restated: BTreeSet<usize>,
}

impl<'a> Story<'a> {
    fn of(operations: &[(usize, &'a Operation)]) -> Self {
        let mut story = Self {
            made: BTreeMap::new(),
            remade: BTreeSet::new(),
            passing: BTreeSet::new(),
            fates: BTreeMap::new(),
            copies: operations.iter().any(|(_, o)| fills(o)),
            restated: BTreeSet::new(),
        };
        let mut lost: BTreeSet<&str> = BTreeSet::new();
        for (nth, &(at, operation)) in operations.iter().enumerate() {
            story.follow(at, operation, &mut lost);
            let next = operations.get(nth + 1).map(|(_, o)| *o);
            if next.is_some_and(|next| restates(operation, next)) {
                story.restated.extend([at, at + 1, at + 2]);
            }
        }
        for &(_, operation) in operations {
            let old = operation.surface.name.as_str();
            if let Effect::RenameTable { to } = &operation.effect
                && story.remade.contains(old)
            {
                story.passing.insert(to);
            }
        }
        story
    }

    fn follow(&mut self, at: usize, operation: &'a Operation, lost: &mut BTreeSet<&'a str>) {
        let name = operation.surface.name.as_str();
        let kind = operation.surface.kind;
        match &operation.effect {
            Effect::CreateTable { .. }
            | Effect::CreateView { .. }
            | Effect::CreateEnum { .. }
            | Effect::CreateRoutine { .. } => {
                if lost.contains(name) {
                    self.remade.insert(name);
                }
                // A type that is only made where there is none may have been there.
                let perhaps = operation.conditional && kind == SurfaceKind::Type;
                if !perhaps {
                    self.made.entry((kind, name)).or_insert(at);
                }
            }
            Effect::DropTable
            | Effect::DropView
            | Effect::DropType
            | Effect::DropRoutine { .. } => {
                lost.insert(name);
            }
            Effect::RenameTable { to } | Effect::RenameType { to } => {
                lost.insert(name);
                if self.made.contains_key(&(kind, name)) {
                    if lost.contains(to.as_str()) {
                        self.remade.insert(to);
                    }
                    self.made.entry((kind, to)).or_insert(at);
                }
            }
            Effect::AddColumn(element) => {
                let Detail::Column(column) = &element.detail else {
                    return;
                };
                let fate = self.fates.entry((name, &element.name)).or_default();
                fate.added = true;
                fate.required = !column.nullable;
                fate.default = Some(column.default.is_some() || column.generated);
            }
            Effect::SetRequired { column, required } => {
                self.fates.entry((name, column)).or_default().required = *required;
            }
            Effect::SetDefault { column, default } => {
                let fate = self.fates.entry((name, column)).or_default();
                fate.default = Some(default.is_some());
                fate.lent |= default.is_some();
            }
            _ => {}
        }
    }

    fn is_made(&self, at: usize, operation: &Operation) -> bool {
        let made = self
            .made
            .get(&(operation.surface.kind, operation.surface.name.as_str()));
        let again = self.remade.contains(operation.surface.name.as_str());
        made.is_some_and(|&from| from < at) && !again
    }

    fn sides(&self, at: usize, operation: &Operation) -> Vec<&'static str> {
        let name = operation.surface.name.as_str();
        // Dropped and created again, empty, and perhaps in another form.
        if operation.effect == Effect::DropTable && self.remade.contains(name) && !self.copies {
            return vec!["old", "data"];
        }
        if self.is_made(at, operation) || self.remade.contains(name) || self.passing.contains(name)
        {
            return Vec::new();
        }
        match &operation.effect {
            Effect::DropTable | Effect::DropColumn { .. } => vec!["old", "data"],
            Effect::RenameTable { to } if self.remade.contains(to.as_str()) => Vec::new(),
            Effect::RenameTable { .. } | Effect::RenameColumn { .. } => vec!["old", "new"],
            Effect::RenameEnumValue { .. } | Effect::RenameType { .. } => vec!["old", "new"],
            Effect::SetType { .. } if !self.restated.contains(&at) => vec!["old"],
            Effect::DropType | Effect::DropView => vec!["old"],
            Effect::AddColumn(element) => match self.demands(name, &element.name) {
                true => vec!["old"],
                false => Vec::new(),
            },
            Effect::SetRequired { column, required } => self.required(at, name, column, *required),
            Effect::SetDefault {
                column,
                default: None,
            } => self.default_lost(at, name, column),
            Effect::AddConstraint(element) => self.constraint(name, element),
            Effect::DropRoutine { .. } => routine_lost(operation),
            Effect::Backfill {
                rows: Rows::Updated | Rows::Derived | Rows::Filled | Rows::Deleted,
                ..
            } => vec!["data"],
            _ => Vec::new(),
        }
    }

    /// Returns whether an insert that omits the column fails when the file is done.
    fn demands(&self, table: &str, column: &str) -> bool {
        let fate = self.fates.get(&(table, column));
        fate.is_some_and(|f| f.required && f.default != Some(true))
    }

    fn is_added(&self, table: &str, column: &str) -> bool {
        self.fates.get(&(table, column)).is_some_and(|f| f.added)
    }

    /// NOT NULL: the breaking operation is the one that adds the column, where the file does.
    fn required(&self, at: usize, table: &str, column: &str, required: bool) -> Vec<&'static str> {
        if self.is_added(table, column) {
            return Vec::new();
        }
        match required {
            true if self.demands(table, column) => vec!["old"],
            // MySQL's MODIFY says NULL of every column that has always accepted it.
            false if !self.restated.contains(&at) => vec!["old"],
            _ => Vec::new(),
        }
    }

    /// A default that the file itself gave, or gives again, was not there for old code to rely on.
    fn default_lost(&self, at: usize, table: &str, column: &str) -> Vec<&'static str> {
        let fate = self.fates.get(&(table, column));
        let own = fate.is_some_and(|f| f.added || f.lent || f.default == Some(true));
        match own || self.restated.contains(&at) {
            true => Vec::new(),
            false => vec!["old"],
        }
    }

    fn constraint(&self, table: &str, element: &coexist_model::Element) -> Vec<&'static str> {
        let Detail::Constraint(constraint) = &element.detail else {
            return Vec::new();
        };
        // Rows that do not fill a new column all hold NULL in it, and NULL equals nothing.
        let empty = |column: &String| {
            let fate = self.fates.get(&(table, column.as_str()));
            fate.is_some_and(|f| f.added && f.default != Some(true))
        };
        match constraint.kind {
            ConstraintKind::Unique if constraint.columns.iter().any(empty) => Vec::new(),
            ConstraintKind::Index | ConstraintKind::PrimaryKey => Vec::new(),
            _ => vec!["old"],
        }
    }
}

fn fills(operation: &Operation) -> bool {
    let rows = Rows::Inserted;
    matches!(&operation.effect, Effect::Backfill { rows: found, .. } if *found == rows)
}

/// Returns whether two operations are the start of a `MODIFY`, which restates type, NOT NULL and default at one place.
fn restates(first: &Operation, second: &Operation) -> bool {
    matches!(
        (&first.effect, &second.effect),
        (Effect::SetType { column: a, .. }, Effect::SetRequired { column: b, .. }) if a == b
    ) && first.place == second.place
}

/// A trigger or policy that goes is met by no name in code; a function, sequence or right is.
fn routine_lost(operation: &Operation) -> Vec<&'static str> {
    let name = operation.surface.name.as_str();
    match name.contains(" on ") && !name.starts_with("grant ") {
        true => Vec::new(),
        false => vec!["old"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::operations::operations;
    use coexist_model::{Dialect, File};
    use expect_test::{Expect, expect};

    fn check(sql: &str, dialect: Dialect, expected: Expect) {
        let file = File::new("a.sql", sql);
        let lowered = operations(&file, dialect, Direction::Up);
        let sides = breaks(&lowered.operations);
        let shown = lowered.operations.iter().zip(sides);
        let shown: Vec<String> = shown
            .map(|(o, s)| {
                format!("{}: {}", kind(o), s.join(" "))
                    .trim_end_matches([':', ' '])
                    .to_owned()
            })
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_nullable_column_with_or_without_default_is_additive() {
        check(
            "ALTER TABLE t ADD a int, ADD b int DEFAULT 1, ADD c int NOT NULL DEFAULT 1, ADD d serial;",
            Dialect::Postgres,
            expect![[r#"
            add-column
            add-column
            add-column
            add-column"#]],
        );
    }

    #[test]
    fn a_required_column_without_database_default_breaks_old_inserts() {
        check(
            "ALTER TABLE t ADD a int NOT NULL;",
            Dialect::Postgres,
            expect!["add-column: old"],
        );
        check(
            "ALTER TABLE t ADD a int DEFAULT 1 NOT NULL; ALTER TABLE t ALTER a DROP DEFAULT;",
            Dialect::Postgres,
            expect![[r#"
            add-column: old
            drop-default"#]],
        );
        check(
            "ALTER TABLE t ADD a int; UPDATE t SET a = 1; ALTER TABLE t ALTER a SET NOT NULL;",
            Dialect::Postgres,
            expect![[r#"
            add-column: old
            update-rows: data
            set-not-null"#]],
        );
    }

    #[test]
    fn a_table_that_the_file_creates_has_no_old_code() {
        check(
            "CREATE TABLE t (a int); ALTER TABLE t ADD b int NOT NULL; CREATE UNIQUE INDEX u ON t (a); DROP TABLE t;",
            Dialect::Postgres,
            expect![[r#"
            create-table
            add-column
            add-unique
            drop-table"#]],
        );
    }

    #[test]
    fn a_rebuilt_table_is_not_a_dropped_one() {
        check(
            "CREATE TABLE n (a int); INSERT INTO n (a) SELECT a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;",
            Dialect::Sqlite,
            expect![[r#"
            create-table
            insert-rows
            drop-table
            rename-table"#]],
        );
        check(
            "ALTER TABLE t RENAME TO o; CREATE TABLE t (a int); INSERT INTO t (a) SELECT a FROM o; DROP TABLE o;",
            Dialect::Sqlite,
            expect![[r#"
            rename-table
            create-table
            insert-rows
            drop-table"#]],
        );
    }

    #[test]
    fn a_table_created_again_without_its_rows_has_lost_them() {
        check(
            "DROP TABLE IF EXISTS t; CREATE TABLE t (a int);",
            Dialect::Postgres,
            expect![[r#"
                drop-table: old data
                create-table"#]],
        );
    }

    #[test]
    fn modify_restates_what_stays() {
        check(
            "ALTER TABLE t MODIFY a varchar(10) NULL;",
            Dialect::MySql,
            expect![[r#"
            change-type
            drop-not-null
            drop-default"#]],
        );
        check(
            "ALTER TABLE t MODIFY a varchar(10) NOT NULL;",
            Dialect::MySql,
            expect![[r#"
            change-type
            set-not-null: old
            drop-default"#]],
        );
    }

    #[test]
    fn what_goes_or_changes_its_name_breaks_old_code() {
        check(
            "DROP TABLE t; ALTER TABLE u DROP a, RENAME b TO c; DROP VIEW v; DROP TYPE e; ALTER TABLE w RENAME TO x;",
            Dialect::Postgres,
            expect![[r#"
            drop-table: old data
            drop-column: old data
            rename-column: old new
            drop-view: old
            drop-type: old
            rename-table: old new"#]],
        );
    }

    #[test]
    fn locking_alone_breaks_nothing() {
        check(
            "CREATE INDEX CONCURRENTLY i ON t (a); DROP INDEX i2; REINDEX TABLE t; ALTER TABLE t VALIDATE CONSTRAINT c;",
            Dialect::Postgres,
            expect![[r#"
            add-index
            drop-constraint
            nothing
            validate-constraint"#]],
        );
    }
}
