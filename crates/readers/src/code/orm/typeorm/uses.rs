//! The queries through repositories, managers and entities: `this.users.find({ where: { email } })`.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Access, Confidence, Mode, Reading};

use crate::code::javascript::Program;
use crate::code::javascript::values::{Object, Scope};
use crate::code::orm::classes::{bases, original, use_of};
use crate::code::syntax::Id;
use crate::code::view::Call;

/// Adds the uses of these entities.
pub(super) fn read(program: &Program<'_, '_, '_>, names: &BTreeSet<String>, reading: &mut Reading) {
    let mut reader = Uses {
        program,
        names,
        repositories: BTreeMap::new(),
        scope: Scope::new(),
    };
    reader.repositories = reader.repositories();
    let s = program.context.syntax;
    for id in s.all() {
        if let Some(call) = s.call(id).filter(|_| s.kind(id) == "call_expression") {
            reader.call(id, call, &mut reading.accesses);
        }
    }
}

struct Uses<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    names: &'p BTreeSet<String>,
    /// The entity of each name that holds a repository.
    repositories: BTreeMap<&'a str, String>,
    scope: Scope<'a>,
}

impl<'a> Uses<'_, '_, '_, 'a> {
    fn entity(&self, id: Id) -> Option<String> {
        let s = self.program.context.syntax;
        let path = s.path(s.bare(id))?;
        let name = original(self.program.context, path.last()?);
        (self.names.contains(name) && path.len() <= 2).then(|| name.to_owned())
    }

    /// `const users = getRepository(User)`, `private users: Repository<User>`.
    fn repositories(&self) -> BTreeMap<&'a str, String> {
        let s = self.program.context.syntax;
        let mut found = BTreeMap::new();
        for id in s.all() {
            let forms = s.profile.bindings.iter().filter(|b| b.0 == s.kind(id));
            for &(_, name, declared, value) in forms {
                let Some(name) = s.pick(id, name).filter(|&n| s.is_name(n)) else {
                    continue;
                };
                let typed = s
                    .pick(id, declared)
                    .and_then(|t| self.in_repository_type(t));
                let made = s.pick(id, value).and_then(|v| self.got(s.bare(v)));
                found.extend(typed.or(made).map(|entity| (s.text(name), entity)));
            }
        }
        found
    }

    /// `Repository<User>`.
    fn in_repository_type(&self, id: Id) -> Option<String> {
        let s = self.program.context.syntax;
        let text = s.text(s.bare(id)).trim_start_matches(':').trim();
        let inner = text.strip_prefix("Repository<")?.split(['>', ',']).next()?;
        let name = original(self.program.context, inner.trim());
        self.names.contains(name).then(|| name.to_owned())
    }

    /// `dataSource.getRepository(User)`.
    fn got(&self, id: Id) -> Option<String> {
        let s = self.program.context.syntax;
        let call = s
            .call(id)
            .filter(|&c| matches!(s.called(c), "getRepository" | "getTreeRepository"))?;
        self.entity(*s.arguments(call).first()?)
    }

    /// Returns the entity whose rows a method of this receiver touches, and how sure that is.
    fn of_receiver(&self, id: Id) -> Option<String> {
        let s = self.program.context.syntax;
        let id = s.bare(id);
        if let Some(entity) = self.got(id).or_else(|| self.entity(id)) {
            return Some(entity);
        }
        if s.text(id) == "this" {
            // `class UserRepository extends Repository<User>`.
            let class = s.above(id, &["class_declaration", "class"])?;
            let extends = bases(self.program.context, class)
                .iter()
                .any(|b| b == "Repository");
            let heritage = s.child_of(class, "class_heritage").filter(|_| extends)?;
            let arguments = s.below(heritage).find(|&n| s.kind(n) == "type_arguments")?;
            return self.entity(s.named(arguments).next()?);
        }
        let path = s.path(id)?;
        self.repositories.get(*path.last()?).cloned()
    }

    fn add(
        &self,
        id: Id,
        entity: &str,
        element: Option<&str>,
        mode: Mode,
        confidence: Confidence,
        accesses: &mut Vec<Access>,
    ) {
        accesses.push(use_of(
            self.program.context,
            id,
            entity,
            element,
            mode,
            confidence,
        ));
    }

    fn call(&self, id: Id, call: Call, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.program.context.syntax;
        let receiver = s.receiver(call)?;
        let mut given = s.arguments(call);
        let manager = s.last_name(s.bare(receiver)).to_lowercase();
        let by_manager = manager.ends_with("manager") || manager.ends_with("datasource");
        // `manager.find(User, { … })`.
        let named = given
            .first()
            .filter(|_| by_manager)
            .and_then(|&g| self.entity(g));
        if named.is_some() {
            given.remove(0);
        }
        let entity = named.or_else(|| self.of_receiver(receiver))?;
        let first = given
            .first()
            .and_then(|&g| self.program.object(g, &self.scope));
        match s.called(call) {
            "find" | "findOne" | "findOneOrFail" | "findAndCount" => {
                self.selected(id, &entity, first.as_ref(), accesses);
                let filter = first.and_then(|o| o.get("where"));
                self.filtered(&entity, filter, accesses);
            }
            "findBy" | "findOneBy" | "findOneByOrFail" | "findAndCountBy" | "findByIds"
            | "findOneById" => {
                self.selected(id, &entity, None, accesses);
                self.filtered(&entity, given.first().copied(), accesses);
            }
            "createQueryBuilder" => {
                let narrowed =
                    self.program.chained(id).iter().any(|(name, _)| {
                        matches!(*name, "select" | "update" | "delete" | "insert")
                    });
                let confidence = if narrowed {
                    Confidence::Medium
                } else {
                    Confidence::High
                };
                self.add(id, &entity, None, Mode::Queries, confidence, accesses);
            }
            "save" | "insert" | "upsert" => {
                // It names every column, whatever the object has.
                let mode = Mode::Inserts {
                    columns: None,
                    positions: None,
                    values: Vec::new(),
                    conflict: None,
                };
                self.add(id, &entity, None, mode, Confidence::High, accesses);
            }
            "update" => {
                self.filtered(&entity, given.first().copied(), accesses);
                let set = given
                    .get(1)
                    .and_then(|&g| self.program.object(g, &self.scope));
                for (name, value) in set.unwrap_or_default().entries {
                    let values = self.program.text(value, &self.scope).into_iter().collect();
                    self.add(
                        value,
                        &entity,
                        Some(&name),
                        Mode::Writes { values },
                        Confidence::High,
                        accesses,
                    );
                }
            }
            "delete" | "remove" | "clear" => {
                self.add(id, &entity, None, Mode::Deletes, Confidence::High, accesses);
            }
            "count" | "countBy" | "exist" | "exists" | "existsBy" => {
                self.add(id, &entity, None, Mode::Reads, Confidence::High, accesses);
                let filter = first
                    .and_then(|o| o.get("where"))
                    .or(given.first().copied());
                self.filtered(&entity, filter, accesses);
            }
            _ => {}
        }
        Some(())
    }

    /// The columns handed back: all, or those that `select` names.
    fn selected(&self, id: Id, entity: &str, options: Option<&Object>, accesses: &mut Vec<Access>) {
        let open = options.is_some_and(|o| o.open);
        let Some(select) = options.and_then(|o| o.get("select")) else {
            let confidence = if open {
                Confidence::Medium
            } else {
                Confidence::High
            };
            return self.add(id, entity, None, Mode::Queries, confidence, accesses);
        };
        let listed = self.program.texts(select, &self.scope).or_else(|| {
            let object = self
                .program
                .object(select, &self.scope)
                .filter(|o| !o.open)?;
            Some(object.entries.into_iter().map(|(name, _)| name).collect())
        });
        match listed {
            Some(names) => {
                for name in names {
                    self.add(
                        select,
                        entity,
                        Some(&name),
                        Mode::Reads,
                        Confidence::High,
                        accesses,
                    );
                }
            }
            None => self.add(
                id,
                entity,
                None,
                Mode::Queries,
                Confidence::Medium,
                accesses,
            ),
        }
    }

    /// `{ email: "x" }`, or a list of such.
    fn filtered(&self, entity: &str, filter: Option<Id>, accesses: &mut Vec<Access>) {
        let Some(filter) = filter else { return };
        let each = self
            .program
            .items(filter, &self.scope)
            .unwrap_or_else(|| vec![filter]);
        let objects = each
            .into_iter()
            .filter_map(|f| self.program.object(f, &self.scope));
        for (name, value) in objects.flat_map(|o| o.entries) {
            self.add(
                value,
                entity,
                Some(&name),
                Mode::Reads,
                Confidence::High,
                accesses,
            );
        }
    }
}
