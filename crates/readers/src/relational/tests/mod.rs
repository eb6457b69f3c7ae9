mod link;
mod meet;
mod replay;

use super::*;
use coexist_model::{
    Column, Confidence, Constraint, ConstraintKind, Detail, Dialect, Effect, Manner, MigrationKey,
    Mode, Operation, Outcome, Place, Schema, Why,
};
use expect_test::{Expect, expect};

/// `name type [!] [=default] [+]`: `!` refuses NULL, `+` is filled by the database.
fn column(text: &str) -> Element {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap().to_owned();
    let type_name = words.next().unwrap_or_default().replace('~', " ");
    let rest: Vec<&str> = words.collect();
    let default = rest
        .iter()
        .find_map(|w| w.strip_prefix('='))
        .map(str::to_owned);
    let column = Column {
        type_name,
        nullable: !rest.contains(&"!"),
        default,
        generated: rest.contains(&"+"),
    };
    Element {
        name,
        detail: Detail::Column(column),
        place: Place::of_file("m.sql"),
    }
}

/// `name kind(columns) …`: `u unique(a,b)`, `c check(s) s IN ('a')`, `f fk(a) users`.
fn constraint(text: &str) -> Element {
    let (name, rest) = text.trim().split_once(' ').unwrap();
    let (kind, rest) = rest.split_once('(').unwrap();
    let (columns, tail) = rest.split_once(')').unwrap();
    let tail = tail.trim().to_owned();
    let kind = match kind {
        "pk" => ConstraintKind::PrimaryKey,
        "unique" => ConstraintKind::Unique,
        "fk" => ConstraintKind::ForeignKey {
            table: tail.clone(),
        },
        "check" => ConstraintKind::Check {
            expression: tail.clone(),
        },
        _ => ConstraintKind::Index,
    };
    let columns = columns.split(',').map(|c| c.trim().to_owned()).collect();
    let detail = Constraint {
        kind,
        columns,
        partial: tail == "partial",
        validated: true,
        predicate: None,
    };
    Element {
        name: name.to_owned(),
        detail: Detail::Constraint(detail),
        place: Place::of_file("m.sql"),
    }
}

fn element(text: &str) -> Element {
    let kinds = [" pk(", " unique(", " fk(", " check(", " index("];
    if kinds.iter().any(|k| text.contains(k)) {
        constraint(text)
    } else {
        column(text)
    }
}

/// One operation: `TABLE VERB …`.
fn operation(line: &str) -> Operation {
    let (conditional, line) = line
        .strip_prefix("if ")
        .map_or((false, line), |l| (true, l));
    let (name, rest) = line.trim().split_once(' ').unwrap();
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
    let word = |at: usize| words.get(at).cloned().unwrap_or_default();
    let (kind, effect) = match verb {
        "create" => (
            SurfaceKind::Table,
            Effect::CreateTable {
                elements: rest
                    .split(';')
                    .filter(|e| !e.trim().is_empty())
                    .map(|e| element(e.trim()))
                    .collect(),
            },
        ),
        "drop-table" => (SurfaceKind::Table, Effect::DropTable),
        "rename-to" => (SurfaceKind::Table, Effect::RenameTable { to: word(0) }),
        "add" => (
            SurfaceKind::Table,
            match element(rest) {
                e @ Element {
                    detail: Detail::Column(_),
                    ..
                } => Effect::AddColumn(e),
                e => Effect::AddConstraint(e),
            },
        ),
        "drop" => (SurfaceKind::Table, Effect::DropColumn { column: word(0) }),
        "rename" => (
            SurfaceKind::Table,
            Effect::RenameColumn {
                column: word(0),
                to: word(1),
            },
        ),
        "type" => (
            SurfaceKind::Table,
            Effect::SetType {
                column: word(0),
                type_name: word(1).replace('~', " "),
                was: None,
            },
        ),
        "required" => (
            SurfaceKind::Table,
            Effect::SetRequired {
                column: word(0),
                required: true,
            },
        ),
        "optional" => (
            SurfaceKind::Table,
            Effect::SetRequired {
                column: word(0),
                required: false,
            },
        ),
        "default" => (
            SurfaceKind::Table,
            Effect::SetDefault {
                column: word(0),
                default: words.get(1).cloned(),
            },
        ),
        "drop-constraint" => (SurfaceKind::Table, Effect::DropConstraint { name: word(0) }),
        "rename-constraint" => (
            SurfaceKind::Table,
            Effect::RenameConstraint {
                name: word(0),
                to: word(1),
            },
        ),
        "enum" => (SurfaceKind::Type, Effect::CreateEnum { values: words }),
        "value" => (SurfaceKind::Type, Effect::AddEnumValue { value: word(0) }),
        "rename-type" => (SurfaceKind::Type, Effect::RenameType { to: word(0) }),
        "drop-type" => (SurfaceKind::Type, Effect::DropType),
        "rename-value" => (
            SurfaceKind::Type,
            Effect::RenameEnumValue {
                value: word(0),
                to: word(1),
            },
        ),
        "view" => {
            let columns = (word(0) != "*").then(|| word(0).split(',').map(str::to_owned).collect());
            (
                SurfaceKind::View,
                Effect::CreateView {
                    columns,
                    reads: vec![Surface::table(word(1))],
                },
            )
        }
        "opaque" => (
            SurfaceKind::Table,
            Effect::Opaque {
                reason: "odd".into(),
                identifiers: words,
            },
        ),
        "seed" => (SurfaceKind::Table, Effect::Nothing),
        other => panic!("no verb {other}"),
    };
    Operation {
        surface: Surface::new(kind, name),
        effect,
        direction: Direction::Up,
        conditional,
        locking: false,
        place: Place::of_file("m.sql"),
    }
}

fn migration(version: u64, text: &str) -> Migration {
    let operations = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(operation)
        .collect();
    let key = MigrationKey {
        set: "m".into(),
        version: vec![version],
        name: format!("{version}").into(),
    };
    Migration {
        key,
        tool: "plain",
        path: format!("m/{version}.sql").into(),
        operations,
        one_way: false,
        phase: None,
    }
}

fn store(dialect: Dialect, text: &str) -> Store {
    let empty = Store {
        dialect,
        ..Store::default()
    };
    Relational.apply(&empty, &migration(1, text))
}

fn shown(schema: &Schema) -> String {
    let element = |e: &Element| match &e.detail {
        Detail::Column(c) => {
            let default = c
                .default
                .as_ref()
                .map(|d| format!(" ={d}"))
                .unwrap_or_default();
            format!(
                "{} {}{}{default}{}",
                e.name,
                c.type_name,
                if c.nullable { "" } else { " !" },
                if c.generated { " +" } else { "" }
            )
        }
        Detail::Constraint(c) => format!("{} {:?}{:?}", e.name, c.kind, c.columns),
        _ => e.name.clone(),
    };
    let elements: Vec<String> = schema.elements.iter().map(element).collect();
    format!(
        "{} {}: {}\n",
        schema.surface.kind.word(),
        schema.surface,
        elements.join(", ")
    )
}

fn check_replay(dialect: Dialect, text: &str, expected: Expect) {
    let store = store(dialect, text);
    expected.assert_eq(&store.schemas.values().map(shown).collect::<String>());
}

fn access(table: &str, element: Option<&str>, mode: Mode) -> Access {
    Access {
        surface: Surface::table(table),
        element: element.map(str::to_owned),
        mode,
        manner: Manner::Explicit,
        confidence: Confidence::High,
        why: Why::ParsedSql,
        gate: None,
        place: Place::of_file("q.py"),
        conditions: Vec::new(),
        within: None,
        copes: None,
        via: None,
    }
}

/// Meets every use in the statement with the store, and says what is not ok.
fn said(store: &Store, sql: &str) -> String {
    let found = crate::sql::accesses::accesses_in(sql, store.dialect);
    assert!(!found.is_empty(), "{sql}");
    let meetings = found.into_iter().map(|f| {
        Relational.meet(
            &Access {
                surface: f.surface,
                ..access("", f.element.as_deref(), f.mode)
            },
            store,
        )
    });
    let worst = meetings.max_by_key(|m| m.outcome).unwrap();
    let error = worst.error.map(|e| format!(": {e}")).unwrap_or_default();
    let assumed: String = worst
        .assumed
        .iter()
        .map(|a| format!("\n  if {a}"))
        .collect();
    format!("{}{error}{assumed}\n", worst.outcome.word())
}

fn check(dialect: Dialect, schema: &str, statements: &[&str], expected: Expect) {
    let store = store(dialect, schema);
    expected.assert_eq(
        &statements
            .iter()
            .map(|s| said(&store, s))
            .collect::<String>(),
    );
}

const USERS: &str = "users create id bigint ! +; email text !; name text; state status ! ='new'; users_pkey pk(id); users_email_key unique(email)
status enum new done";
