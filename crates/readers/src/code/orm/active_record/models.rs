//! The classes that stand for tables: `class User < ApplicationRecord`.

use coexist_model::{Column, Detail, Element, ModelDeclaration, Place, Surface};

use crate::code::context::Context;
use crate::code::inflections::{plural, table_of, underscored};
use crate::code::ruby::{Scope, Sent, constant, nesting, statements, superclass};
use crate::code::syntax::{Id, Syntax};

/// Returns the models that a file declares. One that may have a table with the name of its module before it is declared with each:
/// the store tells which there is.
pub(super) fn models(context: &Context<'_, '_>) -> Vec<ModelDeclaration> {
    let s = context.syntax;
    let scope = Scope::of(context);
    let classes = s.all().filter(|&id| s.kind(id) == "class");
    let modules = s.all().filter(|&id| s.kind(id) == "module");
    let declared = classes.flat_map(|class| declared(&scope, class));
    let concerns = modules.filter_map(|module| concern(&scope, module));
    declared.chain(concerns).collect()
}

/// Returns what a module says of the classes that include it: `included do self.ignored_columns += %w[a] end`. One that ignores nothing
/// says nothing of columns. <https://api.rubyonrails.org/classes/ActiveSupport/Concern.html>
fn concern(scope: &Scope<'_, '_, '_>, module: Id) -> Option<ModelDeclaration> {
    let context = scope.context;
    let s = context.syntax;
    let own = s.child(module, "body").map(|b| statements(s, b))?;
    let included = own.iter().filter_map(|&id| Sent::of(s, id));
    let blocks = included
        .filter(|sent| sent.name == "included")
        .filter_map(|sent| sent.block?.body);
    let said: Vec<Id> = blocks.flat_map(|body| statements(s, body)).collect();
    let ignored = ignored(scope, &said);
    (!ignored.is_empty()).then(|| ModelDeclaration {
        name: full_name(context, module).unwrap_or_default(),
        tool: super::TOOL,
        table: Surface::table(""),
        bases: Vec::new(),
        deferred: ignored.iter().map(|e| e.name.clone()).collect(),
        columns: ignored,
        filled: Vec::new(),
        unset: Vec::new(),
        aliases: Vec::new(),
        place: context.file.place(head(context, module)),
    })
}

/// Returns the modules that a class includes, each also by the name that it has inside of the class.
fn included(s: &Syntax<'_>, class: &str, own: &[Id]) -> Vec<String> {
    let sent = own.iter().filter_map(|&id| Sent::of(s, id));
    let modules = sent.filter(|sent| sent.name == "include");
    let names = modules
        .flat_map(|sent| sent.placed)
        .filter_map(|id| constant(s, id));
    names
        .flat_map(|name| [format!("{class}::{name}"), name])
        .collect()
}

/// Returns the name of a class with the modules that it stands in.
pub(super) fn full_name(context: &Context<'_, '_>, class: Id) -> Option<String> {
    let s = context.syntax;
    let mut names = nesting(s, class);
    names.push(constant(s, s.child(class, "name")?)?);
    Some(names.join("::"))
}

fn declared(scope: &Scope<'_, '_, '_>, class: Id) -> Vec<ModelDeclaration> {
    let context = scope.context;
    let s = context.syntax;
    let (Some(name), Some(base)) = (full_name(context, class), superclass(s, class)) else {
        return Vec::new();
    };
    let base = base.trim_start_matches("::").to_owned();
    let body = s.child(class, "body");
    let own: Vec<Id> = body.map(|b| s.named(b).collect()).unwrap_or_default();
    let assigned = |attribute: &str| {
        let mut values = own.iter().filter(|&&a| {
            let left = s.child(a, "left").map_or("", |l| s.text(l));
            left.strip_prefix("self.") == Some(attribute)
        });
        values.next().and_then(|&a| s.child(a, "right"))
    };
    let ignored = ignored(scope, &own);
    let is_record = base == "ActiveRecord::Base" || base.ends_with("Record");
    let is_abstract = assigned("abstract_class").is_some_and(|v| s.kind(v) == "true");
    let named = assigned("table_name").and_then(|v| scope.word(v));
    let prefix = assigned("table_name_prefix").and_then(|v| scope.word(v));
    // Other classes share the table of the one that they extend, or are no models at all.
    let tables = match (named, prefix) {
        _ if is_abstract => vec![String::new()],
        (Some(table), _) => vec![table],
        (None, Some(prefix)) => vec![format!("{prefix}{}", table_of(&name))],
        (None, None) if is_record => by_convention(&name),
        (None, None) => vec![String::new()],
    };
    let aliases = own.iter().filter_map(|&id| {
        let sent = Sent::of(s, id).filter(|c| c.name == "alias_attribute")?;
        let new = scope.word(*sent.placed.first()?)?;
        Some((new, scope.word(*sent.placed.get(1)?)?))
    });
    let aliases: Vec<(String, String)> = aliases.collect();
    let filled = filled(scope, &own);
    let mut bases = included(s, &name, &own);
    if !is_record {
        bases.push(base.clone());
    }
    let declaration = |table: String| ModelDeclaration {
        name: name.clone(),
        tool: super::TOOL,
        table: Surface::table(table.strip_prefix("public.").unwrap_or(&table)),
        bases: bases.clone(),
        columns: ignored.clone(),
        deferred: ignored.iter().map(|e| e.name.clone()).collect(),
        filled: filled.clone(),
        unset: Vec::new(),
        aliases: aliases.clone(),
        place: context.file.place(head(context, class)),
    };
    tables.into_iter().map(declaration).collect()
}

/// Returns the tables that a class may have: `Admin::User` has `admin_users` where its module or the class around it says so.
fn by_convention(name: &str) -> Vec<String> {
    let Some((around, bare)) = name.rsplit_once("::") else {
        return vec![table_of(name)];
    };
    let parts: Vec<String> = around.split("::").map(underscored).collect();
    let table = plural(&underscored(bare));
    vec![table.clone(), format!("{}_{table}", parts.join("_"))]
}

/// Macros that name columns and give them no value.
const GIVING_NONE: &[&str] = &[
    "scope",
    "has_many",
    "has_one",
    "delegate",
    "alias_attribute",
    "attr_readonly",
    "ignore_column",
    "ignore_columns",
    "store_accessor",
    "serialize",
    "encrypts",
    "normalizes",
    "enum",
    "attribute",
];

/// Returns the columns to which a class itself sees that a new row has a value: those that must be present to be saved, those of what it
/// belongs to, those with a default, and those that it hands to a macro which nobody here knows.
///
/// <https://guides.rubyonrails.org/active_record_validations.html#presence>,
/// <https://guides.rubyonrails.org/association_basics.html#optional>
fn filled(scope: &Scope<'_, '_, '_>, own: &[Id]) -> Vec<String> {
    let s = scope.context.syntax;
    let mut filled = Vec::new();
    for sent in own.iter().filter_map(|&id| Sent::of(s, id)) {
        let has = |option: &str| {
            let value = sent.options.get(option);
            value.is_some_and(|v| !matches!(s.kind(v), "false" | "nil"))
        };
        let placed = sent.placed.iter();
        let names: Vec<String> = placed.filter_map(|&id| scope.word(id)).collect();
        match sent.name {
            "validates" if !has("presence") => {}
            "belongs_to" if has("optional") => {}
            "belongs_to" => {
                let key = sent.options.get("foreign_key").and_then(|k| scope.word(k));
                let named = names.first().map(|name| format!("{name}_id"));
                filled.extend(key.or(named));
                filled.extend(names.first().map(|name| format!("{name}_type")));
            }
            name if GIVING_NONE.contains(&name) && !has("default") => {}
            name if name.starts_with("validates")
                && name != "validates"
                && !name.ends_with("presence_of") => {}
            "has_secure_token" if names.is_empty() => filled.push("token".to_owned()),
            "has_secure_password" => filled.push("password_digest".to_owned()),
            "friendly_id" => filled.push("slug".to_owned()),
            "acts_as_list" => filled.push("position".to_owned()),
            "aasm" => {
                let column = sent.options.get("column").and_then(|k| scope.word(k));
                filled.push(column.unwrap_or_else(|| "aasm_state".to_owned()));
            }
            _ => filled.extend(names),
        }
    }
    filled
}

/// Returns the columns that a class ignores, which are all that it declares: `self.ignored_columns += %w[a b]`, GitLab's `ignore_column :a, remove_with: "17.1"`.
fn ignored(scope: &Scope<'_, '_, '_>, own: &[Id]) -> Vec<Element> {
    let s = scope.context.syntax;
    let mut ignored = Vec::new();
    let mut ignore = |list: Id| {
        let items: Vec<Id> = match s.kind(list) {
            "array" | "string_array" | "symbol_array" => s.named(list).collect(),
            _ => vec![list],
        };
        for item in items {
            let place = scope.context.file.place(s.range(item));
            let names = scope.words(item).unwrap_or_default();
            ignored.extend(names.into_iter().map(|name| element(name, place.clone())));
        }
    };
    for &id in own {
        let left = s.child(id, "left").map_or("", |l| s.text(l));
        if left == "self.ignored_columns" {
            let right = s.child(id, "right").unwrap_or(id);
            let listed = std::iter::once(right).chain(s.below(right));
            let lists = listed.into_iter().filter(|&l| {
                matches!(
                    s.kind(l),
                    "array" | "string_array" | "symbol_array" | "constant"
                )
            });
            lists.for_each(&mut ignore);
        }
        let sent = Sent::of(s, id).filter(|c| matches!(c.name, "ignore_column" | "ignore_columns"));
        sent.iter().flat_map(|c| &c.placed).for_each(|&l| ignore(l));
    }
    ignored.sort_by(|a, b| a.name.cmp(&b.name));
    ignored.dedup_by(|a, b| a.name == b.name);
    ignored
}

/// A column of which the class says nothing but the name.
fn element(name: String, place: Place) -> Element {
    Element {
        name,
        detail: Detail::Column(Column {
            type_name: String::new(),
            nullable: true,
            default: None,
            generated: false,
        }),
        place,
    }
}

/// Returns the first line of a declaration.
fn head(context: &Context<'_, '_>, class: Id) -> std::ops::Range<usize> {
    let range = context.syntax.range(class);
    let text = context.syntax.text(class);
    range.start..range.start + text.find('\n').unwrap_or(text.len())
}
