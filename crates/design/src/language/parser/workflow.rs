//! `workflow` and what stands in it, but for the steps.

use crate::language::{
    Compensation, Handler, Irreversible, Property, PropertyKind, TestedBy, Trigger, Workflow,
};

use super::condition::condition;
use super::cursor::Cursor;
use super::handler::steps;
use super::service::acknowledge;
use super::{Words, each};

pub(super) const WORKFLOW: Words = Words {
    of: "a workflow",
    known: &[
        "coordinator",
        "timeout",
        "irreversible",
        "start",
        "on",
        "compensate",
        "never",
        "finally",
        "tested-by",
    ],
};

pub(super) fn workflow(cursor: &mut Cursor<'_, '_>) -> Option<Workflow> {
    let help = "write `workflow NAME by KEY { … }`";
    let mut workflow = Workflow {
        name: cursor.word("the name of the workflow", help)?,
        ..Workflow::default()
    };
    if cursor.take_word("by").is_some() {
        workflow.key = cursor.word("the key of an instance", help);
    }
    let block = cursor.block(help)?;
    each(block, WORKFLOW, cursor.notes, |word, cursor| match word {
        "coordinator" => {
            workflow.coordinator =
                cursor.word("the service that decides", "write `coordinator SERVICE`");
        }
        "timeout" => workflow.timeout = cursor.time("how long it waits for an answer"),
        "irreversible" => workflow.irreversible.extend(irreversible(cursor)),
        "start" => workflow.handlers.extend(handler(cursor, true)),
        "on" => workflow.handlers.extend(handler(cursor, false)),
        "compensate" => {
            let mut compensation = Compensation::default();
            if let Some(block) = cursor.block("write `compensate { … }`") {
                compensation.steps = steps(block, cursor.notes);
            }
            compensation.span = cursor.read();
            workflow.compensation = Some(compensation);
        }
        "never" => workflow
            .properties
            .extend(property(cursor, PropertyKind::Never)),
        "finally" => workflow
            .properties
            .extend(property(cursor, PropertyKind::Finally)),
        _ => tested_by(cursor, &mut workflow.tests),
    });
    workflow.span = cursor.read();
    Some(workflow)
}

fn irreversible(cursor: &mut Cursor<'_, '_>) -> Option<Irreversible> {
    let help = "write `irreversible STEP after STEP`";
    let step = cursor.word("a step", help)?;
    let after = match cursor.take_word("after") {
        Some(_) => cursor.word("the step that comes first", help),
        None => None,
    };
    Some(Irreversible {
        step,
        after,
        span: cursor.read(),
    })
}

fn handler(cursor: &mut Cursor<'_, '_>, starts: bool) -> Option<Handler> {
    let help = match starts {
        true => "write `start MESSAGE at SERVICE { … }`",
        false => "write `on MESSAGE at SERVICE { … }`, or `on timeout at SERVICE { … }`",
    };
    let trigger = match (starts, cursor.take_word("timeout")) {
        (false, Some(span)) => Trigger::Timeout(span),
        (true, _) => Trigger::Start(cursor.word("a message", help)?),
        (false, None) => Trigger::Messages(cursor.names("a message", help)),
    };
    cursor.expect_word("at", help);
    let at = cursor.word("the service that handles it", help)?;
    let acknowledges = match cursor.take_word("ack") {
        Some(_) => acknowledge(cursor),
        None => None,
    };
    let head = cursor.read();
    let block = cursor.block(help)?;
    Some(Handler {
        trigger,
        at,
        acknowledges,
        steps: steps(block, cursor.notes),
        head,
        span: cursor.read(),
    })
}

fn property(cursor: &mut Cursor<'_, '_>, kind: PropertyKind) -> Option<Property> {
    let condition = condition(cursor)?;
    Some(Property {
        kind,
        condition,
        label: cursor.text_if(),
        span: cursor.read(),
    })
}

fn tested_by(cursor: &mut Cursor<'_, '_>, tests: &mut Vec<TestedBy>) {
    loop {
        let help = "write `tested-by STEP PATH`";
        let Some(what) = cursor.word("a step, or `compensate`", help) else {
            return;
        };
        let path = cursor.path("the test");
        tests.push(TestedBy {
            what,
            path: path.filter(|p| !p.is_gap()),
        });
        if !cursor.take_mark(",") {
            return;
        }
    }
}
