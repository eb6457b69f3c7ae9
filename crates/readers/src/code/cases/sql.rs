//! SQL in strings.

use expect_test::expect;

use super::check;

#[test]
fn python_strings_are_put_together_and_docstrings_are_not_read() {
    check(
        "a.py",
        r#""""SELECT doc FROM docs"""
Q = """
  SELECT id
  FROM users"""
def f(cur):
    """DELETE FROM docs"""
    # SELECT x FROM comments
    cur.execute(Q + " WHERE age > 1")
    cur.execute("SELECT a, " "'b\n' " f"FROM t_{x} JOIN c ON c.d = {y}")
    log.info("SELECT a FROM logs")
"#,
        expect![[r#"
            3: table users.id reads high parsed-sql @id
            4: table users reads high parsed-sql @users
            8: table users.age reads high parsed-sql @age
            9: table c.a reads medium parsed-sql @a
            9: table c reads high parsed-sql @c
            9: table c.d reads high parsed-sql @d
            10: table logs.a reads low parsed-sql @a
            10: table logs reads low parsed-sql @logs
        "#]],
    );
}

#[test]
fn typescript_templates_are_read() {
    check(
        "a.ts",
        "const q = await db.$queryRaw<User[]>`SELECT \"fullName\"\n FROM users WHERE id = ${ f(`${a}`) } AND x = 1`;\nlog(`Select one from many`);\n",
        expect![[r#"
            1: table users.fullName reads high parsed-sql @"fullName"
            2: table users reads high parsed-sql @users
            2: table users.id reads high parsed-sql @id
            2: table users.x reads high parsed-sql @x
        "#]],
    );
}

#[test]
fn go_strings_with_escapes_keep_their_places() {
    check(
        "a.go",
        "package a\nconst cols = \"id, \" + `name`\nfunc f() {\n\tdb.Exec(\"SELECT \\\"a\\\", b\\tFROM ü\" + \" WHERE c = $1\")\n\tdb.Query(\"SELECT \" + cols + \" FROM users ORDER BY \" + order)\n}\n",
        expect![[r#"
            2: table users.id reads high parsed-sql @id
            2: table users.name reads high parsed-sql @name
            4: table ü.a reads high parsed-sql @\"a\"
            4: table ü.b reads high parsed-sql @b
            4: table ü reads high parsed-sql @ü
            4: table ü.c reads high parsed-sql @c
            5: table users reads high parsed-sql @users
        "#]],
    );
}

#[test]
fn ruby_heredocs_are_read_in_the_order_of_their_beginnings() {
    check(
        "a.rb",
        "f(<<~A, <<-'B'.squish)\n  SELECT a FROM t WHERE x = #{params[:x]}\nA\n  DELETE FROM u\nB\nq = \"UPDATE v \" \\\n  'SET w = 1'\n",
        expect![[r#"
            2: table t.a reads high parsed-sql @a
            2: table t reads high parsed-sql @t
            2: table t.x reads high parsed-sql @x
            4: table u deletes high parsed-sql @u
            6: table v reads high parsed-sql @v
            7: table v.w writes 1 high parsed-sql @w
        "#]],
    );
}

#[test]
fn java_text_blocks_and_annotations_are_read() {
    check(
        "A.java",
        "class A {\n  static final String T = \"users\";\n  @Query(value = \"\"\"\n    UPDATE users SET \\\n    name = :n\"\"\", nativeQuery = true)\n  void f() { q(\"SELECT a FROM \" + T + \" WHERE b = ?\"); }\n}\n",
        expect![[r#"
            2: table users reads high parsed-sql @users
            4: table users reads high parsed-sql @users
            5: table users.name writes high parsed-sql @name
            6: table users.a reads high parsed-sql @a
            6: table users.b reads high parsed-sql @b
        "#]],
    );
}

#[test]
fn kotlin_templates_are_read() {
    check(
        "A.kt",
        "fun f() {\n  q(\"SELECT a FROM t WHERE b = $x AND c = 1\")\n  q(\"\"\"\n    SELECT d FROM u WHERE e = ${y.z}\n  \"\"\".trimIndent())\n}\n",
        expect![[r#"
            2: table t.a reads high parsed-sql @a
            2: table t reads high parsed-sql @t
            2: table t.b reads high parsed-sql @b
            2: table t.c reads high parsed-sql @c
            4: table u.d reads high parsed-sql @d
            4: table u reads high parsed-sql @u
            4: table u.e reads high parsed-sql @e
        "#]],
    );
}

#[test]
fn rust_macros_are_read_and_tests_weigh_little() {
    check(
        "src/a.rs",
        "/// SELECT doc FROM docs\nasync fn f() {\n    sqlx::query!(r#\"SELECT \"a\" FROM t\"#, x);\n    q(concat!(\"DELETE \", \"FROM u\"));\n    q(&format!(\"SELECT b FROM v WHERE c = {c}\"));\n}\n#[cfg(test)]\nmod tests {\n    fn g() { q(\"SELECT z FROM w\"); }\n}\n",
        expect![[r#"
            3: table t.a reads high parsed-sql @"a"
            3: table t reads high parsed-sql @t
            4: table u deletes high parsed-sql @u
            5: table v.b reads high parsed-sql @b
            5: table v reads high parsed-sql @v
            5: table v.c reads high parsed-sql @c
            9: table w.z reads low parsed-sql @z
            9: table w reads low parsed-sql @w
        "#]],
    );
}

#[test]
fn a_query_that_no_dialect_takes_is_a_problem() {
    check(
        "a.py",
        "q(\"SELECT a FROM t WHERE (\")\n",
        expect![[r#"
            1: problem: a query in this string was not understood: sql parser error: Expected: an expression, found: EOF [from select where]
        "#]],
    );
}

#[test]
fn a_flag_guards_what_stands_behind_it() {
    check(
        "a.py",
        r#"
if flags.enabled("new", default=False):
    q("SELECT a FROM t")
else:
    q("SELECT b FROM t")
if os.getenv("NEW") == "true" and x:
    q("SELECT c FROM t")
def f():
    if not is_feature_enabled("late"):
        return
    q("SELECT d FROM t")
"#,
        expect![[r#"
            3: table t.a reads high parsed-sql if new (off) @a
            3: table t reads high parsed-sql if new (off) @t
            5: table t.b reads high parsed-sql @b
            5: table t reads high parsed-sql @t
            7: table t.c reads high parsed-sql if NEW (off) @c
            7: table t reads high parsed-sql if NEW (off) @t
            11: table t.d reads high parsed-sql if late @d
            11: table t reads high parsed-sql if late @t
        "#]],
    );
    check(
        "a.go",
        "package a\nfunc f() {\n\tif !cfg.EnableNew { return nil }\n\tq(\"SELECT a FROM t\")\n\tif os.Getenv(\"X\") != \"\" { q(\"SELECT b FROM t\") }\n}\n",
        expect![[r#"
            4: table t.a reads high parsed-sql if cfg.EnableNew @a
            4: table t reads high parsed-sql if cfg.EnableNew @t
            5: table t.b reads high parsed-sql if X (off) @b
            5: table t reads high parsed-sql if X (off) @t
        "#]],
    );
    check(
        "a.ts",
        "const settings = { newNames: false };\nif (settings.newNames) { q('SELECT a FROM t'); }\nuseFeatureFlag('n') && q('SELECT b FROM t');\nif (a || flags.isEnabled('y')) { q('SELECT c FROM t'); }\n",
        expect![[r#"
            2: table t.a reads high parsed-sql if settings.newNames (off) @a
            2: table t reads high parsed-sql if settings.newNames (off) @t
            3: table t.b reads high parsed-sql if n @b
            3: table t reads high parsed-sql if n @t
            4: table t.c reads high parsed-sql @c
            4: table t reads high parsed-sql @t
        "#]],
    );
    check(
        "a.rb",
        "q('SELECT a FROM t') if Flipper.enabled?(:new)\nq('SELECT b FROM t') unless Flipper.enabled?(:new)\nif ENV.fetch('X', 'false') == 'true' then q('SELECT c FROM t') end\n",
        expect![[r#"
            1: table t.a reads high parsed-sql if new @a
            1: table t reads high parsed-sql if new @t
            2: table t.b reads high parsed-sql unless new @b
            2: table t reads high parsed-sql unless new @t
            3: table t.c reads high parsed-sql if X (off) @c
            3: table t reads high parsed-sql if X (off) @t
        "#]],
    );
}

#[test]
fn constants_of_the_file_are_put_into_the_text_of_a_call() {
    check(
        "a.rs",
        "impl A {\n    const COLUMNS: &str = \"a, b\";\n    fn f(x: i32) {\n        q(&format!(\"SELECT {} FROM t WHERE c = {}\", Self::COLUMNS, x));\n    }\n}\n",
        expect![[r#"
            2: table t.a reads high parsed-sql @a
            2: table t.b reads high parsed-sql @b
            4: table t reads high parsed-sql @t
            4: table t.c reads high parsed-sql @c
        "#]],
    );
    check(
        "a.go",
        "package a\nconst cols = \"a, b\"\nfunc f() {\n\tq(fmt.Sprintf(\"SELECT %s FROM t WHERE c = %d\", cols, x))\n}\n",
        expect![[r#"
            2: table t.a reads high parsed-sql @a
            2: table t.b reads high parsed-sql @b
            4: table t reads high parsed-sql @t
            4: table t.c reads high parsed-sql @c
        "#]],
    );
    check(
        "a.py",
        "COLS = 'a'\nT = 't'\nq('SELECT {} FROM {}'.format(COLS, T))\nq('DELETE FROM %s WHERE d = %s' % (T, x))\n",
        expect![[r#"
            1: table t.a reads high parsed-sql @a
            2: table t reads high parsed-sql @t
            2: table t deletes high parsed-sql @t
            4: table t.d reads high parsed-sql @d
        "#]],
    );
    check(
        "A.java",
        "class A {\n  static final String COLS = \"a\";\n  void f() { q(String.format(\"SELECT %s FROM t\", COLS)); q(\"SELECT \" + COLS + \" FROM u\"); }\n}\n",
        expect![[r#"
            2: table t.a reads high parsed-sql @a
            2: table u.a reads high parsed-sql @a
            3: table t reads high parsed-sql @t
            3: table u reads high parsed-sql @u
        "#]],
    );
}

#[test]
fn constants_of_the_file_are_put_into_templates() {
    check(
        "a.ts",
        "const COLS = `a, b`;\nconst f = (x) => q(`SELECT ${COLS} FROM t WHERE c = ${x}`);\n",
        expect![[r#"
            1: table t.a reads high parsed-sql @a
            1: table t.b reads high parsed-sql @b
            2: table t reads high parsed-sql @t
            2: table t.c reads high parsed-sql @c
        "#]],
    );
    check(
        "a.rb",
        "COLS = \"a\"\nq(\"SELECT #{COLS} FROM t\")\nq(\"SELECT \" + COLS + \" FROM u\")\n",
        expect![[r#"
            1: table t.a reads high parsed-sql @a
            1: table u.a reads high parsed-sql @a
            2: table t reads high parsed-sql @t
            3: table u reads high parsed-sql @u
        "#]],
    );
    check(
        "a.kt",
        "const val COLS = \"a\"\nfun f() { q(\"SELECT $COLS FROM t\"); q(\"SELECT ${COLS} FROM u\") }\n",
        expect![[r#"
            1: table t.a reads high parsed-sql @a
            1: table u.a reads high parsed-sql @a
            2: table t reads high parsed-sql @t
            2: table u reads high parsed-sql @u
        "#]],
    );
}

#[test]
fn a_constant_that_is_made_of_itself_ends() {
    let text = "A = f\"{B}{B}\"\nB = f\"{A}{A}\"\nq(f\"SELECT {A} FROM t\")\n";
    check(
        "a.py",
        text,
        expect![[r#"
            3: table t reads high parsed-sql @t
        "#]],
    );
}

#[test]
fn what_macros_are_given_is_read() {
    check(
        "a.rs",
        "fn f() {\n    run! { conn: { q(\"SELECT a FROM t\"); if on() { q(\"SELECT b FROM t\") } } };\n    both!(q(\"SELECT c FROM t\"), x => 1);\n    try_join!(q(format!(\"SELECT {}\", 1)), q(\"SELECT d FROM t\"))\n}\n",
        expect![[r#"
            2: table t.a reads high parsed-sql @a
            2: table t reads high parsed-sql @t
            2: table t.b reads high parsed-sql @b
            2: table t reads high parsed-sql @t
            3: table t.c reads high parsed-sql @c
            3: table t reads high parsed-sql @t
            4: table t.d reads high parsed-sql @d
            4: table t reads high parsed-sql @t
        "#]],
    );
}
