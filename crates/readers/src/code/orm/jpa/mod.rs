//! JPA: entities of Hibernate and its like, in Java and Kotlin, and what is done through them: repositories of Spring Data and
//! Panache, entity managers, JPQL.
//!
//! Hibernate names every mapped column in each query, and every one that may be inserted in each insert:
//! <https://docs.jboss.org/hibernate/orm/6.6/userguide/html_single/Hibernate_User_Guide.html#entity>. A repository is declared as a model
//! without a table that has its entity as its base, so that a call on it is one on the entity.

mod entities;
mod jpql;
mod naming;
mod nulls;
mod repositories;
mod uses;

use coexist_model::{Hints, Reading};

use crate::code::context::Context;
use crate::code::jvm::{Classes, TONGUES};

pub(in crate::code) use jpql::is_jpql;
pub(in crate::code::orm) use nulls::properties_set;

/// The name of the tool, as reports spell it.
pub const TOOL: &str = "jpa";

/// The name under which repositories are declared.
pub const REPOSITORIES: &str = "jpa repository";

/// Adds what a file declares and uses through JPA.
pub(in crate::code) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) {
    if !TONGUES.contains(&context.syntax.profile.tongue) {
        return;
    }
    let reader = Classes { context };
    let classes = reader.all();
    let entities = entities::entities(&reader, &classes, hints.dialect.unwrap_or_default());
    let known = super::names_of(TOOL, &entities.models, hints);
    let repositories = repositories::repositories(&reader, &classes, &known);
    let names = uses::Names {
        repositories: super::names_of(REPOSITORIES, &repositories.models, hints),
        entities: known,
    };
    reading.models.extend(entities.models);
    reading.models.extend(repositories.models);
    reading.accesses.extend(entities.accesses);
    reading.accesses.extend(repositories.accesses);
    if !(names.entities.is_empty() && names.repositories.is_empty()) {
        uses::read(&reader, &names, reading);
    }
}
