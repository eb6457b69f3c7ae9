//! Alembic: `upgrade()` and `downgrade()` of a revision file, made of calls on `op`.
//!
//! Revisions are ordered by `down_revision`, not by file name: <https://alembic.sqlalchemy.org/en/latest/tutorial.html>. The
//! operations: <https://alembic.sqlalchemy.org/en/latest/ops.html>.

mod columns;
mod guards;
mod steps;

use std::sync::Arc;

use coexist_model::{Direction, MigrationKey, MigrationPart};

use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

use super::script::Script;
use super::{Tool, folder_and_stem};
use crate::code::arguments::{text, texts};

pub(super) const TOOL: Tool = Tool {
    name: "alembic",
    tongues: &[Tongue::Python],
    part,
    lower,
};

/// A revision file says `revision = "…"` and has a function `upgrade`.
fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let id = variable(context, "revision").and_then(|id| text(context, id));
    let revises = variable(context, "down_revision");
    let is_revision = id.is_some() && revises.is_some();
    if !(is_revision || forced) || function(context, "upgrade").is_none() {
        return None;
    }
    let (folder, stem) = folder_and_stem(&context.file.path);
    let after = revises.and_then(|r| texts(context, r)).unwrap_or_default();
    Some(MigrationPart {
        key: MigrationKey {
            set: folder.into(),
            version: Vec::new(),
            name: stem.into(),
        },
        tool: "alembic",
        has_down_form: true,
        phase: None,
        id: id.map(Arc::from),
        after: after.into_iter().map(Arc::from).collect(),
    })
}

/// Returns the value of a variable of the module.
fn variable(context: &Context<'_, '_>, name: &str) -> Option<Id> {
    let s = context.syntax;
    let assigned = |id: Id| {
        let left = s.child(id, "left")?;
        (s.text(left) == name)
            .then(|| s.child(id, "right"))
            .flatten()
    };
    let top = s.named(0).filter(|&c| s.kind(c) == "expression_statement");
    top.flat_map(|statement| s.named(statement))
        .filter(|&c| s.kind(c) == "assignment")
        .find_map(assigned)
        .map(|value| s.bare(value))
}

/// Returns the body of a function of the module.
fn function(context: &Context<'_, '_>, name: &str) -> Option<Id> {
    let s = context.syntax;
    let functions = s.named(0).filter(|&c| s.kind(c) == "function_definition");
    functions
        .into_iter()
        .find(|&f| s.child(f, "name").is_some_and(|n| s.text(n) == name))
        .and_then(|f| s.child(f, "body"))
}

fn lower(script: &mut Script<'_, '_, '_>) {
    for (name, direction) in [("upgrade", Direction::Up), ("downgrade", Direction::Down)] {
        script.turn(direction);
        if let Some(body) = function(script.context, name) {
            steps::read(script, body);
        }
    }
}
