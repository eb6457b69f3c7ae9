//! How accesses fare on one store while its migrations run.
//!
//! How an access meets a state of the store depends on no delta, and on no place: what is asked of the form once holds for every
//! delta of the store, and for every access that uses the same thing in the same way. The states are walked through once and not
//! kept, as a long history of a wide table would fill the memory.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Access, Aspect, Delta, Element, Form, Lookup, Meeting, Mode, Store, Surface, SurfaceKind,
};

use crate::compare::Pending;

/// A value before the first step of a rollout and after each.
#[derive(Debug)]
pub(super) struct Course<T> {
    first: T,
    /// Each value that differs from the one before it, with the number of steps that were made by then.
    later: Vec<(usize, T)>,
}

impl<T: PartialEq> Course<T> {
    fn starts(first: T) -> Self {
        Self {
            first,
            later: Vec::new(),
        }
    }

    fn goes_on(&mut self, steps: usize, value: T) {
        if self.later.last().map_or(&self.first, |(_, last)| last) != &value {
            self.later.push((steps, value));
        }
    }

    /// Returns the value after that many steps.
    pub(super) fn after(&self, steps: usize) -> &T {
        let turns = self.later.partition_point(|(from, _)| *from <= steps);
        match turns.checked_sub(1) {
            Some(last) => &self.later[last].1,
            None => &self.first,
        }
    }

    /// Returns the different values, in order.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(self.later.iter().map(|(_, value)| value))
    }
}

/// What an access uses, and how.
type Use<'a> = (&'a Surface, Option<&'a str>, &'a Mode);

fn use_of(access: &Access) -> Use<'_> {
    (&access.surface, access.element.as_deref(), &access.mode)
}

/// What a store says of an element: None where it has no such surface.
type Listed = Option<Option<Element>>;

/// The courses of all that the differences of one store concern.
#[derive(Debug)]
pub(super) struct Courses<'a> {
    meetings: BTreeMap<Use<'a>, Course<Meeting>>,
    /// Of the columns whose type differs.
    elements: BTreeMap<(&'a Surface, &'a str), Course<Listed>>,
    /// Whether something still has the name of a surface that has none of it in the end.
    named: BTreeMap<&'a Surface, Course<bool>>,
}

impl<'a> Courses<'a> {
    pub(super) fn of(
        pending: &Pending,
        deltas: &[&'a Delta],
        accesses: impl Iterator<Item = &'a Access>,
        form: &dyn Form,
    ) -> Self {
        let touched = || deltas.iter().flat_map(|d| [&d.surface, &d.head_surface]);
        let names: BTreeSet<&str> = touched().map(|s| s.name.as_str()).collect();
        // A type is felt wherever a column has it.
        let types = touched().any(|s| s.kind == SurfaceKind::Type);
        let accesses: BTreeMap<Use<'a>, &Access> = accesses
            .filter(|a| types || names.contains(a.surface.name.as_str()))
            .map(|access| (use_of(access), access))
            .collect();
        let typed: BTreeSet<(&Surface, &str)> = deltas
            .iter()
            .filter(|d| d.aspect == Aspect::Type)
            .flat_map(|d| {
                let names = d.old.iter().chain(&d.new).map(|e| e.name.as_str());
                names.flat_map(|name| [(&d.surface, name), (&d.head_surface, name)])
            })
            .collect();
        let mut courses = Self {
            meetings: BTreeMap::new(),
            elements: BTreeMap::new(),
            named: BTreeMap::new(),
        };
        let is_there = |surface: &&Surface| pending.after().schemas.contains_key(*surface);
        let surfaces: BTreeSet<&Surface> = deltas
            .iter()
            .map(|d| &d.surface)
            .filter(|surface| !is_there(surface))
            .collect();
        pending.walk(form, |steps, store| {
            for (&what, access) in &accesses {
                note(&mut courses.meetings, what, steps, form.meet(access, store));
            }
            for &surface in &surfaces {
                let is_there = store.schema(surface).is_some();
                note(&mut courses.named, surface, steps, is_there);
            }
            for &what in &typed {
                note(&mut courses.elements, what, steps, listed(store, what));
            }
        });
        courses
    }

    /// Returns how the access fares; None where no difference of the store concerns it.
    pub(super) fn meetings<'b>(&'b self, access: &'b Access) -> Option<&'b Course<Meeting>> {
        self.meetings.get(&use_of(access))
    }

    /// Returns whether what had this name before the first step has lost it after that many.
    pub(super) fn is_gone(&self, surface: &Surface, steps: usize) -> bool {
        let course = self.named.get(surface);
        course.is_some_and(|course| *course.after(0) && !course.after(steps))
    }

    /// Returns a column whose type differs as it is after that many steps; None where the store has no such surface.
    pub(super) fn element<'b>(
        &'b self,
        surface: &'b Surface,
        name: &'b str,
        steps: usize,
    ) -> &'b Listed {
        let course = self.elements.get(&(surface, name));
        course.map_or(&None, |course| course.after(steps))
    }
}

fn note<K: Ord, T: PartialEq>(
    courses: &mut BTreeMap<K, Course<T>>,
    key: K,
    steps: usize,
    value: T,
) {
    match courses.get_mut(&key) {
        Some(course) => course.goes_on(steps, value),
        None => {
            courses.insert(key, Course::starts(value));
        }
    }
}

fn listed(store: &Store, (surface, name): (&Surface, &str)) -> Listed {
    let schema = store.schema(surface)?;
    Some(schema.element(name).cloned())
}

/// Returns whether an access could feel a difference of that surface at all.
pub(super) fn may_feel(access: &Access, surface: &Surface) -> bool {
    access.surface == *surface
        || (access.surface.name == surface.name
            && is_relation(access.surface.kind)
            && is_relation(surface.kind))
        || (surface.kind == SurfaceKind::Type && is_relation(access.surface.kind))
}

fn is_relation(kind: SurfaceKind) -> bool {
    matches!(kind, SurfaceKind::Table | SurfaceKind::View)
}

/// Returns whether the access only reads an element of the surface and the difference is about another one, whatever the case of
/// their letters.
pub(super) fn reads_another(access: &Access, delta: &Delta) -> bool {
    let (Mode::Reads | Mode::ReadsPresent, Some(read), Some(differs)) =
        (&access.mode, &access.element, &delta.element)
    else {
        return false;
    };
    let elements = delta.old.iter().chain(&delta.new).map(|e| &e.name);
    is_relation(delta.surface.kind)
        && !elements
            .chain([differs])
            .any(|name| name.eq_ignore_ascii_case(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_keeps_what_changes() {
        let mut course = Course::starts("a");
        for (steps, value) in [(1, "a"), (2, "b"), (3, "b"), (4, "a")] {
            course.goes_on(steps, value);
        }
        let after: Vec<&str> = (0..6).map(|steps| *course.after(steps)).collect();
        assert_eq!(after, ["a", "a", "b", "b", "a", "a"]);
        assert_eq!(course.values().count(), 3);
    }
}
