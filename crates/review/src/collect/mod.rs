//! What is read of each ref, step by step: the changed files, what they cannot be understood without, and the files that use what differs.

mod histories;
mod left_out;
mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_engine::{Case, ChangedPath, Facts, PathKind, UnreadMigration};
use coexist_model::{
    Access, Conduct, Fleet, Hints, KnownOrder, LinkInput, Linked, NotReviewed, OrderEvidence,
    Place, Terms,
};
use coexist_readers::FORMS;

use crate::order;
use crate::pipeline::{Settings, Versions};
use crate::read::{Once, Readings, Shelf, in_parallel};
use crate::source::Source;
use crate::unread::{unread_language, unread_migrations};

/// What was read at each ref.
pub(crate) struct Collected {
    pub(crate) shelf: Shelf,
    base: Readings,
    head: Readings,
    deployed: Vec<Readings>,
    /// What the code of head migrates by itself.
    started: Vec<OrderEvidence>,
}

impl Collected {
    pub(crate) fn of(versions: &Versions<'_>) -> Self {
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
    pub(crate) fn once(&self, hints: Hints) -> Once {
        Once::new(hints, &self.shelf)
    }

    /// Applies a step to each ref.
    pub(crate) fn each(
        &mut self,
        versions: &Versions<'_>,
        mut step: impl FnMut(&dyn Source, &mut Readings),
    ) {
        step(versions.base.source, &mut self.base);
        step(versions.head.source, &mut self.head);
        for (version, readings) in versions.deployed.iter().zip(&mut self.deployed) {
            step(version.source, readings);
        }
    }

    pub(crate) fn read_changed(&mut self, versions: &Versions<'_>) {
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

    /// Takes a migration that one end has and cannot show for what the other end shows: it is neither new nor deleted. Returns those
    /// migrations, which nobody has compared.
    pub(crate) fn keep_unreadable(&mut self) -> Vec<UnreadMigration> {
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

    pub(crate) fn case(&mut self, versions: &Versions<'_>, settings: &Settings) -> Case {
        let order = settings
            .order
            .clone()
            .unwrap_or_else(|| self.order(versions));
        let mut case = Case {
            fleet: Fleet {
                services: settings.services.clone(),
                library: settings.library,
                order,
            },
            terms: Terms::default(),
            clients: settings.clients.clone(),
            base: Facts {
                version: versions.base.name.clone(),
                linked: Linked::default(),
                conduct: Conduct::default(),
                perhaps: false,
            },
            head: Facts {
                version: versions.head.name.clone(),
                linked: Linked::default(),
                conduct: Conduct::default(),
                perhaps: false,
            },
            deployed: versions
                .deployed
                .iter()
                .map(|v| Facts {
                    version: v.name.clone(),
                    linked: Linked::default(),
                    conduct: Conduct::default(),
                    perhaps: v.perhaps,
                })
                .collect(),
            owners: BTreeMap::new(),
            packages: BTreeMap::new(),
            mentions: Vec::new(),
            unread: unread_migrations(versions),
            has_pages: false,
            changed: versions.changed.clone(),
        };
        self.link_into(&mut case);
        case
    }

    /// Links each ref of which more is known than when it was last linked. Returns whether there was one.
    pub(crate) fn link_into(&mut self, case: &mut Case) -> bool {
        let ends = [
            (&mut case.base, &mut self.base),
            (&mut case.head, &mut self.head),
        ];
        let deployed = case.deployed.iter_mut().zip(&mut self.deployed);
        let all = ends.into_iter().chain(deployed);
        let mut stale: Vec<(&mut Facts, &Readings)> = all
            .filter_map(|(facts, readings)| readings.changed().then_some((facts, &*readings)))
            .collect();
        let linked = in_parallel(&stale, |(_, readings)| link(readings));
        for ((facts, _), linked) in stale.iter_mut().zip(linked) {
            facts.linked = linked;
        }
        !stale.is_empty()
    }

    /// Returns when migrations run, by what head's files say of the migrations that the change touches.
    pub(crate) fn order(&self, versions: &Versions<'_>) -> KnownOrder {
        let source = versions.head.source;
        order::known(source, &self.head, &self.started, &self.migration_sets())
    }

    /// Reads at head what tells when migrations run, if the change has any that matter.
    pub(crate) fn read_order(&mut self, versions: &Versions<'_>) {
        if !self.migration_sets().is_empty() {
            order::read_scripts(versions.head.source, &mut self.head);
            self.started = order::started(versions.head.source);
        }
    }

    pub(crate) fn not_reviewed(&self, versions: &Versions<'_>) -> Vec<NotReviewed> {
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
