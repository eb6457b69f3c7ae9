//! Structs: their fields, each with its type and its tag.

use crate::code::context::Context;
use crate::code::syntax::Id;

/// `type User struct { … }`.
pub(in crate::code) struct Struct<'a> {
    /// The declaration.
    pub(in crate::code) id: Id,
    pub(in crate::code) name: &'a str,
    pub(in crate::code) fields: Vec<Field<'a>>,
}

/// A field of a struct.
pub(in crate::code) struct Field<'a> {
    pub(in crate::code) id: Id,
    /// Its name; of an embedded one that of its type.
    pub(in crate::code) name: &'a str,
    /// Whether it is embedded: `Base` or `*Base` alone.
    pub(in crate::code) embedded: bool,
    /// Its type.
    pub(in crate::code) type_id: Id,
    /// What stands between the backquotes behind it.
    tag: &'a str,
}

impl<'a> Field<'a> {
    /// Returns what the tag says under a key: `gorm:"primaryKey"`. <https://pkg.go.dev/reflect#StructTag>
    pub(in crate::code) fn tag(&self, key: &str) -> Option<&'a str> {
        let mut rest = self.tag;
        loop {
            let (name, behind) = rest.trim_start().split_once(":\"")?;
            let end = closing_quote(behind)?;
            if name == key {
                return behind.get(..end);
            }
            rest = behind.get(end + 1..)?;
        }
    }

    /// Returns whether other packages see it: reflection reads no other one.
    pub(in crate::code) fn is_exported(&self) -> bool {
        self.name.starts_with(|c: char| c.is_uppercase())
    }
}

/// Returns where the value of a tag ends; a quote in it stands behind a backslash.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '\\' => escaped = !escaped,
            '"' if !escaped => return Some(at),
            _ => escaped = false,
        }
    }
    None
}

/// Returns the structs that a file declares under a name.
pub(in crate::code) fn structs<'a>(context: &Context<'_, 'a>) -> Vec<Struct<'a>> {
    let s = context.syntax;
    let specs = s.all().filter(|&id| s.kind(id) == "type_spec");
    specs
        .filter_map(|id| {
            let body = s
                .child(id, "type")
                .filter(|&t| s.kind(t) == "struct_type")?;
            Some(Struct {
                id,
                name: s.text(s.child(id, "name")?),
                fields: fields(context, body),
            })
        })
        .collect()
}

fn fields<'a>(context: &Context<'_, 'a>, body: Id) -> Vec<Field<'a>> {
    let s = context.syntax;
    let Some(list) = s.child_of(body, "field_declaration_list") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for id in s.named(list) {
        let Some(type_id) = s.child(id, "type") else {
            continue;
        };
        let tag = s
            .child(id, "tag")
            .map_or("", |t| s.text(t).trim_matches('`'));
        let names: Vec<Id> = s
            .children(id)
            .filter(|&c| s.role(c) == Some("name"))
            .collect();
        let field = |name, embedded| Field {
            id,
            name,
            embedded,
            type_id,
            tag,
        };
        if names.is_empty() {
            found.push(field(s.last_name(type_id), true));
        }
        found.extend(names.into_iter().map(|name| field(s.text(name), false)));
    }
    found
}

/// Returns the fields that structs are made with, each behind the name of its type: `User{Name: "x"}` gives `User.Name`.
pub(in crate::code) fn fields_made_with(context: &Context<'_, '_>) -> Vec<String> {
    let s = context.syntax;
    let literals = s.all().filter(|&id| s.kind(id) == "composite_literal");
    let mut found = Vec::new();
    for id in literals {
        let of_type = s.child(id, "type").map_or("", |t| s.last_name(t));
        if !of_type.is_empty() {
            let names = keyed(context, id).into_iter().flatten();
            found.extend(names.map(|(key, _)| format!("{of_type}.{}", s.text(key))));
        }
    }
    found
}

/// Returns the keys and values of a literal; None where it gives values by their position.
pub(in crate::code) fn keyed(context: &Context<'_, '_>, literal: Id) -> Option<Vec<(Id, Id)>> {
    let s = context.syntax;
    let body = s.child(literal, "body")?;
    let items = s.named(body).filter(|&item| !s.is_comment(item));
    items
        .map(|item| match s.kind(item) {
            "keyed_element" => {
                let (key, value) = (s.named(item).next()?, s.named(item).last()?);
                Some((s.bare(key), s.bare(value)))
            }
            _ => None,
        })
        .collect()
}

/// Returns the names of the types that a file declares, each with what it stands for.
pub(in crate::code) fn named_types<'a>(context: &Context<'_, 'a>) -> Vec<(&'a str, Id)> {
    let s = context.syntax;
    let specs = s
        .all()
        .filter(|&id| matches!(s.kind(id), "type_spec" | "type_alias"));
    specs
        .filter_map(|id| Some((s.text(s.child(id, "name")?), s.child(id, "type")?)))
        .collect()
}

/// Returns the functions of a file, each with its name; methods are none.
pub(in crate::code) fn functions<'a>(context: &Context<'_, 'a>) -> Vec<(&'a str, Id)> {
    let s = context.syntax;
    let all = s.all().filter(|&id| s.kind(id) == "function_declaration");
    all.filter_map(|id| Some((s.text(s.child(id, "name")?), id)))
        .collect()
}

/// Returns what the methods without arguments give back that only return one text, by the name of the type that they belong to:
/// `func (User) TableName() string { return "people" }`. A text that is made elsewhere is None.
pub(in crate::code) fn texts_of_methods<'a>(
    context: &Context<'_, 'a>,
    method: &str,
) -> Vec<(&'a str, Option<String>)> {
    let s = context.syntax;
    let methods = s
        .all()
        .filter(|&id| s.kind(id) == "method_declaration")
        .filter(|&id| s.child(id, "name").is_some_and(|n| s.text(n) == method));
    methods
        .filter_map(|id| {
            let receiver = s.child(id, "receiver")?;
            let parameter = s.child_of(receiver, "parameter_declaration")?;
            let owner = s.last_name(s.child(parameter, "type")?);
            let mut returns = s
                .below(id)
                .filter(|&n| s.kind(n) == "return_statement")
                .filter_map(|r| s.named(r).next());
            let given = returns.next().filter(|_| returns.next().is_none());
            let literal = given.and_then(|v| context.strings.literal(v));
            let text = literal.filter(|l| !l.dynamic).map(|l| l.text);
            Some((owner, text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_by_its_key() {
        let field = Field {
            id: 0,
            name: "Name",
            embedded: false,
            type_id: 0,
            tag: r#"json:"a\"b" gorm:"column:x;not null" db:"y""#,
        };
        assert_eq!(field.tag("gorm"), Some("column:x;not null"));
        assert_eq!(field.tag("db"), Some("y"));
        assert_eq!(field.tag("yaml"), None);
    }
}
