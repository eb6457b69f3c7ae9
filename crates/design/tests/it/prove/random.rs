//! Random small designs: what the prover says of them is what the naive explorer says.

use std::fmt::Write as _;

use coexist_design::language::parse;
use coexist_design::prove::lower::{Grain, lower};
use coexist_design::prove::machine::Machine;
use coexist_design::prove::{Verdict, explore_stage};

use super::naive;

/// A small generator of numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.roll(many) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len() as u64) as usize]
    }
}

const SERVICES: [&str; 3] = ["a", "b", "c"];
const STATES: [&str; 3] = ["one", "two", "three"];

/// Writes a random design: messages only lead to later ones, so that it is small.
fn design(dice: &mut Dice) -> String {
    let mut text = String::from("design random 1\n");
    let shared = dice.one_in(3);
    for service in SERVICES {
        let outbox = if dice.one_in(4) {
            ""
        } else {
            "outbox relay polling"
        };
        let inbox = match dice.roll(5) {
            0 => "",
            1 => "inbox by message_id separate-transaction",
            2 => "inbox by message_id marked-before-effect",
            _ => "inbox by message_id keep 30d",
        };
        let serial = if dice.one_in(4) {
            "handles serial by k"
        } else {
            ""
        };
        let isolation = match dice.roll(8) {
            0 => "isolation read-committed",
            1 => "isolation snapshot",
            _ => "",
        };
        let key = if shared && service == "b" { "sku" } else { "k" };
        let ack = match dice.roll(8) {
            0 => "ack before",
            1 => "ack on-failure",
            _ => "",
        };
        let _ = writeln!(
            text,
            "service {service} {{\n store {service}-db postgres {{\n table t{service} key {key} {{ s: none|one|two|three = none; n: 0..2 }}\n {outbox}\n {inbox}\n {isolation}\n }}\n {serial}\n {ack}\n}}"
        );
    }
    let key = dice.pick(&["key k keep forever; ", "", "key k keep forever; "]);
    let _ = writeln!(
        text,
        "external p x {{ op pay(k) -> ok|declined {{ {key}timeout 1s }}\n op look(k) -> paid|none {{ read-only }} }}"
    );
    for service in SERVICES {
        let order = dice.pick(&["unordered", "ordered by k"]);
        let _ = writeln!(
            text,
            "channel from-{service} {{ from {service}; at-least-once; {order}; retry 3x 1s..1m; dead-letter dlq }}"
        );
    }
    let messages = 2 + dice.roll(3) as usize;
    text.push_str("workflow w by k {\n coordinator a\n");
    let _ = writeln!(
        text,
        " start Go at a {{\n{} }}",
        steps(dice, "a", 0, messages, 2)
    );
    for message in 1..=messages {
        let at = SERVICES[dice.roll(3) as usize];
        let _ = writeln!(
            text,
            " on M{message} at {at} {{\n{} }}",
            steps(dice, at, message, messages, 2)
        );
    }
    if dice.one_in(3) {
        let _ = writeln!(
            text,
            " on timeout at a {{ tx {{ when ta.s == one {{ ta.s = three }} }} }}"
        );
    }
    for _ in 0..2 {
        let _ = writeln!(
            text,
            " never {} && {} \"never {}\"",
            test(dice),
            test(dice),
            dice.roll(1000)
        );
    }
    let _ = writeln!(text, " never p.paid(k) > 1 \"paid twice\"");
    let _ = writeln!(
        text,
        " finally {} => {} \"finally {}\"",
        test(dice),
        test(dice),
        dice.roll(1000)
    );
    text.push_str("}\n");
    let (crashes, copies) = (dice.roll(2), dice.roll(2));
    let (lost, dead) = (dice.roll(2), u64::from(dice.one_in(5)));
    let _ = writeln!(
        text,
        "explore {{ instances 2; crashes {crashes}; duplicates {copies}; lost-replies {lost}; dead-letters {dead} }}"
    );
    text
}

fn test(dice: &mut Dice) -> String {
    let service = dice.pick(&SERVICES);
    match dice.roll(3) {
        0 => format!("t{service}.n > 0"),
        1 => format!("t{service}.s != {}", dice.pick(&STATES)),
        _ => format!("t{service}.s == {}", dice.pick(&STATES)),
    }
}

fn own_test(dice: &mut Dice, at: &str) -> String {
    match dice.roll(4) {
        0 => format!("t{at}.n > 0"),
        1 => format!("t{at}.s == none"),
        _ => format!("t{at}.s == {}", dice.pick(&STATES)),
    }
}

fn steps(dice: &mut Dice, at: &str, message: usize, last: usize, depth: u64) -> String {
    let mut text = String::new();
    for _ in 0..=dice.roll(2) {
        match dice.roll(9) {
            0 if message < last => {
                let _ = writeln!(text, "  send M{}", later(dice, message, last));
            }
            1 if depth > 0 => {
                let test = if dice.one_in(4) {
                    test(dice)
                } else {
                    own_test(dice, at)
                };
                let _ = writeln!(
                    text,
                    "  when {test} {{\n{}  }}",
                    steps(dice, at, message, last, depth - 1)
                );
                if dice.one_in(2) {
                    text.truncate(text.trim_end().len());
                    let _ = writeln!(
                        text,
                        " else {{\n{}  }}",
                        steps(dice, at, message, last, depth - 1)
                    );
                }
            }
            2 => {
                let retry = dice.pick(&["", " retry 2", " retry forever"]);
                let unknown = dice.pick(&["", " unknown declined", " unknown look"]);
                let _ = writeln!(text, "  call p.pay(k){retry}{unknown}");
                let _ = writeln!(
                    text,
                    "  tx {{ when ok {{ t{at}.s = one }} else {{ t{at}.s = two }} }}"
                );
            }
            3 if depth > 1 => {
                let _ = writeln!(
                    text,
                    "  retry 2 {{\n{}  }}",
                    transaction(dice, at, message, last)
                );
            }
            _ => text.push_str(&transaction(dice, at, message, last)),
        }
    }
    text
}

fn later(dice: &mut Dice, message: usize, last: usize) -> usize {
    message + 1 + dice.roll((last - message) as u64) as usize
}

fn transaction(dice: &mut Dice, at: &str, message: usize, last: usize) -> String {
    let mut text = String::from("  tx {\n");
    let guarded = dice.one_in(2);
    if guarded {
        let test = if dice.one_in(6) {
            test(dice)
        } else {
            own_test(dice, at)
        };
        let _ = writeln!(text, "   when {test} {{");
    }
    for _ in 0..=dice.roll(2) {
        match dice.roll(5) {
            0 => {
                let _ = writeln!(text, "    t{at}.n += 1");
            }
            1 | 2 if message < last => {
                let _ = writeln!(text, "    send M{}", later(dice, message, last));
            }
            _ => {
                let _ = writeln!(text, "    t{at}.s = {}", dice.pick(&STATES));
            }
        }
    }
    if guarded {
        text.push_str("   }\n");
    }
    text.push_str("  }\n");
    text
}

/// What the two explorers say of a design; None where it is too large for the naive one.
fn compare(text: &str) -> Option<Result<(), String>> {
    let parsed = parse(text);
    assert!(parsed.problems.is_empty(), "{:?}\n{text}", parsed.problems);
    let workflow = &parsed.design.workflows[0];
    let machine = |every_step: bool| {
        let lowered = lower(&parsed.design, workflow, Grain { every_step });
        assert!(lowered.unclear.is_empty(), "{:?}\n{text}", lowered.unclear);
        let mut machine = lowered.machine;
        for handler in &mut machine.handlers {
            handler.replay = false;
        }
        machine.together = 2;
        machine
    };
    let fine: Machine = machine(true);
    let naive = naive::explore(&fine, MOST_STATES);
    naive.states?;
    let proof = explore_stage(&machine(false), 1_000_000, &mut |_| {});
    let found = match (&proof.verdict, &proof.violation) {
        (Verdict::Violated, Some(trace)) => {
            let faults = proof.stages[0].extent.faults as u8;
            Some((faults, trace.property.clone(), trace.loop_from.is_some()))
        }
        _ => None,
    };
    if naive.cyclic && (found.is_none() || found.as_ref().is_some_and(|(.., endless)| *endless)) {
        // The naive explorer does not judge what goes on for ever.
        return None;
    }
    Some(match (naive::first(&naive), found) {
        (None, None) => Ok(()),
        (Some((faults, names)), Some((same, name, _)))
            if faults == same && names.contains(&name) =>
        {
            Ok(())
        }
        (naive, found) => Err(format!("naive {naive:?}\nprover {found:?}\n{text}")),
    })
}

/// Designs with more states than this take the naive explorer too long.
const MOST_STATES: usize = 12_000;

#[test]
fn the_prover_agrees_with_the_naive_explorer_on_random_designs() {
    let rounds = std::env::var("ROUNDS")
        .ok()
        .and_then(|r| r.parse().ok())
        .unwrap_or(150);
    let first = std::env::var("SEED")
        .ok()
        .and_then(|r| r.parse().ok())
        .unwrap_or(0);
    let (mut compared, mut broken) = (0, 0);
    for seed in first..first + rounds {
        let text = design(&mut Dice(seed));
        match compare(&text) {
            Some(Ok(())) => compared += 1,
            Some(Err(difference)) => panic!("seed {seed}: {difference}"),
            None => broken += 1,
        }
    }
    println!("{compared} compared, {broken} too large or endless");
    assert!(
        compared > broken,
        "{compared} compared, {broken} too large or endless"
    );
}
