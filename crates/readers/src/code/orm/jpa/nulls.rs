//! What an insert sends as NULL: a field that may hold nothing, and that nobody gave a value.
//!
//! An insert names every column, with NULL for a field that holds null, unless the class says `@DynamicInsert`:
//! <https://docs.jboss.org/hibernate/orm/6.6/javadocs/org/hibernate/annotations/DynamicInsert.html>. A primitive holds its zero. Annotations
//! that are not known may make a value (`@CreationTimestamp`, `@UuidGenerator`) or refuse to be without (`@NotNull`).

use std::collections::BTreeSet;

use crate::code::context::Context;
use crate::code::jvm::{Class, Classes, Member, find};
use crate::code::orm::jpa::naming::setter;
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

/// Annotations of fields that neither give a value nor ask for one.
const HARMLESS: &[&str] = &[
    "Access",
    "Audited",
    "Basic",
    "Column",
    "ColumnDefault",
    "Comment",
    "Convert",
    "DecimalMax",
    "DecimalMin",
    "Deprecated",
    "Digits",
    "Email",
    "Enumerated",
    "Exclude",
    "Getter",
    "Include",
    "JdbcTypeCode",
    "JsonDeserialize",
    "JsonFormat",
    "JsonIgnore",
    "JsonInclude",
    "JsonProperty",
    "JsonSerialize",
    "JsonView",
    "Length",
    "Lob",
    "Max",
    "Min",
    "NotAudited",
    "Nullable",
    "Pattern",
    "Positive",
    "PositiveOrZero",
    "Schema",
    "Setter",
    "Size",
    "SuppressWarnings",
    "Temporal",
    "ToString",
    "Type",
    "URL",
];
const PRIMITIVES: &[&str] = &[
    "boolean", "byte", "char", "double", "float", "int", "long", "short", "[]",
];

/// Returns whether objects of a class are inserted with NULL for what nobody gave a value, as far as the class tells.
pub(super) fn sends_nulls(reader: &Classes<'_, '_, '_>, class: &Class<'_>) -> bool {
    let s = reader.context.syntax;
    let listeners = find(&class.annotations, &["EntityListeners"]);
    let audits = |at: Id| reader.literal_type(at) == Some("AuditingEntityListener");
    let listens = listeners.and_then(|l| l.get("value")).is_some_and(|v| {
        let all = reader.items(v);
        !all.into_iter().all(audits)
    });
    // A constructor that calls another one gives fields what that one does.
    let delegates = s.below(class.id).any(|id| {
        s.kind(id) == "explicit_constructor_invocation" && s.text(id).starts_with("this")
    });
    find(&class.annotations, &["Entity", "MappedSuperclass"]).is_some()
        && find(&class.annotations, &["DynamicInsert"]).is_none()
        && !listens
        && !delegates
}

/// Returns whether a field is of a type of Java that has no null.
pub(super) fn is_primitive(member: &Member<'_>) -> bool {
    let name = member.type_of.name;
    name != "[]" && PRIMITIVES.contains(&name)
}

/// Returns whether a field holds null where nobody gives it a value.
pub(super) fn is_null_where_not_given(reader: &Classes<'_, '_, '_>, member: &Member<'_>) -> bool {
    let s = reader.context.syntax;
    let harmless = |name: &str| HARMLESS.contains(&name);
    if !member.annotations.iter().all(|a| harmless(a.name)) {
        return false;
    }
    let required = find(&member.annotations, &["Column", "Basic"]).is_some_and(|a| {
        ["nullable", "optional", "insertable"]
            .iter()
            .any(|name| a.get(name).is_some_and(|v| s.text(v) == "false"))
    });
    let Some(declared) = s.parent(member.id).filter(|_| !required) else {
        return false;
    };
    match s.profile.tongue {
        Tongue::Kotlin => {
            let may_hold_null = s.child_of(declared, "nullable_type").is_some();
            // A property stands around what declares it.
            let whole = match s.kind(declared) {
                "variable_declaration" => s.parent(declared).unwrap_or(declared),
                _ => declared,
            };
            let mut values = s.children(whole).skip_while(|&c| s.text(c) != "=").skip(1);
            may_hold_null && values.next().is_none_or(|v| s.text(v) == "null")
        }
        _ => {
            let value = s.child(declared, "value");
            // A method that gives the value away declares no field.
            s.kind(declared) == "variable_declarator"
                && !PRIMITIVES.contains(&member.type_of.name)
                && value.is_none_or(|v| s.text(v) == "null")
        }
    }
}

/// Returns the properties that code of Java or Kotlin sets on objects, whatever their class: by a setter, by assignment, and those that a class
/// sets on itself, but for its setters and for the constructors that are handed something: who calls those says what.
pub(in crate::code::orm) fn properties_set(context: &Context<'_, '_>) -> BTreeSet<String> {
    let s = context.syntax;
    let assigned = |id: Id| {
        if !s.is_assigned(id) || gives_what_it_is_given(context, id) {
            return None;
        }
        match s.member(id) {
            Some((_, name)) => Some(s.text(name).to_owned()),
            None => s.is_name(id).then(|| s.text(id).to_owned()),
        }
    };
    let by_setter = |id: Id| setter(s.called(s.call(id)?));
    s.all()
        .filter_map(|id| assigned(id).or_else(|| by_setter(id)))
        .collect()
}

/// Returns whether a node stands in a setter, or in a constructor with parameters.
fn gives_what_it_is_given(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    let Some(function) = s.function(id) else {
        return false;
    };
    match s.kind(function) {
        "constructor_declaration" => s
            .child(function, "parameters")
            .is_some_and(|p| s.named(p).next().is_some()),
        "secondary_constructor" => true,
        "method_declaration" => {
            let name = s.child(function, "name").map_or("", |n| s.text(n));
            setter(name).is_some()
        }
        _ => false,
    }
}

/// Returns the properties that are given to an object between `new User()` and here; None where that cannot be told.
pub(super) fn made_with(context: &Context<'_, '_>, given: Id, model: &str) -> Option<Vec<String>> {
    let s = context.syntax;
    let name = s.bare(given);
    let function = s.function(name).filter(|_| s.is_name(name))?;
    let here = s.range(name).start;
    let same = |id: Id| s.is_name(s.bare(id)) && s.text(s.bare(id)) == s.text(name);
    let before = s.below(function).filter(|&id| s.range(id).start < here);
    let mut made = false;
    let mut properties = Vec::new();
    for id in before {
        if s.kind(id) == "variable_declarator" && s.child(id, "name").is_some_and(same) {
            // Declared once, as an object without anything.
            let call = s.call(s.bare(s.child(id, "value")?))?;
            let empty = s.arguments(call).is_empty() && s.called(call) == model;
            let plain = s
                .child_of(s.bare(s.child(id, "value")?), "class_body")
                .is_none();
            if made || !empty || !plain {
                return None;
            }
            made = true;
        }
        if same(id) && s.is_name(id) && s.is_assigned(id) {
            return None;
        }
        if let Some((object, property)) = s.member(id)
            && same(object)
            && s.is_assigned(id)
        {
            properties.push(s.text(property).to_owned());
        }
        let Some(call) = s.call(id) else { continue };
        let handed = |a: &Id| same(*a) && s.range(*a).start < here;
        if s.arguments(call).iter().any(handed) {
            return None;
        }
        if s.receiver(call).is_some_and(same) {
            let called = s.called(call);
            match setter(called) {
                Some(property) => properties.push(property),
                None if called.starts_with("get") || called.starts_with("is") => {}
                None => return None,
            }
        }
    }
    made.then_some(properties)
}
