//! From the tree of a changelog to its changesets.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use coexist_model::{
    Changelog, ChangelogEntry, Changeset, Dialect, Direction, Effect, File, Include, Operation,
    Place, Problem, Surface,
};

use super::tree::{Item, Text};
use super::{below_root, changes};
use crate::sql::operations::{self, Names, Sort};

/// Contexts in which no store that is kept is migrated.
const TRIALS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "it",
    "integration-test",
    "dev",
    "development",
    "local",
    "demo",
    "faker",
    "sample",
    "example",
    "ci",
    "e2e",
];

/// The changesets of one file, as they are read.
pub(super) struct Changesets<'f> {
    pub(super) file: &'f File,
    /// The dialect that types and SQL are read in.
    pub(super) dialect: Dialect,
    pub(super) direction: Direction,
    /// Whether what is read runs only where something holds that a deploy does not decide.
    pub(super) conditional: bool,
    pub(super) operations: Vec<Operation>,
    /// The files of SQL that the changeset runs.
    pub(super) files: Vec<(usize, Include)>,
    /// The path by which stores know the changesets.
    path: String,
    properties: BTreeMap<String, Vec<Property>>,
    names: Names,
    entries: Vec<ChangelogEntry>,
    problems: Vec<Problem>,
    spoken: Vec<Dialect>,
}

struct Property {
    value: String,
    dialects: Option<Vec<Dialect>>,
}

/// What was read of one file.
pub(super) struct Done {
    pub(super) changelog: Changelog,
    pub(super) operations: Vec<Operation>,
    pub(super) problems: Vec<Problem>,
    /// The one dialect that it is written for, where it names one.
    pub(super) dialect: Option<Dialect>,
}

/// What a changeset says of itself besides what it does.
#[derive(Debug, Clone, Default)]
pub(super) struct Head<'a> {
    pub(super) id: &'a str,
    pub(super) author: &'a str,
    pub(super) path: Option<&'a str>,
    pub(super) dbms: Option<&'a str>,
    pub(super) contexts: Option<&'a str>,
    pub(super) repeatable: bool,
}

/// A changeset that is being read.
pub(super) struct Open {
    name: Arc<str>,
    from: usize,
    dialects: Option<Vec<Dialect>>,
    runs: bool,
    repeatable: bool,
}

impl<'f> Changesets<'f> {
    pub(super) fn new(file: &'f File, dialect: Option<Dialect>) -> Self {
        Self {
            file,
            dialect: dialect.unwrap_or_default(),
            direction: Direction::Up,
            conditional: false,
            operations: Vec::new(),
            files: Vec::new(),
            path: below_root(&file.path).to_owned(),
            properties: BTreeMap::new(),
            names: Names::default(),
            entries: Vec::new(),
            problems: Vec::new(),
            spoken: Vec::new(),
        }
    }

    pub(super) fn done(self) -> Done {
        let mut spoken = self.spoken;
        spoken.sort();
        spoken.dedup();
        Done {
            changelog: Changelog {
                entries: self.entries,
            },
            operations: self.operations,
            problems: self.problems,
            dialect: (spoken.len() == 1).then(|| spoken[0]),
        }
    }

    /// Reads what stands in a `databaseChangeLog`.
    pub(super) fn changelog(&mut self, root: &Item) {
        if let Some(path) = root.get("logicalFilePath") {
            path.clone_into(&mut self.path);
        }
        for item in &root.items {
            match item.name.as_str() {
                "property" => self.property(item),
                "logicalFilePath" => item.text.value.trim().clone_into(&mut self.path),
                "changeSet" => self.changeset(item),
                "include" => self.include(item, "file", false),
                "includeAll" => self.include(item, "path", true),
                "preConditions" => {}
                _ => {}
            }
        }
    }

    fn property(&mut self, item: &Item) {
        let (Some(name), Some(value)) = (item.get("name"), item.get("value")) else {
            return;
        };
        let property = Property {
            value: value.to_owned(),
            dialects: item.get("dbms").and_then(dialects_of),
        };
        self.properties
            .entry(name.to_owned())
            .or_default()
            .push(property);
    }

    fn include(&mut self, item: &Item, name: &str, folder: bool) {
        let Some(path) = item.get(name) else { return };
        if !runs_in_production(contexts_of(item)) {
            return;
        }
        let include = include(path, item.is("relativeToChangelogFile"), folder);
        self.entries.push(ChangelogEntry::Include(include));
    }

    fn changeset(&mut self, item: &Item) {
        let open = self.open(&Head {
            id: item.get("id").unwrap_or_default(),
            author: item.get("author").unwrap_or_default(),
            path: item.get("logicalFilePath"),
            dbms: item.get("dbms"),
            contexts: contexts_of(item),
            repeatable: item.is("runOnChange") || item.is("runAlways"),
        });
        self.conditional = item.item("preConditions").is_some_and(may_pass_by);
        for change in &item.items {
            match change.name.as_str() {
                "preConditions" | "validCheckSum" | "comment" | "property" | "modifySql" => {}
                "rollback" => self.rollback(change),
                _ => changes::lower(self, change),
            }
        }
        if let Some(sql) = item
            .text_of("rollback")
            .filter(|_| item.item("rollback").is_none())
        {
            self.backwards(|all| all.sql(&sql.clone()));
        }
        self.conditional = false;
        self.close(open);
    }

    /// Begins a changeset.
    pub(super) fn open(&mut self, head: &Head<'_>) -> Open {
        let path = head.path.unwrap_or(&self.path);
        let dialects = head.dbms.and_then(dialects_of);
        if let Some([one]) = dialects.as_deref() {
            self.spoken.push(*one);
        }
        Open {
            name: format!("{path}::{}::{}", head.id, head.author).into(),
            from: self.operations.len(),
            dialects,
            runs: runs_in_production(head.contexts),
            repeatable: head.repeatable,
        }
    }

    /// Ends a changeset.
    pub(super) fn close(&mut self, open: Open) {
        if !open.runs {
            self.operations.truncate(open.from);
        }
        let end = self.operations.len();
        let mut files = std::mem::take(&mut self.files);
        files.retain(|(at, _)| *at < end);
        self.entries.push(ChangelogEntry::Changeset(Changeset {
            name: open.name,
            operations: open.from..end,
            dialects: open.dialects,
            repeatable: open.repeatable,
            files,
        }));
    }

    fn rollback(&mut self, item: &Item) {
        self.backwards(|all| {
            if !item.text.value.trim().is_empty() {
                all.sql(&item.text);
            }
            for change in item.items.iter().filter(|i| i.name != "comment") {
                changes::lower(all, change);
            }
        });
    }

    /// Reads what goes back.
    pub(super) fn backwards(&mut self, read: impl FnOnce(&mut Self)) {
        self.direction = Direction::Down;
        let files = std::mem::take(&mut self.files);
        read(self);
        self.files = files;
        self.direction = Direction::Up;
    }

    /// Returns a value with the properties of its file filled in; None where one is not known here, or not the same everywhere.
    pub(super) fn filled(&self, value: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = value;
        while let Some(at) = rest.find("${") {
            let end = rest[at..].find('}')? + at;
            out.push_str(&rest[..at]);
            out.push_str(self.property_of(rest[at + 2..end].trim())?);
            rest = &rest[end + 1..];
        }
        Some(out + rest)
    }

    fn property_of(&self, name: &str) -> Option<&str> {
        let all = self.properties.get(name)?;
        let ours = |p: &&Property| {
            let dialects = p.dialects.as_ref();
            dialects.is_none_or(|d| d.contains(&self.dialect))
        };
        all.iter().find(ours).map(|p| p.value.as_str())
    }

    /// Returns the name that the database gives to a constraint without one.
    pub(super) fn name(&mut self, sort: Sort, table: &str, columns: &[String]) -> String {
        self.names.generate(sort, table, columns, self.dialect)
    }

    pub(super) fn place(&self, range: Range<usize>) -> Place {
        self.file.place(range)
    }

    /// Adds an operation.
    pub(super) fn emit(&mut self, item: &Item, surface: Surface, effect: Effect) {
        let place = self.place(item.at.clone());
        self.emit_at(place, surface, effect);
    }

    pub(super) fn emit_at(&mut self, place: Place, surface: Surface, effect: Effect) {
        let locking = operations::locks_only(&effect);
        self.operations.push(Operation {
            surface,
            effect,
            direction: self.direction,
            conditional: self.conditional,
            locking,
            place,
        });
    }

    /// Adds what a text of SQL does.
    pub(super) fn sql(&mut self, text: &Text) {
        let file = self.file;
        self.sql_at(&text.value, &|part| {
            file.place(text.source(&file.text, part))
        });
    }

    /// Adds what a text of SQL does; `place` tells where a range of it stands.
    pub(super) fn sql_at(&mut self, text: &str, place: &dyn Fn(Range<usize>) -> Place) {
        let found = operations::embedded(text, self.dialect, self.direction, place);
        let conditional = self.conditional;
        self.operations
            .extend(found.operations.into_iter().map(|o| Operation {
                conditional: o.conditional || conditional,
                ..o
            }));
        self.problems.extend(found.problems);
    }

    /// Adds that a change does something that is not understood.
    pub(super) fn opaque(&mut self, item: &Item, table: &str, reason: &str) {
        let mut identifiers: Vec<String> = Vec::new();
        item.each_text(&mut |text| {
            let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            identifiers.extend(words.filter(|w| w.len() > 1).map(str::to_lowercase));
        });
        identifiers.sort();
        identifiers.dedup();
        identifiers.truncate(MOST_IDENTIFIERS);
        self.problems.push(Problem {
            place: self.place(item.at.clone()),
            what: reason.to_owned(),
            identifiers: identifiers.clone(),
        });
        let effect = Effect::Opaque {
            reason: reason.to_owned(),
            identifiers,
        };
        self.emit(item, Surface::table(table), effect);
    }

    pub(super) fn problem(&mut self, at: Range<usize>, what: &str) {
        self.problems.push(Problem {
            place: self.place(at.clone()),
            what: what.to_owned(),
            identifiers: Vec::new(),
        });
        let effect = Effect::Opaque {
            reason: what.to_owned(),
            identifiers: Vec::new(),
        };
        // What a file that cannot be read does is done by a changeset of it that nobody can name.
        let from = self.operations.len();
        self.emit_at(self.place(at), Surface::table(""), effect);
        self.entries.push(ChangelogEntry::Changeset(Changeset {
            name: format!("{}::?::?", self.path).into(),
            operations: from..from + 1,
            dialects: None,
            repeatable: false,
            files: Vec::new(),
        }));
    }
}

/// Names that an opaque operation keeps.
const MOST_IDENTIFIERS: usize = 200;

/// Returns the file or folder that a changelog names.
pub(super) fn include(path: &str, relative: bool, folder: bool) -> Include {
    let path = path.strip_prefix("classpath*:").unwrap_or(path);
    let path = path.strip_prefix("classpath:").unwrap_or(path);
    Include {
        path: path.trim_matches('/').to_owned(),
        relative,
        folder,
    }
}

fn contexts_of(item: &Item) -> Option<&str> {
    ["context", "contextFilter", "contexts"]
        .iter()
        .find_map(|name| item.get(name))
}

/// Returns whether a changeset is one that stores run which are kept: one whose contexts all are trials is not.
/// <https://docs.liquibase.com/concepts/changelogs/attributes/contexts.html>
fn runs_in_production(contexts: Option<&str>) -> bool {
    let Some(contexts) = contexts.filter(|c| !c.trim().is_empty()) else {
        return true;
    };
    let contexts = contexts.to_lowercase().replace(',', " or ");
    // `or` binds less than `and`.
    let either = contexts.split(" or ");
    either
        .map(|all| {
            all.split(" and ")
                .map(|one| one.trim_matches(['(', ')', ' ']))
        })
        .any(|mut all| {
            all.all(
                |one| match one.strip_prefix('!').or_else(|| one.strip_prefix("not ")) {
                    Some(_) => true,
                    None => !TRIALS.contains(&one.trim_start_matches('@')),
                },
            )
        })
}

/// Returns whether preconditions let a changeset pass by: by default the deploy stops where they do not hold.
fn may_pass_by(item: &Item) -> bool {
    item.get("onFail")
        .is_some_and(|v| !v.eq_ignore_ascii_case("HALT") && !v.eq_ignore_ascii_case("WARN"))
}

/// Returns the dialects that a list of databases names: `mysql, mariadb`, `!h2`; None: all. Databases that are not read here are none.
fn dialects_of(dbms: &str) -> Option<Vec<Dialect>> {
    let all = [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite];
    let words: Vec<String> = dbms
        .split(',')
        .map(|w| w.trim().to_lowercase())
        .filter(|w| !w.is_empty())
        .collect();
    if words.is_empty() || words.iter().any(|w| w == "all") {
        return None;
    }
    let of = |word: &str| match word {
        "postgresql" | "postgres" | "edb" | "cockroachdb" => Some(Dialect::Postgres),
        "mysql" | "mariadb" => Some(Dialect::MySql),
        "sqlite" => Some(Dialect::Sqlite),
        _ => None,
    };
    let named = |word: &String| of(word);
    let without: Vec<Dialect> = words
        .iter()
        .filter_map(|w| of(w.strip_prefix('!')?.trim()))
        .collect();
    if words.iter().all(|w| w.starts_with('!')) {
        let left: Vec<Dialect> = all.into_iter().filter(|d| !without.contains(d)).collect();
        return (left.len() < all.len()).then_some(left);
    }
    Some(words.iter().filter_map(named).collect())
}
