//! Code that brings a store to its newest migration.

use coexist_model::{File, Hints, Reader};
use expect_test::{Expect, expect};

use crate::code::Code;

fn check(path: &str, text: &str, expected: Expect) {
    let reading = Code.read(&File::new(path, text), &Hints::default());
    let shown: String = reading
        .migrators
        .iter()
        .map(|m| {
            let folder = m.folder.as_deref().unwrap_or("?");
            let refusal = m.refusal.unwrap_or("goes on");
            format!("{}: {} {folder}: {refusal}\n", m.place.line, m.tool)
        })
        .collect();
    expected.assert_eq(&shown);
}

#[test]
fn sqlx_refuses_what_it_does_not_know_unless_it_is_told() {
    check(
        "src/main.rs",
        "async fn main() {\n    sqlx::migrate!(\"./db/migrations\").run(&pool).await?;\n}\n",
        expect![[r"
            2: sqlx db/migrations: was previously applied but is missing in the resolved migrations
        "]],
    );
    check(
        "src/db.rs",
        "use sqlx::migrate::Migrator;\nstatic ALL: Migrator = sqlx::migrate!();\nasync fn up(db: &Pool) { ALL.run(db).await.unwrap(); }\n",
        expect![[r"
            3: sqlx migrations: was previously applied but is missing in the resolved migrations
        "]],
    );
    check(
        "src/db.rs",
        "async fn up(db: &Pool) -> Result<()> {\n    let mut m = sqlx::migrate!();\n    m.set_ignore_missing(true);\n    m.run(db).await\n}\n",
        expect![[r"
            4: sqlx migrations: goes on
        "]],
    );
}

#[test]
fn what_another_value_runs_is_no_migrator() {
    check(
        "src/main.rs",
        "static ALL: Migrator = sqlx::migrate!();\nfn main() { server.run(addr); }\n",
        expect![[r""]],
    );
    check(
        "tests/db.rs",
        "fn up() { sqlx::migrate!().run(&pool); }\n",
        expect![[r""]],
    );
}

#[test]
fn refinery_refuses_and_the_macro_of_diesel_is_another_one() {
    check(
        "src/main.rs",
        "mod embedded {\n    use refinery::embed_migrations;\n    embed_migrations!(\"sql\");\n}\nfn main() {\n    embedded::migrations::runner().run(&mut conn).unwrap();\n}\n",
        expect![[r"
            6: refinery sql: is missing from the filesystem
        "]],
    );
    check(
        "src/main.rs",
        "use refinery::embed_migrations;\nembed_migrations!(\"sql\");\nfn main() {\n    migrations::runner().set_abort_missing(false).run(&mut conn).unwrap();\n}\n",
        expect![[r"
            4: refinery sql: goes on
        "]],
    );
    check(
        "src/main.rs",
        "use diesel_migrations::embed_migrations;\nconst ALL: EmbeddedMigrations = embed_migrations!(\"sql\");\nfn main() { conn.run_pending_migrations(ALL); }\n",
        expect![[r""]],
    );
}

#[test]
fn golang_migrate_refuses_unless_the_code_looks_for_its_error() {
    check(
        "db/db.go",
        "package db\n\nimport \"github.com/golang-migrate/migrate/v4\"\n\nfunc Open() error {\n\tm, err := migrate.New(source, url)\n\treturn m.Up()\n}\n",
        expect![[r"
            7: golang-migrate ?: no migration found for version
        "]],
    );
    check(
        "db/db.go",
        "package db\n\nimport (\n\t\"io/fs\"\n\t\"github.com/golang-migrate/migrate/v4\"\n)\n\nfunc Open() error {\n\terr := m.Up()\n\tif errors.Is(err, fs.ErrNotExist) {\n\t\treturn nil\n\t}\n\treturn err\n}\n",
        expect![[r"
            9: golang-migrate ?: goes on
        "]],
    );
    check(
        "db/db.go",
        "package db\n\nimport \"github.com/golang-migrate/migrate/v4/database\"\n\nfunc Open() { shutters.Up() }\n",
        expect![[r""]],
    );
}

#[test]
fn golang_migrate_is_guarded_by_code_that_asks_for_the_version_first() {
    let open = |body: &str| {
        format!(
            "package db\n\nimport \"github.com/golang-migrate/migrate/v4\"\n\nfunc Open() error {{\n{body}\n}}\n"
        )
    };
    check(
        "db/db.go",
        &open("\tv, _, _ := m.Version()\n\tif v > newest {\n\t\treturn nil\n\t}\n\treturn m.Up()"),
        expect![[r"
            10: golang-migrate ?: goes on
        "]],
    );
    check(
        "db/db.go",
        &open("\terr := m.Up()\n\tv, _, _ := m.Version()\n\tlog.Print(v)\n\treturn err"),
        expect![[r"
            6: golang-migrate ?: no migration found for version
        "]],
    );
}

#[test]
fn sql_migrate_refuses_unless_it_is_told() {
    check(
        "db/db.go",
        "package db\n\nimport migrate \"github.com/rubenv/sql-migrate\"\n\nfunc Open() error {\n\t_, err := migrate.Exec(db, \"postgres\", source, migrate.Up)\n\treturn err\n}\n",
        expect![[r"
            6: sql-migrate ?: unknown migration in database
        "]],
    );
    check(
        "db/db.go",
        "package db\n\nimport migrate \"github.com/rubenv/sql-migrate\"\n\nfunc Open() error {\n\tset := migrate.MigrationSet{IgnoreUnknown: true}\n\t_, err := set.Exec(db, \"postgres\", source, migrate.Up)\n\treturn err\n}\n",
        expect![[r"
            7: sql-migrate ?: goes on
        "]],
    );
}
