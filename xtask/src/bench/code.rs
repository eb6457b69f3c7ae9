//! Source files of eight services, with SQL in their strings.

use std::fmt::Write as _;

use super::random::Random;
use super::sql::Table;

/// A service of the synthetic repository.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// Its name, its folder and the first word of its tables.
    pub(super) name: &'static str,
    /// The suffix of its source files.
    pub(super) suffix: &'static str,
}

/// The eight services, each in a language.
pub(super) const SERVICES: &[Service] = &[
    Service {
        name: "billing",
        suffix: "go",
    },
    Service {
        name: "catalog",
        suffix: "py",
    },
    Service {
        name: "orders",
        suffix: "go",
    },
    Service {
        name: "search",
        suffix: "rs",
    },
    Service {
        name: "shipping",
        suffix: "java",
    },
    Service {
        name: "support",
        suffix: "rb",
    },
    Service {
        name: "users",
        suffix: "ts",
    },
    Service {
        name: "web",
        suffix: "tsx",
    },
];

const WORDS: &[&str] = &[
    "accept", "align", "batch", "bind", "cache", "check", "clean", "close", "collect", "count",
    "decode", "delay", "drain", "encode", "expand", "fetch", "filter", "flush", "fold", "group",
    "guard", "index", "join", "limit", "list", "load", "lock", "measure", "merge", "notify",
    "open", "pack", "parse", "plan", "probe", "queue", "rank", "reduce", "render", "resolve",
    "retry", "route", "sample", "scan", "score", "seal", "seek", "send", "shard", "sign", "slice",
    "sort", "split", "stage", "stamp", "store", "sweep", "tag", "trace", "trim", "update",
    "verify", "walk", "wrap",
];

/// Returns a source file with a few functions, of which the first two send a statement.
pub(super) fn file(
    service: Service,
    number: usize,
    tables: &[Table],
    random: &mut Random,
) -> String {
    let mut text = opening(service);
    for index in 0..6 {
        let name = format!(
            "{}_{}_{number}_{index}",
            random.pick(WORDS),
            random.pick(WORDS)
        );
        let statement = (index < 2).then(|| statement(tables, random));
        function(&mut text, service, &name, statement.as_deref(), random);
    }
    if service.suffix == "java" {
        text.push_str("}\n");
    }
    text
}

fn opening(service: Service) -> String {
    let name = service.name;
    match service.suffix {
        "go" => {
            format!("// Package {name} is one of eight.\npackage {name}\n\nimport \"context\"\n")
        }
        "py" => format!(
            "\"\"\"Part of {name}.\"\"\"\n\nimport logging\n\nlog = logging.getLogger(__name__)\n"
        ),
        "rs" => format!("//! Part of {name}.\n\nuse crate::Pool;\n"),
        "java" => format!(
            "package org.example.{name};\n\nimport java.sql.Connection;\n\nfinal class Part {{\n"
        ),
        "rb" => format!("# Part of {name}.\nrequire \"pg\"\n"),
        _ => format!("// Part of {name}.\nimport {{ pool }} from \"./pool\";\n"),
    }
}

fn statement(tables: &[Table], random: &mut Random) -> String {
    let table = &tables[random.below(tables.len())];
    let column = |random: &mut Random| table.columns[random.below(table.columns.len())].clone();
    let (a, b, c) = (column(random), column(random), column(random));
    let name = &table.name;
    match random.below(4) {
        0 => format!("UPDATE {name} SET {a} = $1 WHERE id = $2 AND {b} IS NOT NULL"),
        1 => format!("INSERT INTO {name} (id, {a}) VALUES ($1, $2)"),
        2 => format!(
            "SELECT t.id, t.{a}, t.{b} FROM {name} t WHERE t.{c} = $1 ORDER BY t.id LIMIT 50"
        ),
        _ => format!("SELECT {a}, {b} FROM {name} WHERE id = $1"),
    }
}

fn function(
    text: &mut String,
    service: Service,
    name: &str,
    statement: Option<&str>,
    random: &mut Random,
) {
    let (x, y) = (random.pick(WORDS), random.pick(WORDS));
    let limit = random.below(900) + 10;
    let sql = statement.unwrap_or("");
    let written = match (service.suffix, statement) {
        ("go", Some(_)) => write!(
            text,
            "\n// {name} does {x} and {y}.\nfunc (s *Server) {name}(ctx context.Context, id int64) error {{\n\trows, err := s.db.QueryContext(ctx, `{sql}`, id, {limit})\n\tif err != nil {{\n\t\treturn err\n\t}}\n\tdefer rows.Close()\n\treturn rows.Err()\n}}\n"
        ),
        ("go", None) => write!(
            text,
            "\n// {name} does {x} and {y}.\nfunc {name}({x} []int, {y} int) int {{\n\ttotal := 0\n\tfor _, n := range {x} {{\n\t\tif n > {limit} {{\n\t\t\ttotal += n * {y}\n\t\t}}\n\t}}\n\treturn total\n}}\n"
        ),
        ("py", Some(_)) => write!(
            text,
            "\n\ndef {name}(cur, ident):\n    \"\"\"Does {x} and {y}.\"\"\"\n    cur.execute(\"{sql}\", (ident, {limit}))\n    return cur.fetchall()\n"
        ),
        ("py", None) => write!(
            text,
            "\n\ndef {name}({x}, {y}={limit}):\n    total = 0\n    for item in {x}:\n        if item > {y}:\n            total += item * {limit}\n    log.debug(\"{x} %s\", total)\n    return total\n"
        ),
        ("rs", Some(_)) => write!(
            text,
            "\n/// Does {x} and {y}.\npub async fn {name}(pool: &Pool, id: i64) -> Result<Vec<Row>, Error> {{\n    sqlx::query(\"{sql}\").bind(id).bind({limit}).fetch_all(pool).await\n}}\n"
        ),
        ("rs", None) => write!(
            text,
            "\n/// Does {x} and {y}.\npub fn {name}({x}: &[u64], {y}: u64) -> u64 {{\n    {x}.iter().filter(|n| **n > {limit}).map(|n| n * {y}).sum()\n}}\n"
        ),
        ("java", Some(_)) => write!(
            text,
            "\n    /** Does {x} and {y}. */\n    int {name}(Connection db, long id) throws Exception {{\n        try (var s = db.prepareStatement(\"{sql}\")) {{\n            s.setLong(1, id);\n            return s.executeUpdate();\n        }}\n    }}\n"
        ),
        ("java", None) => write!(
            text,
            "\n    /** Does {x} and {y}. */\n    static long {name}(long[] {x}s, long {y}s) {{\n        long total = 0;\n        for (long n : {x}s) {{\n            if (n > {limit}) total += n * {y}s;\n        }}\n        return total;\n    }}\n"
        ),
        ("rb", Some(_)) => write!(
            text,
            "\n# Does {x} and {y}.\ndef {name}(db, id)\n  db.exec_params(\"{sql}\", [id, {limit}]).to_a\nend\n"
        ),
        ("rb", None) => write!(
            text,
            "\n# Does {x} and {y}.\ndef {name}(items, factor = {limit})\n  items.select {{ |n| n > {limit} }}.sum {{ |n| n * factor }}\nend\n"
        ),
        (_, Some(_)) => write!(
            text,
            "\n/** Does {x} and {y}. */\nexport async function {name}(id: number) {{\n  const found = await pool.query(\"{sql}\", [id, {limit}]);\n  return found.rows;\n}}\n"
        ),
        (_, None) => write!(
            text,
            "\n/** Does {x} and {y}. */\nexport function {name}({x}s: number[], {y}s: number): number {{\n  return {x}s.filter((n) => n > {limit}).reduce((a, n) => a + n * {y}s, 0);\n}}\n"
        ),
    };
    // Writing to a String cannot fail.
    debug_assert!(written.is_ok());
}

/// Returns the protobuf file of a service, with that many fields in its message.
pub(super) fn proto(service: Service, fields: usize) -> String {
    let name = service.name;
    let mut text = format!(
        "syntax = \"proto3\";\npackage {name}.v1;\n\nservice {name}Service {{\n  rpc Get(GetRequest) returns (Item);\n}}\nmessage GetRequest {{\n  string id = 1;\n}}\nmessage Item {{\n"
    );
    for number in 1..=fields {
        let _ = writeln!(text, "  string part_{number} = {number};");
    }
    text.push_str("}\n");
    text
}

/// Returns the manifest of a service at that image version.
pub(super) fn manifest(service: Service, version: usize) -> String {
    let name = service.name;
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 3\n  strategy:\n    type: RollingUpdate\n  template:\n    spec:\n      containers:\n        - name: {name}\n          image: example.org/{name}:v{version}\n          readinessProbe:\n            httpGet:\n              path: /healthz\n              port: 8080\n"
    )
}
