//! What is done through repositories, entity managers and queries: `users.save(user)`, `entityManager.find(User.class, id)`.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Access, Confidence, Mode, Reading, Why};

use super::jpql::{entities, is_jpql, selects_whole};
use super::nulls::made_with;
use crate::code::jvm::Classes;
use crate::code::orm::classes::{original, use_of};
use crate::code::syntax::Id;
use crate::code::view::Call;

/// Calls that insert what they are given, or update it.
const SAVES: &[&str] = &[
    "save",
    "saveAll",
    "saveAndFlush",
    "saveAllAndFlush",
    "saveOrUpdate",
    "insert",
    "persist",
    "persistAndFlush",
    "merge",
];
/// How calls begin that hand back what is stored.
const READS: &[&str] = &[
    "find", "get", "load", "read", "retrieve", "query", "fetch", "search", "select", "lookup",
    "orElse", "merge",
];
/// What saves objects besides repositories.
const MANAGERS: &[&str] = &[
    "EntityManager",
    "Session",
    "StatelessSession",
    "TestEntityManager",
];
/// Calls of a session, an entity manager or a builder of criteria that take a class.
const BY_CLASS: &[&str] = &[
    "find",
    "get",
    "load",
    "getReference",
    "byId",
    "byNaturalId",
    "createQuery",
    "createSelectionQuery",
    "createNamedQuery",
    "createCriteria",
    "from",
];
/// Static calls of Panache on an entity.
const PANACHE: &[&str] = &[
    "findById",
    "findByIdOptional",
    "find",
    "findAll",
    "list",
    "listAll",
    "stream",
    "streamAll",
    "update",
    "delete",
    "deleteAll",
    "deleteById",
];

/// The models whose uses are looked for.
pub(super) struct Names {
    pub(super) entities: BTreeSet<String>,
    pub(super) repositories: BTreeSet<String>,
}

impl Names {
    fn contains(&self, name: &str) -> bool {
        self.entities.contains(name) || self.repositories.contains(name)
    }
}

/// Adds the uses of these entities and repositories.
pub(super) fn read(reader: &Classes<'_, '_, '_>, names: &Names, reading: &mut Reading) {
    let uses = Uses {
        reader,
        names,
        variables: variables(reader, &|name| names.contains(name)),
        managers: variables(reader, &|name| MANAGERS.contains(&name))
            .into_keys()
            .collect(),
        of_jpa: reader.context.imports.iter().any(|i| {
            ["persistence", "hibernate", "panache"]
                .iter()
                .any(|w| i.path.contains(w))
        }),
    };
    let s = reader.context.syntax;
    for (id, model) in uses.bodies() {
        uses.made(id, &model, &mut reading.accesses);
    }
    for id in s.all() {
        if let Some(call) = s.call(id) {
            uses.call(id, call, &mut reading.accesses);
        }
    }
    for (id, literal) in reader.context.strings.all() {
        if is_jpql(reader.context, id) {
            uses.query(id, &literal.text, &mut reading.accesses);
        }
    }
}

struct Uses<'r, 'c, 's, 'a> {
    reader: &'r Classes<'c, 's, 'a>,
    names: &'r Names,
    /// The model of each name that holds one, by the type that it is declared with.
    variables: BTreeMap<&'a str, String>,
    /// The names that hold an entity manager or a session.
    managers: BTreeSet<&'a str>,
    of_jpa: bool,
}

fn whole_insert() -> Mode {
    Mode::Inserts {
        columns: None,
        positions: None,
        values: Vec::new(),
        conflict: None,
    }
}

/// Returns the names of fields, parameters and variables that are declared with one of these types, or a list of them.
fn variables<'a>(
    reader: &Classes<'_, '_, 'a>,
    is_known: &dyn Fn(&str) -> bool,
) -> BTreeMap<&'a str, String> {
    let context = reader.context;
    let s = context.syntax;
    let known = |name: &str| {
        let name = original(context, name);
        is_known(name).then(|| name.to_owned())
    };
    let mut found = BTreeMap::new();
    for id in s.all() {
        for &(_, name, declared, value) in s.profile.bindings.iter().filter(|b| b.0 == s.kind(id)) {
            let Some(at) = s.pick(id, name) else { continue };
            // A declaration of Java holds its names in declarators.
            let at = s.child(at, "name").unwrap_or(at);
            if !s.is_name(at) {
                continue;
            }
            let typed = s.pick(id, declared).and_then(|t| {
                let of = reader.type_of(t);
                let arguments = of.arguments.iter().find_map(|a| known(a));
                known(of.name).or(arguments)
            });
            let made = s.pick(id, value).and_then(|v| {
                let call = s.call(s.bare(v))?;
                known(s.called(call))
            });
            if let Some(model) = typed.or(made) {
                found.insert(s.text(at), model);
            }
        }
    }
    found
}

impl Uses<'_, '_, '_, '_> {
    /// Returns the parameters that the framework makes of the body of a request: `@RequestBody User user`.
    fn bodies(&self) -> Vec<(Id, String)> {
        let s = self.reader.context.syntax;
        let parameters = s.all().filter(|&id| {
            matches!(s.kind(id), "formal_parameter" | "parameter_modifiers")
                && s.text(id).contains("@RequestBody")
        });
        parameters
            .filter_map(|id| {
                // In Kotlin the annotations stand before the parameter.
                let typed = match s.kind(id) {
                    "formal_parameter" => s.child(id, "type")?,
                    _ => {
                        let list = s.parent(id)?;
                        let after = s
                            .named(list)
                            .find(|&c| c > id && s.kind(c) == "parameter")?;
                        s.named(after).last()?
                    }
                };
                let model = self.model(self.reader.type_of(typed).name)?;
                Some((id, model))
            })
            .collect()
    }

    fn model(&self, name: &str) -> Option<String> {
        let name = original(self.reader.context, name);
        self.names.contains(name).then(|| name.to_owned())
    }

    /// Returns the model that a value is an object of.
    fn of_value(&self, id: Id) -> Option<String> {
        let s = self.reader.context.syntax;
        let id = s.bare(id);
        if let Some(call) = s.call(id) {
            // `new User(…)`, `User(…)`.
            let called = s.called(call);
            return self.model(called).filter(|_| s.receiver(call).is_none());
        }
        let path = s.path(id)?;
        let name = path.iter().rev().find(|n| **n != "this")?;
        self.variables.get(name).cloned()
    }

    fn add(&self, id: Id, model: &str, mode: Mode, sure: Confidence, accesses: &mut Vec<Access>) {
        accesses.push(use_of(self.reader.context, id, model, None, mode, sure));
    }

    /// Says that an object is inserted: with the properties that it is given, where that can be told.
    fn inserts(
        &self,
        id: Id,
        model: &str,
        given: Option<Id>,
        sure: Confidence,
        accesses: &mut Vec<Access>,
    ) {
        let mut mode = whole_insert();
        if let Mode::Inserts { columns, .. } = &mut mode {
            *columns = given.and_then(|given| made_with(self.reader.context, given, model));
        }
        self.add(id, model, mode, sure, accesses);
    }

    /// Says that an object of an entity is made: with a place that saves one, that is an insert.
    fn made(&self, id: Id, model: &str, accesses: &mut Vec<Access>) {
        let mut access = use_of(
            self.reader.context,
            id,
            model,
            None,
            whole_insert(),
            Confidence::Medium,
        );
        access.why = Why::TypedAttribute;
        accesses.push(access);
    }

    /// Returns how sure it is that what is saved is new and not a row that was read before; None: it was read.
    fn newness(&self, id: Id, called: &str) -> Option<Confidence> {
        let s = self.reader.context.syntax;
        let id = s.bare(id);
        if called.starts_with("persist") || called == "insert" || s.call(id).is_some() {
            return Some(Confidence::High);
        }
        let name = s.path(id)?.last().copied()?;
        let function = s.function(id)?;
        let given = |at: Id| -> Option<Id> {
            let forms = s.profile.bindings.iter().filter(|b| b.0 == s.kind(at));
            forms.into_iter().find_map(|form| {
                let declared = s.pick(at, form.1)?;
                let declared = s.child(declared, "name").unwrap_or(declared);
                let value = s.pick(at, form.3)?;
                s.text(declared).starts_with(name).then_some(value)
            })
        };
        let values: Vec<Id> = s.below(function).filter_map(given).collect();
        let reads = |value: &Id| {
            let calls = std::iter::once(*value).chain(s.below(*value));
            calls.filter_map(|n| s.call(n)).any(|c| {
                let called = s.called(c);
                READS.iter().any(|word| called.starts_with(word))
            })
        };
        match values.as_slice() {
            [] => Some(Confidence::Medium),
            values if values.iter().any(reads) => None,
            _ => Some(Confidence::High),
        }
    }

    fn call(&self, id: Id, call: Call, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.reader.context.syntax;
        let called = s.called(call);
        let receiver = s.receiver(call);
        let makes = match receiver {
            // `new User(…)`, `User(…)`.
            None => self.model(called),
            // Lombok: `User.builder()`.
            Some(of) if called == "builder" => self.model(s.last_name(of)),
            _ => None,
        };
        if let Some(model) = makes.filter(|m| self.names.entities.contains(m)) {
            self.made(id, &model, accesses);
        }
        let receiver = receiver?;
        let given = s.arguments(call);
        let of_class = given.iter().find_map(|&g| {
            let name = self.reader.literal_type(g)?;
            self.model(name)
        });
        if let Some(model) = of_class.filter(|_| self.of_jpa && BY_CLASS.contains(&called)) {
            self.add(id, &model, Mode::Queries, Confidence::High, accesses);
        }
        if SAVES.contains(&called) {
            let saved = given.first().and_then(|&g| self.of_value(g));
            // `user.persist()` of Panache.
            let own = || self.of_value(receiver);
            let by_store = saved.is_some() && self.is_store(receiver);
            let model = saved.or_else(own)?;
            let sure = match given.first() {
                Some(&given) => self.newness(given, called),
                None => Some(Confidence::High),
            };
            if let Some(sure) = sure {
                let sure = match by_store || given.is_empty() {
                    true => sure,
                    false => sure.min(Confidence::Medium),
                };
                self.inserts(id, &model, given.first().copied(), sure, accesses);
            }
            self.add(id, &model, Mode::Queries, Confidence::High, accesses);
            return Some(());
        }
        let path = s.path(s.bare(receiver))?;
        let static_of = match path.as_slice() {
            [name] if PANACHE.contains(&called) => self.model(name),
            _ => None,
        };
        // The methods of an entity do not reach the store.
        let is_repository = |model: &String| self.names.repositories.contains(model);
        let model = static_of.or_else(|| self.of_value(receiver).filter(is_repository))?;
        let counts = ["count", "exists"].iter().any(|w| called.starts_with(w));
        let mode = if counts { Mode::Reads } else { Mode::Queries };
        self.add(id, &model, mode, Confidence::High, accesses);
        Some(())
    }

    /// Returns whether a receiver is a repository, an entity manager or a session.
    fn is_store(&self, id: Id) -> bool {
        let s = self.reader.context.syntax;
        let Some(path) = s.path(s.bare(id)) else {
            return false;
        };
        let Some(name) = path.last() else {
            return false;
        };
        let model = self.variables.get(name);
        let repository = model.is_some_and(|m| self.names.repositories.contains(m));
        repository || self.managers.contains(name)
    }

    fn query(&self, id: Id, text: &str, accesses: &mut Vec<Access>) {
        for name in entities(text) {
            if let Some(model) = self.model(name) {
                let mode = match selects_whole(text) {
                    true => Mode::Queries,
                    false => Mode::Reads,
                };
                self.add(id, &model, mode, Confidence::High, accesses);
            }
        }
    }
}
