//! Methods that answer an RPC, calls that only hand one on, and calls that cope with a server which does not know the method.

use coexist_model::{Access, Handler, Mode, Other, Place, SurfaceKind};

use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

use super::{Known, Wire};

/// Calls that ask whether an error is of a kind, lowercase.
const ASKING: &[&str] = &[
    "as", "is", "asa", "matches", "contains", "includes", "equals", "has",
];

/// How names of calls begin that ask something, lowercase.
const PREDICATES: &[&str] = &["is", "has", "was"];

impl Wire<'_, '_, '_, '_> {
    /// Returns the RPC method whose body a node stands in.
    pub(super) fn handler(&self, id: Id) -> Option<Handler> {
        let s = self.context.syntax;
        let function = s.named_function(id)?;
        let name = s.text(s.child(function, "name")?);
        let of = |known: &Known<'_>| {
            let method = known.element(name, |n| &n.members)?;
            self.answers(function, known).then(|| Handler {
                service: Some(known.surface.clone()),
                method: method.into(),
            })
        };
        let known = self.of_kind(SurfaceKind::Rpc).find_map(|(_, k)| of(k));
        known.or_else(|| {
            self.has_form_of_handler(function).then(|| Handler {
                service: None,
                method: name.into(),
            })
        })
    }

    /// Returns whether a method with the name of an RPC is one of the service's server, or of its client: what calls the method
    /// calls the RPC, and the body by itself calls nothing.
    fn answers(&self, function: Id, known: &Known<'_>) -> bool {
        if self.tongue == Tongue::Go {
            return self.is_go_method(function, known);
        }
        let names = &known.names;
        let lists = [&names.servers, &names.clients, &names.types];
        let s = self.context.syntax;
        s.ancestors(function)
            .any(|up| lists.iter().any(|l| self.heir(up, known, l).is_some()))
    }

    /// Returns where a class says that it extends or implements one of the names generated for the service.
    pub(super) fn heir(&self, class: Id, known: &Known<'_>, list: &[String]) -> Option<Id> {
        let s = self.context.syntax;
        let (_, picks) = s.profile.heritages.iter().find(|h| h.0 == s.kind(class))?;
        let names = |at: Id| {
            s.path(at)
                .is_some_and(|p| known.reach.covers(&p, list) == Some(p.len()))
        };
        picks
            .iter()
            .filter_map(|&p| s.pick(class, p))
            .flat_map(|p| std::iter::once(p).chain(s.below(p)))
            .find(|&at| names(at))
    }

    /// Returns whether a Go method has the form that the interfaces of a generated service demand: a message in and one out, or
    /// a stream. A type that has all of them implements the interface without saying so.
    pub(super) fn is_go_method(&self, function: Id, known: &Known<'_>) -> bool {
        let s = self.context.syntax;
        if s.kind(function) != "method_declaration" {
            return false;
        }
        let generated = |place: Option<Id>| -> Vec<Id> {
            let below = place.into_iter().flat_map(|p| s.below(p));
            below
                .filter(|&t| match s.child(t, "package") {
                    Some(package) => known.reach.may_type(std::iter::once(s.text(package))),
                    None => known.reach.may_type(std::iter::empty()) && s.is_name(t),
                })
                .collect()
        };
        let (parameters, result) = (s.child(function, "parameters"), s.child(function, "result"));
        let (takes, gives) = (generated(parameters), generated(result));
        // The other message may come from another package: `*emptypb.Empty`.
        let message = |place: Option<Id>| {
            let below = place.into_iter().flat_map(|p| s.below(p));
            below
                .filter(|&t| s.kind(t) == "pointer_type")
                .any(|t| s.child(s.bare(t), "package").is_some())
        };
        let streams =
            |types: &[Id], end: &str| types.iter().any(|&t| s.last_name(t).ends_with(end));
        (!takes.is_empty() && (!gives.is_empty() || message(result)))
            || (!gives.is_empty() && message(parameters))
            || streams(&takes, "Server")
            || streams(&gives, "Client")
    }

    /// Returns whether a Go method is of a client: the interfaces of clients alone take options of the call.
    pub(super) fn is_of_go_client(&self, function: Id) -> bool {
        let s = self.context.syntax;
        let parameters = s.child(function, "parameters");
        let mut variadic = parameters
            .into_iter()
            .flat_map(|p| s.named(p))
            .filter(|&p| s.kind(p) == "variadic_parameter_declaration")
            .filter_map(|p| s.child(p, "type"));
        variadic.any(|t| s.last_name(t) == "CallOption")
    }

    /// Returns whether a Go method is `M(context.Context, *p.T) (*p.U, error)`: a handler of a service that is declared elsewhere.
    fn has_form_of_handler(&self, function: Id) -> bool {
        let s = self.context.syntax;
        if self.tongue != Tongue::Go || s.kind(function) != "method_declaration" {
            return false;
        }
        let types = |role: &str| -> Vec<Id> {
            let list = s.child(function, role).into_iter();
            list.flat_map(|l| s.named(l))
                .filter_map(|p| s.child(p, "type"))
                .collect()
        };
        let package = |pointer: Id| {
            (s.kind(pointer) == "pointer_type").then_some(())?;
            s.child(s.bare(pointer), "package").map(|p| s.text(p))
        };
        match (types("parameters").as_slice(), types("result").as_slice()) {
            ([context, request], [response, error]) => {
                s.text(*context) == "context.Context"
                    && s.text(*error) == "error"
                    && package(*request).is_some()
                    && package(*request) == package(*response)
            }
            _ => false,
        }
    }

    /// Returns how a call of a method counts: handed on from the body of the very same method, or made.
    pub(super) fn calls(&self, id: Id, known: &Known<'_>, method: &str) -> Mode {
        match self.handler(id) {
            Some(handler)
                if handler.service.as_ref() == Some(known.surface)
                    && &*handler.method == method =>
            {
                Mode::Forwards
            }
            _ => Mode::Calls,
        }
    }

    /// Fills in what the place of a call says of it.
    pub(super) fn placed(&self, id: Id, access: &mut Access) {
        access.within = self.handler(id);
        if access.mode == Mode::Calls && access.element.is_some() {
            access.copes = self.copes(id);
        }
    }

    /// Returns where the function around a call goes on although the server answered that it does not know the method.
    fn copes(&self, call: Id) -> Option<Place> {
        let s = self.context.syntax;
        let function = s.named_function(call).or_else(|| s.function(call))?;
        let asked = s
            .below(function)
            .filter(|&at| at > call)
            .find(|&at| self.asks_for_unimplemented(at, function) && self.goes_on(at, function));
        let at = asked.or_else(|| self.swallowed(call))?;
        Some(self.context.file.place(s.range(at)))
    }

    /// Returns the condition that takes the error of a call in Go and goes on without it: `if err != nil { log(err); return nil }`.
    fn swallowed(&self, call: Id) -> Option<Id> {
        let s = self.context.syntax;
        let statement = s
            .ancestors(call)
            .take(4)
            .find(|&up| matches!(s.kind(up), "short_var_declaration" | "assignment_statement"))?;
        let error = s.named(s.child(statement, "left")?).last()?;
        let block = s.parent(statement)?;
        let next = s.named(block).find(|&n| n > s.below(statement).end - 1)?;
        let condition = s
            .child(next, "condition")
            .filter(|_| s.kind(next) == "if_statement")?;
        let asks = s.text(condition) == format!("{} != nil", s.text(error));
        let then = s.child(next, "consequence").filter(|_| asks)?;
        let statements = s.child_of(then, "statement_list").unwrap_or(then);
        let last = s.named(statements).last()?;
        let goes_on = match s.kind(last) {
            "continue_statement" | "break_statement" => true,
            // Of an error that is wrapped or handed on, somebody else decides.
            "return_statement" => s
                .named(last)
                .flat_map(|list| s.named(list))
                .all(|value| s.kind(value) == "nil"),
            _ => false,
        };
        goes_on.then_some(condition)
    }

    /// `codes.Unimplemented`, `StatusCode.UNIMPLEMENTED`, `Code::Unimplemented` or `isUnimplemented(e)`, where it is compared with.
    fn asks_for_unimplemented(&self, at: Id, function: Id) -> bool {
        let s = self.context.syntax;
        if !s.is_name(at) {
            return false;
        }
        let name = s.text(at).to_lowercase().replace('_', "");
        if name != "unimplemented" {
            return name.contains("unimplemented")
                && PREDICATES.iter().any(|p| name.starts_with(p));
        }
        for up in s.ancestors(at).take_while(|&up| up != function) {
            if s.profile.functions.contains(&s.kind(up)) {
                return true;
            }
            // An error that is made of it is an answer, no question.
            if s.profile.pairs.iter().any(|p| p.0 == s.kind(up)) {
                return false;
            }
            if let Some(call) = s.call(up)
                && call.arguments.is_some_and(|a| s.is_within(at, a))
            {
                let called = s.called(call).to_lowercase();
                return ASKING.contains(&called.as_str());
            }
        }
        true
    }

    /// Returns whether what runs then does not fail again.
    fn goes_on(&self, at: Id, function: Id) -> bool {
        let s = self.context.syntax;
        for up in s.ancestors(at).take_while(|&up| up != function) {
            let kind = s.kind(up);
            if let Some(branch) = s.profile.branches.iter().find(|b| b.kind == kind) {
                let asked = s
                    .pick(up, branch.condition)
                    .is_some_and(|c| s.is_within(at, c));
                let unequal = || {
                    s.pick(up, branch.condition)
                        .is_some_and(|c| s.text(c).contains("!="))
                };
                return !asked
                    || unequal()
                    || s.pick(up, branch.then)
                        .is_none_or(|then| self.outcome(then) != Other::Rejects);
            }
            if s.profile.decisions.iter().any(|d| d.arms.contains(&kind)) {
                return self.outcome(up) != Other::Rejects;
            }
        }
        true
    }
}
