//! Contexts: `class ShopContext : DbContext { public DbSet<User> Users { get; set; } }`.
//!
//! A set gives its entity a table of the name of the property, unless a mapping says another one:
//! <https://learn.microsoft.com/ef/core/modeling/entity-types#table-name>.

use coexist_model::{ModelDeclaration, Surface};

use crate::code::context::Context;
use crate::code::csharp::{Class, classes, name_of, type_arguments};
use crate::code::syntax::{Id, Syntax};

use super::SET;

/// The sets of ASP.NET Core Identity, by the place of their type among the arguments of its context, with their tables.
const IDENTITY: &[(usize, &str, &str)] = &[
    (0, "Users", "AspNetUsers"),
    (1, "Roles", "AspNetRoles"),
    (3, "UserClaims", "AspNetUserClaims"),
    (4, "UserRoles", "AspNetUserRoles"),
    (5, "UserLogins", "AspNetUserLogins"),
    (6, "RoleClaims", "AspNetRoleClaims"),
    (7, "UserTokens", "AspNetUserTokens"),
];

/// Returns the sets of the contexts of a file. An interface may declare them for those who use them.
pub(super) fn sets(context: &Context<'_, '_>) -> Vec<ModelDeclaration> {
    let s = context.syntax;
    let properties = s.all().filter(|&id| s.kind(id) == "property_declaration");
    let own = properties.filter_map(|id| {
        let of_type = s.child(id, "type")?;
        let is_set = matches!(name_of(s, of_type), "DbSet" | "IDbSet");
        let held = *type_arguments(s, of_type).first().filter(|_| is_set)?;
        let name = s.child(id, "name")?;
        let table = s.text(name);
        Some(set(context, name, table, table, name_of(s, held)))
    });
    let identity = classes(s).into_iter().flat_map(|c| identity(context, &c));
    own.collect::<Vec<_>>()
        .into_iter()
        .chain(identity)
        .collect()
}

fn identity(context: &Context<'_, '_>, class: &Class<'_>) -> Vec<ModelDeclaration> {
    let s = context.syntax;
    let base = class
        .bases
        .iter()
        .find(|&&b| name_of(s, b) == "IdentityDbContext");
    let held = base.map(|&b| type_arguments(s, b)).unwrap_or_default();
    let known = IDENTITY.iter().filter_map(|&(at, name, table)| {
        let entity = name_of(s, *held.get(at)?);
        Some(set(context, class.id, name, table, entity))
    });
    known.collect()
}

fn set(
    context: &Context<'_, '_>,
    at: Id,
    name: &str,
    table: &str,
    entity: &str,
) -> ModelDeclaration {
    ModelDeclaration {
        name: name.to_owned(),
        tool: SET,
        table: Surface::table(table),
        bases: vec![entity.to_owned()],
        columns: Vec::new(),
        deferred: Vec::new(),
        filled: Vec::new(),
        unset: Vec::new(),
        aliases: Vec::new(),
        place: context.file.place(first_line(context.syntax, at)),
    }
}

fn first_line(s: &Syntax<'_>, id: Id) -> std::ops::Range<usize> {
    let range = s.range(id);
    let end = s.text(id).find('\n').unwrap_or(range.len());
    range.start..range.start + end
}
