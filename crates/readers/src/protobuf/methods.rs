//! What a call of one version is to a server of the other.
//!
//! Status codes: <https://grpc.github.io/grpc/core/md_doc_statuscodes.html>. A method travels as `/package.Service/Method`, so
//! a renamed package or service is an unknown service to the other side.

use std::collections::BTreeMap;

use coexist_model::{
    Access, Detail, Element, Lookup, Meeting, Method, Mode, Other, Outcome, Schema, Shape,
    SurfaceKind,
};

use super::carry::worst;
use super::casing;
use super::wire::{assuming, related, relation};

/// Returns what happens when a client that knows one method calls a server that knows the other.
pub(super) fn carry(called: Option<&Element>, served: Option<&Element>) -> Meeting {
    match (method(called), method(served)) {
        (Some((name, called)), None) => unknown_method(name, &called.wire.service),
        (Some((name, called)), Some((served_name, served))) => {
            if name != served_name || called.wire.service != served.wire.service {
                return match *called.wire.service == *served.wire.service {
                    true => unknown_method(name, &called.wire.service),
                    false => unknown_service(&called.wire.service),
                };
            }
            both(called, served)
        }
        _ => Meeting::ok(),
    }
}

fn method(element: Option<&Element>) -> Option<(&str, &Method)> {
    element.and_then(|e| match &e.detail {
        Detail::Method(method) => Some((e.name.as_str(), method)),
        _ => None,
    })
}

fn unknown_service(service: &str) -> Meeting {
    Meeting::refused(format!("UNIMPLEMENTED: unknown service {service}"))
}

fn unknown_method(method: &str, service: &str) -> Meeting {
    Meeting::refused(format!(
        "UNIMPLEMENTED: unknown method {method} for service {service}"
    ))
}

fn both(called: &Method, served: &Method) -> Meeting {
    let [request, response] = &called.wire.shapes;
    let [request_of, response_of] = &served.wire.shapes;
    worst([
        streams(called, served),
        message((&called.request, request), (&served.request, request_of)),
        message(
            (&served.response, response_of),
            (&called.response, response),
        ),
    ])
}

/// One message may go where several are expected; several may not go where one is.
///
/// grpc-java says so with these texts; grpc-python drops all requests but the first, and waits for its deadline on a second
/// response (both seen with 1.85).
fn streams(called: &Method, served: &Method) -> Meeting {
    let several = |error: &str, who: &str| {
        let clause = format!("the {who} sends more than one message");
        let strict = "the runtime refuses more than one message (grpc-java; others drop or wait)";
        assuming(assuming(Meeting::refused(error), &clause), strict)
    };
    if called.client_streaming && !served.client_streaming {
        return several("INTERNAL: Too many requests", "client");
    }
    if served.server_streaming && !called.server_streaming {
        return several(
            "INTERNAL: More than one value received for unary call",
            "server",
        );
    }
    if (called.client_streaming, called.server_streaming)
        == (served.client_streaming, served.server_streaming)
    {
        return Meeting::ok();
    }
    assuming(
        Meeting::ok(),
        "the streaming side is content with one message",
    )
}

fn message(written: (&str, &Option<Shape>), read: (&str, &Option<Shape>)) -> Meeting {
    if written.0 == read.0 {
        return Meeting::ok();
    }
    let nothing = BTreeMap::new();
    let (from, to) = (fields(written, &nothing), fields(read, &nothing));
    related(written.0, read.0, relation(from, to))
}

/// Returns the structure of a message. That of `Empty` is known without its file.
fn fields<'a>(
    (name, shape): (&str, &'a Option<Shape>),
    nothing: &'a BTreeMap<i64, u64>,
) -> Option<&'a BTreeMap<i64, u64>> {
    match name {
        "google.protobuf.Empty" => Some(nothing),
        _ => shape.as_ref().map(|s| &*s.binary),
    }
}

/// Returns what happens when the access meets the schemas of the other side.
pub(super) fn meet(access: &Access, schemas: &dyn Lookup) -> Meeting {
    let schema = schemas.schema(&access.surface);
    let element = access.element.as_deref();
    match (&access.mode, access.surface.kind) {
        (Mode::Calls, SurfaceKind::Rpc) => called(access, schema),
        (Mode::Matches { known, other }, SurfaceKind::Enum) => matched(known, *other, schema),
        (Mode::Matches { known, other }, SurfaceKind::Message) => branched(known, *other, schema),
        (Mode::Reads | Mode::Consumes, SurfaceKind::Message) => match (schema, element) {
            (Some(schema), Some(field)) if schema.element(field).is_none() => {
                let what = format!("{field} is not there and reads as unset");
                let meeting = Meeting::of(Outcome::Absent, what);
                assuming(meeting, "the reader does not require the field")
            }
            _ => Meeting::ok(),
        },
        _ => Meeting::ok(),
    }
}

fn called(access: &Access, schema: Option<&Schema>) -> Meeting {
    let Some(schema) = schema else {
        return unknown_service(&access.surface.name);
    };
    match &access.element {
        Some(method) if schema.element(method).is_none() => {
            let meeting = unknown_method(method, &schema.surface.name);
            match &access.copes {
                Some(_) => assuming(
                    Meeting::ok(),
                    "the client goes on where the call is refused",
                ),
                None => meeting,
            }
        }
        _ => Meeting::ok(),
    }
}

/// A decision by the values of an enum meets the values that the other side may write.
fn matched(known: &[String], other: Other, schema: Option<&Schema>) -> Meeting {
    let Some(schema) = schema else {
        return Meeting::ok();
    };
    let has = |value: &str| known.iter().any(|k| is_same_value(k, value));
    let is_value = |e: &&Element| matches!(e.detail, Detail::Value { .. });
    let Some(value) = schema
        .elements
        .iter()
        .filter(is_value)
        .find(|e| !has(&e.name))
    else {
        return Meeting::ok();
    };
    let what = format!("{} of {} has no branch", value.name, schema.surface);
    let meeting = match other {
        Other::Rejects => Meeting::refused(what),
        Other::Accepts => return Meeting::ok(),
        Other::Unclear => Meeting::of(Outcome::Unknown, what),
    };
    assuming(meeting, &format!("{} is written", value.name))
}

/// A decision by the members of a oneof meets those that the other side may write: what the reader does not know is put aside, and
/// no member is set. <https://protobuf.dev/programming-guides/proto3/#backward>
fn branched(known: &[String], other: Other, schema: Option<&Schema>) -> Meeting {
    let members = schema
        .into_iter()
        .flat_map(|s| &s.elements)
        .filter(|e| matches!(&e.detail, Detail::Field(field) if field.oneof.is_some()));
    let Some(member) = members.into_iter().find(|e| !known.contains(&e.name)) else {
        return Meeting::ok();
    };
    let what = format!("{} is set, and there is no branch for it", member.name);
    match other {
        Other::Rejects => Meeting::refused(what),
        Other::Accepts => Meeting::ok(),
        Other::Unclear => Meeting::of(Outcome::Unknown, what),
    }
}

/// Whether a name in code is that of the value: the generated name may carry the enum's name before it, or have lost it.
fn is_same_value(code: &str, value: &str) -> bool {
    let last = code.rsplit([':', '.']).next().unwrap_or(code);
    let (code, value) = (casing::snake(last), casing::snake(value));
    code == value || code.ends_with(&format!("_{value}")) || value.ends_with(&format!("_{code}"))
}
