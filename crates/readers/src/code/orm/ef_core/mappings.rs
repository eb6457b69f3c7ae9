//! What a context or a configuration says of an entity: `modelBuilder.Entity<User>(b => b.ToTable("users"))`,
//! `class UserMap : IEntityTypeConfiguration<User>`, and the snapshot, which spells entities and properties as texts.
//!
//! <https://learn.microsoft.com/ef/core/modeling/#use-fluent-api-to-configure-a-model>.

use std::collections::BTreeMap;

use coexist_model::{Column, Detail, Element, ModelDeclaration, Surface};

use crate::code::context::Context;
use crate::code::csharp::{
    Chain, Sent, classes, ends_chain, lambda, name_of, picked, text, type_arguments,
};
use crate::code::syntax::Id;

use super::MAPPING;

/// Returns what the mappings of a file say, one declaration per entity.
pub(super) fn mappings(context: &Context<'_, '_>) -> Vec<ModelDeclaration> {
    let mut reader = Mappings {
        context,
        found: BTreeMap::new(),
        snapshot: classes(context.syntax).iter().any(|c| {
            let mut bases = c.bases.iter();
            bases.any(|&b| name_of(context.syntax, b) == "ModelSnapshot")
        }),
    };
    reader.builders();
    reader.configurations();
    reader.found.into_values().collect()
}

struct Mappings<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    found: BTreeMap<String, ModelDeclaration>,
    /// Whether the tool has written the file: `class ShopContextModelSnapshot : ModelSnapshot`.
    snapshot: bool,
}

impl<'a> Mappings<'_, '_, 'a> {
    /// `modelBuilder.Entity<User>(…)` and what is called on it.
    fn builders(&mut self) {
        let s = self.context.syntax;
        for id in s.all() {
            let Some(sent) = Sent::of(s, id).filter(|sent| sent.name == "Entity") else {
                continue;
            };
            let Some(entity) = self.entity(&sent) else {
                continue;
            };
            self.declare(&entity, id);
            // What stands in its lambda is said of it, and what is called on the result.
            for &given in &sent.placed {
                if let Some((parameter, body)) = lambda(s, given) {
                    self.said_within(&entity, parameter, body);
                }
            }
            let end = self.end_of(id);
            self.said(&entity, &Chain::of(s, end).calls);
        }
    }

    /// Returns the entity that a call is about: its type argument, or the text of the snapshot.
    fn entity(&self, sent: &Sent<'a>) -> Option<String> {
        let s = self.context.syntax;
        if let Some(&held) = sent.types.first() {
            return Some(name_of(s, held).to_owned());
        }
        let name = text(self.context, *sent.placed.first()?)?;
        let last = name.rsplit(['.', '+']).next().unwrap_or(&name);
        (!last.is_empty()).then(|| last.to_owned())
    }

    /// Returns the last call of the chain that a call begins.
    fn end_of(&self, id: Id) -> Id {
        let s = self.context.syntax;
        let calls = std::iter::once(id).chain(s.ancestors(id));
        let mut last = id;
        for up in calls {
            let of_chain = matches!(
                s.kind(up),
                "invocation_expression" | "member_access_expression"
            );
            if !of_chain {
                break;
            }
            if Sent::of(s, up).is_some() {
                last = up;
            }
        }
        last
    }

    /// `class UserMap : IEntityTypeConfiguration<User> { void Configure(EntityTypeBuilder<User> builder) { … } }`
    fn configurations(&mut self) {
        let s = self.context.syntax;
        let parameters = s.all().filter(|&id| s.kind(id) == "parameter");
        let builders = parameters.filter_map(|id| {
            let of_type = s.child(id, "type")?;
            let held = type_arguments(s, of_type);
            let is_builder = name_of(s, of_type) == "EntityTypeBuilder";
            let entity = name_of(s, *held.first().filter(|_| is_builder)?);
            let function = s.function(id)?;
            Some((entity.to_owned(), s.text(s.child(id, "name")?), function))
        });
        for (entity, name, function) in builders.collect::<Vec<_>>() {
            // What a class says of any entity is said of none by name.
            let generic = classes(s).iter().any(|c| {
                let own = s.child_of(c.id, "type_parameter_list");
                own.is_some_and(|list| s.named(list).any(|p| s.text(p) == entity))
                    && s.is_within(function, c.id)
            });
            if let Some(body) = s.child(function, "body").filter(|_| !generic) {
                self.declare(&entity, function);
                self.said_within(&entity, name, body);
            }
        }
    }

    fn declare(&mut self, entity: &str, at: Id) {
        let s = self.context.syntax;
        let mut range = s.range(at);
        let line = s.text(at).find('\n').unwrap_or(range.len());
        range.end = range.start + line;
        let place = self.context.file.place(range);
        self.found
            .entry(entity.to_owned())
            .or_insert_with(|| ModelDeclaration {
                name: entity.to_owned(),
                tool: MAPPING,
                table: Surface::table(""),
                bases: vec![entity.to_owned()],
                columns: Vec::new(),
                deferred: Vec::new(),
                filled: Vec::new(),
                unset: Vec::new(),
                aliases: Vec::new(),
                place,
            });
    }

    /// Reads the chains in a body that begin at a builder.
    fn said_within(&mut self, entity: &str, builder: &str, body: Id) {
        let s = self.context.syntax;
        for id in std::iter::once(body).chain(s.below(body)) {
            let ends = Sent::of(s, id).is_some() && ends_chain(s, id);
            if !ends {
                continue;
            }
            let chain = Chain::of(s, id);
            if s.text(chain.root) == builder {
                self.said(entity, &chain.calls);
            }
        }
    }

    /// Notes what a chain of calls says: `.Property(u => u.Email).HasColumnName("email")`.
    fn said(&mut self, entity: &str, calls: &[Sent<'a>]) {
        let s = self.context.syntax;
        let context = self.context;
        let spelled = self.snapshot;
        let mut property: Option<String> = None;
        for call in calls {
            let first = call.placed.first().copied();
            let word = first.and_then(|id| text(context, id));
            let named = || {
                let picked = first.and_then(|id| picked(s, id));
                let one = picked.and_then(|p| p.first().map(|n| (*n).to_owned()));
                one.or_else(|| word.clone())
            };
            let Some(model) = self.found.get_mut(entity) else {
                return;
            };
            match call.name {
                "ToTable" | "ToView" => {
                    let schema = call.at(1, "schema").and_then(|id| text(context, id));
                    let schema = schema.filter(|s| !matches!(s.as_str(), "public" | "dbo"));
                    if let Some(name) = word {
                        model.table = Surface::table(match schema {
                            Some(schema) => format!("{schema}.{name}"),
                            None => name,
                        });
                    }
                }
                "Property" | "PrimitiveCollection" => {
                    property = named();
                    // A property that no class declares. The snapshot spells all of them, also those that are declared no more.
                    if let Some(name) = property.clone().filter(|_| word.is_some() && !spelled) {
                        let known = model.columns.iter().any(|c| c.name == name);
                        if !known {
                            model.columns.push(column(context, &name, call.id));
                        }
                    }
                }
                "HasColumnName" => {
                    if let (Some(name), Some(column)) = (property.clone(), word) {
                        model.aliases.push((name, column));
                    }
                }
                "Ignore" => {
                    let all = first.and_then(|id| picked(s, id));
                    let names = all.map(|p| p.into_iter().map(str::to_owned).collect());
                    let names: Vec<String> = names.unwrap_or_else(|| word.into_iter().collect());
                    let columns = names.iter().map(|name| column(context, name, call.id));
                    model.columns.extend(columns);
                    model.deferred.extend(names);
                }
                "Entity" => property = None,
                _ => {}
            }
        }
    }
}

fn column(context: &Context<'_, '_>, name: &str, at: Id) -> Element {
    Element {
        name: name.to_owned(),
        detail: Detail::Column(Column {
            type_name: String::new(),
            nullable: true,
            default: None,
            generated: false,
        }),
        place: context.file.place(context.syntax.range(at)),
    }
}
