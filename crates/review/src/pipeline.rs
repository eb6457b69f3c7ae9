//! The life of one change: from two trees to a review.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_engine::{
    Case, ChangedPath, Comparison, Facts, PathKind, Scene, UnreadMigration, compare, judge, rollout,
};
use coexist_model::{
    Access, Client, Compared, Dialect, Effect, Fleet, Hints, KnownOrder, LinkInput, Linked, Mode,
    ModelDeclaration, NotReviewed, Operation, OrderEvidence, Place, Review, Service, Surface,
    SurfaceKind, Wanted,
};
use coexist_readers::FORMS;
use coexist_readers::code::{ACTIVE_RECORD, ENT, GORM, MIGRATING_CALLS, MIGRATOR_WORDS};

use crate::assumed::assumptions;
use crate::by_hand::doubt_by_hand;
use crate::held_back::hold_back;
use crate::left_out::{inserted_tables, newly_left_out};
use crate::mentions::mentions;
use crate::order;
use crate::ownership::{owners, packages, paths_that_meet};
use crate::read::{Once, Readings, Shelf};
use crate::source::Source;
use crate::uncalled::doubt_uncalled;
use crate::unread::{unread_language, unread_migrations};
use crate::wanted::{Elements, callers, differing, newcomers, vocabularies, wanted};

/// The trees of one change.
pub struct Versions<'a> {
    /// The tree that the change starts from.
    pub base: Version<'a>,
    /// The tree that it ends in.
    pub head: Version<'a>,
    /// What runs now, besides base.
    pub deployed: Vec<Version<'a>>,
    /// The paths that differ, sorted.
    pub changed: Vec<ChangedPath>,
    /// What is compared, for the report.
    pub compared: Compared,
}

/// A tree and the name by which reports call it.
#[derive(Clone)]
pub struct Version<'a> {
    /// The ref as witnesses name it.
    pub name: String,
    /// Whether it is only likely that it runs.
    pub perhaps: bool,
    /// The files.
    pub source: &'a dyn Source,
}

/// What the review is told besides the versions.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// When migrations run, where a setting says so.
    pub order: Option<KnownOrder>,
    /// The services, and whether nothing is deployed from here.
    pub services: Vec<Service>,
    /// Whether the repository is a library.
    pub library: bool,
    /// Who calls from outside.
    pub clients: Vec<Client>,
}

/// Returns the review of a change.
pub fn review_trees(versions: &Versions<'_>, settings: &Settings) -> Review {
    let mut collected = Collected::of(versions);
    collected.read_changed(versions);
    collected.read_neighbours(versions);
    let lost = collected.keep_unreadable();
    let mut case = collected.case(versions, settings);
    case.unread.extend(lost);
    case.unread.sort();
    case.unread.dedup_by(|a, b| a.place.path == b.place.path);
    let mut comparison = compare(&case.base, &case.head, FORMS);
    if collected.read_uses(versions, &case, &comparison) {
        collected.each(versions, |source, readings| doubt_by_hand(readings, source));
        collected.link_into(&mut case);
        comparison = compare(&case.base, &case.head, FORMS);
    }
    if settings.order.is_none() {
        collected.read_order(versions);
        case.fleet.order = collected.order();
    }
    let paths = paths_that_meet(&case);
    case.owners = owners(&paths, &settings.services);
    case.packages = packages(&paths, &[versions.base.source, versions.head.source]);
    hold_back(
        &mut case,
        versions.base.source,
        versions.head.source,
        &collected.shelf,
    );
    // The trees of syntax are not asked for again.
    collected.shelf.clear();
    doubt_uncalled(&mut case.base, versions.base.source);
    doubt_uncalled(&mut case.head, versions.head.source);
    for (facts, version) in case.deployed.iter_mut().zip(&versions.deployed) {
        doubt_uncalled(facts, version.source);
    }
    case.mentions = mentions(
        versions.base.source,
        &case.base,
        &collected.declared_lines(),
        &collected.ignored_columns(),
        &comparison,
    );
    let breaks = rollout::breaks(&case, &comparison, FORMS);
    let findings = judge(&Scene {
        case: &case,
        comparison: &comparison,
        breaks: &breaks,
        forms: FORMS,
    });
    let assumptions = assumptions(&case, &comparison);
    Review {
        compared: versions.compared.clone(),
        findings,
        services: case.fleet.services.clone(),
        assumptions,
        not_reviewed: collected.not_reviewed(versions),
        found: found(&case, &comparison),
        notices: Vec::new(),
    }
}

/// What was read at each ref.
struct Collected {
    shelf: Shelf,
    base: Readings,
    head: Readings,
    deployed: Vec<Readings>,
    /// What the code of head migrates by itself.
    started: Vec<OrderEvidence>,
}

impl Collected {
    fn of(versions: &Versions<'_>) -> Self {
        let deployed = versions
            .deployed
            .iter()
            .map(|_| Readings::default())
            .collect();
        Self {
            shelf: Shelf::default(),
            base: Readings::default(),
            head: Readings::default(),
            deployed,
            started: Vec::new(),
        }
    }

    /// Returns what reads with these hints.
    fn once(&self, hints: Hints) -> Once {
        Once::new(hints, &self.shelf)
    }

    /// Applies a step to each ref.
    fn each(&mut self, versions: &Versions<'_>, mut step: impl FnMut(&dyn Source, &mut Readings)) {
        step(versions.base.source, &mut self.base);
        step(versions.head.source, &mut self.head);
        for (version, readings) in versions.deployed.iter().zip(&mut self.deployed) {
            step(version.source, readings);
        }
    }

    fn read_changed(&mut self, versions: &Versions<'_>) {
        let paths = |side: fn(&ChangedPath) -> Option<&str>| -> Vec<Arc<str>> {
            versions
                .changed
                .iter()
                .filter_map(side)
                .map(Arc::from)
                .collect()
        };
        let old = paths(|c| c.at_base.then(|| c.old_path.as_deref().unwrap_or(&c.path)));
        let new = paths(|c| c.at_head.then_some(c.path.as_str()));
        let mut once = self.once(Hints::default());
        self.base.extend(once.read(versions.base.source, &old));
        self.head.extend(once.read(versions.head.source, &new));
        for (version, readings) in versions.deployed.iter().zip(&mut self.deployed) {
            readings.extend(once.read(version.source, &old));
        }
    }

    /// Reads what the changed files cannot be understood without: the rest of a migration history, the schemas beside a schema,
    /// the files that tell when migrations run.
    fn read_neighbours(&mut self, versions: &Versions<'_>) {
        let mut sets = self.migration_sets();
        let mut tables = inserted_tables(&self.base, &self.head);
        tables.extend(self.fallback_tables());
        let proto = versions.changed.iter().any(|c| c.path.ends_with(".proto"));
        self.read_rivals(versions, &sets);
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

    /// Takes a migration that one end has and cannot show for what the other end shows: it is neither new nor deleted. Returns those
    /// migrations, which nobody has compared.
    fn keep_unreadable(&mut self) -> Vec<UnreadMigration> {
        let mut lost = self.head.take_unreadable(&self.base, "");
        lost.extend(self.base.take_unreadable(&self.head, "before the change: "));
        for deployed in &mut self.deployed {
            deployed.take_unreadable(&self.base, "");
        }
        let unread = lost.into_iter().map(|skipped| UnreadMigration {
            place: Place::of_file(&skipped.path),
            why: skipped.why,
        });
        unread.collect()
    }

    /// Reads the code that brings a store to its newest migration: what runs now meets the migrations that this change adds.
    fn read_migrators(&mut self, versions: &Versions<'_>) {
        let words: Vec<String> = MIGRATOR_WORDS.iter().map(|w| (*w).to_owned()).collect();
        let source = versions.base.source;
        let paths = source.containing(&words, &is_code).into_iter().collect();
        let mut once = self.once(Hints::default());
        self.base.read_more(&mut once, source, paths);
    }

    /// Reads again, in the dialect of their neighbours, the migrations that do not tell theirs.
    fn read_in_dialect(&mut self, versions: &Versions<'_>, sets: &BTreeSet<Arc<str>>) {
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
    fn dialect_of(&self, set: &str) -> Option<Dialect> {
        let mut votes: BTreeMap<Dialect, usize> = BTreeMap::new();
        for (path, reading) in self.base.iter().chain(self.head.iter()) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let creates = |o: &Operation| matches!(o.effect, Effect::CreateTable { .. });
            // A dump beside the migrations tells too.
            let ours = match &reading.migration {
                Some(m) => &*m.key.set == set,
                None => folder == set && reading.operations.iter().any(creates),
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
    fn read_rivals(&mut self, versions: &Versions<'_>, sets: &BTreeSet<Arc<str>>) {
        let words: Vec<String> = self.migrated_names(sets).into_iter().collect();
        if words.is_empty() {
            return;
        }
        let outside = |p: &str| p.ends_with(".sql") && !sets.iter().any(|set| is_below(p, set));
        let mut once = Once::default();
        self.each(versions, |source, readings| {
            let mut found = once.read(source, &source.containing(&words, &outside));
            found.by_path.retain(|_, r| r.migration.is_some());
            readings.extend(found);
        });
    }

    /// Reads the histories of the stores that the change touches. A long one is read as far as it speaks of what differs: each
    /// rename that is met widens the search, until nothing new turns up.
    fn read_histories(&mut self, versions: &Versions<'_>, sets: &BTreeSet<Arc<str>>) {
        if sets.is_empty() {
            return;
        }
        let in_sets = |p: &str| sets.iter().any(|set| is_below(p, set));
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
    fn is_ordered_by_parents(&self, sets: &BTreeSet<Arc<str>>) -> bool {
        let changed = self.base.iter().chain(self.head.iter());
        changed
            .filter_map(|(_, r)| r.migration.as_ref())
            .any(|m| sets.contains(&m.key.set) && !m.after.is_empty())
    }

    /// Returns the names that the changed migrations speak of, lowercase.
    fn migrated_names(&self, sets: &BTreeSet<Arc<str>>) -> BTreeSet<String> {
        self.operations(sets)
            .flat_map(names_in)
            .map(|n| n.to_lowercase())
            .filter(|n| n.len() > 1)
            .collect()
    }

    /// Returns the other names of what already has one of these names.
    fn related_names(
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

    fn operations(&self, sets: &BTreeSet<Arc<str>>) -> impl Iterator<Item = &Operation> {
        let all = self.base.iter().chain(self.head.iter());
        let ours = all.filter(|(_, r)| {
            r.migration
                .as_ref()
                .is_some_and(|m| sets.contains(&m.key.set))
        });
        ours.flat_map(|(_, r)| &r.operations)
    }

    /// Returns the folders of the migrations that the change touches.
    fn migration_sets(&self) -> BTreeSet<Arc<str>> {
        let changed = self.base.iter().chain(self.head.iter());
        changed
            .filter_map(|(_, r)| r.migration.as_ref().map(|m| m.key.set.clone()))
            .collect()
    }

    /// Returns the tables of which base's changed code reads one column where another one is NULL: whether such rows are left is
    /// told by the migrations.
    fn fallback_tables(&self) -> BTreeSet<String> {
        let accesses = self.base.iter().flat_map(|(_, reading)| &reading.accesses);
        let fallbacks = accesses.filter(|a| matches!(a.mode, Mode::FallsBack { .. }));
        fallbacks.map(|a| a.surface.name.to_lowercase()).collect()
    }

    /// Reads the code that migrates, and the files that use what differs: first by its name, then by the names of the models that
    /// declare it. Returns whether there was anything to look for.
    fn read_uses(&mut self, versions: &Versions<'_>, case: &Case, comparison: &Comparison) -> bool {
        let mut elements = differing(comparison, case);
        for (surface, names) in self.demanded(versions, case, comparison) {
            elements.entry(surface).or_default().extend(names);
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
        self.read_wanted(versions, &wanted);
        self.read_bases(versions, &wanted);
        let models = self.models_of(&wanted);
        if !models.is_empty() {
            let all: Vec<Wanted> = wanted.into_iter().chain(models).collect();
            self.read_wanted(versions, &all);
        }
        true
    }

    /// Returns the fields that this change adds to a request and without which its code fails, with the calls that leave them out.
    /// Only code that it changes can know them.
    fn demanded(&self, versions: &Versions<'_>, case: &Case, comparison: &Comparison) -> Elements {
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
    fn look_through(&mut self, versions: &Versions<'_>, wanted: &[Wanted]) {
        let vocabularies = vocabularies(wanted);
        self.each(versions, |source, _| {
            for (words, endings) in &vocabularies {
                let migrating = MIGRATING_CALLS.iter().map(|w| (*w).to_owned());
                let words: Vec<String> = words.iter().cloned().chain(migrating).collect();
                source.containing(&words, &|p| is_spoken_in(p, endings));
            }
        });
    }

    fn read_wanted(&mut self, versions: &Versions<'_>, wanted: &[Wanted]) {
        // Statements in code are written for the store of the repository, if it has one dialect.
        let dialects: BTreeSet<Dialect> = self
            .migration_sets()
            .iter()
            .filter_map(|set| self.dialect_of(set))
            .collect();
        let dialect = dialects.first().copied().filter(|_| dialects.len() == 1);
        let vocabularies = vocabularies(wanted);
        let mut once = self.once(Hints {
            dialect,
            wanted: wanted.into(),
            ..Hints::default()
        });
        self.each(versions, |source, readings| {
            let paths: BTreeSet<Arc<str>> = vocabularies
                .iter()
                .flat_map(|(words, endings)| {
                    source.containing(words, &|p| is_spoken_in(p, endings))
                })
                .collect();
            let paths: Vec<Arc<str>> = paths.into_iter().collect();
            readings.extend(once.read(source, &paths));
        });
    }

    /// Reads the classes that the models of what differs inherit from: they declare columns too.
    fn read_bases(&mut self, versions: &Versions<'_>, wanted: &[Wanted]) {
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
    fn ignored_columns(&self) -> BTreeSet<(Surface, String)> {
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
    fn declared_lines(&self) -> BTreeSet<(Arc<str>, u32)> {
        let used: BTreeSet<&str> = self
            .base
            .iter()
            .flat_map(|(_, r)| &r.accesses)
            .filter(|a| a.surface.kind == SurfaceKind::Model)
            .map(|a| a.surface.name.as_str())
            .collect();
        // GORM takes any value: where no use of a struct was resolved, there may be one all the same.
        let models = (self.base.iter().flat_map(|(_, r)| &r.models))
            .filter(|m| m.tool != GORM || used.contains(m.name.as_str()));
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
    fn models_of(&self, wanted: &[Wanted]) -> BTreeSet<Wanted> {
        let tables: BTreeSet<&Surface> = wanted.iter().map(|w| &w.surface).collect();
        let all = self
            .base
            .iter()
            .chain(self.head.iter())
            .chain(self.deployed.iter().flat_map(Readings::iter));
        let models = all
            .flat_map(|(_, r)| &r.models)
            .filter(|m| tables.contains(&m.table));
        models
            .map(|m| Wanted {
                surface: Surface::new(SurfaceKind::Model, m.name.clone()),
                elements: Vec::new(),
                declared_in: Some(m.place.path.clone()),
                tool: Some(m.tool),
                go_package: None,
                values: Vec::new(),
                answers: Vec::new(),
            })
            .collect()
    }

    fn case(&self, versions: &Versions<'_>, settings: &Settings) -> Case {
        let order = settings.order.clone().unwrap_or_else(|| self.order());
        let mut case = Case {
            fleet: Fleet {
                services: settings.services.clone(),
                library: settings.library,
                order,
            },
            clients: settings.clients.clone(),
            base: Facts {
                version: versions.base.name.clone(),
                linked: Linked::default(),
                perhaps: false,
            },
            head: Facts {
                version: versions.head.name.clone(),
                linked: Linked::default(),
                perhaps: false,
            },
            deployed: versions
                .deployed
                .iter()
                .map(|v| Facts {
                    version: v.name.clone(),
                    linked: Linked::default(),
                    perhaps: v.perhaps,
                })
                .collect(),
            owners: BTreeMap::new(),
            packages: BTreeMap::new(),
            mentions: Vec::new(),
            unread: unread_migrations(versions),
            changed: versions.changed.clone(),
        };
        self.link_into(&mut case);
        case
    }

    fn link_into(&self, case: &mut Case) {
        case.base.linked = link(&self.base);
        case.head.linked = link(&self.head);
        for (facts, readings) in case.deployed.iter_mut().zip(&self.deployed) {
            facts.linked = link(readings);
        }
    }

    /// Returns when migrations run, by what head's files say of the migrations that the change touches.
    fn order(&self) -> KnownOrder {
        order::known(&self.head, &self.started, &self.migration_sets())
    }

    /// Reads at head what tells when migrations run, if the change has any that matter.
    fn read_order(&mut self, versions: &Versions<'_>) {
        if !self.migration_sets().is_empty() {
            order::read_scripts(versions.head.source, &mut self.head);
            self.started = order::started(versions.head.source);
        }
    }

    fn not_reviewed(&self, versions: &Versions<'_>) -> Vec<NotReviewed> {
        let changed: BTreeSet<&str> = versions.changed.iter().map(|c| c.path.as_str()).collect();
        // Whatever was to be read and could not be: a file that the change leaves alone may use what it takes away.
        let skipped = self.base.skipped.iter().chain(&self.head.skipped);
        let problems = self
            .head
            .iter()
            .filter(|(p, _)| changed.contains(&***p))
            .flat_map(|(_, r)| &r.problems);
        let problems = problems.map(|p| NotReviewed {
            path: format!("{}:{}", p.place.path, p.place.line),
            why: p.what.clone(),
        });
        let unread = versions
            .changed
            .iter()
            .filter(|c| c.at_head && c.kind == PathKind::Product);
        let unread = unread
            .filter(|c| !self.head.has(&c.path.as_str().into()))
            .filter_map(|c| {
                let language = unread_language(&c.path)?;
                Some(NotReviewed {
                    path: c.path.clone(),
                    why: format!("no reader for {language}"),
                })
            });
        let all: BTreeSet<NotReviewed> = skipped.cloned().chain(problems).chain(unread).collect();
        all.into_iter().collect()
    }
}

/// How many migrations are read without asking what they speak of.
const HISTORY_LIMIT: usize = 400;
/// How many proto files are read for the names in them; googleapis has 7,227.
const PROTO_LIMIT: usize = 4000;

/// How many classes above each other are read.
const BASES_LIMIT: usize = 5;
/// How many files are read for the classes that models inherit from.
const BASE_FILES_LIMIT: usize = 40;

/// Returns how the declarations begin of the classes that models of these tables inherit from and that were not read.
fn unread_bases(readings: &Readings, tables: &BTreeSet<&Surface>) -> BTreeSet<String> {
    let models: Vec<&ModelDeclaration> = readings.iter().flat_map(|(_, r)| &r.models).collect();
    let known: BTreeSet<&str> = models.iter().map(|m| m.name.as_str()).collect();
    let mut open: Vec<&ModelDeclaration> = models
        .iter()
        .copied()
        .filter(|m| tables.contains(&m.table))
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
                unread.insert(match model.tool {
                    ENT | GORM => format!("type {base} struct"),
                    _ => format!("class {base}"),
                });
            }
        }
    }
    unread
}

fn link(readings: &Readings) -> Linked {
    let inputs: Vec<LinkInput<'_>> = readings
        .iter()
        .map(|(path, reading)| LinkInput { path, reading })
        .collect();
    let mut linked = Linked::default();
    for form in FORMS {
        let part = form.link(&inputs);
        linked.stores.extend(part.stores);
        linked.schemas.extend(part.schemas);
        linked.accesses.extend(part.accesses);
        linked.migrators.extend(part.migrators);
        linked.problems.extend(part.problems);
        linked.speaks.extend(part.speaks);
    }
    let by_place = |a: &Access, b: &Access| {
        (&a.place, &a.surface, &a.element).cmp(&(&b.place, &b.surface, &b.element))
    };
    linked.accesses.sort_by(by_place);
    linked.accesses.dedup();
    linked
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

/// Returns whether the file may hold code of a language that is read, by its ending.
pub(crate) fn is_code(path: &str) -> bool {
    let code = [
        "py", "pyi", "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "go", "rb", "rake",
        "java", "kt", "kts", "rs",
    ];
    code.contains(&ending(path)) && !is_vendored_code(path)
}

/// Returns whether a vocabulary that holds for these endings holds for the file.
fn is_spoken_in(path: &str, endings: &BTreeSet<&str>) -> bool {
    endings.contains(ending(path)) && !is_vendored_code(path)
}

/// Returns whether the file is code that comes from elsewhere: it cannot use what this repository declares.
fn is_vendored_code(path: &str) -> bool {
    let vendored = |folder: &str| matches!(folder, "vendor" | "node_modules" | "third_party");
    !matches!(ending(path), "sql" | "prisma" | "proto") && path.split('/').any(vendored)
}

fn ending(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

fn found(case: &Case, comparison: &Comparison) -> Vec<String> {
    let mut found = Vec::new();
    for (set, pending) in &comparison.pending {
        let (store, count) = (pending.after(), pending.migrations.len());
        if count > 0 || !pending.edits.is_empty() {
            let noun = match pending.stated {
                true => format!("changed {} schema file", store.dialect.word()),
                false => format!("new {} migration", store.dialect.word()),
            };
            let migrations = counted(count, &noun);
            found.push(format!("{migrations} ({set})"));
        }
    }
    let kinds = [
        (SurfaceKind::Rpc, "RPC service"),
        (SurfaceKind::Message, "message"),
        (SurfaceKind::Workload, "workload"),
        (SurfaceKind::Alert, "alert"),
    ];
    for (kind, noun) in kinds {
        let count = case
            .head
            .linked
            .schemas
            .iter()
            .filter(|s| s.surface.kind == kind)
            .count();
        if count > 0 {
            found.push(counted(count, noun));
        }
    }
    if !case.fleet.services.is_empty() {
        found.push(counted(case.fleet.services.len(), "service"));
    }
    found
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
