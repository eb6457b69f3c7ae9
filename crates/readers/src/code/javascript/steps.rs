//! The calls that a way of a migration makes, in the order in which they run.
//!
//! A chain runs from its start, `a.then(() => b)` has `a` before `b`: calls are ordered by where the name of what they call stands.
//! A loop over a list that stands in the file is gone through item by item, and a function of the file is read where it is called.

use crate::code::branches::is_branch;
use crate::code::syntax::Id;
use crate::code::view::Call;

use super::Program;
use super::values::Scope;

/// Loops and functions in each other that are followed.
const DEEPEST: usize = 6;
/// Calls that are followed in one way.
const MOST_STEPS: usize = 20_000;

/// A call that a migration makes.
#[derive(Debug, Clone)]
pub(in crate::code) struct Step<'a> {
    /// The call.
    pub(in crate::code) id: Id,
    pub(in crate::code) call: Call,
    /// What is called.
    pub(in crate::code) name: &'a str,
    /// What names stand for there.
    pub(in crate::code) scope: Scope<'a>,
    /// Whether it is made only sometimes.
    pub(in crate::code) conditional: bool,
}

impl<'a> Program<'_, '_, 'a> {
    /// Returns the calls that a function makes.
    pub(in crate::code) fn steps(&self, way: Id) -> Vec<Step<'a>> {
        let mut walk = Walk {
            program: self,
            left: MOST_STEPS,
        };
        walk.below(way, &Scope::new(), false, DEEPEST)
    }

    /// Returns the calls behind a call in its chain, with what they call: `.notNullable()`, `.defaultTo(1)`.
    pub(in crate::code) fn chained(&self, id: Id) -> Vec<(&'a str, Id)> {
        let s = self.context.syntax;
        let mut found = Vec::new();
        let mut at = id;
        loop {
            let member = s.parent(at).filter(|&m| s.child(m, "object") == Some(at));
            let Some(member) = member.filter(|&m| s.member(m).is_some()) else {
                // `await`, parentheses and the like around a part of the chain.
                match s
                    .parent(at)
                    .filter(|&up| s.profile.wrappers.contains(&s.kind(up)))
                {
                    Some(up) => {
                        at = up;
                        continue;
                    }
                    None => return found,
                }
            };
            let call = s
                .parent(member)
                .filter(|&c| s.call(c).is_some_and(|c| c.callee == member));
            let Some(call) = call else { return found };
            found.push((s.last_name(member), call));
            at = call;
        }
    }

    /// Returns the names before the first call of the chain that a call stands in, and the first call: `knex.schema` of
    /// `knex.schema.createTable(…).createTable(…)`.
    pub(in crate::code) fn root(&self, id: Id) -> Vec<&'a str> {
        let s = self.context.syntax;
        let mut at = id;
        loop {
            at = s.bare(at);
            if let Some(call) = s.call(at) {
                at = call.callee;
            } else if let Some(path) = s.path(at) {
                return path;
            } else if let Some((object, _)) = s.member(at) {
                at = object;
            } else {
                return Vec::new();
            }
        }
    }

    /// Returns the arguments of a call.
    pub(in crate::code) fn arguments(&self, id: Id) -> Vec<Id> {
        let s = self.context.syntax;
        s.call(id).map(|c| s.arguments(c)).unwrap_or_default()
    }
}

struct Walk<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    left: usize,
}

impl<'a> Walk<'_, '_, '_, 'a> {
    fn below(
        &mut self,
        root: Id,
        scope: &Scope<'a>,
        conditional: bool,
        depth: usize,
    ) -> Vec<Step<'a>> {
        let s = self.program.context.syntax;
        let mut groups: Vec<(usize, Vec<Step<'a>>)> = Vec::new();
        let mut at = s.below(root).start;
        while at < s.below(root).end {
            let id = at;
            at += 1;
            if s.kind(id) == "function_declaration" || self.is_named_closure(id) {
                at = s.below(id).end;
                continue;
            }
            let sometimes = || {
                let up = s.ancestors(id).take_while(|&up| up != root);
                conditional || up.into_iter().any(|up| is_branch(s, up))
            };
            let repeated = (depth > 0).then(|| self.repeated(id, scope)).flatten();
            if let Some((body, scopes)) = repeated {
                let sometimes = sometimes();
                let mut steps = Vec::new();
                for scope in scopes {
                    steps.extend(self.below(body, &scope, sometimes, depth - 1));
                }
                groups.push((self.position(id), steps));
                at = s.below(id).end;
                continue;
            }
            let Some(call) = s.call(id) else { continue };
            let Some(left) = self.left.checked_sub(1) else {
                break;
            };
            self.left = left;
            let called = (depth > 0).then(|| self.called(id, scope)).flatten();
            let steps = match called {
                Some((body, inner)) => self.below(body, &inner, sometimes(), depth - 1),
                None => vec![Step {
                    id,
                    call,
                    name: s.called(call),
                    scope: scope.clone(),
                    conditional: sometimes(),
                }],
            };
            groups.push((self.position(id), steps));
        }
        groups.sort_by_key(|(position, _)| *position);
        groups.into_iter().flat_map(|(_, steps)| steps).collect()
    }

    /// `const helper = async () => …` runs where it is called.
    fn is_named_closure(&self, id: Id) -> bool {
        let s = self.program.context.syntax;
        let declares = s.kind(id) == "variable_declarator";
        let value = s.child(id, "value").filter(|_| declares);
        value.is_some_and(|v| s.profile.functions.contains(&s.kind(s.bare(v))))
    }

    /// Returns where the name of what is called stands.
    fn position(&self, id: Id) -> usize {
        let s = self.program.context.syntax;
        let callee = s.call(id).map(|c| s.bare(c.callee));
        let name = callee.map(|c| s.member(c).map_or(c, |(_, name)| name));
        s.range(name.unwrap_or(id)).start
    }

    /// Returns the body of a loop over a list that stands in the file, with what its names stand for each time.
    fn repeated(&self, id: Id, scope: &Scope<'a>) -> Option<(Id, Vec<Scope<'a>>)> {
        let s = self.program.context.syntax;
        if s.kind(id) == "for_in_statement" {
            let items = self.program.items(s.child(id, "right")?, scope)?;
            let pattern = s.child(id, "left")?;
            let scopes = items
                .iter()
                .map(|&item| self.bind(&[pattern], &[item], scope));
            return Some((s.child(id, "body")?, scopes.collect()));
        }
        let call = s.call(id)?;
        if !matches!(s.called(call), "forEach" | "map") {
            return None;
        }
        let items = self.program.items(s.receiver(call)?, scope)?;
        let function = self.program.function(*s.arguments(call).first()?)?;
        let parameters = self.program.parameters(function);
        let scopes = items
            .iter()
            .map(|&item| self.bind(&parameters, &[item], scope));
        Some((function, scopes.collect()))
    }

    /// Returns the function of the file that is called, with what its parameters stand for.
    fn called(&self, id: Id, scope: &Scope<'a>) -> Option<(Id, Scope<'a>)> {
        let s = self.program.context.syntax;
        let call = s.call(id)?;
        let callee = s.bare(call.callee);
        let function = *self
            .program
            .functions
            .get(s.text(callee))
            .filter(|_| s.is_name(callee))?;
        let parameters = self.program.parameters(function);
        // What calls itself is read once.
        let inside = s.is_within(id, function);
        let given = s.arguments(call);
        (!inside).then(|| (function, self.bind(&parameters, &given, scope)))
    }

    /// Returns a scope in which patterns stand for values.
    fn bind(&self, patterns: &[Id], values: &[Id], outer: &Scope<'a>) -> Scope<'a> {
        let s = self.program.context.syntax;
        let mut scope = outer.clone();
        for (&pattern, &value) in patterns.iter().zip(values) {
            let value = self.program.resolve(value, outer);
            match s.kind(pattern) {
                "object_pattern" => {
                    let object = self.program.object(value, outer).unwrap_or_default();
                    for name in self.program.names_in(pattern) {
                        scope.remove(name);
                        scope.extend(object.get(name).map(|v| (name, v)));
                    }
                }
                "array_pattern" => {
                    let items = self.program.items(value, outer).unwrap_or_default();
                    let names = s.named(pattern).map(|n| s.text(n));
                    scope.extend(names.zip(items));
                }
                _ => {
                    let names = self.program.names_in(pattern);
                    scope.extend(names.first().map(|&name| (name, value)));
                }
            }
        }
        scope
    }
}
