//! Changes that are large in one place: what grows with their square would show here.

use std::fmt::Write as _;

use super::repository::Files;

/// A change, as the files before and after it.
pub(super) struct Change {
    /// What it is called in the result.
    pub(super) what: &'static str,
    /// The folder of its repository.
    pub(super) name: &'static str,
    /// The files at base.
    pub(super) base: Files,
    /// The files that head adds or writes anew.
    pub(super) head: Files,
    /// How long a review may take, in milliseconds.
    pub(super) bar: u64,
}

/// Returns the changes.
pub(super) fn changes() -> Vec<Change> {
    vec![
        one_file_of_many(),
        columns_added(),
        columns_dropped(),
        messages(),
    ]
}

fn file(path: &str, text: impl Into<String>) -> (String, String) {
    (path.to_owned(), text.into())
}

/// One migration after 1,500 others.
fn one_file_of_many() -> Change {
    let mut base: Files = (0..1_500)
        .map(|number| {
            let table = number / 10;
            let text = match number % 10 {
                0 => format!(
                    "CREATE TABLE part_{table} (id bigint PRIMARY KEY, title text, size int);\n"
                ),
                _ => format!("ALTER TABLE part_{table} ADD COLUMN extra_{number} text;\n"),
            };
            (format!("migrations/{:04}_step.sql", number + 1), text)
        })
        .collect();
    base.extend((0..200).map(|number| {
        let query = format!(
            "cur.execute(\"SELECT title, size FROM part_{}\")\n",
            number % 150
        );
        (format!("src/part_{number}.py"), query.repeat(5))
    }));
    Change {
        what: "1 file after 1500 migrations",
        name: "many-migrations",
        base,
        head: vec![file(
            "migrations/1501_step.sql",
            "ALTER TABLE part_7 DROP COLUMN title;\n",
        )],
        bar: 80,
    }
}

/// 4,000 columns that an old insert does not fill.
fn columns_added() -> Change {
    let mut head = String::new();
    for number in 0..4_000 {
        let _ = writeln!(
            head,
            "ALTER TABLE parcel ADD COLUMN part_{number} text NOT NULL;"
        );
    }
    Change {
        what: "4000 columns added to a table",
        name: "columns-added",
        base: vec![
            file(
                "migrations/0001_a.sql",
                "CREATE TABLE parcel (id bigint PRIMARY KEY);\n",
            ),
            file(
                "app.py",
                "cur.execute(\"INSERT INTO parcel (id) VALUES (1)\")\ncur.execute(\"SELECT id FROM parcel\")\n",
            ),
        ],
        head: vec![file("migrations/0002_b.sql", head)],
        bar: 2_000,
    }
}

/// 500 columns that go, each read in four places.
fn columns_dropped() -> Change {
    let columns: Vec<String> = (0..500).map(|number| format!("part_{number}")).collect();
    let mut base = vec![file(
        "migrations/0001_a.sql",
        format!(
            "CREATE TABLE parcel (id bigint PRIMARY KEY, {} text);\n",
            columns.join(" text, ")
        ),
    )];
    base.extend((0..4).map(|place| {
        let queries = columns
            .iter()
            .map(|column| format!("cur.execute(\"SELECT {column} FROM parcel WHERE id = 1\")\n"));
        (format!("app_{place}.py"), queries.collect())
    }));
    let drops = columns
        .iter()
        .map(|column| format!("ALTER TABLE parcel DROP COLUMN {column};\n"));
    Change {
        what: "500 columns dropped, 2000 accesses",
        name: "columns-dropped",
        base,
        head: vec![file("migrations/0002_b.sql", drops.collect::<String>())],
        bar: 2_000,
    }
}

/// 5,000 messages of which a field changes its type.
fn messages() -> Change {
    let proto = |kind: &str| {
        let mut text = String::from("syntax = \"proto3\";\npackage parts;\n");
        for number in 0..5_000 {
            let other = number * 7 % 5_000;
            let _ = write!(
                text,
                "message Part{number} {{\n  string a = 1;\n  Part{other} b = 2;\n  {kind} c = 3;\n}}\n"
            );
        }
        text
    };
    Change {
        what: "5000 messages changed",
        name: "messages",
        base: vec![
            file("parts.proto", proto("int32")),
            file(
                "app.go",
                "package app\n\nfunc f(part *parts.Part1) int32 { return part.C }\n",
            ),
        ],
        head: vec![file("parts.proto", proto("string"))],
        bar: 2_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changes_are_as_large_as_they_say() {
        let sizes: Vec<(usize, usize)> = changes()
            .iter()
            .map(|c| {
                (
                    c.base.len(),
                    c.head.iter().map(|(_, t)| t.lines().count()).sum(),
                )
            })
            .collect();
        assert_eq!(sizes, [(1_700, 1), (2, 4_000), (5, 500), (2, 25_002)]);
    }
}
