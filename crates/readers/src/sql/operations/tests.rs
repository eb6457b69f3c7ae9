use super::*;
use coexist_model::{Constraint, ConstraintKind, Detail, Element, Rows};
use expect_test::{Expect, expect};

fn check(dialect: Dialect, sql: &str, expected: Expect) {
    let file = File::new("a.sql", sql);
    let lowered = operations(&file, dialect, Direction::Up);
    let mut shown: Vec<String> = lowered.operations.iter().map(show).collect();
    let problems = lowered.problems.iter();
    shown.extend(problems.map(|p| {
        format!(
            "! {}:{} {} {:?}",
            p.place.line, p.place.column, p.what, p.identifiers
        )
    }));
    expected.assert_eq(&shown.join("\n"));
}

fn show(operation: &Operation) -> String {
    let name = &operation.surface.name;
    let marks = [
        (operation.direction == Direction::Down, " down"),
        (operation.conditional, " if"),
        (operation.locking, " locks"),
    ];
    let marks: String = marks
        .iter()
        .filter(|(on, _)| *on)
        .map(|(_, word)| *word)
        .collect();
    format!("{name}: {}{marks}", effect(&operation.effect))
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::CreateTable { elements } => {
            let shown: Vec<String> = elements.iter().map(element).collect();
            format!("create [{}]", shown.join("; "))
        }
        Effect::AddColumn(e) => format!("add {}", element(e)),
        Effect::AddConstraint(e) => format!("add {}", element(e)),
        Effect::DropColumn { column } => format!("drop {column}"),
        Effect::RenameTable { to } => format!("rename to {to}"),
        Effect::RenameColumn { column, to } => format!("rename {column} to {to}"),
        Effect::SetType {
            column, type_name, ..
        } => format!("type {column} {type_name}"),
        Effect::SetRequired { column, required } => format!("required {column} {required}"),
        Effect::SetDefault { column, default } => {
            format!("default {column} {}", default.as_deref().unwrap_or("-"))
        }
        Effect::DropConstraint { name } => format!("drop constraint {name}"),
        Effect::Backfill {
            rows,
            columns,
            values,
        } => {
            let word = match rows {
                Rows::Inserted => "insert",
                Rows::Updated => "update",
                Rows::Derived => "derive",
                Rows::Filled => "fill",
                Rows::Deleted => "delete",
            };
            format!("{word} {columns:?} {values:?}")
        }
        Effect::CreateView { columns, reads } => {
            format!("view {columns:?} reads {}", names(reads))
        }
        Effect::CreateRoutine { tables, filling } => {
            let mut said = format!("routine on {}", names(tables));
            if !filling.columns.is_empty() {
                said += &format!(", fills {}", filling.columns.join(" "));
            }
            if let Some(trigger) = &filling.trigger {
                let function = trigger.function.as_deref().unwrap_or("its own body");
                said += &format!(", before inserts into {} by {function}", trigger.table);
            }
            said
        }
        Effect::DropRoutine { tables } => format!("drop routine on {}", names(tables)),
        other => format!("{other:?}"),
    }
}

fn names(surfaces: &[Surface]) -> String {
    let names: Vec<&str> = surfaces.iter().map(|s| s.name.as_str()).collect();
    format!("[{}]", names.join(", "))
}

fn element(element: &Element) -> String {
    let name = &element.name;
    match &element.detail {
        Detail::Column(c) => {
            let mut shown = format!("{name} {}", c.type_name);
            if !c.nullable {
                shown += " required";
            }
            if let Some(default) = &c.default {
                shown += &format!(" default {default}");
            }
            if c.generated {
                shown += " generated";
            }
            shown
        }
        Detail::Constraint(c) => format!("{name} = {}", constraint(c)),
        other => format!("{name} {other:?}"),
    }
}

fn constraint(constraint: &Constraint) -> String {
    let columns = constraint.columns.join(", ");
    let kind = match &constraint.kind {
        ConstraintKind::PrimaryKey => "primary key".to_owned(),
        ConstraintKind::Unique => "unique".to_owned(),
        ConstraintKind::ForeignKey { table } => format!("foreign key to {table}"),
        ConstraintKind::Check { expression } => format!("check <{expression}>"),
        ConstraintKind::Exclusion => "exclusion".to_owned(),
        ConstraintKind::Index => "index".to_owned(),
    };
    let partial = if constraint.partial { " partial" } else { "" };
    let open = if constraint.validated {
        ""
    } else {
        " not valid"
    };
    format!("{kind} ({columns}){partial}{open}")
}

#[test]
fn inline_constraints_get_the_names_that_postgres_gives() {
    check(
        Dialect::Postgres,
        "CREATE TABLE IF NOT EXISTS public.users (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE, org int REFERENCES orgs (id) ON DELETE SET NULL,
         price numeric DEFAULT 0 NOT NULL CHECK (price > 0), CONSTRAINT u UNIQUE (email, org), CHECK (price > 0 AND org > 1));",
        expect![[r#"users: create [id bigint required generated; users_pkey = primary key (id); email text required; users_email_key = unique (email); org integer; users_org_fkey = foreign key to orgs (org); price numeric required default 0; users_price_check = check <price > 0> (price); u = unique (email, org); users_check = check <price > 0 AND org > 1> (price, org)] if"#]],
    );
}

#[test]
fn a_clause_that_is_not_known_costs_itself_alone() {
    check(
        Dialect::Postgres,
        "ALTER TABLE mod_ban ALTER COLUMN instance_id SET NOT NULL, ALTER CONSTRAINT x NOT DEFERRABLE, FROB y, ADD CONSTRAINT c CHECK (a > 1) NOT VALID;",
        expect![[r#"
            mod_ban: required instance_id true
            mod_ban: Nothing
            mod_ban: Opaque { reason: "action not understood", identifiers: ["frob", "mod_ban", "y"] }
            mod_ban: add c = check <a > 1> (a) not valid
            ! 1:95 action not understood ["frob", "mod_ban", "y"]"#]],
    );
}

#[test]
fn names_fold_and_lose_the_schema_that_goes_without_saying() {
    check(
        Dialect::Postgres,
        r#"ALTER TABLE PUBLIC."Users" RENAME Name TO "fullName"; ALTER TABLE audit.Log RENAME TO log2; ALTER TABLE {{ schema }}.t DROP a;"#,
        expect![[r#"
            Users: rename name to fullName
            audit.log: rename to audit.log2
            t: drop a"#]],
    );
}

#[test]
fn a_default_goes_on_until_the_next_option() {
    check(
        Dialect::Postgres,
        "ALTER TABLE t ADD a timestamptz DEFAULT now() AT TIME ZONE 'utc' NOT NULL, ADD b text DEFAULT 'x'::text COLLATE \"C\" NULL, ADD c int DEFAULT NULL;",
        expect![[r#"
            t: add a timestamp with time zone required default now() AT TIME ZONE 'utc'
            t: add b text default 'x'::text
            t: add c integer"#]],
    );
}

#[test]
fn indexes_are_found_again_by_their_names() {
    check(
        Dialect::Postgres,
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t USING btree (a, lower(b)) WHERE c; DROP INDEX CONCURRENTLY IF EXISTS i; DROP INDEX j;",
        expect![[r#"
            t: add i = unique (a) partial if
            t: drop constraint i if
            : drop constraint j"#]],
    );
    check(
        Dialect::MySql,
        "CREATE INDEX `i` ON `t` (`name`(10), `b` DESC); DROP INDEX `i` ON `t`; ALTER TABLE t ADD UNIQUE KEY (email), DROP FOREIGN KEY f, DROP PRIMARY KEY, RENAME INDEX a TO b;",
        expect![[r#"
            t: add i = index (name, b) locks
            t: drop constraint i
            t: add email = unique (email)
            t: drop constraint f
            t: drop constraint PRIMARY
            t: RenameConstraint { name: "a", to: "b" }"#]],
    );
}

#[test]
fn a_constraint_takes_over_an_index() {
    check(
        Dialect::Postgres,
        "CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i; ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX j;",
        expect![[r#"
            t: add i = unique (a)
            t: RenameConstraint { name: "i", to: "c" }
            t: add c = unique (a)
            t: RenameConstraint { name: "j", to: "p" }"#]],
    );
}

#[test]
fn a_name_is_cut_where_postgres_cuts_it() {
    let long = "i".repeat(70);
    check(
        Dialect::Postgres,
        &format!("DROP INDEX {long};"),
        expect![
            ": drop constraint iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii"
        ],
    );
}

#[test]
fn mysql_modify_and_change_state_the_column_anew() {
    check(
        Dialect::MySql,
        "ALTER TABLE t MODIFY COLUMN kind ENUM('a','b') NOT NULL DEFAULT 'a' COMMENT 'x, y' AFTER id, CHANGE old new INT UNSIGNED AUTO_INCREMENT, ALGORITHM=INPLACE;",
        expect![[r#"
            t: type kind enum('a','b')
            t: required kind true
            t: default kind 'a'
            t: rename old to new
            t: type new integer unsigned
            t: required new false
            t: default new auto_increment
            t: Nothing locks"#]],
    );
}

#[test]
fn rows_that_change_name_their_columns_and_literals() {
    check(
        Dialect::Postgres,
        "UPDATE ONLY t AS x SET a = 'q', (b, c) = (1, 2), d = CASE WHEN e THEN 1 END FROM y WHERE x.a IS DISTINCT FROM 'z';
         INSERT INTO s (k, v) VALUES ('a', 1), ('b', NULL) ON CONFLICT (k) DO UPDATE SET v = 3;
         WITH m AS (DELETE FROM o RETURNING *) INSERT INTO n SELECT * FROM m; TRUNCATE TABLE p, public.q CASCADE;
         MERGE INTO g USING h ON a = b WHEN MATCHED THEN UPDATE SET x = 1 WHEN NOT MATCHED THEN INSERT (x, y) VALUES (1, 2);
         COPY z (a, b) FROM stdin;\n1\t2\n\\.\nSELECT 1;",
        expect![[r#"
            t: update ["a", "b", "c", "d"] [("a", "q")]
            s: insert ["k", "v"] [("k", "a"), ("v", "1"), ("k", "b"), ("v", "NULL")]
            o: delete [] []
            n: insert [] []
            p: delete [] []
            q: delete [] []
            g: update ["x", "y"] [("x", "1")]
            z: insert ["a", "b"] []
            : Nothing"#]],
    );
    check(
        Dialect::MySql,
        "UPDATE a JOIN b ON a.id = b.id SET b.x = 'y', b.z = 2; DELETE x FROM t1 AS x JOIN t2 ON 1; REPLACE INTO r SET k = 'v';",
        expect![[r#"
            b: update ["x", "z"] [("x", "y"), ("z", "2")]
            t1: delete [] []
            r: insert ["k"] [("k", "v")]"#]],
    );
}

#[test]
fn a_temporary_table_is_met_by_no_other_session() {
    check(
        Dialect::Postgres,
        "CREATE TEMP TABLE x (a int); INSERT INTO x VALUES (1); ALTER TABLE x ADD b int NOT NULL; DROP TABLE x;",
        expect![[r#"
            : Nothing
            x: Nothing
            x: Nothing
            x: Nothing"#]],
    );
}

#[test]
fn statements_of_a_block_count_and_may_be_passed_by() {
    check(
        Dialect::Postgres,
        "DO $$ DECLARE n int; m text := 'x'; BEGIN
           IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('a', 'b'); END IF;
           EXECUTE 'ALTER TABLE t ADD z text DEFAULT ''q'''; EXECUTE format('DROP TABLE %I', m); n := 3; RAISE NOTICE 'x';
           FOR n IN SELECT 1 LOOP UPDATE t SET a = 1; END LOOP;
         EXCEPTION WHEN others THEN NULL; END $$; DO $$ BEGIN PERFORM 1; END $$;",
        expect![[r#"
            mood: CreateEnum { values: ["a", "b"] } if
            t: add z text default 'q' if
            : Opaque { reason: "a statement is made at run time", identifiers: ["execute", "format", "m"] } if
            t: update ["a"] [("a", "1")] if
            : Nothing
            ! 3:62 a statement is made at run time ["execute", "format", "m"]"#]],
    );
}

#[test]
fn enum_types_and_their_values() {
    check(
        Dialect::Postgres,
        "CREATE TYPE e AS ENUM ('a', 'it''s'); ALTER TYPE e ADD VALUE IF NOT EXISTS 'c' BEFORE 'a'; ALTER TYPE e RENAME VALUE 'a' TO 'b'; ALTER TYPE e RENAME TO f; DROP TYPE f;",
        expect![[r#"
            e: CreateEnum { values: ["a", "it's"] }
            e: AddEnumValue { value: "c" } if
            e: RenameEnumValue { value: "a", to: "b" }
            e: RenameType { to: "f" }
            f: DropType"#]],
    );
}

#[test]
fn a_view_shows_columns_and_reads_tables() {
    check(
        Dialect::Postgres,
        "CREATE OR REPLACE VIEW v AS WITH q AS (SELECT * FROM a) SELECT q.x, count(*) AS n, lower(z) FROM q JOIN public.b ON true UNION SELECT 1, 2, 3;
         CREATE MATERIALIZED VIEW m (k) AS SELECT * FROM v; CREATE UNIQUE INDEX ON m (k); DROP VIEW IF EXISTS v, w; CREATE VIEW bad AS SELECT FROM FROM t1 x, JOIN t2;",
        expect![[r#"
            v: view Some(["x", "n", "lower"]) reads [a, b]
            m: view Some(["k"]) reads [v]
            m: Nothing locks
            v: DropView if
            w: DropView if
            bad: view None reads [t1, t2]"#]],
    );
}

#[test]
fn triggers_functions_policies_and_grants_name_their_tables() {
    check(
        Dialect::Postgres,
        "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN UPDATE a SET b = 1; INSERT INTO c VALUES (NEW.x); RETURN NEW; END $$ LANGUAGE plpgsql;
         CREATE TRIGGER t BEFORE UPDATE OF x ON users FOR EACH ROW EXECUTE FUNCTION f(); DROP TRIGGER IF EXISTS t ON users;
         CREATE POLICY p ON users USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY; GRANT SELECT ON TABLE a, b TO bob; REVOKE SELECT ON a, b FROM bob;
         CREATE SEQUENCE s; DROP FUNCTION f();",
        expect![[r#"
            f: routine on [a, c]
            t on users: routine on [users]
            t on users: drop routine on [users] if
            p on users: routine on [users]
            row level security on users: routine on [users]
            grant select on a, b to bob: routine on [a, b]
            grant select on a, b to bob: drop routine on [a, b]
            s: routine on []
            f: drop routine on []"#]],
    );
    check(
        Dialect::MySql,
        "CREATE DEFINER=`root`@`localhost` TRIGGER t AFTER INSERT ON a FOR EACH ROW BEGIN INSERT INTO b VALUES (1); END; DROP TRIGGER t;",
        expect![[r#"
            t: routine on [a, b]
            t: drop routine on []"#]],
    );
}

#[test]
fn a_rebuild_of_a_known_table_is_its_differences() {
    check(
        Dialect::Sqlite,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a text, b text UNIQUE); CREATE TABLE `__new_t` (`id` integer PRIMARY KEY, `a` text NOT NULL, c int);
         INSERT INTO `__new_t`(id, a) SELECT id, a FROM t; DROP TABLE t; ALTER TABLE `__new_t` RENAME TO t;",
        expect![[r#"
            t: create [id integer generated; PRIMARY KEY (id) = primary key (id); a text; b text; UNIQUE (b) = unique (b)]
            t: drop b
            t: drop constraint UNIQUE (b)
            t: required a true
            t: add c integer"#]],
    );
    check(
        Dialect::Sqlite,
        "ALTER TABLE t RENAME TO o; CREATE TABLE t (a int); INSERT INTO t SELECT a FROM o; DROP TABLE o;",
        expect![[r#"
            t: rename to o
            t: create [a integer]
            t: insert [] []
            o: DropTable"#]],
    );
}

#[test]
fn a_rebuild_that_copies_nothing_is_none() {
    check(
        Dialect::Sqlite,
        "CREATE TABLE t (a int); CREATE TABLE n (a int, b int); DROP TABLE t; ALTER TABLE n RENAME TO t;",
        expect![[r#"
            t: create [a integer]
            n: create [a integer; b integer]
            t: DropTable
            n: rename to t"#]],
    );
}

#[test]
fn a_table_made_by_a_query_has_the_columns_it_shows() {
    check(
        Dialect::Postgres,
        "CREATE TABLE a AS SELECT x, y AS z FROM b; CREATE TABLE c AS SELECT * FROM b;",
        expect![[r#"
            a: create [x ; z ]
            c: create []
            c: Opaque { reason: "the columns of the table cannot be told", identifiers: ["b", "c"] }
            ! 1:44 the columns of the table cannot be told ["b", "c"]"#]],
    );
}

#[test]
fn what_runs_at_run_time_or_is_unknown_keeps_its_names() {
    check(
        Dialect::MySql,
        "SET @s = 'x'; PREPARE q FROM @s; PREPARE r FROM 'DROP TABLE u'; CALL fix(); FROB users; DROP SCHEMA s CASCADE;",
        expect![[r#"
            : Nothing
            : Opaque { reason: "a statement is made at run time", identifiers: ["prepare", "q"] }
            u: DropTable
            : Opaque { reason: "what a procedure does is not followed", identifiers: ["call", "fix"] }
            : Opaque { reason: "statement not understood", identifiers: ["frob", "users"] }
            : Opaque { reason: "everything in it goes", identifiers: ["s", "schema"] }
            ! 1:15 a statement is made at run time ["prepare", "q"]
            ! 1:65 what a procedure does is not followed ["call", "fix"]
            ! 1:77 statement not understood ["frob", "users"]
            ! 1:89 everything in it goes ["s", "schema"]"#]],
    );
}

#[test]
fn markers_turn_the_way() {
    check(
        Dialect::Postgres,
        "-- +goose Up\nALTER TABLE t ADD a int;\n-- +goose Down\nALTER TABLE t DROP a;\n",
        expect![[r#"
            t: add a integer
            t: drop a down"#]],
    );
}

#[test]
fn nesting_too_deep_to_read_is_a_problem() {
    for (open, close) in [("(", ")"), ("CASE WHEN ", " END"), ("[", "]")] {
        let sql = format!(
            "UPDATE deep SET a = {}1{};",
            open.repeat(10_000),
            close.repeat(10_000)
        );
        let file = File::new("a.sql", &sql);
        let lowered = operations(&file, Dialect::Postgres, Direction::Up);
        assert!(
            matches!(&lowered.operations[0].effect, Effect::Opaque { .. }),
            "{open}"
        );
        assert_eq!(lowered.problems[0].what, "nested too deep to be read");
        let view = format!("CREATE VIEW v AS SELECT 1{};", " + 1".repeat(50_000));
        operations(&File::new("a.sql", &view), Dialect::Postgres, Direction::Up);
    }
}

/// A stream of numbers from a seed: xorshift.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state % 1_000_003).unwrap()
}

#[test]
fn no_text_makes_it_panic() {
    let words = [
        "CREATE",
        "ALTER",
        "DROP",
        "TABLE",
        "TYPE",
        "VIEW",
        "INDEX",
        "TRIGGER",
        "FUNCTION",
        "POLICY",
        "AS",
        "ENUM",
        "ADD",
        "COLUMN",
        "CONSTRAINT",
        "PRIMARY KEY",
        "UNIQUE",
        "REFERENCES",
        "CHECK",
        "NOT NULL",
        "DEFAULT",
        "ON",
        "TO",
        "RENAME",
        "SET",
        "UPDATE",
        "INSERT INTO",
        "DELETE FROM",
        "MERGE INTO",
        "THEN UPDATE SET",
        "VALUES",
        "SELECT",
        "FROM",
        "WITH",
        "DO $$ BEGIN",
        "END $$",
        "EXECUTE '",
        "IF x THEN",
        "LOOP",
        "FOR",
        "GRANT",
        "REVOKE",
        "TRUNCATE",
        "COPY t FROM stdin;",
        "(",
        ")",
        ",",
        ";",
        ".",
        "=",
        "::",
        "a",
        "\"b\"",
        "`c`",
        "'d'",
        "$1",
        "{{x}}",
        "é",
        "\n",
        "-- +goose Down\n",
        "DELIMITER //\n",
        "//",
        "USING INDEX",
        "GENERATED",
        "AS IDENTITY",
        "CHANGE",
        "MODIFY",
        "ON CONFLICT",
        "BEGIN",
        "END",
        "CASE",
        "<<",
        ">>",
        "PREPARE",
        "DEFINER",
        "EXCLUDE",
        "LIKE",
        "PARTITION OF",
        "INTO",
        "DECLARE",
        "EXCEPTION WHEN",
        "LOAD",
        "OR",
        "IF EXISTS",
        "@",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..3000 {
        let length = random(&mut state) % 30;
        let text: Vec<&str> = (0..length)
            .map(|_| words[random(&mut state) % words.len()])
            .collect();
        let file = File::new("a.sql", &text.join(" "));
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            operations(&file, dialect, Direction::Up);
        }
    }
}
