//! The life of one change: from two trees to a review.

use coexist_engine::{Case, ChangedPath, Comparison, Scene, compare, judge, rollout};
use coexist_model::{Client, Compared, KnownOrder, Review, Service, SurfaceKind};
use coexist_readers::FORMS;

use crate::assumed::assumptions;
use crate::by_hand::doubt_by_hand;
use crate::collect::Collected;
use crate::designed;
use crate::held_back::hold_back;
use crate::http::{find_publications, read_api};
use crate::mentions::mentions;
use crate::ownership::{owners, packages, paths_that_meet};
use crate::source::Source;
use crate::uncalled::doubt_uncalled;
use crate::unnamed::doubt_unnamed;

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
    let unread_designs = designed::hold(&mut case, versions);
    let mut comparison = compare(&case.base, &case.head, FORMS);
    if collected.read_uses(versions, &case, &comparison) {
        collected.each(versions, |source, readings| doubt_by_hand(readings, source));
        if collected.link_into(&mut case) {
            comparison = compare(&case.base, &case.head, FORMS);
        }
    }
    if read_api(versions, &collected.shelf, &mut case) {
        comparison = compare(&case.base, &case.head, FORMS);
        find_publications(versions.base.source, &comparison, &mut case.base);
    }
    if settings.order.is_none() {
        collected.read_order(versions);
        case.fleet.order = collected.order(versions);
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
    doubt_unnamed(&mut case.base, versions.base.source, &comparison);
    doubt_unnamed(&mut case.head, versions.head.source, &comparison);
    for (facts, version) in case.deployed.iter_mut().zip(&versions.deployed) {
        doubt_uncalled(facts, version.source);
        doubt_unnamed(facts, version.source, &comparison);
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
    let mut not_reviewed = collected.not_reviewed(versions);
    not_reviewed.extend(unread_designs);
    Review {
        compared: versions.compared.clone(),
        findings,
        services: case.fleet.services.clone(),
        assumptions,
        not_reviewed,
        found: found(&case, &comparison),
        notices: Vec::new(),
    }
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
