//! The text of a rule's case: settings, the trees before and after, and the findings that are expected.
//!
//! ```text
//! migrations: before
//! service api: api/**
//! -- base/api/users.py --
//! db.execute("SELECT name FROM users")
//! -- head/db/migrate/0002_drop.sql --
//! ALTER TABLE users DROP COLUMN name;
//! -- both/db/migrate/0001_users.sql --
//! CREATE TABLE users (id int, name text);
//! -- expect --
//! FAIL drop-column-in-use db/migrate/0002_drop.sql:1
//! ```

use std::collections::BTreeMap;

/// A case, as its text says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    /// The settings: pairs of key and value, in order.
    pub settings: Vec<(String, String)>,
    /// The tree that the change starts from: text by path.
    pub base: BTreeMap<String, String>,
    /// The tree that the change ends in: text by path.
    pub head: BTreeMap<String, String>,
    /// The tree of a version that runs besides base: text by path.
    pub deployed: BTreeMap<String, String>,
    /// The findings; empty where `PASS` is expected.
    pub expected: Vec<Expected>,
}

/// A finding that a case expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// `FAIL` or `WARN`.
    pub verdict: String,
    /// The rule.
    pub rule: String,
    /// The path of the primary place.
    pub path: String,
    /// Its line.
    pub line: u32,
}

/// Returns the case that the text holds, or the line and the reason why it holds none.
pub fn parse(text: &str) -> Result<Case, (usize, String)> {
    let mut case = Case::default();
    let mut section: Option<String> = None;
    let mut expects = false;
    let mut says_pass = None;
    for (index, line) in text.lines().enumerate() {
        let at = index + 1;
        if let Some(name) = header(line) {
            if expects {
                return Err((
                    at,
                    "a section after `-- expect --`, which is the last one".into(),
                ));
            }
            expects = name == "expect";
            if !expects {
                open(&mut case, name).map_err(|why| (at, why))?;
            }
            section = Some(name.to_owned());
            continue;
        }
        match section.as_deref() {
            None => setting(&mut case, line).map_err(|why| (at, why))?,
            Some("expect") => match line.trim() {
                "" => {}
                "PASS" => says_pass = Some(at),
                other => case
                    .expected
                    .push(expected(other).map_err(|why| (at, why))?),
            },
            Some(name) => append(&mut case, name, line),
        }
    }
    let end = text.lines().count().max(1);
    match (expects, says_pass, case.expected.is_empty()) {
        (false, ..) => Err((end, "no `-- expect --` section".into())),
        (true, None, true) => Err((
            end,
            "expects nothing: write `PASS`, or a line such as `FAIL rule-id path:line`".into(),
        )),
        (true, Some(at), false) => Err((at, "`PASS` beside expected findings".into())),
        _ => Ok(case),
    }
}

fn header(line: &str) -> Option<&str> {
    line.strip_prefix("-- ")?.strip_suffix(" --")
}

fn setting(case: &mut Case, line: &str) -> Result<(), String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(());
    }
    let (key, value) = line
        .split_once(':')
        .ok_or("a line before the first section that is no `key: value`")?;
    let named = ["service ", "client "];
    let word = named
        .iter()
        .find_map(|kind| key.strip_prefix(kind))
        .unwrap_or(key);
    if word.is_empty() || !word.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
        return Err(format!(
            "`{key}` is no key: one lowercase word, `service NAME` or `client NAME`"
        ));
    }
    case.settings
        .push((key.to_owned(), value.trim().to_owned()));
    Ok(())
}

/// The trees that a section speaks of.
fn trees<'a>(case: &'a mut Case, side: &str) -> Vec<&'a mut BTreeMap<String, String>> {
    match side {
        "base" => vec![&mut case.base],
        "head" => vec![&mut case.head],
        "deployed" => vec![&mut case.deployed],
        "both" => vec![&mut case.base, &mut case.head],
        _ => Vec::new(),
    }
}

fn open(case: &mut Case, name: &str) -> Result<(), String> {
    let (side, path) = name.split_once('/').unwrap_or((name, ""));
    let mut trees = trees(case, side);
    if trees.is_empty() {
        return Err(format!(
            "`-- {name} --` is no section: use base/PATH, head/PATH, both/PATH, deployed/PATH or expect"
        ));
    }
    if path.is_empty() || path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(format!("`-- {name} --` names no path inside the tree"));
    }
    for tree in &mut trees {
        if tree.insert(path.to_owned(), String::new()).is_some() {
            return Err(format!("`{path}` stands twice in one tree"));
        }
    }
    Ok(())
}

fn append(case: &mut Case, name: &str, line: &str) {
    let (side, path) = name.split_once('/').unwrap_or((name, ""));
    for tree in trees(case, side) {
        if let Some(text) = tree.get_mut(path) {
            text.push_str(line);
            text.push('\n');
        }
    }
}

fn expected(line: &str) -> Result<Expected, String> {
    let wrong = || format!("`{line}` is no expectation: write `FAIL rule-id path:line` or `PASS`");
    let (verdict, rest) = line.split_once(' ').ok_or_else(wrong)?;
    let (rule, place) = rest.trim().split_once(' ').ok_or_else(wrong)?;
    let (path, number) = place.trim().rsplit_once(':').ok_or_else(wrong)?;
    let number = number.parse().map_err(|_| wrong())?;
    if !matches!(verdict, "FAIL" | "WARN") || number == 0 || path.is_empty() {
        return Err(wrong());
    }
    Ok(Expected {
        verdict: verdict.into(),
        rule: rule.into(),
        path: path.into(),
        line: number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expect: Expect) {
        let said = match parse(text) {
            Ok(case) => format!("{case:?}"),
            Err((line, why)) => format!("{line}: {why}"),
        };
        expect.assert_eq(&said);
    }

    #[test]
    fn a_case_has_settings_trees_and_expectations() {
        let case = parse("migrations: before\n\n-- both/a.sql --\nA;\n-- head/b/c.py --\nx\n\n-- expect --\nFAIL some-rule b/c.py:1\n").unwrap();
        assert_eq!(
            case.settings,
            [("migrations".to_owned(), "before".to_owned())]
        );
        assert_eq!(case.base["a.sql"], "A;\n");
        assert_eq!(case.head["b/c.py"], "x\n\n");
        assert!(!case.base.contains_key("b/c.py"));
        assert_eq!(
            case.expected,
            [Expected {
                verdict: "FAIL".into(),
                rule: "some-rule".into(),
                path: "b/c.py".into(),
                line: 1
            }]
        );
    }

    #[test]
    fn a_case_that_expects_nothing_says_pass() {
        assert_eq!(
            parse("-- head/a --\n-- expect --\nPASS\n")
                .unwrap()
                .expected,
            []
        );
        check(
            "-- head/a --\n-- expect --\n",
            expect![[
                r"2: expects nothing: write `PASS`, or a line such as `FAIL rule-id path:line`"
            ]],
        );
        check(
            "-- head/a --\nx",
            expect![[r"2: no `-- expect --` section"]],
        );
        check(
            "-- expect --\nPASS\nFAIL r a:1",
            expect![[r"2: `PASS` beside expected findings"]],
        );
    }

    #[test]
    fn a_line_that_means_nothing_is_named() {
        check(
            "Migrations: before\n-- expect --\nPASS",
            expect![[
                r"1: `Migrations` is no key: one lowercase word, `service NAME` or `client NAME`"
            ]],
        );
        check(
            "-- old/a --\n-- expect --\nPASS",
            expect![[
                r"1: `-- old/a --` is no section: use base/PATH, head/PATH, both/PATH, deployed/PATH or expect"
            ]],
        );
        check(
            "-- base/../a --\n-- expect --\nPASS",
            expect![[r"1: `-- base/../a --` names no path inside the tree"]],
        );
        check(
            "-- both/a --\n-- head/a --\n-- expect --\nPASS",
            expect![[r"2: `a` stands twice in one tree"]],
        );
        check(
            "-- expect --\nFAIL rule a.sql",
            expect![[
                r"2: `FAIL rule a.sql` is no expectation: write `FAIL rule-id path:line` or `PASS`"
            ]],
        );
        check(
            "-- expect --\nPASS\n-- head/a --",
            expect![[r"3: a section after `-- expect --`, which is the last one"]],
        );
    }
}
