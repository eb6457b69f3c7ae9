//! Uses of messages, enums and RPC services through generated code.
//!
//! What is wanted is told by [`Hints::wanted`]; the names come from [`crate::protobuf::generated`]. A name counts only where the
//! file shows that it means the generated one ([`reach`]), a field only on a value whose type is known ([`values`]).

mod decisions;
mod fields;
mod reach;
mod rest;
mod rpc;
mod values;

use coexist_model::{Access, Confidence, Hints, Manner, Mode, Surface, SurfaceKind, Wanted, Why};

use crate::protobuf::generated::{Generated, Tongue, generated};

use super::context::{Context, Use};
use super::syntax::Id;

use reach::Reach;
use values::Values;

/// A wanted surface that the file may use.
struct Known<'w> {
    surface: &'w Surface,
    /// The names of the surface itself.
    names: Generated,
    /// The elements wanted, with their names.
    elements: Vec<(&'w str, Generated)>,
    /// How the file spells what is generated for it.
    reach: Reach,
}

impl Known<'_> {
    /// Returns the element that has a name among those that `list` picks.
    fn element(&self, name: &str, list: impl Fn(&Generated) -> &Vec<String>) -> Option<&str> {
        let has = |names: &Generated| list(names).iter().any(|n| last(n) == name);
        self.elements
            .iter()
            .find(|(_, names)| has(names))
            .map(|(element, _)| *element)
    }
}

/// Returns the last identifier of a generated name.
fn last(name: &str) -> &str {
    name.rsplit(['.', ':']).next().unwrap_or(name)
}

/// The uses of one file in the making.
struct Wire<'c, 's, 'a, 'w> {
    context: &'c Context<'s, 'a>,
    tongue: Tongue,
    known: Vec<Known<'w>>,
    values: Values,
}

/// Returns the uses of the wanted wire surfaces.
pub(super) fn uses(context: &Context<'_, '_>, hints: &Hints) -> Vec<Access> {
    if is_generated(&context.file.text) {
        return Vec::new();
    }
    let tongue = context.syntax.profile.tongue;
    let wanted = hints.wanted.iter().filter(|w| is_wire(w.surface.kind));
    let known: Vec<Known<'_>> = wanted.filter_map(|w| known(context, w, tongue)).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let values = Values::of(context, &known);
    let wire = Wire {
        context,
        tongue,
        known,
        values,
    };
    let mut accesses = Vec::new();
    wire.rpc(&mut accesses);
    wire.fields(&mut accesses);
    wire.decisions(&mut accesses);
    wire.rest(&mut accesses);
    accesses
}

/// Returns whether the file is itself what a generator made of a wire format: its accessors and stubs use nothing.
fn is_generated(text: &str) -> bool {
    let mut end = text.len().min(2000);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    let says = (head.contains("Code generated") && head.contains("DO NOT EDIT"))
        || head.contains("@generated")
        || head.contains("enerated by the protocol buffer compiler")
        || head.contains("enerated by the gRPC")
        || head.contains("protoc-gen")
        || head.contains("GENERATED CODE -- DO NOT EDIT");
    // prost says nothing at the top.
    says || text.contains("::prost::Message)]")
        || text.contains("/// Generated client implementations.")
}

fn is_wire(kind: SurfaceKind) -> bool {
    matches!(
        kind,
        SurfaceKind::Message | SurfaceKind::Enum | SurfaceKind::Rpc
    )
}

fn known<'w>(context: &Context<'_, '_>, wanted: &'w Wanted, tongue: Tongue) -> Option<Known<'w>> {
    // What a file imports tells most of them apart, and cheaply.
    let reach = Reach::of(context, wanted, tongue)?;
    let names = generated(&wanted.surface, None, tongue);
    let elements = wanted.elements.iter();
    let elements: Vec<(&str, Generated)> = elements
        .map(|e| (e.as_str(), generated(&wanted.surface, Some(e), tongue)))
        .collect();
    let text = &context.file.text;
    let own = [&names.types, &names.clients, &names.servers];
    let of_elements = elements
        .iter()
        .flat_map(|(_, n)| n.values.iter().chain(&n.members));
    let mut all = own.into_iter().flatten().chain(of_elements);
    let mentioned = all.any(|n| text.contains(last(n)));
    drop(all);
    mentioned.then_some(Known {
        surface: &wanted.surface,
        names,
        elements,
        reach,
    })
}

impl Wire<'_, '_, '_, '_> {
    fn add(
        &self,
        at: Id,
        known: &Known<'_>,
        element: Option<&str>,
        mode: Mode,
        confidence: Confidence,
        accesses: &mut Vec<Access>,
    ) {
        let why = match (&mode, confidence) {
            (Mode::Reads | Mode::Writes { .. }, Confidence::Medium) => Why::TypedAttribute,
            _ => Why::ResolvedCall,
        };
        let found = Use {
            surface: known.surface.clone(),
            element: element.map(str::to_owned),
            mode,
            manner: Manner::Explicit,
            confidence,
            why,
        };
        accesses.push(self.context.access(at, found));
    }

    fn of_kind(&self, kind: SurfaceKind) -> impl Iterator<Item = (usize, &Known<'_>)> {
        self.known
            .iter()
            .enumerate()
            .filter(move |(_, k)| k.surface.kind == kind)
    }
}
