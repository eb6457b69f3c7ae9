//! One case on one database: what it says, and what a review says that it says.

use std::sync::Arc;

use coexist_model::{Dialect, File, Form, Hints, LinkInput, Linked, Meeting, Outcome, Reading};
use coexist_readers::READERS;
use coexist_readers::relational::Relational;

use crate::Database;
use crate::cases::{CASES, Case};

/// Replays every case that the database has.
pub(crate) fn all(database: &dyn Database) {
    let dialect = database.dialect();
    let (mut replayed, mut wrong) = (0, Vec::new());
    for case in CASES.iter().filter(|c| c.dialects.contains(&dialect)) {
        replayed += 1;
        if let Err(why) = replay(database, case) {
            wrong.push(format!("{}: {why}", case.hazard));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} on {}:\n{}",
        wrong.len(),
        dialect.word(),
        wrong.join("\n\n")
    );
    println!("{replayed} hazards replayed on {}", dialect.word());
}

fn replay(database: &dyn Database, case: &Case) -> Result<(), String> {
    let before = said(case.base, "", case.statement, database.dialect());
    if before.outcome == Outcome::Refused {
        return Err(format!(
            "refused before anything changed: {:?}",
            before.error
        ));
    }
    asked(database, case.base, "", case.statement)
        .map_err(|e| format!("the statement fails before anything changed: {e}"))?;
    let meeting = said(
        case.base,
        case.migration,
        case.statement,
        database.dialect(),
    );
    if !meeting.is_worse_than(&before) {
        return Err(format!("a review sees nothing: {meeting:?}"));
    }
    let named = meeting.error.unwrap_or_default();
    // Whether rows break a rule shows with the second row at the latest.
    let twice = format!("{}\n{}", case.statement, case.statement);
    let statement = if meeting.outcome == Outcome::Unknown {
        &twice
    } else {
        case.statement
    };
    match asked(database, case.base, case.migration, statement) {
        Ok(()) => {
            return Err(format!(
                "a review names {named:?}, and the database has no objection"
            ));
        }
        Err(error) if error.contains(&named) => {}
        Err(error) => {
            return Err(format!(
                "a review names {named:?}, and the database says {error:?}"
            ));
        }
    }
    for (migration, statement) in case.safe {
        let meeting = said(case.base, migration, statement, database.dialect());
        if meeting.outcome == Outcome::Refused {
            return Err(format!(
                "the safe way {migration:?} is refused in a review: {:?}",
                meeting.error
            ));
        }
        asked(database, case.base, migration, statement)
            .map_err(|e| format!("the safe way {migration:?} then {statement:?} fails: {e}"))?;
    }
    Ok(())
}

/// Returns what the database says to the statement after base and migration; both of these must go through.
fn asked(
    database: &dyn Database,
    base: &str,
    migration: &str,
    statement: &str,
) -> Result<(), String> {
    database.reset();
    for sql in [base, migration] {
        if let Err(error) = database.run(sql) {
            panic!("the schema itself fails: {error}\n{sql}");
        }
    }
    database.run(statement)
}

/// Returns the worst of what a review says to the statement, which stands in code, after base and migration.
fn said(base: &str, migration: &str, statement: &str, dialect: Dialect) -> Meeting {
    let code = format!("def run(db):\n    db.execute(\"\"\"{statement}\"\"\")\n");
    let mut files = vec![
        File::new("db/migrations/0001_base.up.sql", base),
        File::new("app/query.py", &code),
    ];
    if !migration.is_empty() {
        files.push(File::new("db/migrations/0002_change.up.sql", migration));
    }
    let linked = linked(&files, dialect);
    let store = linked.stores.first().expect("the migrations make a store");
    assert_eq!(store.dialect, dialect);
    let meetings = linked
        .accesses
        .iter()
        .filter(|a| a.place.path.ends_with(".py"))
        .map(|a| Relational.meet(a, store));
    meetings
        .max_by_key(|m| m.outcome)
        .unwrap_or_else(|| panic!("no use is seen in {statement}"))
}

fn linked(files: &[File], dialect: Dialect) -> Linked {
    let hints = Hints {
        dialect: Some(dialect),
        ..Hints::default()
    };
    let readings: Vec<(Arc<str>, Reading)> = files
        .iter()
        .flat_map(|file| {
            let claims = READERS.iter().filter(|r| r.claims(&file.path, &file.text));
            claims.map(|r| (file.path.clone(), r.read(file, &hints)))
        })
        .collect();
    for (path, reading) in &readings {
        assert!(
            reading.problems.is_empty(),
            "{path}: {:?}",
            reading.problems
        );
    }
    let inputs: Vec<LinkInput<'_>> = readings
        .iter()
        .map(|(path, reading)| LinkInput { path, reading })
        .collect();
    Relational.link(&inputs)
}
