//! The alert rules and their tests, as promtool reads them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use coexist_design::render::{alert_tests, alerts};
use coexist_installed::{User, or_skip, program, run};
use tempfile::TempDir;

use super::{SHOP, all};

/// promtool, and a folder with rules and their tests.
struct Promtool {
    program: PathBuf,
    folder: TempDir,
}

impl Promtool {
    fn find() -> Option<Self> {
        let program = or_skip(
            "promtool",
            program("promtool", &[]),
            "COEXIST_REQUIRE_PROMTOOL",
        )?;
        let folder = tempfile::tempdir().unwrap();
        Some(Self { program, folder })
    }

    fn write(&self, rules: &str, tests: &str) {
        std::fs::write(self.folder.path().join("rules.yml"), rules).unwrap();
        std::fs::write(self.folder.path().join("rules_test.yml"), tests).unwrap();
    }

    fn says(&self, verb: &str, file: &str) -> Result<String, String> {
        let user = User::unprivileged(&[], self.folder.path());
        user.owns(self.folder.path());
        let mut command = user.command(&self.program, self.folder.path());
        command.args([verb, "rules", file]);
        run(command, "")
    }
}

/// Out of so many designs of the cookbook, one is tried: each test is an engine of its own to promtool.
const TRIED: usize = 12;

#[test]
fn promtool_takes_the_rules_and_their_tests_pass() {
    let Some(promtool) = Promtool::find() else {
        return;
    };
    let own = all();
    let tried = own.iter().enumerate();
    let tried = tried.filter(|(number, _)| *number < 2 || number.is_multiple_of(TRIED));
    for (_, (path, text)) in tried {
        let rules = alerts(path, text).unwrap();
        promtool.write(&rules, &alert_tests(path, text).unwrap());
        for (verb, file) in [("check", "rules.yml"), ("test", "rules_test.yml")] {
            let said = promtool.says(verb, file);
            assert!(said.is_ok(), "{path}: {said:?}\n{rules}");
        }
    }
}

#[test]
fn rules_that_never_fire_and_rules_that_always_fire_fail_their_tests() {
    let Some(promtool) = Promtool::find() else {
        return;
    };
    let rules = alerts("shop.design", SHOP).unwrap();
    let tests = alert_tests("shop.design", SHOP).unwrap();
    let firing = tests.matches("exp_labels: ").count();
    assert!(firing >= rules.matches("alert: ").count());
    for wrong in ["vector(0) > 1", "vector(1) > 0"] {
        let changed: Vec<String> = rules
            .lines()
            .map(|line| match line.trim_start().starts_with("expr: ") {
                true => format!("        expr: {wrong}"),
                false => line.to_owned(),
            })
            .collect();
        promtool.write(&changed.join("\n"), &tests);
        let said = promtool.says("test", "rules_test.yml").unwrap_err();
        for name in names(&rules) {
            let failed = format!("alertname: {name},");
            assert!(
                said.contains(&failed),
                "{name} is not tested against {wrong}\n{said}"
            );
        }
    }
}

/// Returns what the rules are called.
fn names(rules: &str) -> BTreeSet<&str> {
    let lines = rules.lines().map(str::trim_start);
    lines
        .filter_map(|line| line.strip_prefix("- alert: "))
        .collect()
}
