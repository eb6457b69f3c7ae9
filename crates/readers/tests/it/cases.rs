//! The hazards: what a migration does, the statement of the version that still runs, and the way that is safe.

use coexist_model::Dialect::{self, MySql, Postgres, Sqlite};

/// One hazard.
pub(crate) struct Case {
    pub(crate) hazard: &'static str,
    pub(crate) dialects: &'static [Dialect],
    /// The schema that the running version knows.
    pub(crate) base: &'static str,
    pub(crate) migration: &'static str,
    /// What the running version does.
    pub(crate) statement: &'static str,
    /// Pairs of a migration and a statement that do no harm, on the same base.
    pub(crate) safe: &'static [(&'static str, &'static str)],
}

const ALL: &[Dialect] = &[Postgres, MySql, Sqlite];

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(200) NOT NULL, name VARCHAR(200), age INTEGER DEFAULT 1);";

pub(crate) static CASES: &[Case] = &[
    Case {
        hazard: "a column is dropped and still read",
        dialects: ALL,
        base: USERS,
        migration: "ALTER TABLE users DROP COLUMN name;",
        statement: "SELECT id, name FROM users;",
        safe: &[("ALTER TABLE users DROP COLUMN name;", "SELECT id, email FROM users;")],
    },
    Case {
        hazard: "a column is dropped and still updated",
        dialects: ALL,
        base: USERS,
        migration: "ALTER TABLE users DROP COLUMN name;",
        statement: "UPDATE users SET name = 'x';",
        safe: &[("ALTER TABLE users DROP COLUMN name;", "UPDATE users SET email = 'x';")],
    },
    Case {
        hazard: "a column is dropped and still inserted",
        dialects: ALL,
        base: USERS,
        migration: "ALTER TABLE users DROP COLUMN name;",
        statement: "INSERT INTO users (id, email, name) VALUES (1, 'a', 'b');",
        safe: &[("ALTER TABLE users DROP COLUMN name;", "INSERT INTO users (id, email) VALUES (1, 'a');")],
    },
    Case {
        hazard: "a column is renamed",
        dialects: ALL,
        base: USERS,
        migration: "ALTER TABLE users RENAME COLUMN name TO full_name;",
        statement: "SELECT name FROM users;",
        safe: &[("ALTER TABLE users ADD COLUMN full_name VARCHAR(200);", "SELECT name FROM users;")],
    },
    Case {
        hazard: "a table is dropped",
        dialects: ALL,
        base: USERS,
        migration: "DROP TABLE users;",
        statement: "SELECT id FROM users;",
        safe: &[("CREATE TABLE people (id INTEGER);", "SELECT id FROM users;")],
    },
    Case {
        hazard: "a table is renamed",
        dialects: ALL,
        base: USERS,
        migration: "ALTER TABLE users RENAME TO people;",
        statement: "DELETE FROM users;",
        safe: &[(
            "ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT id, email, name FROM people;",
            "SELECT id, name FROM users;",
        )],
    },
    Case {
        hazard: "a required column is added",
        dialects: &[Postgres, MySql],
        base: USERS,
        migration: "ALTER TABLE users ADD COLUMN team INTEGER NOT NULL;",
        statement: "INSERT INTO users (id, email) VALUES (1, 'a');",
        safe: &[
            ("ALTER TABLE users ADD COLUMN team INTEGER;", "INSERT INTO users (id, email) VALUES (1, 'a');"),
            ("ALTER TABLE users ADD COLUMN team INTEGER NOT NULL DEFAULT 0;", "INSERT INTO users (id, email) VALUES (1, 'a');"),
        ],
    },
    Case {
        hazard: "a table is rebuilt with a required column",
        dialects: &[Sqlite],
        base: USERS,
        migration: "CREATE TABLE users_new (id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL);
INSERT INTO users_new SELECT id, email, name FROM users;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;",
        statement: "INSERT INTO users (email) VALUES ('a');",
        safe: &[(
            "CREATE TABLE users_new (id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL DEFAULT '');
INSERT INTO users_new SELECT id, email, name FROM users;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;",
            "INSERT INTO users (email) VALUES ('a');",
        )],
    },
    Case {
        hazard: "a column starts to refuse NULL, and NULL is written",
        dialects: &[Postgres],
        base: USERS,
        migration: "ALTER TABLE users ALTER COLUMN name SET NOT NULL;",
        statement: "INSERT INTO users (id, email, name) VALUES (1, 'a', NULL);",
        safe: &[("ALTER TABLE users ALTER COLUMN name SET NOT NULL;", "INSERT INTO users (id, email, name) VALUES (1, 'a', 'b');")],
    },
    Case {
        hazard: "a column starts to refuse NULL, and NULL is written",
        dialects: &[MySql],
        base: USERS,
        migration: "ALTER TABLE users MODIFY COLUMN name VARCHAR(200) NOT NULL;",
        statement: "INSERT INTO users (id, email, name) VALUES (1, 'a', NULL);",
        safe: &[("ALTER TABLE users MODIFY COLUMN name VARCHAR(300);", "INSERT INTO users (id, email, name) VALUES (1, 'a', NULL);")],
    },
    Case {
        hazard: "a column starts to refuse NULL, and is left out",
        dialects: &[MySql],
        base: USERS,
        migration: "ALTER TABLE users MODIFY COLUMN name VARCHAR(200) NOT NULL;",
        statement: "INSERT INTO users (id, email) VALUES (1, 'a');",
        safe: &[("ALTER TABLE users MODIFY COLUMN name VARCHAR(200) NOT NULL DEFAULT '';", "INSERT INTO users (id, email) VALUES (1, 'a');")],
    },
    Case {
        hazard: "a default goes",
        dialects: &[Postgres, MySql],
        base: "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL DEFAULT 1);",
        migration: "ALTER TABLE t ALTER COLUMN n DROP DEFAULT;",
        statement: "INSERT INTO t (id) VALUES (1);",
        safe: &[("ALTER TABLE t ALTER COLUMN n SET DEFAULT 2;", "INSERT INTO t (id) VALUES (1);")],
    },
    Case {
        hazard: "values by position, and a column is added",
        dialects: &[MySql, Sqlite],
        base: USERS,
        migration: "ALTER TABLE users ADD COLUMN team INTEGER;",
        statement: "INSERT INTO users VALUES (1, 'a', 'b', 2);",
        safe: &[("ALTER TABLE users ADD COLUMN team INTEGER;", "INSERT INTO users (id, email, name, age) VALUES (1, 'a', 'b', 2);")],
    },
    Case {
        hazard: "values by position, and a column is dropped",
        dialects: ALL,
        base: USERS,
        migration: "ALTER TABLE users DROP COLUMN age;",
        statement: "INSERT INTO users VALUES (1, 'a', 'b', 2);",
        safe: &[("ALTER TABLE users DROP COLUMN age;", "INSERT INTO users (id, email) VALUES (1, 'a');")],
    },
    Case {
        hazard: "the index of an upsert is dropped",
        dialects: &[Postgres, Sqlite],
        base: "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, n INTEGER); CREATE UNIQUE INDEX t_a_b ON t (a, b);",
        migration: "DROP INDEX t_a_b;",
        statement: "INSERT INTO t (a, b, n) VALUES (1, 2, 3) ON CONFLICT (a, b) DO UPDATE SET n = 4;",
        safe: &[(
            "CREATE UNIQUE INDEX t_b_a ON t (b, a); DROP INDEX t_a_b;",
            "INSERT INTO t (a, b, n) VALUES (1, 2, 3) ON CONFLICT (a, b) DO UPDATE SET n = 4;",
        )],
    },
    Case {
        hazard: "a unique index is added, and the same value is written twice",
        dialects: &[Postgres, Sqlite],
        base: "CREATE TABLE t (id INTEGER, email VARCHAR(100));",
        migration: "CREATE UNIQUE INDEX t_email ON t (email);",
        statement: "INSERT INTO t (id, email) VALUES (1, 'a');",
        safe: &[("CREATE INDEX t_email ON t (email);", "INSERT INTO t (id, email) VALUES (1, 'a'); INSERT INTO t (id, email) VALUES (2, 'a');")],
    },
    Case {
        hazard: "a foreign key is added, and its row is missing",
        dialects: &[Postgres],
        base: "CREATE TABLE teams (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER, team INTEGER);",
        migration: "ALTER TABLE t ADD CONSTRAINT t_team FOREIGN KEY (team) REFERENCES teams (id) NOT VALID;",
        statement: "INSERT INTO t (id, team) VALUES (1, 9);",
        safe: &[("ALTER TABLE t ADD CONSTRAINT t_team FOREIGN KEY (team) REFERENCES teams (id);", "INSERT INTO t (id) VALUES (1);")],
    },
    Case {
        hazard: "a foreign key is added, and its row is missing",
        dialects: &[MySql],
        base: "CREATE TABLE teams (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER, team INTEGER);",
        migration: "ALTER TABLE t ADD CONSTRAINT t_team FOREIGN KEY (team) REFERENCES teams (id);",
        statement: "INSERT INTO t (id, team) VALUES (1, 9);",
        safe: &[("ALTER TABLE t ADD CONSTRAINT t_team FOREIGN KEY (team) REFERENCES teams (id);", "INSERT INTO t (id) VALUES (1);")],
    },
    Case {
        hazard: "a check leaves a value out",
        dialects: &[Postgres],
        base: "CREATE TABLE t (id INTEGER, state TEXT);",
        migration: "ALTER TABLE t ADD CONSTRAINT t_state CHECK (state IN ('open', 'done')) NOT VALID;",
        statement: "INSERT INTO t (id, state) VALUES (1, 'lost');",
        safe: &[("ALTER TABLE t ADD CONSTRAINT t_state CHECK (state IN ('open', 'lost'));", "INSERT INTO t (id, state) VALUES (1, 'lost');")],
    },
    Case {
        hazard: "an enum type loses a value",
        dialects: &[Postgres],
        base: "CREATE TYPE state AS ENUM ('open', 'done', 'lost'); CREATE TABLE t (id INTEGER, s state);",
        migration: "ALTER TYPE state RENAME TO state_old;
CREATE TYPE state AS ENUM ('open', 'done');
ALTER TABLE t ALTER COLUMN s TYPE state USING s::text::state;
DROP TYPE state_old;",
        statement: "UPDATE t SET s = 'lost';",
        safe: &[("ALTER TYPE state ADD VALUE 'new';", "UPDATE t SET s = 'lost';")],
    },
    Case {
        hazard: "an enum value is renamed",
        dialects: &[Postgres],
        base: "CREATE TYPE state AS ENUM ('open', 'done'); CREATE TABLE t (id INTEGER, s state);",
        migration: "ALTER TYPE state RENAME VALUE 'done' TO 'closed';",
        statement: "SELECT id FROM t WHERE s = 'done'::state;",
        safe: &[("ALTER TYPE state ADD VALUE 'closed';", "SELECT id FROM t WHERE s = 'done'::state;")],
    },
    Case {
        hazard: "an inline enum loses a value",
        dialects: &[MySql],
        base: "CREATE TABLE t (id INTEGER, s ENUM('open', 'done', 'lost'));",
        migration: "ALTER TABLE t MODIFY COLUMN s ENUM('open', 'done');",
        statement: "INSERT INTO t (id, s) VALUES (1, 'lost');",
        safe: &[
            ("ALTER TABLE t MODIFY COLUMN s ENUM('open', 'done', 'lost', 'new');", "INSERT INTO t (id, s) VALUES (1, 'lost');"),
            ("ALTER TABLE t MODIFY COLUMN s ENUM('open', 'done', 'lost') NOT NULL;", "INSERT INTO t (id) VALUES (1);"),
        ],
    },
    Case {
        hazard: "a view loses a column",
        dialects: ALL,
        base: "CREATE TABLE t (id INTEGER, a INTEGER, b INTEGER); CREATE VIEW v AS SELECT id, a, b FROM t;",
        migration: "DROP VIEW v; CREATE VIEW v AS SELECT id, a FROM t;",
        statement: "SELECT b FROM v;",
        safe: &[("DROP VIEW v; CREATE VIEW v AS SELECT id, a, b, 1 AS c FROM t;", "SELECT b FROM v;")],
    },
];
