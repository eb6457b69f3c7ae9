//! When a column changes its type: does a value of the one still fit the other?
//!
//! Only what is sure refuses. Where it depends on the value, or on how strict the driver is, the outcome is unknown and the
//! assumption says what must hold.

use coexist_model::{Detail, Element, Meeting, Outcome};

/// Returns what happens to a value of the one column's type where the other's is expected.
pub(super) fn carry(written: Option<&Element>, read: Option<&Element>) -> Meeting {
    let type_of = |e: &Element| match &e.detail {
        Detail::Column(column) => Some(column.type_name.to_lowercase()),
        _ => None,
    };
    let (Some(written), Some(read)) = (written, read) else {
        let outcome = if written.is_none() && read.is_none() {
            Outcome::Ok
        } else {
            Outcome::Absent
        };
        return Meeting {
            outcome,
            error: None,
            assumed: Vec::new(),
        };
    };
    match (type_of(written), type_of(read)) {
        (Some(from), Some(to)) => fits(&from, &to, &read.name),
        _ => Meeting::ok(),
    }
}

/// Returns what a tool makes of a column of one type that its model declares as another: it decodes into the declared type, and
/// what is of quite another sort does not decode.
///
/// Prisma: "Inconsistent column data", <https://www.prisma.io/docs/orm/reference/error-reference#p2023>; sqlx: "mismatched types",
/// <https://docs.rs/sqlx/latest/sqlx/enum.Error.html#variant.ColumnDecode>.
pub(super) fn carry_declared(written: Option<&Element>, read: Option<&Element>) -> Meeting {
    let type_of = |e: Option<&Element>| match e.map(|e| &e.detail) {
        Some(Detail::Column(column)) => column.type_name.to_lowercase(),
        _ => String::new(),
    };
    let (from, to) = (type_of(written), type_of(read));
    match (class(&sort(&from)), class(&sort(&to)), read) {
        (Some(a), Some(b), Some(read)) if a != b => Meeting::refused(format!(
            "cannot decode column {}: the model declares {to}, the column is {from}",
            read.name
        )),
        _ => carry_row(written, read),
    }
}

/// Returns what code gets of a value that a driver hands to it. A text or some bytes may be longer than the column of its own
/// version takes: no driver reads them into a buffer of that length.
pub(super) fn carry_row(written: Option<&Element>, read: Option<&Element>) -> Meeting {
    let sort_of = |e: Option<&Element>| match e.map(|e| &e.detail) {
        Some(Detail::Column(column)) => Some(sort(&column.type_name.to_lowercase())),
        _ => None,
    };
    match (sort_of(written), sort_of(read)) {
        (Some(Sort::Text(_)), Some(Sort::Text(_)))
        | (Some(Sort::Bytes(_)), Some(Sort::Bytes(_))) => Meeting::ok(),
        _ => carry(written, read),
    }
}

/// Returns what becomes of a value in SQLite, which keeps any value in any column and converts it by the column's affinity. Nothing
/// is refused; what a driver makes of a value of another affinity is its own.
///
/// <https://www.sqlite.org/datatype3.html>
pub(super) fn carry_by_affinity(written: Option<&Element>, read: Option<&Element>) -> Meeting {
    let kept_as = |e: Option<&Element>| match e.map(|e| &e.detail) {
        Some(Detail::Column(column)) => {
            let name = column.type_name.to_lowercase();
            Some((affinity(&name), is_plain(&sort(&name))))
        }
        _ => None,
    };
    match (kept_as(written), kept_as(read)) {
        (Some((a, true)), Some((b, true))) if a == b => Meeting::ok(),
        _ => {
            let mut meeting = carry(written, read);
            if meeting.outcome == Outcome::Refused {
                meeting.outcome = Outcome::Unknown;
                meeting.assumed = vec!["the driver takes the one type for the other".to_owned()];
            }
            meeting
        }
    }
}

/// Returns whether drivers give values of a type back as SQLite keeps them. Dates and the like they know by the declared type.
fn is_plain(sort: &Sort) -> bool {
    matches!(
        sort,
        Sort::Integer { .. }
            | Sort::Decimal(_)
            | Sort::Float(_)
            | Sort::Text(_)
            | Sort::Boolean
            | Sort::Bytes(_)
    )
}

/// Returns the affinity of a column by the rules of SQLite, in their order.
fn affinity(type_name: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|w| type_name.contains(w));
    match () {
        () if has(&["int"]) => "integer",
        () if has(&["char", "clob", "text"]) => "text",
        () if has(&["blob"]) || type_name.is_empty() => "blob",
        () if has(&["real", "floa", "doub"]) => "real",
        () => "numeric",
    }
}

/// Returns the class of types that one declared type can hold; None where tools differ.
fn class(sort: &Sort) -> Option<u8> {
    match sort {
        Sort::Integer { .. } => Some(0),
        Sort::Text(_) => Some(1),
        Sort::Boolean => Some(2),
        Sort::Date | Sort::Time | Sort::Timestamp { .. } => Some(3),
        Sort::Json { .. } => Some(4),
        Sort::Array(_) => Some(5),
        Sort::Bytes(_) => Some(6),
        Sort::Decimal(_) | Sort::Float(_) | Sort::Interval | Sort::Uuid | Sort::Named(_) => None,
    }
}

/// What sort of values a type has.
#[derive(Debug, Clone, PartialEq)]
enum Sort {
    /// Whole numbers of so many bytes; unsigned ones have no negative values.
    Integer {
        bytes: u32,
        unsigned: bool,
    },
    /// Exact numbers: digits in all, digits after the point; None: any.
    Decimal(Option<(u32, u32)>),
    /// Floating point of so many bytes.
    Float(u32),
    /// Texts of at most so many characters.
    Text(Option<u32>),
    Boolean,
    /// Bytes, at most so many.
    Bytes(Option<u32>),
    Date,
    Time,
    /// A moment; with a zone it is absolute.
    Timestamp {
        zone: bool,
    },
    Interval,
    Uuid,
    Json {
        binary: bool,
    },
    Array(Box<Self>),
    /// A named type: an enum, a domain, a composite, one of an extension.
    Named(String),
}

fn sort(type_name: &str) -> Sort {
    let name = type_name.trim();
    if let Some(inner) = name.strip_suffix("[]") {
        return Sort::Array(Box::new(sort(inner.trim_end_matches("[]"))));
    }
    let (base, arguments) = match name.split_once('(') {
        Some((base, rest)) => (base.trim(), rest),
        None => (name, ""),
    };
    let (inside, after) = arguments.split_once(')').unwrap_or((arguments, ""));
    let numbers: Vec<u32> = inside
        .split(',')
        .filter_map(|n| n.trim().parse().ok())
        .collect();
    let unsigned = name.contains("unsigned");
    let zone =
        after.contains("with time zone") || base.contains("with time zone") || base.ends_with("tz");
    let integer = |bytes| Sort::Integer { bytes, unsigned };
    let limit = numbers.first().copied();
    match base.split_whitespace().next().unwrap_or_default() {
        "tinyint" if limit == Some(1) => Sort::Boolean,
        "tinyint" => integer(1),
        "smallint" | "int2" | "smallserial" => integer(2),
        "mediumint" => integer(3),
        "integer" | "int" | "int4" | "serial" => integer(4),
        "bigint" | "int8" | "bigserial" => integer(8),
        "numeric" | "decimal" => {
            Sort::Decimal(limit.map(|p| (p, numbers.get(1).copied().unwrap_or(0))))
        }
        "real" | "float4" => Sort::Float(4),
        "float" => Sort::Float(if limit.is_some_and(|bits| bits <= 24) {
            4
        } else {
            8
        }),
        "double" | "float8" => Sort::Float(8),
        "text" | "clob" | "longtext" | "citext" => Sort::Text(None),
        "mediumtext" => Sort::Text(Some(16_777_215)),
        "tinytext" => Sort::Text(Some(255)),
        "varchar" | "character" | "char" | "nvarchar" | "bpchar"
            if base != "char" || limit.is_some() =>
        {
            Sort::Text(limit)
        }
        "char" => Sort::Text(Some(1)),
        "boolean" | "bool" => Sort::Boolean,
        "bytea" | "blob" | "longblob" => Sort::Bytes(None),
        "binary" | "varbinary" => Sort::Bytes(limit),
        "tinyblob" => Sort::Bytes(Some(255)),
        "mediumblob" => Sort::Bytes(Some(16_777_215)),
        "date" => Sort::Date,
        "time" => Sort::Time,
        "timestamp" | "timestamptz" | "datetime" => Sort::Timestamp { zone },
        "interval" => Sort::Interval,
        "uuid" => Sort::Uuid,
        "json" => Sort::Json { binary: false },
        "jsonb" => Sort::Json { binary: true },
        _ => Sort::Named(name.to_owned()),
    }
}

fn fits(from: &str, to: &str, column: &str) -> Meeting {
    if from == to {
        return Meeting::ok();
    }
    if from.is_empty() || to.is_empty() {
        let known = if from.is_empty() { to } else { from };
        let what =
            format!("the code takes both types of {column}, of which only {known} is known here");
        let error = format!("{column} is of another type than the code expects");
        return Meeting {
            assumed: vec![what],
            ..Meeting::of(Outcome::Unknown, error)
        };
    }
    judged(&sort(from), &sort(to), from, to, column)
}

fn judged(a: &Sort, b: &Sort, from: &str, to: &str, column: &str) -> Meeting {
    let depends = |what: String, error: String| Meeting {
        assumed: vec![what],
        ..Meeting::of(Outcome::Unknown, error)
    };
    let in_range = || {
        depends(
            format!("every value of {column} ({from}) fits {to}, and the driver converts it"),
            format!("{from} value out of range for {to}"),
        )
    };
    let converted = || {
        depends(
            format!("the driver takes {from} for {to} in {column}"),
            format!("column \"{column}\" is of type {from} but {to} is expected"),
        )
    };
    let refused = || Meeting::refused(format!("a value of {from} is no {to}"));
    match (a, b) {
        (
            Sort::Integer {
                bytes: x,
                unsigned: u,
            },
            Sort::Integer {
                bytes: y,
                unsigned: v,
            },
        ) => {
            if if u == v { x <= y } else { *u && x < y } {
                Meeting::ok()
            } else {
                in_range()
            }
        }
        // https://www.postgresql.org/docs/17/datatype-numeric.html
        (Sort::Integer { bytes, .. }, Sort::Decimal(limit)) => {
            let digits = [3, 5, 7, 10, 0, 0, 0, 19][(*bytes as usize - 1).min(7)];
            if limit.is_none_or(|(p, s)| p.saturating_sub(s) >= digits) {
                Meeting::ok()
            } else {
                in_range()
            }
        }
        (Sort::Decimal(x), Sort::Decimal(y)) => {
            let holds = match (x, y) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some((p, s)), Some((q, t))) => {
                    s <= t && p.saturating_sub(*s) <= q.saturating_sub(*t)
                }
            };
            if holds { Meeting::ok() } else { in_range() }
        }
        (Sort::Float(x), Sort::Float(y)) if x <= y => Meeting::ok(),
        (Sort::Integer { bytes, .. }, Sort::Float(8)) if *bytes <= 4 => Meeting::ok(),
        (
            Sort::Integer { .. } | Sort::Decimal(_) | Sort::Float(_),
            Sort::Integer { .. } | Sort::Decimal(_) | Sort::Float(_),
        ) => in_range(),
        // https://www.postgresql.org/docs/17/datatype-character.html
        (Sort::Text(x), Sort::Text(y)) | (Sort::Bytes(x), Sort::Bytes(y)) => {
            if y.is_none_or(|y| x.is_some_and(|x| x <= y)) {
                Meeting::ok()
            } else {
                let error = format!("value too long for type {to}");
                depends(
                    format!("no value of {column} is longer than {to} takes"),
                    error,
                )
            }
        }
        // A moment loses or gains its zone: the same text means another time where the session's zone is not UTC.
        // https://www.postgresql.org/docs/17/datatype-datetime.html#DATATYPE-TIMEZONES
        (Sort::Timestamp { zone: x }, Sort::Timestamp { zone: y }) if x != y => depends(
            format!("every session that uses {column} runs in the same time zone"),
            format!("{column} is read as another moment"),
        ),
        (Sort::Timestamp { .. }, Sort::Timestamp { .. })
        | (Sort::Json { .. }, Sort::Json { .. }) => Meeting::ok(),
        (Sort::Date, Sort::Timestamp { .. }) | (Sort::Timestamp { .. }, Sort::Date) => converted(),
        // Values of another type become text as they are; what the reader or writer makes of that depends on its driver.
        (_, Sort::Text(_)) => converted(),
        (Sort::Text(_), Sort::Named(_) | Sort::Json { .. } | Sort::Uuid) => depends(
            format!("every text in {column} is a valid {to}"),
            format!("invalid input syntax for type {to}"),
        ),
        (Sort::Named(_), _) | (_, Sort::Named(_)) => converted(),
        (Sort::Boolean, Sort::Integer { .. }) | (Sort::Integer { .. }, Sort::Boolean) => {
            converted()
        }
        (Sort::Array(x), Sort::Array(y)) => {
            let (from, to) = (from.trim_end_matches("[]"), to.trim_end_matches("[]"));
            judged(x, y, from, to, column)
        }
        (x, y) if x == y => Meeting::ok(),
        _ => refused(),
    }
}
