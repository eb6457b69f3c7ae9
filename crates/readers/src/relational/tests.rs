use super::*;
use coexist_model::{
    Column, Confidence, Constraint, ConstraintKind, Detail, Dialect, Effect, Manner, MigrationKey,
    Mode, Operation, Outcome, Place, Schema, Why,
};
use expect_test::{Expect, expect};

/// `name type [!] [=default] [+]`: `!` refuses NULL, `+` is filled by the database.
fn column(text: &str) -> Element {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap().to_owned();
    let type_name = words.next().unwrap_or_default().replace('~', " ");
    let rest: Vec<&str> = words.collect();
    let default = rest
        .iter()
        .find_map(|w| w.strip_prefix('='))
        .map(str::to_owned);
    let column = Column {
        type_name,
        nullable: !rest.contains(&"!"),
        default,
        generated: rest.contains(&"+"),
    };
    Element {
        name,
        detail: Detail::Column(column),
        place: Place::of_file("m.sql"),
    }
}

/// `name kind(columns) …`: `u unique(a,b)`, `c check(s) s IN ('a')`, `f fk(a) users`.
fn constraint(text: &str) -> Element {
    let (name, rest) = text.trim().split_once(' ').unwrap();
    let (kind, rest) = rest.split_once('(').unwrap();
    let (columns, tail) = rest.split_once(')').unwrap();
    let tail = tail.trim().to_owned();
    let kind = match kind {
        "pk" => ConstraintKind::PrimaryKey,
        "unique" => ConstraintKind::Unique,
        "fk" => ConstraintKind::ForeignKey {
            table: tail.clone(),
        },
        "check" => ConstraintKind::Check {
            expression: tail.clone(),
        },
        _ => ConstraintKind::Index,
    };
    let columns = columns.split(',').map(|c| c.trim().to_owned()).collect();
    let detail = Constraint {
        kind,
        columns,
        partial: tail == "partial",
        validated: true,
    };
    Element {
        name: name.to_owned(),
        detail: Detail::Constraint(detail),
        place: Place::of_file("m.sql"),
    }
}

fn element(text: &str) -> Element {
    let kinds = [" pk(", " unique(", " fk(", " check(", " index("];
    if kinds.iter().any(|k| text.contains(k)) {
        constraint(text)
    } else {
        column(text)
    }
}

/// One operation: `TABLE VERB …`.
fn operation(line: &str) -> Operation {
    let (conditional, line) = line
        .strip_prefix("if ")
        .map_or((false, line), |l| (true, l));
    let (name, rest) = line.trim().split_once(' ').unwrap();
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
    let word = |at: usize| words.get(at).cloned().unwrap_or_default();
    let (kind, effect) = match verb {
        "create" => (
            SurfaceKind::Table,
            Effect::CreateTable {
                elements: rest
                    .split(';')
                    .filter(|e| !e.trim().is_empty())
                    .map(|e| element(e.trim()))
                    .collect(),
            },
        ),
        "drop-table" => (SurfaceKind::Table, Effect::DropTable),
        "rename-to" => (SurfaceKind::Table, Effect::RenameTable { to: word(0) }),
        "add" => (
            SurfaceKind::Table,
            match element(rest) {
                e @ Element {
                    detail: Detail::Column(_),
                    ..
                } => Effect::AddColumn(e),
                e => Effect::AddConstraint(e),
            },
        ),
        "drop" => (SurfaceKind::Table, Effect::DropColumn { column: word(0) }),
        "rename" => (
            SurfaceKind::Table,
            Effect::RenameColumn {
                column: word(0),
                to: word(1),
            },
        ),
        "type" => (
            SurfaceKind::Table,
            Effect::SetType {
                column: word(0),
                type_name: word(1).replace('~', " "),
            },
        ),
        "required" => (
            SurfaceKind::Table,
            Effect::SetRequired {
                column: word(0),
                required: true,
            },
        ),
        "optional" => (
            SurfaceKind::Table,
            Effect::SetRequired {
                column: word(0),
                required: false,
            },
        ),
        "default" => (
            SurfaceKind::Table,
            Effect::SetDefault {
                column: word(0),
                default: words.get(1).cloned(),
            },
        ),
        "drop-constraint" => (SurfaceKind::Table, Effect::DropConstraint { name: word(0) }),
        "rename-constraint" => (
            SurfaceKind::Table,
            Effect::RenameConstraint {
                name: word(0),
                to: word(1),
            },
        ),
        "enum" => (SurfaceKind::Type, Effect::CreateEnum { values: words }),
        "value" => (SurfaceKind::Type, Effect::AddEnumValue { value: word(0) }),
        "rename-type" => (SurfaceKind::Type, Effect::RenameType { to: word(0) }),
        "drop-type" => (SurfaceKind::Type, Effect::DropType),
        "rename-value" => (
            SurfaceKind::Type,
            Effect::RenameEnumValue {
                value: word(0),
                to: word(1),
            },
        ),
        "view" => {
            let columns = (word(0) != "*").then(|| word(0).split(',').map(str::to_owned).collect());
            (
                SurfaceKind::View,
                Effect::CreateView {
                    columns,
                    reads: vec![Surface::table(word(1))],
                },
            )
        }
        "opaque" => (
            SurfaceKind::Table,
            Effect::Opaque {
                reason: "odd".into(),
                identifiers: words,
            },
        ),
        "seed" => (SurfaceKind::Table, Effect::Nothing),
        other => panic!("no verb {other}"),
    };
    Operation {
        surface: Surface::new(kind, name),
        effect,
        direction: Direction::Up,
        conditional,
        locking: false,
        place: Place::of_file("m.sql"),
    }
}

fn migration(version: u64, text: &str) -> Migration {
    let operations = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(operation)
        .collect();
    let key = MigrationKey {
        set: "m".into(),
        version: vec![version],
        name: format!("{version}").into(),
    };
    Migration {
        key,
        tool: "plain",
        path: format!("m/{version}.sql").into(),
        operations,
        one_way: false,
        phase: None,
    }
}

fn store(dialect: Dialect, text: &str) -> Store {
    let empty = Store {
        dialect,
        ..Store::default()
    };
    Relational.apply(&empty, &migration(1, text))
}

fn shown(schema: &Schema) -> String {
    let element = |e: &Element| match &e.detail {
        Detail::Column(c) => {
            let default = c
                .default
                .as_ref()
                .map(|d| format!(" ={d}"))
                .unwrap_or_default();
            format!(
                "{} {}{}{default}{}",
                e.name,
                c.type_name,
                if c.nullable { "" } else { " !" },
                if c.generated { " +" } else { "" }
            )
        }
        Detail::Constraint(c) => format!("{} {:?}{:?}", e.name, c.kind, c.columns),
        _ => e.name.clone(),
    };
    let elements: Vec<String> = schema.elements.iter().map(element).collect();
    format!(
        "{} {}: {}\n",
        schema.surface.kind.word(),
        schema.surface,
        elements.join(", ")
    )
}

fn check_replay(dialect: Dialect, text: &str, expected: Expect) {
    let store = store(dialect, text);
    expected.assert_eq(&store.schemas.values().map(shown).collect::<String>());
}

fn access(table: &str, element: Option<&str>, mode: Mode) -> Access {
    Access {
        surface: Surface::table(table),
        element: element.map(str::to_owned),
        mode,
        manner: Manner::Explicit,
        confidence: Confidence::High,
        why: Why::ParsedSql,
        gate: None,
        place: Place::of_file("q.py"),
        via: None,
    }
}

/// Meets every use in the statement with the store, and says what is not ok.
fn said(store: &Store, sql: &str) -> String {
    let found = crate::sql::accesses::accesses_in(sql, store.dialect);
    assert!(!found.is_empty(), "{sql}");
    let meetings = found.into_iter().map(|f| {
        Relational.meet(
            &Access {
                surface: f.surface,
                ..access("", f.element.as_deref(), f.mode)
            },
            store,
        )
    });
    let worst = meetings.max_by_key(|m| m.outcome).unwrap();
    let error = worst.error.map(|e| format!(": {e}")).unwrap_or_default();
    let assumed: String = worst
        .assumed
        .iter()
        .map(|a| format!("\n  if {a}"))
        .collect();
    format!("{}{error}{assumed}\n", worst.outcome.word())
}

fn check(dialect: Dialect, schema: &str, statements: &[&str], expected: Expect) {
    let store = store(dialect, schema);
    expected.assert_eq(
        &statements
            .iter()
            .map(|s| said(&store, s))
            .collect::<String>(),
    );
}

const USERS: &str = "users create id bigint ! +; email text !; name text; state status ! ='new'; users_pkey pk(id); users_email_key unique(email)
status enum new done";

#[test]
fn a_dropped_column_takes_its_constraints_along_in_postgres() {
    check_replay(
        Dialect::Postgres,
        "t create a integer; b integer; u unique(a,b); i index(b)\n t drop a",
        expect![[r#"
        table t: b integer, i Index["b"]
    "#]],
    );
}

#[test]
fn a_dropped_column_leaves_the_rest_of_its_index_in_mysql() {
    check_replay(
        Dialect::MySql,
        "t create a integer; b integer; u unique(a,b); i index(a)\n t drop A",
        expect![[r#"
        table t: b integer, u Unique["b"]
    "#]],
    );
}

#[test]
fn renames_carry_constraints_foreign_keys_and_types_along() {
    check_replay(
        Dialect::Postgres,
        "users create id serial; users_pkey pk(id)
         orders create user_id integer; s status[]; f fk(user_id) users; c check(user_id) user_id IN ('user_id')
         status enum a b
         users rename-to people
         orders rename user_id owner
         status rename-type state
         state rename-value a z",
        expect![[r#"
            table orders: owner integer, s state[], f ForeignKey { table: "people" }["owner"], c Check { expression: "owner IN ('user_id')" }["owner"]
            table people: id integer ! +, users_pkey PrimaryKey["id"]
            type state: z, b
        "#]],
    );
}

#[test]
fn the_rebuild_idiom_of_sqlite_is_one_alteration() {
    check_replay(
        Dialect::Sqlite,
        "t create id integer; a text; t_pk pk(id)
         t_new create id integer; a text !; t_pk pk(id)
         t_new seed
         t drop-table
         t_new rename-to t",
        expect![[r#"
            table t: id integer +, a text !, t_pk PrimaryKey["id"]
        "#]],
    );
}

#[test]
fn conditional_forms_change_nothing_that_is_there_already() {
    check_replay(
        Dialect::Postgres,
        "t create a integer
         if t create b integer
         if t add a text
         if t drop zz
         if nobody drop a",
        expect![[r#"
            table t: a integer
        "#]],
    );
}

#[test]
fn an_index_is_dropped_without_the_name_of_its_table() {
    check_replay(
        Dialect::Postgres,
        "t create a integer; i unique(a)\n i drop-constraint i",
        expect![[r#"
        table t: a integer
    "#]],
    );
}

#[test]
fn a_type_replaced_as_a_whole_is_followed_by_its_columns() {
    check_replay(
        Dialect::Postgres,
        "s enum a b
         t create x s
         s rename-type s_old
         s enum a c
         t type x s
         s_old drop-type",
        expect![[r#"
            table t: x s
            type s: a, c
        "#]],
    );
}

#[test]
fn what_is_not_there_is_refused_in_the_words_of_the_database() {
    let statements = [
        "SELECT nope FROM users",
        "UPDATE users SET nope = 1",
        "INSERT INTO users (email, nope) VALUES (?, ?)",
        "DELETE FROM gone",
    ];
    check(
        Dialect::Postgres,
        USERS,
        &statements,
        expect![[r#"
        refused: column "nope" does not exist
        refused: column "nope" of relation "users" does not exist
        refused: column "nope" of relation "users" does not exist
        refused: relation "gone" does not exist
    "#]],
    );
    check(
        Dialect::MySql,
        USERS,
        &statements,
        expect![[r#"
        refused: Unknown column 'nope' in 'field list'
        refused: Unknown column 'nope' in 'field list'
        refused: Unknown column 'nope' in 'field list'
        refused: Table 'gone' doesn't exist
    "#]],
    );
    check(
        Dialect::Sqlite,
        USERS,
        &statements,
        expect![[r#"
        refused: no such column: nope
        refused: no such column: nope
        refused: table users has no column named nope
        refused: no such table: gone
    "#]],
    );
}

#[test]
fn an_insert_must_give_what_has_no_default() {
    let statements = [
        "INSERT INTO users (name) VALUES ('x')",
        "INSERT INTO users (email) VALUES (NULL)",
        "UPDATE users SET email = NULL",
        "INSERT INTO users VALUES (1, 'a@b', 'x', 'new', 5)",
        "INSERT INTO users VALUES (1)",
    ];
    check(
        Dialect::Postgres,
        USERS,
        &statements,
        expect![[r#"
        refused: null value in column "email" of relation "users" violates not-null constraint
        refused: null value in column "email" of relation "users" violates not-null constraint
        refused: null value in column "email" of relation "users" violates not-null constraint
        refused: INSERT has more expressions than target columns
        refused: null value in column "email" of relation "users" violates not-null constraint
    "#]],
    );
    check(
        Dialect::MySql,
        USERS,
        &statements,
        expect![[r#"
        refused: Field 'email' doesn't have a default value
        refused: Column 'email' cannot be null
        refused: Column 'email' cannot be null
        refused: Column count doesn't match value count at row 1
        refused: Column count doesn't match value count at row 1
    "#]],
    );
    check(
        Dialect::Sqlite,
        USERS,
        &statements,
        expect![[r#"
        refused: NOT NULL constraint failed: users.email
        refused: NOT NULL constraint failed: users.email
        refused: NOT NULL constraint failed: users.email
        refused: table users has 4 columns but 5 values were supplied
        refused: table users has 4 columns but 1 values were supplied
    "#]],
    );
}

#[test]
fn enum_values_and_lists_of_a_check_are_compared_with_literals() {
    let schema = format!(
        "{USERS}\nt create s text; m enum('a','b'); c check(s) s IN ('a', 'b'); d check(s) (length(s) > 0)"
    );
    let statements = [
        "UPDATE users SET state = 'lost'",
        "INSERT INTO users (email, state) VALUES ('e', 'lost')",
        "SELECT id FROM users WHERE state = 'lost'::status",
        "UPDATE t SET s = 'c'",
        "UPDATE t SET s = $1",
        "UPDATE t SET m = 'c'",
        "UPDATE t SET s = NULL",
    ];
    check(
        Dialect::Postgres,
        &schema,
        &statements,
        expect![[r#"
        refused: invalid input value for enum status: "lost"
        refused: invalid input value for enum status: "lost"
        refused: invalid input value for enum status: "lost"
        refused: new row for relation "t" violates check constraint "c"
        unknown: new row for relation "t" violates check constraint "c"
          if every row written to t satisfies s IN ('a', 'b') [c]
          if every row written to t satisfies (length(s) > 0) [d]
        refused: Data truncated for column 'm' at row 1
        ok
    "#]],
    );
}

#[test]
fn on_conflict_needs_a_unique_index_of_those_columns() {
    let upsert = "INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (b, a) DO NOTHING";
    check(
        Dialect::Postgres,
        "t create a integer; b integer; u unique(a,b)",
        &[upsert],
        expect![[r#"
        ok
    "#]],
    );
    check(
        Dialect::Postgres,
        "t create a integer; b integer; u index(a,b)",
        &[upsert],
        expect![[r#"
        refused: there is no unique or exclusion constraint matching the ON CONFLICT specification
    "#]],
    );
    check(
        Dialect::Sqlite,
        "t create a integer; b integer; u unique(a)",
        &[upsert],
        expect![[r#"
        refused: ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint
    "#]],
    );
    check(
        Dialect::Postgres,
        "t create a integer; b integer; u unique(a,b) partial",
        &[upsert],
        expect![[r#"
        unknown: there is no unique or exclusion constraint matching the ON CONFLICT specification
          if t has a unique index for ON CONFLICT (b, a)
    "#]],
    );
}

#[test]
fn what_depends_on_the_rows_is_unknown_and_says_on_what() {
    check(
        Dialect::Postgres,
        "t create a integer; b integer; u unique(a); f fk(b) users",
        &[
            "INSERT INTO t (a, b) VALUES ($1, $2)",
            "INSERT INTO t (a) VALUES ($1)",
            "UPDATE t SET b = 1",
            "UPDATE t SET b = NULL",
            "DELETE FROM t",
        ],
        expect![[r#"
            unknown: duplicate key value violates unique constraint "u"
              if no two rows of t get the same (a) [u]
              if every t(b) has its row in users [f]
            unknown: duplicate key value violates unique constraint "u"
              if no two rows of t get the same (a) [u]
            unknown: insert or update on table "t" violates foreign key constraint "f"
              if every t(b) has its row in users [f]
            ok
            ok
        "#]],
    );
}

#[test]
fn a_view_under_the_old_name_keeps_old_code_going() {
    let schema =
        format!("{USERS}\nusers rename-to people\nusers view id,email people\nall view * people");
    let statements = [
        "SELECT email FROM users",
        "SELECT name FROM users",
        "SELECT name FROM all",
        "SELECT nope FROM all",
    ];
    check(
        Dialect::Postgres,
        &schema,
        &statements,
        expect![[r#"
        ok
        refused: column "name" does not exist
        ok
        unknown: column "nope" does not exist
          if all.nope exists: the migrations do not tell
    "#]],
    );
}

#[test]
fn a_table_that_the_history_never_created_is_not_denied() {
    check(
        Dialect::Postgres,
        "t add a integer\n t drop b\n x drop-table",
        &[
            "SELECT a FROM t",
            "SELECT b FROM t",
            "SELECT c FROM t",
            "SELECT c FROM other",
            "SELECT c FROM x",
        ],
        expect![[r#"
            ok
            refused: column "b" does not exist
            unknown: column "c" does not exist
              if t.c exists: the migrations do not tell
            unknown: relation "other" does not exist
              if other exists: its migrations do not tell
            refused: relation "x" does not exist
        "#]],
    );
}

#[test]
fn a_statement_that_was_not_understood_leaves_what_it_names_open() {
    check(
        Dialect::Postgres,
        "t create a integer !; b integer !; c integer\nt opaque t a\nt drop c",
        &[
            "INSERT INTO t (b) VALUES (1)",
            "INSERT INTO t (a) VALUES (1)",
            "SELECT d FROM t",
            "SELECT c FROM t",
        ],
        expect![[r#"
            unknown: null value in column "a" of relation "t" violates not-null constraint
              if t.a has a default: the migrations do not tell
            refused: null value in column "b" of relation "t" violates not-null constraint
            unknown: column "d" does not exist
              if t.d exists: the migrations do not tell
            refused: column "c" does not exist
        "#]],
    );
}

#[test]
fn system_tables_columns_and_whole_rows_are_never_refused() {
    check(
        Dialect::Postgres,
        USERS,
        &[
            "SELECT ctid, users FROM users",
            "SELECT x FROM information_schema.columns",
            "SELECT relname FROM pg_class",
            "WITH w AS (SELECT 1 AS n) SELECT w.n FROM w, users",
        ],
        expect![[r#"
            ok
            ok
            ok
            ok
        "#]],
    );
}

#[test]
fn a_fixed_shape_misses_what_went_and_may_stumble_over_what_came() {
    let store = store(Dialect::Postgres, "t create a integer; b integer");
    let shape = |columns: &[&str]| {
        let columns = Some(columns.iter().map(|c| (*c).to_owned()).collect());
        Relational.meet(&access("t", None, Mode::ReadsAll { columns }), &store)
    };
    assert_eq!(shape(&["a", "b"]), Meeting::ok());
    assert_eq!(shape(&["a", "c"]).outcome, Outcome::Refused);
    assert_eq!(shape(&["a"]).outcome, Outcome::Unknown);
    assert!(shape(&["a"]).is_worse_than(&shape(&["a", "b"])));
}

#[test]
fn wider_types_hold_narrower_values() {
    let said = |from: &str, to: &str| {
        let meeting = Relational.carry(
            Some(&column(&format!("c {from}"))),
            Some(&column(&format!("c {to}"))),
            Encoding::Binary,
        );
        meeting.outcome.word()
    };
    let cases = [
        ("integer", "bigint", "ok"),
        ("bigint", "integer", "unknown"),
        ("varchar(10)", "varchar(20)", "ok"),
        ("varchar(20)", "varchar(10)", "unknown"),
        ("varchar(20)", "text", "ok"),
        ("text", "varchar(20)", "unknown"),
        ("text", "integer", "refused"),
        ("integer", "text", "unknown"),
        ("timestamp", "timestamp~with~time~zone", "unknown"),
        ("json", "jsonb", "ok"),
        ("status", "text", "unknown"),
        ("text", "status", "unknown"),
        ("boolean", "date", "refused"),
        ("integer[]", "bigint[]", "ok"),
        ("numeric(10,2)", "numeric(12,2)", "ok"),
        ("numeric(12,2)", "numeric(10,2)", "unknown"),
        ("integer", "numeric", "ok"),
        ("real", "double~precision", "ok"),
        ("uuid", "integer", "refused"),
        ("int~unsigned", "bigint", "ok"),
        ("int", "int~unsigned", "unknown"),
        ("x(", "integer", "unknown"),
        ("", "integer", "ok"),
    ];
    for (from, to, expected) in cases {
        assert_eq!(said(from, to), expected, "{from} to {to}");
    }
}

#[test]
fn the_words_of_a_table_are_in_every_file_that_uses_it() {
    let words = |kind, name: &str, element| {
        Relational
            .spellings(&Surface::new(kind, name), element)
            .join(" ")
    };
    assert_eq!(
        words(SurfaceKind::Table, "local_users", None),
        "local_user localuser"
    );
    assert_eq!(words(SurfaceKind::Table, "app.categories", None), "categor");
    assert_eq!(words(SurfaceKind::Table, "people", None), "people person");
    assert_eq!(
        words(SurfaceKind::Model, "OrgMembership", None),
        "orgmembership"
    );
    assert_eq!(words(SurfaceKind::Table, "users", Some("id")), "");
    assert_eq!(
        words(SurfaceKind::Table, "users", Some("legacy_flags")),
        "legacy_flags legacyflags"
    );
}

fn reading(
    accesses: Vec<Access>,
    models: Vec<coexist_model::ModelDeclaration>,
) -> coexist_model::Reading {
    coexist_model::Reading {
        accesses,
        models,
        ..coexist_model::Reading::default()
    }
}

fn part(version: u64, lines: &str, down: &str) -> coexist_model::Reading {
    let of = migration(version, lines);
    let back = migration(version, down)
        .operations
        .into_iter()
        .map(|o| Operation {
            direction: Direction::Down,
            ..o
        });
    let part = coexist_model::MigrationPart {
        key: of.key,
        tool: "plain",
        has_down_form: true,
        phase: None,
    };
    coexist_model::Reading {
        migration: Some(part),
        operations: of.operations.into_iter().chain(back).collect(),
        ..coexist_model::Reading::default()
    }
}

fn link(files: &[(&str, coexist_model::Reading)]) -> Linked {
    let paths: Vec<std::sync::Arc<str>> = files.iter().map(|(p, _)| (*p).into()).collect();
    let inputs: Vec<LinkInput<'_>> = paths
        .iter()
        .zip(files)
        .map(|(path, (_, reading))| LinkInput { path, reading })
        .collect();
    Relational.link(&inputs)
}

fn listed(linked: &Linked) -> String {
    let line = |a: &Access| {
        let element = a
            .element
            .as_ref()
            .map(|e| format!(".{e}"))
            .unwrap_or_default();
        let via = a
            .via
            .as_ref()
            .map(|v| format!(" via {}", v.path))
            .unwrap_or_default();
        format!(
            "{}{element} {:?} {} {} at {}{via}\n",
            a.surface,
            a.mode,
            a.confidence.word(),
            a.why.word(),
            a.place.path
        )
    };
    linked.accesses.iter().map(line).collect()
}

#[test]
fn both_ways_of_a_migration_are_one_and_versions_count_as_numbers() {
    let files = [
        ("m/10.down.sql", part(10, "", "t drop b")),
        ("m/10.up.sql", part(10, "t add b integer", "")),
        ("m/9.up.sql", part(9, "t create a integer", "")),
        ("m/11.up.sql", part(11, "t seed", "")),
    ];
    let linked = link(&files);
    let store = &linked.stores[0];
    let history: Vec<String> = store
        .migrations
        .iter()
        .map(|m| format!("{} {} {}", m.path, m.operations.len(), m.one_way))
        .collect();
    expect![[r#"["m/9.up.sql 1 true", "m/10.up.sql 2 false", "m/11.up.sql 1 false"]"#]]
        .assert_eq(&format!("{history:?}"));
    assert_eq!(
        shown(&store.schemas[&Surface::table("t")]),
        "table t: a integer, b integer\n"
    );
}

#[test]
fn a_dropped_index_is_an_operation_on_its_table() {
    let linked = link(&[(
        "m/1.sql",
        part(
            1,
            "t create a integer; i unique(a)\ni drop-constraint i",
            "",
        ),
    )]);
    assert_eq!(
        linked.stores[0].migrations[0].operations[1].surface,
        Surface::table("t")
    );
}

fn user_model() -> coexist_model::ModelDeclaration {
    coexist_model::ModelDeclaration {
        name: "User".into(),
        tool: "prisma",
        table: Surface::table("users"),
        columns: vec![column("id bigint"), column("full_name text")],
        aliases: vec![("fullName".into(), "full_name".into())],
        place: Place::of_file("schema.prisma"),
    }
}

fn on_model(element: Option<&str>, mode: Mode, path: &str) -> Access {
    let surface = Surface::new(SurfaceKind::Model, "User");
    Access {
        surface,
        place: Place::of_file(path),
        ..access("", element, mode)
    }
}

#[test]
fn a_declared_column_counts_where_its_model_is_queried_and_nowhere_else() {
    let schema = ("schema.prisma", reading(vec![], vec![user_model()]));
    expect![""].assert_eq(&listed(&link(std::slice::from_ref(&schema))));
    let query = reading(
        vec![
            on_model(None, Mode::Queries, "api/tests/u.ts"),
            on_model(None, Mode::Queries, "api/u.ts"),
        ],
        vec![],
    );
    expect![[r#"
        users.full_name Reads high declared at m.sql via api/u.ts
        users.id Reads high declared at m.sql via api/u.ts
    "#]]
    .assert_eq(&listed(&link(&[schema, ("api/u.ts", query)])));
}

#[test]
fn a_use_of_a_model_speaks_of_columns_by_their_names_in_the_store() {
    let insert = |columns: Option<Vec<String>>| Mode::Inserts {
        columns,
        positions: None,
        values: vec![("fullName".into(), "x".into())],
        conflict: None,
    };
    let uses = vec![
        on_model(Some("fullName"), Mode::Reads, "u.ts"),
        on_model(None, insert(Some(vec!["fullName".into()])), "v.ts"),
        on_model(None, insert(None), "w.ts"),
    ];
    let linked = link(&[
        ("schema.prisma", reading(vec![], vec![user_model()])),
        ("u.ts", reading(uses, vec![])),
    ]);
    expect![[r#"
        users.full_name Reads high declared at m.sql via u.ts
        users.id Reads high declared at m.sql via u.ts
        users.full_name Reads high parsed-sql at u.ts
        users Inserts { columns: Some(["full_name"]), positions: None, values: [("full_name", "x")], conflict: None } high parsed-sql at v.ts
        users Inserts { columns: Some(["id", "full_name"]), positions: None, values: [("full_name", "x")], conflict: None } high parsed-sql at w.ts
    "#]]
    .assert_eq(&listed(&linked));
}

#[test]
fn an_unqualified_column_belongs_to_the_table_that_has_it() {
    let medium = |table: &str, column: &str| Access {
        confidence: Confidence::Medium,
        ..access(table, Some(column), Mode::Reads)
    };
    let uses = vec![
        medium("a", "total"),
        medium("b", "total"),
        medium("a", "x"),
        medium("b", "x"),
        medium("a", "y"),
        medium("other", "y"),
    ];
    let files = [
        (
            "m/1.sql",
            part(
                1,
                "a create x integer; y integer\nb create x integer; total integer",
                "",
            ),
        ),
        ("q.py", reading(uses, vec![])),
    ];
    expect![[r#"
        a.x Reads medium parsed-sql at q.py
        a.y Reads medium parsed-sql at q.py
        b.total Reads high parsed-sql at q.py
        b.x Reads medium parsed-sql at q.py
        other.y Reads medium parsed-sql at q.py
    "#]]
    .assert_eq(&listed(&link(&files)));
}

#[test]
fn a_table_is_found_with_or_without_its_schema_and_in_other_letters() {
    let uses = vec![
        access("Orders", None, Mode::Reads),
        access("db.users", None, Mode::Reads),
        access("pg_class", None, Mode::Reads),
    ];
    let files = [
        (
            "m/1.sql",
            part(
                1,
                "shop.orders create x integer\nusers create x integer",
                "",
            ),
        ),
        ("q.py", reading(uses, vec![])),
    ];
    expect![[r#"
        pg_class Reads high parsed-sql at q.py
        shop.orders Reads high parsed-sql at q.py
        users Reads high parsed-sql at q.py
    "#]]
    .assert_eq(&listed(&link(&files)));
}

#[test]
fn a_dump_makes_a_store_only_of_what_no_history_has() {
    let dump = |lines: &str| coexist_model::Reading {
        operations: migration(1, lines).operations,
        ..coexist_model::Reading::default()
    };
    let files = [
        ("db/structure.sql", dump("t create a integer")),
        ("db/other.sql", dump("u create a integer")),
        ("m/1.sql", part(1, "t create a integer; b integer", "")),
        ("schema.prisma", reading(vec![], vec![user_model()])),
    ];
    let sets: Vec<String> = link(&files)
        .stores
        .iter()
        .map(|s| s.set.to_string())
        .collect();
    assert_eq!(sets, ["db/other.sql", "m", "schema.prisma"]);
}
