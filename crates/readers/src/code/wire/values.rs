//! What values of a file are: which message or client a name holds.

use std::collections::BTreeMap;

use coexist_model::SurfaceKind;

use crate::code::context::Context;
use crate::code::profile::Pick;
use crate::code::syntax::{Id, Syntax};
use crate::code::view::Call;

use super::Known;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    /// The surface, as an index into what is known.
    pub(super) known: usize,
    /// Whether it is a client of the service; else it is a message or an enum.
    pub(super) client: bool,
    /// Whether a declared type says so; else what was assigned does.
    pub(super) declared: bool,
}

#[derive(Debug)]
struct Binding {
    at: Id,
    /// The function it stands in.
    scope: Option<Id>,
    target: Option<Target>,
}

/// The names of a file that hold something.
#[derive(Debug, Default)]
pub(super) struct Values {
    names: BTreeMap<String, Vec<Binding>>,
    /// Fields of objects, by name alone.
    fields: BTreeMap<String, Vec<Binding>>,
}

/// What may stand behind a type's name where a value of it is made.
pub(super) const MAKERS: &[&str] = &[
    "new",
    "New",
    "default",
    "create",
    "newBuilder",
    "fromPartial",
    "fromJSON",
    "fromJson",
    "fromBinary",
    "from_binary",
    "parseFrom",
    "ParseFromString",
    "FromString",
    "decode",
    "connect",
    "getDefaultInstance",
    "build",
    "buildPartial",
    "unwrap",
    "clone",
    "Builder",
    "of",
    "parse",
    "deserializeBinary",
    "with_interceptor",
    "newBlockingStub",
    "newFutureStub",
    "newStub",
    "lazy",
    "with_origin",
];

/// Containers that hold one value and hand its members on.
const HOLDERS: &[&str] = &[
    "Request",
    "Response",
    "Option",
    "Box",
    "Arc",
    "Rc",
    "Optional",
    "Promise",
    "Mutex",
    "RwLock",
    "Readonly",
    "Partial",
    "DeepPartial",
];

impl Values {
    /// Finds what the names of a file hold.
    pub(super) fn of(context: &Context<'_, '_>, known: &[Known<'_>]) -> Self {
        let s = context.syntax;
        let mut values = Self::default();
        for id in s.all() {
            let kind = s.kind(id);
            for &(_, names, typed, value) in s.profile.bindings.iter().filter(|b| b.0 == kind) {
                values.bind(s, known, id, (names, typed, value));
            }
            for &(_, left, right) in s.profile.assignments.iter().filter(|a| a.0 == kind) {
                values.bind(s, known, id, (left, Pick::None, right));
            }
        }
        values
    }

    fn bind(
        &mut self,
        s: &Syntax<'_>,
        known: &[Known<'_>],
        id: Id,
        (names, typed, value): (Pick, Pick, Pick),
    ) {
        let names: Vec<Id> = s
            .picks(id, names)
            .into_iter()
            .flat_map(|n| listed(s, n))
            .collect();
        let typed = s.pick(id, typed).filter(|t| !names.contains(t));
        let declared = typed.and_then(|t| type_target(s, known, t));
        let values: Vec<Id> = s
            .picks(id, value)
            .into_iter()
            .flat_map(|v| listed(s, v))
            .filter(|v| !names.contains(v))
            .collect();
        let untyped = typed.is_none_or(|t| s.text(t) == "var");
        for (index, &name) in names.iter().enumerate() {
            // The first result of a call is the value, others are errors.
            let value = if values.len() == names.len() {
                values.get(index)
            } else {
                values.first().filter(|_| index == 0)
            };
            let made = value
                .filter(|_| untyped)
                .and_then(|&v| self.value_target(s, known, v));
            if typed.is_none() && value.is_none() && index == 0 {
                continue;
            }
            self.insert(s, id, name, declared.or(made));
        }
    }

    fn insert(&mut self, s: &Syntax<'_>, id: Id, name: Id, target: Option<Target>) {
        // `Some(x)`, a declarator with its value, a declaration with its type.
        let name = if s.is_name(name) || s.member(name).is_some() {
            name
        } else {
            s.child(name, "name")
                .or_else(|| s.named(name).find(|&n| s.is_name(n)))
                .unwrap_or(name)
        };
        let Some(path) = s.path(name) else { return };
        let scope = s.function(id);
        let binding = |scope| Binding {
            at: id,
            scope,
            target,
        };
        match path.as_slice() {
            [name] if name.starts_with('@') => self
                .fields
                .entry((*name).to_owned())
                .or_default()
                .push(binding(None)),
            [name] => {
                if scope.is_none() {
                    self.fields
                        .entry((*name).to_owned())
                        .or_default()
                        .push(binding(None));
                }
                self.names
                    .entry((*name).to_owned())
                    .or_default()
                    .push(binding(scope));
            }
            ["self" | "this", name] => self
                .fields
                .entry((*name).to_owned())
                .or_default()
                .push(binding(None)),
            _ => {}
        }
    }

    /// Returns what an expression is.
    pub(super) fn value_target(
        &self,
        s: &Syntax<'_>,
        known: &[Known<'_>],
        id: Id,
    ) -> Option<Target> {
        let mut at = s.bare(id);
        for _ in 0..60 {
            if let Some(&(_, typed, _)) = s
                .profile
                .composites
                .iter()
                .find(|c| c.0 == s.kind(at) && s.call(at).is_none())
            {
                return type_target(s, known, s.pick(at, typed)?).map(made);
            }
            if let Some(path) = s.path(at) {
                return constructed(known, &path).or_else(|| self.lookup(s, at, &path));
            }
            if matches!(s.kind(at), "type_assertion_expression") {
                return type_target(s, known, s.child(at, "type")?);
            }
            let call = s.call(at)?;
            let callee = s.bare(call.callee);
            let path = callee_path(s, callee);
            if let Some(path) = path {
                if let Some(target) = constructed(known, &path) {
                    return Some(target);
                }
                if matches!(
                    path.last().copied(),
                    Some(
                        "create"
                            | "createClient"
                            | "createPromiseClient"
                            | "createGrpcClient"
                            | "fromBinary"
                            | "fromJson"
                    )
                ) {
                    let first = s.arguments(call).first().and_then(|&a| s.path(a))?;
                    return named(known, &first).map(made);
                }
            }
            if let Some(target) = self.answered(s, known, call) {
                return Some(target);
            }
            // A chain of a builder, or what hands the same value on.
            let (object, name) = s.member(callee)?;
            let name = s.text(name);
            let same = MAKERS.contains(&name)
                || name.starts_with("set")
                || name.starts_with("with")
                || name.starts_with("add")
                || matches!(
                    name,
                    "into_inner"
                        | "await"
                        | "apply"
                        | "also"
                        | "get_mut"
                        | "get_ref"
                        | "as_ref"
                        | "toBuilder"
                        | "clone"
                );
            if !same {
                return None;
            }
            at = s.bare(object);
        }
        None
    }

    /// Returns the message that a call of an RPC is answered with. What it sends tells which RPC it is; where that is not seen, the
    /// receiver says that it is a client.
    fn answered(&self, s: &Syntax<'_>, known: &[Known<'_>], call: Call) -> Option<Target> {
        let receiver = s.last_name(s.receiver(call)?).to_lowercase();
        let is_client = ["client", "stub"].iter().any(|w| receiver.contains(w));
        let (name, arguments) = (s.called(call), s.arguments(call));
        known.iter().enumerate().find_map(|(index, known)| {
            let mut answers = known.answers.iter();
            let (_, request) = answers.find(|(methods, _)| methods.iter().any(|m| m == name))?;
            let sends = arguments.iter().any(|&a| {
                let path = made_type(s, a);
                path.is_some_and(|path| {
                    let end = known.reach.covers(&path, request);
                    end.is_some_and(|end| path[end..].iter().all(|n| MAKERS.contains(n)))
                })
            });
            (sends || (is_client && !arguments.is_empty())).then_some(Target {
                known: index,
                client: false,
                declared: sends,
            })
        })
    }

    /// Returns what a name or a field holds at a place.
    fn lookup(&self, s: &Syntax<'_>, at: Id, path: &[&str]) -> Option<Target> {
        if let [name] = path
            && !name.starts_with('@')
        {
            let here = self
                .names
                .get(*name)?
                .iter()
                .filter(|b| b.at <= at && b.scope.is_none_or(|f| s.is_within(at, f)));
            return here.max_by_key(|b| (b.scope, b.at))?.target;
        }
        let all = self.fields.get(*path.last()?)?;
        let targets: Vec<Option<Target>> = all
            .iter()
            .map(|b| b.target)
            .filter(Option::is_some)
            .collect();
        // Fields of one name that hold different things are not told apart.
        let first = targets.first().copied().flatten()?;
        let same = targets
            .iter()
            .flatten()
            .all(|t| t.known == first.known && t.client == first.client);
        (same && targets.len() == all.len()).then_some(first)
    }
}

/// Returns the path of the type that an expression makes a value of: `&pb.Ask{}`, `pb.Ask(id=1)`, `Ask { id: 1 }`.
fn made_type<'a>(s: &Syntax<'a>, id: Id) -> Option<Vec<&'a str>> {
    let at = s.bare(id);
    let mut composites = s.profile.composites.iter();
    if let Some(&(_, typed, _)) = composites.find(|c| c.0 == s.kind(at)) {
        return s.path(s.bare(s.pick(at, typed)?));
    }
    callee_path(s, s.bare(s.call(at)?.callee))
}

fn made(target: Target) -> Target {
    Target {
        declared: false,
        ..target
    }
}

/// Returns the path of what is called, also where the call is a member of its own.
pub(super) fn callee_path<'a>(s: &Syntax<'a>, callee: Id) -> Option<Vec<&'a str>> {
    if let Some(path) = s.path(callee) {
        return Some(path);
    }
    let Some((object, name)) = s.member(callee) else {
        let name = s.last_name(callee);
        return (!name.is_empty()).then(|| vec![name]);
    };
    let mut path = s.path(object)?;
    path.push(s.text(name));
    Some(path)
}

/// The names or values of a list.
fn listed(s: &Syntax<'_>, id: Id) -> Vec<Id> {
    if matches!(
        s.kind(id),
        "expression_list"
            | "pattern_list"
            | "tuple"
            | "left_assignment_list"
            | "right_assignment_list"
    ) {
        return s.named(id).collect();
    }
    vec![id]
}

/// Returns what a declared type is.
pub(super) fn type_target(s: &Syntax<'_>, known: &[Known<'_>], id: Id) -> Option<Target> {
    let mut at = s.bare(id);
    for _ in 0..8 {
        let arguments = s.children(at).find(|&c| s.kind(c) == "type_arguments");
        let path = s.path(at);
        let holder = path
            .as_ref()
            .and_then(|p| p.last())
            .is_some_and(|l| HOLDERS.contains(l));
        if let (Some(arguments), true) = (arguments, holder) {
            at = s.bare(s.named(arguments).next()?);
            if matches!(s.kind(at), "type_projection") {
                at = s.bare(s.named(at).next()?);
            }
            continue;
        }
        // A list of messages is no message.
        if arguments.is_some()
            && !path
                .as_ref()
                .is_some_and(|p| p.iter().any(|n| n.contains("Client") || n.contains("Stub")))
        {
            return None;
        }
        return named(known, &path?);
    }
    None
}

/// Returns what a whole path names as a type.
fn named(known: &[Known<'_>], path: &[&str]) -> Option<Target> {
    known.iter().enumerate().find_map(|(index, k)| {
        let whole = |list: &[String]| k.reach.covers(path, list) == Some(path.len());
        let is_service = k.surface.kind == SurfaceKind::Rpc;
        let client = is_service && (whole(&k.names.clients) || whole(&k.names.types));
        (client || (!is_service && whole(&k.names.types))).then_some(Target {
            known: index,
            client,
            declared: true,
        })
    })
}

/// Returns what a call of a path makes.
fn constructed(known: &[Known<'_>], path: &[&str]) -> Option<Target> {
    known.iter().enumerate().find_map(|(index, k)| {
        let is_service = k.surface.kind == SurfaceKind::Rpc;
        let list = if is_service {
            &k.names.clients
        } else {
            &k.names.types
        };
        let end = k.reach.covers(path, list)?;
        path[end..]
            .iter()
            .all(|n| MAKERS.contains(n))
            .then_some(Target {
                known: index,
                client: is_service,
                declared: false,
            })
    })
}
