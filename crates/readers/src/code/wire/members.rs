//! Members of a oneof in Go: each has a type of its own, `Message_Member`, that holds it.
//! <https://protobuf.dev/reference/go/go-generated/#oneof>

use coexist_model::{Access, Confidence, Mode, Other, SurfaceKind};

use crate::code::syntax::Id;
use crate::protobuf::generated::{Tongue, generated};

use super::{Known, Wire};

impl Wire<'_, '_, '_, '_> {
    /// Adds the members that are written and the decisions between them.
    pub(super) fn members(&self, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        if self.tongue != Tongue::Go {
            return;
        }
        for (_, known) in self.of_kind(SurfaceKind::Message) {
            let wrappers = wrappers(known);
            if wrappers.is_empty() {
                continue;
            }
            for id in s.all() {
                match s.kind(id) {
                    "composite_literal" => self.wrapped(id, known, &wrappers, accesses),
                    "type_switch_statement" => self.switched(id, known, &wrappers, accesses),
                    _ => {}
                }
            }
        }
    }

    /// `&pb.Frame_Result{Result: …}`.
    fn wrapped(
        &self,
        id: Id,
        known: &Known<'_>,
        wrappers: &[Wrapper<'_>],
        accesses: &mut Vec<Access>,
    ) {
        let s = self.context.syntax;
        let member = s
            .child(id, "type")
            .and_then(|t| self.member_of(t, known, wrappers));
        let wanted = known.elements.iter().find(|(e, _)| Some(*e) == member);
        if let Some((element, _)) = wanted {
            let mode = Mode::Writes { values: Vec::new() };
            self.add(id, known, Some(element), mode, Confidence::High, accesses);
        }
    }

    /// `switch k := frame.Kind.(type) { case *pb.Frame_Status: … default: … }`.
    fn switched(
        &self,
        id: Id,
        known: &Known<'_>,
        wrappers: &[Wrapper<'_>],
        accesses: &mut Vec<Access>,
    ) {
        let s = self.context.syntax;
        let arms = s.named(id).filter(|&arm| s.kind(arm) == "type_case");
        let types = arms.flat_map(|arm| s.children(arm).filter(|&t| s.role(t) == Some("type")));
        let members: Option<Vec<&str>> = types
            .filter(|&t| s.text(t) != "nil")
            .map(|t| self.member_of(t, known, wrappers))
            .collect();
        // Where other types stand among them, it is no decision about the oneof alone.
        let Some(members) = members.filter(|m| !m.is_empty()) else {
            return;
        };
        let other = match s.named(id).find(|&arm| s.kind(arm) == "default_case") {
            Some(arm) => self.outcome(arm),
            None => Other::Unclear,
        };
        let mode = Mode::Matches {
            known: members.into_iter().map(str::to_owned).collect(),
            other,
        };
        // Who sends what it decides over is not seen: perhaps a client, and never the code that sets the member.
        self.add(id, known, None, mode, Confidence::Medium, accesses);
    }

    /// Returns the member that a type holds.
    fn member_of<'w>(
        &self,
        typed: Id,
        known: &Known<'_>,
        wrappers: &[Wrapper<'w>],
    ) -> Option<&'w str> {
        let s = self.context.syntax;
        let path = s.path(s.bare(typed))?;
        let held = wrappers
            .iter()
            .find(|w| known.reach.covers(&path, std::slice::from_ref(&w.name)) == Some(path.len()));
        held.map(|w| w.member)
    }
}

/// The type that holds a member.
struct Wrapper<'w> {
    name: String,
    member: &'w str,
}

/// Returns the types that hold the members of the oneofs of a message.
fn wrappers<'w>(known: &Known<'w>) -> Vec<Wrapper<'w>> {
    let prefixes = known.names.types.iter().map(|t| format!("{t}_"));
    let prefixes: Vec<String> = prefixes.collect();
    let wrapper = |member: &'w String| {
        let names = generated(known.surface, Some(member), Tongue::Go).members;
        let name = names
            .into_iter()
            .find(|n| prefixes.iter().any(|p| n.starts_with(p.as_str())))?;
        Some(Wrapper { name, member })
    };
    known.values.iter().filter_map(wrapper).collect()
}
