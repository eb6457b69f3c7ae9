//! Changelogs of Liquibase: XML, YAML, JSON and formatted SQL.
//!
//! A changelog holds changesets in order and names other changelogs. XML, YAML and JSON become the same tree ([`tree`]); each change
//! of a changeset is lowered to operations ([`changes`], [`rows`]), and what is not understood is opaque with its reason. The files of
//! one history are joined by `relational::changelogs`. <https://docs.liquibase.com/concepts/changelogs/home.html>
//!
//! Names are folded to lowercase: Liquibase quotes none but those with mixed letters, and code rarely does.

mod changes;
mod changesets;
mod columns;
mod formatted;
mod rows;
mod tree;
mod xml;
mod yaml;

#[cfg(test)]
mod tests;

use coexist_model::{File, Hints, MigrationKey, MigrationPart, Problem, Reader, Reading};

use crate::sql;
use changesets::Changesets;

pub(crate) use formatted::is_formatted;

/// The name of the tool, as reports spell it.
pub const TOOL: &str = "liquibase";

/// Words of which one stands in every changelog.
pub const CHANGELOG_WORDS: &[&str] = &["databasechangelog", "liquibase formatted"];

/// Changelogs of Liquibase.
pub struct Liquibase;

impl Reader for Liquibase {
    fn name(&self) -> &'static str {
        TOOL
    }

    fn claims(&self, path: &str, head: &str) -> bool {
        // No store that is kept runs what tests keep among their resources.
        if is_of_tests(path) {
            return false;
        }
        match ending(path) {
            "xml" => head.contains("<databaseChangeLog") || head.contains(":databaseChangeLog"),
            "yaml" | "yml" | "json" => head.contains("databaseChangeLog"),
            "sql" => is_formatted(head),
            _ => false,
        }
    }

    fn read(&self, file: &File, hints: &Hints) -> Reading {
        let dialect = hints.dialect.or_else(|| sql::dialect_of_path(&file.path));
        let mut changesets = Changesets::new(file, dialect);
        match ending(&file.path) {
            "sql" => formatted::read(&mut changesets),
            "xml" => match xml::tree(&file.text) {
                Ok(root) => changesets.changelog(&root),
                Err((at, why)) => changesets.problem(at, &why),
            },
            _ => {
                let (root, problems) = yaml::tree(&file.text);
                changesets.changelog(&root);
                for (at, why) in problems {
                    changesets.problem(at, &why);
                }
            }
        }
        let done = changesets.done();
        Reading {
            dialect: dialect.or(done.dialect),
            migration: Some(part(&file.path)),
            changelog: Some(done.changelog),
            operations: done.operations,
            problems: sorted(done.problems),
            ..Reading::default()
        }
    }
}

/// Returns whether a file may be a changelog, by its name alone.
pub fn may_be_changelog(path: &str) -> bool {
    matches!(ending(path), "xml" | "yaml" | "yml" | "json" | "sql")
}

/// Returns whether a changelog lies where tests keep their resources.
fn is_of_tests(path: &str) -> bool {
    let folders = ["test", "tests", "testFixtures", "integrationTest"];
    path.split('/').any(|segment| folders.contains(&segment))
}

fn ending(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort();
    problems.dedup();
    problems
}

/// Returns the part that all changesets of a file have in common. Which files share a history is known when they are joined; what can be
/// told of one alone is the root of the resources that it lies in.
fn part(path: &str) -> MigrationPart {
    MigrationPart {
        key: MigrationKey {
            set: root_of(path).into(),
            version: Vec::new(),
            name: below_root(path).into(),
        },
        tool: TOOL,
        has_down_form: false,
        phase: None,
        id: None,
        after: Vec::new(),
    }
}

/// Returns the folder from which a changelog is named: the root of resources of its module, else its own folder.
pub(crate) fn root_of(path: &str) -> &str {
    let mut end = 0;
    for segment in path.split('/') {
        let stop = end + segment.len();
        if segment == "resources" {
            return &path[..stop];
        }
        end = stop + 1;
    }
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Returns the path of a changelog as Liquibase knows it.
pub(crate) fn below_root(path: &str) -> &str {
    let root = root_of(path);
    path.strip_prefix(root)
        .unwrap_or(path)
        .trim_start_matches('/')
}
