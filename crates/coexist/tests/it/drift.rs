//! The cases of the rules of drift: a design and the files of its repository.
//!
//! Lines with `#` say why. `-- PATH --` begins a file. Then come the findings: the verdict, the rule, the line of the design, and the first
//! line of the repository beside it; or `PASS`.

use std::path::{Path, PathBuf};

use coexist_design::drift::{RULES, drift};
use coexist_design::infer::{map, text};
use coexist_design::language::read;
use coexist_model::{DesignVerdict, Place};
use coexist_review::landscape::landscape;
use coexist_review::source::Memory;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../design/src/drift/rules")
}

/// Returns the files of a case, and its expectation as the last of them.
fn files(case: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in case.lines() {
        let path = line.strip_prefix("-- ").and_then(|l| l.strip_suffix(" --"));
        match (path, files.last_mut()) {
            (Some(path), _) => files.push((path.to_owned(), String::new())),
            (None, Some((_, text))) => text.push_str(&format!("{line}\n")),
            (None, None) => assert!(line.starts_with('#'), "{line}"),
        }
    }
    files
}

fn at(place: &Place) -> String {
    format!("{}:{}", place.path, place.line)
}

/// Returns the findings of a case as it writes them.
fn found(design: &str, tree: &Memory) -> Vec<String> {
    let map = map(&landscape(tree));
    let report = drift("a.design", design, &map);
    assert_ne!(report.verdict, DesignVerdict::Invalid, "{design}");
    assert_eq!(report.notices, []);
    // Whatever is inferred is a design.
    let inferred = text("case", &map);
    assert_eq!(read(&inferred).problems, [], "{inferred}");
    let own = drift("a.design", &inferred, &map);
    let untrue: Vec<_> = own
        .findings
        .iter()
        .filter(|f| matches!(f.rule, "missing-service" | "undeclared-edge"))
        .collect();
    assert!(untrue.is_empty(), "{untrue:?}\n{inferred}");
    let lines = report.findings.iter().map(|f| {
        let beside = f
            .related
            .first()
            .map(|(place, _)| format!(" {}", at(place)));
        format!(
            "{} {} {}{}",
            f.verdict.word(),
            f.rule,
            at(&f.place),
            beside.unwrap_or_default()
        )
    });
    lines.collect()
}

#[test]
fn every_case_comes_out_as_it_says() {
    let (mut cases, mut wrong) = (0, Vec::new());
    for rule in std::fs::read_dir(folder()).expect("the rules have a folder") {
        let cases_of = rule.expect("the folder can be listed").path().join("cases");
        let Ok(listed) = std::fs::read_dir(cases_of) else {
            continue;
        };
        for case in listed {
            let path = case.expect("the folder can be listed").path();
            let mut files = files(&std::fs::read_to_string(&path).expect("a case is text"));
            let (last, expected) = files.pop().expect("a case has files");
            assert_eq!(last, "expect", "{}", path.display());
            let design = files.remove(0).1;
            let tree = files.iter().map(|(p, t)| (p.as_str(), t.as_str()));
            let mut sorted: Vec<_> = tree.collect();
            sorted.sort_unstable();
            let found = found(&design, &Memory::new(sorted));
            let shown = match found.is_empty() {
                true => "PASS\n".to_owned(),
                false => found.join("\n") + "\n",
            };
            if shown != expected {
                wrong.push(format!("{}\n{shown}", path.display()));
            }
            cases += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases >= 2 * RULES.len(), "{cases}");
}

#[test]
fn every_rule_has_a_page_with_the_headings() {
    for rule in RULES {
        for heading in [
            "# ",
            "\n## What\n",
            "\n## Why\n",
            "\n## Bad\n",
            "\n## Good\n",
            "\n## Safe steps\n",
            "\n## Sources\n",
        ] {
            assert!(rule.page.contains(heading), "{}: {heading}", rule.id);
        }
    }
}
