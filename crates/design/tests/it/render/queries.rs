//! The SQL of the shop, run on PostgreSQL: what must be reported is, and what must not is not.

use std::collections::BTreeMap;

use coexist_design::render::scripts;
use coexist_installed::{DATABASES, Postgres, or_skip};
use expect_test::{Expect, expect, expect_file};

use super::{HOSTILE, SHOP, all};

/// The orders of the test: which is in what state, and for how many minutes.
const ORDERS: &str = r#"
CREATE TABLE "order" (order_id text, status text, total int, updated_at timestamptz);
CREATE TABLE outbox (message_id text, message text, causation_id text, created_at timestamptz, published_at timestamptz);
CREATE TABLE inbox (message_id text);
INSERT INTO "order" SELECT id, status, 1, now() - minutes * interval '1 minute' FROM (VALUES
  ('fresh', 'placed', 3), ('stuck', 'placed', 20), ('paid', 'paid', 600), ('unset', NULL, 600),
  ('done', 'confirmed', 600), ('gone', 'cancelled', 600), ('just gone', 'cancelled', 5),
  ('twice', 'confirmed', 600), ('twice', 'confirmed', 600)) AS o (id, status, minutes);
INSERT INTO outbox VALUES
  ('m1', 'HoldStock', 'c1', now() - interval '10 minutes', NULL),
  ('m2', 'HoldStock', 'c2', now() - interval '10 seconds', NULL),
  ('m3', 'HoldStock', 'c3', now() - interval '1 day', now()),
  ('m4', 'Capture', 'c3', now() - interval '1 day', now()),
  ('m5', 'Capture', 'c3', now() - interval '1 day', now()),
  ('m6', 'Refund', NULL, now() - interval '1 day', now()),
  ('m7', 'Refund', NULL, now() - interval '1 day', now());
INSERT INTO inbox VALUES ('r1'), ('r2'), ('r2');
"#;

const STOCK: &str = r#"
CREATE TABLE stock (sku text, free int, updated_at timestamptz);
CREATE TABLE hold (order_id text, state text, updated_at timestamptz);
CREATE TABLE outbox (message_id text, message text, causation_id text, created_at timestamptz, published_at timestamptz);
CREATE TABLE inbox (message_id text);
INSERT INTO hold SELECT id, state, now() - minutes * interval '1 minute' FROM (VALUES
  ('gone', 'held', 600), ('just gone', 'held', 600), ('done', 'held', 600), ('twice', 'closed', 600)) AS h (id, state, minutes);
"#;

const PAYMENTS: &str = r#"
CREATE TABLE payment (order_id text, state text, updated_at timestamptz);
CREATE TABLE outbox (message_id text, message text, causation_id text, created_at timestamptz, published_at timestamptz);
CREATE TABLE inbox (message_id text);
INSERT INTO payment SELECT id, state, now() - minutes * interval '1 minute' FROM (VALUES
  ('gone', 'captured', 6000), ('done', 'captured', 6000), ('stuck', 'declined', 6000)) AS p (id, state, minutes);
"#;

const SHIPPING: &str = "
CREATE TABLE shipment (order_id text, state text, updated_at timestamptz);
CREATE TABLE outbox (message_id text, message text, causation_id text, created_at timestamptz, published_at timestamptz);
CREATE TABLE inbox (message_id text);
";

/// What the provider says that it did: 'lost' was captured, and nobody here knows; 'back' was captured and paid back.
const REPORT: &str = r"
CREATE TABLE report (order_id text, operation text, updated_at timestamptz);
INSERT INTO report SELECT id, operation, now() - days * interval '1 day' FROM (VALUES
  ('lost', 'capture', 3), ('stuck', 'capture', 3), ('young', 'capture', 0), ('done', 'capture', 3),
  ('back', 'capture', 3), ('back', 'refund', 3)) AS r (id, operation, days);
\copy report TO 'psp-report.psp-report.csv' WITH (FORMAT csv, HEADER)
";

/// A server with a database for each store of the shop, and one that belongs to nobody.
struct Databases {
    server: Postgres,
    scripts: BTreeMap<String, String>,
}

impl Databases {
    fn start() -> Option<Self> {
        let server = or_skip("PostgreSQL", Postgres::start(), DATABASES)?;
        let scripts = scripts("shop.design", SHOP).unwrap();
        let scripts = scripts.into_iter().map(|s| (s.name, s.text)).collect();
        let databases = Self { server, scripts };
        let filled = [
            ("orders-db", ORDERS),
            ("stock-db", STOCK),
            ("pay-db", PAYMENTS),
            ("ship-db", SHIPPING),
            ("nobody", REPORT),
        ];
        for (name, rows) in filled {
            let create = format!("CREATE DATABASE \"{name}\";");
            databases.server.run(&create).unwrap();
            databases.run(name, rows);
        }
        Some(databases)
    }

    fn run(&self, database: &str, sql: &str) -> String {
        let said = self.server.run(&format!("\\connect \"{database}\"\n{sql}"));
        said.unwrap_or_else(|why| panic!("{database}: {why}\n{sql}"))
    }

    /// Runs a script, and expects these answers without ages, which differ from run to run.
    fn check(&self, database: &str, script: &str, expected: Expect) {
        let said = self.run(database, &self.scripts[script]);
        let is_age = |cell: &&str| cell.contains(':');
        let rows = said.lines().map(|line| {
            let cells = line.split('|').filter(|cell| !is_age(cell)).map(minutes);
            cells.collect::<Vec<_>>().join(" ") + "\n"
        });
        expected.assert_eq(&rows.collect::<String>());
    }

    fn reconcile(&self, name: &str, exports: &[(&str, &str)], expected: Expect) {
        for (database, table) in exports {
            let script = format!("{name}.export.{table}.sql");
            self.run(database, &self.scripts[&script]);
        }
        self.check("nobody", &format!("{name}.compare.sql"), expected);
    }
}

/// Returns a number of seconds as minutes, since the test itself takes some seconds.
fn minutes(cell: &str) -> String {
    match cell.parse::<u64>() {
        Ok(seconds) if seconds >= 60 => format!("{} minutes", seconds / 60),
        _ => cell.to_owned(),
    }
}

#[test]
fn what_waits_stands_still_or_was_done_twice_is_reported_and_nothing_else() {
    let Some(databases) = Databases::start() else {
        return;
    };
    // What waits: the two without published_at, the oldest for ten minutes; then the one that waited too long. Copies: a message, a
    // key, and a message of one cause. Open for too long: neither what ended nor what began three minutes ago.
    databases.check(
        "orders-db",
        "orders.orders-db.sql",
        expect![[r#"
            2 10 minutes
            m1 HoldStock
            r2 2
            twice 2
            c3 Capture 2
            paid paid
            unset 
            stuck placed
        "#]],
    );
    for (database, script) in [
        ("stock-db", "inventory.stock-db.sql"),
        ("pay-db", "payments.pay-db.sql"),
        ("ship-db", "shipping.ship-db.sql"),
    ] {
        databases.check(database, script, expect![""]);
    }
    // `done` holds stock and was confirmed; `just gone` was cancelled five minutes ago.
    databases.reconcile(
        "stock-vs-orders",
        &[
            ("orders-db", "orders.order"),
            ("stock-db", "inventory.hold"),
        ],
        expect![[r#"
            gone held cancelled
        "#]],
    );
    databases.reconcile(
        "ship-vs-orders",
        &[("orders-db", "orders.order")],
        expect![[r#"
            paid paid
        "#]],
    );
    databases.reconcile(
        "money-vs-orders",
        &[
            ("orders-db", "orders.order"),
            ("pay-db", "payments.payment"),
        ],
        expect![[r#"
            gone cancelled captured
        "#]],
    );
    // `lost` has no row in payments, `stuck` has another state there; `back` was taken back and `young` is not settled.
    databases.reconcile(
        "psp-report",
        &[("pay-db", "payments.payment")],
        expect![[r#"
            lost none 1
            stuck declined 1
        "#]],
    );
}

#[test]
fn postgres_reads_the_sql_of_every_design_whatever_its_names() {
    let Some(server) = or_skip("PostgreSQL", Postgres::start(), DATABASES) else {
        return;
    };
    for (path, text) in all() {
        for script in scripts(&path, &text).unwrap() {
            // A statement that is read is refused for its tables, which are not there; never for its syntax.
            for statement in script.text.split(";\n") {
                let statement: Vec<&str> = statement
                    .lines()
                    .filter(|line| !line.starts_with('\\') && !line.starts_with("--"))
                    .collect();
                let said = server.run(&format!("{};", statement.join("\n")));
                if let Err(why) = said {
                    let is_known = why.contains("does not exist");
                    assert!(is_known, "{path} {}: {why}\n{statement:?}", script.name);
                }
            }
        }
    }
}

#[test]
fn no_script_reads_two_databases() {
    for script in scripts("hostile.design", HOSTILE).unwrap() {
        assert!(!script.text.contains("dblink"));
        let names_one = script.text.matches("Run in").count() == 1;
        assert!(
            names_one || script.text.contains("Nothing is drawn"),
            "{script:?}"
        );
    }
    let scripts = scripts("shop.design", SHOP).unwrap();
    let exported = scripts.iter().filter(|s| s.name.contains(".export."));
    for script in exported {
        assert_eq!(script.text.matches(" FROM ").count(), 1, "{script:?}");
    }
}

#[test]
fn the_sql_of_the_shop() {
    let sql = coexist_design::render::sql("shop.design", SHOP).unwrap();
    expect_file!["../../../examples/shop.sql"].assert_eq(&sql);
}
