//! Repositories of Spring Data and Panache: `interface Users extends JpaRepository<User, Long>`.

use std::collections::BTreeSet;

use coexist_model::{Access, Confidence, Mode, ModelDeclaration, Surface};

use super::REPOSITORIES;
use crate::code::jvm::{Class, Classes, Type};
use crate::code::orm::classes::use_of;

/// Interfaces and classes of libraries whose first parameter is the entity.
const LIBRARY: &[&str] = &[
    "JpaRepository",
    "JpaRepositoryImplementation",
    "SimpleJpaRepository",
    "CrudRepository",
    "ListCrudRepository",
    "PagingAndSortingRepository",
    "ListPagingAndSortingRepository",
    "Repository",
    "JpaSpecificationExecutor",
    "CoroutineCrudRepository",
    "QuerydslPredicateExecutor",
    "PanacheRepository",
    "PanacheRepositoryBase",
    "AbstractDAO",
];

/// The repositories of a file, and the uses that their declaration is.
#[derive(Default)]
pub(super) struct Repositories {
    pub(super) models: Vec<ModelDeclaration>,
    pub(super) accesses: Vec<Access>,
}

/// Returns the repositories that a file declares: of the interfaces of the libraries, and of any other generic one for an entity that is
/// known.
pub(super) fn repositories(
    reader: &Classes<'_, '_, '_>,
    classes: &[Class<'_>],
    known: &BTreeSet<String>,
) -> Repositories {
    let context = reader.context;
    let mut found = Repositories::default();
    for class in classes {
        let Some(entity) = class.above.iter().find_map(|above| entity(above, known)) else {
            continue;
        };
        let s = context.syntax;
        let at = s.child(class.id, "name").unwrap_or(class.id);
        found.models.push(ModelDeclaration {
            name: class.name.to_owned(),
            tool: REPOSITORIES,
            table: Surface::table(""),
            bases: vec![entity.to_owned()],
            columns: Vec::new(),
            deferred: Vec::new(),
            filled: Vec::new(),
            unset: Vec::new(),
            aliases: Vec::new(),
            place: context.file.place(s.range(at)),
        });
        // The framework makes an object of it, and somebody asked for one; whether anything is inserted through it, calls tell.
        let inserts = Mode::Inserts {
            columns: None,
            positions: None,
            values: Vec::new(),
            conflict: None,
        };
        for (mode, sure) in [
            (Mode::Queries, Confidence::High),
            (inserts, Confidence::Medium),
        ] {
            let access = use_of(context, at, class.name, None, mode, sure);
            found.accesses.push(access);
        }
    }
    found
}

fn entity<'a>(above: &Type<'a>, known: &BTreeSet<String>) -> Option<&'a str> {
    let first = *above.arguments.first()?;
    // A parameter of the interface's own is no entity: `interface Base<T> extends JpaRepository<T, Long>`.
    let parameter = first.len() == 1;
    let ours = LIBRARY.contains(&above.name) || known.contains(first);
    (ours && !parameter).then_some(first)
}
