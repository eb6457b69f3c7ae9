//! The queries through contexts: `context.Users.Where(u => u.Email == mail).Select(u => new { u.Id }).ToListAsync()`.
//!
//! <https://learn.microsoft.com/ef/core/querying/>. A query names every mapped column of what it gives back as entities; one that counts,
//! or selects, names what stands in it.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Access, Confidence, Mode, Reading};

use crate::code::context::Context;
use crate::code::csharp::{
    Chain, Class, Sent, classes, ends_chain, lambda, member_of, name_of, text, type_arguments,
};
use crate::code::orm::classes::use_of;
use crate::code::syntax::{Id, Syntax};

/// Calls that hand rows back.
const FETCHES: &[&str] = &[
    "ToList",
    "ToArray",
    "ToHashSet",
    "ToDictionary",
    "ToLookup",
    "First",
    "FirstOrDefault",
    "Single",
    "SingleOrDefault",
    "Last",
    "LastOrDefault",
    "Find",
    "ElementAt",
    "ElementAtOrDefault",
    "AsAsyncEnumerable",
    "AsEnumerable",
    "Load",
    "ForEach",
];
/// Calls after which a chain is about something else than whole rows.
const NARROWS: &[&str] = &[
    "Count",
    "LongCount",
    "Any",
    "All",
    "Sum",
    "Max",
    "Min",
    "Average",
    "Contains",
    "GroupBy",
    "SelectMany",
    "Join",
    "GroupJoin",
    "LeftJoin",
    "ProjectTo",
    "ProjectToType",
    "Entry",
];
/// Beginnings of the names of methods by which a repository of entities hands them out.
const OF_REPOSITORIES: &[&str] = &["Get", "Find", "List", "First", "Single", "All", "Query"];

/// How deep variables that stand for queries are followed.
const DEEPEST: usize = 5;

/// Adds the uses of these sets and entities.
pub(super) fn read(context: &Context<'_, '_>, names: &BTreeSet<String>, reading: &mut Reading) {
    if names.is_empty() {
        return;
    }
    let s = context.syntax;
    let is_context = |c: &Class<'_>| {
        let mut bases = c.bases.iter();
        bases.any(|&b| name_of(s, b).ends_with("DbContext"))
    };
    let contexts = classes(s).into_iter().filter(is_context).map(|c| c.id);
    let uses = Uses {
        context,
        names,
        bound: bound(s),
        contexts: contexts.collect(),
    };
    for id in s.all() {
        if Sent::of(s, id).is_some() && ends_chain(s, id) {
            uses.chain(id, &mut reading.accesses);
        }
        match s.kind(id) {
            "query_expression" => uses.query(id, &mut reading.accesses),
            "foreach_statement" => uses.each(id, &mut reading.accesses),
            _ => {}
        }
    }
}

/// What a name of the file is declared as: its type, and its value.
#[derive(Clone, Copy)]
struct Bound {
    at: Id,
    of_type: Option<Id>,
    value: Option<Id>,
}

fn bound<'a>(s: &Syntax<'a>) -> BTreeMap<&'a str, Vec<Bound>> {
    let mut found: BTreeMap<&str, Vec<Bound>> = BTreeMap::new();
    for id in s.all() {
        let (of_type, value) = match s.kind(id) {
            "variable_declarator" => {
                let declared = s.parent(id).and_then(|p| s.child(p, "type"));
                let value = s.named(id).last().filter(|&v| s.role(v) != Some("name"));
                (declared, value)
            }
            "parameter" | "property_declaration" => (s.child(id, "type"), None),
            _ => continue,
        };
        let Some(name) = s.child(id, "name") else {
            continue;
        };
        found.entry(s.text(name)).or_default().push(Bound {
            at: id,
            of_type: of_type.filter(|&t| s.kind(t) != "implicit_type"),
            value,
        });
    }
    found
}

struct Uses<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    names: &'c BTreeSet<String>,
    bound: BTreeMap<&'a str, Vec<Bound>>,
    /// The classes of the file that are contexts.
    contexts: Vec<Id>,
}

/// A query: what it is of, and what is called on that.
struct Query<'a> {
    model: String,
    calls: Vec<Sent<'a>>,
}

impl<'a> Uses<'_, '_, 'a> {
    /// Returns what a name stands for at a place: what is declared before it in the same method, else in the class.
    fn bound_at(&self, name: &str, at: Id) -> Option<Bound> {
        let s = self.context.syntax;
        let all = self.bound.get(name)?;
        let near = |b: &&Bound| {
            let method = method_of(s, b.at);
            b.at < at && method.is_some() && method == method_of(s, at)
        };
        let outside = |b: &&Bound| method_of(s, b.at).is_none();
        let found = all.iter().rev().find(near);
        found.or_else(|| all.iter().find(outside)).copied()
    }

    fn named(&self, name: &str) -> Option<String> {
        self.names.get(name).cloned()
    }

    /// Returns the query that a node is.
    fn query_of(&self, id: Id, depth: usize) -> Option<Query<'a>> {
        let s = self.context.syntax;
        let mut chain = Chain::of(s, id);
        // `context.Set<User>()` and what a method of the file gives back begin one too.
        if let Some(first) = chain.calls.first()
            && first.name == "Set"
            && let Some(model) = first.types.first().and_then(|&t| self.named(name_of(s, t)))
        {
            chain.calls.remove(0);
            return Some(Query {
                model,
                calls: chain.calls,
            });
        }
        if let Some(model) = self.set_of(chain.root) {
            return Some(Query {
                model,
                calls: chain.calls,
            });
        }
        if s.kind(chain.root) != "identifier" || depth == 0 {
            return None;
        }
        let bound = self.bound_at(s.text(chain.root), chain.root)?;
        if let Some(model) = bound.of_type.and_then(|t| self.held(t)) {
            return Some(Query {
                model,
                calls: chain.calls,
            });
        }
        let value = bound
            .value
            .filter(|&v| s.kind(s.bare(v)) != "query_expression")?;
        // What was fetched is no query any more.
        let mut before = self.query_of(value, depth - 1)?;
        if before.calls.iter().any(|c| fetches(c.name)) || awaits(s, value) {
            return None;
        }
        before.calls.append(&mut chain.calls);
        Some(before)
    }

    /// Returns the entity of `DbSet<User>`, `IQueryable<User>`.
    fn held(&self, of_type: Id) -> Option<String> {
        let s = self.context.syntax;
        let held = *type_arguments(s, of_type).first()?;
        let is_query = matches!(
            name_of(s, of_type),
            "DbSet" | "IQueryable" | "IDbSet" | "IOrderedQueryable"
        );
        is_query.then(|| self.named(name_of(s, held))).flatten()
    }

    /// Returns the set that a node names: `context.Users`, or `Users` in the context itself.
    fn set_of(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        match s.kind(id) {
            "member_access_expression" => {
                let on = s.bare(s.child(id, "expression")?);
                let name = s.text(s.child(id, "name")?);
                let model = self.named(name)?;
                self.is_context(on).then_some(model)
            }
            "identifier" => {
                let model = self.named(s.text(id))?;
                let own = self.contexts.iter().any(|&class| s.is_within(id, class));
                own.then_some(model)
            }
            _ => None,
        }
    }

    /// Returns whether an expression is a context: its type says so, or its name.
    fn is_context(&self, id: Id) -> bool {
        let s = self.context.syntax;
        if s.text(id) == "this" {
            return true;
        }
        let name = match s.kind(id) {
            "invocation_expression" => Sent::of(s, id).map_or("", |sent| sent.name),
            _ => name_of(s, id),
        };
        let of_type = self.bound_at(name, id).and_then(|b| b.of_type);
        if let Some(of_type) = of_type {
            let of_type = name_of(s, of_type).to_lowercase();
            return of_type.contains("context")
                || of_type.contains("db")
                || of_type.contains("unitofwork");
        }
        let name = name.trim_start_matches('_').to_lowercase();
        name.contains("context")
            || matches!(name.as_str(), "db" | "ctx" | "database")
            || name.ends_with("db")
    }

    fn chain(&self, id: Id, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        if let Some(query) = self.query_of(id, DEEPEST) {
            // The calls that other chains hold already were read there.
            self.read(&query, s.range(id), out);
            return;
        }
        if let Some(sent) = Sent::of(s, id) {
            self.on_context(&sent, out);
            self.on_repository(&sent, out);
        }
    }

    /// `context.Add(new User { … })`: the argument tells the entity.
    fn on_context(&self, sent: &Sent<'a>, out: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let receiver = sent.receiver?;
        let verb = sent
            .name
            .trim_end_matches("Async")
            .trim_end_matches("Range");
        if !matches!(verb, "Add" | "Update" | "Remove" | "Attach") || !self.is_context(receiver) {
            return None;
        }
        for given in sent.arguments() {
            let entity = self.entity_of(given).and_then(|name| self.named(name));
            if let Some(model) = entity {
                self.written(sent, verb, &model, s.range(sent.id), out);
            }
        }
        Some(())
    }

    /// Returns the class of a value: of what is made there, or of what a variable is declared as.
    fn entity_of(&self, id: Id) -> Option<&'a str> {
        let s = self.context.syntax;
        match s.kind(id) {
            "object_creation_expression" => s.child(id, "type").map(|t| name_of(s, t)),
            "identifier" => {
                let bound = self.bound_at(s.text(id), id)?;
                match (bound.of_type, bound.value) {
                    (Some(of_type), _) => Some(name_of(s, of_type)),
                    (None, Some(value)) => {
                        let value = s.bare(value);
                        let made = s.kind(value) == "object_creation_expression";
                        s.child(value, "type")
                            .filter(|_| made)
                            .map(|t| name_of(s, t))
                    }
                    (None, None) => None,
                }
            }
            _ => None,
        }
    }

    /// `repository.GetByIdAsync(id)` of an `IRepository<User>`.
    fn on_repository(&self, sent: &Sent<'a>, out: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let receiver = sent.receiver.filter(|&r| s.kind(r) == "identifier")?;
        let of_type = self.bound_at(s.text(receiver), receiver)?.of_type?;
        let held = *type_arguments(s, of_type).first()?;
        let model = self.named(name_of(s, held))?;
        if !name_of(s, of_type).ends_with("Repository") {
            return None;
        }
        if OF_REPOSITORIES
            .iter()
            .any(|begin| sent.name.starts_with(begin))
        {
            self.add(sent.id, &model, None, Mode::Queries, Confidence::High, out);
        } else if sent.name.starts_with("Add") || sent.name.starts_with("Insert") {
            self.add(sent.id, &model, None, inserts(), Confidence::High, out);
        }
        Some(())
    }

    /// Reads what a query does, of which the calls in a range were not read before.
    fn read(&self, query: &Query<'a>, here: std::ops::Range<usize>, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        let (mut whole, mut fetched) = (true, false);
        for call in &query.calls {
            let own = here.contains(&(s.range(call.id).end.saturating_sub(1)));
            let name = call.name.trim_end_matches("Async");
            let verb = name.trim_end_matches("Range");
            if whole && own {
                for given in call.arguments() {
                    self.lambda(given, &query.model, out);
                }
            }
            match name {
                "Select" => whole &= call.placed.first().is_some_and(|&l| gives_itself(s, l)),
                "ExecuteUpdate" => {
                    whole = false;
                    if own {
                        self.updated(call, &query.model, out);
                    }
                }
                "ExecuteDelete" => {
                    whole = false;
                    self.add(
                        call.id,
                        &query.model,
                        None,
                        Mode::Deletes,
                        Confidence::High,
                        out,
                    );
                }
                _ if matches!(verb, "Add" | "Update" | "Remove" | "Attach") => {
                    whole = false;
                    self.written(call, verb, &query.model, here.clone(), out);
                }
                _ if NARROWS.contains(&name) => {
                    whole = false;
                    self.add(
                        call.id,
                        &query.model,
                        None,
                        Mode::Reads,
                        Confidence::High,
                        out,
                    );
                }
                _ => fetched |= fetches(call.name),
            }
        }
        let Some(last) = query.calls.last().filter(|_| whole) else {
            return;
        };
        // A query that is handed on may yet be narrowed.
        let sure = match fetched {
            true => Confidence::High,
            false => Confidence::Medium,
        };
        self.add(last.id, &query.model, None, Mode::Queries, sure, out);
    }

    fn written(
        &self,
        call: &Sent<'a>,
        verb: &str,
        model: &str,
        here: std::ops::Range<usize>,
        out: &mut Vec<Access>,
    ) {
        if !here.contains(&self.context.syntax.range(call.id).start) {
            return;
        }
        let mode = match verb {
            "Add" => inserts(),
            "Remove" => Mode::Deletes,
            // It writes every column of the row.
            _ => Mode::Queries,
        };
        self.add(call.id, model, None, mode, Confidence::High, out);
    }

    /// Adds the properties that a lambda names of its parameter.
    fn lambda(&self, given: Id, model: &str, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        if let Some((parameter, body)) = lambda(s, given) {
            self.members(body, parameter, model, out);
        }
    }

    fn members(&self, within: Id, name: &str, model: &str, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        for id in std::iter::once(within).chain(s.below(within)) {
            // A method is no property.
            let called = s
                .parent(id)
                .is_some_and(|up| s.child(up, "function") == Some(id));
            if let Some(property) = member_of(s, id, name).filter(|_| !called) {
                self.add(
                    id,
                    model,
                    Some(property),
                    Mode::Reads,
                    Confidence::High,
                    out,
                );
            }
        }
    }

    /// `ExecuteUpdateAsync(s => s.SetProperty(u => u.Name, "x"))`.
    fn updated(&self, call: &Sent<'a>, model: &str, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        for id in s.below(call.id) {
            let Some(sent) = Sent::of(s, id).filter(|sent| sent.name == "SetProperty") else {
                continue;
            };
            let Some((parameter, body)) = sent.placed.first().and_then(|&l| lambda(s, l)) else {
                continue;
            };
            if let Some(property) = member_of(s, body, parameter) {
                let value = sent.placed.get(1).and_then(|&v| text(self.context, v));
                let values = value.into_iter().collect();
                let mode = Mode::Writes { values };
                self.add(id, model, Some(property), mode, Confidence::High, out);
            }
        }
    }

    /// `from u in context.Users where u.Email == mail select u`.
    fn query(&self, id: Id, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        let clauses = s
            .below(id)
            .filter(|&c| matches!(s.kind(c), "from_clause" | "join_clause"));
        for clause in clauses {
            let Some(name) = s.child(clause, "name").or_else(|| s.named(clause).next()) else {
                continue;
            };
            let mut sources = s.named(clause).filter(|&n| n != name);
            let Some(query) = sources.find_map(|n| self.query_of(n, DEEPEST)) else {
                continue;
            };
            let name = s.text(name);
            self.members(id, name, &query.model, out);
            let selected = s.below(id).filter(|&n| s.kind(n) == "select_clause");
            let whole = selected
                .into_iter()
                .any(|clause| s.below(clause).any(|n| is_alone(s, n, name)));
            let mode = match whole {
                true => Mode::Queries,
                false => Mode::Reads,
            };
            self.add(clause, &query.model, None, mode, Confidence::High, out);
        }
    }

    /// `foreach (var user in context.Users)`.
    fn each(&self, id: Id, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        let Some(source) = s.child(id, "right").map(|r| s.bare(r)) else {
            return;
        };
        let Some(query) = self.query_of(source, DEEPEST) else {
            return;
        };
        let narrowed = |c: &Sent<'_>| c.name == "Select" || NARROWS.contains(&c.name);
        if !query.calls.iter().any(narrowed) {
            self.add(
                source,
                &query.model,
                None,
                Mode::Queries,
                Confidence::High,
                out,
            );
        }
    }

    fn add(
        &self,
        id: Id,
        model: &str,
        element: Option<&str>,
        mode: Mode,
        sure: Confidence,
        out: &mut Vec<Access>,
    ) {
        let s = self.context.syntax;
        // A call of a long chain stands where its name does.
        let function = s.child(id, "function");
        let name = function.and_then(|f| s.child(f, "name"));
        let at = name.unwrap_or(id);
        out.push(use_of(self.context, at, model, element, mode, sure));
    }
}

fn inserts() -> Mode {
    Mode::Inserts {
        columns: None,
        positions: None,
        values: Vec::new(),
        conflict: None,
    }
}

fn fetches(name: &str) -> bool {
    FETCHES.contains(&name.trim_end_matches("Async"))
}

/// Returns the method that a node stands in, through the lambdas around it.
fn method_of(s: &Syntax<'_>, id: Id) -> Option<Id> {
    let methods = [
        "method_declaration",
        "constructor_declaration",
        "local_function_statement",
        "accessor_declaration",
    ];
    s.above(id, &methods)
}

fn awaits(s: &Syntax<'_>, id: Id) -> bool {
    s.kind(id) == "await_expression"
}

/// Returns whether a lambda gives its parameter back, or hands it on as a whole.
fn gives_itself(s: &Syntax<'_>, id: Id) -> bool {
    lambda(s, id).is_some_and(|(name, body)| {
        std::iter::once(body)
            .chain(s.below(body))
            .any(|n| is_alone(s, n, name))
    })
}

/// Returns whether a node is a name by itself, of which no property is taken.
fn is_alone(s: &Syntax<'_>, id: Id, name: &str) -> bool {
    if s.kind(id) != "identifier" || s.text(id) != name {
        return false;
    }
    let up = s.parent(id);
    let taken = up.is_some_and(|up| {
        matches!(
            s.kind(up),
            "member_access_expression" | "conditional_access_expression"
        )
    });
    let is_name = matches!(s.role(id), Some("name" | "left"));
    !taken && !is_name
}
