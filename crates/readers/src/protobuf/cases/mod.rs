//! Every kind of change of a proto file, and what each does when two versions meet.
//!
//! A change is given as two files. What is printed: for each field and enum value that differs, what the old reader makes of new
//! data and the new reader of old data, in binary and, where it is another outcome, in JSON; for each method and service, what
//! the old client gets from a new server and the new client from an old one. A message that is a request and a response meets
//! both ways of reading in either order of clients and servers.
//!
//! The outcomes for fields and values were compared with what the Python runtime does (`protobuf` 7.36, upb), those of streams
//! with `grpcio` 1.85.

use std::collections::BTreeSet;
use std::sync::Arc;

use coexist_model::{
    Access, Confidence, Detail, Dialect, Element, Encoding, Form as _, LinkInput, Linked, Lookup,
    Manner, Meeting, Mode, Outcome, Place, Schema, Surface, SurfaceKind, Why,
};
use expect_test::Expect;

use super::Wire;
use reading::read;

mod fields;
mod methods;
pub(super) mod reading;
mod types;
mod values;

struct Ref(Linked);

impl Lookup for Ref {
    fn schema(&self, surface: &Surface) -> Option<&Schema> {
        self.0.schemas.iter().find(|s| s.surface == *surface)
    }

    fn dialect(&self) -> Dialect {
        Dialect::default()
    }
}

fn linked(text: &str) -> Ref {
    let path: Arc<str> = "a.proto".into();
    let reading = read(&path, text);
    assert_eq!(reading.problems, [], "{text}");
    let input = LinkInput {
        path: &path,
        reading: &reading,
    };
    Ref(Wire.link(&[input]))
}

fn text(meeting: &Meeting) -> String {
    let mut out = meeting.outcome.word().to_owned();
    if let Some(error) = &meeting.error {
        out += &format!(" ({error})");
    }
    if !meeting.assumed.is_empty() {
        out += &format!(" if {}", meeting.assumed.join(", "));
    }
    out
}

fn access(surface: &Surface, element: Option<&str>, mode: Mode) -> Access {
    Access {
        surface: surface.clone(),
        element: element.map(Into::into),
        mode,
        manner: Manner::Explicit,
        confidence: Confidence::High,
        why: Why::ResolvedCall,
        gate: None,
        place: Place::of_file("a.go"),
        conditions: Vec::new(),
        within: None,
        copes: None,
        via: None,
    }
}

/// What a client of one ref gets from a server of the other.
fn call(client: &Ref, server: &Ref, surface: &Surface, method: &str) -> Meeting {
    let met = Wire.meet(&access(surface, Some(method), Mode::Calls), server);
    if met.outcome != Outcome::Ok {
        return met;
    }
    let element = |of: &Ref| of.schema(surface).and_then(|s| s.element(method)).cloned();
    Wire.carry(
        element(client).as_ref(),
        element(server).as_ref(),
        Encoding::Binary,
    )
}

fn show(old: &Ref, new: &Ref) -> String {
    let surfaces: BTreeSet<&Surface> = old
        .0
        .schemas
        .iter()
        .chain(&new.0.schemas)
        .map(|s| &s.surface)
        .collect();
    let mut out = String::new();
    for surface in surfaces {
        let elements = |of: &Ref| {
            of.schema(surface)
                .map_or_else(Vec::new, |s| s.elements.clone())
        };
        let (before, after) = (elements(old), elements(new));
        let mut pairs: Vec<(Option<&Element>, Option<&Element>)> = Vec::new();
        for from in &before {
            pairs.push((
                Some(from),
                after.iter().find(|e| e.identity() == from.identity()),
            ));
        }
        for to in after
            .iter()
            .filter(|e| !before.iter().any(|b| b.identity() == e.identity()))
        {
            pairs.push((None, Some(to)));
        }
        for (from, to) in pairs {
            out += &pair(old, new, surface, from, to);
        }
    }
    out
}

fn pair(
    old: &Ref,
    new: &Ref,
    surface: &Surface,
    from: Option<&Element>,
    to: Option<&Element>,
) -> String {
    let Some(shown) = from
        .or(to)
        .filter(|e| !matches!(e.detail, Detail::Reserved(_)))
    else {
        return String::new();
    };
    let mut lines = String::new();
    let mut quiet = true;
    let mut line = |title: &str, meeting: &Meeting| {
        quiet &= *meeting == Meeting::ok();
        lines += &format!("  {title}: {}\n", text(meeting));
    };
    if surface.kind == SurfaceKind::Rpc {
        if from.is_some() {
            line(
                "old client, new server",
                &call(old, new, surface, &shown.name),
            );
        }
        if to.is_some() {
            line(
                "new client, old server",
                &call(new, old, surface, &shown.name),
            );
        }
    } else {
        for (title, written, read) in [
            ("old reader, new data", to, from),
            ("new reader, old data", from, to),
        ] {
            let binary = Wire.carry(written, read, Encoding::Binary);
            let json = Wire.carry(written, read, Encoding::Json);
            line(title, &binary);
            if json.outcome != binary.outcome {
                line(&format!("{title}, JSON"), &json);
            }
        }
    }
    let name = format!("{surface}.{}\n", shown.name);
    if quiet { String::new() } else { name + &lines }
}

fn check(old: &str, new: &str, expect: Expect) {
    expect.assert_eq(&show(&linked(old), &linked(new)));
}

/// A change of one field of a proto3 message.
fn field(old: &str, new: &str, expect: Expect) {
    let file = |field: &str| {
        format!(
            "syntax = \"proto3\"; enum E {{ X = 0; Y = 1; }} message A {{ int32 a = 1; }} message B {{ int32 a = 1; }}
             message C {{ string a = 1; }} message KV {{ string key = 1; int32 value = 2; }} message M {{ {field} }}"
        )
    };
    check(&file(old), &file(new), expect);
}

/// A change of one field of a proto2 message.
fn proto2(old: &str, new: &str, expect: Expect) {
    let file = |field: &str| {
        format!("syntax = \"proto2\"; enum E {{ X = 0; Y = 1; }} message M {{ {field} }}")
    };
    check(&file(old), &file(new), expect);
}

/// A change of a service.
fn service(old: &str, new: &str, expect: Expect) {
    let file = |text: &str| {
        format!(
            "syntax = \"proto3\"; {text} message A {{ int32 a = 1; }} message B {{ int32 a = 1; }} message C {{ string a = 1; }}"
        )
    };
    check(&file(old), &file(new), expect);
}
