//! Runs every rule over every rule's cases.
//!
//! A case is a text file: settings (`migrations: before`), then the trees (`-- base/PATH --`, `-- head/PATH --`, `-- both/PATH --`),
//! then `-- expect --` with one line per finding (`FAIL rule-id path:line`), or `PASS`. Under a path of `deployed/` stands the tree
//! of a version that runs besides base. Every case runs in a repository that shows a staged rollout, unless it says `rollout: none`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use coexist_engine::{ChangedPath, PathKind};
use coexist_model::{Act, Client, Compared, KnownOrder, Order, Review, Service};
use coexist_review::pipeline::{Settings, Version, Versions, review_trees};
use coexist_review::source::Memory;
use expect_test::expect;

/// A parsed case file.
#[derive(Default)]
struct CaseFile {
    settings: BTreeMap<String, String>,
    base: BTreeMap<String, String>,
    head: BTreeMap<String, String>,
    deployed: BTreeMap<String, String>,
    expect: String,
}

fn parse(text: &str) -> CaseFile {
    let mut case = CaseFile::default();
    let mut section: Option<String> = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("-- ").and_then(|l| l.strip_suffix(" --")) {
            section = Some(name.to_owned());
            continue;
        }
        match &section {
            None => {
                if let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with('#'))
                {
                    case.settings
                        .insert(key.trim().to_owned(), value.trim().to_owned());
                }
            }
            Some(name) if name == "expect" => case.expect += &format!("{line}\n"),
            Some(name) => {
                let (side, path) = name
                    .split_once('/')
                    .unwrap_or_else(|| panic!("section {name:?} names no side"));
                let trees: Vec<&mut BTreeMap<String, String>> = match side {
                    "base" => vec![&mut case.base],
                    "head" => vec![&mut case.head],
                    "both" => vec![&mut case.base, &mut case.head],
                    "deployed" => vec![&mut case.deployed],
                    other => panic!("no side is called {other:?}"),
                };
                for tree in trees {
                    *tree.entry(path.to_owned()).or_default() += &format!("{line}\n");
                }
            }
        }
    }
    if case
        .settings
        .get("rollout")
        .is_none_or(|word| word != "none")
    {
        for tree in [&mut case.base, &mut case.head] {
            tree.insert("deploy/staged.yaml".to_owned(), STAGED.to_owned());
        }
    }
    case
}

/// A workload that is replaced node by node, so that a case is not about the rollout unless it says so.
const STAGED: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: staged\nspec:\n  strategy:\n    type: RollingUpdate\n    rollingUpdate:\n      maxUnavailable: 1\n";

fn memory(files: &BTreeMap<String, String>) -> Memory {
    Memory::new(files.iter().map(|(p, t)| (p.as_str(), t.as_str())))
}

fn changed(case: &CaseFile) -> Vec<ChangedPath> {
    let paths: std::collections::BTreeSet<&String> =
        case.base.keys().chain(case.head.keys()).collect();
    let differs = paths
        .into_iter()
        .filter(|p| case.base.get(*p) != case.head.get(*p));
    differs
        .map(|path| ChangedPath {
            path: path.clone(),
            old_path: None,
            at_head: case.head.contains_key(path),
            at_base: case.base.contains_key(path),
            anchors: true,
            kind: PathKind::Product,
        })
        .collect()
}

fn review(case: &CaseFile) -> Review {
    let (base, head, deployed) = (
        memory(&case.base),
        memory(&case.head),
        memory(&case.deployed),
    );
    let order = case.settings.get("migrations").map(|word| KnownOrder {
        order: match word.as_str() {
            "before" => Order::Before,
            "after" => Order::After,
            "unordered" => Order::Unordered,
            other => panic!("no order is called {other:?}"),
        },
        proven: true,
        because: "coexist.toml says so".to_owned(),
        place: None,
    });
    let services = case.settings.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix("service ")?;
        let paths = value.split_whitespace().map(str::to_owned).collect();
        Some(Service {
            name: name.to_owned(),
            paths,
            evidence: Vec::new(),
        })
    });
    let clients = case.settings.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix("client ")?;
        Some(Client {
            name: name.to_owned(),
            supported: value.split_whitespace().map(str::to_owned).collect(),
        })
    });
    let version = |name: &str, source| Version {
        perhaps: false,
        name: name.to_owned(),
        source,
    };
    let mut running = Vec::new();
    if !case.deployed.is_empty() {
        running.push(version(
            "v1",
            &deployed as &dyn coexist_review::source::Source,
        ));
    }
    let versions = Versions {
        base: version("base", &base),
        head: version("head", &head),
        deployed: running,
        changed: changed(case),
        compared: Compared {
            base: "base".to_owned(),
            head: "head".to_owned(),
            deployed: Vec::new(),
            files: 0,
            described: String::new(),
            notes: Vec::new(),
            release: None,
            arguments: Vec::new(),
        },
    };
    review_trees(
        &versions,
        &Settings {
            order,
            services: services.collect(),
            library: false,
            clients: clients.collect(),
        },
    )
}

fn summary(review: &Review) -> String {
    let mut lines: Vec<String> = review
        .findings
        .iter()
        .map(|f| {
            format!(
                "{} {} {}:{}",
                f.verdict.word(),
                f.rule,
                f.primary.place.path,
                f.primary.place.line
            )
        })
        .collect();
    lines.sort();
    if lines.is_empty() {
        "PASS".to_owned()
    } else {
        lines.join("\n")
    }
}

fn case_files() -> Vec<PathBuf> {
    let principles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/src/principles");
    let mut found = Vec::new();
    for principle in sorted(&principles) {
        for rule in sorted(&principle) {
            found.extend(sorted(&rule.join("cases")));
        }
    }
    found
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|e| e.path())
        .collect();
    entries.sort();
    entries
}

#[test]
fn every_case_has_the_findings_it_expects() {
    let only = std::env::var("CASE").unwrap_or_default();
    let files: Vec<PathBuf> = case_files()
        .into_iter()
        .filter(|f| f.to_string_lossy().contains(&only))
        .collect();
    assert!(!files.is_empty(), "no case file was found");
    let mut wrong = String::new();
    for file in files {
        let case = parse(&fs::read_to_string(&file).unwrap());
        let review = review(&case);
        let mut expected: Vec<&str> = case
            .expect
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect();
        expected.sort_unstable();
        let (expected, got) = (expected.join("\n"), summary(&review));
        if expected != got {
            let name = file
                .components()
                .rev()
                .take(4)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect::<PathBuf>();
            writeln!(
                wrong,
                "== {}\nexpected:\n{expected}\ngot:\n{got}",
                name.display()
            )
            .unwrap();
            for finding in &review.findings {
                writeln!(wrong, "   {}: {}", finding.rule, finding.title).unwrap();
            }
            for skipped in &review.not_reviewed {
                writeln!(wrong, "   not reviewed: {} ({})", skipped.path, skipped.why).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Law 1: a FAIL has a witness or an entry of the closed list, other verdicts have neither; law 5: both lines and the safe steps.
#[test]
fn every_finding_carries_what_the_laws_ask_for() {
    for file in case_files() {
        let case = parse(&fs::read_to_string(&file).unwrap());
        for finding in review(&case).findings {
            let fails = finding.verdict == coexist_model::Verdict::Fail;
            assert_eq!(
                fails,
                finding.witness.is_some() != finding.no_schedule_because.is_some(),
                "{}",
                file.display()
            );
            assert!(fails || finding.witness.is_none(), "{}", file.display());
            assert!(
                !finding.safe_steps.is_empty(),
                "{} {}",
                file.display(),
                finding.rule
            );
            let places = finding.related.len() + 1;
            let witness = finding.witness.iter().flat_map(|w| &w.steps);
            assert!(
                witness.filter_map(|s| s.at).all(|at| at < places),
                "{} {}",
                file.display(),
                finding.rule
            );
        }
    }
}

/// Returns the titles, errors and safe steps of the findings of one rule, a line each.
fn said(case: &str, rule: &str) -> String {
    let review = review(&parse(case));
    let findings = review.findings.iter().filter(|f| f.rule == rule);
    findings
        .flat_map(|f| {
            let error = f.witness.iter().map(|w| w.error.clone());
            let title = std::iter::once(f.title.clone());
            title.chain(error).chain(f.safe_steps.iter().cloned())
        })
        .map(|line| format!("{line}\n"))
        .collect()
}

const ORDERS: &str = "-- both/db/migrations/001_orders.up.sql --
CREATE TYPE state AS ENUM ('new', 'paid');
CREATE TABLE orders (id bigint PRIMARY KEY, total bigint, state state NOT NULL);
";

#[test]
fn new_code_misses_the_new_name_and_each_kind_of_rename_has_its_own_way_out() {
    let table = format!(
        "migrations: after\n{ORDERS}-- base/a.py --\nq = db.execute(\"SELECT total FROM orders\")\n\
         -- head/a.py --\nq = db.execute(\"SELECT total FROM purchases\")\n\
         -- head/db/migrations/002_r.up.sql --\nALTER TABLE orders RENAME TO purchases;\n-- expect --\n"
    );
    expect![[r#"
        head uses purchases, which the store does not have yet
        relation "purchases" does not exist
        release 1: rename orders to purchases, and in the same migration create a view orders over it that accepts writes
        release 2: the code names purchases only
        wait until no node runs an older version and none will be rolled back to
        release 3: drop the view orders
    "#]].assert_eq(&said(&table, "used-before-migration"));
    let value = format!(
        "{ORDERS}-- both/a.py --\nq = db.execute(\"INSERT INTO orders (id, state) VALUES (1, 'new')\")\n\
         -- head/db/migrations/002_r.up.sql --\nALTER TYPE state RENAME VALUE 'new' TO 'open';\n-- expect --\n"
    );
    expect![[r#"
        state.new is renamed to state.open while base still uses the old name
        invalid input value for enum state: "new"
        release 1: add the value state.open to the type, beside state.new
        release 2: all code accepts both state.new and state.open
        wait until no node runs an older version and none will be rolled back to
        release 3: the code writes state.open only
        wait until no node runs an older version and none will be rolled back to
        release 4: rewrite the rows that hold state.new; the code stops accepting it
    "#]]
    .assert_eq(&said(&value, "rename-in-use"));
    let column = format!(
        "{ORDERS}-- both/a.py --\nq = db.execute(\"SELECT total FROM orders\")\n\
         -- head/db/migrations/002_r.up.sql --\nALTER TABLE orders RENAME COLUMN total TO sum;\n-- expect --\n"
    );
    expect![[r#"
        orders.total is renamed to orders.sum while base still uses the old name
        column "total" does not exist
        release 1: add orders.sum beside orders.total; a trigger keeps both equal, and fills orders.sum in the rows that exist
        release 2: the code names orders.sum only, in its models too
        wait until no node runs an older version and none will be rolled back to
        release 3: drop orders.total and the trigger
    "#]].assert_eq(&said(&column, "rename-in-use"));
}

/// Several migrations of one file are told apart in a schedule.
#[test]
fn a_schedule_calls_changesets_by_their_names() {
    let head = "<databaseChangeLog xmlns=\"http://www.liquibase.org/xml/ns/dbchangelog\">";
    let first = "<changeSet id=\"1\" author=\"ann\"><createTable tableName=\"a\"><column name=\"x\" type=\"int\"/>\
                 <column name=\"y\" type=\"int\"/></createTable></changeSet>";
    let more = "<changeSet id=\"2\" author=\"ann\"><dropColumn tableName=\"a\" columnName=\"y\"/></changeSet>\n\
                <changeSet id=\"3\" author=\"bob\"><dropColumn tableName=\"a\" columnName=\"x\"/></changeSet>";
    let case = parse(&format!(
        "migrations: before\n-- base/db/log.xml --\n{head}\n{first}\n</databaseChangeLog>\n\
         -- head/db/log.xml --\n{head}\n{first}\n{more}\n</databaseChangeLog>\n\
         -- both/a.py --\nq = db.execute(\"SELECT x FROM a\")\n-- expect --\n"
    ));
    let review = review(&case);
    let finding = review
        .findings
        .iter()
        .find(|f| f.rule == "drop-column-in-use");
    let witness = finding
        .and_then(|f| f.witness.as_ref())
        .expect("a schedule");
    let migrated = witness.steps.iter().filter(|s| s.act == Act::Migrate);
    let names: Vec<&str> = migrated.filter_map(|s| s.what.as_deref()).collect();
    assert_eq!(names, ["log.xml::2::ann", "log.xml::3::bob"]);
}

/// The value that is sent, and no other, is what the reader is seen to reject.
#[test]
fn an_enum_value_that_is_rejected_is_the_one_that_is_sent() {
    for file in case_files() {
        let case = parse(&fs::read_to_string(&file).unwrap());
        for finding in review(&case).findings {
            if finding.rule == "wire-enum-value-before-reader"
                && let (Some(witness), Some(value)) = (&finding.witness, &finding.element)
            {
                assert!(witness.error.contains(value), "{}", file.display());
            }
        }
    }
}

/// One defect under two principles has one way out. That a version is skipped is mended by not skipping it, whatever breaks.
#[test]
fn findings_about_one_line_and_its_witnesses_name_the_same_safe_steps() {
    for file in case_files() {
        let findings = review(&parse(&fs::read_to_string(&file).unwrap())).findings;
        for (at, one) in findings.iter().enumerate() {
            let twins = findings[at + 1..].iter().filter(|other| {
                (&one.primary, &one.element, &one.related)
                    == (&other.primary, &other.element, &other.related)
                    && one.principle != other.principle
                    && other.rule != "version-skipped"
                    && !one.related.is_empty()
            });
            for twin in twins {
                assert_eq!(
                    one.safe_steps,
                    twin.safe_steps,
                    "{}: {} and {}",
                    file.display(),
                    one.rule,
                    twin.rule
                );
            }
        }
    }
}

#[test]
fn the_same_trees_give_the_same_review() {
    for file in case_files() {
        let case = parse(&fs::read_to_string(&file).unwrap());
        assert_eq!(review(&case), review(&case), "{}", file.display());
    }
}
