#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{Access, Confidence, Finding, Place, Principle, ServiceTerms, Side, Why};

use crate::principles::api_cleanliness::designed::{Same, is_write, same_table};
use crate::principles::{Draft, Rule, Scene};
use crate::{Case, Facts};

/// The rule.
pub static RULE: Rule = Rule {
    id: "table-with-second-writer",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let case = scene.case;
    let mut found = Vec::new();
    for owner in &case.terms.services {
        for (table, line) in &owner.tables {
            let designed = Designed { owner, table, line };
            let mut met: BTreeSet<&str> = BTreeSet::new();
            for access in designed.writes(&case.head) {
                let Some(writer) = case.designed_owner(&access.place.path) else {
                    continue;
                };
                let changed = case.changed_place(std::slice::from_ref(&access.place));
                if writer.name == owner.name
                    || designed.is_given_to(writer)
                    || changed.is_none()
                    || designed.is_written_by(case, &case.base, writer)
                    || !met.insert(&writer.name)
                {
                    continue;
                }
                found.extend(designed.finding(case, access, writer));
            }
        }
    }
    found
}

/// A table as the design gives it to a service.
struct Designed<'a> {
    owner: &'a ServiceTerms,
    table: &'a str,
    line: &'a Place,
}

impl Designed<'_> {
    fn writes<'f>(&self, facts: &'f Facts) -> impl Iterator<Item = &'f Access> {
        let writes = facts.linked.accesses.iter().filter(|a| is_write(a));
        writes.filter(|a| same_table(&a.surface.name, self.table).is_some())
    }

    /// Returns whether the design gives a service a table of that name too: what that means is for the checks of the design.
    fn is_given_to(&self, service: &ServiceTerms) -> bool {
        let mut own = service.tables.iter();
        own.any(|(table, _)| same_table(table, self.table).is_some())
    }

    /// Returns whether a service writes the table at a ref, code that it shares with others included.
    fn is_written_by(&self, case: &Case, facts: &Facts, service: &ServiceTerms) -> bool {
        self.writes(facts).any(|access| {
            let owners = case.owners.get(&*access.place.path).into_iter().flatten();
            let mut designed = owners.filter_map(|o| case.terms.of(o));
            designed.any(|o| o.name == service.name)
        })
    }

    /// Returns whether a service declares a table of that name for itself: then it is another one, in its own database.
    fn is_own(&self, case: &Case, service: &ServiceTerms) -> bool {
        let linked = &case.head.linked;
        let declared = linked.accesses.iter().filter(|a| a.why == Why::Declared);
        let declared = declared.map(|a| (&a.surface, &a.place));
        let declared = declared.map(|(surface, place)| (surface, &place.path));
        let stores = linked.stores.iter();
        let created = stores.flat_map(|s| s.schemas.keys().map(|surface| (surface, &s.set)));
        declared.chain(created).any(|(surface, path)| {
            let owner = case.designed_owner(path);
            same_table(&surface.name, self.table).is_some()
                && owner.is_some_and(|o| o.name == service.name)
        })
    }

    fn finding(&self, case: &Case, access: &Access, writer: &ServiceTerms) -> Option<Finding> {
        let Self { owner, table, line } = self;
        let shared = case.head.conduct.shared_by(&owner.name, &writer.name);
        if shared.is_none() && self.is_own(case, writer) {
            return None;
        }
        let of_owner = self.writes(&case.head).find(|a| {
            let by = case.designed_owner(&a.place.path);
            by.is_some_and(|by| by.name == owner.name)
        });
        let mut draft = Draft::at(&RULE, Side::Head, &access.place, "written here")
            .about(&access.surface, None)
            .title(format!(
                "{} begins to write {}, which the design gives to {}",
                writer.name, access.surface, owner.name
            ))
            .related(Side::Head, line, "gives the table to its one writer");
        if let Some(of_owner) = of_owner {
            draft = draft.access(Side::Head, of_owner);
        }
        for (name, place) in shared.into_iter().flat_map(|s| &s.users) {
            if *name == owner.name || *name == writer.name {
                draft = draft.related(Side::Head, place, "uses the same database");
            }
        }
        let draft = draft.safe_steps([
            format!(
                "{} asks {} to write: by a call, or by a message that it handles",
                writer.name, owner.name
            ),
            format!(
                "or where the table is to change hands: release 1 moves every write of {} to {} and says so in the design",
                owner.name, writer.name
            ),
        ]);
        let named = same_table(&access.surface.name, table) == Some(Same::Named);
        let certain = access.confidence == Confidence::High && (named || of_owner.is_some());
        match shared {
            Some(shared) if certain => Some(draft.fail_because(format!(
                "a stated guarantee is removed: {} had one writer in {}, so {} could rely on what it wrote",
                access.surface, shared.name, owner.name
            ))),
            _ => Some(draft.ask(
                format!(
                    "Is the {} that {} writes the table of {}, and not one of its own?",
                    access.surface, writer.name, owner.name
                ),
                format!(
                    "the line with the address of the database that {} uses, or the one that creates the table for it",
                    writer.name
                ),
            )),
        }
    }
}
