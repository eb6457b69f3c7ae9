//! What a field that one version wrote is to the other version that reads it.
//!
//! Rules: <https://protobuf.dev/programming-guides/proto2/#updating>, <https://protobuf.dev/programming-guides/json/>.

use coexist_model::{Detail, Element, Encoding, Field, Label, Meeting, Outcome, TypeKind};

use super::link::map_types;
use super::wire::{Typed, assuming, put_aside, typed, value};
use super::{json, methods, values};

/// Returns what happens when the bytes of one element are read under another one; None: that side does not have it.
///
/// What a message or enum keeps free is not there for either side.
pub(super) fn carry(written: Option<&Element>, read: Option<&Element>, how: Encoding) -> Meeting {
    let there = |e: &&Element| !matches!(e.detail, Detail::Reserved(_));
    let (written, read) = (written.filter(there), read.filter(there));
    let shown = written.or(read).map(|e| &e.detail);
    match shown {
        Some(Detail::Field(_)) => fields(written, read, how),
        Some(Detail::Value { .. }) => values::carry(written, read, how),
        Some(Detail::Method(_)) => methods::carry(written, read),
        _ => Meeting::ok(),
    }
}

/// A field with its name.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) field: &'a Field,
}

fn named(element: Option<&Element>) -> Option<Named<'_>> {
    element.and_then(|e| match &e.detail {
        Detail::Field(field) => Some(Named {
            name: &e.name,
            field,
        }),
        _ => None,
    })
}

fn fields(written: Option<&Element>, read: Option<&Element>, how: Encoding) -> Meeting {
    match (named(written), named(read)) {
        (Some(written), Some(read)) if how == Encoding::Json => json::both(written, read),
        (Some(written), Some(read)) if written.field.number == read.field.number => {
            both(written, read)
        }
        // Under another number it is another field to binary.
        (Some(written), Some(read)) => worst([unknown(written), missing(read)]),
        (Some(written), None) if how == Encoding::Json => json::unknown(written),
        (Some(written), None) => unknown(written),
        (None, Some(read)) => missing(read),
        (None, None) => Meeting::ok(),
    }
}

/// The reader does not have the field.
fn unknown(written: Named<'_>) -> Meeting {
    if let Some(oneof) = &written.field.oneof
        && peers(written.field, oneof).next().is_some()
    {
        let what = format!("the reader finds nothing set in the oneof {oneof}");
        let clause = format!("the reader knows the oneof {oneof}");
        return assuming(Meeting::of(Outcome::Absent, what), &clause);
    }
    assuming(Meeting::ok(), "unknown fields are kept")
}

/// The writer does not have the field.
pub(super) fn missing(read: Named<'_>) -> Meeting {
    if read.field.label == Label::Required {
        return Meeting::refused(format!("missing required fields: {}", read.name));
    }
    let what = format!(
        "{} is not there and reads as {}",
        read.name,
        unset(read.field)
    );
    assuming(
        Meeting::of(Outcome::Absent, what),
        "the reader does not require the field",
    )
}

fn unset(field: &Field) -> String {
    match (&field.default, field.label) {
        (Some(default), _) => default.clone(),
        (None, Label::Repeated) => "an empty list".into(),
        (None, Label::Map) => "an empty map".into(),
        (None, Label::Implicit) => zero(field).into(),
        _ => "unset".into(),
    }
}

/// What stands for a value that was never set, without a declared default.
fn zero(field: &Field) -> &'static str {
    match (field.wire.kind, field.type_name.as_str()) {
        (TypeKind::Scalar, "bool") => "false",
        (TypeKind::Scalar, "string" | "bytes") => "\"\"",
        (TypeKind::Scalar, _) => "0",
        (TypeKind::Enum { .. }, _) => "its first value",
        _ => "unset",
    }
}

/// The other members of the oneof that the field belongs to, by number.
fn peers<'a>(field: &'a Field, oneof: &'a str) -> impl Iterator<Item = i64> + 'a {
    field
        .wire
        .message
        .fields
        .iter()
        .filter(move |(number, (_, other))| {
            **number != field.number && other.as_deref() == Some(oneof)
        })
        .map(|(number, _)| *number)
}

fn both(written: Named<'_>, read: Named<'_>) -> Meeting {
    if let Some(meeting) = reused(written, read) {
        return meeting;
    }
    worst([
        renamed(written, read),
        cardinality(written, read),
        presence(written, read),
        oneof(written, read),
    ])
}

/// A number that goes to another field: its name, its type and whether it is a list all differ, which no renaming does.
fn reused(written: Named<'_>, read: Named<'_>) -> Option<Meeting> {
    let types = (
        typed(written.name, written.field),
        typed(read.name, read.field),
    );
    let is_list = |field: &Field| field.label == Label::Repeated;
    let named = |kind: &TypeKind| matches!(kind, TypeKind::Message | TypeKind::Unresolved);
    let other_type = types.0.name != types.1.name && named(&types.0.kind) && named(&types.1.kind);
    if written.name == read.name || !other_type || is_list(written.field) == is_list(read.field) {
        return None;
    }
    let (number, from, to) = (written.field.number, written.name, read.name);
    let what = format!(
        "{number} is {from}, a {}, to the writer and {to}, a {}, to the reader",
        types.0.name, types.1.name
    );
    Some(Meeting::of(Outcome::Misread, what))
}

/// A field under another name; where each side has the other's name under another number, the two were exchanged.
fn renamed(written: Named<'_>, read: Named<'_>) -> Meeting {
    if written.name == read.name {
        return Meeting::ok();
    }
    let has = |field: &Field, name: &str| {
        let mut fields = field.wire.message.fields.iter();
        fields.any(|(number, (other, _))| *number != field.number && other == name)
    };
    let exchanged =
        has(read.field, &written.field.json_name) && has(written.field, &read.field.json_name);
    let (number, from, to) = (written.field.number, written.name, read.name);
    if exchanged {
        let what = format!("{number} is {from} to the writer and {to} to the reader");
        return Meeting::of(Outcome::Misread, what);
    }
    assuming(Meeting::ok(), &format!("{from} and {to} mean the same"))
}

fn cardinality(written: Named<'_>, read: Named<'_>) -> Meeting {
    let (from, to) = (
        typed(read.name, written.field),
        typed(read.name, read.field),
    );
    match (written.field.label, read.field.label) {
        (Label::Map, Label::Map) => maps(written.field, read),
        (Label::Map, _) => entries(written.field, read.field, to, read.name),
        (_, Label::Map) => entries(read.field, written.field, from, read.name),
        (Label::Repeated, Label::Repeated) => list_as_list(from, to, written.field.wire.packed),
        (Label::Repeated, _) => list_as_one(from, to, written.field.wire.packed),
        // One value in a list: a block of bytes is taken for a packed list where the reader wants numbers.
        (_, Label::Repeated) => list_as_list(from, to, false),
        _ => value(from, to),
    }
}

fn list_as_list(from: Typed<'_>, to: Typed<'_>, packed: bool) -> Meeting {
    let (sent, expected) = (from.family(), to.family());
    let block = (packed && sent.is_number()) || sent.wire_type() == Some(2);
    let misread = |what: String| Meeting::of(Outcome::Misread, what);
    if sent.is_number() && expected.is_number() {
        // Parsers take a list packed and unpacked, whatever was declared.
        if packed && sent.wire_type() != expected.wire_type() {
            return misread(format!(
                "the packed {} of {} are read as {}",
                from.name, to.field, to.name
            ));
        }
    } else if block && expected.is_number() {
        return misread(format!(
            "the bytes of {} are read as a packed list of {}",
            to.field, to.name
        ));
    } else if packed && sent.is_number() && expected.wire_type() == Some(2) {
        return misread(format!(
            "the packed {} of {} are read as one {}",
            from.name, to.field, to.name
        ));
    }
    value(from, to)
}

fn list_as_one(from: Typed<'_>, to: Typed<'_>, packed: bool) -> Meeting {
    let (sent, expected) = (from.family(), to.family());
    if packed && sent.is_number() {
        return match expected.wire_type() {
            Some(2) => {
                let what = format!(
                    "the packed {} of {} are read as one {}",
                    from.name, to.field, to.name
                );
                Meeting::of(Outcome::Misread, what)
            }
            Some(expected) => put_aside(to, 2, expected),
            None => value(from, to),
        };
    }
    let one = value(from, to);
    let (outcome, what) = match to.kind {
        TypeKind::Message | TypeKind::Group => (Outcome::Misread, "are merged into one"),
        _ => (Outcome::Lost, "are gone but for the last"),
    };
    let several = Meeting::of(outcome, format!("several values of {} {what}", to.field));
    worst([one, assuming(several, "more than one value is written")])
}

fn maps(written: &Field, read: Named<'_>) -> Meeting {
    let (Some((a, _)), Some((b, _))) = (
        map_types(&written.type_name),
        map_types(&read.field.type_name),
    ) else {
        return Meeting::ok();
    };
    let key = |name| Typed {
        field: read.name,
        name,
        kind: TypeKind::Scalar,
        shape: None,
        utf8: read.field.wire.utf8,
        strict: read.field.wire.strict,
    };
    worst([
        value(key(a), key(b)),
        value(typed(read.name, written), typed(read.name, read.field)),
    ])
}

/// A map is a list of messages with the key as field 1 and the value as field 2.
fn entries(map: &Field, other: &Field, typed: Typed<'_>, name: &str) -> Meeting {
    let is_message = matches!(typed.kind, TypeKind::Message | TypeKind::Unresolved);
    if !is_message || other.label != Label::Repeated {
        let what = format!(
            "{name} is a map on one side and {} on the other",
            other.type_name
        );
        return Meeting::of(Outcome::Misread, what);
    }
    let numbers = typed
        .shape
        .map(|s| s.binary.keys().copied().collect::<Vec<_>>());
    match numbers.as_deref() {
        Some([1, 2]) => {
            let clause = format!(
                "{} has the key and the value of {}, and keys occur once",
                typed.name, map.type_name
            );
            assuming(Meeting::ok(), &clause)
        }
        Some(_) => {
            let what = format!("{} is no entry of {}", typed.name, map.type_name);
            Meeting::of(Outcome::Misread, what)
        }
        None => {
            let what = format!(
                "{} is read as {}, and a declaration was not found",
                map.type_name, typed.name
            );
            Meeting::of(Outcome::Unknown, what)
        }
    }
}

/// What a value that the writer did not set is to the reader.
pub(super) fn presence(written: Named<'_>, read: Named<'_>) -> Meeting {
    let many = |label| matches!(label, Label::Repeated | Label::Map);
    let (from, to) = (written.field.label, read.field.label);
    if to == Label::Required && from != Label::Required {
        let error = format!("missing required fields: {}", read.name);
        return assuming(
            Meeting::refused(error),
            &format!("{} is left unset at times", written.name),
        );
    }
    if many(from) || many(to) || from == Label::Required {
        return Meeting::ok();
    }
    let default = |f: &Field| f.default.clone().unwrap_or_else(|| zero(f).into());
    let (meant, seen) = (default(written.field), default(read.field));
    let declared = written.field.default.is_some() || read.field.default.is_some();
    if declared && meant != seen && same_number(&meant, &seen) != Some(true) {
        let what = format!(
            "an unset {} reads as {seen}, the writer means {meant}",
            read.name
        );
        return assuming(
            Meeting::of(Outcome::Misread, what),
            &format!("{} is left unset at times", written.name),
        );
    }
    if from == Label::Implicit && to == Label::Optional {
        let what = format!("a zero {} is not written and reads as unset", read.name);
        return assuming(
            Meeting::of(Outcome::Absent, what),
            "the reader does not require the field",
        );
    }
    if from == Label::Optional && to == Label::Implicit {
        return assuming(Meeting::ok(), "unset and zero mean the same to the reader");
    }
    Meeting::ok()
}

/// `0` and `0.0`, `1e3` and `1000` are one number.
fn same_number(a: &str, b: &str) -> Option<bool> {
    Some((a.parse::<f64>().ok()? - b.parse::<f64>().ok()?).abs() < f64::EPSILON)
}

/// A reader that knows the field as a member of a oneof keeps only the last member that was written.
pub(super) fn oneof(written: Named<'_>, read: Named<'_>) -> Meeting {
    let Some(name) = &read.field.oneof else {
        return Meeting::ok();
    };
    let apart = |number: i64| {
        let facts = &written.field.wire.message.fields;
        facts
            .get(&number)
            .is_some_and(|(_, oneof)| oneof.is_none() || *oneof != written.field.oneof)
    };
    if !peers(read.field, name).any(apart) {
        return Meeting::ok();
    }
    let what = format!("the reader keeps only the last member of the oneof {name} that is written");
    assuming(
        Meeting::of(Outcome::Lost, what),
        &format!("{} is written together with another member", written.name),
    )
}

/// Returns the worst of several meetings that happen at once; where all go well, what all of them assume.
pub(super) fn worst<const N: usize>(meetings: [Meeting; N]) -> Meeting {
    let mut worst = Meeting::ok();
    for meeting in meetings {
        if meeting.outcome > worst.outcome {
            worst = meeting;
        } else if meeting.outcome == worst.outcome {
            worst.error = worst.error.or(meeting.error);
            worst.assumed.extend(meeting.assumed);
        }
    }
    worst
}
