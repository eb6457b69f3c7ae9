//! The histories of migrations that a change belongs to, and the files without which they cannot be replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{ChangelogEntry, Dialect, Effect, Hints, Mode, Operation};
use coexist_readers::code::{ECTO, MIGRATOR_WORDS};
use coexist_readers::liquibase::{CHANGELOG_WORDS, may_be_changelog};
use coexist_readers::relational::is_dump_beside;

use crate::pipeline::Versions;
use crate::read::Once;
use crate::spoken::is_code;

use super::Collected;
use super::left_out::{inserted_tables, shrunk_classes, shrunk_models};

/// How many migrations are read without asking what they speak of.
const HISTORY_LIMIT: usize = 400;

/// How many changelogs are read.
const CHANGELOG_LIMIT: usize = 4000;

/// How many proto files are read for the names in them; googleapis has 7,227.
const PROTO_LIMIT: usize = 4000;

impl Collected {
    /// Reads what the changed files cannot be understood without: the rest of a migration history, the schemas beside a schema,
    /// the files that tell when migrations run.
    pub(crate) fn read_neighbours(&mut self, versions: &Versions<'_>) {
        self.read_left_out(versions);
        let mut sets = self.migration_sets();
        let mut tables = inserted_tables(&self.base, &self.head);
        tables.extend(self.fallback_tables());
        let proto = versions.changed.iter().any(|c| c.path.ends_with(".proto"));
        self.read_rivals(versions, &sets);
        self.read_changelogs(versions, &tables);
        sets.extend(self.migration_sets());
        self.read_histories(versions, &sets);
        self.read_in_dialect(versions, &sets);
        let mut once = self.once(Hints::default());
        self.each(versions, |source, readings| {
            let mut paths: BTreeSet<Arc<str>> = BTreeSet::new();
            if !tables.is_empty() {
                let dump = |p: &str| p.ends_with(".sql") || p.ends_with("schema.rb");
                paths.extend(source.containing(&tables, &dump));
            }
            if proto {
                paths.extend(
                    source
                        .paths()
                        .iter()
                        .filter(|p| p.ends_with(".proto"))
                        .take(PROTO_LIMIT)
                        .cloned(),
                );
            }
            readings.read_more(&mut once, source, paths);
        });
    }

    /// Reads the migrations in code of the tables whose model stops declaring a column, though the change touches none of them.
    pub(crate) fn read_left_out(&mut self, versions: &Versions<'_>) {
        let schemas = shrunk_models(&self.base, &self.head).filter(|m| m.tool == ECTO);
        let tables: Vec<String> = schemas
            .filter_map(|m| m.table.name.rsplit('.').next())
            .flat_map(|table| [format!(":{table}"), format!("\"{table}\"")])
            .collect();
        if !tables.is_empty() {
            let mut once = self.once(Hints::default());
            self.each(versions, |source, readings| {
                let paths = source.containing(&tables, &|p| p.ends_with(".exs"));
                let mut found = once.read(source, &paths);
                found.keep_migrations();
                readings.extend(found);
            });
        }
        let classes = shrunk_classes(&self.base, &self.head);
        if classes.is_empty() {
            return;
        }
        let words = classes.iter().flat_map(|class| {
            ["DbSet<", "Entity<", "IEntityTypeConfiguration<"].map(|held| format!("{held}{class}>"))
        });
        let words: Vec<String> = words.collect();
        let csharp = |p: &str| p.ends_with(".cs") && is_code(p);
        let head = versions.head.source;
        // A class that no context maps is none of a store.
        if head.containing(&words, &csharp).is_empty() {
            return;
        }
        let words = [words, vec!["void Up(MigrationBuilder".to_owned()]].concat();
        let mut once = self.once(Hints::default());
        self.each(versions, |source, readings| {
            let paths = source.containing(&words, &csharp).into_iter().collect();
            readings.read_more(&mut once, source, paths);
        });
    }

    /// Reads the changelogs of all stores, where the change touches one of them or a class that a table may stand for: which of them
    /// belong together, they tell each other.
    fn read_changelogs(&mut self, versions: &Versions<'_>, tables: &[String]) {
        let of_jvm = |path: &str| path.ends_with(".java") || path.ends_with(".kt");
        let touches = !tables.is_empty() && versions.changed.iter().any(|c| of_jvm(&c.path));
        if !touches && !self.has_changelogs() {
            return;
        }
        let words: Vec<String> = CHANGELOG_WORDS.iter().map(|w| (*w).to_owned()).collect();
        let mut once = self.once(Hints::default());
        self.each(versions, |source, readings| {
            let mut paths = source.containing(&words, &may_be_changelog);
            let left = paths.split_off(paths.len().min(CHANGELOG_LIMIT));
            for path in left {
                let why = format!("not read: {CHANGELOG_LIMIT} changelogs were read before it");
                readings.skip(&path, why);
            }
            readings.read_more(&mut once, source, paths.into_iter().collect());
            // The SQL that changesets run from files of their own.
            let files = readings.iter().flat_map(|(_, r)| &r.changelog);
            let files: BTreeSet<String> = files
                .flat_map(|c| &c.entries)
                .flat_map(|entry| match entry {
                    ChangelogEntry::Changeset(c) => c.files.as_slice(),
                    ChangelogEntry::Include(_) => &[],
                })
                .filter_map(|(_, file)| Some(file.path.rsplit('/').next()?.to_owned()))
                .collect();
            if !files.is_empty() {
                let named = |p: &&Arc<str>| files.contains(p.rsplit('/').next().unwrap_or(p));
                let paths = source.paths().iter().filter(named).cloned().collect();
                readings.read_more(&mut once, source, paths);
            }
        });
    }

    fn has_changelogs(&self) -> bool {
        let all = self.base.iter().chain(self.head.iter());
        all.into_iter().any(|(_, r)| r.changelog.is_some())
    }

    /// Returns the folders that hold a history by themselves: that of changelogs is told by the changelogs.
    fn folders_of_histories(&self, sets: &BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
        let all = self.base.iter().chain(self.head.iter());
        let plain = all.filter(|(_, r)| r.changelog.is_none());
        let folders = plain.filter_map(|(_, r)| Some(&r.migration.as_ref()?.key.set));
        folders.filter(|set| sets.contains(*set)).cloned().collect()
    }

    /// Reads the code that brings a store to its newest migration: what runs now meets the migrations that this change adds.
    pub(crate) fn read_migrators(&mut self, versions: &Versions<'_>) {
        let words: Vec<String> = MIGRATOR_WORDS.iter().map(|w| (*w).to_owned()).collect();
        let source = versions.base.source;
        let paths = source.containing(&words, &is_code).into_iter().collect();
        let mut once = self.once(Hints::default());
        self.base.read_more(&mut once, source, paths);
    }

    /// Reads again, in the dialect of their neighbours, the migrations that do not tell theirs.
    pub(crate) fn read_in_dialect(&mut self, versions: &Versions<'_>, sets: &BTreeSet<Arc<str>>) {
        for set in sets {
            let Some(dialect) = self.dialect_of(set).filter(|d| *d != Dialect::default()) else {
                continue;
            };
            let mut once = self.once(Hints {
                dialect: Some(dialect),
                ..Hints::default()
            });
            self.each(versions, |source, readings| {
                let silent = readings.iter().filter(|(_, r)| {
                    r.dialect.is_none() && r.migration.as_ref().is_some_and(|m| m.key.set == *set)
                });
                let paths: Vec<Arc<str>> = silent.map(|(path, _)| path.clone()).collect();
                readings.extend(once.read(source, &paths));
            });
        }
    }

    /// Returns the dialect that most migrations of a folder tell.
    pub(crate) fn dialect_of(&self, set: &str) -> Option<Dialect> {
        let mut votes: BTreeMap<Dialect, usize> = BTreeMap::new();
        for (path, reading) in self.base.iter().chain(self.head.iter()) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let creates = |o: &Operation| matches!(o.effect, Effect::CreateTable { .. });
            // A dump beside the migrations tells too.
            let ours = match &reading.migration {
                Some(m) => &*m.key.set == set,
                None => {
                    let beside = folder == set || is_dump_beside(path, set);
                    beside && reading.operations.iter().any(creates)
                }
            };
            if let (true, Some(dialect)) = (ours, reading.dialect) {
                *votes.entry(dialect).or_default() += 1;
            }
        }
        votes
            .into_iter()
            .max_by_key(|(_, count)| *count)
            .map(|(dialect, _)| dialect)
    }

    /// Reads the migrations of other stores that have a table of the same name: code may mean the one or the other.
    pub(crate) fn read_rivals(&mut self, versions: &Versions<'_>, sets: &BTreeSet<Arc<str>>) {
        let words: Vec<String> = self.migrated_names(sets).into_iter().collect();
        if words.is_empty() {
            return;
        }
        let outside = |p: &str| p.ends_with(".sql") && !sets.iter().any(|set| is_below(p, set));
        let mut once = Once::default();
        self.each(versions, |source, readings| {
            let mut found = once.read(source, &source.containing(&words, &outside));
            found.keep_migrations();
            readings.extend(found);
        });
    }

    /// Reads the histories of the stores that the change touches. A long one is read as far as it speaks of what differs: each
    /// rename that is met widens the search, until nothing new turns up.
    pub(crate) fn read_histories(&mut self, versions: &Versions<'_>, sets: &BTreeSet<Arc<str>>) {
        let sets = &self.folders_of_histories(sets);
        if sets.is_empty() {
            return;
        }
        let in_sets = |p: &str| {
            let mut sets = sets.iter();
            sets.any(|set| is_below(p, set) || is_dump_beside(p, set))
        };
        let length = versions
            .head
            .source
            .paths()
            .iter()
            .filter(|p| in_sets(p))
            .count();
        let mut once = self.once(Hints::default());
        if length <= HISTORY_LIMIT || self.is_ordered_by_parents(sets) {
            self.each(versions, |source, readings| {
                let paths = source
                    .paths()
                    .iter()
                    .filter(|p| in_sets(p))
                    .cloned()
                    .collect();
                readings.read_more(&mut once, source, paths);
            });
            return;
        }
        let mut words = self.migrated_names(sets);
        loop {
            let list: Vec<String> = words.iter().cloned().collect();
            self.each(versions, |source, readings| {
                let paths = source.containing(&list, &in_sets).into_iter().collect();
                readings.read_more(&mut once, source, paths);
            });
            let more: BTreeSet<String> = self.related_names(sets, &words);
            if more.is_subset(&words) {
                return;
            }
            words.extend(more);
        }
    }

    /// Returns whether migrations name the ones before them: then a part of the history has no order.
    pub(crate) fn is_ordered_by_parents(&self, sets: &BTreeSet<Arc<str>>) -> bool {
        let changed = self.base.iter().chain(self.head.iter());
        changed
            .filter_map(|(_, r)| r.migration.as_ref())
            .any(|m| sets.contains(&m.key.set) && !m.after.is_empty())
    }

    /// Returns the names that the changed migrations speak of, lowercase.
    pub(crate) fn migrated_names(&self, sets: &BTreeSet<Arc<str>>) -> BTreeSet<String> {
        self.operations(sets)
            .flat_map(names_in)
            .map(|n| n.to_lowercase())
            .filter(|n| n.len() > 1)
            .collect()
    }

    /// Returns the other names of what already has one of these names.
    pub(crate) fn related_names(
        &self,
        sets: &BTreeSet<Arc<str>>,
        words: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let renames = self.operations(sets).filter(|o| {
            matches!(
                o.effect,
                Effect::RenameTable { .. } | Effect::RenameType { .. } | Effect::CreateView { .. }
            )
        });
        let names = renames.map(|o| {
            names_in(o)
                .map(|n| n.to_lowercase())
                .collect::<BTreeSet<_>>()
        });
        names
            .filter(|names| !names.is_disjoint(words))
            .flatten()
            .collect()
    }

    pub(crate) fn operations(&self, sets: &BTreeSet<Arc<str>>) -> impl Iterator<Item = &Operation> {
        let all = self.base.iter().chain(self.head.iter());
        let ours = all.filter(|(_, r)| {
            r.migration
                .as_ref()
                .is_some_and(|m| sets.contains(&m.key.set))
        });
        ours.flat_map(|(_, r)| &r.operations)
    }

    /// Returns the folders of the migrations that the change touches.
    pub(crate) fn migration_sets(&self) -> BTreeSet<Arc<str>> {
        let changed = self.base.iter().chain(self.head.iter());
        changed
            .filter_map(|(_, r)| r.migration.as_ref().map(|m| m.key.set.clone()))
            .collect()
    }

    /// Returns the tables of which base's changed code reads one column where another one is NULL: whether such rows are left is
    /// told by the migrations.
    pub(crate) fn fallback_tables(&self) -> BTreeSet<String> {
        let accesses = self.base.iter().flat_map(|(_, reading)| &reading.accesses);
        let fallbacks = accesses.filter(|a| matches!(a.mode, Mode::FallsBack { .. }));
        fallbacks.map(|a| a.surface.name.to_lowercase()).collect()
    }
}

/// Returns the names of tables, views and types in an operation.
fn names_in(operation: &Operation) -> impl Iterator<Item = &str> {
    let more: Vec<&str> = match &operation.effect {
        Effect::RenameTable { to } | Effect::RenameType { to } => vec![to.as_str()],
        Effect::CreateView { reads, .. } => reads.iter().map(|s| s.name.as_str()).collect(),
        Effect::CreateRoutine { tables, .. } | Effect::DropRoutine { tables } => {
            tables.iter().map(|s| s.name.as_str()).collect()
        }
        Effect::SetType { type_name, .. } => vec![type_name.as_str()],
        Effect::Opaque { identifiers, .. } => identifiers.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    std::iter::once(operation.surface.name.as_str()).chain(more)
}

/// Returns whether a path lies in the folder of a set; one folder can hold a set for each dialect: `db/migrations (mysql)`.
fn is_below(path: &str, set: &str) -> bool {
    let folder = set.split_once(" (").map_or(set, |(folder, _)| folder);
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}
