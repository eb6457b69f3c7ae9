use super::*;
use expect_test::{Expect, expect};

fn check(text: &str, dialect: Dialect, expected: Expect) {
    let split = split(text, 0..text.len(), dialect);
    let mut shown = String::new();
    for statement in &split.statements {
        let way = match statement.direction {
            Some(Direction::Up) => "up: ",
            Some(Direction::Down) => "down: ",
            None => "",
        };
        shown += &format!("{way}{}\n", text[statement.span.clone()].replace('\n', "⏎"));
    }
    for (range, what) in &split.problems {
        shown += &format!("! {what}: {}\n", &text[range.clone()]);
    }
    expected.assert_eq(&shown);
}

#[test]
fn a_semicolon_in_quotes_comments_and_dollars_ends_nothing() {
    check(
        "-- a;\nSELECT ';', \";\" /* ; */; DO $x$ a; $$ b; $$ $x$;; SELECT 2",
        Dialect::Postgres,
        expect![[r#"
            SELECT ';', ";"
            DO $x$ a; $$ b; $$ $x$
            SELECT 2
        "#]],
    );
}

#[test]
fn a_body_of_a_trigger_is_one_statement() {
    check(
        "CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE u SET x = CASE WHEN 1 THEN 2 END; DELETE FROM v; END; DROP TABLE w;",
        Dialect::Sqlite,
        expect![[r#"
            CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE u SET x = CASE WHEN 1 THEN 2 END; DELETE FROM v; END
            DROP TABLE w
        "#]],
    );
    check(
        "CREATE PROCEDURE p() BEGIN IF a THEN BEGIN x; END; END IF; CASE a WHEN 1 THEN y; END CASE; END; SELECT 1;",
        Dialect::MySql,
        expect![[r#"
            CREATE PROCEDURE p() BEGIN IF a THEN BEGIN x; END; END IF; CASE a WHEN 1 THEN y; END CASE; END
            SELECT 1
        "#]],
    );
}

#[test]
fn begin_outside_a_body_opens_nothing() {
    check(
        "BEGIN; CREATE TABLE event (begin int, \"end\" int); COMMIT;",
        Dialect::Postgres,
        expect![[r#"
            BEGIN
            CREATE TABLE event (begin int, "end" int)
            COMMIT
        "#]],
    );
}

#[test]
fn a_new_delimiter_holds_until_the_next() {
    check(
        "DELIMITER $$\nCREATE PROCEDURE p() SELECT 1; SELECT 2$$\nDELIMITER ;\nSELECT 3; DELIMITER //\nx; END//",
        Dialect::MySql,
        expect![[r#"
            CREATE PROCEDURE p() SELECT 1; SELECT 2
            SELECT 3
            x; END
        "#]],
    );
}

#[test]
fn the_client_reads_its_own_commands_and_data() {
    check(
        "\\connect app\nCOPY t (a) FROM stdin;\nit's; data\n\\.\nSELECT 1;\n\\i more.sql\nSELECT 2 \\gexec\n",
        Dialect::Postgres,
        expect![[r#"
            COPY t (a) FROM stdin
            SELECT 1
            SELECT 2
            ! an included file is not followed: \i more.sql
            ! statements that a query makes are not known: \gexec
        "#]],
    );
}

#[test]
fn markers_of_tools_name_the_way() {
    for (up, down) in [
        ("-- +goose Up", "-- +goose Down"),
        ("-- migrate:up transaction:false", "-- migrate:down"),
        ("-- +migrate Up", "-- +migrate Down"),
        ("-- Up Migration", "-- Down Migration"),
        ("-- rambler up", "-- rambler down"),
    ] {
        let text = format!("{up}\nCREATE TABLE a (b int);\n{down}\nDROP TABLE a;\n");
        let found = statements(&text, Dialect::Postgres);
        let ways: Vec<_> = found.iter().map(|s| s.direction).collect();
        assert_eq!(ways, [Some(Direction::Up), Some(Direction::Down)]);
    }
}

#[test]
fn a_marker_ends_a_statement_without_semicolon() {
    check(
        "CREATE TABLE a (b int)\n--> statement-breakpoint\nDROP TABLE c\n---- create above / drop below ----\nDROP TABLE a",
        Dialect::Postgres,
        expect![[r#"
            CREATE TABLE a (b int)
            DROP TABLE c
            down: DROP TABLE a
        "#]],
    );
}

#[test]
fn goose_holds_a_body_together() {
    check(
        "-- +goose StatementBegin\nCREATE TRIGGER t AFTER INSERT ON u FOR EACH ROW IF a THEN SET b = 1; END IF;\n-- +goose StatementEnd\nSELECT 1;",
        Dialect::MySql,
        expect![[r#"
            CREATE TRIGGER t AFTER INSERT ON u FOR EACH ROW IF a THEN SET b = 1; END IF
            SELECT 1
        "#]],
    );
}

#[test]
fn nesting_and_chains_are_measured() {
    let one = |text: &str| statements(text, Dialect::Postgres).remove(0);
    assert_eq!(one("SELECT ((1), [2])").depth, 2);
    assert_eq!(
        one(&format!("SELECT {}", "(".repeat(100_000))).depth,
        100_000
    );
    assert_eq!(
        one(&format!("SELECT 1{}", " + (1)".repeat(5000))).chain,
        5000
    );
    assert!(
        one(&format!(
            "INSERT INTO t VALUES (-1){}",
            ", (-1)".repeat(5000)
        ))
        .chain
            < 3
    );
}

#[test]
fn open_ends_of_every_sort_stop_at_the_end() {
    for text in [
        "'",
        "\"",
        "`",
        "/*",
        "$x$",
        "${",
        "%(",
        "%",
        ":",
        "@",
        "{",
        "\\",
        "E'\\",
        "DELIMITER",
        "COPY t FROM stdin;",
        "é",
        "[",
        ")",
        "CREATE TRIGGER a BEGIN",
        "END END",
        "-- +goose StatementBegin\nCREATE FUNCTION f BEGIN;",
    ] {
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            for statement in statements(text, dialect) {
                assert!(text.get(statement.span).is_some());
            }
        }
    }
}
