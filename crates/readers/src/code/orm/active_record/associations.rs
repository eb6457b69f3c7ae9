//! Associations: what one class has of another, and the code that follows them.
//!
//! `family.imports.create!(…)` makes a row of the class that `has_many :imports` leads to. Which one that is, and whether `family` is of the
//! class that declares it, linking tells: see `relational/associations.rs`.
//! <https://api.rubyonrails.org/classes/ActiveRecord/Associations/ClassMethods.html>

use coexist_model::Association;

use crate::code::context::Context;
use crate::code::inflections::class_of;
use crate::code::ruby::{Scope, Sent};
use crate::code::syntax::{Id, Syntax};

use super::models::full_name;

const DECLARING: &[&str] = &[
    "has_many",
    "has_one",
    "belongs_to",
    "has_and_belongs_to_many",
];

/// Methods that ask for some of the rows that an association leads to.
const NARROWING: &[&str] = &[
    "where",
    "rewhere",
    "not",
    "order",
    "includes",
    "create_with",
];

/// Returns the associations that the classes and modules of a file declare.
pub(super) fn declared(context: &Context<'_, '_>) -> Vec<Association> {
    let s = context.syntax;
    let scope = Scope::of(context);
    let calls = s.all().filter(|&id| s.kind(id) == "call");
    let sent = calls.filter_map(|id| Sent::of(s, id));
    sent.filter(|sent| DECLARING.contains(&sent.name))
        .filter_map(|sent| association(&scope, &sent))
        .collect()
}

fn association(scope: &Scope<'_, '_, '_>, sent: &Sent<'_>) -> Option<Association> {
    let s = scope.context.syntax;
    let owner = owner(scope.context, sent.id)?;
    let name = scope.word(*sent.placed.first()?)?;
    let polymorphic = sent.options.flag(s, "polymorphic") != Some(true);
    let through = sent.options.get("through").is_some();
    // Another name at its other end leads where the associations of that name do.
    let known = polymorphic && sent.options.get("source").is_none();
    let class = match sent.options.get("class_name") {
        Some(class) => scope.word(class),
        None => Some(class_of(&name)),
    };
    let classes = match class.filter(|_| known && !through) {
        Some(class) => candidates(&owner, &class),
        None => Vec::new(),
    };
    Some(Association {
        through: through && known,
        owner,
        name,
        classes,
    })
}

/// Returns the classes that a name may mean in a class, the nearest first.
fn candidates(owner: &str, class: &str) -> Vec<String> {
    if let Some(absolute) = class.strip_prefix("::") {
        return vec![absolute.to_owned()];
    }
    let mut around: Vec<&str> = owner.split("::").collect();
    let mut found = Vec::new();
    while !around.is_empty() {
        found.push(format!("{}::{class}", around.join("::")));
        around.pop();
    }
    found.push(class.to_owned());
    found
}

/// Returns the class or module that a node stands in.
fn owner(context: &Context<'_, '_>, id: Id) -> Option<String> {
    full_name(context, context.syntax.above(id, &["class", "module"])?)
}

/// Returns the surface of the association whose rows a call is sent to: `family.imports.create!`, `imports.where(…).first_or_create`.
pub(super) fn receiving(context: &Context<'_, '_>, sent: &Sent<'_>) -> Option<String> {
    let s = context.syntax;
    let mut at = sent.receiver?;
    for _ in 0..60 {
        let inner = Sent::of(s, at).filter(|c| NARROWING.contains(&c.name));
        match inner.and_then(|c| c.receiver) {
            Some(receiver) => at = receiver,
            None => break,
        }
    }
    let followed = Sent::of(s, at)?;
    if !followed.placed.is_empty() || followed.block.is_some() || is_local(s, at) {
        return None;
    }
    Some(Association::followed(
        &origin(context, &followed)?,
        followed.name,
    ))
}

/// Returns the surface of the association that a call makes a row of: `create_profile!(…)`, `user.build_profile`.
pub(super) fn made(context: &Context<'_, '_>, sent: &Sent<'_>) -> Option<String> {
    let name = sent.name.trim_end_matches('!');
    let name = ["create_", "build_"]
        .into_iter()
        .find_map(|verb| name.strip_prefix(verb))?;
    Some(Association::followed(&origin(context, sent)?, name))
}

/// Returns the surface of the association that leads to what a call is sent to: `payment.payee.name`.
pub(super) fn reached(context: &Context<'_, '_>, sent: &Sent<'_>) -> Option<String> {
    let s = context.syntax;
    let followed = Sent::of(s, sent.receiver?)?;
    // Without anything before it, a name is perhaps a variable.
    followed.receiver?;
    let plain = followed.placed.is_empty() && followed.block.is_none();
    let from = origin(context, &followed).filter(|_| plain)?;
    Some(Association::followed(&from, followed.name))
}

/// Returns where a call starts from: the class that it stands in, or the name of what it is sent to.
fn origin(context: &Context<'_, '_>, sent: &Sent<'_>) -> Option<String> {
    let s = context.syntax;
    match sent.receiver {
        Some(receiver) if s.kind(receiver) != "self" => {
            let name = s.last_name(receiver).trim_start_matches('@');
            (!name.is_empty()).then(|| name.to_owned())
        }
        _ => owner(context, sent.id),
    }
}

/// Returns whether a bare name is a variable or a parameter of the method that it stands in.
fn is_local(s: &Syntax<'_>, id: Id) -> bool {
    if s.kind(id) != "identifier" {
        return false;
    }
    let method = s.above(id, &["method", "singleton_method"]);
    let within = method.map_or_else(|| s.all(), |m| s.below(m));
    within
        .filter(|&n| s.kind(n) == "identifier" && s.text(n) == s.text(id))
        .any(|n| {
            let up = s.parent(n);
            up.is_some_and(|up| {
                let is_parameter =
                    s.kind(up).ends_with("parameters") || s.kind(up).ends_with("parameter");
                is_parameter
                    || s.child(up, "left") == Some(n)
                    || s.kind(up) == "left_assignment_list"
            })
        })
}
