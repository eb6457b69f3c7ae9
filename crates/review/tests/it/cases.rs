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
use coexist_model::{Client, Compared, KnownOrder, Order, Review, Service};
use coexist_review::pipeline::{Settings, Version, Versions, review_trees};
use coexist_review::source::Memory;

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

#[test]
fn the_same_trees_give_the_same_review() {
    for file in case_files() {
        let case = parse(&fs::read_to_string(&file).unwrap());
        assert_eq!(review(&case), review(&case), "{}", file.display());
    }
}
