//! Fields that are read and written, and enum values that are written and compared.

use coexist_model::{Access, Confidence, Mode, SurfaceKind};

use crate::code::syntax::Id;

use super::values::{Target, callee_path};
use super::{Known, Wire};

/// How names of calls begin that write a field.
const WRITERS: &[&str] = &["set", "Set", "add", "put", "clear", "Clear", "mut_"];

impl Wire<'_, '_, '_, '_> {
    /// Adds the uses of fields and values.
    pub(super) fn fields(&self, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        let messages = self.of_kind(SurfaceKind::Message).next().is_some();
        let enums = self.of_kind(SurfaceKind::Enum).next().is_some();
        let mut at = 0;
        let end = s.all().end;
        while at < end {
            if messages {
                self.literal(at, accesses);
                self.member(at, accesses);
            }
            let is_value = enums && self.value(at, accesses);
            // What names a value is read as a whole.
            at = if is_value {
                s.below(at).end.max(at + 1)
            } else {
                at + 1
            };
        }
    }

    /// `x.field`, `x.getField()`, `x.setField(1)`.
    fn member(&self, id: Id, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let (object, name) = s.member(id)?;
        let text = s.text(name);
        let any = self
            .of_kind(SurfaceKind::Message)
            .any(|(_, k)| k.element(text, |n| &n.members).is_some());
        if !any {
            return None;
        }
        let target = self
            .values
            .value_target(s, &self.known, object)
            .filter(|t| !t.client)?;
        let known = &self.known[target.known];
        let field = known.element(text, |n| &n.members)?;
        let sets = WRITERS.iter().any(|w| {
            text.strip_prefix(w).is_some_and(|rest| {
                *w == "mut_" || rest.starts_with(|c: char| c.is_uppercase() || c == '_')
            })
        });
        let mode = if sets || s.is_assigned(id) {
            Mode::Writes {
                values: self.written(id),
            }
        } else {
            Mode::Reads
        };
        let confidence = confidence(target, sets);
        if mode == Mode::Reads && self.forks(id) {
            self.add(
                name,
                known,
                Some(field),
                Mode::Decides,
                confidence,
                accesses,
            );
        }
        if mode == Mode::Reads && self.demands(id) {
            self.add(
                name,
                known,
                Some(field),
                Mode::Demands,
                confidence,
                accesses,
            );
        }
        self.add(name, known, Some(field), mode, confidence, accesses);
        Some(())
    }

    fn written(&self, id: Id) -> Vec<String> {
        let s = self.context.syntax;
        let Some(up) = s.parent(id) else {
            return Vec::new();
        };
        let right = s
            .profile
            .assignments
            .iter()
            .find(|a| a.0 == s.kind(up))
            .and_then(|a| s.pick(up, a.2));
        right.and_then(|r| self.plain(r)).into_iter().collect()
    }

    fn plain(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        let text = s.text(id);
        let short = text.len() < 100
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        let number = short && text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        self.context.strings.plain(id).or_else(|| {
            (number || matches!(text, "true" | "false" | "True" | "False")).then(|| text.to_owned())
        })
    }

    /// `T{Field: 1}`, `T(field=1)`, `create(TSchema, { field: 1 })`, `t { field = 1 }`, `const x: T = { field: 1 }`.
    fn literal(&self, id: Id, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let composite = s.profile.composites.iter().find(|c| c.0 == s.kind(id));
        let (target, body) = if let Some(&(_, typed, body)) = composite {
            let typed = s.pick(id, typed)?;
            (self.made(typed)?, s.pick(id, body)?)
        } else if s.kind(id) == "object" {
            (self.object(id)?, id)
        } else if s.kind(id) == "lambda_literal" {
            let call = s.above(id, &["call_expression"])?;
            let callee = s.call(call)?.callee;
            (self.made(callee)?, id)
        } else {
            return None;
        };
        let known = &self.known[target.known];
        for part in s.named(body) {
            let pairs = s.profile.pairs.iter().chain(s.profile.assignments);
            let form = pairs.into_iter().find(|p| p.0 == s.kind(part));
            let (key, value) = match form {
                Some(&(_, key, value)) => (s.pick(part, key), s.pick(part, value)),
                None if s.kind(part) == "shorthand_property_identifier" => (Some(part), None),
                None => (None, None),
            };
            let Some(key) = key else { continue };
            let name = s.text(key).trim_matches(['"', '\'']);
            if let Some(field) = known.element(name, |n| &n.members) {
                let values = value
                    .and_then(|v| self.plain(s.bare(v)))
                    .into_iter()
                    .collect();
                self.add(
                    key,
                    known,
                    Some(field),
                    Mode::Writes { values },
                    Confidence::High,
                    accesses,
                );
            }
        }
        Some(())
    }

    /// The message that a type or constructor names.
    fn made(&self, typed: Id) -> Option<Target> {
        let s = self.context.syntax;
        let path = callee_path(s, s.bare(typed))?;
        self.of_kind(SurfaceKind::Message)
            .find_map(|(index, known)| {
                let end = known.reach.covers(&path, &known.names.types)?;
                let rest_makes = path[end..]
                    .iter()
                    .all(|n| matches!(*n, "new" | "create" | "fromPartial" | "copy"));
                rest_makes.then_some(Target {
                    known: index,
                    client: false,
                    declared: true,
                })
            })
    }

    /// The message that an object literal of TypeScript becomes.
    fn object(&self, id: Id) -> Option<Target> {
        let s = self.context.syntax;
        let up = s.parent(id)?;
        if s.kind(up) == "arguments" {
            let call = s.call(s.parent(up)?)?;
            let first = s.arguments(call).first().copied()?;
            if first != id && s.called(call) == "create" {
                return self.made(first);
            }
            return self.made(call.callee).filter(|_| first == id);
        }
        if s.kind(up) == "variable_declarator" {
            let typed = s.child(up, "type")?;
            return super::values::type_target(s, &self.known, typed);
        }
        None
    }

    /// Returns whether the node names a value of a wanted enum.
    fn value(&self, id: Id, accesses: &mut Vec<Access>) -> bool {
        let s = self.context.syntax;
        if !(s.is_name(id) || s.member(id).is_some() || s.profile.rows.contains(&s.kind(id))) {
            return false;
        }
        let Some(path) = s.path(id) else { return false };
        let mut found = false;
        for (_, known) in self.of_kind(SurfaceKind::Enum) {
            let Some(value) = self.value_of(known, &path) else {
                continue;
            };
            found = true;
            if let Some((mode, confidence)) = self.purpose(id, value) {
                self.add(id, known, Some(value), mode, confidence, accesses);
            }
        }
        found
    }

    /// Returns the wanted value that a whole path names.
    pub(super) fn value_of<'k>(&self, known: &'k Known<'_>, path: &[&str]) -> Option<&'k str> {
        let names = |(_, names): &&(&str, crate::protobuf::generated::Generated)| {
            known.reach.covers(path, &names.values) == Some(path.len())
        };
        let (value, _) = known.elements.iter().find(names)?;
        (!is_of_another_type(known, path)).then_some(*value)
    }

    /// What is done with a value: compared, written, or nothing that counts (a branch of a decision is no use by itself).
    fn purpose(&self, id: Id, value: &str) -> Option<(Mode, Confidence)> {
        let s = self.context.syntax;
        let writes = Mode::Writes {
            values: vec![value.to_owned()],
        };
        let mut below = id;
        for up in s.ancestors(id).take(8) {
            let kind = s.kind(up);
            let compares = s.profile.operators.iter().any(|o| o.0 == kind)
                && s.child(up, "operators")
                    .or_else(|| s.child(up, "operator"))
                    .is_some_and(|o| s.text(o).contains(['=', '<', '>']) || s.text(o) == "in");
            if compares {
                return Some((Mode::Reads, Confidence::High));
            }
            if s.profile.decisions.iter().any(|d| d.arms.contains(&kind))
                || matches!(
                    kind,
                    "switch_label"
                        | "match_pattern"
                        | "case_pattern"
                        | "import_specifier"
                        | "use_declaration"
                )
            {
                return None;
            }
            let assigned = s
                .profile
                .assignments
                .iter()
                .find(|a| a.0 == kind)
                .and_then(|a| s.pick(up, a.2));
            let bound = s
                .profile
                .bindings
                .iter()
                .find(|b| b.0 == kind)
                .and_then(|b| s.pick(up, b.3));
            let paired = s
                .profile
                .pairs
                .iter()
                .find(|p| p.0 == kind)
                .and_then(|p| s.pick(up, p.2));
            let given = assigned
                .or(bound)
                .or(paired)
                .is_some_and(|v| s.is_within(below, v));
            if given || s.profile.returns.contains(&kind) {
                return Some((writes, Confidence::High));
            }
            if let Some(call) = s.call(up) {
                let name = s.called(call);
                let sets = WRITERS.iter().any(|w| name.starts_with(w));
                let callee = !call.arguments.is_some_and(|a| s.is_within(below, a));
                if callee {
                    // `Status.PAID.toString()`
                    return Some((Mode::Reads, Confidence::Medium));
                }
                return Some((
                    writes,
                    if sets {
                        Confidence::High
                    } else {
                        Confidence::Medium
                    },
                ));
            }
            if s.profile.functions.contains(&kind) {
                break;
            }
            below = up;
        }
        Some((writes, Confidence::Medium))
    }
}

/// Returns whether the value is taken from a type that is neither the enum nor what the enum stands in: `OtherStatus::Paid`.
fn is_of_another_type(known: &Known<'_>, path: &[&str]) -> bool {
    let [.., owner, _] = path else { return false };
    let own = known.names.types.iter().map(|t| super::last(t));
    let outer = known.surface.name.split('.');
    let is_type = owner.starts_with(|c: char| c.is_ascii_uppercase());
    is_type && !own.chain(outer).any(|name| name == *owner)
}

fn confidence(target: Target, sets: bool) -> Confidence {
    if target.declared || sets {
        Confidence::High
    } else {
        Confidence::Medium
    }
}
