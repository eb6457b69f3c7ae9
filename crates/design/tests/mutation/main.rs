//! The fuzz target of designs on a stable toolchain: the shop, damaged in the same way in every run, and large hostile texts.

#[path = "../../../readers/tests/mutation/mutator.rs"]
mod mutator;
mod total;

use std::time::{Duration, Instant};

use mutator::{Random, mutate, truncations};

const SHOP: &str = include_str!("../../examples/shop.design");

/// Injured copies of the shop.
const MUTANTS: usize = 400;

#[test]
fn an_injured_design_is_read_whatever_it_holds() {
    assert!(total::check(SHOP));
    let mut random = Random::new(7);
    for _ in 0..MUTANTS {
        total::check(&mutate(SHOP, SHOP, &mut random));
    }
    for cut in truncations(SHOP).step_by(40) {
        total::check(cut);
    }
    total::check(&SHOP.replace(' ', "\0"));
    total::check(&SHOP.replace('\n', "\r\n"));
}

/// A statement of every kind that people get half right: one line of the shop taken out, doubled, or swapped with the next.
#[test]
fn a_line_that_is_missing_or_twice_is_read() {
    let lines: Vec<&str> = SHOP.lines().collect();
    for at in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(at);
        total::check(&without.join("\n"));
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        total::check(&twice.join("\n"));
    }
}

/// What a megabyte may take in an unoptimised build on a busy machine: what grows with the square of the text takes minutes.
const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn a_megabyte_of_hostile_text_takes_no_square_of_its_time() {
    let pieces = [
        "{",
        "}",
        "{}",
        "(",
        ")",
        "\"",
        "\\",
        ".",
        "..",
        "/",
        "//x\n",
        "a.",
        "a ",
        "a-",
        "-",
        "1",
        "1.",
        "\n",
        ";",
        "&&",
        "=>",
        "!",
        "a &&",
        "design a 1\n",
        "service a {\n",
        "service a {}\n",
        "team a;",
        "when a { ",
        "workflow a {\n",
        "channel",
        "\u{feff}",
        "ü",
        "🦀",
    ];
    for piece in pieces {
        timed(&piece.repeat((1 << 20) / piece.len()));
    }
    let wrapped = [
        ("design a 1\nworkflow w by k { never ", "(", ""),
        (
            "design a 1\nworkflow w by k { never a.b == c",
            " && a.b == c",
            " }",
        ),
        (
            "design a 1\nworkflow w by k { never a.b == c",
            " => a.b == c",
            " }",
        ),
        ("design a 1\nworkflow w by k { never ", "!", "a.b == c }"),
        ("design a 1\nworkflow w by k { on M at s {", " tx {", ""),
        (
            "design a 1\nworkflow w by k { on M at s {",
            " send M;",
            "} }",
        ),
        (
            "design a 1\nworkflow w by k { on M at s {",
            " when a.b == c { stop };",
            "} }",
        ),
        (
            "design a 1\nservice s { store t u { table v key k { f: a",
            "|a",
            " } } }",
        ),
        ("design a 1\nenvelope a", ", a", ""),
    ];
    for (before, piece, after) in wrapped {
        timed(&format!(
            "{before}{}{after}",
            piece.repeat((1 << 20) / piece.len())
        ));
    }
}

fn timed(text: &str) {
    let started = Instant::now();
    let parsed = coexist_design::language::read(text);
    let took = started.elapsed();
    let shown: String = text.chars().take(60).collect();
    assert!(took < LIMIT, "{shown:?} takes {took:?}");
    assert!(
        parsed.problems.len() <= 300,
        "{shown:?}: {} problems",
        parsed.problems.len()
    );
}
