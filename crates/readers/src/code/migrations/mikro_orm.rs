//! MikroORM: a class that extends `Migration`, with `this.addSql("…")` in `up()` and `down()`.
//!
//! <https://mikro-orm.io/docs/migrations>

use coexist_model::MigrationPart;

use crate::code::context::Context;
use crate::code::javascript::steps::Step;
use crate::code::javascript::{Program, TONGUES};

use super::Tool;
use super::by_name;
use super::javascript::both_ways;
use super::script::Script;

pub(super) const TOOL: Tool = Tool {
    name: "mikro-orm",
    tongues: TONGUES,
    part,
    lower,
};

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let s = context.syntax;
    let up = Program::new(context).way("up")?;
    let class = s.above(up, &["class_declaration", "class"]);
    let heritage = class.and_then(|c| s.child_of(c, "class_heritage"));
    let extends = heritage.is_some_and(|h| s.text(h).split_whitespace().any(|w| w == "Migration"));
    let adds = s
        .below(up)
        .filter_map(|id| s.call(id))
        .any(|c| s.called(c) == "addSql");
    (extends && adds || forced).then(|| by_name(context, TOOL.name))
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let program = Program::new(script.context);
    both_ways(script, &program, |script, steps| {
        for step in steps {
            script.branch(step.conditional);
            call(script, &program, step);
        }
    });
}

fn call<'a>(script: &mut Script<'_, '_, 'a>, program: &Program<'_, '_, 'a>, step: &Step<'a>) {
    let s = program.context.syntax;
    let own = s
        .receiver(step.call)
        .is_some_and(|r| s.text(s.bare(r)) == "this");
    match (own, step.name, s.arguments(step.call).first()) {
        (true, "addSql" | "execute", Some(&sql)) => program.sql(script, step, Some(sql)),
        (true, "getKnex" | "getEntityManager", _) => {
            script.opaque(
                step.id,
                &format!("what {} is used for is not understood", step.name),
            );
        }
        _ => {}
    }
}
