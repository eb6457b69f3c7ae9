//! Nesting of ten thousand levels: it is measured before a recursive parser sees it, so that no stack overflows.

use crate::read;

const LEVELS: usize = 10_000;

/// A text of that many levels: what opens a level, what stands inside, what closes it.
fn nested(before: &str, open: &str, inside: &str, close: &str, after: &str) -> String {
    format!(
        "{before}{}{inside}{}{after}",
        open.repeat(LEVELS),
        close.repeat(LEVELS)
    )
}

/// Reads a nested text, and what is left when it is never closed.
fn check(path: &str, shapes: &[(&str, &str, &str, &str, &str)]) {
    for (before, open, inside, close, after) in shapes {
        read(path, &nested(before, open, inside, close, after));
        read(path, &nested(before, open, "", "", ""));
        read(path, &nested("", "", "", close, after));
    }
}

#[test]
fn sql_of_ten_thousand_levels_is_read() {
    check(
        "db/migrations/0001_deep.up.sql",
        &[
            ("SELECT ", "(", "1", ")", ";"),
            ("SELECT ", "(SELECT ", "1", ")", ";"),
            ("SELECT ", "f(", "1", ")", ";"),
            ("SELECT ", "CASE WHEN 1 THEN ", "1", " END", ";"),
            ("SELECT ", "NOT ", "1", "", ";"),
            ("SELECT ", "- ", "1", "", ";"),
            ("SELECT 1", " + 1", "", "", ";"),
            ("SELECT a", " AND a OR b", "", "", ";"),
            ("SELECT 1", " UNION SELECT 1", "", "", ";"),
            ("", "/*", "x", "*/", "SELECT 1;"),
            ("", "BEGIN ", "SELECT 1;", " END;", ""),
            ("CREATE TABLE t (a int", "[]", "", "", ");"),
            ("CREATE TABLE t (a ", "array<", "int", ">", ");"),
            ("SELECT x", "[1]", "", "", ";"),
            ("SELECT '{\"a\":", "[", "", "]", "}'::jsonb;"),
            ("", "$a$;", "", "", ""),
        ],
    );
}

#[test]
fn protobuf_of_ten_thousand_levels_is_read() {
    check(
        "proto/deep.proto",
        &[
            ("syntax = \"proto3\"; ", "message M { ", "", "}", ""),
            ("message M { ", "oneof o { ", "", "}", "}"),
            ("option (x) = ", "{ a ", "", "}", ";"),
            ("option (x) = { a: ", "[", "1", "]", "};"),
            ("message M { a.", "a.", "b c = 1;", "", "}"),
            (
                "message M { map<string, ",
                "map<string, ",
                "int32",
                ">",
                " m = 1; }",
            ),
            (
                "message M { optional group G = 1 {",
                "optional group G = 1 {",
                "",
                "}",
                "}}",
            ),
        ],
    );
}

#[test]
fn code_of_ten_thousand_levels_is_read() {
    for path in [
        "a.py", "a.ts", "a.tsx", "a.js", "a.go", "a.rb", "A.java", "A.kt", "a.rs",
    ] {
        check(
            path,
            &[
                ("x = ", "(", "1", ")", "\n"),
                ("x = ", "[", "1", "]", "\n"),
                ("", "{", "", "}", "\n"),
                ("x = ", "f(", "\"SELECT a FROM b\"", ")", "\n"),
                ("x = \"SELECT a FROM b\"", " + \"c\"", "", "", "\n"),
                ("x = a", ".b()", "", "", "\n"),
                ("", "if x {", "", "}", "\n"),
                ("x = ", "!", "1", "", "\n"),
            ],
        );
    }
    check(
        "a.ts",
        &[
            ("x = ", "`${", "1", "}`", "\n"),
            ("let x: ", "A<", "B", ">", ";"),
        ],
    );
    check("a.tsx", &[("x = ", "<a>", "", "</a>", "\n")]);
    check(
        "a.rs",
        &[
            ("diesel::table! ", "{ users ", "", "}", ""),
            ("", "/*", "", "*/", ""),
        ],
    );
    let indented: String = (0..1_000)
        .map(|level| format!("{}if x:\n", " ".repeat(level)))
        .collect();
    read("a.py", &indented);
}

#[test]
fn prisma_of_ten_thousand_levels_is_read() {
    check(
        "schema.prisma",
        &[
            ("model A { a Int @default(", "f(", "1", ")", ") }"),
            ("model A { @@index(", "[", "a", "]", ") }"),
            ("", "model A { ", "", "}", ""),
        ],
    );
}

#[test]
fn deployment_files_of_ten_thousand_levels_are_read() {
    for path in [
        "deploy/api.yaml",
        "compose.yaml",
        ".github/workflows/a.yml",
        "monitoring/rules.yaml",
    ] {
        check(
            path,
            &[
                ("kind: Deployment\nspec: ", "[", "a", "]", "\n"),
                ("kind: Deployment\nspec: ", "{a: ", "b", "}", "\n"),
                ("kind: Deployment\nspec:\n", "- ", "a", "", "\n"),
                ("kind: Deployment\nspec:\n ", "? ", "a", "", "\n"),
                ("groups: ", "[{rules: ", "", "}]", "\n"),
            ],
        );
        let indented: String = (0..1_000)
            .map(|level| format!("{}a:\n", " ".repeat(level)))
            .collect();
        read(path, &indented);
    }
    check(
        "a.libsonnet",
        &[("", "{ a: ", "1", "}", ""), ("", "[", "1", "]", "")],
    );
}

#[test]
fn aliases_that_multiply_do_not_fill_the_memory() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        let list = vec![format!("*a{before}"); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    for path in ["deploy/api.yaml", "compose.yaml", ".github/workflows/a.yml"] {
        read(path, &format!("kind: Deployment\n{laughs}"));
        read(path, &format!("services:\n  a: &x\n    <<: *x\n{laughs}"));
    }
}
