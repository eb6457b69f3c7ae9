//! SeaORM: `impl MigrationTrait for Migration` with statements of SeaQuery that a `SchemaManager` runs.
//!
//! <https://www.sea-ql.org/SeaORM/docs/migration/writing-migration/>,
//! <https://docs.rs/sea-orm-migration/latest/sea_orm_migration/manager/struct.SchemaManager.html>. A migration is called by the name of its
//! file, and the names are run in the order of a list elsewhere, which is theirs.

mod columns;
mod databases;
mod names;
mod statements;
mod steps;

use coexist_model::{Direction, MigrationKey, MigrationPart};

use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

use super::script::Script;
use super::{Tool, by_name};

pub(super) const TOOL: Tool = Tool {
    name: "sea-orm",
    tongues: &[Tongue::Rust],
    part,
    lower,
};

fn part(context: &Context<'_, '_>, _forced: bool) -> Option<MigrationPart> {
    implementation(context)?;
    let mut part = by_name(context, TOOL.name);
    // One that is a folder: `m20240101_000001_user/mod.rs`.
    if &*part.key.name == "mod" {
        let (folders, folder) = part.key.set.rsplit_once('/').unwrap_or(("", &part.key.set));
        part.key = MigrationKey {
            name: folder.into(),
            set: folders.into(),
            version: Vec::new(),
        };
    }
    Some(part)
}

/// Returns what implements the trait of migrations, outside of tests.
fn implementation(context: &Context<'_, '_>) -> Option<Id> {
    let s = context.syntax;
    let mut all = s.all().filter(|&id| s.kind(id) == "impl_item");
    all.find(|&id| {
        s.child(id, "trait")
            .is_some_and(|t| s.last_name(t) == "MigrationTrait")
    })
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let context = script.context;
    let s = context.syntax;
    let Some(body) = implementation(context).and_then(|id| s.child(id, "body")) else {
        return;
    };
    for (name, direction) in [("up", Direction::Up), ("down", Direction::Down)] {
        let is_way = |&f: &Id| {
            s.kind(f) == "function_item" && s.child(f, "name").is_some_and(|n| s.text(n) == name)
        };
        if let Some(function) = s.named(body).find(is_way) {
            script.turn(direction);
            steps::read(script, function);
        }
    }
}
