#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{
    Access, Confidence, ConstraintKind, Finding, InboxTerms, Mode, Place, Principle, ServiceTerms,
    Side, Surface, SurfaceKind,
};

use crate::principles::api_cleanliness::designed::{folded, same_table};
use crate::principles::{Draft, Rule, Scene};
use crate::{Case, Facts};

/// The rule.
pub static RULE: Rule = Rule {
    id: "consumer-lost-deduplication",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for service in &scene.case.terms.services {
        let Some(inbox) = &service.inbox else {
            continue;
        };
        let consumer = Consumer {
            case: scene.case,
            service,
            inbox,
        };
        let mut met: BTreeSet<&Surface> = BTreeSet::new();
        for mark in consumer.marks(&scene.case.base) {
            let changed = scene.case.changed_place(std::slice::from_ref(&mark.place));
            if changed.is_some()
                && consumer.marks_nothing(&scene.case.head, &mark.surface)
                && met.insert(&mark.surface)
            {
                found.extend(consumer.finding(mark));
            }
        }
    }
    found
}

/// A service that is said to know messages again.
struct Consumer<'a> {
    case: &'a Case,
    service: &'a ServiceTerms,
    inbox: &'a InboxTerms,
}

impl<'a> Consumer<'a> {
    fn is_own(&self, path: &str) -> bool {
        let owners = self.case.owners.get(path).into_iter().flatten();
        let mut designed = owners.filter_map(|o| self.case.terms.of(o));
        designed.any(|o| o.name == self.service.name)
    }

    /// Returns the statements by which the service remembers messages.
    fn marks<'f>(&self, facts: &'f Facts) -> Vec<&'f Access> {
        let marks = facts.linked.accesses.iter().filter(|access| {
            access.surface.kind == SurfaceKind::Table
                && access.confidence == Confidence::High
                && self.is_own(&access.place.path)
                && self.is_mark(access, facts)
        });
        marks.collect()
    }

    /// Returns whether a statement remembers a message: it adds a row to the table that the design names; where it names none, to
    /// one in which the field of the inbox may stand only once.
    fn is_mark(&self, access: &Access, facts: &Facts) -> bool {
        let Mode::Inserts {
            columns, conflict, ..
        } = &access.mode
        else {
            return false;
        };
        if let Some(table) = &self.inbox.table {
            return same_table(&access.surface.name, table).is_some();
        }
        let Some(field) = self.inbox.field.as_deref().map(folded) else {
            return false;
        };
        let holds = |columns: &[String]| columns.iter().any(|c| folded(c) == field);
        let once = conflict.as_ref().is_some_and(|c| holds(c))
            || is_unique(facts, &access.surface, &holds);
        // The other table that holds ids of messages is the one from which they are sent.
        let sends = folded(&access.surface.name).contains("outbox");
        columns.as_ref().is_some_and(|c| holds(c)) && once && !sends
    }

    /// Returns whether nothing at a ref adds a row to the table any more.
    fn marks_nothing(&self, facts: &Facts, table: &Surface) -> bool {
        let mut accesses = facts.linked.accesses.iter();
        !accesses.any(|a| {
            same_table(&a.surface.name, &table.name).is_some()
                && matches!(a.mode, Mode::Inserts { .. } | Mode::Writes { .. })
        })
    }

    fn finding(&self, mark: &Access) -> Option<Finding> {
        let Self { service, inbox, .. } = self;
        let name = &service.name;
        // A service that is taken down handles nothing twice.
        let head = &self.case.head.conduct;
        if !head.runs.contains(name) && self.case.base.conduct.runs.contains(name) {
            return None;
        }
        let receives = self.receives();
        let mut draft = Draft::at(&RULE, Side::Base, &mark.place, "removed")
            .about(&mark.surface, None)
            .title(format!(
                "{name} no longer remembers in {} which messages it has handled",
                mark.surface
            ))
            .related(
                Side::Head,
                &inbox.place,
                "says that it knows a message again",
            );
        if let Some((_, line, at)) = receives {
            draft = draft
                .related(Side::Head, line, "says that a message may come twice")
                .related(Side::Head, at, "goes on receiving");
        } else if let Some((_, line)) = service.redelivered.first() {
            draft = draft.related(Side::Head, line, "says that a message may come twice");
        }
        let draft = draft.safe_steps([
            format!("keep the insert into {} in the transaction of the effect, and skip a message whose row is there", mark.surface),
            "or make the effect one that a second message does not change, and take the inbox out of the design; coexist design prove then tells whether it holds".to_owned(),
        ]);
        match receives {
            Some((channel, ..)) => Some(draft.fail_because(format!(
                "a stated guarantee is removed: {channel} delivers at least once, and {name} now acts on the second copy too"
            ))),
            None => Some(draft.ask(
                format!("Does {name} know a message again in another way now?"),
                "the line that leaves out a message which was handled before",
            )),
        }
    }

    /// Returns a channel that delivers at least once and from which the service goes on receiving: its name, the design's line, the
    /// line of the code.
    fn receives(&self) -> Option<(&'a str, &'a Place, &'a Place)> {
        let seen = &self.case.head.conduct.receives;
        self.service.redelivered.iter().find_map(|(channel, line)| {
            let mut own = seen
                .iter()
                .filter(|(by, from, _)| *by == self.service.name && from == channel);
            own.next().map(|(.., at)| (channel.as_str(), line, at))
        })
    }
}

/// Returns whether a table keeps a column from holding a value twice.
fn is_unique(facts: &Facts, table: &Surface, holds: &dyn Fn(&[String]) -> bool) -> bool {
    let stores = facts.linked.stores.iter();
    let mut schemas = stores.filter_map(|s| s.schemas.get(table));
    schemas.any(|schema| {
        let mut constraints = schema.constraints();
        constraints.any(|(_, constraint)| {
            matches!(
                constraint.kind,
                ConstraintKind::PrimaryKey | ConstraintKind::Unique
            ) && holds(&constraint.columns)
        })
    })
}
