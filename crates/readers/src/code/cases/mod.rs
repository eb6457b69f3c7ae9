//! Cases of the whole reader, one file per thing that is read.

mod diesel;
mod django;
#[cfg(feature = "csharp")]
mod dotnet;
#[cfg(feature = "elixir")]
mod elixir;
mod golang;
mod jpa;
mod migrations;
mod migrators;
mod php;
mod prisma;
mod rails;
mod script_migrations;
mod sea_orm;
mod sea_orm_entities;
mod sql;
mod startup;
mod wire;

use coexist_model::{Access, Detail, Element, File, Hints, Mode, Reader};
use expect_test::Expect;

use super::Code;

/// Shows an access as one line.
fn shown(access: &Access, text: &str) -> String {
    let element = access
        .element
        .as_ref()
        .map(|e| format!(".{e}"))
        .unwrap_or_default();
    let mode = match &access.mode {
        Mode::Writes { values } if !values.is_empty() => format!("writes {}", values.join(", ")),
        Mode::Inserts {
            columns, values, ..
        } => {
            let values: Vec<String> = values.iter().map(|(c, v)| format!("{c}={v}")).collect();
            format!(
                "inserts [{}] {}",
                columns.clone().unwrap_or_default().join(", "),
                values.join(", ")
            )
            .trim_end()
            .to_owned()
        }
        Mode::Matches { known, other } => format!("matches [{}] {other:?}", known.join(", ")),
        mode => mode.word().to_owned(),
    };
    let gate = access
        .gate
        .as_ref()
        .map(|g| {
            format!(
                " {} {}{}",
                if g.inverse { "unless" } else { "if" },
                g.flag,
                if g.off_by_default { " (off)" } else { "" }
            )
        })
        .unwrap_or_default();
    let place = &access.place;
    let line = text
        .lines()
        .nth(place.line as usize - 1)
        .unwrap_or_default();
    let length = if place.line == place.end_line {
        (place.end_column - place.column) as usize
    } else {
        30
    };
    let at: String = line
        .chars()
        .skip(place.column as usize - 1)
        .take(length)
        .collect();
    format!(
        "{}: {} {}{element} {mode} {} {}{gate} @{at}\n",
        place.line,
        access.surface.kind.word(),
        access.surface,
        access.confidence.word(),
        access.why.word(),
    )
}

fn column(element: &Element) -> String {
    let Detail::Column(column) = &element.detail else {
        return element.name.clone();
    };
    let null = if column.nullable { "?" } else { "" };
    format!("{} {}{null}", element.name, column.type_name)
}

/// Compares the uses in a file, and what could not be read of it.
fn check_with(hints: &Hints, path: &str, text: &str, expected: Expect) {
    let reading = Code.read(&File::new(path, text), hints);
    let mut all = String::new();
    for model in &reading.models {
        let columns: Vec<String> = model.columns.iter().map(column).collect();
        all += &format!(
            "{}: {} {} on {} ({}) {:?}\n",
            model.place.line,
            model.tool,
            model.name,
            model.table,
            columns.join(", "),
            model.aliases
        );
    }
    all.extend(reading.accesses.iter().map(|a| shown(a, text)));
    for problem in &reading.problems {
        all += &format!(
            "{}: problem: {} [{}]\n",
            problem.place.line,
            problem.what,
            problem.identifiers.join(" ")
        );
    }
    expected.assert_eq(&all);
}

fn check(path: &str, text: &str, expected: Expect) {
    check_with(&Hints::default(), path, text, expected);
}
