//! What an enum value that one version wrote is to the other version.
//!
//! Closed enums put an unknown number aside, open ones keep it: <https://protobuf.dev/programming-guides/enum/>.

use coexist_model::{Detail, Element, Encoding, Meeting, Outcome, WireValue};

use super::wire::assuming;

struct Value<'a> {
    name: &'a str,
    number: i64,
    wire: &'a WireValue,
}

fn value(element: Option<&Element>) -> Option<Value<'_>> {
    element.and_then(|e| match &e.detail {
        Detail::Value { number, wire } => Some(Value {
            name: &e.name,
            number: (*number)?,
            wire,
        }),
        _ => None,
    })
}

/// Returns what the value of the writer is to the reader.
///
/// An enum's values are paired by name. Where the reader lacks the name it is taken to lack the number too, unless its element is
/// given; whether its enum is closed is taken from the writer's.
pub(super) fn carry(written: Option<&Element>, read: Option<&Element>, how: Encoding) -> Meeting {
    match (value(written), value(read)) {
        (Some(written), Some(read)) => both(&written, &read, how),
        (Some(written), None) => unknown(&written, how),
        // The reader knows a value that nobody writes.
        _ => Meeting::ok(),
    }
}

fn both(written: &Value<'_>, read: &Value<'_>, how: Encoding) -> Meeting {
    let known = |name: &str| read.wire.of.values.iter().find(|(n, _)| n == name);
    if how == Encoding::Json {
        return match known(written.name) {
            None if written.name != read.name => unknown(written, how),
            _ => Meeting::ok(),
        };
    }
    let named: Vec<&str> = read
        .wire
        .of
        .values
        .iter()
        .filter(|(_, number)| *number == written.number)
        .map(|(name, _)| name.as_str())
        .collect();
    if named.contains(&written.name) || (named.is_empty() && written.number == read.number) {
        return Meeting::ok();
    }
    let Some(seen) = named.first() else {
        return unknown(written, how);
    };
    // The number has another name. If the reader knows the name under another number, the two were exchanged.
    if written.name == read.name || known(written.name).is_some() {
        let what = format!(
            "{} is {} to the writer and {seen} to the reader",
            written.number, written.name
        );
        return Meeting::of(Outcome::Misread, what);
    }
    assuming(
        Meeting::ok(),
        &format!("{} and {seen} mean the same", written.name),
    )
}

fn unknown(written: &Value<'_>, how: Encoding) -> Meeting {
    let of = &written.wire.of;
    if how == Encoding::Json {
        let error = format!(
            "invalid enum value: {} for enum type: {}",
            written.name, of.name
        );
        return assuming(
            Meeting::refused(error),
            "the JSON parser rejects unknown enum values (its default)",
        );
    }
    if !of.closed {
        let clause = format!(
            "the reader accepts a number that has no name in {}",
            of.name
        );
        return assuming(Meeting::ok(), &clause);
    }
    let assumed = format!("{} is closed to the reader too", of.name);
    if let Some(field) = of.required_by.first() {
        let field = field.rsplit('.').next().unwrap_or(field);
        return assuming(
            Meeting::refused(format!("missing required fields: {field}")),
            &assumed,
        );
    }
    let first = of.values.first().map_or("unset", |(name, _)| name.as_str());
    let what = format!(
        "{} ({}) is put aside as unknown: the field reads as {first}",
        written.name, written.number
    );
    assuming(Meeting::of(Outcome::Absent, what), &assumed)
}
