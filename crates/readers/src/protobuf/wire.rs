//! What the bytes of one type mean to a reader of another type.
//!
//! The compatible pairs: <https://protobuf.dev/programming-guides/proto3/#updating>; the forms on the wire:
//! <https://protobuf.dev/programming-guides/encoding/>.

use std::collections::BTreeMap;

use coexist_model::{Field, Meeting, Outcome, Shape, TypeKind};

use super::casing;

/// A type as it stands in a field, or in one half of a map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Typed<'a> {
    /// The field, for messages.
    pub(super) field: &'a str,
    /// The full name or the scalar's.
    pub(super) name: &'a str,
    pub(super) kind: TypeKind,
    pub(super) shape: Option<&'a Shape>,
    pub(super) utf8: bool,
    pub(super) strict: bool,
}

/// How the bytes of a type are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// A number of seven bits per byte, in the range; enums too.
    Varint(Range),
    /// The same, with the sign in the lowest bit.
    Zigzag(Range),
    Fixed32(Range),
    Fixed64(Range),
    Float,
    Double,
    Text,
    Bytes,
    Message,
    Group,
    Unresolved,
}

/// The values of an integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: i128,
    pub(super) max: i128,
}

const BOOL: Range = Range { min: 0, max: 1 };
const I32: Range = Range {
    min: i32::MIN as i128,
    max: i32::MAX as i128,
};
const U32: Range = Range {
    min: 0,
    max: u32::MAX as i128,
};
const I64: Range = Range {
    min: i64::MIN as i128,
    max: i64::MAX as i128,
};
const U64: Range = Range {
    min: 0,
    max: u64::MAX as i128,
};

impl Range {
    pub(super) fn holds(self, other: Self) -> bool {
        self.min <= other.min && other.max <= self.max
    }

    fn bits(self) -> u32 {
        if self.max > U32.max { 64 } else { 32 }
    }

    /// Returns what a reader of this range makes of a number: it keeps the low bits.
    fn cut(self, value: i128) -> i128 {
        if self == BOOL {
            return i128::from(value != 0);
        }
        let modulus = 1i128 << self.bits();
        let low = value.rem_euclid(modulus);
        if low > self.max { low - modulus } else { low }
    }
}

impl Typed<'_> {
    pub(super) fn family(&self) -> Family {
        match self.kind {
            TypeKind::Enum { .. } => return Family::Varint(I32),
            TypeKind::Message => return Family::Message,
            TypeKind::Group => return Family::Group,
            TypeKind::Unresolved => return Family::Unresolved,
            TypeKind::Scalar => {}
        }
        match self.name {
            "bool" => Family::Varint(BOOL),
            "int32" => Family::Varint(I32),
            "uint32" => Family::Varint(U32),
            "int64" => Family::Varint(I64),
            "uint64" => Family::Varint(U64),
            "sint32" => Family::Zigzag(I32),
            "sint64" => Family::Zigzag(I64),
            "fixed32" => Family::Fixed32(U32),
            "sfixed32" => Family::Fixed32(I32),
            "fixed64" => Family::Fixed64(U64),
            "sfixed64" => Family::Fixed64(I64),
            "float" => Family::Float,
            "double" => Family::Double,
            "string" => Family::Text,
            "bytes" => Family::Bytes,
            _ => Family::Unresolved,
        }
    }

    fn simple(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
}

impl Family {
    /// Returns the wire type; None where it cannot be told.
    pub(super) fn wire_type(self) -> Option<u8> {
        Some(match self {
            Self::Varint(_) | Self::Zigzag(_) => 0,
            Self::Fixed64(_) | Self::Double => 1,
            Self::Text | Self::Bytes | Self::Message => 2,
            Self::Group => 3,
            Self::Fixed32(_) | Self::Float => 5,
            Self::Unresolved => return None,
        })
    }

    /// Returns whether a list of it can be written as one block.
    pub(super) fn is_number(self) -> bool {
        matches!(self.wire_type(), Some(0 | 1 | 5))
    }

    /// Returns the range, for an integer type.
    pub(super) fn range(self) -> Option<Range> {
        match self {
            Self::Varint(r) | Self::Zigzag(r) | Self::Fixed32(r) | Self::Fixed64(r) => Some(r),
            _ => None,
        }
    }
}

/// Returns what a single value of one type is to a reader of another.
pub(super) fn value(written: Typed<'_>, read: Typed<'_>) -> Meeting {
    if let Some(meeting) = same_type(written, read) {
        return meeting;
    }
    let (from, to) = (written.family(), read.family());
    let (Some(sent), Some(expected)) = (from.wire_type(), to.wire_type()) else {
        return unresolved(written, read);
    };
    if sent != expected {
        return put_aside(read, sent, expected);
    }
    match (from, to) {
        (Family::Message, Family::Message) | (Family::Group, Family::Group) => {
            messages(written, read)
        }
        (Family::Varint(_), Family::Varint(_)) if is_enum(written) && is_enum(read) => {
            enums(written, read)
        }
        (Family::Varint(a), Family::Varint(b))
        | (Family::Zigzag(a), Family::Zigzag(b))
        | (Family::Fixed32(a), Family::Fixed32(b))
        | (Family::Fixed64(a), Family::Fixed64(b)) => integers(a, b, read),
        (_, Family::Varint(BOOL)) => misread("2 reads as true", "a number other than 0 and 1"),
        (Family::Varint(_), Family::Zigzag(_)) => misread("1 reads as -1", "a number other than 0"),
        (Family::Zigzag(_), Family::Varint(_)) => misread("1 reads as 2", "a number other than 0"),
        (Family::Fixed32(_), _) => misread("1 reads as 1.4e-45", "a number other than 0"),
        (_, Family::Fixed32(_)) => misread("1.0 reads as 1065353216", "a number other than 0"),
        (Family::Fixed64(_), _) => misread("1 reads as 5e-324", "a number other than 0"),
        (_, Family::Fixed64(_)) => {
            misread("1.0 reads as 4607182418800017408", "a number other than 0")
        }
        _ => delimited(from, to, written, read),
    }
}

/// Two names of one type, or of what may be one.
pub(super) fn same_type(written: Typed<'_>, read: Typed<'_>) -> Option<Meeting> {
    if written.name != read.name {
        return None;
    }
    let open_to_closed = |t: TypeKind| t == TypeKind::Enum { closed: true };
    if !open_to_closed(written.kind) && open_to_closed(read.kind) && is_enum(written) {
        let what = format!(
            "a number without a name in {} is put aside as unknown",
            read.name
        );
        let meeting = Meeting::of(Outcome::Absent, what);
        return Some(assuming(meeting, "numbers without a name are written"));
    }
    // A message may have become an enum, or its encoding another one.
    if let (Some(a), Some(b)) = (written.family().wire_type(), read.family().wire_type())
        && a != b
    {
        return None;
    }
    let tightened = written.name == "string" && read.utf8 && !written.utf8;
    let meeting = Meeting::ok();
    Some(if tightened {
        assuming(meeting, "all text is UTF-8")
    } else {
        meeting
    })
}

fn is_enum(typed: Typed<'_>) -> bool {
    matches!(typed.kind, TypeKind::Enum { .. })
}

pub(super) fn unresolved(written: Typed<'_>, read: Typed<'_>) -> Meeting {
    if written.simple() == read.simple() {
        let clause = format!("{} and {} are declared alike", written.name, read.name);
        return assuming(Meeting::ok(), &clause);
    }
    let what = format!(
        "{} is read as {}, and a declaration was not found",
        written.name, read.name
    );
    Meeting::of(Outcome::Unknown, what)
}

/// A field whose wire type is another than the declared one: the parser keeps it with the unknown fields, or stops.
pub(super) fn put_aside(read: Typed<'_>, sent: u8, expected: u8) -> Meeting {
    let field = read.field;
    if read.strict {
        // https://github.com/gogo/protobuf/blob/v1.3.2/plugin/unmarshal/unmarshal.go
        let name = casing::go(field);
        return Meeting::refused(format!("proto: wrong wireType = {sent} for field {name}"));
    }
    let what = format!(
        "{field} arrives with wire type {sent}, the reader expects {expected}: it is put aside as unknown and reads as unset"
    );
    assuming(
        Meeting::of(Outcome::Lost, what),
        "a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)",
    )
}

fn integers(written: Range, read: Range, reader: Typed<'_>) -> Meeting {
    if read.holds(written) {
        return match reader.kind {
            TypeKind::Enum { closed } => numbers_for_enum(closed, reader),
            _ => Meeting::ok(),
        };
    }
    let (value, kind) = if read == BOOL {
        (2, "a number other than 0 and 1")
    } else if written.bits() > read.bits() {
        ((1i128 << 32) + 1, "a number of more than 32 bits")
    } else if read.min == 0 {
        (-1, "a negative number")
    } else {
        (written.max, "a number beyond the reader's range")
    };
    let seen = match read {
        BOOL => "true".to_owned(),
        _ => read.cut(value).to_string(),
    };
    misread(&format!("{value} reads as {seen}"), kind)
}

fn numbers_for_enum(closed: bool, reader: Typed<'_>) -> Meeting {
    if closed {
        let what = format!(
            "a number without a name in {} is put aside as unknown",
            reader.name
        );
        return assuming(
            Meeting::of(Outcome::Absent, what),
            "numbers without a name are written",
        );
    }
    let clause = format!(
        "the reader accepts a number that has no name in {}",
        reader.name
    );
    assuming(Meeting::ok(), &clause)
}

fn misread(what: &str, written: &str) -> Meeting {
    assuming(
        Meeting::of(Outcome::Misread, what),
        &format!("{written} is written"),
    )
}

fn delimited(from: Family, to: Family, written: Typed<'_>, read: Typed<'_>) -> Meeting {
    match (from, to) {
        (Family::Text, Family::Bytes) => Meeting::ok(),
        (Family::Bytes, Family::Text) if read.utf8 => {
            let error = format!("string field {} contains invalid UTF-8", read.field);
            assuming(
                Meeting::refused(error),
                "bytes that are not UTF-8 are written",
            )
        }
        (Family::Bytes, Family::Text) => misread("bytes are taken for text", "what is not UTF-8"),
        (Family::Bytes, Family::Message) | (Family::Message, Family::Bytes) => {
            let message = if from == Family::Message {
                written
            } else {
                read
            };
            let what = format!(
                "{} holds bytes on one side and {} on the other",
                read.field, message.name
            );
            let clause = format!("the bytes hold an encoded {}", message.name);
            assuming(Meeting::of(Outcome::Unknown, what), &clause)
        }
        (Family::Message, _) => misread(
            &format!("the encoded {} reads as text", written.name),
            "a message that is not empty",
        ),
        _ => {
            let error = format!(
                "cannot parse {}: the text is no encoded {}",
                read.field, read.name
            );
            assuming(
                Meeting::refused(error),
                "a text that is not empty is written",
            )
        }
    }
}

/// Two messages under different names: copies of each other, or different types.
pub(super) fn messages(written: Typed<'_>, read: Typed<'_>) -> Meeting {
    let relation = relation(
        written.shape.map(|s| &*s.binary),
        read.shape.map(|s| &*s.binary),
    );
    related(written.name, read.name, relation)
}

fn enums(written: Typed<'_>, read: Typed<'_>) -> Meeting {
    let relation = relation(
        written.shape.map(|s| &*s.binary),
        read.shape.map(|s| &*s.binary),
    );
    match relation {
        // Values may only have been renamed along with their enum.
        Relation::Different => related(written.name, read.name, Relation::Mixed),
        relation => related(written.name, read.name, relation),
    }
}

/// How the structures of two types relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// They are equal.
    Same,
    /// What both have is equal.
    Overlapping,
    /// Some of what both have is equal.
    Mixed,
    /// Nothing that both have is equal.
    Different,
    /// One is not known.
    Unknown,
}

/// One half of a [`Shape`], where it is known.
type Digests<'a, K> = Option<&'a BTreeMap<K, u64>>;

/// Returns how two structures relate.
pub(super) fn relation<K: Ord>(written: Digests<'_, K>, read: Digests<'_, K>) -> Relation {
    let (Some(written), Some(read)) = (written, read) else {
        return Relation::Unknown;
    };
    if written == read {
        return Relation::Same;
    }
    let both = || {
        written
            .iter()
            .filter_map(|(key, digest)| read.get(key).map(|other| other == digest))
    };
    match (both().filter(|equal| *equal).count(), both().count()) {
        (0, 0) if written.is_empty() || read.is_empty() => Relation::Overlapping,
        (0, _) => Relation::Different,
        (equal, all) if equal == all => Relation::Overlapping,
        _ => Relation::Mixed,
    }
}

/// Returns what a type is to a reader of another name.
pub(super) fn related(written: &str, read: &str, relation: Relation) -> Meeting {
    match relation {
        Relation::Same => Meeting::ok(),
        Relation::Overlapping => {
            let clause = format!("what only one of {written} and {read} has is not needed");
            assuming(Meeting::ok(), &clause)
        }
        Relation::Different => {
            Meeting::of(Outcome::Misread, format!("{written} is read as {read}"))
        }
        Relation::Mixed => Meeting::of(
            Outcome::Unknown,
            format!("{written} is read as {read}, and they differ"),
        ),
        Relation::Unknown => Meeting::of(
            Outcome::Unknown,
            format!("{written} is read as {read}, and a declaration was not found"),
        ),
    }
}

/// Returns the meeting with one more assumption.
pub(super) fn assuming(mut meeting: Meeting, clause: &str) -> Meeting {
    meeting.assumed.push(clause.into());
    meeting
}

/// Returns the type of a field that is no map, or of the values of a map.
pub(super) fn typed<'a>(name: &'a str, field: &'a Field) -> Typed<'a> {
    Typed {
        field: name,
        name: super::link::value_type(field),
        kind: field.wire.kind,
        shape: field.wire.shape.as_ref(),
        utf8: field.wire.utf8,
        strict: field.wire.strict,
    }
}
