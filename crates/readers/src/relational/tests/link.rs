use super::*;

fn reading(
    accesses: Vec<Access>,
    models: Vec<coexist_model::ModelDeclaration>,
) -> coexist_model::Reading {
    coexist_model::Reading {
        accesses,
        models,
        ..coexist_model::Reading::default()
    }
}

fn part(version: u64, lines: &str, down: &str) -> coexist_model::Reading {
    let of = migration(version, lines);
    let back = migration(version, down)
        .operations
        .into_iter()
        .map(|o| Operation {
            direction: Direction::Down,
            ..o
        });
    let part = coexist_model::MigrationPart {
        key: of.key,
        tool: "plain",
        has_down_form: true,
        phase: None,
        id: None,
        after: Vec::new(),
    };
    coexist_model::Reading {
        migration: Some(part),
        operations: of.operations.into_iter().chain(back).collect(),
        ..coexist_model::Reading::default()
    }
}

fn link(files: &[(&str, coexist_model::Reading)]) -> Linked {
    let paths: Vec<std::sync::Arc<str>> = files.iter().map(|(p, _)| (*p).into()).collect();
    let inputs: Vec<LinkInput<'_>> = paths
        .iter()
        .zip(files)
        .map(|(path, (_, reading))| LinkInput { path, reading })
        .collect();
    Relational.link(&inputs)
}

fn listed(linked: &Linked) -> String {
    let line = |a: &Access| {
        let element = a
            .element
            .as_ref()
            .map(|e| format!(".{e}"))
            .unwrap_or_default();
        let via = a
            .via
            .as_ref()
            .map(|v| format!(" via {}", v.path))
            .unwrap_or_default();
        format!(
            "{}{element} {:?} {} {} at {}{via}\n",
            a.surface,
            a.mode,
            a.confidence.word(),
            a.why.word(),
            a.place.path
        )
    };
    linked.accesses.iter().map(line).collect()
}

fn user_model() -> coexist_model::ModelDeclaration {
    coexist_model::ModelDeclaration {
        deferred: Vec::new(),
        bases: Vec::new(),
        filled: Vec::new(),
        name: "User".into(),
        tool: "prisma",
        table: Surface::table("users"),
        columns: vec![column("id bigint"), column("full_name text")],
        unset: Vec::new(),
        aliases: vec![("fullName".into(), "full_name".into())],
        place: Place::of_file("schema.prisma"),
    }
}

fn on_model(element: Option<&str>, mode: Mode, path: &str) -> Access {
    let surface = Surface::new(SurfaceKind::Model, "User");
    Access {
        surface,
        place: Place::of_file(path),
        ..access("", element, mode)
    }
}

#[test]
fn both_ways_of_a_migration_are_one_and_versions_count_as_numbers() {
    let files = [
        ("m/10.down.sql", part(10, "", "t drop b")),
        ("m/10.up.sql", part(10, "t add b integer", "")),
        ("m/9.up.sql", part(9, "t create a integer", "")),
        ("m/11.up.sql", part(11, "t seed", "")),
    ];
    let linked = link(&files);
    let store = &linked.stores[0];
    let history: Vec<String> = store
        .migrations
        .iter()
        .map(|m| format!("{} {} {}", m.path, m.operations.len(), m.one_way))
        .collect();
    expect![[r#"["m/9.up.sql 1 true", "m/10.up.sql 2 false", "m/11.up.sql 1 false"]"#]]
        .assert_eq(&format!("{history:?}"));
    assert_eq!(
        shown(&store.schemas[&Surface::table("t")]),
        "table t: a integer, b integer\n"
    );
}

#[test]
fn a_dropped_index_is_an_operation_on_its_table() {
    let linked = link(&[(
        "m/1.sql",
        part(
            1,
            "t create a integer; i unique(a)\ni drop-constraint i",
            "",
        ),
    )]);
    assert_eq!(
        linked.stores[0].migrations[0].operations[1].surface,
        Surface::table("t")
    );
}

#[test]
fn a_declared_column_counts_where_its_model_is_queried_and_nowhere_else() {
    let schema = ("schema.prisma", reading(vec![], vec![user_model()]));
    expect![""].assert_eq(&listed(&link(std::slice::from_ref(&schema))));
    let query = reading(
        vec![
            on_model(None, Mode::Queries, "api/tests/u.ts"),
            on_model(None, Mode::Queries, "api/u.ts"),
        ],
        vec![],
    );
    expect![[r#"
        users.full_name Reads high declared at m.sql via api/u.ts
        users.id Reads high declared at m.sql via api/u.ts
    "#]]
    .assert_eq(&listed(&link(&[schema, ("api/u.ts", query)])));
}

#[test]
fn a_use_of_a_model_speaks_of_columns_by_their_names_in_the_store() {
    let insert = |columns: Option<Vec<String>>| Mode::Inserts {
        columns,
        positions: None,
        values: vec![("fullName".into(), "x".into())],
        conflict: None,
    };
    let uses = vec![
        on_model(Some("fullName"), Mode::Reads, "u.ts"),
        on_model(None, insert(Some(vec!["fullName".into()])), "v.ts"),
        on_model(None, insert(None), "w.ts"),
    ];
    let linked = link(&[
        ("schema.prisma", reading(vec![], vec![user_model()])),
        ("u.ts", reading(uses, vec![])),
    ]);
    expect![[r#"
        users.full_name Reads high parsed-sql at u.ts
        users Inserts { columns: Some(["full_name"]), positions: None, values: [("full_name", "x")], conflict: None } high parsed-sql at v.ts
        users Inserts { columns: Some(["id", "full_name"]), positions: None, values: [("full_name", "x")], conflict: None } high parsed-sql at w.ts via schema.prisma
    "#]]
    .assert_eq(&listed(&linked));
}

#[test]
fn an_unqualified_column_belongs_to_the_table_that_has_it() {
    let medium = |table: &str, column: &str| Access {
        confidence: Confidence::Medium,
        ..access(table, Some(column), Mode::Reads)
    };
    let uses = vec![
        medium("a", "total"),
        medium("b", "total"),
        medium("a", "x"),
        medium("b", "x"),
        medium("a", "y"),
        medium("other", "y"),
    ];
    let files = [
        (
            "m/1.sql",
            part(
                1,
                "a create x integer; y integer\nb create x integer; total integer",
                "",
            ),
        ),
        ("q.py", reading(uses, vec![])),
    ];
    expect![[r#"
        a.x Reads medium parsed-sql at q.py
        a.y Reads medium parsed-sql at q.py
        b.total Reads high parsed-sql at q.py
        b.x Reads medium parsed-sql at q.py
        other.y Reads medium parsed-sql at q.py
    "#]]
    .assert_eq(&listed(&link(&files)));
}

#[test]
fn a_table_is_found_with_or_without_its_schema_and_in_other_letters() {
    let uses = vec![
        access("Orders", None, Mode::Reads),
        access("db.users", None, Mode::Reads),
        access("pg_class", None, Mode::Reads),
    ];
    let files = [
        (
            "m/1.sql",
            part(
                1,
                "shop.orders create x integer\nusers create x integer",
                "",
            ),
        ),
        ("q.py", reading(uses, vec![])),
    ];
    expect![[r#"
        pg_class Reads high parsed-sql at q.py
        shop.orders Reads high parsed-sql at q.py
        users Reads high parsed-sql at q.py
    "#]]
    .assert_eq(&listed(&link(&files)));
}

#[test]
fn a_dump_makes_a_store_only_of_what_no_history_has() {
    let dump = |lines: &str| coexist_model::Reading {
        operations: migration(1, lines).operations,
        ..coexist_model::Reading::default()
    };
    let files = [
        ("db/structure.sql", dump("t create a integer")),
        ("db/other.sql", dump("u create a integer")),
        ("m/1.sql", part(1, "t create a integer; b integer", "")),
        ("schema.prisma", reading(vec![], vec![user_model()])),
    ];
    let sets: Vec<String> = link(&files)
        .stores
        .iter()
        .map(|s| s.set.to_string())
        .collect();
    assert_eq!(sets, ["db/other.sql", "m", "schema.prisma"]);
}

#[test]
fn a_tool_that_sorts_names_as_text_is_followed() {
    let mut early = part(20_240_104_210_051, "t create a integer", "");
    let mut late = part(20_250_625, "t drop a", "");
    for reading in [&mut early, &mut late] {
        reading.migration.as_mut().unwrap().tool = "prisma";
    }
    let linked = link(&[
        ("m/20250625/migration.sql", late),
        ("m/20240104210051/migration.sql", early),
    ]);
    assert_eq!(
        shown(&linked.stores[0].schemas[&Surface::table("t")]),
        "table t: \n"
    );
    assert!(!linked.stores[0].gaps.headless);
}
