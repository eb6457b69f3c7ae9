//! Pages, findings and suppressions have the form that people rely on.

use coexist_design::check::{RULES, check};
use coexist_model::{DesignVerdict, Verdict};

const SHOP: &str = include_str!("../../examples/shop.design");

#[test]
fn ids_are_kebab_case_and_stand_once() {
    for rule in RULES {
        assert!(
            rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{}",
            rule.id
        );
        assert_eq!(
            RULES.iter().filter(|r| r.id == rule.id).count(),
            1,
            "{}",
            rule.id
        );
    }
    assert!(RULES.is_sorted_by_key(|r| r.group), "rules stand by group");
}

#[test]
fn a_comment_with_a_reason_suppresses() {
    let text = SHOP.replace(
        "  compensate {  ",
        "  // coexist: ignore[compensation-not-tested] reason: the tests come with release 2\n  compensate {  ",
    );
    let text = text.replace(", compensate tests/refund_test.rs", "");
    let report = check("shop.design", &text);
    let hidden: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.suppressed.is_some())
        .collect();
    assert_eq!(hidden.len(), 1);
    assert_eq!(report.verdict, DesignVerdict::Holds);
    assert_eq!(report.notices, []);
}

#[test]
fn a_comment_without_a_reason_hides_nothing() {
    let text = SHOP.replace(", compensate tests/refund_test.rs", "");
    let text = text.replace(
        "  compensate {  ",
        "  // coexist: ignore[compensation-not-tested]\n  compensate {  ",
    );
    let report = check("shop.design", &text);
    assert_eq!(report.worst(), Verdict::Fail);
    assert!(report.notices[0].what.contains("gives no reason"));
}

#[test]
fn a_text_that_does_not_parse_is_invalid() {
    let report = check("a.design", "design a 1\nservise b {}\n");
    assert_eq!(report.verdict, DesignVerdict::Invalid);
    assert_eq!(
        (
            report.findings[0].place.line,
            report.findings[0].place.column
        ),
        (2, 1)
    );
}
