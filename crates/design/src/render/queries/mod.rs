//! SQL for PostgreSQL: what waits in outboxes, what stands still, what was done twice, and what differs.
//!
//! A query runs in the one database that it names. What two services disagree about is found by comparing exports, in a database that
//! belongs to neither: a query over both would be the shared database that a design forbids.

mod compare;

use std::fmt::Write as _;

use crate::language::{Amount, Handler, Millis, Problem, Relay, Scope, Service, Store, Workflow};

use super::sheet::{Sheet, draw, endings};

/// A file of statements for `psql`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What the file is called.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What the statements take for granted.
const CONVENTIONS: &str = "\
-- Tables and columns are called as in the design. Besides, the statements read
--   outbox (message_id, message, causation_id, created_at, published_at), where published_at is null until the relay has published,
--   inbox (a column called as the field of the envelope by which it knows a message),
--   updated_at in each table whose rows have an age.
-- Where yours are called otherwise, a view of that name is enough.
";

/// Returns the scripts: one for each database, then exports and a comparison for each reconciliation.
pub fn scripts(path: &str, text: &str) -> Result<Vec<Script>, Vec<Problem>> {
    draw(path, text, |sheet| {
        let mut scripts = Vec::new();
        for service in &sheet.design().services {
            for store in &service.stores {
                scripts.push(of_store(sheet, service, store));
            }
        }
        for reconciliation in &sheet.design().reconciliations {
            scripts.extend(compare::scripts(sheet, reconciliation));
        }
        scripts
    })
}

/// Returns all scripts as one text, each under its name.
pub fn sql(path: &str, text: &str) -> Result<String, Vec<Problem>> {
    let scripts = scripts(path, text)?;
    let parts = scripts
        .iter()
        .map(|script| format!("-- == {}\n{}", script.name, script.text));
    Ok(parts.collect::<Vec<_>>().join("\n"))
}

fn of_store(sheet: &Sheet<'_>, service: &Service, store: &Store) -> Script {
    let mut out = format!(
        "-- Run in {} of {}, and nowhere else ({}).\n",
        store.database.as_ref().unwrap_or(&store.name),
        service.name,
        place(sheet, store.span)
    );
    match not_postgres(store) {
        Some(why) => comment(&mut out, &format!("Nothing is drawn: {why}.")),
        None => {
            out.push_str(CONVENTIONS);
            outbox(sheet, store, &mut out);
            copies(sheet, service, store, &mut out);
            for workflow in &sheet.design().workflows {
                open(sheet, workflow, store, &mut out);
            }
        }
    }
    Script {
        name: part_of_file(&format!("{}.{}.sql", service.name, store.name)),
        text: out,
    }
}

/// Returns why there is no SQL for a store.
fn not_postgres(store: &Store) -> Option<String> {
    match store.kind.as_ref().map(|k| k.text.as_str()) {
        Some("postgres" | "postgresql") => None,
        Some(kind) => Some(format!(
            "{} is {kind}, and this is SQL of PostgreSQL",
            store.name
        )),
        None => Some(format!("the design does not say what {} is", store.name)),
    }
}

/// Adds what an outbox holds, and the messages that have waited too long.
fn outbox(sheet: &Sheet<'_>, store: &Store, out: &mut String) {
    let Some(outbox) = &store.outbox else {
        return;
    };
    let at = place(sheet, outbox.span);
    if outbox.relay.is_some_and(|relay| relay.value == Relay::Cdc) {
        comment(
            out,
            &format!(
                "The outbox ({at}) is read from the log of changes: its rows do not tell what is published. Measure how far the reader of the log is behind."
            ),
        );
        return;
    }
    comment(out, &format!("What waits in the outbox ({at})."));
    out.push_str(
        "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0)::bigint AS oldest_seconds\nFROM outbox WHERE published_at IS NULL;\n",
    );
    match first_time(sheet, &["outbox-age", "outbox-lag"]) {
        Some(time) => {
            comment(
                out,
                &format!("Messages that have waited for more than {time}."),
            );
            let _ = writeln!(
                out,
                "SELECT message_id, message, now() - created_at AS age\nFROM outbox WHERE published_at IS NULL AND created_at < now() - {}\nORDER BY created_at, message_id;",
                interval(time)
            );
        }
        None => comment(
            out,
            "When a message has waited too long is not stated: the design has no signal outbox-age.",
        ),
    }
}

/// Adds what was handled, written or sent twice.
fn copies(sheet: &Sheet<'_>, service: &Service, store: &Store, out: &mut String) {
    if let Some(inbox) = &store.inbox {
        let at = place(sheet, inbox.span);
        match &inbox.by {
            Some(by) => {
                comment(out, &format!("Messages that the inbox took twice ({at})."));
                twice(out, "inbox", &[&by.text], "");
            }
            None => comment(
                out,
                &format!("By what the inbox knows a message is not stated ({at})."),
            ),
        }
    }
    for table in store.tables.iter().filter(|t| !t.key.is_empty()) {
        let at = place(sheet, table.span);
        comment(
            out,
            &format!("Keys of {} with more than one row ({at}).", table.name),
        );
        let key: Vec<&str> = table.key.iter().map(|k| k.text.as_str()).collect();
        twice(out, &table.name.text, &key, "");
    }
    let envelope = sheet.design().envelope.as_ref();
    let traced = envelope.is_some_and(|e| e.fields.iter().any(|f| f == "causation_id"));
    if store.outbox.is_some() && traced {
        let several = sends_twice(sheet, service);
        let but = match several.as_slice() {
            [] => String::new(),
            some => format!("\n  AND message NOT IN ({})", literals(some)),
        };
        comment(
            out,
            "Messages that one cause brought about twice: it was handled twice.",
        );
        let only = format!("\nWHERE causation_id IS NOT NULL{but}");
        twice(out, "outbox", &["causation_id", "message"], &only);
        for message in several {
            comment(
                out,
                &format!("{message} is left out: one handler sends it at several places."),
            );
        }
    }
}

fn twice(out: &mut String, table: &str, by: &[&str], only: &str) {
    let by: Vec<String> = by.iter().map(|column| quoted(column)).collect();
    let by = by.join(", ");
    let _ = writeln!(
        out,
        "SELECT {by}, count(*) AS times\nFROM {}{only}\nGROUP BY {by} HAVING count(*) > 1 ORDER BY {by};",
        quoted(table)
    );
}

/// Returns the messages that one handler of the service may send more than once, whatever its arms.
fn sends_twice<'a>(sheet: &Sheet<'a>, service: &Service) -> Vec<&'a str> {
    let mut found = Vec::new();
    let own = |handler: &&Handler| handler.at.text == service.name.text;
    let workflows = sheet.design().workflows.iter();
    for handler in workflows.flat_map(|w| &w.handlers).filter(own) {
        let mut sent: Vec<&str> = Vec::new();
        for one in sheet.scene.sends() {
            let message = one.message.text.as_str();
            if one.done.handler.is_some_and(|h| h.span == handler.span) {
                if sent.contains(&message) && !found.contains(&message) {
                    found.push(message);
                }
                sent.push(message);
            }
        }
    }
    found
}

/// Adds the instances of a workflow that have been open for too long, where the store holds what tells.
fn open(sheet: &Sheet<'_>, workflow: &Workflow, store: &Store, out: &mut String) {
    let scope: &Scope<'_> = sheet.scene.scope;
    for ending in endings(workflow) {
        let Some(located) = scope.table_of(None, ending.field) else {
            continue;
        };
        if located.store.span != store.span {
            continue;
        }
        let name = &workflow.name;
        let at = place(sheet, ending.span);
        let limit = workflow.timeout.map(|t| t.value);
        let Some(limit) = limit.or_else(|| first_time(sheet, &["saga-age", "workflow-age"])) else {
            comment(
                out,
                &format!(
                    "When an instance of {name} has been open for too long is not stated: no timeout, no signal saga-age ({at})."
                ),
            );
            continue;
        };
        comment(
            out,
            &format!("Instances of {name} that have been open for more than {limit} ({at})."),
        );
        let key = located.table.key.iter().map(|k| k.text.as_str());
        let field = ending.field.field.text.as_str();
        let shown: Vec<String> = key.chain([field]).map(quoted).collect();
        let _ = writeln!(
            out,
            "SELECT {}, now() - updated_at AS age\nFROM {} WHERE coalesce({}::text NOT IN ({}), true) AND updated_at < now() - {}\nORDER BY age DESC, {};",
            shown.join(", "),
            quoted(&located.table.name.text),
            quoted(field),
            literals(&ending.values),
            interval(limit),
            shown.join(", ")
        );
    }
}

/// Returns the first threshold of a signal that is a length of time.
fn first_time(sheet: &Sheet<'_>, names: &[&str]) -> Option<Millis> {
    let amounts = sheet.thresholds(names).into_iter();
    amounts
        .filter_map(|(_, amount)| match amount {
            Amount::Time(time) => Some(time),
            Amount::Count(_) | Amount::Share(_) => None,
        })
        .next()
}

/// Returns where something stands, on one line.
fn place(sheet: &Sheet<'_>, span: crate::language::Span) -> String {
    sheet.place(span).replace(char::is_control, " ")
}

/// Returns a part of a file's name.
fn part_of_file(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    name.replace(|c| !is_plain(c), "-")
}

/// Adds a comment, after an empty line.
fn comment(out: &mut String, text: &str) {
    let _ = writeln!(out, "\n-- {text}");
}

/// Returns a name as an identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns words as strings, with commas between them.
fn literals(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| literal(word)).collect();
    words.join(", ")
}

fn literal(word: &str) -> String {
    format!("'{}'", word.replace('\'', "''"))
}

fn interval(time: Millis) -> String {
    format!("interval '{} milliseconds'", time.0)
}
