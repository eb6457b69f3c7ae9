//! The files that use what differs: first by its name, then by the names of the models that declare it.

use std::collections::BTreeSet;
use std::sync::Arc;

use coexist_engine::{Case, Comparison, PathKind};
use coexist_model::{
    Detail, Dialect, Effect, Element, Hints, Mode, ModelDeclaration, Piece, Surface, SurfaceKind,
    Wanted,
};
use coexist_readers::code::{
    ACTIVE_RECORD, ECTO, EF_CORE, EF_CORE_MAPPING, EF_CORE_SET, ENT, GORM, JPA, JPA_REPOSITORIES,
    MIGRATING_CALLS,
};
use coexist_readers::relational::{csharp_classes, may_be_named, may_be_of, may_declare};

use crate::designed::asked;
use crate::order;
use crate::pipeline::Versions;
use crate::read::Readings;
use crate::spoken::{is_code, is_spoken_in};
use crate::wanted::{Elements, callers, differing, newcomers, vocabularies, wanted};

use super::Collected;
use super::left_out::newly_left_out;

/// How many classes above each other are read.
const BASES_LIMIT: usize = 5;

/// How many files are read for the classes that models inherit from.
const BASE_FILES_LIMIT: usize = 40;

/// How many files are read for constants.
const ASSEMBLED_FILES_LIMIT: usize = 60;

impl Collected {
    /// Reads the code that migrates, and the files that use what differs: first by its name, then by the names of the models that
    /// declare it. Returns whether there was anything to look for.
    pub(crate) fn read_uses(
        &mut self,
        versions: &Versions<'_>,
        case: &Case,
        comparison: &Comparison,
    ) -> bool {
        let mut elements = differing(comparison, case);
        for (surface, names) in self.demanded(versions, case, comparison) {
            elements.entry(surface).or_default().extend(names);
        }
        for surface in asked(case, versions) {
            elements.entry(surface).or_default();
        }
        let mut wanted = wanted(elements, case, versions.head.source);
        wanted.extend(newly_left_out(&self.base, &self.head, case));
        let migrates = !self.migration_sets().is_empty();
        if migrates {
            self.look_through(versions, &wanted);
            self.read_migrators(versions);
        }
        if wanted.is_empty() {
            return migrates;
        }
        let mut once = self.once(Hints::default());
        self.each(versions, |source, readings| {
            readings.read_more(&mut once, source, order::manifests(source));
        });
        self.read_wanted(versions, &wanted, &wanted);
        self.read_bases(versions, &wanted);
        // A class may stand for another one that was just found: a repository for an entity.
        let mut known: BTreeSet<Wanted> = BTreeSet::new();
        for _ in 0..BASES_LIMIT {
            let found = self.models_of(&wanted);
            let fresh: Vec<Wanted> = found.difference(&known).cloned().collect();
            if fresh.is_empty() {
                break;
            }
            known.extend(found);
            let all: Vec<Wanted> = wanted.iter().chain(&known).cloned().collect();
            self.read_wanted(versions, &all, &fresh);
        }
        self.read_assembled(versions, &wanted);
        true
    }

    /// Reads the files of Go that put statements together of constants which other files hold: first those that name the constant
    /// of a table, then those that hold the rest of their statements.
    fn read_assembled(&mut self, versions: &Versions<'_>, wanted: &[Wanted]) {
        let tables = wanted
            .iter()
            .filter(|w| matches!(w.surface.kind, SurfaceKind::Table | SurfaceKind::View));
        let tables: BTreeSet<&str> = tables.map(|w| w.surface.name.as_str()).collect();
        let mut once = self.once(Hints::default());
        self.each(versions, |source, readings| {
            let mut asked: BTreeSet<String> = BTreeSet::new();
            for _ in 0..2 {
                let words = open_constants(readings, &tables);
                let words: Vec<String> = words.difference(&asked).cloned().collect();
                if words.is_empty() {
                    return;
                }
                let mut paths = source.containing(&words, &|p| p.ends_with(".go"));
                paths.truncate(ASSEMBLED_FILES_LIMIT);
                readings.read_more(&mut once, source, paths.into_iter().collect());
                asked.extend(words);
            }
        });
    }

    /// Returns the fields that this change adds to a request and without which its code fails, with the calls that leave them out.
    /// Only code that it changes can know them.
    pub(crate) fn demanded(
        &self,
        versions: &Versions<'_>,
        case: &Case,
        comparison: &Comparison,
    ) -> Elements {
        let added = newcomers(comparison, case);
        if added.is_empty() {
            return Elements::new();
        }
        let mut once = self.once(Hints {
            wanted: wanted(added, case, versions.head.source).into(),
            ..Hints::default()
        });
        let changed = versions.changed.iter().filter(|c| c.at_head);
        let code = changed.filter(|c| c.kind == PathKind::Product && is_code(&c.path));
        let paths: Vec<Arc<str>> = code.map(|c| c.path.as_str().into()).collect();
        let mut demanded = Elements::new();
        for (_, reading) in once.read(versions.head.source, &paths).iter() {
            for access in reading.accesses.iter().filter(|a| a.mode == Mode::Demands) {
                let names = demanded.entry(access.surface.clone()).or_default();
                names.extend(access.element.clone());
            }
        }
        let callers = callers(&demanded, case);
        demanded.extend(callers);
        demanded
    }

    /// Looks through the trees once for all that is asked of them later: a file that holds none of these words is not opened again.
    pub(crate) fn look_through(&mut self, versions: &Versions<'_>, wanted: &[Wanted]) {
        let vocabularies = vocabularies(wanted);
        self.each(versions, |source, _| {
            for (words, endings) in &vocabularies {
                let migrating = MIGRATING_CALLS.iter().map(|w| (*w).to_owned());
                let words: Vec<String> = words.iter().cloned().chain(migrating).collect();
                source.containing(&words, &|p| is_spoken_in(p, endings));
            }
        });
    }

    /// Reads the files that may use what is new among what is wanted; what the others say is the same as before.
    pub(crate) fn read_wanted(
        &mut self,
        versions: &Versions<'_>,
        wanted: &[Wanted],
        new: &[Wanted],
    ) {
        // Statements in code are written for the store of the repository, if it has one dialect.
        let dialects: BTreeSet<Dialect> = self
            .migration_sets()
            .iter()
            .filter_map(|set| self.dialect_of(set))
            .collect();
        let dialect = dialects.first().copied().filter(|_| dialects.len() == 1);
        let vocabularies = vocabularies(new);
        let hints = Hints {
            dialect,
            wanted: wanted.into(),
            ..Hints::default()
        };
        let mut once = self.once(hints.clone());
        self.each(versions, |source, readings| {
            let paths: BTreeSet<Arc<str>> = vocabularies
                .iter()
                .flat_map(|(words, endings)| {
                    source.containing(words, &|p| is_spoken_in(p, endings))
                })
                .collect();
            let fresh = paths.into_iter().filter(|p| !readings.stands(p, &hints));
            let fresh: Vec<Arc<str>> = fresh.collect();
            readings.extend(once.read(source, &fresh));
        });
    }

    /// Reads the classes that the models of what differs inherit from: they declare columns too.
    pub(crate) fn read_bases(&mut self, versions: &Versions<'_>, wanted: &[Wanted]) {
        let tables: BTreeSet<&Surface> = wanted.iter().map(|w| &w.surface).collect();
        let mut once = self.once(Hints::default());
        self.each(versions, |source, readings| {
            let mut asked: BTreeSet<String> = BTreeSet::new();
            for _ in 0..BASES_LIMIT {
                let unread = unread_bases(readings, &tables);
                let words: Vec<String> = unread.difference(&asked).cloned().collect();
                if words.is_empty() {
                    return;
                }
                let mut paths = source.containing(&words, &is_code);
                paths.truncate(BASE_FILES_LIMIT);
                readings.read_more(&mut once, source, paths.into_iter().collect());
                asked.extend(words);
            }
        });
    }

    /// Returns the columns that base's models leave out although their table has them, by themselves or by a module they include.
    pub(crate) fn ignored_columns(&self) -> BTreeSet<(Surface, String)> {
        let models = self.base.iter().flat_map(|(_, r)| &r.models);
        let reflected: Vec<&ModelDeclaration> =
            models.filter(|m| m.tool == ACTIVE_RECORD).collect();
        let columns = reflected.iter().flat_map(|model| {
            let said = reflected
                .iter()
                .filter(|m| std::ptr::eq(**m, *model) || model.bases.contains(&m.name));
            said.flat_map(|m| &m.deferred)
                .map(|column| (model.table.clone(), column.clone()))
        });
        columns.collect()
    }

    /// Returns the lines of base's models and dumps: what a reader understands is no unresolved word.
    pub(crate) fn declared_lines(&self) -> BTreeSet<(Arc<str>, u32)> {
        let accesses = self.base.iter().flat_map(|(_, r)| &r.accesses);
        let mut used: BTreeSet<&str> = accesses
            .filter(|a| a.surface.kind == SurfaceKind::Model)
            .map(|a| a.surface.name.as_str())
            .collect();
        let declared: Vec<&ModelDeclaration> =
            self.base.iter().flat_map(|(_, r)| &r.models).collect();
        // A set of EF Core is its class, and that is what it extends.
        for _ in 0..BASES_LIMIT {
            let ef = |m: &&&ModelDeclaration| matches!(m.tool, EF_CORE | EF_CORE_SET);
            let named = declared.iter().filter(ef);
            let named = named.filter(|m| used.contains(m.name.as_str()));
            let bases: Vec<&str> = named.flat_map(|m| &m.bases).map(String::as_str).collect();
            used.extend(bases);
        }
        // These take any value: where no use of a class was resolved, there may be one all the same.
        let doubtful = |m: &ModelDeclaration| matches!(m.tool, GORM | EF_CORE | ECTO);
        let models = declared
            .into_iter()
            .filter(|m| !doubtful(m) || used.contains(m.name.as_str()));
        let lines = models.flat_map(|m| {
            let columns = m
                .columns
                .iter()
                .map(|c| (c.place.path.clone(), c.place.line));
            columns.chain([(m.place.path.clone(), m.place.line)])
        });
        let described = self.base.iter().filter(|(_, r)| r.migration.is_none());
        let operations = described.flat_map(|(_, r)| &r.operations);
        let described = operations.flat_map(|o| {
            let elements = match &o.effect {
                Effect::CreateTable { elements } => elements.as_slice(),
                _ => &[],
            };
            let places = elements.iter().map(|e| &e.place).chain([&o.place]);
            places.map(|p| (p.path.clone(), p.line)).collect::<Vec<_>>()
        });
        lines.chain(described).collect()
    }

    /// Returns the models that declare one of the wanted tables, at any ref.
    pub(crate) fn models_of(&self, wanted: &[Wanted]) -> BTreeSet<Wanted> {
        let tables: BTreeSet<&Surface> = wanted.iter().map(|w| &w.surface).collect();
        let all = self
            .base
            .iter()
            .chain(self.head.iter())
            .chain(self.deployed.iter().flat_map(Readings::iter));
        let all: Vec<&ModelDeclaration> = all.flat_map(|(_, r)| &r.models).collect();
        let declared = all.iter().copied().filter(|m| declares(m, &tables));
        let mut models: Vec<&ModelDeclaration> = declared.collect();
        // A mapping says the table, and a set of the same class what code calls it.
        let mapped = models.iter().filter(|m| m.tool != EF_CORE_SET);
        let mapped: BTreeSet<&str> = mapped.map(|m| m.name.as_str()).collect();
        let sets = all.iter().copied().filter(|m| {
            m.tool == EF_CORE_SET && m.bases.iter().any(|b| mapped.contains(b.as_str()))
        });
        let sets: Vec<&ModelDeclaration> = sets.collect();
        models.extend(standing_for(&models, &all));
        models.extend(sets);
        let wanted = |m: &ModelDeclaration, name: &str| Wanted {
            surface: Surface::new(SurfaceKind::Model, name),
            elements: Vec::new(),
            declared_in: Some(m.place.path.clone()),
            tool: Some(m.tool),
            go_package: None,
            values: Vec::new(),
            answers: Vec::new(),
        };
        models
            .into_iter()
            .flat_map(|m| {
                // Code may name the set, and the class that it is of.
                let parts = matches!(m.tool, EF_CORE_SET | EF_CORE_MAPPING);
                let classes = m.bases.iter().filter(move |_| parts);
                let names = std::iter::once(&m.name).chain(classes);
                names.map(|name| wanted(m, name)).collect::<Vec<_>>()
            })
            .collect()
    }
}

/// Returns the declarations of JPA that have one of the models as their base: repositories, and entities in the table of another one.
fn standing_for<'m>(
    models: &[&'m ModelDeclaration],
    all: &[&'m ModelDeclaration],
) -> Vec<&'m ModelDeclaration> {
    let mut names: BTreeSet<&str> = models.iter().map(|m| m.name.as_str()).collect();
    let mut found: Vec<&ModelDeclaration> = Vec::new();
    for _ in 0..BASES_LIMIT {
        let more = all.iter().filter(|m| {
            matches!(m.tool, JPA | JPA_REPOSITORIES)
                && !names.contains(m.name.as_str())
                && m.bases.iter().any(|b| names.contains(b.as_str()))
        });
        let more: Vec<&ModelDeclaration> = more.copied().collect();
        if more.is_empty() {
            break;
        }
        names.extend(more.iter().map(|m| m.name.as_str()));
        found.extend(more);
    }
    found
}

/// Returns the names of the constants that hold one of the tables' names, and of those that statements name and no file read so far holds,
/// if they name a table too.
fn open_constants(readings: &Readings, tables: &BTreeSet<&str>) -> BTreeSet<String> {
    let is_table = |text: &String| tables.contains(text.trim_matches(['`', '"']));
    let all = || readings.iter().flat_map(|(_, r)| &r.constants);
    let held: BTreeSet<&String> = all().map(|(name, _)| name).collect();
    let of_tables = all().filter(|(_, text)| is_table(text));
    let mut names: BTreeSet<String> = of_tables.map(|(name, _)| name.clone()).collect();
    let assembled = readings.iter().flat_map(|(_, r)| &r.assembled);
    for statement in assembled {
        let pieces = statement.text.iter().chain(&statement.values);
        let constants = pieces.filter_map(|piece| match piece {
            Piece::Constant { name, .. } => Some(name),
            _ => None,
        });
        let constants: Vec<&String> = constants.collect();
        if constants.iter().any(|name| names.contains(*name)) {
            let open = constants.into_iter().filter(|name| !held.contains(name));
            names.extend(open.cloned());
        }
    }
    names
}

/// Returns how the declarations begin of the classes that models of these tables inherit from and that were not read.
fn unread_bases(readings: &Readings, tables: &BTreeSet<&Surface>) -> BTreeSet<String> {
    let models: Vec<&ModelDeclaration> = readings.iter().flat_map(|(_, r)| &r.models).collect();
    let parts = [EF_CORE_SET, EF_CORE_MAPPING];
    let whole = models.iter().filter(|m| !parts.contains(&m.tool));
    let known: BTreeSet<&str> = whole.map(|m| m.name.as_str()).collect();
    let mut open: Vec<&ModelDeclaration> = models
        .iter()
        .copied()
        .filter(|m| declares(m, tables))
        .collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut unread = BTreeSet::new();
    // What a module that is included leaves out, the class leaves out too.
    if open.iter().any(|m| m.tool == ACTIVE_RECORD) {
        unread.extend(["ignored_columns", "ignore_column"].map(str::to_owned));
    }
    while let Some(model) = open.pop() {
        for base in model.bases.iter().filter(|b| seen.insert(b.as_str())) {
            if known.contains(base.as_str()) {
                open.extend(models.iter().copied().filter(|m| m.name == *base));
            } else {
                unread.extend(match model.tool {
                    // What a macro adds is declared in no module that can be looked for.
                    ECTO => Vec::new(),
                    ENT | GORM => vec![format!("type {base} struct")],
                    EF_CORE | EF_CORE_SET | EF_CORE_MAPPING => csharp_classes(base),
                    _ => vec![format!("class {base}")],
                });
            }
        }
    }
    unread
}

/// Returns whether a model declares one of the tables, or may, as far as one file tells; or a column of one of the types.
fn declares(model: &ModelDeclaration, wanted: &BTreeSet<&Surface>) -> bool {
    wanted.iter().any(|surface| match surface.kind {
        SurfaceKind::Type => has_column_of(model, surface),
        _ => {
            // A class does not tell whether what it stands for is a table or a view.
            let table = &Surface::table(surface.name.clone());
            may_declare(model, table) || may_be_of(model, table) || may_be_named(model, table)
        }
    })
}

/// Returns whether the client of a model decides on the values of a type.
fn has_column_of(model: &ModelDeclaration, of: &Surface) -> bool {
    let is_of = |e: &Element| matches!(&e.detail, Detail::Column(c) if c.type_name == of.name);
    model.tool == "prisma" && model.columns.iter().any(is_of)
}
