//! Clients that call and servers that answer.

use coexist_model::{Access, Confidence, Mode, Surface, SurfaceKind};

use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

use super::values::{MAKERS, callee_path};
use super::{Known, Wire};

impl Wire<'_, '_, '_, '_> {
    /// Adds calls and registrations.
    pub(super) fn rpc(&self, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        if self.of_kind(SurfaceKind::Rpc).next().is_none() {
            return;
        }
        for id in s.all() {
            self.called(id, accesses);
            self.inherited(id, accesses);
            if self.tongue == Tongue::Go {
                self.go_server(id, accesses);
            }
        }
        // A method with the name of an RPC is surely its handler where the file also says that it is a server.
        let sure: Vec<Surface> = accesses
            .iter()
            .filter(|a| a.mode == Mode::Serves && a.element.is_none())
            .map(|a| a.surface.clone())
            .collect();
        for access in accesses
            .iter_mut()
            .filter(|a| a.mode == Mode::Serves && a.confidence == Confidence::Medium)
        {
            if sure.contains(&access.surface) {
                access.confidence = Confidence::High;
            }
        }
    }

    fn called(&self, id: Id, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let call = s.call(id)?;
        let name = s.called(call);
        let path = callee_path(s, s.bare(call.callee));
        // `(*pb.OrdersServer)(nil)` names a type and makes nothing.
        let converts = s.kind(call.callee) == "parenthesized_expression";
        for (_, known) in self.of_kind(SurfaceKind::Rpc) {
            let covers = |list: &[String]| {
                path.as_ref()
                    .filter(|_| !converts)
                    .and_then(|p| known.reach.covers(p, list))
                    .is_some()
            };
            let registers = matches!(name, "addService" | "add_service" | "service" | "handle");
            let connects = matches!(name, "createClient" | "createPromiseClient");
            let given = (registers || connects) && self.given(id, known);
            // A client that is made calls nothing yet: that it is made to call is likely.
            let (mode, confidence) = if covers(&known.names.servers) || (registers && given) {
                (Mode::Serves, Confidence::High)
            } else if covers(&known.names.clients) || (connects && given) {
                (Mode::Calls, Confidence::Medium)
            } else {
                continue;
            };
            self.add(id, known, None, mode, confidence, accesses);
        }
        let receiver = s.receiver(call)?;
        let target = self.values.value_target(s, &self.known, receiver);
        match target.filter(|t| t.client) {
            Some(target) => {
                let known = &self.known[target.known];
                // Another method than those that are asked for is a call of the service all the same.
                let method = known.element(name, |n| &n.members);
                let mode = method.map_or(Mode::Calls, |m| self.calls(id, known, m));
                if method.is_some() || !MAKERS.contains(&name) {
                    self.add(id, known, method, mode, Confidence::High, accesses);
                }
            }
            None => self.guessed(id, receiver, name, accesses),
        }
        Some(())
    }

    /// A method of that name on something unknown, in a file that has the client's type.
    fn guessed(&self, id: Id, receiver: Id, name: &str, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        let asks = s.last_name(receiver).to_lowercase();
        let may = ["client", "stub", "svc", "service", "api", "rpc", "grpc"]
            .iter()
            .any(|w| asks.contains(w));
        if !may || matches!(asks.as_str(), "self" | "this" | "super") {
            return;
        }
        for (_, known) in self.of_kind(SurfaceKind::Rpc) {
            let Some(method) = known.element(name, |n| &n.members) else {
                continue;
            };
            // What is called so with this package at hand may be a client under a name of its own.
            let renamed =
                self.tongue == Tongue::Go && ["client", "stub"].iter().any(|w| asks.contains(w));
            let has_client = renamed
                || known
                    .names
                    .clients
                    .iter()
                    .any(|c| self.context.file.text.contains(super::last(c)));
            if has_client {
                self.add(
                    id,
                    known,
                    Some(method),
                    self.calls(id, known, method),
                    Confidence::Medium,
                    accesses,
                );
            }
        }
    }

    /// Returns whether an argument names the service or its server.
    fn given(&self, id: Id, known: &Known<'_>) -> bool {
        let s = self.context.syntax;
        let arguments = s.call(id).map(|c| s.arguments(c)).unwrap_or_default();
        arguments.iter().filter_map(|&a| s.path(a)).any(|p| {
            known
                .reach
                .covers(&p, &known.names.servers)
                .or_else(|| known.reach.covers(&p, &known.names.types))
                .is_some()
        })
    }

    /// A class that extends or implements the server.
    fn inherited(&self, id: Id, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        for (_, known) in self.of_kind(SurfaceKind::Rpc) {
            let Some(at) = self.heir(id, known, &known.names.servers) else {
                continue;
            };
            self.add(at, known, None, Mode::Serves, Confidence::High, accesses);
            for function in s
                .below(id)
                .filter(|&f| s.profile.functions.contains(&s.kind(f)))
            {
                let Some(name) = s.child(function, "name") else {
                    continue;
                };
                if let Some(method) = known.element(s.text(name), |n| &n.members) {
                    self.add(
                        name,
                        known,
                        Some(method),
                        Mode::Serves,
                        Confidence::High,
                        accesses,
                    );
                }
            }
        }
        Some(())
    }

    /// A struct that embeds the unimplemented server, and methods with the name of an RPC.
    fn go_server(&self, id: Id, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        match s.kind(id) {
            "field_declaration" if s.child(id, "name").is_none() => {
                let path = s.path(s.child(id, "type")?)?;
                for (_, known) in self.of_kind(SurfaceKind::Rpc) {
                    if known.reach.covers(&path, &known.names.servers) == Some(path.len()) {
                        self.add(id, known, None, Mode::Serves, Confidence::High, accesses);
                    }
                }
            }
            "method_declaration" => {
                let name = s.child(id, "name")?;
                for (_, known) in self.of_kind(SurfaceKind::Rpc) {
                    let Some(method) = known.element(s.text(name), |n| &n.members) else {
                        continue;
                    };
                    if self.is_go_method(id, known) && !self.is_of_go_client(id) {
                        self.add(
                            name,
                            known,
                            Some(method),
                            Mode::Serves,
                            Confidence::Medium,
                            accesses,
                        );
                    }
                }
            }
            _ => {}
        }
        Some(())
    }
}
