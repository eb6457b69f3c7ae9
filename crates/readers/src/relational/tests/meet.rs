use coexist_model::Fit;

use super::*;

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
              if t.a takes NULL or has a default: the migrations do not tell
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
        Relational.meet(
            &access(
                "t",
                None,
                Mode::ReadsAll {
                    columns,
                    fit: Fit::Unclear,
                },
            ),
            &store,
        )
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
        ("", "integer", "unknown"),
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
    assert_eq!(words(SurfaceKind::Table, "users", Some("legacy_flags")), "");
}
