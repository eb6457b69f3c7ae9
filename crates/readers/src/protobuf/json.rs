//! What the JSON form of a field is to the other version: <https://protobuf.dev/programming-guides/json/>.

use coexist_model::{Label, Meeting, Outcome, TypeKind};

use super::carry::{Named, oneof, presence, worst};
use super::wire::{Family, Typed, assuming, related, relation, same_type, typed, unresolved};

/// What parsers of protobuf JSON do by default; all can be told to ignore unknown fields.
const STRICT: &str = "the JSON parser rejects unknown fields (its default)";

/// The reader does not have the field.
pub(super) fn unknown(written: Named<'_>) -> Meeting {
    let error = format!("unknown field \"{}\"", written.field.json_name);
    assuming(Meeting::refused(error), STRICT)
}

/// Both have the field, perhaps under other names.
pub(super) fn both(written: Named<'_>, read: Named<'_>) -> Meeting {
    let name = &written.field.json_name;
    // Parsers take the name in JSON and the name in the proto file.
    if *name != read.field.json_name && name != read.name {
        let fields = &read.field.wire.message.fields;
        return match fields.iter().find(|(_, (other, _))| other == name) {
            // JSON goes by names: what is exchanged in binary stays what it was.
            Some(_) => assuming(Meeting::ok(), &format!("\"{name}\" still means the same")),
            None => unknown(written),
        };
    }
    let mut excluded = oneof(written, read);
    if excluded.outcome != Outcome::Ok {
        excluded.outcome = Outcome::Refused;
        excluded.error = read
            .field
            .oneof
            .as_ref()
            .map(|o| format!("oneof {o} is already set"));
    }
    worst([shape(written, read), presence(written, read), excluded])
}

fn shape(written: Named<'_>, read: Named<'_>) -> Meeting {
    let form = |label| match label {
        Label::Repeated => "a list",
        Label::Map => "an object",
        _ => "a value",
    };
    let (from, to) = (form(written.field.label), form(read.field.label));
    if from != to {
        let error = format!("{} is {from}, expected {to}", written.field.json_name);
        return Meeting::refused(error);
    }
    value(
        typed(read.name, written.field),
        typed(read.name, read.field),
        read.name,
    )
}

/// What a value looks like in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Integer {
        wide: bool,
    },
    Float,
    Bool,
    Text,
    Base64,
    Name,
    Object,
    /// A well-known type with a form of its own, or a type without a declaration.
    Other,
}

fn look(typed: Typed<'_>) -> Look {
    match (typed.kind, typed.family()) {
        (TypeKind::Enum { .. }, _) => Look::Name,
        _ if typed.name == "bool" => Look::Bool,
        (_, Family::Message | Family::Group) if !typed.name.starts_with("google.protobuf.") => {
            Look::Object
        }
        (_, Family::Text) => Look::Text,
        (_, Family::Bytes) => Look::Base64,
        (_, Family::Float | Family::Double) => Look::Float,
        (_, family) => match family.range() {
            Some(range) => Look::Integer {
                wide: range.max > i128::from(u32::MAX),
            },
            None => Look::Other,
        },
    }
}

fn value(written: Typed<'_>, read: Typed<'_>, name: &str) -> Meeting {
    if written.name == read.name && look(written) == look(read) {
        return same_type(written, read)
            .filter(|m| m.outcome == Outcome::Ok)
            .unwrap_or_else(Meeting::ok);
    }
    let refused = |what: &str| {
        let error = format!("invalid value for {} field {name}: {what}", read.name);
        Meeting::refused(error)
    };
    match (look(written), look(read)) {
        (Look::Other, _) | (_, Look::Other) => unresolved(written, read),
        (Look::Object, Look::Object) => {
            let relation = relation(
                written.shape.map(|s| &*s.json),
                read.shape.map(|s| &*s.json),
            );
            related(written.name, read.name, relation)
        }
        (Look::Name, Look::Name) => {
            let relation = relation(
                written.shape.map(|s| &*s.json),
                read.shape.map(|s| &*s.json),
            );
            related(written.name, read.name, relation)
        }
        (Look::Integer { .. }, Look::Integer { .. }) => {
            match (written.family().range(), read.family().range()) {
                (Some(a), Some(b)) if !b.holds(a) => assuming(
                    refused("out of range"),
                    "a number beyond the reader's range is written",
                ),
                _ => Meeting::ok(),
            }
        }
        (Look::Integer { wide }, Look::Float) => {
            let clause = "digits beyond the 15th do not matter";
            if wide {
                assuming(Meeting::ok(), clause)
            } else {
                Meeting::ok()
            }
        }
        (Look::Integer { .. }, Look::Name) if read.kind == (TypeKind::Enum { closed: true }) => {
            assuming(
                refused("a number without a name"),
                "numbers without a name are written",
            )
        }
        (Look::Float, Look::Float) | (Look::Integer { .. }, Look::Name) => Meeting::ok(),
        (Look::Float, Look::Integer { .. }) => assuming(refused("1.5"), "fractions are written"),
        (Look::Base64, Look::Text) => {
            Meeting::of(Outcome::Misread, format!("{name} reads as base64 text"))
        }
        // Wide integers stand in JSON as text.
        (Look::Integer { wide: true } | Look::Name, Look::Text) => Meeting::of(
            Outcome::Misread,
            format!("{name} reads as the text of a {}", written.name),
        ),
        (Look::Text, _) => assuming(
            refused("a text"),
            "texts that do not look like it are written",
        ),
        _ => refused(match look(written) {
            Look::Object => "an object",
            Look::Bool => "a boolean",
            Look::Name => "an enum name",
            Look::Base64 => "a text",
            _ => "a number",
        }),
    }
}
