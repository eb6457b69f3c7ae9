//! Migrations written in code: one file or folder per tool.
//!
//! A tool says whether a file is a migration of its own ([`Tool::part`]), and lowers both ways of it to the operations of the
//! model ([`Tool::lower`]) through a [`Script`]. A call that is not understood becomes opaque with its reason, never nothing. To add
//! a tool, add its file and a line in [`TOOLS`].

mod alembic;
mod db_migrate;
pub(crate) mod django;
mod doctrine;
mod ecto;
mod ef_core;
mod goose;
mod javascript;
mod knex;
mod kysely;
mod laravel;
mod mikro_orm;
mod node_pg_migrate;
mod rails;
mod script;
mod sea_orm;
mod sequelize;
mod typeorm;

use coexist_model::{Hints, MigrationKey, MigrationPart, Reading};

use crate::protobuf::generated::Tongue;

use super::context::Context;
use script::Script;

/// A tool whose migrations are code.
pub(super) struct Tool {
    /// Its name, as `--as` and reports spell it.
    name: &'static str,
    /// The languages of its migrations.
    tongues: &'static [Tongue],
    /// Which migration a file is; None: not one of this tool. The content decides. Where `--as` names the tool, `forced` is true and
    /// anything in its language is one.
    part: fn(&Context<'_, '_>, forced: bool) -> Option<MigrationPart>,
    /// Adds what the migration does, both ways.
    lower: fn(&mut Script<'_, '_, '_>),
}

/// Every tool.
static TOOLS: &[Tool] = &[
    alembic::TOOL,
    django::TOOL,
    rails::TOOL,
    sequelize::TOOL,
    typeorm::TOOL,
    knex::TOOL,
    node_pg_migrate::TOOL,
    db_migrate::TOOL,
    kysely::TOOL,
    mikro_orm::TOOL,
    goose::TOOL,
    laravel::TOOL,
    doctrine::TOOL,
    ef_core::TOOL,
    ecto::TOOL,
    sea_orm::TOOL,
];

/// Returns the names of all tools.
pub(super) fn names() -> Vec<&'static str> {
    TOOLS.iter().map(|t| t.name).collect()
}

/// Reads a dump of the whole form of a store that stands beside its migrations; returns whether the file is one.
pub(super) fn dump(context: &Context<'_, '_>, reading: &mut Reading) -> bool {
    rails::dump(context, reading)
}

/// Reads a migration; returns whether the file is one.
pub(super) fn read(context: &Context<'_, '_>, hints: &Hints, reading: &mut Reading) -> bool {
    let forced = |t: &Tool| hints.forced.as_deref() == Some(t.name);
    let found = TOOLS
        .iter()
        .filter(|t| t.tongues.contains(&context.syntax.profile.tongue))
        .find_map(|tool| Some((tool, (tool.part)(context, forced(tool))?)));
    let Some((tool, part)) = found else {
        return false;
    };
    let mut script = Script::new(context, hints.dialect.unwrap_or_default());
    script.told = hints.dialect;
    (tool.lower)(&mut script);
    let told = script.told;
    let (lowered, model_migration) = script.lowered();
    reading.migration = Some(part);
    reading.operations = lowered.operations;
    reading.model_migration = model_migration;
    reading.problems.extend(lowered.problems);
    reading.dialect = told;
    true
}

/// Returns the migration that a file is, for a tool that runs the files of a folder in the order of their names, all compared as text.
fn by_name(context: &Context<'_, '_>, tool: &'static str) -> MigrationPart {
    let (folder, stem) = folder_and_stem(&context.file.path);
    MigrationPart {
        key: MigrationKey {
            set: folder.into(),
            version: Vec::new(),
            name: stem.into(),
        },
        tool,
        has_down_form: true,
        phase: None,
        id: None,
        after: Vec::new(),
    }
}

/// Returns the folder of a path, and the name of its file without its ending.
fn folder_and_stem(path: &str) -> (&str, &str) {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    (folder, file.rsplit_once('.').map_or(file, |(stem, _)| stem))
}
