//! What `coexist read` prints: what the readers understood of a file.

use coexist_model::{Access, Detail, Direction, Effect, Mode, Operation, Reading, Schema};
use serde::Serialize;

use crate::json::{SurfaceForm, VERSION, print};
use crate::style::{Style, Tone};

/// What one reader understood of one file, with what only the readers know about its operations.
#[derive(Debug, Clone, Copy)]
pub struct ReadFile<'a> {
    /// The path.
    pub path: &'a str,
    /// The reader's name; None where no reader claims the file.
    pub reader: Option<&'a str>,
    /// What it understood.
    pub reading: &'a Reading,
    /// The kind of each operation (`drop-column`), in their order.
    pub kinds: &'a [String],
    /// What each operation can break before any application code is known: `old`, `new`, `data`.
    pub breaks: &'a [Vec<&'static str>],
}

/// Returns the JSON form.
pub fn json(files: &[ReadFile<'_>]) -> String {
    print(&Form {
        version: VERSION,
        files: files.iter().map(FileForm::of).collect(),
    })
}

#[derive(Serialize)]
struct Form {
    version: u32,
    files: Vec<FileForm>,
}

#[derive(Serialize)]
struct FileForm {
    path: String,
    reader: Option<String>,
    dialect: Option<&'static str>,
    operations: Vec<OperationForm>,
    schemas: Vec<SchemaForm>,
    accesses: Vec<AccessForm>,
    problems: Vec<ProblemForm>,
    migration: Option<MigrationForm>,
    models: Vec<ModelForm>,
    orders: Vec<OrderForm>,
}

#[derive(Serialize)]
struct OperationForm {
    kind: String,
    table: String,
    element: Option<String>,
    direction: &'static str,
    breaks: Vec<&'static str>,
    locking: bool,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct SchemaForm {
    surface: SurfaceForm,
    elements: Vec<String>,
}

#[derive(Serialize)]
struct AccessForm {
    surface: SurfaceForm,
    element: Option<String>,
    mode: &'static str,
    manner: &'static str,
    confidence: &'static str,
    why: &'static str,
    line: u32,
    column: u32,
    gate: Option<String>,
}

#[derive(Serialize)]
struct ProblemForm {
    line: u32,
    column: u32,
    what: String,
    identifiers: Vec<String>,
}

#[derive(Serialize)]
struct MigrationForm {
    set: String,
    name: String,
    tool: &'static str,
}

#[derive(Serialize)]
struct ModelForm {
    name: String,
    tool: &'static str,
    table: String,
    columns: Vec<String>,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct OrderForm {
    order: &'static str,
    because: String,
    scope: Option<String>,
    line: Option<u32>,
}

impl FileForm {
    fn of(file: &ReadFile<'_>) -> Self {
        let reading = file.reading;
        Self {
            path: file.path.to_owned(),
            reader: file.reader.map(str::to_owned),
            dialect: reading.dialect.map(|d| d.word()),
            operations: operations(file),
            schemas: reading.schemas.iter().map(schema).collect(),
            accesses: reading.accesses.iter().flat_map(accesses).collect(),
            problems: reading
                .problems
                .iter()
                .map(|p| ProblemForm {
                    line: p.place.line,
                    column: p.place.column,
                    what: p.what.clone(),
                    identifiers: p.identifiers.clone(),
                })
                .collect(),
            migration: reading.migration.as_ref().map(|m| MigrationForm {
                set: m.key.set.to_string(),
                name: m.key.name.to_string(),
                tool: m.tool,
            }),
            models: reading
                .models
                .iter()
                .map(|m| ModelForm {
                    name: m.name.clone(),
                    tool: m.tool,
                    table: m.table.name.clone(),
                    columns: m.columns.iter().map(|c| c.name.clone()).collect(),
                    line: m.place.line,
                    column: m.place.column,
                })
                .collect(),
            orders: reading
                .orders
                .iter()
                .map(|o| OrderForm {
                    order: o.order.order.word(),
                    because: o.order.because.clone(),
                    scope: o.scope.clone(),
                    line: o.order.place.as_ref().map(|p| p.line),
                })
                .collect(),
        }
    }
}

fn operations(file: &ReadFile<'_>) -> Vec<OperationForm> {
    file.reading
        .operations
        .iter()
        .enumerate()
        .map(|(index, o)| OperationForm {
            kind: file.kinds.get(index).cloned().unwrap_or_default(),
            table: o.surface.name.clone(),
            element: element(o),
            direction: match o.direction {
                Direction::Up => "up",
                Direction::Down => "down",
            },
            breaks: file.breaks.get(index).cloned().unwrap_or_default(),
            locking: o.locking,
            line: o.place.line,
            column: o.place.column,
        })
        .collect()
}

/// Returns the element that an operation changes, by its name before the operation.
fn element(operation: &Operation) -> Option<String> {
    match &operation.effect {
        Effect::AddColumn(element) | Effect::AddConstraint(element) => Some(element.name.clone()),
        Effect::DropColumn { column }
        | Effect::RenameColumn { column, .. }
        | Effect::SetType { column, .. }
        | Effect::SetRequired { column, .. }
        | Effect::SetDefault { column, .. } => Some(column.clone()),
        Effect::DropConstraint { name }
        | Effect::RenameConstraint { name, .. }
        | Effect::ValidateConstraint { name } => Some(name.clone()),
        Effect::AddEnumValue { value } | Effect::RenameEnumValue { value, .. } => {
            Some(value.clone())
        }
        Effect::Backfill { columns, .. } => match columns.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        },
        Effect::CreateTable { .. }
        | Effect::DropTable
        | Effect::RenameTable { .. }
        | Effect::CreateEnum { .. }
        | Effect::DropType
        | Effect::RenameType { .. }
        | Effect::CreateView { .. }
        | Effect::DropView
        | Effect::CreateRoutine { .. }
        | Effect::DropRoutine { .. }
        | Effect::Nothing
        | Effect::Opaque { .. } => None,
    }
}

fn schema(schema: &Schema) -> SchemaForm {
    SchemaForm {
        surface: surface(&schema.surface),
        elements: schema.elements.iter().map(|e| e.name.clone()).collect(),
    }
}

fn surface(surface: &coexist_model::Surface) -> SurfaceForm {
    SurfaceForm {
        kind: surface.kind.word().to_owned(),
        name: surface.name.clone(),
    }
}

/// Returns an entry per element that the access names; one without element where it names none.
fn accesses(access: &Access) -> Vec<AccessForm> {
    let named = match &access.mode {
        Mode::Inserts {
            columns: Some(columns),
            ..
        }
        | Mode::ReadsAll {
            columns: Some(columns),
            ..
        } if access.element.is_none() => columns.clone(),
        _ => Vec::new(),
    };
    let elements: Vec<Option<String>> = if named.is_empty() {
        vec![access.element.clone()]
    } else {
        named.into_iter().map(Some).collect()
    };
    elements
        .into_iter()
        .map(|element| AccessForm {
            surface: surface(&access.surface),
            element,
            mode: access.mode.word(),
            manner: access.manner.word(),
            confidence: access.confidence.word(),
            why: access.why.word(),
            line: access.place.line,
            column: access.place.column,
            gate: access.gate.as_ref().map(|g| g.flag.clone()),
        })
        .collect()
}

/// Returns the form for people.
pub fn text(files: &[ReadFile<'_>], style: &Style) -> String {
    let mut out = String::new();
    for file in files {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&file_text(file, style));
    }
    out
}

fn file_text(file: &ReadFile<'_>, style: &Style) -> String {
    let reading = file.reading;
    let path = style.paint(Tone::Strong, &style.clean(file.path));
    let Some(reader) = file.reader else {
        let why = match reading.problems.first() {
            Some(problem) => format!("not read: {}", style.clean(&problem.what)),
            None => "no reader claims this file".to_owned(),
        };
        return format!("{path}: {why}\n");
    };
    let dialect = reading
        .dialect
        .map(|d| format!(", {}", d.word()))
        .unwrap_or_default();
    let mut out = format!("{path}: {reader}{dialect}\n");
    if let Some(migration) = &reading.migration {
        out.push_str(&format!(
            "  migration {} of {} ({})\n",
            style.clean(&migration.key.name),
            style.clean(&migration.key.set),
            migration.tool
        ));
    }
    for operation in operations(file) {
        out.push_str(&operation_text(&operation, style));
    }
    for schema in &reading.schemas {
        out.push_str(&schema_text(schema, style));
    }
    for model in &reading.models {
        let columns: Vec<String> = model.columns.iter().map(|c| style.clean(&c.name)).collect();
        let text = format!(
            "{} model {} declares {}: {}",
            model.tool,
            style.clean(&model.name),
            style.clean(&model.table.name),
            columns.join(", ")
        );
        out.push_str(&line_text(model.place.line, &text, style));
    }
    for access in reading.accesses.iter().flat_map(accesses) {
        out.push_str(&access_text(&access, style));
    }
    for order in &reading.orders {
        let line = order.order.place.as_ref().map_or(1, |p| p.line);
        let text = format!(
            "migrations run {} the code: {}",
            order.order.order.word(),
            style.clean(&order.order.because)
        );
        out.push_str(&line_text(line, &text, style));
    }
    for problem in &reading.problems {
        let names = match problem.identifiers.as_slice() {
            [] => String::new(),
            some => format!(" ({})", style.clean(&some.join(", "))),
        };
        let text = format!("not understood: {}{names}", style.clean(&problem.what));
        out.push_str(&line_text(problem.place.line, &text, style));
    }
    if out.lines().count() == 1 {
        out.push_str("  nothing in it\n");
    }
    out
}

fn line_text(line: u32, text: &str, style: &Style) -> String {
    style.wrap(text, &format!("  {line:>4}  "), "        ")
}

fn operation_text(operation: &OperationForm, style: &Style) -> String {
    let mut text = format!("{} {}", operation.kind, style.clean(&operation.table));
    if let Some(element) = &operation.element {
        text.push_str(&format!(".{}", style.clean(element)));
    }
    if operation.direction == "down" {
        text.push_str(", on the way back");
    }
    if operation.locking {
        text.push_str(", takes a lock only");
    }
    if !operation.breaks.is_empty() {
        text.push_str(&format!(", can break: {}", operation.breaks.join(", ")));
    }
    line_text(operation.line, &text, style)
}

fn schema_text(schema: &Schema, style: &Style) -> String {
    let elements: Vec<String> = schema
        .elements
        .iter()
        .map(|e| match &e.detail {
            Detail::Setting { value } => format!("{}={}", style.clean(&e.name), style.clean(value)),
            Detail::Field(field) => format!("{}={}", style.clean(&e.name), field.number),
            _ => style.clean(&e.name),
        })
        .collect();
    let text = format!(
        "declares {} {}: {}",
        schema.surface.kind.word(),
        style.clean(&schema.surface.name),
        elements.join(", ")
    );
    line_text(schema.place.line, &text, style)
}

fn access_text(access: &AccessForm, style: &Style) -> String {
    let mut text = format!("{} {} ", access.mode, access.surface.kind);
    text.push_str(&style.clean(&access.surface.name));
    if let Some(element) = &access.element {
        text.push_str(&format!(".{}", style.clean(element)));
    }
    text.push_str(&format!(
        " ({} confidence: {}, {})",
        access.confidence, access.why, access.manner
    ));
    if let Some(gate) = &access.gate {
        text.push_str(&format!(" behind {}", style.clean(gate)));
    }
    line_text(access.line, &text, style)
}

#[cfg(test)]
mod tests {
    use coexist_model::*;
    use expect_test::expect;

    use super::*;
    use crate::sample::place;

    fn reading() -> Reading {
        let drop = "ALTER TABLE users DROP COLUMN name;";
        let insert = "db.run(\"INSERT INTO users (id, name) VALUES (?, ?)\")";
        Reading {
            dialect: Some(Dialect::Postgres),
            migration: Some(MigrationPart {
                key: MigrationKey {
                    set: "db/migrate".into(),
                    version: vec![42],
                    name: "0042_drop_name".into(),
                },
                tool: "golang-migrate",
                has_down_form: true,
                phase: None,
                id: None,
                after: Vec::new(),
            }),
            operations: vec![Operation {
                surface: Surface::table("users"),
                effect: Effect::DropColumn {
                    column: "name".into(),
                },
                direction: Direction::Up,
                conditional: false,
                locking: false,
                place: place("db/migrate/0042_drop_name.up.sql", 3, drop, drop),
            }],
            accesses: vec![Access {
                surface: Surface::table("users"),
                element: None,
                mode: Mode::Inserts {
                    columns: Some(vec!["id".into(), "name".into()]),
                    positions: None,
                    values: Vec::new(),
                    conflict: None,
                },
                manner: Manner::Explicit,
                confidence: Confidence::High,
                why: Why::ParsedSql,
                gate: None,
                place: place("a.ts", 5, insert, "INSERT"),
                conditions: Vec::new(),
                within: None,
                copes: None,
                via: None,
            }],
            problems: vec![Problem {
                place: place("db/migrate/0042_drop_name.up.sql", 9, "FROB users;", "FROB"),
                what: "statement not understood".into(),
                identifiers: vec!["users".into()],
            }],
            ..Reading::default()
        }
    }

    fn with(check: impl Fn(&[ReadFile<'_>])) {
        let reading = reading();
        check(&[ReadFile {
            path: "db/migrate/0042_drop_name.up.sql",
            reader: Some("sql"),
            reading: &reading,
            kinds: &["drop-column".to_owned()],
            breaks: &[vec!["old", "data"]],
        }]);
    }

    #[test]
    fn what_was_read_is_printed_with_lines() {
        with(|files| {
            expect![[r#"
            db/migrate/0042_drop_name.up.sql: sql, postgres
              migration 0042_drop_name of db/migrate (golang-migrate)
                 3  drop-column users.name, can break: old, data
                 5  inserts table users.id (high confidence: parsed-sql, explicit)
                 5  inserts table users.name (high confidence: parsed-sql, explicit)
                 9  not understood: statement not understood (users)
        "#]]
            .assert_eq(&text(files, &Style::plain()));
        });
    }

    #[test]
    fn what_was_read_has_the_keys_of_the_interface() {
        with(|files| {
            expect![[r#"
            {
              "version": 1,
              "files": [
                {
                  "path": "db/migrate/0042_drop_name.up.sql",
                  "reader": "sql",
                  "dialect": "postgres",
                  "operations": [
                    {
                      "kind": "drop-column",
                      "table": "users",
                      "element": "name",
                      "direction": "up",
                      "breaks": [
                        "old",
                        "data"
                      ],
                      "locking": false,
                      "line": 3,
                      "column": 1
                    }
                  ],
                  "schemas": [],
                  "accesses": [
                    {
                      "surface": {
                        "kind": "table",
                        "name": "users"
                      },
                      "element": "id",
                      "mode": "inserts",
                      "manner": "explicit",
                      "confidence": "high",
                      "why": "parsed-sql",
                      "line": 5,
                      "column": 9,
                      "gate": null
                    },
                    {
                      "surface": {
                        "kind": "table",
                        "name": "users"
                      },
                      "element": "name",
                      "mode": "inserts",
                      "manner": "explicit",
                      "confidence": "high",
                      "why": "parsed-sql",
                      "line": 5,
                      "column": 9,
                      "gate": null
                    }
                  ],
                  "problems": [
                    {
                      "line": 9,
                      "column": 1,
                      "what": "statement not understood",
                      "identifiers": [
                        "users"
                      ]
                    }
                  ],
                  "migration": {
                    "set": "db/migrate",
                    "name": "0042_drop_name",
                    "tool": "golang-migrate"
                  },
                  "models": [],
                  "orders": []
                }
              ]
            }
        "#]]
            .assert_eq(&json(files));
        });
    }

    #[test]
    fn a_file_that_no_reader_claims_is_said_to_be_one() {
        let file = ReadFile {
            path: "main.tf",
            reader: None,
            reading: &Reading::default(),
            kinds: &[],
            breaks: &[],
        };
        assert_eq!(
            text(&[file], &Style::plain()),
            "main.tf: no reader claims this file\n"
        );
    }
}
