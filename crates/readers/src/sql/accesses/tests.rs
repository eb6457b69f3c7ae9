use super::*;
use expect_test::{Expect, expect};

fn shown(found: &Found, sql: &str) -> String {
    let element = found
        .element
        .as_ref()
        .map(|e| format!(".{e}"))
        .unwrap_or_default();
    let mode = match &found.mode {
        Mode::Writes { values } => format!("writes {values:?}"),
        Mode::Inserts {
            columns,
            positions,
            values,
            conflict,
        } => {
            format!(
                "inserts columns {columns:?} positions {positions:?} values {values:?} conflict {conflict:?}"
            )
        }
        Mode::ReadsAll { .. } => "reads all".to_owned(),
        Mode::FallsBack { from } => format!("falls back from {from}"),
        mode => mode.word().to_owned(),
    };
    let kind = match found.surface.kind.word() {
        "table" => "",
        _ => "type ",
    };
    let at = &sql[found.span.clone()];
    format!(
        "{kind}{}{element} {mode} {} @{at}\n",
        found.surface,
        found.confidence.word()
    )
}

fn check_in(dialect: Dialect, sql: &str, expected: Expect) {
    let (found, unread) = read_accesses(sql, dialect);
    let mut text: String = found.iter().map(|f| shown(f, sql)).collect();
    if let Some(why) = unread {
        text += &format!("unread: {why}\n");
    }
    expected.assert_eq(&text);
}

fn check(sql: &str, expected: Expect) {
    check_in(Dialect::Postgres, sql, expected);
}

#[test]
fn columns_of_one_table_are_certain() {
    check(
        "SELECT id, lower(u.Name) AS n FROM public.users u WHERE \"Age\" > $1 ORDER BY n, id",
        expect![[r#"
            users.id reads high @id
            users.name reads high @Name
            users reads high @users
            users.Age reads high @"Age"
            users.id reads high @id
        "#]],
    );
}

#[test]
fn an_unqualified_column_of_a_join_is_one_use_per_table() {
    check(
        "SELECT a.id, total FROM a JOIN b ON b.a_id = a.id",
        expect![[r#"
            a.id reads high @id
            a.total reads medium @total
            b.total reads medium @total
            a reads high @a
            b reads high @b
            b.a_id reads high @a_id
            a.id reads high @id
        "#]],
    );
}

#[test]
fn subqueries_and_ctes_have_their_own_scope() {
    check(
        "WITH x AS (SELECT id FROM orders WHERE paid) SELECT x.id, u.name FROM x, users u WHERE EXISTS (SELECT 1 FROM bans WHERE bans.user_id = u.id AND active)",
        expect![[r#"
            orders.id reads high @id
            orders reads high @orders
            orders.paid reads high @paid
            users.name reads high @name
            users reads high @users
            bans reads high @bans
            bans.user_id reads high @user_id
            users.id reads high @id
            bans.active reads high @active
        "#]],
    );
}

#[test]
fn an_insert_names_its_columns_values_and_conflict() {
    check(
        "INSERT INTO users AS u (email, state, age) VALUES ($1, 'new', NULL) ON CONFLICT (email) DO UPDATE SET state = excluded.state, age = u.age + 1 RETURNING id",
        expect![[r#"
            users inserts columns Some(["email", "state", "age"]) positions None values [("age", "NULL"), ("state", "new")] conflict Some(["email"]) high @users
            users.state writes [] high @state
            users.state reads high @state
            users.age writes [] high @age
            users.age reads high @age
            users.id reads high @id
        "#]],
    );
}

#[test]
fn an_insert_by_position_is_counted_unless_a_template_fills_it() {
    check(
        "INSERT INTO t VALUES (1, $2, now()); INSERT INTO t VALUES ({}); INSERT INTO t DEFAULT VALUES; INSERT INTO t ({}) VALUES ({})",
        expect![[r#"
            t inserts columns None positions Some(3) values [("1", "1")] conflict None high @t
            t inserts columns None positions None values [] conflict None high @t
            t inserts columns Some([]) positions None values [] conflict None high @t
            t inserts columns None positions None values [] conflict None high @t
        "#]],
    );
}

#[test]
fn an_update_writes_and_reads() {
    check(
        "UPDATE users SET state = 'gone', n = n + 1 FROM bans b WHERE b.user_id = users.id RETURNING *",
        expect![[r#"
            users reads high @users
            users.state writes ["gone"] high @state
            users.n writes [] high @n
            bans.n reads medium @n
            users.n reads medium @n
            bans reads high @bans
            bans.user_id reads high @user_id
            users.id reads high @id
            bans reads all medium @*
            users reads all medium @*
        "#]],
    );
}

#[test]
fn a_delete_reads_what_it_asks() {
    check(
        "DELETE FROM users USING bans WHERE users.id = bans.user_id",
        expect![[r#"
            users deletes high @users
            bans reads high @bans
            users.id reads high @id
            bans.user_id reads high @user_id
        "#]],
    );
}

#[test]
fn mysql_has_backticks_set_and_duplicate_keys() {
    check_in(
        Dialect::MySql,
        "INSERT INTO `users` SET `a` = 1, b = ? ON DUPLICATE KEY UPDATE b = VALUES(b); DELETE x FROM x JOIN y ON x.i = y.i; SELECT `a` FROM t WHERE s = \"v\" LIMIT ?",
        expect![[r#"
            users inserts columns Some(["a", "b"]) positions None values [("a", "1")] conflict None high @`users`
            users.b writes [] high @b
            users.b reads high @b
            x deletes high @x
            y reads high @y
            x.i reads high @i
            y.i reads high @i
            t.a reads high @`a`
            t reads high @t
            t.s reads high @s
        "#]],
    );
}

#[test]
fn a_cast_to_a_named_type_names_a_value_of_it() {
    check(
        "INSERT INTO t (s) VALUES ('open'::status); SELECT a FROM t WHERE s = 'done'::status AND b = '1'::int8",
        expect![[r#"
            t inserts columns Some(["s"]) positions None values [("s", "open")] conflict None high @t
            type status.open writes ["open"] high @'open'
            type status.open reads high @'open'
            t.a reads high @a
            t reads high @t
            t.s reads high @s
            type status.done reads high @'done'
            t.b reads high @b
        "#]],
    );
}

#[test]
fn a_statement_in_another_dialect_is_still_read() {
    check(
        "SELECT `a` FROM `t` WHERE b = ?",
        expect![[r#"
            t.a reads high @`a`
            t reads high @`t`
            t.b reads high @b
        "#]],
    );
}

#[test]
fn a_name_in_double_quotes_may_be_a_text_in_sqlite() {
    check_in(
        Dialect::Sqlite,
        "SELECT a FROM t WHERE \"t\".\"b\" = \"c\"",
        expect![[r#"
            t.a reads high @a
            t reads high @t
            t.b reads high @"b"
            t.c reads medium @"c"
        "#]],
    );
}

#[test]
fn placeholders_for_parts_of_a_statement_do_not_hide_the_rest() {
    check(
        "SELECT id {} FROM users WHERE {} AND name = %(n)s ORDER BY {} LIMIT :n",
        expect![[r#"
            users.id reads high @id
            users reads high @users
            users.name reads high @name
        "#]],
    );
    check(
        "SELECT {} FROM users u JOIN {} x ON x.id = u.xid",
        expect![[r#"
            users reads high @users
            users.xid reads high @xid
        "#]],
    );
}

#[test]
fn set_operations_json_windows_and_laterals_are_walked() {
    check(
        "SELECT a FROM t UNION SELECT b FROM u ORDER BY a; SELECT data->>'k', row_number() OVER (PARTITION BY c ORDER BY d) FROM t; SELECT t.a, l.n FROM t LEFT JOIN LATERAL (SELECT count(*) AS n FROM u WHERE u.t_id = t.id) l ON true",
        expect![[r#"
            t.a reads high @a
            t reads high @t
            u.b reads high @b
            u reads high @u
            t.data reads high @data
            t.c reads high @c
            t.d reads high @d
            t reads high @t
            t.a reads high @a
            t reads high @t
            u reads high @u
            u.t_id reads high @t_id
            t.id reads high @id
        "#]],
    );
}

#[test]
fn what_is_no_query_has_no_uses() {
    check(
        "CREATE TABLE t (a int); GRANT SELECT ON t TO x",
        expect![""],
    );
}

#[test]
fn hostile_statements_are_refused_before_the_parser_recurses() {
    let deep = format!(
        "SELECT {}1{} FROM t",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    check(
        &deep,
        expect![["unread: the statement is nested too deeply\n"]],
    );
    let long = format!("SELECT a FROM t WHERE {}b", "a OR ".repeat(100_000));
    check(
        &long,
        expect![["unread: the statement is nested too deeply\n"]],
    );
    let unions = format!("SELECT a FROM t{}", " UNION SELECT a FROM t".repeat(20_000));
    check(
        &unions,
        expect![["unread: the statement is nested too deeply\n"]],
    );
    let repeated = [
        ("CASE WHEN a THEN ", 300),
        ("NOT ", 3000),
        ("- ", 3000),
        ("(SELECT 1 FROM ", 190),
        ("(", 199),
        ("f(", 190),
        ("ARRAY[", 190),
        ("a IN (SELECT ", 190),
        ("EXISTS (SELECT ", 190),
        ("EXPLAIN ", 3000),
        ("a AND b OR ", 3000),
        ("CAST(", 190),
    ];
    for (word, times) in repeated {
        let sql = format!("SELECT a FROM t WHERE {}", word.repeat(times));
        assert!(read_accesses(&sql, Dialect::Postgres).1.is_some(), "{word}");
        let closed = format!("{sql} 1 {}", ")".repeat(times));
        let _ = read_accesses(&closed, Dialect::Postgres);
    }
    let tails = [
        "[]",
        "::int",
        "::int[]",
        " COLLATE x",
        " AT TIME ZONE x",
        "[1]",
        "[1:2]",
        " IN (1)",
        " BETWEEN 1 AND 2",
        " LIKE 'x'",
        " NOTNULL",
        " IS NULL",
        ".a",
        " + 1",
        "->'a'",
        " UNION SELECT 1",
        " JOIN t ON a",
        " OVER ()",
        " FILTER (WHERE a)",
        "(1)",
        " EXCEPT (SELECT 1)",
        " ESCAPE 'x'",
        " IS DISTINCT FROM 1",
        " ISNULL",
        ":a",
        "!",
        " OPERATOR(pg_catalog.+) 1",
        " SIMILAR TO 'x'",
        " RLIKE 'x'",
        " DIV 1",
        " MEMBER OF (a)",
        " OVERLAPS a",
    ];
    for tail in tails {
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            for times in [500, 9000] {
                let _ = read_accesses(&format!("SELECT a{} FROM t", tail.repeat(times)), dialect);
                let _ = read_accesses(
                    &format!("SELECT a FROM t WHERE a{}", tail.repeat(times)),
                    dialect,
                );
            }
        }
    }
}

#[test]
fn sentences_are_no_sql() {
    for sql in [
        "SELECT a FROM t",
        "  -- x\n select a\nfrom t",
        "WITH x AS (SELECT 1) DELETE FROM t",
        "(select 1 from t)",
        "UPDATE t SET a=1",
        "Select a From t",
        "insert into t values (1)",
    ] {
        assert!(looks_like_sql(sql), "{sql}");
    }
    for text in [
        "",
        "Select a date from the calendar",
        "selected from",
        "Update the docs",
        "update-set",
        "with love",
        "Delete it",
        "select: from",
        "é",
        "SELECT",
        "with",
    ] {
        assert!(!looks_like_sql(text), "{text}");
    }
}

#[test]
fn a_column_that_counts_where_another_one_is_null_is_a_fallback() {
    check(
        "SELECT COALESCE(u.full_name, u.name, 'x') FROM users u",
        expect![[r#"
            users.full_name reads high @full_name
            users.name falls back from full_name high @name
            users.name reads high @name
            users reads high @users
        "#]],
    );
    check(
        "SELECT COALESCE(lower(name), $1, name) FROM users",
        expect![[r#"
            users.name reads high @name
            users.name reads high @name
            users reads high @users
        "#]],
    );
}
