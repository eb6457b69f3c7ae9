//! The names of tables and columns: `User::Table`, `User::FirstName`, `Alias::new("users")`.
//!
//! <https://docs.rs/sea-query/latest/sea_query/trait.Iden.html>: a variant is called as it is in snake case, `Table` as its enum, unless an
//! attribute or an implementation by hand says otherwise.

use crate::code::context::Context;
use crate::code::rust::Attributes;
use crate::code::rust::snake;
use crate::code::syntax::Id;

/// Returns the name that an expression is; None where it cannot be told.
pub(super) fn name(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    let id = s.bare(id);
    if let Some(text) = context.strings.plain(id).filter(|_| s.is_string(id)) {
        return Some(text);
    }
    if let Some(call) = s.call(id) {
        return match (s.called(call), s.receiver(call)) {
            // `Alias::new("users")`, `DynIden::from("users")`.
            ("new" | "from", Some(of)) if matches!(s.last_name(of), "Alias" | "DynIden") => {
                name(context, *s.arguments(call).first()?)
            }
            (
                "into_iden" | "into_table_ref" | "into_column_ref" | "to_owned" | "clone"
                | "to_string" | "into",
                Some(of),
            ) => name(context, of),
            _ => None,
        };
    }
    match s.kind(id) {
        // `(Schema::Public, User::Table)`.
        "tuple_expression" => {
            let parts: Option<Vec<String>> = s.named(id).map(|part| name(context, part)).collect();
            let parts = parts.filter(|p| p.len() == 2)?;
            Some(match parts[0].as_str() {
                "public" => parts[1].clone(),
                schema => format!("{schema}.{}", parts[1]),
            })
        }
        "scoped_identifier" => {
            let (of, variant) = s.member(id)?;
            variant_of(context, s.last_name(of), s.text(variant))
        }
        "identifier" => {
            // `struct UserTable;` that is a name by itself, or a constant.
            let constant = constant(context, s.text(id));
            constant
                .and_then(|value| name(context, value))
                .or_else(|| unit(context, s.text(id)))
        }
        _ => None,
    }
}

/// Returns the names in a list.
pub(super) fn names(context: &Context<'_, '_>, id: Id) -> Option<Vec<String>> {
    let s = context.syntax;
    let id = s.bare(id);
    if let Some(call) = s.call(id)
        && let ("to_vec" | "into_iter" | "to_owned", Some(of)) = (s.called(call), s.receiver(call))
    {
        return names(context, of);
    }
    match s.kind(id) {
        "array_expression" => s.named(id).map(|item| name(context, item)).collect(),
        "macro_invocation" if s.text(id).starts_with("vec!") => {
            let body = s.child_of(id, "token_tree")?;
            // What a macro is given is not parsed further: only texts and names that stand alone can be told.
            let words: Vec<Id> = s.named(body).collect();
            let texts = words
                .iter()
                .map(|&w| context.strings.plain(w).filter(|_| s.is_string(w)));
            texts.collect()
        }
        _ => name(context, id).map(|name| vec![name]),
    }
}

fn constant(context: &Context<'_, '_>, name: &str) -> Option<Id> {
    let s = context.syntax;
    let mut all = s
        .all()
        .filter(|&id| matches!(s.kind(id), "const_item" | "static_item"));
    let found = all.find(|&id| s.child(id, "name").is_some_and(|n| s.text(n) == name))?;
    s.child(found, "value")
}

/// Returns the name of a struct without fields that derives one.
fn unit(context: &Context<'_, '_>, name: &str) -> Option<String> {
    let s = context.syntax;
    let mut all = s.all().filter(|&id| s.kind(id) == "struct_item");
    let found = all.find(|&id| s.child(id, "name").is_some_and(|n| s.text(n) == name))?;
    let attributes = Attributes::before(s, found);
    let derives = attributes.has("Iden") || attributes.has("DeriveIden");
    derives.then(|| attributes.value("iden").unwrap_or_else(|| snake(name)))
}

/// Returns the name of a variant of an enum.
fn variant_of(context: &Context<'_, '_>, of: &str, variant: &str) -> Option<String> {
    let s = context.syntax;
    // The table of an entity stands in the file of that one.
    if variant == "Entity" {
        return None;
    }
    let mut enums = s.all().filter(|&id| s.kind(id) == "enum_item");
    let declared = enums.find(|&id| s.child(id, "name").is_some_and(|n| s.text(n) == of));
    let conventional = || match variant {
        "Table" => snake(of),
        variant => snake(variant),
    };
    let Some(declared) = declared else {
        // Declared in another file, where it is mostly called as usual.
        return Some(conventional());
    };
    if let Some(by_hand) = by_hand(context, of) {
        return by_hand
            .into_iter()
            .find(|(name, _)| *name == variant)
            .and_then(|(_, text)| text);
    }
    let body = s.child(declared, "body")?;
    let mut variants = s.named(body).filter(|&v| s.kind(v) == "enum_variant");
    let found = variants.find(|&v| s.child(v, "name").is_some_and(|n| s.text(n) == variant))?;
    let of_variant = Attributes::before(s, found).value("iden");
    let of_enum = || Attributes::before(s, declared).value("iden");
    Some(match variant {
        "Table" => of_variant.or_else(of_enum).unwrap_or_else(conventional),
        _ => of_variant.unwrap_or_else(conventional),
    })
}

/// Returns what an implementation by hand calls the variants: `impl Iden for User { … match self { Self::Table => "users" } … }`.
fn by_hand<'a>(context: &Context<'_, 'a>, of: &str) -> Option<Vec<(&'a str, Option<String>)>> {
    let s = context.syntax;
    let mut all = s.all().filter(|&id| s.kind(id) == "impl_item");
    let found = all.find(|&id| {
        let is = |role: &str, name: &str| s.child(id, role).is_some_and(|t| s.last_name(t) == name);
        is("trait", "Iden") && is("type", of)
    })?;
    let arms = s.below(found).filter(|&id| s.kind(id) == "match_arm");
    let named = arms.filter_map(|arm| {
        let pattern = s.bare(s.child(arm, "pattern")?);
        let text = s
            .child(arm, "value")
            .and_then(|v| context.strings.plain(s.bare(v)));
        Some((s.last_name(pattern), text))
    });
    Some(named.collect())
}
