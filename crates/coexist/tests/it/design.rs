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

/// A folder with two services and a database, as compose starts them, and a design of them.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in [
        (
            "compose.yaml",
            "services:\n  web:\n    build: web\n    depends_on: [db]\n    environment:\n      ORDERS_URL: http://orders:8080\n  orders:\n    build: orders\n  db:\n    image: postgres:17\n",
        ),
        (
            "orders/app.py",
            "import os\nURL = os.getenv('DATABASE_URL', 'postgres://u:secret@db/shop')\n",
        ),
        (
            "web/app.py",
            "import os\norders = os.environ['ORDERS_URL']\n",
        ),
        (
            "shop.design",
            "design shop 1\nservice web { team t; oncall o }\nservice orders { team t; oncall o }\n",
        ),
        (
            "true.design",
            "design shop 1\nservice web { team t; oncall o; calls orders over http }\nservice orders { team t; oncall o }\n",
        ),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("a temporary folder can be written");
        std::fs::write(path, text).expect("a temporary folder can be written");
    }
    folder
}

#[test]
fn a_design_is_inferred_from_a_folder() {
    let folder = repository();
    check(
        folder.path(),
        &["design", "infer", "--format", "json", "."],
        expect![[r#"
            {
              "version": 1,
              "services": [
                {
                  "name": "orders",
                  "evidence": [
                    "compose.yaml:7"
                  ]
                },
                {
                  "name": "web",
                  "evidence": [
                    "compose.yaml:2"
                  ]
                }
              ],
              "stores": [
                {
                  "name": "db/shop",
                  "kind": "postgres",
                  "server": "db",
                  "database": "shop",
                  "owners": [
                    "orders"
                  ],
                  "evidence": [
                    "orders/app.py:2"
                  ]
                }
              ],
              "channels": [],
              "edges": [
                {
                  "from": "web",
                  "to": "orders",
                  "kind": "http",
                  "confidence": 0.9,
                  "evidence": [
                    "compose.yaml:6"
                  ]
                }
              ],
              "externals": [],
              "contracts": [],
              "notes": [
                "not taken for an edge: web starts after db (compose.yaml:4), and no address says that it uses it"
              ],
              "problems": []
            }
            exit 0
        "#]],
    );
    let inferred = |args: &[&str]| coexist(folder.path(), args, &[]).status.code();
    assert_eq!(
        inferred(&["design", "infer", "--output", "first.design"]),
        Some(0)
    );
    assert_eq!(
        inferred(&["design", "infer", "--output", "first.design"]),
        Some(2)
    );
    assert_eq!(
        inferred(&["design", "check", "first.design", "--fail-on", "never"]),
        Some(0)
    );
    assert_eq!(inferred(&["design", "drift", "first.design"]), Some(0));
    let text = std::fs::read_to_string(folder.path().join("first.design")).expect("it was written");
    let (_, services) = text.split_once("rejected").expect("the gaps come first");
    expect![[r#"
         modular-monolith "TODO"
        // not taken for an edge: web starts after db (compose.yaml:4), and no address says that it uses it

        service orders { // compose.yaml:7 confidence 0.95
          team TODO
          oncall TODO
          store db-shop postgres { // orders/app.py:2 confidence 0.80
            database "db/shop" // orders/app.py:2 confidence 0.80
          }
          fails { upstream "TODO"; downstream "TODO" }
        }

        service web { // compose.yaml:2 confidence 0.95
          team TODO
          oncall TODO
          calls orders over http // compose.yaml:6 confidence 0.90
          fails { upstream "TODO"; downstream "TODO" }
        }
    "#]].assert_eq(services);
}

#[test]
fn a_folder_that_starts_nothing_is_no_supported_input() {
    let folder = folder();
    check(
        folder.path(),
        &["design", "infer"],
        expect![[r#"
        ! error[input]: cannot tell which services run: no supported input here
        ! help: what is read: compose files and Kubernetes manifests; coexist design new begins a design by hand
        exit 2
    "#]],
    );
}

#[test]
fn a_design_that_its_repository_contradicts_is_told() {
    let folder = repository();
    check(
        folder.path(),
        &["design", "drift", "shop.design"],
        expect![[r#"
            FAIL[undeclared-edge] web calls orders over http, and the design does not say so
             --> shop.design:2:9
              |
            2 | service web { team t; oncall o }
              |         ^^^ no call of the other is declared
              |
             ::: compose.yaml:6:7
              |
            6 |       ORDERS_URL: http://orders:8080
              |       ------------------------------ the address is here
               = why: when orders is slow or down, web is too, and nothing in the design
                 tells what happens then
               = fix:
                 1. declare it: calls orders over http; and say in `fails` what is seen when
                    it is down
                 2. or take the address out, where nothing uses it

            the design shop does not hold: 1 FAIL
            exit 1
        "#]],
    );
    check(
        folder.path(),
        &["design", "drift", "true.design"],
        expect![[r#"
            the design shop holds
            exit 0
        "#]],
    );
    let code = |args: &[&str]| coexist(folder.path(), args, &[]).status.code();
    assert_eq!(
        code(&["design", "drift", "shop.design", "--fail-on", "never"]),
        Some(0)
    );
    assert_eq!(code(&["design", "drift", "absent.design"]), Some(2));
    assert_eq!(code(&["explain", "undeclared-edge"]), Some(0));
}
