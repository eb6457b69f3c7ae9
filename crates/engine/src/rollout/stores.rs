//! Accesses that fail on a store as a migration leaves it, or as it was before.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use coexist_model::{
    Access, Act, Action, Aspect, Constraint, ConstraintKind, Delta, Detail, Dialect, Element,
    Encoding, Form, Manner, Meeting, Mode, Order, Other, Outcome, Phase, Schema, Side, Step, Store,
    SurfaceKind, Why,
};

use super::course::{Courses, may_feel, reads_another};
use super::overlay::Overlay;
use super::schedule::Rollout;
use super::{Break, Hit, overlay, sort_hits};
use crate::compare::Pending;
use crate::reach::{Reach, reach};
use crate::{Case, Comparison, Facts};

/// Returns the breaks of all stores.
pub(super) fn breaks<'a>(
    case: &'a Case,
    comparison: &'a Comparison,
    forms: &[&dyn Form],
) -> Vec<Break<'a>> {
    let Some(form) = forms
        .iter()
        .find(|f| f.kinds().contains(&SurfaceKind::Table))
    else {
        return Vec::new();
    };
    let mut stores: BTreeMap<&Arc<str>, Vec<&Delta>> = BTreeMap::new();
    for delta in &comparison.deltas {
        if let Some(made) = &delta.made_by {
            stores.entry(&made.set).or_default().push(delta);
        }
    }
    let changing: BTreeMap<&Arc<str>, Changing<'_>> = stores
        .into_iter()
        .filter_map(|(set, deltas)| {
            let pending = comparison.pending.get(set)?;
            Some((set, Changing::of(pending, deltas)))
        })
        .collect();
    let mut found = Vec::new();
    for delta in &comparison.deltas {
        let Some(store) = delta.made_by.as_ref().and_then(|m| changing.get(&m.set)) else {
            continue;
        };
        if store.pending.is_from_an_edit(delta) {
            continue;
        }
        let judge = Judge {
            case,
            pending: store.pending,
            store,
            delta,
            form: *form,
            made: OnceCell::new(),
            unmade: OnceCell::new(),
        };
        found.extend(judge.side(Side::Base, &case.base));
        found.extend(
            case.deployed
                .iter()
                .filter_map(|facts| judge.side(Side::Deployed, facts)),
        );
        found.extend(judge.side(Side::Head, &case.head));
    }
    found
}

/// A store that the change alters.
struct Changing<'a> {
    pending: &'a Pending,
    deltas: Vec<&'a Delta>,
    /// The name of each step.
    names: Vec<String>,
    /// Found out where something could feel a difference.
    courses: OnceCell<Courses<'a>>,
}

impl<'a> Changing<'a> {
    fn of(pending: &'a Pending, deltas: Vec<&'a Delta>) -> Self {
        let names = (0..pending.steps()).map(|step| pending.step_name(step));
        Self {
            pending,
            deltas,
            names: names.collect(),
            courses: OnceCell::new(),
        }
    }

    fn courses(&self, case: &'a Case, form: &dyn Form) -> &Courses<'a> {
        self.courses.get_or_init(|| {
            let facts = [&case.base, &case.head].into_iter().chain(&case.deployed);
            let accesses = facts.flat_map(|f| &f.linked.accesses);
            Courses::of(self.pending, &self.deltas, accesses, form)
        })
    }
}

struct Judge<'a, 'f> {
    case: &'a Case,
    pending: &'a Pending,
    store: &'f Changing<'a>,
    delta: &'a Delta,
    form: &'f dyn Form,
    /// The store before the change with the delta alone made.
    made: OnceCell<Overlay<'a>>,
    /// The store after the change with the delta alone unmade.
    unmade: OnceCell<Overlay<'a>>,
}

impl<'a> Judge<'a, '_> {
    fn side(&self, side: Side, facts: &'a Facts) -> Option<Break<'a>> {
        let mut hits = self.hits(side, facts, &self.orders(None));
        let mut against_assumption = false;
        if hits.is_empty() && side == Side::Head && !self.case.fleet.order.proven {
            hits = self.hits(side, facts, &self.orders(Some(Order::Unordered)));
            against_assumption = true;
        }
        sort_hits(&mut hits);
        let broken = Break {
            delta: self.delta,
            side,
            version: &facts.version,
            perhaps: facts.perhaps,
            hits,
            against_assumption,
            stated: self.pending.stated,
        };
        (!broken.hits.is_empty()).then_some(broken)
    }

    /// Returns when each step runs: as its own file says, else as the setting or evidence says.
    fn orders(&self, instead: Option<Order>) -> Vec<Order> {
        let common = instead.unwrap_or(self.case.fleet.order.order);
        (0..self.pending.steps())
            .map(
                |step| match self.pending.migrations.get(step).and_then(|m| m.phase) {
                    Some(Phase::Before) => Order::Before,
                    Some(Phase::After) => Order::After,
                    None => common,
                },
            )
            .collect()
    }

    fn hits(&self, side: Side, facts: &'a Facts, orders: &[Order]) -> Vec<Hit<'a>> {
        let concerned = facts
            .linked
            .accesses
            .iter()
            .filter(|a| self.concerns(a, side));
        concerned
            .filter_map(|access| self.hit(side, facts, access, orders))
            .collect()
    }

    /// Returns whether the access could feel the delta at all.
    fn concerns(&self, access: &Access, side: Side) -> bool {
        let surface = if side == Side::Head {
            &self.delta.head_surface
        } else {
            &self.delta.surface
        };
        may_feel(access, surface) && !reads_another(access, self.delta)
    }

    /// Returns how the access fails, where it reaches this store.
    fn hit(
        &self,
        side: Side,
        facts: &'a Facts,
        access: &'a Access,
        orders: &[Order],
    ) -> Option<Hit<'a>> {
        let mut hit = self.failure(side, facts, access, orders)?;
        let (before, after) = (self.pending.before(), self.pending.after());
        let store = if side == Side::Head { after } else { before };
        let known_as = [&*before.set, &*after.set];
        match reach(self.case, facts, access, store, &known_as) {
            Reach::Sure => {}
            Reach::No => return None,
            Reach::Perhaps(other) => {
                hit.paired = false;
                hit.meeting.assumed.push(format!(
                    "{} uses the store of {}, not that of {other}",
                    access.place.path, after.set
                ));
            }
        }
        Some(hit)
    }

    /// Returns how the access fails on this store.
    fn failure(
        &self,
        side: Side,
        facts: &'a Facts,
        access: &'a Access,
        orders: &[Order],
    ) -> Option<Hit<'a>> {
        if let Mode::Matches { .. } = access.mode {
            return self.unknown_value(side, facts, access, orders);
        }
        if access.mode == Mode::ReadsPresent
            && (self.delta.aspect, self.delta.action) == (Aspect::Presence, Action::Widened)
        {
            return self.null(side, facts, access, orders);
        }
        if let Some(hit) = self.namesake(side, facts, access, orders) {
            return Some(hit);
        }
        // New code that starts on the old form names what it finds there.
        if side == Side::Head && access.manner == Manner::Reflected {
            return None;
        }
        let steps = self.pending.steps();
        let by_new = side == Side::Head;
        let own = if by_new { steps } else { 0 };
        let courses = self.store.courses(self.case, self.form);
        let course = courses.meetings(access)?;
        let about_type = self.delta.aspect == Aspect::Type;
        let meeting = |applied| {
            let plain = course.after(applied);
            match about_type {
                // Another difference makes it fail there, whatever the type.
                true if plain.is_worse_than(course.after(own)) => Cow::Owned(Meeting::ok()),
                true => self.carried(courses, access, plain, applied, by_new),
                false => Cow::Borrowed(plain),
            }
        };
        let at_home = meeting(own);
        if !is_sound(&at_home) || (!by_new && self.asks_nothing_of_old_code()) {
            return None;
        }
        if !about_type && !course.values().any(|m| m.is_worse_than(&at_home)) {
            return None;
        }
        let alone = self.alone(access, by_new, &at_home)?;
        // Where the table has gone by then, or has another name, nobody comes as far as its columns.
        let comes_to_it = |applied| {
            by_new || self.delta.element.is_none() || !courses.is_gone(&self.delta.surface, applied)
        };
        // What is only unknown after one step may be sure after another.
        let is_open = |m: &Meeting| m.outcome == Outcome::Unknown;
        let surely = !about_type
            && course
                .values()
                .any(|m| m.is_worse_than(&at_home) && !is_open(m));
        let fails = |applied: usize, _: bool| {
            let met = meeting(applied);
            comes_to_it(applied) && met.is_worse_than(&at_home) && !(surely && is_open(&met))
        };
        let trace = self
            .rollout(facts, access, orders, by_new, None, &fails)
            .shortest()?;
        let applied = trace.iter().filter(|s| s.act == Act::Migrate).count();
        let steps = self.with_access(trace, facts, access);
        let met = meeting(applied).into_owned();
        Some(Hit {
            access,
            other: None,
            // What this delta alone does to the access, and not what its neighbours do besides; unless these leave open what it meets.
            meeting: match alone {
                Some(alone) if met.outcome != Outcome::Unknown => alone,
                _ => met,
            },
            steps,
            paired: true,
        })
    }

    /// Returns how the access fares after that many steps where the type of its column counts too.
    fn carried<'m>(
        &self,
        courses: &Courses<'_>,
        access: &Access,
        meeting: &'m Meeting,
        applied: usize,
        by_new: bool,
    ) -> Cow<'m, Meeting> {
        let meeting = Cow::Borrowed(meeting);
        if meeting.outcome != Outcome::Ok {
            return meeting;
        }
        let (surface, expected) = if by_new {
            (&self.delta.surface, &self.delta.new)
        } else {
            (&self.delta.head_surface, &self.delta.old)
        };
        let (Some(expected), true) = (expected, self.names_element(access)) else {
            return meeting;
        };
        let listed = |surface| courses.element(surface, &expected.name, applied).as_ref();
        match listed(surface).or_else(|| listed(&self.delta.surface)) {
            Some(Some(found)) if !same_type(found, expected) => {
                let dialect = self.store.pending.before().dialect;
                Cow::Owned(carried(self.form, dialect, access, found, expected))
            }
            _ => meeting,
        }
    }

    fn names_element(&self, access: &Access) -> bool {
        let Some(element) = &self.delta.element else {
            return false;
        };
        match &access.mode {
            Mode::Inserts {
                columns: Some(columns),
                ..
            } => access.manner != Manner::Perhaps && columns.contains(element),
            _ => access.element.as_ref() == Some(element),
        }
    }

    /// Returns whether no row of old code can violate a constraint: it speaks of a column that comes with it, where such rows have
    /// nothing, or one that stood before it demands as much. A CHECK may demand that something is there: that is asked of the form.
    fn asks_nothing_of_old_code(&self) -> bool {
        let Some(Detail::Constraint(constraint)) = self.delta.new.as_ref().map(|e| &e.detail)
        else {
            return false;
        };
        let Some(table) = self.pending.before().schemas.get(&self.delta.surface) else {
            return false;
        };
        if matches!(constraint.kind, ConstraintKind::Check { .. }) {
            return false;
        }
        let is_new = |column: &String| {
            let mut deltas = self.store.deltas.iter();
            deltas.any(|d| {
                d.surface == self.delta.surface
                    && (d.aspect, d.action) == (Aspect::Existence, Action::Added)
                    && d.element.as_ref() == Some(column)
            })
        };
        constraint.columns.iter().any(is_new)
            || table.constraints().any(|(_, old)| implies(old, constraint))
    }

    /// Returns how the access fares where this delta alone is made; None where that is no worse, `Some(None)` where it cannot be made
    /// alone and the access names its element.
    fn alone(&self, access: &Access, by_new: bool, own: &Meeting) -> Option<Option<Meeting>> {
        let (before, after) = (self.pending.before(), self.pending.after());
        let unknown =
            !before.schemas.contains_key(&self.delta.surface) && self.delta.element.is_some();
        if self.delta.aspect == Aspect::Type || unknown {
            let felt = self.names_element(access) && !(unknown && by_new);
            return felt.then_some(None);
        }
        let view = if by_new {
            self.unmade
                .get_or_init(|| overlay::unmade(before, after, self.delta))
        } else {
            self.made
                .get_or_init(|| overlay::made(before, after, self.delta))
        };
        let meeting = self.form.meet(access, view);
        meeting.is_worse_than(own).then_some(Some(meeting))
    }

    /// Returns the failure of a reader that rejects a value it does not know, where the other side writes it.
    fn unknown_value(
        &self,
        side: Side,
        facts: &'a Facts,
        access: &'a Access,
        orders: &[Order],
    ) -> Option<Hit<'a>> {
        let Mode::Matches {
            known,
            other: Other::Rejects,
        } = &access.mode
        else {
            return None;
        };
        let value = self
            .delta
            .new
            .as_ref()
            .filter(|_| self.delta.old.is_none())?;
        if !matches!(value.detail, Detail::Value { .. })
            || known.contains(&value.name)
            || side == Side::Head
        {
            return None;
        }
        let writer = self.case.head.linked.accesses.iter().filter(|a| {
            writes_value(
                a,
                self.pending.after(),
                &self.delta.surface.name,
                &value.name,
            )
        });
        let writer =
            writer.max_by(|a, b| (a.confidence, &b.place).cmp(&(b.confidence, &a.place)))?;
        let fails = |_: usize, written: bool| written;
        let trace = self
            .rollout(facts, access, orders, false, Some(&value.name), &fails)
            .shortest()?;
        let error = format!("{} has no value {:?}", self.delta.surface, value.name);
        let steps = self.with_access(trace, facts, access);
        Some(Hit {
            access,
            other: Some((Side::Head, writer)),
            meeting: Meeting::refused(error),
            steps,
            paired: true,
        })
    }

    /// Returns the failure of old code whose column gives its name to another one in the same change: it takes the one for the other.
    fn namesake(
        &self,
        side: Side,
        facts: &'a Facts,
        access: &'a Access,
        orders: &[Order],
    ) -> Option<Hit<'a>> {
        let (old, new) = (self.delta.old.as_ref()?, self.delta.new.as_ref()?);
        let renamed = self.delta.aspect == Aspect::Identity && side != Side::Head;
        let after = self.pending.after().schemas.get(&self.delta.head_surface)?;
        if !renamed || after.column(&old.name).is_none() || !self.names_element(access) {
            return None;
        }
        let made = self.delta.made_by.as_ref()?.pending;
        let fails = |applied: usize, _: bool| applied > made;
        let trace = self
            .rollout(facts, access, orders, false, None, &fails)
            .shortest()?;
        let table = &self.delta.head_surface.name;
        let misread = format!(
            "{table}.{} is another column by then: what it held is in {}",
            old.name, new.name
        );
        Some(Hit {
            access,
            other: None,
            meeting: Meeting::of(Outcome::Misread, misread),
            steps: self.with_access(trace, facts, access),
            paired: true,
        })
    }

    /// Returns the failure of a reader that has no room for NULL, where the other side writes it, or declares that it may.
    fn null(
        &self,
        side: Side,
        facts: &'a Facts,
        access: &'a Access,
        orders: &[Order],
    ) -> Option<Hit<'a>> {
        let column = self.delta.new.as_ref()?;
        if side == Side::Head || !self.names_element(access) {
            return None;
        }
        let surface = &self.delta.head_surface;
        let head = self.case.head.linked.accesses.iter();
        let theirs = head.filter(|a| a.surface == *surface);
        let best =
            |a: &&Access, b: &&Access| (a.confidence, &b.place).cmp(&(b.confidence, &a.place));
        let writer = theirs
            .clone()
            .filter(|a| writes_null(a, column))
            .max_by(best);
        // Code that writes what may be NULL, and reads nothing of it as if it were never so, means to have NULL there.
        let insists = |a: &Access| {
            a.mode == Mode::ReadsPresent
                && a.element.as_ref() == Some(&column.name)
                && (a.manner == Manner::Explicit || a.why == Why::Declared)
        };
        let optional = theirs
            .clone()
            .filter(|a| a.mode == Mode::WritesOptional && a.element.as_ref() == Some(&column.name));
        let optional = optional
            .filter(|_| !theirs.clone().any(insists))
            .max_by(best);
        let writer = writer.or(optional);
        // A declaration with room for it says that a NULL may come, and not that one does.
        let declares =
            |a: &&Access| a.mode == Mode::Reads && a.element.as_ref() == Some(&column.name);
        let other = writer.or_else(|| theirs.filter(declares).max_by(best))?;
        let error = format!(
            "NULL in {surface}.{}, which has no room for it",
            column.name
        );
        let meeting = match writer {
            Some(_) => Meeting::refused(error),
            None => Meeting {
                assumed: vec![format!("no row has NULL in {surface}.{}", column.name)],
                ..Meeting::of(Outcome::Unknown, error)
            },
        };
        let fails = |_: usize, written: bool| written;
        let trace = self
            .rollout(facts, access, orders, false, Some("NULL"), &fails)
            .shortest()?;
        let steps = self.with_access(trace, facts, access);
        Some(Hit {
            access,
            other: Some((Side::Head, other)),
            meeting,
            steps,
            paired: writer.is_some(),
        })
    }

    fn rollout<'b>(
        &'b self,
        facts: &'b Facts,
        access: &'b Access,
        orders: &'b [Order],
        by_new: bool,
        writes: Option<&'b str>,
        fails: &'b dyn Fn(usize, bool) -> bool,
    ) -> Rollout<'b> {
        let service = self.service(access);
        let old = if by_new {
            &self.case.base.version
        } else {
            &facts.version
        };
        let versions = (old.as_str(), self.case.head.version.as_str());
        let shown = self.delta.made_by.as_ref().map_or(0, |m| m.pending);
        let last_before = orders.iter().rposition(|order| *order == Order::Before);
        Rollout {
            before_start: last_before.map_or(0, |last| last + 1),
            names: &self.store.names,
            service,
            versions,
            orders,
            by_new,
            writes,
            fails,
            shown,
        }
    }

    /// Returns the service that makes the access: what a model declares in a shared package, the service of the query names.
    fn service(&self, access: &Access) -> Option<&'a str> {
        let code = access.via.as_ref().unwrap_or(&access.place);
        let owners = self.case.owners.get(&*code.path)?;
        owners.first().map(String::as_str)
    }

    fn with_access(&self, mut trace: Vec<Step>, facts: &Facts, access: &Access) -> Vec<Step> {
        let act = match access.mode {
            Mode::Writes { .. } | Mode::Inserts { .. } | Mode::Deletes => Act::Write,
            _ => Act::Read,
        };
        let what = match &access.element {
            Some(element) => format!("{}.{element}", access.surface),
            None => access.surface.to_string(),
        };
        trace.push(Step {
            act,
            what: Some(what),
            service: self.service(access).map(str::to_owned),
            version: Some(facts.version.clone()),
            at: Some(1),
        });
        trace
    }
}

/// Returns whether the access works on its own version's schema, as far as can be told: what does not was read wrongly.
fn is_sound(own: &Meeting) -> bool {
    matches!(own.outcome, Outcome::Ok | Outcome::Unknown)
}

/// Returns whether rows that satisfy the one unique constraint satisfy the other: it has the same columns or fewer, and covers the
/// same rows or more.
fn implies(old: &Constraint, new: &Constraint) -> bool {
    let is_unique = matches!(
        old.kind,
        ConstraintKind::Unique | ConstraintKind::PrimaryKey
    ) && new.kind == ConstraintKind::Unique;
    let covers = !old.partial || (old.predicate.is_some() && old.predicate == new.predicate);
    is_unique
        && covers
        && !old.columns.is_empty()
        && old.columns.iter().all(|c| new.columns.contains(c))
}

fn same_type(a: &Element, b: &Element) -> bool {
    match (&a.detail, &b.detail) {
        (Detail::Column(a), Detail::Column(b)) => a.type_name == b.type_name,
        _ => true,
    }
}

fn carried(
    form: &dyn Form,
    dialect: Dialect,
    access: &Access,
    found: &Element,
    expected: &Element,
) -> Meeting {
    match (&access.mode, access.why) {
        (Mode::Writes { .. } | Mode::Inserts { .. }, _) => {
            form.carry(Some(expected), Some(found), Encoding::Written(dialect))
        }
        (_, Why::Declared) if access.manner != Manner::Reflected => {
            form.carry(Some(found), Some(expected), Encoding::Declared(dialect))
        }
        _ => {
            // No store refuses to be read; what the code makes of a value of the other type is its own.
            let mut meeting = form.carry(Some(found), Some(expected), Encoding::Rows(dialect));
            if meeting.outcome == Outcome::Refused {
                meeting.outcome = Outcome::Unknown;
            }
            meeting
        }
    }
}

/// Returns whether the access writes that value of that enum: by the enum's own name, or into a column of its type.
fn writes_value(access: &Access, store: &Store, type_name: &str, value: &str) -> bool {
    if access.surface.kind == SurfaceKind::Type {
        let written = matches!(access.mode, Mode::Writes { .. });
        return written
            && access.surface.name == type_name
            && access.element.as_deref() == Some(value);
    }
    let schema = store.schemas.get(&access.surface);
    let is_of_type = |column: &str| {
        schema
            .and_then(|s| s.column(column))
            .is_some_and(|c| c.type_name == type_name)
    };
    match &access.mode {
        Mode::Writes { values } => {
            values.iter().any(|v| v == value) && access.element.as_deref().is_some_and(is_of_type)
        }
        Mode::Inserts {
            columns, values, ..
        } => values.iter().any(|(column, v)| {
            let column = match columns {
                Some(_) => Some(column.as_str()),
                None => schema.and_then(|s| numbered(s, column)),
            };
            v == value && column.is_some_and(is_of_type)
        }),
        _ => false,
    }
}

/// Returns whether the access leaves NULL in a column: it says so, or says nothing of a column without default.
fn writes_null(access: &Access, column: &Element) -> bool {
    let Detail::Column(definition) = &column.detail else {
        return false;
    };
    let is_filled = definition.default.is_some() || definition.generated;
    match &access.mode {
        Mode::Writes { values } => {
            access.element.as_ref() == Some(&column.name) && values.iter().any(|v| v == "NULL")
        }
        Mode::Inserts {
            columns: Some(named),
            values,
            ..
        } if access.manner != Manner::Perhaps => {
            let says = |(name, value): &(String, String)| *name == column.name && value == "NULL";
            values.iter().any(says) || !is_filled && !named.contains(&column.name)
        }
        _ => false,
    }
}

/// Returns the column of a number, from 1.
fn numbered<'s>(schema: &'s Schema, number: &str) -> Option<&'s str> {
    let at = number.parse::<usize>().ok()?.checked_sub(1)?;
    schema.columns().nth(at).map(|(e, _)| e.name.as_str())
}
