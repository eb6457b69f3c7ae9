//! Dependencies fall: a crate stands on the storeys below it and on nothing else of ours, and the lower storeys take values.

use super::{Complaint, Tree, complaint};

/// A crate, what it may stand on, and what its tests may use besides.
struct Storey {
    name: &'static str,
    stands_on: &'static [&'static str],
    tests_with: &'static [&'static str],
    /// Whether it takes values and returns values: no clock, files, network or environment.
    pure: bool,
}

/// The storeys, lowest first. A new crate gets a line here, and a section in ARCHITECTURE.md.
const STOREYS: &[Storey] = &[
    Storey {
        name: "installed",
        stands_on: &[],
        tests_with: &[],
        pure: false,
    },
    Storey {
        name: "model",
        stands_on: &[],
        tests_with: &[],
        pure: true,
    },
    Storey {
        name: "explore",
        stands_on: &[],
        tests_with: &[],
        pure: true,
    },
    Storey {
        name: "readers",
        stands_on: &["model"],
        tests_with: &["installed"],
        pure: true,
    },
    Storey {
        name: "report",
        stands_on: &["model"],
        tests_with: &[],
        pure: true,
    },
    Storey {
        name: "engine",
        stands_on: &["model", "explore"],
        tests_with: &["readers"],
        pure: true,
    },
    Storey {
        name: "design",
        stands_on: &["model", "explore", "report"],
        tests_with: &["installed"],
        pure: true,
    },
    Storey {
        name: "review",
        stands_on: &["model", "readers", "engine", "design"],
        tests_with: &["report"],
        pure: false,
    },
    Storey {
        name: "coexist",
        stands_on: &["model", "readers", "engine", "design", "report", "review"],
        tests_with: &[],
        pure: false,
    },
];

/// What a crate that takes values does not name.
const OUTSIDE: &[&str] = &[
    "std::env::",
    "std::fs::",
    "std::io::stdin",
    "std::net::",
    "std::process::",
    "std::thread::sleep",
    "std::time::Instant",
    "std::time::SystemTime",
    "use std::fs",
    "use std::env",
    "use std::net",
    "use std::process",
];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for folder in tree.folders("crates") {
        let manifest = format!("crates/{folder}/Cargo.toml");
        match STOREYS.iter().find(|s| s.name == folder) {
            None => complaints.push(complaint(
                &manifest,
                0,
                "a crate without a storey: add it to xtask/src/tidy/storeys.rs and to ARCHITECTURE.md",
            )),
            Some(storey) => {
                let text = tree.get(&manifest).unwrap_or_default();
                complaints.extend(edges(storey, &manifest, text));
                if storey.pure {
                    complaints.extend(outside(tree, folder));
                }
            }
        }
    }
    complaints
}

/// Complains about dependencies that climb, or that reach across.
fn edges(storey: &Storey, manifest: &str, text: &str) -> Vec<Complaint> {
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => return vec![complaint(manifest, 0, error.message())],
    };
    let mut complaints = Vec::new();
    for (section, entry) in &table {
        let tests = match section.as_str() {
            "dependencies" | "build-dependencies" => false,
            "dev-dependencies" => true,
            "target" => {
                complaints.push(complaint(
                    manifest,
                    0,
                    "dependencies per target are not used here",
                ));
                continue;
            }
            _ => continue,
        };
        let names = entry
            .as_table()
            .into_iter()
            .flat_map(|t| t.keys())
            .filter_map(|name| our_crate(name));
        for name in names {
            let allowed =
                storey.stands_on.contains(&name) || tests && storey.tests_with.contains(&name);
            if !allowed {
                let below = if storey.stands_on.is_empty() {
                    "nothing of ours".to_owned()
                } else {
                    storey.stands_on.join(", ")
                };
                let what = format!(
                    "{} may not depend on {name}: it stands on {below}",
                    storey.name
                );
                complaints.push(complaint(manifest, line_of(text, name), what));
            }
        }
    }
    complaints
}

/// The folder of one of our crates, by its package name.
fn our_crate(package: &str) -> Option<&str> {
    match package {
        "coexist" => Some("coexist"),
        _ => package.strip_prefix("coexist-"),
    }
}

fn line_of(text: &str, name: &str) -> usize {
    let needle = format!("coexist-{name}");
    text.lines()
        .position(|line| line.trim_start().starts_with(&needle))
        .map_or(0, |index| index + 1)
}

/// Complains about a clock, files, network or environment in a crate that takes values. Test modules come last in a file.
fn outside(tree: &Tree, folder: &str) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.under(&format!("crates/{folder}/src")) {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (index, line) in code.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("//") {
                continue;
            }
            if let Some(found) = OUTSIDE.iter().find(|found| line.contains(*found)) {
                let what =
                    format!("`{found}` in crates/{folder}, which takes values and returns values");
                complaints.push(complaint(path, index + 1, what));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check_tree;
    use expect_test::expect;

    #[test]
    fn a_dependency_that_falls_is_fine() {
        check_tree(
            check,
            "-- crates/review/Cargo.toml --\n[dependencies]\ncoexist-model.workspace = true\ncoexist-engine.workspace = true\nserde = \"1\"",
            &expect![[""]],
        );
    }

    #[test]
    fn a_dependency_that_climbs_or_reaches_across_is_named() {
        check_tree(
            check,
            "-- crates/readers/Cargo.toml --\n[dependencies]\ncoexist-model.workspace = true\ncoexist-engine.workspace = true",
            &expect![[
                r"crates/readers/Cargo.toml:3: readers may not depend on engine: it stands on model"
            ]],
        );
        check_tree(
            check,
            "-- crates/model/Cargo.toml --\n[dependencies.coexist-report]\nworkspace = true",
            &expect![[
                r"crates/model/Cargo.toml: model may not depend on report: it stands on nothing of ours"
            ]],
        );
    }

    #[test]
    fn tests_of_the_engine_may_read_but_the_engine_may_not() {
        check_tree(
            check,
            "-- crates/engine/Cargo.toml --\n[dependencies]\ncoexist-model.workspace = true\n[dev-dependencies]\ncoexist-readers.workspace = true",
            &expect![[""]],
        );
        check_tree(
            check,
            "-- crates/engine/Cargo.toml --\n[dependencies]\ncoexist-readers.workspace = true",
            &expect![[
                r"crates/engine/Cargo.toml:2: engine may not depend on readers: it stands on model, explore"
            ]],
        );
    }

    #[test]
    fn a_crate_without_a_storey_is_named() {
        check_tree(
            check,
            "-- crates/cloud/Cargo.toml --\n[package]",
            &expect![[
                r"crates/cloud/Cargo.toml: a crate without a storey: add it to xtask/src/tidy/storeys.rs and to ARCHITECTURE.md"
            ]],
        );
    }

    #[test]
    fn a_lower_storey_reads_no_files_except_in_its_tests() {
        check_tree(
            check,
            "-- crates/report/Cargo.toml --\n-- crates/report/src/lib.rs --\n// std::fs::read is for storey 3\nlet x = std::fs::read(path);\n#[cfg(test)]\nlet y = std::fs::read(path);",
            &expect![[
                r"crates/report/src/lib.rs:2: `std::fs::` in crates/report, which takes values and returns values"
            ]],
        );
    }
}
