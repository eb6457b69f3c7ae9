//! Which migrations lie between two refs, and the store after each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{
    Column, Delta, Detail, Direction, Effect, Element, Form, Migration, MigrationKey, Operation,
    Place, Schema, Store, Surface, SurfaceKind,
};

use super::unshown;
use crate::Facts;

/// What head adds to the history of one store.
#[derive(Debug, Clone)]
pub struct Pending {
    /// The migrations that base does not have, oldest first. A rewritten history is one step from base's state to head's, made
    /// by the migrations of head that base does not have.
    pub migrations: Vec<Migration>,
    /// The store before the first of them.
    before: Arc<Store>,
    /// The store after the last of them.
    after: Arc<Store>,
    /// How many steps lead from the one to the other.
    steps: usize,
    /// What head changed of the history that base already has.
    pub edits: Vec<Edit>,
    /// Whether there is no history: a schema file states the form of the store, and nothing shows when a deploy brings the difference.
    pub stated: bool,
    /// What goes although no migration made it.
    unseen: BTreeMap<Surface, Unseen>,
    /// The tables of base that are created again although nothing dropped them, with the statement.
    anew: BTreeMap<Surface, Operation>,
}

/// How a table or view goes that no migration made: the history begins after it stood there.
#[derive(Debug, Clone)]
pub(super) struct Unseen {
    /// Its name now, where it is renamed.
    pub(super) to: Option<Surface>,
    /// The step that takes it.
    pub(super) step: usize,
    /// The statement.
    pub(super) place: Place,
    /// Whether the statement says `IF EXISTS`.
    perhaps: bool,
}

/// A migration of base that head changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The migration at base.
    pub migration: Migration,
    /// What became of it.
    pub rewrite: Rewrite,
    /// The migration at head, unless it is gone.
    pub now: Option<Migration>,
}

/// What became of a migration that base already has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rewrite {
    /// Its forward way does something else.
    Edited,
    /// It has another number or name.
    Renumbered,
    /// It is gone.
    Deleted,
}

impl Pending {
    /// Returns what only the edited text of old migrations makes: the way from the store of a database that ran base's history and
    /// the new migrations to the store that head's files describe. None: nothing of the history was edited.
    pub(super) fn unreached(&self, head: &Store) -> Option<Self> {
        let edited: Vec<Migration> = self.edits.iter().filter_map(|e| e.now.clone()).collect();
        let only_edited = self.edits.iter().all(|e| e.rewrite == Rewrite::Edited);
        (only_edited && !edited.is_empty()).then(|| Self {
            migrations: edited,
            before: self.after.clone(),
            after: Arc::new(head.clone()),
            steps: 1,
            edits: Vec::new(),
            stated: false,
            unseen: BTreeMap::new(),
            anew: BTreeMap::new(),
        })
    }

    /// Returns the store at base.
    pub fn before(&self) -> &Arc<Store> {
        &self.before
    }

    /// Returns the store at head.
    pub fn after(&self) -> &Arc<Store> {
        &self.after
    }

    /// Returns what goes although no migration made it.
    pub(super) fn unseen(&self) -> &BTreeMap<Surface, Unseen> {
        &self.unseen
    }

    /// Returns how many steps lead from base to head.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Shows the store before the first step and after each, with the number of steps that were made. One between base and head
    /// knows no history.
    pub fn walk(&self, form: &dyn Form, mut show: impl FnMut(usize, &Store)) {
        show(0, &self.before);
        let mut between = Store {
            set: self.before.set.clone(),
            dialect: self.before.dialect,
            dialect_told: self.before.dialect_told,
            schemas: self.before.schemas.clone(),
            fillings: self.before.fillings.clone(),
            migrations: Vec::new(),
            gaps: self.before.gaps.clone(),
        };
        let steps = self.migrations.iter().zip(1..self.steps.max(1));
        for (migration, made) in steps {
            form.advance(&mut between, migration);
            between.migrations.clear();
            show(made, &between);
        }
        if self.steps > 0 {
            show(self.steps, &self.after);
        }
    }

    /// Returns the statement that makes a difference by creating a table anew which base has and nothing dropped: a database with it
    /// refuses that.
    pub fn made_anew(&self, delta: &Delta) -> Option<&Operation> {
        let operation = self.anew.get(&delta.surface)?;
        let Effect::CreateTable { elements } = &operation.effect else {
            return None;
        };
        let mut places = elements.iter().map(|e| &e.place);
        let here = operation.place == delta.place || places.any(|p| *p == delta.place);
        here.then_some(operation)
    }

    /// Returns whether the difference comes from an old migration that was edited, deleted or replaced: a store that has run it never
    /// sees the edit, and keeps what the deleted one made.
    pub fn is_from_an_edit(&self, delta: &Delta) -> bool {
        if self.made_anew(delta).is_some() {
            return true;
        }
        let is_there = |path: &str| self.migrations.iter().any(|m| &*m.path == path);
        self.edits.iter().any(|e| match e.rewrite {
            Rewrite::Edited => e.now.as_ref().is_some_and(|m| m.path == delta.place.path),
            Rewrite::Deleted => {
                e.migration.path == delta.place.path && !is_there(&delta.place.path)
            }
            Rewrite::Renumbered => false,
        })
    }

    /// Returns the name of the migrations that a step applies.
    pub fn step_name(&self, step: usize) -> String {
        match (self.migrations.as_slice(), self.steps()) {
            (many, 1) if many.len() > 1 => format!(
                "{} … {}",
                file_name(&many[0]),
                file_name(&many[many.len() - 1])
            ),
            (many, _) => {
                let Some(migration) = many.get(step) else {
                    return "rewritten history".to_owned();
                };
                // A changelog holds several, which follow each other: their names tell them apart.
                let beside = [step.wrapping_sub(1), step + 1].map(|at| many.get(at));
                let shared =
                    |other: Option<&Migration>| other.is_some_and(|o| o.path == migration.path);
                match beside.into_iter().any(shared) {
                    true => migration
                        .key
                        .name
                        .rsplit('/')
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                    false => file_name(migration),
                }
            }
        }
    }

    /// Returns all forward operations, each with the step that applies it.
    pub fn operations(&self) -> impl Iterator<Item = (usize, &Operation)> {
        let last = self.steps().saturating_sub(1);
        self.migrations
            .iter()
            .enumerate()
            .flat_map(move |(at, m)| m.up().map(move |o| (at.min(last), o)))
    }
}

/// Returns the name by which people call a migration: its folder where the file is only `up.sql` or `migration.sql`.
pub(crate) fn file_name(migration: &Migration) -> String {
    let mut parts = migration.path.rsplit('/');
    let file = parts.next().unwrap_or_default();
    match (file, parts.next()) {
        ("up.sql" | "migration.sql", Some(folder)) => format!("{folder}/{file}"),
        _ => file.to_owned(),
    }
}

/// The stores of one history at both refs.
pub(super) struct Pair<'a> {
    /// The set at head, or at base where head has none.
    pub(super) set: &'a Arc<str>,
    pub(super) base: Option<&'a Store>,
    pub(super) head: Option<&'a Store>,
}

/// Returns the histories of both refs, sorted by set. One whose folder moved is the same history: most of its migrations are found
/// again, name for name and operation for operation.
pub(super) fn pairs<'a>(base: &'a Facts, head: &'a Facts) -> Vec<Pair<'a>> {
    let (old, new) = (&base.linked.stores, &head.linked.stores);
    let gone = old.iter().filter(|s| head.store(&s.set).is_none());
    let mut moved: BTreeMap<&Arc<str>, &Store> = BTreeMap::new();
    let mut pairs = Vec::new();
    for store in gone {
        let free = new
            .iter()
            .filter(|s| base.store(&s.set).is_none() && !moved.contains_key(&s.set));
        let nearest = free.rev().max_by_key(|s| kept(store, s));
        match nearest.filter(|s| kept(store, s) * 2 > store.migrations.len()) {
            Some(now) => {
                moved.insert(&now.set, store);
            }
            None => pairs.push(Pair {
                set: &store.set,
                base: Some(store),
                head: None,
            }),
        }
    }
    pairs.extend(new.iter().map(|store| {
        Pair {
            set: &store.set,
            base: base
                .store(&store.set)
                .or_else(|| moved.get(&store.set).copied()),
            head: Some(store),
        }
    }));
    pairs.sort_by_key(|p| p.set);
    pairs
}

/// Returns how many migrations of the one are the same in the other.
fn kept(old: &Store, new: &Store) -> usize {
    let (by_name, types) = (named(new), old.dialect == new.dialect);
    let is_kept = |m: &&Migration| {
        let now = by_name.get(&name(m));
        now.is_some_and(|now| same(m, now, types))
    };
    old.migrations.iter().filter(is_kept).count()
}

/// What a migration is called in its set.
fn name(migration: &Migration) -> (&[u64], &str) {
    (&migration.key.version, &migration.key.name)
}

fn named(store: &Store) -> BTreeMap<(&[u64], &str), &Migration> {
    store.migrations.iter().map(|m| (name(m), m)).collect()
}

/// Returns what head adds to the history of one store.
pub(super) fn pending(base: Option<&Store>, head: Option<&Store>, forms: &[&dyn Form]) -> Pending {
    // A history that base does not have may still begin in the middle: then the tables were there before it.
    let mut empty = Store::default();
    if let (None, Some(head)) = (base, head) {
        empty.dialect = head.dialect;
        empty.dialect_told = head.dialect_told;
        empty.gaps.headless = head.gaps.headless;
    }
    let base = base.unwrap_or(&empty);
    if let Some(head) = head
        && is_stated(base)
        && is_stated(head)
    {
        return stated(base, head);
    }
    let Some(head) = head else {
        // The whole folder is gone: the store stays as it is, and every migration of it counts as deleted.
        let edits = base.migrations.iter().map(gone).collect();
        let store = Arc::new(base.clone());
        return Pending {
            migrations: Vec::new(),
            before: store.clone(),
            after: store,
            steps: 0,
            edits,
            stated: false,
            unseen: BTreeMap::new(),
            anew: BTreeMap::new(),
        };
    };
    let old = named(base);
    let mut migrations: Vec<Migration> = head
        .migrations
        .iter()
        .filter(|m| !old.contains_key(&name(m)))
        .cloned()
        .collect();
    let edits = edits(base, head, &mut migrations);
    let unseen = unseen(base, &migrations);
    let anew = made_anew(base, &migrations, &edits);
    let mut before = base.clone();
    let stood = unseen.keys().map(|surface| (surface.clone(), None));
    before.gaps.open.extend(stood);
    unshown::add(&mut before, &migrations, &unseen.keys().collect());
    let form = forms
        .iter()
        .find(|f| f.kinds().contains(&SurfaceKind::Table));
    let only_edited = edits.iter().all(|e| e.rewrite == Rewrite::Edited);
    let (after, steps) = match form {
        // A database that has run a migration never sees an edit of it: it gets the new ones, and nothing else.
        Some(form) if only_edited || runs_only_new(head) => {
            let mut after = Store {
                set: head.set.clone(),
                ..before.clone()
            };
            for migration in &migrations {
                form.advance(&mut after, migration);
            }
            (after, migrations.len())
        }
        _ => (head.clone(), 1),
    };
    Pending {
        migrations,
        before: Arc::new(before),
        after: Arc::new(after),
        steps,
        edits,
        stated: false,
        unseen,
        anew,
    }
}

/// Returns the tables of base that the migrations create again without dropping them first.
fn made_anew(
    base: &Store,
    migrations: &[Migration],
    edits: &[Edit],
) -> BTreeMap<Surface, Operation> {
    let mut anew = BTreeMap::new();
    if base.schemas.is_empty() {
        return anew;
    }
    let renumbered = edits
        .iter()
        .filter(|e| e.rewrite == Rewrite::Renumbered)
        .filter_map(|e| e.now.as_ref());
    let mut gone: BTreeSet<&Surface> = BTreeSet::new();
    for operation in migrations.iter().chain(renumbered).flat_map(Migration::up) {
        let surface = &operation.surface;
        match &operation.effect {
            Effect::DropTable | Effect::RenameTable { .. } => {
                gone.insert(surface);
            }
            Effect::CreateTable { .. } => {
                let is_there = !gone.contains(surface) && base.schemas.contains_key(surface);
                if is_there && !operation.conditional {
                    anew.insert(surface.clone(), operation.clone());
                }
            }
            _ => {}
        }
    }
    anew
}

/// Returns whether a schema file states the store's form and no migration makes it. A model only says what code expects of a store.
fn is_stated(store: &Store) -> bool {
    let is_open = |surface: &Surface| store.gaps.open.contains(&(surface.clone(), None));
    store.migrations.is_empty() && !store.schemas.keys().all(is_open)
}

/// Returns the one step from what a schema file stated to what it states now.
fn stated(base: &Store, head: &Store) -> Pending {
    let operation = |schema: &Schema, effect, place| Operation {
        surface: schema.surface.clone(),
        effect,
        direction: Direction::Up,
        conditional: false,
        locking: false,
        place,
    };
    let new = head
        .schemas
        .values()
        .filter(|s| !base.schemas.contains_key(&s.surface));
    let created = new.filter_map(|s| Some(operation(s, creates(s)?, s.place.clone())));
    let gone = base
        .schemas
        .values()
        .filter(|s| !head.schemas.contains_key(&s.surface));
    let dropped = gone.filter_map(|s| Some(operation(s, drops(s)?, Place::of_file(&head.set))));
    let migration = Migration {
        key: MigrationKey {
            set: head.set.clone(),
            version: Vec::new(),
            name: head.set.clone(),
        },
        tool: "schema file",
        path: head.set.clone(),
        operations: dropped.chain(created).collect(),
        one_way: false,
        phase: None,
    };
    let differs = base.schemas.len() != head.schemas.len()
        || base
            .schemas
            .iter()
            .zip(&head.schemas)
            .any(|(a, b)| differ(a.1, b.1));
    Pending {
        migrations: if differs { vec![migration] } else { Vec::new() },
        before: Arc::new(base.clone()),
        after: Arc::new(head.clone()),
        steps: usize::from(differs),
        edits: Vec::new(),
        stated: true,
        unseen: BTreeMap::new(),
        anew: BTreeMap::new(),
    }
}

/// Returns whether two schemas differ, wherever their lines stand.
fn differ(a: &Schema, b: &Schema) -> bool {
    let bare = |e: &Element| (e.name.clone(), e.detail.clone());
    a.surface != b.surface || !a.elements.iter().map(bare).eq(b.elements.iter().map(bare))
}

fn creates(schema: &Schema) -> Option<Effect> {
    Some(match schema.surface.kind {
        SurfaceKind::Table => Effect::CreateTable {
            elements: schema.elements.clone(),
        },
        SurfaceKind::Type => Effect::CreateEnum {
            values: schema.elements.iter().map(|e| e.name.clone()).collect(),
        },
        _ => return None,
    })
}

fn drops(schema: &Schema) -> Option<Effect> {
    Some(match schema.surface.kind {
        SurfaceKind::Table => Effect::DropTable,
        SurfaceKind::Type => Effect::DropType,
        SurfaceKind::View => Effect::DropView,
        _ => return None,
    })
}

/// Returns whether the tool runs the migrations that a store has not run and looks at no other: what is edited or deleted changes
/// nothing there (Active Record).
fn runs_only_new(store: &Store) -> bool {
    !store.migrations.is_empty() && store.migrations.iter().all(|m| m.tool == "rails")
}

/// Returns what the migrations drop or rename although neither base's history nor they themselves made it.
fn unseen(base: &Store, migrations: &[Migration]) -> BTreeMap<Surface, Unseen> {
    let mut made: BTreeSet<Surface> = base.schemas.keys().cloned().collect();
    let mut unseen: BTreeMap<Surface, Unseen> = BTreeMap::new();
    let operations = migrations
        .iter()
        .enumerate()
        .flat_map(|(step, m)| m.up().map(move |o| (step, o)));
    for (step, operation) in operations {
        let surface = &operation.surface;
        let to = match &operation.effect {
            Effect::CreateTable { .. } | Effect::CreateView { .. } => {
                made.insert(surface.clone());
                // `DROP TABLE IF EXISTS` before `CREATE TABLE` only makes room.
                if unseen.get(surface).is_some_and(|u| u.perhaps) {
                    unseen.remove(surface);
                }
                continue;
            }
            Effect::RenameTable { to } => Some(Surface::new(surface.kind, to.clone())),
            Effect::DropTable | Effect::DropView => None,
            _ => continue,
        };
        made.extend(to.clone());
        if !made.remove(surface) && !unseen.contains_key(surface) {
            let going = Unseen {
                to,
                step,
                place: operation.place.clone(),
                perhaps: operation.conditional,
            };
            unseen.insert(surface.clone(), going);
        }
    }
    unseen
}

fn gone(migration: &Migration) -> Edit {
    Edit {
        migration: migration.clone(),
        rewrite: Rewrite::Deleted,
        now: None,
    }
}

/// Finds what head changed of base's history; a renumbered migration is taken out of `added`.
fn edits(base: &Store, head: &Store, added: &mut Vec<Migration>) -> Vec<Edit> {
    let new = named(head);
    let types = base.dialect == head.dialect;
    let mut edits = Vec::new();
    for migration in &base.migrations {
        match new.get(&name(migration)) {
            Some(now) if same(migration, now, types) => {}
            // What runs again when it is edited is no history.
            Some(now) if now.key.is_repeatable() => added.push((*now).clone()),
            Some(now) => {
                let now = Some((*now).clone());
                edits.push(Edit {
                    migration: migration.clone(),
                    rewrite: Rewrite::Edited,
                    now,
                });
            }
            None => match added
                .iter()
                .position(|m| same(migration, m, types) && migration.up().next().is_some())
            {
                Some(at) => {
                    let now = Some(added.remove(at));
                    edits.push(Edit {
                        migration: migration.clone(),
                        rewrite: Rewrite::Renumbered,
                        now,
                    });
                }
                None => edits.push(gone(migration)),
            },
        }
    }
    edits
}

/// Returns whether two migrations do the same on the way forward, wherever their lines stand. Where the two were read as different
/// dialects, types have other names.
fn same(a: &Migration, b: &Migration, types: bool) -> bool {
    let acts = |o: &&Operation| o.effect != Effect::Nothing;
    let bare = |m: &Migration| {
        let operations = m.up().filter(acts).map(|o| without_places(o, types));
        operations.collect::<Vec<_>>()
    };
    bare(a) == bare(b)
}

impl Edit {
    /// Returns the first operation that head does otherwise, as base has it and as head has it: the last one where it
    /// ends there, the first one where nothing differs.
    pub fn first_difference(&self) -> Option<(&Operation, Option<&Operation>)> {
        let old: Vec<&Operation> = self.migration.up().collect();
        let new: Vec<&Operation> = self.now.iter().flat_map(Migration::up).collect();
        let differ =
            |(a, b): (&&Operation, &&Operation)| without_places(a, true) != without_places(b, true);
        let at = old.iter().zip(&new).position(differ);
        let at = at.unwrap_or(match old.len() == new.len() {
            true => 0,
            false => old.len().min(new.len()),
        });
        let from = |all: &[&'_ Operation]| all.len().checked_sub(1).map(|last| at.min(last));
        let before = old[from(&old)?];
        Some((before, from(&new).map(|at| new[at])))
    }
}

fn without_places(operation: &Operation, types: bool) -> Operation {
    let nowhere = Place::of_file("");
    let bare = |e: &Element| Element {
        name: e.name.clone(),
        place: nowhere.clone(),
        detail: match &e.detail {
            Detail::Column(column) if !types => Detail::Column(Column {
                type_name: String::new(),
                default: column.default.as_ref().map(|_| String::new()),
                ..column.clone()
            }),
            detail => detail.clone(),
        },
    };
    let effect = match &operation.effect {
        Effect::CreateTable { elements } => Effect::CreateTable {
            elements: elements.iter().map(bare).collect(),
        },
        Effect::AddColumn(e) => Effect::AddColumn(bare(e)),
        Effect::SetType {
            column, type_name, ..
        } => Effect::SetType {
            column: column.clone(),
            type_name: type_name.clone(),
            was: None,
        },
        Effect::AddConstraint(e) => Effect::AddConstraint(bare(e)),
        other => other.clone(),
    };
    Operation {
        effect,
        place: nowhere,
        // `IF EXISTS` that is put in later changes nothing where the statement has run.
        conditional: false,
        ..operation.clone()
    }
}
