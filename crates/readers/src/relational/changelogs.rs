//! Changelogs joined to histories: which files one store is made by, and in which order their changesets run.
//!
//! A changelog names others by their path on the class path, which may lie in any module. Files that one root of resources holds, and
//! those that they name, are one history. <https://docs.liquibase.com/change-types/include.html>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{
    Changelog, ChangelogEntry, Changeset, Dialect, Effect, Include, LinkInput, Migration,
    MigrationKey, Operation, Reading, Store,
};

use crate::liquibase::{TOOL, root_of};

use super::stores::{goes_back, locate};

/// Returns the stores that changelogs make, sorted by set.
pub(super) fn stores(readings: &[LinkInput<'_>]) -> Vec<Store> {
    let files = Files::of(readings);
    let mut stores: Vec<Store> = files
        .histories()
        .into_iter()
        .map(|history| files.replayed(&history))
        .collect();
    stores.sort_by(|a, b| a.set.cmp(&b.set));
    stores
}

/// The changelogs of one ref, by path.
struct Files<'a> {
    changelogs: BTreeMap<&'a str, (&'a Changelog, &'a Reading)>,
    /// All files that were read.
    readings: BTreeMap<&'a str, &'a Reading>,
}

/// The changelogs of one history, in the order in which they run.
struct History<'a> {
    set: Arc<str>,
    /// Each changeset with the path of its file.
    changesets: Vec<(&'a str, &'a Changeset)>,
    paths: Vec<&'a str>,
}

impl<'a> Files<'a> {
    fn of(readings: &[LinkInput<'a>]) -> Self {
        let changelogs = readings.iter().filter_map(|r| {
            let changelog = r.reading.changelog.as_ref()?;
            Some((&**r.path, (changelog, r.reading)))
        });
        let plain = readings.iter().filter(|r| r.reading.migration.is_none());
        Self {
            changelogs: changelogs.collect(),
            readings: plain.map(|r| (&**r.path, r.reading)).collect(),
        }
    }

    /// Returns the changelogs that an entry of another one names, in order.
    fn named(&self, from: &str, include: &Include) -> Vec<&'a str> {
        let paths = self.changelogs.keys().copied().filter(|p| *p != from);
        if include.folder {
            return in_folder(paths, from, include);
        }
        file(paths, from, include).into_iter().collect()
    }

    fn includes(&self, path: &str) -> Vec<&'a str> {
        let Some((changelog, _)) = self.changelogs.get(path) else {
            return Vec::new();
        };
        let entries = changelog.entries.iter().filter_map(|e| match e {
            ChangelogEntry::Include(include) => Some(include),
            ChangelogEntry::Changeset(_) => None,
        });
        entries
            .flat_map(|include| self.named(path, include))
            .collect()
    }

    /// Returns the histories: of each group of files that belong together the order of all changesets.
    fn histories(&self) -> Vec<History<'a>> {
        let includes: BTreeMap<&str, Vec<&'a str>> = self
            .changelogs
            .keys()
            .map(|&path| (path, self.includes(path)))
            .collect();
        let mut groups = Groups::default();
        for (path, named) in &includes {
            groups.join(path, &format!("{}/", root_of(path)));
            for other in named {
                groups.join(path, other);
            }
        }
        let named: BTreeSet<&str> = includes.values().flatten().copied().collect();
        let mut by_group: BTreeMap<String, Vec<&'a str>> = BTreeMap::new();
        for &path in self.changelogs.keys() {
            by_group.entry(groups.of(path)).or_default().push(path);
        }
        by_group
            .into_values()
            .map(|paths| self.history(paths, &named, &includes))
            .collect()
    }

    /// What nobody names begins: those that name others before those that do not, by path. What only names itself in a circle
    /// comes last.
    fn history(
        &self,
        paths: Vec<&'a str>,
        named: &BTreeSet<&str>,
        includes: &BTreeMap<&str, Vec<&'a str>>,
    ) -> History<'a> {
        let leads = |p: &str| includes.get(p).is_some_and(|named| !named.is_empty());
        let mut starts = paths.clone();
        starts.sort_by_key(|p| (named.contains(p), !leads(p), *p));
        let set = starts.first().map_or("", |p| root_of(p));
        let mut walk = Walk {
            files: self,
            entered: BTreeSet::new(),
            changesets: Vec::new(),
        };
        for start in &starts {
            walk.run(start);
        }
        History {
            set: set.into(),
            changesets: walk.changesets,
            paths,
        }
    }

    fn replayed(&self, history: &History<'a>) -> Store {
        let dialect = self.dialect(history);
        let mut store = Store {
            set: history.set.clone(),
            dialect: dialect.unwrap_or_default(),
            dialect_told: dialect.is_some(),
            ..Store::default()
        };
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        let mut migrations: Vec<Migration> = Vec::new();
        for (path, changeset) in &history.changesets {
            let count = taken.entry(&changeset.name).or_default();
            *count += 1;
            let mut migration = self.migration(&store, path, changeset, *count);
            for operation in &mut migration.operations {
                // A store that has the table cannot run this: the file is where new stores begin, with all that others come to.
                let begins = matches!(operation.effect, Effect::CreateTable { .. })
                    && store.schemas.contains_key(&operation.surface);
                operation.conditional |= begins;
            }
            locate(&mut migration, &mut store);
            migrations.push(migration);
        }
        let stuck = |m: &&Migration| m.up().any(|o| has_no_inverse(&o.effect));
        let (all, back) = (
            migrations.iter().filter(stuck).count(),
            migrations
                .iter()
                .filter(stuck)
                .filter(|m| goes_back(&m.operations))
                .count(),
        );
        for migration in &mut migrations {
            let no_inverse = migration.up().any(|o| has_no_inverse(&o.effect));
            migration.one_way = back * 2 >= all && no_inverse && !goes_back(&migration.operations);
        }
        store.migrations = migrations;
        store
    }

    fn migration(
        &self,
        store: &Store,
        path: &str,
        changeset: &Changeset,
        count: usize,
    ) -> Migration {
        let ours = changeset.dialects.as_ref();
        let runs = ours.is_none_or(|d| d.contains(&store.dialect));
        let operations = match runs {
            true => self.operations(path, changeset),
            false => Vec::new(),
        };
        let name = match count {
            1 => changeset.name.clone(),
            _ => format!("{} ({count})", changeset.name).into(),
        };
        let version = match changeset.repeatable {
            true => vec![MigrationKey::REPEATABLE],
            false => Vec::new(),
        };
        Migration {
            key: MigrationKey {
                set: store.set.clone(),
                version,
                name,
            },
            tool: TOOL,
            path: path.into(),
            operations,
            one_way: false,
            phase: None,
        }
    }

    /// Returns what a changeset does, with what stands in the files of SQL that it names.
    fn operations(&self, path: &str, changeset: &Changeset) -> Vec<Operation> {
        let Some((_, reading)) = self.changelogs.get(path) else {
            return Vec::new();
        };
        let mut operations = Vec::new();
        for at in changeset.operations.clone() {
            let Some(own) = reading.operations.get(at) else {
                break;
            };
            let named = changeset.files.iter().find(|(of, _)| *of == at);
            let there = named.and_then(|(_, include)| {
                let found = file(self.readings.keys().copied(), path, include)?;
                self.readings.get(found)
            });
            match there {
                Some(sql) => operations.extend(sql.operations.iter().map(|o| Operation {
                    direction: own.direction,
                    conditional: own.conditional || o.conditional,
                    ..o.clone()
                })),
                None => operations.push(own.clone()),
            }
        }
        operations
    }

    fn dialect(&self, history: &History<'_>) -> Option<Dialect> {
        let mut votes: BTreeMap<Dialect, usize> = BTreeMap::new();
        let readings = history.paths.iter().filter_map(|p| self.changelogs.get(p));
        for dialect in readings.filter_map(|(_, reading)| reading.dialect) {
            *votes.entry(dialect).or_default() += 1;
        }
        let most = votes.into_iter().max_by(|a, b| (a.1, b.0).cmp(&(b.1, a.0)));
        most.map(|(dialect, _)| dialect)
    }
}

/// The walk through the changelogs that one begins.
struct Walk<'f, 'a> {
    files: &'f Files<'a>,
    entered: BTreeSet<&'a str>,
    changesets: Vec<(&'a str, &'a Changeset)>,
}

impl<'a> Walk<'_, 'a> {
    fn run(&mut self, start: &'a str) {
        // What is left of each open changelog, the innermost last.
        let mut open: Vec<(&'a str, std::slice::Iter<'a, ChangelogEntry>)> = Vec::new();
        self.enter(start, &mut open);
        while let Some((path, entries)) = open.last_mut() {
            let path = *path;
            match entries.next() {
                None => {
                    open.pop();
                }
                Some(ChangelogEntry::Changeset(changeset)) => {
                    self.changesets.push((path, changeset));
                }
                Some(ChangelogEntry::Include(include)) => {
                    // The last one is entered first, and so what it holds comes last.
                    let named = self.files.named(path, include);
                    for other in named.into_iter().rev() {
                        self.enter(other, &mut open);
                    }
                }
            }
        }
    }

    fn enter(
        &mut self,
        path: &'a str,
        open: &mut Vec<(&'a str, std::slice::Iter<'a, ChangelogEntry>)>,
    ) {
        if let Some((changelog, _)) = self.files.changelogs.get(path)
            && self.entered.insert(path)
        {
            open.push((path, changelog.entries.iter()));
        }
    }
}

/// Which names belong together.
#[derive(Default)]
struct Groups {
    above: BTreeMap<String, String>,
}

impl Groups {
    fn of(&self, name: &str) -> String {
        let mut at = name;
        while let Some(up) = self.above.get(at) {
            at = up;
        }
        at.to_owned()
    }

    fn join(&mut self, a: &str, b: &str) {
        let (a, b) = (self.of(a), self.of(b));
        if a != b {
            self.above.insert(a.clone().max(b.clone()), a.min(b));
        }
    }
}

/// Returns whether Liquibase knows no way back by itself.
fn has_no_inverse(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::DropTable
            | Effect::DropColumn { .. }
            | Effect::SetType { .. }
            | Effect::DropView
            | Effect::DropType
            | Effect::Backfill { .. }
    )
}

/// Returns the file that a changelog names.
fn file<'a>(
    paths: impl Iterator<Item = &'a str>,
    from: &str,
    include: &Include,
) -> Option<&'a str> {
    let beside = beside(from, &include.path);
    let paths: Vec<&str> = paths.collect();
    if let Some(&found) = paths.iter().find(|p| **p == beside) {
        return Some(found);
    }
    if include.relative {
        return None;
    }
    let end = format!("/{}", include.path);
    let named = paths
        .into_iter()
        .filter(|p| *p == include.path || p.ends_with(&end));
    named.max_by_key(|p| (common_folders(p, from), std::cmp::Reverse(p.len())))
}

/// Returns the files in a folder that a changelog names, in the order of their paths; of several folders of that name those that are
/// nearest.
fn in_folder<'a>(
    paths: impl Iterator<Item = &'a str>,
    from: &str,
    include: &Include,
) -> Vec<&'a str> {
    let beside = beside(from, &include.path) + "/";
    let paths: Vec<&str> = paths.collect();
    let below: Vec<&str> = paths
        .iter()
        .copied()
        .filter(|p| p.starts_with(&beside))
        .collect();
    if !below.is_empty() || include.relative {
        return below;
    }
    let (start, inner) = (format!("{}/", include.path), format!("/{}/", include.path));
    let named: Vec<&str> = paths
        .into_iter()
        .filter(|p| p.starts_with(&start) || p.contains(&inner))
        .collect();
    let own: Vec<&str> = named
        .iter()
        .copied()
        .filter(|p| root_of(p) == root_of(from))
        .collect();
    if own.is_empty() { named } else { own }
}

/// Returns a path that is relative to the folder of a file.
fn beside(from: &str, path: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn common_folders(a: &str, b: &str) -> usize {
    let pairs = a.split('/').zip(b.split('/'));
    pairs.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::liquibase::Liquibase;
    use crate::sql::Sql;
    use coexist_model::{File, Hints, Reader};
    use expect_test::{Expect, expect};

    fn check(files: &[(&str, &str)], expected: Expect) {
        let read = |(path, text): &(&str, &str)| {
            let reading = match Liquibase.claims(path, text) {
                true => Liquibase.read(&File::new(path, text), &Hints::default()),
                false => Sql.read(&File::new(path, text), &Hints::default()),
            };
            (Arc::from(*path), reading)
        };
        let readings: Vec<(Arc<str>, Reading)> = files.iter().map(read).collect();
        let inputs: Vec<LinkInput<'_>> = readings
            .iter()
            .map(|(path, reading)| LinkInput { path, reading })
            .collect();
        let mut out = String::new();
        for store in stores(&inputs) {
            out += &format!("{} {}\n", store.set, store.dialect.word());
            for migration in &store.migrations {
                out += &format!("  {}\n", migration.key.name);
            }
            for table in store.schemas.keys() {
                out += &format!("  -> {table}\n");
            }
        }
        expected.assert_eq(&out);
    }

    fn set(id: &str, body: &str) -> String {
        format!(
            "<databaseChangeLog><changeSet id=\"{id}\" author=\"a\">{body}</changeSet></databaseChangeLog>"
        )
    }

    #[test]
    fn the_master_gives_the_order_across_modules() {
        let (one, two) = (
            set(
                "1",
                "<createTable tableName=\"a\"><column name=\"x\" type=\"int\"/></createTable>",
            ),
            set("2", "<renameTable oldTableName=\"a\" newTableName=\"b\"/>"),
        );
        let master = "<databaseChangeLog><include file=\"classpath:db/z/parts/1.xml\"/><includeAll path=\"late\" relativeToChangelogFile=\"true\"/></databaseChangeLog>";
        check(
            &[
                ("app/src/main/resources/db/late/2.xml", &two),
                ("app/src/main/resources/db/master.xml", master),
                ("loan/src/main/resources/db/z/parts/1.xml", &one),
                ("other/src/main/resources/db/z/parts/9.xml", &set("9", "")),
                ("app/src/test/resources/db/test.xml", &set("t", "")),
            ],
            expect![[r#"
                app/src/main/resources postgres
                  db/z/parts/1.xml::1::a
                  db/late/2.xml::2::a
                  -> b
                other/src/main/resources postgres
                  db/z/parts/9.xml::9::a
            "#]],
        );
    }

    #[test]
    fn sql_in_a_file_of_its_own_is_what_the_changeset_does() {
        check(
            &[
                (
                    "src/main/resources/db/1.xml",
                    &set(
                        "1",
                        "<sqlFile path=\"sql/make.sql\" relativeToChangelogFile=\"true\"/>",
                    ),
                ),
                (
                    "src/main/resources/db/sql/make.sql",
                    "CREATE TABLE made (id int);",
                ),
                (
                    "src/main/resources/db/2.xml",
                    &set("2", "<sqlFile path=\"sql/gone.sql\"/>"),
                ),
            ],
            expect![[r#"
                src/main/resources postgres
                  db/1.xml::1::a
                  db/2.xml::2::a
                  -> made
            "#]],
        );
    }

    #[test]
    fn changelogs_that_name_each_other_end() {
        let circle = |other: &str| {
            format!(
                "<databaseChangeLog><include file=\"{other}\" relativeToChangelogFile=\"true\"/><changeSet id=\"{other}\" author=\"a\"/></databaseChangeLog>"
            )
        };
        check(
            &[
                ("db/1.xml", &circle("2.xml")),
                ("db/2.xml", &circle("1.xml")),
            ],
            expect![[r#"
                db postgres
                  2.xml::1.xml::a
                  1.xml::2.xml::a
            "#]],
        );
    }
}
