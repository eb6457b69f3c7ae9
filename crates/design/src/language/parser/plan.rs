//! What is said about the design as a whole: why it is distributed, where the truth is, what repairs it and who watches.

use crate::language::{
    Consistency, Design, Envelope, Evolution, Explore, Justification, Reconciliation, Repair,
    Signal, Span, Truth,
};

use super::condition::condition;
use super::cursor::Cursor;
use super::{Words, each, unknown_option, values};

pub(super) fn design(cursor: &mut Cursor<'_, '_>, design: &mut Design) {
    let help = "write `design NAME 1`";
    if let Some(name) = cursor.word("the name of the design", help) {
        design.name = name;
    }
    if !cursor.is_done() {
        design.version = cursor.measured("the version of the design", help, |text| {
            values::number(text.strip_prefix('v').unwrap_or(text))
        });
    }
}

pub(super) fn justification(cursor: &mut Cursor<'_, '_>) -> Option<Justification> {
    let reason = cursor.word("a reason", "write `justify REASON \"…\" evidence PATH`")?;
    let text = cursor.text_if();
    let evidence = match cursor.take_word("evidence") {
        Some(_) => cursor.path("the document that shows it"),
        None => None,
    };
    Some(Justification {
        reason,
        text,
        evidence,
        span: cursor.read(),
    })
}

pub(super) fn envelope(cursor: &mut Cursor<'_, '_>) -> Envelope {
    Envelope {
        fields: cursor.names(
            "a field of every message",
            "write `envelope message_id, correlation_id, causation_id`",
        ),
        span: cursor.read(),
    }
}

pub(super) fn evolution(cursor: &mut Cursor<'_, '_>) -> Option<Evolution> {
    let help = "write `evolve backward-transitive, checked-by \"…\"`";
    let rule = cursor.word("how contracts change", help)?;
    cursor.take_mark(",");
    let checked_by = match cursor.take_word("checked-by") {
        Some(_) => cursor.name("what holds contracts to it", help),
        None => None,
    };
    Some(Evolution {
        rule,
        checked_by,
        span: cursor.read(),
    })
}

pub(super) fn truth(cursor: &mut Cursor<'_, '_>) -> Option<Truth> {
    let help =
        "write `truth TABLE at SERVICE eventual 15m reconcile NAME`, or `… strong because \"…\"`";
    let table = cursor.word("a table", help)?;
    let field = match cursor.take_mark(".") {
        true => cursor.word("a field", help),
        false => None,
    };
    let at = match cursor.take_word("at") {
        Some(_) => cursor.word("where the truth is", help),
        None => None,
    };
    let consistency = consistency(cursor, help);
    Some(Truth {
        table,
        field,
        at,
        consistency,
        span: cursor.read(),
    })
}

fn consistency(cursor: &mut Cursor<'_, '_>, help: &str) -> Option<Consistency> {
    if let Some(span) = cursor.take_word("strong") {
        let because = match cursor.take_word("because") {
            Some(_) => cursor.text("why the business needs it"),
            None => None,
        };
        return Some(Consistency::Strong { because, span });
    }
    if let Some(span) = cursor.take_word("eventual") {
        let says_time = cursor.peek().is_some_and(|t| !t.is_word("reconcile"));
        let within = match says_time {
            true => cursor.time("after how long copies are equal"),
            false => None,
        };
        let reconcile = match cursor.take_word("reconcile") {
            Some(_) => cursor.word("the reconciliation", help),
            None => None,
        };
        return Some(Consistency::Eventual {
            within,
            reconcile,
            span,
        });
    }
    if !cursor.is_done() {
        cursor.expected("`strong` or `eventual`", help);
    }
    None
}

pub(super) const RECONCILE: Words = Words {
    of: "a reconciliation",
    known: &["when", "settled", "repair", "audit"],
};

pub(super) fn reconciliation(cursor: &mut Cursor<'_, '_>) -> Option<Reconciliation> {
    let help = "write `reconcile NAME every 1h { when CONDITION settled 30m; repair MESSAGE }`";
    let mut reconciliation = Reconciliation {
        name: cursor.word("the name of the reconciliation", help)?,
        ..Reconciliation::default()
    };
    if cursor.take_word("every").is_some() {
        reconciliation.every = cursor.time("how often it runs");
    }
    let block = cursor.block(help)?;
    each(block, RECONCILE, cursor.notes, |word, cursor| {
        match word {
            "when" => reconciliation.when = condition(cursor),
            "repair" => reconciliation.repair = repair(cursor),
            "audit" => {
                reconciliation.audit =
                    cursor.name("where repairs are written down", "write `audit TABLE`");
            }
            _ => reconciliation.settled = cursor.time("for how long it holds"),
        }
        if cursor.take_word("settled").is_some() {
            reconciliation.settled = cursor.time("for how long it holds");
        }
        if cursor.take_word("audit").is_some() {
            reconciliation.audit =
                cursor.name("where repairs are written down", "write `audit TABLE`");
        }
    });
    reconciliation.span = cursor.read();
    Some(reconciliation)
}

fn repair(cursor: &mut Cursor<'_, '_>) -> Option<Repair> {
    if cursor.take_word("manual").is_some() {
        return Some(Repair::Manual(
            cursor.path("the page that a person follows"),
        ));
    }
    if cursor.take_word("replay").is_some() {
        return cursor
            .word("the channel", "write `repair replay CHANNEL`")
            .map(Repair::Replay);
    }
    let help = "write `repair MESSAGE`, `repair manual PATH` or `repair replay CHANNEL`";
    cursor.word("what is done", help).map(Repair::Message)
}

pub(super) fn signal(cursor: &mut Cursor<'_, '_>) -> Option<Signal> {
    let help = "write `signal NAME warn 1m page 5m`";
    let mut signal = Signal {
        name: cursor.word("what is measured", help)?,
        warn: None,
        page: None,
        span: Span::default(),
    };
    let help = "write a length of time, a number or a share: 5m, 1, 5%";
    while !cursor.is_done() {
        if cursor.take_word("warn").is_some() {
            signal.warn = cursor.measured("from where on somebody is told", help, values::amount);
        } else if cursor.take_word("page").is_some() {
            signal.page = cursor.measured("from where on somebody is woken", help, values::amount);
        } else {
            unknown_option(cursor, "a signal", &["warn", "page"]);
            break;
        }
    }
    signal.span = cursor.read();
    Some(signal)
}

pub(super) const EXPLORE: Words = Words {
    of: "`explore`",
    known: &[
        "instances",
        "crashes",
        "duplicates",
        "lost-replies",
        "dead-letters",
        "late-effects",
        "max-states",
    ],
};

pub(super) fn explore(cursor: &mut Cursor<'_, '_>) -> Explore {
    let mut explore = Explore::default();
    if let Some(block) = cursor.block("write `explore { instances 2; crashes 1 }`") {
        each(block, EXPLORE, cursor.notes, |word, cursor| {
            let number = cursor.number("how many");
            match word {
                "instances" => explore.instances = number,
                "crashes" => explore.crashes = number,
                "duplicates" => explore.duplicates = number,
                "lost-replies" => explore.lost_replies = number,
                "late-effects" => explore.late_effects = number,
                "max-states" => explore.max_states = number,
                _ => {
                    explore.dead_letters = number;
                    if cursor.take_word("with").is_some() {
                        cursor.expect_word("reconcile", "write `dead-letters 1 with reconcile`");
                        explore.with_reconcile = true;
                    }
                }
            }
        });
    }
    explore.span = cursor.read();
    explore
}
