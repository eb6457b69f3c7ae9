//! Classes with properties, each of which may be an entity or a part of one.
//!
//! A property with a getter and a setter is a column: <https://learn.microsoft.com/ef/core/modeling/entity-properties>. One whose type is
//! declared elsewhere may be an enum, a relation or an owned type: it is declared as deferred, and linking keeps it where the table has such
//! a column.

use coexist_model::{Column, Detail, Element, ModelDeclaration, Surface};

use crate::code::context::Context;
use crate::code::csharp::{Attribute, Class, attributes, classes, name_of};
use crate::code::orm::classes::head;
use crate::code::syntax::{Id, Syntax};

use super::TOOL;
use super::types::is_stored;

/// Returns the classes of a file that have properties, or extend something and may be an entity by that.
pub(super) fn entities(context: &Context<'_, '_>) -> Vec<ModelDeclaration> {
    let all = classes(context.syntax);
    all.iter().filter_map(|c| entity(context, c)).collect()
}

/// A property that may be a column.
struct Property<'a> {
    id: Id,
    of_type: Id,
    name: &'a str,
    attributes: Vec<Attribute<'a>>,
}

fn entity(context: &Context<'_, '_>, class: &Class<'_>) -> Option<ModelDeclaration> {
    let s = context.syntax;
    let properties = properties(s, class);
    let attributes = attributes(s, class.id);
    let mapped = attributes.iter().find(|a| a.name == "Table");
    let is_context = class
        .bases
        .iter()
        .any(|&b| name_of(s, b).ends_with("DbContext"));
    if is_context || properties.is_empty() && class.bases.is_empty() && mapped.is_none() {
        return None;
    }
    let table = mapped.and_then(|a| {
        let schema = a.named(context, "Schema");
        let schema = schema.filter(|s| !matches!(s.as_str(), "public" | "dbo"));
        let name = a.text(context)?;
        Some(schema.map_or_else(|| name.clone(), |schema| format!("{schema}.{name}")))
    });
    let (mut columns, mut aliases, mut deferred) = (Vec::new(), Vec::new(), Vec::new());
    for property in properties {
        let spelled = property.attributes.iter().find(|a| a.name == "Column");
        let spelled = spelled.and_then(|a| a.text(context));
        let sure = spelled.is_some() || is_stored(s, property.of_type);
        let name = spelled.unwrap_or_else(|| property.name.to_owned());
        if !sure {
            deferred.push(name.clone());
        }
        // What is not mapped is stored in no column.
        if !property.attributes.iter().any(|a| a.name == "NotMapped") {
            aliases.push((property.name.to_owned(), name.clone()));
        }
        columns.push(Element {
            name,
            detail: Detail::Column(Column {
                type_name: String::new(),
                nullable: s.kind(property.of_type) == "nullable_type",
                default: None,
                generated: false,
            }),
            place: context.file.place(s.range(property.id)),
        });
    }
    Some(ModelDeclaration {
        name: class.name.to_owned(),
        tool: TOOL,
        table: Surface::table(table.unwrap_or_default()),
        bases: bases(s, class),
        columns,
        deferred,
        filled: Vec::new(),
        unset: Vec::new(),
        aliases,
        place: context.file.place(head(context, class.id)),
    })
}

/// Returns the classes that a class extends. What is named like an interface declares no column of it.
fn bases(s: &Syntax<'_>, class: &Class<'_>) -> Vec<String> {
    let is_interface = |name: &&str| {
        let mut letters = name.chars();
        letters.next() == Some('I') && letters.next().is_some_and(char::is_uppercase)
    };
    let names = class.bases.iter().map(|&b| name_of(s, b));
    names
        .filter(|name| !name.is_empty() && !is_interface(name))
        .map(str::to_owned)
        .collect()
}

fn properties<'a>(s: &Syntax<'a>, class: &Class<'a>) -> Vec<Property<'a>> {
    let mut found: Vec<Property<'a>> = class
        .members(s, "property_declaration")
        .into_iter()
        .filter(|&id| is_mapped(s, id))
        .filter_map(|id| property(s, id))
        .collect();
    // `record User(int Id, string Name);`
    let positional = s
        .child_of(class.id, "parameter_list")
        .filter(|_| s.kind(class.id) == "record_declaration");
    let parameters = positional.into_iter().flat_map(|list| s.named(list));
    found.extend(parameters.filter_map(|id| property(s, id)));
    found
}

fn property<'a>(s: &Syntax<'a>, id: Id) -> Option<Property<'a>> {
    let name = s.child(id, "name")?;
    Some(Property {
        // From its type on: attributes stand in lines before it.
        id: name,
        of_type: s.child(id, "type")?,
        name: s.text(name),
        attributes: attributes(s, id),
    })
}

/// Returns whether a property is public, of the object, and has both a getter and a setter.
fn is_mapped(s: &Syntax<'_>, id: Id) -> bool {
    let modifiers = s.children(id).filter(|&c| s.kind(c) == "modifier");
    let words: Vec<&str> = modifiers.map(|m| s.text(m)).collect();
    let accessors = s.child(id, "accessors");
    let each = accessors.map(|list| s.named(list).collect::<Vec<_>>());
    let sets = each.unwrap_or_default().into_iter().any(|a| {
        s.child(a, "name")
            .is_some_and(|n| matches!(s.text(n), "set" | "init"))
    });
    words.contains(&"public") && !words.contains(&"static") && sets
}
