//! The steps of a handler.

use crate::language::lexer::Kind;
use crate::language::node::{Block, Node};
use crate::language::{Arm, Assignment, Call, Step, StepKind, Verb};

use super::condition::{condition, path};
use super::cursor::{Cursor, Notes};
use super::service::callee;
use super::transport::{attempts, key};
use super::{Words, unknown, unknown_option};

pub(super) const STEPS: Words = Words {
    of: "a handler",
    known: &[
        "tx",
        "when",
        "send",
        "reply",
        "emit",
        "call",
        "undo",
        "compensate",
        "stop",
        "fail",
        "retry",
        "lease",
    ],
};

/// Returns the steps of a block, without those that are not understood.
pub(super) fn steps(block: &Block<'_>, notes: &mut Notes) -> Vec<Step> {
    block
        .nodes
        .iter()
        .filter_map(|node| step(node, notes))
        .collect()
}

fn step(node: &Node<'_>, notes: &mut Notes) -> Option<Step> {
    let mut cursor = Cursor::new(node, notes);
    let word = cursor.peek().filter(|t| t.kind == Kind::Word);
    let kind = match word {
        Some(_) if is_field_or_upsert(&cursor) => change(&mut cursor),
        Some(first) if STEPS.known.contains(&first.text) || is_transaction(first.text) => {
            cursor.next();
            statement(first.text, &mut cursor)
        }
        Some(first) if first.text == "else" => {
            cursor.fail(
                first.span,
                "this `else` belongs to no `when`",
                "what stands in it would never be done",
                "put it right behind the block of its `when`",
            );
            return None;
        }
        _ => {
            unknown(node, STEPS, notes);
            return None;
        }
    };
    let span = cursor.span;
    cursor.finish("a step ends at the end of its line, or with `;`");
    Some(Step { kind: kind?, span })
}

/// Whether a word opens a transaction; what people call one is read as one, so that it can be judged.
fn is_transaction(word: &str) -> bool {
    matches!(word, "tx" | "transaction" | "atomic")
}

/// Whether the statement begins with a field, or with a table and `upsert`.
fn is_field_or_upsert(cursor: &Cursor<'_, '_>) -> bool {
    cursor
        .peek_at(1)
        .is_some_and(|t| t.is_mark(".") || t.is_word("upsert"))
}

fn statement(word: &str, cursor: &mut Cursor<'_, '_>) -> Option<StepKind> {
    match word {
        "when" => when(cursor),
        "send" => send(cursor, Verb::Send),
        "reply" => send(cursor, Verb::Reply),
        "emit" => send(cursor, Verb::Emit),
        "call" => call(cursor).map(StepKind::Call),
        "undo" => {
            let help = "write `undo STEP by MESSAGE`";
            let step = cursor.word("the step that is taken back", help)?;
            cursor.expect_word("by", help);
            let by = cursor.word("the message that takes it back", help)?;
            Some(StepKind::Undo { step, by })
        }
        "compensate" => Some(StepKind::Compensate),
        "stop" => Some(StepKind::Stop),
        "fail" => Some(StepKind::Fail),
        "retry" => {
            let times = attempts(cursor)?;
            let block = cursor.block("write `retry 3 { … }`")?;
            let steps = steps(block, cursor.notes);
            Some(StepKind::Retry { times, steps })
        }
        "lease" => {
            let name = cursor.word("the lease", "write `lease NAME { … }`")?;
            let block = cursor.block("write `lease NAME { … }`")?;
            let steps = steps(block, cursor.notes);
            Some(StepKind::Lease { name, steps })
        }
        _ => {
            let block = cursor.block("write `tx { … }`")?;
            Some(StepKind::Transaction(steps(block, cursor.notes)))
        }
    }
}

fn when(cursor: &mut Cursor<'_, '_>) -> Option<StepKind> {
    let help = "write `when CONDITION { … } else { … }`";
    let mut arms = Vec::new();
    loop {
        let condition = condition(cursor);
        let block = cursor.block(help)?;
        let steps = steps(block, cursor.notes);
        arms.push(Arm {
            condition: condition?,
            steps,
        });
        if cursor.take_word("else").is_none() {
            return Some(StepKind::When {
                arms,
                otherwise: Vec::new(),
            });
        }
        if cursor.take_word("when").is_none() {
            let block = cursor.block(help)?;
            return Some(StepKind::When {
                arms,
                otherwise: self::steps(block, cursor.notes),
            });
        }
    }
}

fn send(cursor: &mut Cursor<'_, '_>, verb: Verb) -> Option<StepKind> {
    let help = format!("write `{} MESSAGE`", verb.word());
    let messages = cursor.names("a message", &help);
    let via = match cursor.take_word("via") {
        Some(_) => cursor.word("the channel", "write `via CHANNEL`"),
        None => None,
    };
    Some(StepKind::Send {
        verb,
        messages,
        via,
    })
}

fn call(cursor: &mut Cursor<'_, '_>) -> Option<Call> {
    const KNOWN: &[&str] = &["retry", "unknown", "key", "timeout", "lagging"];
    let help = "write `call OWNER.operation(argument) retry 4 unknown OPERATION`";
    let mut call = Call {
        callee: callee(cursor)?,
        arguments: Vec::new(),
        retry: None,
        unknown: None,
        key: None,
        timeout: None,
        lagging: None,
    };
    if cursor.take_mark("(") {
        while !cursor.take_mark(")") {
            call.arguments.push(condition(cursor)?);
            if !cursor.take_mark(",") {
                cursor.expect_mark(")", help);
                break;
            }
        }
    }
    while let Some(token) = cursor.peek() {
        match token.text {
            "retry" => {
                cursor.next();
                call.retry = Some(attempts(cursor)?);
            }
            "unknown" => {
                cursor.next();
                call.unknown = Some(cursor.word(
                    "what an unknown outcome is",
                    "write `unknown OPERATION` or `unknown OUTCOME`",
                )?);
            }
            "key" => {
                cursor.next();
                call.key = Some(key(cursor));
            }
            "timeout" => {
                cursor.next();
                call.timeout = cursor.time("how long it waits");
            }
            "lagging" => call.lagging = cursor.next().map(|t| t.span),
            _ => {
                unknown_option(cursor, "a call", KNOWN);
                return None;
            }
        }
    }
    Some(call)
}

/// `table.field = value`, `+=`, `-=`, or `table upsert if-newer field`.
fn change(cursor: &mut Cursor<'_, '_>) -> Option<StepKind> {
    let help = "write `table.field = value`, `+=` or `-=`";
    let first = cursor.name_if()?;
    if cursor.take_word("upsert").is_some() {
        let if_newer = match cursor.take_word("if-newer") {
            Some(_) => Some(cursor.word(
                "the field that counts versions",
                "write `TABLE upsert if-newer FIELD`",
            )?),
            None => {
                cursor.take_word("by-arrival");
                None
            }
        };
        return Some(StepKind::Upsert {
            table: first,
            if_newer,
        });
    }
    let mut names = vec![first];
    while names.len() < 3 && cursor.take_mark(".") {
        names.push(cursor.word("a field", help)?);
    }
    let target = path(names).ok()?;
    let marks = [
        ("=", Assignment::Set),
        ("+=", Assignment::Add),
        ("-=", Assignment::Subtract),
    ];
    let Some((_, operator)) = marks.into_iter().find(|(mark, _)| cursor.take_mark(mark)) else {
        cursor.expected("`=`, `+=` or `-=`", help);
        return None;
    };
    let value = condition(cursor)?;
    Some(StepKind::Assign {
        target,
        operator,
        value,
    })
}
