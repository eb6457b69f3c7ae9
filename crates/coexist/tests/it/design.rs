//! `coexist design`, as people run it.

use std::path::Path;

use expect_test::{Expect, expect};

use super::{coexist, said};

/// A folder with the shop, a mended and a broken copy of it, and a text that is no design.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shop = include_str!("../../../design/examples/shop.design");
    let sent = "tx { order.status = placed; send HoldStock; emit OrderPlaced }";
    let beside = "tx { order.status = placed; emit OrderPlaced }; send HoldStock";
    for (name, text) in [
        ("shop.design", shop.to_owned()),
        ("broken.design", shop.replace(sent, beside)),
        ("typo.design", "design a 1\nservise b {}\n".to_owned()),
    ] {
        std::fs::write(folder.path().join(name), text).expect("a temporary folder can be written");
    }
    folder
}

fn check(folder: &Path, args: &[&str], expect: Expect) {
    expect.assert_eq(&said(&coexist(folder, args, &[])));
}

#[test]
fn the_exit_code_tells_what_a_check_comes_to() {
    let folder = folder();
    let code = |args: &[&str]| coexist(folder.path(), args, &[]).status.code();
    assert_eq!(code(&["design", "check", "shop.design"]), Some(0));
    assert_eq!(
        code(&["design", "check", "shop.design", "--fail-on", "warn"]),
        Some(1)
    );
    assert_eq!(code(&["design", "check", "broken.design"]), Some(1));
    assert_eq!(
        code(&["design", "check", "broken.design", "--fail-on", "never"]),
        Some(0)
    );
    assert_eq!(code(&["design", "check", "typo.design"]), Some(2));
    assert_eq!(code(&["design", "check", "absent.design"]), Some(2));
}

#[test]
fn the_exit_code_tells_what_a_proof_comes_to() {
    let folder = folder();
    let code = |args: &[&str]| coexist(folder.path(), args, &[]).status.code();
    assert_eq!(code(&["design", "prove", "shop.design"]), Some(0));
    assert_eq!(code(&["design", "prove", "broken.design"]), Some(1));
    assert_eq!(code(&["design", "prove", "typo.design"]), Some(2));
    assert_eq!(
        code(&["design", "prove", "shop.design", "--faults", "floods=1"]),
        Some(2)
    );
    assert_eq!(
        code(&["design", "prove", "shop.design", "--max-states", "100"]),
        Some(3)
    );
}

#[test]
fn a_text_that_is_not_understood_is_told_with_its_place() {
    let folder = folder();
    check(
        folder.path(),
        &["design", "check", "typo.design"],
        expect![[r#"
            FAIL[design-not-understood] `servise` begins no statement of a design
             --> typo.design:2:1
              |
            2 | servise b {}
              | ^^^^^^^ here
               = why: a statement that is not understood would never be checked
               = fix: did you mean `service`? a design takes design, justify, rejected,
                 service, external, channel, envelope, evolve, workflow, truth, reconcile,
                 signal, explore

            the design a cannot be judged: 1 problem in its text
            exit 2
        "#]],
    );
    check(
        folder.path(),
        &["design", "export", "typo.design", "--json"],
        expect![[r#"
            ! error[design]: cannot export typo.design:2:1: `servise` begins no statement of a design
            ! help: did you mean `service`? a design takes design, justify, rejected, service, external, channel, envelope, evolve, workflow, truth, reconcile, signal, explore
            exit 2
        "#]],
    );
    check(
        folder.path(),
        &["design", "check", "absent.design"],
        expect![[r#"
            ! error[design]: cannot read absent.design: it is not there
            ! help: name a file that is there and may be read
            exit 2
        "#]],
    );
}

#[test]
fn the_layout_is_checked_written_and_then_left_alone() {
    let folder = folder();
    check(
        folder.path(),
        &["design", "fmt", "--check", "shop.design"],
        expect![[r#"
            ! shop.design is not in the one layout; coexist design fmt shop.design writes it
            exit 1
        "#]],
    );
    check(
        folder.path(),
        &["design", "fmt", "shop.design"],
        expect![[r#"
            ! wrote shop.design
            exit 0
        "#]],
    );
    check(
        folder.path(),
        &["design", "fmt", "--check", "shop.design"],
        expect![[r#"
            exit 0
        "#]],
    );
}

#[test]
fn a_new_design_asks_nothing_on_a_pipe_and_overwrites_nothing() {
    let folder = folder();
    check(
        folder.path(),
        &["design", "new", "till", "--services", "till,bank"],
        expect![[r#"
            ! wrote till.design
            ! Next: fill in each TODO; coexist design check till.design lists what is open
            exit 0
        "#]],
    );
    check(
        folder.path(),
        &["design", "new", "till"],
        expect![[r#"
        ! error[output]: cannot write till.design: it is there already
        ! help: name another file with --output, or overwrite it with --force
        exit 2
    "#]],
    );
    check(
        folder.path(),
        &["design", "new", "no name"],
        expect![[r#"
        ! error[usage]: cannot use no name as a name
        ! help: a name is made of letters, digits, `_`, and `-` between them, and begins with a letter
        exit 2
    "#]],
    );
    let report = said(&coexist(
        folder.path(),
        &["design", "check", "till.design"],
        &[],
    ));
    assert!(
        report.contains("the design till is not decided"),
        "{report}"
    );
    assert!(report.ends_with("exit 0\n"), "{report}");
}

#[test]
fn a_rule_of_designs_is_explained() {
    let folder = folder();
    for rule in ["direct-send-beside-transaction", "design-not-understood"] {
        let page = said(&coexist(folder.path(), &["explain", rule], &[]));
        assert!(page.contains("## Safe steps"), "{page}");
    }
}

#[test]
fn a_design_is_drawn_to_stdout_or_into_a_folder() {
    let folder = folder();
    let drawn = |args: &[&str]| {
        let output = coexist(folder.path(), args, &[]);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        String::from_utf8(output.stdout).expect("what is drawn is UTF-8")
    };
    let page = drawn(&["design", "render", "shop.design"]);
    assert!(page.contains("checkout holds for all "), "{page}");
    let page = drawn(&["design", "render", "shop.design", "--without-proof"]);
    assert!(page.contains("Nothing was tried"), "{page}");
    for (format, begins) in [
        ("html", "<!doctype html>"),
        ("alerts", "groups:"),
        ("alert-tests", "rule_files:"),
        ("sql", "-- == orders.orders-db.sql"),
    ] {
        let text = drawn(&["design", "render", "shop.design", "--format", format]);
        assert!(text.starts_with(begins), "{format}: {text}");
    }
    check(
        folder.path(),
        &["design", "render", "broken.design", "--output", "drawn"],
        expect![[r#"
            ! wrote 20 files to drawn
            exit 0
        "#]],
    );
    let read = |name: &str| std::fs::read_to_string(folder.path().join("drawn").join(name));
    let page = read("design.html").expect("the page is written");
    assert!(page.contains("checkout does not hold"), "{page}");
    read("sql/stock-vs-orders.compare.sql").expect("the comparison is written");
}

#[test]
fn a_design_with_a_mistake_is_not_drawn() {
    check(
        folder().path(),
        &["design", "render", "typo.design"],
        expect![[r#"
            ! error[design]: cannot draw typo.design:2:1: `servise` begins no statement of a design
            ! help: did you mean `service`? a design takes design, justify, rejected, service, external, channel, envelope, evolve, workflow, truth, reconcile, signal, explore
            exit 2
        "#]],
    );
}
