//! Schemas: `type User struct { ent.Schema }` with the method `Fields() []ent.Field`.
//!
//! The column is the field, unless it has a `StorageKey`; the table is the schema in the plural, unless an annotation names it. A
//! mixin is a schema without a table.

use coexist_model::{Column, Detail, Element, ModelDeclaration, Surface};

use crate::code::chains::{Chain, chains};
use crate::code::context::Context;
use crate::code::golang::structs::{Struct, structs};
use crate::code::inflections::{plural, underscored};
use crate::code::orm::classes::head;
use crate::code::syntax::Id;

/// Words that ent writes in capitals in the names of what it generates.
const ACRONYMS: &[&str] = &[
    "acl", "api", "ascii", "aws", "cpu", "css", "dns", "eof", "gb", "guid", "hcl", "html", "http",
    "https", "id", "ip", "json", "kb", "lhs", "mac", "mb", "qps", "ram", "rhs", "rpc", "sla",
    "smtp", "sql", "ssh", "sso", "tcp", "tls", "ttl", "udp", "ui", "uid", "uri", "url", "utf8",
    "uuid", "vm", "xml", "xmpp", "xsrf", "xss",
];

/// Returns the schemas and mixins of a file.
pub(super) fn schemas(context: &Context<'_, '_>) -> Vec<ModelDeclaration> {
    let by_ent = context
        .imports
        .iter()
        .any(|i| i.path.starts_with("entgo.io/ent"));
    if !by_ent {
        return Vec::new();
    }
    let s = context.syntax;
    let structs = structs(context);
    let sort = |one: &Struct<'_>| {
        let embedded = one.fields.iter().filter(|f| f.embedded);
        let mut paths = embedded.filter_map(|f| s.path(s.bare(f.type_id)));
        paths.find_map(|path| match path.as_slice() {
            ["ent", "Schema"] => Some(true),
            ["mixin", "Schema"] | ["ent", "Mixin"] => Some(false),
            _ => None,
        })
    };
    let ours: Vec<(&Struct<'_>, bool)> = structs
        .iter()
        .filter_map(|one| Some((one, sort(one)?)))
        .collect();
    // What ent generates is long, and declares none.
    if ours.is_empty() {
        return Vec::new();
    }
    let reader = Schemas {
        context,
        chains: chains(s),
    };
    ours.into_iter()
        .map(|(one, stored)| reader.schema(one.id, one.name, stored))
        .collect()
}

struct Schemas<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    chains: Vec<Chain<'a>>,
}

impl<'a> Schemas<'_, '_, 'a> {
    fn schema(&self, id: Id, name: &str, stored: bool) -> ModelDeclaration {
        let mut columns = Vec::new();
        let mut aliases = Vec::new();
        for chain in self.in_method(name, "Fields", "field") {
            let Some((code, element)) = self.field(chain) else {
                continue;
            };
            aliases.push((pascal(&code), element.name.clone()));
            if code != element.name {
                aliases.push((code, element.name.clone()));
            }
            columns.push(element);
        }
        let place = self.context.file.place(head(self.context, id));
        if stored && !columns.iter().any(|c: &Element| c.name == "id") {
            columns.push(column("id", false, place.clone()));
            aliases.push(("ID".to_owned(), "id".to_owned()));
        }
        let table = stored.then(|| {
            self.table(name)
                .unwrap_or_else(|| plural(&underscored(name)))
        });
        let keys = self.in_method(name, "Edges", "edge");
        let keys: Vec<String> = keys.filter_map(|edge| self.key(name, edge)).collect();
        let named = columns.iter().map(|c| c.name.clone());
        ModelDeclaration {
            name: name.to_owned(),
            tool: super::TOOL,
            table: Surface::table(table.unwrap_or_default()),
            bases: self.mixins(name),
            deferred: Vec::new(),
            filled: named.chain(keys).collect(),
            columns,
            unset: Vec::new(),
            aliases,
            place,
        }
    }

    /// Returns the body of a method of a type.
    fn method(&self, owner: &str, name: &str) -> Option<Id> {
        let s = self.context.syntax;
        let mut methods = s.all().filter(|&id| s.kind(id) == "method_declaration");
        methods.find(|&id| {
            let receiver = s.child(id, "receiver");
            let parameter = receiver.and_then(|r| s.child_of(r, "parameter_declaration"));
            let of = parameter
                .and_then(|p| s.child(p, "type"))
                .map(|t| s.last_name(t));
            of == Some(owner) && s.child(id, "name").is_some_and(|n| s.text(n) == name)
        })
    }

    /// Returns the chains of a method that begin at this package.
    fn in_method<'x>(
        &'x self,
        owner: &str,
        name: &str,
        package: &'x str,
    ) -> impl Iterator<Item = &'x Chain<'a>> + 'x {
        let s = self.context.syntax;
        let method = self.method(owner, name);
        self.chains.iter().filter(move |chain| {
            method.is_some_and(|m| s.is_within(chain.root, m)) && s.text(chain.root) == package
        })
    }

    /// `field.String("name").Optional().StorageKey("title")`; returns the name in code and the column.
    fn field(&self, chain: &Chain<'a>) -> Option<(String, Element)> {
        let s = self.context.syntax;
        let first = chain.links.first()?;
        let name = self.context.strings.plain(*first.given.first()?)?;
        let key = chain.link("StorageKey").and_then(|l| l.given.first());
        let stored = key.and_then(|&k| self.context.strings.plain(k));
        let place = self.context.file.place(s.range(first.id));
        let element = column(
            stored.as_deref().unwrap_or(&name),
            chain.calls(&["Optional", "Nillable"]),
            place,
        );
        Some((name, element))
    }

    /// Returns the column of an edge that no field of the schema stands for: `edge.From("owner", User.Type).Ref("pets").Unique()`.
    fn key(&self, owner: &str, chain: &Chain<'a>) -> Option<String> {
        let s = self.context.syntax;
        if !chain.calls(&["Unique"]) || chain.calls(&["Field"]) {
            return None;
        }
        let first = chain.links.first()?;
        let text = |id: Option<&Id>| self.context.strings.plain(*id?);
        match first.name {
            "From" => {
                let of = s.path(*first.given.get(1)?)?;
                let edge = text(chain.link("Ref")?.given.first())?;
                Some(format!("{}_{edge}", underscored(of.first()?)))
            }
            _ => Some(format!(
                "{}_{}",
                underscored(owner),
                text(first.given.first())?
            )),
        }
    }

    /// `entsql.Annotation{Table: "people"}`, `entsql.Table("people")`.
    fn table(&self, owner: &str) -> Option<String> {
        let s = self.context.syntax;
        let method = self.method(owner, "Annotations")?;
        let mut named = self.in_method(owner, "Annotations", "entsql");
        let called = named.find_map(|c| c.links.first().filter(|l| l.name == "Table"));
        let called = called.and_then(|l| l.given.first().copied());
        let mut pairs = s.below(method).filter(|&id| s.kind(id) == "keyed_element");
        let keyed = || {
            let pair = pairs.find(|&p| s.named(p).next().is_some_and(|k| s.text(k) == "Table"))?;
            s.named(pair).last()
        };
        self.context.strings.plain(called.or_else(keyed)?)
    }

    /// `return []ent.Mixin{mixin.Time{}, IDMixin{}}`.
    fn mixins(&self, owner: &str) -> Vec<String> {
        let s = self.context.syntax;
        let Some(method) = self.method(owner, "Mixin") else {
            return Vec::new();
        };
        let literals = s
            .below(method)
            .filter(|&id| s.kind(id) == "composite_literal");
        let types = literals.filter_map(|id| s.child(id, "type"));
        let names = types
            .filter(|&t| s.kind(t) != "slice_type")
            .map(|t| s.last_name(t));
        names.filter(|n| !n.is_empty()).map(str::to_owned).collect()
    }
}

fn column(name: &str, nullable: bool, place: coexist_model::Place) -> Element {
    Element {
        name: name.to_owned(),
        detail: Detail::Column(Column {
            type_name: String::new(),
            nullable,
            default: None,
            generated: false,
        }),
        place,
    }
}

/// Returns a field as the names of generated code have it: `user_id` → `UserID`.
fn pascal(name: &str) -> String {
    let words = name.split('_').map(|word| {
        if ACRONYMS.contains(&word) {
            return word.to_uppercase();
        }
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_uppercase().collect::<String>());
        first.unwrap_or_default() + letters.as_str()
    });
    words.collect()
}
