//! A case is the shop with edits, and the findings that the edits bring.
//!
//! Lines with `#` say why. `- text` is a text that stands in the shop once, `+ text` what stands there instead; several lines are one text.
//! Then come the findings, `FAIL rule-id` and the text of the blamed place, or `PASS`: those that the shop itself does not have, of all rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use coexist_design::check::{RULES, check};
use coexist_model::{DesignFinding, DesignVerdict, Verdict};

const SHOP: &str = include_str!("../../examples/shop.design");

#[derive(Debug, Default)]
struct Case {
    edits: Vec<(String, String)>,
    expected: Vec<String>,
}

fn parse(text: &str) -> Case {
    let mut case = Case::default();
    let mut last = ' ';
    for line in text.lines() {
        let mark = line.chars().next().unwrap_or(' ');
        let rest = line.get(2..).unwrap_or_default();
        let append = |to: &mut String, fresh: bool| {
            if !fresh {
                to.push('\n');
            }
            to.push_str(rest);
        };
        match mark {
            '-' if last == '-' => append(&mut case.edits.last_mut().unwrap().0, false),
            '-' => case.edits.push((rest.to_owned(), String::new())),
            '+' => append(&mut case.edits.last_mut().unwrap().1, last == '-'),
            '#' | ' ' => {}
            _ if line == "PASS" => {}
            _ => case.expected.push(line.to_owned()),
        }
        last = mark;
    }
    case
}

fn shop(case: &Case, path: &Path) -> String {
    let mut text = SHOP.to_owned();
    for (old, new) in &case.edits {
        let count = text.matches(old.as_str()).count();
        assert_eq!(
            count,
            1,
            "{}: {old:?} stands in the shop {count} times",
            path.display()
        );
        text = text.replace(old.as_str(), new);
    }
    text
}

/// A finding as a case writes it: the blamed text up to the end of its line.
fn shown(finding: &DesignFinding) -> String {
    let place = &finding.place;
    let from = place.column as usize - 1;
    let to = match place.end_line == place.line {
        true => place.end_column as usize - 1,
        false => usize::MAX,
    };
    let blamed: String = place.quote.chars().take(to).skip(from).collect();
    format!(
        "{} {} `{}`",
        finding.verdict.word(),
        finding.rule,
        blamed.trim_end()
    )
}

/// Counts what is said, so that the shop's own findings can be taken off.
fn counted(findings: &[DesignFinding]) -> BTreeMap<String, i32> {
    let mut all = BTreeMap::new();
    for finding in findings {
        *all.entry(shown(finding)).or_default() += 1;
    }
    all
}

fn cases() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/rules");
    let mut all = Vec::new();
    for rule in RULES {
        let folder = root.join(rule.id.replace('-', "_")).join("cases");
        let mut names: Vec<PathBuf> = std::fs::read_dir(&folder)
            .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        for path in names {
            let text = std::fs::read_to_string(&path).unwrap();
            all.push((path, text));
        }
    }
    all
}

#[test]
fn every_case_brings_what_it_says() {
    let only = std::env::var("CASE").unwrap_or_default();
    let own = counted(&check("shop.design", SHOP).findings);
    let mut wrong = Vec::new();
    for (path, text) in cases() {
        if !path.to_string_lossy().contains(&only) {
            continue;
        }
        let case = parse(&text);
        let report = check("shop.design", &shop(&case, &path));
        let mut found = counted(&report.findings);
        for (finding, count) in &own {
            *found.entry(finding.clone()).or_default() -= count;
        }
        let mut brought: Vec<String> = found
            .into_iter()
            .flat_map(|(finding, count)| vec![finding; usize::try_from(count).unwrap_or(0)])
            .collect();
        let mut expected = case.expected.clone();
        expected.sort();
        brought.sort();
        if expected != brought {
            wrong.push(format!(
                "{}\n  expected {expected:#?}\n  brought {brought:#?}",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_bad_and_a_good_case() {
    let all = cases();
    for rule in RULES {
        let folder = format!("rules/{}/cases/", rule.id.replace('-', "_"));
        let of_rule = |prefix: &str| {
            all.iter()
                .filter(|(path, _)| {
                    path.to_string_lossy()
                        .contains(&format!("{folder}{prefix}"))
                })
                .map(|(_, text)| {
                    parse(text)
                        .expected
                        .iter()
                        .any(|e| e.contains(&format!(" {} ", rule.id)))
                })
                .collect::<Vec<bool>>()
        };
        let (bad, good) = (of_rule("bad"), of_rule("good"));
        assert!(
            !bad.is_empty() && bad.iter().all(|fires| *fires),
            "{}: bad cases",
            rule.id
        );
        assert!(
            !good.is_empty() && good.iter().all(|fires| !fires),
            "{}: good cases",
            rule.id
        );
    }
}

#[test]
fn the_shop_comes_out_without_a_fail() {
    let report = check("shop.design", SHOP);
    let fails: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.verdict == Verdict::Fail)
        .collect();
    assert!(fails.is_empty(), "{fails:#?}");
    assert_eq!(report.verdict, DesignVerdict::Holds);
    expect_test::expect![[r#"
        WARN data-without-truth `shipment`
        WARN signal-missing `stock-vs-orders`
    "#]]
    .assert_eq(
        &report
            .findings
            .iter()
            .map(|f| shown(f) + "\n")
            .collect::<String>(),
    );
}
