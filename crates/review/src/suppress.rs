//! Comments that suppress a finding: `coexist: ignore[rule-id] reason: …`.
//!
//! The comment stands on the changed line or an affected line of head, or on the line before. It must give a reason: without one it
//! hides nothing. It never hides in silence: a suppressed finding stays in every report and is counted there, and a comment
//! that gives no reason, names no rule or hides nothing any more is a [`Notice`].

use std::sync::Arc;

use coexist_model::{Directive, File, Finding, Notice, Side, Sited, Suppression};

use crate::config::{Config, FILE};

/// The comments of one file of head.
#[derive(Debug, Clone)]
pub struct Commented {
    /// The file.
    pub file: File,
    /// The line (from 1) on which each comment starts, and its text, which may go over several lines.
    pub comments: Vec<(u32, String)>,
    /// Whether the change touches the file. Elsewhere a suppression that hides nothing is left alone: what it hides may be
    /// part of another change.
    pub changed: bool,
}

/// Marks the findings that a comment or `coexist.toml` suppresses, and returns what is wrong with the comments, by place.
pub fn suppress(
    findings: &mut [Finding],
    files: &[Commented],
    config: &Config,
    rules: &[&str],
) -> Vec<Notice> {
    let mut notices = Vec::new();
    for file in files {
        let comments = file
            .comments
            .iter()
            .map(|(line, text)| (*line, text.as_str()));
        for directive in Directive::of_comments(comments) {
            let used = apply(&directive, findings, &file.file.path);
            let complaints = directive.complaints(&used, rules, file.changed);
            notices.extend(complaints.into_iter().map(|what| Notice {
                place: file.file.place(line_range(&file.file, directive.line)),
                what,
            }));
        }
    }
    for rule in &config.ignored_rules {
        for finding in findings.iter_mut() {
            if finding.rule == rule.value && finding.suppressed.is_none() {
                finding.suppressed = Some(Suppression {
                    path: FILE.into(),
                    line: rule.line,
                    reason: format!("{FILE} ignores the rule"),
                });
            }
        }
    }
    notices.sort();
    notices.dedup();
    notices
}

fn line_range(file: &File, line: u32) -> std::ops::Range<usize> {
    let start = file.line_start(line);
    start..start + file.line(line).len()
}

/// Marks what a directive suppresses; returns the rules that had something to suppress.
fn apply(directive: &Directive, findings: &mut [Finding], path: &Arc<str>) -> Vec<String> {
    let mut used = Vec::new();
    for finding in findings.iter_mut() {
        let hides = |at: &Sited| {
            at.side == Side::Head
                && at.place.path == *path
                && directive.hides(finding.rule, at.place.line)
        };
        if hides(&finding.primary) || finding.related.iter().any(|r| hides(&r.at)) {
            used.push(finding.rule.to_owned());
            if finding.suppressed.is_none() {
                finding.suppressed = Some(directive.suppression(path));
            }
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use coexist_model::{Confidence, Principle, Related, Verdict};
    use expect_test::{Expect, expect};

    use super::*;

    fn comments(path: &str, text: &str) -> Vec<(u32, String)> {
        let comments = coexist_readers::code::comments(path, text);
        comments.into_iter().map(|c| (c.line, c.text)).collect()
    }

    const RULES: [&str; 2] = ["drop-column-in-use", "untyped-bag"];

    fn finding(file: &File, rule: &'static str, line: u32) -> Finding {
        Finding {
            id: format!("f-{line:08x}"),
            rule,
            principle: Principle::DataCodeDecoupling,
            verdict: Verdict::Fail,
            title: String::new(),
            surface: None,
            element: None,
            primary: Sited {
                side: Side::Head,
                place: file.place(line_range(file, line)),
            },
            label: String::new(),
            related: Vec::new(),
            witness: None,
            no_schedule_because: None,
            question: None,
            safe_steps: Vec::new(),
            notes: Vec::new(),
            suppressed: None,
        }
    }

    fn outcome(findings: &[Finding], notices: &[Notice]) -> String {
        let mut out = String::new();
        for f in findings {
            match &f.suppressed {
                Some(s) => out.push_str(&format!("{}:{} hides it: {}\n", s.path, s.line, s.reason)),
                None => out.push_str("stands\n"),
            }
        }
        for n in notices {
            out.push_str(&format!("{}:{} {}\n", n.place.path, n.place.line, n.what));
        }
        out
    }

    /// A file with one finding of `drop-column-in-use` on the line that holds `DROP`.
    fn check(text: &str, expect: Expect) {
        let file = File::new("a.sql", text);
        let line = text.lines().position(|l| l.contains("DROP")).unwrap() + 1;
        let mut findings = vec![finding(
            &file,
            "drop-column-in-use",
            u32::try_from(line).unwrap(),
        )];
        let files = [Commented {
            comments: comments("a.sql", text),
            file,
            changed: true,
        }];
        let notices = suppress(&mut findings, &files, &Config::default(), &RULES);
        expect.assert_eq(&outcome(&findings, &notices));
    }

    #[test]
    fn a_comment_on_the_line_or_the_line_before_suppresses() {
        check(
            "-- coexist: ignore[drop-column-in-use] reason: never shipped\nDROP",
            expect![["a.sql:1 hides it: never shipped\n"]],
        );
        check(
            "DROP -- coexist: ignore[drop-column-in-use] reason: never shipped",
            expect![["a.sql:1 hides it: never shipped\n"]],
        );
    }

    #[test]
    fn every_comment_style_works() {
        for (path, comment) in [
            (
                "a.yaml",
                "# coexist: ignore[drop-column-in-use] reason: never shipped",
            ),
            (
                "a.go",
                "// coexist: ignore[drop-column-in-use] reason: never shipped",
            ),
            (
                "a.sql",
                "/* coexist: ignore[drop-column-in-use] reason: never shipped */",
            ),
            (
                "a.xml",
                "<!-- coexist: ignore[drop-column-in-use] reason: never shipped -->",
            ),
            (
                "a.sql",
                "-- coexist: ignore[untyped-bag,drop-column-in-use]reason:never shipped",
            ),
        ] {
            let file = File::new(path, &format!("{comment}\nDROP"));
            let mut findings = vec![finding(&file, "drop-column-in-use", 2)];
            let files = [Commented {
                comments: comments(&file.path, &file.text),
                file,
                changed: false,
            }];
            let notices = suppress(&mut findings, &files, &Config::default(), &RULES);
            assert_eq!(
                outcome(&findings, &notices),
                format!("{path}:1 hides it: never shipped\n")
            );
        }
    }

    #[test]
    fn a_suppression_further_away_hides_nothing_and_is_told() {
        check(
            "-- coexist: ignore[drop-column-in-use] reason: never shipped\n\nDROP",
            expect![[r#"
                stands
                a.sql:1 this suppression of drop-column-in-use hides nothing any more; take it out
            "#]],
        );
        check(
            "DROP\n-- coexist: ignore[drop-column-in-use] reason: never shipped",
            expect![[r#"
                stands
                a.sql:2 this suppression of drop-column-in-use hides nothing any more; take it out
            "#]],
        );
    }

    #[test]
    fn a_suppression_without_a_reason_hides_nothing_and_is_told() {
        let told = "stands\na.sql:1 this suppression gives no reason, so it hides nothing; write reason: and why it is safe\n";
        for comment in [
            "-- coexist: ignore[drop-column-in-use]",
            "-- coexist: ignore[drop-column-in-use] reason:  ",
            "/* coexist: ignore[drop-column-in-use] reason: */",
            "-- coexist: ignore[drop-column-in-use] because I say so",
        ] {
            let file = File::new("a.sql", &format!("{comment}\nDROP"));
            let mut findings = vec![finding(&file, "drop-column-in-use", 2)];
            let files = [Commented {
                comments: comments(&file.path, &file.text),
                file,
                changed: true,
            }];
            let notices = suppress(&mut findings, &files, &Config::default(), &RULES);
            assert_eq!(outcome(&findings, &notices), told, "{comment}");
        }
    }

    #[test]
    fn a_suppression_of_an_unknown_rule_names_the_nearest() {
        check(
            "-- coexist: ignore[drop-colum-in-use] reason: never shipped\nDROP",
            expect![[r#"
                stands
                a.sql:1 there is no rule drop-colum-in-use; did you mean drop-column-in-use?
            "#]],
        );
    }

    #[test]
    fn a_suppression_of_everything_is_none() {
        check(
            "-- coexist: ignore reason: all of it\nDROP",
            expect![[r#"
                stands
                a.sql:1 a suppression names its rule: coexist: ignore[rule-id] reason: …
            "#]],
        );
        check(
            "-- coexist: ignore[drop-column-in-use reason: x\nDROP",
            expect![[r#"
                stands
                a.sql:1 the bracket of this suppression is not closed
            "#]],
        );
    }

    #[test]
    fn a_rule_that_is_not_there_stays_beside_one_that_is() {
        check(
            "-- coexist: ignore[drop-column-in-use, untyped-bag] reason: never shipped\nDROP",
            expect![[r#"
                a.sql:1 hides it: never shipped
                a.sql:1 this suppression of untyped-bag hides nothing any more; take it out
            "#]],
        );
    }

    #[test]
    fn prose_and_strings_are_no_suppression() {
        check(
            "see coexist: ignore[drop-column-in-use] reason: x\nDROP",
            expect![["stands\n"]],
        );
        check("-- coexist: ignored by us\nDROP", expect![["stands\n"]]);
        for text in [
            "SELECT '-- coexist: ignore[drop-column-in-use] reason: x';\nDROP",
            "SELECT '\n-- coexist: ignore[drop-column-in-use] reason: x\nDROP'",
            "SELECT $$\n-- coexist: ignore[drop-column-in-use] reason: x\nDROP $$",
            "SELECT \"-- coexist: ignore[drop-column-in-use] reason: x\"\n DROP",
        ] {
            check(text, expect![["stands\n"]]);
        }
    }

    #[test]
    fn a_text_of_a_language_is_no_suppression() {
        let mark = "coexist: ignore[untyped-bag] reason: x";
        for (path, text) in [
            ("a.py", format!("x = '# {mark}'\nBAG")),
            ("a.py", format!("x = \"\"\"\n# {mark}\nBAG\"\"\"")),
            ("a.go", format!("package a\nvar x = `\n// {mark}\nBAG`")),
            ("a.ts", format!("const x = `\n// {mark}\nBAG`")),
            ("a.rb", format!("x = <<~T\n# {mark}\nBAG\nT\n")),
            (
                "A.java",
                format!("class A {{ String x = \"// {mark}\"; }}\nBAG"),
            ),
            ("a.kt", format!("val x = \"\"\"\n// {mark}\nBAG\"\"\"")),
            ("a.rs", format!("const X: &str = \"\n// {mark}\nBAG\";")),
            ("a.proto", format!("option x = \"// {mark}\";\nBAG")),
            ("a.yaml", format!("x: \" # {mark}\"\nBAG")),
            ("a.toml", format!("x = ' # {mark}'\nBAG")),
            ("a.bin", format!("# {mark}\nBAG")),
        ] {
            let file = File::new(path, &text);
            let line = text.lines().position(|l| l.contains("BAG")).unwrap() + 1;
            let mut findings = vec![finding(&file, "untyped-bag", u32::try_from(line).unwrap())];
            let files = [Commented {
                comments: comments(path, &text),
                file,
                changed: true,
            }];
            suppress(&mut findings, &files, &Config::default(), &RULES);
            assert!(findings[0].suppressed.is_none(), "{path}: {text}");
        }
    }

    #[test]
    fn a_block_comment_speaks_for_the_line_after_its_end() {
        let file = File::new(
            "a.go",
            "/*\n coexist: ignore[untyped-bag] reason: x\n more\n*/\nBAG",
        );
        let mut findings = vec![finding(&file, "untyped-bag", 5)];
        let files = [Commented {
            comments: vec![(
                1,
                "/*\n coexist: ignore[untyped-bag] reason: x\n more\n*/".into(),
            )],
            file,
            changed: true,
        }];
        let notices = suppress(&mut findings, &files, &Config::default(), &RULES);
        assert_eq!(outcome(&findings, &notices), "a.go:2 hides it: x\n");
    }

    #[test]
    fn an_affected_line_of_head_can_suppress_and_one_of_base_cannot() {
        let file = File::new(
            "a.go",
            "// coexist: ignore[untyped-bag] reason: x\nuse(bag)",
        );
        for (side, expected) in [
            (Side::Head, "a.go:1 hides it: x\n"),
            (Side::Base, "stands\n"),
        ] {
            let other = File::new("b.proto", "bag");
            let mut it = finding(&other, "untyped-bag", 1);
            it.related.push(Related {
                at: Sited {
                    side,
                    place: file.place(line_range(&file, 2)),
                },
                role: "reads".into(),
                confidence: Confidence::High,
                why: None,
            });
            let files = [Commented {
                comments: comments(&file.path, &file.text),
                file: file.clone(),
                changed: false,
            }];
            let mut findings = vec![it];
            let notices = suppress(&mut findings, &files, &Config::default(), &RULES);
            assert_eq!(outcome(&findings, &notices), expected);
        }
    }

    #[test]
    fn a_rule_that_the_configuration_ignores_is_suppressed_in_sight() {
        let config = Config::parse("[review]\nignore = [\"untyped-bag\"]").unwrap();
        let file = File::new("a.proto", "x");
        let mut findings = vec![finding(&file, "untyped-bag", 1)];
        let notices = suppress(&mut findings, &[], &config, &RULES);
        assert_eq!(
            outcome(&findings, &notices),
            "coexist.toml:2 hides it: coexist.toml ignores the rule\n"
        );
    }

    #[test]
    fn hostile_comments_are_bounded() {
        for text in [
            "-- coexist: ignore[".repeat(10_000),
            format!("-- coexist: ignore[{}] reason: x", ",".repeat(100_000)),
            format!("-- coexist: ignore[{}] reason: x", "a".repeat(100_000)),
        ] {
            let file = File::new("a.sql", &text);
            let files = [Commented {
                comments: vec![(u32::MAX, text.clone())],
                file,
                changed: true,
            }];
            suppress(&mut [], &files, &Config::default(), &RULES);
        }
    }
}
