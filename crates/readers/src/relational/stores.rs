//! From readings to stores: the ways of each migration together, in order, replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{
    Detail, Dialect, Direction, Effect, LinkInput, Migration, MigrationKey, MigrationPart,
    ModelMigration, Operation, Reading, Schema, Store, Surface, SurfaceKind,
};

use crate::code::migrations::django::state::{self as django, Models};

use super::{changelogs, replay};

/// Returns the stores of one ref, sorted by set.
pub(super) fn stores(readings: &[LinkInput<'_>]) -> Vec<Store> {
    let mut stores: Vec<Store> = histories(readings)
        .into_iter()
        .map(|(set, h)| h.replayed(set, readings))
        .chain(changelogs::stores(readings))
        .collect();
    let defined = |stores: &[Store]| -> BTreeSet<Surface> {
        stores
            .iter()
            .flat_map(|s| s.schemas.keys().cloned())
            .collect()
    };
    let by_migrations = defined(&stores);
    // A dump beside its history is in the store of that already, whatever went since.
    let sets: BTreeSet<Arc<str>> = stores.iter().map(|s| s.set.clone()).collect();
    let dumps = readings.iter().filter_map(|r| dump(r, &by_migrations));
    stores.extend(dumps.filter(|s| !sets.contains(&s.set)));
    let by_dumps = defined(&stores);
    stores.extend(readings.iter().filter_map(|r| declared(r, &by_dumps)));
    stores.sort_by(|a, b| a.set.cmp(&b.set));
    stores
}

/// A file that holds a migration or one way of it.
type Half<'a> = (&'a Arc<str>, &'a MigrationPart, &'a Reading);

/// The migrations of one folder, before they are joined.
#[derive(Default)]
struct History<'a> {
    files: BTreeMap<&'a MigrationKey, Vec<Half<'a>>>,
}

fn histories<'a>(readings: &[LinkInput<'a>]) -> BTreeMap<Arc<str>, History<'a>> {
    let mut sets: BTreeMap<Arc<str>, History<'a>> = BTreeMap::new();
    for input in readings {
        // A changelog holds migrations of its own, in an order of its own.
        if input.reading.changelog.is_some() {
            continue;
        }
        if let Some(part) = &input.reading.migration {
            let history = sets.entry(part.key.set.clone()).or_default();
            history
                .files
                .entry(&part.key)
                .or_default()
                .push((input.path, part, input.reading));
        }
    }
    sets
}

impl History<'_> {
    fn replayed(self, set: Arc<str>, readings: &[LinkInput<'_>]) -> Store {
        let dialect = self
            .dialect()
            .or_else(|| dumped_dialect(&set, readings))
            .or_else(|| declared_dialect(&set, readings));
        let reversible = self.is_reversible();
        let mut store = Store {
            set,
            dialect: dialect.unwrap_or_else(|| self.usual_dialect()),
            dialect_told: dialect.is_some(),
            ..Store::default()
        };
        let mut dump = self.dump(&store.set, readings);
        let names = self.names();
        let mut models = self.models(&store.set, &names);
        for files in self.in_order() {
            let mut migration = joined(files, reversible);
            if let Some(held) = dump.take_if(|dump| !dump.holds(&migration.key)) {
                held.settle(&mut store);
            }
            if let Some(of_models) = model_migration(files) {
                lower(&mut migration, of_models, &mut models, &names);
            }
            locate(&mut migration, &mut store);
            store.migrations.push(migration);
        }
        if let Some(dump) = dump {
            dump.settle(&mut store);
        }
        store
    }

    /// Returns the dump that stands beside the migrations, for a tool that makes one of them (Active Record).
    fn dump<'r>(&self, set: &str, readings: &[LinkInput<'r>]) -> Option<Dump<'r>> {
        let mut parts = self.files.values().flatten().map(|(_, part, _)| part);
        if !parts.any(|part| matches!(part.tool, "rails" | "laravel")) {
            return None;
        }
        let mut dumps = readings.iter().filter(|r| history_of(r.path) == set);
        dumps.find_map(|r| Dump::of(r.reading))
    }

    /// Returns the migrations in the order in which their tool applies them: by version, number by number, then by name. Some
    /// tools sort the names as text: `20250625_a` comes after `20240104210051_b`.
    ///
    /// A tool whose migrations name the ones before them is not ordered by names at all.
    fn in_order(&self) -> Vec<&Vec<Half<'_>>> {
        let mut files: Vec<_> = self.files.iter().collect();
        if files
            .iter()
            .any(|(_, halves)| halves.iter().any(|(_, part, _)| !part.after.is_empty()))
        {
            let halves: Vec<&Vec<Half<'_>>> = files.into_iter().map(|(_, halves)| halves).collect();
            let parts: Vec<&MigrationPart> = halves.iter().map(|h| h[0].1).collect();
            return after_parents(&parts)
                .into_iter()
                .map(|at| halves[at])
                .collect();
        }
        let by_text = |(_, part, _): &Half<'_>| {
            matches!(part.tool, "prisma" | "diesel" | "dbmate" | "supabase")
        };
        if files.iter().all(|(_, halves)| halves.iter().all(by_text)) {
            files.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        }
        files.into_iter().map(|(_, halves)| halves).collect()
    }

    /// Returns the names of its migrations.
    fn names(&self) -> BTreeSet<&str> {
        self.files.keys().map(|key| &*key.name).collect()
    }

    /// Returns the models before the first migration.
    fn models(&self, set: &str, names: &BTreeSet<&str>) -> Models {
        let all: Vec<&ModelMigration> = self
            .files
            .values()
            .filter_map(|f| model_migration(f))
            .collect();
        Models::of(django::label(set, names, &all))
    }

    /// Returns the dialect in which most of its files were read.
    fn dialect(&self) -> Option<Dialect> {
        let mut votes: BTreeMap<Dialect, usize> = BTreeMap::new();
        for dialect in self
            .files
            .values()
            .flatten()
            .filter_map(|(_, _, r)| r.dialect)
        {
            *votes.entry(dialect).or_default() += 1;
        }
        votes
            .into_iter()
            .max_by(|a, b| (a.1, b.0).cmp(&(b.1, a.0)))
            .map(|(dialect, _)| dialect)
    }

    /// Returns the dialect that is likely where nothing tells: most applications of Laravel run on MySQL.
    fn usual_dialect(&self) -> Dialect {
        let mut parts = self.files.values().flatten().map(|(_, part, _)| part);
        match parts.any(|part| part.tool == "laravel") {
            true => Dialect::MySql,
            false => Dialect::default(),
        }
    }

    /// Returns whether at least half of its migrations have a way back, whatever the tool demands.
    fn is_reversible(&self) -> bool {
        let back = self
            .files
            .values()
            .filter(|files| files.iter().any(|(_, _, r)| goes_back(&r.operations)));
        back.count() * 2 >= self.files.len()
    }
}

fn model_migration<'a>(files: &[Half<'a>]) -> Option<&'a ModelMigration> {
    files
        .iter()
        .find_map(|(_, _, r)| r.model_migration.as_ref())
}

/// Says what a migration in the words of models does to the store, as the migrations before it left the models.
fn lower(
    migration: &mut Migration,
    of_models: &ModelMigration,
    models: &mut Models,
    names: &BTreeSet<&str>,
) {
    let done = match django::is_replaced(of_models, names) {
        true => django::Done::default(),
        false => models.migrate(of_models),
    };
    let does_something = done
        .operations
        .iter()
        .any(|o| o.direction == Direction::Up && o.effect != Effect::Nothing);
    migration.one_way = done.one_way && does_something;
    migration.operations = done.operations;
}

/// Returns the order in which each migration comes after those that it names, and otherwise as it was. What names itself in a circle
/// keeps its place.
fn after_parents(parts: &[&MigrationPart]) -> Vec<usize> {
    let by_id: BTreeMap<&str, usize> = parts
        .iter()
        .enumerate()
        .filter_map(|(at, part)| Some((&**part.id.as_ref()?, at)))
        .collect();
    let mut order = Vec::with_capacity(parts.len());
    let mut placed = vec![false; parts.len()];
    let mut entered = vec![false; parts.len()];
    for start in 0..parts.len() {
        // What is left to place, the next one last.
        let mut open = vec![start];
        while let Some(&at) = open.last() {
            let parents = parts[at].after.iter().filter_map(|id| by_id.get(&**id));
            let missing: Vec<usize> = parents.copied().filter(|&p| !entered[p]).collect();
            if std::mem::replace(&mut entered[at], true) || missing.is_empty() {
                open.pop();
                if !std::mem::replace(&mut placed[at], true) {
                    order.push(at);
                }
            } else {
                open.extend(missing.into_iter().rev());
            }
        }
    }
    order
}

/// Returns whether the operations hold a way back that does something.
pub(super) fn goes_back(operations: &[Operation]) -> bool {
    operations
        .iter()
        .any(|o| o.direction == Direction::Down && o.effect != Effect::Nothing)
}

fn joined(files: &[Half<'_>], reversible: bool) -> Migration {
    let goes_up = |r: &Reading| r.operations.iter().any(|o| o.direction == Direction::Up);
    let has_up = |name: &str| name.contains("up") && !name.contains("down");
    let forward = files
        .iter()
        .find(|(_, _, r)| goes_up(r))
        .or_else(|| files.iter().find(|(p, ..)| has_up(p)));
    let (path, part, _) = forward.unwrap_or(&files[0]);
    let operations: Vec<Operation> = files
        .iter()
        .flat_map(|(_, _, r)| r.operations.iter().cloned())
        .collect();
    let does_something = operations
        .iter()
        .any(|o| o.direction == Direction::Up && o.effect != Effect::Nothing);
    let wants_back = reversible || files.iter().any(|(_, p, _)| p.has_down_form);
    Migration {
        key: part.key.clone(),
        tool: part.tool,
        path: (*path).clone(),
        one_way: wants_back && does_something && !goes_back(&operations),
        operations,
        phase: files.iter().find_map(|(_, p, _)| p.phase),
    }
}

/// Replays the migration, and notes which surface each of its operations meant.
pub(super) fn locate(migration: &mut Migration, store: &mut Store) {
    for operation in migration
        .operations
        .iter_mut()
        .filter(|o| o.direction == Direction::Up)
    {
        operation.surface = replay::located(store, operation);
        replay::step(store, operation);
    }
    for operation in migration
        .operations
        .iter_mut()
        .filter(|o| o.direction == Direction::Down)
    {
        operation.surface = replay::located(store, operation);
    }
}

/// Returns the dialect that a dump beside the migrations tells.
fn dumped_dialect(set: &str, readings: &[LinkInput<'_>]) -> Option<Dialect> {
    let mut beside = readings.iter().filter(|r| history_of(r.path) == set);
    beside.find_map(|r| r.reading.dialect.filter(|_| Dump::of(r.reading).is_some()))
}

/// Returns the dialect that a schema beside or above the migrations declares: `schema.prisma` over `migrations`.
fn declared_dialect(set: &str, readings: &[LinkInput<'_>]) -> Option<Dialect> {
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned()
    };
    let above = |path: &str| {
        let folder = folder(path);
        folder.is_empty()
            || set == folder
            || set
                .strip_prefix(&folder)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let mut near: Vec<(&str, Dialect)> = readings
        .iter()
        .filter(|r| !r.reading.models.is_empty() && above(r.path))
        .filter_map(|r| Some((&**r.path, r.reading.dialect?)))
        .collect();
    near.sort_by_key(|(path, _)| std::cmp::Reverse(folder(path).len()));
    near.first().map(|(_, dialect)| *dialect)
}

/// Returns the set of the migrations that a dump holds: of Active Record's `db/schema.rb` those in `db`, of `db/queue_schema.rb` those
/// in `db/queue_migrate`; of Laravel's `database/schema/mysql-schema.sql` those in `database/migrations`.
/// <https://guides.rubyonrails.org/active_record_multiple_databases.html>, <https://laravel.com/docs/migrations#squashing-migrations>
fn history_of(path: &str) -> String {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    if let Some(above) = laravel_dump(path) {
        return format!("{above}migrations");
    }
    let stem = file.split('.').next().unwrap_or(file);
    let mut names = ["_schema", "_structure"].iter();
    match names.find_map(|end| stem.strip_suffix(end)) {
        Some(name) => format!("{folder}/{name}_migrate"),
        None => folder.to_owned(),
    }
}

/// Returns whether a file is a dump of Laravel that stands beside the migrations of a set.
pub fn is_dump_beside(path: &str, set: &str) -> bool {
    laravel_dump(path).is_some_and(|above| set.strip_prefix(above) == Some("migrations"))
}

/// Returns the folder above that of a dump of Laravel, with its slash.
fn laravel_dump(path: &str) -> Option<&str> {
    let (folder, file) = path.rsplit_once('/')?;
    let above = folder.strip_suffix("schema")?;
    let whole = above.is_empty() || above.ends_with('/');
    (whole && file.ends_with("-schema.sql")).then_some(above)
}

/// The form of a store after the migrations that it holds: `schema.rb`, `structure.sql`. Where the first migrations were deleted, or
/// do what cannot be read, it is what the later ones begin from.
struct Dump<'a> {
    operations: &'a [Operation],
    holds: Held<'a>,
}

/// Which migrations a dump holds.
enum Held<'a> {
    /// All up to this version.
    UpTo(u64),
    /// Those of these names.
    Named(BTreeSet<&'a str>),
}

impl<'a> Dump<'a> {
    /// Active Record writes the versions into the table that it looks them up in.
    fn of(reading: &'a Reading) -> Option<Self> {
        let creates = |o: &Operation| matches!(o.effect, Effect::CreateTable { .. });
        if reading.migration.is_some() || !reading.operations.iter().any(creates) {
            return None;
        }
        let rows = |table: &'static str| {
            let of_table = reading
                .operations
                .iter()
                .filter(move |o| o.surface.name.rsplit('.').next() == Some(table));
            let values = of_table.filter_map(|o| match &o.effect {
                Effect::Backfill { values, .. } => Some(values),
                _ => None,
            });
            values.flatten()
        };
        let numbers = rows("schema_migrations").filter_map(|(_, value)| value.parse::<u64>().ok());
        // Laravel notes them by name.
        let names = rows("migrations").filter(|(column, _)| column == "migration");
        let names: BTreeSet<&str> = names.map(|(_, value)| value.as_str()).collect();
        let holds = match numbers.max() {
            Some(newest) => Held::UpTo(newest),
            None if names.is_empty() => return None,
            None => Held::Named(names),
        };
        Some(Self {
            operations: &reading.operations,
            holds,
        })
    }

    fn holds(&self, key: &MigrationKey) -> bool {
        match &self.holds {
            Held::UpTo(newest) => key.version.first().is_none_or(|version| version <= newest),
            Held::Named(names) => names.contains(&*key.name),
        }
    }

    /// Gives the store the tables and types of the dump. Views and routines it may not hold.
    fn settle(self, store: &mut Store) {
        let mut made = Store {
            set: store.set.clone(),
            dialect: store.dialect,
            ..Store::default()
        };
        replay_all(&mut made, self.operations);
        store.schemas.retain(|s, _| s.kind != SurfaceKind::Table);
        store.schemas.extend(made.schemas);
        store.gaps = made.gaps;
    }
}

fn replay_all(store: &mut Store, operations: &[Operation]) {
    for operation in operations.iter().filter(|o| o.direction == Direction::Up) {
        let surface = replay::located(store, operation);
        let operation = Operation {
            surface,
            ..operation.clone()
        };
        replay::step(store, &operation);
    }
}

/// Returns the store that a schema dump makes: a file outside of any history that creates tables which no history has.
fn dump(input: &LinkInput<'_>, known: &BTreeSet<Surface>) -> Option<Store> {
    let reading = input.reading;
    let creates = |o: &&Operation| matches!(o.effect, Effect::CreateTable { .. });
    let made: Vec<&Operation> = reading.operations.iter().filter(creates).collect();
    if reading.migration.is_some()
        || made.is_empty()
        || made.iter().any(|o| known.contains(&o.surface))
    {
        return None;
    }
    // A dump that knows its migrations is a state of their store, whether any of them is left or not.
    let set = match Dump::of(reading) {
        Some(_) => history_of(input.path).into(),
        None => input.path.clone(),
    };
    let mut store = Store {
        set,
        dialect: reading.dialect.unwrap_or_default(),
        dialect_told: reading.dialect.is_some(),
        ..Store::default()
    };
    replay_all(&mut store, &reading.operations);
    Some(store)
}

/// Returns the store that declared models make, of those tables that nothing else defines. What they do not declare
/// (constraints, database defaults) is left open.
fn declared(input: &LinkInput<'_>, known: &BTreeSet<Surface>) -> Option<Store> {
    let models = input
        .reading
        .models
        .iter()
        .filter(|m| is_whole_schema(m.tool) && !known.contains(&m.table));
    let tables: Vec<Schema> = models
        .map(|m| Schema {
            surface: m.table.clone(),
            elements: m.columns.clone(),
            place: m.place.clone(),
        })
        .collect();
    if tables.is_empty()
        || input
            .reading
            .models
            .iter()
            .any(|m| known.contains(&m.table))
    {
        return None;
    }
    let mut store = Store {
        set: input.path.clone(),
        dialect: input.reading.dialect.unwrap_or_default(),
        dialect_told: input.reading.dialect.is_some(),
        ..Store::default()
    };
    // Prisma's file is what `db push` makes of a store; a `table!` of diesel may name some of the columns.
    let whole = input.reading.models.iter().all(|m| m.tool == "prisma");
    for schema in tables {
        if !whole {
            store.gaps.open.insert((schema.surface.clone(), None));
        }
        store.gaps.open.extend(
            schema
                .elements
                .iter()
                .map(|e| (schema.surface.clone(), Some(e.name.clone()))),
        );
        store.schemas.insert(schema.surface.clone(), schema);
    }
    for schema in input
        .reading
        .schemas
        .iter()
        .filter(|s| s.surface.kind == SurfaceKind::Type)
    {
        store.schemas.insert(schema.surface.clone(), schema.clone());
    }
    Some(store)
}

/// Returns whether the declarations of a tool are the form of the store, where nothing else is. Classes of an ORM only say what the code
/// expects of it.
fn is_whole_schema(tool: &str) -> bool {
    matches!(tool, "prisma" | "diesel")
}

/// Returns whether a schema has the column, by the name in the store.
pub(super) fn has_column(schema: &Schema, name: &str) -> bool {
    schema
        .elements
        .iter()
        .any(|e| matches!(e.detail, Detail::Column(_)) && e.name.eq_ignore_ascii_case(name))
}
