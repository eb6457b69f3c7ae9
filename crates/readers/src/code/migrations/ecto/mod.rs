//! Ecto: modules that `use Ecto.Migration`, with `change` or `up` and `down`.
//!
//! <https://hexdocs.pm/ecto_sql/Ecto.Migration.html>. A column accepts NULL unless it says `null: false`. `change` is read both ways, as Ecto
//! runs it: what cannot be turned round has no way back. Files run in the order of the numbers that their names begin with.

mod columns;
mod steps;
mod walk;

use coexist_model::{Direction, MigrationPart};

use crate::code::context::Context;
use crate::code::elixir::{Module, modules};
use crate::protobuf::generated::Tongue;

use super::script::Script;
use super::{Tool, by_name};
use walk::Walk;

pub(super) const TOOL: Tool = Tool {
    name: "ecto",
    tongues: &[Tongue::Elixir],
    part,
    lower,
};

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    module(context, forced)?;
    let mut part = by_name(context, TOOL.name);
    let digits: String = part
        .key
        .name
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    part.key.version.extend(digits.parse::<u64>().ok());
    // Ecto takes no file without one.
    (forced || !part.key.version.is_empty()).then_some(part)
}

/// Returns the module that is the migration. Applications have modules of their own that use Ecto's.
fn module<'a>(context: &Context<'_, 'a>, forced: bool) -> Option<Module<'a>> {
    let s = context.syntax;
    modules(s).into_iter().find(|module| {
        let uses = module.uses(s, |name| name.ends_with("Migration"));
        let acts = ["change", "up"]
            .iter()
            .any(|name| !module.functions(s, name).is_empty());
        (uses || forced) && acts
    })
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let context = script.context;
    let Some(module) = module(context, true) else {
        return;
    };
    script.tell_branches();
    let way = |name: &str, direction| {
        let mut walk = Walk::new(context, &module, direction);
        for (_, body) in module.functions(context.syntax, name) {
            walk.block(body);
        }
        walk.acts
    };
    let up = way("up", Direction::Up);
    let down = way("down", Direction::Down);
    let change = way("change", Direction::Up);
    script.turn(Direction::Up);
    for act in change.iter().chain(&up) {
        act.run(script, &act.up);
    }
    script.turn(Direction::Down);
    for act in &down {
        act.run(script, &act.up);
    }
    for act in change.iter().rev() {
        act.run(script, &act.down);
    }
}
