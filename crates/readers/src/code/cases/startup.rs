//! Processes that migrate before they serve.

use coexist_model::File;

use crate::code::startup;

#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    let said: Vec<String> = startup(&File::new(path, text))
        .iter()
        .map(|e| {
            let line = e.order.place.as_ref().map_or(0, |p| p.line);
            format!("{line} {}", e.scope.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(said, expected, "{text}");
}

#[test]
fn rust_that_migrates_as_it_opens_its_store() {
    let open = "async fn new(s: &S) -> Result<Self, Error> {\n    let pool = PgPool::connect(&s.uri).await?;\n    sqlx::migrate!(\"./db\").run(&pool).await?;\n    Ok(Self { pool })\n}\n";
    check("src/db.rs", open, &["3 ./db"]);
    check("tests/db.rs", open, &[]);
    check(
        "src/db.rs",
        &format!("#[cfg(test)]\nmod t {{\n{open}}}\n"),
        &[],
    );
    let gated = open.replace(
        "sqlx::migrate!(\"./db\").run(&pool).await?;",
        "if s.auto { sqlx::migrate!(\"./db\").run(&pool).await?; }",
    );
    check("src/db.rs", &gated, &[]);
    let left = open.replace(
        "    sqlx",
        "    if s.skip { return Ok(Self { pool }); }\n    sqlx",
    );
    check("src/db.rs", &left, &[]);
    let fails = open.replace(
        "    sqlx",
        "    if s.old { return Err(Error::Old); }\n    sqlx",
    );
    check("src/db.rs", &fails, &["4 ./db"]);
    // It migrates and gives nothing back: who calls it, and when, is not seen here.
    let command = "pub async fn migrate(s: &S) -> Result<(), Error> {\n    let pool = PgPool::connect(&s.uri).await?;\n    sqlx::migrate!().run(&pool).await?;\n    Ok(())\n}\n";
    check("src/migrate.rs", command, &[]);
}

#[test]
fn rust_that_migrates_in_each_arm_through_functions_of_its_file() {
    let text = "mod pg {\n    pub const M: EmbeddedMigrations = embed_migrations!(\"migrations/pg\");\n    pub fn run_migrations(u: &str) -> Result<(), E> {\n        let mut c = PgConnection::establish(u)?;\n        c.run_pending_migrations(M)?;\n        Ok(())\n    }\n}\nfn from_config(k: Kind) -> Result<Pool, E> {\n    match k {\n        Kind::Pg => { pg::run_migrations(\"x\")?; }\n        Kind::Pg2 => { pg::run_migrations(\"y\")?; }\n    }\n    Pool::builder().build(\"x\")\n}\n";
    check("src/db.rs", text, &["11 migrations/pg", "12 migrations/pg"]);
    let one_arm = text.replace(
        "Kind::Pg2 => { pg::run_migrations(\"y\")?; }",
        "Kind::Pg2 => {}",
    );
    check("src/db.rs", &one_arm, &[]);
}

#[test]
fn rust_that_migrates_in_main() {
    let serving = "static MIGRATOR: Migrator = sqlx::migrate!();\n#[tokio::main]\nasync fn main() -> Result<(), E> {\n    MIGRATOR.run(&pool).await?;\n    axum::serve(l, app).await?;\n    Ok(())\n}\n";
    check("src/main.rs", serving, &["4 migrations"]);
    check(
        "src/main.rs",
        &serving.replace("    axum::serve(l, app).await?;\n", ""),
        &[],
    );
    let later = "fn main() {\n    axum::serve(l, app);\n    Migrator::up(&db, None);\n}\n";
    check("src/main.rs", later, &[]);
    let beside = "fn main() {\n    tokio::spawn(async { Migrator::up(&db, None).await });\n    axum::serve(l, app);\n}\n";
    check("src/main.rs", beside, &[]);
}

#[test]
fn go_that_migrates_before_it_listens() {
    let head = "package main\nimport \"github.com/pressly/goose/v3\"\n";
    let serving = format!(
        "{head}func main() {{\n\tdb := connect()\n\tif err := goose.Up(db, \"m\"); err != nil {{\n\t\tpanic(err)\n\t}}\n\thttp.ListenAndServe(\":80\", nil)\n}}\n"
    );
    check("main.go", &serving, &["5 -"]);
    check(
        "main.go",
        &serving.replace("\thttp.ListenAndServe(\":80\", nil)\n", ""),
        &[],
    );
    let opened = "package db\nimport \"github.com/golang-migrate/migrate/v4\"\nfunc Open(u string) (*sql.DB, error) {\n\td, err := sql.Open(\"x\", u)\n\tif err != nil { return nil, err }\n\tm := newM(d)\n\tif err := m.Up(); err != nil { return nil, err }\n\treturn d, nil\n}\n";
    check("db/db.go", opened, &["7 -"]);
    check(
        "db/db.go",
        &opened.replace(
            "if err := m.Up(); err != nil { return nil, err }",
            "if auto { m.Up() }",
        ),
        &[],
    );
    check(
        "db/db.go",
        &opened.replace("golang-migrate/migrate/v4", "shop/mover"),
        &[],
    );
}

#[test]
fn node_that_migrates_before_it_listens() {
    let text = "import { drizzle } from 'drizzle-orm/node-postgres';\nimport { migrate } from 'drizzle-orm/node-postgres/migrator';\nawait migrate(db, { migrationsFolder: './drizzle' });\napp.listen(3000);\n";
    check("src/server.ts", text, &["3 ./drizzle"]);
    check(
        "src/migrate.ts",
        &text.replace("app.listen(3000)", "process.exit(0)"),
        &[],
    );
    check(
        "src/server.ts",
        &text.replace("await migrate", "if (process.env.MIGRATE) await migrate"),
        &[],
    );
    let source = "import { DataSource } from 'typeorm';\nexport const db = new DataSource({ type: 'postgres', migrationsRun: true });\n";
    check("src/db.ts", source, &["2 -"]);
    check("src/db.ts", &source.replace("true", "env.MIGRATE"), &[]);
    let knex = "async function main() {\n  await db.migrate.latest();\n  await server.listen(80);\n}\nmain();\n";
    check("src/index.js", knex, &["2 -"]);
}

#[test]
fn python_that_migrates_in_its_lifespan() {
    let text = "from alembic import command\n\nasync def lifespan(app):\n    command.upgrade(config, \"head\")\n    yield\n";
    check("app/main.py", text, &["4 -"]);
    check(
        "app/main.py",
        &text.replace("    command", "    if settings.migrate:\n        command"),
        &[],
    );
    check(
        "app/cli.py",
        &text.replace("lifespan(app)", "upgrade()"),
        &[],
    );
}
